"""Paths between two held-out samples: through the code, through PCA's, and across the samples themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis import paths
from playground.analysis.density import Density
from playground.data.dataset import FloatArray
from playground.figures import glance, palette
from playground.figures.data_space import Learnt, data_space
from playground.figures.numbers import count
from playground.runs.run import Run
from playground.ui import messages, reproduce, state
from playground.ui.coded import coded
from playground.ui.data_space import axis_names, first_choice, offered
from playground.ui.generating import OUTSIDE, counted_units, density_of, idle_in_words
from playground.ui.glances import Glance, glance_of
from playground.ui.held_out import HeldOut, held_out, version

STEPS = 9
USUAL = 0.25  # of the training codes lie where it is less dense than at an end that is chosen for the visitor
MOST_POINTS = 2000
CURVE = 60  # steps of a path that is drawn as a line
_KEY = "_path"  # (run's id, from, to), places among the held-out rows

PYTHON = """from playground import PCA
from playground.analysis.density import Density
from playground.analysis.paths import spherical, straight

pair = x[[{start}, {end}]]
codes, pca = trainer.best.encode(pair), codecs["pca"]
density = Density.fit(trainer.best.encode(train){units})
for path in (straight, spherical):
    z = path(*codes, {steps})
    print(dataset.in_words(split.scaler.undo(trainer.best.decode(z))), density.standing(z))
print(dataset.in_words(split.scaler.undo(pca.decode(straight(*pca.encode(pair), {steps})))))
print(dataset.in_words(split.scaler.undo(straight(*pair, {steps}))))
"""


@dataclass(frozen=True, eq=False)
class Path:
    """One way between two samples.

    Attributes:
        title: as the page shows it.
        adds: how it goes, in a few words.
        colour: from the palette.
        x: its steps in scaled units (n_steps, n_features).
        standing: the share of training codes that lie where the code is less dense than at each step (n_steps,).
    """

    title: str
    adds: str
    colour: str
    x: FloatArray
    standing: NDArray[np.float64]

    @property
    def leaves_at(self) -> int | None:
        """The step between the ends, counted from 0, that lies farthest outside; None where none does."""
        between = self.standing[1:-1]
        if not len(between) or between.min() >= OUTSIDE:
            return None
        return int(between.argmin()) + 1

    @property
    def n_outside(self) -> int:
        """How many of the steps lie outside of the data."""
        return int((self.standing < OUTSIDE).sum())


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the four paths between two held-out samples, with the density of the code at every step."""
    st.subheader("A path between two samples")
    held, drawn = held_out(run), glance_of(run)
    start, end, steps = _choose(run, held)
    if start == end:
        st.info("Both ends are the same sample: choose another one to go to.", icon=":material/info:")
        return
    every = ways(run, start, end, steps)
    ends = held.x[[start, end]]
    in_a_row = drawn.paths_in_a_row
    for at in range(0, len(every), in_a_row):
        for place, path in zip(st.columns(in_a_row, gap="medium"), every[at : at + in_a_row], strict=False):
            with place:
                _draw(drawn, path, ends)
    st.markdown(messages.plain(_verdict(every)))
    st.caption(messages.plain(_legend(run, drawn, ends, every)))
    _in_data_space(run, held, start, end)
    used = counted_units(run)
    units = "" if used is None else f", units={used}"
    reproduce.panel(run, PYTHON.format(start=start, end=end, steps=steps, units=units), key="reproduce_paths")


