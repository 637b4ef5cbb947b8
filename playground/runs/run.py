"""A read-only view of a run folder: what every page reads, while the run is alive and ever after."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.analysis.errors import ScoredCodec
from playground.data.dataset import Dataset
from playground.data.split import Split
from playground.errors import RunError, SpecError
from playground.models.codec import Codec
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.runs import control
from playground.runs.snapshots import Snapshot, Snapshots
from playground.runs.store import Store, read_tensors, write_tensors
from playground.training.steering import Change, StepSeen, knobs_of

if TYPE_CHECKING:
    from playground.models.autoencoder import Autoencoder

ALIVE = ("queued", "running")
RESUMABLE = ("paused", "interrupted", "crashed")
FINISHED = ("done", "stopped", "diverged")


@dataclass(frozen=True)
class History:
    """The epochs so far; one list entry per epoch, errors as sums of squared errors per sample in scaled units.

    `code_kl` is a VAE's KL divergence per unit of the code, in nats; None for other kinds. `kept` is the epoch whose
    model was kept after this one; None in folders of older versions. `angles` are a linear model's principal angles to
    PCA's subspace, in degrees, the largest first; None for other kinds and in folders of older versions.
    """

    epoch: list[int]
    train_error: list[float]
    val_error: list[float]
    val_loss: list[float]
    seconds: list[float]
    samples_per_second: list[float]
    code_kl: list[list[float] | None]
    kept: list[int | None]
    angles: list[list[float] | None]

    @property
    def best_epoch(self) -> int | None:
        """The epoch that is kept, chosen as `EpochEnd.criterion` says; None before the first epoch."""
        if not self.epoch:
            return None
        if self.kept[-1]:
            return self.kept[-1]
        return self.epoch[int(np.argmin(self.val_error if self.code_kl[0] is None else self.val_loss))]


@dataclass(frozen=True)
class Fall:
    """The principal angles between a linear decoder's span and PCA's subspace, at some of the steps of its training.

    Attributes:
        steps: taken so far.
        angles: after each, in degrees, the largest first.
    """

    steps: list[int]
    angles: list[list[float]]


class Run:
    """One run as its folder tells it at this moment. Cheap to make: everything is read when it is asked for.

    Raises:
        RunError: there is no such run, or its record is damaged.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self.id = run_id
        self.store = store
        self.folder = store.path(run_id)
        self.record = store.read(run_id)
        try:
            self.spec = RunSpec.from_json(self.record["spec"])
        except SpecError as error:
            raise RunError(f"The settings of run {run_id} cannot be read: {error}") from error

    @property
    def state(self) -> str:
        """new, queued, running, paused, done, stopped, diverged, failed, crashed or interrupted.

        A run that says "running" while nobody has worked on it for seconds was interrupted: its server is gone.
        """
        state = str(self.record["state"])
        if state == "running" and not control.is_alive(self.folder):
            # It may have ended between the two looks.
            state = str(self.store.read(self.id)["state"])
            return "interrupted" if state == "running" else state
        return state

    @property
    def is_alive(self) -> bool:
        """Whether it waits for its turn or trains."""
        return self.state in ALIVE

    @property
    def is_finished(self) -> bool:
        """Whether it has a model and a comparison."""
        return self.state in FINISHED

    @property
    def is_finishing(self) -> bool:
        """Whether the training is over and the comparison is being drawn."""
        return self.state == "running" and bool(self.record.get("finishing"))

    @property
    def message(self) -> str:
        """Why it ended as it did, or ""."""
        return str(self.record.get("message", ""))

    @property
    def device(self) -> str:
        """Where it trained: "cpu", "cuda" or "mps"."""
        return str(self.record.get("device", "cpu"))

    @property
    def precision(self) -> str:
        """Of its matrix products while training: "float32" or "bfloat16"."""
        return str(self.record.get("precision", "float32"))

    @property
    def val_error(self) -> dict[str, float] | None:
        """The errors of "pca" and "mean" on the validation rows, sum of squared errors per sample, once known."""
        return self.record.get("val_error")

    @property
    def verdict(self) -> str:
        """Who wins on the test rows, a sentence; "" before the end, and where no epoch was trained to its end."""
        return str(self._result.get("verdict", ""))

    @cached_property
    def scores(self) -> list[ScoredCodec]:
        """The comparison on the test rows: mean, PCA, linear autoencoder, this autoencoder; empty before the end."""
        rows = self._result.get("scores", [])
        return [ScoredCodec(**row | {"versus_pca": tuple(row["versus_pca"])}) for row in rows]

    @property
    def _result(self) -> dict[str, Any]:
        """Of a run that goes on after its end, the old result is still in its folder: no longer shown, not yet lost."""
        return self.record.get("result", {}) if self.is_finished else {}

    @cached_property
    def changes(self) -> list[Change]:
        """The knobs that were turned while it trained, in order; such a run is no longer told by `spec` alone."""
        return [Change(**row) for row in self.record.get("changes", [])]

    @property
    def knobs(self) -> dict[str, float]:
        """The present value of every setting that can be changed while this run trains, by name.

        What was asked for a moment ago counts, so that a control stands where it was put.
        """
        values = knobs_of(self.spec) | {change.name: change.after for change in self.changes}
        wished = {} if self.is_finished else control.wish(self.folder).knobs
        return {name: wished.get(name, value) for name, value in values.items()}

    @property
    def legs(self) -> tuple[int, ...]:
        """The epochs of the first plan, then those of every time the run went on after its end.

        A leg that ended early counts the epochs that it had.
        """
        return tuple(self.record.get("legs") or [self.spec.epochs])

    @property
    def planned_epochs(self) -> int:
        """When training ends, unless it is stopped or loses its patience: the sum of `legs`."""
        return sum(self.legs)

    @property
    def until(self) -> control.Until:
        """How far it trains before it pauses by itself: to its "end", for an "epoch", or for one "step"."""
        return control.wish(self.folder).until

    @property
    def race(self) -> list[str]:
        """The runs of the race that it was started in, itself among them, in the order of the lanes; [] for others."""
        return [str(run_id) for run_id in self.record.get("race", [])]

    @cached_property
    def step_seen(self) -> StepSeen | None:
        """The last step that was looked at, None where none was; training may be further by now."""
        return read_step(self.folder)

    @cached_property
    def history(self) -> History:
        path = self.folder / "metrics.jsonl"
        try:
            status = path.stat()
        except OSError:
            return History([], [], [], [], [], [], [], [], [])
        return _history(path, status.st_size, status.st_mtime_ns)

    @cached_property
    def dataset(self) -> Dataset:
        """Raises DataError where the data are gone."""
        return self.store.dataset(self.spec.data)

    @cached_property
    def split(self) -> Split:
        return split_of(self.spec, self.store)

    def snapshot_epochs(self) -> list[int]:
        """The epochs that the scrubber can show, in order."""
        return Snapshots(self.folder).epochs()

    def snapshot(self, epoch: int) -> Snapshot:
        """Raises RunError where that epoch was not kept."""
        return Snapshots(self.folder).read(epoch)

    def codec(self) -> Autoencoder:
        """The model at its best epoch. Raises RunError before the end, or where the file is damaged."""
        if not self.is_finished:
            raise RunError("This run has no trained model yet: let it finish, or stop it to keep its best epoch.")
        return _autoencoder(*_now(self.folder / "model.safetensors"), self.spec, self.split)

    def linear(self) -> Autoencoder:
        """The linear autoencoder of the same m, trained on the same rows."""
        spec = dataclasses.replace(RunSpec(), model="linear", output="linear", latent_dim=self.spec.latent_dim)
        return _autoencoder(*_now(self.folder / "linear.safetensors"), spec, self.split)

    def linear_fall(self) -> Fall | None:
        """How the linear autoencoder's subspace turned to PCA's; None in folders of older versions."""
        _, meta = read_tensors(self.folder / "linear.safetensors")
        try:
            kept = json.loads(meta["fall"])
            return Fall([int(step) for step in kept["steps"]], [list(map(float, each)) for each in kept["angles"]])
        except (KeyError, ValueError, TypeError):
            return None

    def pca(self) -> PCA:
        """PCA of the same m, fitted on the same training rows."""
        return self.all_components().truncated(self.spec.latent_dim)

    def all_components(self) -> PCA:
        """The same PCA with every component that was kept: all there are, or the first few hundred."""
        return _pca(*_now(self.folder / "pca.safetensors"))

    def mean(self) -> Mean:
        return Mean(self.pca().mean)

    def codecs(self) -> dict[str, Codec]:
        """The four rows of the comparison, in its order."""
        return {"mean": self.mean(), "pca": self.pca(), "linear": self.linear(), "autoencoder": self.codec()}


