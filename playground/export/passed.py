"""What a model makes of many rows, as tables for a spreadsheet or a script: codes, reconstructions, errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import Dataset, IntArray, OwnArray
from playground.export.csv_text import write_csv

Numbers = NDArray[np.floating[Any]]
Cells = list[str | float]


class Table:
    """A table with one line per row of a file, which `write` writes.

    Args:
        rows: numbers of the rows in their file, counted from 1 (n,).
        names: what each row is called; written where they are more than numbers.
        header: of the columns that follow.
        pieces: those columns, side by side.
    """

    def __init__(self, rows: IntArray, names: Sequence[str], header: Sequence[str], *pieces: Iterator[Cells]) -> None:
        self._named = any(not name.startswith("row ") for name in names)
        self._header = ["row", *(["name"] if self._named else []), *header]
        self._rows, self._names, self._pieces = rows, names, pieces

    def write(self, stream: TextIO) -> None:
        """As CSV (RFC 4180); once."""
        write_csv(stream, self._header, self._lines())

    def _lines(self) -> Iterator[Cells]:
        for number, name, *parts in zip(self._rows.tolist(), self._names, *self._pieces, strict=True):
            yield [number, *([name] if self._named else []), *(cell for part in parts for cell in part)]


def codes(rows: IntArray, names: Sequence[str], z: Numbers) -> Table:
    """Codes z (n, latent_dim), a column z1, z2, … each."""
    return Table(rows, names, [f"z{unit + 1}" for unit in range(z.shape[1])], exact(z))


def reconstructions(rows: IntArray, names: Sequence[str], dataset: Dataset, own: OwnArray, errors: Numbers) -> Table:
    """Reconstructions (n, n_columns) in the visitor's own units, and each row's error (n,)."""
    return Table(rows, names, [*headings(dataset), "error"], in_words(dataset, own), exact(errors[:, None]))


def errors(
    rows: IntArray, names: Sequence[str], dataset: Dataset, total: Numbers, pca: Numbers, by_column: Numbers
) -> Table:
    """Each row's error (n,), PCA's (n,), and the error of each column (n, n_columns); empty where it has no value."""
    header = ["error", "error of PCA", *(f"error of {name}" for name in dataset.feature_names)]
    return Table(rows, names, header, exact(np.column_stack([total, pca, by_column])))


def headings(dataset: Dataset) -> list[str]:
    """The names of the columns, with the unit in brackets where there is one."""
    units = [column.unit for column in dataset.columns] or list(dataset.units) or [""] * dataset.n_features
    return [f"{name} ({unit})" if unit else name for name, unit in zip(dataset.feature_names, units, strict=True)]


def in_words(dataset: Dataset, own: OwnArray) -> Iterator[Cells]:
    """Rows as a visitor would write them, but numbers with all their digits."""
    if not dataset.columns:
        yield from exact(own)
        return
    for row in own.tolist():
        pairs = zip(dataset.columns, row, strict=True)
        yield [_digits(value) if column.type == "number" else column.words(value) for column, value in pairs]


def exact(values: Numbers) -> Iterator[Cells]:
    """Rows of numbers (n, k) with as many digits as float32 needs to come back as it was."""
    for row in values:
        yield [_digits(value) for value in row.tolist()]


def _digits(value: float) -> str:
    return "" if value != value else f"{value:.9g}"
