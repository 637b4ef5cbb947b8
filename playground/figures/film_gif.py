"""The film of a run as an animated GIF: the error so far, the map of the codes, and the samples as they come to be."""

from __future__ import annotations

import io
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from playground.figures import palette
from playground.figures.numbers import count, three
from playground.figures.pictures import to_uint8

FloatArray = NDArray[np.floating[Any]]
Place = tuple[float, float]

MOST_FRAMES = 80
SECONDS = 12.0  # of the whole film, the last picture included
LAST_SECONDS = 2.0  # that the last picture stays
SLOWEST = 0.6  # seconds per picture, for films of few
MOST_POINTS = 900  # of the map
MOST_SAMPLES = 8
MOST_LEVELS = 10  # named in the legend
FINER = 2  # drawn that many times larger, then averaged: that smooths every edge
N_COLOURS = 240  # of the 256 of a GIF; with a few to spare, Pillow stores only what changes

# Places in px.
WIDTH, EDGE = 760, 18
HEAD = 62  # title, words
TOP, BOTTOM = 96, 320  # of both plots
LOSS = (54, 372)  # left and right of the plot of the error
MAP = (424, 742)  # and of the map
TILE, TILE_GAP = 84, 7  # of a picture

INK, PALE_INK, PAPER, GRID = "#31333F", "#7B7E88", "#FFFFFF", "#E6E7EB"
GOLDEN = 0.61803398875


class FilmFrame(NamedTuple):
    """One epoch: `z` (k, m) codes, the first two units turned onto the frame before; `x_hat` (n_samples, n)."""

    epoch: int
    z: FloatArray
    x_hat: FloatArray


class MapColour(NamedTuple):
    """What the codes are coloured by: one number per code; with `levels`, the level's index, negative for none."""

    name: str
    values: NDArray[Any]
    levels: Sequence[str] | None


class _Axis(NamedTuple):
    """Values `low` to `high` on pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high, value = (math.log10(v) if self.log else v for v in (self.low, self.high, value))
        share = (value - low) / (high - low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def film_gif(
    *,
    title: str,
    words: str,
    history: Mapping[str, Sequence[float]],
    pca: float | None,
    mean: float | None,
    unit: str,
    epochs: int,
    latent_dim: int,
    x: FloatArray,
    frames: Sequence[FilmFrame],
    kind: str,
    image_shape: tuple[int, ...] | None = None,
    low: float = 0.0,
    high: float = 1.0,
    colour: MapColour | None = None,
    log: bool = False,
) -> bytes:
    """An animated GIF, 760 px wide, of at most 80 pictures and 12 seconds, for ever from the beginning again.

    Args:
        title: such as the data set's; what the built-in font lacks is replaced.
        words: one line below it: the settings, or the verdict.
        history: lists "epoch", "train" and "val" of equal length; not-a-number leaves a gap.
        pca, mean: errors of PCA and of the mean baseline in the same unit; None for one that is not known.
        unit: what the errors are measured in, such as "squared error per image".
        epochs: planned epochs, the right end of the plot.
        latent_dim: m; the map shows the first two units.
        x: the originals (n_samples, n), at most eight are shown.
        frames: at least one, in the order of their epochs.
        kind: "image" (needs `image_shape`), "series", "points" or "table": how a sample is drawn.
        image_shape: (height, width) or (height, width, 1 or 3).
        low, high: the values drawn black and white.
        colour: of the codes; amber without it.
        log: whether the axis of the error is logarithmic.

    Raises:
        ValueError: no frame, or shapes and lengths that do not belong together.
    """
    _check(history, x, frames, colour, image_shape, kind)
    shown = _spread(frames)
    film = _Film(
        head=(_printable(title), _printable(words)),
        loss=_LossPlot(history, pca, mean, _printable(unit), max(epochs, 1), latent_dim, log),
        codes=_CodeMap(shown, colour, latent_dim),
        samples=_samples(x[:MOST_SAMPLES], kind, image_shape, low, high),
        epochs=epochs,
    )
    return _saved([film.picture(frame) for frame in shown], _durations(len(shown)))


class _Canvas:
    """A drawing in px of the finished picture, made larger by `FINER`."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.draw = ImageDraw.Draw(image)

    def line(self, places: Iterable[Place], fill: str, width: float = 1.0) -> None:
        points = [(x * FINER, y * FINER) for x, y in places]
        if len(points) > 1:
            self.draw.line(points, fill=fill, width=max(1, round(width * FINER)), joint="curve")

    def dashes(self, x0: float, x1: float, y: float, fill: str, width: float = 1.5, dash: float = 7.0) -> None:
        """A level line from x0 to x1."""
        for start in np.arange(x0, x1, 1.7 * dash).tolist():
            self.line([(start, y), (min(start + dash, x1), y)], fill, width)

    def dot(self, x: float, y: float, radius: float, fill: str | None, rim: str | None = None, wide: float = 1) -> None:
        box = [(x - radius) * FINER, (y - radius) * FINER, (x + radius) * FINER, (y + radius) * FINER]
        self.draw.ellipse(box, fill=fill, outline=rim, width=round(wide * FINER))

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: str) -> None:
        """A filled rectangle; its corners in any order."""
        (x0, x1), (y0, y1) = sorted((x0, x1)), sorted((y0, y1))
        self.draw.rectangle([x0 * FINER, y0 * FINER, x1 * FINER - 1, y1 * FINER - 1], fill=fill)

    def frame(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1.5) -> None:
        box = [round(side * FINER) for side in (x0, y0, x1, y1)]
        self.draw.rounded_rectangle(box, radius=3 * FINER, outline=colour, width=round(width * FINER))

    def text(
        self, x: float, y: float, words: str, fill: str = INK, size: int = 12, anchor: str = "ls", strong: bool = False
    ) -> None:
        """Words at (x, y), with a rim of paper so that they read over lines; `anchor` as Pillow has it."""
        place, font = (x * FINER, y * FINER), _font(size * FINER)
        self.draw.text(place, words, PAPER, font, anchor, stroke_width=2 * FINER)
        self.draw.text(place, words, fill, font, anchor, stroke_width=FINER / 3 if strong else 0)

    def finished(self) -> Image.Image:
        return self.image.reduce(FINER)


