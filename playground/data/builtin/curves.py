"""Curves through three random points, in the manner of Hinton and Salakhutdinov (2006)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from playground.data.builtin import brush
from playground.data.builtin.registry import Made, builtin
from playground.data.dataset import FloatArray

SIDE = 28  # px
WIDTH = 3.0  # px, of a curve
MARGIN = 4.5  # px, which the points keep from the border: a parabola passes them by an eighth, and has some width
MIDDLES = np.arange(SIDE, dtype=np.float32) + np.float32(0.5)  # of the pixels, from the left or from above
PIXELS = np.stack(np.meshgrid(MIDDLES, MIDDLES))[:, None]  # x and y of all pixels (2, 1, 28, 28)
TIMES = np.linspace(0, 1, 33, dtype=np.float32)


@builtin(
    "Curves",
    "images",
    size=(5000, 28, 28),
    intrinsic_dim=6,
    first_latent_dim=6,
    lesson="Six numbers draw each curve, so six units could hold it all: PCA's six stay far from that, a deep "
    "network's come much nearer.",
    licence="Drawn by the playground after G. E. Hinton and R. R. Salakhutdinov (2006), Science 313: 504–507; MIT.",
)
def curves(seed: int) -> Made:
    points = in_order(np.random.default_rng(seed).uniform(MARGIN, SIDE - MARGIN, (5000, 3, 2)).astype(np.float32))
    names = ("x1", "y1", "x2", "y2", "x3", "y3")
    return {
        "x": brush.drawn(draw_curves, points),
        "value_range": (0.0, 1.0),
        "factors": dict(zip(names, points.reshape(-1, 6).T.copy(), strict=True)),
    }


def in_order(points: FloatArray) -> FloatArray:
    """Three points each (n, 3, 2) in the order in which a curve runs: the shortest way, from its left end.

    A curve is then gentle, and has only one set of numbers: from the other end it would look the same.
    """
    sides = np.linalg.norm(points[:, [1, 2, 0]] - points[:, [2, 0, 1]], axis=-1)  # opposite to each point
    second = sides.argmax(axis=1)
    one, other = (np.take_along_axis(points, ((second + k) % 3)[:, None, None], axis=1) for k in (1, 2))
    is_left = one[..., :1] < other[..., :1]
    middle = np.take_along_axis(points, second[:, None, None], axis=1)
    return np.concatenate([np.where(is_left, one, other), middle, np.where(is_left, other, one)], axis=1)


def draw_curves(points: FloatArray) -> FloatArray:
    """White parabolas on black (n, 28, 28) through three points each, points (n, 3, 2) in px: x right, y down."""
    parabolas = Parabolas.through(points)
    x, y = parabolas.places(TIMES)[:, :, 0]  # (n, 33) each
    across = np.square(MIDDLES[:, None] - x[:, None])  # (n, 28, 33)
    down = np.square(MIDDLES[:, None] - y[:, None])
    near = TIMES[(down[:, :, None] + across[:, None]).argmin(axis=-1)]  # (n, 28, 28)
    return brush.cover(parabolas.distances(near) - np.float32(WIDTH / 2))


class Parabolas(NamedTuple):
    """A curve per picture: its place at a time from 0 to 1 is start + time · slope + time² · bend.

    The three are (2, n, 1, 1): x and y of every picture.
    """

    start: FloatArray
    slope: FloatArray
    bend: FloatArray

    @classmethod
    def through(cls, points: FloatArray) -> Parabolas:
        """Through three points each (n, 3, 2), the second of them half-way in time."""
        first, second, third = points.transpose(1, 2, 0)  # (2, n) each
        bend = 2 * (first + third) - 4 * second
        return cls(*(part[:, :, None, None] for part in (first, third - first - bend, bend)))

    def places(self, times: FloatArray) -> FloatArray:
        """x and y (2, n, …) at the same times for all pictures (k,), or at other times in each (n, 28, 28)."""
        return self.start + times * (self.slope + times * self.bend)

    def distances(self, near: FloatArray) -> FloatArray:
        """From every pixel to its curve (n, 28, 28), in px, given times near that of the nearest place (n, 28, 28).

        Newton's steps lead to the time at which the way from the pixel stands square on the curve.
        """
        times = near
        for _ in range(3):
            gap, speed = self.places(times) - PIXELS, self.slope + 2 * times * self.bend
            rise = np.square(speed).sum(axis=0) + 2 * (gap * self.bend).sum(axis=0)
            step = (gap * speed).sum(axis=0) / np.maximum(rise, np.float32(1e-3))
            times = np.clip(times - np.clip(step, -TIMES[1], TIMES[1]), 0, 1)
        return np.hypot(*(self.places(times) - PIXELS))
