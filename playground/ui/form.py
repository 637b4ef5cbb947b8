"""The form for a run's settings: one widget per field of `RunSpec`, keyed by its name, in step with the address."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import streamlit as st

from playground.data.builtin import BUILTIN
from playground.data.dataset import Dataset
from playground.data.fields import Value
from playground.data.online import ONLINE, is_here
from playground.errors import DataError, SpecError
from playground.models.spec import FIELDS, RunSpec
from playground.runs.run import split_of
from playground.ui import gallery, server, state
from playground.ui.words import help_for

MOST_ON_SLIDER = 64  # a bottleneck wider than this teaches little and would make the slider too coarse
SHORT = {  # the names that read better than the code's
    "sum_squares": "sum of squares",
    "mean_squares": "mean squares",
    "binary_cross_entropy": "binary cross-entropy",
    "absolute": "absolute (L1)",
    "mixed": "mixed (per column)",
    "one_cycle": "one cycle",
}


def prepare(spec: RunSpec, page: str) -> None:
    """Gives every widget of the form its value before it is drawn; what the visitor has just set stays."""
    unchanged = state.widgets_stand_for(spec, page)
    state.put({name: _widget_value(name, spec) for name in FIELDS}, only_missing=unchanged)


def field(name: str, spec: RunSpec, dataset: Dataset) -> None:
    """Draws the widget of one setting."""
    entry = FIELDS[name]
    say = help_for(name, spec, dataset)
    if name == "latent_dim":
        most = min(dataset.width, max(MOST_ON_SLIDER, spec.latent_dim))
        if most > 1:
            st.slider(entry.label, 1, most, key=name, help=say, on_change=_changed)
        else:  # data of one feature leave no choice, and a slider needs two ends
            st.number_input(entry.label, 1, 1, key=name, help=say, disabled=True)
    elif entry.kind == "choice":
        shorten: Callable[[str], str] = lambda value: SHORT.get(value, value)  # noqa: E731 (one name for it)
        st.selectbox(entry.label, entry.choices, key=name, help=say, on_change=_changed, format_func=shorten)
    elif entry.kind == "flag":
        st.toggle(entry.label, key=name, help=say, on_change=_changed)
    elif entry.kind == "int":
        st.number_input(entry.label, int(entry.low), int(entry.high), key=name, help=say, on_change=_changed)
    elif entry.kind == "float":
        st.number_input(
            entry.label,
            entry.low,
            entry.high,
            key=name,
            help=say,
            on_change=_changed,
            format="%g",
            step=_step(spec, name),
        )
    else:
        st.text_input(entry.label, key=name, help=say, on_change=_changed)


def choose_data(dataset: Dataset) -> None:
    """Draws the choice of the data set, the visitor's own files of this session among them.

    Another data set brings the settings that suit it.
    """
    fetched = {name: entry.title for name, entry in ONLINE.items() if is_here(name)}
    names = {name: entry.title for name, entry in BUILTIN.items()} | fetched | state.files(dataset)
    say = "What the autoencoder learns from. Another data set brings the settings that suit it."
    shown = _all_different(names)
    st.selectbox("Data", list(names), key="data", format_func=shown.__getitem__, on_change=_other_data, help=say)


def _all_different(names: dict[str, str]) -> dict[str, str]:
    """The same titles, numbered where two are equal: the browser sends back what stands in the list."""
    titles = list(names.values())
    return {
        name: title if titles.count(title) == 1 else f"{title} ({titles[: place + 1].count(title)})"
        for place, (name, title) in enumerate(names.items())
    }


def problem() -> str:
    """What is wrong with what the visitor typed last, a sentence; "" when nothing is."""
    return str(state.got("_problem") or "")


def _widget_value(name: str, spec: RunSpec) -> Value:
    value: Value = getattr(spec, name)
    return FIELDS[name].text(value) if FIELDS[name].kind == "widths" else value


def _step(spec: RunSpec, name: str) -> float:
    return max(float(f"{getattr(spec, name) / 2:.1g}"), 1e-6) if getattr(spec, name) else 0.01


def _changed() -> None:
    """Writes what the widgets say into the address; what cannot be stays out, with its sentence."""
    before, _ = state.spec()
    try:
        given = {name: FIELDS[name].parse(value) for name in FIELDS if (value := state.got(name)) is not None}
        after = dataclasses.replace(before, **given)  # type: ignore[arg-type]
        split_of(after, server.store())
    except (SpecError, DataError) as error:
        state.put({"_problem": str(error)}, only_missing=False)
        return
    state.put({"_problem": ""}, only_missing=False)
    state.set_spec(after)


def _other_data() -> None:
    gallery.choose(str(state.got("data")))
