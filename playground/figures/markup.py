"""Samples and tables as HTML that can be redrawn in place: pictures side by side, rows of features, shaded cells.

Whatever a visitor brought (names of columns, labels, units) is escaped here. Colours of text are the page's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import three
from playground.figures.pictures import data_uri

Numbers = Sequence[float] | NDArray[np.floating[Any]]

SMALL = "font-size:0.8125rem;line-height:1.35"
FRAME = palette.translucent(palette.MEAN, 0.45)
LINE = palette.translucent(palette.MEAN, 0.3)
LINE_OF_TABLE = f"display:flex;flex-wrap:wrap;border-top:1px solid {LINE}"
NAME = "flex:1 0 8rem;padding:0.3rem 0.3rem 0.1rem 0;overflow-wrap:anywhere"
CELL = "padding:0.3rem 0.3rem;text-align:right"


@dataclass(frozen=True)
class Picture:
    """One sample among others: what stands above it, its pictures from top to bottom, and what stands below.

    Attributes:
        pngs: each with the words for whoever cannot see it.
        colour: of the line above, from the palette.
    """

    title: str
    pngs: Sequence[tuple[bytes, str]]
    below: str = ""
    colour: str = palette.MEAN


@dataclass(frozen=True)
class Mark:
    """One value per feature, in the visitor's own units, drawn as a circle or a diamond.

    Attributes:
        texts: the values in words, where three digits are not what the visitor would write; one per feature, or none.
    """

    name: str
    values: Numbers
    colour: str
    diamond: bool = False
    texts: Sequence[str] = ()

    def text(self, i: int) -> str:
        """The value of feature `i` as it is written."""
        return self.texts[i] if self.texts else three(self.values[i])


@dataclass(frozen=True)
class Cell:
    """A number of a table, what stands small below it, and its background (from the palette, or none)."""

    text: str
    small: str = ""
    background: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a table; its name has a dot of its colour, or none."""

    name: str
    cells: Sequence[Cell]
    colour: str = ""
    strong: bool = False


def pictures(shown: Sequence[Picture], width: int) -> str:
    """Pictures side by side, `width` px each; where the page is narrow smaller, up to three in a row."""
    in_a_row = min(len(shown), 3)
    basis = f"min({width}px, calc((100% - {0.75 * (in_a_row - 1):g}rem) / {in_a_row}))"
    alike = len({(len(picture.pngs), bool(picture.below)) for picture in shown}) == 1
    figures = "".join(_picture(picture, basis, 1 if alike else 0) for picture in shown)
    return f'<div style="display:flex;flex-wrap:wrap;gap:0.75rem">{figures}</div>'


def difference_scale(limit: float, unit: str, words: str = "Difference: blue too dark, red too bright") -> str:
    """What the colours of a difference picture stand for: from -limit to +limit, in words of `unit`."""
    return colour_scale(f"{words} ({unit})", limit)


def colour_scale(words: str, limit: float) -> str:
    """What the diverging colours stand for, from -limit to +limit."""
    stops = ",".join(palette.DIVERGING)
    ends = f"<span>−{three(limit)}</span><span>0</span><span>+{three(limit)}</span>"
    return (
        f'<div style="max-width:26rem;margin-top:0.6rem;{SMALL}"><div>{escape(words)}</div>'
        f'<div style="height:0.6rem;border-radius:0.3rem;background:linear-gradient(to right,{stops});'
        f'border:1px solid {FRAME}"></div>'
        f'<div style="display:flex;justify-content:space-between">{ends}</div></div>'
    )


