"""Arrays as JSON that a browser reads without conversion: shapes and little-endian bytes in base64."""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
Payload = dict[str, Any]

FARTHEST = 10.0  # widths of the bulk: what lies further out is off every picture anyway
ENOUGH = 1000  # values that say where the bulk lies
MISSING = -32768  # the whole number that stands for "no number"
STEPS = 65000  # that an int16 tells apart, with room for MISSING


def pack(values: NDArray[Any]) -> Payload:
    """The array as JSON: its shape and little-endian bytes in base64 (float32, int16 or uint8)."""
    array = _narrow(np.asarray(values))
    return {
        "type": array.dtype.str[1:],
        "shape": list(array.shape),
        "base64": base64.b64encode(array.tobytes()).decode("ascii"),
    }


def pack_scaled(values: FloatArray) -> Payload:
    """Numbers to be drawn (n, columns), as int16 steps of each column's range: half the bytes of float32.

    A step is about a 3,000th of the bulk's width at most, less than a pixel. What lies more than ten widths outside the
    bulk is moved to there; what is no number stays none.
    """
    x = np.asarray(values, dtype=np.float64)
    known = np.isfinite(x)
    low, high = _ends(x, known)
    step = np.where(high > low, (high - low) / STEPS, 1.0)
    levels = np.rint((np.clip(x, low, high) - low) / step) - STEPS // 2
    levels = np.where(known, levels, MISSING)
    return pack(levels.astype("<i2")) | {"low": (low + step * (STEPS // 2)).tolist(), "step": step.tolist()}


def _ends(x: FloatArray, known: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Per column, the lowest and the highest value that is told apart."""
    low, high = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for place in range(x.shape[1]):
        column = x[known[:, place], place]
        if not len(column):
            continue
        some = np.sort(column[:: 1 + len(column) // ENOUGH])
        inner = some[[len(some) // 100, len(some) - 1 - len(some) // 100]]
        room = FARTHEST * (inner[1] - inner[0]) or math.inf
        low[place] = max(column.min(), inner[0] - room)
        high[place] = min(column.max(), inner[1] + room)
    return low, high


def pack_pictures(pictures: NDArray[np.uint8]) -> Payload:
    """Pictures (n, height, width[, channels]) like `pack`, deflated: digits shrink to a quarter of their size."""
    array = np.ascontiguousarray(pictures)
    squeezed = zlib.compress(array.tobytes(), level=1)  # level 1: 3.9 MB in some 30 ms, the others win little
    return {"type": "u1", "shape": list(array.shape), "deflated": base64.b64encode(squeezed).decode("ascii")}


def number(value: float | None) -> float | None:
    """The value as JSON can hold it: None for missing, infinite and not-a-number."""
    return None if value is None or not math.isfinite(value) else float(value)


def given(**values: Any) -> Payload:
    """Only what was given: no key at all for None."""
    return {name: value for name, value in values.items() if value is not None}


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
