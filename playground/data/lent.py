"""Rows of one data set brought into the form of another, for a model that was never meant to see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.data.columns import OTHER, Column
from playground.data.dataset import Dataset, IntArray, Kind, OwnArray
from playground.data.reading.fitting import Pixels, coloured, fitted
from playground.data.reading.form import Form
from playground.data.reading.matching import matched
from playground.errors import DataError

NOUNS = {"images": "pictures", "series": "series"}  # what holds no columns that could be found by their names
MOST_NAMES = 3
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lent:
    """Rows in another data set's form.

    Attributes:
        x: in the own units of that data set (n, n_columns), as its `Dataset.x`.
        how: what was done to them, a sentence each.
    """

    x: OwnArray
    how: tuple[str, ...]


def why_not(kind: Kind, title: str, like: Dataset) -> str:
    """Why rows of a data set of this kind and title can never take the form of `like`, a sentence; "" if they may.

    Columns by the same names are only looked for by `lend`.
    """
    mine, theirs = NOUNS.get(like.kind, "rows of columns"), NOUNS.get(kind, "rows of columns")
    if mine == theirs:
        return ""
    return f"{title} holds {theirs}, and this model takes {mine}."


def own(x: NDArray[np.floating[Any]], like: Dataset) -> OwnArray:
    """Rows (n, n_columns) in the type of that data set's."""
    return np.ascontiguousarray(x, np.float64) if like.columns else np.ascontiguousarray(x, np.float32)


def lend(other: Dataset, rows: IntArray, like: Dataset, train_rows: IntArray) -> Lent:
    """Rows of `other` in the form of `like`.

    Pictures get the same size, colours, black and white; series the same length; of other data the columns with the
    same names are taken, and the others filled in.

    Args:
        other: the data set to take them from.
        rows: their numbers (n,).
        like: what the model was trained on.
        train_rows: the rows of `like` that it was fitted on: what means are taken of.

    Raises:
        DataError: it cannot be done, with the reason.
    """
    if reason := why_not(other.kind, other.title, like):
        raise DataError(reason)
    if like.kind == "images":
        return _pictures(other, rows, like)
    if like.kind == "series":
        return _series(other, rows, like, train_rows)
    return _columns(other, rows, like, train_rows)


# ---------------------------------------------------------------------------------------------------- pictures


def value_range(dataset: Dataset) -> tuple[float, float]:
    """What black and white are, or the lowest and the highest value."""
    return dataset.value_range or (float(np.nanmin(dataset.x)), float(np.nanmax(dataset.x)))


def _pictures(other: Dataset, rows: IntArray, like: Dataset) -> Lent:
    shape = like.image_shape or (1, 1)
    height, width, n_channels = (*shape, 1)[:3]
    pixels: Pixels = other.as_images(other.x[rows])
    how = []
    if (pixels.ndim == 4) != (n_channels == 3):
        pixels = coloured(pixels, "colour" if n_channels == 3 else "grey")
        how.append("Grey became red, green and blue alike." if n_channels == 3 else "Colours became grey.")
    have = pixels.shape[1:3]
    if have != (height, width):
        fit = "" if have[0] * width == have[1] * height else "crop"
        pixels = np.stack([_resized(picture, (width, height), fit) for picture in pixels])
        cropped = ", cropped to their middle" if fit else ""
        how.append(f"Pictures of {have[0]}×{have[1]} pixels became {height}×{width}{cropped}.")
    (low, high), (mine_low, mine_high) = value_range(other), value_range(like)
    if (low, high) != (mine_low, mine_high):
        pixels = (pixels - low) * ((mine_high - mine_low) / ((high - low) or 1.0)) + mine_low
        how.append(f"Values from {low:g} to {high:g} became {mine_low:g} to {mine_high:g}.")
    return Lent(own(pixels.reshape(len(rows), -1), like), tuple(how))


