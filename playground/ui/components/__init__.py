"""The two views that move: the film of a training run and the map of its codes, as Streamlit components of our own.

Both are redrawn in place in the browser, so a live update neither flickers nor loses the zoom or the place in the film.
Each component's script is `shared.js`, the parts that it needs, and its own file after them; there is no build step
and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.ui.components.payload import (
    Colour,
    FloatArray,
    Frame,
    Mark,
    Samples,
    clicked_point,
    film_payload,
    map_payload,
)

__all__ = ["FILM_PARTS", "Colour", "Frame", "Mark", "Samples", "code_map", "film"]


def _asset(*names: str) -> str:
    folder = resources.files(__package__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


# Also what a film's file is made of: `film_html(payload, title, words, **FILM_PARTS)`.
FILM_PARTS = {
    "html": _asset("film.html"),
    "css": _asset("shared.css", "film.css"),
    "js": _asset("shared.js", "loss_plot.js", "samples.js", "frame_map.js", "film.js"),
}
_FILM = st.components.v2.component(
    "playground_film", html=FILM_PARTS["html"], css=FILM_PARTS["css"], js=FILM_PARTS["js"]
)
_CODE_MAP = st.components.v2.component(
    "playground_code_map",
    html=_asset("code_map.html"),
    css=_asset("shared.css", "code_map.css"),
    js=_asset("shared.js", "code_map.js"),
)


def film(
    *,
    key: str,
    run: str,
    latent_dim: int,
    epochs: int,
    alive: bool,
    history: Mapping[str, Sequence[float]],
    pca: float | None,
    mean: float | None,
    unit: str,
    samples: Samples,
    frames: Sequence[Frame],
    colour: Colour | None,
    best_epoch: int | None,
    autoplay: bool = False,
) -> None:
    """Show a run epoch by epoch, live and afterwards: error curves, reconstructions and codes under one scrubber.

    The browser keeps the frames it has seen, by epoch, until `run` changes or the page is left. Send all frames when
    the page itself runs (it may be newly opened) and only the newest few when a live fragment reruns.

    Args:
        key: the widget key; keep it the same from one update to the next.
        run: id of the run; another id clears what the browser has kept.
        latent_dim: number of units in the bottleneck; the map shows the first two.
        epochs: number of epochs planned, the loss plot's right end.
        alive: whether the run still goes on; the view then follows the newest frame.
        history: lists "epoch", "train" and "val" of equal length; not-a-number leaves a gap.
        pca: error of PCA with as many components, in `unit`.
        mean: error of the mean baseline, in `unit`.
        unit: what the errors are measured in, such as "squared error per image".
        samples: the held-out samples to reconstruct.
        frames: frames to add.
        colour: what the codes are coloured by, one value per code.
        best_epoch: the epoch with the lowest validation error so far.
        autoplay: play a finished run once from its first frame (not for visitors who asked for reduced motion).

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    data = film_payload(
        run=run,
        latent_dim=latent_dim,
        epochs=epochs,
        alive=alive,
        history=history,
        pca=pca,
        mean=mean,
        unit=unit,
        samples=samples,
        frames=frames,
        colour=colour,
        best_epoch=best_epoch,
        autoplay=autoplay,
    )
    _FILM(key=key, data=data)


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
