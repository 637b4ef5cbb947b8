"""The map of the codes: any rows in any space, what is near a row, and groups of rows that are drawn around."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.errors import sample_errors
from playground.data.dataset import IntArray
from playground.figures.numbers import count, percent, three
from playground.runs.run import Run
from playground.ui import codes, groups, messages, picked, reproduce, state
from playground.ui.components import Colour
from playground.ui.components.cloud import Card, Outline, Picked, cloud
from playground.ui.drawing import drawing
from playground.ui.group_view import next_name, show_groups
from playground.ui.held_out import version
from playground.ui.map_rows import DENSITY, MOST_ROWS, SEED, Mapped, choose_colour, choose_filter, choose_rows
from playground.ui.map_spaces import Space, choose_space
from playground.ui.row_neighbours import Neighbours, choose_k, links, neighbours, show_neighbours

_KEY = "_map_row"  # (run's id, row of the data set, the held-out sample that was on show then)
MOST_CARDS_SENT = 2000  # with more rows the browser asks for the card under its pointer
MOST_PICTURE_BYTES = 2_000_000
MOST_LINES = 9  # columns in a hover card

PYTHON = """import numpy as np
from playground.analysis.nearest import Nearest

rows = {rows}  # the rows on the map
z = trainer.best.encode(split.x[rows])
place = {place}  # the row on show: number {row} of the data set, counted from 0
for space in (z, split.x[rows]):  # its nearest rows in the code, then in the input space
    found, distances = Nearest(space).of(space[[place]], {k} + 1)
    print(rows[found[0][found[0] != place][:{k}]])
"""


def show(run: Run) -> None:
    """Draws the map with its controls, the row that is picked with its neighbours, and the groups."""
    _show(run)


@st.fragment
@messages.shown()
def _show(run: Run) -> None:
    st.subheader("The map of the codes")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rows = choose_rows(run)
        space = choose_space(run, rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colour = choose_colour(run, rows)
        shown, wanted = choose_filter(run, rows)
        k = choose_k(len(rows.rows))
    place = _place_on_show(run, rows)
    found = None if place is None or k < 1 else neighbours(run, rows, place, k)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _say_filter(run, rows, shown, wanted)
        _take(run, rows, _draw(run, rows, space, colour, shown, place, found))
        st.caption(messages.plain(_said(run, rows, space, colour)))
    with right:
        if place is not None:
            _show_row(run, rows, place)
    if found is not None:
        show_neighbours(run, rows, found)
    st.markdown("#### Groups")
    show_groups(run, rows.rows)
    reproduce.panel(run, _python(rows, place, k), key="reproduce_mapping")


def row_on_show(run: Run) -> int:
    """The row of the data set that was picked on the map last, or the held-out sample that was picked after it."""
    sample = picked.sample(run.id, len(run.split.test_rows))
    kept = state.got(_KEY)
    if isinstance(kept, tuple) and kept[0] == run.id and kept[2] == sample:
        return int(kept[1])
    return int(run.split.test_rows[sample])


def select(run: Run, row: int) -> None:
    """Puts a row of the data set on show; a held-out row becomes the sample of every page, its code the point."""
    test = run.split.test_rows
    place = np.flatnonzero(test == row)
    if len(place):
        picked.pick(run.id, int(place[0]))
        codes.move_to(run, run.codec().encode(run.split.x[[row]])[0])
    state.put({_KEY: (run.id, row, picked.sample(run.id, len(test)))}, only_missing=False)


def _place_on_show(run: Run, rows: Mapped) -> int | None:
    """Where the row on show lies on the map, or else the held-out sample; None where neither was sampled."""
    place = rows.place_of(row_on_show(run))
    if place is not None:
        return place
    test = run.split.test_rows
    return rows.place_of(int(test[picked.sample(run.id, len(test))]))


def _draw(
    run: Run,
    rows: Mapped,
    space: Space,
    colour: Colour,
    shown: NDArray[np.bool_],
    place: int | None,
    found: Neighbours | None,
) -> Picked:
    places = space.places
    y, z = (places[:, i] if i < places.shape[1] else None for i in (1, 2))
    pictures, texts = _cards(run, rows)
    return cloud(
        key="cloud",
        of=f"{run.id} {version(run)} {rows.part} {space.name}",
        x=places[:, 0],
        y=y,
        z=z,
        labels=space.labels,
        colour=colour,
        shown=shown,
        selected=place,
        links=[] if found is None else links(found),
        groups=_outlines(run, rows),
        pictures=pictures,
        rows=texts,
        card=None if texts is not None else lambda i: _card(run, int(rows.rows[i])),
        height=160 if y is None else 460,
    )


def _outlines(run: Run, rows: Mapped) -> list[Outline]:
    """The visitor's own groups, in the text's colour: the points' colours tell the classes."""
    return [Outline(group.name, rows.places_of(group.rows)) for group in groups.own(run)]


