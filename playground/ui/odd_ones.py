"""Odd ones out: the held-out rows by error, what a threshold flags, and how well that finds the rows of a class."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from playground.analysis import anomalies
from playground.analysis.anomalies import Confusion, Curves, Flags
from playground.analysis.errors import UNITS, Errors, sample_errors
from playground.figures import markup, odd_ones, palette
from playground.figures.markup import Cell, Row
from playground.figures.numbers import count, percent, signed, three
from playground.figures.plot import NO_TOOLS
from playground.runs.run import Run
from playground.ui import messages, normal_only, odd_rows, reproduce, state
from playground.ui.coded import coded
from playground.ui.drawing import CODECS
from playground.ui.held_out import held_out, version

ERROR, RELATIVE = "error", "relative"
PYTHON = """from playground.analysis import anomalies

{score}
scores = {{name: score(codec, x) for name, codec in codecs.items()}}
threshold = anomalies.usual_threshold(score(trainer.best, split.x_val))
print(threshold, (scores["autoencoder"] >= threshold).mean())
{odd}"""
SCORES = {
    ERROR: """from playground.analysis.errors import sample_errors

def score(codec, rows):
    return sample_errors(rows, codec.reconstruct(rows))
""",
    RELATIVE: """def score(codec, rows):
    val = split.x_val
    usual = anomalies.usual_errors(val, codec.reconstruct(val), split.layout)
    return anomalies.relative_errors(rows, codec.reconstruct(rows), split.layout, usual)
""",
}
ODD_PYTHON = """odd = np.isin(dataset.labels[split.test_rows], {odd!r})
print(anomalies.confusion(scores["autoencoder"], odd, threshold))
for name, resampled in anomalies.resampled_aucs(scores, odd).items():
    print(name, anomalies.curves(scores[name], odd).auc, anomalies.ends(resampled))
"""

STEPS = 200  # of the threshold
LEAST_NORMAL = 0.5  # share of the rows from which a class counts as the normal one
NAMES = ("autoencoder", "pca", "linear", "mean")  # in the order of the table
TOTAL = next(iter(UNITS))
MEASURES = {  # what it is called on the control, and in words
    ERROR: ("the error", UNITS[TOTAL]),
    RELATIVE: ("times the usual error", "times the usual error, mean over the columns"),
}


@dataclass(frozen=True, eq=False)
class Judged:
    """How well each codec's error finds the odd rows.

    Attributes:
        curves: by codec.
        ends: the 95 % interval of each area.
        differences: of the autoencoder's area to that of each other codec, with its paired interval.
    """

    curves: dict[str, Curves]
    ends: dict[str, tuple[float, float]]
    differences: dict[str, tuple[float, float, float]]


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the rows by error, the threshold, and, where the rows have a label, how well it finds the odd ones."""
    if state.got("_odd_picked"):  # the page above names the sample on show too
        state.put({"_odd_picked": False}, only_missing=False)
        st.rerun()
    st.subheader("Odd ones out")
    held = held_out(run)
    if not np.isfinite(held.errors).all():
        st.info("This run's errors are not finite, so nothing can be ranked by them: train it with a smaller rate.")
        return
    st.markdown(
        "What a model has not learnt it gives back badly: the rows with the largest error are the odd ones. Nothing "
        "else is used to find them, no label."
    )
    measure = _measure(run)
    odd = _odd(run)
    threshold = _threshold(run, measure)
    scores = scores_of(run, measure)
    if run.dataset.labels is not None:
        normal_only.show(run, _chosen(run), None if odd is None else partial(_aucs, odd=odd, measure=measure))
    _histogram(run, measure, scores, odd, threshold)
    if odd is not None:
        _judge(run, measure, odd, threshold)
    odd_rows.show(run, odd, threshold, scores, _usual_errors(run) if measure == RELATIVE else None)
    names = _chosen(run) if odd is not None else []
    more = "import numpy as np\n\n" + ODD_PYTHON.format(odd=names) if names else ""
    reproduce.panel(run, PYTHON.format(score=SCORES[measure], odd=more), key="reproduce_odd_ones")


