"""Several samples beside each other, each in several versions below each other: what went in and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.data.dataset import FloatArray, OwnArray
from playground.figures import glance, palette
from playground.figures.cells import Scale
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import messages
from playground.ui.drawing import Images, Waves, drawing
from playground.ui.few import words

MOST_CELLS = 30  # columns of a strip
MOST_HEADS = 14  # columns with their names over the cells
MOST_SCALED = 5000  # rows that a scale of colours is taken from


@dataclass(frozen=True, eq=False)
class Stack:
    """One sample among others.

    Attributes:
        title: what stands above it.
        versions: in scaled units (k, n_features).
        below: what stands below it, short, by its name; the same names for every sample.
        warning: what is wrong with it, or "".
    """

    title: str
    versions: FloatArray
    below: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    warning: str = ""


def stacks(run: Run, names: Sequence[tuple[str, str]], shown: Sequence[Stack]) -> None:
    """Draws the samples.

    Args:
        run: whose form they have.
        names: of the k versions, and their colours from the palette.
        shown: the samples.
    """
    drawn = drawing(run)
    if isinstance(drawn, Images):
        _pictures(drawn, names, shown)
    elif isinstance(drawn, Waves):
        _waves(run, names, shown)
    else:
        _cells(run, names, shown)


def _pictures(drawn: Images, names: Sequence[tuple[str, str]], shown: Sequence[Stack]) -> None:
    rows: list[tuple[str, str, list[str]]] = [("", "", [glance.words(each.title) for each in shown])]
    for place, (name, _) in enumerate(names):
        alts = [f"{name}, sample {each.title}" for each in shown]
        pngs = [glance.picture(drawn.png(s.versions[place]), alt) for s, alt in zip(shown, alts, strict=True)]
        rows.append((name, "", pngs))
    for name in shown[0].below:
        alarms = [(palette.ENCODER, each.warning) if each.warning else ("", "") for each in shown]
        texts = [glance.words(each.below[name], *alarm) for each, alarm in zip(shown, alarms, strict=True)]
        rows.append((name, "", texts))
    st.html(f'<div style="max-width:46rem">{glance.steps(rows, None, 0.0, palette.DECODER)}</div>')


def _below(stack: Stack) -> str:
    return ", ".join(f"{name} {words}" for name, words in stack.below.items())


def _waves(run: Run, names: Sequence[tuple[str, str]], shown: Sequence[Stack]) -> None:
    own = [_own(run, each.versions) for each in shown]
    flat = np.concatenate(own)
    low, high = float(np.nanmin(flat)), float(np.nanmax(flat))
    cards = []
    for each, versions in zip(shown, own, strict=True):
        colours = ["currentColor", *(colour for _, colour in names[1:])]
        lines = list(zip(versions, colours, strict=True))
        alt = f"sample {each.title}: {', '.join(name for name, _ in names)}"
        body = glance.wave(lines[:1] + lines[1:][::-1], low, high, alt, 96)
        cards.append(glance.card(each.title, body, _below(each), palette.DECODER, each.warning))
    # Numbers and escaped words only; st.html would drop the drawing.
    html = glance.cards(cards, "min(14rem, calc((100% - 0.5rem) / 2))")
    st.markdown(f'<div style="padding-bottom:1rem">{html}</div>', unsafe_allow_html=True)
    unit = run.dataset.units[0] if run.dataset.units else ""
    st.html(glance.key([(names[0][0], "currentColor"), *names[1:]]))
    st.caption(messages.plain(f"All on one scale, {three(low)} to {three(high)} {unit}".rstrip() + "."))


def _cells(run: Run, names: Sequence[tuple[str, str]], shown: Sequence[Stack]) -> None:
    dataset = run.dataset
    is_category = np.array([c.is_category for c in dataset.columns] or [False] * dataset.n_features)
    scale = Scale.of(dataset.x[run.split.train_rows[:MOST_SCALED]], is_category)
    cards = []
    for each in shown:
        own = _own(run, each.versions)
        lines = [glance.labelled("", glance.heads(dataset.feature_names))] if own.shape[1] <= MOST_HEADS else []
        for (name, colour), values, colours in zip(names, own, scale.colours(own), strict=True):
            said = [_said(run, place, value) for place, value in enumerate(values[:MOST_CELLS].tolist())]
            lines.append(glance.labelled(name, glance.strip(colours[:MOST_CELLS], said), colour))
        body = glance.scrolling("".join(lines), dataset.feature_names)
        cards.append(glance.card(each.title, body, _below(each), palette.DECODER, each.warning))
    st.html(glance.cards(cards, "100%", "0.6rem"))
    n = dataset.n_features
    more = f" The first {count(MOST_CELLS)} of {count(n)} columns are drawn." if n > MOST_CELLS else ""
    st.caption(f"Every cell is a column: violet is low in it, yellow high; point at it for its value.{more}")


def _said(run: Run, place: int, value: float) -> str:
    unit = run.dataset.columns[place].unit if run.dataset.columns else (run.dataset.units or ("",) * (place + 1))[place]
    return f"{run.dataset.feature_names[place]}: {words(run, place, value)} {unit}".rstrip()


def _own(run: Run, versions: FloatArray) -> OwnArray | NDArray[np.float64]:
    return run.split.scaler.undo(versions)