class _LossPlot:
    """The error so far, above all PCA's line."""

    def __init__(
        self,
        history: Mapping[str, Sequence[float]],
        pca: float | None,
        mean: float | None,
        unit: str,
        epochs: int,
        latent_dim: int,
        log: bool,
    ) -> None:
        self.unit, self.latent_dim = unit, latent_dim
        self.epoch = [float(epoch) for epoch in history["epoch"]]
        self.curves = {name: np.asarray(history[name], dtype=np.float64) for name in ("train", "val")}
        self.levels = {
            name: value for name, value in (("mean", mean), ("pca", pca)) if value is not None and math.isfinite(value)
        }
        self.x = _Axis(0, max([float(epochs), *self.epoch]), *LOSS)
        self.y = self._error_axis(log)
        self.passed = self._first_below_pca()

    def _error_axis(self, log: bool) -> _Axis:
        values = np.concatenate([*self.curves.values(), list(self.levels.values())])
        values = values[np.isfinite(values)]
        if not values.size:
            return _Axis(0, 1, BOTTOM, TOP)
        highest = float(values.max())
        if "mean" in self.levels:  # a first epoch that is far worse than the mean must not flatten all the rest
            highest = min(highest, 1.5 * self.levels["mean"]) or highest
        positive = values[values > 0]
        if log and positive.size and positive.min() < highest:
            return _Axis(float(positive.min()) / 1.15, highest * 1.15, BOTTOM, TOP, log=True)
        return _Axis(0, highest * 1.06 or 1.0, BOTTOM, TOP)

    def _first_below_pca(self) -> int | None:
        """The place in the history where validation first beats PCA."""
        if "pca" not in self.levels:
            return None
        with np.errstate(invalid="ignore"):
            below = np.flatnonzero(self.curves["val"] < self.levels["pca"])
        return int(below[0]) if below.size else None

    def draw_still(self, canvas: _Canvas) -> None:
        """Axes and the lines of PCA and of the mean."""
        left, right = LOSS
        for tick in _ticks(self.y):
            y = self.y.at(tick)
            canvas.line([(left, y), (right, y)], GRID)
            canvas.text(left - 6, y, _short(tick), PALE_INK, 11, "rm")
        for tick in _ticks(self.x):
            canvas.text(self.x.at(tick), BOTTOM + 15, _short(tick), PALE_INK, 11, "ms")
        canvas.line([(left, BOTTOM), (right, BOTTOM)], PALE_INK)
        canvas.text(right, BOTTOM + 29, "epoch", PALE_INK, 11, "rs")
        canvas.text(left, TOP - 9, self.unit, INK, 12)
        for name, value in self.levels.items():
            hue, words = (palette.MEAN, "mean") if name == "mean" else (palette.PCA, f"PCA({self.latent_dim})")
            canvas.dashes(left, right, self.y.at(value), hue, 2)
            canvas.text(right, self.y.at(value) - 5, f"{words} {_number(value)}", hue, 12, "rs", strong=True)

    def draw(self, canvas: _Canvas, epoch: int) -> None:
        """The curves as far as `epoch`, and the cursor there."""
        cursor = self.x.at(epoch)
        canvas.line([(cursor, TOP), (cursor, BOTTOM)], PALE_INK, 1)
        for name, width in (("train", 1.0), ("val", 2.5)):
            for piece in self._pieces(name, epoch):
                canvas.line(piece, palette.ENCODER if name == "val" else "#E79BA1", width)
        known = [i for i, at in enumerate(self.epoch) if at <= epoch and math.isfinite(self.curves["val"][i])]
        if known:
            value = float(self.curves["val"][known[-1]])
            canvas.dot(self.x.at(self.epoch[known[-1]]), self.y.at(value), 4, palette.ENCODER, PAPER)
            canvas.text(LOSS[1], TOP - 9, f"validation {_number(value)}", palette.ENCODER, 12, "rs", strong=True)
        if self.passed is not None and self.epoch[self.passed] <= epoch:
            self._draw_passing(canvas)

    def _draw_passing(self, canvas: _Canvas) -> None:
        assert self.passed is not None
        at = self.epoch[self.passed]
        x, y = self.x.at(at), self.y.at(self.levels["pca"])
        canvas.dot(x, y, 4.5, PAPER, palette.PCA, 2)
        anchor, x = ("ls", x + 7) if x < sum(LOSS) / 2 else ("rs", x - 7)
        canvas.text(x, y + 18, f"passes PCA at epoch {count(int(at))}", palette.PCA, 12, anchor)

    def _pieces(self, name: str, epoch: int) -> Iterator[list[Place]]:
        """The curve up to `epoch`, cut where a value is not known."""
        piece: list[Place] = []
        for at, value in zip(self.epoch, self.curves[name].tolist(), strict=True):
            if at > epoch:
                break
            if not math.isfinite(value) or (self.y.log and value <= 0):
                yield piece
                piece = []
            else:
                piece.append((self.x.at(at), self.y.at(value)))
        yield piece


