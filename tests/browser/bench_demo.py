"""The bench on small trained runs: `streamlit run tests/browser/bench_demo.py`, then `?show=mnist`, `digits`, `wine`,
`penguins`, `heartbeats`, `swiss_roll`, `faces`, or `large` (as if the network were too large for a browser).
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

import numpy as np
import streamlit as st

from playground.data import load
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.training.recipe import recommended
from playground.ui import bench, carried, editing, picked

SHOWS = {
    "mnist": ("mnist5000", {"latent_dim": 2, "hidden": [256, 64], "epochs": 4}),
    "large": ("mnist5000", {"latent_dim": 2, "hidden": [256, 64], "epochs": 4}),
    "digits": ("digits", {"latent_dim": 8, "hidden": [32], "epochs": 20}),
    "wine": ("wine", {"latent_dim": 2, "hidden": [16], "epochs": 40}),
    "heartbeats": ("heartbeats", {"latent_dim": 2, "hidden": [64], "epochs": 5}),
    "swiss_roll": ("swiss_roll", {"latent_dim": 2, "hidden": [64], "epochs": 20}),
    "circle": ("circle", {"latent_dim": 1, "hidden": [32], "epochs": 60}),
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
data, settings = SHOWS.get(show, (show, {"latent_dim": 2, "hidden": [16], "epochs": 20}))
run = trained(data, repr(settings))
if show == "large":
    carried.MOST_BYTES = 1000  # of this server, whose other parts have been seen by then
    network = None
else:
    carried.MOST_BYTES = 12_000_000
    network = carried.carry(run, encode=True)
editing.show(run, network)

if st.button("a wide one", key="wide"):  # a wave that runs far below the others
    x = run.dataset.x[run.split.test_rows[0]].copy()
    x[20:24] -= 10 * np.ptp(x)
    bench.put(run, bench.Sample(x, "brought", "a wide one"))
    st.rerun()
if st.button("another row", key="another"):
    picked.pick(run.id, picked.sample(run.id, 10**6) + 1)
    st.rerun()
sample = bench.on_show(run)
x = bench.scaled(run, sample)
z = run.codec().encode(x[None])
x_hat = run.codec().decode(z)[0]
st.caption(f"{sample.origin}: {sample.words}, place {sample.place}")
# What Python knows and torch makes of it, for checks.
numbers = {"own": sample.x.astype(np.float64), "x": x, "x_hat": x_hat, "pca": run.pca().reconstruct(x[None])[0]}
known = " ".join(base64.b64encode(each.astype("<f8").tobytes()).decode() for each in numbers.values())
st.html(f'<div data-testid="python" hidden>{known}</div>')
