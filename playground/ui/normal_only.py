"""Training on normal rows only: one click from the run on show to the same settings on one class alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from playground.errors import RunError
from playground.figures.numbers import count
from playground.models.spec import RunSpec
from playground.runs import runner as runs
from playground.runs.run import Run
from playground.runs.store import write_json
from playground.ui import live, messages, server, state

SECONDS_PER_LOOK = 1.0
NOTE = "only.json"  # beside a run: by class, the id of the run that was trained from it on that class alone


def show(run: Run, odd: Sequence[str], aucs_of: Callable[[Run], dict[str, float]] | None) -> None:
    """Draws the way to a run of the same settings that has seen normal rows only, and how far it is.

    Args:
        run: finished, of data with a label.
        odd: the classes that are not normal.
        aucs_of: how well a run's "autoencoder" and "pca" find the odd rows; None where that cannot be told.
    """
    normal = _normal_classes(run, odd)
    if not normal:
        return
    with st.container(border=True):
        st.markdown(f"**Train on normal rows only.** {messages.plain(_why(run, len(normal)))}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = normal[0]
            if len(normal) > 1:
                kept = state.got("normal_class")
                state.put({"normal_class": kept if kept in normal else chosen}, only_missing=False)
                chosen = str(
                    st.selectbox(
                        "Normal",
                        normal,
                        key="normal_class",
                        width=200,
                        help="The one class that is trained on; the largest first. Everything else is odd to it. Now "
                        f"{state.got('normal_class')}.",
                    )
                )
            spec = dataclasses.replace(run.spec, only=chosen)
            other = next((each for each in _same_but_only(run) if each.spec == spec), None)
            if other is None or other.state in ("failed", "crashed", "interrupted"):
                _button(run, chosen)
        if sentence := state.got("_normal_problem"):
            st.error(messages.plain(str(sentence)))
        if run.spec.only == chosen:
            st.caption(messages.plain(f"This run was trained on {chosen} alone."))
        elif other is not None:
            if other.is_finished and aucs_of is not None:
                _result(run, other, aucs_of)
            _state_of(other)
        every = next((each for each in twins(run) if not each.spec.only), None)
        if every is not None and run.spec.only:
            if aucs_of is not None:
                _result(every, run, aucs_of)
            _open(every, "Open the run on every class", "open_every_class")


def twins(run: Run) -> list[Run]:
    """The finished runs that differ from this one in nothing but the class they were trained on.

    Those of this session, and those that were trained from this very run, in whatever session.
    """
    return [each for each in _same_but_only(run) if each.is_finished and each.scores]


def _same_but_only(run: Run) -> list[Run]:
    found: dict[str, Run] = {}
    for run_id in dict.fromkeys([*state.runs_seen(), *_noted(run).values()]):
        try:
            other = Run(server.store(), run_id)
        except RunError:  # deleted since, or damaged
            continue
        same = dataclasses.replace(other.spec, only=run.spec.only) == run.spec and other.spec.only != run.spec.only
        if same and not other.changes and len(other.legs) == 1:
            found.setdefault(other.spec.only, other)
    return list(found.values())


def _noted(run: Run) -> dict[str, str]:
    try:
        kept = json.loads((run.folder / NOTE).read_text())
    except (OSError, ValueError):  # none yet, or damaged: trained again when it is asked for
        return {}
    return {str(only): str(run_id) for only, run_id in kept.items()} if isinstance(kept, dict) else {}


def _note(run: Run, other: Run) -> None:
    """Writes beside a run which other one belongs to it."""
    write_json(run.folder / NOTE, _noted(run) | {other.spec.only: other.id})


def _normal_classes(run: Run, odd: Sequence[str]) -> list[str]:
    """The classes that are not odd, the one of most rows first."""
    labels = run.dataset.labels
    if labels is None:
        return []
    names, sizes = np.unique(labels, return_counts=True)
    return [str(names[i]) for i in np.argsort(-sizes, kind="stable") if names[i] not in odd and names[i]]


def _why(run: Run, n_normal: int) -> str:
    if run.spec.only:
        return (
            f"This run has seen rows of {run.spec.only} alone: it had no chance to learn the others, and neither had "
            "its PCA."
        )
    return (
        "This run was trained on rows of every class, the odd ones too, and has learnt to give those back as well. "
        "Trained on normal rows, they stay strange to it. The test rows stay the same."
        + " It is one class that counts as normal then: choose which."
        * (n_normal > 1)
    )


def _button(run: Run, normal: str) -> None:
    n = int(np.sum(run.dataset.labels[run.split.train_rows] == normal)) if run.dataset.labels is not None else 0
    there = run.spec.only == normal
    st.button(
        "Train on normal rows only",
        key="train_normal",
        type="secondary" if there else "primary",
        icon=":material/filter_alt:",
        on_click=_start,
        args=(run.id, normal),
        disabled=there,
        help="This run was trained so."
        if there
        else f"A new run of these settings whose {count(n)} training rows are all {messages.plain(normal)}; PCA, the "
        "linear autoencoder and the mean see the same rows.",
    )


def _start(run_id: str, normal: str) -> None:
    with state.problem_kept("_normal_problem"):
        run = Run(server.store(), run_id)
        spec: RunSpec = dataclasses.replace(run.spec, only=normal)
        new = runs.start(server.runner(), spec, state.owner())
        state.remember_run(new)
        state.remember_run(run_id)  # the one on show stays the latest
        other = Run(server.store(), new)
        _note(run, other)
        _note(other, run)


def _state_of(other: Run) -> None:
    """How far the run on normal rows is; the way to it where it has ended."""
    if other.is_alive:
        _progress(other.id)
    elif other.is_finished:
        _open(other, f"Open the run on {other.spec.only} alone", "open_normal", primary=True)
    else:
        st.caption(messages.plain(f"{live.SAID.get(other.state, other.state)} {other.message}".strip()))


def _result(run: Run, normal: Run, aucs_of: Callable[[Run], dict[str, float]]) -> None:
    """How well the odd rows are found after training on all rows, and on normal ones only."""
    before, after = aucs_of(run), aucs_of(normal)
    both = [
        f"{name} {before[codec]:.3f} → **{after[codec]:.3f}**"
        for codec, name in (("autoencoder", "this autoencoder"), ("pca", "PCA"))
    ]
    rows = f"only {messages.plain(run.spec.only)}" if run.spec.only else "all rows"
    st.markdown(f"AUC, {rows} → only {messages.plain(normal.spec.only)}: {', '.join(both)}.")


def _open(other: Run, label: str, key: str, *, primary: bool = False) -> None:
    if st.button(
        messages.plain(label),
        key=key,
        type="primary" if primary else "secondary",
        icon=":material/open_in_new:",
        help="Puts that run on show here: the sentence, the curves and the rows below become its own.",
    ):
        state.show_run(other.id)
        st.rerun()


@st.fragment(run_every=SECONDS_PER_LOOK)
def _progress(run_id: str) -> None:
    with messages.shown():
        other = Run(server.store(), run_id)
        if not other.is_alive:
            st.rerun()
        epoch = len(other.history.epoch)
        position = server.runner().position(run_id)
        words = f"epoch {count(epoch)} of at most {count(other.planned_epochs)}"
        if other.state == "queued":
            words = f"waiting, {count(position)} before it in the queue" if position else "waiting for its turn"
        st.progress(
            min(epoch / other.planned_epochs, 1.0), text=f"On {messages.plain(other.spec.only)} alone: {words}."
        )