class _CodeMap:
    """The codes of an epoch as coloured points, within limits that all epochs share."""

    def __init__(self, frames: Sequence[FilmFrame], colour: MapColour | None, latent_dim: int) -> None:
        k = len(frames[0].z)
        self.rows = np.unique(np.linspace(0, k - 1, min(k, MOST_POINTS)).round().astype(int)) if k else np.arange(0)
        self.k, self.latent_dim, self.colour = k, latent_dim, colour
        self.colours = _colours(colour, k)
        self.x = _map_axis([frame.z[:, 0] for frame in frames], *MAP)
        two = min((frame.z.shape[1] for frame in frames), default=1) > 1
        self.y = _map_axis([frame.z[:, 1] for frame in frames], BOTTOM, TOP) if two else None

    def draw_still(self, canvas: _Canvas) -> None:
        left, right = MAP
        units = f", units 1 and 2 of {self.latent_dim}" if self.latent_dim > 2 else ""
        canvas.text(left, TOP - 9, f"codes of {count(len(self.rows))} held-out samples{units}", INK, 12)
        canvas.frame(left - 6, TOP, right + 6, BOTTOM, GRID)
        canvas.text(right, BOTTOM + 15, "z1", PALE_INK, 11, "rs")
        canvas.text(left - 10, TOP + 8, "z2" if self.y else "", PALE_INK, 11, "rs")
        if self.colour is not None:
            self._draw_legend(canvas, self.colour)

    def draw(self, canvas: _Canvas, frame: FilmFrame) -> None:
        places = self._places(frame.z)
        for row in self.rows.tolist():
            x, y = places[row]
            if math.isfinite(x) and math.isfinite(y):
                canvas.dot(x, y, 2.6, self.colours[row], PAPER, 0.5)

    def _places(self, z: FloatArray) -> NDArray[np.float64]:
        """Pixels (k, 2); not-a-number for codes that are none or lie outside."""
        x = _pixels(self.x, z[:, 0])
        if self.y is not None:
            return np.stack([x, _pixels(self.y, z[:, 1])], axis=1)
        spread = 0.7 * ((np.arange(len(z)) * GOLDEN) % 1) + 0.15  # a strip: heights that are even and always the same
        return np.stack([x, TOP + spread * (BOTTOM - TOP)], axis=1)

    def _draw_legend(self, canvas: _Canvas, colour: MapColour) -> None:
        x, y = float(MAP[0] - 6), BOTTOM + 29
        name = _clipped(_printable(colour.name), 90)
        canvas.text(x, y, name, PALE_INK, 11)
        x += _length(name, 11) + 12
        if colour.levels is None:
            self._draw_scale(canvas, colour, x, y)
            return
        for level, words in enumerate(colour.levels[:MOST_LEVELS]):
            words = _clipped(_printable(words), 70)
            if x + 10 + _length(words, 11) > MAP[1] - 12:
                canvas.text(x, y, "…", PALE_INK, 11)
                return
            canvas.dot(x + 3, y - 4, 3.5, palette.CLASSES[level % len(palette.CLASSES)])
            canvas.text(x + 10, y, words, INK, 11)
            x += 20 + _length(words, 11)
        if len(colour.levels) > MOST_LEVELS:
            canvas.text(x, y, "…", PALE_INK, 11)

    def _draw_scale(self, canvas: _Canvas, colour: MapColour, x: float, y: float) -> None:
        low, high = _bulk([np.asarray(colour.values, dtype=np.float64)])
        canvas.text(x, y, _number(low), INK, 11)
        x += _length(_number(low), 11) + 6
        for step in range(60):
            canvas.box(x + step, y - 8, x + step + 1, y, _sequential(step / 59))
        canvas.text(x + 66, y, _number(high), INK, 11)


