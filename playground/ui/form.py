"""The form for a run's settings: one widget per field of `RunSpec`, keyed by its name, in step with the address."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from playground.data.builtin import BUILTIN
from playground.data.dataset import Dataset
from playground.data.fields import Value
from playground.data.online import ONLINE, is_here
from playground.data.reading.images import natural
from playground.errors import DataError, SpecError
from playground.models.kinds import settings_of
from playground.models.spec import FIELDS, RunSpec
from playground.runs.run import split_of
from playground.ui import choices, gallery, losses, server, state
from playground.ui.words import help_for, name_of

MOST_CLASSES = 200  # that `only` offers
LEAST_OF_CLASS = 20  # rows, as of a data set
MOST_ON_SLIDER = 64  # every number; beyond, the steps grow with the bottleneck
ABOVE = ("data", "model", "latent_dim")  # settings with a place of their own on the page
SHOWN_IF: dict[str, Callable[[RunSpec], bool]] = {  # settings that mean nothing without another one
    "noise_level": lambda spec: spec.noise_kind != "none",
    "sparsity_target": lambda spec: spec.sparsity == "kl",
    "huber": lambda spec: spec.loss == "huber",
}


def shown(spec: RunSpec) -> list[str]:
    """The settings that the form shows for these settings: a kind's own only with that kind."""
    own = settings_of(spec.model)
    return [
        name
        for name, entry in FIELDS.items()
        if (name in own or (entry.group != "kind" and name != "network")) and SHOWN_IF.get(name, _always)(spec)
    ]


def _always(spec: RunSpec) -> bool:
    return True


def prepare(spec: RunSpec, page: str) -> None:
    """Gives every widget of the form its value before it is drawn; what the visitor has just set stays."""
    unchanged = state.widgets_stand_for(spec, page)
    state.put({name: _widget_value(name, spec) for name in FIELDS}, only_missing=unchanged)


def field(name: str, spec: RunSpec, dataset: Dataset) -> None:
    """Draws the widget of one setting."""
    entry = FIELDS[name]
    say = help_for(name, spec, dataset)
    if name == "latent_dim":
        if dataset.width > MOST_ON_SLIDER:
            offered = bottlenecks(dataset.width, spec.latent_dim)
            st.select_slider(entry.label, offered, key=name, help=say, on_change=_changed)
        elif dataset.width > 1:
            st.slider(entry.label, 1, dataset.width, key=name, help=say, on_change=_changed)
        else:  # data of one feature leave no choice, and a slider needs two ends
            st.number_input(entry.label, 1, 1, key=name, help=say, disabled=True)
    elif name == "only":
        named = classes(spec, dataset)
        st.selectbox(entry.label, named, key=name, help=say, on_change=_changed, format_func=partial(name_of, name))
    elif entry.kind == "choice":
        then = _other_network if name == "network" else _changed
        st.selectbox(entry.label, entry.choices, key=name, help=say, on_change=then, format_func=partial(name_of, name))
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


def bottlenecks(width: int, present: int) -> list[int]:
    """What the slider offers for data of many features: every small m, then steps of about an eighth, up to all."""
    offered, step = list(range(1, 33)), 4.0
    while offered[-1] + step < width:
        offered.append(round(offered[-1] + step))
        step = offered[-1] / 8
    return sorted({*offered, width, present})


def classes(spec: RunSpec, dataset: Dataset) -> list[str]:
    """What `only` can be: every class, or one that has rows enough to be split; the largest where there are many."""
    if dataset.labels is None:
        return [""]
    names, sizes = np.unique(dataset.labels, return_counts=True)
    largest = np.argsort(-sizes, kind="stable")[:MOST_CLASSES]
    enough = {str(names[place]) for place in largest if sizes[place] >= LEAST_OF_CLASS and names[place]}
    return ["", *sorted(enough | {spec.only} - {""}, key=natural)]


def grid(names: Sequence[str], spec: RunSpec, dataset: Dataset, *, in_a_row: int) -> None:
    """Draws the widgets of several settings, row by row, so that a phone shows them in order too."""
    for start in range(0, len(names), in_a_row):
        for column, name in zip(st.columns(in_a_row), names[start : start + in_a_row], strict=False):
            with column:
                field(name, spec, dataset)


def all_settings(spec: RunSpec, dataset: Dataset) -> None:
    """Draws every setting that has no place of its own on the page, by groups."""
    names = [name for name in shown(spec) if name not in ABOVE and name not in settings_of(spec.model)]
    for group in ("model", "training", "data"):
        st.markdown(f"**{group.capitalize()}**")
        mine = [name for name in names if FIELDS[name].group == group]
        if group == "training":
            _loss(spec, dataset)
        grid([name for name in mine if name not in ("loss", "huber")], spec, dataset, in_a_row=4)


def _loss(spec: RunSpec, dataset: Dataset) -> None:
    """Draws the choice of the loss, and beside it what it is and what would be no better than the mean."""
    names = [name for name in ("loss", "huber") if name in shown(spec)]
    *widgets, words = st.columns([*([1] * len(names)), 4 - len(names)])
    for column, name in zip(widgets, names, strict=True):
        with column:
            field(name, spec, dataset)
    with words, st.container(key="loss_words"):
        losses.explain(spec, dataset)


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


def take(after: RunSpec, note: str = "") -> None:
    """Writes these settings into the address, and every widget is filled from them; for use in a callback.

    Args:
        after: settings that fit their data.
        note: what the visitor should know of it, a sentence.
    """
    state.put({"_problem": "", "_note": note}, only_missing=False)
    state.refill()
    state.set_spec(after)


def settle(made: Callable[[RunSpec, Dataset], tuple[RunSpec, str]], *, put_back: Sequence[str] = ()) -> None:
    """Takes what a click makes of the present settings, or says why it cannot be; for use in a callback.

    Args:
        made: the new settings, and what the visitor should know of them; may raise SpecError or DataError.
        put_back: widgets that show the old setting again where it cannot be.
    """
    before, _ = state.spec()
    try:
        after, said = made(before, server.store().dataset(before.data))
        split_of(after, server.store())
    except (SpecError, DataError) as error:
        state.put({name: _widget_value(name, before) for name in put_back}, only_missing=False)
        refuse(error)
        return
    take(after, said)


def refuse(error: Exception) -> None:
    """Says why what the visitor chose cannot be; the settings stay what they were."""
    state.put({"_problem": str(error), "_note": ""}, only_missing=False)


def note() -> str:
    """What the visitor should know of the last choice, a sentence, or ""."""
    return str(state.got("_note") or "")


def _changed() -> None:
    """Writes what the widgets say into the address; what cannot be stays out, with its sentence.

    What no widget shows stays what it is. The kind of autoencoder has a callback of its own.
    """
    before, _ = state.spec()
    try:
        after = _as_set(before)
        split_of(after, server.store())
    except (SpecError, DataError) as error:
        refuse(error)
        return
    state.put({"_problem": "", "_note": ""}, only_missing=False)
    state.set_spec(after)


def _as_set(before: RunSpec) -> RunSpec:
    names = [name for name in shown(before) if name != "model" and state.got(name) is not None]
    return dataclasses.replace(before, **{name: FIELDS[name].parse(state.got(name)) for name in names})  # type: ignore[arg-type]


def _other_network() -> None:
    """Other layers bring the widths and the learning rate that suit them, as another kind does."""
    settle(lambda before, dataset: (choices.other_layers(before, dataset, str(state.got("network"))), ""))


def _other_data() -> None:
    gallery.choose(str(state.got("data")))
