"""What hints are told from: a run's settings, its history and its newest codes, as plain data.

Of the held-out rows only those of the validation: the test rows stay sealed until the comparison is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from playground.analysis import neighbours
from playground.data.dataset import FloatArray
from playground.models.spec import RunSpec

OVER = ("done", "stopped", "diverged")
SHARE_OF_A_WINDOW = 0.1  # of the epochs: what counts as "the last ones"
NEIGHBOURS = 5
MOST_COMPARED = 500  # rows whose neighbours are looked for
RISEN = 0.05  # above the lowest validation error: what counts as a rise
MATERIAL = 0.01  # of the mean's error: a rise that matters
LEARNT = 0.02  # that the training error has fallen meanwhile
FLAT = 0.01  # of the liveliest unit's standard deviation: a unit that moves less says nothing
SAME = 1e-6  # of a unit's variance: what is left of a unit that others already tell


@dataclass(frozen=True, eq=False)
class Evidence:
    """One run at one moment. Errors are sums of squared errors per validation sample, in scaled units.

    Attributes:
        spec: its settings.
        recommended: what suits its data and its kind of autoencoder.
        state: as `Run.state`.
        n_features: that the model sees.
        n_parameters: that it learns.
        n_train, n_val: rows.
        train_error, val_error, val_loss: one per epoch.
        best_epoch: the one that is kept; None takes the lowest `criterion`.
        pca, mean: the lines to beat, on the validation rows; None before they are known.
        z: codes of the mapped validation rows (k, latent_dim); None before the first epoch.
        z_pca: those of PCA, of the same rows; None where nobody asks.
        labels: of the same rows (k,); None where there are none.
        activity: per layer, input to output, the standard deviation of every unit over the same rows; None where
            it was not recorded.
        code_kl: per unit of a variational code, nats; None for other kinds.
        column_names, column_spread: the standard deviation of every column over the training rows in scaled units,
            the column's weight left out; empty where all features are of one scale anyway (pixels, series).
    """

    spec: RunSpec
    recommended: RunSpec
    state: str = "done"
    n_features: int = 64
    n_parameters: int = 1000
    n_train: int = 1000
    n_val: int = 200
    train_error: Sequence[float] = ()
    val_error: Sequence[float] = ()
    val_loss: Sequence[float] = ()
    best_epoch: int | None = None
    planned_epochs: int = 0
    pca: float | None = None
    mean: float | None = None
    z: FloatArray | None = None
    z_pca: FloatArray | None = None
    labels: NDArray[np.str_] | None = None
    activity: Sequence[FloatArray] | None = None
    code_kl: Sequence[float] | None = None
    column_names: Sequence[str] = ()
    column_spread: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))

    @property
    def is_over(self) -> bool:
        """Whether its training has ended."""
        return self.state in OVER

    @property
    def n_epochs(self) -> int:
        return len(self.val_error)

    @property
    def n_planned(self) -> int:
        """Epochs, those added later among them."""
        return self.planned_epochs or self.spec.epochs

    @property
    def window(self) -> int:
        """How many epochs "the last ones" are."""
        return max(1, math.ceil(SHARE_OF_A_WINDOW * self.n_epochs))

    @property
    def criterion(self) -> Sequence[float]:
        """What the best epoch is chosen by, one per epoch: the validation error, of a VAE its objective."""
        return self.val_error if self.code_kl is None else self.val_loss

    @cached_property
    def best(self) -> int:
        """The place of the epoch that is kept."""
        if self.best_epoch is not None:
            return self.best_epoch - 1
        return int(np.argmin(self.criterion))

    @property
    def kept_error(self) -> float:
        """The validation error of the epoch that is kept; not-a-number before the first."""
        return float(self.val_error[self.best]) if self.n_epochs else math.nan

    @property
    def kept_train_error(self) -> float:
        return float(self.train_error[self.best]) if self.n_epochs else math.nan

    @property
    def n_rounds(self) -> float:
        """Parameters for every number of the training rows."""
        return self.n_parameters / max(self.n_train * self.n_features, 1)


def fall(values: Sequence[float], window: int) -> float:
    """By which share the mean of the last `window` values is below that of those before; 0 where there are too few."""
    if len(values) < 2 * window:
        return 0.0
    last, before = float(np.mean(values[-window:])), float(np.mean(values[-2 * window : -window]))
    return (before - last) / before if before > 0 else 0.0


def overfits(e: Evidence) -> bool:
    """Whether the validation error has risen since its lowest while the training error went on falling."""
    if e.n_epochs - 1 - e.best < max(3, e.window):
        return False
    window = max(3, e.window)
    held_out, trained = smooth(e.criterion, window), smooth(e.train_error, window)
    lowest = int(np.argmin(held_out))
    rise = held_out[-1] - held_out[lowest]
    rose = rise > RISEN * held_out[lowest] and rise > MATERIAL * (e.mean or 0.0)
    return bool(rose and trained[-1] < (1 - LEARNT) * trained[lowest])


def smooth(values: Sequence[float], window: int) -> NDArray[np.float64]:
    """Medians of `window` neighbouring values, (n - window + 1,): one lucky epoch is no minimum."""
    return np.median(sliding_window_view(np.asarray(values, dtype=np.float64), window), axis=1)


def neighbour_accuracy(z: NDArray[np.floating], labels: NDArray[np.str_]) -> float:
    """As `neighbours.neighbour_accuracy`, of the first `MOST_COMPARED` rows by their `NEIGHBOURS` nearest.

    Args:
        z: codes (k, latent_dim).
        labels: (k,).
    """
    z = z[:MOST_COMPARED]
    return neighbours.neighbour_accuracy(z, labels[:MOST_COMPARED], min(NEIGHBOURS, len(z) - 1)).value


def n_independent(z: NDArray[np.floating]) -> int:
    """How many numbers the units of a code carry that are no weighted sum of the others; all units on one scale."""
    spread = z.std(axis=0)
    moving = spread > FLAT * max(float(spread.max(initial=0.0)), 1e-30)
    if not moving.any() or len(z) < 2:
        return 0
    standard = (z[:, moving] - z[:, moving].mean(axis=0)) / spread[moving]
    values = np.linalg.eigvalsh(standard.T.astype(np.float64) @ standard / len(z))
    return int((values > SAME).sum())
