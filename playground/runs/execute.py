"""The work behind a run, or behind a race: the one function that every runner calls, and that knows no runner.

It reads the run folder, trains, and leaves everything in the run folder: progress, snapshots, checkpoints, the result.
"""

from __future__ import annotations

import json
import logging
import platform
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from playground.analysis.errors import compare, sample_errors, verdict
from playground.analysis.subspace import decoder_rows, principal_angles
from playground.data.split import Split
from playground.errors import PlaygroundError, RunError
from playground.models.autoencoder import Autoencoder
from playground.models.codec import Codec
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.runs import control
from playground.runs.run import read_metrics, split_of, write_step
from playground.runs.snapshots import Snapshots, is_large
from playground.runs.store import Store, read_tensors, write_bytes, write_tensors
from playground.training.linear_fit import fit_linear
from playground.training.steering import Change, knobs_of
from playground.training.threads import blas_threads
from playground.training.trainer import Diverged, EpochEnd, Trainer

MOST_COMPONENTS = 256
SECONDS_PER_CHECKPOINT = 2.0
CHECKPOINT = "3"  # how a trainer's state is written

Ending = Literal["done", "stopped", "paused", "diverged"]
Made = TypeVar("Made")


log = logging.getLogger(__name__)


def execute(run_id: str, store: Store, others: Sequence[str] = ()) -> None:
    """Trains the run `run_id` until it ends, or until its folder asks for a pause or a stop.

    What a visitor did wrong ends up as the run's state "failed" and its message.

    Args:
        others: train in turns with it, an epoch each, or in one go where they are a sweep; what goes wrong with one of
            them does not touch the rest.
    """
    if others and store.read(run_id).get("sweep"):
        from playground.runs.together import train_sweep  # which knows this module

        train_sweep((run_id, *others), store)
        return
    ids = (run_id, *others)
    folders = [store.path(each, exists=False) for each in ids]
    with blas_threads(1), _heart(folders):  # the same bits from every runner, PCA's too
        works: list[_Work] = []
        for each in ids:
            with _told(each, store, alone=not others):
                _begin(each, store)
                works.append(_Work(each, store))
        while works:
            # Whoever is asked something comes first, then whoever is furthest behind.
            work = min(works, key=lambda work: (not work.is_asked, work.epochs))
            over = True
            with _told(work.id, store, alone=not others):
                over = work.turn(lambda: any(work.is_asked for work in works))
            if over:
                works.remove(work)


def _begin(run_id: str, store: Store) -> None:
    store.update(run_id, state="running", device="cpu", started=time.time(), message="", finishing=False)


@contextmanager
def _told(run_id: str, store: Store, *, alone: bool) -> Iterator[None]:
    """Tells in the run's record what ended its training; a bug of ours goes on to the caller, if no other run waits."""
    try:
        yield
    except PlaygroundError as error:
        with suppress(RunError):  # there may be no record left to say it in
            store.update(run_id, state="failed", message=str(error))
    except Exception:
        if alone:
            raise
        tell_incident(run_id, store)


def tell_incident(run_id: str, store: Store) -> None:
    """To be called where a bug of ours is caught: the visitor gets an incident id, the log the rest."""
    incident = uuid.uuid4().hex[:8]
    log.error("incident %s in run %s\n%s", incident, run_id, traceback.format_exc())
    with suppress(RunError):
        message = f"Something went wrong on our side (incident {incident}). Your data are safe."
        store.update(run_id, state="failed", message=message)


