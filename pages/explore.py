"""Explore: where does the bottleneck put the samples, and what does the decoder make of any other point?"""

import streamlit as st

from playground.figures.numbers import three
from playground.ui import codes, messages, picked, reproduce
from playground.ui.drawing import drawing
from playground.ui.held_out import finished_run, held_out, standing

PYTHON = """import numpy as np

z = trainer.best.encode(x)  # the map
point = np.array([[{point}]], dtype=np.float32)  # the sliders
print(dataset.in_words(split.scaler.undo(trainer.best.decode(point))))
"""

st.title("Explore")
run = finished_run()


@st.fragment
@messages.shown()
def explore() -> None:
    held, drawn = held_out(run), drawing(run)
    sample = picked.sample(run.id, len(held.z))
    point = codes.point(run, start=held.z[sample])
    left, right = st.columns([3, 2], gap="large")
    with left:
        with st.container(horizontal=True):
            colour = codes.choose_colour(run)
            units = codes.choose_units(run.spec.latent_dim)
        clicked = codes.show_map(run, held, units, colour, sample, [codes.mark(point, units)])
        if clicked is not None:
            picked.pick(run.id, clicked)
            codes.move_to(run, held.z[clicked])
            st.rerun()
        picked.controls(run.id, len(held.z), then=lambda place: codes.move_to(run, held.z[place]))
        known = " · ".join(drawn.known(held.rows[sample]))
        st.markdown(f"**Sample {sample + 1}** {messages.plain(known)}")
        drawn.pair(held.x[sample], held.x_hat[sample])
        error = f"error {three(held.errors[sample])} (sum of squares), {standing(held, sample)}"
        st.markdown(messages.plain(f"Code {codes.in_words(held.z[sample])}; {error}."))
    with right:
        st.markdown("**Move the code**, and see what it means")
        drawn.alone(run.codec().decode(point[None])[0], "decoded")
        codes.sliders(run, point, held)
        codes.ways_back(run, held, sample)
    reproduce.panel(run, PYTHON.format(point=", ".join(f"{value:.4g}" for value in point)))


explore()
