"""A picture drawn with Pillow at twice its size: lines, dots, axes, and text that the built-in font can write."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from playground.figures.numbers import three

FloatArray = NDArray[np.floating[Any]]
Place = tuple[float, float]

FINER = 2  # drawn that many times larger, then averaged: that smooths every edge
INK, PALE_INK, PAPER, GRID = "#31333F", "#7B7E88", "#FFFFFF", "#E6E7EB"


class Axis(NamedTuple):
    """Values `low` to `high` on pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high = self.low, self.high
        if self.log:
            low, high, value = (math.log10(v) for v in (low, high, max(value, low)))
        share = (value - low) / (high - low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


class Canvas:
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
        left, top = x0 * FINER, y0 * FINER
        self.draw.rectangle([left, top, max(left, x1 * FINER - 1), max(top, y1 * FINER - 1)], fill=fill)

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


def bulk(arrays: Sequence[FloatArray]) -> tuple[float, float]:
    """The range that holds 98 % of all finite values; never empty."""
    values = np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
    values = values[np.isfinite(values)]
    low, high = np.quantile(values, [0.01, 0.99]).tolist() if values.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def ticks(axis: Axis) -> list[float]:
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


def number(value: float) -> str:
    """Three significant digits in the built-in font's characters."""
    return printable(three(value))


def short(tick: float) -> str:
    return f"{tick:,.6g}".replace("e+0", "e").replace("e-0", "e-") if tick < 1e6 else f"{tick:.0e}".replace("e+0", "e")


# ---------------------------------------------------------------- text

# What the built-in font (Aileron) lacks and what stands for it.
STAND_INS = str.maketrans(
    {
        "−": "-", "–": "-", "—": "-", "×": "x", "→": ">", "β": "beta", "λ": "lambda", "σ": "sigma", "ß": "ss",
        "∞": "inf", "≤": "<=", "≥": ">=", "‐": "-", "ø": "o", "æ": "ae", "ł": "l", "ẑ": "z", "\u00a0": " ",
    }
)  # fmt: skip


def printable(text: str) -> str:
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


def length(text: str, size: int) -> float:
    """Px of the text on one line."""
    return _font(size * FINER).getlength(text) / FINER


def clipped(text: str, room: float, size: int = 11) -> str:
    """The text, its end cut off where it is longer than `room` px."""
    if length(text, size) <= room:
        return text
    while text and length(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"
