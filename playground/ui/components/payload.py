"""What the components are given, as JSON: arrays packed, shapes checked. Free of Streamlit, so that it tests alone."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.figures import palette

FloatArray = NDArray[np.floating[Any]]
Payload = dict[str, Any]

HISTORY_KEYS = ("epoch", "train", "val")
N_SAMPLES = 8  # the tiles of the film


@dataclass(frozen=True)
class Frame:
    """One epoch of the film.

    Attributes:
        epoch: the epoch it was taken after; 0 is the untrained model.
        z: codes of the same held-out rows at every epoch (k, latent_dim).
        x_hat: reconstructions of the film's samples (n_samples, n_features), in scaled units.
    """

    epoch: int
    z: FloatArray
    x_hat: FloatArray


@dataclass(frozen=True)
class Samples:
    """The held-out samples that the film reconstructs, at most eight.

    Attributes:
        x: originals (n_samples, n_features), in scaled units.
        image_shape: (height, width) or (height, width, channels) of one sample, None when it is no image.
        feature_names: one name per feature; may be empty for images.
        low: the value drawn black, for images.
        high: the value drawn white, for images.
    """

    x: FloatArray
    image_shape: tuple[int, ...] | None
    feature_names: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Colour:
    """What the points of a map are coloured by.

    Attributes:
        name: the label's or the feature's name, the legend's heading.
        values: one number per point (n,); with `levels`, the level's index, negative for "no label".
        levels: names of the classes, None for a continuous scale.
    """

    name: str
    values: NDArray[Any]
    levels: tuple[str, ...] | None


@dataclass(frozen=True)
class Mark:
    """An extra point with its name, such as the one a slider stands for; `y` is None on a strip."""

    x: float
    y: float | None
    label: str


def pack(values: NDArray[Any]) -> Payload:
    """The array as JSON: its shape and little-endian bytes in base64 (float32, int16 or uint8)."""
    array = _narrow(np.asarray(values))
    return {
        "type": array.dtype.str[1:],
        "shape": list(array.shape),
        "base64": base64.b64encode(array.tobytes()).decode("ascii"),
    }


def pack_pictures(pictures: NDArray[np.uint8]) -> Payload:
    """Pictures (n, height, width[, channels]) like `pack`, deflated: digits shrink to a quarter of their size."""
    array = np.ascontiguousarray(pictures)
    squeezed = zlib.compress(array.tobytes(), level=1)  # level 1: 3.9 MB in some 30 ms, the others win little
    return {"type": "u1", "shape": list(array.shape), "deflated": base64.b64encode(squeezed).decode("ascii")}


def film_payload(
    *,
    run: str,
    latent_dim: int,
    epochs: int,
    alive: bool,
    history: Mapping[str, Sequence[float]],
    pca: float | None,
    mean: float | None,
    unit: str,
    samples: Samples,
    frames: Sequence[Frame],
    colour: Colour | None,
    best_epoch: int | None,
    autoplay: bool = False,
) -> Payload:
    """The film's data; see `playground.ui.components.film` for the meaning.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    _check_samples(samples)
    _check_frames(frames, samples, latent_dim)
    # int() and bool(): one numpy number in the data, and Streamlit sends its `str` instead, without a word.
    data: Payload = {
        "run": run,
        "latent_dim": int(latent_dim),
        "epochs": int(epochs),
        "alive": bool(alive),
        "autoplay": bool(autoplay),
        "unit": unit,
        "history": _history(history),
        "samples": _samples(samples),
        "frames": [_frame(frame, samples) for frame in frames],
        "palette": _palette(),
    }
    if colour is not None:
        data["colour"] = _colour(colour, len(frames[0].z) if frames else None)
    data |= _given(pca=_number(pca), mean=_number(mean), best_epoch=None if best_epoch is None else int(best_epoch))
    return data


def map_payload(
    *,
    x: FloatArray,
    y: FloatArray | None,
    x_label: str,
    y_label: str,
    colour: Colour | None = None,
    pictures: NDArray[np.uint8] | None = None,
    rows: Sequence[str] | None = None,
    selected: int | None = None,
    marks: Sequence[Mark] = (),
    height: int = 420,
) -> Payload:
    """The code map's data; see `playground.ui.components.code_map` for the meaning.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    n = _n_points(x, y)
    if rows is not None and len(rows) != n:
        raise ValueError(f"rows has {len(rows)} texts for {n} points.")
    if selected is not None and not 0 <= selected < n:
        raise ValueError(f"selected is {selected}, but the points are numbered 0 to {n - 1}.")
    data: Payload = {"x": pack(x), "x_label": x_label, "y_label": y_label}
    data |= {"height": int(height), "palette": _palette()}
    if y is not None:
        data["y"] = pack(y)
    if colour is not None:
        data["colour"] = _colour(colour, n)
    if pictures is not None:
        _check_pictures(pictures, n)
        data["pictures"] = pack_pictures(pictures)
    if marks:
        data["marks"] = [_given(x=float(mark.x), y=_number(mark.y), label=mark.label) for mark in marks]
    data |= _given(rows=None if rows is None else list(rows), selected=None if selected is None else int(selected))
    return data


def clicked_point(value: object, n: int) -> int | None:
    """The index the browser sent, or None for anything that is not the number of one of the n points."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < n:
        return value
    return None


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """The array in the smallest of the three types JavaScript reads without conversion (int64 would be BigInt)."""
    if array.dtype == np.uint8:
        return array
    if np.issubdtype(array.dtype, np.integer):
        if array.size and (array.max() > np.iinfo(np.int16).max or array.min() < np.iinfo(np.int16).min):
            raise ValueError("Whole numbers are packed as int16; pack larger ones as floats.")
        return array.astype("<i2")
    with np.errstate(over="ignore"):  # beyond float32 means infinite, which the browser leaves out
        return array.astype("<f4")


