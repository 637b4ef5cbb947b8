"""The present model and its training as plain PyTorch, to be read and pasted into a file."""

from __future__ import annotations

import streamlit as st

from playground.data.dataset import Dataset
from playground.export.pytorch import pytorch_code
from playground.models.spec import RunSpec
from playground.runs.run import split_of
from playground.ui import messages, server


def panel(spec: RunSpec, dataset: Dataset) -> None:
    """Draws the panel of these settings."""
    with st.expander("PyTorch code", icon=":material/code:"), messages.shown():
        st.caption("The present model and its training in plain PyTorch; pasted into a file, it runs.")
        st.code(_code(spec, dataset.content_hash, dataset), language="python")


@st.cache_data(max_entries=64, show_spinner=False)
def _code(spec: RunSpec, content: str, _dataset: Dataset) -> str:
    return pytorch_code(spec, _dataset, split_of(spec, server.store()))
