"""What the text of a cell stands for: a number in one of several ways of writing it, a date, a time, nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

# What stands for a missing cell, in small letters; "" is an empty one.
MISSING_TOKENS = (
    *("", "na", "n/a", "n.a.", "nan", "null", "none", "?", "-", "--", "."),
    *("#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#nv"),  # Excel; the last is German
    *("k.a.", "k. a.", "n.b.", "n.d."),  # German and French
)
# What may mean missing, or be an answer: offered, never assumed.
PERHAPS_MISSING = (
    *("unknown", "missing", "not available", "not known", "not measured", "other/unknown"),
    *("unbekannt", "keine angabe", "fehlt", "inconnu", "desconocido", "sconosciuto"),
)
SPACES = "\u0020\u00a0\u202f\u2009"  # blank, no-break, narrow no-break, thin
LONGEST_NUMBER = 40
NEWLINE = re.compile(r"\r\n|\r|\n")  # str.splitlines knows more of them, which a cell may hold

_SIGN = "[+\\-\u2212]?"  # the sign itself and no escape: RE2, which runs these too, knows none
_EXPONENT = r"(?:[eE][+-]?\d+)?"
PLAIN = re.compile(rf"{_SIGN}(?:\d+\.?\d*|\.\d+){_EXPONENT}")
COMMA = re.compile(rf"{_SIGN}(?:\d+,\d*|,\d+){_EXPONENT}")
GROUPED = {
    "comma": re.compile(rf"{_SIGN}\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?"),
    "point": re.compile(rf"{_SIGN}\d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?"),
    "space": re.compile(rf"{_SIGN}\d{{1,3}}(?:[{SPACES}]\d{{3}})+(?:[.,]\d+)?"),
    "apostrophe": re.compile(rf"{_SIGN}\d{{1,3}}(?:['’]\d{{3}})+(?:[.,]\d+)?"),
}
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}[:.]\d{2}.*)?|\d{1,2}[:.]\d{2}[:.]\d{2}|\d{1,2}:\d{2}"
)
WORDS_FOR_INFINITY = {"inf", "-inf", "+inf", "infinity", "-infinity"}


def is_missing(cell: str) -> bool:
    """Whether a cell holds nothing, or one of the usual signs for that."""
    return cell.strip().lower() in MISSING_TOKENS


def is_number(cell: str) -> bool:
    """Whether a cell is a number, however its decimals and thousands are marked."""
    cell = cell.strip()
    if not cell or len(cell) > LONGEST_NUMBER:
        return False
    bare = cell.strip("%€$£¥ ")
    ways = (PLAIN, COMMA, *GROUPED.values())
    return cell.lower() in WORDS_FOR_INFINITY or any(way.fullmatch(bare) for way in ways)


def is_typed(cell: str) -> bool:
    """Whether a cell is a number, a date or a time: something that a header is not."""
    return is_number(cell) or (len(cell) <= LONGEST_NUMBER and _DATE.fullmatch(cell.strip()) is not None)


def marks(cells: Iterable[str]) -> tuple[str, str]:
    """The decimal mark and the thousands mark that these cells use, as `DECIMALS` and `THOUSANDS` name them.

    "0,5" and "1.234,5" prove a decimal comma, "1,234,567" a thousands comma; "1,234" alone is taken for thousands
    unless other cells have a decimal comma, and "1.234" for a decimal point unless they have a decimal comma.
    """
    seen = Counter(word for cell in cells for word in _evidence(cell.strip().strip("%€$£¥ ")))
    decimal = "comma" if seen["decimal comma"] > seen["decimal point"] else "point"
    other = {"point": "comma", "comma": "point"}[decimal]
    groups = {name: seen[f"thousands {name}"] for name in (other, "space", "apostrophe")}
    groups[other] += seen[f"one {other}"]
    best = max(groups, key=groups.__getitem__)
    return decimal, best if groups[best] else "none"


def _evidence(cell: str) -> list[str]:
    """What one cell shows of the marks, in words for `marks` to count."""
    if len(cell) > LONGEST_NUMBER:
        return []
    grouped = [name for name, way in GROUPED.items() if way.fullmatch(cell)]
    commas, points = cell.count(","), cell.count(".")
    if len(grouped) == 1 and commas + points == 1 and grouped[0] in ("comma", "point"):
        starts_with_zero = cell.lstrip("+-\u2212").startswith("0")
        return [f"decimal {grouped[0]}" if starts_with_zero else f"one {grouped[0]}"]
    words = [f"thousands {name}" for name in grouped]
    if "comma" in grouped and not points:
        return [*words, "decimal point"]  # a comma that comes again is no decimal mark
    if "point" in grouped and not commas:
        return [*words, "decimal comma"]
    if commas and (grouped or COMMA.fullmatch(cell)) and cell.rfind(",") > cell.rfind("."):
        words.append("decimal comma")
    if points and (grouped or PLAIN.fullmatch(cell)) and cell.rfind(".") > cell.rfind(","):
        words.append("decimal point")
    return words


def usual_width(rows: Sequence[Sequence[str]]) -> tuple[int, float]:
    """The number of cells that most rows have, and the share of rows that have it."""
    widths = [len(row) for row in rows]
    if not widths:
        return 0, 0.0
    best = max(set(widths), key=lambda width: (widths.count(width), width))
    return best, widths.count(best) / len(widths)


def filled_columns(rows: Sequence[Sequence[str]], width: int) -> int:
    """The columns up to the last one that any row fills."""
    filled = [place + 1 for row in rows for place, cell in enumerate(row[:width]) if cell.strip()]
    return max(filled, default=0)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of these rows (of equal length) names the columns.

    It does where some column holds numbers or dates below it but not in it; a table of words alone has a header
    unless the words come again below.
    """
    first, below = rows[0], rows[1:]
    if not below:
        return not any(is_typed(cell) for cell in first)
    typed = [_mostly_typed([row[place] for row in below]) for place in range(len(first))]
    if any(typed):
        words = [
            not is_typed(cell) and not is_missing(cell) for cell, is_one in zip(first, typed, strict=True) if is_one
        ]
        return any(words) or _counts_up(first, typed, below)
    again = sum(any(row[place] == cell for row in below) for place, cell in enumerate(first) if cell.strip())
    return again * 2 < sum(bool(cell.strip()) for cell in first) and all(cell.strip() for cell in first[1:])


