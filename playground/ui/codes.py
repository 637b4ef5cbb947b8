"""The code map of held-out rows, what it is coloured by, and the sliders that stand for one point of the code."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from playground.data.dataset import Dataset, FloatArray, IntArray
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import messages, state
from playground.ui.components import Colour, Mark, code_map
from playground.ui.drawing import drawing
from playground.ui.held_out import HeldOut, held_out
from playground.ui.moving import as_colour

MOST_MAPPED = 4000  # points with their pictures that a browser is sent
MOST_SLIDERS = 8
STEPS = 200  # of a slider, at least
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_KEY = "_code"  # (run's id, the code that the sliders stand for)


def unit_name(unit: int) -> str:
    """What a page calls a unit of the bottleneck, counted from 0: "z₁" is the first."""
    return "z" + str(unit + 1).translate(SUBSCRIPTS)


def in_words(z: FloatArray) -> str:
    """A code as numbers: "(2.20, −1.23)"; of many units the first."""
    more = ", …" if len(z) > MOST_SLIDERS else ""
    return f"({', '.join(map(three, z[:MOST_SLIDERS]))}{more})"


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


def show_map(
    run: Run,
    held: HeldOut,
    units: tuple[int, int | None],
    colour: Colour,
    selected: int,
    marks: Sequence[Mark],
) -> int | None:
    """Draws the codes of the held-out rows; gives the row clicked just now.

    Args:
        held: the rows through the autoencoder.
        units: across and up.
    """
    across, up = units
    part = slice(0, MOST_MAPPED)
    if len(held.z) > MOST_MAPPED:
        st.caption(f"The map shows {count(MOST_MAPPED)} of the {count(len(held.z))} held-out rows, picked by chance.")
    hover = drawing(run).hover(colour.name)
    return code_map(
        key="map",
        x=held.z[part, across],
        y=None if up is None else held.z[part, up],
        x_label=unit_name(across),
        y_label="" if up is None else unit_name(up),
        colour=Colour(colour.name, colour.values[part], colour.levels),
        pictures=None if hover.pictures is None else hover.pictures[part],
        rows=None if hover.texts is None else hover.texts[part],
        selected=selected if selected < MOST_MAPPED else None,
        marks=marks,
        height=140 if up is None else 400,
    )


def point(run: Run, start: FloatArray) -> FloatArray:
    """The point of the code on show (latent_dim,): what the sliders were left at, else `start`."""
    kept = state.got(_KEY)
    return kept[1] if isinstance(kept, tuple) and kept[0] == run.id else start


def move_to(run: Run, z: FloatArray) -> None:
    """Puts another point of the code on show; the sliders follow when they are drawn next."""
    state.put({_KEY: (run.id, z.copy())}, only_missing=False)


def mark(z: FloatArray, units: tuple[int, int | None]) -> Mark:
    """The point of the code as a mark on the map."""
    across, up = units
    return Mark(float(z[across]), None if up is None else float(z[up]), "sliders")


def ways_back(run: Run, held: HeldOut, sample: int) -> None:
    """Draws the buttons that move the sliders to the mean code and to the code of the sample on show."""
    with st.container(horizontal=True):
        st.button(
            "Mean code",
            key="mean_code",
            on_click=move_to,
            args=(run, held.z.mean(axis=0)),
            help=f"Moves every slider to the mean of the {count(len(held.z))} held-out codes.",
        )
        st.button(
            "This sample's code",
            key="sample_code",
            on_click=move_to,
            args=(run, held.z[sample]),
            help=f"Moves every slider to the code of sample {sample + 1}: the decoder then gives its reconstruction.",
        )


def sliders(run: Run, z: FloatArray, held: HeldOut) -> None:
    """Draws one slider per unit, on the range of the held-out codes.

    Args:
        z: the code that they stand for (latent_dim,).
    """
    units = _units_with_sliders(len(z))
    in_a_row = 2 if len(z) > 3 else 1
    for start in range(0, len(units), in_a_row):  # row by row, so that a phone shows them in order too
        for place, unit in zip(st.columns(in_a_row), units[start : start + in_a_row], strict=False):
            with place:
                _slider(run, z, unit, held.z[:, unit])


def _slider(run: Run, z: FloatArray, unit: int, values: FloatArray) -> None:
    key = f"unit_{unit + 1}"
    low, high, step = _range(values)
    now = min(max(float(z[unit]), low), high)

    def moved() -> None:
        after = z.copy()
        after[unit] = float(str(state.got(key)))
        move_to(run, after)

    say = (
        f"The value of unit {unit + 1} of the code, over the range of the held-out rows, whose mean is "
        f"{three(float(values.mean()))}. Now {three(now)}."
    )
    state.put({key: now}, only_missing=False)  # the code is the truth; `moved` writes into it first
    st.slider(unit_name(unit), low, high, key=key, step=step, help=say, format=_format(step), on_change=moved)


def existing(units: tuple[int, int | None], n_units: int) -> tuple[int, int | None]:
    """The same two units, or the first ones of a codec that has fewer: PCA has no more than there are rows."""
    across, up = units
    if max(across, up or 0) < n_units:
        return across, up
    return 0, 1 if n_units > 1 else None


def _units_with_sliders(latent_dim: int) -> Sequence[int]:
    if latent_dim <= MOST_SLIDERS:
        return range(latent_dim)
    return st.multiselect(
        "Units with a slider",
        range(latent_dim),
        default=range(MOST_SLIDERS),
        key="units",
        format_func=unit_name,
        help=f"Which of the {latent_dim} units have a slider; the others stay where they are. At first the first "
        f"{MOST_SLIDERS}.",
    )


def _range(values: FloatArray) -> tuple[float, float, float]:
    """The lowest and highest value of a slider, with a little margin and round ends, and its step."""
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) or 0.5  # a unit that is not in use still has a slider
    wanted = (high - low + 2 * margin) / STEPS
    power = 10.0 ** math.floor(math.log10(wanted))
    step = max(factor * power for factor in (1, 2, 5) if factor * power <= wanted)
    return math.floor((low - margin) / step) * step, math.ceil((high + margin) / step) * step, step


def _format(step: float) -> str:
    return f"%.{max(0, -math.floor(math.log10(step)))}f" if 1e-6 < step < 1e6 else "%.3g"


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
