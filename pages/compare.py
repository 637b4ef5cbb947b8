"""Compare: does the autoencoder beat PCA, on the same held-out rows and with as many numbers?"""

import streamlit as st

from playground.figures.numbers import three
from playground.ui import codes, comparison, messages, picked, reproduce
from playground.ui.drawing import CODECS, drawing
from playground.ui.held_out import finished_run, held_out

PYTHON = """import numpy as np

z, z_pca = (codecs[name].encode(x) for name in ("autoencoder", "pca"))  # the two maps
for name, codec in codecs.items():  # sample {number} through each
    print(name, np.nansum(np.square(x[{place}] - codec.reconstruct(x[[{place}]]))))
"""

st.title("Compare")
run = finished_run()
by_codec = {name: held_out(run, name) for name in run.codecs()}
st.markdown(f"#### {messages.plain(run.verdict)}")
if said := comparison.best_epoch_sentence(run):
    st.markdown(messages.plain(said))
st.html(comparison.table(run))
st.caption(messages.plain(comparison.fairness(run)))


@st.fragment
def errors() -> None:
    comparison.bars(run)


@st.fragment
@messages.shown()
def samples() -> None:
    x = by_codec["autoencoder"].x
    sample = picked.sample(run.id, len(x))
    st.subheader("The maps of the same rows")
    with st.container(horizontal=True):
        colour = codes.choose_colour(run)
        units = codes.choose_units(run.spec.latent_dim)
    for place, name in zip(st.columns(2, gap="medium"), ("autoencoder", "pca"), strict=True):
        with place:
            st.markdown(f"**{CODECS[name][0]}**")
            clicked = codes.show_map(run, by_codec[name], units, colour, sample, key=f"map_{name}", codec=name)
            if clicked is not None:
                picked.pick(run.id, clicked)
                st.rerun()
    st.subheader("One sample through each")
    picked.controls(run.id, len(x))
    drawing(run).side_by_side(
        x[sample],
        {name: held.x_hat[sample] for name, held in by_codec.items()},
        {name: three(held.errors[sample]) for name, held in by_codec.items()},
    )
    st.caption("The error is the sum of squared errors of this sample, in scaled units.")
    reproduce.panel(run, PYTHON.format(number=sample + 1, place=sample))


errors()
samples()
