"""The network of the run on show, brought to the browser, so that its views decode there while a pointer moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from playground.figures.numbers import count
from playground.runs.run import Run
from playground.ui.components.network import carrier, network_payload
from playground.ui.components.packing import Payload
from playground.ui.held_out import version
from playground.ui.looks import look

if TYPE_CHECKING:
    from playground.models.plain import PlainNetwork, Step  # inside the functions: a title need not wait for torch

MOST_BYTES = 12_000_000  # of float32 weights: some seconds of a slow connection
MOST_MULTIPLICATIONS = 8_000_000  # for one sample: about a frame of a laptop's browser


def carry(run: Run, *, encode: bool = False, slot: str = "network") -> str | None:
    """Draws the invisible component that brings the run's decoder to the browser; gives the network's key.

    Call it in the page's body, outside of every fragment: fragments then never send the weights again.

    Args:
        run: a finished one.
        encode: whether the encoder comes along.
        slot: the widget key; a second network beside the run's needs another.

    Returns:
        What `networkOf` in network.js is asked by; None where the network is too large (`why_not` says how).

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    if why_not(run, encode=encode):
        return None
    key = f"{run.id}-{version(run)}" + ("-both" if encode else "")
    carrier(key=slot, data=_payload(str(run.folder), version(run), key, encode, run))
    return key


def why_not(run: Run, *, encode: bool = False) -> str:
    """Why the browser cannot run this network, a sentence for the page; "" where it can."""
    from playground.models.plain import multiplications

    size = _n_bytes(run, encode)
    if size > MOST_BYTES:
        return (
            f"This network is too large to be sent to your browser ({size / 1e6:.0f} MB of weights, at most "
            f"{MOST_BYTES / 1e6:.0f} MB), so the server decodes: results come when you let go."
        )
    products = multiplications(_sent(_plain(str(run.folder), version(run), run), encode))
    if products > MOST_MULTIPLICATIONS:
        return (
            f"Decoding one sample takes {count(products)} multiplications, more than a browser does while you move "
            f"({count(MOST_MULTIPLICATIONS)}), so the server decodes: results come when you let go."
        )
    return ""


def _n_bytes(run: Run, encode: bool) -> int:
    """Of the weights that would be sent; those of a network that is far too large are only counted."""
    from playground.models.plain import n_bytes

    model = run.codec()
    own = sum(parameter.numel() for parameter in (model if encode else model.decoder).parameters())
    if 4 * own > 2 * MOST_BYTES:
        return 4 * own
    return n_bytes(_sent(_plain(str(run.folder), version(run), run), encode))


def _sent(network: PlainNetwork, encode: bool) -> list[Step]:
    return [*(network.encoder if encode else ()), *network.decoder]


@st.cache_resource(max_entries=4, show_spinner=False)
def _plain(folder: str, changed: int, _run: Run) -> PlainNetwork:
    from playground.models.plain import plain

    return plain(_run.codec(), _run.split.n_features)


@st.cache_resource(max_entries=4, show_spinner=False)
def _payload(folder: str, changed: int, key: str, encode: bool, _run: Run) -> Payload:
    return network_payload(_plain(folder, changed, _run), key, encode=encode) | {"look": look(_run)}
