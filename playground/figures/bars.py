"""Bars that stand still: errors side by side, and one sample's features."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import count, three
from playground.figures.plot import GRID, ZERO, finish_bars, legend_above, plain

Numbers = Sequence[float] | NDArray[np.floating[Any]]
FloatArray = NDArray[np.float64]

NARROW_TITLE = 30  # characters of a line below the plot that fit a phone beside the names of features
NAME_SIZE = 14
PALE = 0.4  # opacity of a bar whose whisker has to be seen on it
BESIDE = 18  # characters of a name beside its row, so that a narrow page keeps room for the row


def comparison_bars(
    names: Sequence[str],
    errors: Numbers,
    low: Numbers,
    high: Numbers,
    colours: Sequence[str],
    unit: str,
) -> go.Figure:
    """One horizontal bar per codec: its error, with the 95 % interval as a whisker and the value as text.

    Args:
        names: of the codecs, from top to bottom.
        errors: in `unit`; nan for one that is not there yet.
        low, high: the ends of the interval.
        colours: of the bars, from the palette.
        unit: of the errors, the axis title.

    Raises:
        ValueError: lengths that differ, or nothing to compare.
    """
    _check_lengths(names, errors, low, high, colours)
    values, ends = _numbers(errors), (_numbers(low), _numbers(high))
    rows = np.arange(len(names))
    figure = go.Figure()
    figure.add_bar(
        x=values,
        y=rows,
        orientation="h",
        width=0.42,
        marker={"color": [palette.translucent(colour, PALE) for colour in colours], "line": {"width": 0}},
        customdata=[
            (plain(name), three(value), three(lower), three(upper))
            for name, value, lower, upper in zip(names, values, *ends, strict=True)
        ],
        hovertemplate="%{customdata[0]}: <b>%{customdata[1]}</b><br>95 % interval %{customdata[2]} to %{customdata[3]}"
        "<extra></extra>",
    )
    for row, colour in enumerate(colours):  # a whisker takes its colour from its trace, hence one trace each
        figure.add_scatter(
            x=[values[row]],
            y=[row],
            mode="markers",
            marker={"color": colour, "size": 1},
            error_x=_whisker(values[row], ends[0][row], ends[1][row], colour),
            hoverinfo="skip",
        )
    rightmost = np.fmax(values, ends[1])
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        x = float(rightmost[row]) if np.isfinite(rightmost[row]) else 0.0
        figure.add_annotation(_text(f"<b>{three(value)}</b>", x=x, y=row, xshift=8, font={"size": NAME_SIZE}))
        figure.add_annotation(
            _text(plain(name), x=0, y=row, xref="paper", yshift=21, xshift=-1, font={"size": NAME_SIZE})
        )
    finish_bars(figure, height=60 + 58 * len(names), title=plain(unit))
    # Room for the value right of the longest whisker.
    figure.update_xaxes(range=[0, 1.25 * _largest(rightmost)], zeroline=True, zerolinecolor=ZERO)
    figure.update_yaxes(range=[len(names) - 0.6, -0.8], visible=False)
    return figure


def feature_bars(
    feature_names: Sequence[str],
    x: Numbers,
    x_hat: Numbers,
    own_x: Numbers,
    own_x_hat: Numbers,
    *,
    units: Sequence[str] | None = None,
    scale: str = "scaled value",
    most: int = 30,
) -> go.Figure:
    """One row per feature of one sample: original and reconstruction, joined by a bar as long as the error.

    The features with the largest error come first; how many are left out stands below the axis.

    Args:
        feature_names: of the sample's features.
        x, x_hat: original and reconstruction in scaled units (n_features,), which all features share as an axis.
        own_x, own_x_hat: the same in the visitor's own units (n_features,), for the hover.
        units: the visitor's unit of each feature, "" where it has none.
        scale: what the scaled units are, the axis title.
        most: features shown.

    Raises:
        ValueError: lengths that differ, no feature, or `most` below 1.
    """
    units = [""] * len(feature_names) if units is None else units
    _check_lengths(feature_names, x, x_hat, own_x, own_x_hat, units)
    if most < 1:
        raise ValueError(f"most={most} must be at least 1")
    scaled, own = (_numbers(x), _numbers(x_hat)), (_numbers(own_x), _numbers(own_x_hat))
    error = np.abs(scaled[1] - scaled[0])
    # nan last; among equals the visitor's order stays
    chosen = np.argsort(-np.nan_to_num(error, nan=-1.0), kind="stable")[:most]
    rows = np.arange(len(chosen))
    figure = go.Figure()
    figure.add_bar(
        x=(scaled[1] - scaled[0])[chosen],
        base=scaled[0][chosen],
        y=rows,
        orientation="h",
        width=0.26,
        marker={"color": palette.translucent(palette.DECODER, PALE), "line": {"width": 0}},
        hoverinfo="skip",
        showlegend=False,
    )
    told = [
        (plain(feature_names[i]), *(_with_unit(side[i], units[i]) for side in own), three(error[i])) for i in chosen
    ]
    sides = (("original", palette.MEAN, "circle"), ("reconstruction", palette.DECODER, "diamond"))
    for values, (name, colour, symbol) in zip(scaled, sides, strict=True):
        figure.add_scatter(
            x=values[chosen],
            y=rows,
            name=name,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10},
            customdata=told,
            hovertemplate="<b>%{customdata[0]}</b><br>original %{customdata[1]}<br>reconstruction %{customdata[2]}"
            "<br>scaled error %{customdata[3]}<extra></extra>",
        )
    hidden = len(feature_names) - len(chosen)
    lines = textwrap.wrap(scale, NARROW_TITLE)
    if hidden:
        lines += [f"{count(hidden)} {_plural('feature', hidden)} with smaller", "errors not shown"]
    finish_bars(figure, height=90 + 20 * len(lines) + 24 * len(chosen), title="<br>".join(map(plain, lines)))
    legend_above(figure)
    figure.update_xaxes(zeroline=True, zerolinecolor=ZERO)
    names = [plain(_middle_cut(feature_names[i])) for i in chosen]
    figure.update_yaxes(range=[len(chosen) - 0.4, -0.6], tickvals=rows, ticktext=names, showgrid=True, gridcolor=GRID)
    return figure


def _whisker(value: float, low: float, high: float, colour: str) -> dict[str, Any]:
    """Plotly's asymmetric error bar from the ends of an interval; none where an end is unknown."""
    known = np.isfinite([value, low, high]).all()
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, high - value) if known else 0.0],
        "arrayminus": [max(0.0, value - low) if known else 0.0],
        "visible": bool(known),
        "color": colour,
        "thickness": 2.5,
        "width": 7,
    }


def _text(text: str, **where: Any) -> dict[str, Any]:
    return {"text": text, "showarrow": False, "xanchor": "left", "align": "left", **where}


def _middle_cut(name: str) -> str:
    """A name short enough to stand beside its row; start and end stay, since columns often differ in either."""
    if len(name) <= BESIDE:
        return name
    end = (BESIDE - 1) // 2
    return f"{name[: BESIDE - 1 - end]}…{name[-end:]}"


def _with_unit(value: float, unit: str) -> str:
    return f"{three(value)} {plain(unit)}".rstrip()


def _plural(noun: str, n: int) -> str:
    return noun if n == 1 else noun + "s"


def _numbers(values: Numbers) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


def _largest(values: FloatArray) -> float:
    """The largest finite value, 1 where there is none above zero, so that an axis always has a length."""
    largest = float(values[np.isfinite(values)].max(initial=0.0))
    return largest if largest > 0 else 1.0


def _check_lengths(first: Sequence[Any] | NDArray[Any], *others: Sequence[Any] | NDArray[Any]) -> None:
    lengths = [len(first), *(len(other) for other in others)]
    if len(set(lengths)) != 1 or lengths[0] == 0:
        raise ValueError(f"all arguments need one entry per row, and at least one: {lengths}")
