"""Fills in what is missing from rows of a table: by the autoencoder, by PCA and by the mean, against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis import imputation
from playground.analysis.errors import Errors
from playground.analysis.imputation import (
    LIMIT,
    Mask,
    best_passes,
    by_codec,
    by_mean,
    hide,
    holed,
    own_errors,
    some,
)
from playground.data.dataset import FloatArray, OwnArray
from playground.figures import markup, palette
from playground.figures.markup import Cell, Row
from playground.figures.numbers import count, percent, three
from playground.models.codec import Codec
from playground.runs.run import Run
from playground.ui import bench, messages, repairs, reproduce, state
from playground.ui.held_out import version

MOST_LINES = 40
START = 0.3
WAYS = {
    "autoencoder": ("Autoencoder", palette.ENCODER),
    "pca": ("PCA", palette.PCA),
    "mean": ("Mean", palette.MEAN),
}
_AGAIN, _CHOSEN = "_fill_seed", "fill_columns"

PYTHON = """from playground.analysis.imputation import Columns, best_passes, by_codec, by_mean, hide, holed
from playground.analysis.imputation import overall, some

columns, x, x_val = Columns.of(split), some(x), some(split.x_val)
chosen = hide(x_val, columns, {share:g}, seed=0)
hidden = hide(x, columns, {share:g}, seed={seed})
given = holed(x, hidden, columns)
for name, codec in [("autoencoder", trainer.best), ("pca", codecs["pca"])]:
    passes = best_passes(codec, x_val, chosen, columns)
    print(name, passes, overall(columns.errors(x, by_codec(codec, given, columns, passes)), hidden))
print("mean", overall(columns.errors(x, by_mean(given, columns)), hidden))
"""


@dataclass(frozen=True, eq=False)
class Filled:
    """What the ways of filling in came to on held-out rows, by name.

    Attributes:
        hidden: which cells were (n, n_columns).
        passes: how often the rows went through "autoencoder" and "pca".
        overall: error of the hidden cells, 1 being the mean's on average, with its 95 % interval.
        settled: PCA's where it runs until nothing moves.
        by_column: error of each column in its own unit (n_columns,), nan where no cell was hidden.
    """

    hidden: Mask
    passes: dict[str, int]
    overall: dict[str, tuple[float, float, float]]
    settled: tuple[float, float, float]
    by_column: dict[str, Errors]


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws what is filled in: for the sample on the bench, and how far off it is on the held-out rows."""
    st.subheader("Fill in what is missing")
    share, seed = _controls(run), _seed(run)
    filled = filled_in(run, share, seed)
    st.markdown(messages.plain(_in_words(run, filled, share)))
    _sample(run, filled, share, seed)
    st.markdown("**How far off, column by column**")
    _columns(run, filled)
    reproduce.panel(run, PYTHON.format(share=share, seed=seed), key="reproduce_fill")


