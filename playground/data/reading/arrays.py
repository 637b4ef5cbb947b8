"""Arrays as samples: a table where they have two axes, pictures where they have three or four, labels where one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from playground.data.reading.fitting import (
    BACKGROUNDS,
    FITS,
    MOST_VALUES,
    N_PREVIEWS,
    SMALLEST_SIDE,
    Pixels,
    Size,
    coloured,
    decide_colour,
    decide_fit,
    decide_size,
    fitted,
    refuse_few,
    sampled,
    say_copies,
    scaled,
    value_range,
)
from playground.data.reading.found import Pictures, RawTable
from playground.data.reading.layout import refuse_width
from playground.data.reading.options import ReadOptions
from playground.data.reading.report import Report, named
from playground.data.reading.source import safe_name
from playground.data.reading.stored import Array, Found, Readable, arrays_in, as_words
from playground.errors import DataError

BLOCK_VALUES = 4_000_000  # turned at a time
CHANNELS = (3, 4, 1)
LABEL_NAME = re.compile(r"label|target|class|digit|(?:^|_)y(?:_|$)")
LARGEST = float(np.finfo(np.float32).max)


def read_arrays(files: Sequence[Readable], title: str, options: ReadOptions, report: Report) -> Pictures | RawTable:
    """The samples in .npy, .npz and IDX files, with the labels that lie beside them.

    Args:
        files: the arrays, each in a file of its own or together in one .npz.
        title: what the whole is called in a sentence.

    Raises:
        DataError: no array can be used, the chosen one does not exist, or it holds no samples.
    """
    found = arrays_in(files, report)
    samples = _samples(title, found, options, report)
    labels = _labels(found.arrays, samples, options, report)
    _say_unused(found, samples, labels, report)
    if len(samples.shape) <= 2:
        return _table(samples, labels, found.arrays, report)
    return _pictures(samples, labels, options, report)


# ------------------------------------------------------------------------------------------------ which arrays


def _samples(title: str, found: Found, options: ReadOptions, report: Report) -> Array:
    """The chosen array, else the largest of those with more than one axis."""
    numeric = [array for array in found.arrays if array.is_numeric and 1 <= len(array.shape) <= 4]
    several = [array for array in numeric if not array.may_be_labels] or numeric
    report.choices["array"] = [array.name for array in several]
    if options.array:
        best = _chosen(title, options.array, found, numeric)
    elif several:
        best = max(several, key=lambda array: array.size)
    else:
        raise no_samples(title, found)
    if len(found.arrays) > 1:
        report.decide("array", best.name, f"the array {best.words()}")
    return best


def no_samples(title: str, found: Found) -> DataError:
    """Why there are no samples: what is wrong with the first array, or what shapes there are."""
    if found.left:
        return next(iter(found.left.values()))
    shapes = f" ({', '.join(array.words() for array in found.arrays)})" if found.arrays else ""
    return DataError(
        f"{title} holds no array of samples{shapes}: save numbers with two axes for a table, three or four for "
        "pictures."
    )


def _chosen(title: str, name: str, found: Found, usable: Sequence[Array]) -> Array:
    for array in usable:
        if array.name == name:
            return array
    if name in found.left:
        raise found.left[name]
    offered = f": choose one of {named([array.words() for array in usable])}." if usable else "."
    raise DataError(f"{title} holds no array '{safe_name(name)}' of samples{offered}")


def _labels(arrays: Sequence[Array], samples: Array, options: ReadOptions, report: Report) -> Array | None:
    """The chosen array, else one with a value per sample, by its name where there are several."""
    fitting = [array for array in arrays if array is not samples and array.may_be_labels]
    fitting = [array for array in fitting if array.shape[0] == samples.shape[0]]
    report.choices["label_array"] = [array.name for array in fitting]
    if options.label_array:
        chosen = [array for array in fitting if array.name == options.label_array]
        if not chosen:
            raise DataError(
                f"There is no array '{safe_name(options.label_array)}' with a label for each of the "
                f"{samples.shape[0]:,} samples of '{safe_name(samples.name)}': choose another, or none."
            )
        return chosen[0]
    if not fitting or len(samples.shape) == 1:
        return None
    best = max(fitting, key=lambda array: _likeness(array, samples))
    report.decide("label_array", best.name, f"labels from {best.words()}")
    return best


def _likeness(array: Array, samples: Array) -> tuple[bool, int]:
    """How much an array's name is that of the labels of these samples: "y_train" for "x_train"."""
    name, other = array.name.lower(), samples.name.lower()
    same = [_n_equal(name, other), _n_equal(name[::-1], other[::-1])]
    return LABEL_NAME.search(name) is not None, sum(same)


