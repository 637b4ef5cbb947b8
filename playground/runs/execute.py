"""The work behind a run: the one function that every runner calls, and that knows no runner.

It reads the run folder, trains, and leaves everything in the run folder: progress, snapshots, checkpoints, the result.
"""

from __future__ import annotations

import json
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from playground.analysis.errors import compare, sample_errors, verdict
from playground.errors import PlaygroundError
from playground.models.autoencoder import Autoencoder
from playground.models.codec import Codec
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.runs import control
from playground.runs.run import read_metrics, split_of
from playground.runs.snapshots import Snapshots
from playground.runs.store import Store, read_tensors, write_bytes, write_tensors
from playground.training.linear_fit import fit_linear
from playground.training.threads import blas_threads
from playground.training.trainer import Diverged, EpochEnd, Trainer

MOST_COMPONENTS = 256
SECONDS_PER_CHECKPOINT = 2.0
CHECKPOINT = "2"  # how a trainer's state is written

Ending = Literal["done", "stopped", "paused", "diverged"]


def execute(run_id: str, store: Store) -> None:
    """Trains the run `run_id` until it ends, or until its folder asks for a pause or a stop.

    What a visitor did wrong ends up as the run's state "failed" and its message.
    """
    folder = store.path(run_id)
    with blas_threads(1), _heart(folder):  # PCA and the comparison too: the same bits from every runner
        store.update(run_id, state="running", device="cpu", started=time.time(), message="")
        try:
            _Work(run_id, store).go()
        except PlaygroundError as error:
            store.update(run_id, state="failed", message=str(error))


