"""Who is whose neighbour: how much of the neighbourhoods of the rows a map keeps, and which rows it moves.

Trustworthiness and continuity (Venna and Kaski 2001) ask whether neighbours on the map are neighbours in the input
space too, and the other way round; both are 1 where every neighbourhood is kept and about 0.5 where none is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.models.mean import mean_of

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]

MOST_ROWS = 5000  # more are sampled: the cost grows with the square of the rows
BLOCK = 128  # rows whose distances to all are held at once
NARROW = 3  # features up to which distances are computed from differences
WIDE = 256  # features from which they are computed in float32


class Measured(NamedTuple):
    """A share from 0 to 1, the mean over rows, and how many rows that were."""

    value: float
    n_rows: int


class Difference(NamedTuple):
    """By how much a first value is above a second, the mean over the same rows, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves no doubt about the sign."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """The nearest neighbours of the same rows in several spaces, up to the `most_k`-th; made by `neighbourhoods`.

    Attributes:
        n_rows: that were compared.
        most_k: neighbours known of each row.
        nearest: per space the neighbours of every row, the nearest first (n_rows, most_k).
        ranks: for a pair of spaces, which neighbours the second's nearest are in the first: 1 is the nearest. Of those
            equally far the first and the last rank that they share (2, n_rows, most_k).
    """

    n_rows: int
    most_k: int
    nearest: Mapping[str, IntArray]
    ranks: Mapping[tuple[str, str], IntArray]

    def trusted(self, x: str, z: str, k: int) -> NDArray[np.float64]:
        """Per row the trustworthiness of its k neighbours in `z` as neighbours in `x` (n_rows,); the mean is the map's.

        Scikit-learn's definition. Where several rows are equally far, what they cost on average counts, over all orders
        that they may be put in.

        Raises:
            ValueError: more neighbours than are known, or as many as half of the rows.
        """
        self._check(k)
        if x == z:
            return np.ones(self.n_rows)
        first, last = self.ranks[x, z][:, :, :k].astype(np.float64)
        low = np.maximum(first, k + 1)  # the ranks up to k cost nothing
        beyond = np.maximum(last - low + 1, 0)
        cost = (0.5 * (low + last) - k) * beyond / (last - first + 1)
        return 1.0 - cost.sum(axis=1) * 2.0 / (k * (2.0 * self.n_rows - 3.0 * k - 1.0))

    def trustworthiness(self, x: str, z: str, k: int) -> Measured:
        """How far the neighbours on the map `z` are neighbours in `x`: below 1 it shows neighbours that are none."""
        return Measured(float(self.trusted(x, z, k).mean()), self.n_rows)

    def continuity(self, x: str, z: str, k: int) -> Measured:
        """How far the neighbours in `x` are neighbours on the map `z`: below 1 it tears neighbours apart."""
        return self.trustworthiness(z, x, k)

    def told(self, space: str, labels: NDArray[Any], k: int) -> NDArray[np.bool_]:
        """Which rows have the class that most of their k nearest neighbours have (n_rows,); a draw goes to the first.

        Args:
            labels: of the rows (n_rows,).
        """
        self._check(k)
        return _told(self.nearest[space][:, :k], labels)

    def accuracy(self, space: str, labels: NDArray[Any], k: int) -> Measured:
        """The share of rows whose class their k nearest neighbours tell: leave-one-out, as no row is its own."""
        return Measured(float(self.told(space, labels, k).mean()), self.n_rows)

    def moved(self, z: str, z_other: str, k: int) -> NDArray[np.float64]:
        """Per row the share of its k neighbours in one space that are none in the other (n_rows,): 0 where all stay."""
        self._check(k)
        one, other = self.nearest[z][:, :k], self.nearest[z_other][:, :k]
        common = (one[:, :, None] == other[:, None, :]).sum(axis=(1, 2))
        return np.asarray(1.0 - common / k)

    def moved_most(self, z: str, z_other: str, k: int) -> IntArray:
        """The rows by how much their neighbourhood changed, the most first (n_rows,).

        Of those that lost equally many neighbours, the ones whose neighbours went further away come first.
        """
        kept = self.trusted(z, z_other, k) + self.trusted(z_other, z, k)
        return np.lexsort((kept, -self.moved(z, z_other, k)))

    def _check(self, k: int) -> None:
        if not 1 <= k <= self.most_k:
            raise ValueError(f"k is {k}; the neighbours are known from 1 to {self.most_k}.")


def neighbourhoods(
    spaces: Mapping[str, FloatArray], most_k: int, pairs: Sequence[tuple[str, str]] | None = None
) -> Neighbourhoods:
    """The neighbours of the same rows in each space, and their ranks in the others; takes all rows that it is given.

    Args:
        spaces: features or codes by name (n_rows, any width); missing values are filled with the column's mean.
        most_k: neighbours to know of each row; fewer than half of the rows.
        pairs: for which the ranks are wanted; None: for all.

    Raises:
        ValueError: spaces of different rows, or too many neighbours.
    """
    n = _n_rows(spaces)
    check_k(most_k, n)
    pairs = list(permutations(spaces, 2)) if pairs is None else pairs
    nearest = {name: np.empty((n, most_k), dtype=np.int64) for name in spaces}
    ranks = {pair: np.empty((2, n, most_k), dtype=np.int64) for pair in pairs}
    walks = {name: _distances(x) for name, x in spaces.items()}
    for start in range(0, n, BLOCK):
        rows = slice(start, min(start + BLOCK, n))
        distances = {name: next(walk) for name, walk in walks.items()}
        for name, far in distances.items():
            nearest[name][rows] = _nearest(far, most_k)
        wanted = {(x, z): np.take_along_axis(distances[x], nearest[z][rows], axis=1) for x, z in pairs}
        for name in {x for x, _ in pairs}:
            distances[name].sort(axis=1)
        for (x, z), values in wanted.items():
            ranks[x, z][:, rows] = _ranks(distances[x], values)
    return Neighbourhoods(n, most_k, nearest, ranks)


def trustworthiness(x: FloatArray, z: FloatArray, k: int = 10) -> Measured:
    """How far the k neighbours of a row on the map are its neighbours in the input space too (Venna and Kaski 2001).

    Of more than `MOST_ROWS` rows a sample counts, always the same. Missing values of `x` are filled with the column's
    mean, 0 in scaled units.

    Args:
        x: rows in the input space (n, n_features).
        z: the same rows on the map (n, latent_dim).
        k: neighbours, fewer than half of the rows.

    Raises:
        ValueError: another number of rows in `z`, or no such k.
    """
    return _of_two(x, z, k)


def continuity(x: FloatArray, z: FloatArray, k: int = 10) -> Measured:
    """How far the k neighbours of a row in the input space are its neighbours on the map: see `trustworthiness`."""
    return _of_two(z, x, k)


def neighbour_accuracy(z: FloatArray, labels: NDArray[Any], k: int = 10) -> Measured:
    """The share of rows whose class most of their k nearest neighbours have; every row is told by the others alone.

    Of more than `MOST_ROWS` rows a sample counts, always the same.

    Args:
        z: codes, or the input space itself (n, any width).
        labels: of the rows (n,).
        k: neighbours, fewer than there are rows.

    Raises:
        ValueError: another number of labels, or no such k.
    """
    if len(labels) != len(z):
        raise ValueError(f"There are {len(labels)} labels for {len(z)} rows.")
    rows = sampled(len(z))
    if not 1 <= k < len(rows):
        raise ValueError(f"k is {k}; of {len(rows)} rows it can be 1 to {len(rows) - 1}.")
    nearest = np.concatenate([_nearest(far, k) for far in _distances(z[rows])])
    return Measured(float(_told(nearest, labels[rows]).mean()), len(rows))


def moved(z: FloatArray, z_other: FloatArray, k: int = 10) -> NDArray[np.float64]:
    """Per row the share of its k neighbours on one map that are none on the other (n,); either may be the input space.

    Takes all rows, for each has its own answer.
    """
    return neighbourhoods({"z": z, "other": z_other}, k, pairs=[]).moved("z", "other", k)


def sampled(n: int, most: int = MOST_ROWS) -> IntArray:
    """The rows that are measured, in order: all, or of more than `most` a sample, always the same."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, most, replace=False))


