"""Picking and bringing with a small run: `streamlit run tests/browser/picking_demo.py`, then `?data=digits`."""

from __future__ import annotations

import dataclasses

import streamlit as st

from playground.data import load
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.training.recipe import recommended
from playground.ui import bench, bringing, messages, picking, server

st.set_page_config(layout="wide")
data = st.query_params.get("data", "digits")


@st.cache_resource
def made(name: str) -> str:
    spec = dataclasses.replace(recommended(load(name)), epochs=2)
    return start(InlineRunner(server.store()), spec)


run = Run(server.store(), made(data))
with messages.shown():
    picking.show(run)
    bringing.show(run)
    sample = bench.on_show(run)
    st.markdown(f"on the bench: {sample.words} ({sample.origin})")
