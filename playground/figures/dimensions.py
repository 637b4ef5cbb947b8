"""The estimated number of dimensions against the scale that it is looked at on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from playground.figures import palette
from playground.figures.numbers import count, three
from playground.figures.plot import GRID, lay_out, legend_above, plain


@dataclass(frozen=True)
class Scales:
    """One line of the figure: estimates from the finest scale to the coarsest.

    Attributes:
        name: what was looked at.
        colour: from the palette.
        symbol: of its points, Plotly's name: the second sign beside the colour.
        n_points: among which neighbours were looked for, at every scale.
        values, low, high: the estimates and the ends of their intervals.
    """

    name: str
    colour: str
    symbol: str
    n_points: Sequence[int]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def dimensions(lines: Sequence[Scales], known: int | None = None) -> go.Figure:
    """Estimates with their intervals, finest scale (most points) on the left; the known number as a dashed line."""
    figure = go.Figure()
    for line in lines:
        figure.add_scatter(
            name=plain(line.name),
            x=list(line.n_points),
            y=list(line.values),
            mode="lines+markers",
            line={"color": line.colour, "width": 2},
            marker={"color": line.colour, "symbol": line.symbol, "size": 8},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - value for high, value in zip(line.high, line.values, strict=True)],
                "arrayminus": [value - low for low, value in zip(line.low, line.values, strict=True)],
                "color": palette.translucent(line.colour, 0.6),
                "thickness": 1.5,
                "width": 3,
            },
            customdata=[
                (three(value), three(low), three(high), count(n))
                for value, low, high, n in zip(line.values, line.low, line.high, line.n_points, strict=True)
            ],
            hovertemplate="<b>%{customdata[0]}</b> (%{customdata[1]} to %{customdata[2]})"
            "<br>among %{customdata[3]} points",
        )
    if known is not None:
        figure.add_hline(
            y=known, line={"color": palette.MEAN, "dash": "dash", "width": 1.5}, annotation_text=f"known: {known}"
        )
    lay_out(figure, 260)
    legend_above(figure)
    ticks = sorted({n for line in lines for n in line.n_points})
    figure.update_xaxes(
        title={"text": "points compared: fine to coarse"},
        type="log",
        autorange="reversed",
        tickvals=ticks,
        ticktext=[count(n) for n in ticks],
        gridcolor=GRID,
        fixedrange=True,
    )
    figure.update_yaxes(
        title={"text": "dimensions"}, rangemode="tozero", gridcolor=GRID, zeroline=False, fixedrange=True
    )
    return figure
