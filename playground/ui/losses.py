"""The loss in words beside its choice: its formula, and what it is for whoever only knows the mean."""

from __future__ import annotations

import streamlit as st

from playground.data.dataset import Dataset
from playground.data.split import Split
from playground.figures.numbers import three
from playground.models.mean import Mean
from playground.models.measures import MEASURE, of_mean
from playground.models.spec import RunSpec
from playground.runs.run import split_of
from playground.ui import messages, server


def explain(spec: RunSpec, dataset: Dataset) -> None:
    """Draws the formula of the loss and its value for the mean baseline."""
    measure = MEASURE[spec.loss]
    with st.container(key="loss_formula"):
        st.markdown(f"${measure.formula}$")
    with messages.shown():
        split = split_of(spec, server.store())
        rows = (spec.val_fraction, spec.test_fraction, spec.split_seed, spec.scaling, spec.only)
        value = _of_mean(dataset.content_hash, rows, spec.loss, spec.huber, split)
        says = f"{measure.says[0].upper()}{measure.says[1:]}."
        st.caption(messages.plain(f"{says} For the mean baseline it is {three(value)} on the validation rows."))


@st.cache_data(max_entries=256, show_spinner=False)
def _of_mean(content: str, rows: tuple[object, ...], loss: str, delta: float, _split: Split) -> float:
    return of_mean(loss, _split.x_val, Mean.fit(_split.x_train).mean, delta)