def _number(value: float | None) -> float | None:
    """The value as JSON can hold it: None for missing, infinite and not-a-number."""
    return None if value is None or not math.isfinite(value) else float(value)


def _given(**values: Any) -> Payload:
    """Only what was given: no key at all for None."""
    return {name: value for name, value in values.items() if value is not None}


def _palette() -> Payload:
    return {
        "autoencoder": palette.ENCODER,
        "reconstruction": palette.DECODER,
        "pca": palette.PCA,
        "mean": palette.MEAN,
        "code": palette.BOTTLENECK,
        "classes": list(palette.CLASSES),
        "sequential": list(palette.SEQUENTIAL),
    }


def _history(history: Mapping[str, Sequence[float]]) -> Payload:
    missing = [key for key in HISTORY_KEYS if key not in history]
    if missing:
        raise ValueError(f"history needs {', '.join(HISTORY_KEYS)}; missing: {', '.join(missing)}.")
    lengths = {key: len(history[key]) for key in HISTORY_KEYS}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"history's lists differ in length: {lengths}.")
    return {
        "epoch": [int(epoch) for epoch in history["epoch"]],
        "train": [_number(value) for value in history["train"]],
        "val": [_number(value) for value in history["val"]],
    }


def _check_samples(samples: Samples) -> None:
    if samples.x.ndim != 2 or not 1 <= len(samples.x) <= N_SAMPLES:
        raise ValueError(f"samples.x has shape {samples.x.shape}; it needs 1 to {N_SAMPLES} rows of features.")
    n_features = samples.x.shape[1]
    if samples.feature_names and len(samples.feature_names) != n_features:
        raise ValueError(f"samples has {len(samples.feature_names)} feature names for {n_features} features.")
    shape = samples.image_shape
    if shape is None:
        return
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3)):
        raise ValueError(f"image_shape {shape} is neither (height, width) nor (height, width, 1 or 3).")
    if math.prod(shape) != n_features:
        raise ValueError(f"image_shape {shape} does not hold {n_features} features.")
    if not samples.low < samples.high:
        raise ValueError(f"samples.low ({samples.low}) must lie below samples.high ({samples.high}).")


def _check_frames(frames: Sequence[Frame], samples: Samples, latent_dim: int) -> None:
    for frame in frames:
        if frame.z.ndim != 2 or frame.z.shape[1] != latent_dim:
            raise ValueError(f"Frame {frame.epoch}: z has shape {frame.z.shape}, it needs {latent_dim} columns.")
        if len(frame.z) != len(frames[0].z):
            raise ValueError(f"Frame {frame.epoch}: {len(frame.z)} codes, the first frame has {len(frames[0].z)}.")
        if frame.x_hat.shape != samples.x.shape:
            raise ValueError(f"Frame {frame.epoch}: x_hat has shape {frame.x_hat.shape}, samples {samples.x.shape}.")


def _samples(samples: Samples) -> Payload:
    data: Payload = {"x": _drawable(samples.x, samples), "feature_names": list(samples.feature_names)}
    return data | _given(image_shape=None if samples.image_shape is None else list(samples.image_shape))


def _frame(frame: Frame, samples: Samples) -> Payload:
    # Only the two units on show travel: k codes of a 64-unit bottleneck would be 32 times the bytes.
    return {"epoch": int(frame.epoch), "z": pack(frame.z[:, :2]), "x_hat": _drawable(frame.x_hat, samples)}


def _drawable(x: FloatArray, samples: Samples) -> Payload:
    """Rows as they will be drawn: 8-bit levels for images (a quarter of the bytes), numbers otherwise."""
    if samples.image_shape is None:
        return pack(x)
    share = (np.asarray(x, dtype=np.float64) - samples.low) / (samples.high - samples.low)
    levels = np.clip(np.nan_to_num(share), 0.0, 1.0) * 255.0
    return pack(np.rint(levels).astype(np.uint8))


def _colour(colour: Colour, n: int | None) -> Payload:
    values = np.asarray(colour.values)
    if values.ndim != 1 or (n is not None and len(values) != n):
        raise ValueError(f"colour '{colour.name}' has shape {values.shape} for {n} points.")
    if colour.levels is None:
        return {"name": colour.name, "values": pack(values.astype(np.float64))}
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"colour '{colour.name}' has levels, so its values must be whole numbers, not {values.dtype}.")
    if values.size and values.max() >= len(colour.levels):
        raise ValueError(f"colour '{colour.name}' has a value of {values.max()} but only {len(colour.levels)} levels.")
    codes = np.maximum(values.astype(np.int64), -1)
    return {"name": colour.name, "levels": list(colour.levels), "codes": pack(codes)}


def _n_points(x: FloatArray, y: FloatArray | None) -> int:
    if x.ndim != 1:
        raise ValueError(f"x has shape {x.shape}; a map needs one number per point.")
    if y is not None and y.shape != x.shape:
        raise ValueError(f"y has shape {y.shape}, x has {x.shape}.")
    return len(x)


def _check_pictures(pictures: NDArray[np.uint8], n: int) -> None:
    if pictures.dtype != np.uint8:
        raise ValueError(f"pictures must be uint8, not {pictures.dtype}.")
    if pictures.ndim not in (3, 4) or (pictures.ndim == 4 and pictures.shape[3] != 3):
        raise ValueError(f"pictures has shape {pictures.shape}; it needs (n, height, width) or (n, height, width, 3).")
    if len(pictures) != n:
        raise ValueError(f"pictures holds {len(pictures)} for {n} points.")
