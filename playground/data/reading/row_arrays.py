"""New rows out of arrays (.npy, .npz, IDX), by their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.reading.arrays import CHANNELS, LARGEST, column_of, columns_of_one, no_samples, opaque, sized
from playground.data.reading.fitting import BACKGROUNDS, MOST_VALUES, SMALLEST_SIDE, coloured, decide_fit
from playground.data.reading.form import Form
from playground.data.reading.found import RawTable
from playground.data.reading.matching import matched
from playground.data.reading.options import ReadOptions
from playground.data.reading.read import Readable
from playground.data.reading.report import Report, named
from playground.data.reading.row_range import from_range, guessed_range, into_range, say_range
from playground.data.reading.row_tables import MOST_ROWS, brought_table, with_missing_filled
from playground.data.reading.rows import Brought
from playground.data.reading.source import safe_name
from playground.data.reading.stored import Array, Found, arrays_in
from playground.errors import DataError


def rows_of_arrays(title: str, parts: Sequence[Readable], form: Form, options: ReadOptions, report: Report) -> Brought:
    """The rows in the array whose shape fits, the largest of several; pictures of another size are resized.

    Raises:
        DataError: no array can be used, or none fits.
    """
    found = arrays_in(parts, report)
    usable = [array for array in found.arrays if array.is_numeric and 1 <= len(array.shape) <= 4]
    if not usable:
        raise no_samples(title, found)
    if options.array:
        usable = [array for array in usable if array.name == options.array]
        if not usable:
            raise DataError(f"{title} holds no array '{safe_name(options.array)}' of numbers.")
    fitting = [array for array in usable if _n_rows(array.shape, form) is not None]
    table = _named_columns(usable, form)
    if table is not None and not fitting:
        return brought_table(title, table, form, options, report)
    pictures = [array for array in usable if form.image_shape is not None and _picture_axes(array.shape) is not None]
    if not fitting and not pictures:
        raise _refusal(title, usable, form)
    best = max(fitting or pictures, key=lambda array: array.size)
    _say_unused(found, best, report)
    if not fitting:
        return Brought(_resized(best, form, options, report))
    return _as_they_are(title, best, form, options, report)


def _n_rows(shape: tuple[int, ...], form: Form) -> int | None:
    """How many rows an array of this shape holds; None where it does not fit."""
    one: set[tuple[int, ...]] = {(form.n_columns,)}
    if form.image_shape is not None:
        wide, high = form.size
        channels = form.n_channels
        one |= {(high, wide, channels), (channels, high, wide)}
        if channels == 1:
            one.add((high, wide))
    if shape[1:] in one:
        return shape[0]
    return 1 if shape in one else None


def _picture_axes(shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape (n, height, width, channels) that an array of pictures of any size has; None where it is none.

    Of three axes, the last is that of the colours where it has 3 or 4 places, else the first goes through pictures.
    """
    if len(shape) == 2:
        axes: tuple[int, ...] = (1, *shape, 1)
    elif len(shape) == 3:
        axes = (1, *shape) if shape[2] in (3, 4) else (*shape, 1)
    elif len(shape) == 4:
        if shape[3] in CHANNELS:
            axes = shape
        elif shape[1] in CHANNELS:
            axes = (shape[0], shape[2], shape[3], shape[1])
        else:
            return None
    else:
        return None
    return axes if min(axes[1:3]) >= SMALLEST_SIDE else None


