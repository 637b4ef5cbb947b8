"""Explore: what does the bottleneck hold, and what does the decoder make of any point of it?"""

import streamlit as st

from playground.ui import (
    arithmetic,
    carried,
    codes,
    factors,
    intrinsic,
    mapping,
    pad,
    picked,
    sensitivity,
    state,
    units,
)
from playground.ui.held_out import finished_run, held_out

# Only what is looked at is computed and sent: all of it together takes a second of the browser's time.
VIEWS = {
    "Any point": "what the decoder makes of any point of the code, data or not",
    "Units": "what each unit of the code does, by itself",
    "Map": "where rows lie, what is near them, groups of them",
    "Factors": "which unit carries what is known, and how many dimensions there are",
}

st.title("Explore")
run = finished_run()
held = held_out(run)
with st.container(horizontal=True, vertical_alignment="bottom"):
    state.keep("view", VIEWS, "Any point")
    now = str(state.got("view"))
    say = f"{'; '.join(f'{name}: {words}' for name, words in VIEWS.items())}. Now {now}."
    view = st.segmented_control("View", list(VIEWS), key="view", required=True, help=say)
    picked.controls(run.id, len(held.z), then=lambda place: codes.move_to(run, held.z[place]))
network = carried.carry(run)
if view == "Any point":
    pad.show(run, network)
elif view == "Units":
    units.show(run, network)
    sensitivity.show(run)
elif view == "Map":
    mapping.show(run)
    arithmetic.show(run)
else:
    factors.show(run)
    intrinsic.show(run)
