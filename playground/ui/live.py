"""The live view of one run: its state in words, its buttons, and its film; redrawn in place while it is alive."""

from __future__ import annotations

import math

import streamlit as st

from playground.analysis.errors import UNITS
from playground.figures.kl_bars import kl_bars
from playground.figures.numbers import count, duration, three
from playground.runs.run import ALIVE, RESUMABLE, Run
from playground.ui import angles, messages, moving, server, slow, state, steer
from playground.ui.components import film

SECONDS_PER_UPDATE = 0.25
ALL_FRAMES = "_all_frames"  # whether the next drawing sends them all

SAID = {
    "new": "Not started.",
    "queued": "Waiting for its turn.",
    "running": "Training.",
    "paused": "Paused; Play goes on exactly here.",
    "done": "Done.",
    "stopped": "Stopped; the best epoch so far is kept.",
    "diverged": "Diverged.",
    "failed": "Failed.",
    "crashed": "Crashed.",
    "interrupted": "Interrupted: the server that trained it is gone. It can go on from its last checkpoint.",
}


def view(run: Run, *, autoplay: bool = False, whole: bool = True) -> None:
    """Draws the run, now and as long as it has not ended: what is done in another tab shows here too.

    Args:
        run: the run on show.
        autoplay: plays a finished run from its first epoch.
        whole: with what steers it, the network's units, and the decoder's own pictures.
    """
    moves, on_show = is_moving(run), state.run_id()
    if state.is_new("film", f"{run.id} {run.is_finished}"):  # one that has just ended was perhaps too quick to follow
        state.put({ALL_FRAMES: True}, only_missing=False)

    @st.fragment(run_every=SECONDS_PER_UPDATE if moves else None)
    def redraw() -> None:
        if state.run_id() != on_show:
            st.rerun()  # one of its buttons has put another run on show
        now = Run(server.store(), run.id)
        if moves != is_moving(now):
            st.rerun()  # the clock of this fragment belongs to a run that has not ended
        _status(now)
        if whole:
            steer.buttons(now)
            steer.knobs(now)
            slow.show(now)
        with messages.shown():
            _film(now, autoplay=autoplay, whole=whole)
        _code_kl(now)
        angles.show(now)

    redraw()


def is_moving(run: Run) -> bool:
    """Whether something may still happen to it without a click on this very page."""
    return run.state in ALIVE + RESUMABLE


def unit() -> str:
    """The unit of errors that the visitor has chosen."""
    return str(state.got("unit") or next(iter(UNITS)))


def _status(run: Run) -> None:
    words = ["Comparing with PCA on the test rows." if run.is_finishing else SAID.get(run.state, run.state)]
    if run.state == "queued":
        words.append(_queue(run))
    words += [*_progress(run), *_passing(run), *_best(run)]
    if run.message:
        words.append(run.message)
    trouble = run.state in ("failed", "crashed", "interrupted", "diverged")
    (st.warning if trouble else st.caption)(messages.plain(" ".join(words)))


def _queue(run: Run) -> str:
    """What it waits for."""
    runner = server.runner()
    before, stats = runner.position(run.id) or 0, runner.stats()
    if stats.running < stats.slots:
        return "A place for training is being made ready."
    one = stats.slots == 1
    busy = "The one place for training is taken" if one else f"All {count(stats.slots)} places for training are taken"
    return f"{busy} by other runs{f', and {count(before)} wait before it' if before else ''}; it begins by itself."


def _progress(run: Run) -> list[str]:
    history = run.history
    if not history.epoch:
        return []
    words = [f"Epoch {count(history.epoch[-1])} of {count(run.planned_epochs)}"]
    if run.state == "running":
        left = (run.planned_epochs - history.epoch[-1]) * history.seconds[-1] / history.epoch[-1]
        words.append(f"· about {duration(left)} left")
    else:
        words.append(f"in {duration(history.seconds[-1])} of training")
    rate = len(run.split.train_rows) * history.epoch[-1] / max(history.seconds[-1], 1e-9)
    return [*words, f"· {three(rate)} samples per second on {_place(run)}."]


def _passing(run: Run) -> list[str]:
    """The moment the autoencoder beats PCA of the same m on the validation rows."""
    history, lines = run.history, run.val_error
    place = moving.passes(history, lines["pca"] if lines else None)
    if place is None:
        return []
    epoch, seconds = history.epoch[place], history.seconds[place]
    return [f"It passed PCA({run.spec.latent_dim}) at epoch {count(epoch)}, after {duration(seconds)}."]


def _best(run: Run) -> list[str]:
    """Which epoch is kept, and how long the patience lasts."""
    history, best = run.history, run.history.best_epoch
    if best is None:
        return []
    if run.is_finished:
        return [f"Kept and compared is its best epoch, {count(best)}."] if best != history.epoch[-1] else []
    if not run.spec.patience:
        return [f"Best so far: epoch {count(best)}; it trains to the last one."]
    waited = history.epoch[-1] - best
    words = f"Best so far: epoch {count(best)}; it stops early after {count(run.spec.patience)} epochs without a better"
    return [f"{words} one ({count(waited)} so far)." if waited else f"{words} one."]


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


def _film(run: Run, *, autoplay: bool, whole: bool) -> None:
    """Draws the film; the browser keeps the frames it has, so that most drawings send only the newest."""
    shown = moving.film_of(run, unit(), all_frames=bool(state.got(ALL_FRAMES)), whole=whole)
    if shown is not None:
        arrives = bool(state.got(steer.ARRIVES))
        film(key="film", autoplay=autoplay, arrives=arrives, on_missing=_send_all, **shown)
        state.put({ALL_FRAMES: False, steer.ARRIVES: False}, only_missing=False)
    elif run.state == "running":
        st.caption("The first epoch is on its way.")


def _send_all() -> None:
    state.put({ALL_FRAMES: True}, only_missing=False)
