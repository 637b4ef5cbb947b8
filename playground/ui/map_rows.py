"""The rows on the map of the codes: which they are, what colours them, and which of them a filter keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.density import Density
from playground.analysis.errors import sample_errors
from playground.data.dataset import Colouring, FloatArray, IntArray
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import messages, state
from playground.ui.coded import coded
from playground.ui.components import Colour
from playground.ui.held_out import version
from playground.ui.moving import as_colour

Part = Literal["test", "all"]
PARTS: dict[str, str] = {"test": "test rows", "all": "all rows"}
MOST_ROWS = 70_000
SEED = 0
ROWS_AT_ONCE = 4096
MOST_LISTED = 40  # levels that are chosen from a list; more are searched
NOTHING = "nothing"
ERROR, DENSITY = "error", "density of the code"


@dataclass(frozen=True, eq=False)
class Mapped:
    """Rows on the map.

    Attributes:
        part: "test" or "all".
        rows: row numbers in the data set (n,).
        z: their codes (n, latent_dim).
        n_before: how many there were before some were sampled.
    """

    part: Part
    rows: IntArray
    z: FloatArray
    n_before: int

    def x(self, run: Run) -> FloatArray:
        """The rows in scaled units (n, n_features)."""
        every = run.split.x
        return every if len(self.rows) == len(every) and self.part == "all" else every[self.rows]

    def place_of(self, row: int) -> int | None:
        """Where a row of the data set stands among these; None where it is not one of them."""
        found = np.flatnonzero(self.rows == row)
        return int(found[0]) if len(found) else None

    def places_of(self, rows: IntArray) -> IntArray:
        """The places of those of `rows` that are among these, in order."""
        return np.flatnonzero(np.isin(self.rows, rows))


def mapped(run: Run, part: Part) -> Mapped:
    """The test rows or all rows of a finished run; above `MOST_ROWS` sampled by a fixed seed.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    return _mapped(str(run.folder), version(run), part, run)


def choose_rows(run: Run) -> Mapped:
    """Draws the choice between the test rows and all rows."""
    state.keep("map_rows", PARTS, "test")
    n, n_test = len(run.split.x), len(run.split.test_rows)
    now = f"the {count(n_test)} test rows" if state.got("map_rows") == "test" else f"all {count(n)} rows"
    sampled = f" Of more than {count(MOST_ROWS)} rows, {count(MOST_ROWS)} are picked by chance (seed {SEED})."
    part = st.segmented_control(
        "Rows",
        list(PARTS),
        key="map_rows",
        format_func=PARTS.__getitem__,
        required=True,
        help="Test rows were not trained on; all rows are those for training, validation and test together. "
        f"Now {now}.{sampled if n > MOST_ROWS else ''}",
    )
    return mapped(run, "all" if part == "all" else "test")


def choose_colour(run: Run, rows: Mapped) -> Colour:
    """Draws the choice of what colours the points; gives one value per row on the map."""
    columns = colourings(run, rows)
    state.keep("map_colour", columns, next(iter(columns)))
    now = str(state.got("map_colour"))
    say = (
        "What a point's colour stands for: the label, what is known besides (columns left out of the inputs too), the "
        "row's error, how densely training codes lie around it (natural logarithm), or any column. Now "
    )
    name = st.selectbox("Colour", list(columns), key="map_colour", width=190, help=f"{say}{messages.plain(now)}.")
    return _colour(run, rows, str(name))


def colourings(run: Run, rows: Mapped) -> dict[str, Callable[[], Colour]]:
    """What the rows can be coloured by, by name."""
    found: dict[str, Callable[[], Colour]] = {
        name: partial(as_colour, name, column, rows.rows) for name, column in run.dataset.colours.items()
    }
    found.setdefault(ERROR, lambda: Colour(ERROR, errors(run, rows), None))
    found.setdefault(DENSITY, lambda: Colour(DENSITY, densities(run, rows), None))
    for place, name in enumerate(run.dataset.feature_names):
        said = name if name not in found else f"{name} (column)"
        found[said] = partial(_column, run, rows, place, said)
    return found


def errors(run: Run, rows: Mapped) -> FloatArray:
    """Sum of squared errors of each row on the map (n,), in scaled units."""
    return _errors(str(run.folder), version(run), rows.part, run, rows)


def densities(run: Run, rows: Mapped) -> FloatArray:
    """Natural logarithm of the density of the training codes at each row on the map (n,)."""
    return _densities(str(run.folder), version(run), rows.part, run, rows)


def choose_filter(run: Run, rows: Mapped) -> tuple[NDArray[np.bool_], str]:
    """Draws the filter; gives which rows it keeps (n,), and what it asks for in words, "" for no filter."""
    columns = colourings(run, rows)
    names = [NOTHING, *columns]
    state.keep("map_filter", names, NOTHING)
    now = str(state.got("map_filter"))
    name = st.selectbox(
        "Filter by",
        names,
        key="map_filter",
        width=190,
        help="Keeps the rows with certain values of the label or of any column; the others fade and cannot be picked. "
        f"Now {'no filter' if now == NOTHING else 'by ' + messages.plain(now)}.",
    )
    every = np.ones(len(rows.rows), dtype=bool)
    if name is None or name == NOTHING:
        return every, ""
    colour = _colour(run, rows, str(name))
    if colour.levels is None:
        return _in_range(colour)
    return _with_text(colour) if len(colour.levels) > MOST_LISTED else _of_levels(colour)


