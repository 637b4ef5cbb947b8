"""Snapshots: what the scrubber plays. One small file per kept epoch, thinned as they grow many.

A snapshot holds the codes of a fixed sample of validation rows, the reconstructions of eight of them, and the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray, IntArray
from playground.data.split import Split
from playground.models.codec import Codec
from playground.runs.store import read_tensors, write_tensors

N_SAMPLES = 8
MOST_MAPPED = 2000
MOST_SNAPSHOTS = 64
MOST_BYTES = 12 * 2**20


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
            units channel by channel): each unit's standard deviation over the first 500 mapped rows; 0 is a dead unit.
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
        kept = self.epochs()
        # A resumed run goes on with the spacing it had.
        self._stride = int(np.diff(kept).min()) if len(kept) > 1 else 1

    def epochs(self) -> list[int]:
        """The epochs kept, in order."""
        return sorted(int(path.stem) for path in self.folder.glob("[0-9]*.safetensors"))

    def add(
        self, epoch: int, codec: Codec, split: Split, weights: Mapping[str, NDArray[Any]], *, always: bool = False
    ) -> None:
        """Keeps this epoch if its turn has come (or `always`); drops every other one when there are too many."""
        if self._path(epoch).exists() or (epoch % self._stride and not always):
            return
        x = split.x[mapped_rows(split)]
        z = codec.encode(x)
        arrays = {"z": z, "x_hat": codec.decode(z[:N_SAMPLES])} | {f"model.{n}": a for n, a in weights.items()}
        write_tensors(self._path(epoch), arrays, durable=False)
        kept = self.epochs()
        size = self._path(epoch).stat().st_size
        if not always and len(kept) > 2 and (len(kept) > MOST_SNAPSHOTS or len(kept) * size > MOST_BYTES):
            self._stride *= 2
            self._drop(old for old in kept if old % self._stride)

    def drop_after(self, epoch: int) -> None:
        """Forgets what came after `epoch`; a resumed run makes it anew."""
        self._drop(later for later in self.epochs() if later > epoch)

    def read(self, epoch: int) -> Snapshot:
        """The snapshot of that epoch. Raises RunError where it is missing or torn."""
        arrays, _ = read_tensors(self._path(epoch))
        return Snapshot(epoch, arrays["z"], arrays["x_hat"])

    def _drop(self, epochs: Any) -> None:
        for epoch in list(epochs):
            self._path(epoch).unlink(missing_ok=True)

    def _path(self, epoch: int) -> Path:
        return self.folder / f"{epoch:06d}.safetensors"
