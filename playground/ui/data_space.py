"""The data themselves, in two or three of their columns, with what PCA and the autoencoder have learnt through them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.analysis.latent_grid import latent_points, latent_shape
from playground.data.dataset import FloatArray, OwnArray
from playground.figures.data_space import Learnt, data_space
from playground.figures.numbers import count
from playground.models.codec import Codec
from playground.runs.run import Run
from playground.ui import messages, state
from playground.ui.drawing import CODECS
from playground.ui.held_out import held_out

MOST_POINTS = 4000
MOST_SEGMENTS = 200
MOST_OFFERED = 1000  # columns to choose from
FEW = 3  # columns: all of them are drawn to begin with
WHOSE = {"autoencoder": "this autoencoder", "pca": "PCA", "none": "nobody"}


@st.fragment
def show(run: Run) -> None:
    """Draws the test rows in columns that the visitor chooses; says so where the data have none to choose."""
    st.subheader("In the space of the data")
    with messages.shown():
        places = offered(run)
        if not places:
            st.info(_why_not(run), icon=":material/info:")
            return
        chosen, whose = _choose(run, places)
        if len(chosen) < 2:
            st.info("Choose two or three columns to see the rows in them.", icon=":material/info:")
            return
        _draw(run, chosen, whose)


def offered(run: Run) -> list[int]:
    """The places of the columns that can be axes: numbers; none where there are fewer than two, or for images."""
    dataset = run.dataset
    if dataset.image_shape is not None:
        return []
    numbers = [place for place, column in enumerate(dataset.columns) if column.type == "number"]
    places = (numbers if dataset.columns else list(range(dataset.n_features)))[:MOST_OFFERED]
    return places if len(places) >= 2 else []


def first_choice(run: Run, places: Sequence[int]) -> list[int]:
    """All columns where there are two or three; else the two in which PCA's first components reach farthest."""
    if len(places) <= FEW:
        return list(places)
    pca, own = run.pca(), run.split.scaler.undo
    spread = np.sqrt(np.maximum(pca.explained_variance, 0))[:, None].astype(np.float32)
    # One standard deviation along every component, seen in the visitor's columns, on the scale of each column.
    moved = own(pca.mean + spread * pca.components) - own(pca.mean[None])
    x = run.dataset.x[run.split.train_rows]
    size = np.nanstd(x, axis=0)
    reach = np.abs(np.nan_to_num(moved / np.where(size > 0, size, np.inf))).max(axis=0)
    return sorted(sorted(places, key=lambda place: -float(reach[place]))[:2])


def axis_names(run: Run) -> list[str]:
    """Every column with its unit."""
    dataset = run.dataset
    units = tuple(c.unit for c in dataset.columns) or dataset.units or ("",) * dataset.n_features
    return [f"{name} ({unit})" if unit else name for name, unit in zip(dataset.feature_names, units, strict=True)]


def learnt(codec: Codec, z: FloatArray, own_x_hat: OwnArray, run: Run) -> tuple[OwnArray, tuple[int, int] | None]:
    """What a codec can reconstruct, in own units (…, n_columns): a curve, a surface, or where m > 2 reconstructions.

    Args:
        codec: of the run.
        z, own_x_hat: codes and reconstructions of the test rows.
        run: whose scaling leads back to own units.
    """
    m = z.shape[1]
    if m not in (1, 2):
        return own_x_hat, None
    points = codec.decode(latent_points(z, fine=True))
    return run.split.scaler.undo(points), latent_shape(m, fine=True)


