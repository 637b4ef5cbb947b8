"""Two or three columns of the data with what two codecs have learnt drawn through the points, in own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.plot import CLEAR, GRID, lay_out, plain

Points = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Learnt:
    """What a codec can reconstruct, seen in the chosen columns.

    Attributes:
        name: of the codec.
        colour: from the palette.
        points: (rows * columns, d) on a grid of codes, row by row; or reconstructions (n, d).
        shape: rows and columns of the grid; None for reconstructions, drawn as points.
    """

    name: str
    colour: str
    points: Points
    shape: tuple[int, int] | None = None


def data_space(
    x: Points, names: Sequence[str], learnt: Sequence[Learnt], errors: tuple[Points, Points, str] | None = None
) -> go.Figure:
    """Points of d = 2 or 3 columns, a curve or the wires of a surface per codec, and errors as segments.

    Args:
        x: the rows in the visitor's own units (n, d); a row with a missing entry is not drawn.
        names: of the columns, with their units.
        learnt: drawn over the points, in this order.
        errors: rows (k, d), their reconstructions (k, d), and the colour of the segments between them.

    Raises:
        ValueError: another number of columns, or lengths that differ.
    """
    d = len(names)
    if d not in (2, 3) or any(part.shape[1] != d for part in (x, *(each.points for each in learnt))):
        raise ValueError(f"two or three columns are needed for every point, not {d}")
    figure = go.Figure()
    if errors is not None:
        start, end, colour = errors
        if start.shape != end.shape or start.shape[1] != d:
            raise ValueError(f"a reconstruction is needed for every row: {start.shape} and {end.shape}")
        figure.add_trace(_lines(_segments(start, end), "error of a row", colour, 1.5, opacity=0.8))
    for each in learnt:
        if each.shape is None:
            figure.add_trace(_dots(each.points, each.name, each.colour, 5 if d == 2 else 3, 0.9))
        else:
            width, opacity = (3.5, 1.0) if 1 in each.shape else (1.2, 0.75)
            figure.add_trace(_lines(_wires(each.points, each.shape), each.name, each.colour, width, opacity))
    figure.add_trace(_dots(x, "rows", palette.MEAN, 6 if d == 2 else 3, 0.8))  # over the lines
    titles = [plain(name) for name in names]
    lay_out(figure, 440 if d == 2 else 540)
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        uirevision="data space",
    )
    if d == 2:
        figure.update_xaxes(title={"text": titles[0]}, automargin=True, gridcolor=GRID, zeroline=False)
        figure.update_yaxes(title={"text": titles[1]}, automargin=True, gridcolor=GRID, zeroline=False)
    else:
        axes = zip(("xaxis", "yaxis", "zaxis"), titles, strict=True)
        figure.update_layout(
            scene={
                axis: {"title": {"text": title}, "backgroundcolor": CLEAR, "gridcolor": GRID} for axis, title in axes
            }
        )
    return figure


def _wires(points: Points, shape: tuple[int, int]) -> Points:
    """The grid's rows, and its columns where it has more than one row, as one line with gaps (…, d).

    Of a fine grid every third one: all of them would hide what they go through.
    """
    rows, columns = shape
    grid = np.asarray(points, np.float64).reshape(rows, columns, -1)
    lines = [*grid[:: _stride(rows)], *(grid.transpose(1, 0, 2)[:: _stride(columns)] if rows > 1 else [])]
    gap = np.full((1, grid.shape[2]), np.nan)
    return np.concatenate([part for line in lines for part in (line, gap)])


def _stride(lines: int) -> int:
    return 3 if lines > 6 else 1


def _segments(start: Points, end: Points) -> Points:
    """From every point to its partner, as one line with gaps (3 k, d)."""
    gaps = np.full_like(start, np.nan, dtype=np.float64)
    return np.stack([start, end, gaps], axis=1).reshape(-1, start.shape[1])


def _dots(points: Points, name: str, colour: str, size: float, opacity: float) -> go.Scattergl | go.Scatter3d:
    marker = {"color": colour, "size": size, "opacity": opacity}
    return _trace(points, name, mode="markers", marker=marker)


def _lines(points: Points, name: str, colour: str, width: float, opacity: float = 1.0) -> go.Scattergl | go.Scatter3d:
    wide = width if points.shape[1] == 2 else 1.6 * width  # WebGL's lines look thinner
    return _trace(points, name, mode="lines", line={"color": colour, "width": wide}, opacity=opacity, hoverinfo="skip")


def _trace(points: Points, name: str, **more: Any) -> go.Scattergl | go.Scatter3d:
    columns = dict(zip("xyz", np.asarray(points, np.float64).T, strict=False))
    kind = go.Scattergl if points.shape[1] == 2 else go.Scatter3d
    return kind(name=name, connectgaps=False, **columns, **more)
