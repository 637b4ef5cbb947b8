"""The angles between a linear autoencoder's subspace and PCA's, falling while it trains; nothing for other kinds."""

from __future__ import annotations

import streamlit as st

from playground.figures.angle_lines import TITLE, angle_lines
from playground.runs.run import Run

MOST_PLACES = 400  # of a line; more than a screen shows


def show(run: Run) -> None:
    """Draws the angles of every epoch so far, in place: made to be called again and again while it trains."""
    drawn = of_epochs(run)
    if drawn:
        st.markdown(drawn, unsafe_allow_html=True)  # numbers and our own words only


def of_epochs(run: Run) -> str:
    """The angles of a linear run, epoch by epoch; "" for other kinds, and where they were not kept."""
    history = run.history
    places = [place for place, angles in enumerate(history.angles) if angles]
    if run.spec.model != "linear" or not places:
        return ""
    stride = -(-len(places) // MOST_PLACES)
    kept = [place for place in places if place % stride == 0 or place == places[-1]]
    return angle_lines([history.epoch[place] for place in kept], [history.angles[p] or [] for p in kept], along="epoch")


def of_steps(run: Run) -> str:
    """The same for the linear autoencoder that every finished run is compared with; "" where it was not kept.

    Raises:
        RunError: its file is missing or damaged.
    """
    fall = run.linear_fall()
    if fall is None or not any(fall.angles):
        return ""
    return angle_lines(fall.steps, fall.angles, along="step", title=f"{TITLE}, while it learnt", log=True)
