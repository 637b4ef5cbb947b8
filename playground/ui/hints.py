"""Hints on the train page: at most two, each with its numbers and a button that does what it says."""

from __future__ import annotations

import streamlit as st

from playground.analysis.hints import MOST_SHOWN, Hint, hints
from playground.errors import DataError, SpecError
from playground.runs import runner as runs
from playground.runs.evidence import evidence_of
from playground.runs.run import Run, split_of
from playground.ui import form, messages, server, state, steer

FURTHER = "Trains this very run further; its test result has been seen by then, which the page will say."
ICON = ":material/lightbulb:"


def show(run: Run) -> None:
    """Draws what this run could do better; nothing where there is nothing to say."""
    with messages.shown():
        for hint in _hints(str(run.folder), run.state, len(run.history.epoch), run):
            _draw(run, hint)


@st.cache_resource(max_entries=64, show_spinner=False)
def _hints(folder: str, run_state: str, n_epochs: int, _run: Run) -> list[Hint]:
    """Told anew only when another epoch is there or the state has changed: the page is redrawn more often."""
    return hints(evidence_of(_run))[:MOST_SHOWN]


def _draw(run: Run, hint: Hint) -> None:
    with st.container(key=f"hint_{hint.rule}", border=True, horizontal=True, vertical_alignment="center"):
        with st.container():
            st.markdown(f"{ICON} {messages.plain(hint.sentence)}")
            st.caption(messages.plain(hint.evidence))
        st.button(
            hint.fix_words,
            key=f"fix_{hint.rule}",
            icon=":material/play_arrow:",
            on_click=_mend,
            args=(run.id, hint),
            width="content",
            help=FURTHER if hint.more_epochs else "Starts a new run with this change alone.",
        )


def _mend(run_id: str, hint: Hint) -> None:
    """Does what the button says, at once; once per double click."""
    if state.run_id() != run_id:
        return  # the first click has put another run on show
    run = Run(server.store(), run_id)
    if hint.more_epochs:
        with messages.shown():
            runs.go_on(server.runner(), run_id, hint.more_epochs, state.owner())
        return
    try:
        spec = hint.fixed(run.spec)
        split_of(spec, server.store())
    except (SpecError, DataError) as error:
        form.refuse(error)
        return
    form.take(spec)
    steer.begin_with(spec)