@lru_cache(maxsize=64)
def _history(path: Path, size: int, changed: int) -> History:
    columns: dict[str, list[Any]] = {field.name: [] for field in dataclasses.fields(History)}
    for row in read_metrics(path.parent):
        for name, column in columns.items():
            column.append(row.get(name))
    return History(**columns)


def split_of(spec: RunSpec, store: Store) -> Split:
    """The split that these settings make of their data; runs on the same rows share one in memory.

    Raises:
        SpecError: the settings do not fit the data, or leave too few rows of one class.
        DataError: there are no such data, or too few rows.
    """
    dataset = store.dataset(spec.data)
    spec.check_fits(dataset)
    return _split(dataset, spec.val_fraction, spec.test_fraction, spec.split_seed, spec.scaling, spec.only)


@lru_cache(maxsize=8)
def _split(
    dataset: Dataset, val_fraction: float, test_fraction: float, split_seed: int, scaling: str, only: str
) -> Split:
    shares = {"val_fraction": val_fraction, "test_fraction": test_fraction}
    return Split.of(dataset, **shares, split_seed=split_seed, scaling=scaling, only=only)


def _now(path: Path) -> tuple[Path, int]:
    """The file, and when it was written: a run that went on writes its model again."""
    return path, path.stat().st_mtime_ns if path.exists() else 0


