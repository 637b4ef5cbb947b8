"""Linked maps: the same rows on several maps, brushed together in the browser, as a Streamlit component of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.ui.components.assets import asset
from playground.ui.components.packing import FloatArray, Payload, pack
from playground.ui.components.parts import Colour
from playground.ui.components.payload import clicked_point, rows_payload


@dataclass(frozen=True, eq=False)
class LinkedMap:
    """One of the maps.

    Attributes:
        name: what it is; "autoencoder" and "pca" have their colours.
        title: what stands above it.
        x, y: coordinates of the rows (n,); `y` None on a strip.
        x_label, y_label: names of the axes.
        notes: what stands below it, names and values in words.
    """

    name: str
    title: str
    x: FloatArray
    y: FloatArray | None
    x_label: str
    y_label: str = ""
    notes: Sequence[tuple[str, str]] = ()


_LINKED_MAPS = st.components.v2.component(
    "playground_linked_maps",
    html=asset("linked_maps.html"),
    css=asset("shared.css", "linked_maps.css"),
    js=asset("shared.js", "pan_zoom.js", "row_map.js", "linked_maps.js"),
)


def linked_maps(
    *,
    key: str,
    run: str,
    maps: Sequence[LinkedMap],
    colour: Colour | None = None,
    pictures: NDArray[np.uint8] | None = None,
    rows: Sequence[str] | None = None,
    selected: int | None = None,
    lit: Sequence[int] | None = None,
    height: int = 340,
) -> int | None:
    """Show maps of the same rows side by side, or below each other on a phone; gives the row clicked just now.

    A rectangle drawn in one lights its rows in all, without a word to Python.

    Args:
        key: the widget key; keep it the same from one update to the next.
        run: whose rows they are; another one clears what is lit.
        maps: at least one.
        colour: what the rows are coloured by, one value per row.
        pictures: each row's picture for the hover card (n, height, width) or (n, height, width, 3).
        rows: each row's text for the hover card, lines split by a line break.
        selected: index of the row to ring.
        lit: indices of the rows to light until the visitor draws a rectangle; None: all.
        height: of one map in pixels.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    data = linked_payload(
        run=run,
        maps=maps,
        colour=colour,
        pictures=pictures,
        rows=rows,
        selected=selected,
        lit=lit,
        height=height,
    )
    # A trigger exists only when a callback is named for it, even an empty one.
    result = _LINKED_MAPS(key=key, data=data, on_point_change=lambda: None)
    return clicked_point(result.get("point"), len(maps[0].x))


def linked_payload(
    *,
    run: str,
    maps: Sequence[LinkedMap],
    colour: Colour | None = None,
    pictures: NDArray[np.uint8] | None = None,
    rows: Sequence[str] | None = None,
    selected: int | None = None,
    lit: Sequence[int] | None = None,
    height: int = 340,
) -> Payload:
    """The linked maps' data; see `linked_maps` for the meaning.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    if not maps:
        raise ValueError("There is no map to show.")
    n = len(maps[0].x)
    data = rows_payload(n, colour=colour, pictures=pictures, rows=rows, selected=selected, height=height)
    data |= {"run": run, "n": n, "maps": [_map(shown, n) for shown in maps]}
    if lit is not None:
        outside = [row for row in lit if not 0 <= row < n]
        if outside:
            raise ValueError(f"lit holds {outside[0]}, but the rows are numbered 0 to {n - 1}.")
        data["lit"] = [int(row) for row in lit]
    return data


def _map(shown: LinkedMap, n: int) -> Payload:
    if shown.x.shape != (n,) or (shown.y is not None and shown.y.shape != (n,)):
        raise ValueError(f"The map '{shown.title}' does not show the {n} rows of the first one.")
    packed: Payload = {"name": shown.name, "title": shown.title, "x": pack(shown.x)}
    packed |= {"x_label": shown.x_label, "y_label": shown.y_label, "notes": [list(note) for note in shown.notes]}
    return packed if shown.y is None else packed | {"y": pack(shown.y)}