def _n_equal(name: str, other: str) -> int:
    """How many characters two names begin with alike."""
    return next((place for place, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), len(name))


def _say_unused(found: Found, samples: Array, labels: Array | None, report: Report) -> None:
    columns = columns_of_one(samples, found.arrays)
    used = {array.name for array in (samples, labels, *columns) if array is not None}
    unused = [array.words() for array in found.arrays if array.name not in used]
    report.count("arrays not used", len(unused))
    if unused:
        report.say(f"Not used: {named(unused)}.")
    report.count("arrays left out", len(found.left))
    for error in found.left.values():
        report.say(f"Left out: {error}")


# ------------------------------------------------------------------------------------------------------- table


def _table(samples: Array, labels: Array | None, arrays: Sequence[Array], report: Report) -> RawTable:
    """A column per column of an array with two axes, or per array where all have but one."""
    if len(samples.shape) == 1:
        parts = [samples, *columns_of_one(samples, arrays)]
        names = [part.name for part in parts]
        columns = [column_of(part.values()) for part in parts]
        return RawTable(names, columns)
    refuse_width(samples.where, samples.shape[1])
    values = samples.values()
    names = [f"column {place + 1}" for place in range(values.shape[1])]
    columns = [column_of(values[:, place]) for place in range(values.shape[1])]
    if labels is not None:
        names.append("label")
        label_values = labels.values().reshape(-1)
        columns.append(column_of(label_values) if labels.is_numeric else pa.array(as_words(labels.where, label_values)))
    return RawTable(names, columns)


def columns_of_one(samples: Array, arrays: Sequence[Array]) -> list[Array]:
    """The other arrays of numbers that are columns beside this one, which has but one axis."""
    if len(samples.shape) != 1:
        return []
    return [array for array in arrays if array is not samples and array.shape == samples.shape and array.is_numeric]


def column_of(values: NDArray[Any]) -> pa.Array:
    """One column in this machine's order of bytes, in a type that Arrow computes with; not-a-number is missing."""
    if values.dtype.kind == "f":
        return pa.array(values.astype(np.float32 if values.dtype.itemsize <= 4 else np.float64), from_pandas=True)
    return pa.array(np.ascontiguousarray(values, values.dtype.newbyteorder("=")))


# ---------------------------------------------------------------------------------------------------- pictures


