"""The live view of one run: its state in words, its buttons, and its film; redrawn in place while it is alive."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from playground.analysis.errors import UNITS, in_units
from playground.data.dataset import Colouring, Dataset, IntArray
from playground.errors import PlaygroundError
from playground.figures.kl_bars import kl_bars
from playground.figures.numbers import count, duration, three
from playground.runs import runner as runs
from playground.runs.run import RESUMABLE, History, Run
from playground.runs.snapshots import N_SAMPLES, mapped_rows
from playground.ui import messages, server, state
from playground.ui.components import Colour, Frame, Samples, film

SECONDS_PER_UPDATE = 0.4
NEWEST_FRAMES = 8  # enough that a browser which misses an update still gets every frame
MOST_CURVE_POINTS = 1000

SAID = {
    "new": "Not started.",
    "queued": "Waiting for its turn.",
    "running": "Training.",
    "paused": "Paused; its place is free for others.",
    "done": "Done.",
    "stopped": "Stopped; the best epoch so far is kept.",
    "diverged": "Diverged.",
    "failed": "Failed.",
    "crashed": "Crashed.",
    "interrupted": "Interrupted: the server that trained it is gone. It can go on from its last checkpoint.",
}


def view(run: Run, *, autoplay: bool = False, buttons: bool = True) -> None:
    """Draws the run, now and as long as it is alive.

    Args:
        run: the run on show.
        autoplay: plays a finished run from its first epoch.
        buttons: shows Pause, Resume and Stop.
    """
    alive = run.is_alive
    opened = [True]  # the first drawing sends all frames, the timed ones only the newest

    @st.fragment(run_every=SECONDS_PER_UPDATE if alive else None)
    def redraw() -> None:
        now = Run(server.store(), run.id)
        if alive != now.is_alive:
            st.rerun()  # the clock of this fragment belongs to a run that is alive
        _status(now)
        if buttons:
            _buttons(now)
        with messages.shown():
            _film(now, all_frames=opened[0], autoplay=autoplay)
        _code_kl(now)
        opened[0] = False

    redraw()


def _status(run: Run) -> None:
    history = run.history
    words = ["Comparing with PCA on the test rows." if run.is_finishing else SAID.get(run.state, run.state)]
    if run.state == "queued" and (position := server.runner().position(run.id)):
        words.append(f"{position} before it.")
    if history.epoch:
        words.append(f"Epoch {count(history.epoch[-1])} of {count(run.spec.epochs)}")
        if run.state == "running":
            left = (run.spec.epochs - history.epoch[-1]) * history.seconds[-1] / history.epoch[-1]
            words.append(f"· about {duration(left)} left")
        else:
            words.append(f"in {duration(history.seconds[-1])} of training")
        words.append(f"· {three(history.samples_per_second[-1])} samples per second on {_place(run)}.")
    line = " ".join(words)
    if run.is_finished and history.best_epoch not in (None, history.epoch[-1] if history.epoch else None):
        line += f" Kept and compared is its best epoch, {history.best_epoch}."
    if run.message:
        line += f" {run.message}"
    trouble = run.state in ("failed", "crashed", "interrupted", "diverged")
    (st.warning if trouble else st.caption)(messages.plain(line))


def _place(run: Run) -> str:
    """Device and precision in words."""
    name = {"cpu": "the CPU", "cuda": "a CUDA GPU", "mps": "the Apple GPU"}.get(
        run.device.partition(":")[0], run.device
    )
    return name if run.precision == "float32" else f"{name} in {run.precision}"


def _code_kl(run: Run) -> None:
    """Draws what each unit of a variational autoencoder's code carries after the newest epoch."""
    values = run.history.code_kl[-1] if run.history.code_kl else None
    if values and all(map(math.isfinite, values)):
        st.markdown(kl_bars(values), unsafe_allow_html=True)  # numbers and our own words only


