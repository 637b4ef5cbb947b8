"""The views that move: the film of a training run, and a race of several, as Streamlit components.

Both are redrawn in place in the browser, so a live update neither flickers nor loses the zoom or the place in the film.
Each component's script is `shared.js`, the parts that it needs, and its own file after them; there is no build step
and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.ui.components.assets import asset
from playground.ui.components.parts import Cell, Colour, Frame, Kind, Lane, Layers, Plane, Samples
from playground.ui.components.payload import film_payload, race_payload, thinned

__all__ = [
    "FILM_PARTS",
    "Cell",
    "Colour",
    "Frame",
    "Kind",
    "Lane",
    "Layers",
    "Plane",
    "Samples",
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
