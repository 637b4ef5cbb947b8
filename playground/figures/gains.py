"""Two codecs against each other, bar by bar, and how the gain of the one is spread over the samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import count, three
from playground.figures.plot import GRID, ZERO, finish_bars, legend_above, plain

Numbers = Sequence[float] | NDArray[np.floating[Any]]

SIDES = (("PCA", palette.PCA), ("autoencoder", palette.ENCODER))
ROW_HEIGHT = 32
BAR = 0.34  # of a row
MOST_BINS = 40
BESIDE = 22  # characters of a name beside its row


def paired_bars(
    names: Sequence[str],
    pca: Numbers,
    own: Numbers,
    unit: str,
    ends: tuple[tuple[Numbers, Numbers], tuple[Numbers, Numbers]] | None = None,
) -> go.Figure:
    """For each name two bars, one of PCA and one of the autoencoder, from top to bottom.

    Args:
        names: of columns or classes.
        pca, own: their errors (n_names,).
        unit: of the errors, the axis title.
        ends: the lower and upper ends of their intervals, PCA's first; none where there are none.

    Raises:
        ValueError: lengths that differ, or no name.
    """
    if not names or len({len(names), len(pca), len(own)}) != 1:
        raise ValueError(f"{len(names)} names for {len(pca)} and {len(own)} errors, and at least one of each")
    rows = np.arange(len(names))
    figure = go.Figure()
    told = [(plain(name), three(a), three(b), three(a - b)) for name, a, b in zip(names, pca, own, strict=True)]
    for side, (values, (name, colour)) in enumerate(zip((pca, own), SIDES, strict=True)):
        figure.add_bar(
            x=np.asarray(values, dtype=np.float64),
            y=rows + (side - 0.5) * BAR,
            width=BAR,
            orientation="h",
            name=name,
            marker={"color": palette.translucent(colour, 0.55), "line": {"width": 0}},
            error_x=_whiskers(values, *ends[side], colour) if ends else None,
            customdata=told,
            hovertemplate="<b>%{customdata[0]}</b><br>PCA %{customdata[1]}<br>autoencoder %{customdata[2]}"
            "<br>gain %{customdata[3]}<extra></extra>",
        )
    finish_bars(figure, 80 + ROW_HEIGHT * len(names), plain(unit))
    legend_above(figure)
    figure.update_xaxes(rangemode="tozero", zeroline=True, zerolinecolor=ZERO)
    texts = [plain(name if len(name) <= BESIDE else f"{name[: BESIDE - 1]}…") for name in names]
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], tickvals=rows, ticktext=texts)
    return figure


def gain_histogram(gains: Numbers, unit: str) -> go.Figure:
    """How many samples gain or lose how much: losses blue, gains red, with a line at zero.

    Args:
        gains: PCA's error less the autoencoder's, one per sample; those that are not finite are left out.
        unit: of the gains, the axis title.
    """
    every = np.asarray(gains, dtype=np.float64)
    finite = every[np.isfinite(every)]
    figure = go.Figure()
    width = _bin_width(finite)
    for name, colour, part in (
        ("PCA is closer", palette.PCA, finite[finite < 0]),
        ("the autoencoder is closer", palette.ENCODER, finite[finite > 0]),
        ("neither", palette.MEAN, finite[finite == 0]),
    ):
        if part.size:
            places, counts = np.unique(_bins(part, width), return_counts=True)
            figure.add_bar(
                x=places * width,
                y=counts,
                width=0.94 * width,
                name=f"{name} ({count(part.size)})",
                marker={"color": palette.translucent(colour, 0.55), "line": {"width": 1, "color": colour}},
                customdata=[(count(int(n)), three(p * width)) for n, p in zip(counts, places, strict=True)],
                hovertemplate="<b>%{customdata[0]}</b> samples, gain about %{customdata[1]}<extra></extra>",
            )
    finish_bars(figure, 300, plain(unit))
    legend_above(figure)
    figure.add_vline(x=0, line={"color": ZERO, "width": 2})
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(title={"text": "samples"}, showgrid=True, gridcolor=GRID, rangemode="tozero")
    return figure


def _bin_width(finite: NDArray[np.float64]) -> float:
    """As many bins as the square root of the number of samples, at most `MOST_BINS`, over the whole range."""
    reach = float(np.ptp(finite)) if finite.size else 0.0
    size = float(np.abs(finite).max(initial=0.0))
    return max(reach / min(MOST_BINS, math.ceil(math.sqrt(max(finite.size, 1)))), 0.05 * size) or 1.0


def _bins(part: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """The middle of each value's bin, in bins; an edge lies at zero, so that no bin has both gains and losses."""
    return np.where(part == 0, 0.0, np.sign(part) * (np.ceil(np.abs(part) / width) - 0.5))


def _whiskers(values: Numbers, low: Numbers, high: Numbers, colour: str) -> dict[str, Any]:
    middle = np.asarray(values, dtype=np.float64)
    return {
        "type": "data",
        "symmetric": False,
        "array": np.maximum(np.asarray(high) - middle, 0),
        "arrayminus": np.maximum(middle - np.asarray(low), 0),
        "color": colour,
        "thickness": 2,
        "width": 4,
    }
