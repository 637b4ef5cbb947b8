"""New rows out of a table: its columns found by name, its cells read as the type that each column has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from playground.data.columns import DAY, OTHER, Column, Values
from playground.data.reading.form import Form
from playground.data.reading.found import RawTable
from playground.data.reading.matching import matched
from playground.data.reading.options import AUTO, ReadOptions
from playground.data.reading.profile import LABEL_NAMES, tokens_in_words
from playground.data.reading.read import Readable, table_in
from playground.data.reading.report import Report, named
from playground.data.reading.row_range import into_range
from playground.data.reading.rows import Brought, Mapped
from playground.data.reading.taken import Context, take
from playground.errors import DataError

MOST_ROWS = 200_000
MOST_CELLS = 50_000_000
YES = {"yes", "true", "y", "t", "on", "1", "ja", "oui"}
NO = {"no", "false", "n", "f", "off", "0", "nein", "non"}


def rows_of_table(title: str, parts: Sequence[Readable], form: Form, options: ReadOptions, report: Report) -> Brought:
    """The rows of the table in these parts.

    Raises:
        DataError: there is no table, or none of its columns is one of the data set's.
    """
    table = _read(title, list(parts), form, options, report)
    return brought_table(title, table, form, options, report)


def brought_table(title: str, table: RawTable, form: Form, options: ReadOptions, report: Report) -> Brought:
    """A table's rows in the form of the data set; the first of them where there is no room for all.

    Raises:
        DataError: none of its columns is one of the data set's, or none of its cells can be read.
    """
    if not table.n_rows:
        raise DataError(f"{title} has no rows: bring at least one below the header.")
    table = _fewer(table, form, report)
    if form.kind in ("images", "series"):
        return _values(title, table, form, options, report)
    places = _places(title, table, form, report)
    context = Context.of(table, options)
    cells = [
        _Cells(column, None if place < 0 else (table.names[place], table.columns[place]), table.n_rows, context, form)
        for column, place in zip(form.columns, places, strict=True)
    ]
    for number, one in enumerate(cells):
        one.read(number)
    if not any(one.n_known for one in cells):
        raise DataError(
            f"{title} has no cell that can be read as a value of {form.title}: bring rows of {_some(form.names)}."
        )
    mapped = tuple(one.finish(number, report) for number, one in enumerate(cells))
    _say_absent(mapped, form, report)
    extra = [name for place, name in enumerate(table.names) if place not in places]
    if extra:
        report.say(f"Not among the columns of {form.title}, and left aside: {named(extra)}.")
    x, filled = (np.stack(parts, axis=1) for parts in zip(*((one.values, one.filled) for one in cells), strict=True))
    return Brought(x, mapped=mapped, filled=filled)


# ------------------------------------------------------------------------------------------------------ the table


def _read(title: str, parts: list[Readable], form: Form, options: ReadOptions, report: Report) -> RawTable:
    """The table; once more where the data set's own column names show whether its first row is a header."""
    told = Report()
    try:
        table = table_in(title, parts, options, told)
    except DataError:
        if options.header != AUTO:
            raise
        told = Report()  # a single row of words looks like a header without rows
        table = table_in(title, parts, replace(options, header="no"), told)
    header = {decision.option: decision.value for decision in told.decisions}.get("header")
    if options.header == AUTO and header == "no" and table.n_rows > 1:
        first = [str(column[0].as_py() or "") for column in table.columns]
        n_same = sum(place >= 0 for place in _matched(first, form))
        if 2 * n_same > len(form.columns) or 2 * n_same > len(first):
            told = Report()
            table = table_in(title, parts, replace(options, header="yes"), told)
    elif options.header == AUTO and header == "yes" and not table.n_rows and not _any_name(table, form):
        told = Report()
        table = table_in(title, parts, replace(options, header="no"), told)
    for name in ("decisions", "sentences"):
        getattr(report, name).extend(getattr(told, name))
    for what, n in told.counts.items():
        report.count(what, n)
    return table


