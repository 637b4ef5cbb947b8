"""A data set at a glance: pictures for images, a cloud for points, a table for everything else."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from playground.data.dataset import Dataset, OwnArray
from playground.figures import markup, palette
from playground.figures.numbers import count
from playground.figures.pictures import data_uri, image_png, tile, to_uint8

N_PICTURES = 40
N_ROWS = 200
N_WAVES = 6


def preview(dataset: Dataset) -> None:
    """Draws the first samples of a data set."""
    if dataset.image_shape is not None:
        _pictures(dataset)
    if dataset.kind == "points" and dataset.n_features == 3:
        st.plotly_chart(_cloud(dataset), key="cloud")
    if dataset.kind == "series":
        _waves(dataset)
    elif dataset.image_shape is None:
        _table(dataset)


def width_help(dataset: Dataset) -> str:
    """Why a model sees more features than there are columns; what a feature is where it does not."""
    if dataset.width == dataset.n_features:
        return "Numbers per sample: what goes in, and what should come out."
    flags = f" {count(dataset.n_flags)} more inputs say where a cell is missing." if dataset.n_flags else ""
    return (
        "A number is one feature, a category one per level, a date its day and cycles: "
        f"{count(dataset.n_features)} columns become {count(dataset.width)} features.{flags}"
    )


def _pictures(dataset: Dataset) -> None:
    low, high = dataset.value_range or (float(dataset.x.min()), float(dataset.x.max()))
    # Evenly spread: what comes from folders stands folder by folder.
    some = np.linspace(0, dataset.n_samples - 1, min(N_PICTURES, dataset.n_samples)).astype(int)
    pixels = to_uint8(dataset.as_images(dataset.x[some]), low, high)
    scale = max(1, 90 // pixels.shape[2])
    uri = data_uri(image_png(tile(pixels, columns=10), scale))
    st.html(
        f'<img src="{uri}" alt="{len(pixels)} of the samples" '
        'style="width:100%;max-width:640px;image-rendering:pixelated;border-radius:8px">'
    )


def _waves(dataset: Dataset) -> None:
    """A few samples as lines, one of every class where there are classes."""
    if dataset.labels is None:
        chosen = {f"sample {place + 1}": place for place in range(N_WAVES)}
    else:
        levels, places = np.unique(dataset.labels, return_index=True)
        chosen = dict(zip(levels.tolist(), places.tolist(), strict=True))
    lines = [
        (str(name), dataset.x[place], palette.CLASSES[i % len(palette.CLASSES)])
        for i, (name, place) in enumerate(list(chosen.items())[:N_WAVES])
    ]
    unit = dataset.units[0] if dataset.units else ""
    st.markdown(markup.waves(lines, unit, height=260), unsafe_allow_html=True)  # names are escaped there


def _cloud(dataset: Dataset) -> go.Figure:
    """The points in space: a colour per class, or along the first known factor."""
    name, column = next(iter(dataset.colours.items()), ("samples", np.zeros(dataset.n_samples, np.float32)))
    figure = go.Figure()
    if column.dtype.kind == "U":
        for place, level in enumerate(np.unique(column).tolist()):
            colour = palette.CLASSES[place % len(palette.CLASSES)]
            figure.add_trace(_points(dataset.x[column == level], escape(level), {"size": 2.5, "color": colour}))
    else:
        marker = {"size": 2.5, "color": column.tolist(), "colorscale": list(palette.SEQUENTIAL)}
        figure.add_trace(_points(dataset.x, escape(name), marker))
    titles = dict(zip(("xaxis", "yaxis", "zaxis"), map(escape, dataset.feature_names), strict=True))
    scene = {axis: {"title": {"text": title}} for axis, title in titles.items()}
    legend = {"orientation": "h", "itemsizing": "constant", "y": 1}
    margin = {"l": 0, "r": 0, "t": 0, "b": 30}
    return figure.update_layout(height=440, margin=margin, scene=scene, legend=legend)


def _points(x: OwnArray, name: str, marker: dict[str, object]) -> go.Scatter3d:
    hover = "(%{x:.3g}, %{y:.3g}, %{z:.3g})<extra></extra>"
    columns = dict(zip("xyz", x.T.tolist(), strict=True))
    return go.Scatter3d(**columns, mode="markers", name=name, marker=marker, hovertemplate=hover)


def _table(dataset: Dataset) -> None:
    shown = {name: dataset.shown(place, dataset.x[:N_ROWS]) for place, name in enumerate(dataset.feature_names)}
    coloured = {name: column[:N_ROWS] for name, column in dataset.colours.items() if name not in shown}
    st.dataframe(pd.DataFrame(coloured | shown), height=300, key="rows")
    if dataset.n_samples > N_ROWS:
        st.caption(f"The first {N_ROWS} rows.")