def has_units(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row right below the header holds the units: short words over every column of numbers."""
    typed = [place for place in range(len(row)) if _mostly_typed([other[place] for other in below])]
    words = [row[place].strip() for place in typed]
    named = [word for word in words if not is_missing(word)]
    return bool(named) and len(named) >= len(typed) / 2 and all(len(w) <= 16 and not is_typed(w) for w in named)


def column_names(header: Sequence[str] | None, n_columns: int) -> list[str]:
    """The columns' names, each different: blanks are numbered, and equal ones get their place behind them."""
    names: list[str] = []
    taken: set[str] = set()
    for place in range(n_columns):
        raw = header[place] if header is not None and place < len(header) else ""
        name = " ".join(_printable(raw).split())[:200] or f"column {place + 1}"
        while name in taken:
            name = f"{name} ({place + 1})"
        names.append(name)
        taken.add(name)
    return names


def _mostly_typed(cells: Sequence[str]) -> bool:
    known = [cell for cell in cells if not is_missing(cell)]
    return bool(known) and sum(map(is_typed, known)) >= 0.6 * len(known)


def _counts_up(first: Sequence[str], typed: Sequence[bool], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row of numbers is a header all the same: 2001, 2002, 2003 beside a word that does not come again."""
    numbers = [cell.strip() for cell, is_one in zip(first, typed, strict=True) if is_one]
    words = [(place, first[place]) for place, is_one in enumerate(typed) if not is_one and first[place].strip()]
    if len(numbers) < 3 or not words or not all(number.isdecimal() for number in numbers):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(numbers)}
    return steps == {1} and all(row[place] != word for place, word in words for row in below)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