def feature_rows(
    feature_names: Sequence[str], units: Sequence[str], marks: Sequence[Mark], low: Numbers, high: Numbers
) -> str:
    """One line per feature: its name, where each mark lies between `low` and `high`, and the values with their unit.

    Args:
        feature_names: from top to bottom.
        units: the visitor's unit of each feature, "" where it has none.
        marks: at least one.
        low, high: the ends of each feature's line, in the visitor's own units (n_features,).
    """
    wide = np.maximum(np.asarray(high, dtype=np.float64) - low, 1e-12)
    places = [np.clip(100 * (np.asarray(mark.values, dtype=np.float64) - low) / wide, 0, 100) for mark in marks]
    legend = "".join(
        f'<span style="white-space:nowrap">{_symbol(mark)}&ensp;{escape(mark.name)}</span>' for mark in marks
    )
    lines = "".join(
        f'<div role="row" style="display:flex;align-items:center;gap:0.6rem;border-top:1px solid {LINE};'
        f'padding:0.12rem 0">{_name(name)}{_track(marks, [place[i] for place in places])}'
        f"{_values([mark.text(i) for mark in marks], unit, any(units))}</div>"
        for i, (name, unit) in enumerate(zip(feature_names, units, strict=True))
    )
    return (
        f'<div role="table" style="{SMALL}"><div style="display:flex;flex-wrap:wrap;gap:0.2rem 1rem;'
        f'padding-bottom:0.2rem">{legend}</div><div style="max-height:26rem;overflow-y:auto">{lines}</div></div>'
    )


def table(header: Sequence[str], rows: Sequence[Row]) -> str:
    """A table of numbers; where the page is narrow, each row's name stands above its cells.

    Args:
        header: one heading per column, that of the names first.
        rows: from top to bottom, with one cell per heading after the first.
    """
    heads = "".join(f'<div role="columnheader" style="{CELL}">{_hyphenated(text)}</div>' for text in header[1:])
    return (
        f'<div role="table" style="font-size:0.875rem;line-height:1.35;font-variant-numeric:tabular-nums">'
        f'<div role="row" style="{LINE_OF_TABLE};border-top:none;font-weight:600;font-size:0.8125rem;align-items:end">'
        f'<div role="columnheader" style="{NAME}">{escape(header[0])}</div>{_grid(heads, len(header) - 1)}</div>'
        f"{''.join(_row(row) for row in rows)}</div>"
    )


def diverging(share: float) -> str:
    """The background of a cell that lies too low (blue) or too high (red): `share` from -1 to 1, pale near 0."""
    strength = min(abs(share), 1.0) if np.isfinite(share) else 0.0
    return palette.translucent(palette.DIVERGING[0] if share < 0 else palette.DIVERGING[-1], round(0.55 * strength, 3))


def _picture(shown: Picture, basis: str, grows: int) -> str:
    """One of `pictures`; its title grows to that of a longer one beside it, so that alike ones stand on one line."""
    images = "".join(
        f'<img src="{data_uri(png)}" alt="{escape(alt)}" style="display:block;width:100%;margin-top:0.35rem;'
        f'image-rendering:pixelated;border:1px solid {FRAME};border-radius:4px">'
        for png, alt in shown.pngs
    )
    return (
        f'<figure style="margin:0;flex:0 0 {basis};min-width:0;display:flex;flex-direction:column;{SMALL}">'
        f'<figcaption style="border-top:3px solid {shown.colour};padding-top:0.2rem;flex:{grows} 0 auto">'
        f"{_hyphenated(shown.title)}</figcaption>{images}{_below(shown.below)}</figure>"
    )


def waves(
    lines: Sequence[tuple[str, Numbers, str]],
    unit: str,
    height: int = 180,
    scale: tuple[float, float] | None = None,
    *,
    say_ends: bool = True,
) -> str:
    """Series over each other as lines on one scale.

    Args:
        lines: name, values (n_features,) and colour of each; the first lies lowest.
        unit: of the values, "" where there is none.
        height: in px; the width is the page's.
        scale: its ends; those of the lines if left out.
        say_ends: whether the ends are written above the lines.
    """
    every = np.concatenate([np.asarray(values, dtype=np.float64) for _, values, _ in lines])
    known = every[np.isfinite(every)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    low, high = scale or (low, high)
    reach = (high - low) or 1.0
    paths = "".join(
        f'<polyline fill="none" stroke="{colour}" stroke-width="2" vector-effect="non-scaling-stroke" '
        f'stroke-linejoin="round" points="{_points(values, low, reach)}"/>'
        for _, values, colour in lines
    )
    legend = "".join(
        '<span style="white-space:nowrap"><span style="display:inline-block;width:1.1rem;vertical-align:middle;'
        f'border-top:3px solid {colour}"></span>&ensp;{escape(name)}</span>'
        for name, _, colour in lines
    )
    ends = f"{three(low)} to {three(high)} {escape(unit)}".rstrip() if say_ends else ""
    return (
        f'<div style="{SMALL}"><div style="display:flex;flex-wrap:wrap;gap:0.2rem 1rem;padding-bottom:0.3rem">{legend}'
        f'<span style="opacity:0.75;margin-left:auto">{ends}</span></div>'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{escape(lines[0][0])}" '
        f'style="display:block;width:100%;height:{height}px;border:1px solid {FRAME};border-radius:4px">'
        f"{paths}</svg></div>"
    )


def _points(values: Numbers, low: float, reach: float) -> str:
    known = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=low)
    across = np.linspace(0, 100, known.size)
    up = 97 - 94 * (known - low) / reach
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in zip(across.tolist(), up.tolist(), strict=True))


