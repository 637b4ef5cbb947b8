"""What the figures of Plotly share: no background, no colour for text (the page's theme has it), small margins."""

from __future__ import annotations

from html import escape

import plotly.graph_objects as go

from playground.figures import palette

CLEAR = "rgba(0, 0, 0, 0)"
GRID = palette.translucent(palette.MEAN, 0.25)
ZERO = palette.translucent(palette.MEAN, 0.7)
NO_TOOLS = {"displayModeBar": False}  # for figures with nothing to zoom: the `config` of whoever shows them


def lay_out(figure: go.Figure, height: int, top: int = 6) -> None:
    """Height in px, margins, of which the one above is `top` px, and no background."""
    figure.update_layout(
        height=height,
        margin={"l": 4, "r": 8, "t": top, "b": 4},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
    )


def finish_bars(figure: go.Figure, height: int, title: str) -> None:
    """The layout of bars that stand still: over each other, no zoom, `title` below the axis."""
    lay_out(figure, height)
    figure.update_layout(barmode="overlay", showlegend=False, dragmode=False, hovermode="closest")
    figure.update_xaxes(title={"text": title}, automargin=True, gridcolor=GRID, zeroline=False, fixedrange=True)
    figure.update_yaxes(automargin=True, showgrid=False, zeroline=False, fixedrange=True)


def legend_above(figure: go.Figure) -> None:
    """A legend over the left end of the bars, with room for it."""
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "itemclick": False},
        margin_t=34,
    )


def plain(text: str) -> str:
    """Text that Plotly shows letter by letter, although it understands some HTML."""
    return escape(str(text), quote=False)
