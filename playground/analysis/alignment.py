"""Turns one map of the same points onto another, so that successive maps do not flip or spin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray


def nothing_turned(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The `turn` and `shift` that leave a map (n, d) as it is."""
    return np.eye(z.shape[1], dtype=np.float32), np.zeros(z.shape[1], np.float32)


def procrustes(z: FloatArray, onto: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The rotation or reflection, and then the shift, that bring z nearest to `onto` (Schönemann 1966), unscaled.

    Where nothing can be told from the points (a map that is not finite, or a single place) nothing is turned.

    Args:
        z: one map (n, d), a point per row.
        onto: another map (n, d) of the same points.

    Returns:
        `turn` (d, d), orthogonal, and `shift` (d,): z @ turn + shift has the least squared distance to `onto`.
    """
    if z.shape != onto.shape or not (np.isfinite(z).all() and np.isfinite(onto).all()):
        return nothing_turned(z)
    mine, theirs = z.astype(np.float64), onto.astype(np.float64)
    centre, their_centre = mine.mean(0), theirs.mean(0)
    a, b = mine - centre, theirs - their_centre
    # A single place but for rounding: its spread is nothing against where it lies.
    if not (_has_spread(a, centre) and _has_spread(b, their_centre)):
        turn = np.eye(z.shape[1])
    else:
        u, _, v = np.linalg.svd((a / np.abs(a).max()).T @ (b / np.abs(b).max()))
        turn = u @ v
    shift = (their_centre - centre @ turn).astype(np.float32)
    return (turn.astype(np.float32), shift) if np.isfinite(shift).all() else nothing_turned(z)


def _has_spread(centred: NDArray[np.float64], centre: NDArray[np.float64]) -> bool:
    return bool(np.abs(centred).max() > 1e-6 * np.abs(centre).max())