def _fewer(table: RawTable, form: Form, report: Report) -> RawTable:
    most = min(MOST_ROWS, max(1, MOST_CELLS // max(len(form.columns), len(table.names))))
    if table.n_rows <= most or len(table.names) == 1:
        return table
    report.say(f"The first {most:,} of {table.n_rows:,} rows are used: there is no room for all.")
    return replace(table, columns=[column.slice(0, most) for column in table.columns])


def _matched(names: Sequence[str], form: Form) -> list[int]:
    if not any(name != f"column {place + 1}" for place, name in enumerate(names)) and "column 1" not in form.names:
        return [-1] * form.n_columns
    return matched(names, form.names, form.originals, [column.unit for column in form.columns])


def _any_name(table: RawTable, form: Form) -> bool:
    return any(place >= 0 for place in _matched(table.names, form))


def _has_names(table: RawTable) -> bool:
    return any(name != f"column {place + 1}" for place, name in enumerate(table.names))


def _places(title: str, table: RawTable, form: Form, report: Report) -> list[int]:
    """The place in the table of each column of the data set, -1 where it is absent."""
    places = _matched(table.names, form)
    if any(place >= 0 for place in places):
        return places
    if _has_names(table):
        raise DataError(
            f"{title} has none of the columns of {form.title}: its columns are {_some(table.names)}. Name at least one "
            f"of them as the data set does: {_some(form.names)}."
        )
    by_place = _by_place(table, form)
    if by_place is None:
        raise DataError(
            f"{title} has {_columns(len(table.names))} without names, and {form.title} has {form.n_columns:,}: bring "
            f"all of them in this order, or name them: {_some(form.names)}."
        )
    report.say(f"The columns have no names: they are taken in the order of {form.title}.")
    return by_place


def _by_place(table: RawTable, form: Form) -> list[int] | None:
    """Columns without names in the data set's order, or in that of its own file; a label may stand beside them."""
    n = len(table.names)
    if n == form.n_columns:
        return list(range(n))
    if n == len(form.order):
        place_of = {form.originals[original]: place for place, original in enumerate(form.order)}
        return [place_of.get(name, -1) for name in form.names]
    if n == form.n_columns + 1:
        first = form.kind == "images" if _is_number(table, 0) == _is_number(table, n - 1) else not _is_number(table, 0)
        return list(range(1, n)) if first else list(range(n - 1))
    return None


def _is_number(table: RawTable, place: int) -> bool:
    column = table.columns[place]
    if not pa.types.is_string(column.type):
        return True
    try:
        take("", column.slice(0, 100), Context.of(table, ReadOptions.from_json({})), "number")
    except DataError:
        return False
    return True


# -------------------------------------------------------------------------------------------- pictures and series


def _values(title: str, table: RawTable, form: Form, options: ReadOptions, report: Report) -> Brought:
    """A table in which every row is a picture or a series, or whose only column is one series."""
    columns = list(table.columns)
    if form.kind == "series" and len(columns) == 1 and form.n_columns > 1 and table.n_rows == form.n_columns:
        report.say("The one column is taken as one series.")
        x, filled = with_missing_filled(_numbers([columns[0]], table, options).reshape(1, -1), form, report)
        return Brought(x, filled=filled)
    places = _matched(table.names, form)
    if not all(place >= 0 for place in places):
        by_place = _without_label(table, form)
        if by_place is None:
            n_found = sum(place >= 0 for place in places)
            found = f", of which {n_found:,} are called as the data set's" if n_found else ""
            what = "a pixel" if form.kind == "images" else "a point in time"
            raise DataError(
                f"{title} has {_columns(len(columns))}{found}, but {form.title} has {form.n_columns:,}, each {what}: "
                "bring rows with all of them."
            )
        places = by_place
    left = [name for place, name in enumerate(table.names) if place not in places]
    if left:
        report.say(f"Left aside: {named(left)}.")
    x = _numbers([columns[place] for place in places], table, options)
    if not np.isfinite(x).any():
        raise DataError(f"{title} holds no numbers in the columns of {form.title}: bring rows of numbers.")
    x, filled = with_missing_filled(x, form, report)
    if form.image_shape is None:
        return Brought(x, filled=filled)
    known = x[~filled]
    whole = bool((known == np.round(known)).all())
    x[filled] = np.clip(x[filled], known.min(), known.max())  # what is filled in says nothing of the range
    return Brought(into_range(x, form, report, whole=whole), filled=filled)


def _without_label(table: RawTable, form: Form) -> list[int] | None:
    """All columns in order but those that are named like a label; None where their number is not right."""
    n = len(table.names)
    if n == form.n_columns or not _has_names(table):
        return _by_place(table, form)
    inputs = [place for place, name in enumerate(table.names) if name.casefold() not in LABEL_NAMES | {"split"}]
    return inputs if len(inputs) == form.n_columns else None


def _numbers(columns: Sequence[pa.Array], table: RawTable, options: ReadOptions) -> Values:
    """Columns that hold the same kind of thing, read as numbers at once (n, n_columns)."""
    context = Context.of(table, options)
    if all(pa.types.is_string(column.type) for column in columns):
        together = pa.concat_arrays(list(columns))
        try:
            values = take("", together, context, "number").values
        except DataError:
            values = np.full(len(together), np.nan)
        return np.ascontiguousarray(values.reshape(len(columns), -1).T)
    return np.stack([_as_numbers(column, context) for column in columns], axis=1)


def _as_numbers(column: pa.Array, context: Context) -> Values:
    try:
        return take("", column, context, "number").values
    except DataError:
        return np.full(len(column), np.nan)


def with_missing_filled(x: NDArray[Any], form: Form, report: Report) -> tuple[Values, NDArray[np.bool_]]:
    """Rows (n, n_columns) with the training rows' mean where a value is missing, infinite, or no number; and where."""
    x = np.where(np.abs(np.nan_to_num(x, nan=np.inf, posinf=np.inf, neginf=np.inf)) <= 1e30, x, np.nan)
    missing = np.isnan(x)
    n = int(missing.sum())
    if n == x.size:
        raise DataError(f"None of the values is a number: bring rows of {form.n_columns:,} numbers.")
    if n:
        is_are = "value is missing and is" if n == 1 else "values are missing and are"
        report.say(f"{n:,} {is_are} filled with the mean of the training rows at that place.")
        x[missing] = np.broadcast_to(form.fill, x.shape)[missing]
    return x, missing


# -------------------------------------------------------------------------------------------------------- a column


class _Cells:
    """One column of the data set, on its way out of the file."""

    def __init__(
        self, column: Column, found: tuple[str, pa.Array] | None, n_rows: int, context: Context, form: Form
    ) -> None:
        self._column, self._found, self._context, self._form = column, found, context, form
        self.values: Values = np.full(n_rows, np.nan)
        self.filled: NDArray[np.bool_] = np.zeros(n_rows, dtype=bool)  # after `finish`
        self._tokens: dict[str, int] = {}  # what stood in the cells that have no value
        self._unknown: Counter[str] = Counter()  # levels that the data set has not
        self._unit = ""
        self._places = False

    @property
    def n_known(self) -> int:
        return int(np.isfinite(self.values).sum())

    def read(self, place: int) -> None:
        """Takes the cells for what the column is."""
        if self._found is None:
            return
        raw = self._found[1]
        try:
            if self._column.is_category:
                self._read_levels(raw)
            elif self._column.type == "date":
                self._read_dates(raw, place)
            else:
                self._take(raw, self._context)
        except DataError:
            self._tokens = dict(Counter(_text(raw)).most_common(3))

    def finish(self, place: int, report: Report) -> Mapped:
        """Fills in what is missing, unless the network can be told of it, and says so."""
        column = self._column
        missing = np.isnan(self.values)
        n = int(missing.sum())
        if not column.has_missing:
            self.filled = missing
            self.values[missing] = self._form.fill[place]
        if self._found is None:
            header = ""
        else:
            header = self._found[0]
            self._say(n, place, report)
        return Mapped(column.name, header, 0 if column.has_missing else n, n if column.has_missing else 0)

    def _say(self, n: int, place: int, report: Report) -> None:
        column = self._column
        if self._unknown:
            levels = named([f"'{level}'" for level in self._unknown], most=3)
            becomes = "taken as missing" if column.has_missing else "filled in"
            becomes = f"read as {OTHER}" if OTHER in column.levels else becomes
            report.say(f"{column.name}: the training rows know no {levels}, which is {becomes}.")
        if self._unit and column.unit and self._unit != column.unit:
            report.say(
                f"{column.name}: the file has {self._unit}, the data set {column.unit}; numbers stay as they are."
            )
        if self._places:
            report.say(f"{column.name}: its numbers are taken for places among its levels, from 0.")
        if not n:
            return
        cells = f"{n:,} cell" + ("" if n == 1 else "s")
        tokens = tokens_in_words(dict(sorted(self._tokens.items(), key=lambda item: -item[1])[:3]))
        said = f" ({tokens})" if tokens else ""
        if column.has_missing:
            report.say(f"{column.name}: {cells} without a value{said}; the network is told so.")
        else:
            filled = _filled(column, self._form.fill[place])
            known = "known value" if self._unknown else "value"
            report.say(f"{column.name}: {cells} without a {known}{said}, filled with {filled}.")

    def _take(self, raw: pa.Array, context: Context) -> None:
        cells = take(self._column.name, raw, context, self._column.type)
        self.values, self._tokens, self._unit = cells.values, cells.tokens, cells.unit

    def _read_dates(self, raw: pa.Array, place: int) -> None:
        """Dates; where day and month could change places, the way that lies nearer to the training rows."""
        orders = ["day first", "month first"] if self._context.options.date_order == AUTO else [AUTO]
        best = (-1, -1)
        for order in orders:
            options = self._context.options if order == AUTO else replace(self._context.options, date_order=order)
            cells = take(self._column.name, raw, replace(self._context, options=options), "date")
            values = cells.values if self._column.has_time else np.floor(cells.values / DAY) * DAY
            inside = (values >= self._form.low[place]) & (values <= self._form.high[place])
            worth = int(np.isfinite(values).sum()), int(inside.sum())
            if worth > best:
                best, self.values, self._tokens = worth, values, cells.tokens

    def _read_levels(self, raw: pa.Array) -> None:
        levels = self._column.levels
        if _are_places(raw, levels):
            self.values = _as_numbers(raw, self._context)
            self._places = True
            return
        exact = {level: float(place) for place, level in enumerate(levels)}
        folded = {level.casefold(): float(place) for place, level in enumerate(levels)}
        numbers = {number: place for level, place in exact.items() if (number := _number(level)) is not None}
        missing = set(self._context.tokens.to_pylist())
        known: dict[str, float] = {}
        for cell in set(texts := _text(raw)):
            plain = " ".join(cell.split())[:100]
            value = exact.get(cell, exact.get(plain, folded.get(plain.casefold())))
            if value is None:
                number = _number(plain)
                value = numbers.get(number) if number is not None else None
            if value is None and self._column.type == "yes/no":
                value = _yes_or_no(plain, levels)
            if value is None and plain.casefold() not in missing:
                self._unknown[plain[:40]] += 1
                value = exact.get(OTHER)
            elif value is None:
                self._tokens[plain] = 0
            known[cell] = np.nan if value is None else value
        for cell in texts if self._tokens else ():
            if " ".join(cell.split()) in self._tokens:
                self._tokens[" ".join(cell.split())] += 1
        self.values = np.array([known[cell] for cell in texts], dtype=np.float64)


def _are_places(raw: pa.Array, levels: Sequence[str]) -> bool:
    """Whether an array of numbers holds the places of levels, as `Dataset.x` does, none of which is a number."""
    if not (pa.types.is_integer(raw.type) or pa.types.is_floating(raw.type)) or any(map(_is_numeric, levels)):
        return False
    known = raw.drop_null().cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return bool(known.size) and bool(np.isin(known, np.arange(len(levels))).all())


def _is_numeric(level: str) -> bool:
    return _number(level) is not None


def _text(raw: pa.Array) -> list[str]:
    """Cells as they would stand in a file of text; "" for an empty one."""
    if pa.types.is_string(raw.type):
        return pc.fill_null(pc.utf8_trim_whitespace(raw), "").to_pylist()
    return ["" if value is None else _written(value) for value in raw.to_pylist()]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "" if value != value else f"{value:.15g}"
    return str(value)


def _number(text: str) -> float | None:
    try:
        return float(text) if len(text) < 40 else None
    except ValueError:
        return None


def _yes_or_no(text: str, levels: Sequence[str]) -> float | None:
    """Another word for one of two levels that say yes and no."""
    words = text.casefold()
    for place, level in enumerate(levels):
        for way in (YES, NO):
            if words in way and level.casefold() in way:
                return float(place)
    return None


def _say_absent(mapped: Sequence[Mapped], form: Form, report: Report) -> None:
    """Names the columns that the file has not, and what stands in for them."""
    absent = [(place, one) for place, one in enumerate(mapped) if not one.header]
    missing = [one.name for _, one in absent if one.n_missing]
    filled = [f"{one.name} ({_value(form.columns[place], form.fill[place])})" for place, one in absent if one.n_filled]
    if missing:
        report.say(f"Not in the file, so missing, which the network is told: {named(missing)}.")
    if filled:
        report.say(f"Not in the file, and filled with the training rows' mean or commonest value: {named(filled)}.")


def _filled(column: Column, value: float) -> str:
    what = "the commonest value" if column.is_category else "the mean"
    return f"{what} of the training rows, {_value(column, value)}"


def _value(column: Column, value: float) -> str:
    if column.type == "number" and column.decimals is None:
        return f"{value:.4g} {column.unit}".rstrip()
    return column.with_unit(value)


def _columns(n: int) -> str:
    return "1 column" if n == 1 else f"{n:,} columns"


def _some(names: Sequence[str]) -> str:
    return named([f"'{name[:60]}'" for name in names])
