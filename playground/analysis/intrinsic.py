"""How many dimensions the data have, how many of its units a network uses, and how many components PCA needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances

from playground.analysis.errors import SURE

Points = NDArray[np.floating[Any]]
Numbers = NDArray[np.float64]

MOST_POINTS = 2000  # whose neighbours are looked for; more are sampled, always the same ones
LEAST_POINTS = 50  # fewer say nothing
KEPT = 0.9  # of the ratios: the largest tenth is left out of the fit, as Facco and others do
RESAMPLES = 200
IN_USE = 0.01  # of a VAE's unit, the variance of its mean (Burda and others 2016); of others, the rise of the error


@dataclass(frozen=True)
class Estimate:
    """An estimate of the number of dimensions at one scale; made by `two_nn`.

    Attributes:
        value: the estimate.
        low, high: the ends of its 95 % bootstrap interval over the points.
        n_points: among which neighbours were looked for. The fewer, the farther apart, and the coarser the scale.
    """

    value: float
    low: float
    high: float
    n_points: int


def two_nn(points: Points) -> list[Estimate]:
    """The dimension from the two nearest neighbours of every point (Facco and others 2017).

    Where the density is the same all over the first two neighbours, the ratio μ of their distances is Pareto
    distributed with the dimension d as its exponent, so that -log(1 - F(μ)) = d log μ: d is the slope of a line through
    the origin (doi:10.1038/s41598-017-11873-y, "TwoNN"). It looks at the smallest distances alone: noise counts as a
    dimension where it is as large as these, and in many dimensions few points give too little. Hence, as there, several
    scales: among all points, then within disjoint halves, quarters and so on, whose ratios are taken together.

    Args:
        points: (n, n_features), all finite. Of equal ones one is kept; at most `MOST_POINTS` are looked at.

    Returns:
        One estimate per scale, the finest first; none where fewer than `LEAST_POINTS` different points are left.
    """
    distances = _distances(np.asarray(points))
    n = len(distances)
    found = []
    n_blocks = 1
    while n // n_blocks >= LEAST_POINTS:
        size = n // n_blocks
        blocks = [slice(start, start + size) for start in range(0, size * n_blocks, size)]
        found.append(_estimate(np.concatenate([_log_ratios(distances[block, block]) for block in blocks]), size))
        n_blocks *= 2
    return found


def _distances(points: Points) -> Numbers:
    """Between different points, in random order, (n, n); infinite from each to itself."""
    order = np.random.default_rng(0).permutation(len(points))[:MOST_POINTS]
    distances = _between(points[order])
    if len(order) > 1 and distances.min() == 0:
        _, first = np.unique(points[order], axis=0, return_index=True)
        distances = _between(points[order[np.sort(first)]])
    return distances


def _between(points: Points) -> Numbers:
    distances = np.asarray(pairwise_distances(points.astype(np.float64)))
    np.fill_diagonal(distances, np.inf)
    return distances


def _log_ratios(distances: Numbers) -> Numbers:
    """log of second over first distance of every point to the others, (n,)."""
    nearest = np.partition(distances, 1, axis=1)[:, :2]
    nearest = nearest[nearest[:, 0] > 0]  # rounding may put two points into one
    return np.log(nearest[:, 1] / nearest[:, 0])


def _estimate(log_ratios: Numbers, n_points: int) -> Estimate:
    resampled = np.random.default_rng(0).choice(log_ratios, (RESAMPLES, len(log_ratios)))
    low, high = np.quantile(_slopes(resampled), [(1 - SURE) / 2, (1 + SURE) / 2])
    return Estimate(float(_slopes(log_ratios[None])[0]), float(low), float(high), n_points)


def _slopes(log_ratios: Numbers) -> Numbers:
    """d of -log(1 - F(μ)) = d log μ by least squares for every row of (k, n), the largest tenth left out, (k,)."""
    n = log_ratios.shape[1]
    kept = int(KEPT * n)
    across = np.sort(log_ratios, axis=1)[:, :kept]
    up = -np.log1p(-np.arange(1, kept + 1) / n)
    return across @ up / np.maximum(np.square(across).sum(axis=1), np.finfo(np.float64).tiny)


def units_in_use(codes: Points) -> NDArray[np.bool_]:
    """Which units of a variational autoencoder are active, (latent_dim,): the variance of their mean is above 0.01.

    Burda, Grosse and Salakhutdinov 2016, arXiv:1509.00519, section 5.1.

    Args:
        codes: means of q(z | x) of some rows (n, latent_dim).
    """
    return np.asarray(codes.var(axis=0, dtype=np.float64) > IN_USE)


def components_for(ratios: Numbers, share: float) -> int | None:
    """How many of PCA's components explain `share` of the variance; None where those that were kept do not.

    Args:
        ratios: what each explains as a share of the total, the largest first.
        share: between 0 and 1.
    """
    reached = np.flatnonzero(np.cumsum(ratios) >= share - 1e-9)
    return int(reached[0]) + 1 if reached.size else None
