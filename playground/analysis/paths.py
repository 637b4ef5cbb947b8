"""Ways from one sample to another: straight or along an arc in the code, PCA's straight way, and the cross-fade."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

NEARLY_PARALLEL = 1e-6  # sine of the angle below which an arc is a straight line, or not defined
NEARLY_ONE_LENGTH = 0.25  # standard deviation of the codes' lengths as a share of their mean


def straight(start: Array, end: Array, steps: int) -> NDArray[np.float32]:
    """Points (steps, m) at equal distances on the line between two points (m,); both ends are among them.

    A cross-fade is this in the samples themselves. Where either end is missing (nan), the steps between are too.

    Raises:
        ValueError: fewer than two steps.
    """
    return _between(start, end, steps, lambda share: ((1 - share) * start, share * end))


def spherical(start: Array, end: Array, steps: int) -> NDArray[np.float32]:
    """Points (steps, m) on the arc around the origin between two points (m,), by equal angles.

    Shoemake 1985 (doi:10.1145/325165.325242), applied to codes by White 2016 (arXiv:1609.04468). Ends of the same
    length keep it on the whole way. Where the two point the same way, or exactly opposite ways so that no arc is the
    shortest, this is the straight line.

    Raises:
        ValueError: fewer than two steps.
    """
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    cosine = float(np.clip(start @ end / max(float(lengths[0] * lengths[1]), np.finfo(float).tiny), -1, 1))
    angle = float(np.arccos(cosine))
    sine = np.sin(angle)
    if min(lengths) == 0 or sine < NEARLY_PARALLEL:
        return straight(start, end, steps)
    return _between(
        start,
        end,
        steps,
        lambda share: (np.sin((1 - share) * angle) / sine * start, np.sin(share * angle) / sine * end),
    )


def length_spread(z: Array) -> float:
    """Standard deviation of the lengths of codes z (n, m) as a share of their mean: 0 on a sphere around the origin.

    About 1 / √(2m) for N(0, I) in m dimensions, which is why its codes lie near a sphere where m is large.
    """
    lengths = np.linalg.norm(np.asarray(z, dtype=np.float64), axis=1)
    mean = float(lengths.mean())
    return float(lengths.std()) / mean if mean > 0 else 0.0


def suits_sphere(z: Array) -> bool:
    """Whether codes z (n, m) lie near a sphere around the origin, so that an arc stays among them."""
    return z.shape[1] >= 2 and length_spread(z) < NEARLY_ONE_LENGTH


def _between(start: Array, end: Array, steps: int, parts: Any) -> NDArray[np.float32]:
    if steps < 2:
        raise ValueError(f"a path has two steps at least, not {steps}")
    share = np.linspace(0, 1, steps)[:, None]
    first, second = parts(share)
    path = np.asarray(first + second, dtype=np.float32)
    path[0], path[-1] = start, end  # exactly, whatever rounding makes of them
    return path
