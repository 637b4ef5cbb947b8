"""The linear autoencoder beside PCA: the same subspace, other directions in it, and how PCA's are found in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.subspace import Loadings, decoder_rows, has_gap, principal_angles, recovered_loadings
from playground.figures import palette
from playground.figures.angle_lines import degrees
from playground.figures.components import Directions
from playground.figures.numbers import count, percent
from playground.runs.run import Run
from playground.ui import angles, messages
from playground.ui.drawing import drawing
from playground.ui.held_out import version

MOST_PAIRS = {"images": 8, "series": 6}  # of components and loadings side by side
FEW_PAIRS = 3  # where they are columns of bars
FOUND = 1.0  # degrees: a subspace that is PCA's for every purpose


@dataclass(frozen=True, eq=False)
class Found:
    """What is found of a linear decoder.

    Attributes:
        angles: between its span and PCA's subspace, degrees, the largest first.
        loadings: recovered with the codes of the training rows.
        alone: largest angle of a singular vector of the decoder alone to its component, degrees.
        stands_apart: whether PCA's subspace is clearly better than its neighbours.
    """

    angles: list[float]
    loadings: Loadings
    alone: float
    stands_apart: bool


def show(run: Run) -> None:
    """Draws the angles and their fall, and the recovered loadings beside PCA's components, of a finished run."""
    st.subheader("The linear autoencoder and PCA")
    with messages.shown():
        found = _found(str(run.folder), version(run), run)
        if not found.angles:
            st.info("These data have no direction with any variance, so there is no subspace to compare.")
            return
        st.markdown(messages.plain(subspace_sentence(run, found)))
        if drawn := angles.of_epochs(run) or angles.of_steps(run):
            st.markdown(drawn, unsafe_allow_html=True)  # numbers and our own words only
        st.markdown(messages.plain(loadings_sentence(found)))
        _side_by_side(run, found.loadings)


def subspace_sentence(run: Run, found: Found) -> str:
    """Whether the subspace is PCA's, and if not, why."""
    k, largest = len(found.angles), found.angles[0]
    who = "This linear autoencoder" if _is_own(run) else "A linear autoencoder of the same m, trained on the same rows,"
    size = f"the angle is {degrees(largest)}" if k == 1 else f"the largest of {count(k)} angles is {degrees(largest)}"
    between = f"between the span of its decoder and PCA's first {count(k)} components {size}"
    if k == 1:
        between = f"between its decoder and PCA's first component {size}"
    if largest < FOUND:
        return f"{who} has found the subspace of PCA: {between}."
    words = f"{who} has not found PCA's subspace to within {FOUND:g}°: {between}."
    if not found.stands_apart:
        return (
            f"{words} PCA's next component explains nearly as much variance as its last one here: a subspace turned "
            "between the two is nearly as good, gradient descent turns it slowly, and the error tells more than this "
            "angle."
        )
    if _is_own(run) and run.spec.loss not in ("sum_squares", "mean_squares"):
        return f"{words} PCA's subspace is the best for squared errors; this one was trained with another loss."
    return f"{words} It was not trained long enough, or with too small or too large a learning rate."


def loadings_sentence(found: Found) -> str:
    """What the decoder knows of PCA's components, and what it does not."""
    off = float(found.loadings.angles.max())
    k = len(found.loadings.angles)
    each = "it is" if k == 1 else "the farthest is"
    words = (
        "The subspace is all that a linear autoencoder can find, not the components: whatever mixture of them its code "
        "is, the decoder undoes it at no cost (Baldi and Hornik 1989)."
    )
    if k > 1:
        words += (
            f" The singular vectors of its decoder alone are up to {degrees(found.alone)} away from PCA's components."
        )
    return (
        f"{words} With the spread of the training codes put in, the decoder's singular vectors give the components "
        f"back (after Plaut 2018): {each} {degrees(off)} off."
    )


def _side_by_side(run: Run, loadings: Loadings) -> None:
    pca, most = run.pca(), MOST_PAIRS.get(run.dataset.kind, FEW_PAIRS)
    k = min(len(loadings.angles), most)
    if not k:
        return
    rows = [
        Directions(
            "PCA's components",
            palette.PCA,
            pca.components[:k],
            [percent(float(ratio)) for ratio in pca.explained_variance_ratio[:k]],
        ),
        Directions(
            "recovered from the linear autoencoder",
            palette.BOTTLENECK,
            loadings.vectors[:k],
            [f"{degrees(float(angle))} off" for angle in loadings.angles[:k]],
        ),
    ]
    drawing(run).directions(rows)
    more = f" The first {count(k)} of {count(len(loadings.angles))} are shown." if k < len(loadings.angles) else ""
    st.caption(
        "Percentages are shares of the variance of the training rows. Order and signs of the recovered loadings follow "
        f"PCA's components, for a direction and its opposite are the same.{more}"
    )


def _is_own(run: Run) -> bool:
    return run.spec.model == "linear"


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(folder: str, changed: int, _run: Run) -> Found:
    model = _run.codec() if _is_own(_run) else _run.linear()
    every, m = _run.all_components(), _run.spec.latent_dim
    decoder, components = decoder_rows(model), every.truncated(m).components
    alone = recovered_loadings(decoder, components)
    return Found(
        [float(angle) for angle in principal_angles(decoder, components)],
        recovered_loadings(decoder, components, model.encode(_run.split.x_train)),
        float(alone.angles.max(initial=0.0)),
        has_gap(np.asarray(every.explained_variance), min(m, every.latent_dim)),
    )
