"""Samples in little room as HTML: tiles beside each other, steps in a row with bars below, strips of coloured cells.

Whatever a visitor brought is escaped here. Waves are SVG, which `st.html` drops: draw those with `st.markdown`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.markup import FRAME, SMALL
from playground.figures.pictures import Pixels, data_uri

MOST_UPRIGHT = 8  # names over cells that are written from left to right

Values = NDArray[np.floating[Any]]


def picture(png: bytes, alt: str) -> str:
    """An image as wide as its place."""
    return (
        f'<img src="{data_uri(png)}" alt="{escape(alt)}" title="{escape(alt)}" style="display:block;width:100%;'
        f'image-rendering:pixelated;border:1px solid {FRAME};border-radius:3px">'
    )


def wave(lines: Sequence[tuple[Values, str]], low: float, high: float, alt: str, height: int = 44) -> str:
    """Series over each other, each with its colour, on the scale `low` to `high`; the last lies on top."""
    paths = "".join(
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" vector-effect="non-scaling-stroke" '
        f'points="{_points(values, low, high)}"/>'
        for values, colour in lines
    )
    return (
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{escape(alt)}" style="display:'
        f'block;width:100%;height:{height}px;border:1px solid {FRAME};border-radius:3px">{paths}</svg>'
    )


def strip(colours: Pixels, titles: Sequence[str], height: float = 1.1) -> str:
    """Coloured cells (k, 3) beside each other, `height` rem tall; a title each, said under the pointer."""
    cells = "".join(
        f'<span title="{escape(title)}" style="flex:1 1 0;background:rgb({r},{g},{b})"></span>'
        for (r, g, b), title in zip(colours.tolist(), titles, strict=True)
    )
    return (
        f'<div role="img" aria-label="{escape("; ".join(titles))}" style="display:flex;gap:1px;height:{height}rem">'
        f"{cells}</div>"
    )


def cards(shown: Sequence[str], width: str, gap: str = "0.5rem") -> str:
    """Pieces of HTML beside each other, `width` (CSS) each, as many in a row as there is room for."""
    each = "".join(f'<div style="flex:0 0 {width};min-width:0">{piece}</div>' for piece in shown)
    return f'<div style="display:flex;flex-wrap:wrap;gap:{gap};{SMALL}">{each}</div>'


def card(title: str, body: str, below: str, colour: str, warning: str = "") -> str:
    """One sample: a line in its colour, what it is called, its drawing, a number below and what is wrong with it."""
    alarm = f'<div style="color:{palette.ENCODER};font-weight:600;line-height:1.15">{escape(warning)}</div>'
    return (
        f'<div style="border-top:3px solid {colour};padding-top:0.15rem">{escape(title)}</div>{body}'
        f'<div style="font-size:0.75rem;opacity:0.8">{escape(below)}</div>{alarm if warning else ""}'
    )


def line(title: str, body: str, after: str, warning: str = "") -> str:
    """One sample in a line: what it is called, its drawing, a number behind it and what is wrong with it."""
    alarm = f'<b style="color:{palette.ENCODER};display:block;line-height:1.1">{escape(warning)}</b>' if warning else ""
    return (
        f'<div style="display:flex;gap:0.5rem;align-items:center"><span style="flex:0 0 1.2rem">{escape(title)}</span>'
        f'<div style="flex:1 1 0;min-width:0">{body}</div>'
        f'<div style="flex:0 0 3.4rem;font-size:0.75rem"><span style="opacity:0.8">{escape(after)}</span>{alarm}</div>'
        "</div>"
    )


def scrolling(body: str, names: Sequence[str]) -> str:
    """Labelled lines with a cell per name; where it is narrow they scroll, so that no name breaks inside a word."""
    if len(names) > MOST_UPRIGHT:
        return body
    longest = max((len(word) for name in names for word in name.split()), default=1)
    width = 9.5 + len(names) * min(0.2 + 0.43 * longest, 7)  # rem: the labels, and letters of 0.43
    return f'<div style="overflow-x:auto" tabindex="0"><div style="min-width:{width:.1f}rem">{body}</div></div>'


def heads(names: Sequence[str]) -> str:
    """Names over the cells of a `strip`, in full: broken into lines, and where there are many from bottom to top."""
    how = "overflow-wrap:anywhere;hyphens:auto"
    if len(names) > MOST_UPRIGHT:
        how = "writing-mode:vertical-rl;transform:rotate(180deg);max-height:7rem;overflow:hidden"
    each = "".join(
        f'<span title="{escape(name)}" lang="en" style="flex:1 1 0;min-width:0;font-size:0.75rem;line-height:1.15;'
        f'opacity:0.8;{how}">{escape(name)}</span>'
        for name in names
    )
    return f'<div style="display:flex;gap:1px;align-items:end">{each}</div>'


def levels(columns: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """What each colour of a category's cells stands for: a line per column, its levels with their colours; or ""."""
    lines = "".join(
        f'<div style="display:flex;flex-wrap:wrap;gap:0.1rem 0.8rem"><b style="font-weight:600">{escape(name)}</b>'
        + "".join(
            f'<span><span style="display:inline-block;width:0.75rem;height:0.75rem;background:{colour};'
            f'vertical-align:-1px;margin-right:0.3rem"></span>{escape(level)}</span>'
            for level, colour in named
        )
        + "</div>"
        for name, named in columns
    )
    return f'<div style="{SMALL}">{lines}</div>' if lines else ""


