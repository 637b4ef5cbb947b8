"""Snapshots: what the scrubber plays. One small file per kept epoch, thinned as they grow many.

A snapshot holds the codes of a fixed sample of validation rows, the reconstructions of eight of them, how active every
unit is, and what the decoder makes of points all over the map. It holds no weights: nothing reads those of an epoch
that is not the best one, and they would be the most of its bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground.analysis.alignment import nothing_turned, procrustes
from playground.analysis.latent_grid import latent_points
from playground.data.dataset import FloatArray, IntArray
from playground.data.shown import kind_of
from playground.data.split import Split
from playground.errors import RunError
from playground.runs.store import read_tensors, write_tensors

if TYPE_CHECKING:
    from torch import Tensor

    from playground.models.autoencoder import Autoencoder

N_SAMPLES = 8
MOST_MAPPED = 2000
MOST_WATCHED = 256  # rows that the units are watched in
MOST_SNAPSHOTS = 200
FOLDER_BYTES = 19 * 10**6  # of a whole run, with a margin for its records
MOST_STATE_BYTES = 8 * 10**6
MOST_BYTES, LEAST_BYTES = 8 * 10**6, 4 * 10**6  # of the snapshots of a run
ENDING = ".safetensors"
TENSORS = ("z", "x_hat", "turn", "shift", "latent", "latent_codes")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One epoch, in scaled units. What a snapshot of an older version does not hold is None.

    Attributes:
        epoch: counted from 1.
        z: codes (k, latent_dim) of the mapped validation rows, as the encoder gives them.
        x_hat: reconstructions (8, n_features) of the first eight of them.
        turn: (d, d) with d = min(2, latent_dim); see `map`.
        shift: (d,); see `map`.
        activity: one array per layer, in the order and with the lengths of `RunSpec.layers` (a convolutional layer's
            units channel by channel): each unit's standard deviation over the first 256 mapped rows; 0 is a dead unit.
        latent: (g, n_features), what the decoder makes of `latent_codes`.
        latent_codes: (g, latent_dim), points spread over the map, see `analysis.latent_grid`.
    """

    epoch: int
    z: FloatArray
    x_hat: FloatArray
    turn: FloatArray | None = None
    shift: FloatArray | None = None
    activity: tuple[FloatArray, ...] | None = None
    latent: FloatArray | None = None
    latent_codes: FloatArray | None = None

    @property
    def map(self) -> FloatArray:
        """The first two units (k, d), turned and shifted onto the map of the snapshot before."""
        shown = self.z[:, :2]
        return shown if self.turn is None or self.shift is None else shown @ self.turn + self.shift

    @property
    def dead(self) -> tuple[NDArray[np.bool_], ...] | None:
        """Per layer, the units that give the same value for every row (in the input: the constant features)."""
        return None if self.activity is None else tuple(layer == 0 for layer in self.activity)


def mapped_rows(split: Split) -> IntArray:
    """The validation rows whose codes every snapshot holds; the first eight are also reconstructed."""
    return split.val_rows[:MOST_MAPPED]


