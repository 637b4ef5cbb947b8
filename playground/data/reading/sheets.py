"""Workbooks: Excel (.xlsx, .xlsb, .xls) and OpenDocument (.ods), through calamine, which reads them all."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from playground.data.reading import cells
from playground.data.reading.found import RawTable
from playground.data.reading.layout import FIRST_LINES, MOST_CHARACTERS, decide_layout, drop_empty
from playground.data.reading.options import ReadOptions
from playground.data.reading.report import Report, named
from playground.errors import DataError

SAMPLE_ROWS = 400
MIDNIGHT = dt.datetime(1970, 1, 1)


def read_workbook(title: str, content: bytes, options: ReadOptions, report: Report) -> RawTable:
    """The table on one sheet of a workbook; the first sheet with rows where none is chosen.

    Raises:
        DataError: it is no workbook, or has no such sheet, or no rows.
    """
    from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        name, rows = _sheet(title, book, options, report)
    except WorksheetNotFound as error:
        sheets = named([f"'{name}'" for name in report.choices["sheet"]])
        raise DataError(f"{title} has no sheet '{options.sheet}': it has {sheets}.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise DataError(f"{title} cannot be read as a workbook: save it again as .xlsx or as CSV.") from error
    if len(report.choices["sheet"]) > 1:
        report.decide("sheet", name, f"sheet '{name}' of {len(report.choices['sheet'])}")
    return table_of(title, rows, options, report)


def table_of(title: str, rows: list[list[Any]], options: ReadOptions, report: Report) -> RawTable:
    """The table in rows of typed cells."""
    sample = [[_text(cell) for cell in row] for row in rows[:SAMPLE_ROWS]]
    report.first_lines = [" | ".join(row)[:MOST_CHARACTERS] for row in sample[:FIRST_LINES]]
    layout = decide_layout(title, sample, options, report)
    names = cells.column_names(layout.header, layout.width)
    body = rows[layout.first_row :]
    columns = [_column([row[place] if place < len(row) else "" for row in body]) for place in range(layout.width)]
    names, columns, units = drop_empty(names, columns, list(layout.units), report)
    decimal, thousands = cells.marks(cell for row in sample for cell in row if isinstance(cell, str))
    marks = {"comma": ",", "point": "."}
    groups = {"none": "", "space": " ", "apostrophe": "'", **marks}
    return RawTable(names, columns, units, marks[decimal], groups[thousands])


def _sheet(title: str, book: Any, options: ReadOptions, report: Report) -> tuple[str, list[list[Any]]]:
    names = [str(name) for name in book.sheet_names]
    report.choices["sheet"] = names
    for name in [options.sheet] if options.sheet else names:
        rows = [row for row in book.get_sheet_by_name(name).to_python() if any(cell != "" for cell in row)]
        if len(rows) > 1:
            return name, rows
    where = f"sheet '{options.sheet}' of {title}" if options.sheet else title
    raise DataError(f"There are no rows in {where}: choose another sheet, or a table with one row per sample.")


def _text(cell: Any) -> str:
    """A typed cell as text, to find headers by."""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat().replace("T", " ")
    return "" if cell is None else str(cell)


def _column(values: Sequence[Any]) -> pa.Array:
    """One column of typed cells as the narrowest type that holds all of them, text otherwise."""
    known = [value for value in values if value != "" and value is not None]
    kinds = {type(value) for value in known}
    empty = [None if value == "" else value for value in values]
    if kinds and kinds <= {int, float}:
        return pa.array(empty, pa.float64(), from_pandas=True)
    if kinds == {bool}:
        return pa.array(empty, pa.bool_())
    if kinds and kinds <= {dt.datetime, dt.date}:
        return pa.array([value and _moment(value) for value in empty], pa.timestamp("us"))
    if kinds == {dt.time}:
        return pa.array(empty, pa.time64("us"))
    return pa.array([_text(value) for value in values], pa.string())


def _moment(value: dt.datetime | dt.date) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return dt.datetime(value.year, value.month, value.day)