def _buttons(run: Run) -> None:
    if run.is_finished or run.is_finishing or run.state in ("failed", "new"):
        return
    with st.container(horizontal=True):
        if run.state in RESUMABLE:
            st.button(
                "Resume",
                key="resume",
                icon=":material/play_arrow:",
                on_click=_resume,
                args=(run.id,),
                help="Goes on from the last checkpoint, to the same result as without the break.",
            )
        else:
            st.button(
                "Pause",
                key="pause",
                icon=":material/pause:",
                on_click=_pause,
                args=(run.id,),
                help="Saves everything and frees the place; Resume goes on exactly there.",
            )
        st.button(
            "Stop",
            key="stop",
            icon=":material/stop:",
            on_click=_stop,
            args=(run.id,),
            help="Ends the training now and keeps the best epoch so far.",
        )


def _pause(run_id: str) -> None:
    runs.pause(server.runner(), run_id)


def _stop(run_id: str) -> None:
    with messages.shown():
        runs.stop(server.runner(), run_id)


def _resume(run_id: str) -> None:
    with messages.shown():
        runs.resume(server.runner(), run_id, state.owner())


def _film(run: Run, *, all_frames: bool, autoplay: bool) -> None:
    history, lines = run.history, run.val_error
    if lines is None or not history.epoch:
        if run.is_alive:
            st.caption("The first epoch is on its way.")
        return
    unit = str(state.got("unit") or next(iter(UNITS)))
    scale = in_units(1.0, run.split.n_features, lines["mean"])[unit]
    epochs = run.snapshot_epochs()
    frames = [run.snapshot(epoch) for epoch in (epochs if all_frames else epochs[-NEWEST_FRAMES:])]
    film(
        key="film",
        run=run.id,
        latent_dim=run.spec.latent_dim,
        epochs=run.spec.epochs,
        alive=run.is_alive,
        history=_curves(history, scale),
        pca=lines["pca"] * scale,
        mean=lines["mean"] * scale,
        unit=UNITS[unit].replace("per sample", "per image" if run.dataset.image_shape else "per sample"),
        samples=samples(run),
        frames=[Frame(frame.epoch, frame.z, frame.x_hat) for frame in frames],
        colour=colour(run.dataset, mapped_rows(run.split)),
        best_epoch=history.best_epoch,
        autoplay=autoplay,
    )


def _curves(history: History, scale: float) -> dict[str, list[float]]:
    """The error curves, evenly thinned where they are longer than a screen is wide; the best epoch always stays."""
    step = -(-len(history.epoch) // MOST_CURVE_POINTS)
    kept = [
        place
        for place in range(len(history.epoch))
        if place % max(step, 1) == 0 or place == len(history.epoch) - 1 or history.epoch[place] == history.best_epoch
    ]
    return {
        "epoch": [history.epoch[place] for place in kept],
        "train": [history.train_error[place] * scale for place in kept],
        "val": [history.val_error[place] * scale for place in kept],
    }


def samples(run: Run) -> Samples:
    """The eight validation samples that the film reconstructs."""
    x = run.split.x[mapped_rows(run.split)[:N_SAMPLES]]
    return Samples(x, run.dataset.image_shape, run.dataset.scaled_names)


def colour(dataset: Dataset, rows: IntArray) -> Colour | None:
    """The label, or else the first known factor, of these rows; None where there is neither."""
    for name, column in dataset.colours.items():
        return as_colour(name, column, rows)
    return None


def as_colour(name: str, column: Colouring, rows: IntArray) -> Colour:
    """A column of all samples as the colour of these rows: classes for text, a scale for numbers."""
    if column.dtype.kind in "fiu":
        return Colour(name, column[rows], None)
    levels, codes = np.unique(column, return_inverse=True)
    return Colour(name, codes[rows], tuple(str(level) for level in levels))


def begin(spec_is_running: bool) -> None:
    """What the Train button does: starts a run of the present settings and puts it on show; once per double click."""
    if spec_is_running or state.got("_problem"):
        return
    spec, _ = state.spec()
    refused = ""
    try:
        state.show_run(runs.start(server.runner(), spec, state.owner()))
    except PlaygroundError as error:
        refused = str(error)
    state.put({"_refused": refused}, only_missing=False)


def refusal() -> str:
    """Why the last press of Train started nothing, a sentence; "" when it did."""
    return str(state.got("_refused") or "")
