"""Rows that a model was never meant to see: of another data set, turned over, or noise; and what it sees in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.errors import Errors, sample_errors
from playground.analysis.strange import TWISTS, Twist, some_rows, stranger_than, told_apart, twists_for
from playground.data.builtin import BUILTIN
from playground.data.dataset import Colouring, FloatArray
from playground.data.lent import lend, why_not
from playground.data.online import ONLINE, is_here
from playground.errors import PlaygroundError
from playground.export.loading import path_of
from playground.figures import palette
from playground.figures.numbers import count, larger_than, percent, three
from playground.figures.plot import NO_TOOLS
from playground.figures.strangers import strangers
from playground.runs.run import Run
from playground.ui import bench, messages, reproduce, server, state
from playground.ui.drawing import drawing
from playground.ui.few import Small, few
from playground.ui.generating import nearest
from playground.ui.held_out import held_out, version
from playground.ui.stacks import Stack, stacks

MOST_FED = 500  # rows whose errors are compared
SHOWN = 6
SHOWN_LINES = 4  # of a table, whose rows lie below each other
STRANGE = 0.95  # a row is strange whose error is larger than of so many held-out rows
VERSIONS = (
    ("fed in", palette.MEAN),
    ("this autoencoder", palette.DECODER),
    ("PCA", palette.PCA),
    ("nearest training row", palette.BOTTLENECK),
)

OF_DATA = """import numpy as np
from playground import {load}
from playground.analysis.errors import sample_errors
from playground.analysis.strange import some_rows
from playground.data.lent import lend

other = {loaded}
lent = lend(other, some_rows(other.n_samples, {most}, {seed}), dataset, split.train_rows)
strange = split.scaler.apply(lent.x)
for name, codec in codecs.items():
    print(name, np.median(sample_errors(strange, codec.reconstruct(strange))))
"""
OF_TWIST = """import numpy as np
from playground.analysis.errors import sample_errors
from playground.analysis.strange import TWISTS, some_rows

rows = split.test_rows[some_rows(len(split.test_rows), {most}, {seed})]
twisted = TWISTS[{name!r}](dataset.x[rows], dataset, split.train_rows, seed={seed})
strange = split.scaler.apply(twisted)
for name, codec in codecs.items():
    print(name, np.median(sample_errors(strange, codec.reconstruct(strange))))
"""


@dataclass(frozen=True, eq=False)
class Fed:
    """Strange rows through the codecs, all in scaled units.

    Attributes:
        title: what they are called.
        how: how they came into this form, a sentence each.
        words: what each row is called.
        x: the rows (n, n_features).
        x_hat: reconstructions by codec, "autoencoder" and "pca".
        errors: sums of squared errors (n,), by the same names.
        n_all: rows that there are, of which these were drawn.
    """

    title: str
    how: tuple[str, ...]
    words: tuple[str, ...]
    x: FloatArray
    x_hat: Mapping[str, FloatArray]
    errors: Mapping[str, Errors]
    n_all: int


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws what can be fed to the model, what it makes of it, and how strange it finds it."""
    st.subheader("Out of its world")
    name, seed = _controls(run)
    with messages.shown():
        fed = feed(run, name, seed)
        st.caption(messages.plain(" ".join(fed.how) or "These rows have the form of the training rows as they are."))
        shown = _with_the_bench(run, name, seed, fed)
        _sheet(run, shown)
        _one(run, fed, shown)
        _how_strange(run, fed)
    _say_what_does_not_fit(run)
    reproduce.panel(run, _python(run, name, seed), key="reproduce_other_world")


def choices(run: Run) -> dict[str, str]:
    """What can be fed to the run's model: a twist's name or "data:" and a data set's -> title."""
    titles = {name: TWISTS[name].title for name in twists_for(run.dataset)}
    return titles | {f"data:{name}": title for name, title in _data_sets(run).items() if not _refusal(run, name)}


