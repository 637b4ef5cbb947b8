"""The held-out rows by their error, the oddest first, each with what of it is odd; a click puts one on show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from playground.analysis.anomalies import Flags, column_shares, flagged, ranked
from playground.analysis.errors import Errors
from playground.data.dataset import FloatArray, IntArray
from playground.figures import markup, palette
from playground.figures.markup import Cell, Row
from playground.figures.numbers import count, percent, three
from playground.figures.pictures import data_uri, difference_png, symmetric_limit
from playground.runs.run import Run
from playground.ui import messages, picked, state
from playground.ui.drawing import MOST_WAVE_POINTS, Images, Waves, drawing
from playground.ui.held_out import held_out

MOST_RANKED = 100  # rows of the table
MOST_NAMED = 2  # columns that a row of it names
MOST_SHARES = 12  # columns of the row on show
LEAST_SHARE = 0.05  # of a row's error, to be named
LEAST_SAID = 0.001  # smaller shares are not told apart
NARROW = {  # so that the table fits beside the row on show
    "rank": st.column_config.NumberColumn("rank", width=55),
    "times usual": st.column_config.NumberColumn("times usual", format="%.3g", width=90),
    "error": st.column_config.NumberColumn("error", format="%.3g", width=75),
    "flagged": st.column_config.TextColumn("flagged", width=90),
    "sample": st.column_config.NumberColumn("sample", width=65),
}
WHERE = {
    "Largest errors": "the rows that are the oddest",
    "At the threshold": "those flagged last, and those that just pass",
    "Smallest errors": "the rows that are the most ordinary",
}


def show(run: Run, odd: Flags | None, threshold: float, scores: Errors, usual: Errors | None) -> None:
    """Draws the ranking beside the row on show.

    Args:
        run: finished.
        odd: which of its test rows are odd; None where nobody knows.
        threshold: from which score a row is flagged.
        scores: how odd each of the test rows is.
        usual: errors of the columns that the scores are in times of; None where they are the errors themselves.
    """
    order = ranked(scores)
    st.markdown("**Rows by their oddness**")
    state.keep("odd_where", WHERE, "Largest errors")
    now = str(state.got("odd_where"))
    say = f"{'; '.join(f'{name}: {words}' for name, words in WHERE.items())}. Now {now}."
    where = str(st.segmented_control("Rows", list(WHERE), key="odd_where", required=True, help=say))
    part = _part(order, where, int(flagged(scores, threshold).sum()))
    listed, one = st.columns([3, 2], gap="large")
    with listed:
        _listing(run, order, part, flagged(scores, threshold), odd, scores, usual)
    with one:
        _one(run, order, scores, usual)


def _part(order: IntArray, where: str, n_flagged: int) -> slice:
    """Which ranks are listed: `MOST_RANKED` of them."""
    n = len(order)
    first = {"Largest errors": 0, "At the threshold": n_flagged - MOST_RANKED // 2}.get(where, n - MOST_RANKED)
    first = max(0, min(first, n - MOST_RANKED))
    return slice(first, min(first + MOST_RANKED, n))


def _listing(
    run: Run, order: IntArray, part: slice, alarms: Flags, odd: Flags | None, scores: Errors, usual: Errors | None
) -> None:
    held, places = held_out(run), order[part]
    columns, config, height = _pictures(run, places)
    labels = run.dataset.labels
    table: dict[str, Any] = {"rank": np.arange(part.start + 1, part.stop + 1)} | columns
    table |= {} if labels is None else {run.dataset.label_name: labels[held.rows[places]]}
    table |= {"error": held.errors[places]} if usual is None else {"times usual": scores[places]}
    table |= {"flagged": _words(alarms[places], None if odd is None else odd[places])}
    if not columns or not isinstance(drawing(run), Images):
        table |= {"largest shares": _shares_in_words(run, places, usual)}
    table |= {"sample": places + 1}
    now = picked.sample(run.id, len(held.x))
    marked = np.flatnonzero(places == now).tolist()
    state.put({"odd_rows": {"selection": {"rows": marked, "columns": [], "cells": []}}}, only_missing=False)

    def pick() -> None:
        chosen = state.got("odd_rows")
        rows = chosen["selection"]["rows"] if isinstance(chosen, Mapping) else []
        if rows:
            picked.pick(run.id, int(places[int(rows[0])]))
            state.put({"_odd_picked": True}, only_missing=False)

    st.dataframe(
        pd.DataFrame(table),
        key="odd_rows",
        hide_index=True,
        height=460,
        row_height=height,
        column_config=NARROW | config,
        selection_mode="single-row",
        on_select=pick,
    )
    if len(places) < len(order):
        st.caption(
            f"Ranks {count(part.start + 1)} to {count(part.stop)} of {count(len(order))} held-out rows; a click on the "
            "left of a row shows it."
        )


def _words(alarms: Flags, odd: Flags | None) -> list[str]:
    if odd is None:
        return ["flagged" if alarm else "" for alarm in alarms]
    said = {(True, True): "✓ found", (True, False): "false alarm", (False, True): "✕ missed", (False, False): ""}
    return [said[bool(alarm), bool(is_odd)] for alarm, is_odd in zip(alarms, odd, strict=True)]


def _pictures(run: Run, places: IntArray) -> tuple[dict[str, Any], dict[str, Any], int]:
    """The columns of the table that are drawn, how they are shown, and the height of a row in px."""
    held, drawn = held_out(run), drawing(run)
    if isinstance(drawn, Waves):
        both = run.split.scaler.undo(held.x[places]), run.split.scaler.undo(held.x_hat[places])
        step = max(1, both[0].shape[1] // MOST_WAVE_POINTS)
        names = ("wave", "reconstruction")
        config = {name: st.column_config.LineChartColumn(name, width="small") for name in names}
        waves = {name: each[:, ::step].round(3).tolist() for name, each in zip(names, both, strict=True)}
        return waves, config, 44
    if not isinstance(drawn, Images):
        return {}, {}, 35
    images = [(drawn.image(held.x[place]), drawn.image(held.x_hat[place])) for place in places]
    limit = max((symmetric_limit(*pair) for pair in images), default=1.0)
    columns = {
        "picture": [data_uri(drawn.png(held.x[place])) for place in places],
        "reconstruction": [data_uri(drawn.png(held.x_hat[place])) for place in places],
        "difference": [data_uri(difference_png(*pair, 1, limit)) for pair in images],
    }
    return columns, {name: st.column_config.ImageColumn(name, width="small") for name in columns}, 48


def _shares_in_words(run: Run, places: IntArray, usual: Errors | None) -> list[str]:
    """Of each row the columns that cost it most."""
    held, names = held_out(run), run.dataset.feature_names
    shares = column_shares(held.x[places], held.x_hat[places], run.split.layout, usual)
    said = []
    for row in shares:
        most = [int(i) for i in np.argsort(-row, kind="stable")[:MOST_NAMED] if row[i] >= LEAST_SHARE]
        said.append(", ".join(f"{names[i]} {100 * row[i]:.0f} %" for i in most) or "spread over many columns")
    return said


def _one(run: Run, order: IntArray, scores: Errors, usual: Errors | None) -> None:
    """Draws the sample on show, and what of it is odd."""
    held = held_out(run)
    place = picked.sample(run.id, len(held.x))
    rank = int(np.flatnonzero(order == place)[0]) + 1
    row = int(held.rows[place])
    times = [] if usual is None else [f"{three(scores[place])} times the usual error"]
    known = [*times, f"error {three(held.errors[place])}", *drawing(run).known(row)]
    stands = f"rank {count(rank)} of {count(len(order))}"
    st.markdown(f"**Sample {count(place + 1)}**: {messages.plain(' · '.join([stands, *known]))}")
    drawn = drawing(run)
    if isinstance(drawn, Images | Waves):
        drawn.difference(held.x[place], held.x_hat[place])
    shares = column_shares(held.x[place][None], held.x_hat[place][None], run.split.layout, usual)[0]
    st.markdown(messages.plain(_half(run, shares)))
    if not isinstance(drawn, Images | Waves):
        _shares(run, held.x[place], held.x_hat[place], shares)


def _half(run: Run, shares: Errors) -> str:
    """How few columns make half of the error."""
    if not shares.any():
        return "It has no error at all."
    n = int(np.searchsorted(np.cumsum(np.sort(shares)[::-1]), 0.5) + 1)
    what = {"images": "pixel values", "series": "moments"}.get(run.dataset.kind, "columns")
    return f"Half of its oddness comes from {count(n)} of {count(len(shares))} {what}."


def _shares(run: Run, x: FloatArray, x_hat: FloatArray, shares: Errors) -> None:
    own, back = (drawing(run).own(each) for each in (x, x_hat))
    worst = [int(i) for i in np.argsort(-shares, kind="stable")[:MOST_SHARES] if shares[i] > 0]
    most = max(float(shares.max()), 1e-12)
    rows = [
        Row(
            run.dataset.feature_names[i],
            [
                Cell(_share_words(shares[i]), background=palette.translucent(palette.ENCODER, 0.45 * shares[i] / most)),
                Cell(_own_words(run, i, float(own[i]))),
                Cell(_own_words(run, i, float(back[i]))),
            ],
        )
        for i in worst
    ]
    st.html(markup.table(["column", "share", "value", "given back as"], rows))


def _share_words(share: float) -> str:
    return "< 0.1 %" if 0 < share < LEAST_SAID else percent(share)


def _own_words(run: Run, place: int, value: float) -> str:
    if run.dataset.columns:
        return run.dataset.columns[place].with_unit(value)
    return f"{three(value)} {run.dataset.units[place] if run.dataset.units else ''}".rstrip()
