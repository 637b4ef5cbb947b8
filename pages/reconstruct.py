"""Reconstruct: what is left of any sample after the bottleneck, and where does it go wrong?"""

import streamlit as st

from playground.ui import batch, bringing, carried, corrupting, editing, odd_ones, other_world, picking, state
from playground.ui.held_out import finished_run

VIEWS = {
    "Bench": "one sample, picked, brought, drawn or edited, and what comes back",
    "Corrupt": "a damaged sample and its repair",
    "Odd ones out": "rows that are reconstructed badly, with a threshold",
    "Other worlds": "samples of another kind than the model has seen",
    "Batch": "a whole file through the model",
}

st.title("Reconstruct")
run = finished_run()
run.codecs()  # a damaged file is said here, once, and not by every part
state.keep("bench_view", VIEWS, "Bench")
now = str(state.got("bench_view"))
say = f"{'; '.join(f'{name}: {words}' for name, words in VIEWS.items())}. Now {now}."
view = st.segmented_control("View", list(VIEWS), key="bench_view", required=True, help=say)
network = carried.carry(run, encode=True) if view in ("Bench", "Corrupt") else None
if view == "Bench":
    editing.show(run, network)
    picking.show(run)
    bringing.show(run)
elif view == "Corrupt":
    corrupting.show(run, network)
elif view == "Odd ones out":
    odd_ones.show(run)
elif view == "Other worlds":
    other_world.show(run)
else:
    batch.show(run)
