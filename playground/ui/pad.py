"""Decode any point of the code: a map of held-out rows, and under the pointer what the decoder makes of the point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.latent_grid import latent_points, latent_shape
from playground.analysis.nearest import Nearest
from playground.data.dataset import FloatArray
from playground.data.shown import kind_of
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import carried, codes, looks, messages, picked, reproduce, state
from playground.ui.coded import coded
from playground.ui.components import Colour
from playground.ui.components.pad import KnownRows, Space, carry_rows, pad
from playground.ui.data_space import axis_names
from playground.ui.drawing import drawing
from playground.ui.held_out import HeldOut, held_out, version

MOST_TRAINING = 4000  # training rows that the browser knows
MOST_BYTES = 3_000_000  # of their pictures or features
MOST_CODE_BYTES = 1_000_000  # of their codes, and of the held-out rows' codes
FEW = 400  # rows: rather all of these without their features than fewer with them
MOST_SIDE = 32  # pixels of a neighbour's picture
USUAL = 0.99  # of the training codes have another one within the reach: what lies further from all is a hole
MOST_POINTS = 2000  # in the data space
OTHERS = {"sample": "this sample's code", "mean": "the mean code"}
PYTHON = """import numpy as np
from playground.analysis.nearest import Nearest

codes = trainer.best.encode(train)
point = np.array([[{point}]], dtype=np.float32)  # where the cross is
print(dataset.in_words(split.scaler.undo(trainer.best.decode(point))))
print(Nearest(codes).of(point))  # the nearest training code, and how far it is
print(np.quantile(Nearest(codes).of_each_other()[1], 0.99))  # beyond that from every training code is a hole
"""


@dataclass(frozen=True, eq=False)
class _Known:
    """What is sent of a run, what it was drawn from, and where the mean code is."""

    rows: KnownRows
    n_train: int
    mean: FloatArray


def show(run: Run, network: str | None) -> None:
    """Draws the pad; call it outside of every fragment.

    Args:
        run: a finished one.
        network: key of the network that the page carries, None where it is too large for a browser.
    """
    st.subheader("Decode any point")
    with messages.shown():
        known = _known(str(run.folder), version(run), run)
        carry_rows(key="pad_rows", rows=known.rows)
        _pad(run, network)


@st.fragment
@messages.shown()
def _pad(run: Run, network: str | None) -> None:
    held = held_out(run)
    known = _known(str(run.folder), version(run), run)
    sample, m = picked.sample(run.id, len(held.z)), run.spec.latent_dim
    section = st.container(key="pad_section")  # on a phone the pad comes before the choices: see the frame's style
    with section.container(horizontal=True, vertical_alignment="bottom", key="pad_choices"):
        colour = codes.choose_colour(run)
        units = codes.choose_units(m)
        others = _choose_others(run, held, known, units, sample) if m > len(_shown(units)) else "sample"
    n = len(known.rows.held)
    point = codes.point(run, start=held.z[sample])
    fallback = {} if network else {"look": looks.look(run), "decoded": run.codec().decode(point[None])[0]}
    with section:
        told = pad(
            key="pad",
            n=n,
            m=m,
            rows_key=known.rows.key,
            run=run.id,
            network=network,
            units=units,
            names=[codes.unit_name(unit) for unit in range(m)],
            point=point,
            kind=kind_of(run.dataset),
            colour=Colour(colour.name, colour.values[:n], colour.levels),
            selected=sample if sample < n else None,
            space=_space(run, held),
            height=200 if units[1] is None else 400,
            **fallback,
        )
    if told.point is not None:
        picked.pick(run.id, told.point)
        codes.move_to(run, _at_sample(held.z[told.point], known.mean, units, others))
        st.rerun()
    if told.z is not None:
        codes.move_to(run, told.z)
        if network is None:
            st.rerun(scope="fragment")  # what the server makes of it
        point = told.z
    st.caption(messages.plain(" ".join(_said(run, known, held, network, units))))
    reproduce.panel(run, PYTHON.format(point=", ".join(f"{value:.6g}" for value in point)), key="reproduce_pad")


def _choose_others(run: Run, held: HeldOut, known: _Known, units: tuple[int, int | None], sample: int) -> str:
    """Draws the choice where the units that the map does not show are; moves the point when it changes."""
    state.keep("pad_others", OTHERS, "sample")

    def moved() -> None:
        now = codes.point(run, start=held.z[sample])
        there = held.z[sample] if state.got("pad_others") == "sample" else known.mean
        codes.move_to(run, _with(there, now, units))

    now = OTHERS[str(state.got("pad_others"))]
    chosen = st.selectbox(
        "Other units",
        list(OTHERS),
        key="pad_others",
        format_func=OTHERS.__getitem__,
        on_change=moved,
        width=190,
        help=f"Where the {count(run.spec.latent_dim - len(_shown(units)))} units that the map does not show are put: "
        f"to the code of sample {sample + 1}, or to the mean of the training codes. Now {now}, unless they were moved "
        "by hand since.",
    )
    return str(chosen)


def _shown(units: tuple[int, int | None]) -> list[int]:
    return [unit for unit in units if unit is not None]


def _with(z: FloatArray, shown: FloatArray, units: tuple[int, int | None]) -> FloatArray:
    """`z` with the units on show of another point."""
    both = z.copy()
    both[_shown(units)] = shown[_shown(units)]
    return both


def _at_sample(z: FloatArray, mean: FloatArray, units: tuple[int, int | None], others: str) -> FloatArray:
    return z if others == "sample" else _with(mean, z, units)


def _said(run: Run, known: _Known, held: HeldOut, network: str | None, units: tuple[int, int | None]) -> list[str]:
    rows = known.rows
    said = [
        f"Points: {_of(len(rows.held), len(held.z), 'held-out rows')}. Shaded: holes, further than {three(rows.reach)} "
        f"from each of {_of(len(rows.train), known.n_train, 'training codes')}; {100 * USUAL:.0f} % of these have "
        "another one nearer than that."
    ]
    if run.spec.latent_dim > len(_shown(units)):
        said.append("Distances count all units of the code, also those that the map does not show.")
    if run.spec.model == "vae":
        said.append("This autoencoder is variational: its training spreads each code and pulls all towards N(0, I).")
    if network is None:
        said.append(f"{carried.why_not(run)} Let go of the point, and the server decodes it.")
    return said


def _of(some: int, all_of_them: int, what: str) -> str:
    if some == all_of_them:
        return f"all {count(some)} {what}"
    return f"{count(some)} of the {count(all_of_them)} {what}, drawn by chance"


@st.cache_resource(max_entries=4, show_spinner=False)
def _known(folder: str, changed: int, _run: Run) -> _Known:
    train, held = coded(_run, "train"), held_out(_run)
    m, n_train = train.z.shape[1], len(train.z)
    most = min(MOST_TRAINING, max(2, MOST_CODE_BYTES // (4 * m)))
    pictures = drawing(_run).pixels(train.x[:1])
    side = 1 if pictures is None else -(-max(pictures.shape[1:3]) // MOST_SIDE)
    each = 2 * train.x.shape[1] if pictures is None else pictures[:, ::side, ::side].nbytes
    has_features = pictures is not None or MOST_BYTES // each >= min(FEW, n_train)
    k = min(n_train, most, max(2, MOST_BYTES // each) if has_features else most)
    places = np.sort(np.random.default_rng(0).permutation(n_train)[:k])
    x, z = train.x[places], train.z[places]
    drawn = drawing(_run).pixels(x) if pictures is not None else None
    reach = float(np.quantile(Nearest(z).of_each_other()[1], USUAL)) if k > 1 else 0.0
    rows = KnownRows(
        key=f"{_run.id}-{changed}",
        held=held.z[:most],
        train=z,
        numbers=train.rows[places],
        words=[" · ".join(drawing(_run).known(row)) for row in train.rows[places]],
        reach=reach,
        pictures=None if drawn is None else drawn[:, ::side, ::side],
        features=x if drawn is None and has_features else None,
    )
    return _Known(rows, n_train, train.z.mean(axis=0))


def _space(run: Run, held: HeldOut) -> Space | None:
    """The curve or surface through the data space, for points of two or three numbers."""
    m = run.spec.latent_dim
    if kind_of(run.dataset) != "points" or m > 2:
        return None
    latent = run.codec().decode(latent_points(held.z, fine=True))
    names = axis_names(run)
    shape = latent_shape(m, fine=True)
    return Space(held.x[:MOST_POINTS], names, latent, shape, held.x[:8], held.x_hat[:8])
