"""Colours of one lightness all around the circle of hues, for what is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray

# Oklab (B. Ottosson 2020): lightness, green-red, blue-yellow -> cube roots of the cones' answers -> linear sRGB.
LAB_TO_CONES = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
CONES_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def oklch(lightness: float, chroma: float, hue: NDArray[np.floating]) -> FloatArray:
    """sRGB colours, float32 (n, 3) from 0 to 1, of hues (n,) in degrees that look equally light and equally strong.

    What no screen can show is clipped.
    """
    turn = np.radians(hue.astype(np.float64))
    lab = np.stack([np.full_like(turn, lightness), chroma * np.cos(turn), chroma * np.sin(turn)], axis=-1)
    linear = np.clip((lab @ LAB_TO_CONES.T) ** 3 @ CONES_TO_RGB.T, 0.0, 1.0)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    return curved.astype(np.float32)
