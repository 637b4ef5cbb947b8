"""What a training will cost, before it starts: parameters, estimated time, and epochs by a budget of time."""

from __future__ import annotations

import streamlit as st

from playground.data.dataset import Dataset
from playground.figures.numbers import count
from playground.models.spec import RunSpec
from playground.training.speed import rate_of_this_machine, seconds_per_epoch
from playground.ui import choices, form, messages
from playground.ui.recipe_words import about, recipe
from playground.ui.words import n_parameters

TIMES = {5: "5 s", 20: "20 s", 60: "1 min", 300: "5 min"}


def show(spec: RunSpec, dataset: Dataset) -> None:
    """Draws the cost of these settings, the settings in a sentence, and the ways to another number of epochs."""
    seconds = _seconds(spec, dataset)
    parameters = n_parameters(spec, dataset)
    noun = "parameter" if parameters == 1 else "parameters"
    st.markdown(
        f"**{count(parameters)} {noun} · {about(seconds)}** on one core of this machine", text_alignment="center"
    )
    st.caption(messages.plain(recipe(spec, dataset, seconds)))
    _times(spec, dataset)


def _times(spec: RunSpec, dataset: Dataset) -> None:
    with st.container(key="times", horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.markdown("**Epochs for about**", width="content")
        for budget, title in TIMES.items():
            epochs = choices.trained_for(spec, dataset, budget).epochs
            st.button(
                title,
                key=f"epochs_for_{budget}",
                on_click=_chosen,
                args=(budget,),
                help=f"Sets the epochs to {count(epochs)}, as many as are estimated to fit into {title} on one core of "
                f"this machine. Now they are {count(spec.epochs)}, {about(_seconds(spec, dataset))}.",
            )


def _seconds(spec: RunSpec, dataset: Dataset) -> float:
    return spec.epochs * seconds_per_epoch(spec, dataset, rate_of_this_machine())


def _chosen(budget: int) -> None:
    form.settle(lambda before, dataset: (choices.trained_for(before, dataset, budget), ""))
