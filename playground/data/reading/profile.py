"""What each column of a raw table holds, and what is best done with it: a type, a role, a reason for both.

Nothing is removed here: what is no likely input starts out as "ignore", with the reason said, and a click away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from playground.data.columns import CATEGORIES, Column, Values, spanned_cycles, usual_decimals
from playground.data.reading.found import RawTable
from playground.data.reading.options import AUTO, ReadOptions
from playground.data.reading.report import ColumnReport
from playground.data.reading.taken import (
    LONG_TEXT,
    MOST_LEVELS,
    MOST_TOKENS,
    Cells,
    Context,
    n_distinct_of,
    take,
)
from playground.errors import DataError

FEW_LEVELS = 10  # whole numbers with no more of them may be a class
MOST_MISSING_OF_A_CLASS = 0.2
LONGEST_CLASS = 20  # letters on average: longer ones are comments
SKEWED = 2.0  # skewness from which a logarithm comes first
LABEL_NAMES = {"class", "label", "labels", "target", "species", "quality", "digit", "category", "y", "diagnosis"}
IDENTIFIER_NAMES = re.compile(r"(?:.*[_ .-])?(?:id|index|uuid|guid|key|row|nr|no)|column 1|unnamed.*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Profiled:
    """One column as it was found.

    Attributes:
        report: what a page shows of it.
        values: float64 (n,), see `data.columns`; nan where missing.
        levels: of a category, in order.
        decimals, has_time: see `Column`.
        default_role: what it would be if the visitor had not chosen.
        mean_length: letters of a level, on average.
    """

    report: ColumnReport
    values: Values
    levels: tuple[str, ...] = ()
    decimals: int | None = None
    has_time: bool = False
    default_role: str = "input"
    mean_length: float = 0.0

    def column(self) -> Column:
        """What the models and pages know of it; `has_missing` is for the rows that stay."""
        r = self.report
        cycles = spanned_cycles(self.values, has_time=self.has_time) if r.type == "date" else ()
        return Column(
            name=r.name,
            type=r.type,  # type: ignore[arg-type]
            unit=r.unit,
            levels=self.levels,
            scaling=r.scaling,
            weight=r.weight,
            decimals=self.decimals,
            has_time=self.has_time,
            cycles=cycles,
        )


def profile(table: RawTable, options: ReadOptions) -> tuple[list[Profiled], list[DataError]]:
    """Every column of the table with what holds for it: the visitor's choice, or else the default and its reason.

    A choice that the column's cells do not allow leaves the default, and comes back as an error beside the columns.
    """
    context = Context.of(table, options)
    problems: list[DataError] = []
    found = [_profiled(table, place, context, problems) for place in range(len(table.names))]
    return _with_colour(found, options), problems


def _profiled(table: RawTable, place: int, context: Context, problems: list[DataError]) -> Profiled:
    chosen = dict(context.options.columns.get(table.names[place], {}))
    try:
        return _as_chosen(table, place, context, chosen)
    except DataError as error:
        problems.append(error)
    kept = {choice: value for choice, value in chosen.items() if choice not in ("type", "scaling")}
    return _as_chosen(table, place, context, kept)


def _as_chosen(table: RawTable, place: int, context: Context, chosen: Mapping[str, str]) -> Profiled:
    original = table.names[place]
    cells = take(original, table.columns[place], context, chosen.get("type"))
    unit = cells.unit or (table.units[place].strip() if table.units else "")
    role, reason = _role(original, cells)
    n_missing = int(np.isnan(cells.values).sum())
    report = ColumnReport(
        original=original,
        name=" ".join(chosen.get("name", original).split()) or original,
        type=cells.type,
        role=chosen.get("role", role),
        scaling=_scaling(original, cells, chosen.get("scaling", AUTO)),
        weight=float(chosen.get("weight", "1")),
        on_missing=chosen.get("missing", "") if n_missing else "",
        n_missing=n_missing,
        tokens=dict(sorted(cells.tokens.items(), key=lambda item: -item[1])[:MOST_TOKENS]),
        examples=cells.examples,
        reason=f"your choice; {reason}" if "role" in chosen else reason,
        unit=unit if cells.type == "number" else "",
    )
    decimals = usual_decimals(cells.values) if cells.type == "number" else None
    return Profiled(report, cells.values, cells.levels, decimals, cells.has_time, role, cells.mean_length)


def _role(name: str, cells: Cells) -> tuple[str, str]:
    """Input or not, and why, a clause."""
    known = cells.values[np.isfinite(cells.values)]
    n_known = known.size
    if not n_known:
        return "ignore", "no values at all" if cells.type in CATEGORIES else f"none of its cells is a {cells.type}"
    if cells.n_distinct == 1:
        return "ignore", "all values are the same"
    if cells.type == "number":
        is_whole = bool(np.all(known == np.round(known)))
        if is_whole and n_known == cells.values.size and n_known > 2 and bool(np.all(np.diff(known) == 1)):
            return "ignore", "counts the rows: looks like an identifier"
        if is_whole and IDENTIFIER_NAMES.fullmatch(name) and np.unique(known).size == n_known:
            return "ignore", "all values differ: looks like an identifier"
        return "input", cells.reason
    if cells.type in CATEGORIES:
        if cells.n_distinct == n_known and n_known > FEW_LEVELS:
            return "ignore", "all values differ: looks like an identifier"
        if cells.n_distinct > MOST_LEVELS or cells.mean_length > LONG_TEXT:
            return "ignore", cells.reason if cells.type == "text" else f"{cells.n_distinct:,} different values"
    return "input", cells.reason


def _scaling(name: str, cells: Cells, chosen: str) -> str:
    if cells.type != "number":
        return "standard"
    known = cells.values[np.isfinite(cells.values)]
    lowest = float(known.min()) if known.size else 0.0
    if chosen == "log" and lowest < 0:
        raise DataError(
            f"Column '{name}' has values below 0, down to {lowest:g}: scaling 'log' needs values of 0 or more."
        )
    if chosen != AUTO:
        return chosen
    if lowest < 0 or cells.n_distinct <= FEW_LEVELS:
        return "standard"
    some = known[:: max(known.size // 10_000, 1)]
    off = some - some.mean()
    spread = float(off.std())
    skewness = float((off * off * off).mean()) / spread**3 if spread > 0 else 0.0
    return "log" if skewness > SKEWED else "standard"


def _with_colour(found: list[Profiled], options: ReadOptions) -> list[Profiled]:
    """Proposes one class-like column as colour, unless the visitor has said what is colour or what this column is."""
    said = [dict(options.columns.get(one.report.original, {})) for one in found]
    if any(choices.get("role") == "colour" for choices in said):
        return found
    place = _class_column(found)
    inputs = [one for one in found if one.report.role == "input"]
    if place is None or "role" in said[place] or len(inputs) < 2:
        return found
    chosen = found[place]
    reason = f"{chosen.report.reason}: looks like a class"
    coloured = replace(chosen, report=replace(chosen.report, role="colour", reason=reason))
    return [*found[:place], coloured, *found[place + 1 :]]


def _class_column(found: Sequence[Profiled]) -> int | None:
    """The place of the column that looks like a class: by its name, as the last one, or as the only category.

    It goes by what the columns are, not by what the visitor made of them: ignoring one must not change another.
    """
    usable = [place for place, one in enumerate(found) if one.default_role == "input"]
    for place in usable:
        if found[place].report.original.lower() in LABEL_NAMES and _n_classes(found[place]) <= MOST_LEVELS:
            return place
    if usable and usable[-1] == len(found) - 1 and _is_short(found[-1]):
        return usable[-1]
    categories = [place for place in usable if found[place].report.type == "category" and _is_short(found[place])]
    return categories[0] if len(categories) == 1 else None


def _is_short(one: Profiled) -> bool:
    """Whether a column is written like a class: short words in nearly every row, or few whole numbers."""
    if one.report.n_missing > MOST_MISSING_OF_A_CLASS * one.values.size or one.mean_length > LONGEST_CLASS:
        return False
    return _n_classes(one) <= (MOST_LEVELS if one.levels else FEW_LEVELS)


def _n_classes(one: Profiled) -> float:
    """How many classes a column would be; infinite for numbers with decimals, dates and times."""
    if one.levels:
        return len(one.levels)
    known = one.values[np.isfinite(one.values)]
    if one.report.type != "number" or not known.size or np.any(known != np.round(known)):
        return float("inf")
    return n_distinct_of(known)


def tokens_in_words(tokens: Mapping[str, int]) -> str:
    """What stood in the missing cells: "empty (12), '?' (3)"."""
    named = {"": "empty"}
    return ", ".join(f"{named.get(token, repr(token))} ({n:,})" for token, n in tokens.items())