def _as_they_are(title: str, array: Array, form: Form, options: ReadOptions, report: Report) -> Brought:
    values = array.values()
    n = _n_rows(array.shape, form) or 0
    if form.image_shape is not None and array.shape[-3:] == (form.n_channels, *form.size[::-1]) and form.n_channels > 1:
        values = np.moveaxis(values, -3, -1)
    most = min(MOST_ROWS, max(1, MOST_VALUES // form.n_columns))
    if n > most:
        report.say(f"The first {most:,} of {n:,} rows are used: there is no room for all.")
    flat = values.reshape(n, form.n_columns)[:most]
    if form.image_shape is None and form.kind != "series":
        columns = [column_of(flat[:, place]) for place in range(form.n_columns)]
        table = RawTable([f"column {place + 1}" for place in range(form.n_columns)], columns)
        return brought_table(title, table, form, options, report)
    if form.image_shape is not None:
        return Brought(into_range(_finite(array, flat), form, report, whole=flat.dtype.kind != "f"))
    x, filled = with_missing_filled(flat.astype(np.float64), form, report)
    return Brought(x, filled=filled)


def _resized(array: Array, form: Form, options: ReadOptions, report: Report) -> NDArray[np.float32]:
    """Pictures of another size, fitted as files are."""
    values = array.values()
    axes = _picture_axes(array.shape) or ()
    if len(array.shape) == 4 and array.shape[3] not in CHANNELS:
        values = np.moveaxis(values, 1, 3)
    values = values.reshape(axes)[: max(1, MOST_VALUES // max(form.n_columns, int(np.prod(axes[1:]))))]
    _finite(array, values)
    have = (axes[2], axes[1])
    decided = Report()
    fit = decide_fit([have], form.size, axes[3] == 4, options, decided)
    how = "".join(f", {decision.words}" for decision in decided.decisions)
    report.say(f"{have[0]}×{have[1]} pixels are brought to the data set's {form.size[0]}×{form.size[1]}{how}.")
    whole = values.dtype.kind != "f"
    limits = guessed_range(float(values.min()), float(values.max()), form, whole=whole)
    share = BACKGROUNDS[options.background] / 255
    part = sized(opaque(values, limits, share), form.size, fit, limits[0] + share * (limits[1] - limits[0]))
    grey = part[..., 0] if part.shape[3] == 1 else part
    if form.n_channels == 1 and grey.ndim == 4:
        report.say("Colours become grey, as the data set is.")
    pixels = coloured(grey, "grey" if form.n_channels == 1 else "colour")
    say_range(limits, form, report)
    return from_range(pixels.reshape(len(pixels), -1), limits, form)


def _finite(array: Array, values: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(all="ignore"):
        n_bad = int((~(np.abs(values.astype(np.float64)) <= LARGEST)).sum())
    if n_bad:
        raise DataError(
            f"{array.where} holds {n_bad:,} {'value' if n_bad == 1 else 'values'} missing, infinite or beyond single "
            "precision: fill them in or leave those pictures out."
        )
    return values


def _named_columns(arrays: Sequence[Array], form: Form) -> RawTable | None:
    """Arrays of one axis as columns, where their names are those of the data set's columns."""
    flat = [array for array in arrays if len(array.shape) == 1]
    if not flat:
        return None
    same = [flat[0], *columns_of_one(flat[0], arrays)]
    names = [array.name for array in same]
    if not any(place >= 0 for place in matched(names, form.names, form.originals, [c.unit for c in form.columns])):
        return None
    return RawTable(names, [column_of(array.values()[:MOST_ROWS]) for array in same])


def _say_unused(found: Found, used: Array, report: Report) -> None:
    others = [array.words() for array in found.arrays if array is not used]
    if others:
        report.say(f"Read: {used.words()}. Not used: {named(others)}.")
    for error in found.left.values():
        report.say(f"Left out: {error}")


def _refusal(title: str, arrays: Sequence[Array], form: Form) -> DataError:
    have = named([array.words() for array in arrays])
    if form.image_shape is not None:
        wide, high = form.size
        want = f"pictures of {wide}×{high} pixels: bring an array of pictures (n×height×width)"
    else:
        want = f"rows of {form.n_columns:,} {'values' if form.kind == 'series' else 'columns'}: bring an array of n×"
        want += f"{form.n_columns:,}"
    return DataError(f"{title} holds {have}, but {form.title} has {want}.")
