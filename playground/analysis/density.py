"""How densely the training codes lie at a point of the code: what an autoencoder has seen there, and what not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KernelDensity

Codes = NDArray[np.floating[Any]]

MOST_CODES = 2000  # that carry a kernel; more are sampled, always the same ones
BLOCK = 256  # points whose distances to all kernels are held at once
IN_USE = 1e-6  # of the largest standard deviation: a direction that varies less is left out


@dataclass(frozen=True, eq=False)
class Density:
    """Gaussian kernels on the training codes, as wide as Scott's rule says (Scott 1992); made by `fit`.

    Directions in which the codes do not vary are left out, and all others are scaled to variance 1 first, so that the
    kernels have the shape of the whole cloud, as in scipy.stats.gaussian_kde.

    Attributes:
        own: log densities of the kernels' own codes, in order, each without its own kernel: with it a training code
            would seem to lie more densely than a new code at the same place, the more so the more units there are.
    """

    mean: NDArray[np.float64]
    whiten: NDArray[np.float64]  # (latent_dim, directions)
    log_volume: float
    kernels: KernelDensity
    own: NDArray[np.float64]

    @classmethod
    def fit(cls, z: Codes, units: Sequence[int] | None = None) -> Density:
        """Fits on codes z (n, latent_dim), n at least 2.

        Args:
            units: those that count, from 0; the others may be anywhere. None: all of them.

        Raises:
            ValueError: fewer than two codes.
        """
        if len(z) < 2:
            raise ValueError(f"A density needs two codes at least, not {len(z)}.")
        some = np.asarray(z, dtype=np.float64)
        if len(some) > MOST_CODES:
            some = some[np.sort(np.random.default_rng(0).choice(len(some), MOST_CODES, replace=False))]
        mean = some.mean(axis=0)
        counts = np.ones(some.shape[1]) if units is None else np.isin(np.arange(some.shape[1]), units)
        _, spread, axes = np.linalg.svd((some - mean) * counts / np.sqrt(len(some) - 1), full_matrices=False)
        used = spread > IN_USE * max(float(spread.max(initial=0.0)), np.finfo(float).tiny)
        whiten = axes[used].T / spread[used]
        width = len(some) ** (-1.0 / (used.sum() + 4))
        kernels = KernelDensity(bandwidth=width).fit((some - mean) @ whiten) if used.any() else KernelDensity()
        log_volume = float(np.log(spread[used]).sum())
        fitted = cls(mean, whiten, log_volume, kernels, np.zeros(0))
        return cls(mean, whiten, log_volume, kernels, np.sort(fitted._log_of_own()))

    def log(self, z: Codes) -> NDArray[np.float64]:
        """Natural logarithms of the density at z (n, latent_dim), (n,); all 0 where the codes do not vary at all."""
        if not self.whiten.shape[1]:
            return np.zeros(len(z))
        points = (z - self.mean) @ self.whiten
        return _log_kernels(points, np.asarray(self.kernels.tree_.data), self.kernels.bandwidth_) - self.log_volume

    def _log_of_own(self) -> NDArray[np.float64]:
        """Log densities of the kernels' own codes (n,), each by the kernels of the others."""
        if not self.whiten.shape[1]:
            return np.zeros(1)
        points = np.asarray(self.kernels.tree_.data)
        return _log_kernels(points, points, self.kernels.bandwidth_, leave_out=True) - self.log_volume

    def standing(self, z: Codes) -> NDArray[np.float64]:
        """The share of the training codes that lie where it is less dense than at each z (n,), 0 to 1.

        Near 0 is beyond almost all of what the decoder was trained on, 0.5 is usual.
        """
        return np.searchsorted(self.own, self.log(z)) / len(self.own)


def _log_kernels(
    points: NDArray[np.float64], centres: NDArray[np.float64], width: float, *, leave_out: bool = False
) -> NDArray[np.float64]:
    """What `KernelDensity.score_samples` is to give, by matrix products; `leave_out`: point i without kernel i.

    Its tree takes several times as long, and with 64 directions it is off by 30: sums of bounds that cancel.
    """
    n, d = centres.shape
    centres = centres / width
    sizes = np.square(centres).sum(axis=1) / 2
    found = np.empty(len(points))
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK] / width
        near = block @ centres.T - sizes
        if leave_out:
            near[np.arange(len(block)), start + np.arange(len(block))] = -np.inf
        most = near.max(axis=1)
        near -= most[:, None]
        np.exp(near, out=near)
        found[start : start + BLOCK] = np.log(near.sum(axis=1)) + most - np.square(block).sum(axis=1) / 2
    return found - np.log(n - leave_out) - d * (np.log(2 * np.pi) / 2 + np.log(width))
