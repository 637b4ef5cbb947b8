"""Rows as CSV that a spreadsheet opens as what they are: text that looks like a formula stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

RISKY = tuple("=+-@\t\r\n")  # what a spreadsheet may take for the beginning of a formula (OWASP, CSV injection)


def csv_of(header: Sequence[str], rows: Iterable[Sequence[str | float]]) -> str:
    """CSV text (RFC 4180, lines end in CR LF); a number in words stays a number, a missing one is an empty cell.

    Text that begins like a formula gets an apostrophe in front, headings too.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_safe(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


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
