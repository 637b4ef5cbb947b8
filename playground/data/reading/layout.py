"""Where the table begins in rows of text: lines before it, its header, its row of units, its empty edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.data.reading import cells
from playground.data.reading.options import AUTO, ReadOptions
from playground.data.reading.report import Report
from playground.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS_READ = 20_000
FIRST_LINES = 10
MOST_CHARACTERS = 160  # of a line that is shown


@dataclass(frozen=True)
class Layout:
    """Where the table is.

    Attributes:
        width: cells of a row.
        first_row: rows (that are not empty) before the first row of values.
        header: the cells that name the columns, or None.
        units: the cells of the row of units; empty where there is none.
    """

    width: int
    first_row: int
    header: Sequence[str] | None
    units: Sequence[str]


def decide_layout(title: str, rows: Sequence[Sequence[str]], options: ReadOptions, report: Report) -> Layout:
    """Decides from the first rows, or as the visitor said; every decision goes into the report.

    Raises:
        DataError: there are no rows, or far too many columns.
    """
    width, _ = cells.usual_width(rows)
    refuse_width(title, width)
    start = _start(rows, width) if options.skip < 0 else min(options.skip, max(len(rows) - 1, 0))
    body = [[*row, *[""] * (width - len(row))][:width] for row in rows[start:]]
    filled = [row for row in body if any(cell.strip() for cell in row)]
    if not filled:
        raise DataError(f"{title} has no rows: choose a table with a header line and one row per sample.")
    with_header = cells.has_header(filled[:200]) if options.header == AUTO else options.header == "yes"
    header = body[0] if with_header else None
    below = body[1:] if with_header else body
    with_units = options.units_row == "yes" or (
        options.units_row == AUTO and with_header and len(below) > 2 and cells.has_units(below[0], below[1:])
    )
    units = below[0] if with_units and below else ()
    if start or options.skip >= 0:
        report.decide("skip", str(start), f"{start} {'line' if start == 1 else 'lines'} before the table left out")
        report.count("lines before the table", start)
    words = "names in the first row" if with_header else "no row of names"
    report.decide("header", "yes" if with_header else "no", words)
    if units or options.units_row != AUTO:
        report.decide("units_row", "yes" if units else "no", "units in the row below" if units else "no row of units")
    return Layout(width, start + with_header + bool(units), header, units)


def refuse_width(title: str, n_columns: int) -> None:
    """Raises DataError where there are more columns than anybody could choose from."""
    if n_columns > MOST_COLUMNS_READ:
        raise DataError(
            f"{title} has {n_columns:,} columns: at most {MOST_COLUMNS_READ:,} can be read. Keep those you need."
        )


def drop_empty(
    names: Sequence[str], columns: Sequence[pa.Array], units: Sequence[str], report: Report
) -> tuple[list[str], list[pa.Array], list[str]]:
    """Leaves out rows without any cell filled, and nameless columns of that kind; both are counted."""
    import pyarrow.compute as pc

    filled = [_filled(column) for column in columns]
    numbered = [name == f"column {place + 1}" for place, name in enumerate(names)]
    kept = [place for place, mask in enumerate(filled) if not numbered[place] or pc.any(mask, min_count=0).as_py()]
    n_empty = len(columns) - len(kept)
    if n_empty and kept:
        report.count("empty columns left out", n_empty)
        report.say(f"Left out: {n_empty:,} empty {'column' if n_empty == 1 else 'columns'}.")
    kept = kept or list(range(len(columns)))
    columns = [columns[place] for place in kept]
    any_filled = filled[kept[0]]
    for place in kept[1:]:
        any_filled = pc.or_(any_filled, filled[place])
    n_blank = len(any_filled) - (pc.sum(any_filled).as_py() or 0)
    if n_blank:
        report.count("empty rows left out", n_blank)
        report.say(f"Left out: {n_blank:,} empty {'row' if n_blank == 1 else 'rows'}.")
        columns = [column.filter(any_filled) for column in columns]
    return [names[place] for place in kept], columns, [units[place] for place in kept] if units else []


def _filled(column: pa.Array) -> pa.Array:
    """Which cells hold something."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = column.is_valid()
    if pa.types.is_string(column.type):
        return pc.and_(known, pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(column), ""), False))
    return known


def _start(rows: Sequence[Sequence[str]], width: int) -> int:
    """The rows before the first that has the usual number of cells, most of them filled, and is not alone."""
    usual = [len(row) == width for row in rows]
    for place, row in enumerate(rows):
        filled = sum(bool(cell.strip()) for cell in row)
        alone = place + 1 < len(rows) and not usual[place + 1]
        if usual[place] and not alone and (filled > 1 or 2 * filled >= width):
            return place
    return 0
