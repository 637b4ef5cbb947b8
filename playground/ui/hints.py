"""Hints on the train page: at most two, each with its numbers and a button that does what it says."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from playground.analysis.hints import MOST_SHOWN, Hint, hints
from playground.errors import DataError, SpecError
from playground.runs import runner as runs
from playground.runs.evidence import evidence_of
from playground.runs.run import Run, split_of
from playground.ui import form, live, messages, server, state

ICON = ":material/lightbulb:"


def show(run: Run) -> None:
    """Draws what this run could do better; nothing where there is nothing to say."""
    with messages.shown():
        for hint in _found(run):
            _draw(run, hint)


def _found(run: Run) -> tuple[Hint, ...]:
    history = run.history
    return _hints(str(run.folder), run.state, len(history.epoch), _Held(run))


class _Held:
    """A run beside the key that it is remembered by; all are equal."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _hints(folder: str, run_state: str, n_epochs: int, held: _Held) -> tuple[Hint, ...]:
    """Told anew only when another epoch is there or the state has changed: the page is redrawn more often."""
    return tuple(hints(evidence_of(held.run))[:MOST_SHOWN])


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
            help="Trains this very run further." if hint.more_epochs else "Starts a new run with this change alone.",
        )


def _mend(run_id: str, hint: Hint) -> None:
    """Does what the button says, at once."""
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
    live.begin(False)
