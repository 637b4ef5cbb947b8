"""Reads a visitor's numeric CSV into a `Dataset`, and says what it did with every column that is not an input."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import PurePath

import numpy as np
import pandas as pd

from playground.data.dataset import LEAST_SAMPLES, Dataset
from playground.errors import DataError

MOST_BYTES = 50 * 2**20
MOST_ROWS = 200_000
MOST_COLUMNS = 2_000
MOST_LEVELS = 30  # a text column with more different values is no class
LABEL_NAMES = {"class", "label", "target", "species", "quality", "digit", "category", "y"}
IDENTIFIER_NAMES = {"id", "index", "row", "uuid", "column 1"}  # the last: pandas and R write it without a name
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def read_csv(name: str, content: bytes) -> Dataset:
    """The data set in a CSV file: its number columns are the inputs, a class-like column is the colour.

    Args:
        name: the file's name, for the title and the error sentences.
        content: the file's bytes.

    Raises:
        DataError: the file is no table of numbers; the sentence says what is wrong, where, and what to do.
    """
    title = PurePath(name).name or "your file"
    text = _text(title, content)
    separator = _separator(text)
    table = _table(title, text, separator)
    numbers, label, notes = _roles(title, table)
    x = _inputs(title, numbers)
    dataset = Dataset(
        name="file",
        title=title,
        x=x,
        feature_names=tuple(numbers.columns),
        kind="points" if x.shape[1] in (2, 3) else "vectors",
        labels=None if label is None else _levels(label),
        label_name="label" if label is None else str(label.name),
        first_latent_dim=2 if x.shape[1] > 2 else 1,
        lesson="Your own table: how few numbers per row are enough to give it back?",
        notes=(f"Read with a {SEPARATORS[separator]} between the cells.", *notes),
    )
    return replace(dataset, name=f"file-{dataset.content_hash}")


def _text(title: str, content: bytes) -> str:
    text = _decoded(title, content)
    if not text.strip():
        raise DataError(f"{title} is empty: choose a CSV file with a header line and one row per sample.")
    return text


def _decoded(title: str, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise DataError(f"{title} has {len(content) / 2**20:.0f} MB: at most {MOST_BYTES // 2**20} MB can be read.")
    start = content[:1024].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        raise DataError(f"{title} is a web page, not a data file: download the raw CSV file and choose that.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise DataError(f"{title} is a binary file, not a CSV table: export it as CSV (text) and choose that.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    """The mark that cuts most of the first lines into the same number of cells, more than one."""
    lines = [line for line in text[: 2**16].splitlines() if line.strip()][:50]

    def agreement(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        return (sum(count == counts[0] for count in counts) if counts[0] else 0, counts[0])

    best = max(SEPARATORS, key=agreement)
    return best if agreement(best)[0] else ","


def _table(title: str, text: str, separator: str) -> pd.DataFrame:
    first = text.lstrip("\r\n").splitlines()[0]
    if first.count(separator) >= MOST_COLUMNS:
        raise DataError(f"{title} has {first.count(separator) + 1:,} columns: at most {MOST_COLUMNS:,} can be read.")
    cells = [cell.strip().strip('"') for cell in first.split(separator)]
    header = None if all(_is_number(cell) for cell in cells) else 0
    try:
        table = pd.read_csv(io.StringIO(text), sep=separator, header=header, low_memory=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise DataError(
            f"{title} cannot be read as a table: its rows do not all have the {len(cells)} cells of the first line. "
            "Give every row the same number of cells, with a header line on top."
        ) from error
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes surplus cells for an index, without a word
        raise DataError(
            f"{title} has more cells in its rows than in its first line: give every row {len(cells)} cells."
        )
    if len(table) < LEAST_SAMPLES:
        rows = {0: "a header but no rows", 1: "only 1 row"}.get(len(table), f"only {len(table)} rows")
        raise DataError(f"{title} has {rows}: an autoencoder needs at least {LEAST_SAMPLES} rows below the header.")
    if len(table) > MOST_ROWS:
        raise DataError(f"{title} has {len(table):,} rows: at most {MOST_ROWS:,} can be read.")
    table.columns = _names(table.columns, has_header=header == 0)
    return table


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _names(columns: pd.Index[str], *, has_header: bool) -> list[str]:
    """The columns' names, each different: blanks are numbered, and equal ones get their place behind them."""
    names: list[str] = []
    for place, raw in enumerate(columns, start=1):
        blank = not has_header or str(raw).startswith("Unnamed:")
        name = f"column {place}" if blank else " ".join(str(raw).split())
        while name in names:
            name = f"{name} ({place})"
        names.append(name)
    return names


def _roles(title: str, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[str] | None, list[str]]:
    """Number columns, the label column or None, and a sentence for every column that is neither."""
    numeric = table.select_dtypes("number")
    label = _label_column(table, numeric)
    notes = [] if label is None else [f"Column '{label}' looks like a class: it colours the samples and is no input."]
    left_out = {name: reason for name in table.columns if name != label and (reason := _unusable(table[name]))}
    if left_out:
        notes.append("Left out: " + "; ".join(f"'{name}' ({reason})" for name, reason in left_out.items()) + ".")
    inputs = [name for name in numeric.columns if name != label and name not in left_out]
    if not inputs:
        raise DataError(
            f"{title} has no column of numbers to learn from: write numbers with a decimal point and without text."
        )
    return table[inputs], None if label is None else table[label], notes


def _label_column(table: pd.DataFrame, numeric: pd.DataFrame) -> str | None:
    """The class-like column: a whole-number column with a class's name, else the last text column of few levels."""
    for name in table.columns:
        few = 2 <= table[name].nunique() <= MOST_LEVELS
        if few and name.lower() in LABEL_NAMES and (name not in numeric or (numeric[name].dropna() % 1 == 0).all()):
            return str(name)
    texts = [name for name in table.columns if name not in numeric and 2 <= table[name].nunique() <= MOST_LEVELS]
    return str(texts[-1]) if texts else None


def _levels(label: pd.Series[float]) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """The class of each row as text; a missing one is a class of its own, and 1.0 is 1."""
    whole = label.astype("Int64") if pd.api.types.is_float_dtype(label) else label
    return whole.astype("string").fillna("(missing)").to_numpy(dtype=str)


def _unusable(column: pd.Series[float]) -> str | None:
    """Why a column is no input, or None when it is one."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return "text"
    if (column == column.iloc[0]).all():
        return "all values are the same"
    steps = column.diff().dropna()
    if str(column.name).lower() in IDENTIFIER_NAMES and len(steps) and (steps == 1).all():
        return "counts the rows, looks like an identifier"
    return None


def _inputs(title: str, numbers: pd.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    wide = numbers.to_numpy(dtype=np.float64)
    for what, bad in (("missing", np.isnan(wide)), ("infinite", np.isinf(wide) | (np.abs(wide) > 1e30))):
        if bad.any():
            columns = numbers.columns[bad.any(axis=0)]
            shown = ", ".join(f"'{name}'" for name in columns[:5]) + (" and others" if len(columns) > 5 else "")
            first = int(np.flatnonzero(bad.any(axis=1))[0]) + 1
            values = "value" if bad.sum() == 1 else "values"
            where = "column" if len(columns) == 1 else "columns"
            raise DataError(
                f"{title} has {bad.sum():,} {what} {values} in {where} {shown} (first in data row {first:,}): "
                "fill them in or delete those rows, then choose the file again."
            )
    return np.ascontiguousarray(wide, dtype=np.float32)
