"""Filling in what is missing from a row: by an autoencoder, by PCA, by the mean; and how far off each is.

A cell is hidden, and what each way puts there is compared with what stood there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.analysis.errors import SURE, Errors, resampled_means
from playground.data.columns import DAY, Column
from playground.data.dataset import FloatArray, OwnArray
from playground.data.split import Split
from playground.models.codec import Codec
from playground.models.pca import PCA

MOST_ROWS = 500
PASSES = (1, 2, 5, 20, 50)
LIMIT = 0  # passes of PCA until nothing moves any more
SETTLED = 1e-5  # in scaled units: a row is done when no value moves more in a pass
LEAST = 1e-3  # of a direction's length that the known cells have to see, so that they settle it
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Columns:
    """Which features (scaled units) belong to which column, and how large a column's error is on average.

    Attributes:
        place: of every feature (n_features,).
        variance: of every column over the training rows, its features together: the error of the mean (n_columns,).
        fill: the mean of every feature (n_features,).
        told: whether the autoencoder is told that a feature is missing (n_features,).
    """

    place: NDArray[np.int64]
    variance: Errors
    fill: FloatArray
    told: Mask

    @classmethod
    def of(cls, split: Split) -> Columns:
        """As the split has them; features without a layout are a column each."""
        x, layout, n = split.x_train, split.layout, split.n_features
        if layout is None:
            fill = x.mean(axis=0, dtype=np.float64).astype(np.float32)
            return cls(np.arange(n), x.var(axis=0, dtype=np.float64), fill, np.zeros(n, bool))
        widths = [block.stop - block.start for block in layout.blocks]
        flagged = np.array([block.start in layout.flagged for block in layout.blocks])
        variance = np.array([block.variance for block in layout.blocks])
        place = np.repeat(np.arange(len(widths)), widths)
        return cls(place, variance, layout.fill, flagged[place])

    @property
    def n(self) -> int:
        return len(self.variance)

    def features(self, cells: Mask) -> Mask:
        """Cells (n, n_columns) as their features (n, n_features)."""
        return cells[:, self.place]

    def known(self, x: FloatArray) -> Mask:
        """Which cells of x (n, n_features) are there, (n, n_columns)."""
        first = np.searchsorted(self.place, np.arange(self.n))
        return ~np.isnan(x[:, first])

    def errors(self, x: FloatArray, x_hat: FloatArray) -> Errors:
        """Squared errors of cells (n, n_columns), 1 being as bad as the column's mean is on average."""
        squares = np.square(x.astype(np.float64) - x_hat)
        first = np.searchsorted(self.place, np.arange(self.n))
        return np.add.reduceat(squares, first, axis=1) / np.where(self.variance > 0, self.variance, 1.0)


def hide(x: FloatArray, columns: Columns, share: float, seed: int) -> Mask:
    """Picks a share of the known cells of x (n, n_features) by chance; at least one known cell of a row stays.

    Returns:
        The hidden cells (n, n_columns). What is hidden at a share stays hidden at every larger one.
    """
    rng = np.random.default_rng([seed, 7])
    chance = rng.random((len(x), columns.n))
    known = columns.known(x)
    hidden = known & (chance < share)
    last = np.where(known, chance, -1.0).argmax(axis=1)  # the one that would be hidden last
    all_gone = known.any(axis=1) & ~(known & ~hidden).any(axis=1)
    hidden[all_gone, last[all_gone]] = False
    return hidden


def holed(x: FloatArray, hidden: Mask, columns: Columns) -> FloatArray:
    """The rows x (n, n_features) with nan in the hidden cells (n, n_columns)."""
    return np.where(columns.features(hidden), np.float32(np.nan), x)


def by_codec(codec: Codec, x: FloatArray, columns: Columns, passes: int = 1) -> FloatArray:
    """The rows with their holes filled by what a codec makes of them, again and again.

    Args:
        codec: an autoencoder, which where its data have missing cells is told of the holes at the first pass, or PCA.
        x: rows with nan for what is missing (n, n_features).
        columns: of the data.
        passes: how often a row with its present fillings goes through the codec; fewer where nothing moves any more.
            `LIMIT`, for PCA alone, is where that ends.

    Returns:
        (n, n_features); the known values are untouched.
    """
    if passes == LIMIT and isinstance(codec, PCA):
        return _limit(codec, x)
    return _stages(codec, x, columns, (passes,))[passes]


def _stages(codec: Codec, x: FloatArray, columns: Columns, stages: Sequence[int]) -> dict[int, FloatArray]:
    """The rows after each of these numbers of passes, rising."""
    holes = np.isnan(x)
    now: FloatArray = np.where(holes, codec.reconstruct(np.where(holes & ~columns.told, columns.fill, x)), x)
    moving = np.arange(len(x))
    found = {}
    for passed in range(1, stages[-1] + 1):
        if passed > 1 and moving.size:
            before = now[moving]
            now[moving] = np.where(holes[moving], codec.reconstruct(before), before)
            moving = moving[np.abs(now[moving] - before).max(axis=1, initial=0.0) > SETTLED]
        if passed in stages:
            found[passed] = now.copy()
    return found