def _pictures(samples: Array, labels: Array | None, options: ReadOptions, report: Report) -> Pictures:
    values = _channels_last(samples)
    n_found, height, width, channels = values.shape
    if min(height, width) < SMALLEST_SIDE:
        raise DataError(
            f"{samples.where} would be {n_found:,} pictures of {width}×{height} pixels: at least {SMALLEST_SIDE} "
            "along each side are needed. Save a table as an array with two axes."
        )
    refuse_few(samples.where, n_found)
    size = decide_size([(width, height)], options, report)
    fit = decide_fit([(width, height)], size, channels == 4, options, report)
    most = max(1, MOST_VALUES // (size[0] * size[1] * min(channels, 3)))
    rows = sampled(n_found, most, options, report)
    low, high = _extremes(samples, values, rows)
    limits = value_range(low, high, whole=values.dtype.kind != "f")
    report.count("pictures read", len(rows))
    report.say(f"{len(rows):,} pictures read; {limits[0]:,g} is black, {limits[1]:,g} is white.")
    pixels, previews = _all(values, rows, size, fit, limits, options, report)
    say_copies(pixels, report)
    words = None if labels is None else _words(labels, rows, report)
    return Pictures(pixels, limits, words, "label", previews)


def _channels_last(samples: Array) -> NDArray[Any]:
    """The values as (n, height, width, channels).

    Raises:
        DataError: no axis can be that of the colours.
    """
    values = samples.values()
    if values.ndim == 3:
        return values[..., None]
    if values.shape[3] in CHANNELS:
        return values
    if values.shape[1] in CHANNELS:
        return np.moveaxis(values, 1, 3)
    raise DataError(
        f"{samples.where} has a shape of {'×'.join(map(str, values.shape))}, where pictures have 1, 3 or 4 colours on "
        "the second or the last axis: save one array with three axes for grey pictures."
    )


def _words(labels: Array, rows: NDArray[np.int64], report: Report) -> NDArray[np.str_] | None:
    try:
        return np.array(as_words(labels.where, labels.values().reshape(-1)[rows]), dtype=str)
    except DataError as error:
        report.say(f"No labels: {error}")
        return None


def _blocks(values: NDArray[Any], rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The rows in blocks, small enough to be turned at once."""
    per_row = int(np.prod(values.shape[1:]))
    return np.array_split(rows, max(1, min(len(rows), len(rows) * per_row // BLOCK_VALUES)))


def _extremes(samples: Array, values: NDArray[Any], rows: NDArray[np.int64]) -> tuple[float, float]:
    """The lowest and the highest value of these pictures.

    Raises:
        DataError: some are missing or infinite, or become so in single precision.
    """
    low, high, n_bad = np.inf, -np.inf, 0
    for block in _blocks(values, rows):
        with np.errstate(all="ignore"):
            part = values[block].astype(np.float64)
            n_bad += int((~(np.abs(part) <= LARGEST)).sum())  # not-a-number is not below anything either
            low, high = min(low, float(part.min())), max(high, float(part.max()))
    if n_bad:
        raise DataError(
            f"{samples.where} holds {n_bad:,} {'value' if n_bad == 1 else 'values'} missing, infinite or beyond "
            "single precision: fill them in or leave those pictures out."
        )
    return float(np.float32(low)), float(np.float32(high))


def _all(
    values: NDArray[Any],
    rows: NDArray[np.int64],
    size: Size,
    fit: str,
    limits: tuple[float, float],
    options: ReadOptions,
    report: Report,
) -> tuple[Pixels, dict[str, NDArray[np.uint8]]]:
    """The pictures of these rows (n, height, width[, 3]) in this size, and how the first look in every fit."""
    share = BACKGROUNDS[options.background] / 255
    margin = limits[0] + share * (limits[1] - limits[0])
    if values.shape[3] == 4 or fit == "pad":
        report.decide("background", options.background, f"on {options.background}")
    small = values.dtype.kind == "b" or values.dtype == np.uint8
    dtype, channels = np.uint8 if small else np.float32, min(values.shape[3], 3)
    pixels = np.empty((len(rows), size[1], size[0], channels), dtype)
    done = 0
    for block in _blocks(values, rows):
        part = sized(opaque(values[block], limits, share), size, fit, margin)
        pixels[done : done + len(block)] = np.round(part) if small else part
        done += len(block)
    pixels = pixels[..., 0] if channels == 1 else pixels
    colour = decide_colour(pixels, options, report)
    if not fit:
        return coloured(pixels, colour), {}
    first = opaque(values[rows[:N_PREVIEWS]], limits, share)
    previews = {name: scaled(sized(first, size, name, margin), *limits) for name in FITS}
    shown = {name: coloured(p[..., 0] if channels == 1 else p, colour) for name, p in previews.items()}
    return coloured(pixels, colour), shown


def opaque(values: NDArray[Any], limits: tuple[float, float], share: float) -> NDArray[np.float32]:
    """Pictures (n, height, width, channels) as float32, with a fourth channel laid over the background."""
    part = values.astype(np.float32)
    if part.shape[3] != 4:
        return part
    low, high = limits
    cover = (part[..., 3:] - low) / (high - low)
    return part[..., :3] * cover + (low + share * (high - low)) * (1 - cover)


def sized(part: NDArray[np.float32], size: Size, fit: str, margin: float) -> NDArray[np.float32]:
    """Pictures (n, height, width, channels) in this size."""
    if part.shape[1:3] == size[::-1]:
        return part
    result = np.empty((len(part), size[1], size[0], part.shape[3]), np.float32)
    for place, picture in enumerate(part):
        for channel in range(part.shape[3]):
            image = Image.fromarray(np.ascontiguousarray(picture[..., channel]))
            result[place, ..., channel] = np.asarray(fitted(image, size, fit, margin))
    return result