class _Work:
    """One run from its folder to its result, a turn at a time."""

    def __init__(self, run_id: str, store: Store, trainer: Callable[[RunSpec, Split], Trainer] = Trainer) -> None:
        self.id, self.store, self.folder = run_id, store, store.path(run_id)
        record = store.read(run_id)
        self.spec = RunSpec.from_json(record["spec"])
        self.split = split_of(self.spec, store)
        self.snapshots = Snapshots(self.folder)
        self.trainer = trainer(self.spec, self.split)
        self.trainer.legs = list(record.get("legs") or self.trainer.legs)
        self.checkpointed = time.monotonic()
        self.seconds: dict[str, float] = {}  # that fitting the others took, by name
        self.lines, val_error = self._lines_to_beat()
        self._resume()
        store.update(
            run_id,
            device=str(self.trainer.device),
            precision=self.trainer.precision,
            message=self.trainer.message,
            val_error=val_error,
            changes=self._changes(),
        )

    @property
    def epochs(self) -> int:
        """That are behind it."""
        return len(self.trainer.history)

    @property
    def is_asked(self) -> bool:
        """Whether something is asked that cannot wait for the end of the epoch."""
        wish = control.wish(self.folder)
        return wish.command is not None or wish.until == "step" or bool(self._to_turn(wish))

    def turn(self, interrupt: Callable[[], bool]) -> bool:
        """Trains to the end of the epoch, or does what is asked; says whether there is nothing left to do here.

        Args:
            interrupt: asked every few steps; when it says yes, the epoch is left half done.
        """
        message = ""
        try:
            ending = self._advance(interrupt)
        except Diverged as error:
            ending, message = "diverged", str(error)
        if ending == "paused":
            self._checkpoint()
            self.store.update(self.id, state="paused")
        elif ending is not None:
            self._finish(ending, message)
        return ending is not None

    def _advance(self, interrupt: Callable[[], bool]) -> Ending | None:
        """How it ended, or None while it goes on."""
        if self.trainer.finished:
            return "done"
        wish = control.wish(self.folder)
        if wish.command:
            return "paused" if wish.command == "pause" else "stopped"
        if knobs := self._to_turn(wish):
            self._turn(knobs)
            return None
        if wish.until == "step":
            is_enough = self._look_at_a_step()
        else:
            is_enough = self._train(interrupt) and control.wish(self.folder).until == "epoch"
        if self.trainer.finished:
            return "done"
        return "paused" if is_enough else None

    def _train(self, interrupt: Callable[[], bool]) -> bool:
        """Whether the epoch is over."""
        event = self.trainer.epoch(interrupt)
        if event is not None:
            self._record(event)
        return event is not None

    def _look_at_a_step(self) -> bool:
        """Whether there was a step left to take."""
        if self.trainer.epoch_is_over:  # it was interrupted just there
            self._train(lambda: False)
            if self.trainer.finished:
                return False
        write_step(self.folder, self.trainer.step())
        if self.trainer.epoch_is_over:
            self._train(lambda: False)
        return True

    def _to_turn(self, wish: control.Wish) -> dict[str, float]:
        """The knobs that shall stand otherwise than they do."""
        now = knobs_of(self.trainer.spec) if wish.knobs else {}
        return {name: value for name, value in wish.knobs.items() if name in now and value != now[name]}

    def _turn(self, knobs: dict[str, float]) -> None:
        """What is recorded and what is kept for a resumed run always agree: a checkpoint follows at once."""
        for name, value in knobs.items():
            self.trainer.change(name, value)
        self._checkpoint()
        self.store.update(self.id, changes=self._changes())

    def _changes(self) -> list[dict[str, Any]]:
        return [asdict(change) for change in self.trainer.changes]

    def _lines_to_beat(self) -> tuple[dict[str, Codec], dict[str, float]]:
        """The mean and PCA, fitted on the training rows, and their errors on the validation rows."""
        split, path = self.split, self.folder / "pca.safetensors"
        most = min(max(MOST_COMPONENTS, self.spec.latent_dim), *split.x_train.shape)
        if path.exists():
            kept, meta = read_tensors(path)
            pca, seconds = PCA(**kept), json.loads(meta.get("seconds", "null"))
        else:
            pca, seconds = _pca(split, most)
            arrays: dict[str, NDArray[Any]] = {
                "mean": pca.mean,
                "components": pca.components,
                "explained_variance": pca.explained_variance,
                "explained_variance_ratio": pca.explained_variance_ratio,
            }
            write_tensors(path, arrays, {"seconds": json.dumps(seconds)})
        if seconds is not None:
            self.seconds["pca"] = seconds
        mean, self.seconds["mean"] = _timed(lambda: Mean.fit(split.x_train))
        lines: dict[str, Codec] = {"mean": mean, "pca": pca.truncated(self.spec.latent_dim)}
        errors = {
            name: float(sample_errors(split.x_val, line.reconstruct(split.x_val)).mean())
            for name, line in lines.items()
        }
        return lines, errors

    def _record(self, event: EpochEnd) -> None:
        # The snapshot first: whoever reads of this epoch in the metrics then finds its pictures.
        self.snapshots.add(event.epoch, self.trainer.model, self.split)
        if self.spec.model == "linear":
            event = replace(event, angles=tuple(self._angles(self.trainer.model)))
            self.trainer.history[-1] = event  # so that a resumed run keeps it
        self._add_metrics(event)
        if time.monotonic() - self.checkpointed > SECONDS_PER_CHECKPOINT:
            self._checkpoint()

    def _add_metrics(self, event: EpochEnd) -> None:
        with (self.folder / "metrics.jsonl").open("a") as stream:
            stream.write(json.dumps(asdict(event)) + "\n")

    def _checkpoint(self, *, last: bool = False) -> None:
        """Writes the trainer's state; the last one of a large model without what would make the folder too large."""
        tensors, numbers = self.trainer.state()
        if last and is_large(self.trainer.model.n_parameters):
            tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith(("best.", "step."))}
        meta = {
            "numbers": json.dumps(numbers),
            "epochs": str(len(self.trainer.history)),
            "changes": json.dumps(self._changes()),
            "format": CHECKPOINT,
        }
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
            if not any(name.startswith("best.") for name in tensors):  # the model file has it
                best, _ = read_tensors(self.folder / "model.safetensors")
                tensors |= {f"best.{name}": torch.from_numpy(array.copy()) for name, array in best.items()}
            changes = [Change(**row) for row in json.loads(meta["changes"])]
            self.trainer.load(tensors, json.loads(meta["numbers"]), history, changes)
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
        linear, self.seconds["linear"] = _timed(self._fitted_linear)
        if trainer.history:
            self.seconds["autoencoder"] = trainer.history[-1].seconds
        if ending == "diverged":
            (self.folder / "checkpoint.safetensors").unlink(missing_ok=True)
        else:
            self._checkpoint(last=True)  # from which it can go on
        self.store.update(
            self.id,
            state=ending,
            finishing=False,
            message=" ".join(filter(None, (trainer.message, message or self._last_words(ending)))),
            best_epoch=trainer.best_epoch,
            result=self._result(best, linear),
            machine={"python": platform.python_version(), "torch": torch.__version__, "threads": trainer.threads},
        )

    def _fitted_linear(self) -> Autoencoder:
        """The comparison's linear autoencoder; how its subspace turned to PCA's is kept with its weights."""
        fall: dict[str, list[Any]] = {"steps": [], "angles": []}

        def watch(step: int, model: Autoencoder) -> None:
            fall["steps"].append(step)
            fall["angles"].append(self._angles(model))

        linear = fit_linear(self.split.x_train, self.spec.latent_dim, self.spec.seed, self.split.layout, watch)
        write_tensors(self.folder / "linear.safetensors", _weights(linear), {"fall": json.dumps(fall)})
        return linear

    def _angles(self, model: Autoencoder) -> list[float]:
        """The principal angles between a linear decoder's span and PCA's subspace, degrees; [] where there are none."""
        rows = decoder_rows(model)
        if not np.isfinite(rows).all():
            return []
        pca = cast(PCA, self.lines["pca"])
        return [float(f"{angle:.6g}") for angle in principal_angles(rows, pca.components)]

    def _last_words(self, ending: Ending) -> str:
        words, legs = [], self.trainer.legs
        if ending == "done" and self.epochs < sum(legs):
            words.append(f"Stopped early: no better validation error for {self.spec.patience} epochs.")
        if self.epochs > legs[0] and len(legs) > 1:
            words.append(
                f"It went on for {self.epochs - legs[0]} more epochs after its test result had been seen, so the "
                "comparison may flatter it."
            )
            if is_large(self.trainer.model.n_parameters):
                words.append("Of so large a network the optimiser's memory was not kept: it began afresh.")
        return " ".join(words)

    def _result(self, best: Autoencoder, linear: Autoencoder) -> dict[str, Any]:
        codecs = self.lines | {"linear": linear, "autoencoder": best}
        scores = compare(codecs, self.split.x_test, self.seconds)
        # Of starting weights there is nothing to say: no epoch was trained to its end.
        told = verdict(scores) if self.trainer.history else ""
        return {"scores": [asdict(score) for score in scores], "verdict": told}