class _Samples:
    """Originals and reconstructions; `height` in px with their names."""

    height: float = 0.0

    def draw_still(self, canvas: _Canvas, top: float) -> None:
        raise NotImplementedError

    def draw(self, canvas: _Canvas, top: float, x_hat: FloatArray) -> None:
        raise NotImplementedError


class _Pictures(_Samples):
    """Originals above their reconstructions."""

    height = 2 * TILE + 46

    def __init__(self, x: FloatArray, shape: tuple[int, ...], low: float, high: float) -> None:
        self.x, self.low, self.high = x, low, high
        self.shape = shape[:2] if shape[2:] == (1,) else shape

    def draw_still(self, canvas: _Canvas, top: float) -> None:
        canvas.text(EDGE, top + 12, "original", PALE_INK, 12)
        self._row(canvas, top + 18, self.x, palette.MEAN)
        canvas.text(EDGE, top + TILE + 36, "reconstruction", palette.DECODER, 12, strong=True)

    def draw(self, canvas: _Canvas, top: float, x_hat: FloatArray) -> None:
        self._row(canvas, top + TILE + 42, x_hat, palette.DECODER)

    def _row(self, canvas: _Canvas, top: float, rows: FloatArray, rim: str) -> None:
        step = (WIDTH - 2 * EDGE + TILE_GAP) / MOST_SAMPLES
        for i, row in enumerate(to_uint8(rows, self.low, self.high)):
            image = Image.fromarray(
                np.squeeze(row.reshape(self.shape), axis=2) if self._is_flat else row.reshape(self.shape)
            )
            size = _fitted(image.size, TILE * FINER)
            enlarged = size[0] >= image.width
            image = image.resize(size, Image.Resampling.NEAREST if enlarged else Image.Resampling.BOX)
            left = round((EDGE + i * step) * FINER)
            canvas.image.paste(image, (left, round(top * FINER)))
            x0, y0 = left / FINER - 1.5, top - 1.5
            canvas.frame(x0, y0, x0 + size[0] / FINER + 2.5, y0 + size[1] / FINER + 2.5, rim, 2)


