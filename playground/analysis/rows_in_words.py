"""Rows of a table in the visitor's own units: what was given, what came back, and which columns cost most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playground.analysis.errors import column_errors
from playground.data.columns import usual_decimals
from playground.data.dataset import Dataset, FloatArray, OwnArray
from playground.data.split import Split
from playground.data.table_scaler import TableScaler

MOST_COLUMNS = 10
DIGITS = 4  # of a number whose column says nothing about its decimals
PLAIN_LOW, PLAIN_HIGH = 1e-3, 1e7  # outside of these a power of ten reads better
MOST_LOOKED_AT = 100  # rows, to see how many decimals a column has
MISSING = "missing"

Cell = tuple[str, str, str, float]  # column, original, reconstruction, share of the row's error


def rows_in_words(
    dataset: Dataset, split: Split, x: FloatArray, x_hat: FloatArray, own: OwnArray | None = None
) -> list[list[Cell]]:
    """For every row the columns that cost most, at most `MOST_COLUMNS`, the dearest first.

    The share is of the row's error, the sum of its squared errors in scaled units: those of all columns add up to 1.
    A missing cell says so and costs nothing.

    Args:
        dataset: that the rows are of.
        split: as a model sees it.
        x, x_hat: originals and reconstructions in scaled units (k, n_features); a missing cell is not-a-number.
        own: the originals in own units (k, n_columns), where they are at hand; else they are worked out from `x`.
    """
    costs = np.nan_to_num(column_errors(x, x_hat, split.layout), nan=0.0)  # (k, n_columns)
    totals = costs.sum(axis=1, keepdims=True)
    shares = np.divide(costs, totals, out=np.zeros_like(costs), where=totals > 0)
    dearest = np.argsort(-costs, axis=1, kind="stable")[:, :MOST_COLUMNS]
    places, where = np.unique(dearest, return_inverse=True)
    given = _undone(split, x, places) if own is None else np.asarray(own)[:, places]
    back = _undone(split, x_hat, places)
    where = where.reshape(dearest.shape)
    return [
        [
            (
                dataset.feature_names[place],
                _words(dataset, place, float(given[row, at])),
                _words(dataset, place, float(back[row, at])),
                float(shares[row, place]),
            )
            for place, at in zip(dearest[row].tolist(), where[row].tolist(), strict=True)
        ]
        for row in range(len(x))
    ]


def _undone(split: Split, x: FloatArray, places: NDArray[np.int64]) -> NDArray[np.floating]:
    """These columns of x (k, n_features) in own units, (k, len(places))."""
    scaler = split.scaler
    if isinstance(scaler, TableScaler):
        return scaler.undo(x, places.tolist())
    return scaler.undo(x)[:, places]


def _words(dataset: Dataset, place: int, value: float) -> str:
    if math.isnan(value):
        return MISSING
    if dataset.columns:
        return dataset.columns[place].with_unit(value)
    decimals = _decimals(dataset)[place]
    number = f"{value:.{DIGITS}g}" if decimals is None else f"{round(value, decimals) + 0.0:.{decimals}f}"
    return f"{number} {dataset.units[place]}".rstrip() if dataset.units else number


@lru_cache(maxsize=32)
def _decimals(dataset: Dataset) -> Sequence[int | None]:
    """The decimals of every column of plain numbers: those that it has, but no more than make four digits.

    None where a power of ten reads better.
    """
    largest = np.abs(dataset.x).max(axis=0).tolist()
    some = dataset.x[:: max(1, dataset.n_samples // MOST_LOOKED_AT)].T.tolist()
    written = [np.array([float(f"{value:.6g}") for value in column]) for column in some]  # as before float32
    return [
        min(usual_decimals(written[place]), max(0, DIGITS - 1 - math.floor(math.log10(most))))
        if PLAIN_LOW <= most < PLAIN_HIGH
        else None
        if most
        else 0
        for place, most in enumerate(largest)
    ]