class Snapshots:
    """The snapshots of one run folder; the writer thins them, so that folder and replay stay small."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "snapshots"
        self._written: _Written | None = None

    def epochs(self) -> list[int]:
        """The epochs kept, in order."""
        names = (entry.name.removesuffix(ENDING) for entry in os.scandir(self.folder) if entry.name.endswith(ENDING))
        return sorted(int(name) for name in names if name.isdecimal())

    def read(self, epoch: int) -> Snapshot:
        """The snapshot of that epoch; its arrays are shared and cannot be written to.

        Raises:
            RunError: it was not kept, or its file is torn.
        """
        path = self._path(epoch)
        try:
            status = path.stat()
        except OSError:
            return _read(path)
        return _remembered(path, status.st_mtime_ns, status.st_ino)

    def add(self, epoch: int, model: Autoencoder, split: Split, *, always: bool = False) -> None:
        """Keeps this epoch if its turn has come (or `always`); drops every other one when there are too many."""
        written = self._writer()
        if epoch in written.epochs or (epoch % written.stride and not always):
            return
        snapshot = self._taken(epoch, model, split)
        arrays = _arrays(snapshot, pictures=kind_of(split) == "image")
        write_tensors(self._path(epoch), arrays, durable=False)
        size = self._path(epoch).stat().st_size
        written.epochs.append(epoch)
        written.newest = snapshot
        kept = len(written.epochs)
        if not always and kept > 2 and (kept > MOST_SNAPSHOTS or kept * size > room(model.n_parameters, split)):
            written.stride *= 2
            self._drop(old for old in written.epochs if old % written.stride)

    def drop_after(self, epoch: int) -> None:
        """Forgets what came after `epoch`; a resumed run makes it anew."""
        self._drop(later for later in self.epochs() if later > epoch)
        self._written = None

    def _writer(self) -> _Written:
        if self._written is None:
            kept = self.epochs()
            self._written = _Written(kept, _stride(kept))
        return self._written

    def _taken(self, epoch: int, model: Autoencoder, split: Split) -> Snapshot:
        from playground.models.activity import watched_pass  # a page that reads snapshots need not wait for torch

        seen = watched_pass(model, self._writer().rows(model, split), MOST_WATCHED)
        z = seen.z
        before = self._before()
        turn, shift = nothing_turned(z[:, :2]) if before is None else procrustes(z[:, :2], before)
        points = latent_points(z, turn, shift, fine=kind_of(split) == "points")
        return Snapshot(
            epoch, z, seen.x_hat[:N_SAMPLES], turn, shift, tuple(seen.activity), model.decode(points), points
        )

    def _before(self) -> FloatArray | None:
        """The turned map of the newest snapshot that is kept: after a pause, from its file."""
        written = self._writer()
        if not written.epochs:
            return None
        if written.newest is None or written.newest.epoch != written.epochs[-1]:
            try:
                written.newest = self.read(written.epochs[-1])
            except RunError:
                return None
        return written.newest.map

    def _drop(self, epochs: Iterable[int]) -> None:
        gone = set(epochs)
        for epoch in gone:
            self._path(epoch).unlink(missing_ok=True)
        if self._written is not None:
            self._written.epochs = [epoch for epoch in self._written.epochs if epoch not in gone]

    def _path(self, epoch: int) -> Path:
        return self.folder / f"{epoch:06d}{ENDING}"


@dataclass
class _Written:
    """What a writer remembers: the epochs on disk, every how many are kept, the newest, and the rows to be mapped."""

    epochs: list[int]
    stride: int
    newest: Snapshot | None = None
    mapped: tuple[Split, Tensor] | None = None

    def rows(self, model: Autoencoder, split: Split) -> Tensor:
        """The mapped rows where the model is."""
        import torch

        device = next(model.parameters()).device
        if self.mapped is None or self.mapped[0] is not split or self.mapped[1].device != device:
            self.mapped = split, torch.from_numpy(split.x[mapped_rows(split)]).to(device)
        return self.mapped[1]


def _stride(kept: list[int]) -> int:
    """The spacing that a resumed run goes on with: the commonest, for an epoch may have been kept out of turn."""
    if len(kept) < 2:
        return 1
    gaps, times = np.unique(np.diff(kept), return_counts=True)
    return int(gaps[times == times.max()].max())


def is_large(n_parameters: int) -> bool:
    """Whether a trainer's whole state is too much to keep once a run has ended: more than 8 MB."""
    return 4 * 4 * n_parameters > MOST_STATE_BYTES  # the model, the best epoch's, and Adam's two moments


def room(n_parameters: int, split: Split) -> int:
    """Bytes for the snapshots of a run: what its weights, its last state and PCA leave of 20 MB."""
    weights = (2 if is_large(n_parameters) else 5) * 4 * n_parameters  # the best epoch's and the last one's, or all
    pca = 4 * 257 * split.n_features
    return max(LEAST_BYTES, min(MOST_BYTES, FOLDER_BYTES - weights - pca))


def _arrays(snapshot: Snapshot, *, pictures: bool) -> dict[str, NDArray[Any]]:
    """A snapshot as its file holds it; in half precision what is only looked at."""
    activity = snapshot.activity or ()
    arrays: dict[str, NDArray[Any]] = {name: getattr(snapshot, name) for name in TENSORS}
    arrays |= {"activity": np.concatenate(activity), "layers": np.array([len(layer) for layer in activity], np.int32)}
    return arrays | {name: _half(arrays[name]) for name in ("activity", "latent", *["x_hat"] * pictures)}


def _half(values: FloatArray) -> NDArray[Any]:
    """As float16, unless that could not hold them."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return values if (np.isinf(half) & np.isfinite(values)).any() else half


@lru_cache(maxsize=512)
def _remembered(path: Path, changed: int, node: int) -> Snapshot:
    """A file's snapshot; a file that a resumed run wrote anew is another one."""
    return _read(path)


def _read(path: Path) -> Snapshot:
    arrays, _ = read_tensors(path)
    found = {name: array.astype(np.float32, copy=False) for name, array in arrays.items() if name in TENSORS}
    if not {"z", "x_hat"} <= found.keys():
        raise RunError(f"The file {path.name} of run {path.parents[1].name} is missing or damaged.")
    activity = None
    if "activity" in arrays:
        activity = tuple(np.split(arrays["activity"].astype(np.float32), np.cumsum(arrays["layers"])[:-1]))
    for array in (*found.values(), *(activity or ())):
        array.flags.writeable = False
    return Snapshot(epoch=int(path.stem), activity=activity, **found)
