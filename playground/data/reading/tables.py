"""A profiled table as a `Dataset`: which rows and columns reach the model, every other one counted and said."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.columns import CYCLES, MISSING, Values, width_of
from playground.data.dataset import LEAST_SAMPLES, Colouring
from playground.data.reading.cells import PERHAPS_MISSING
from playground.data.reading.found import Pictures, RawTable
from playground.data.reading.options import AUTO, ReadOptions
from playground.data.reading.profile import LABEL_NAMES, Profiled, profile
from playground.data.reading.report import Offer, Report, named
from playground.errors import DataError

MOST_ROWS = 200_000
MOST_COLUMNS = 2_000  # inputs
MOST_CELLS = 50_000_000
FEW_MISSING = 0.05  # share of rows that may be dropped without asking
WARN_BELOW = 50
MOST_REASONS = 12  # ignored columns named in a sentence; the table of columns has them all
SENTINELS = (-1, -9, -99, -999, -9999, -200, 99, 999, 9999, 99999)
FAR = 3.0  # interquartile ranges from the rest
OFTEN = 0.01  # share of cells
SMALLEST_PICTURE = 4

Mask = NDArray[np.bool_]


def table_arguments(title: str, table: RawTable, options: ReadOptions, report: Report) -> dict[str, Any] | Pictures:
    """What makes a `Dataset` of a table: its arguments, or pictures where the visitor says that rows are pictures.

    The report gets the columns with their reasons, the offers and all counts, whether or not this succeeds.

    Raises:
        DataError: no column is left to learn from, or too few rows are.
    """
    if table.n_rows < LEAST_SAMPLES:
        raise DataError(_too_few(title, table.n_rows))
    found, problems = profile(table, options)
    report.columns = [one.report for one in found]
    report.count("rows read", table.n_rows)
    _say_chosen(found, options, report)
    if problems:
        raise problems[0]
    pixels = _pixel_columns(found)
    if pixels is not None and options.as_images == "no":
        side = _picture_shape(len(pixels))
        words = f"The {len(pixels):,} pixel columns look like pictures of {side[0]}×{side[1]}: read them as pictures?"
        report.offers.append(Offer(words, {"as_images": "yes"}))
    if options.as_images == "yes":
        return _pictures(title, found, pixels, report)
    _say_roles(found, report)
    _offer_sentinels(found, options, report)
    _offer_words(found, options, report)
    return _arguments(title, found, options, report)


def _arguments(title: str, found: list[Profiled], options: ReadOptions, report: Report) -> dict[str, Any]:
    inputs = [one for one in found if one.report.role == "input"]
    if not inputs:
        mend = "Give at least one the role 'input'."
        if options.separator != AUTO and len(found) == 1:
            mend = f"Only one column was found with the separator '{options.separator}': choose another."
        raise DataError(f"{title} has no column to learn from: all are colour or ignored. {mend}")
    inputs = _fewer_columns(inputs, options, report)
    inputs, keep = _without_missing_rows(title, inputs, options, report)
    report.columns = _updated(report.columns, inputs)
    rows = _sampled(np.flatnonzero(keep), len(inputs), options, report)
    x = np.stack([one.values[rows] for one in inputs], axis=1)
    columns = tuple(
        replace(one.column(), has_missing=bool(np.isnan(x[:, place]).any())) for place, one in enumerate(inputs)
    )
    n_missing = int(np.isnan(x).sum())
    report.count("cells missing in the inputs", n_missing)
    report.count("rows used", len(rows))
    if len(rows) < WARN_BELOW:
        report.say(f"Only {len(rows)} rows: whatever is learnt from so few is uncertain.")
    if len(columns) > len(rows):
        report.say(f"{len(columns):,} columns, {len(rows):,} rows: the network can memorise every row.")
    plain = all(column.type == "number" for column in columns) and not n_missing
    labels, label_name, factors = _colours(found, rows)
    return {
        "x": x,
        "feature_names": tuple(column.name for column in columns),
        "columns": columns,
        "units": tuple(column.unit for column in columns),
        "kind": ("points" if len(columns) in (2, 3) else "vectors") if plain else "table",
        "labels": labels,
        "label_name": label_name,
        "factors": factors,
        "first_latent_dim": 2 if width_of(columns) > 2 else 1,
    }


# ------------------------------------------------------------------------------------------- rows and columns


def _without_missing_rows(
    title: str, inputs: list[Profiled], options: ReadOptions, report: Report
) -> tuple[list[Profiled], Mask]:
    """The inputs with what becomes of their missing cells, and the rows that stay."""
    n_rows = inputs[0].values.size
    missing = [np.isnan(one.values) for one in inputs]
    undecided = [mask for one, mask in zip(inputs, missing, strict=True) if not one.report.on_missing]
    concerned = np.logical_or.reduce(undecided) if undecided else np.zeros(n_rows, bool)
    default = options.missing
    if default == AUTO:
        default = "drop" if concerned.sum() < FEW_MISSING * n_rows else "impute"
    decided = [
        replace(one, report=replace(one.report, on_missing=(one.report.on_missing or default) if mask.any() else ""))
        for one, mask in zip(inputs, missing, strict=True)
    ]
    keep = np.ones(n_rows, bool)
    for one, mask in zip(decided, missing, strict=True):
        if one.report.on_missing == "drop":
            keep &= ~mask
    share = 100 * concerned.mean()
    rule = "" if options.missing != AUTO or not concerned.any() else f", since {share:.3g} % of the rows are concerned"
    _say_missing(decided, missing, keep, rule, report)
    if keep.sum() < LEAST_SAMPLES:
        raise DataError(
            f"{_too_few(title, int(keep.sum()), ' without a missing cell').removesuffix('.')}: impute the missing ones "
            "instead."
        )
    return decided, keep


def _too_few(title: str, n_rows: int, which: str = "") -> str:
    rows = {0: "no rows", 1: "only 1 row"}.get(n_rows, f"only {n_rows:,} rows")
    return f"{title} has {rows}{which}, and an autoencoder needs at least {LEAST_SAMPLES}."


def _say_missing(inputs: Sequence[Profiled], missing: Sequence[Mask], keep: Mask, rule: str, report: Report) -> None:
    n_dropped = int((~keep).sum())
    dropping = [one.report.name for one in inputs if one.report.on_missing == "drop"]
    filling = [
        (one.report.name, int((mask & keep).sum()))
        for one, mask in zip(inputs, missing, strict=True)
        if one.report.on_missing == "impute" and (mask & keep).any()
    ]
    if n_dropped:
        report.count("rows with missing cells left out", n_dropped)
        rows = "row" if n_dropped == 1 else "rows"
        report.say(f"Left out: {n_dropped:,} {rows} with missing cells in {named(dropping)}{rule}.")
    if filling:
        n_cells = sum(n for _, n in filling)
        report.count("cells imputed", n_cells)
        cells = "cell is" if n_cells == 1 else "cells are"
        report.say(
            f"{n_cells:,} missing {cells} filled with the mean of the column and flagged for the network, and count "
            f"in no error: {named([f'{name} ({n:,})' for name, n in filling])}{rule}."
        )


def _sampled(rows: NDArray[np.int64], n_columns: int, options: ReadOptions, report: Report) -> NDArray[np.int64]:
    most = min(MOST_ROWS, max(MOST_CELLS // n_columns, LEAST_SAMPLES))
    if len(rows) <= most:
        return rows
    rng = np.random.default_rng(options.sample_seed)
    report.count("rows not sampled", len(rows) - most)
    report.decide("sample_seed", str(options.sample_seed), f"a random sample of {most:,} of {len(rows):,} rows")
    return np.sort(rng.choice(rows, most, replace=False))


def _fewer_columns(inputs: list[Profiled], options: ReadOptions, report: Report) -> list[Profiled]:
    if len(inputs) <= MOST_COLUMNS:
        return inputs
    rng = np.random.default_rng(options.sample_seed)
    places = np.sort(rng.choice(len(inputs), MOST_COLUMNS, replace=False))
    report.count("columns not sampled", len(inputs) - MOST_COLUMNS)
    report.say(
        f"A random sample of {MOST_COLUMNS:,} of the {len(inputs):,} input columns is used (seed "
        f"{options.sample_seed}): ignore some to choose for yourself."
    )
    return [inputs[place] for place in places.tolist()]


def _updated(reports: list[Any], inputs: Sequence[Profiled]) -> list[Any]:
    by_name = {one.report.original: one.report for one in inputs}
    return [by_name.get(report.original, report) for report in reports]


def _say_chosen(found: Sequence[Profiled], options: ReadOptions, report: Report) -> None:
    """Says what the visitor made of the columns apart from their roles, and what was said of none."""
    known = {one.report.original for one in found}
    nobody = [name for name, choices in options.columns.items() if choices and name not in known]
    if nobody:
        report.say(f"There is no column {named([repr(name) for name in nobody])}: what was said of it is ignored.")
    changed = []
    for original, choices in options.columns.items():
        told = [f"{choice} {value}" for choice, value in choices.items() if choice != "role"]
        if told and original in known:
            changed.append(f"{original} ({', '.join(told)})")
    if changed:
        report.say(f"Your choice: {named(changed, most=MOST_REASONS)}.")


def _say_roles(found: Sequence[Profiled], report: Report) -> None:
    names = [one.report.name for one in found if one.report.role == "input"]
    doubles = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if doubles:
        raise DataError(f"Two input columns are called '{doubles[0]}': give one of them another name.")
    coloured = [one.report.name for one in found if one.report.role == "colour"]
    if coloured:
        report.say(f"{named(coloured)} {'colours' if len(coloured) == 1 else 'colour'} the samples and is no input.")
    by_reason: dict[str, list[str]] = {}
    for one in found:
        if one.report.role == "ignore":
            by_reason.setdefault(one.report.reason, []).append(one.report.name)
    if by_reason:
        report.count("columns ignored", sum(map(len, by_reason.values())))
        parts = [f"{named(names, most=MOST_REASONS)} ({reason})" for reason, names in by_reason.items()]
        report.say(f"Ignored: {'; '.join(parts[:MOST_REASONS])}.")


def _colours(found: Sequence[Profiled], rows: NDArray[np.int64]) -> tuple[Colouring | None, str, dict[str, Colouring]]:
    """The first class-like colour column as labels, the others as factors."""
    labels: Colouring | None = None
    label_name = "label"
    factors: dict[str, Colouring] = {}
    for one in found:
        if one.report.role != "colour":
            continue
        column = _as_colour(one, one.values[rows])
        if labels is None and column.dtype.kind == "U":
            labels, label_name = column, one.report.name
        else:
            factors[one.report.name] = column
    return labels, label_name, factors


def _as_colour(one: Profiled, values: Values) -> Colouring:
    """Levels as text, few whole numbers as classes, other numbers (and dates) on a scale."""
    known = values[np.isfinite(values)]
    if one.levels:
        names = np.array([*one.levels, MISSING])
        return names[np.where(np.isfinite(values), np.nan_to_num(values), len(one.levels)).astype(np.int64)]
    whole = one.report.type == "number" and known.size and bool(np.all(known == np.round(known)))
    if whole and np.unique(known).size <= 30:
        return np.array([MISSING if math.isnan(value) else f"{value:.0f}" for value in values.tolist()])
    if one.report.type == "date":
        values = 1970 + values / CYCLES["year"]  # a year with its fraction reads better on a scale than seconds
    return values.astype(np.float32)


# ------------------------------------------------------------------------------------------- offers


def _offer_sentinels(found: Sequence[Profiled], options: ReadOptions, report: Report) -> None:
    """Offers to read a number as missing that stands far from the others and comes often, such as -200."""
    cells: dict[int, dict[str, int]] = {}
    for one in found:
        if one.report.type == "number" and one.report.role == "input":
            for value in _suspicious(one.values):
                cells.setdefault(value, {})[one.report.name] = int((one.values == value).sum())
    for value, columns in sorted(cells.items()):
        _offer_missing(str(value), columns, options, report)


def _offer_words(found: Sequence[Profiled], options: ReadOptions, report: Report) -> None:
    """Offers to read a level as missing that says so in words, such as "unknown"."""
    cells: dict[str, dict[str, int]] = {}
    for one in found:
        for place, level in enumerate(one.levels if one.report.role != "ignore" else ()):
            if level.lower() in PERHAPS_MISSING:
                cells.setdefault(level, {})[one.report.name] = int((one.values == place).sum())
    for level, columns in sorted(cells.items()):
        _offer_missing(level, columns, options, report)


def _offer_missing(value: str, columns: Mapping[str, int], options: ReadOptions, report: Report) -> None:
    n_cells = sum(columns.values())
    where = f"{n_cells:,} {'cell' if n_cells == 1 else 'cells'} in {named(list(columns))}"
    shown = value.replace("-", "\N{MINUS SIGN}") if value.lstrip("-").isdecimal() else f"'{value}'"
    more = "; ".join(filter(None, [options.missing_values, value]))
    report.offers.append(Offer(f"Treat {shown} as missing? ({where})", {"missing_values": more}))


def _suspicious(values: Values) -> list[int]:
    known = values[np.isfinite(values)]
    if known.size < LEAST_SAMPLES:
        return []
    ends = {float(known.min()), float(known.max())}
    found = []
    for value in SENTINELS:
        if value not in ends:
            continue
        rest = known[known != value]
        if not rest.size or known.size - rest.size < OFTEN * known.size:
            continue
        low, high = np.quantile(rest, [0.25, 0.75])
        reach = FAR * (high - low)
        if value < low - reach or value > high + reach:
            found.append(value)
    return found


# ------------------------------------------------------------------------------------------- rows that are pictures


def _pixel_columns(found: Sequence[Profiled]) -> list[Profiled] | None:
    """The columns that are the pixels of one picture per row, or None: h² or 3h² of them, 0 to 255, the rest labels."""
    whole = [one for one in found if _is_pixel(one)]
    named_so = [one for one in whole if re.fullmatch(r"pixel.*|px.*|p\d+|\d+x\d+", one.report.original, re.IGNORECASE)]
    unlabelled = [one for one in whole if one.report.original.lower() not in LABEL_NAMES]
    for some in (named_so, unlabelled, unlabelled[1:], unlabelled[:-1], whole):
        if len(found) - len(some) <= 3 and _is_square(len(some)):
            return list(some)
    return None


def _is_pixel(one: Profiled) -> bool:
    if one.report.type not in ("number", "yes/no") or one.report.n_missing:
        return False
    low, high = float(one.values.min()), float(one.values.max())
    return low >= 0 and high <= 255 and bool(np.all(one.values == np.round(one.values)))


def _is_square(n: int) -> bool:
    return n >= SMALLEST_PICTURE**2 and (math.isqrt(n) ** 2 == n or (n % 3 == 0 and math.isqrt(n // 3) ** 2 == n // 3))


def _picture_shape(n: int) -> tuple[int, ...]:
    side = math.isqrt(n)
    return (side, side) if side * side == n else (math.isqrt(n // 3), math.isqrt(n // 3), 3)


def _pictures(title: str, found: Sequence[Profiled], pixels: Sequence[Profiled] | None, report: Report) -> Pictures:
    if pixels is None:
        raise DataError(
            f"{title}: its rows are no pictures. For pictures of h×h pixels every row needs h² columns (3h² in "
            "colour) of whole numbers from 0 to 255 and no missing cells, and a label column at most."
        )
    shape = _picture_shape(len(pixels))
    x = np.stack([one.values for one in pixels], axis=1).astype(np.float32)
    highest = float(x.max())
    report.decide("as_images", "yes", f"every row as a picture of {shape[0]}×{shape[1]}")
    report.count("rows used", len(x))
    labelled = [one for one in found if one not in pixels and one.report.role != "ignore"]
    named_so = [one for one in labelled if one.report.original.lower() in LABEL_NAMES]
    label = next(iter(named_so or labelled), None)
    column = None if label is None else _as_colour(label, label.values)
    labels = None if column is None or column.dtype.kind != "U" else column.astype(np.str_)
    report.columns = [
        replace(one.report, role="input" if one in pixels else "colour" if one is label else "ignore") for one in found
    ]
    limit = 255.0 if highest > 16 else 16.0 if highest > 1 else 1.0
    return Pictures(
        x.reshape(len(x), *shape),
        (0.0, limit),
        labels,
        label.report.name if label is not None and labels is not None else "label",
    )
