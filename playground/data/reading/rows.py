"""New rows in the form of a data set that is there already: what a visitor brings to a trained model.

Read as the data themselves are: content decides, nothing is dropped in silence, and what cannot be brought into form
is refused with a sentence. There is no least number of rows. `apart.read_rows_apart` does the same for a stranger's
files in another process with limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import Dataset, IntArray, OwnArray
from playground.data.reading.form import Form, default_options
from playground.data.reading.options import ReadOptions
from playground.data.reading.read import ARRAYS, TABLES, Readable, kind_in, parts_in, some_of
from playground.data.reading.report import Report
from playground.data.reading.source import File
from playground.errors import DataError


@dataclass(frozen=True)
class Mapped:
    """Where one column of the data set comes from.

    Attributes:
        name: of the column.
        header: the file's name for it, "" where the file has none.
        n_filled: cells without a value that one was put in for.
        n_missing: cells without a value that stay missing, which the network is told.
    """

    name: str
    header: str
    n_filled: int = 0
    n_missing: int = 0


@dataclass(frozen=True, eq=False)
class RowsRead:
    """Rows in the form of a data set.

    Attributes:
        x: own units (n, n_columns), in the data set's type; not-a-number only where its column may miss.
        names: what each row is called, such as "row 3 of mine.csv" or "cat.png".
        notes: what was decided, filled in or left out, a sentence each.
        row_numbers: which row of the file each is, counted from 1 among those that could be read (n,).
        mapped: one per column; () for pictures and series.
        before: the first few pictures as they came, small, uint8 (height, width, 3).
        filled: which cells had no value that the data set knows, and hold the training rows' instead
            (n, n_columns); None where none was filled in.
    """

    x: OwnArray
    names: tuple[str, ...]
    notes: tuple[str, ...]
    row_numbers: IntArray
    mapped: tuple[Mapped, ...] = ()
    before: tuple[NDArray[np.uint8], ...] = field(default=())
    filled: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Brought:
    """What one of the readers gives: rows in own units (n, n_columns) and what else is known of them."""

    x: NDArray[Any]
    names: Sequence[str] = ()
    mapped: tuple[Mapped, ...] = ()
    before: tuple[NDArray[np.uint8], ...] = ()
    filled: NDArray[np.bool_] | None = None


def read_rows(
    files: Sequence[File], like: Dataset | Form, options: ReadOptions | None = None, title: str = ""
) -> RowsRead:
    """Reads files that belong together into the form of a data set.

    Args:
        like: the data set, or its form.
        options: what shall not be decided from the files; what was said of the data set itself holds where it is
            about what values mean.
        title: what the whole is called; left empty, the file's name, or how many files there are.

    Raises:
        DataError: nothing can be read, or not brought into form; the sentence says why and what to do.
    """
    form = like if isinstance(like, Form) else Form.of(like)
    report = Report()
    title = title or (files[0].title if len(files) == 1 else f"{len(files):,} files")
    parts = parts_in(title, files, report)
    brought = _reader(title, parts, form)(title, parts, form, form.reading(options or default_options()), report)
    n = len(brought.x)
    if not n:
        raise DataError(f"{title} has no rows: bring at least one.")
    names = brought.names or ([title] if n == 1 else [f"row {number:,} of {title}" for number in range(1, n + 1)])
    numbers = np.arange(1, n + 1)
    filled = brought.filled if brought.filled is not None and brought.filled.any() else None
    x = form.finished(brought.x)
    return RowsRead(x, tuple(names), report.notes(), numbers, brought.mapped, brought.before, filled)


Reader = Callable[[str, list[Readable], Form, ReadOptions, Report], Brought]


def _reader(title: str, parts: list[Readable], form: Form) -> Reader:
    """What reads these parts, as `read.read_files` decides it."""
    from playground.data.reading.row_arrays import rows_of_arrays
    from playground.data.reading.row_pictures import rows_of_pictures
    from playground.data.reading.row_tables import rows_of_table

    if not parts:
        raise DataError(f"{title} holds no file that can be read: bring a table, pictures or arrays.")
    kinds = [kind_in(part) for part in some_of(parts)]
    n_pictures = kinds.count("image")
    if n_pictures and n_pictures >= sum(kinds.count(kind) for kind in TABLES):
        if form.image_shape is None:
            what = "is a picture" if len(parts) == 1 else "holds pictures"
            raise DataError(f"{title} {what}, but {form.title} has rows of numbers: bring a table of its columns.")
        return rows_of_pictures
    return rows_of_arrays if any(kind in ARRAYS for kind in kinds) else rows_of_table
