"""Rows of a table in the visitor's own units: what was given, what came back, and which columns cost most."""

from __future__ import annotations

from playground.data.dataset import Dataset, FloatArray
from playground.data.split import Split

MOST_COLUMNS = 10

Cell = tuple[str, str, str, float]  # column, original, reconstruction, share of the row's error


def rows_in_words(dataset: Dataset, split: Split, x: FloatArray, x_hat: FloatArray) -> list[list[Cell]]:
    """For every row the columns that cost most, the dearest first.

    Args:
        dataset: that the rows are of.
        split: as a model sees it.
        x, x_hat: originals and reconstructions in scaled units (k, n_features); a missing cell is not-a-number.
    """
    raise NotImplementedError