class _Work:
    """One run from its folder to its result."""

    def __init__(self, run_id: str, store: Store) -> None:
        self.id, self.store, self.folder = run_id, store, store.path(run_id)
        record = store.read(run_id)
        self.spec = RunSpec.from_json(record["spec"])
        self.split = split_of(self.spec, store)
        self.snapshots = Snapshots(self.folder)
        self.trainer = Trainer(self.spec, self.split)
        store.update(
            run_id,
            device=str(self.trainer.device),
            precision=self.trainer.precision,
            message=self.trainer.message,
        )
        self.checkpointed = time.monotonic()
        self.lines: dict[str, Codec] = {}  # the lines to beat, fitted once

    def go(self) -> None:
        self._set_the_lines_to_beat()
        self._resume()
        message = ""
        ending: Ending = "done"
        try:
            ending = self._train()
        except Diverged as error:
            ending, message = "diverged", str(error)
        if ending == "paused":
            self._checkpoint()
            self.store.update(self.id, state="paused")
            return
        self._finish(ending, message)

    def _set_the_lines_to_beat(self) -> None:
        """PCA, fitted on the training rows, and its error on the validation rows for every number of components."""
        split = self.split
        most = min(max(MOST_COMPONENTS, self.spec.latent_dim), *split.x_train.shape)
        pca, mean = PCA.fit(split.x_train, most), Mean.fit(split.x_train)
        arrays: dict[str, NDArray[Any]] = {
            "mean": pca.mean,
            "components": pca.components,
            "explained_variance": pca.explained_variance,
            "explained_variance_ratio": pca.explained_variance_ratio,
        }
        write_tensors(self.folder / "pca.safetensors", arrays)
        self.lines = {"mean": mean, "pca": pca.truncated(self.spec.latent_dim)}
        val = {
            "pca": float(sample_errors(split.x_val, self.lines["pca"].reconstruct(split.x_val)).mean()),
            "mean": float(sample_errors(split.x_val, mean.reconstruct(split.x_val)).mean()),
        }
        self.store.update(self.id, val_error=val)

    def _train(self) -> Ending:
        while not self.trainer.finished:
            wish = control.asked(self.folder)
            if wish:
                return "paused" if wish == "pause" else "stopped"
            event = self.trainer.epoch(interrupt=lambda: control.asked(self.folder) is not None)
            if event is not None:
                self._record(event)
        return "done"

    def _record(self, event: EpochEnd) -> None:
        # The snapshot first: whoever reads of this epoch in the metrics then finds its pictures.
        self.snapshots.add(event.epoch, self.trainer.model, self.split)
        with (self.folder / "metrics.jsonl").open("a") as stream:
            stream.write(json.dumps(asdict(event)) + "\n")
        if time.monotonic() - self.checkpointed > SECONDS_PER_CHECKPOINT:
            self._checkpoint()

    def _checkpoint(self) -> None:
        tensors, numbers = self.trainer.state()
        meta = {"numbers": json.dumps(numbers), "epochs": str(len(self.trainer.history)), "format": CHECKPOINT}
        write_tensors(self.folder / "checkpoint.safetensors", {n: t.numpy() for n, t in tensors.items()}, meta)
        self.checkpointed = time.monotonic()

    def _resume(self) -> None:
        """Goes on from the checkpoint, if there is one; what was recorded after it is made anew."""
        path = self.folder / "checkpoint.safetensors"
        epochs = 0
        arrays, meta = read_tensors(path) if path.exists() else ({}, {})
        if meta.get("format") == CHECKPOINT:  # one of an older version cannot be gone on from: it begins again
            epochs = int(meta["epochs"])
            history = [_epoch_end(row) for row in read_metrics(self.folder)[:epochs]]
            tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
            self.trainer.load(tensors, json.loads(meta["numbers"]), history)
        lines = [json.dumps(asdict(event)) + "\n" for event in self.trainer.history]
        write_bytes(self.folder / "metrics.jsonl", "".join(lines).encode())
        self.snapshots.drop_after(epochs)

    def _finish(self, ending: Ending, message: str) -> None:
        """Keeps the best epoch's model and draws the comparison, on test rows that nothing has seen until now."""
        trainer, split = self.trainer, self.split
        self.store.update(self.id, finishing=True)
        if trainer.history:
            self.snapshots.add(len(trainer.history), trainer.model, split, always=ending != "diverged")
        best = trainer.best
        write_tensors(self.folder / "model.safetensors", _weights(best))
        linear = fit_linear(split.x_train, self.spec.latent_dim, self.spec.seed, split.layout)
        write_tensors(self.folder / "linear.safetensors", _weights(linear))
        (self.folder / "checkpoint.safetensors").unlink(missing_ok=True)
        self.store.update(
            self.id,
            state=ending,
            finishing=False,
            message=" ".join(filter(None, (trainer.message, message or self._last_words(ending)))),
            best_epoch=trainer.best_epoch,
            result=self._result(best, linear),
            machine={"python": platform.python_version(), "torch": torch.__version__, "threads": trainer.threads},
        )

    def _last_words(self, ending: Ending) -> str:
        epochs = len(self.trainer.history)
        if ending == "done" and epochs < self.spec.epochs:
            return f"Stopped early: no better validation error for {self.spec.patience} epochs."
        return ""

    def _result(self, best: Autoencoder, linear: Autoencoder) -> dict[str, Any]:
        scores = compare(self.lines | {"linear": linear, "autoencoder": best}, self.split.x_test)
        return {"scores": [asdict(score) for score in scores], "verdict": verdict(scores)}


def _epoch_end(row: dict[str, Any]) -> EpochEnd:
    kl = row.get("code_kl")
    return EpochEnd(**row | {"code_kl": None if kl is None else tuple(kl)})


def _weights(model: nn.Module) -> dict[str, NDArray[Any]]:
    return {name: np.array(tensor.detach().cpu().numpy()) for name, tensor in model.state_dict().items()}


@contextmanager
def _heart(folder: Path) -> Iterator[None]:
    """Beats while the work goes on, however long a single step of it takes."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(control.HEARTBEAT_SECONDS):
            control.beat(folder)

    control.beat(folder)
    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
