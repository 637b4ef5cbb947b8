"""How many dimensions: of the data, of the codes, units in use, and what PCA needs, beside the known number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.intrinsic import MOST_POINTS, Estimate, components_for, two_nn
from playground.analysis.neighbours import filled
from playground.figures import palette
from playground.figures.dimensions import Scales, dimensions
from playground.figures.markup import Cell, Row, table
from playground.figures.numbers import count, percent, three
from playground.figures.plot import NO_TOOLS
from playground.runs.run import Run
from playground.ui import codes, messages, reproduce, units
from playground.ui.coded import coded
from playground.ui.held_out import version

PYTHON = """from playground.analysis.intrinsic import two_nn, units_in_use

for rows in (train, trainer.best.encode(train)):
    print([(scale.n_points, scale.value) for scale in two_nn(rows)])
print(units_in_use(trainer.best.encode(x)))  # of a variational autoencoder
"""

SHARES = (0.9, 0.95, 0.99)
SIZEABLE = 0.2  # of an estimate: by more than this, two of them differ for a reason
MOST_NAMED = 12


@dataclass(frozen=True, eq=False)
class _Found:
    """Estimates of the training rows and of their codes, from the finest scale to the coarsest."""

    rows: list[Estimate]
    codes: list[Estimate]


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the estimates of the number of dimensions of a finished run."""
    st.subheader("How many dimensions")
    found = _found(str(run.folder), version(run), run)
    used = used_units(run)
    for sentence in (_known_sentence(run), _data_sentence(found, run.dataset.intrinsic_dim), _used_sentence(run, used)):
        if sentence:
            st.markdown(messages.plain(sentence))
    left, right = st.columns(2, gap="large")
    with left:
        st.html(table(["", "dimensions"], _lines(run, found, used)))
    with right:
        _by_scale(run, found)
    st.caption(messages.plain(_how_to_read(run, found)))
    reproduce.panel(run, PYTHON, key="reproduce_intrinsic")


def used_units(run: Run) -> list[int]:
    """The units of the code that are in use, from 0; a VAE's by the variance of their means, others' by the error.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    idle = units.idle(run)
    return [unit for unit in range(run.spec.latent_dim) if unit not in idle]


def _known_sentence(run: Run) -> str:
    known, m = run.dataset.intrinsic_dim, run.spec.latent_dim
    if known is None:
        return ""
    have = "dimension" if known == 1 else "dimensions"
    fit = "as many as" if m == known else "more units than" if m > known else "fewer units than"
    return f"These data were made with {count(known)} {have}; m = {count(m)} is {fit} that."


def _data_sentence(found: _Found, known: int | None) -> str:
    if not found.rows:
        return "There are too few different rows to estimate how many dimensions the data have."
    fine, coarse = found.rows[0].value, found.rows[-1].value
    words = f"Between nearest neighbours the training rows spread in about {three(fine)} dimensions"
    if len(found.rows) == 1 or abs(fine - coarse) <= SIZEABLE * max(fine, coarse):
        return f"{words}, and much the same from farther away."
    words += f", from farther away in {three(coarse)}"
    if coarse < fine:
        return f"{words}: what is there only close up is noise, or detail finer than the shape of the whole."
    return f"{words}: the shape is bent, so that from afar it fills more directions than it has."


def _used_sentence(run: Run, used: list[int]) -> str:
    m = run.spec.latent_dim
    if len(used) == m:
        every = "The one unit is" if m == 1 else f"All {count(m)} units of the code are"
        return f"{every} in use."
    idle = [unit for unit in range(m) if unit not in set(used)]
    names = ", ".join(map(codes.unit_name, idle[:MOST_NAMED])) + (", …" if len(idle) > MOST_NAMED else "")
    return f"{count(len(used))} of {count(m)} units of the code are in use; idle: {names}."


def _lines(run: Run, found: _Found, used: list[int]) -> list[Row]:
    known = run.dataset.intrinsic_dim
    lines = [] if known is None else [Row("Known", [Cell(count(known))], strong=True)]
    lines += [
        Row("Training rows, TwoNN", [_cell(found.rows)], palette.MEAN),
        Row("Their codes, TwoNN", [_cell(found.codes)], palette.BOTTLENECK),
        Row("Units in use", [Cell(count(len(used)), f"of {count(run.spec.latent_dim)}")], palette.ENCODER),
    ]
    ratios = np.asarray(run.all_components().explained_variance_ratio, dtype=np.float64)
    for share in SHARES:
        k = components_for(ratios, share)
        words = f"more than {count(len(ratios))}" if k is None else count(k)
        lines.append(Row(f"PCA, for {percent(share)} of the variance", [Cell(words)], palette.PCA))
    return lines


def _cell(estimates: list[Estimate]) -> Cell:
    if not estimates:
        return Cell("–", "too few different points")
    finest = estimates[0]
    return Cell(three(finest.value), f"{three(finest.low)} to {three(finest.high)}")


def _by_scale(run: Run, found: _Found) -> None:
    drawn = [
        Scales(
            name,
            colour,
            symbol,
            [each.n_points for each in estimates],
            [each.value for each in estimates],
            [each.low for each in estimates],
            [each.high for each in estimates],
        )
        for name, colour, symbol, estimates in (
            ("rows", palette.MEAN, "circle", found.rows),
            ("codes", palette.BOTTLENECK, "diamond", found.codes),
        )
        if estimates
    ]
    if drawn:
        st.plotly_chart(dimensions(drawn, run.dataset.intrinsic_dim), key="dimensions", config=NO_TOOLS)


def _how_to_read(run: Run, found: _Found) -> str:
    n, n_train = found.rows[0].n_points if found.rows else 0, len(run.split.train_rows)
    which = f"the {count(n)} different training rows"
    if n_train > MOST_POINTS:
        which = f"{count(n)} different ones of the {count(n_train)} training rows, picked by chance"
    return (
        "TwoNN (Facco and others 2017) tells the dimension from how much farther away the second neighbour of a point "
        f"is than the first; here of {which}, with the 95 % bootstrap interval, then within halves, quarters and so "
        "on of these. In more than about ten dimensions it says too little. A VAE's unit is in use where the variance "
        "of its mean over the held-out rows is above 0.01 (Burda and "
        "others 2016); another network's where holding it at its mean raises the error by more than 1 % of that of the "
        "mean baseline."
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(folder: str, changed: int, _run: Run) -> _Found:
    train = coded(_run, "train")
    return _Found(two_nn(filled(train.x)), two_nn(train.z))
