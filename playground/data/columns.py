"""The columns of a table: what their numbers stand for, and how a value is written in the visitor's own units.

Every column is held as numbers (float64): a number as it is, a date as seconds since 1970-01-01, a time of day as
seconds since midnight, and everything else (category, yes/no, code, text) as the place of its value among `levels`.
A missing cell is not-a-number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.errors import DataError, SpecError

ColumnType = Literal["number", "category", "yes/no", "date", "time", "code", "text"]
TYPES: tuple[ColumnType, ...] = ("number", "category", "yes/no", "date", "time", "code", "text")
CATEGORIES: tuple[ColumnType, ...] = ("category", "yes/no", "code", "text")  # those with levels
SCALINGS = ("auto", "standard", "range", "none")  # of all columns
SCALINGS_OF_A_COLUMN = ("standard", "log", "range", "none")
CYCLES = {"day": 86_400.0, "week": 604_800.0, "year": 31_556_952.0}  # seconds; the mean Gregorian year
DAY = CYCLES["day"]
OTHER = "(other)"
MISSING = "(missing)"
MOST_WEIGHT = 100.0

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """One input column of a table.

    Attributes:
        name: as a page shows it.
        type: what its numbers stand for.
        unit: the visitor's unit, "" where there is none.
        levels: the values of a category, in order; empty for numbers, dates and times.
        scaling: of a number: "standard" (mean 0, standard deviation 1), "log" (the same after log(1 + x / median)),
            "range" (lowest 0, highest 1) or "none".
        weight: how much its error counts beside the other columns'.
        decimals: the decimals that its values usually have; None writes three significant digits.
        has_time: whether a date has a time of day.
        cycles: of a date: the cycles that the span covers, out of `CYCLES`.
        has_missing: whether a cell is missing; the models then get a flag that says so.

    Raises:
        DataError: a setting that makes no sense.
    """

    name: str
    type: ColumnType = "number"
    unit: str = ""
    levels: tuple[str, ...] = ()
    scaling: str = "standard"
    weight: float = 1.0
    decimals: int | None = None
    has_time: bool = False
    cycles: tuple[str, ...] = ()
    has_missing: bool = False

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise DataError(f"Column '{self.name}': type '{self.type}' must be one of {', '.join(TYPES)}.")
        if self.scaling not in SCALINGS_OF_A_COLUMN:
            allowed = ", ".join(SCALINGS_OF_A_COLUMN)
            raise DataError(f"Column '{self.name}': scaling '{self.scaling}' must be one of {allowed}.")
        if not 0 < self.weight <= MOST_WEIGHT:
            raise DataError(
                f"Column '{self.name}': weight {self.weight:g} must be above 0 and at most {MOST_WEIGHT:g}; "
                "to leave the column out, set its role to 'ignore'."
            )
        if self.is_category and not self.levels:
            raise DataError(f"Column '{self.name}' has no values at all: set its role to 'ignore'.")

    @property
    def is_category(self) -> bool:
        return self.type in CATEGORIES

    @property
    def width(self) -> int:
        """How many features a model sees of it."""
        return len(self.feature_names)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name per feature that a model sees of this column."""
        if self.is_category:
            return tuple(f"{self.name} = {level}" for level in self.levels)
        waves = [(f"{self.name}: {cycle} sin", f"{self.name}: {cycle} cos") for cycle in self.cycles]
        if self.type == "time":
            return (f"{self.name}: sin", f"{self.name}: cos")
        if self.type == "date":
            clock = (f"{self.name}: time of day",) if self.has_time else ()
            return (f"{self.name}: day", *clock, *(name for wave in waves for name in wave))
        return (self.name,)

    def words(self, value: float) -> str:
        """One value as the visitor would write it, without its unit; "(missing)" for a missing one."""
        if math.isnan(value):
            return MISSING
        if self.is_category:
            return self.levels[min(max(round(value), 0), len(self.levels) - 1)]
        if self.type == "time":
            return _clock(value)
        if self.type == "date":
            return _date(value, has_time=self.has_time)
        if self.decimals is None or not math.isfinite(value):
            return f"{value:.6g}"
        return f"{round(value, self.decimals) + 0.0:.{max(self.decimals, 0)}f}"  # + 0.0: no "-0"

    def with_unit(self, value: float) -> str:
        """`words` with the unit behind it."""
        unit = "" if math.isnan(value) else self.unit
        return f"{self.words(value)} {unit}".rstrip()

    def shown(self, values: Values) -> NDArray[np.str_] | Values:
        """All values for a table: numbers rounded to the usual decimals, everything else in words."""
        if self.type == "number":
            return values if self.decimals is None else np.round(values, self.decimals)
        return np.array([self.words(value) for value in values.tolist()], dtype=str)


def check_scaling(scaling: str) -> None:
    """Raises SpecError unless this is a scaling of all columns."""
    if scaling not in SCALINGS:
        raise SpecError(f"scaling='{scaling}' must be one of {', '.join(SCALINGS)}.")


def usual_decimals(values: Values) -> int:
    """The decimals that nine in ten values get by with, 0 to 6; whole numbers have none.

    The largest number of decimals would make one 31.3869 write every age like that.
    """
    known = values[np.isfinite(values)]
    sample = known[:: max(known.size // 500, 1)]
    if not np.any(sample != np.round(sample)):
        return 0
    decimals = sorted(_decimals(value) for value in sample.tolist())
    return min(6, decimals[math.ceil(0.9 * len(decimals)) - 1])


def spanned_cycles(seconds: Values, *, has_time: bool) -> tuple[str, ...]:
    """The cycles that dates cover at least twice; the day only where they have a time of day."""
    known = seconds[np.isfinite(seconds)]
    span = float(np.ptp(known)) if known.size else 0.0
    names = [name for name, length in CYCLES.items() if span >= 2 * length]
    return tuple(name for name in names if has_time or name != "day")


def width_of(columns: Sequence[Column]) -> int:
    """Features that a model sees of these columns."""
    return sum(column.width for column in columns)


def _decimals(value: float) -> int:
    text = f"{value:.9g}"
    if "e" in text:
        return 0 if abs(value) >= 1 else 6
    return len(text.partition(".")[2])


def _clock(seconds: float) -> str:
    whole = round(seconds) % 86_400
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}"
    return f"{text}:{whole % 60:02d}" if whole % 60 else text


def _date(seconds: float, *, has_time: bool) -> str:
    if not has_time:
        seconds = math.floor(seconds / DAY + 0.5) * DAY
    try:
        moment = np.datetime64(round(seconds), "s")
    except OverflowError:
        return "beyond all dates"
    day, _, clock = str(moment).partition("T")  # a wild code's year may have five digits, or a sign
    return f"{day} {clock if round(seconds) % 60 else clock[:5]}" if has_time else day
