"""The units of the code, a line each: what it explains, a slider, decoded samples along it; a component of our own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.data.dataset import FloatArray
from playground.figures import palette
from playground.figures.numbers import count
from playground.ui.components.assets import asset
from playground.ui.components.network import LOOK_PARTS
from playground.ui.components.packing import Payload, given, number, pack, pack_scaled

STEPS_OF_A_STRIP = 7  # as in units.js
BARS = 40

_UNITS = st.components.v2.component(
    "playground_units",
    html=asset("units.html"),
    css=asset("shared.css", "look.css", "units.css"),
    js=asset(*LOOK_PARTS, "units.js"),
)


@dataclass(frozen=True, eq=False)
class Line:
    """One unit.

    Attributes:
        unit: its number, from 0.
        name: what the page calls it.
        low, high: the ends of its slider, its bars and its strip.
        bars: how often the training codes lie in each part of low to high, 0 to 1 (BARS,).
        share: of what the whole code explains, nan where that is nothing.
        share_words, rise_words: the same, and the rise of the error, in words.
        says: of its training codes, a sentence.
        idle: why it is called idle, a sentence; empty where it is in use.
    """

    unit: int
    name: str
    low: float
    high: float
    bars: NDArray[np.float64]
    share: float
    share_words: str
    rise_words: str
    says: str
    idle: str = ""


@dataclass(frozen=True, eq=False)
class Decoded:
    """Samples that the server decoded, where the network is too large for a browser; in scaled units.

    Attributes:
        now: at the point on show (n_features,).
        units: that have a strip.
        strips: along each of them (len(units), STEPS_OF_A_STRIP, n_features).
    """

    now: FloatArray
    units: Sequence[int]
    strips: FloatArray


def units(*, key: str, data: Payload, on_move: Callable[[], None], on_switch: Callable[[], None]) -> None:
    """Show the units; tells where the visitor has left the point (not while it moves), and which units are off.

    Args:
        key: the widget key; the trigger's value is in the session state under it, see `moved_to` and `switched_off`.
        data: of `units_payload`.
        on_move: what is called when the point was moved here.
        on_switch: what is called when a unit was switched off or on.
    """
    _UNITS(key=key, data=data, on_moved_change=on_move, on_off_change=on_switch)


def units_payload(
    *,
    network: str | None,
    point: str,
    look: Payload,
    lines: Sequence[Line],
    z: FloatArray,
    mean: FloatArray,
    own: FloatArray,
    own_name: str,
    n_train: int,
    off: Sequence[int],
    error_words: str,
    decoded: Decoded | None = None,
) -> Payload:
    """The component's data.

    Args:
        network: the key of the carried network, None where the server decodes.
        point: what the components of the run share the point of the code by.
        look: how a sample is drawn.
        lines: the units, in the order in which they are shown.
        z: the point of the code on show (latent_dim,).
        mean: of the training codes, where a unit is when it is off (latent_dim,).
        own: the code of the sample on show (latent_dim,).
        own_name: of the button that goes there.
        n_train: training codes.
        off: the units that are off.
        error_words: the error with those units off, in a sentence.
        decoded: what the server decoded.

    Raises:
        ValueError: shapes that do not belong together.
    """
    if not z.shape == mean.shape == own.shape == (z.size,):
        raise ValueError(f"z {z.shape}, mean {mean.shape} and own {own.shape} are not all (latent_dim,).")
    colours = {"code": palette.BOTTLENECK, "decoder": palette.DECODER}
    data: Payload = {
        "network": network,
        "point": point,
        "look": look,
        "units": [_line(line) for line in lines],
        "z": pack(z.astype(np.float32)),
        "mean": pack(mean.astype(np.float32)),
        "own": pack(own.astype(np.float32)),
        "own_name": own_name,
        "n_train": count(n_train),
        "off": sorted(int(unit) for unit in off),
        "error_words": error_words,
        "palette": colours,
    }
    return data | given(decoded=None if decoded is None else _decoded(decoded))


def strip_values(low: float, high: float) -> NDArray[np.float64]:
    """Where a unit stands at each step of its strip: each picture is centred below its value on the slider."""
    return low + (np.arange(STEPS_OF_A_STRIP) + 0.5) / STEPS_OF_A_STRIP * (high - low)


def moved_to(value: object, latent_dim: int) -> FloatArray | None:
    """The point that the browser sent, (latent_dim,); None for anything that is none."""
    if not isinstance(value, list | tuple) or len(value) != latent_dim:
        return None
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
        return None
    try:
        with np.errstate(over="ignore"):
            z = np.array(value, dtype=np.float64).astype(np.float32)
    except OverflowError:
        return None
    return z if np.isfinite(z).all() else None


def switched_off(value: object, latent_dim: int) -> frozenset[int] | None:
    """The units that the browser says are off; None for anything that is no list of units."""
    if not isinstance(value, list | tuple) or len(value) > latent_dim:
        return None
    if not all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each < latent_dim for each in value):
        return None
    return frozenset(value)


def _line(line: Line) -> Payload:
    return {
        "unit": int(line.unit),
        "name": line.name,
        "low": float(line.low),
        "high": float(line.high),
        "bars": pack(np.ceil(line.bars * 255).astype(np.uint8)),
        "share": number(line.share),
        "share_words": line.share_words,
        "rise_words": line.rise_words,
        "says": line.says,
        "idle": line.idle,
    }


def _decoded(decoded: Decoded) -> Payload:
    """All samples as one column of int16 steps: a large network's samples are large too."""
    values = np.concatenate([decoded.now.ravel(), np.asarray(decoded.strips).ravel()])
    return {
        "n_features": int(decoded.now.size),
        "units": [int(unit) for unit in decoded.units],
        "values": pack_scaled(values[:, None]),
    }