def scores_of(run: Run, measure: str, codec: str = "autoencoder") -> Errors:
    """How odd each test row of a finished run is to one of its codecs, (n_test,).

    Args:
        run: finished.
        measure: "error", the sum of squared errors, or "relative", in times of what is usual on the validation rows.
        codec: "mean", "pca", "linear" or "autoencoder".

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    held = held_out(run, codec)
    if measure == ERROR:
        return held.errors
    return _relative(str(run.folder), version(run), codec, run)


def default_measure(run: Run) -> str:
    """Columns that mean different things count alike at first; pixels and moments, which share a unit, as they are."""
    return ERROR if run.split.grid is not None else RELATIVE


def judged(run: Run, odd: Flags, measure: str = ERROR) -> Judged:
    """How well the errors of a finished run's codecs find those of its test rows that are odd.

    Args:
        run: finished.
        odd: mask of the test rows, with some of either sort.
        measure: of `scores_of`.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    return _judged(str(run.folder), version(run), measure, odd.tobytes(), run, odd)


def default_odd(run: Run) -> list[str]:
    """The classes that are odd at first, [] without a label.

    Those left out of training; else all but the class that has half of the rows or more; else the rarest.
    """
    labels = run.dataset.labels
    if labels is None:
        return []
    names, sizes = np.unique(labels, return_counts=True)
    if run.spec.only:
        return [str(name) for name in names if name != run.spec.only]
    most = int(sizes.argmax())
    if sizes[most] >= LEAST_NORMAL * len(labels):
        return [str(name) for name in names if name != names[most]]
    return [str(names[int(sizes.argmin())])]


def _odd(run: Run) -> Flags | None:
    """Draws the choice of what is odd; the mask of the test rows, or None where that cannot be told."""
    labels = run.dataset.labels
    if labels is None:
        st.caption("These data have no label, so nobody can say which rows are odd: only their errors are known.")
        return None
    label = run.dataset.label_name
    names = [str(name) for name in np.unique(labels)]
    chosen = [name for name in _chosen(run) if name in names]
    state.put({"odd_classes": chosen}, only_missing=False)
    of_test = labels[run.split.test_rows]
    now = ", ".join(chosen[:6]) + ", …" * (len(chosen) > 6)
    st.multiselect(
        f"Odd: {label}",
        names,
        key="odd_classes",
        on_change=lambda: state.put({"_odd": (run.id, list(_list(state.got("odd_classes"))))}, only_missing=False),
        help=f"Which classes ought to be found; the label is used for nothing but to check. Now {now or 'none'}.",
        placeholder="choose at least one class",
    )
    odd = np.isin(of_test, chosen)
    if odd.all() or not odd.any():
        st.info("Choose some classes, but not all: of the test rows some have to be odd and some not.")
        return None
    return odd


def _chosen(run: Run) -> list[str]:
    kept = state.got("_odd")
    if isinstance(kept, tuple) and kept[0] == run.id:
        return [str(name) for name in kept[1]]
    return default_odd(run)


def _measure(run: Run) -> str:
    """Draws the choice of what rows are ranked by."""
    kept = state.got("_odd_measure")
    now = str(kept[1]) if isinstance(kept, tuple) and kept[0] == run.id else default_measure(run)
    state.put({"odd_measure": now}, only_missing=False)
    st.segmented_control(
        "Oddness is",
        list(MEASURES),
        key="odd_measure",
        required=True,
        format_func=lambda name: MEASURES[name][0],
        on_change=lambda: state.put({"_odd_measure": (run.id, state.got("odd_measure"))}, only_missing=False),
        help="The error is that of every other page, and sums over the columns. As times the usual error, each "
        "column's error is first divided by its mean on the validation rows, so that one that is hard in every row "
        f"does not drown the others. Now {MEASURES[now][1]}.",
    )
    return now


def _threshold(run: Run, measure: str) -> float:
    """Draws the threshold; at first the oddness that 95 % of the validation rows stay below."""
    usual, errors = _usual(str(run.folder), version(run), measure, run), scores_of(run, measure)
    even = np.quantile(errors, np.linspace(0, 1, STEPS), method="nearest")
    offered = [float(value) for value in np.unique(np.append(even, usual))]
    kept, of = state.got("_odd_threshold"), (run.id, version(run), measure)
    now = kept[1] if isinstance(kept, tuple) and kept[0] == of and kept[1] in offered else usual
    state.put({"odd_threshold": now}, only_missing=False)

    def keep() -> None:
        state.put({"_odd_threshold": (of, state.got("odd_threshold"))}, only_missing=False)

    st.select_slider(
        "Flag rows from an oddness of",
        offered,
        key="odd_threshold",
        format_func=three,
        on_change=keep,
        help=f"{MEASURES[measure][1].capitalize()}, in scaled units. At first what {anomalies.USUAL:.0%} of the "
        f"validation rows stay below, {three(usual)}. Now {three(now)}.",
    )
    return now


