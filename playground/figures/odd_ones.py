"""Odd ones out: errors of normal and odd rows with the threshold between them, and the two curves of a score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import count, percent, three
from playground.figures.plot import GRID, ZERO, lay_out, legend_above, plain

Numbers = Sequence[float] | NDArray[np.floating[Any]]

MOST_BINS = 48
HEADROOM = 1.2  # over the tallest bar, for the words at the threshold
WIDE = 30.0  # times: from there on the axis of errors is logarithmic
MOST_POINTS = 400  # of a curve
DASH = {palette.PCA: "dash", palette.MEAN: "dot"}  # the second sign beside the colour


def split_histogram(errors: Numbers, threshold: float, unit: str, parts: Sequence[tuple[str, Any, str]]) -> go.Figure:
    """How many rows have which error, by part, standing on each other, with the threshold as a line.

    Args:
        errors: one per row, finite.
        threshold: rows with at least this error are flagged.
        unit: of the errors, the axis title.
        parts: name, mask of its rows (n_rows,) and colour of each; together all rows.
    """
    every = np.asarray(errors, dtype=np.float64)
    positive = every[every > 0]
    is_wide = bool(positive.size) and positive.size == every.size and positive.max() > WIDE * positive.min()
    scaled, at = (np.log10(every), np.log10(max(threshold, 1e-300))) if is_wide else (every, threshold)
    edges = _edges(scaled, at)
    figure = go.Figure()
    middle = (edges[:-1] + edges[1:]) / 2
    for name, mask, colour in parts:
        counts = np.histogram(scaled[mask], edges)[0]
        ends = [(three(low), three(high)) for low, high in _pairs(10**edges if is_wide else edges)]
        figure.add_bar(
            x=middle,
            y=counts,
            width=np.diff(edges) * 0.96,
            name=plain(f"{name} ({count(int(np.sum(mask)))})"),
            marker={"color": palette.translucent(colour, 0.6), "line": {"width": 0}},
            customdata=[(count(int(n)), *each) for n, each in zip(counts, ends, strict=True)],
            hovertemplate="<b>%{customdata[0]}</b> rows, error %{customdata[1]} to %{customdata[2]}<extra></extra>",
        )
    tallest = int(np.histogram(scaled, edges)[0].max(initial=1))
    lay_out(figure, 300)
    figure.update_layout(barmode="stack", dragmode=False, hovermode="closest", bargap=0)
    legend_above(figure)
    figure.add_vrect(x0=at, x1=edges[-1], fillcolor=palette.translucent(palette.BOTTLENECK, 0.13), line_width=0)
    figure.add_vline(x=at, line={"color": palette.BOTTLENECK, "width": 3})
    # At the top inside the plot, on the side with more room.
    left = (at - edges[0]) / (edges[-1] - edges[0]) > 0.5
    figure.add_annotation(
        x=at,
        y=1,
        yref="paper",
        text=f"flagged from {three(threshold)}",
        showarrow=False,
        xanchor="right" if left else "left",
        yanchor="top",
        xshift=-6 if left else 6,
    )
    ticks = _powers(edges) if is_wide else {}
    figure.update_xaxes(title={"text": plain(unit)}, automargin=True, showgrid=False, zeroline=False, fixedrange=True)
    figure.update_xaxes(range=[edges[0], edges[-1]], **ticks)
    figure.update_yaxes(
        title={"text": "rows"}, gridcolor=GRID, range=[0, HEADROOM * tallest], fixedrange=True, automargin=True
    )
    return figure


def roc(lines: Sequence[tuple[str, Numbers, Numbers, str]], at: Sequence[tuple[float, float, str]] = ()) -> go.Figure:
    """Share of odd rows found against share of false alarms, with the diagonal of a score that knows nothing.

    Args:
        lines: name, false alarms, found and colour of each.
        at: where a threshold lies on them: false alarms, found and colour.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": ZERO, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
    hover = "%{customdata[1]} of the odd rows found<br>with %{customdata[0]} false alarms<extra></extra>"
    _lines(figure, lines, hover)
    _points(figure, at, hover)
    _square(figure, "share of normal rows flagged", "share of odd rows found")
    return figure


