"""The samples in a film as a GIF: originals and what the network makes of them, as pictures, curves, bars or points."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.figures import palette
from playground.figures.gif_canvas import FINER, GRID, PALE_INK, Axis, Canvas, FloatArray, Place, bulk, length
from playground.figures.pictures import to_uint8

MOST_SAMPLES = 8
WIDTH, EDGE = 760, 18  # px of the whole picture, and of its margin
TILE, TILE_GAP = 84, 7  # px of a picture


def samples_of(x: FloatArray, kind: str, image_shape: tuple[int, ...] | None, low: float, high: float) -> SampleRows:
    if image_shape is not None:
        return _Pictures(x, image_shape, low, high)
    if kind == "points" and x.shape[1] <= 3:
        return _Planes(x)
    return _Profiles(x, as_lines=kind == "series")


class SampleRows:
    """Originals and reconstructions; `height` in px with their names."""

    height: float = 0.0

    def draw_still(self, canvas: Canvas, top: float) -> None:
        raise NotImplementedError

    def draw(self, canvas: Canvas, top: float, x_hat: FloatArray) -> None:
        raise NotImplementedError


class _Pictures(SampleRows):
    """Originals above their reconstructions."""

    height = 2 * TILE + 46

    def __init__(self, x: FloatArray, shape: tuple[int, ...], low: float, high: float) -> None:
        self.x, self.low, self.high = x, low, high
        self.shape = shape[:2] if shape[2:] == (1,) else shape

    def draw_still(self, canvas: Canvas, top: float) -> None:
        canvas.text(EDGE, top + 12, "original", PALE_INK, 12)
        self._row(canvas, top + 18, self.x, palette.MEAN)
        canvas.text(EDGE, top + TILE + 36, "reconstruction", palette.DECODER, 12, strong=True)

    def draw(self, canvas: Canvas, top: float, x_hat: FloatArray) -> None:
        self._row(canvas, top + TILE + 42, x_hat, palette.DECODER)

    def _row(self, canvas: Canvas, top: float, rows: FloatArray, rim: str) -> None:
        step = (WIDTH - 2 * EDGE + TILE_GAP) / MOST_SAMPLES
        for i, row in enumerate(to_uint8(rows, self.low, self.high)):
            image = Image.fromarray(row.reshape(self.shape))
            size = _fitted(image.size, TILE * FINER)
            enlarged = size[0] >= image.width
            image = image.resize(size, Image.Resampling.NEAREST if enlarged else Image.Resampling.BOX)
            left = round((EDGE + i * step) * FINER)
            canvas.image.paste(image, (left, round(top * FINER)))
            x0, y0 = left / FINER - 1.5, top - 1.5
            canvas.frame(x0, y0, x0 + size[0] / FINER + 2.5, y0 + size[1] / FINER + 2.5, rim, 2)


class _Profiles(SampleRows):
    """Features side by side, in two rows of four: the original grey, the reconstruction a green line over it."""

    TALL, GAP = 74, 10
    height = 2 * TALL + GAP + 30

    def __init__(self, x: FloatArray, as_lines: bool) -> None:
        self.x, self.as_lines = x, as_lines
        low, high = bulk([x])
        room = 0.15 * (high - low)
        self.limits = low - room, high + room

    def draw_still(self, canvas: Canvas, top: float) -> None:
        canvas.text(EDGE, top + 12, "original", PALE_INK, 12)
        canvas.text(EDGE + length("original", 12) + 14, top + 12, "reconstruction", palette.DECODER, 12, strong=True)
        for i, row in enumerate(self.x):
            x0, y0, x1, y1 = self._cell(i, top)
            canvas.frame(x0, y0, x1, y1, GRID)
            if self.as_lines:
                canvas.line(self._places(row, i, top), "#9DA1AB", 1.5)
            else:
                self._bars(canvas, row, i, top)

    def draw(self, canvas: Canvas, top: float, x_hat: FloatArray) -> None:
        for i, row in enumerate(x_hat):
            places = self._places(row, i, top)
            canvas.line(places, palette.DECODER, 2)
            if not self.as_lines and len(row) <= 24:
                for x, y in places:
                    canvas.dot(x, y, 2.5, palette.DECODER)

    def _cell(self, i: int, top: float) -> tuple[float, float, float, float]:
        wide = (WIDTH - 2 * EDGE - 3 * self.GAP) / 4
        x0 = EDGE + (i % 4) * (wide + self.GAP)
        y0 = top + 22 + (i // 4) * (self.TALL + self.GAP)
        return x0, y0, x0 + wide, y0 + self.TALL

    def _axes(self, n: int, i: int, top: float) -> tuple[Axis, Axis]:
        x0, y0, x1, y1 = self._cell(i, top)
        return Axis(0, n, x0 + 3, x1 - 3), Axis(*self.limits, y1 - 3, y0 + 3)

    def _places(self, row: FloatArray, i: int, top: float) -> list[Place]:
        across, up = self._axes(len(row), i, top)
        return [(across.at(f + 0.5), up.at(v)) for f, v in enumerate(row.tolist()) if math.isfinite(v)]

    def _bars(self, canvas: Canvas, row: FloatArray, i: int, top: float) -> None:
        across, up = self._axes(len(row), i, top)
        zero = up.at(0.0)
        for f, value in enumerate(row.tolist()):
            if math.isfinite(value):
                canvas.box(across.at(f + 0.15), zero, across.at(f + 0.85), up.at(value), "#C5C8CF")
        canvas.line([(across.start, zero), (across.end, zero)], "#C5C8CF")


class _Planes(SampleRows):
    """Points in the plane or in space: where each one is, and the way to where it is put."""

    TALL = TILE
    height = TALL + 30
    AZIMUTH, ELEVATION = math.radians(24), math.radians(14)  # as in the thumbnails

    def __init__(self, x: FloatArray) -> None:
        self.x = self._seen(x)
        spans = [bulk([self.x[:, axis]]) for axis in (0, 1)]
        half = 0.75 * max(high - low for low, high in spans)  # one scale for both axes, with room around
        self.limits = [((low + high) / 2 - half, (low + high) / 2 + half) for low, high in spans]

    def draw_still(self, canvas: Canvas, top: float) -> None:
        canvas.text(EDGE, top + 12, "original", PALE_INK, 12)
        canvas.text(EDGE + length("original", 12) + 14, top + 12, "reconstruction", palette.DECODER, 12, strong=True)
        for i in range(len(self.x)):
            left = self._left(i)
            canvas.frame(left, top + 20, left + self.TALL, top + 20 + self.TALL, GRID)
            for place in self.x:
                canvas.dot(*self._at(place, i, top), 1.8, "#D3D5DA")

    def draw(self, canvas: Canvas, top: float, x_hat: FloatArray) -> None:
        for i, (to, original) in enumerate(zip(self._seen(x_hat), self.x, strict=True)):
            if not (np.isfinite(to).all() and np.isfinite(original).all()):
                continue
            start, end = self._at(original, i, top), self._at(to, i, top)
            canvas.line([start, end], palette.ENCODER, 1.5)
            canvas.dot(*start, 3.5, palette.MEAN)
            canvas.dot(*end, 4, palette.DECODER)

    def _seen(self, x: FloatArray) -> NDArray[np.float64]:
        """Places (k, 2) in the plane of the picture."""
        if x.shape[1] == 1:
            return np.stack([x[:, 0], np.zeros(len(x))], axis=1)
        if x.shape[1] == 2:
            return x.astype(np.float64)
        along = x[:, 0] * math.cos(self.AZIMUTH) - x[:, 1] * math.sin(self.AZIMUTH)
        away = x[:, 0] * math.sin(self.AZIMUTH) + x[:, 1] * math.cos(self.AZIMUTH)
        return np.stack([along, x[:, 2] * math.cos(self.ELEVATION) + away * math.sin(self.ELEVATION)], axis=1)

    def _left(self, i: int) -> float:
        return EDGE + i * (WIDTH - 2 * EDGE + TILE_GAP) / MOST_SAMPLES

    def _at(self, place: NDArray[np.float64], i: int, top: float) -> Place:
        left, base = self._left(i), top + 20
        across = Axis(*self.limits[0], left + 4, left + self.TALL - 4)
        up = Axis(*self.limits[1], base + self.TALL - 4, base + 4)
        x, y = (float(np.nan_to_num(value)) for value in place)
        return across.at(x), up.at(y)


def _fitted(size: tuple[int, int], room: int) -> tuple[int, int]:
    """A size of the same shape that fits `room` px, whole pixels for each pixel where it is enlarged."""
    longest = max(size)
    scale = room // longest if longest <= room else room / longest
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