def filled_in(run: Run, share: float, seed: int) -> Filled:
    """Hides a share of the known cells of at most 500 held-out rows and fills them in; kept.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    return _filled(str(run.folder), version(run), share, seed, run)


def _controls(run: Run) -> float:
    share = state.got("fill_share")
    now = share if isinstance(share, float) else START
    state.put({"fill_share": START}, only_missing=True)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.slider(
            "Share of the cells that is hidden",
            0.05,
            0.9,
            step=0.05,
            key="fill_share",
            width=340,
            help=f"The chance of each known cell to be hidden. Now {100 * now:.0f} %; at least one "
            "cell of a row stays.",
        )
        st.button(
            "Hide others",
            key="fill_again",
            icon=":material/casino:",
            on_click=_again,
            args=(run,),
            help=f"Picks other cells by chance; now draw number {_seed(run) + 1}.",
        )
    return float(str(state.got("fill_share")))


def _again(run: Run) -> None:
    state.put({_AGAIN: (run.id, _seed(run) + 1)}, only_missing=False)


def _seed(run: Run) -> int:
    kept = state.got(_AGAIN)
    return int(kept[1]) if isinstance(kept, tuple) and kept[0] == run.id else 0


def _in_words(run: Run, filled: Filled, share: float) -> str:
    n, of = len(filled.hidden), len(run.split.test_rows)
    rows = f"{count(n)} held-out rows" + (f", picked by chance from {count(of)}" if n < of else "")
    each = "; ".join(
        f"{WAYS[name][0]} {three(filled.overall[name][0])} ({three(filled.overall[name][1])} to "
        f"{three(filled.overall[name][2])})"
        for name in WAYS
    )
    words = (
        f"{count(int(filled.hidden.sum()))} known cells of {rows} are hidden, each by a chance of {100 * share:.0f} %, "
        f"and filled in. Error of what is put there, where 1 is as bad as the column's mean is on average: "
        f"{each}, each with its 95 % interval. "
    )
    words += (
        f"What was filled in goes through the autoencoder {_times(filled.passes['autoencoder'])} and through PCA "
        f"{_times(filled.passes['pca'])}, as often as did best on the validation rows."
    )
    if filled.passes["pca"] != LIMIT:
        words += f" PCA run until nothing moves comes to {three(filled.settled[0])}."
    return words


def _times(passes: int) -> str:
    if passes == LIMIT:
        return "until nothing moves"
    return {1: "once", 2: "twice"}.get(passes, f"{passes} times")


# ---- the sample on the bench


def _sample(run: Run, filled: Filled, share: float, seed: int) -> None:
    sample = bench.on_show(run)
    x, columns, names = bench.scaled(run, sample), repairs.columns_of(run), run.dataset.feature_names
    known = columns.known(x[None])[0]
    by_chance = hide(x[None], columns, share, seed)[0]
    options = [name for name, is_known in zip(names, known, strict=True) if is_known]
    if (
        state.is_new("cells hidden by chance", (run.id, sample.x.tobytes(), share, seed))
        or _CHOSEN not in st.session_state
    ):
        state.put({_CHOSEN: [names[place] for place in np.flatnonzero(by_chance)]}, only_missing=False)
    else:
        state.put({_CHOSEN: [name for name in _chosen() if name in options]}, only_missing=False)
    st.multiselect(
        f"Hidden of {sample.words}",
        options,
        key=_CHOSEN,
        placeholder="Choose cells to hide",
        help=f"Which cells of the sample on the bench are hidden; now {count(len(_chosen()))} of "
        f"{count(len(options))}. The slider and the button above pick them anew.",
    )
    hidden = np.isin(np.array(names), _chosen()) & known
    gone = np.flatnonzero(hidden | ~known)
    if not gone.size:
        st.info("Nothing is hidden and nothing is missing: choose a cell.", icon=":material/edit:")
        return
    if not (known & ~hidden).any():
        st.info("All cells are hidden, so all that is filled in is what a row is on average.", icon=":material/info:")
    given = holed(x[None], hidden[None], columns)
    ways = _ways(run, given, filled.passes)
    own = {name: _own(run, each)[0] for name, each in ways.items()}
    errors = {name: columns.errors(x[None], each)[0] for name, each in ways.items()}
    header = ["column", "truth", *(title for title, _ in WAYS.values())]
    st.html(markup.table(header, _lines(run, sample.x, own, errors, gone.tolist())))
    words = "Full colour is as bad as always answering with the mean."
    if (~known).any():
        words += " What is missing from the row itself has no truth: it shows what would be filled in."
    if gone.size > MOST_LINES:
        words += f" {count(MOST_LINES)} of {count(gone.size)} cells."
    st.caption(words)


def _chosen() -> list[str]:
    kept = state.got(_CHOSEN)
    return [str(name) for name in kept] if isinstance(kept, list | tuple) else []


def _lines(
    run: Run, truth: OwnArray, own: dict[str, OwnArray], errors: dict[str, Errors], gone: Sequence[int]
) -> list[Row]:
    lines = []
    for place in list(gone)[:MOST_LINES]:
        is_missing = np.isnan(truth[place])
        cells = [Cell("(missing)" if is_missing else _words(run, place, truth[place]))]
        for name in WAYS:
            off = 0.0 if is_missing else min(float(errors[name][place]), 1.0)
            cells.append(Cell(_words(run, place, own[name][place]), background=markup.diverging(off)))
        lines.append(Row(run.dataset.feature_names[place], cells))
    return lines


def _words(run: Run, place: int, value: float) -> str:
    if run.dataset.columns:
        return run.dataset.columns[place].with_unit(float(value))
    return f"{three(float(value))} {_unit(run, place)}".rstrip()


def _unit(run: Run, place: int) -> str:
    return run.dataset.units[place] if run.dataset.units else ""


# ---- all columns


def _columns(run: Run, filled: Filled) -> None:
    types, names = run.dataset.columns, run.dataset.feature_names
    lines = []
    for place in np.flatnonzero(filled.hidden.any(axis=0))[:MOST_LINES]:
        column = types[place] if types else None
        is_share = column is not None and column.is_category
        unit = imputation.unit_of(column, _unit(run, place))
        values = {name: float(filled.by_column[name][place]) for name in WAYS}
        best = min(values.values())
        cells = [
            Cell(percent(value) if is_share else three(value), "closest" if value == best else "")
            for value in values.values()
        ]
        lines.append(Row(f"{names[place]} ({unit})" if unit else names[place], cells))
    overall = [Cell(three(filled.overall[name][0])) for name in WAYS]
    lines.append(Row("all hidden cells (1 is the mean's error)", overall, strong=True))
    st.html(markup.table(["column", *(title for title, _ in WAYS.values())], lines))
    words = (
        "Root of the mean squared error of the hidden cells, in the column's own unit; of categories the share of "
        "wrong levels."
    )
    left_out = int(filled.hidden.any(axis=0).sum()) - MOST_LINES
    if left_out > 0:
        words += f" {count(left_out)} more columns are not shown."
    st.caption(words)


# ---- what is computed


def _ways(run: Run, given: FloatArray, passes: dict[str, int]) -> dict[str, FloatArray]:
    columns = repairs.columns_of(run)
    return {name: by_codec(codec, given, columns, passes[name]) for name, codec in _codecs(run).items()} | {
        "mean": by_mean(given, columns)
    }


def _codecs(run: Run) -> dict[str, Codec]:
    return {"autoencoder": run.codec(), "pca": run.pca()}


def _own(run: Run, x: FloatArray) -> OwnArray:
    return run.split.scaler.undo(x)


@st.cache_resource(max_entries=32, show_spinner="Hiding cells and filling them in …")
def _filled(folder: str, changed: int, share: float, seed: int, _run: Run) -> Filled:
    columns, split = repairs.columns_of(_run), _run.split
    x = some(split.x_test)
    passes = _passes(folder, changed, share, _run)
    hidden = hide(x, columns, share, seed)
    given = holed(x, hidden, columns)
    ways = _ways(_run, given, passes)
    own, types = _own(_run, x), _run.dataset.columns
    settled = columns.errors(x, by_codec(_run.pca(), given, columns, LIMIT))
    return Filled(
        hidden,
        passes,
        {name: imputation.overall(columns.errors(x, each), hidden) for name, each in ways.items()},
        imputation.overall(settled, hidden),
        {name: own_errors(types, own, _own(_run, each), hidden) for name, each in ways.items()},
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _passes(folder: str, changed: int, share: float, _run: Run) -> dict[str, int]:
    columns, x = repairs.columns_of(_run), some(_run.split.x_val)
    hidden = hide(x, columns, share, 0)
    return {name: best_passes(codec, x, hidden, columns) for name, codec in _codecs(_run).items()}
