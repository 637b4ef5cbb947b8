"""Compare: does the autoencoder beat PCA, on the same held-out rows and with as many numbers?"""

import streamlit as st

from playground.figures.numbers import three
from playground.ui import comparison, data_space, linear_pca, maps, messages, pca_part, picked, reproduce, sweep, wins
from playground.ui.drawing import drawing
from playground.ui.held_out import finished_run, held_out

PYTHON = """import numpy as np

z, z_pca = (codecs[name].encode(x) for name in ("autoencoder", "pca"))  # the two maps
for name, codec in codecs.items():  # sample {number} through each
    print(name, np.nansum(np.square(x[{place}] - codec.reconstruct(x[[{place}]]))))
"""

st.title("Compare")
run = finished_run()
run.codecs()  # a damaged file is said here, once, and not by every part


@st.fragment
@messages.shown()
def sample() -> None:
    by_codec = {name: held_out(run, name) for name in run.codecs()}
    x = by_codec["autoencoder"].x
    shown = picked.sample(run.id, len(x))
    st.subheader("One sample through each")
    picked.controls(run.id, len(x))
    drawing(run).side_by_side(
        x[shown],
        {name: held.x_hat[shown] for name, held in by_codec.items()},
        {name: three(held.errors[shown]) for name, held in by_codec.items()},
    )
    st.caption("The error is the sum of squared errors of this sample, in scaled units.")
    reproduce.panel(run, PYTHON.format(number=shown + 1, place=shown), key="reproduce_sample")


comparison.show(run)
sweep.show(run)
maps.show(run)
wins.show(run)
data_space.show(run)
linear_pca.show(run)
pca_part.show(run)
sample()
