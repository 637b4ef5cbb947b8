"""New pixels on the scale of a data set's own: which numbers in a file are black and white."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.reading.fitting import value_range
from playground.data.reading.form import Form
from playground.data.reading.report import Report

BYTES = (0.0, 255.0)
NEAR = 1e-6  # of the range


def from_range(pixels: NDArray[Any], limits: tuple[float, float], form: Form) -> NDArray[np.float32]:
    """Values whose black and white are known, on the scale of the data set."""
    (low, high), (own_low, own_high) = limits, form.limits
    if limits == form.limits:
        return pixels.astype(np.float32)
    scale = (own_high - own_low) / (high - low)
    return (own_low + (pixels.astype(np.float64) - low) * scale).astype(np.float32)


def into_range(pixels: NDArray[Any], form: Form, report: Report, *, whole: bool) -> NDArray[np.float32]:
    """Values of an array or a table on the scale of the data set: their own where they fit it, else the likeliest.

    Args:
        pixels: finite.
        whole: whether they are whole numbers.
    """
    limits = guessed_range(float(pixels.min()), float(pixels.max()), form, whole=whole)
    say_range(limits, form, report)
    return from_range(pixels, limits, form)


def say_range(limits: tuple[float, float], form: Form, report: Report) -> None:
    """Says what black and white are in a file where that is not what they are in the data set."""
    if limits != form.limits:
        report.say(
            f"Values from {limits[0]:,g} (black) to {limits[1]:,g} (white) are brought to the data set's, "
            f"{form.limits[0]:,g} to {form.limits[1]:,g}."
        )


def guessed_range(lowest: float, highest: float, form: Form, *, whole: bool) -> tuple[float, float]:
    """What black and white are in a file whose values go from lowest to highest."""
    low, high = form.limits
    slack = NEAR * (high - low)
    inside = low - slack <= lowest and highest <= high + slack
    is_share = not whole and lowest >= 0 and highest <= 1 and high > 1.5  # of 16 or 255 hardly anything is below 1
    if inside and not is_share:
        return form.limits
    if whole and lowest >= 0 and highest <= BYTES[1]:
        return BYTES
    return value_range(lowest, highest, whole=whole)
