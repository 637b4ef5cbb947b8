"""New samples: codes drawn from several sources, decoded, each beside the training row that is nearest to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.density import Density
from playground.analysis.generating import SOURCES, Fitted
from playground.analysis.nearest import Nearest
from playground.analysis.neighbours import sampled
from playground.data.dataset import FloatArray, IntArray
from playground.export.csv_text import csv_of
from playground.figures import palette
from playground.figures.data_space import Learnt, data_space
from playground.figures.numbers import count, three
from playground.figures.sheet import sheet_png
from playground.runs.run import Run
from playground.ui import messages, reproduce, state
from playground.ui.coded import coded
from playground.ui.codes import unit_name
from playground.ui.data_space import axis_names, offered
from playground.ui.glances import Glance, glance_of
from playground.ui.held_out import held_out, version
from playground.ui.intrinsic import used_units

MOST_SAMPLES = 24
FEW_SAMPLES = 6
MOST_YARDSTICK = 200  # held-out rows whose distance to the training rows is measured
MOST_PROBED = 300  # codes of a source, to say how many lie among the training codes
NEAR_COPY = 0.01  # of the held-out rows are as close to a training row
OUTSIDE = 0.05  # of the training codes lie where it is less dense
MOSTLY = 0.9
MANY_UNITS = 4  # from here on a small misfit in each of them adds up
MOST_NAMED = 6
MOST_POINTS = 700
COLUMNS_OF_SHEET = 8

PYTHON = """from playground.analysis.generating import SOURCES
from playground.analysis.nearest import Nearest

for source in SOURCES.values():
    codes = source.fit(trainer.best.encode(train)).sample({n}, seed={seed}, temperature={temperature:g})
    own = split.scaler.undo(trainer.best.decode(codes))
    nearest, distance = Nearest(train).of(split.scaler.apply(own))
    print(source.title, dataset.in_words(own), split.train_rows[nearest], distance)
"""


@dataclass(frozen=True, eq=False)
class Made:
    """New samples of one source, in scaled units.

    Attributes:
        x: (n, n_features), as what a visitor is given of them: a category is one level.
        near: places among the training rows of the nearest one (n,).
        distances: to it, Euclidean over all features (n,).
        among: the share of the source's codes that lie among the training codes.
    """

    x: FloatArray
    near: IntArray
    distances: NDArray[np.float64]
    among: float


@dataclass(frozen=True, eq=False)
class Yardstick:
    """How near rows come to a training row that the network was not trained on, Euclidean, sorted (n,).

    Attributes:
        rows: of held-out rows.
        decoded: of the same rows' reconstructions, which are as smooth as whatever a decoder makes.
    """

    rows: NDArray[np.float64]
    decoded: NDArray[np.float64]

    @property
    def near_copy(self) -> float:
        """Below it a sample is nearer than all but `NEAR_COPY` of the held-out rows, and of their reconstructions.

        Of noisy rows the first alone would call every sample a copy: what is decoded has no noise, which brings it
        nearer to all rows.
        """
        return float(min(np.quantile(self.rows, NEAR_COPY), np.quantile(self.decoded, NEAR_COPY)))


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws new samples of every source side by side, with their nearest training rows, and what can be taken away."""
    st.subheader("New samples")
    if len(run.split.train_rows) < 2:
        st.info("Two training rows at least are needed to draw new codes from.", icon=":material/info:")
        return
    n, temperature, seed = _controls()
    every = make(run, list(SOURCES), n, temperature, seed)
    drawn, yardstick = glance_of(run), measure(run)
    for start in (0, 2):  # two and two, so that a narrow page keeps the order
        for place, name in zip(st.columns(2, gap="medium"), list(SOURCES)[start : start + 2], strict=True):
            with place:
                _source(run, drawn, name, every[name], yardstick, temperature)
    if drawn.levels():
        st.html(drawn.levels())
    st.caption(messages.plain(" ".join(part for part in (drawn.legend(), _measure_in_words(run, yardstick)) if part)))
    _in_data_space(run, temperature, seed)
    _one(run, drawn, every)
    _downloads(run, drawn, every, seed)
    reproduce.panel(run, PYTHON.format(n=n, seed=seed, temperature=temperature), key="reproduce_generating")


