"""Well-known settings to start from, a button each."""

from __future__ import annotations

import streamlit as st

from playground.data.dataset import Dataset
from playground.errors import SpecError
from playground.models.spec import RunSpec
from playground.training.recipe import PRESETS
from playground.ui import choices, form

STYLE = """<style>
.st-key-presets button, .st-key-times button { min-height: 2rem; padding: 0.1rem 0.7rem; border-radius: 1rem; }
.st-key-presets button p, .st-key-times button p { font-size: 0.875rem; }
.st-key-presets button[kind="primary"], .st-key-presets button[kind="primary"]:hover {
  background: rgba(134, 88, 232, 0.12); color: inherit; border: 1px solid #8658E8; }
</style>"""


def row(spec: RunSpec, dataset: Dataset) -> None:
    """Draws the presets, those marked that the present settings are."""
    st.html(STYLE)
    with st.container(key="presets", horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.markdown("**Start from**", width="content")
        for name, entry in PRESETS.items():
            active = _is(name, spec, dataset)
            st.button(
                entry.title,
                key=f"preset_{name}",
                type="primary" if active else "secondary",
                icon=":material/check:" if active else None,
                on_click=_chosen,
                args=(name,),
                help=entry.says + (" The present settings are these." if active else ""),
            )


def _is(name: str, spec: RunSpec, dataset: Dataset) -> bool:
    try:
        return PRESETS[name].of(dataset, spec) == spec
    except SpecError:
        return False


def _chosen(name: str) -> None:
    form.settle(lambda before, dataset: (choices.preset(name, before, dataset), ""))
