"""Reconstruct: what is left of a sample after the bottleneck, and where does it go wrong?"""

import streamlit as st

from playground.analysis.errors import UNITS
from playground.figures.bars import code_bars, error_histogram
from playground.figures.plot import NO_TOOLS
from playground.ui import messages, picked, reproduce
from playground.ui.drawing import drawing
from playground.ui.held_out import finished_run, held_out, in_words, standing

PYTHON = """i = {place}  # sample {number} of the test rows
z = trainer.best.encode(x[[i]])
print(z, dataset.in_words(split.scaler.undo(trainer.best.decode(z))))
"""

st.title("Reconstruct")
run = finished_run()
held = held_out(run)
sample = picked.sample(run.id, len(held.x))

rows, result = st.columns([2, 3], gap="large")
with rows:
    picked.listing(run, held)
with result:
    picked.controls(run.id, len(held.x))
    drawing(run).difference(held.x[sample], held.x_hat[sample])
    words = in_words(run, held.errors[sample])
    error = ", ".join(f"**{messages.plain(value)}** {unit}" for unit, value in words.items())
    st.markdown(f"Its error: {error}; {messages.plain(standing(held, sample))}.")
code, errors = st.columns([2, 3], gap="large")
with code:
    st.markdown(f"**Its code**, all that the decoder gets to see: {held.z.shape[1]} of {held.x.shape[1]} numbers.")
    with st.container(height=420 if held.z.shape[1] > 12 else "content", border=False):
        bars = code_bars(held.z[sample], held.z.min(axis=0), held.z.max(axis=0))
        st.plotly_chart(bars, key="code_bars", config=NO_TOOLS)
with errors:
    st.markdown("**Its error among all held-out rows**")
    histogram = error_histogram(held.errors, held.errors[sample], next(iter(UNITS.values())))
    st.plotly_chart(histogram, key="error_histogram", config=NO_TOOLS)
reproduce.panel(run, PYTHON.format(place=sample, number=sample + 1), key="reproduce_reconstruct")