def ways(run: Run, start: int, end: int, steps: int) -> list[Path]:
    """The paths between two held-out rows: straight, along an arc where m > 1, PCA's, and the cross-fade."""
    codec, pca = run.codec(), run.pca()
    pair = held_out(run).x[[start, end]]
    density = density_of(run)

    def through(z: FloatArray) -> tuple[FloatArray, NDArray[np.float64]]:
        return codec.decode(z), density.standing(z)

    first, last = codec.encode(pair)
    found = [Path("Straight in the code", "equal steps", palette.DECODER, *through(paths.straight(first, last, steps)))]
    if len(first) > 1:
        arc = paths.spherical(first, last, steps)
        found.append(Path("Spherical in the code", "an arc around 0", palette.BOTTLENECK, *through(arc)))
    first, last = pca.encode(pair)
    z = paths.straight(first, last, steps)
    found.append(Path("Straight in PCA's code", "", palette.PCA, pca.decode(z), _pca_density(run).standing(z)))
    faded = paths.straight(pair[0], pair[1], steps)
    coded_again = density.standing(codec.encode(faded))
    found.append(Path("Cross-fade", "the samples themselves, mixed", palette.MEAN, faded, coded_again))
    return found


def _choose(run: Run, held: HeldOut) -> tuple[int, int, int]:
    n = len(held.x)
    kept = state.got(_KEY)
    if not (isinstance(kept, tuple) and kept[0] == run.id and max(kept[1:]) < n):
        usual = density_of(run).standing(held.z) >= USUAL
        kept = (run.id, *two_unlike(run, held, int(usual.argmax())))
        state.put({_KEY: kept}, only_missing=False)
    _, start, end = kept
    state.put({"path_from": start + 1, "path_to": end + 1}, only_missing=False)
    state.keep("path_steps", range(5, 16, 2), STEPS)

    def moved() -> None:
        places = (int(str(state.got(key))) - 1 for key in ("path_from", "path_to"))
        state.put({_KEY: (run.id, *places)}, only_missing=False)

    def another() -> None:
        first = int(np.random.default_rng().integers(n))
        state.put({_KEY: (run.id, *two_unlike(run, held, first))}, only_missing=False)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for key, label, place in (("path_from", "From sample", start), ("path_to", "To sample", end)):
            st.number_input(
                label,
                1,
                n,
                key=key,
                width=140,
                on_change=moved,
                help=f"One end of the path: a held-out row, 1 to {count(n)}. Now {_in_words(run, held, place)}.",
            )
        steps = st.slider(
            "Steps",
            5,
            15,
            step=2,
            key="path_steps",
            width=160,
            help=f"How many samples each path shows, both ends among them. Now {state.got('path_steps')}.",
        )
        st.button(
            "Random pair",
            key="path_random",
            icon=":material/shuffle:",
            on_click=another,
            help="Takes a held-out row by chance and one of another class; without a label the one whose code is "
            "farthest from it.",
        )
    st.markdown(messages.plain(f"From {_in_words(run, held, start)} to {_in_words(run, held, end)}"))
    return start, end, int(steps)


def two_unlike(run: Run, held: HeldOut, first: int) -> tuple[int, int]:
    """A held-out row and the next one of another class; without a label the one whose code is farthest away.

    Rows whose codes lie in a thin place are left out where others are left: they would be no fair end of a path.
    """
    labels, usual = run.dataset.labels, density_of(run).standing(held.z) >= USUAL
    others = np.arange(len(held.x)) != first
    if labels is not None:
        own = labels[held.rows]
        others &= own != own[first] if (own != own[first]).any() else True
    others = np.flatnonzero(others & usual if (others & usual).any() else others)
    if labels is not None:
        return first, int(others[np.argmax(others > first)])
    return first, int(others[np.linalg.norm(held.z[others] - held.z[first], axis=1).argmax()])


def _in_words(run: Run, held: HeldOut, place: int) -> str:
    labels = run.dataset.labels
    known = "" if labels is None else f" ({run.dataset.label_name} {labels[held.rows[place]]})"
    return f"sample {count(place + 1)}{known}"


def _draw(drawn: Glance, path: Path, ends: FloatArray) -> None:
    st.markdown(f"**{path.title}**" + (f" · {path.adds}" if path.adds else ""))
    thinnest = -1 if path.leaves_at is None else path.leaves_at
    drawn.draw(glance.steps(drawn.path(path.x, ends), path.standing, OUTSIDE, path.colour, thinnest))


