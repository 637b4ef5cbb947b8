"""Columns of text as values: numbers, dates and times by whole-column operations, so that 50 MB take seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from playground.data.columns import Values
from playground.data.reading.cells import GROUPED

Mask = NDArray[np.bool_]

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
CURRENCIES = "€$£¥"
_DECORATED = re.compile(
    r"^(?P<open>\()?\s*(?P<before>[€$£¥]|[A-Z]{3})?\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*"
    r"(?P<after>[%‰€$£¥°]|°C|°F|[A-Z]{3}|[a-zA-Zµ]{1,6}(?:/[a-zA-Z]{1,4})?)?\s*(?P<close>\))?$"
)
_BELOW = re.compile(r"^<\s*(\d+\.?\d*|\.\d+)$")

_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?P<rest>[.,]\d+)?)?\s*(?P<half>[AaPp][Mm])?"
_AFTER = rf"(?:[T ]\s*{_CLOCK}(?P<zone>Z|[+-]\d{{2}}:?\d{{2}})?)?$"
_YEAR_FIRST = rf"^(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_AFTER}"
_YEAR_LAST = rf"^(?P<one>\d{{1,2}})[-/.](?P<two>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d{{2}}){_AFTER}"
_DAY_WORD = rf"^(?P<day>\d{{1,2}})[-/. ]+(?P<word>[A-Za-z]{{3,9}})[-/., ]+(?P<year>\d{{4}}){_AFTER}"
_WORD_DAY = rf"^(?P<word>[A-Za-z]{{3,9}})[-/. ]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-/., ]+(?P<year>\d{{4}}){_AFTER}"
_TIME = rf"^{_CLOCK}$"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MOST_DISTINCT = 200_000  # cells looked at one by one


@dataclass
class Parsed:
    """A column read as one type.

    Attributes:
        values: float64 (n,); nan where there is none.
        fits: where the cell could be read.
        unit: found beside the numbers.
        notes: what was decided on the way, a clause each.
    """

    values: Values
    fits: Mask
    unit: str = ""
    notes: list[str] = field(default_factory=list)

    def share(self, known: Mask) -> float:
        """Of the known cells, how many could be read."""
        return float(self.fits[known].mean()) if known.any() else 0.0


def as_mask(array: pa.Array) -> Mask:
    """A pyarrow array of truth values as numpy's; null is False."""
    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=bool)


def numbers(text: pa.Array, decimal: str, thousands: str, *, halve_below: bool = False) -> Parsed:
    """Numbers out of cells of text (null where missing), written with these marks.

    Args:
        halve_below: takes "< 0.5" for 0.25; else it cannot be read.
    """
    try:
        return _parsed(_with_plain_marks(text, decimal, thousands).cast(pa.float64()))
    except pa.ArrowInvalid:
        pass
    distinct, places = _distinct(text)
    return _spread(_odd_numbers(_with_plain_marks(distinct, decimal, thousands), halve_below=halve_below), places)


def _odd_numbers(plain: pa.Array, *, halve_below: bool) -> Parsed:
    """Numbers where not every cell is one."""
    fits = pc.fill_null(pc.match_substring_regex(plain, NUMBER), False)
    found = _parsed(pc.if_else(fits, plain, pa.scalar(None, pa.string())).cast(pa.float64()))
    _read_decorated(plain, found, halve_below=halve_below)
    return found


def dates(text: pa.Array, order: str) -> tuple[Parsed, bool]:
    """Dates out of cells of text, as seconds since 1970-01-01, and whether any has a time of day.

    Args:
        order: "auto", "day first" or "month first", where both numbers could be the month.
    """
    distinct, places = _distinct(text)
    parsed, has_time = _distinct_dates(distinct, order)
    return _spread(parsed, places), has_time


def _distinct_dates(text: pa.Array, order: str) -> tuple[Parsed, bool]:
    for pattern in (_YEAR_FIRST, _DAY_WORD, _WORD_DAY):
        parts = pc.extract_regex(text, pattern)
        if as_mask(parts.is_valid()).any():
            return _dates(parts, text)
    parts = pc.extract_regex(text, _YEAR_LAST)
    ways = {"day first": ("one", "two"), "month first": ("two", "one")}
    if order in ways:
        return _dates(parts, text, *ways[order])
    found = {name: _dates(parts, text, *way) for name, way in ways.items()}
    n_fits = {name: int(parsed.fits.sum()) for name, (parsed, _) in found.items()}
    if n_fits["day first"] != n_fits["month first"]:
        return found[max(n_fits, key=n_fits.__getitem__)]
    best = min(found, key=lambda name: _n_turns(found[name][0].values))
    if n_fits[best]:
        found[best][0].notes.append(f"{best}, which the values leave open")
    return found[best]


def times(text: pa.Array) -> Parsed:
    """Times of day out of cells of text, as seconds since midnight."""
    distinct, places = _distinct(text)
    parts = pc.extract_regex(distinct, _TIME)
    clock = _seconds(parts)
    fits = as_mask(parts.is_valid()) & (clock < 86_400)
    return _spread(Parsed(np.where(fits, clock, np.nan), fits), places)


def _distinct(text: pa.Array) -> tuple[pa.Array, NDArray[np.int64] | None]:
    """The different cells, in the order in which they first come, and the place of each cell among them (-1 for none).

    Where most cells differ, the cells themselves and None: a column of a few dates is looked at once per date.
    """
    encoded = text.dictionary_encode()
    if 2 * len(encoded.dictionary) > len(text):
        return text, None
    return encoded.dictionary, pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def _spread(parsed: Parsed, places: NDArray[np.int64] | None) -> Parsed:
    """What was read of the different cells, for every cell."""
    if places is None:
        return parsed
    values, fits = np.append(parsed.values, np.nan), np.append(parsed.fits, False)  # the last for those without
    return Parsed(values[places], fits[places], parsed.unit, parsed.notes)


