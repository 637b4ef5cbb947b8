"""The cloud: up to 100,000 rows on a map in one, two or three dimensions, as a Streamlit component of our own.

What is heavy and seldom changes travels in messages of its own, which Streamlit sends again only when their content
changes: coordinates, colours and rows in carriers, the script with the view. What a click or a filter changes travels
with neither, in a few kB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.ui import state
from playground.ui.components.assets import asset
from playground.ui.components.cloud_payload import (
    BoolArray,
    Card,
    Link,
    Outline,
    Picked,
    Spot,
    asked_rows,
    cards_payload,
    carried,
    colour_part,
    digest_of,
    picked_group,
    picked_point,
    points_part,
    view_payload,
)
from playground.ui.components.packing import FloatArray, Payload, given
from playground.ui.components.parts import Colour
from playground.ui.components.payload import rows_payload

__all__ = ["Card", "Link", "Outline", "Picked", "Spot", "cloud"]

_EMPTY = "<div hidden>\n</div>"
_CARRIER = st.components.v2.component(
    "playground_cloud_carrier", html=_EMPTY, js=asset("cloud_store.js", "cloud_carrier.js")
)
_STATE = st.components.v2.component("playground_cloud_state", html=_EMPTY, js=asset("cloud_store.js", "cloud_state.js"))
_CARDS = st.components.v2.component("playground_cloud_cards", html=_EMPTY, js=asset("cloud_store.js", "cloud_cards.js"))
_CLOUD = st.components.v2.component(
    "playground_cloud",
    html=asset("cloud.html"),
    css=asset("shared.css", "cloud.css"),
    js=asset(
        "shared.js",
        "pan_zoom.js",
        "row_map.js",
        "cloud_store.js",
        "gl_points.js",
        "cloud_scatter.js",
        "turning.js",
        "lasso.js",
        "cloud.js",
    ),
)


def cloud(
    *,
    key: str,
    of: str,
    x: FloatArray,
    y: FloatArray | None = None,
    z: FloatArray | None = None,
    labels: Sequence[str],
    colour: Colour | None = None,
    shown: BoolArray | None = None,
    hide: bool = False,
    selected: int | None = None,
    links: Sequence[Link] = (),
    groups: Sequence[Outline] = (),
    spots: Sequence[Spot] = (),
    pictures: NDArray[np.uint8] | None = None,
    rows: Sequence[str] | None = None,
    card: Callable[[int], Card] | None = None,
    height: int = 480,
) -> Picked:
    """Show rows as a map to zoom, pan or turn, hover, click and draw around; gives what was picked just now.

    A pick is an event: it is returned in the one run that it causes, so keep it and hand it back as `selected` or in
    `groups`. Picks inside an `st.form` are not heard.

    Args:
        key: the widget key; keep it the same from one update to the next.
        of: which rows the points are, such as the run and the part of its data: the zoom and the turn are kept while
            it stays the same, and a pick that belongs to other rows is ignored.
        x, y, z: coordinates (n,); `z` None for a flat map, `y` None too for a strip. At most 100,000 points.
        labels: the names of the axes, one each.
        colour: what the points are coloured by, one value per point.
        shown: which points a filter keeps (n,); the others are dimmed and cannot be picked. None: all.
        hide: whether the others are left out instead of dimmed.
        selected: index of the point to ring.
        links: lines from the selected point to others.
        groups: points to outline, with their name.
        spots: extra places drawn with their label.
        pictures: each point's picture for the hover card (n, height, width[, 3]); for at most a few thousand points.
        rows: each point's text for the hover card, lines split by a line break.
        card: makes the hover card of one row, asked when the pointer rests on it; instead of `pictures` and `rows`
            for many points. Only the rows near the pointer are asked for, in a fragment of their own.
        height: height of the map in pixels, without its tools and its legend.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    places, n = _places(x, y, z, labels), len(x)
    parts = {"points": _part("points", lambda: points_part(places), places)}
    shades = () if colour is None else (colour.name, np.asarray(colour.values), colour.levels)
    parts["colour"] = _part("colour", lambda: colour_part(colour, n), n, *shades)
    if pictures is not None or rows is not None:
        parts["rows"] = _part("rows", lambda: _rows(n, pictures, rows), n, pictures, None if rows is None else [*rows])
    asks = None if card is None else f"{key} {of}"
    data = view_payload(
        of=of,
        n=n,
        parts={name: part["key"] for name, part in parts.items()},
        labels=labels,
        shown=shown,
        hide=hide,
        selected=selected,
        links=links,
        groups=groups,
        spots=spots,
        asks=asks,
        height=height,
    )
    with st.container(gap=None):
        for name, part in parts.items():
            _CARRIER(key=f"{key}-{name}", data=part)
        if card is not None and asks is not None:
            _answer(key, asks, n, card)
        # A trigger exists only when a callback is named for it, even an empty one.
        _STATE(key=f"{key}-state", data={"slot": key} | data)
        result = _CLOUD(key=key, data={"slot": key}, on_point_change=lambda: None, on_group_change=lambda: None)
    return Picked(picked_point(result.get("point"), of, n), picked_group(result.get("group"), of, n))


@st.fragment
def _answer(key: str, asks: str, n: int, card: Callable[[int], Card]) -> None:
    """The cards that the browser asks for, in a fragment so that a hover reruns nothing else."""
    name = f"{key}-cards"
    asked = asked_rows(_told(name, "ask"), asks, n)
    _CARDS(
        key=name,
        data={"asks": asks} | cards_payload({row: card(row) for row in asked}),
        on_ask_change=lambda: None,
    )


def _told(key: str, event: str) -> object:
    """What a component of ours has just told, before it is drawn again."""
    result = state.got(key)
    return result.get(event) if isinstance(result, Mapping) else getattr(result, event, None)


def _part(name: str, make: Callable[[], Payload], *content: object) -> Payload:
    """A carrier's part, made once for the same content."""
    return _made(f"{name}-{digest_of(*content)}", make)


@st.cache_resource(max_entries=48, show_spinner=False)
def _made(key: str, _make: Callable[[], Payload]) -> Payload:
    return carried(key, _make())


def _places(x: FloatArray, y: FloatArray | None, z: FloatArray | None, labels: Sequence[str]) -> FloatArray:
    sides: list[Any] = [side for side in (x, y, z) if side is not None]
    if y is None and z is not None:
        raise ValueError("A cloud with z needs y.")
    if any(side.ndim != 1 or side.shape != x.shape for side in sides):
        raise ValueError(f"The coordinates have shapes {[side.shape for side in sides]}; they need one number a point.")
    if len(labels) != len(sides):
        raise ValueError(f"{len(labels)} labels for {len(sides)} axes.")
    return np.stack(sides, axis=1)


def _rows(n: int, pictures: NDArray[np.uint8] | None, rows: Sequence[str] | None) -> Payload:
    data = rows_payload(n, colour=None, pictures=pictures, rows=rows, selected=None, height=0)
    return given(pictures=data.get("pictures"), rows=data.get("rows"))