def words(text: str, colour: str = "", title: str = "") -> str:
    """Small text in the middle of its place; `title` is said under the pointer."""
    strong = f"color:{colour};font-weight:600;" if colour else "opacity:0.85;"
    return (
        f'<div title="{escape(title)}" style="{strong}text-align:center;font-size:0.75rem;line-height:1.2;'
        f'overflow-wrap:anywhere">{escape(text)}</div>'
    )


def labelled(name: str, body: str, colour: str = "transparent") -> str:
    """A piece of HTML behind its name and a spot of its colour."""
    return (
        f'<div style="display:flex;gap:0.5rem;align-items:center;margin-top:2px"><span style="flex:0 0 8.5rem;'
        f'font-size:0.75rem;line-height:1.15;border-left:0.25rem solid {colour};padding-left:0.35rem">{escape(name)}'
        f'</span><div style="flex:1 1 0;min-width:0">{body}</div></div>'
    )


def key(named: Sequence[tuple[str, str]]) -> str:
    """What each colour stands for, in a line."""
    each = "".join(
        f'<span><span style="display:inline-block;width:1rem;border-top:3px solid {colour};vertical-align:middle;'
        f'margin-right:0.4rem"></span>{escape(name)}</span>'
        for name, colour in named
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:0.2rem 1rem;{SMALL}">{each}</div>'


def steps(
    rows: Sequence[tuple[str, str, Sequence[str]]],
    standing: Values | None,
    least: float,
    colour: str,
    thinnest: int = -1,
) -> str:
    """Steps of a path from left to right, with how dense the code is below each.

    Args:
        rows: name, what stands small below it, and a piece of HTML per step; names may be "" where there are none.
        standing: share per step (n_steps,), 0 to 1; None draws no bars.
        least: a share below this is marked, and said to be outside.
        colour: of the line above the steps.
        thinnest: the step whose share is framed, from 0; -1 for none.
    """
    n = len(rows[0][2])
    named = any(name for name, _, _ in rows)
    grid = f"display:grid;grid-template-columns:{'minmax(5rem,22%) ' if named else ''}repeat({n},minmax(0,1fr))"
    lines = "".join(
        (_label(name, small) if named else "") + "".join(f"<div>{piece}</div>" for piece in pieces)
        for name, small, pieces in rows
    )
    bars = "" if standing is None else _bars(standing, least, named, thinnest)
    gaps = "gap:0.25rem 2px" if named else "gap:0.3rem"
    return (
        f'<div style="border-top:3px solid {colour};padding-top:0.3rem;{SMALL}">'
        f'<div style="{grid};{gaps};align-items:center">{lines}{bars}</div></div>'
    )


def _label(name: str, small: str) -> str:
    return (
        f'<div style="overflow-wrap:anywhere;line-height:1.2">{escape(name)}'
        f'<div style="font-size:0.75rem;opacity:0.75">{escape(small)}</div></div>'
    )


def _bars(standing: Values, least: float, named: bool, thinnest: int) -> str:
    first = '<div style="font-size:0.75rem;opacity:0.75">density of the code, %</div>' if named else ""
    return first + "".join(_bar(float(share), share < least, i == thinnest) for i, share in enumerate(standing))


def _bar(share: float, is_outside: bool, is_thinnest: bool) -> str:
    """The bar, its number of percent below, and a cross where it is outside; the thinnest has its number framed."""
    words = f"denser than at {100 * share:.0f} % of the training codes{', outside of the data' if is_outside else ''}"
    words += ", the thinnest step" if is_thinnest else ""
    mark = f'<b style="color:{palette.ENCODER};line-height:1">✕</b>' if is_outside else ""
    frame = "font-weight:700;outline:1.5px solid;border-radius:2px" if is_thinnest else "opacity:0.8"
    return (
        f'<div role="img" aria-label="{words}" title="{words}" style="font-size:0.7rem;text-align:center">'
        '<div style="height:1.6rem;display:flex;flex-direction:column;justify-content:flex-end;align-items:center;'
        f'border-bottom:1px solid {FRAME}">{mark}'
        f'<div style="width:70%;height:{100 * share:.0f}%;background:{palette.BOTTLENECK}"></div></div>'
        f'<span style="padding:0 2px;line-height:1.5;{frame}">{100 * share:.0f}</span></div>'
    )


def _points(values: Values, low: float, high: float) -> str:
    known = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=low)
    across = np.linspace(0, 100, known.size)
    up = np.clip(96 - 92 * (known - low) / ((high - low) or 1.0), 0, 100)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across.tolist(), up.tolist(), strict=True))
