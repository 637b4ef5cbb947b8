"""Picking a held-out sample: from a grid or a table, by its error, its class, its words, or by chance."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.analysis.search import search
from playground.data.dataset import IntArray
from playground.errors import DataError
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import bench, messages, picked, reproduce, state
from playground.ui.bench import Sample
from playground.ui.components.grid import grid, grid_payload
from playground.ui.drawing import drawing
from playground.ui.held_out import HeldOut, held_out
from playground.ui.looks import look

ALL = "all classes"
AS_DEALT, WORST, BEST = "as they come", "worst first", "best first"
GRID, TABLE = "Grid", "Table"
PICTURES_A_PAGE, OTHERS_A_PAGE = 60, 24
_CHANGED = "_picked_by_picking"

PYTHON = """i = {place}  # {name}
error = np.square(trainer.best.reconstruct(x) - x).sum(axis=1)  # a table's missing cells count nothing
print(error[i], error.argsort())
"""


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the ways to pick one of a finished run's held-out samples; the one picked lies on the bench."""
    if state.got(_CHANGED):  # a fragment draws only itself: what else looks at the sample has to follow
        state.put({_CHANGED: False}, only_missing=False)
        st.rerun()
    held = held_out(run)
    st.subheader("Pick a test row")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        among, problem = _filtered(run, held)
        among = _ordered(held, among)
        view = _view(run)
    if problem:
        st.caption(f":orange[{messages.plain(problem)}]")
    on_bench = bench.on_show(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        now = picked.controls(run.id, len(held.x), lambda _: _follow(), among, width="content")
        if len(among):
            _by_error(run, held, among)
        if on_bench.place is None:
            _back(run, on_bench, now)
        page = _page(run, among, now) if view == GRID else 1
        if 0 < len(among) < len(held.x):
            st.caption(f"{count(len(among))} of {count(len(held.x))} test rows.", width="content")
    if not len(among):
        pass  # the sentence above says so
    elif view == TABLE:
        picked.listing(run, held, among, lambda _: _follow())
    else:
        _grid(run, held, among, on_bench.place, page)
    reproduce.panel(run, PYTHON.format(place=now, name=f"sample {now + 1} of the test rows"), key="reproduce_picking")


def _follow() -> None:
    state.put({_CHANGED: True}, only_missing=False)


# --------------------------------------------------------------------------------------- which and in what order


def _filtered(run: Run, held: HeldOut) -> tuple[IntArray, str]:
    """Draws the filters; gives the places of the held-out samples that meet them, and what is wrong with the words."""
    keep = np.ones(len(held.x), dtype=bool)
    labels = None if run.dataset.labels is None else run.dataset.labels[held.rows]
    if labels is not None:
        keep &= _of_class(run, labels)
    words = st.text_input(
        "Search",
        key="pick_search",
        width=260,
        placeholder=_example(run),
        help="Words of the label, the known factors or the columns, or comparisons such as 'error > 3'; several, "
        "separated by commas, have to hold together. Now: "
        f"{messages.plain(str(state.got('pick_search') or 'no condition'))}.",
    )
    problem = ""
    if words.strip():
        try:
            keep &= search(run.dataset, held.rows, words, {"error": held.errors})
        except DataError as error:
            problem = str(error)
    if not keep.any():
        problem = problem or "No test row is like that."
    return np.flatnonzero(keep), problem


def _of_class(
    run: Run, labels: np.ndarray[tuple[int, ...], np.dtype[np.str_]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    levels, sizes = np.unique(labels, return_counts=True)
    named = {str(level): f"{level} ({count(n)})" for level, n in zip(levels, sizes.tolist(), strict=True)}
    state.keep("pick_class", [ALL, *named], ALL)
    chosen = st.selectbox(
        run.dataset.label_name.capitalize(),
        [ALL, *named],
        key="pick_class",
        format_func=lambda level: named.get(level, level),
        width=170,
        help="Only test rows of this class are shown and gone through. The label was never trained on. Now "
        f"{messages.plain(str(state.got('pick_class')))}.",
    )
    return np.ones(len(labels), dtype=bool) if chosen == ALL else labels == chosen


def _example(run: Run) -> str:
    labels = run.dataset.labels
    first = "" if labels is None else f"{labels[0]}, "
    return f"{first}error > 3"


def _ordered(held: HeldOut, among: IntArray) -> IntArray:
    orders = [AS_DEALT, WORST, BEST]
    state.keep("pick_order", orders, AS_DEALT)
    order = st.selectbox(
        "Order",
        orders,
        key="pick_order",
        width=150,
        help="By the error of the autoencoder's reconstruction, the largest or the smallest first, or as they come. "
        f"Now {state.got('pick_order')}.",
    )
    if order == AS_DEALT:
        return among
    by_error = np.argsort(held.errors[among], kind="stable")
    return among[by_error[::-1] if order == WORST else by_error]


def _view(run: Run) -> str:
    grids = run.dataset.kind in ("images", "series")
    state.keep("pick_view", [GRID, TABLE], GRID if grids else TABLE)
    return str(
        st.segmented_control(
            "Show as",
            [GRID, TABLE],
            key="pick_view",
            required=True,
            help=f"A grid of small samples to click, or a table to sort. Now a {str(state.got('pick_view')).lower()}.",
        )
    )


def _by_error(run: Run, held: HeldOut, among: IntArray) -> None:
    """Buttons for the best, the median and the worst of those that are chosen."""
    by_error = among[np.argsort(held.errors[among], kind="stable")]
    ways = {
        "Best": ("smallest", int(by_error[0]), ":material/thumb_up:"),
        "Median": ("median", int(by_error[(len(by_error) - 1) // 2]), ":material/align_vertical_center:"),
        "Worst": ("largest", int(by_error[-1]), ":material/thumb_down:"),
    }
    for name, (which, place, icon) in ways.items():
        st.button(
            name,
            key=f"pick_{name.lower()}",
            icon=icon,
            on_click=_pick,
            args=(run, place),
            help=f"Shows the test row with the {which} error among the {count(len(among))}: number {place + 1}, "
            f"{three(held.errors[place])}.",
        )


def _back(run: Run, on_bench: Sample, now: int) -> None:
    st.button(
        f"Back to test row {count(now + 1)}",
        key="pick_back",
        icon=":material/undo:",
        on_click=_pick,
        args=(run, now),
        help=f"On the bench is {messages.plain(on_bench.words)}; this puts the test row there again.",
    )


def _pick(run: Run, place: int) -> None:
    picked.pick(run.id, place)
    _follow()


# ------------------------------------------------------------------------------------------------------ the grid


def _page(run: Run, among: IntArray, now: int) -> int:
    """Draws the choice of the grid's page, which follows the sample; gives the page, counted from 1."""
    size = _page_size(run)
    n_pages = -(-len(among) // size)
    if n_pages <= 1:
        return 1
    at = np.flatnonzero(among == now)
    here = int(at[0]) // size + 1 if len(at) else 1
    state.follow("pick_page", here)
    state.put({"pick_page": min(max(int(str(state.got("pick_page"))), 1), n_pages)}, only_missing=False)
    page = st.number_input(
        f"Page of {count(n_pages)}",
        1,
        n_pages,
        key="pick_page",
        width=128,
        help=f"{count(size)} test rows a page. Now {state.got('pick_page')} of {count(n_pages)}; the one on show is on "
        f"page {here}.",
    )
    return int(page)


def _page_size(run: Run) -> int:
    return PICTURES_A_PAGE if run.dataset.image_shape is not None else OTHERS_A_PAGE


def _grid(run: Run, held: HeldOut, among: IntArray, marked: int | None, page: int) -> None:
    size = _page_size(run)
    places = among[(page - 1) * size : page * size]
    x = held.x[places]
    pictures = drawing(run).pixels(x)
    clicked = grid(
        key="pick_grid",
        data=grid_payload(
            places=places.tolist(),
            captions=[_caption(run, held, place) for place in places.tolist()],
            names=[_name(run, held, place) for place in places.tolist()],
            selected=marked,
            pictures=pictures,
            x=None if pictures is not None else x,
            look=None if pictures is not None else look(run),
            title=f"Test rows, page {page} of {-(-len(among) // size)}",
        ),
        n=len(held.x),
    )
    if clicked is not None:
        picked.pick(run.id, clicked)
        st.rerun()


def _caption(run: Run, held: HeldOut, place: int) -> str:
    labels = run.dataset.labels
    return three(held.errors[place]) if labels is None else str(labels[held.rows[place]])


def _name(run: Run, held: HeldOut, place: int) -> str:
    known = "; ".join(drawing(run).known(held.rows[place]))
    return f"test row {count(place + 1)}{f', {known}' if known else ''}, error {three(held.errors[place])}"