def make(run: Run, names: Sequence[str], n: int, temperature: float, seed: int) -> dict[str, Made]:
    """n new samples of each source of these names in `SOURCES`."""
    density, codec, scaler = density_of(run), run.codec(), run.split.scaler
    sources = [fits(run)[name] for name in names]
    x = codec.decode(np.concatenate([source.sample(n, seed, temperature) for source in sources]))
    x = scaler.apply(scaler.undo(x))
    places, far = nearest(run).of(x)  # all at once: one look at the training rows
    made = {}
    for at, (name, source) in enumerate(zip(names, sources, strict=True)):
        part = slice(at * n, (at + 1) * n)
        among = float(np.mean(density.standing(source.sample(MOST_PROBED, seed, temperature)) >= OUTSIDE))
        made[name] = Made(x[part], places[part, 0], far[part, 0], among)
    return made


def fits(run: Run) -> Mapping[str, Fitted]:
    """Every source fitted on the codes of the run's training rows."""
    return _fits(str(run.folder), version(run), run)


def nearest(run: Run) -> Nearest:
    """Looks up training rows by distance in scaled units."""
    return _nearest(str(run.folder), version(run), run)


def measure(run: Run) -> Yardstick:
    """How near held-out rows come to training rows: at most `MOST_YARDSTICK` of them, always the same ones."""
    return _measure(str(run.folder), version(run), run)


def density_of(run: Run) -> Density:
    """How densely the codes of the training rows lie, in the units that are in use."""
    return _density_of(str(run.folder), version(run), run)


def counted_units(run: Run) -> list[int] | None:
    """The units that the density counts; None for all of them: none is idle, or every one is."""
    used = used_units(run)
    return None if len(used) in (0, run.spec.latent_dim) else used


def idle_in_words(run: Run) -> str:
    """Which units the density leaves out, a sentence; "" where it counts all."""
    used = counted_units(run)
    if used is None:
        return ""
    idle = [unit for unit in range(run.spec.latent_dim) if unit not in used]
    names = ", ".join(map(unit_name, idle[:MOST_NAMED])) + (", …" if len(idle) > MOST_NAMED else "")
    others = f"the other ({names})" if len(idle) == 1 else f"the others ({names})"
    return (
        f"Only the {count(len(used))} units that are in use count for where codes lie: the decoder makes hardly "
        f"anything of {others}."
    )


def _controls() -> tuple[int, float, int]:
    first = {"n": FEW_SAMPLES, "temperature": 1.0, "seed": 0}
    now = {name: state.before(f"generate_{name}", value) for name, value in first.items()}
    state.hold({f"generate_{name}": value for name, value in now.items()})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        n = st.slider(
            "Samples of each",
            1,
            MOST_SAMPLES,
            key="generate_n",
            width=200,
            help=f"How many new samples each source gives. Now {now['n']}.",
        )
        temperature = st.slider(
            "Temperature",
            0.0,
            2.0,
            step=0.1,
            key="generate_temperature",
            width=200,
            help="Multiplies the spread around a source's centres: 0 gives the centres themselves (of Jitter: codes of "
            f"training rows), 1 the source as it was fitted, more is bolder. Now {float(str(now['temperature'])):g}.",
        )
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            key="generate_seed",
            width=130,
            help=f"The same seed gives the same samples, here and in Python. Now {now['seed']}.",
        )
        st.button(
            "New samples",
            key="generate_again",
            icon=":material/casino:",
            type="primary",
            on_click=lambda: state.put({"generate_seed": int(str(now["seed"])) + 1}, only_missing=False),
            help=f"Draws other samples: the seed becomes {int(str(now['seed'])) + 1}.",
        )
    return int(n), float(temperature), int(seed)


def _source(run: Run, drawn: Glance, name: str, made: Made, yardstick: Yardstick, temperature: float) -> None:
    source = SOURCES[name]
    st.markdown(f"**{source.title}** · {messages.plain(fits(run)[name].words)}")
    shown = []
    for place, (x, near, distance) in enumerate(zip(made.x, made.near.tolist(), made.distances.tolist(), strict=True)):
        words = f"new sample {place + 1} from {source.title}", f"nearest training row, {_row_in_words(run, near)}"
        warning = "nearly a copy" if distance < yardstick.near_copy else ""
        shown.append((x, run.split.x[run.split.train_rows[near]], words, three(distance), warning))
    drawn.draw(drawn.cards(shown))
    st.caption(messages.plain(_source_in_words(run, name, made, yardstick, temperature)))


