"""Rows found by words: "setosa", "digit 7", "bill length > 40, sex female"."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from playground.data.columns import MISSING
from playground.data.dataset import Colouring, Dataset, IntArray
from playground.data.reading.matching import matched
from playground.errors import DataError

Mask = NDArray[np.bool_]

COMPARISON = re.compile(r"^\s*(?P<name>.+?)\s*(?P<sign><=|>=|!=|<|>|=)\s*(?P<value>.+?)\s*$")
CLAUSES = re.compile(r"[,;]|\band\b", re.IGNORECASE)
SIGNS = "<>=!"
MOST_CHARACTERS = 200
MOST_COLUMNS = 200  # whose own cells are searched for words


def search(dataset: Dataset, rows: IntArray, words: str, more: Mapping[str, Colouring] | None = None) -> Mask:
    """Which of these rows meet every clause; clauses stand between commas or "and".

    A clause compares a column with a value ("bill length > 40", "sex = female", "age = missing"), or is words that all
    begin some word of the label, the known factors, or a cell of the row; a number among them equals a number there. A
    column's own name among the words is no condition. Pictures and series are not searched value by value.

    Args:
        rows: row numbers of the data set (n,).
        more: further columns of these rows, by name (n,), such as the error.

    Raises:
        DataError: a clause compares a column that is not there, or with something that is no number, or is but a part
            of a comparison.
    """
    columns = _columns(dataset, rows) | dict(more or {})
    found: Mask = np.ones(len(rows), dtype=bool)
    for clause in CLAUSES.split(words[:MOST_CHARACTERS]):
        if clause.strip():
            found &= _meets(columns, clause.strip())
    return found


def _meets(columns: Mapping[str, Colouring], clause: str) -> Mask:
    comparison = COMPARISON.match(clause)
    if comparison is not None and all(comparison[part].strip(SIGNS + " ") for part in ("name", "value")):
        return _compared(columns, comparison["name"], comparison["sign"], comparison["value"])
    found = _with_words(columns, clause)
    lone = any(not word.strip(SIGNS) for word in clause.split())
    if lone or (not found.any() and any(sign in clause for sign in "<>=")):  # a level may be called "<=50K"
        raise DataError(
            f"'{clause[:60]}' is not a whole condition: write a column, one of < <= = != >= > and a value, such as "
            f"'{_an_example(columns)}'."
        )
    return found


def _an_example(columns: Mapping[str, Colouring]) -> str:
    numbers = [name for name, values in columns.items() if values.dtype.kind != "U"]
    return f"{numbers[-1]} > 3" if numbers else f"{next(iter(columns), 'column')} = a"


def _columns(dataset: Dataset, rows: IntArray) -> dict[str, Colouring]:
    """The label, the factors and the columns of these rows, by name."""
    found: dict[str, Colouring] = {name: values[rows] for name, values in dataset.colours.items()}
    if dataset.kind not in ("images", "series"):
        x = dataset.x[rows]
        for place, name in enumerate(dataset.feature_names[:MOST_COLUMNS]):
            found.setdefault(name, dataset.shown(place, x))
    return found


def _compared(columns: Mapping[str, Colouring], name: str, sign: str, value: str) -> Mask:
    (place,) = matched(list(columns), [name], {}, [""])
    if place < 0:
        some = ", ".join(f"'{known}'" for known in list(columns)[:6])
        raise DataError(f"There is no column '{name[:60]}' to search in: compare one of {some or 'none'}.")
    values = list(columns.values())[place]
    if values.dtype.kind == "U":
        return _compared_texts(values.astype(np.str_), sign, value)
    numbers = values.astype(np.float64)
    if value.casefold() in (MISSING, "missing"):
        return np.isnan(numbers) if sign == "=" else ~np.isnan(numbers)
    number = _number(value)
    if number is None:
        raise DataError(f"'{name[:60]}' holds numbers, and '{value[:60]}' is none: write one such as 40.")
    with np.errstate(invalid="ignore"):
        same = np.isclose(numbers, number, rtol=1e-6, atol=1e-12)
        return {
            "=": same,
            "!=": ~same & ~np.isnan(numbers),
            "<": (numbers < number) & ~same,
            ">": (numbers > number) & ~same,
            "<=": (numbers < number) | same,
            ">=": (numbers > number) | same,
        }[sign]


def _compared_texts(values: NDArray[np.str_], sign: str, value: str) -> Mask:
    """Texts; the classes 2 and 10 compare as numbers, dates as they are written."""
    wanted = f"({value.casefold()})" if value.casefold() == "missing" else value.casefold()
    distinct, places = np.unique(values, return_inverse=True)
    number = _number(value)
    fits = [_text_fits(str(each).casefold(), wanted, sign, number) for each in distinct]
    return np.array(fits, dtype=bool)[places]


def _text_fits(text: str, wanted: str, sign: str, number: float | None) -> bool:
    own = _number(text)
    ours, theirs = (own, number) if own is not None and number is not None else (text, wanted)
    if sign in ("=", "!="):
        return (ours == theirs) == (sign == "=")
    if text == MISSING:
        return False
    below, same = ours < theirs, ours == theirs  # type: ignore[operator]
    return {"<": below and not same, ">": not below and not same, "<=": below or same, ">=": not below}[sign]


def _with_words(columns: Mapping[str, Colouring], clause: str) -> Mask:
    """Rows in which every word is found; words that are but a column's name are no condition unless nothing else is."""
    n = len(next(iter(columns.values()))) if columns else 0
    found: Mask = np.ones(n, dtype=bool)
    words = clause.casefold().split()
    named = {word for name in columns for word in name.casefold().split()}
    wanted = [word for word in words if word not in named] or words
    for word in wanted:
        anywhere: Mask = np.zeros(n, dtype=bool)
        for values in columns.values():
            anywhere |= _holds(values, word)
        found &= anywhere
    return found


def _holds(values: Colouring, word: str) -> Mask:
    if values.dtype.kind != "U":
        number = _number(word)
        if number is None:
            return np.zeros(len(values), dtype=bool)
        return np.isclose(values.astype(np.float64), number, rtol=1e-6, atol=1e-12)
    distinct, places = np.unique(values, return_inverse=True)
    fits = [_begins(str(each).casefold(), word) for each in distinct]
    return np.array(fits, dtype=bool)[places]


def _begins(text: str, word: str) -> bool:
    """Whether some word of the text begins so; a number has to be the whole word."""
    parts: Sequence[str] = re.split(r"[\s/(),;:]+", text)
    return text == word or any(part == word or (part.startswith(word) and not word.isdecimal()) for part in parts)


def _number(text: str) -> float | None:
    try:
        value = float(text.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
