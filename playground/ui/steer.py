"""How a visitor steers a run: start, play, pause, one epoch, slow motion, stop, live knobs, go on, begin again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import streamlit as st

from playground.errors import PlaygroundError
from playground.figures.numbers import count
from playground.models.spec import FIELDS, RunSpec
from playground.runs import runner as runs
from playground.runs.control import Until
from playground.runs.run import RESUMABLE, Run
from playground.ui import messages, server, state

ARRIVES = "_arrives"  # whether the page has still to bring the run that was just started into view
MORE_EPOCHS = 20  # offered at first to a run that has ended
HEARD = "It is heard within ten steps, marked on the plot, and said where the run can be reproduced."
SAYS = {  # of each knob, what turning it does
    "learning_rate": "The size of the optimiser's steps (the peak of one cycle).",
    "noise_level": "How much the inputs are damaged while training.",
    "sparsity_weight": "How much the penalty on the code counts beside the loss.",
    "beta": "How much the KL divergence counts beside the loss.",
}


def start_buttons(present_is_running: bool) -> None:
    """Draws the ways to begin: to the end, for one epoch, or in slow motion."""
    st.button(
        "Train",
        key="train",
        type="primary",
        icon=":material/play_arrow:",
        on_click=begin,
        args=(present_is_running,),
        help="Trains these settings in the background; you can leave the page and come back.",
    )
    if present_is_running:
        return
    _button("One epoch", "train_epoch", "step_over", begin, False, "epoch", help="Trains one epoch, then pauses.")
    _button(
        "Slow motion",
        "train_step",
        "slow_motion_video",
        begin,
        False,
        "step",
        help="Takes a single step and shows it phase by phase, then pauses: batch in, encode, decode, error, update.",
    )


def buttons(run: Run) -> None:
    """Draws what can be done with this run now."""
    if run.is_finishing or run.state in ("failed", "new"):
        return
    with st.container(horizontal=True, key="steering", gap="small"):
        if run.is_finished:
            _ended(run)
        else:
            _under_way(run)
        _button(
            "Reset",
            "reset",
            "restart_alt",
            _again,
            run.id,
            run.spec.seed,
            help=f"Begins a new run of the same settings from the same starting weights (seed {run.spec.seed}).",
        )
        _button(
            "New seed",
            "new_seed",
            "casino",
            _again,
            run.id,
            (run.spec.seed + 1) % 2**31,
            help=f"Begins a new run of the same settings from other starting weights: seed {run.spec.seed + 1} instead "
            f"of {run.spec.seed}.",
        )


def _under_way(run: Run) -> None:
    if run.state in RESUMABLE:
        _button("Play", "resume", "play_arrow", _do, runs.resume, run.id, help="Goes on exactly where it paused.")
    else:
        _button("Pause", "pause", "pause", _pause, run.id, help="Saves everything; Play goes on exactly there.")
    _button("One epoch", "one_epoch", "step_over", _do, runs.one_epoch, run.id, help="To the epoch's end, then pauses.")
    _button(
        "Next step" if run.step_seen else "Slow motion",
        "one_step",
        "slow_motion_video",
        _do,
        runs.one_step,
        run.id,
        help="Takes a single step, shown phase by phase with the numbers of its batch, then pauses.",
    )
    _button("Stop", "stop", "stop", _stop, run.id, help="Ends the training now and keeps the best epoch so far.")


def _ended(run: Run) -> None:
    if run.state == "diverged":
        return
    state.put({"more_epochs": min(MORE_EPOCHS, int(FIELDS["epochs"].high))}, only_missing=True)
    with st.popover("Continue", icon=":material/fast_forward:", help="Trains this run for more epochs."):
        st.number_input(
            "More epochs",
            1,
            int(FIELDS["epochs"].high),
            key="more_epochs",
            help="It goes on from its last epoch; a learning rate of one cycle falls once more, from 0.3 of its peak.",
        )
        label = f"Continue from epoch {count(len(run.history.epoch))}"
        _button(label, "go_on", "play_arrow", _go_on, run.id, help="The best epoch of all of them is kept.")


def _button(label: str, key: str, icon: str, then: Callable[..., None], *args: object, help: str) -> None:
    st.button(label, key=key, icon=f":material/{icon}:", on_click=then, args=args, help=help)


def knobs(run: Run) -> None:
    """Draws what can be turned while the run is not at its end, each at its present value."""
    if run.is_finished or run.is_finishing or run.state in ("failed", "new"):
        return
    present = run.knobs
    with st.container(horizontal=True, key="knobs", vertical_alignment="bottom"):
        for name, value in present.items():
            key = f"knob_{name}"
            state.follow(key, value)
            entry = FIELDS[name]
            st.number_input(
                f"{entry.label}, live",
                entry.low,
                entry.high,
                key=key,
                format="%g",
                step=max(float(f"{value / 2:.1g}"), 1e-6) if value else 0.01,
                on_change=_turn,
                args=(run.id, name),
                help=f"{SAYS[name]} Now {value:g}; it began with {getattr(run.spec, name):g}. {HEARD}",
                width=190,
            )
    if sentence := state.got("_knob_problem"):
        st.error(messages.plain(str(sentence)))


def begin(present_is_running: bool, until: Until = "end") -> None:
    """Starts a run of the present settings and puts it on show; once per double click."""
    if present_is_running or state.got("_problem"):
        return
    spec, _ = state.spec()
    on_show = _on_show()
    if on_show is not None and on_show.is_alive and on_show.spec == spec:
        return  # the first click of two has started it
    begin_with(spec, until)


def begin_with(spec: RunSpec, until: Until = "end") -> None:
    """Starts a run of these settings and puts it on show; why it could not is `refusal`."""
    with state.problem_kept("_refused"):
        state.show_run(runs.start(server.runner(), spec, state.owner(), until))
        state.put({ARRIVES: True}, only_missing=False)


def refusal() -> str:
    """Why the last press of a button that starts something started nothing, a sentence; "" when it did."""
    return str(state.got("_refused") or "")


def _on_show() -> Run | None:
    try:
        return state.run()
    except PlaygroundError:
        return None


def _again(run_id: str, seed: int) -> None:
    """Begins the run's settings with this seed; what is still training is stopped, for its place."""
    if state.run_id() != run_id:
        return  # the first click of two has put another one on show
    with messages.shown():
        run = Run(server.store(), run_id)
        if not run.is_finished:
            runs.stop(server.runner(), run_id)
        begin_with(dataclasses.replace(run.spec, seed=seed))


def _pause(run_id: str) -> None:
    with messages.shown():
        runs.pause(server.runner(), run_id)


def _stop(run_id: str) -> None:
    with messages.shown():
        runs.stop(server.runner(), run_id)


def _do(what: Callable[..., None], run_id: str) -> None:
    with messages.shown():
        what(server.runner(), run_id, state.owner())


def _go_on(run_id: str) -> None:
    with state.problem_kept("_refused"):
        runs.go_on(server.runner(), run_id, int(str(state.got("more_epochs") or MORE_EPOCHS)), state.owner())


def _turn(run_id: str, name: str) -> None:
    value = state.got(f"knob_{name}")
    if value is None:
        return
    with state.problem_kept("_knob_problem"):
        runs.change(server.runner(), run_id, name, float(str(value)))