def _source_in_words(run: Run, name: str, made: Made, yardstick: Yardstick, temperature: float) -> str:
    copies = int((made.distances < yardstick.near_copy).sum())
    words = [
        f"{_percent(made.among)} of its codes lie among those of the training rows.",
        f"Median distance to the nearest training row {three(float(np.median(made.distances)))}"
        + (f"; {count(copies)} of {count(len(made.distances))} nearly copies." if copies else "."),
    ]
    if name == "prior" and (run.spec.model != "vae" or made.among < MOSTLY):
        words.append(_of_a_vae(run) if run.spec.model == "vae" else _why_it_may_fail(run, made.among))
    elif name in ("gaussian", "mixture") and made.among < MOSTLY:
        words.append(_why_a_fit_misses(run, name, temperature))
    return " ".join(words)


def _why_a_fit_misses(run: Run, name: str, temperature: float) -> str:
    """Why a Gaussian, or several, fitted to the codes reaches beyond them."""
    used = counted_units(run)
    m = run.spec.latent_dim if used is None else len(used)
    one = "one Gaussian" if name == "gaussian" else "a mixture of Gaussians"
    words = f"Of the training codes {_percent(1 - OUTSIDE)} do: they are not spread as {one} is, so it also reaches"
    words += " into their gaps and beyond their edges"
    if m >= MANY_UNITS:
        words += f", and in {count(m)} units what is off in each adds up"
    return f"{words}, the farther as the temperature is above 1." if temperature > 1 else f"{words}."


def _why_it_may_fail(run: Run, among: float) -> str:
    z = coded(run, "train").z
    words = (
        f"This is no variational autoencoder: nothing pulled its codes towards N(0, I). Their units have a standard "
        f"deviation of {_spread_in_words(z)} and a mean of up to {three(float(np.abs(z.mean(axis=0)).max()))} from 0"
    )
    if among < MOSTLY:
        return f"{words}, so the decoder is often asked about places that it has never seen."
    if z.std(axis=0).min() > 1:
        return f"{words}, so N(0, I) falls among them here, but reaches only a part of them."
    return f"{words}; that N(0, I) falls among them is luck."


def _of_a_vae(run: Run) -> str:
    z, used = coded(run, "train").z, counted_units(run)
    spread = _spread_in_words(z if used is None else z[:, used])
    return (
        "A VAE's codes are the middles of clouds, which only with their width fill N(0, I): the middles alone have a "
        f"standard deviation of {spread} per unit{' in use' if used else ''}."
    )


def _spread_in_words(z: FloatArray) -> str:
    low, high = (three(float(end)) for end in (z.std(axis=0).min(), z.std(axis=0).max()))
    return low if low == high else f"{low} to {high}"


def _measure_in_words(run: Run, yardstick: Yardstick) -> str:
    n, n_test = len(yardstick.rows), len(run.split.test_rows)
    which = f"all {count(n)} held-out rows" if n == n_test else f"{count(n)} of {count(n_test)} held-out rows"
    return (
        f"The number is the distance to the nearest training row, Euclidean in scaled units. As a yardstick, the "
        f"median of {which} is {three(float(np.median(yardstick.rows)))}, and of their reconstructions, which are "
        f"smoother, {three(float(np.median(yardstick.decoded)))}. Nearly a copy: nearer than "
        f"{three(yardstick.near_copy)}, below which at most {_percent(NEAR_COPY)} of either lie. Codes lie among those "
        f"of the training rows where at least {_percent(OUTSIDE)} of these lie in a less dense place. "
        f"{idle_in_words(run)}"
    ).rstrip()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _row_in_words(run: Run, near: int) -> str:
    row = int(run.split.train_rows[near])
    labels = run.dataset.labels
    return f"row {count(row + 1)}" + ("" if labels is None else f", {run.dataset.label_name} {labels[row]}")


def _in_data_space(run: Run, temperature: float, seed: int) -> None:
    """Many samples of every source through the data, where these have two or three columns to be seen in."""
    places = offered(run)
    if run.dataset.n_features > 3 or len(places) < 2:
        return
    codec, own = run.codec(), run.split.scaler.undo
    clouds = []
    for colour, (name, fitted) in zip(palette.CLASSES, fits(run).items(), strict=False):
        x = own(codec.decode(fitted.sample(MOST_PROBED, seed, temperature)))
        clouds.append(Learnt(SOURCES[name].title, colour, x[:, places]))
    names = [axis_names(run)[place] for place in places]
    rows = run.split.train_rows[:MOST_POINTS]
    figure = data_space(run.dataset.x[rows][:, places], names, clouds)
    st.plotly_chart(figure, key="generate_space", config={"displaylogo": False})
    st.caption(f"{count(MOST_PROBED)} samples of each source among the training rows; a click on a name hides it.")