def _parsed(array: pa.Array) -> Parsed:
    values = array.to_numpy(zero_copy_only=False).astype(np.float64)
    return Parsed(values, as_mask(array.is_valid()))


def _with_plain_marks(text: pa.Array, decimal: str, thousands: str) -> pa.Array:
    """The same cells with a decimal point and no thousands mark; a mark in the wrong place makes a cell no number."""
    text = pc.replace_substring(text, "\N{MINUS SIGN}", "-")
    if thousands:
        signs = {" ": "[\u0020\u00a0\u202f\u2009]", "'": "['\u2019]"}.get(thousands, re.escape(thousands))
        name = {",": "comma", ".": "point", " ": "space", "'": "apostrophe"}[thousands]
        grouped = pc.match_substring_regex(text, rf"^[€$£¥ (]*{GROUPED[name].pattern}[€$£¥% )]*$")
        text = pc.if_else(grouped, pc.replace_substring_regex(text, signs, ""), text)
    if decimal == ",":
        points = pc.match_substring(text, ".")
        text = pc.if_else(
            points, pc.binary_join_element_wise("no number:", text, ""), pc.replace_substring(text, ",", ".")
        )
    return text


def _read_decorated(plain: pa.Array, found: Parsed, *, halve_below: bool) -> None:
    """Reads what is left: 12 %, € 5, (3), 7 kg; one unit for the whole column, the most frequent."""
    left = np.flatnonzero(as_mask(plain.is_valid()) & ~found.fits)
    if not left.size:
        return
    encoded = plain.take(pa.array(left)).dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    if len(distinct) > MOST_DISTINCT:
        return
    read = [_decorated(cell, halve_below=halve_below) for cell in distinct]
    places = encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(places, minlength=len(distinct))
    units: dict[str, int] = {}
    for one, n in zip(read, counts.tolist(), strict=True):
        if one is not None and one[1]:
            units[one[1]] = units.get(one[1], 0) + n
    unit = max(units, key=units.__getitem__, default="")
    fits = np.array([one is not None and one[1] in ("", unit) for one in read], dtype=bool)
    values = np.array([np.nan if one is None else one[0] for one in read], dtype=np.float64)
    found.values[left] = np.where(fits[places], values[places], found.values[left])
    found.fits[left] = fits[places]
    found.unit = unit


def _decorated(cell: str, *, halve_below: bool) -> tuple[float, str] | None:
    """The number and the unit in a cell; None where it is neither."""
    below = _BELOW.match(cell)
    if below is not None:
        return (float(below[1]) / 2, "") if halve_below else None
    match = _DECORATED.match(cell)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    unit = match["before"] or match["after"] or ""
    value = float(match["number"])
    return (-value if match["open"] else value), unit


def _dates(parts: pa.Array, text: pa.Array, day: str = "day", month: str = "month") -> tuple[Parsed, bool]:
    names = [part.name for part in parts.type]
    valid = as_mask(parts.is_valid())
    years = _integers(parts.field("year"))
    years = np.where(years < 100, np.where(years < 70, 2000, 1900) + years, years)
    months = _month_numbers(parts.field("word")) if "word" in names else _integers(parts.field(month))
    days = _integers(parts.field(day))
    possible = valid & (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31) & (years >= 1)
    first = (np.where(possible, years, 1970) - 1970).astype("M8[Y]").astype("M8[M]") + np.where(possible, months - 1, 0)
    moment = first.astype("M8[D]") + np.where(possible, days - 1, 0)
    possible &= moment.astype("M8[M]") == first  # there is no 31st of June
    clock = _seconds(parts)
    possible &= clock < 86_400
    seconds = moment.astype("M8[s]").astype(np.float64) + clock
    parsed = Parsed(np.where(possible, seconds, np.nan), possible)
    has_time = bool(as_mask(pc.not_equal(parts.field("hour"), "")).any())
    for name, note in (("zone", "time zones left aside"), ("rest", "fractions of seconds left out")):
        if as_mask(pc.not_equal(parts.field(name), "")).any():
            parsed.notes.append(note)
    return parsed, has_time


def _integers(array: pa.Array) -> Any:
    """Digits as whole numbers, 0 for none."""
    filled = pc.if_else(pc.equal(pc.fill_null(array, ""), ""), "0", array)
    return pc.fill_null(filled, "0").cast(pa.int64()).to_numpy(zero_copy_only=False)


def _month_numbers(words: pa.Array) -> Any:
    starts = pc.utf8_slice_codeunits(pc.utf8_lower(pc.fill_null(words, "")), 0, 3)
    return pc.fill_null(pc.index_in(starts, pa.array(MONTHS)), -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1


def _seconds(parts: pa.Array) -> Any:
    """Seconds since midnight of the clock in these parts; more than a day where there is no such time."""
    hours, minutes, seconds = (_integers(parts.field(name)) for name in ("hour", "minute", "second"))
    half = pc.utf8_lower(pc.fill_null(parts.field("half"), "")).to_numpy(zero_copy_only=False).astype(str)
    hours = np.where(half == "am", hours % 12, np.where(half == "pm", hours % 12 + 12, hours))
    wrong = (minutes > 59) | (seconds > 59) | (hours > 23)
    return np.where(wrong, 1e9, hours * 3600.0 + minutes * 60.0 + seconds)


def _n_turns(values: Values) -> int:
    """How often a sequence turns from rising to falling or back: 0 where it is monotone."""
    steps = np.sign(np.diff(values[np.isfinite(values)]))
    steps = steps[steps != 0]
    return int((np.diff(steps) != 0).sum())