def _resized(picture: Pixels, size: tuple[int, int], fit: str) -> Pixels:
    """One picture (height, width[, 3]) in another size (width, height)."""
    bands = np.atleast_3d(picture.astype(np.float32))
    done = [np.asarray(fitted(Image.fromarray(band), size, fit, 0.0)) for band in np.moveaxis(bands, 2, 0)]
    return np.stack(done, axis=2) if picture.ndim == 3 else done[0]


# ------------------------------------------------------------------------------------------------------ series


def _series(other: Dataset, rows: IntArray, like: Dataset, train_rows: IntArray) -> Lent:
    x, n = other.x[rows].astype(np.float64), like.n_features
    how = []
    if x.shape[1] != n:
        places = np.linspace(0, x.shape[1] - 1, n)
        x = np.stack([np.interp(places, np.arange(x.shape[1]), row) for row in x])
        how.append(f"Series of {other.n_features:,} values became {n:,}, with straight lines between the values.")
    if other.units[:1] != like.units[:1] or not like.units:
        mine = like.x[train_rows].astype(np.float64)
        x = (x - other.x.mean()) * (mine.std() / (float(other.x.std()) or 1.0)) + mine.mean()
        how.append("Their values were brought to the mean and the spread of the training rows.")
    return Lent(own(x, like), tuple(how))


# ----------------------------------------------------------------------------------------------------- columns


def _columns(other: Dataset, rows: IntArray, like: Dataset, train_rows: IntArray) -> Lent:
    form = Form.of(like, train_rows)
    places = matched(other.feature_names, form.names, {}, [column.unit for column in form.columns])
    x = np.empty((len(rows), like.n_features))
    absent: list[str] = []
    unknown: list[str] = []
    for place, (column, found) in enumerate(zip(form.columns, places, strict=True)):
        values = None if found < 0 else _translated(other, found, rows, column)
        if values is None:
            absent.append(column.name)
            values = np.full(len(rows), np.nan)
        gap = np.isnan(values)
        if gap.any() and not column.has_missing:
            unknown += [column.name] if column.name not in absent else []
            values = np.where(gap, form.fill[place], values)
        x[:, place] = values
    if len(absent) == like.n_features:
        raise DataError(f"{other.title} has none of the columns that this model takes ({_listed(form.names)}).")
    return Lent(own(x, like), tuple(_said(other, form, absent, unknown)))


def _said(other: Dataset, form: Form, absent: Sequence[str], unknown: Sequence[str]) -> list[str]:
    n = len(form.columns) - len(absent)
    how = [f"{n:,} of {len(form.columns):,} {'column has' if n == 1 else 'columns have'} the same name in both."]
    may_miss = {column.name for column in form.columns if column.has_missing}
    if missing := [name for name in absent if name in may_miss]:
        how.append(f"Missing in every row: {_listed(missing)}.")
    if filled := [name for name in absent if name not in may_miss]:
        how.append(f"Not in {other.title}, so the usual value of the training rows stands there: {_listed(filled)}.")
    if unknown:
        how.append(f"What is missing or unknown here has the usual value of the training rows: {_listed(unknown)}.")
    return how


def _translated(other: Dataset, found: int, rows: IntArray, mine: Column) -> Values | None:
    """A column of `other` as `mine`, (n,), nan where there is no such value; None where the two are unlike."""
    theirs = other.columns[found] if other.columns else Column(other.feature_names[found])
    values = other.x[rows, found].astype(np.float64)
    if theirs.is_category != mine.is_category or (not mine.is_category and theirs.type != mine.type):
        return None
    if not mine.is_category:
        return values
    levels = {level.strip().casefold(): number for number, level in enumerate(mine.levels)}
    otherwise = levels.get(OTHER, np.nan)
    numbers = np.array([levels.get(level.strip().casefold(), otherwise) for level in theirs.levels])
    known = np.isfinite(values)
    return np.where(known, numbers[np.where(known, values, 0).astype(np.int64)], np.nan)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