def feed(run: Run, name: str, seed: int) -> Fed:
    """Rows of one of `choices` through the run's autoencoder and PCA: at most `MOST_FED`, drawn by the seed.

    Raises:
        DataError: the data set cannot take the form of the run's own.
    """
    return _feed(str(run.folder), version(run), name, seed, run)


def _controls(run: Run) -> tuple[str, int]:
    offered = choices(run)
    state.keep("world", offered, next(iter(offered)))
    state.put({"world_seed": 0}, only_missing=True)
    seed = int(str(state.got("world_seed")))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Feed it",
            list(offered),
            key="world",
            format_func=offered.__getitem__,
            width=300,
            help="What the model gets instead of rows like those that it was trained on: its own data twisted, noise, "
            f"or the rows of another data set. Now {offered[str(state.got('world'))]}.",
        )
        st.button(
            "Other rows",
            key="world_again",
            icon=":material/casino:",
            on_click=lambda: state.put({"world_seed": seed + 1}, only_missing=False),
            help=f"Draws other rows: the seed becomes {seed + 1}.",
        )
    return str(name), seed


def _data_sets(run: Run) -> dict[str, str]:
    """Every data set but the run's own that is here, name to title."""
    here = {name: entry.title for name, entry in BUILTIN.items()}
    here |= {name: entry.title for name, entry in ONLINE.items() if is_here(name)}
    here |= state.files(run.dataset)
    here.pop(run.spec.data, None)
    return here


def _refusal(run: Run, name: str) -> str:
    """Why the rows of that data set cannot be fed to the run's model, or ""."""
    entry = BUILTIN.get(name) or ONLINE.get(name)
    if entry is not None and (reason := why_not(entry.kind, entry.title, run.dataset)):
        return reason
    if entry is not None and run.dataset.kind in ("images", "series"):
        return ""  # what would have to be made to look closer need not be
    try:
        lend(server.store().dataset(name), np.arange(1), run.dataset, run.split.train_rows)
    except PlaygroundError as error:
        return str(error)
    return ""


def _say_what_does_not_fit(run: Run) -> None:
    refusals = [reason for name in _data_sets(run) if (reason := _refusal(run, name))]
    if not refusals:
        return
    folded = st.expander(
        f"{count(len(refusals))} data sets do not fit", icon=":material/block:", key="world_unfit", on_change="rerun"
    )
    if folded.open:
        folded.markdown("\n".join(f"- {messages.plain(reason)}" for reason in refusals))


def _with_the_bench(run: Run, name: str, seed: int, fed: Fed) -> Fed:
    """The few rows that are drawn; of a twist of rows the first is the sample on the bench, twisted."""
    n = SHOWN if run.dataset.kind in ("images", "series") else SHOWN_LINES
    twist = TWISTS.get(name)
    if twist is None or not twist.from_rows:
        return _part(fed, slice(n))
    sample = bench.on_show(run)
    own = twist(sample.x[None], run.dataset, run.split.train_rows, seed)
    words = _twisted(sample.words, twist)
    first = _through(run, fed.title, fed.how, (words,), run.split.scaler.apply(own), fed.n_all)
    rest = _part(fed, [place for place, other in enumerate(fed.words) if other != words][: n - 1])
    return Fed(
        fed.title,
        fed.how,
        first.words + rest.words,
        np.concatenate([first.x, rest.x]),
        {codec: np.concatenate([first.x_hat[codec], rest.x_hat[codec]]) for codec in fed.x_hat},
        {codec: np.concatenate([first.errors[codec], rest.errors[codec]]) for codec in fed.errors},
        fed.n_all,
    )


def _part(fed: Fed, places: slice | list[int]) -> Fed:
    numbers = np.arange(len(fed.x))[places]
    return Fed(
        fed.title,
        fed.how,
        tuple(fed.words[place] for place in numbers),
        fed.x[numbers],
        {codec: x_hat[numbers] for codec, x_hat in fed.x_hat.items()},
        {codec: errors[numbers] for codec, errors in fed.errors.items()},
        fed.n_all,
    )


