"""Bars, drawn with Plotly: the comparison, one code, one row, and where one error stands among all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import three

FloatArray = NDArray[np.floating[Any]]
CLEAR = "rgba(0,0,0,0)"


def comparison_bars(
    names: Sequence[str],
    errors: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    colours: Sequence[str],
    unit: str,
) -> go.Figure:
    """Errors as horizontal bars with their 95 % intervals; the first name on top."""
    bars = go.Bar(
        x=list(errors),
        y=list(names),
        orientation="h",
        marker_color=list(colours),
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [max(top - error, 0) for error, top in zip(errors, high, strict=True)],
            "arrayminus": [max(error - bottom, 0) for error, bottom in zip(errors, low, strict=True)],
            "color": "#77798a",
            "thickness": 1.5,
        },
        customdata=[f"{three(e)} [{three(a)}, {three(b)}]" for e, a, b in zip(errors, low, high, strict=True)],
        text=[three(error) for error in errors],
        textposition="inside",
        insidetextanchor="start",
        insidetextfont={"color": "#fff"},
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )
    return _framed(go.Figure(bars), height=70 + 44 * len(names), x_title=unit)


def code_bars(z: FloatArray, low: FloatArray, high: FloatArray) -> go.Figure:
    """One code (m,) as a bar per unit, on the range of the held-out codes (m,) each as a pale band."""
    units = [f"z{unit + 1}" for unit in range(len(z))]
    band = go.Bar(
        x=(high - low).tolist(),
        base=low.tolist(),
        y=units,
        orientation="h",
        marker_color="rgba(139,143,153,.25)",
        hovertemplate="held-out codes from %{base:.3g}<extra></extra>",
    )
    value = go.Bar(
        x=z.tolist(),
        y=units,
        orientation="h",
        width=0.45,
        marker_color=palette.BOTTLENECK,
        hovertemplate="%{y} = %{x:.3g}<extra></extra>",
    )
    figure = go.Figure([band, value]).update_layout(barmode="overlay")
    return _framed(figure, height=70 + min(28, 1400 // max(len(z), 1)) * len(z), x_title="value of the unit")


def feature_bars(
    names: Sequence[str],
    scaled: tuple[FloatArray, FloatArray],
    own: tuple[Sequence[str], Sequence[str]],
    most: int = 20,
) -> tuple[go.Figure, int]:
    """A row and its reconstruction, feature by feature, the largest error on top; and how many features are not shown.

    Args:
        names: of the features, (n_features,).
        scaled: original and reconstruction in scaled units, (n_features,) each, for the axis.
        own: the same two in the visitor's own units, as text, for the hover.
        most: how many features are shown at the most.
    """
    x, x_hat = scaled
    shown = np.argsort(-np.abs(x - x_hat), kind="stable")[:most]
    labels = [names[k] for k in shown]
    lines = go.Scatter(
        x=[value for k in shown for value in (float(x[k]), float(x_hat[k]), None)],
        y=[value for label in labels for value in (label, label, None)],
        mode="lines",
        line={"color": "rgba(139,143,153,.6)", "width": 3},
        hoverinfo="skip",
        showlegend=False,
    )
    points = [
        go.Scatter(
            x=values[shown].tolist(),
            y=labels,
            mode="markers",
            name=name,
            marker={"color": colour, "size": 11, "symbol": symbol},
            customdata=[texts[k] for k in shown],
            hovertemplate=f"%{{y}}, {name}: %{{customdata}}<extra></extra>",
        )
        for name, values, texts, colour, symbol in (
            ("original", x, own[0], palette.MEAN, "circle"),
            ("reconstruction", x_hat, own[1], palette.DECODER, "diamond"),
        )
    ]
    figure = _framed(go.Figure([lines, *points]), height=110 + 26 * len(labels), x_title="scaled value")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0})
    return figure, len(names) - len(shown)


def error_histogram(errors: FloatArray, marked: float, unit: str) -> go.Figure:
    """How the errors of all samples spread, with one of them marked."""
    bars = go.Histogram(
        x=errors.tolist(), nbinsx=40, marker_color=palette.MEAN, hovertemplate="%{y} samples at %{x}<extra></extra>"
    )
    figure = _framed(go.Figure(bars), height=220, x_title=unit)
    figure.add_vline(x=marked, line={"color": palette.ENCODER, "width": 3})
    figure.add_annotation(x=marked, y=1.0, yref="paper", yanchor="bottom", text="this sample", showarrow=False)
    return figure.update_yaxes(title_text="samples", autorange=True)


def _framed(figure: go.Figure, *, height: int, x_title: str) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 16, "t": 24, "b": 8},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        showlegend=False,
        bargap=0.3,
    )
    figure.update_xaxes(title_text=x_title, automargin=True, zerolinecolor="rgba(139,143,153,.6)")
    return figure.update_yaxes(automargin=True, autorange="reversed")
