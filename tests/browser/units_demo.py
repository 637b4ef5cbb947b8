"""The units of a real, quickly trained run, for looking at them and for checks in a browser.

`streamlit run tests/browser/units_demo.py`, then `?data=digits&m=12`, and `&server=1` where the server decodes.
"""

import dataclasses

import streamlit as st

from playground.data import load
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.training.recipe import recommended
from playground.ui import carried, codes, server, units


@st.cache_resource
def trained(data: str, m: int, model: str) -> str:
    spec = recommended(load(data), model)
    return start(InlineRunner(server.store()), dataclasses.replace(spec, latent_dim=m, epochs=8))


st.set_page_config(layout="wide")
asked = st.query_params
run = Run(server.store(), trained(asked.get("data", "digits"), int(asked.get("m", "4")), asked.get("model", "dense")))
network = None if "server" in asked else carried.carry(run)
units.show(run, network)
if st.toggle("What Python knows"):
    held = codes.point(run, start=None)
    st.markdown(f"point {codes.in_words(held) if held is not None else 'none'}")
