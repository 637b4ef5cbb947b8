"""A grid of samples to pick one from by a click or the keyboard, as a Streamlit component of our own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.ui.components.assets import asset
from playground.ui.components.network import LOOK_PARTS
from playground.ui.components.packing import FloatArray, Payload, pack_pictures, pack_scaled
from playground.ui.components.payload import clicked_point

_GRID = st.components.v2.component(
    "playground_grid",
    html=asset("grid.html"),
    css=asset("shared.css", "grid.css"),
    js=asset(*LOOK_PARTS, "grid.js"),
)


def grid(*, key: str, data: Payload, n: int) -> int | None:
    """Show the samples of one page; gives the place of the one clicked just now.

    Args:
        key: the widget key; keep it the same from one page to the next.
        data: what `grid_payload` gave.
        n: how many samples there are on all pages; a place beyond is no click.
    """
    # A trigger exists only when a callback is named for it, even an empty one.
    result = _GRID(key=key, data=data, on_place_change=lambda: None)
    return clicked_point(result.get("place"), n)


def grid_payload(
    *,
    places: Sequence[int],
    captions: Sequence[str],
    names: Sequence[str],
    selected: int | None,
    pictures: NDArray[np.uint8] | None = None,
    x: FloatArray | None = None,
    look: Payload | None = None,
    title: str = "",
) -> Payload:
    """The grid's data.

    Args:
        places: of the samples on this page, which a click tells.
        captions: what stands below each.
        names: what each is called aloud and on hover.
        selected: the place of the sample that is marked, be it on this page or not.
        pictures: uint8 (n, height, width[, 3]), where the samples are pictures.
        x: in scaled units (n, n_features), where they are none.
        look: how those are drawn, see `looks.look`.
        title: what the grid is called aloud.

    Raises:
        ValueError: lengths that do not belong together.
    """
    n = len(places)
    shown = pictures if pictures is not None else x
    if shown is None or (pictures is None and look is None):
        raise ValueError("the grid needs pictures, or samples and their look.")
    if not n == len(captions) == len(names) == len(shown):
        raise ValueError(f"{n} places, {len(captions)} captions, {len(names)} names and {len(shown)} samples.")
    data: Payload = {
        "places": [int(place) for place in places],
        "captions": list(captions),
        "names": list(names),
        "selected": None if selected is None else int(selected),
        "title": title,
    }
    if pictures is not None:
        return data | {"pictures": pack_pictures(pictures)}
    assert x is not None
    return data | {"x": pack_scaled(x), "look": look}
