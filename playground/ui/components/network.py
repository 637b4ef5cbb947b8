"""A network for the browser: its weights as JSON, and the invisible component that carries them to a page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from playground.ui.components.assets import asset
from playground.ui.components.packing import Payload

if TYPE_CHECKING:
    from playground.models.plain import PlainNetwork, Step

# In front of the own script of every component that decodes and draws; "look.css" after "shared.css".
LOOK_PARTS = ("shared.js", "features.js", "network.js", "look.js")

_CARRIER = st.components.v2.component(
    "playground_network", html=asset("carrier.html"), js=asset("shared.js", "network.js", "carrier.js")
)


def carrier(*, key: str, data: Payload) -> None:
    """Brings a network to the page; draw it in the page's body, outside of every fragment.

    Args:
        key: the widget key.
        data: of `network_payload`.
    """
    _CARRIER(key=key, data=data)


def network_payload(network: PlainNetwork, key: str, *, encode: bool = False) -> Payload:
    """The network as JSON: steps, and all weights in one piece of float32 in base64.

    Deflating them would save 7 % and cost more time than that.

    Args:
        network: to be carried.
        key: what components ask for it by.
        encode: whether the encoder comes along.
    """
    parts = (network.encoder if encode else (), network.decoder)
    steps = [step for part in parts for step in part]
    numbers = [weights.ravel() for step in steps for weights in step.weights]
    joined = np.concatenate(numbers).astype("<f4") if numbers else np.zeros(0, "<f4")
    return {
        "key": key,
        "n_features": network.n_features,
        "latent_dim": network.latent_dim,
        "encoder": _as_json(network.encoder) if encode else None,
        "decoder": _as_json(network.decoder),
        "weights": base64.b64encode(joined.tobytes()).decode("ascii"),
    }


def _as_json(steps: Sequence[Step]) -> list[Payload]:
    return [{"kind": step.kind, **step.settings} for step in steps]
