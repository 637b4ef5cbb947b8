"""The held-out sample on show: the same one on every page, picked by number, by a step, by chance or by a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import streamlit as st

from playground.data.dataset import IntArray
from playground.figures.numbers import count
from playground.runs.run import Run
from playground.ui import state
from playground.ui.drawing import drawing
from playground.ui.held_out import HeldOut

_KEY = "_sample"  # (run's id, place among the held-out rows); outlives the widgets of a page
_PICKS = "_picks"


def sample(run_id: str, n_samples: int) -> int:
    """The place of the sample on show among the run's held-out rows, counted from 0."""
    kept = state.got(_KEY)
    if isinstance(kept, tuple) and kept[0] == run_id:
        return min(int(kept[1]), n_samples - 1)
    return 0


def pick(run_id: str, place: int) -> None:
    """Puts another sample on show."""
    state.put({_KEY: (run_id, place), _PICKS: picks() + 1}, only_missing=False)


def picks() -> int:
    """How often something was picked in this session, be it the same sample again."""
    made = state.got(_PICKS)
    return made if isinstance(made, int) else 0


def controls(
    run_id: str,
    n_samples: int,
    then: Callable[[int], None] = lambda place: None,
    among: IntArray | None = None,
    width: Literal["stretch", "content"] = "stretch",
) -> int:
    """Draws the ways to pick a sample; gives the one on show.

    Args:
        then: what else is to be done with a newly picked sample.
        among: places of the samples that "next" goes through, in this order, and "random" picks from; all if left out.
        width: of all of them together; "content" leaves room beside them.
    """
    now = sample(run_id, n_samples)
    order = np.arange(n_samples) if among is None or not len(among) else among
    following = _next(now, order)
    which = "held-out" if len(order) == n_samples else "chosen"

    def show(place: int) -> None:
        pick(run_id, place)
        then(place)

    state.put({"sample": now + 1}, only_missing=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width=width):
        st.number_input(
            f"Sample of {count(n_samples)}",
            1,
            n_samples,
            key="sample",
            width=128,
            on_change=lambda: show(int(str(state.got("sample") or 1)) - 1),
            help=f"The held-out row on show, counted from 1. Now number {now + 1} of {count(n_samples)} test "
            "rows, which neither the autoencoder nor PCA was fitted on.",
        )
        st.button(
            "Next",
            key="next_sample",
            icon=":material/skip_next:",
            on_click=lambda: show(following),
            help=f"Shows the next held-out row, number {following + 1}.",
        )
        st.button(
            "Random",
            key="random_sample",
            icon=":material/shuffle:",
            on_click=lambda: show(_random(now, order)),
            help=f"Shows one of the other {count(int(np.sum(order != now)))} {which} rows by chance.",
        )
    return now


def listing(
    run: Run, held: HeldOut, among: IntArray | None = None, then: Callable[[int], None] = lambda place: None
) -> None:
    """Draws the held-out rows as a table, to sort and to pick from by a click.

    Args:
        among: places of those that are listed, in this order; all if left out.
        then: what else is to be done with a newly picked sample.
    """
    columns, config, row_height = drawing(run).listing(held)
    n_known = len(columns)
    places = np.arange(n_known) if among is None else among[among < n_known]
    columns = columns.iloc[places]
    now = sample(run.id, len(held.x))
    # The marked row follows the sample, whichever way it was picked.
    rows = np.flatnonzero(places == now).tolist()
    state.put({"rows": {"selection": {"rows": rows, "columns": [], "cells": []}}}, only_missing=False)
    st.dataframe(
        columns,
        key="rows",
        hide_index=True,
        height=420,
        row_height=row_height,
        column_config=config,
        selection_mode="single-row",
        on_select=lambda: _picked_row(run.id, places, then),
    )
    if n_known < len(held.x):
        listed = "The first" if among is None else "From among the first"
        st.caption(f"{listed} {count(n_known)} of {count(len(held.x))} held-out rows.")


def _picked_row(run_id: str, places: IntArray, then: Callable[[int], None]) -> None:
    chosen = state.got("rows")
    rows = chosen["selection"]["rows"] if isinstance(chosen, Mapping) else []
    if rows:  # a second click on the same row takes its mark away, but some sample is always on show
        pick(run_id, int(places[rows[0]]))
        then(int(places[rows[0]]))


def _next(now: int, order: IntArray) -> int:
    """The one after the present one, in this order; the first where it is the last, or not among them."""
    at = np.flatnonzero(order == now)
    return int(order[(at[0] + 1) % len(order)]) if len(at) else int(order[0])


def _random(now: int, order: IntArray) -> int:
    """Another one of these."""
    others = order[order != now]
    return int(np.random.default_rng().choice(others)) if len(others) else now
