"""Directions in the space of the data as a visitor can read them: as pictures, as bars, or as waves.

A direction has no unit and no sign: what counts is which entries go together and which against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.markup import FRAME, LINE, SMALL, Picture, pictures, waves
from playground.figures.numbers import count, three
from playground.figures.pictures import difference_png

Vectors = NDArray[np.floating[Any]]

MOST_FEATURES = 40  # with bars of their own
PICTURE = 104  # px
WAVE = 90  # px
GAP = 0.4  # rem
NAME_WIDTH, BAR_WIDTH = (5, 8), (2.1, 5.5)  # rem, on a phone and on a wide screen
NAME = f"flex:0 0 clamp({NAME_WIDTH[0]}rem,25vw,{NAME_WIDTH[1]}rem)"
BAR = f"flex:1 1 {BAR_WIDTH[0]}rem;min-width:{BAR_WIDTH[0]}rem;max-width:{BAR_WIDTH[1]}rem"


@dataclass(frozen=True)
class Directions:
    """One or more rows of directions that belong together, such as PCA's components and what is compared with them.

    Attributes:
        name: of the row.
        colour: from the palette.
        vectors: (k, n_features), or pictures (k, height, width), with 3 channels last where they are colour.
        below: what is said of each, k texts.
        titles: what each is called, k texts; its number if left out.
        limit: the entry of full colour or length, the same for all of them; each has its own if left out.
    """

    name: str
    colour: str
    vectors: Vectors
    below: Sequence[str]
    titles: Sequence[str] = ()
    limit: float | None = None

    def title(self, place: int) -> str:
        """What a direction is called."""
        return self.titles[place] if self.titles else str(place + 1)


def component_pictures(rows: Sequence[Directions]) -> str:
    """Directions of pictures, the i-th of every row below each other: red adds, blue takes away, white leaves alone.

    Every picture has a scale of its own unless `limit` is given. Of colour pictures the mean over the channels is
    shown.

    Raises:
        ValueError: nothing to show, or rows of different lengths.
    """
    k = _length(rows)
    shown = []
    for place in range(k):
        pngs = [
            (
                difference_png(np.zeros_like(row.vectors[place]), row.vectors[place], 1, _limit(row, place)),
                f"{row.name} {row.title(place)}",
            )
            for row in rows
        ]
        shown.append(Picture(rows[0].title(place), pngs, " · ".join(row.below[place] for row in rows), rows[0].colour))
    return _legend(rows, "from top to bottom" if len(rows) > 1 else "") + pictures(shown, PICTURE)


def component_bars(rows: Sequence[Directions], feature_names: Sequence[str], unit_names: Sequence[str]) -> str:
    """Directions of rows of a table as bars: a line per feature, a column per direction, right adds, left takes away.

    Where there are more than `MOST_FEATURES` features, those with the largest entry in any direction are shown.

    Args:
        rows: one row's first direction stands beside the other rows' first.
        feature_names: n_features.
        unit_names: of the directions, k.

    Raises:
        ValueError: nothing to show, or lengths that differ.
    """
    k = _length(rows)
    if any(row.vectors.shape[1] != len(feature_names) for row in rows) or len(unit_names) != k:
        raise ValueError("every feature and every direction needs a name")
    size = np.max([np.abs(row.vectors).max(axis=0) for row in rows], axis=0)
    chosen = np.sort(np.argsort(-size, kind="stable")[:MOST_FEATURES])
    limits = [
        np.abs(row.vectors).max(axis=1) if row.limit is None else np.full(k, row.limit, dtype=np.float64)
        for row in rows
    ]
    heads = "".join(
        f'<div role="columnheader" style="{BAR};border-top:3px solid {row.colour};padding-top:0.2rem;'
        f'overflow-wrap:anywhere">'
        f'{escape(unit_names[i])}<div style="opacity:0.75">{escape(row.below[i])}</div></div>'
        for i in range(k)
        for row in rows
    )
    lines = "".join(
        f'<div role="row" style="display:flex;gap:{GAP}rem;align-items:center;border-top:1px solid {LINE}">'
        f"{_name(feature_names[feature])}"
        + "".join(
            _bar(float(row.vectors[i, feature]), float(limits[place][i]), row.colour)
            for i in range(k)
            for place, row in enumerate(rows)
        )
        + "</div>"
        for feature in chosen.tolist()
    )
    left_out = len(feature_names) - len(chosen)
    more = f"<div>{count(left_out)} features with smaller entries are not shown.</div>" if left_out else ""
    narrowest = NAME_WIDTH[0] + k * len(rows) * (BAR_WIDTH[0] + GAP)
    return (
        f'{_legend(rows, "")}<div role="table" style="{SMALL};overflow-x:auto"><div style="min-width:{narrowest:g}rem">'
        f'<div role="row" style="display:flex;gap:{GAP}rem">{_name("")}{heads}</div>{lines}</div></div>'
        f'<div style="{SMALL};opacity:0.75">{more}</div>'
    )


def component_waves(rows: Sequence[Directions]) -> list[str]:
    """Directions of series as lines, one drawing per direction with those of every row over each other.

    Raises:
        ValueError: nothing to show, or rows of different lengths.
    """
    limit = rows[0].limit if rows else None
    scale = None if limit is None else (-limit, limit)
    return [
        waves(
            [(f"{row.name} {row.title(place)} ({row.below[place]})", row.vectors[place], row.colour) for row in rows],
            "",
            WAVE,
            scale,
        )
        for place in range(_length(rows))
    ]


def _length(rows: Sequence[Directions]) -> int:
    lengths = {len(row.vectors) for row in rows} | {len(row.below) for row in rows}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"rows of as many directions as texts are needed, and at least one: {sorted(lengths)}")
    return lengths.pop()


def _limit(row: Directions, place: int) -> float:
    if row.limit is not None:
        return row.limit
    image = row.vectors[place]
    flat = image.mean(axis=2) if image.ndim == 3 else image
    return float(np.abs(flat).max(initial=0.0))


def _legend(rows: Sequence[Directions], order: str) -> str:
    names = "".join(
        '<span style="white-space:nowrap"><span style="display:inline-block;width:1.1rem;vertical-align:middle;'
        f'border-top:3px solid {row.colour}"></span>&ensp;{escape(row.name)}</span>'
        for row in rows
    )
    after = f'<span style="opacity:0.75">{order}</span>' if order else ""
    return (
        f'<div style="display:flex;flex-wrap:wrap;gap:0.2rem 1rem;padding-bottom:0.4rem;{SMALL}">{names}{after}</div>'
    )


def _name(text: str) -> str:
    return (
        f'<div role="rowheader" title="{escape(text)}" style="{NAME};overflow:hidden;'
        f'text-overflow:ellipsis;white-space:nowrap">{escape(text)}</div>'
    )


def _bar(value: float, limit: float, colour: str) -> str:
    share = min(abs(value) / limit, 1.0) if limit > 0 and np.isfinite(value) else 0.0
    side = f"left:50%;width:{50 * share:.1f}%" if value >= 0 else f"right:50%;width:{50 * share:.1f}%"
    opacity = 1 if value >= 0 else 0.6  # a second sign beside the direction
    return (
        f'<div role="cell" title="{three(value)}" style="position:relative;{BAR};height:1.1rem">'
        f'<span style="position:absolute;left:50%;top:0;bottom:0;border-left:1px solid {FRAME}"></span>'
        f'<span style="position:absolute;{side};top:20%;bottom:20%;background:{palette.translucent(colour, opacity)}">'
        "</span></div>"
    )
