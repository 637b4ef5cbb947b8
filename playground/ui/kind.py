"""The kind of autoencoder: its selector, what it adds in two sentences and a formula, and the settings it alone has."""

from __future__ import annotations

import streamlit as st

from playground.data.dataset import Dataset
from playground.figures.numbers import three
from playground.models.kinds import KIND, settings_of
from playground.models.spec import FIELDS, RunSpec
from playground.training.measured import conv_vs_dense
from playground.ui import choices, form, messages, state
from playground.ui.words import help_for, name_of

# A formula breaks at its signs; where a piece of it is wider than the page, it is scrolled, and the page is not.
STYLE = """<style>
.st-key-kind_words p { font-size: 0.9rem; line-height: 1.4; margin-bottom: 0; }
.st-key-kind_words { margin-bottom: 0.5rem; }
.st-key-kind_formula p, .st-key-loss_formula p { overflow-x: auto; overflow-y: hidden; padding: 0.4rem 0 0.5rem;
  line-height: 1.9; }
.st-key-kind_formula .katex, .st-key-loss_formula .katex { font-size: 1em; }
</style>"""


def choose(spec: RunSpec, dataset: Dataset) -> None:
    """Draws the choice of the kind, what it adds, and its own settings."""
    st.selectbox(
        "Kind of autoencoder",
        FIELDS["model"].choices,
        key="model",
        format_func=lambda name: _title(name, dataset),
        on_change=_chosen,
        help=help_for("model", spec, dataset),
    )
    kind = KIND[spec.model]
    st.html(STYLE)
    with st.container(key="kind_words", gap="xsmall"):
        st.markdown(f"{messages.plain(kind.adds)} [{messages.plain(kind.source)}]({kind.link})")
        with st.container(key="kind_formula"):
            st.markdown(f"${kind.formula}$")
        if said := _measured(spec, dataset):
            st.caption(messages.plain(said))
    shown = form.shown(spec)
    form.grid([name for name in settings_of(spec.model) if name in shown], spec, dataset, in_a_row=2)


def _title(name: str, dataset: Dataset) -> str:
    needs_grid = "dense" not in KIND[name].networks
    return name_of("model", name) + (" (images and series only)" if needs_grid and dataset.grid is None else "")


def _measured(spec: RunSpec, dataset: Dataset) -> str:
    """How convolutions did against dense layers on these data, where both are possible and it was measured."""
    found = conv_vs_dense(dataset.name)
    has_a_choice = spec.model == "dense" or "convolutional" in KIND[spec.model].networks
    if found is None or dataset.grid is None or not has_a_choice:
        return ""
    each = "test image" if dataset.image_shape is not None else "test series"
    better, worse = ("convolutions", "dense layers") if found.convolutions_win else ("dense layers", "convolutions")
    verdict = "convolutions are recommended here" if found.convolutions_win else f"{better} beat {worse} here"
    return (
        f"Measured on {found.machine} with m = {found.latent_dim}, both stopped after {found.seconds:g} s, error per "
        f"{each}: dense {three(found.dense)}, convolutional {three(found.convolutional)}; {verdict}."
    )


def _chosen() -> None:
    """Another kind brings the settings that suit it; one that cannot be used leaves everything as it was."""
    form.settle(
        lambda before, dataset: choices.other_kind(before, dataset, str(state.got("model"))), put_back=["model"]
    )
