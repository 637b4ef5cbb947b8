"""The nearest rows of one row on the map: in the code, in the input space, and those that are near in both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.groups import shared
from playground.analysis.nearest import Nearest
from playground.data.dataset import FloatArray, IntArray
from playground.figures import palette
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import state
from playground.ui.components.cloud import Link
from playground.ui.few import Small, few
from playground.ui.held_out import version
from playground.ui.map_rows import Mapped

FEWEST, MOST, FIRST = 3, 12, 5


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Rows near one row, by their places on the map, the nearest first; distances (k,) in scaled units."""

    code: IntArray
    code_distances: FloatArray
    input: IntArray
    input_distances: FloatArray

    @property
    def both(self) -> IntArray:
        """Those that are near in the code and in the input space."""
        return shared(self.code, self.input)


def choose_k(n_rows: int) -> int:
    """Draws the slider of how many neighbours are looked at."""
    most = min(MOST, n_rows - 1)
    if most <= FEWEST:
        return max(most, 0)
    state.keep("map_k", range(FEWEST, most + 1), min(FIRST, most))
    now = int(str(state.got("map_k")))
    return st.slider(
        "Neighbours",
        FEWEST,
        most,
        key="map_k",
        width=160,
        help="How many of the nearest rows are shown, in the code (all its units) and in the input space. "
        f"Now the {now} nearest of {count(n_rows - 1)} others.",
    )


def neighbours(run: Run, rows: Mapped, place: int, k: int) -> Neighbours:
    """The k rows nearest to the one at `place` on the map, itself left out, among all rows on the map."""

    def search(space: str) -> Nearest:
        return _search(str(run.folder), version(run), rows.part, space, run, rows)

    code, code_distances = _near(search("code"), rows.z[place], place, k)
    inputs, input_distances = _near(search("input"), run.split.x[rows.rows[place]], place, k)
    return Neighbours(code, code_distances, inputs, input_distances)


def links(found: Neighbours) -> list[Link]:
    """The lines that the map draws to the neighbours."""
    both = set(found.both.tolist())
    drawn = [Link(row, "both" if row in both else "code") for row in found.code.tolist()]
    return drawn + [Link(row, "input") for row in found.input.tolist() if row not in both]


def show_neighbours(run: Run, rows: Mapped, found: Neighbours) -> None:
    """Draws the neighbours in two rows, with how many they share."""
    k, n_both = len(found.code), len(found.both)
    st.markdown(
        f"Of its **{k}** nearest rows in the code and in the input space, **{n_both}** "
        f"{'is' if n_both == 1 else 'are'} the same."
    )
    room = st.columns(2, gap="large")
    for column, name, places, distances, colour in (
        (room[0], "Nearest in the code", found.code, found.code_distances, palette.ENCODER),
        (room[1], "Nearest in the input space", found.input, found.input_distances, palette.MEAN),
    ):
        with column:
            st.markdown(f"**{name}**")
            few(run, [_small(run, rows, *one, found.both, colour) for one in zip(places, distances, strict=True)], 54)
    st.caption(
        f"Among the {count(len(rows.rows))} rows on the map, by Euclidean distance in the whole code and in scaled "
        "units of the input; below each its distance, with ✓ where it is near in both."
    )


def _small(run: Run, rows: Mapped, place: int, distance: float, both: IntArray, colour: str) -> Small:
    row = int(rows.rows[place])
    below = f"{three(distance)}{' ✓' if place in both else ''}"
    return Small(title_of(run, row), run.split.x[row], below, colour)


def title_of(run: Run, row: int) -> str:
    """What a row is called where there is little room: its class, or its number in the data."""
    labels = run.dataset.labels
    return str(labels[row]) if labels is not None and labels[row] else f"row {count(row + 1)}"


def _near(search: Nearest, query: FloatArray, place: int, k: int) -> tuple[IntArray, FloatArray]:
    found, distances = search.of(query[None], k + 1)
    # With copies of the row among the rows it need not be its own first neighbour, nor among the first at all.
    others = np.flatnonzero(found[0] != place)[:k]
    return found[0][others], distances[0][others].astype(np.float32)


@st.cache_resource(max_entries=4, show_spinner=False)
def _search(folder: str, changed: int, part: str, space: str, _run: Run, _rows: Mapped) -> Nearest:
    return Nearest(_rows.z if space == "code" else _rows.x(_run))
