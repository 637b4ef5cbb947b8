"""The latent pad: any point of the code under the pointer, decoded in the browser, as Streamlit components of our own.

What is the same for a whole run (codes, pictures) is carried by a component of its own, drawn outside of the fragment
that holds the pad, so that a rerun of the pad never sends it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.ui.components.assets import asset
from playground.ui.components.packing import FloatArray, Payload, given, pack, pack_pictures, pack_scaled
from playground.ui.components.parts import Colour, Kind
from playground.ui.components.payload import clicked_point, rows_payload


@dataclass(frozen=True, eq=False)
class KnownRows:
    """What the pad knows of a run's rows.

    Attributes:
        key: the run's id and version.
        held: codes of the held-out rows on the map (n, m).
        train: codes of training rows (k, m).
        numbers: their row numbers in the data set (k,).
        words: what is known of each of them, one line; may be empty.
        reach: how far from every training code a point lies in a hole, in units of the code.
        apart: 0 to 100 % quantiles of the distances from each training code to its nearest other one (101,); may be
            empty.
        pictures: of the training rows (k, height, width[, 3]), where they are pictures.
        features: the training rows in scaled units (k, n_features), where they are none; None where they are too many.
    """

    key: str
    held: FloatArray
    train: FloatArray
    numbers: NDArray[Any]
    words: Sequence[str]
    reach: float
    apart: FloatArray
    pictures: NDArray[np.uint8] | None = None
    features: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Space:
    """The data space of 2-D or 3-D points, and what the decoder has learnt through it; all in scaled units.

    Attributes:
        points: held-out rows (n, 2 or 3).
        names: of the axes.
        latent: decoded points over the code (rows * columns, 2 or 3), row by row.
        shape: (rows, columns).
        x, x_hat: a few held-out rows and their reconstructions.
    """

    points: FloatArray
    names: Sequence[str]
    latent: FloatArray
    shape: tuple[int, int]
    x: FloatArray
    x_hat: FloatArray


@dataclass(frozen=True, eq=False)
class Told:
    """What the visitor has just done on the pad.

    Attributes:
        point: the held-out row clicked, as a place on the map.
        z: the point of the code that the visitor has let go at (m,).
    """

    point: int | None
    z: FloatArray | None


_ROWS = st.components.v2.component(
    "playground_pad_rows", html=asset("pad_rows.html"), js=asset("shared.js", "known_rows.js", "pad_rows.js")
)
_PAD = st.components.v2.component(
    "playground_pad",
    html=asset("pad.html"),
    css=asset("shared.css", "look.css", "pad.css"),
    js=asset(
        "shared.js",
        "loss_plot.js",
        "features.js",
        "pan_zoom.js",
        "row_map.js",
        "points.js",
        "network.js",
        "look.js",
        "known_rows.js",
        "holes.js",
        "tiles.js",
        "pad.js",
    ),
)


def carry_rows(*, key: str, rows: KnownRows) -> None:
    """Send the rows that a pad needs; shows nothing. Draw it outside of every fragment.

    Raises:
        ValueError: lengths that do not belong together.
    """
    _ROWS(key=key, data=rows_known_payload(rows))


def pad(*, key: str, n: int, m: int, **arguments: Any) -> Told:
    """Show the pad; gives what the visitor has done just now, in the one run that it causes.

    Args:
        key: the widget key; keep it the same from one update to the next.
        n: held-out rows on the map.
        m: units of the code.
        arguments: the others of `pad_payload`.
    """
    data = pad_payload(n=n, m=m, **arguments)
    # A trigger exists only when a callback is named for it, even an empty one.
    result = _PAD(key=key, data=data, on_point_change=lambda: None, on_settled_change=lambda: None)
    return Told(clicked_point(result.get("point"), n), code_from(result.get("settled"), m))


def rows_known_payload(rows: KnownRows) -> Payload:
    """What the carrier is given.

    Raises:
        ValueError: lengths that do not belong together.
    """
    k = len(rows.train)
    for name in ("numbers", "words", "pictures", "features"):
        some = getattr(rows, name)
        if some is not None and len(some) not in ({0, k} if name == "words" else {k}):
            raise ValueError(f"{name} has {len(some)} entries for {k} training codes.")
    if rows.held.ndim != 2 or rows.train.shape[1:] != rows.held.shape[1:]:
        raise ValueError(f"Codes of shapes {rows.held.shape} and {rows.train.shape} are not of one network.")
    return {
        "key": rows.key,
        "held": pack(rows.held),
        "train": pack(rows.train),
        "numbers": pack(np.asarray(rows.numbers, dtype=np.float32)),  # exact up to 16 million
        "words": list(rows.words),
        "reach": float(rows.reach),
        "apart": pack(np.asarray(rows.apart, dtype=np.float32)),
    } | given(
        pictures=None if rows.pictures is None else pack_pictures(rows.pictures),
        features=None if rows.features is None else pack_scaled(rows.features),
    )


def pad_payload(
    *,
    n: int,
    m: int,
    rows_key: str,
    run: str,
    network: str | None,
    units: tuple[int, int | None],
    names: Sequence[str],
    point: FloatArray,
    kind: Kind,
    colour: Colour | None = None,
    selected: int | None = None,
    look: Payload | None = None,
    decoded: FloatArray | None = None,
    space: Space | None = None,
    height: int = 420,
) -> Payload:
    """The pad's data.

    Args:
        n: held-out rows on the map.
        m: units of the code.
        rows_key: of the `KnownRows`.
        run: whose point of the code it is; shared with the other views of the page.
        network: key of the network in the browser; None where the server decodes.
        units: across and up, counted from 0.
        names: of all m units, or of the first ones.
        point: the point of the code on show (m,).
        kind: what is decoded.
        colour: of the held-out rows.
        selected: the held-out row to ring.
        look: how a sample is drawn, where there is no network that knows it.
        decoded: what the server makes of `point` (n_features,), where there is no network.
        space: the data space, where the data are points.
        height: of the map in pixels.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    if point.shape != (m,):
        raise ValueError(f"The point has shape {point.shape}; it needs the {m} units of the code.")
    data = rows_payload(n, colour=colour, pictures=None, rows=None, selected=selected, height=height)
    data |= {
        "rows_key": rows_key,
        "run": run,
        "units": [units[0], units[1]],
        "names": list(names),
        "point": [float(value) for value in point],
        "kind": kind,
    }
    return data | given(
        network=network,
        look=look,
        decoded=None if decoded is None else pack(decoded),
        space=None if space is None else _space(space),
    )


def code_from(value: object, m: int) -> FloatArray | None:
    """The code that the browser sent, or None for anything that is not m finite numbers."""
    if not isinstance(value, list) or len(value) != m:
        return None
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
        return None
    with np.errstate(over="ignore"):
        z = np.array(value, dtype=np.float64).astype(np.float32)
    return z if np.isfinite(z).all() else None


def _space(space: Space) -> Payload:
    return {
        "points": pack(space.points),
        "names": list(space.names),
        "latent": pack(space.latent),
        "shape": list(space.shape),
        "x": pack(space.x),
        "x_hat": pack(space.x_hat),
    }
