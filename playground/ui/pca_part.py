"""PCA by itself: how much each component explains, what it looks like, and samples rebuilt from the first k."""

from __future__ import annotations

import streamlit as st

from playground.analysis.errors import sample_errors
from playground.data.dataset import FloatArray
from playground.figures import palette
from playground.figures.components import Directions
from playground.figures.numbers import count, percent, three
from playground.figures.plot import NO_TOOLS
from playground.figures.scree import scree
from playground.models.pca import PCA
from playground.runs.run import Run
from playground.ui import messages, picked, state
from playground.ui.drawing import drawing
from playground.ui.held_out import held_out

MOST_SHOWN = 16  # components that are drawn
MOST_BARS = 6  # of them where they are columns of bars


def show(run: Run) -> None:
    """Draws scree and cumulative variance, the first components, and a test sample with k components."""
    st.subheader("PCA by itself")
    with messages.shown():
        pca = _pca(str(run.folder), run)
        _variance(run, pca)
        _components(run, pca)
    _reconstruction(run)


def kept_sentence(run: Run, pca: PCA) -> str:
    """How many components there are, and how many of them were kept."""
    n_rows, n_features = len(run.split.train_rows), run.split.n_features
    there, kept = min(n_rows, n_features), pca.latent_dim
    words = f"PCA was fitted on the {count(n_rows)} training rows of {count(n_features)} features"
    if kept == there:
        return f"{words}; all {count(there)} components are shown."
    together = percent(float(pca.explained_variance_ratio.sum()))
    return (
        f"{words}; shown are the first {count(kept)} of {count(there)} components, the others were not kept. Together "
        f"they explain {together} of the variance."
    )


def _variance(run: Run, pca: PCA) -> None:
    m = min(run.spec.latent_dim, pca.latent_dim)
    st.plotly_chart(scree(pca.explained_variance_ratio, m), key="scree", config=NO_TOOLS)
    st.caption(messages.plain(f"{kept_sentence(run, pca)} Full blue: the first m = {count(m)}, those compared here."))


def _components(run: Run, pca: PCA) -> None:
    has_shape = run.dataset.grid is not None
    k = min(MOST_SHOWN if has_shape else MOST_BARS, pca.latent_dim)
    shares = [percent(float(share)) for share in pca.explained_variance_ratio[:k]]
    drawing(run).directions([Directions("PCA's components", palette.PCA, pca.components[:k], shares)])
    if run.dataset.image_shape is not None:
        st.caption("Red pixels and blue pixels go against each other; white ones are left alone.")
    elif not has_shape:
        st.caption("Bars to the right and to the left go against each other, in scaled units.")


@st.fragment
@messages.shown()
def _reconstruction(run: Run) -> None:
    pca, held = _pca(str(run.folder), run), held_out(run)
    m, most, n = run.spec.latent_dim, pca.latent_dim, len(held.x)
    st.markdown("**A test sample from its first k components**")
    state.follow("k_sample", picked.sample(run.id, n) + 1)
    if state.got("k_components") is None or not 0 <= int(str(state.got("k_components"))) <= most:
        state.put({"k_components": min(m, most)}, only_missing=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sample = int(
            st.number_input(
                f"Test sample of {count(n)}",
                1,
                n,
                key="k_sample",
                width=150,
                on_change=lambda: picked.pick(run.id, int(str(state.got("k_sample"))) - 1),
                help=f"The test row that is rebuilt, counted from 1; now number {state.got('k_sample')}.",
            )
        )
        k = int(
            st.slider(
                "Components k",
                0,
                most,
                key="k_components",
                help=f"How many of PCA's components the sample is rebuilt from, now {state.got('k_components')}: 0 "
                f"gives the mean of the training rows, {count(most)} is all that was kept, m = {count(m)} is what the "
                "autoencoder has.",
            )
        )
    x = held.x[sample - 1]
    rebuilt = pca.truncated(k).reconstruct(x[None])[0]
    error = float(sample_errors(x[None], rebuilt[None])[0])
    drawing(run).side_by_side(
        x,
        {"pca": rebuilt, "autoencoder": held.x_hat[sample - 1]},
        {
            "pca": f"{three(error)} (k = {count(k)})",
            "autoencoder": f"{three(held.errors[sample - 1])} (m = {count(m)})",
        },
    )
    mean_error = _mean_error(str(run.folder), k, held.x, run)
    st.markdown(
        messages.plain(
            f"Over all {count(n)} test rows: PCA with k = {count(k)} has a mean error of {three(mean_error)}, this "
            f"autoencoder with m = {count(m)} one of {three(float(held.errors.mean()))}, in sums of squared errors "
            "per sample in scaled units."
        )
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _pca(folder: str, _run: Run) -> PCA:
    return _run.all_components()


@st.cache_data(max_entries=1024, show_spinner=False)
def _mean_error(folder: str, k: int, _x: FloatArray, _run: Run) -> float:
    return float(sample_errors(_x, _pca(folder, _run).truncated(k).reconstruct(_x)).mean())