def _of_levels(colour: Colour) -> tuple[NDArray[np.bool_], str]:
    levels = list(colour.levels or ())
    shown = {place: levels[place] or "(none)" for place in range(len(levels))}
    key = f"map_filter_levels_{colour.name}"
    kept = [place for place in _numbers(state.before(key)) if place in shown]
    state.hold({key: kept})
    now = ", ".join(shown[place] for place in kept) or "all of them"
    chosen = st.multiselect(
        f"Keep these of {messages.plain(colour.name)}",
        list(shown),
        key=key,
        format_func=shown.__getitem__,
        help=f"Rows with any of these values stay; none chosen keeps all. Now {messages.plain(now)}.",
    )
    if not chosen:
        return np.ones(len(colour.values), dtype=bool), ""
    return np.isin(colour.values, chosen), f"{colour.name} is {' or '.join(shown[place] for place in chosen)}"


def _with_text(colour: Colour) -> tuple[NDArray[np.bool_], str]:
    key = f"map_filter_text_{colour.name}"
    state.hold({key: str(state.before(key) or "")})
    wanted = st.text_input(
        f"Text in {messages.plain(colour.name)}",
        key=key,
        width=220,
        placeholder="part of the text",
        help=f"Keeps rows whose value contains this, whatever its capitals; there are "
        f"{count(len(colour.levels or ()))} values. Now {messages.plain(str(state.got(key))) or 'everything'}.",
    ).strip()
    if not wanted:
        return np.ones(len(colour.values), dtype=bool), ""
    fits = np.array([wanted.casefold() in level.casefold() for level in colour.levels or ()], dtype=bool)
    return fits[colour.values], f"{colour.name} contains “{wanted}”"


def _in_range(colour: Colour) -> tuple[NDArray[np.bool_], str]:
    values = np.asarray(colour.values, dtype=np.float64)
    known = values[np.isfinite(values)]
    if not known.size or known.min() == known.max():
        st.caption(messages.plain(f"All rows have the same {colour.name}: there is nothing to filter by."))
        return np.ones(len(values), dtype=bool), ""
    low, high = float(known.min()), float(known.max())
    key = f"map_filter_range_{colour.name}"
    now = _span(state.before(key), low, high)
    state.hold({key: now})
    st.slider(
        messages.plain(colour.name),
        low,
        high,
        key=key,
        width=260,
        step=(high - low) / 200,
        format=_digits(low, high),
        help=f"Keeps rows between these two values, both included. Now {three(now[0])} to {three(now[1])}.",
    )
    ends = _span(state.got(key), low, high)  # the stubs take a slider without a default for one of a single value
    if ends[0] <= low and ends[1] >= high:
        return np.ones(len(values), dtype=bool), ""
    with np.errstate(invalid="ignore"):
        kept = (values >= ends[0]) & (values <= ends[1])
    return kept, f"{colour.name} from {three(ends[0])} to {three(ends[1])}"


def _digits(low: float, high: float) -> str:
    """How a slider writes its ends: three digits do for most, but of years they would make 2,010."""
    size = max(abs(low), abs(high))
    if not 1000 <= size < 1e6:
        return "%.3g"
    return "%.0f" if high - low > 10 else "%.1f"


def _span(value: object, low: float, high: float) -> tuple[float, float]:
    """What a range slider stands at, inside of its ends; the whole range at first."""
    if isinstance(value, tuple) and len(value) == 2:
        first, last = (min(max(float(end), low), high) for end in value)
        return first, last
    return low, high


def _colour(run: Run, rows: Mapped, name: str) -> Colour:
    return _kept_colour(str(run.folder), version(run), rows.part, name, run, rows)


@st.cache_resource(max_entries=16, show_spinner=False)  # sorting the text of 70,000 rows takes a while
def _kept_colour(folder: str, changed: int, part: Part, name: str, _run: Run, _rows: Mapped) -> Colour:
    return colourings(_run, _rows)[name]()


def _numbers(value: object) -> list[int]:
    return [int(each) for each in value] if isinstance(value, list | tuple) else []


def _column(run: Run, rows: Mapped, place: int, name: str) -> Colour:
    values: Colouring = run.dataset.shown(place, run.dataset.x[rows.rows])
    return as_colour(name, values, np.arange(len(values)))


@st.cache_resource(max_entries=8, show_spinner=False)
def _mapped(folder: str, changed: int, part: Part, _run: Run) -> Mapped:
    found = coded(_run, part)
    n = len(found.rows)
    if n <= MOST_ROWS:
        return Mapped(part, found.rows, found.z, n)
    some = np.sort(np.random.default_rng(SEED).choice(n, MOST_ROWS, replace=False))
    return Mapped(part, found.rows[some], found.z[some], n)


@st.cache_resource(max_entries=8, show_spinner=False)
def _errors(folder: str, changed: int, part: Part, _run: Run, _rows: Mapped) -> FloatArray:
    codec, found = _run.codec(), []
    for start in range(0, len(_rows.rows), ROWS_AT_ONCE):  # all reconstructions at once would need much memory
        some = slice(start, start + ROWS_AT_ONCE)
        found.append(sample_errors(_run.split.x[_rows.rows[some]], codec.decode(_rows.z[some])))
    return np.concatenate(found).astype(np.float32)


@st.cache_resource(max_entries=8, show_spinner="The density of the codes …")
def _densities(folder: str, changed: int, part: Part, _run: Run, _rows: Mapped) -> FloatArray:
    return Density.fit(coded(_run, "train").z).log(_rows.z).astype(np.float32)
