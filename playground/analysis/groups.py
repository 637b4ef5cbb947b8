"""What sets a group of rows apart from others: its columns, its classes, and the direction to it in the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray, IntArray

Rows = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Contrast:
    """One column of a group against the rows outside of it.

    Attributes:
        column: its place.
        inside, outside: the means of the known values, or the shares of a category's rows that have its level.
        apart: inside less outside, in standard deviations of all known values; a group's columns are sorted by it.
    """

    column: int
    inside: float
    outside: float
    apart: float


@dataclass(frozen=True)
class Share:
    """One class of a label: how many of a group's rows have it, their share of the group, and its share of all rows."""

    level: str
    n: int
    of_group: float
    of_all: float


def direction(z_to: Rows, z_from: Rows) -> FloatArray:
    """From the mean of some codes (k, m) to the mean of others (n, m): what is added to make one of the other, (m,)."""
    return (z_to.mean(axis=0, dtype=np.float64) - z_from.mean(axis=0, dtype=np.float64)).astype(np.float32)


def along(z: Rows, step: Rows, strengths: Sequence[float]) -> FloatArray:
    """The code z (m,) with `step` (m,) added as many times as each strength says, (len(strengths), m)."""
    times = np.asarray(strengths, dtype=np.float64)[:, None]
    return np.asarray(z + times * step, dtype=np.float32)


def contrasts(x: Rows, inside: NDArray[np.bool_]) -> list[Contrast]:
    """Every column of x (n, columns) inside of a group (n,) and outside, the one that differs most first.

    Unknown values (nan) count nowhere. A column without a known value on one side, or constant, is 0 apart and last.
    """
    known = np.isfinite(x)
    means = [_means(x, known & side[:, None]) for side in (inside, ~inside)]
    every = _means(x, known)
    variance = _means(np.square(np.where(known, x - every, 0.0)), known)
    gap = means[0] - means[1]
    spread = np.sqrt(np.nan_to_num(variance))
    # A constant column varies by rounding only.
    varies = np.isfinite(gap) & (spread > 1e-9 * np.nan_to_num(np.abs(every)))
    apart = np.where(varies, gap / np.where(varies, spread, 1.0), 0.0)
    order = np.argsort(-np.abs(apart), kind="stable").tolist()
    return [Contrast(i, float(means[0][i]), float(means[1][i]), float(apart[i])) for i in order]


def level_contrast(codes: NDArray[Any], inside: NDArray[np.bool_], column: int) -> tuple[int, Contrast] | None:
    """Of a category the level whose share differs most between a group and the other rows, and by how much.

    Args:
        codes: the level of each row, a whole number (n,); nan where it is unknown.
        inside: which rows are the group's.
        column: the place of the column, for the answer.

    Returns:
        None where no row on one of the sides has a level.
    """
    known = np.isfinite(codes)
    if not (known & inside).any() or not (known & ~inside).any():
        return None
    levels, places = np.unique(codes[known], return_inverse=True)
    member = inside[known]
    shares = [np.bincount(places[side], minlength=len(levels)) / side.sum() for side in (member, ~member)]
    overall = np.bincount(places) / known.sum()
    spread = np.sqrt(overall * (1 - overall))
    gap = shares[0] - shares[1]
    apart = np.where(spread > 0, gap / np.where(spread > 0, spread, 1.0), 0.0)
    most = int(np.argmax(np.abs(apart)))
    return int(levels[most]), Contrast(column, float(shares[0][most]), float(shares[1][most]), float(apart[most]))


def class_shares(labels: NDArray[np.str_], rows: IntArray) -> list[Share]:
    """The classes of a group's rows (row numbers), the most frequent first; a row without a class counts as ""."""
    levels, counts = np.unique(labels[rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    n, every = max(len(rows), 1), max(len(labels), 1)
    return [
        Share(str(levels[i]), int(counts[i]), float(counts[i]) / n, float(np.sum(labels == levels[i])) / every)
        for i in order.tolist()
    ]


def shared(one: IntArray, other: IntArray) -> IntArray:
    """The rows that are among the neighbours `one` (k,) and among `other`, in the order of `one`."""
    return one[np.isin(one, other)]


def _means(x: Rows, counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    n = counted.sum(axis=0)
    total = np.where(counted, x, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)
