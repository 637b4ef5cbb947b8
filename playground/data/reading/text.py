"""Tables of text: separators, headers and marks are decided from a sample, then the whole is read in one fast pass.

Every cell stays text here, as it stands in the file; `profile` decides what a column holds.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from playground.data.reading import cells
from playground.data.reading.cells import NEWLINE
from playground.data.reading.found import RawTable
from playground.data.reading.layout import FIRST_LINES, MOST_CHARACTERS, Layout, decide_layout, drop_empty, refuse_width
from playground.data.reading.letters import decode
from playground.data.reading.options import AUTO, DECIMALS, SEPARATORS, THOUSANDS, ReadOptions
from playground.data.reading.report import Report, named
from playground.errors import DataError

SAMPLE_CHARACTERS = 2**18
SAMPLE_ROWS = 200
MOST_BAD = 0.1  # share of rows with surplus cells from which the separator must be wrong
LINE_BREAKS_IN_A_CELL = 20  # more of them come from a quotation mark that is never closed
LONG_WORD = re.compile(r'[^,;\t|\r\n" ]{500,}')
UNCLOSED = "A quotation mark is never closed: quotation marks are read as letters."
WORDS = {"comma": "a comma", "semicolon": "a semicolon", "tab": "a tab", "bar": "a bar", "blanks": "blanks"}


def read_text(title: str, content: bytes, options: ReadOptions, report: Report) -> RawTable:
    """The table in a file of text (CSV, TSV, or with any other separator).

    Raises:
        DataError: there is no table in it; the sentence says what is wrong, where, and what to do.
    """
    text = decode(title, content, options.encoding, report).replace("\0", "")
    if not text.strip():
        raise DataError(f"{title} is empty: choose a table with a header line and one row per sample.")
    report.first_lines = [line[:MOST_CHARACTERS] for line in NEWLINE.split(text[: 2**16])[:FIRST_LINES]]
    told, text = _told_separator(text)
    sample = _sample(title, text)
    form = _form(sample, options, told, report)
    if form.separator == "blanks":
        text = re.sub(r"(?m)^[ \t]+|[ \t]+$", "", re.sub(r"[ \t]+", " ", text))
    _say_form(form, report, in_quotes='"' in sample)
    rows = _rows(sample, form)[: SAMPLE_ROWS * 2]
    layout = decide_layout(title, rows, options, report)
    table, form = _parsed(title, text, form, layout, options, report)
    decimal, thousands = _marks(table, form, options, report)
    names = cells.column_names(layout.header, layout.width)
    names, columns, units = drop_empty(names, list(table), list(layout.units), report)
    return RawTable(names, columns, units, DECIMALS[decimal], THOUSANDS[thousands])


@dataclass(frozen=True)
class _Form:
    """How a text is cut into cells: the name of the separator, and whether quotation marks mean something."""

    separator: str
    quotes: bool

    @property
    def mark(self) -> str:
        return SEPARATORS[self.separator]


def _told_separator(text: str) -> tuple[str | None, str]:
    """The separator that Excel writes into a first line "sep=;", and the text without that line."""
    told = re.match(r"sep=(.)[ \t]*(?:\r\n|\r|\n)", text[:20])
    if told is None:
        return None, text
    names = [name for name, mark in SEPARATORS.items() if mark == told[1]]
    return (names[0] if names else None), text[told.end() :]


def _sample(title: str, text: str) -> str:
    """The first whole lines of the text, some 256,000 characters of them and at least two lines; long words cut."""
    first = NEWLINE.search(text)
    refuse_width(title, max(text.count(mark, 0, first.start() if first else len(text)) for mark in ",;\t|") + 1)
    end = len(text)
    for lines, line_end in enumerate(NEWLINE.finditer(text), start=1):
        if line_end.end() > SAMPLE_CHARACTERS and lines >= 3:
            end = line_end.end()
            break
    return LONG_WORD.sub(lambda word: word[0][:50], text[:end])


def _form(sample: str, options: ReadOptions, told: str | None, report: Report) -> _Form:
    """Separator and quotation marks, as the visitor said or as the sample shows."""
    names = [options.separator] if options.separator != AUTO else [told] if told else list(SEPARATORS)
    form = _best_form(sample, names, quotes=options.quotes != "no")
    swallowed = any(_swallows(cell, form) for row in _rows(sample, form) for cell in row)
    if options.quotes == AUTO and swallowed:
        form = _best_form(sample, names, quotes=False)
        report.say(UNCLOSED)
    return form


def _best_form(sample: str, names: Sequence[str], *, quotes: bool) -> _Form:
    forms = [_Form(name, quotes) for name in names]
    if len(forms) == 1:
        return forms[0]
    scores = [_score(sample, form) for form in forms]
    best = max(range(len(forms)), key=scores.__getitem__)
    return forms[best] if scores[best] > 0 else _Form("comma", quotes)


def _swallows(cell: str, form: _Form) -> bool:
    """Whether a cell holds whole rows: a quotation mark before it is never closed."""
    lines = NEWLINE.split(cell)
    return len(lines) > LINE_BREAKS_IN_A_CELL and sum(form.mark in line for line in lines) > 0.8 * len(lines)


def _score(sample: str, form: _Form) -> float:
    """How much this separator looks right: rows of one length, of more than one cell, with numbers or dates in them."""
    rows = [row for row in _rows(sample, form)[:SAMPLE_ROWS] if any(cell.strip() for cell in row)]
    width, share = cells.usual_width(rows)
    if width < 2:
        return 0.0
    known = [cell for row in rows if len(row) == width for cell in row if not cells.is_missing(cell)]
    typed = sum(map(cells.is_typed, known)) / max(len(known), 1)
    if form.separator == "blanks":  # prose has blanks too, and a tab is no blank
        return 0.9 * share if typed > 0.5 and share > 0.9 and "\t" not in sample else 0.0
    return share * (0.25 + 0.75 * typed)


def _rows(sample: str, form: _Form) -> list[list[str]]:
    """The sample cut into cells; lines without anything are left out."""
    csv.field_size_limit(2**30)
    text = re.sub(r"[ \t]+", " ", sample) if form.separator == "blanks" else sample
    lines = io.StringIO(NEWLINE.sub("\n", text), newline="\n")
    quoting: Any = {"quotechar": '"'} if form.quotes else {"quoting": csv.QUOTE_NONE}
    stripped = (line.strip(" \t") + "\n" if form.separator == "blanks" else line for line in lines)
    try:
        rows = list(csv.reader(stripped, delimiter=form.mark, **quoting))
    except csv.Error:  # a quotation mark in the middle of nowhere
        rows = [line.split(form.mark) for line in NEWLINE.split(text)]
    return [row for row in rows if row]


def _say_form(form: _Form, report: Report, *, in_quotes: bool) -> None:
    report.decide("separator", form.separator, f"{WORDS[form.separator]} between the cells")
    if in_quotes:
        words = "cells in quotation marks" if form.quotes else "quotation marks as letters"
        report.decide("quotes", "yes" if form.quotes else "no", words)


def _parsed(
    title: str, text: str, form: _Form, layout: Layout, options: ReadOptions, report: Report
) -> tuple[list[pa.Array], _Form]:
    """All rows below the header; once more without quotation marks where one of them is never closed."""
    found = _pass(title, text, form, layout)
    if form.quotes and options.quotes == AUTO and any(_swallows(_longest(column), form) for column in found.columns):
        form = _Form(form.separator, quotes=False)
        found = _pass(title, text, form, layout)
        report.decisions = [decision for decision in report.decisions if decision.option != "quotes"]
        report.decide("quotes", "no", "quotation marks as letters")
        report.say(UNCLOSED)
    _account(title, found, report)
    return found.columns, form


@dataclass(frozen=True)
class _Found:
    """What one pass over the text gave: the columns, and the rows that did not fit, with their line numbers."""

    columns: list[pa.Array]
    long_rows: list[int]
    n_short: int

    @property
    def n_rows(self) -> int:
        return len(self.columns[0])


def _pass(title: str, text: str, form: _Form, layout: Layout) -> _Found:
    content = text.encode("utf-8", errors="replace")
    names = [f"c{place}" for place in range(layout.width)]
    long_rows: list[int] = []
    short: list[tuple[int, str]] = []

    def misfit(row: Any) -> str:
        if row.actual_columns > row.expected_columns:
            long_rows.append(row.number)
        else:
            short.append((row.number, row.text))
        return "skip"

    try:
        table = arrow_csv.read_csv(
            io.BytesIO(content),
            read_options=arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=min(len(content) + 2**10, 2**31 - 1)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=form.mark,
                quote_char='"' if form.quotes else False,
                newlines_in_values=form.quotes,
                invalid_row_handler=misfit,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(
            f"{title} cannot be read as a table with {WORDS[form.separator]} between the cells: give every row the "
            f"{layout.width} cells of the header, or choose another separator."
        ) from error
    columns = [column.combine_chunks() for column in table.columns]
    # Rows before the table are part of the pass, so that its row numbers are those of the file.
    first = layout.first_row
    before = first - sum(number <= first for number in (*long_rows, *(number for number, _ in short)))
    columns = [column.slice(max(before, 0)) for column in columns]
    long_rows = [number for number in long_rows if number > first]
    short = [(number, row) for number, row in short if number > first]
    return _Found(_with_short_rows(columns, short, long_rows, form, layout), long_rows, len(short))


def _with_short_rows(
    columns: list[pa.Array], short: list[tuple[int, str]], long_rows: list[int], form: _Form, layout: Layout
) -> list[pa.Array]:
    """The columns with the rows that have too few cells at their place, filled up with empty ones."""
    if not short:
        return columns
    total = len(columns[0]) + len(short) + len(long_rows)
    places = np.array([number for number, _ in short]) - layout.first_row - 1
    regular = np.ones(total, bool)
    regular[places] = regular[np.array(long_rows, dtype=np.int64) - layout.first_row - 1] = False
    order = pa.array(np.argsort(np.concatenate([np.flatnonzero(regular), places]), kind="stable"))
    filled = zip(*(_padded(row, form, layout.width) for _, row in short), strict=True)
    both = [
        pa.concat_arrays([column, pa.array(list(more), pa.string())])
        for column, more in zip(columns, filled, strict=True)
    ]
    return [column.take(order) for column in both]


def _padded(text: str, form: _Form, width: int) -> list[str]:
    row = next(iter(_rows(text, form)), [])
    return [*row, *[""] * (width - len(row))][:width]


def _longest(column: pa.Array) -> str:
    """The longest cell of a column."""
    if not len(column):
        return ""
    return str(column[int(np.argmax(pc.binary_length(column).to_numpy(zero_copy_only=False)))].as_py())


def _account(title: str, found: _Found, report: Report) -> None:
    """Says which rows did not have as many cells as the others."""
    n_long = len(found.long_rows)
    lines = named([f"row {number:,}" for number in found.long_rows[:3]], n_long)
    if n_long > MOST_BAD * (found.n_rows + n_long):
        raise DataError(
            f"{title}: {n_long:,} of {found.n_rows + n_long:,} rows have more cells than the header ({lines}). "
            "Give every row the same number of cells, or choose another separator."
        )
    if n_long:
        report.count("rows with surplus cells left out", n_long)
        report.say(f"Left out: {n_long:,} {_rows_word(n_long)} with more cells than the header ({lines}).")
    if found.n_short:
        report.count("rows with too few cells", found.n_short)
        report.say(
            f"{found.n_short:,} {_rows_word(found.n_short)} had fewer cells than the header; the rest is missing."
        )


def _marks(columns: Sequence[pa.Array], form: _Form, options: ReadOptions, report: Report) -> tuple[str, str]:
    """The decimal and the thousands mark, as the visitor said or as the first rows show."""
    sample = [cell for column in columns[:200] for cell in column.slice(0, SAMPLE_ROWS).to_pylist()]
    decimal, thousands = cells.marks(sample)
    decimal = decimal if options.decimal == AUTO else options.decimal
    thousands = thousands if options.thousands == AUTO else options.thousands
    if thousands == decimal:
        thousands = "none"
    if decimal != "point" or options.decimal != AUTO or any("." in cell and cells.is_number(cell) for cell in sample):
        report.decide("decimal", decimal, f"decimal {decimal}")
    if thousands != "none" or options.thousands != AUTO:
        report.decide("thousands", thousands, f"{thousands} between thousands")
    return decimal, thousands


def _rows_word(n: int) -> str:
    return "row" if n == 1 else "rows"
