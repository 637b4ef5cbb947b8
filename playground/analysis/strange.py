"""Rows that are none of the data: turned over, taken apart, or noise; and how strange a codec finds rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from playground.analysis.errors import Errors
from playground.data.dataset import Dataset, FloatArray, IntArray, OwnArray
from playground.data.lent import own, value_range

ROUNDING = 1e-5  # relative; what a browser and torch may differ by
WRITTEN = 1e-4  # what a scaled value may be off once it was written down in own units

# (rows in own units (n, n_columns), data set, training rows, generator) -> rows of the same form
Twisting = Callable[[OwnArray, Dataset, IntArray, np.random.Generator], OwnArray]


@dataclass(frozen=True)
class Twist:
    """A way to make rows that the data do not hold.

    Attributes:
        title: as a page calls it.
        words: what it does, a sentence.
        suits: whether it means something for a data set.
        of: what makes them.
        from_rows: whether it changes rows, or draws new ones.
        of_pictures: what it does to pictures, where that is another sentence.
    """

    title: str
    words: str
    suits: Callable[[Dataset], bool]
    of: Twisting
    from_rows: bool = True
    of_pictures: str = ""

    def said(self, dataset: Dataset) -> str:
        """What it does to rows of this data set, a sentence."""
        return (dataset.kind == "images" and self.of_pictures) or self.words

    def __call__(self, x: OwnArray, dataset: Dataset, train_rows: IntArray, seed: int = 0) -> OwnArray:
        """Rows x (n, n_columns) in own units, twisted; the same for the same seed."""
        return own(self.of(x, dataset, train_rows, np.random.default_rng(seed)), dataset)


def stranger_than(error: float, known: Errors, *, is_known: bool = False) -> float:
    """The share of the known errors (n,) that are smaller; within the rounding of float32 two are equal.

    Args:
        is_known: whether the row itself is one of these; it is counted among the others only.
    """
    smaller = int((known < error * (1 - ROUNDING)).sum())
    return smaller / max(len(known) - is_known, 1)


def place_among(x: FloatArray, rows: FloatArray) -> int | None:
    """Which of the rows (n, n_features) x (n_features,) is, but for rounding; missing values are equal."""
    away = np.abs(rows - x) > WRITTEN * (1 + np.abs(x))  # never of what is missing
    places = np.flatnonzero(~(away | (np.isnan(rows) != np.isnan(x))).any(axis=1))
    return int(places[0]) if len(places) else None


def told_apart(known: Errors, strange: Errors) -> float:
    """The area under the ROC curve that tells strange rows from known ones by their errors (n,) alone.

    It is the share of pairs in which the strange row has the larger error: 0.5 is guessing, 1 is always.
    """
    truth = np.r_[np.zeros(len(known)), np.ones(len(strange))]
    return float(roc_auc_score(truth, np.r_[known, strange]))


def some_rows(n: int, most: int, seed: int) -> IntArray:
    """Row numbers in random order: all n, or `most` of them; the same for the same seed."""
    return np.random.default_rng(seed).permutation(n)[:most].astype(np.int64)


def _flipped(axis: int) -> Twisting:
    def flip(x: OwnArray, dataset: Dataset, train_rows: IntArray, rng: np.random.Generator) -> OwnArray:
        return np.flip(dataset.as_images(x), axis).reshape(x.shape)

    return flip


def _turned(x: OwnArray, dataset: Dataset, train_rows: IntArray, rng: np.random.Generator) -> OwnArray:
    return np.rot90(dataset.as_images(x), axes=(2, 1)).reshape(x.shape)  # clockwise


def _backwards(x: OwnArray, dataset: Dataset, train_rows: IntArray, rng: np.random.Generator) -> OwnArray:
    return x[:, ::-1]


def _inverted(x: OwnArray, dataset: Dataset, train_rows: IntArray, rng: np.random.Generator) -> OwnArray:
    if dataset.kind == "images":
        low, high = value_range(dataset)
        return low + high - x
    mean = np.nanmean(dataset.x[train_rows], axis=0, dtype=np.float64)
    if dataset.kind == "series":
        return 2 * mean.mean() - x
    is_number = np.array([column.type == "number" for column in dataset.columns] or [True] * x.shape[1])
    return np.where(is_number, 2 * mean - x, x)


def _noise(x: OwnArray, dataset: Dataset, train_rows: IntArray, rng: np.random.Generator) -> OwnArray:
    if dataset.kind == "images":
        return rng.uniform(*value_range(dataset), x.shape)
    train = dataset.x[train_rows].astype(np.float64)
    return rng.normal(train.mean(axis=0), train.std(axis=0), x.shape)


def _shuffled(x: OwnArray, dataset: Dataset, train_rows: IntArray, rng: np.random.Generator) -> OwnArray:
    rows = rng.choice(train_rows, x.shape)
    return dataset.x[rows, np.arange(x.shape[1])]


def _is(*kinds: str) -> Callable[[Dataset], bool]:
    return lambda dataset: dataset.kind in kinds


def _is_square(dataset: Dataset) -> bool:
    return dataset.image_shape is not None and dataset.image_shape[0] == dataset.image_shape[1]


# name -> twist, in the order in which a page offers them
TWISTS = {
    "upside_down": Twist("Upside down", "Top and bottom of held-out rows change places.", _is("images"), _flipped(1)),
    "mirrored": Twist("Mirrored", "Left and right of held-out rows change places.", _is("images"), _flipped(2)),
    "turned": Twist("Turned by 90°", "Held-out rows lie on their right side.", _is_square, _turned),
    "backwards": Twist("Backwards", "Held-out rows run from their end to their beginning.", _is("series"), _backwards),
    "inverted": Twist(
        "Inverted",
        "What is high in held-out rows becomes low: numbers are mirrored at their mean.",
        lambda dataset: not dataset.columns or any(column.type == "number" for column in dataset.columns),
        _inverted,
        of_pictures="What is high in held-out rows becomes low: black becomes white.",
    ),
    "noise": Twist(
        "Noise",
        "Every value is drawn by itself, normally with the mean and the spread of its column.",
        lambda dataset: not dataset.columns,
        _noise,
        from_rows=False,
        of_pictures="Every value is drawn by itself, evenly between black and white.",
    ),
    "shuffled": Twist(
        "Shuffled columns",
        "Every value comes from another training row, so each is usual and together they fit nowhere.",
        lambda dataset: True,
        _shuffled,
        from_rows=False,
    ),
}


def twists_for(dataset: Dataset) -> Sequence[str]:
    """The names in `TWISTS` of those that mean something for these data."""
    return [name for name, twist in TWISTS.items() if twist.suits(dataset)]
