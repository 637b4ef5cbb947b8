"""The comparison of a finished run in words, in a table and in bars: mean, PCA, linear autoencoder, this one, others.

Others are kernel PCA, and runs that this session knows: they are scored on the very same test rows.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from playground.analysis.errors import (
    RESAMPLES,
    SHORT_UNITS,
    SURE,
    UNITS,
    Errors,
    ScoredCodec,
    interval,
    sample_errors,
    score,
)
from playground.errors import DataError, RunError
from playground.figures import markup, palette
from playground.figures.bars import comparison_bars
from playground.figures.markup import Cell, Row
from playground.figures.numbers import UNKNOWN, count, duration, percent, signed, three
from playground.figures.plot import NO_TOOLS
from playground.models.kernel_pca import MOST_ROWS, KernelPCA
from playground.models.spec import FIELDS
from playground.runs.run import Run
from playground.training.naming import names_of
from playground.ui import messages, server, state
from playground.ui.drawing import CODECS
from playground.ui.held_out import held_out, version

TOTAL, _, SHARE = UNITS
NO_DIFFERENCE = 1e-4  # of PCA's error: below it is rounding
BYTES_PER_UNIT = 4  # float32
MOST_OTHERS = 6
# What two runs must share besides their data.
SAME_ROWS = ("val_fraction", "test_fraction", "split_seed", "scaling", "only")
KERNEL = "kernel"


@dataclass(frozen=True)
class Line:
    """One row of the table and one bar: what it is called, its colour, its numbers, and the units of its code."""

    title: str
    colour: str
    scored: ScoredCodec
    latent_dim: int


@dataclass(frozen=True, eq=False)
class Other:
    """Something else that is scored on the test rows of a run; `errors` as those of `HeldOut`."""

    name: str
    title: str
    colour: str
    errors: Errors
    n_parameters: int
    seconds: float | None
    latent_dim: int


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws who wins in words, the table with whatever the visitor adds to it, what makes it fair, and the bars."""
    if run.verdict:
        st.markdown(f"#### {messages.plain(run.verdict)}")
        for said in (_amount(run), _beside_linear(run), _seen(run)):
            if said:
                st.markdown(messages.plain(said))
    if said := _best_epoch(run):
        st.markdown(messages.plain(said))
    fitting = _fitting(run)
    _choices(run, fitting)
    lines = lines_of(run, _chosen(run, fitting))
    st.html(table(run, lines))
    st.caption(messages.plain(_fairness(run, lines)))
    _bars(lines)


def _best_epoch(run: Run) -> str:
    """Which epoch is compared, where a later one did worse; "" where the last one is the best."""
    history = run.history
    best = history.best_epoch
    if best is None or best == history.epoch[-1]:
        return ""
    if history.code_kl[0] is not None:
        return (
            f"Compared is the model of epoch {count(best)} of {count(history.epoch[-1])}, with the lowest objective "
            "(error and β times KL) on the validation rows."
        )
    lowest = history.val_error[history.epoch.index(best)]
    worse = f"{percent(history.val_error[-1] / lowest - 1)} higher" if lowest > 0 else "higher"
    return (
        f"Compared is the model of epoch {count(best)}, its best on the validation rows: after the last epoch, "
        f"{count(history.epoch[-1])}, the error on them was {worse}."
    )


def lines_of(run: Run, others: Sequence[Other] = ()) -> list[Line]:
    """The four of every comparison, and then the others, all scored on the same resamples of the same rows."""
    scores = list(run.scores)
    if others:
        contents = tuple((other.name, float(other.errors.sum())) for other in others)
        scores += _scored(str(run.folder), version(run), contents, run, others)
    named = CODECS | {other.name: (other.title, other.colour) for other in others}
    units = {name: held_out(run, name).z.shape[1] for name in CODECS} | {o.name: o.latent_dim for o in others}
    return [Line(*named[each.name], each, units[each.name]) for each in scores]


def table(run: Run, lines: Sequence[Line]) -> str:
    """The codecs as HTML: errors in three units with their intervals, beside PCA's, their size and their cost."""
    header = [
        f"m = {run.spec.latent_dim}",
        "sum of squared errors",
        "mean squared error",
        "variance unexplained",
        "difference to PCA",
        "parameters",
        "time to fit",
        "bytes per code",
    ]
    total = next((each.error[TOTAL] for each in run.scores if each.name == "pca"), 0.0)
    rows = [
        Row(
            line.title,
            [
                *(_with_interval(line.scored, unit) for unit in UNITS),
                _versus_pca(line.scored, total),
                Cell(count(line.scored.n_parameters)),
                Cell(UNKNOWN if line.scored.seconds is None else duration(line.scored.seconds)),
                Cell(count(BYTES_PER_UNIT * line.latent_dim)),
            ],
            line.colour,
            strong=line.scored.name == "autoencoder",
        )
        for line in lines
    ]
    return f'<div style="overflow-x:auto"><div style="min-width:40rem">{markup.table(header, rows)}</div></div>'


