"""Rows as CSV that a spreadsheet opens as what they are: text that looks like a formula stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TextIO

RISKY = tuple("=+-@\t\r\n")  # what a spreadsheet may take for the beginning of a formula (OWASP, CSV injection)


def csv_of(header: Sequence[str], rows: Iterable[Sequence[str | float]]) -> str:
    """CSV text (RFC 4180, lines end in CR LF); a number in words stays a number, a missing one is an empty cell.

    Text that begins like a formula gets an apostrophe in front, headings too.
    """
    text = io.StringIO()
    write_csv(text, header, rows)
    return text.getvalue()


def write_csv(stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[str | float]]) -> None:
    """Writes the same, row by row, into a text stream opened with `newline=""`."""
    writer = csv.writer(stream)
    writer.writerow([_safe(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: str | float) -> str | float:
    if isinstance(value, str):
        return _safe(value)
    return "" if value != value else value


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text == text.strip()
