"""The pad on small trained runs: `streamlit run tests/browser/pad_demo.py`, then `?show=mnist`, `vae`, `three`, `strip`,
`wine`, `heartbeats`, `swiss_roll`, `circle`, or `large` (as if the network were too large for a browser).
"""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from playground.data import load
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.training.recipe import recommended
from playground.ui import carried, codes, pad

SHOWS = {
    "mnist": ("mnist5000", {"latent_dim": 2, "hidden": [256, 64], "epochs": 3}),
    "vae": ("mnist5000", {"model": "vae", "latent_dim": 2, "hidden": [256, 64], "epochs": 3}),
    "three": ("mnist5000", {"latent_dim": 3, "hidden": [64], "epochs": 3}),
    "strip": ("digits", {"latent_dim": 1, "hidden": [32], "epochs": 20}),
    "wine": ("wine", {"latent_dim": 2, "hidden": [16], "epochs": 40}),
    "heartbeats": ("heartbeats", {"latent_dim": 2, "hidden": [64], "epochs": 5}),
    "swiss_roll": ("swiss_roll", {"latent_dim": 2, "hidden": [64], "epochs": 20}),
    "circle": ("circle", {"latent_dim": 1, "hidden": [32], "epochs": 60}),
    "large": ("mnist5000", {"latent_dim": 2, "hidden": [256, 64], "epochs": 3}),
}


@st.cache_resource
def trained(data: str, settings: str) -> Run:
    """A finished run in the demo's own store."""
    store = Store(Path(os.environ["PLAYGROUND_STORE"]))
    more = dict(eval(settings))  # our own words, as the key of the cache
    spec = RunSpec.from_json(recommended(load(data)).to_json() | {"patience": 0} | more)
    known = (Run(store, run_id) for run_id in store.run_ids())  # a demo that starts again need not train again
    for each in known:
        if each.is_finished and each.spec == spec:
            return each
    return Run(store, start(InlineRunner(store), spec))


st.set_page_config(layout="wide")
show = st.query_params.get("show", "mnist")
run = trained(SHOWS[show][0], repr(SHOWS[show][1]))
if show == "large":
    carried.MOST_BYTES = 1000  # of this server, whose other parts have been seen by then
    network = None
else:
    carried.MOST_BYTES = 12_000_000
    network = carried.carry(run)
pad.show(run, network)


@st.fragment
def known() -> None:
    """What Python knows, for checks: where the point is, and what torch makes of it."""
    st.button("ask Python", key="ask")
    z = codes.point(run, start=run.codec().encode(run.split.x_test[:1])[0])
    st.code("z: " + " ".join(f"{value:.6g}" for value in z), language=None)


known()