@lru_cache(maxsize=8)
def _pca(path: Path, changed: int) -> PCA:
    arrays, _ = read_tensors(path)
    return PCA(**arrays)


@lru_cache(maxsize=16)
def _autoencoder(path: Path, changed: int, spec: RunSpec, split: Split) -> Autoencoder:
    import torch  # a page that only shows a run need not wait for torch

    from playground.models.autoencoder import build

    arrays, _ = read_tensors(path)
    model = build(spec, split.n_features, split.layout, split.grid)
    expected = model.state_dict()
    fits = expected.keys() == arrays.keys() and all(expected[n].shape == a.shape for n, a in arrays.items())
    if not fits:
        raise RunError(f"The file {path.name} of run {path.parent.name} does not fit its settings.")
    model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})
    return model.eval()


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """One record per finished epoch; a torn last line is skipped."""
    try:
        lines = (folder / "metrics.jsonl").read_text(errors="replace").splitlines()
    except OSError:
        return []
    records: list[dict[str, Any]] = []
    for line in lines:
        try:
            records.append(json.loads(line))
        except ValueError:
            break
    return records


def write_step(folder: Path, seen: StepSeen) -> None:
    """Keeps what was seen of a step."""
    values = dataclasses.asdict(seen)
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    numbers = {name: value for name, value in values.items() if name not in arrays}
    write_tensors(folder / "step.safetensors", arrays, {"numbers": json.dumps(numbers)}, durable=False)


def read_step(folder: Path) -> StepSeen | None:
    """What `write_step` kept, or None."""
    try:
        arrays, meta = read_tensors(folder / "step.safetensors")
        fields: dict[str, Any] = {**arrays, **json.loads(meta["numbers"])}
        return StepSeen(**fields)
    except (RunError, KeyError, ValueError, TypeError):
        return None
