"""White and coloured shapes of which size, angle and place are known."""

from __future__ import annotations

import numpy as np

from playground.data.builtin import brush
from playground.data.builtin.colour import oklch
from playground.data.builtin.registry import Made, builtin
from playground.data.dataset import FloatArray, IntArray

SHAPES = ("ellipse", "heart", "square")
LICENCE = "Drawn by the playground in the manner of dSprites (L. Matthey and others, 2017); MIT."


@builtin(
    "Shapes",
    "images",
    size=(5000, 32, 32),
    label_name="shape",
    intrinsic_dim=4,
    first_latent_dim=5,
    lesson="Every image is one of three shapes with its size, its angle and its place: look whether a unit of the code "
    "has found one of them.",
    licence=LICENCE,
)
def shapes(seed: int) -> Made:
    kind, size, rotation, x, y = _where_shapes_are(np.random.default_rng(seed), 5000)
    return {
        "x": brush.drawn(draw_shapes, kind, size, rotation, x, y),
        "value_range": (0.0, 1.0),
        "labels": np.array(SHAPES)[kind],
        "factors": {"size": size, "rotation": rotation, "x": x, "y": y},
    }


@builtin(
    "Shapes in colour",
    "images",
    size=(5000, 32, 32, 3),
    label_name="shape",
    intrinsic_dim=5,
    first_latent_dim=6,
    lesson="The hue comes in: it changes more pixels than the angle does, and a code is spent on what changes most.",
    licence=LICENCE,
)
def shapes_colour(seed: int) -> Made:
    rng = np.random.default_rng(seed)
    kind, size, rotation, x, y = _where_shapes_are(rng, 5000)
    hue = rng.uniform(0, 360, 5000).astype(np.float32)
    return {
        "x": brush.drawn(draw_shapes_in_colour, kind, size, rotation, x, y, hue),
        "value_range": (0.0, 1.0),
        "labels": np.array(SHAPES)[kind],
        "factors": {"hue": hue, "size": size, "rotation": rotation, "x": x, "y": y},
    }


def _where_shapes_are(
    rng: np.random.Generator, n: int
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Shape, size and rotation, x and y, (n,) each; all of a shape is in the picture.

    A square looks the same after a quarter turn: the rotation stays below it, so that a picture tells its own.
    """
    kind = rng.integers(0, 3, n)
    size, rotation, x, y = rng.uniform((7, -45, 9.5, 9.5), (12, 45, 22.5, 22.5), (n, 4)).astype(np.float32).T.copy()
    return kind, size, rotation, x, y


def draw_shapes(kind: IntArray, size: FloatArray, rotation: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """White shapes on black, (n, 32, 32).

    Args:
        kind: place in `SHAPES`.
        size: px, the square root of the area.
        rotation: degrees, counter-clockwise.
        x, y: px from the left and from above, of the centre of mass.
    """
    at, size = brush.plane(32, x, y, rotation), brush.pixels(size)
    distances = [brush.long_ellipse(at, size), brush.heart(at, size), brush.square(at, size)]
    return brush.cover(np.choose(brush.pixels(kind), distances))


def draw_shapes_in_colour(
    kind: IntArray, size: FloatArray, rotation: FloatArray, x: FloatArray, y: FloatArray, hue: FloatArray
) -> FloatArray:
    """The same (n, 32, 32, 3) in a colour on black, of that hue in degrees."""
    return draw_shapes(kind, size, rotation, x, y)[..., None] * oklch(0.8, 0.16, hue)[:, None, None, :]