def _row(row: Row) -> str:
    cells = "".join(
        f'<div role="cell" style="{CELL}{f";background:{cell.background}" if cell.background else ""}">'
        f"{escape(cell.text)}{_below(cell.small)}</div>"
        for cell in row.cells
    )
    return (
        f'<div role="row" style="{LINE_OF_TABLE}{";font-weight:600" if row.strong else ""}">'
        f'<div role="rowheader" style="{NAME}">{_dot(row.colour)}{escape(row.name)}</div>'
        f"{_grid(cells, len(row.cells))}</div>"
    )


def _grid(cells: str, columns: int) -> str:
    return (
        f'<div role="presentation" style="flex:1000 1 {min(5 * columns, 20)}rem;display:grid;'
        f'grid-template-columns:repeat({columns},minmax(0,1fr))">{cells}</div>'
    )


def _hyphenated(text: str) -> str:
    """Escaped, with a place to break our one long word."""
    return escape(text).replace("autoencoder", "auto&shy;encoder")


def _below(text: str) -> str:
    return f'<div style="opacity:0.75;font-weight:400;font-size:0.8125rem">{escape(text)}</div>' if text else ""


def _dot(colour: str) -> str:
    style = "display:inline-block;width:0.7rem;height:0.7rem;border-radius:50%;margin-right:0.4rem"
    return f'<span style="{style};background:{colour}"></span>' if colour else ""


def _name(name: str) -> str:
    text = escape(name)
    return (
        f'<span title="{text}" style="flex:0 1 34%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap">'
        f"{text}</span>"
    )


def _track(marks: Sequence[Mark], places: Sequence[float]) -> str:
    joined = ""
    if len(places) > 1:
        left, right = min(places), max(places)
        joined = (
            f'<span style="position:absolute;left:{left:.1f}%;width:{right - left:.1f}%;top:calc(50% - 2px);height:4px;'
            f'background:{palette.translucent(palette.DECODER, 0.5)}"></span>'
        )
    symbols = "".join(
        f'<span style="position:absolute;left:{place:.1f}%;top:50%;transform:translate(-50%,-50%);line-height:0">'
        f"{_symbol(mark)}</span>"
        for mark, place in zip(marks, places, strict=True)
    )
    return (
        '<span style="position:relative;flex:1 1 4rem;height:0.9rem;margin:0 0.3rem">'
        f'<span style="position:absolute;left:0;right:0;top:50%;border-top:1px solid {FRAME}"></span>'
        f"{joined}{symbols}</span>"
    )


def _symbol(mark: Mark) -> str:
    shape = "transform:rotate(45deg);border-radius:1px" if mark.diamond else "border-radius:50%"
    return f'<span style="display:inline-block;width:0.6rem;height:0.6rem;background:{mark.colour};{shape}"></span>'


def _values(texts: Sequence[str], unit: str, has_units: bool) -> str:
    each = "".join(f'<span style="flex:0 0 3.1rem;text-align:right">{escape(text)}</span>' for text in texts)
    after = f'<span style="flex:0 0 2.4rem;opacity:0.75;overflow-wrap:anywhere">{escape(unit)}</span>'
    return each + (after if has_units else "")