@st.cache_data(max_entries=64, show_spinner=False)
def _usual(folder: str, changed: int, measure: str, _run: Run) -> float:
    val = coded(_run, "val")
    x_hat = _run.codec().decode(val.z)
    if measure == ERROR:
        return anomalies.usual_threshold(sample_errors(val.x, x_hat))
    layout = _run.split.layout
    usual = anomalies.usual_errors(val.x, x_hat, layout)
    return anomalies.usual_threshold(anomalies.relative_errors(val.x, x_hat, layout, usual))


def _usual_errors(run: Run, codec: str = "autoencoder") -> Errors:
    return _columns_usual(str(run.folder), version(run), codec, run)


@st.cache_resource(max_entries=64, show_spinner=False)
def _columns_usual(folder: str, changed: int, codec: str, _run: Run) -> Errors:
    val = _run.split.x_val
    return anomalies.usual_errors(val, _run.codecs()[codec].reconstruct(val), _run.split.layout)


@st.cache_resource(max_entries=64, show_spinner=False)
def _relative(folder: str, changed: int, codec: str, _run: Run) -> Errors:
    held = held_out(_run, codec)
    return anomalies.relative_errors(held.x, held.x_hat, _run.split.layout, _usual_errors(_run, codec))


def _histogram(run: Run, measure: str, errors: Errors, odd: Flags | None, threshold: float) -> None:
    flags = anomalies.flagged(errors, threshold)
    every = np.ones(len(errors), dtype=bool)
    parts = (
        [("held-out rows", every, palette.ENCODER)]
        if odd is None
        else [("normal rows", ~odd, palette.MEAN), ("odd rows", odd, palette.ENCODER)]
    )
    figure = odd_ones.split_histogram(errors, threshold, MEASURES[measure][1], parts)
    st.plotly_chart(figure, key="odd_histogram", config=NO_TOOLS)
    n = int(flags.sum())
    words = f"**{percent(n / len(errors))}** of the held-out rows are flagged: {count(n)} of {count(len(errors))}."
    if run.spec.only:
        words += f" The threshold is learnt from validation rows that are {messages.plain(run.spec.only)}, as trained."
    st.markdown(words)


def _judge(run: Run, measure: str, odd: Flags, threshold: float) -> None:
    """Draws the curves, the areas, and the rows that the threshold finds and misses."""
    found = judged(run, odd, measure)
    errors, pca = scores_of(run, measure), scores_of(run, measure, "pca")
    as_many = _as_many(pca, int(anomalies.flagged(errors, threshold).sum()))
    at = {"autoencoder": anomalies.confusion(errors, odd, threshold), "pca": anomalies.confusion(pca, odd, as_many)}
    st.markdown(messages.plain(_verdict(found)))
    lines = [(CODECS[name][0], found.curves[name], CODECS[name][1]) for name in ("pca", "autoencoder")]
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How many are found, at how many false alarms** (ROC)")
        figure = odd_ones.roc(
            [(f"{name}, AUC {c.auc:.3f}", c.false_alarms, c.found, colour) for name, c, colour in lines],
            [(c.false_alarm_rate, c.recall, CODECS[name][1]) for name, c in at.items()],
        )
        st.plotly_chart(figure, key="odd_roc", config=NO_TOOLS)
    with right:
        st.markdown("**How many of the flagged are odd** (precision and recall)")
        figure = odd_ones.precision_recall(
            [(f"{name}, {c.average_precision:.3f}", c.recall, c.precision, colour) for name, c, colour in lines],
            float(odd.mean()),
            [(c.recall, c.precision, CODECS[name][1]) for name, c in at.items()],
        )
        st.plotly_chart(figure, key="odd_precision", config=NO_TOOLS)
    left, right = st.columns(2, gap="large")
    with left:
        _areas(run, measure, found, odd)
    with right:
        _confusion(at)


def _aucs(run: Run, odd: Flags, measure: str) -> dict[str, float]:
    found = judged(run, odd, measure)
    return {name: found.curves[name].auc for name in ("autoencoder", "pca")}


def _verdict(found: Judged) -> str:
    """The autoencoder beside PCA, and every simpler codec that is ahead of it."""
    ahead = [_ahead(found, name) for name in ("linear", "mean") if found.differences[name][0] < 0]
    return " ".join([_beside_pca(found), *ahead])