class _Profiles(_Samples):
    """Features side by side, in two rows of four: the original grey, the reconstruction a green line over it."""

    TALL, GAP = 74, 10
    height = 2 * TALL + GAP + 30

    def __init__(self, x: FloatArray, as_lines: bool) -> None:
        self.x, self.as_lines = x, as_lines
        low, high = _bulk([x])
        room = 0.15 * (high - low)
        self.limits = low - room, high + room

    def draw_still(self, canvas: _Canvas, top: float) -> None:
        canvas.text(EDGE, top + 12, "original", PALE_INK, 12)
        canvas.text(EDGE + _length("original", 12) + 14, top + 12, "reconstruction", palette.DECODER, 12, strong=True)
        for i, row in enumerate(self.x):
            x0, y0, x1, y1 = self._cell(i, top)
            canvas.frame(x0, y0, x1, y1, GRID)
            if self.as_lines:
                canvas.line(self._places(row, i, top), "#9DA1AB", 1.5)
            else:
                self._bars(canvas, row, i, top)

    def draw(self, canvas: _Canvas, top: float, x_hat: FloatArray) -> None:
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

    def _axes(self, n: int, i: int, top: float) -> tuple[_Axis, _Axis]:
        x0, y0, x1, y1 = self._cell(i, top)
        return _Axis(0, n, x0 + 3, x1 - 3), _Axis(*self.limits, y1 - 3, y0 + 3)

    def _places(self, row: FloatArray, i: int, top: float) -> list[Place]:
        across, up = self._axes(len(row), i, top)
        return [(across.at(f + 0.5), up.at(v)) for f, v in enumerate(row.tolist()) if math.isfinite(v)]

    def _bars(self, canvas: _Canvas, row: FloatArray, i: int, top: float) -> None:
        across, up = self._axes(len(row), i, top)
        zero = up.at(0.0)
        for f, value in enumerate(row.tolist()):
            if math.isfinite(value):
                canvas.box(across.at(f + 0.15), zero, across.at(f + 0.85), up.at(value), "#C5C8CF")
        canvas.line([(across.start, zero), (across.end, zero)], "#C5C8CF")


class _Planes(_Samples):
    """Points in the plane or in space: where each one is, and the way to where it is put."""

    TALL = TILE
    height = TALL + 30
    AZIMUTH, ELEVATION = math.radians(24), math.radians(14)  # as in the thumbnails

    def __init__(self, x: FloatArray) -> None:
        self.x = self._seen(x)
        spans = [_bulk([self.x[:, axis]]) for axis in (0, 1)]
        half = 0.75 * max(high - low for low, high in spans)  # one scale for both axes, with room around
        self.limits = [((low + high) / 2 - half, (low + high) / 2 + half) for low, high in spans]

    def draw_still(self, canvas: _Canvas, top: float) -> None:
        canvas.text(EDGE, top + 12, "original", PALE_INK, 12)
        canvas.text(EDGE + _length("original", 12) + 14, top + 12, "reconstruction", palette.DECODER, 12, strong=True)
        for i in range(len(self.x)):
            left = self._left(i)
            canvas.frame(left, top + 20, left + self.TALL, top + 20 + self.TALL, GRID)
            for place in self.x:
                canvas.dot(*self._at(place, i, top), 1.8, "#D3D5DA")

    def draw(self, canvas: _Canvas, top: float, x_hat: FloatArray) -> None:
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
        across = _Axis(*self.limits[0], left + 4, left + self.TALL - 4)
        up = _Axis(*self.limits[1], base + self.TALL - 4, base + 4)
        x, y = (float(np.nan_to_num(value)) for value in place)
        return across.at(x), up.at(y)