def filled(x: FloatArray) -> FloatArray:
    """The rows with each missing value replaced by the mean of its column, 0 where nothing of it is known."""
    missing = ~np.isfinite(x)
    if not missing.any():
        return x
    return np.where(missing, mean_of(x), x).astype(x.dtype)


def difference(one: NDArray[Any], other: NDArray[Any]) -> Difference:
    """The mean of `one` less that of `other`, both (n_rows,) and of the same rows, and its 95 % normal interval.

    Rows share neighbours, so that they are not quite independent: the interval is rather too narrow than too wide.
    """
    each = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    mean, error = float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))
    return Difference(mean, mean - 1.96 * error, mean + 1.96 * error)


def check_k(k: int, n_rows: int) -> None:
    """Raises ValueError where the definition of trustworthiness has no such k for so many rows."""
    if not 1 <= k < n_rows / 2:
        raise ValueError(f"k is {k}; of {n_rows} rows it can be 1 to {most_k(n_rows)}, fewer than half of them.")


def most_k(n_rows: int) -> int:
    """The largest k that so many rows allow."""
    return (n_rows - 1) // 2


def _of_two(x: FloatArray, z: FloatArray, k: int) -> Measured:
    if len(x) != len(z):
        raise ValueError(f"There are {len(x)} rows in one space and {len(z)} in the other.")
    rows = sampled(len(x))
    found = neighbourhoods({"x": x[rows], "z": z[rows]}, k, pairs=[("x", "z")])
    return found.trustworthiness("x", "z", k)


