"""What the cells of one column are taken for: numbers, dates, times, categories, or whatever the visitor says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from playground.data.columns import CATEGORIES, MISSING, OTHER, Column, ColumnType, Values
from playground.data.reading.cells import MISSING_TOKENS
from playground.data.reading.found import RawTable
from playground.data.reading.options import ReadOptions
from playground.data.reading.values import Parsed, as_mask, dates, numbers, times
from playground.errors import DataError

MOST_LEVELS = 30  # a category with more of them starts out ignored; if chosen, the rarest become "(other)"
LEAST_SHARE = 0.6  # of the known cells that have to read as a number to make a column one
LEAST_SHARE_OF_DATES = 0.8
LONG_TEXT = 40  # characters on average
LARGEST = 1e30  # beyond, float32 is near its end
EXAMPLES = 4
MOST_TOKENS = 12
YES_NO = [{"yes", "no"}, {"true", "false"}, {"y", "n"}, {"t", "f"}, {"on", "off"}, {"ja", "nein"}, {"oui", "non"}]


@dataclass(frozen=True)
class Context:
    """What holds for all columns of a table: its marks, and what stands for a missing cell."""

    decimal: str
    thousands: str
    options: ReadOptions
    tokens: pa.Array
    sentinels: NDArray[np.float64]

    @classmethod
    def of(cls, table: RawTable, options: ReadOptions) -> Context:
        """The marks of this table, and what the visitor says means missing."""
        tokens, sentinels = _tokens(options), _numbers_that_mean_missing(options)
        return cls(table.decimal, table.thousands, options, tokens, sentinels)


@dataclass
class Cells:
    """A column on its way: its values as one type, and what stood in the cells that have none."""

    type: ColumnType
    values: Values
    tokens: dict[str, int]
    examples: tuple[str, ...]
    reason: str
    n_distinct: int = 0
    levels: tuple[str, ...] = ()
    has_time: bool = False
    unit: str = ""
    mean_length: float = 0.0


def take(name: str, raw: pa.Array, context: Context, wanted: str | None) -> Cells:
    """The column as the type that its cells (or the file) show, or as the type that is wanted.

    Args:
        name: of the column, for a sentence.
        raw: its cells, as `RawTable` has them.
        wanted: a type of `data.columns.TYPES`, or None.

    Raises:
        DataError: the cells do not allow the type that is wanted.
    """
    cells = _of_text(raw, context, wanted) if pa.types.is_string(raw.type) else _of_typed(raw, context)
    cells = _as_type(name, cells, wanted)
    if cells.type == "number":
        _drop_sentinels(cells, context)
    return cells


def _of_typed(raw: pa.Array, context: Context) -> Cells:
    """A column that the file itself gave a type."""
    known = raw.drop_null()
    examples = tuple(str(value) for value in known.slice(0, EXAMPLES).to_pylist())
    n_null = len(raw) - len(known)
    tokens = {"": n_null} if n_null else {}
    if pa.types.is_boolean(raw.type):
        values = np.asarray(raw.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
        return Cells("yes/no", values, tokens, examples, "true or false", 2, ("false", "true"))
    if pa.types.is_timestamp(raw.type):
        micro = raw.cast(pa.timestamp("us")).cast(pa.int64())
        values = np.floor(_floats(micro) / 1e6)
        has_time = bool(np.any(values[np.isfinite(values)] % 86_400))
        reason = "dates with a time of day" if has_time else "dates"
        return Cells("date", values, tokens, examples, reason, n_distinct_of(values), has_time=has_time)
    if pa.types.is_time(raw.type):
        values = np.floor(_floats(raw.cast(pa.time64("us")).cast(pa.int64())) / 1e6)
        return Cells("time", values, tokens, examples, "times of day", n_distinct_of(values))
    values = _floats(raw)
    return _number_cells(Parsed(values, ~np.isnan(values)), tokens, examples)


def _floats(array: pa.Array) -> Values:
    values = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.array(values, dtype=np.float64)  # a copy: it is changed below


def _number_cells(parsed: Parsed, tokens: dict[str, int], examples: tuple[str, ...], reason: str = "") -> Cells:
    """Numbers, without those that float32 cannot hold; 0 and 1 alone are yes and no."""
    values = parsed.values
    beyond = np.isinf(values) | (np.abs(np.nan_to_num(values, posinf=0, neginf=0)) > LARGEST)
    if beyond.any():
        tokens["infinite"] = int(beyond.sum())
        values[beyond] = np.nan
    n_distinct = n_distinct_of(values)
    if n_distinct == 2 and set(np.unique(values[np.isfinite(values)]).tolist()) == {0.0, 1.0}:
        return Cells("yes/no", values, tokens, examples, "0 or 1", 2, ("0", "1"))
    return Cells("number", values, tokens, examples, reason or "numbers", n_distinct, unit=parsed.unit)


def n_distinct_of(values: Values) -> int:
    """How many different values there are; for long columns of many, only that they are many."""
    known = values[np.isfinite(values)]
    if known.size > 4000:
        some = np.unique(known[:: known.size // 2000]).size
        if some > 10 * MOST_LEVELS:
            return some
    return np.unique(known).size


def _of_text(raw: pa.Array, context: Context, wanted: str | None) -> Cells:
    """A column of text as the type that its cells show, or as the type that is wanted."""
    text = pc.utf8_trim_whitespace(pc.fill_null(raw, ""))
    is_token = _is_missing(text, context)
    masked = pc.if_else(is_token, pa.scalar(None, pa.string()), text)
    known = masked.drop_null()
    tokens = _counts(text.filter(is_token))
    examples = tuple(value[:60] for value in pc.unique(known.slice(0, 200)).slice(0, EXAMPLES).to_pylist())
    if not len(known):
        return Cells("text", np.full(len(raw), np.nan), tokens, (), "no values at all")
    if wanted not in CATEGORIES:
        halve = context.options.below == "half"
        parsed = numbers(masked, context.decimal, context.thousands, halve_below=halve)
        share = parsed.share(as_mask(masked.is_valid()))
        if wanted == "number" or (wanted is None and share >= LEAST_SHARE):
            if wanted is None and _are_codes(known):
                return _category_cells(masked, tokens, examples, "code", "leading zeros or too long for a number")
            return _with_rest(_number_cells(parsed, tokens, examples, _words_for(share, "numbers")), masked, parsed)
        dated = _of_moments(masked, context, wanted)
        if dated is not None:
            parsed, kind, has_time, reason = dated
            cells = Cells(kind, parsed.values, tokens, examples, reason, n_distinct_of(parsed.values))
            cells.has_time = has_time
            return _with_rest(cells, masked, parsed)
    return _category_cells(masked, tokens, examples, None, "")


def _of_moments(masked: pa.Array, context: Context, wanted: str | None) -> tuple[Parsed, ColumnType, bool, str] | None:
    """The column as dates or as times of day, where most cells (or the visitor) say so."""
    known = as_mask(masked.is_valid())
    if wanted in (None, "time"):
        clock = times(masked)
        if wanted == "time" or clock.share(known) >= LEAST_SHARE_OF_DATES:
            return clock, "time", False, _words_for(clock.share(known), "times of day")
    if wanted in (None, "date"):
        days, has_time = dates(masked, context.options.date_order)
        if wanted == "date" or days.share(known) >= LEAST_SHARE_OF_DATES:
            what = "dates with a time of day" if has_time else "dates"
            return days, "date", has_time, ", ".join([_words_for(days.share(known), what), *days.notes])
    return None


def _words_for(share: float, what: str) -> str:
    return what if share > 0.9999 else f"{what} in {min(share, 0.999):.1%} of the cells".replace("%", " %")


def _with_rest(cells: Cells, masked: pa.Array, parsed: Parsed) -> Cells:
    """Counts what could not be read as this type among the missing cells, text by text."""
    rest = masked.filter(pa.array(as_mask(masked.is_valid()) & ~parsed.fits))
    if len(rest):
        counted = pc.value_counts(rest).to_pylist()
        common = sorted(counted, key=lambda entry: -entry["counts"])[:MOST_TOKENS]
        for entry in common:
            cells.tokens[entry["values"][:40]] = cells.tokens.get(entry["values"][:40], 0) + entry["counts"]
        others = len(rest) - sum(entry["counts"] for entry in common)
        if others:
            cells.tokens["other text"] = cells.tokens.get("other text", 0) + others
    return cells


def _is_missing(text: pa.Array, context: Context) -> pa.Array:
    """Which cells hold a sign for missing. "NA" stays text in a column of two- and three-letter codes."""
    mask = pc.is_in(pc.utf8_lower(text), value_set=context.tokens)
    if "na" not in (sample := {value.lower() for value in pc.unique(text.slice(0, 5000)).to_pylist()}):
        return mask
    others = sample - set(MISSING_TOKENS)
    if others and all(re.fullmatch(r"[a-z]{2,3}", value) for value in others):
        all_codes = pc.all(pc.or_(mask, pc.match_substring_regex(text, r"^[A-Za-z]{2,3}$")), min_count=0).as_py()
        if all_codes:
            return pc.and_(mask, pc.invert(pc.match_substring_regex(text, r"^[A-Za-z]{2,3}$")))
    return mask


def _counts(tokens: pa.Array) -> dict[str, int]:
    return {entry["values"]: entry["counts"] for entry in pc.value_counts(tokens).to_pylist()} if len(tokens) else {}


def _are_codes(known: pa.Array) -> bool:
    """Whether digits stand for names: 00734, or more of them than a number holds exactly."""
    zeros = pc.any(pc.match_substring_regex(known, r"^0\d+$"), min_count=0).as_py()
    return bool(zeros) or bool(pc.any(pc.match_substring_regex(known, r"^\d{17,}$"), min_count=0).as_py())


def _category_cells(
    masked: pa.Array, tokens: dict[str, int], examples: tuple[str, ...], kind: ColumnType | None, reason: str
) -> Cells:
    encoded = masked.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    places = encoded.indices.to_numpy(zero_copy_only=False).astype(np.float64)
    n_distinct = len(distinct)
    lengths = pc.mean(pc.utf8_length(encoded.dictionary)).as_py() or 0.0
    if kind is None:
        kind, reason = _kind_of_text(distinct, n_distinct, lengths)
    levels, values = _levels(distinct, places)
    return Cells(kind, values, tokens, examples, reason, n_distinct, levels, mean_length=lengths)


def _kind_of_text(distinct: Sequence[str], n_distinct: int, mean_length: float) -> tuple[ColumnType, str]:
    if n_distinct == 2 and {value.lower() for value in distinct} in YES_NO:
        return "yes/no", " or ".join(distinct)
    if mean_length > LONG_TEXT:
        return "text", f"long text, {mean_length:.0f} characters on average"
    if n_distinct > MOST_LEVELS:
        return "text", f"{n_distinct:,} different texts"
    return "category", f"{n_distinct:,} different {'text' if n_distinct == 1 else 'texts'}"


def _levels(distinct: Sequence[str], places: Values) -> tuple[tuple[str, ...], Values]:
    """The levels in their natural order, the rarest beyond `MOST_LEVELS` as one, and the column in their places."""
    known = places[np.isfinite(places)].astype(np.int64)
    counts = np.bincount(known, minlength=len(distinct))
    kept = list(range(len(distinct)))
    if len(distinct) > MOST_LEVELS:
        kept = np.argsort(-counts, kind="stable")[: MOST_LEVELS - 1].tolist()
    kept.sort(key=lambda place: _natural(distinct[place]))
    levels = [" ".join(distinct[place].split())[:100] or MISSING for place in kept]
    new_places = np.full(len(distinct), len(kept), dtype=np.float64)
    new_places[kept] = np.arange(len(kept))
    if len(kept) < len(distinct):
        levels.append(OTHER)
    values = np.full(places.shape, np.nan)
    there = np.isfinite(places)
    values[there] = new_places[places[there].astype(np.int64)]
    return _distinct_names(levels), values


def _distinct_names(levels: Sequence[str]) -> tuple[str, ...]:
    """Levels that differ in blanks only, or beyond 100 characters, still get names of their own."""
    names: dict[str, None] = {}
    for level in levels:
        name, again = level, 2
        while name in names:
            name, again = f"{level} ({again})", again + 1
        names[name] = None
    return tuple(names)


def _natural(text: str) -> list[tuple[int, float, str]]:
    """A key that sorts "item 2" before "item 10"."""
    parts = re.split(r"(\d{1,15})", text.lower())
    return [(0, float(part), "") if part.isdecimal() else (1, 0.0, part) for part in parts if part]


def _as_type(name: str, cells: Cells, wanted: str | None) -> Cells:
    """The column as the type that the visitor chose."""
    if wanted is None or (wanted == cells.type and np.isfinite(cells.values).any()):
        return cells
    if wanted in CATEGORIES and np.isfinite(cells.values).any():
        if not cells.levels:
            distinct, places = np.unique(cells.values[np.isfinite(cells.values)], return_inverse=True)
            whole = Column("", "number" if cells.type == "number" else cells.type, has_time=cells.has_time)
            values = np.full(cells.values.shape, np.nan)
            values[np.isfinite(cells.values)] = places
            cells.levels, cells.values = _levels([whole.words(value) for value in distinct.tolist()], values)
            cells.n_distinct = distinct.size
        if wanted == "yes/no" and len(cells.levels) != 2:
            raise DataError(f"Column '{name}' has {len(cells.levels)} different values: yes/no needs exactly two.")
        return replace(cells, type=wanted, reason=f"chosen as {wanted}")
    if wanted == "number" and cells.type == "yes/no" and set(cells.levels) <= {"0", "1", "false", "true"}:
        return replace(cells, type="number", levels=(), reason="chosen as number")
    if wanted == "number" and cells.type == "date":
        raise DataError(f"Column '{name}' holds dates: leave its type at date, or choose category.")
    raise DataError(f"Column '{name}': none of its cells reads as a {wanted}. Choose another type.")


def _drop_sentinels(cells: Cells, context: Context) -> None:
    """Numbers that the visitor said mean missing."""
    for sentinel in context.sentinels.tolist():
        there = cells.values == sentinel
        if there.any():
            cells.tokens[f"{sentinel:g}"] = cells.tokens.get(f"{sentinel:g}", 0) + int(there.sum())
            cells.values[there] = np.nan
            cells.n_distinct = n_distinct_of(cells.values)


def _tokens(options: ReadOptions) -> pa.Array:
    """What stands for missing in text, in small letters, the visitor's own among them."""
    return pa.array([*MISSING_TOKENS, *(word.lower() for word in _words(options))], pa.string())


def _numbers_that_mean_missing(options: ReadOptions) -> NDArray[np.float64]:
    found = []
    for word in _words(options):
        try:
            found.append(float(word.replace("\N{MINUS SIGN}", "-")))
        except ValueError:
            continue
    return np.array(found, dtype=np.float64)


def _words(options: ReadOptions) -> list[str]:
    return [word.strip() for word in re.split(r"[;,]", options.missing_values) if word.strip()]
