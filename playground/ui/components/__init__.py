"""The views that move: the film of a training run, a race of several, and the map of codes, as Streamlit components.

All are redrawn in place in the browser, so a live update neither flickers nor loses the zoom or the place in the film.
Each component's script is `shared.js`, the parts that it needs, and its own file after them; there is no build step
and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    kind: Kind | None = None,
    error_scale: float | None = None,
    changes: Sequence[tuple[float, str]] = (),
    layers: Layers | None = None,
    latent_shape: tuple[int, int] | None = None,
    points: FloatArray | None = None,
    plane: Plane | None = None,
    first: int | None = None,
    arrives: bool = False,
    on_missing: Callable[[], None] = lambda: None,
) -> None:
    """Show a run epoch by epoch, live and afterwards: errors, samples, codes, units and the decoder's own pictures.

    The browser keeps the frames it has seen, by epoch, until `run` changes or the page is left. Send all frames when
    the page itself runs (it may be newly opened) and only the newest few when a live fragment reruns.

    Args:
        key: the widget key; keep it the same from one update to the next.
        run: id of the run; another id clears what the browser has kept.
        latent_dim: number of units in the bottleneck; the map shows the first two.
        epochs: number of epochs planned, the loss plot's right end; it may grow.
        alive: whether the run still goes on; the view then follows the newest frame.
        history: lists "epoch", "train" and "val" of equal length, and "seconds" of training where they are known;
            not-a-number leaves a gap.
        pca: error of PCA with as many components, in `unit`.
        mean: error of the mean baseline, in `unit`.
        unit: what the errors are measured in, such as "squared error per image".
        samples: the held-out samples to reconstruct.
        frames: frames to add.
        colour: what the codes are coloured by, one value per code.
        best_epoch: the epoch with the lowest validation error so far.
        autoplay: play a finished run once from its first frame (not for visitors who asked for reduced motion).
        kind: what a sample is; None: an image where there is an `image_shape`, else a row of a table.
        error_scale: turns a sample's sum of squared errors into `unit`; None shows no errors of single samples.
        changes: what was changed while it trained: the epoch (12.4) and the words ("learning rate 0.02 → 0.002").
        layers: the network's layers, for the hourglass; None draws none.
        latent_shape: rows and columns of the frames' `latent`, (1, columns) for one unit; None draws none.
        points: for a set of points, the rows of `z` in the data space (k, 2 or 3), scaled units.
        plane: for a set of points, PCA's line or plane.
        first: the first epoch there is; a browser that has only later ones asks for the rest.
        arrives: brings the film into view, once for this run.
        on_missing: what is called then, before the rerun in which all frames are to be sent.

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
        kind=kind,
        error_scale=error_scale,
        changes=changes,
        layers=layers,
        latent_shape=latent_shape,
        points=points,
        plane=plane,
        first=first,
        arrives=arrives,
    )
    _FILM(key=key, data=data, on_missing_change=on_missing)


def race(
    *,
    key: str,
    race: str,
    lanes: Sequence[Lane],
    lines: Mapping[int, float],
    mean: float | None,
    unit: str,
    samples: Samples,
    epochs: int,
    alive: bool = False,
    kind: Kind | None = None,
) -> None:
    """Show up to four runs at once: their validation curves in one plot, their samples in one grid, one scrubber.

    As with the film, the browser keeps each lane's frames until `race` changes: send only the newest few while live.

    Args:
        key: the widget key; keep it the same from one update to the next.
        race: what the race is called, such as its runs' ids; another one clears what the browser has kept.
        lanes: one to four runs on the same data and split.
        lines: error of PCA by its number of components, in `unit`, one for every m among the lanes.
        mean: error of the mean baseline, in `unit`.
        unit: what the errors are measured in.
        samples: the held-out samples that all lanes reconstruct.
        epochs: number of epochs planned, the plot's right end.
        alive: whether any lane still goes on; the view then follows the newest epoch.
        kind: what a sample is, as for `film`.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    data = race_payload(
        race=race,
        lanes=lanes,
        lines=lines,
        mean=mean,
        unit=unit,
        samples=samples,
        epochs=epochs,
        alive=alive,
        kind=kind,
    )
    _RACE(key=key, data=data)


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
