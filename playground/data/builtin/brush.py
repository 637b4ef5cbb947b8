"""Drawing many small pictures at once: signed distances to shapes (I. Quilez, "2D distance functions"), and paint.

A picture's coordinates are pixels from its upper left corner, x to the right and y down; the middle of the first pixel
is at (0.5, 0.5). A distance is negative inside a shape. All arrays are float32; parameters are (n,), one per picture,
and come in as (n, 1, 1) where they meet pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray

ELLIPSE_RATIO = 0.6  # minor to major axis
# A square of diagonal 1 standing on its corner at (0, 0), with half discs on its upper sides.
HEART_AREA = 1 / 2 + math.pi / 8
HEART_CENTRE = (1 / 4 + math.pi / 8 * (3 / 4 + 1 / (3 * math.pi))) / HEART_AREA  # its centre of mass, above the corner
AT_ONCE = 128  # pictures; their intermediate results then stay in the processor's cache

Point = tuple[float, NDArray[np.floating[Any]]]  # u, the same in every picture, and v


class Plane(NamedTuple):
    """Coordinates (n, height, width) of all pixels' middles, seen from a shape: u to its right, v down along it."""

    u: FloatArray
    v: FloatArray


def plane(side: int, x: FloatArray, y: FloatArray, rotation: FloatArray) -> Plane:
    """The pixels of square pictures as seen from places (x, y), turned counter-clockwise by `rotation` degrees."""
    middles = np.arange(side, dtype=np.float32) + np.float32(0.5)
    dx, dy = middles - pixels(x), middles[:, None] - pixels(y)
    turn = np.radians(rotation)
    cosine, sine = pixels(np.cos(turn)), pixels(np.sin(turn))
    return Plane(cosine * dx - sine * dy, sine * dx + cosine * dy)


def pixels(parameter: NDArray[Any]) -> NDArray[Any]:
    """One number per picture (n,) as it meets that picture's pixels, (n, 1, 1)."""
    return parameter[:, None, None]


def square(at: Plane, size: FloatArray) -> FloatArray:
    """Distance to a square of area size² px²."""
    across, down = np.abs(at.u) - size / 2, np.abs(at.v) - size / 2
    return np.hypot(np.maximum(across, 0), np.maximum(down, 0)) + np.minimum(np.maximum(across, down), 0)


def ellipse(at: Plane, width: FloatArray | float, height: FloatArray | float) -> FloatArray:
    """Distance, right to first order at the border, to an ellipse with these semi-axes."""
    across, down = at.u / width, at.v / height
    reach = np.sqrt(across**2 + down**2)  # 1 on the border
    slope = np.sqrt((across / width) ** 2 + (down / height) ** 2)
    tiny = np.float32(1e-9)  # in the very middle, where reach and slope are 0
    return (reach - 1) * (reach + tiny) / (slope + tiny / np.minimum(width, height))


def long_ellipse(at: Plane, size: FloatArray) -> FloatArray:
    """Distance to an ellipse of area size² px², longer to the right than down."""
    major = size / np.float32(math.sqrt(math.pi * ELLIPSE_RATIO))
    return ellipse(at, major, major * np.float32(ELLIPSE_RATIO))


def heart(at: Plane, size: FloatArray) -> FloatArray:
    """Distance to a heart of area size² px², with its centre of mass in the middle."""
    unit = size / np.float32(math.sqrt(HEART_AREA))
    across, up = np.abs(at.u) / unit, np.float32(HEART_CENTRE) - at.v / unit
    lobe = np.hypot(across - 0.25, up - 0.75) - np.float32(math.sqrt(2) / 4)
    foot = np.maximum(across + up, 0) / 2  # of the perpendicular on the side of the square
    side = np.minimum(across**2 + (up - 1) ** 2, (across - foot) ** 2 + (up - foot) ** 2)
    return unit * np.where(across + up > 1, lobe, np.sqrt(side) * np.sign(across - up))


def disc(at: Plane, radius: float) -> FloatArray:
    """Distance to a disc."""
    return np.hypot(at.u, at.v) - np.float32(radius)


def stroke(at: Plane, start: Point, stop: Point, width: float) -> FloatArray:
    """Distance to a straight line of that width with round ends, between two points (u, v)."""
    along_u, along_v = stop[0] - start[0], stop[1] - start[1]
    from_u, from_v = at.u - start[0], at.v - start[1]
    share = np.clip((from_u * along_u + from_v * along_v) / (along_u**2 + along_v**2), 0, 1)
    return np.hypot(from_u - share * along_u, from_v - share * along_v) - np.float32(width / 2)


def bow(at: Plane, bend: FloatArray, half_length: float, width: float) -> FloatArray:
    """Distance, right to first order, to a bow of that width with round ends: `bend` px deep, its ends on v = 0."""
    inside = np.clip(at.u, -half_length, half_length)
    height = at.v - bend * (1 - (inside / half_length) ** 2)
    slope = -2 * bend * inside / np.float32(half_length**2)
    beside = np.abs(height) / np.sqrt(1 + slope**2)
    beyond = np.hypot(at.u - inside, height)
    return np.where(np.abs(at.u) > half_length, beyond, beside) - np.float32(width / 2)


def cover(distance: FloatArray) -> FloatArray:
    """How much of each pixel a shape covers, 0 to 1: the border runs over one pixel, which anti-aliases it."""
    return np.clip(np.float32(0.5) - distance, 0, 1)


def paint(canvas: FloatArray, colour: FloatArray, covered: FloatArray) -> None:
    """Lays a colour (n, 3) or (3,) over pictures (n, height, width, 3), where and as far as they are `covered`."""
    if colour.ndim == 2:
        colour = colour[:, None, None, :]
    canvas += covered[..., None] * (colour - canvas)


def drawn(draw: Callable[..., FloatArray], *parameters: NDArray[Any]) -> FloatArray:
    """All pictures that `draw` makes of parameters (n, …), a few at a time, (n, n_features)."""
    parts = [draw(*(parameter[part] for parameter in parameters)) for part in _parts(len(parameters[0]))]
    return np.concatenate([part.reshape(len(part), -1) for part in parts])


def _parts(n: int) -> Iterator[slice]:
    return (slice(start, start + AT_ONCE) for start in range(0, n, AT_ONCE))