def _bars(lines: Sequence[Line]) -> None:
    """Draws the errors as bars with their intervals, in the unit that the visitor chooses."""
    chosen = st.segmented_control(
        "Error as",
        list(UNITS),
        key="unit",
        default=TOTAL,
        format_func=SHORT_UNITS.__getitem__,
        required=True,
        help="The same errors in another unit, on the same test rows, in scaled units: the order never changes.",
    )
    if state.changed("compared_unit", chosen):
        st.rerun()  # the other parts of the page speak of errors too
    unit = chosen or TOTAL
    figure = comparison_bars(
        [line.title for line in lines],
        [line.scored.error[unit] for line in lines],
        [line.scored.low[unit] for line in lines],
        [line.scored.high[unit] for line in lines],
        [line.colour for line in lines],
        UNITS[unit],
    )
    st.plotly_chart(figure, key="comparison_bars", config=NO_TOOLS)


def _fairness(run: Run, lines: Sequence[Line]) -> str:
    """What makes the comparison fair, how its intervals are made, and what its last columns are."""
    split, m = run.split, run.spec.latent_dim
    names = {line.scored.name for line in lines} - CODECS.keys()
    sentences = [
        f"All {'are' if names else 'four are'} scored on the same {count(len(split.test_rows))} test rows, which "
        f"nothing saw before, with the same m = {m}{' but for other runs' if names - {KERNEL} else ''} and the same "
        f"scaling; PCA and the mean come from the same {count(len(split.train_rows))} training rows. Sums are per "
        "sample, the mean squared error is per feature, both in scaled units; the share of variance is against the "
        "mean.",
        f"Small numbers are {SURE:.0%} intervals from {count(RESAMPLES)} bootstrap resamples of the test rows; the "
        "difference to PCA is paired, row by row, in sums of squared errors.",
        "The time is that of fitting to the training rows, on the machine that did it; – where nobody measured it. "
        f"A code takes {BYTES_PER_UNIT} bytes per unit, a float32.",
    ]
    if run.spec.only:
        sentences.append(
            f"All were fitted to rows of one class alone, {run.spec.only}; the test rows are of every class."
        )
    n_components = held_out(run, "pca").z.shape[1]
    if n_components < m:
        sentences.append(f"PCA has only {count(n_components)} components here: these data have no more.")
    if KERNEL in names:
        sentences.append(_kernel_words(len(split.train_rows)))
    if any(line.latent_dim != m for line in lines if line.scored.name in names - {KERNEL}):
        sentences.append(
            f"The difference to PCA is that to PCA of m = {m} in every line: a run of another m stands beside PCA of "
            "its own m on its own page."
        )
    return " ".join(sentences).replace("95%", "95 %")


def refusal(run: Run, other: Run) -> str:
    """Why `other` cannot stand in the table of `run`, a sentence; "" where it can."""
    if other.id == run.id:
        return "That is the run on show: it is in the table already."
    if not other.is_finished:
        return "That run has no result yet: let it finish, or stop it."
    if other.spec.data != run.spec.data:
        return (
            f"That run is of other data ({_title(other)}, not {_title(run)}): errors on different rows do not compare."
        )
    for name in SAME_ROWS:
        theirs, ours = (FIELDS[name].text(getattr(each.spec, name)) for each in (other, run))
        if theirs != ours and name == "only":
            seen, mine = (f"{each} alone" if each else "every class" for each in (theirs, ours))
            return f"That run was trained on {seen}, this one on {mine}: they did not learn from the same rows."
        if theirs != ours:
            label = FIELDS[name].label
            return (
                f"That run sees the data otherwise ({label[:1].lower()}{label[1:]} {theirs}, not {ours}): its errors "
                "do not compare with these."
            )
    return ""


