"""Directions in the space of a run's data, drawn as what its samples are: pictures, waves, or bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from playground.figures.components import Directions, component_bars, component_pictures, component_waves
from playground.runs.run import Run


def draw(run: Run, rows: Sequence[Directions]) -> None:
    """Draws rows of directions (k, n_features) in scaled units, the i-th of every row together."""
    dataset = run.dataset
    if dataset.image_shape is not None:
        st.html(component_pictures([replace(row, vectors=dataset.as_images(np.asarray(row.vectors))) for row in rows]))
    elif dataset.kind == "series":
        for place, svg in enumerate(component_waves(rows)):
            if place % 2 == 0:
                columns = st.columns(2)
            with columns[place % 2]:
                st.markdown(svg, unsafe_allow_html=True)  # numbers and our own words; st.html would drop the drawing
    else:
        k = len(rows[0].below)
        st.html(component_bars(rows, dataset.scaled_names, [str(place + 1) for place in range(k)]))
