"""The errors of strange rows over those of the rows that a model is used to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import count, three
from playground.figures.plot import finish_bars, legend_above, plain

N_BINS = 36
PALE = 0.55
TICKS = (1, 2, 5)

Numbers = NDArray[np.floating[Any]]


def strangers(known: Numbers, strange: Numbers, titles: tuple[str, str], unit: str) -> go.Figure:
    """Two histograms over each other on one logarithmic axis, as shares of their rows.

    Args:
        known, strange: errors (n,), 0 or more.
        titles: what the two are called.
        unit: of the errors, the axis title.

    Raises:
        ValueError: one of them is empty.
    """
    if not len(known) or not len(strange):
        raise ValueError("Two histograms need rows each.")
    both = np.concatenate([known, strange]).astype(np.float64)
    positive = both[both > 0]
    least, most = (float(positive.min()), float(positive.max())) if positive.size else (0.1, 1.0)
    edges = np.linspace(np.log10(least) - 0.02, np.log10(most) + 0.02, N_BINS + 1)
    figure = go.Figure()
    for errors, title, colour in zip((known, strange), titles, (palette.MEAN, palette.ENCODER), strict=True):
        places = np.log10(np.maximum(errors.astype(np.float64), least))
        numbers, _ = np.histogram(places, edges)
        ends = [(three(10**low), three(10**high)) for low, high in pairwise(edges.tolist())]
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=numbers / len(errors),
            width=edges[1] - edges[0],
            name=plain(title),
            marker={"color": palette.translucent(colour, PALE), "line": {"width": 0}},
            customdata=[[count(int(n)), *end] for n, end in zip(numbers, ends, strict=True)],
            hovertemplate=f"{plain(title)}<br>%{{customdata[0]}} of {count(len(errors))} rows: error "
            "%{customdata[1]} to %{customdata[2]}<extra></extra>",
        )
    finish_bars(figure, 210, unit)
    legend_above(figure)
    values = _ticks(10 ** edges[0], 10 ** edges[-1])
    figure.update_xaxes(tickvals=[float(np.log10(value)) for value in values], ticktext=[three(v) for v in values])
    figure.update_yaxes(tickformat=".0%", nticks=4)
    return figure


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between the two, few enough to stand beside each other on a phone."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    steps = TICKS if len(decades) <= 3 else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps if low <= step * 10.0**decade <= high]
    return ticks[:: max(1, -(-len(ticks) // 7))] or [float(np.sqrt(low * high))]