def _choices(run: Run, fitting: Mapping[str, str]) -> None:
    """Draws what adds lines to the table."""
    state.keep("kernel_pca", (True, False), False)
    chosen = state.got("others")
    kept = [each for each in chosen if each in fitting] if isinstance(chosen, list) else []
    state.put({"others": kept}, only_missing=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.toggle(
            "Kernel PCA",
            key="kernel_pca",
            help=f"Adds kernel PCA with m = {run.spec.latent_dim}, a nonlinear code without a network. It is fitted "
            f"once, when first asked for, and takes about a second: {_kernel_words(len(run.split.train_rows))}",
        )
        st.multiselect(
            "Other runs",
            list(fitting),
            key="others",
            format_func=fitting.__getitem__,
            max_selections=MOST_OTHERS,
            placeholder="of this session" if fitting else "none of this session yet",
            disabled=not fitting,
            width=360,
            help="Runs that were started or opened in this session, or added by their link, and that have the same "
            f"data, split and scaling: {count(len(fitting))} of them. At most {MOST_OTHERS} join the table.",
        )
        st.text_input(
            "Add a run",
            key="add_run",
            on_change=_add,
            args=(run.id,),
            placeholder="its link or id",
            width=260,
            help="A run that somebody sent you, or one of an earlier session: paste its link, or its id alone. It "
            f"needs the same data ({messages.plain(_title(run))}) and the same split.",
        )
    if problem := str(state.got("_add_problem") or ""):
        st.warning(messages.plain(problem))


def _add(run_id: str) -> None:
    """Puts the run that the visitor named into the table, or says why not."""
    text = str(state.got("add_run") or "").strip()
    found = re.search(r"[?&]run=([^&#\s]+)", text)
    problem = ""
    if text:
        try:
            other = Run(server.store(), found.group(1) if found else text)
            problem = refusal(Run(server.store(), run_id), other)
            if not problem:
                state.remember_run(other.id)
                before = state.got("others")
                kept = [each for each in before if each != other.id] if isinstance(before, list) else []
                state.put({"others": [*kept, other.id][-MOST_OTHERS:]}, only_missing=False)
        except RunError as error:
            problem = str(error)
    state.put({"_add_problem": problem, "add_run": "" if not problem else text}, only_missing=False)


def _fitting(run: Run) -> dict[str, str]:
    """The runs of this session that can join, by id, and what they are called beside this one."""
    found = []
    for run_id in dict.fromkeys((*state.runs_seen(), *run.race)):
        try:
            other = Run(server.store(), run_id)
            if not refusal(run, other):
                found.append(other)
        except RunError:  # deleted since, or damaged
            continue
    names = names_of([run.spec, *(other.spec for other in found)])[1:]
    return {
        other.id: name if re.search(r"\bm = ", name) else f"m = {other.spec.latent_dim} · {name}"
        for other, name in zip(found, names, strict=True)
    }


def _chosen(run: Run, fitting: Mapping[str, str]) -> list[Other]:
    """What the visitor has added."""
    same = (run.spec.data, *(getattr(run.spec, name) for name in SAME_ROWS))
    others = [_kernel(same, run.spec.latent_dim, run)] if state.got("kernel_pca") else []
    chosen = state.got("others")
    for run_id in chosen if isinstance(chosen, list) else []:
        other = Run(server.store(), run_id)
        scored = next((each for each in other.scores if each.name == "autoencoder"), None)
        if scored is not None:
            held = held_out(other)
            others.append(
                Other(
                    *(run_id, fitting[run_id], palette.ENCODER, held.errors),
                    *(scored.n_parameters, scored.seconds, held.z.shape[1]),
                )
            )
    return others


@st.cache_resource(max_entries=16, show_spinner="Fitting kernel PCA …")
def _kernel(same: tuple[object, ...], m: int, _run: Run) -> Other:
    """Kernel PCA of the same m, fitted on the training rows here and now; a second or two at most (`MOST_ROWS`)."""
    split = _run.split
    latent_dim = min(m, min(len(split.x_train), MOST_ROWS) - 1)
    clock = time.perf_counter()
    codec = KernelPCA.fit(split.x_train, latent_dim)
    seconds = time.perf_counter() - clock
    errors = sample_errors(split.x_test, codec.reconstruct(split.x_test))
    return Other(KERNEL, "kernel PCA", palette.PCA, errors, codec.n_parameters, seconds, codec.latent_dim)


@st.cache_resource(max_entries=32, show_spinner=False)
def _scored(
    folder: str, changed: int, contents: tuple[tuple[str, float], ...], _run: Run, _others: Sequence[Other]
) -> list[ScoredCodec]:
    errors = {name: held_out(_run, name).errors for name in ("mean", "pca")}
    errors |= {other.name: other.errors for other in _others}
    n_parameters = {"mean": 0, "pca": 0} | {other.name: other.n_parameters for other in _others}
    seconds = {other.name: other.seconds for other in _others if other.seconds is not None}
    return score(errors, _run.split.n_features, n_parameters, seconds)[2:]


@st.cache_resource(max_entries=32, show_spinner=False)
def _to_linear(folder: str, changed: int, _run: Run) -> tuple[float, float, float]:
    """The error of this autoencoder less that of the linear one, with its paired interval."""
    return interval(held_out(_run).errors - held_out(_run, "linear").errors)


def _amount(run: Run) -> str:
    difference, low, high = next(each for each in run.scores if each.name == "autoencoder").versus_pca
    n = count(len(run.split.test_rows))
    if low <= 0 <= high:
        return (
            f"The error of this autoencoder less that of PCA is {signed(difference)} in sums of squared errors per "
            f"sample; its 95 % interval over the {n} test rows, {signed(low)} to {signed(high)}, takes in zero."
        )
    ends = sorted((abs(low), abs(high)))
    return (
        f"That is {three(abs(difference))} less in the sum of squared errors per sample. The 95 % interval over the "
        f"{n} test rows, {three(ends[0])} to {three(ends[1])}, leaves out zero: the choice of test rows does not "
        "explain it."
    )


def _beside_linear(run: Run) -> str:
    """What the linear autoencoder adds to the verdict: whether a win is owed to a nonlinear code."""
    if run.spec.model == "linear":
        return ""
    linear = next(each.error[TOTAL] for each in run.scores if each.name == "linear")
    to_pca = _outcome(*next(each for each in run.scores if each.name == "autoencoder").versus_pca)
    difference, low, high = _to_linear(str(run.folder), version(run), run)
    to_linear = _outcome(difference, low, high)
    by = percent(abs(difference) / max(linear, linear + difference)) if linear > 0 else ""
    if to_pca < 0 and to_linear < 0:
        return f"It beats the linear autoencoder as well, by {by}: the gain is not one that a linear code has."
    if to_pca < 0:
        return "The linear autoencoder does as well, so the win is not owed to a nonlinear code."
    if to_pca > 0 and to_linear > 0:
        return f"The linear autoencoder beats it as well, by {by}: these settings do worse here than a linear code."
    if to_linear:
        return f"The linear autoencoder {'loses to it' if to_linear < 0 else 'beats it'}, by {by}."
    return ""


def _seen(run: Run) -> str:
    """Whether somebody could have steered the run by its test result, or did by its validation errors."""
    epochs, first = len(run.history.epoch), run.legs[0]
    if len(run.legs) > 1 and epochs > first:
        late = sum(change.epoch > first for change in run.changes)
        turned = f", {count(late)} of its settings changed since" if late else ""
        return (
            f"It went on for {count(epochs - first)} more epochs after its test result had been seen{turned}: the "
            "comparison may flatter it."
        )
    if run.changes:
        return "Settings were changed while it trained, but nobody had seen the test rows then."
    return ""


def _outcome(difference: float, low: float, high: float) -> int:
    """-1 where this autoencoder has the smaller error, 1 where it has the larger, 0 where chance explains it."""
    return 0 if low <= 0 <= high else -1 if difference < 0 else 1


def _kernel_words(n_train: int) -> str:
    fitted = f"on {count(MOST_ROWS)} of the {count(n_train)}" if n_train > MOST_ROWS else f"on all {count(n_train)}"
    return (
        f"Kernel PCA (Gaussian kernel, way back by ridge regression) is fitted {fitted} training rows, which it has to "
        "keep; its cost grows with their cube."
    )


def _title(run: Run) -> str:
    try:
        return run.dataset.title
    except DataError:
        return run.spec.data


def _with_interval(scored: ScoredCodec, unit: str) -> Cell:
    write = percent if unit == SHARE else three
    return Cell(write(scored.error[unit]), f"{write(scored.low[unit])} to {write(scored.high[unit])}")


def _versus_pca(scored: ScoredCodec, pca: float) -> Cell:
    if scored.name == "pca":
        return Cell("–")
    difference, low, high = scored.versus_pca
    if max(abs(low), abs(high)) < NO_DIFFERENCE * pca:
        return Cell("≈ 0")
    return Cell(signed(difference), f"{signed(low)} to {signed(high)}")
