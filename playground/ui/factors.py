"""Which unit of the code carries which known factor: a table of shares, and scores by published definitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.factors import BINS, DCI, Factor, Information, dci, factors_of, information
from playground.figures import palette
from playground.figures.markup import Cell, Row, table
from playground.figures.numbers import count, percent, three
from playground.runs.run import Run
from playground.ui import codes, messages, reproduce, state
from playground.ui.coded import coded
from playground.ui.held_out import held_out, version
from playground.ui.intrinsic import used_units

PYTHON = """from playground.analysis.factors import dci, factors_of, information

factors, left_out = factors_of(dataset.colours)
print(information(trainer.best.encode(split.x), factors).mig)  # over all rows
scores = dci(
    trainer.best.encode(train), [factor.of(split.train_rows) for factor in factors],
    trainer.best.encode(x), [factor.of(split.test_rows) for factor in factors],
)
print(scores.disentanglement, scores.completeness, scores.informativeness)
"""

MOST_ROWS = 10_000  # that information is counted over, as in disentanglement_lib
MOST_FITTED = 3000  # that forests are fitted on
MOST_FACTORS = 8
MOST_NAMED = 4
MOST_UNITS = 8  # shown at first
LITTLE = 0.05  # of a factor's entropy
LEAST_GAP = 0.001  # that is written out
_DCI = "_dci"  # (run's id, version) that the visitor asked for


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of a run's rows: the factors, sentences on those left out, and the information counted."""

    factors: list[Factor]
    left_out: list[str]
    n_rows: int
    found: Information | None


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws which unit carries which factor, and the scores, of a finished run."""
    st.subheader("Which unit carries what is known")
    known = _known(str(run.folder), version(run), run)
    if known.found is None:
        _nothing_known(known)
        return
    _table(run, known, known.found)
    st.markdown(messages.plain(_best_sentence(known.found)))
    idle = _idle_sentence(known.found, used_units(run))
    if idle:
        st.markdown(messages.plain(idle))
    if run.spec.latent_dim > 1:
        st.markdown(f"**Mutual information gap {three(known.found.mig)}.** {messages.plain(_mig_words())}")
    _scores(run, known)
    for sentence in known.left_out:
        st.caption(messages.plain(sentence))
    reproduce.panel(run, PYTHON, key="reproduce_factors")


def _nothing_known(known: _Known) -> None:
    why = " ".join(known.left_out)
    st.info(
        messages.plain(
            "Nothing is known of these rows besides what the autoencoder sees, so no unit can be said to carry it. "
            f"Data with a label, or with a column that is kept for colour only, fill this place. {why}".rstrip()
        ),
        icon=":material/info:",
    )


def _table(run: Run, known: _Known, found: Information) -> None:
    order = np.argsort(-found.shares.max(axis=1), kind="stable")
    shown = order if _all_units(len(order)) else order[:MOST_UNITS]
    rows = [
        Row(codes.unit_name(int(unit)), [_cell(float(share)) for share in found.shares[unit]], palette.BOTTLENECK)
        for unit in shown
    ]
    rows.append(Row("by chance", [Cell(percent(float(share))) for share in found.by_chance]))
    if len(order) > 1:
        rows.append(Row("gap", [Cell(_gap(float(gap))) for gap in found.gaps], strong=True))
    with st.container(height=480, border=False) if len(shown) > 2 * MOST_UNITS else st.container():
        st.html(table(["unit", *found.names], rows))
    all_rows = len(run.split.x)
    which = (
        f"all {count(all_rows)} rows" if known.n_rows == all_rows else f"{count(known.n_rows)} rows picked by chance"
    )
    st.caption(
        messages.plain(
            f"How much of a factor's entropy a unit alone tells (mutual information over {which}; units and numbers in "
            f"{count(BINS)} bins of equal width): 100 % tells it in full. A unit that knows nothing would show the "
            "percentage by chance. The gap is the largest share less the second largest, 1 at most."
        )
    )


def _all_units(n_units: int) -> bool:
    if n_units <= MOST_UNITS:
        return False
    state.keep("all_units_of_factors", (True, False), False)
    now = "all of them" if state.got("all_units_of_factors") else f"the {count(MOST_UNITS)} that tell most of a factor"
    say = f"Shows all {count(n_units)} units instead of those that tell most. Now {now}."
    return bool(st.toggle("All units", key="all_units_of_factors", help=say))


def _cell(share: float) -> Cell:
    strength = round(0.6 * min(max(share, 0.0), 1.0), 3)
    return Cell(percent(share), "", palette.translucent(palette.BOTTLENECK, strength))


def _gap(gap: float) -> str:
    return three(gap) if gap == 0 or gap >= LEAST_GAP else f"under {LEAST_GAP}"  # a power of ten is no clearer


def _best_sentence(found: Information) -> str:
    """Which unit tells most of each factor, where any tells more than chance, and something worth saying."""
    parts = []
    for place, name in enumerate(found.names):
        best = int(found.shares[:, place].argmax())
        share, chance = float(found.shares[best, place]), float(found.by_chance[place])
        told = f"{codes.unit_name(best)} ({percent(share)})"
        if share <= 2 * chance:
            told = "no unit, beyond chance"
        elif share < LITTLE:
            told = f"hardly any unit (at most {percent(share)})"
        parts.append(f"{name}: {told}")
    return f"Which unit tells most: of {'; of '.join(parts)}."


def _idle_sentence(found: Information, used: list[int]) -> str:
    """What units tell that the decoder does not use; "" where they tell nothing, or there are none."""
    said = []
    for unit in range(len(found.shares)) if used else ():
        place = int((found.shares[unit] - found.by_chance).argmax())
        share = float(found.shares[unit, place])
        if unit not in used and share >= LITTLE and share > 2 * found.by_chance[place]:
            said.append(f"{codes.unit_name(unit)} tells {percent(share)} of {found.names[place]}")
    if not said:
        return ""
    more = f" and {count(len(said) - MOST_NAMED)} more" if len(said) > MOST_NAMED else ""
    return (
        f"Not in use, yet not empty: {', '.join(said[:MOST_NAMED])}{more}. The encoder still writes it there, faintly; "
        "the decoder does not use it, so none of it reaches the reconstruction."
    )


def _disagreement(found: Information, scores: DCI) -> str:
    """Of which factors a forest needs another unit than the one that tells most alone, and why that may be."""
    said = []
    for place, name in enumerate(found.names):
        alone, needed = int(found.shares[:, place].argmax()), int(scores.importance[:, place].argmax())
        if alone != needed and found.shares[alone, place] > 2 * found.by_chance[place]:
            said.append(f"{name} ({codes.unit_name(needed)}, and {codes.unit_name(alone)} by mutual information)")
    if not said:
        return ""
    return (
        f"The forest needs another unit most than the one that tells most: of {', '.join(said)}. Mutual information "
        "looks at each unit alone, in bins; a forest at what units tell together, so a unit counts for what the others "
        "do not tell, and one that is weak alone may part what another leaves mixed."
    )


def _mig_words() -> str:
    return (
        "How far the best unit is ahead of the second, as a share of a factor's entropy, averaged over the factors "
        "(Chen and others 2018): 1 where every factor has a unit to itself, 0 where two units tell it equally well."
    )


def _scores(run: Run, known: _Known) -> None:
    asked = (run.id, version(run))
    if state.got(_DCI) != asked:
        n_train = min(len(run.split.train_rows), MOST_FITTED)
        st.button(
            "Score by forests (DCI)",
            key="dci",
            icon=":material/forest:",
            on_click=lambda: state.put({_DCI: asked}, only_missing=False),
            help="Tells every factor from the code by a random forest and looks at which units it needs (Eastwood and "
            f"Williams 2018). Fitted on {count(n_train)} training rows, judged on the held-out rows; takes seconds. "
            "Now not computed.",
        )
        return
    scores = _dci(str(run.folder), asked[1], run)
    st.markdown(messages.plain(_dci_sentence(scores)))
    if known.found is not None and (apart := _disagreement(known.found, scores)):
        st.markdown(messages.plain(apart))
    names = [factor.name for factor in known.factors]
    is_category = [factor.is_category for factor in known.factors]
    order = np.argsort(-scores.importance.sum(axis=1), kind="stable")[:MOST_UNITS]
    rows = [
        Row(codes.unit_name(int(unit)), [_cell(float(share)) for share in scores.importance[unit]], palette.BOTTLENECK)
        for unit in order
    ]
    told = [
        Cell(percent(float(share)), f"guessing {percent(float(guess))}" if category else "R²")
        for share, guess, category in zip(scores.told, scores.guessed, is_category, strict=True)
    ]
    rows.append(Row("told right", told, strong=True))
    st.html(table(["importance", *names], rows))
    left_out = len(scores.importance) - len(order)
    more = f" The {count(left_out)} other units are less important." if left_out else ""
    st.caption(
        "Each column: how a factor's forest shares its importance out among the units. Below it how well the forest "
        "tells the factor on held-out rows: R² of a number (below 0 is worse than its mean), of a category the share "
        f"told right, beside that of always guessing the commonest.{more}"
    )


def _dci_sentence(scores: DCI) -> str:
    parts = [
        (scores.disentanglement, "disentanglement", "1 where a unit serves one factor only"),
        (scores.completeness, "completeness", "1 where a factor needs one unit only"),
        (scores.informativeness, "informativeness", "1 where the code tells every factor in full"),
    ]
    m, k = scores.importance.shape
    if k == 1:
        parts[0] = (*parts[0][:2], "with one factor there is no other that a unit could serve")
    if m == 1:
        parts[1] = (*parts[1][:2], "with one unit there is no other that a factor could need")
    told = "; ".join(f"{name} {three(value)} ({what})" for value, name, what in parts)
    return f"DCI (Eastwood and Williams 2018), by random forests: {told}."


@st.cache_resource(max_entries=16, show_spinner=False)
def _known(folder: str, changed: int, _run: Run) -> _Known:
    factors, left_out = factors_of(_run.dataset.colours)
    if len(factors) > MOST_FACTORS:
        left_out.append(f"The first {MOST_FACTORS} of {count(len(factors))} factors are shown.")
        factors = factors[:MOST_FACTORS]
    every = coded(_run, "all")
    rows = np.arange(len(every.z))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
    found = information(every.z[rows], [factor.of(rows) for factor in factors]) if factors else None
    return _Known(factors, left_out, len(rows), found)


@st.cache_resource(max_entries=16, show_spinner="Growing a forest per factor …")
def _dci(folder: str, changed: int, _run: Run) -> DCI:
    train, test = coded(_run, "train"), held_out(_run)
    factors = _known(folder, changed, _run).factors
    some = slice(0, MOST_FITTED)  # training rows stand in random order
    return dci(
        train.z[some],
        [factor.of(train.rows[some]) for factor in factors],
        test.z,
        [factor.of(test.rows) for factor in factors],
    )