def _choose(run: Run, places: Sequence[int]) -> tuple[list[int], str]:
    names = axis_names(run)
    key = "data_space_columns"
    if state.is_new("data_space", run.id) or state.got(key) is None:
        state.put({key: first_choice(run, places)}, only_missing=False)
    kept = [place for place in _numbers(state.got(key)) if place in places]
    state.put({key: kept}, only_missing=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "Columns",
            places,
            key=key,
            format_func=lambda place: names[place],
            max_selections=3,
            help="Two columns for a plane, three for a space that turns under the mouse; now "
            f"{messages.plain(', '.join(names[place] for place in kept) or 'none')}.",
        )
        whose = st.segmented_control(
            "Errors of",
            list(WHOSE),
            key="data_space_errors",
            default="autoencoder",
            format_func=WHOSE.__getitem__,
            required=True,
            help="Draws a segment from each row to its reconstruction by the one chosen, as far as it shows in these "
            f"columns, for at most {MOST_SEGMENTS} rows.",
        )
    return list(chosen), str(whose or "autoencoder")


def _draw(run: Run, chosen: list[int], whose: str) -> None:
    held = {name: held_out(run, name) for name in ("pca", "autoencoder")}
    own_x = run.dataset.x[held["autoencoder"].rows]
    own_x_hat = {name: run.split.scaler.undo(each.x_hat) for name, each in held.items()}
    codecs: dict[str, Codec] = {"pca": run.pca(), "autoencoder": run.codec()}
    fills = held["pca"].z.shape[1] >= run.split.n_features
    drawn = []
    for name, codec in codecs.items():
        if name == "pca" and fills:
            continue  # there is no space left that it could not reach
        points, shape = learnt(codec, held[name].z, own_x_hat[name], run)
        drawn.append(Learnt(CODECS[name][0], CODECS[name][1], points[:MOST_POINTS, chosen], shape))
    errors = None
    if whose in held:
        part = slice(0, MOST_SEGMENTS)
        errors = own_x[part, chosen], own_x_hat[whose][part, chosen], CODECS[whose][1]
    names = [axis_names(run)[place] for place in chosen]
    figure = data_space(own_x[:MOST_POINTS, chosen], names, drawn, errors)
    st.plotly_chart(figure, key="data_space", config={"displaylogo": False})
    st.caption(messages.plain(" ".join(_said(run, len(own_x), whose, fills))))


def _said(run: Run, n: int, whose: str, fills: bool) -> list[str]:
    m, width = run.spec.latent_dim, run.split.n_features
    said = [f"Grey: {_of(min(n, MOST_POINTS), n)} test rows, in your own units."]
    if m == 1:
        said.append("Lines: what PCA and the autoencoder can reconstruct, over the central 98 % of the test codes.")
    elif m == 2:
        said.append("Wires: the surfaces that PCA and the autoencoder can reconstruct, over the central 98 % of codes.")
    else:
        said.append(f"Coloured points: the reconstructions, for with m = {count(m)} units there is no surface to draw.")
    if fills:
        said.append("PCA with as many components as there are features reaches everything: it is left out.")
    if width > 3:
        said.append("The other columns are not seen here: a segment shows only the part of the error in these.")
    if whose in ("pca", "autoencoder"):
        said.append(f"Segments: the errors of {WHOSE[whose]} on {_of(min(n, MOST_SEGMENTS), n)} rows.")
    if run.dataset.columns and not all(column.type == "number" for column in run.dataset.columns):
        said.append("Only columns of numbers can be axes.")
    if run.dataset.n_features > MOST_OFFERED:
        said.append(f"The first {count(MOST_OFFERED)} columns can be chosen.")
    return said


def _of(shown: int, n: int) -> str:
    return f"all {count(n)}" if shown == n else f"the first {count(shown)} of {count(n)}"


def _why_not(run: Run) -> str:
    if run.dataset.image_shape is not None:
        return (
            f"A picture of {count(run.dataset.n_features)} pixels is a point in as many dimensions, and two or three "
            "pixels of it show nothing: this figure is for tables, series and points."
        )
    return "These data have fewer than two columns of numbers, so there are no axes to draw them in."


def _numbers(value: object) -> list[int]:
    return [int(each) for each in value] if isinstance(value, list | tuple) else []
