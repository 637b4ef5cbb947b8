"""The hourglass of the present settings, drawn on a page."""

from __future__ import annotations

import streamlit as st

from playground.data.dataset import Dataset
from playground.figures.hourglass import hourglass
from playground.models.sizes import layer_names
from playground.models.spec import RunSpec
from playground.ui.words import n_parameters


def draw(spec: RunSpec, dataset: Dataset, *, height: int = 280, parameters: bool = True) -> None:
    """Draws the network that these settings make for this data set, to scale, with its number of parameters or not."""
    layers = spec.layers(dataset.width, dataset.grid)
    names = layer_names(spec, dataset.width, dataset.grid)
    learnt = n_parameters(spec, dataset) if parameters else None
    svg = hourglass(layers, len(layers) // 2, names=names, parameters=learnt, height=height)
    st.markdown(svg, unsafe_allow_html=True)  # numbers and our own words only; st.html would drop the drawing
