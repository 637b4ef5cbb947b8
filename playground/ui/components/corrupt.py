"""A sample, corrupted by a strength that the visitor slides, and what two codecs make of it; a component of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.corruption import KERNEL_REACH, Added, Blurred, Damage, Replaced
from playground.data.dataset import FloatArray
from playground.figures import palette
from playground.ui.components.assets import asset
from playground.ui.components.network import LOOK_PARTS
from playground.ui.components.packing import Payload, given, pack

PALETTE: Payload = {
    "corrupted": palette.BOTTLENECK,
    "autoencoder": palette.ENCODER,  # as in the plot below
    "twin": palette.DECODER,
    "pca": palette.PCA,
    "clean": palette.MEAN,
    "code": palette.BOTTLENECK,
    "off": palette.DIVERGING[-1],
}

_CORRUPT = st.components.v2.component(
    "playground_corrupt",
    html=asset("corrupt.html"),
    css=asset("shared.css", "look.css", "corrupt.css"),
    js=asset(*LOOK_PARTS, "corrupt.js"),
)


@dataclass(frozen=True, eq=False)
class Repaired:
    """What the server computed, where the browser has no network.

    Attributes:
        strength: of the corruption.
        autoencoder, pca: what they make of the corrupted sample (n_features,).
        twin: what the denoising autoencoder makes of it; None where there is none.
    """

    strength: float
    autoencoder: FloatArray
    pca: FloatArray
    twin: FloatArray | None = None


def corrupt(*, key: str, data: Payload, on_strength: Callable[[], None]) -> None:
    """Show the sample; without a network it tells the strength when the visitor lets go of the slider.

    Args:
        key: the widget key; the strength is in the session state under it, see `strength_of`.
        data: of `corrupt_payload`.
        on_strength: what is called then.
    """
    _CORRUPT(key=key, data=data, on_strength_change=on_strength)


def corrupt_payload(
    *,
    network: str | None,
    pca: str | None,
    look: Payload,
    x: FloatArray,
    fill: FloatArray,
    damage: Damage,
    strength: float,
    says: str,
    titles: Mapping[str, str],
    note: str = "",
    repaired: Repaired | None = None,
    twin: str | None = None,
) -> Payload:
    """The component's data.

    Args:
        network, pca: the keys of the carried networks, both None where the server computes.
        look: how a sample is drawn.
        x: the clean sample in scaled units (n_features,).
        fill: what a missing value counts as in an error (n_features,).
        damage: of that one sample.
        strength: to begin with.
        says: what the strength is.
        titles: of "corrupted", "autoencoder", "pca", "clean", and of "twin" where there is one; it is a panel then.
        note: a sentence below.
        repaired: by the server.
        twin: the key of the carried denoising network.

    Raises:
        ValueError: shapes that do not belong together.
    """
    if x.shape != fill.shape or x.ndim != 1:
        raise ValueError(f"x {x.shape} and fill {fill.shape} are not both (n_features,).")
    data: Payload = {
        "network": network,
        "pca": pca,
        "look": look,
        "x": pack(x),
        "fill": pack(fill),
        "damage": damage_payload(damage),
        "strength": strength,
        "says": says,
        "titles": dict(titles),
        "note": note,
        "palette": PALETTE,
    }
    return data | given(twin=twin, computed=None if repaired is None else _repaired(repaired))


def damage_payload(damage: Damage) -> Payload:
    """All that chance has decided about one sample, as corrupt.js reads it."""
    if isinstance(damage, Added):
        return {"type": "added", "field": pack(damage.field[0])}
    if isinstance(damage, Replaced):
        return {"type": "replaced", "threshold": pack(damage.threshold[0]), "value": pack(damage.value[0])}
    if isinstance(damage, Blurred):
        return {
            "type": "blurred",
            "grid": list(damage.grid),
            "reach": damage.reach,
            "kernel_reach": KERNEL_REACH,
        }
    raise TypeError(f"The browser does not know {type(damage).__name__}.")


def strength_of(value: object) -> float | None:
    """The strength that the browser sent; None for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _repaired(repaired: Repaired) -> Payload:
    return {
        "strength": repaired.strength,
        "autoencoder": pack(np.asarray(repaired.autoencoder)),
        "pca": pack(np.asarray(repaired.pca)),
    } | given(twin=None if repaired.twin is None else pack(np.asarray(repaired.twin)))
