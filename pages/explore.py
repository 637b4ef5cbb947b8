"""Explore: what does the bottleneck hold, and what does the decoder make of any point of it?"""

import streamlit as st

from playground.ui import carried, factors, intrinsic, mapping, pad, sensitivity, units
from playground.ui.held_out import finished_run

st.title("Explore")
run = finished_run()
network = carried.carry(run)
pad.show(run, network)
units.show(run, network)
mapping.show(run)
sensitivity.show(run)
factors.show(run)
intrinsic.show(run)
