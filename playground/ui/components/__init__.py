"""The views that move: the film of a training run, a race of several, and the map of codes, as Streamlit components.

All are redrawn in place in the browser, so a live update neither flickers nor loses the zoom or the place in the film.
Each component's script is `shared.js`, the parts that it needs, and its own file after them; there is no build step
and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.ui.components.assets import asset
from playground.ui.components.packing import FloatArray
from playground.ui.components.parts import Cell, Colour, Frame, Kind, Lane, Layers, Mark, Plane, Samples
from playground.ui.components.payload import clicked_point, film_payload, map_payload, race_payload, thinned

__all__ = [
    "FILM_PARTS",
    "Cell",
    "Colour",
    "Frame",
    "Kind",
    "Lane",
    "Layers",
    "Mark",
    "Plane",
    "Samples",
    "code_map",
    "film",
    "race",
    "thinned",
]


# Also what a film's file is made of: `film_html(payload, title, words, **FILM_PARTS)`.
FILM_PARTS = {
    "html": asset("film.html"),
    "css": asset("shared.css", "film.css"),
    "js": asset(
        "shared.js",
        "pan_zoom.js",
        "loss_plot.js",
        "features.js",
        "samples.js",
        "frame_map.js",
        "hourglass.js",
        "latent.js",
        "points.js",
        "scrubber.js",
        "film.js",
    ),
}
_FILM = st.components.v2.component(
    "playground_film", html=FILM_PARTS["html"], css=FILM_PARTS["css"], js=FILM_PARTS["js"]
)
_RACE = st.components.v2.component(
    "playground_race",
    html=asset("race.html"),
    css=asset("shared.css", "film.css", "race.css"),
    js=asset("shared.js", "loss_plot.js", "features.js", "samples.js", "scrubber.js", "race.js"),
)
_CODE_MAP = st.components.v2.component(
    "playground_code_map",
    html=asset("code_map.html"),
    css=asset("shared.css", "code_map.css"),
    js=asset("shared.js", "pan_zoom.js", "row_map.js", "code_map.js"),
)


def film(*, key: str, on_missing: Callable[[], None] = lambda: None, **arguments: Any) -> None:
    """Show a run epoch by epoch, live and afterwards: errors, samples, codes, units and the decoder's own pictures.

    The browser keeps the frames it has seen, by epoch, until `run` changes or the page is left. Send all frames when
    the page itself runs (it may be newly opened) and only the newest few when a live fragment reruns.

    Args:
        key: the widget key; keep it the same from one update to the next.
        on_missing: what is called where frames from before it was opened are missing, before the rerun in which all
            are to be sent.
        arguments: those of `film_payload`.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    _FILM(key=key, data=film_payload(**arguments), on_missing_change=on_missing)


def race(*, key: str, **arguments: Any) -> None:
    """Show up to four runs at once: their validation curves in one plot, their samples in one grid, one scrubber.

    As with the film, the browser keeps each lane's frames until `race` changes: send only the newest few while live.

    Args:
        key: the widget key; keep it the same from one update to the next.
        arguments: those of `race_payload`.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    _RACE(key=key, data=race_payload(**arguments))


def code_map(
    *,
    key: str,
    x: FloatArray,
    y: FloatArray | None,
    x_label: str,
    y_label: str,
    colour: Colour | None = None,
    pictures: NDArray[np.uint8] | None = None,
    rows: Sequence[str] | None = None,
    selected: int | None = None,
    marks: Sequence[Mark] = (),
    height: int = 420,
) -> int | None:
    """Show codes as a map to zoom, pan, hover and click; gives the point clicked just now.

    A click is an event: its index is returned in the one run that it causes and None in every other, so keep it
    (in session state) and hand it back as `selected`. Clicks inside an `st.form` are not heard.

    Args:
        key: the widget key; keep it the same from one update to the next.
        x: the first unit (n,).
        y: the second unit (n,), or None for a strip of the first alone.
        x_label: name of the first axis.
        y_label: name of the second axis, unused on a strip.
        colour: what the points are coloured by, one value per point.
        pictures: each point's picture for the hover card (n, height, width) or (n, height, width, 3).
        rows: each point's text for the hover card, lines split by a line break.
        selected: index of the point to ring.
        marks: extra points drawn with their label.
        height: height of the map in pixels, without its legend.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    data = map_payload(
        x=x,
        y=y,
        x_label=x_label,
        y_label=y_label,
        colour=colour,
        pictures=pictures,
        rows=rows,
        selected=selected,
        marks=marks,
        height=height,
    )
    # A trigger exists only when a callback is named for it, even an empty one.
    result = _CODE_MAP(key=key, data=data, on_point_change=lambda: None)
    return clicked_point(result.get("point"), len(x))
