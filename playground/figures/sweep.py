"""Error against m: PCA for every m as a line, autoencoders of some m as points, the mean as the line that all beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import three
from playground.figures.plot import GRID, lay_out

HEIGHT = 420
MOST_MARKERS = 64  # of PCA: more would be a band


@dataclass(frozen=True)
class Point:
    """The autoencoders of one m.

    Attributes:
        m: units of the code.
        error: averaged over the seeds.
        low, high: the ends of its interval, as `interval` says.
        interval: what that is, such as "95 % interval".
        whole: whether all of them trained to their end.
    """

    m: int
    error: float
    low: float
    high: float
    interval: str
    whole: bool = True


def error_against_m(
    pca: NDArray[np.float64],
    points: Sequence[Point],
    unit: str,
    *,
    logarithmic: bool = True,
    pca_elbow: int | None = None,
    elbow: int | None = None,
    intrinsic_dim: int | None = None,
) -> go.Figure:
    """The plot.

    Args:
        pca: errors with 0, 1, … K components (K + 1,), the first of them the mean's.
        points: of the autoencoders, by m.
        unit: of the errors, the axis title.
        logarithmic: whether m is on a logarithmic axis.
        pca_elbow, elbow: the m where PCA's curve and the autoencoders' bend most.
        intrinsic_dim: the number of dimensions that the data are known to have.

    Raises:
        ValueError: PCA has no component.
    """
    if len(pca) < 2:
        raise ValueError("PCA needs at least one component")
    last = max([len(pca) - 1, *(point.m for point in points)])
    figure = go.Figure()
    figure.add_scatter(
        x=[1, last],
        y=[pca[0], pca[0]],
        name="mean",
        mode="lines",
        line={"color": palette.MEAN, "dash": "dash", "width": 2},
        hovertemplate=f"mean: <b>{three(pca[0])}</b><extra></extra>",
    )
    k = np.arange(1, len(pca))
    figure.add_scatter(
        x=k,
        y=pca[1:],
        name="PCA",
        mode="lines+markers" if len(k) <= MOST_MARKERS else "lines",
        line={"color": palette.PCA, "width": 2},
        marker={"size": 5, "symbol": "square"},
        customdata=[three(value) for value in pca[1:]],
        hovertemplate="PCA, m = %{x}: <b>%{customdata}</b><extra></extra>",
    )
    if points:
        figure.add_scatter(**_autoencoders(points))
    for place, text, colour in _marks(pca_elbow, elbow, intrinsic_dim):
        _mark(figure, place, text, colour, logarithmic=logarithmic)
    lay_out(figure, HEIGHT, top=48)
    figure.update_layout(
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 0.9, "yanchor": "top"},
        hovermode="closest",
    )
    figure.update_xaxes(title={"text": "units of the code, m"}, type="log" if logarithmic else "linear", gridcolor=GRID)
    if logarithmic:
        ticks = [m for m in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024) if m <= last]
        figure.update_xaxes(tickvals=ticks, ticktext=[str(m) for m in ticks])
    figure.update_yaxes(title={"text": unit}, rangemode="tozero", gridcolor=GRID, zeroline=False, automargin=True)
    return figure


def _autoencoders(points: Sequence[Point]) -> dict[str, Any]:
    return {
        "x": [point.m for point in points],
        "y": [point.error for point in points],
        "name": "autoencoder",
        "mode": "lines+markers",
        "line": {"color": palette.ENCODER, "width": 1, "dash": "dot"},
        "marker": {
            "color": palette.ENCODER,
            "size": 10,
            "symbol": ["circle" if point.whole else "circle-open" for point in points],
        },
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [max(point.high - point.error, 0.0) for point in points],
            "arrayminus": [max(point.error - point.low, 0.0) for point in points],
            "color": palette.ENCODER,
            "thickness": 1.5,
        },
        "customdata": [
            (
                three(point.error),
                f"{point.interval} {three(point.low)} to {three(point.high)}",
                "" if point.whole else "<br>stopped before its end",
            )
            for point in points
        ],
        "hovertemplate": "autoencoder, m = %{x}: <b>%{customdata[0]}</b><br>%{customdata[1]}%{customdata[2]}"
        "<extra></extra>",
    }


def _marks(pca_elbow: int | None, elbow: int | None, intrinsic_dim: int | None) -> list[tuple[int, str, str]]:
    """Where to draw a line across, what it says, and its colour; each text a line lower than the one before."""
    wanted = (
        (intrinsic_dim, "known dimension", palette.BOTTLENECK),
        (elbow, "elbow", palette.ENCODER),
        (pca_elbow, "elbow of PCA", palette.PCA),
    )
    return [(place, f"{text}: {place}", colour) for place, text, colour in wanted if place]


def _mark(figure: go.Figure, place: int, text: str, colour: str, *, logarithmic: bool) -> None:
    figure.add_shape(
        type="line",
        x0=place,
        x1=place,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": colour, "width": 1.5, "dash": "dashdot"},
    )
    figure.add_annotation(
        x=float(np.log10(place)) if logarithmic else place,  # annotations, unlike shapes, count in powers of ten
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=16 * sum(1 for _ in figure.layout.annotations),
        text=text,
        showarrow=False,
        font={"color": colour},
    )