def _sheet(run: Run, shown: Fed) -> None:
    near = _insists_on(run, shown.x_hat["autoencoder"])
    known = held_out(run).errors
    each = []
    for place in range(len(shown.x)):
        error = float(shown.errors["autoencoder"][place])
        share = stranger_than(error, known)
        versions = np.stack([shown.x[place], *(x_hat[place] for x_hat in shown.x_hat.values()), near[place][1]])
        below = {"error": three(error), "larger than": larger_than(share)}
        each.append(Stack(str(place + 1), versions, below, "strange" if share >= STRANGE else ""))
    stacks(run, VERSIONS, each)
    st.caption(
        f"Larger than: the share of the {count(len(known))} held-out rows whose error is smaller. The nearest training "
        "row is the one nearest to what the autoencoder made of the sample, Euclidean in scaled units: what it insists "
        f"on seeing. Red, or marked strange: an error larger than that of {100 * STRANGE:.0f} % of the held-out rows."
    )


def _one(run: Run, fed: Fed, shown: Fed) -> None:
    places = list(range(len(shown.x)))
    state.keep("world_one", places, 0)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        place = st.segmented_control(
            "One of them",
            places,
            key="world_one",
            format_func=lambda each: str(each + 1),
            required=True,
            help=f"Which is drawn large here. Now {shown.words[int(str(state.got('world_one')))]}.",
        )
        take = st.button(
            "Put it on the bench",
            key="world_take",
            icon=":material/move_up:",
            help="Makes it the sample that the whole page looks at.",
        )
    place = int(place or 0)
    if take:
        own = run.split.scaler.undo(shown.x[place][None])[0]
        bench.put(run, bench.Sample(own, "other data", shown.words[place]))
        st.rerun()
    _large(run, shown, place)


def _large(run: Run, shown: Fed, place: int) -> None:
    codecs = {codec: x_hat[place] for codec, x_hat in shown.x_hat.items()}
    errors = {codec: float(each[place]) for codec, each in shown.errors.items()}
    parts = []
    for codec, called in (("autoencoder", "the autoencoder's error"), ("pca", "PCA's")):
        share = stranger_than(errors[codec], held_out(run, codec).errors)
        of_them = "every one" if share == 1 else percent(share)
        parts.append(f"{called} is {three(errors[codec])}, larger than for {of_them} of the held-out rows")
    name = shown.words[place][:1].upper() + shown.words[place][1:]
    st.markdown(f"**{messages.plain(name)}**: {messages.plain('; '.join(parts))}.")
    drawing(run).side_by_side(shown.x[place], codecs, {codec: three(error) for codec, error in errors.items()})
    words, x, distance = _insists_on(run, shown.x_hat["autoencoder"][place][None])[0]
    st.space("small")
    st.markdown(
        messages.plain(f"What it insists on seeing is nearest to training {words}, at a distance of {three(distance)}:")
    )
    both = [
        Small("its reconstruction", shown.x_hat["autoencoder"][place], "", palette.DECODER),
        Small(f"training {words}", x, "", palette.BOTTLENECK),
    ]
    few(run, both, 120)


