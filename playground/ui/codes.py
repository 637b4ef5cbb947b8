"""What the maps of the code share: their units, what they are coloured by, and the one point of the code on show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from playground.data.dataset import Dataset, FloatArray, IntArray
from playground.figures.numbers import three
from playground.runs.run import Run
from playground.ui import messages, state
from playground.ui.components import Colour
from playground.ui.held_out import held_out
from playground.ui.moving import as_colour

MOST_MAPPED = 4000  # points with their pictures that a browser is sent
MOST_NAMED = 8  # units of a code that words name
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_KEY = "_code"  # (run's id, the point of the code on show)


def unit_name(unit: int) -> str:
    """What a page calls a unit of the bottleneck, counted from 0: "z₁" is the first."""
    return "z" + str(unit + 1).translate(SUBSCRIPTS)


def in_words(z: FloatArray) -> str:
    """A code as numbers: "(2.20, −1.23)"; of many units the first."""
    more = ", …" if len(z) > MOST_NAMED else ""
    return f"({', '.join(map(three, z[:MOST_NAMED]))}{more})"


def choose_colour(run: Run) -> Colour:
    """Draws the choice of what the map is coloured by; gives the colour of the held-out rows."""
    columns = _columns(run)
    names = list(columns)
    state.keep("colour", names, names[0])
    now = messages.plain(str(state.got("colour")))
    say = f"What a point's colour stands for: the label, what is known besides, its error, or any column. Now {now}."
    name = str(st.selectbox("Colour", names, key="colour", help=say, width=200))
    return columns[name]()


def choose_units(latent_dim: int) -> tuple[int, int | None]:
    """Draws the choice of the map's two units where there are more; gives them, the second None on a strip."""
    if latent_dim < 3:
        return 0, 1 if latent_dim == 2 else None
    units = range(latent_dim)
    for key, unit in (("unit_x", 0), ("unit_y", 1)):
        state.keep(key, units, unit)
    chosen = []
    room = st.container(horizontal=True, width="content")  # the two stay side by side on a phone
    for key, label, axis in (("unit_x", "Across", "horizontal"), ("unit_y", "Up", "vertical")):
        now = unit_name(int(str(state.got(key))))
        say = f"Which of the {latent_dim} units of the code is the map's {axis} axis. Now {now}."
        chosen.append(room.selectbox(label, units, key=key, format_func=unit_name, help=say, width=100))
    return chosen[0], chosen[1]


def point(run: Run, start: FloatArray) -> FloatArray:
    """The point of the code on show (latent_dim,): where the visitor left it, else `start`."""
    kept = state.got(_KEY)
    return kept[1] if isinstance(kept, tuple) and kept[0] == run.id else start


def move_to(run: Run, z: FloatArray) -> None:
    """Puts another point of the code on show."""
    state.put({_KEY: (run.id, z.copy())}, only_missing=False)


def existing(units: tuple[int, int | None], n_units: int) -> tuple[int, int | None]:
    """The same two units, or the first ones of a codec that has fewer: PCA has no more than there are rows."""
    across, up = units
    if max(across, up or 0) < n_units:
        return across, up
    return 0, 1 if n_units > 1 else None


def _columns(run: Run) -> dict[str, Callable[[], Colour]]:
    """What the held-out rows can be coloured by, by name: label and factors, the error, and every column."""
    dataset, rows = run.dataset, run.split.test_rows
    columns: dict[str, Callable[[], Colour]] = {
        name: partial(as_colour, name, column, rows) for name, column in dataset.colours.items()
    }
    columns["error"] = lambda: Colour("error", held_out(run).errors, None)
    for place, name in enumerate(dataset.feature_names):
        # A known factor may be a column too.
        said = name if name not in columns else f"{name} (column)"
        columns[said] = partial(_column_colour, dataset, place, said, rows)
    return columns


def _column_colour(dataset: Dataset, place: int, name: str, rows: IntArray) -> Colour:
    return as_colour(name, dataset.shown(place), rows)