def _verdict(every: list[Path]) -> str:
    """Which paths leave the data, and where."""
    outside = [end for end, at in (("first", 0), ("second", -1)) if every[0].standing[at] < OUTSIDE]
    words = [f"The {' and the '.join(outside)} sample itself lies outside of the data."] if outside else []
    left = [
        f"{_low(path)} ({count(path.n_outside)} of {count(len(path.standing))} steps)"
        for path in every
        if path.leaves_at is not None
    ]
    stay = [_low(path) for path in every if path.leaves_at is None]
    if not left:
        words.append("All paths stay among the training codes.")
    else:
        words.append(f"Outside of the training codes for a while: {', '.join(left)}.")
        words.append(f"Among them all the way: {', '.join(stay)}." if stay else "None stays among them.")
    return " ".join(words)


def _low(path: Path) -> str:
    return path.title.lower().replace("pca", "PCA")


def _legend(run: Run, drawn: Glance, ends: FloatArray, every: list[Path]) -> str:
    words = [
        "The paths through a code begin and end with the reconstructions, the cross-fade with the samples. Bars, and "
        "the numbers below them in per cent, from 0 to 100: the share of the training codes that lie where the code "
        "is less dense than at this step; in PCA's code for PCA's path, and for the cross-fade in the code that the "
        "encoder gives the mixture. A red cross: fewer than "
        f"{100 * OUTSIDE:.0f} %, outside of the data; framed is the number where a path that leaves them is thinnest.",
        idle_in_words(run),
        drawn.path_legend(ends),
    ]
    words.append(_of_the_sphere(coded(run, "train").z, every))
    return " ".join(word for word in words if word)


def _of_the_sphere(z: FloatArray, every: list[Path]) -> str:
    """Whether the arc has a reason with codes z (n, m), and how it went here."""
    if z.shape[1] == 1:
        return "With one unit there is no arc around 0, so the spherical path is left out."
    line, arc = every[0].n_outside, every[1].n_outside
    steps = f"{count(arc)} of its steps {'lies' if arc == 1 else 'lie'} outside, {count(line)} of the straight path's"
    how = f"The lengths of the training codes vary by {100 * paths.length_spread(z):.0f} % of their mean"
    if not paths.suits_sphere(z):
        why = "they lie near no sphere around 0, for which the spherical path is meant"
        return f"{how}: {why}. {f'{steps}.' if line or arc else 'Neither it nor the straight path leaves them here.'}"
    if not arc:
        return f"{how}: they lie near a sphere around 0, and the spherical path stays on it, among them."
    why = "they lie near a sphere around 0, on which the spherical path stays, but they fill only a part of it"
    return f"{how}: {why}: {steps}."


def _in_data_space(run: Run, held: HeldOut, start: int, end: int) -> None:
    """The paths as lines through the data, where they have two or three columns of numbers to be seen in."""
    places = offered(run)
    if len(places) not in (2, 3) or run.dataset.n_features > 3:
        return
    chosen = first_choice(run, places)
    own = run.split.scaler.undo
    lines = [
        Learnt(path.title, path.colour, own(path.x)[:, chosen], (CURVE, 1)) for path in ways(run, start, end, CURVE)
    ]
    rows = held.rows[:MOST_POINTS]
    names = [axis_names(run)[place] for place in chosen]
    figure = data_space(run.dataset.x[rows][:, chosen], names, lines)
    st.plotly_chart(figure, key="path_space", config={"displaylogo": False})


def _pca_density(run: Run) -> Density:
    return _pca_density_of(str(run.folder), version(run), run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _pca_density_of(folder: str, changed: int, _run: Run) -> Density:
    return Density.fit(_run.pca().encode(coded(_run, "train").x))