def _n_rows(spaces: Mapping[str, FloatArray]) -> int:
    lengths = {name: len(x) for name, x in spaces.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"The spaces hold different rows: {lengths}.")
    return next(iter(lengths.values()))


def _distances(x: FloatArray) -> Iterator[NDArray[np.float32]]:
    """Squared distances of `BLOCK` rows at a time to all rows; a row's own is infinite."""
    x = filled(np.asarray(x)).astype(np.float64)
    x -= x.mean(axis=0)
    squares = np.square(x).sum(axis=1)
    if x.shape[1] > WIDE:
        x, squares = x.astype(np.float32), squares.astype(np.float32)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        far = _from_differences(x[rows], x) if x.shape[1] <= NARROW else _from_products(x, squares, rows)
        far[np.arange(len(far)), start + np.arange(len(far))] = np.inf
        yield far


def _from_differences(block: FloatArray, x: FloatArray) -> NDArray[np.float32]:
    """Of few columns: as exact as the codes are."""
    far = np.zeros((len(block), len(x)), dtype=np.float32)
    for column in range(x.shape[1]):
        apart = np.subtract.outer(block[:, column], x[:, column]).astype(np.float32)
        far += np.square(apart, out=apart)
    return far


def _from_products(x: FloatArray, squares: FloatArray, rows: slice) -> NDArray[np.float32]:
    """Of many columns: by one matrix product. What lies within its rounding is 0: those rows are the same."""
    far = (-2 * x[rows]) @ x.T
    sums = np.add.outer(squares[rows], squares)
    far += sums
    sums *= 8 * np.finfo(x.dtype).eps
    far *= far > sums
    return far.astype(np.float32, copy=False)


def _nearest(far: NDArray[np.float32], k: int) -> IntArray:
    """The k nearest columns of each row, the nearest first."""
    some = np.argpartition(far, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(far, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def _ranks(in_order: NDArray[np.float32], values: NDArray[np.float32]) -> IntArray:
    """The first and the last rank, counted from 1, that each value shares in its own sorted row (2, rows, k)."""
    places = np.empty((2, *values.shape), dtype=np.int64)
    for i, (row, wanted) in enumerate(zip(in_order, values, strict=True)):
        places[0, i] = row.searchsorted(wanted, "left") + 1
        places[1, i] = row.searchsorted(wanted, "right")
    return places


def _told(nearest: IntArray, labels: NDArray[Any]) -> NDArray[np.bool_]:
    classes, codes = np.unique(labels, return_inverse=True)
    votes = np.zeros((len(nearest), classes.size), dtype=np.int64)
    rows = np.arange(len(nearest))
    for neighbour in nearest.T:
        np.add.at(votes, (rows, codes[neighbour]), 1)
    return np.asarray(votes.argmax(axis=1) == codes)