def precision_recall(
    lines: Sequence[tuple[str, Numbers, Numbers, str]], base: float, at: Sequence[tuple[float, float, str]] = ()
) -> go.Figure:
    """Share of the flagged rows that are odd, against share of the odd rows that are flagged.

    Args:
        lines: name, recall, precision and colour of each.
        base: the share of odd rows: the precision of a score that knows nothing.
        at: where a threshold lies on them: recall, precision and colour.
    """
    figure = go.Figure()
    figure.add_hline(y=base, line={"color": ZERO, "width": 1, "dash": "dot"})
    hover = "%{customdata[0]} of the odd rows found<br>%{customdata[1]} of the flagged are odd<extra></extra>"
    _lines(figure, lines, hover, shape="hv")
    _points(figure, [each for each in at if np.isfinite(each[1])], hover)
    _square(figure, "share of odd rows found (recall)", "share of flagged that are odd (precision)")
    return figure


def _lines(
    figure: go.Figure, lines: Sequence[tuple[str, Numbers, Numbers, str]], hover: str, shape: str = "linear"
) -> None:
    for name, x, y, colour in lines:
        x, y = _thinned(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name=plain(name),
            line={"color": colour, "width": 2.5, "dash": DASH.get(colour, "solid"), "shape": shape},
            customdata=[(percent(a), percent(b)) for a, b in zip(x, y, strict=True)],
            hovertemplate=f"<b>{plain(name)}</b><br>{hover}",
        )


def _points(figure: go.Figure, at: Sequence[tuple[float, float, str]], hover: str) -> None:
    for x, y, colour in at:
        figure.add_scatter(
            x=[x],
            y=[y],
            mode="markers",
            showlegend=False,
            marker={"color": colour, "size": 11, "symbol": "diamond", "line": {"width": 1.5, "color": "white"}},
            customdata=[(percent(x), percent(y))],
            hovertemplate=f"<b>at the threshold</b><br>{hover}",
        )


def _square(figure: go.Figure, across: str, up: str) -> None:
    lay_out(figure, 340)
    figure.update_layout(dragmode=False, hovermode="closest")
    legend_above(figure)
    ends = {"range": [-0.01, 1.02], "tickformat": ".0%", "gridcolor": GRID, "zeroline": False, "fixedrange": True}
    figure.update_xaxes(title={"text": across}, automargin=True, **ends)
    figure.update_yaxes(title={"text": up}, automargin=True, **ends)


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most `MOST_POINTS` points of a curve, both ends among them."""
    if len(x) <= MOST_POINTS:
        return x, y
    kept = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(int))
    return x[kept], y[kept]


def _edges(scaled: NDArray[np.float64], at: float) -> NDArray[np.float64]:
    """Bins over all values, one edge of which is the threshold, so that no bar is flagged in part."""
    low, high = float(min(scaled.min(), at)), float(max(scaled.max(), at))
    width = (high - low) / min(MOST_BINS, max(8, int(2 * np.sqrt(len(scaled))))) or 1.0
    first = at - width * np.ceil((at - low) / width + 1e-9)
    n = int(np.floor((high - first) / width + 1e-9)) + 1
    return first + width * np.arange(n + 1)


def _pairs(edges: NDArray[np.float64]) -> list[tuple[float, float]]:
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _powers(edges: NDArray[np.float64]) -> dict[str, Any]:
    """Ticks of a logarithmic axis: 1, 2 and 5 times the powers of ten within it."""
    powers = range(int(np.floor(edges[0])), int(np.ceil(edges[-1])) + 1)
    steps = (1, 2, 5) if len(powers) <= 4 else (1,)
    values = [step * 10.0**power for power in powers for step in steps]
    inside = [value for value in values if edges[0] <= np.log10(value) <= edges[-1]]
    return {"tickvals": [float(np.log10(value)) for value in inside], "ticktext": [three(value) for value in inside]}