@lru_cache(maxsize=2)
def _pca(split: Split, most: int) -> tuple[PCA, float]:
    """Fitted once for all runs on the same rows, as those of a race are; and the seconds that it took."""
    return _timed(lambda: PCA.fit(split.x_train, most))


def _timed(make: Callable[[], Made]) -> tuple[Made, float]:
    """What is made, and the seconds that it takes."""
    clock = time.perf_counter()
    made = make()
    return made, time.perf_counter() - clock


def _epoch_end(row: dict[str, Any]) -> EpochEnd:
    pairs = {name: row.get(name) for name in ("code_kl", "angles")}
    return EpochEnd(**row | {name: None if values is None else tuple(values) for name, values in pairs.items()})


def _weights(model: nn.Module) -> dict[str, NDArray[Any]]:
    return {name: np.array(tensor.detach().cpu().numpy()) for name, tensor in model.state_dict().items()}


@contextmanager
def _heart(folders: Sequence[Path]) -> Iterator[None]:
    """Beats while the work goes on, however long a single step of it takes."""
    ended = threading.Event()

    def beat() -> None:
        for folder in folders:
            with suppress(OSError):  # one of them may have been deleted
                control.beat(folder)

    def keep_beating() -> None:
        while not ended.wait(control.HEARTBEAT_SECONDS):
            beat()

    beat()
    thread = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