def _one(run: Run, drawn: Glance, every: Mapping[str, Made]) -> None:
    """One of the samples, large or in words, beside its nearest training row."""
    offered = [(name, place) for name, made in every.items() for place in range(len(made.x))]
    closest = min(offered, key=lambda each: float(every[each[0]].distances[each[1]]))
    state.keep("generate_one", offered, closest)
    with st.expander("One sample beside its nearest training row", icon=":material/compare_arrows:"):
        name, place = st.selectbox(
            "Sample",
            offered,
            key="generate_one",
            format_func=lambda each: f"{SOURCES[each[0]].title} {each[1] + 1}",
            width=220,
            help="Which of the new samples is drawn here; the one nearest to a training row is "
            f"{SOURCES[closest[0]].title} {closest[1] + 1}.",
        )
        made = every[name]
        near, distance = int(made.near[place]), three(float(made.distances[place]))
        names = "new sample", f"training {_row_in_words(run, near)}"
        drawn.large(made.x[place], run.split.x[run.split.train_rows[near]], names)
        st.caption(f"Distance {distance}, Euclidean in scaled units.")


def _downloads(run: Run, drawn: Glance, every: Mapping[str, Made], seed: int) -> None:
    name = f"{run.id}-new-{seed}"
    with st.container(horizontal=True):
        st.download_button(
            "PNG sheet",
            lambda: sheet(drawn, every),
            file_name=f"{name}.png",
            mime="image/png",
            key="generate_png",
            icon=":material/download:",
            on_click="ignore",
            help="All samples on show as one picture, a block per source.",
        )
        st.download_button(
            "CSV",
            lambda: table(run, every),
            file_name=f"{name}.csv",
            mime="text/csv",
            key="generate_csv",
            icon=":material/download:",
            on_click="ignore",
            help="All samples on show as rows in your own units, with their source, their nearest training row "
            "(counted from 1) and the distance to it.",
        )


def sheet(drawn: Glance, every: Mapping[str, Made]) -> bytes:
    """The samples as one PNG."""
    n = max(len(made.x) for made in every.values())
    rows = [(SOURCES[name].title, drawn.tiles(made.x)) for name, made in every.items()]
    return sheet_png(rows, min(n, COLUMNS_OF_SHEET))


def table(run: Run, every: Mapping[str, Made]) -> str:
    """The samples as CSV in the visitor's own units, dates and categories in words."""
    dataset = run.dataset
    columns = dataset.columns
    units = [column.unit for column in columns] or list(dataset.units) or [""] * dataset.n_features
    names = [f"{name} ({unit})" if unit else name for name, unit in zip(dataset.feature_names, units, strict=True)]
    rows: list[list[str | float]] = []
    for name, made in every.items():
        own = run.split.scaler.undo(made.x)
        for place, values in enumerate(own.tolist()):
            told = (
                [c.words(v) for c, v in zip(columns, values, strict=True)] if columns else [f"{v:.6g}" for v in values]
            )
            row = int(run.split.train_rows[made.near[place]]) + 1
            rows.append([SOURCES[name].title, place + 1, row, f"{made.distances[place]:.6g}", *told])
    return csv_of(["source", "sample", "nearest training row", "distance", *names], rows)


@st.cache_resource(max_entries=8, show_spinner=False)
def _fits(folder: str, changed: int, _run: Run) -> dict[str, Fitted]:
    z = coded(_run, "train").z
    return {name: source.fit(z) for name, source in SOURCES.items()}


@st.cache_resource(max_entries=4, show_spinner=False)
def _nearest(folder: str, changed: int, _run: Run) -> Nearest:
    return Nearest(coded(_run, "train").x)


@st.cache_resource(max_entries=8, show_spinner=False)
def _measure(folder: str, changed: int, _run: Run) -> Yardstick:
    held, known = held_out(_run), nearest(_run)
    rows = sampled(len(held.x), MOST_YARDSTICK)
    rows_to, decoded_to = (np.sort(known.of(x[rows])[1][:, 0]) for x in (held.x, held.x_hat))
    return Yardstick(rows_to, decoded_to)


@st.cache_resource(max_entries=8, show_spinner=False)
def _density_of(folder: str, changed: int, _run: Run) -> Density:
    return Density.fit(coded(_run, "train").z, counted_units(_run))
