"""The held-out rows of the run on show: what Explore, Compare and Reconstruct look at."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from playground.analysis.errors import Errors, sample_errors
from playground.data.dataset import FloatArray, IntArray
from playground.figures.numbers import count
from playground.models.sizes import layer_names
from playground.runs.run import Run
from playground.ui import frame, live, messages, server, state

SECONDS_PER_LOOK = 1.0


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The test rows of a finished run as one codec sees them; all arrays in scaled units, one entry per row.

    Attributes:
        rows: row numbers in the data set (n_samples,).
        x, x_hat: originals and reconstructions (n_samples, n_features).
        z: codes (n_samples, latent_dim).
        errors: sum of squared errors of each row (n_samples,).
    """

    rows: IntArray
    x: FloatArray
    z: FloatArray
    x_hat: FloatArray
    errors: Errors


def finished_run() -> Run:
    """The run on show, named in a line; where there is none with a model, says why and ends the page.

    Raises:
        RunError: the address names a run that is not there.
    """
    run = state.run()
    if run is None:
        st.info("No run is on show: train an autoencoder first, then come back with its link.", icon=":material/info:")
        frame.link("train", "Train an autoencoder", ":material/model_training:")
        st.stop()
    if not run.is_finished:
        _unfinished(run)
        st.stop()
    st.caption(messages.plain(_title(run)))
    return run


def held_out(run: Run, codec: str = "autoencoder") -> HeldOut:
    """The test rows of a finished run through one of its four codecs ("mean", "pca", "linear", "autoencoder").

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    return _held_out(str(run.folder), version(run), codec, run)


def version(run: Run) -> int:
    """When the run's model was written; a run that goes on after its end writes another. Part of every cache's key."""
    try:
        return (run.folder / "model.safetensors").stat().st_mtime_ns
    except OSError:
        return 0  # reading it says what is wrong


@st.cache_resource(max_entries=16, show_spinner=False)
def _held_out(folder: str, changed: int, codec: str, _run: Run) -> HeldOut:
    model = {"mean": _run.mean, "pca": _run.pca, "linear": _run.linear, "autoencoder": _run.codec}[codec]()
    x = _run.split.x_test
    z = model.encode(x)
    x_hat = model.decode(z)
    return HeldOut(_run.split.test_rows, x, z, x_hat, sample_errors(x, x_hat))


def _title(run: Run) -> str:
    sizes = layer_names(run.spec, run.dataset.width, run.dataset.grid) or run.spec.layers(run.dataset.width)
    layers = " → ".join(map(str, sizes))
    history = run.history
    epochs = f"epoch {count(history.best_epoch)} of {count(history.epoch[-1])}, the best" if history.best_epoch else ""
    state_words = "" if run.state == "done" else run.state
    only = f"trained on {run.spec.only} alone" if run.spec.only else ""
    parts = (run.dataset.title, only, f"m = {run.spec.latent_dim}", f"{run.spec.model} {layers}", epochs, state_words)
    return " · ".join(part for part in parts if part)


def _unfinished(run: Run) -> None:
    words = live.SAID.get(run.state, run.state)
    if run.is_alive:
        st.info(f"{words} This page opens by itself when the run has ended.", icon=":material/hourglass_top:")
        _wait_for(run.id)
    else:
        more = "" if not run.message else f" {run.message}"
        st.warning(messages.plain(f"{words}{more} There is no trained model to look at yet."))
    frame.link("train", "Back to its training", ":material/model_training:")


@st.fragment(run_every=SECONDS_PER_LOOK)
def _wait_for(run_id: str) -> None:
    with messages.shown():
        if not Run(server.store(), run_id).is_alive:
            st.rerun()