class _Film:
    """Draws one picture of the film; what stands still is drawn once."""

    def __init__(self, head: tuple[str, str], loss: _LossPlot, codes: _CodeMap, samples: _Samples, epochs: int) -> None:
        self.loss, self.codes, self.samples, self.epochs = loss, codes, samples, epochs
        self.top = BOTTOM + 42
        size = (WIDTH * FINER, math.ceil(self.top + samples.height + 6) * FINER)
        self.still = Image.new("RGB", size, PAPER)
        canvas = _Canvas(self.still)
        canvas.text(EDGE, 31, _clipped(head[0], 540, 20), INK, 20, strong=True)
        canvas.text(EDGE, 53, _clipped(head[1], WIDTH - 2 * EDGE, 13), PALE_INK, 13)
        loss.draw_still(canvas)
        codes.draw_still(canvas)
        samples.draw_still(canvas, self.top)

    def picture(self, frame: FilmFrame) -> Image.Image:
        canvas = _Canvas(self.still.copy())
        of = f" of {count(self.epochs)}" if frame.epoch <= self.epochs else ""
        canvas.text(WIDTH - EDGE, 31, f"epoch {count(frame.epoch)}{of}", INK, 16, "rs", strong=True)
        self.loss.draw(canvas, frame.epoch)
        self.codes.draw(canvas, frame)
        self.samples.draw(canvas, self.top, frame.x_hat[:MOST_SAMPLES])
        return canvas.finished()


# ---------------------------------------------------------------- the file


def _spread(frames: Sequence[FilmFrame]) -> list[FilmFrame]:
    """At most `MOST_FRAMES`, evenly, the first and the last among them."""
    places = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).round().astype(int))
    return [frames[place] for place in places.tolist()]


def _durations(n: int) -> list[int]:
    """Milliseconds that each picture stays."""
    moving = min(SLOWEST, (SECONDS - LAST_SECONDS) / max(1, n - 1))
    return [10 * int(100 * moving)] * (n - 1) + [int(1000 * LAST_SECONDS)]  # a GIF counts in hundredths of a second


def _saved(pictures: Sequence[Image.Image], durations: list[int]) -> bytes:
    shades = _shared_colours(pictures)
    first, *rest = (picture.quantize(palette=shades, dither=Image.Dither.NONE) for picture in pictures)
    file = io.BytesIO()
    first.save(file, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=False)
    return file.getvalue()


