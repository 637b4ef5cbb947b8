"""A data set at a glance: pictures for images, a cloud for points, a table for everything else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from playground.data.dataset import Dataset
from playground.figures import palette
from playground.figures.pictures import data_uri, image_png, tile, to_uint8

N_PICTURES = 40
N_ROWS = 200


def preview(dataset: Dataset) -> None:
    """Draws the first samples of a data set."""
    if dataset.image_shape is not None:
        _pictures(dataset)
    elif dataset.kind == "points" and dataset.n_features == 3:
        st.plotly_chart(_cloud(dataset), key="cloud")
    else:
        _table(dataset)


def _pictures(dataset: Dataset) -> None:
    low, high = dataset.value_range or (float(dataset.x.min()), float(dataset.x.max()))
    pixels = to_uint8(dataset.as_images(dataset.x[:N_PICTURES]), low, high)
    scale = max(1, 90 // pixels.shape[2])
    uri = data_uri(image_png(tile(pixels, columns=10), scale))
    st.html(
        f'<img src="{uri}" alt="The first {N_PICTURES} samples" '
        'style="width:100%;max-width:640px;image-rendering:pixelated;border-radius:8px">'
    )


def _cloud(dataset: Dataset) -> go.Figure:
    colours = next(iter(dataset.colours.values()), None)
    codes = None if colours is None else np.unique(colours, return_inverse=True)[1].tolist()
    x, y, z = dataset.x.T.tolist()
    points = go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="markers",
        marker={"size": 2.5, "color": codes or palette.MEAN, "colorscale": list(palette.SEQUENTIAL)},
        hovertemplate="(%{x:.3g}, %{y:.3g}, %{z:.3g})<extra></extra>",
    )
    titles = dict(zip(("xaxis", "yaxis", "zaxis"), dataset.feature_names, strict=True))
    scene = {axis: {"title": {"text": name}} for axis, name in titles.items()}
    return go.Figure(points).update_layout(height=420, margin={"l": 0, "r": 0, "t": 0, "b": 0}, scene=scene)


def _table(dataset: Dataset) -> None:
    columns = {**dataset.colours, **dict(zip(dataset.feature_names, dataset.x.T, strict=True))}
    st.dataframe(pd.DataFrame({name: column[:N_ROWS] for name, column in columns.items()}), height=300, key="rows")
    if dataset.n_samples > N_ROWS:
        st.caption(f"The first {N_ROWS} rows.")
