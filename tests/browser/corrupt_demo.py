"""The sample, corrupted, of a real, quickly trained run, for looking at it and for checks in a browser.

`streamlit run tests/browser/corrupt_demo.py`, then `?data=digits&m=12`, `&model=denoising`, `&kind=blur` for a
corruption, `&busy=1` with a run that trains on the server, and `&server=1` where the server computes.
"""

import dataclasses

import streamlit as st

from playground.data import load
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.training.recipe import recommended
from playground.ui import carried, corrupting, server


@st.cache_resource
def trained(data: str, m: int, model: str, epochs: int, hidden: str) -> str:
    spec = recommended(load(data), model)
    layers = tuple(map(int, hidden.split("-"))) if hidden else spec.hidden
    wanted = dataclasses.replace(spec, latent_dim=m, epochs=epochs, hidden=layers)
    return start(InlineRunner(server.store()), wanted)


@st.cache_resource
def keep_busy() -> str:
    """A run that trains for as long as anybody looks."""
    spec = recommended(load("mnist5000"))
    return start(server.runner(), dataclasses.replace(spec, epochs=5000))


st.set_page_config(layout="wide")
asked = st.query_params
settings = (asked.get("data", "digits"), int(asked.get("m", "8")), asked.get("model", "dense"))
run = Run(server.store(), trained(*settings, int(asked.get("epochs", "8")), asked.get("hidden", "")))
if "busy" in asked:
    st.caption(f"Beside it trains {keep_busy()}.")
if "kind" in asked:
    st.session_state.setdefault("corrupt_kind", asked["kind"])
corrupting.show(run, None if "server" in asked else carried.carry(run, encode=True))
