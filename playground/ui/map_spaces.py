"""What is mapped: units of the code, the principal components of it, or of what any layer gives to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.data.dataset import FloatArray
from playground.figures.numbers import count, percent
from playground.models.pca import PCA
from playground.models.sizes import layer_names
from playground.runs.run import Run
from playground.ui import messages, state
from playground.ui.codes import unit_name
from playground.ui.held_out import version
from playground.ui.map_rows import MOST_ROWS, ROWS_AT_ONCE, Mapped

AXES = 3
MOST_FITTED = 2000  # training rows that a layer's principal components are computed from
SEED = 0
UNITS, COMPONENTS = "units", "components"
WAYS = {2: "2-D", 3: "3-D"}


@dataclass(frozen=True, eq=False)
class Space:
    """Where the rows lie.

    Attributes:
        name: what is mapped, for keys and captions; another one is another map.
        places: coordinates (n, 1 to 3).
        labels: one per axis.
        said: how the axes were made, a sentence or "".
    """

    name: str
    places: FloatArray
    labels: list[str]
    said: str


@dataclass(frozen=True, eq=False)
class Components:
    """Rows along the first principal components of something.

    Attributes:
        places: (n, up to 3).
        shares: of the variance of the rows that were fitted, one per component.
        n_fitted: how many these were; 0 where there were so few units that they are axes themselves.
    """

    places: FloatArray
    shares: NDArray[np.float64]
    n_fitted: int


def choose_space(run: Run, rows: Mapped) -> Space:
    """Draws the choices of what is mapped, and of the axes; gives the rows in it."""
    m = run.spec.latent_dim
    offered = spaces(run)
    state.keep("map_space", offered, UNITS)
    now = offered[str(state.got("map_space"))]
    chosen = st.selectbox(
        "Map",
        list(offered),
        key="map_space",
        format_func=offered.__getitem__,
        width=230,
        help="What the axes are: units of the code, the code's principal components where it has more than three "
        f"units, or what another layer gives to the next. Now {messages.plain(now)}.",
    )
    space = str(chosen or UNITS)
    width = m if space in (UNITS, COMPONENTS) else _layers(run)[int(space)]
    n_axes = _choose_axes(width) if width > 2 else width
    if space == UNITS:
        units = _choose_units(m, n_axes) if m > n_axes else list(range(m))
        names = [unit_name(unit) for unit in units]
        return Space(f"units {units}", rows.z[:, units], names, "")
    found = components(run, rows, space)
    return _along(space, offered[space], found, n_axes)


def spaces(run: Run) -> dict[str, str]:
    """What can be mapped: the key of each, and its name."""
    offered = {UNITS: "units of the code"}
    if run.spec.latent_dim > AXES:
        offered[COMPONENTS] = "principal components of the code"
    units = _layers(run)
    code = len(units) // 2
    names = layer_names(run.spec, run.dataset.width, run.dataset.grid) or tuple(map(count, units))
    for layer, name in enumerate(names):
        if layer == code:
            continue
        if layer in (0, len(units) - 1):
            offered[str(layer)] = f"{'input' if layer == 0 else 'reconstruction'} ({name})"
        else:
            side = f"encoder {layer}" if layer < code else f"decoder {layer - code}"
            offered[str(layer)] = f"{side} ({name} units)"
    return offered


def components(run: Run, rows: Mapped, space: str) -> Components:
    """The rows on the map along the principal components of `space`, a key of `spaces`; fitted on training rows."""
    return _components(str(run.folder), version(run), rows.part, space, run, rows)


def _layers(run: Run) -> tuple[int, ...]:
    return run.spec.layers(run.dataset.width, run.dataset.grid)


def _choose_axes(width: int) -> int:
    state.keep("map_axes", WAYS, 2)
    now = WAYS[int(str(state.got("map_axes")))]
    chosen = st.segmented_control(
        "Axes",
        list(WAYS),
        key="map_axes",
        format_func=WAYS.__getitem__,
        required=True,
        help=f"A flat map, or one in three dimensions that can be turned; there are {count(width)} units. Now {now}.",
    )
    return int(chosen or 2)


def _choose_units(m: int, n_axes: int) -> list[int]:
    chosen: list[int] = []
    room = st.container(horizontal=True, width="content")
    for place, label in zip(range(n_axes), ("Across", "Up", "Deep"), strict=False):
        key = f"map_unit_{place + 1}"
        state.keep(key, range(m), place)
        now = unit_name(int(str(state.got(key))))
        say = f"Which of the {m} units of the code is this axis. Now {now}."
        chosen.append(room.selectbox(label, range(m), key=key, format_func=unit_name, help=say, width=84))
    return chosen


def _along(space: str, name: str, found: Components, n_axes: int) -> Space:
    n_axes = min(n_axes, found.places.shape[1])
    places = found.places[:, :n_axes]
    if not found.n_fitted:
        return Space(space, places, [f"unit {i + 1}" for i in range(n_axes)], f"The units of: {name}.")
    shares = [percent(float(share)) for share in found.shares[:n_axes]]
    labels = [f"component {i + 1} ({share})" for i, share in enumerate(shares)]
    of = name.removeprefix("principal components of the ")
    said = (
        f"The axes are the first {n_axes} principal components of the {of}, "
        f"fitted on {count(found.n_fitted)} training rows; they hold {percent(float(found.shares[:n_axes].sum()))} of "
        "its variance."
    )
    return Space(space, places, labels, said)


@st.cache_resource(max_entries=16, show_spinner="The layer's principal components …")
def _components(folder: str, changed: int, part: str, space: str, _run: Run, _rows: Mapped) -> Components:
    def values(rows: NDArray[np.int64]) -> FloatArray:
        x = _run.split.x[rows]
        if space == COMPONENTS:
            return codec.encode(x)
        from playground.models.activity import activations  # a title need not wait for torch

        return activations(codec, x, int(space))

    codec, train = _run.codec(), _run.split.train_rows
    rng = np.random.default_rng(SEED)
    fitted = train if len(train) <= MOST_FITTED else rng.choice(train, MOST_FITTED, replace=False)
    known = values(fitted)
    if known.shape[1] <= AXES:
        return Components(values(_rows.rows), np.zeros(0), 0)
    pca = PCA.fit(known, min(AXES, *known.shape))
    # A convolution's layer of all rows at once would need much memory.
    starts = range(0, min(len(_rows.rows), MOST_ROWS), ROWS_AT_ONCE)
    places = np.concatenate([pca.encode(values(_rows.rows[start : start + ROWS_AT_ONCE])) for start in starts])
    return Components(places, pca.explained_variance_ratio, len(fitted))