def _take(run: Run, rows: Mapped, what: Picked) -> None:
    """Keeps what was picked just now, and draws the page again where something was."""
    if what.point is not None:
        select(run, int(rows.rows[what.point]))
        st.rerun()
    if what.group is not None and len(what.group):
        make_group(run, rows.rows[what.group])
        st.rerun()
    if what.group is not None:
        st.caption("There was no point in what you drew around: nothing was changed.")


def make_group(run: Run, rows: IntArray) -> None:
    """Keeps rows of the data set as a group with the next free letter as its name, and looks at it.

    It is compared with the group made before it, where there is one, and so in the arithmetic below.
    """
    name, before = next_name(run), groups.own(run)
    groups.keep(run, name, rows)
    state.put({"group": name, "arithmetic_to": name}, only_missing=False)
    if before:
        state.put({"group_against": before[-1].name, "arithmetic_from": before[-1].name}, only_missing=False)


def _say_filter(run: Run, rows: Mapped, shown: NDArray[np.bool_], wanted: str) -> None:
    if not wanted:
        return
    n = int(shown.sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            messages.plain(f"{count(n)} of {count(len(shown))} rows on the map, {percent(n / len(shown))}: {wanted}.")
        )
        st.button(
            "Make a group of them",
            key="group_of_filter",
            icon=":material/group_add:",
            disabled=n == 0,
            on_click=make_group,
            args=(run, rows.rows[shown]),
            help=f"Keeps these {count(n)} rows as a group, as the lasso does with the points it encloses.",
        )


def _said(run: Run, rows: Mapped, space: Space, colour: Colour) -> str:
    n = len(rows.rows)
    of = f"all {count(n)}" if n == rows.n_before else f"{count(n)} of {count(rows.n_before)}"
    kind = "test rows" if rows.part == "test" else "rows"
    chance = f", picked by chance (at most {count(MOST_ROWS)}, seed {SEED})" if n < rows.n_before else ""
    said = [f"{of[:1].upper()}{of[1:]} {kind}{chance}.", space.said]
    if colour.name == DENSITY:
        said.append("Colour: natural logarithm of the density of the training codes in all units.")
    return " ".join(sentence for sentence in said if sentence)


def _show_row(run: Run, rows: Mapped, place: int) -> None:
    row = int(rows.rows[place])
    x, x_hat = run.split.x[row], run.codec().decode(rows.z[place][None])[0]
    error = float(sample_errors(x[None], x_hat[None])[0])
    known = [part_of(run, row), *drawing(run).known(row), f"error {three(error)} (sum of squares)"]
    st.markdown(f"**Row {count(row + 1)}** {messages.plain(' · '.join(known))}")
    drawing(run).pair(x, x_hat)


def part_of(run: Run, row: int) -> str:
    """Which part of the data a row is in: "test", "training" or "validation", or "left out" as of another class."""
    split = run.split
    if np.any(split.test_rows == row):
        return "test"
    if np.any(split.train_rows == row):
        return "training"
    return "validation" if np.any(split.val_rows == row) else "left out"


def _cards(run: Run, rows: Mapped) -> tuple[NDArray[np.uint8] | None, list[str] | None]:
    """Pictures and texts of all hover cards where they are few; else the browser asks for single ones."""
    n = len(rows.rows)
    pixels = run.dataset.n_features if run.dataset.image_shape is not None else 0
    if n > MOST_CARDS_SENT or n * pixels > MOST_PICTURE_BYTES:
        return None, None
    return _all_cards(str(run.folder), version(run), rows.part, run, rows)


@st.cache_resource(max_entries=8, show_spinner=False)
def _all_cards(
    folder: str, changed: int, part: str, _run: Run, _rows: Mapped
) -> tuple[NDArray[np.uint8] | None, list[str]]:
    return drawing(_run).pixels(_rows.x(_run)), [_text(_run, row) for row in _rows.rows.tolist()]


def _card(run: Run, row: int) -> Card:
    pixels = drawing(run).pixels(run.split.x[[row]])
    return Card(_text(run, row), None if pixels is None else pixels[0])


def _text(run: Run, row: int) -> str:
    dataset = run.dataset
    lines = [f"row {count(row + 1)}, {part_of(run, row)}", *drawing(run).known(row)]
    if dataset.image_shape is None and dataset.kind != "series":
        told = list(dataset.in_words(dataset.x[[row]])[0].items())
        lines += [f"{name}: {value}" for name, value in told[:MOST_LINES]]
        if len(told) > MOST_LINES:
            lines.append(f"and {count(len(told) - MOST_LINES)} more")
    return "\n".join(lines)


def _python(rows: Mapped, place: int | None, k: int) -> str:
    if place is None:
        return ""
    which = "split.test_rows" if rows.part == "test" else "np.arange(len(split.x))"
    if len(rows.rows) < rows.n_before:
        which = f"np.sort(np.random.default_rng({SEED}).choice({rows.n_before}, {MOST_ROWS}, replace=False))"
        which = f"split.test_rows[{which}]" if rows.part == "test" else which
    return PYTHON.format(rows=which, place=place, row=int(rows.rows[place]), k=k)
