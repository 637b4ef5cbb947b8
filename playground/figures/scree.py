"""How much of the variance each of PCA's components explains, and how much they explain together."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import percent
from playground.figures.plot import GRID, lay_out


def scree(ratios: NDArray[np.floating[Any]], m: int | None = None) -> go.Figure:
    """A bar per component with its share of the variance, and a line with the share of all up to it.

    Args:
        ratios: `explained_variance_ratio` (k,), the largest first.
        m: the bottleneck, marked where there is such a component.

    Raises:
        ValueError: there is no component.
    """
    if not len(ratios):
        raise ValueError("there is no component to show")
    share = np.asarray(ratios, np.float64)
    places, together = np.arange(1, len(share) + 1), np.cumsum(share)
    colours = [palette.PCA if m is None or place <= m else palette.translucent(palette.PCA, 0.45) for place in places]
    told = [(percent(one), percent(all_)) for one, all_ in zip(share, together, strict=True)]
    hover = "component %{x}: <b>%{customdata[0]}</b><br>up to it: %{customdata[1]}<extra></extra>"
    figure = go.Figure()
    figure.add_bar(
        x=places,
        y=100 * share,
        name="each component",
        marker={"color": colours, "line": {"width": 0}},
        customdata=told,
        hovertemplate=hover,
    )
    figure.add_scatter(
        x=places,
        y=100 * together,
        name="all up to it",
        mode="lines+markers" if len(share) <= 40 else "lines",
        line={"color": palette.PCA, "width": 2},
        marker={"size": 6},
        customdata=told,
        hovertemplate=hover,
    )
    if m is not None and m <= len(share):
        figure.add_vline(x=m, line={"color": palette.BOTTLENECK, "dash": "dash", "width": 2})
        figure.add_annotation(
            x=m, y=1, yref="paper", yanchor="bottom", text=f"m = {m}: {told[m - 1][1]}", showarrow=False
        )
    lay_out(figure, 300, top=26)
    figure.update_layout(
        dragmode=False,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 0.5, "yanchor": "middle", "itemclick": False},
    )
    whole = {"dtick": 1} if len(share) <= 20 else {}
    figure.update_xaxes(
        title={"text": "component"}, automargin=True, showgrid=False, zeroline=False, fixedrange=True, **whole
    )
    figure.update_yaxes(
        title={"text": "share of the variance (%)"},
        automargin=True,
        gridcolor=GRID,
        range=[0, 105],
        zeroline=False,
        fixedrange=True,
    )
    return figure