def _how_strange(run: Run, fed: Fed) -> None:
    known = {codec: held_out(run, codec).errors for codec in fed.errors}
    figure = strangers(
        known["autoencoder"],
        fed.errors["autoencoder"],
        ("held-out rows", fed.title),
        "error of this autoencoder",
    )
    st.plotly_chart(figure, key="world_errors", config=NO_TOOLS)
    limit = float(np.quantile(known["autoencoder"], STRANGE))
    n = len(fed.x)
    which = f"All {count(n)}" if n == fed.n_all else f"{count(n)} of {count(fed.n_all)}"
    strange = percent(float(np.mean(fed.errors["autoencoder"] > limit)))
    apart = {codec: told_apart(known[codec], fed.errors[codec]) for codec in known}
    medians = [float(np.median(each["autoencoder"])) for each in (known, fed.errors)]
    st.caption(
        messages.plain(
            f"{which} rows were fed in. The median error (sum of squared errors per sample) is {three(medians[1])}, of "
            f"the held-out rows {three(medians[0])}; {strange} lie above {three(limit)}, below which "
            f"{100 * STRANGE:.0f} % of the held-out rows lie. Told apart by the error alone (area under the ROC curve; "
            f"0.5 is guessing, 1 always): autoencoder {apart['autoencoder']:.3f}, PCA {apart['pca']:.3f}."
        )
    )


def _insists_on(run: Run, x_hat: FloatArray) -> list[tuple[str, FloatArray, float]]:
    """The training row nearest to each reconstruction (n, n_features): in words, in scaled units, and how far."""
    places, distances = nearest(run).of(x_hat)
    found = []
    for place, distance in zip(places[:, 0].tolist(), distances[:, 0].tolist(), strict=True):
        row = int(run.split.train_rows[place])
        labels = run.dataset.labels
        label = "" if labels is None else f" ({run.dataset.label_name} {labels[row]})"
        found.append((f"row {count(row + 1)}{label}", run.split.x[row], float(distance)))
    return found


def _python(run: Run, name: str, seed: int) -> str:
    if name in TWISTS:
        return OF_TWIST.format(name=name, seed=seed, most=MOST_FED)
    data = name.removeprefix("data:")
    if data in BUILTIN or data in ONLINE:
        load = "load" if data in BUILTIN else "load_online"
        return OF_DATA.format(load=load, loaded=f"{load}({data!r})", seed=seed, most=MOST_FED)
    path = path_of(server.store().dataset(data))
    return OF_DATA.format(load="read", loaded=f"read({path!r})", seed=seed, most=MOST_FED)


@st.cache_resource(max_entries=16, show_spinner=False)
def _feed(folder: str, changed: int, name: str, seed: int, _run: Run) -> Fed:
    dataset, split = _run.dataset, _run.split
    if name in TWISTS:
        twist = TWISTS[name]
        places = some_rows(len(split.test_rows), MOST_FED, seed)
        own = twist(dataset.x[split.test_rows[places]], dataset, split.train_rows, seed)
        numbers = places.tolist() if twist.from_rows else range(len(own))
        called = "test row" if twist.from_rows else "sample"
        words = tuple(_twisted(f"{called} {count(place + 1)}", twist) for place in numbers)
        return _through(
            _run, twist.title, (twist.said(_run.dataset),), words, split.scaler.apply(own), len(split.test_rows)
        )
    other = server.store().dataset(name.removeprefix("data:"))
    rows = some_rows(other.n_samples, MOST_FED, seed)
    lent = lend(other, rows, dataset, split.train_rows)
    words = tuple(_called(other.title, other.label_name, other.labels, row) for row in rows.tolist())
    return _through(_run, other.title, lent.how, words, split.scaler.apply(lent.x), other.n_samples)


def _twisted(words: str, twist: Twist) -> str:
    return f"{words}, {twist.title[:1].lower()}{twist.title[1:]}"


def _called(title: str, label_name: str, labels: Colouring | None, row: int) -> str:
    label = "" if labels is None else f" ({label_name} {labels[row]})"
    return f"row {count(row + 1)} of {title}{label}"


def _through(run: Run, title: str, how: tuple[str, ...], words: tuple[str, ...], x: FloatArray, n_all: int) -> Fed:
    x_hat = {"autoencoder": run.codec().reconstruct(x), "pca": run.pca().reconstruct(x)}
    errors = {codec: sample_errors(x, each) for codec, each in x_hat.items()}
    return Fed(title, how, words, x, x_hat, errors, n_all)
