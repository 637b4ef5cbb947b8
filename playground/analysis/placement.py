"""How training pictures lie on their ground, so that a drawing can be put before a network as these were.

Digits such as MNIST's were scaled to one size and centred by their mass (LeCun and others 1998, section III A); a
drawing in a corner would be nothing like them. What was done to the training rows is measured from them, not assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.data.dataset import OwnArray

MOST_ROWS = 2000
FAINT = 0.1  # of the range: what differs less from the ground is ground
EVEN = 0.6  # share of the edge's pixels that must be ground
NEAR = 0.06  # of the picture's size: how little the centres may vary to count as centred


@dataclass(frozen=True)
class Placement:
    """How the training pictures lie on their ground.

    Attributes:
        ground: the level around them, one per channel, in own units.
        ink: the level farthest from it, the mean over pictures.
        side: the mean of the longer side of the box around what is drawn, in pixels.
        centre: mean row and column of the centre of mass, in pixels from the upper left corner.
        spread: standard deviation of both about that, in pixels.
        is_centred: whether the ground is even and the centres vary so little that a drawing should be placed alike.
    """

    ground: tuple[float, ...]
    ink: tuple[float, ...]
    side: float
    centre: tuple[float, float]
    spread: tuple[float, float]
    is_centred: bool


def placement(x: OwnArray, grid: tuple[int, ...], low: float, high: float) -> Placement:
    """Measures it on training rows, at most 2,000 of them, evenly picked.

    Args:
        x: in own units (n, n_features).
        grid: (height, width, channels).
        low, high: black and white.
    """
    pictures = x[:: 1 + len(x) // MOST_ROWS].reshape(-1, *grid).astype(np.float64)
    edge = np.concatenate([pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]], axis=1)
    ground = np.median(edge, axis=(0, 1))
    away = np.abs(pictures - ground).sum(axis=3) / (grid[2] * (high - low))  # (n, height, width), 0 to 1
    flat = away.reshape(len(away), -1)
    strongest = pictures.reshape(len(pictures), -1, grid[2])[np.arange(len(flat)), flat.argmax(axis=1)]
    is_even = float(np.mean(np.abs(edge - ground).sum(axis=2) <= FAINT * grid[2] * (high - low))) >= EVEN
    sides, centres = _measured(np.where(away > FAINT, away, 0.0))
    if not len(sides):
        middle = (grid[0] / 2, grid[1] / 2)
        return Placement(_floats(ground), _floats(ground), float(max(grid[:2])), middle, (0.0, 0.0), False)
    spread = centres.std(axis=0)
    is_centred = is_even and bool((spread <= NEAR * np.array(grid[:2])).all())
    mean = centres.mean(axis=0)
    return Placement(
        _floats(ground),
        _floats(strongest.mean(axis=0)),
        float(sides.mean()),
        (float(mean[0]), float(mean[1])),
        (float(spread[0]), float(spread[1])),
        is_centred,
    )


def _measured(ink: OwnArray) -> tuple[OwnArray, OwnArray]:
    """Longer side (k,) and centre of mass (k, 2) of the pictures with any ink, of (n, height, width)."""
    ink = ink[ink.any(axis=(1, 2))]
    height, width = ink.shape[1:]
    drawn = ink > 0
    rows, columns = np.asarray(drawn.any(axis=2)), np.asarray(drawn.any(axis=1))  # (n, height), (n, width)
    tall = height - rows[:, ::-1].argmax(axis=1) - rows.argmax(axis=1)
    wide = width - columns[:, ::-1].argmax(axis=1) - columns.argmax(axis=1)
    mass = ink.sum(axis=(1, 2))
    down = (ink.sum(axis=2) * (np.arange(height) + 0.5)).sum(axis=1) / mass
    across = (ink.sum(axis=1) * (np.arange(width) + 0.5)).sum(axis=1) / mass
    return np.maximum(tall, wide).astype(np.float64), np.stack([down, across], axis=1)


def _floats(values: OwnArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
