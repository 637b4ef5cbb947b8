"""Faces drawn from six known numbers."""

from __future__ import annotations

import numpy as np

from playground.data.builtin import brush
from playground.data.builtin.colour import oklch
from playground.data.builtin.registry import Made, builtin
from playground.data.dataset import FloatArray

MOODS = ("sad", "calm", "happy")
PAPER, INK = np.ones(3, np.float32), np.array([0.0, 0.03, 0.12], np.float32)


@builtin(
    "Smileys",
    "images",
    size=(4000, 32, 32, 3),
    label_name="mouth",
    intrinsic_dim=6,
    first_latent_dim=6,
    lesson="Faces made of six numbers: walk along one unit of the code and see whether the smile changes alone.",
    licence="Drawn by the playground; MIT.",
)
def smileys(seed: int) -> Made:
    rng = np.random.default_rng(seed)
    low, high = (-1, 0, -1, -1, 0, -20), (1, 1, 1, 1, 360, 20)
    smile, eyes, brow, gaze, hue, tilt = rng.uniform(low, high, (4000, 6)).astype(np.float32).T.copy()
    factors = {"smile": smile, "eyes": eyes, "brow": brow, "gaze": gaze, "hue": hue, "tilt": tilt}
    return {
        "x": brush.drawn(draw_smileys, *factors.values()),
        "value_range": (0.0, 1.0),
        "labels": np.array(MOODS)[np.digitize(smile, (-1 / 3, 1 / 3))],
        "factors": factors,
    }


def draw_smileys(
    smile: FloatArray, eyes: FloatArray, brow: FloatArray, gaze: FloatArray, hue: FloatArray, tilt: FloatArray
) -> FloatArray:
    """Faces (n, 32, 32, 3) on white.

    Args:
        smile: -1 sad to 1 happy.
        eyes: 0 nearly closed to 1 wide open.
        brow: -1 cross to 1 worried.
        gaze: -1 to the left to 1 to the right.
        hue: of the face, degrees.
        tilt: of the head, degrees counter-clockwise.
    """
    middle = np.full_like(smile, 16)
    at = brush.plane(32, middle, middle, tilt)
    smile, eyes, brow, gaze = map(brush.pixels, (smile, eyes, brow, gaze))
    canvas = np.ones((len(hue), 32, 32, 3), np.float32)
    face = brush.disc(at, 14.5)
    brush.paint(canvas, oklch(0.62, 0.13, hue), brush.cover(face))
    brush.paint(canvas, oklch(0.85, 0.13, hue), brush.cover(face + 1.2))
    beside = np.abs(at.u)
    eye = brush.Plane(beside - 5, at.v + 2.5)
    white = brush.ellipse(eye, 3.4, 1.4 + 2.2 * eyes)
    brush.paint(canvas, PAPER, brush.cover(white))
    pupil = brush.disc(brush.Plane(at.u - np.copysign(np.float32(5), at.u) - 1.6 * gaze, eye.v), 1.7)
    brush.paint(canvas, INK, brush.cover(np.maximum(pupil, white)))
    inner, outer = (2.6, -8.6 - 1.5 * brow), (7.4, -8.6 + 1.5 * brow)
    brush.paint(canvas, INK, brush.cover(brush.stroke(brush.Plane(beside, at.v), inner, outer, 1.5)))
    mouth = brush.Plane(at.u, at.v - 7.5 + 2 * smile)
    brush.paint(canvas, INK, brush.cover(brush.bow(mouth, 4 * smile, 6.5, 1.8)))
    return canvas