def _limit(pca: PCA, x: FloatArray) -> FloatArray:
    """The rows x (n, n_features) with what endless passes through PCA would put into their holes.

    Every pass is a step of Landweber's iteration for the code that fits the known cells best (least squares), from the
    code of the mean: of all such codes the shortest. Directions that the known cells hardly see are left at the mean.
    """
    holes = np.isnan(x)
    seen = np.where(holes, 0.0, 1.0)
    known = np.where(holes, 0.0, x - pca.mean)
    filled = x.copy()
    w = pca.components.astype(np.float64)
    for row in np.flatnonzero(holes.any(axis=1)).tolist():
        z = np.linalg.pinv((w * seen[row]) @ w.T, rcond=LEAST, hermitian=True) @ (w @ known[row])
        filled[row, holes[row]] = (z @ w + pca.mean)[holes[row]]
    return filled


def by_mean(x: FloatArray, columns: Columns) -> FloatArray:
    """The rows with the training rows' mean in their holes; of a category the levels' shares."""
    return np.where(np.isnan(x), columns.fill, x)


# ---- how far off


def some(x: FloatArray) -> FloatArray:
    """At most 500 of the rows x, always the same ones."""
    return x[np.sort(np.random.default_rng(0).permutation(len(x))[:MOST_ROWS])]


def best_passes(codec: Codec, x: FloatArray, hidden: Mask, columns: Columns) -> int:
    """How many passes fill the hidden cells of rows x best, out of `PASSES`; meant for the validation rows.

    PCA may also go to its `LIMIT`; an autoencoder does not always come to rest. Of a codec that leaves little out, more
    passes are better; of one that has more units than the known cells of a row can settle, they end in wild values.
    """
    given = holed(x, hidden, columns)
    found = _stages(codec, given, columns, PASSES)
    if isinstance(codec, PCA):
        found[LIMIT] = _limit(codec, given)
    errors = {passes: _mean(columns.errors(x, filled), hidden) for passes, filled in found.items()}
    return min(errors, key=errors.__getitem__)


def overall(errors: Errors, hidden: Mask) -> tuple[float, float, float]:
    """The mean error of the hidden cells and its 95 % bootstrap interval over rows.

    Args:
        errors: of all cells (n, n_columns), 1 being as bad as the column's mean is on average.
        hidden: which count (n, n_columns).
    """
    sums, counts = np.where(hidden, np.nan_to_num(errors), 0.0).sum(axis=1), hidden.sum(axis=1).astype(np.float64)
    resampled = resampled_means({"sums": sums, "counts": counts})
    low, high = np.quantile(
        resampled["sums"] / np.maximum(resampled["counts"], 1e-12), [(1 - SURE) / 2, (1 + SURE) / 2]
    )
    return _mean(errors, hidden), float(low), float(high)


def _mean(errors: Errors, hidden: Mask) -> float:
    return float(errors[hidden].mean()) if hidden.any() else float("nan")


def own_errors(types: Sequence[Column], own: OwnArray, own_hat: OwnArray, hidden: Mask) -> Errors:
    """How far off each column's hidden cells are, (n_columns,), in the unit of `unit_of`; nan where none is hidden.

    Args:
        types: the columns of a table; empty where all are plain numbers.
        own, own_hat: truth and filling in the visitor's own units (n, n_columns).
        hidden: which cells count (n, n_columns).
    """
    errors = np.full(hidden.shape[1], np.nan)
    for place in np.flatnonzero(hidden.any(axis=0)).tolist():
        rows = hidden[:, place]
        truth, filling = own[rows, place].astype(np.float64), own_hat[rows, place].astype(np.float64)
        column = types[place] if types else None
        if column is not None and column.is_category:
            errors[place] = float((truth != filling).mean())
            continue
        off = np.abs(filling - truth)
        if column is not None and column.type == "time":
            off = np.minimum(off, DAY - off) / 60  # a minute before midnight is near midnight
        elif column is not None and column.type == "date":
            off = off / DAY
        errors[place] = float(np.sqrt(np.square(off).mean()))
    return errors


def unit_of(column: Column | None, unit: str = "") -> str:
    """What `own_errors` counts a column in: its own unit, or "" where it has none.

    Args:
        column: of a table; None for a plain number.
        unit: of a plain number.
    """
    if column is None:
        return unit
    if column.is_category:
        return "of the levels wrong"
    return {"time": "minutes", "date": "days"}.get(column.type, column.unit)
