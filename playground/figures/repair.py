"""How well corrupted rows are brought back: the error against the clean ones, by the strength of the corruption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import three
from playground.figures.plot import GRID, lay_out, legend_above, plain

HEIGHT = 380
ROOM = 1.6  # of the largest error of a repair


@dataclass(frozen=True)
class LineLook:
    """One line: what it is called, its colour, how it is dashed, and the shape of its points."""

    title: str
    colour: str
    dash: str = "solid"
    symbol: str = "circle"


LOOKS: dict[str, LineLook] = {
    "given": LineLook("corrupted, as it is", palette.MEAN, "dot", "x"),
    "pca": LineLook("PCA", palette.PCA, symbol="square"),
    "autoencoder": LineLook("this autoencoder", palette.ENCODER),
    "twin": LineLook("denoising autoencoder", palette.DECODER, "dash", "diamond"),
}


def error_against_strength(
    strengths: NDArray[np.float64],
    error: Mapping[str, NDArray[np.float64]],
    low: Mapping[str, NDArray[np.float64]],
    high: Mapping[str, NDArray[np.float64]],
    looks: Mapping[str, LineLook],
    unit: str,
) -> go.Figure:
    """The lines, each in its 95 % interval.

    Args:
        strengths: (k,).
        error, low, high: by name (k,).
        looks: of the lines that are drawn, by name, in the order of the legend.
        unit: of the errors.

    Raises:
        ValueError: a line without errors, or of another length.
    """
    for name in looks:
        if name not in error or not len(error[name]) == len(low[name]) == len(high[name]) == len(strengths):
            raise ValueError(f"'{name}' needs an error with its interval at each of {len(strengths)} strengths")
    figure = go.Figure()
    for name, look in looks.items():
        figure.add_scatter(
            x=np.concatenate([strengths, strengths[::-1]]),
            y=np.concatenate([high[name], low[name][::-1]]),
            fill="toself",
            fillcolor=palette.translucent(look.colour, 0.16),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            legendgroup=name,
        )
    for name, look in looks.items():
        ends = [f"{three(a)} to {three(b)}" for a, b in zip(low[name], high[name], strict=True)]
        figure.add_scatter(
            x=strengths,
            y=error[name],
            mode="lines+markers",
            name=plain(look.title),
            legendgroup=name,
            line={"color": look.colour, "width": 2.2, "dash": look.dash},
            marker={"symbol": look.symbol, "size": 7, "color": look.colour},
            customdata=[(three(value), between) for value, between in zip(error[name], ends, strict=True)],
            hovertemplate=f"<b>{plain(look.title)}</b><br>strength %{{x:.1f}}: %{{customdata[0]}}"
            "<br>95 % interval %{customdata[1]}<extra></extra>",
        )
    lay_out(figure, HEIGHT)
    legend_above(figure)
    figure.update_layout(dragmode=False, hovermode="closest")
    figure.update_xaxes(title={"text": "strength of the corruption"}, gridcolor=GRID, zeroline=False, fixedrange=True)
    figure.update_yaxes(title={"text": plain(unit)}, gridcolor=GRID, automargin=True, fixedrange=True)
    figure.update_yaxes(range=[0, _highest(error, high, looks)], zeroline=True, zerolinecolor=GRID)
    return figure


def _highest(
    error: Mapping[str, NDArray[np.float64]], high: Mapping[str, NDArray[np.float64]], looks: Mapping[str, LineLook]
) -> float:
    """The upper end of the errors' axis: the corrupted rows may leave the plot, so that the repairs stay apart."""
    everything = max(float(np.max(high[name])) for name in looks)
    repairs = [float(np.max(error[name])) for name in looks if name != "given"]
    return 1.05 * min(everything, ROOM * max(repairs)) if repairs and max(repairs) > 0 else 1.05 * everything or 1.0