def _ahead(found: Judged, name: str) -> str:
    who = {"linear": "The linear autoencoder", "mean": "Even the mean, the distance from an average row,"}[name]
    difference, low, high = found.differences[name]
    words = f"{percent(found.curves[name].auc)}, the difference is {signed(difference)} (95 % interval "
    words += f"{signed(low)} to {signed(high)})"
    if high < 0:
        return f"{who} finds them better than the autoencoder: {words}."
    return f"{who} is ahead of the autoencoder as well, though too close to call: {words}."


def _beside_pca(found: Judged) -> str:
    own, pca = (found.curves[name].auc for name in ("autoencoder", "pca"))
    difference, low, high = found.differences["pca"]
    words = (
        f"Of an odd and a normal row, the autoencoder gives the odd one the larger error in {percent(own)} of all "
        f"pairs (the AUC), PCA in {percent(pca)}"
    )
    between = f"the difference is {signed(difference)} (95 % interval {signed(low)} to {signed(high)})"
    if low <= 0 <= high:
        return f"{words}: too close to call, {between}."
    return f"{words}: {'the autoencoder' if difference > 0 else 'PCA'} finds them better, {between}."


def _areas(run: Run, measure: str, found: Judged, odd: Flags) -> None:
    st.markdown("**Area under the ROC**")
    rows = [_area_row(CODECS[name][0], found, name, CODECS[name][1]) for name in NAMES]
    rows[0] = dataclasses.replace(rows[0], strong=True)
    for other in normal_only.twins(run):
        theirs = judged(other, odd, measure)
        who = f"trained on {other.spec.only} alone" if other.spec.only else "trained on every class"
        rows += [
            _area_row(f"{name}, {who}", theirs, codec, colour)
            for codec, name, colour in (
                ("autoencoder", "autoencoder", palette.ENCODER),
                ("pca", "PCA", palette.PCA),
            )
        ]
    st.html(markup.table(["error of", "AUC", "average precision"], rows))
    st.caption(
        f"Of {count(int(odd.sum()))} odd and {count(int((~odd).sum()))} normal test rows. Small numbers are 95 % "
        "intervals from 2,000 bootstrap resamples, of odd and normal rows apart. 0.5 is chance, 1 perfect; the average "
        f"precision of chance is the share of odd rows, {percent(float(odd.mean()))}. The mean's error is the distance "
        "from the mean of the training rows."
    )


def _area_row(name: str, found: Judged, codec: str, colour: str) -> Row:
    low, high = found.ends[codec]
    curve = found.curves[codec]
    cells = [Cell(f"{curve.auc:.3f}", f"{low:.3f} to {high:.3f}"), Cell(f"{curve.average_precision:.3f}")]
    return Row(name, cells, colour)


def _confusion(at: Mapping[str, Confusion]) -> None:
    st.markdown("**At the threshold**")

    def row(name: str, part: str, whole: str = "") -> Row:
        cells = []
        for each in at.values():
            n = getattr(each, part)
            share = getattr(each, whole) if whole else float("nan")
            cells.append(Cell(count(n), percent(share) if np.isfinite(share) else ""))
        return Row(name, cells)

    rows = [
        row("odd rows found", "found", "recall"),
        row("odd rows missed", "missed"),
        row("false alarms", "false_alarms", "false_alarm_rate"),
        row("normal rows that pass", "passed"),
        Row("of the flagged are odd", [Cell(percent(each.precision)) for each in at.values()]),
    ]
    st.html(markup.table(["", *(CODECS[name][0] for name in at)], rows))
    st.caption(
        "PCA's errors have a scale of their own: it flags as many rows as the autoencoder does. Shares are of the odd "
        "and of the normal rows."
    )


def _as_many(scores: Errors, n: int) -> float:
    """The threshold at which a score flags n rows, or more where some are equal."""
    return float(np.sort(scores)[::-1][n - 1]) if n else float("inf")


@st.cache_resource(max_entries=16, show_spinner="Resampling the test rows …")
def _judged(folder: str, changed: int, measure: str, mask: bytes, _run: Run, _odd: Flags) -> Judged:
    scores = {name: scores_of(_run, measure, name) for name in NAMES}
    resampled = anomalies.resampled_aucs(scores, _odd)
    curves = {name: anomalies.curves(each, _odd) for name, each in scores.items()}
    differences = {
        name: (
            curves["autoencoder"].auc - curves[name].auc,
            *anomalies.ends(resampled["autoencoder"] - resampled[name]),
        )
        for name in NAMES
        if name != "autoencoder"
    }
    return Judged(curves, {name: anomalies.ends(each) for name, each in resampled.items()}, differences)


def _list(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