def _shared_colours(pictures: Sequence[Image.Image]) -> Image.Image:
    """The colours of all pictures, chosen from a few of them: with one palette, only what moves is stored again."""
    few = [pictures[place] for place in {0, len(pictures) // 3, len(pictures) - 1}]
    sheet = Image.new("RGB", (few[0].width, sum(picture.height for picture in few)))
    for place, picture in enumerate(few):
        sheet.paste(picture, (0, place * picture.height))
    return sheet.quantize(N_COLOURS, Image.Quantize.MEDIANCUT)


# ---------------------------------------------------------------- numbers and colours


def _samples(x: FloatArray, kind: str, image_shape: tuple[int, ...] | None, low: float, high: float) -> _Samples:
    if image_shape is not None:
        return _Pictures(x, image_shape, low, high)
    if kind == "points" and x.shape[1] <= 3:
        return _Planes(x)
    return _Profiles(x, as_lines=kind == "series")


def _bulk(arrays: Sequence[FloatArray]) -> tuple[float, float]:
    """The range that holds 98 % of all finite values; never empty."""
    values = np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
    values = values[np.isfinite(values)]
    low, high = np.quantile(values, [0.01, 0.99]).tolist() if values.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _map_axis(units: Sequence[FloatArray], start: float, end: float) -> _Axis:
    """Wide enough for nearly all codes of every frame."""
    ranges = np.array([_bulk([values]) for values in units])
    low, high = float(ranges[:, 0].min()), float(ranges[:, 1].max())
    return _Axis(low - 0.12 * (high - low), high + 0.12 * (high - low), start, end)


def _pixels(axis: _Axis, values: FloatArray) -> NDArray[np.float64]:
    share = (values.astype(np.float64) - axis.low) / (axis.high - axis.low)
    with np.errstate(invalid="ignore"):
        share = np.where((share >= 0) & (share <= 1), share, np.nan)
    return axis.start + share * (axis.end - axis.start)


def _colours(colour: MapColour | None, k: int) -> list[str]:
    if colour is None:
        return [palette.BOTTLENECK] * k
    values = np.asarray(colour.values)
    if colour.levels is not None:
        classes = palette.CLASSES
        return [classes[value % len(classes)] if value >= 0 else palette.MEAN for value in values.tolist()]
    low, high = _bulk([values])
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
    return [_sequential(value) if math.isfinite(value) else palette.MEAN for value in share.tolist()]


def _sequential(share: float) -> str:
    stops = np.array([palette.rgb(stop) for stop in palette.SEQUENTIAL])
    place = share * (len(stops) - 1)
    mixed = [round(float(np.interp(place, np.arange(len(stops)), stop))) for stop in stops.T]
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def _ticks(axis: _Axis) -> list[float]:
    """Round values on an axis, some five of them."""
    if axis.log:
        decades = range(math.floor(math.log10(axis.low)), math.ceil(math.log10(axis.high)) + 1)
        several = axis.high / axis.low < 100
        steps = (1, 2, 5) if several else (1,)
        ticks = [step * 10.0**decade for decade, step in itertools.product(decades, steps)]
        return [tick for tick in ticks if axis.low <= tick <= axis.high]
    rough = (axis.high - axis.low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= 0.7 * rough)
    first = math.ceil(axis.low / step)
    return [i * step for i in range(first, math.floor(axis.high / step) + 1)]


def _number(value: float) -> str:
    """Three significant digits in the built-in font's characters."""
    return _printable(three(value))


def _short(tick: float) -> str:
    return f"{tick:,.6g}".replace("e+0", "e").replace("e-0", "e-") if tick < 1e6 else f"{tick:.0e}".replace("e+0", "e")


def _fitted(size: tuple[int, int], room: int) -> tuple[int, int]:
    """A size of the same shape that fits `room` px, whole pixels for each pixel where it is enlarged."""
    longest = max(size)
    scale = room // longest if longest <= room else room / longest
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


# ---------------------------------------------------------------- text

# What the built-in font (Aileron) lacks and what stands for it.
STAND_INS = str.maketrans(
    {
        "−": "-", "–": "-", "—": "-", "×": "x", "→": ">", "β": "beta", "λ": "lambda", "σ": "sigma", "ß": "ss",
        "∞": "inf", "≤": "<=", "≥": ">=", "‐": "-", "ø": "o", "æ": "ae", "ł": "l", "ẑ": "z", "\u00a0": " ",
    }
)  # fmt: skip


def _printable(text: str) -> str:
    """The text in the characters that the built-in font has: accents go, and a run of others becomes one "?"."""
    plain = unicodedata.normalize("NFKD", " ".join(text.translate(STAND_INS).split()))
    letters = [letter for letter in plain if not unicodedata.combining(letter)]
    return re.sub("\0+", "?", "".join(letter if _has(letter) else "\0" for letter in letters))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


@cache
def _has(letter: str) -> bool:
    """Whether the font has a glyph of its own for the letter, and not the box that stands for every other."""
    if letter == " ":
        return True
    glyph, missing = (_font(24).getmask(sign) for sign in (letter, "\uffff"))
    return glyph.size != missing.size or bytes(glyph) != bytes(missing)


def _length(text: str, size: int) -> float:
    """Px of the text on one line."""
    return _font(size * FINER).getlength(text) / FINER


def _clipped(text: str, room: float, size: int = 11) -> str:
    """The text, its end cut off where it is longer than `room` px."""
    if _length(text, size) <= room:
        return text
    while text and _length(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _check(
    history: Mapping[str, Sequence[float]],
    x: FloatArray,
    frames: Sequence[FilmFrame],
    colour: MapColour | None,
    image_shape: tuple[int, ...] | None,
    kind: str,
) -> None:
    if not frames:
        raise ValueError("a film needs at least one frame")
    lengths = {name: len(history[name]) for name in ("epoch", "train", "val")}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"history's lists differ in length: {lengths}")
    if image_shape is not None and math.prod(image_shape) != x.shape[1]:
        raise ValueError(f"image_shape {image_shape} does not hold {x.shape[1]} features")
    if kind == "image" and image_shape is None:
        raise ValueError("images need their image_shape")
    k = len(frames[0].z)
    for frame in frames:
        if frame.z.ndim != 2 or len(frame.z) != k or frame.x_hat.shape != x.shape:
            raise ValueError(f"frame {frame.epoch}: z {frame.z.shape} and x_hat {frame.x_hat.shape} do not belong here")
    if colour is not None and len(colour.values) != k:
        raise ValueError(f"colour '{colour.name}' has {len(colour.values)} values for {k} codes")
