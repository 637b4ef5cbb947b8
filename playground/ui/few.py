"""A few samples in little room, whatever they are: small pictures, short waves, or lines of a coloured table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.data.dataset import FloatArray, OwnArray
from playground.figures import markup, palette
from playground.figures.markup import Cell, Picture, Row
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import messages
from playground.ui.drawing import Images, drawing

MOST_NAMED = 5  # columns of a table's line
FULL_COLOUR = 2.5  # standard deviations from the mean at which a cell has its full colour


@dataclass(frozen=True, eq=False)
class Small:
    """One sample among others.

    Attributes:
        title: what stands above it.
        x: in scaled units (n_features,).
        below: what stands below it.
        colour: of the line above, from the palette.
    """

    title: str
    x: FloatArray
    below: str = ""
    colour: str = palette.MEAN


def few(run: Run, shown: Sequence[Small], width: int = 84) -> None:
    """Draws the samples side by side, pictures and waves about `width` px wide; those of a table line by line."""
    drawn = drawing(run)
    if isinstance(drawn, Images):
        pictures = [Picture(each.title, [(drawn.png(each.x), each.title)], each.below, each.colour) for each in shown]
        st.html(markup.pictures(pictures, width))
    elif run.dataset.kind == "series":
        _waves(run, shown, 2 * width)
    else:
        _lines(run, shown)


def own_rows(run: Run, x: FloatArray) -> OwnArray:
    """Samples in scaled units (n, n_features) in the visitor's own (n, n_columns)."""
    return run.split.scaler.undo(x)


def words(run: Run, place: int, value: float) -> str:
    """A value of the column at `place` as the visitor would write it, without its unit."""
    columns = run.dataset.columns
    return columns[place].words(value) if columns else three(value)


def _waves(run: Run, shown: Sequence[Small], width: int) -> None:
    own = own_rows(run, np.stack([each.x for each in shown]))
    unit = run.dataset.units[0] if run.dataset.units else ""
    scale = float(np.nanmin(own)), float(np.nanmax(own))
    boxes = "".join(
        f'<div style="flex:1 1 {width}px;min-width:0;max-width:{2 * width}px">'
        f"{markup.waves([(_title(each), values, each.colour)], unit, 64, scale, say_ends=False)}</div>"
        for each, values in zip(shown, own, strict=True)
    )
    # Numbers and escaped words only; st.html would drop the drawing.
    st.markdown(f'<div style="display:flex;flex-wrap:wrap;gap:0.75rem">{boxes}</div>', unsafe_allow_html=True)
    st.caption(messages.plain(f"All on one scale, {three(scale[0])} to {three(scale[1])} {unit}".rstrip() + "."))


def _title(small: Small) -> str:
    return f"{small.title}, {small.below}" if small.below else small.title


def _lines(run: Run, shown: Sequence[Small]) -> None:
    dataset = run.dataset
    own = own_rows(run, np.stack([each.x for each in shown]))
    places = range(min(dataset.n_features, MOST_NAMED))
    shades = _shades(run, own)
    rows = [
        Row(
            _title(each),
            [Cell(words(run, i, float(values[i])), background=markup.diverging(shade[i])) for i in places],
            each.colour,
        )
        for each, values, shade in zip(shown, own, shades, strict=True)
    ]
    names = [f"{dataset.feature_names[i]} {_unit(run, i)}".rstrip() for i in places]
    st.html(markup.table(["sample", *names], rows))
    more = f" The first {count(len(places))} of {count(dataset.n_features)} columns."
    st.caption(
        messages.plain(
            f"Red cells are above the column's mean, blue ones below; full colour is {FULL_COLOUR:g} standard "
            "deviations." + (more if len(places) < dataset.n_features else "")
        )
    )


def _unit(run: Run, place: int) -> str:
    unit = run.dataset.columns[place].unit if run.dataset.columns else (run.dataset.units or [""] * (place + 1))[place]
    return f"({unit})" if unit else ""


def _shades(run: Run, own: OwnArray) -> NDArray[np.float64]:
    """How far each cell is from its column's mean over the training rows, -1 to 1; 0 for categories."""
    x = run.dataset.x[run.split.train_rows].astype(np.float64)
    known = np.isfinite(x)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0).sum(axis=0) / n
    spread = np.sqrt(np.square(np.where(known, x - mean, 0)).sum(axis=0) / n)
    spread[spread == 0] = np.inf
    for place, column in enumerate(run.dataset.columns):
        if column.is_category:
            spread[place] = np.inf
    return np.nan_to_num(np.clip((own - mean) / spread / FULL_COLOUR, -1, 1))
