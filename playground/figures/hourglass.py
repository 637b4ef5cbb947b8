"""The autoencoder as an hourglass drawn to scale: what the numbers of units of a form's fields look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from playground.figures import palette
from playground.figures.numbers import count

MOST_LAYERS = 15
LEAST_HEIGHT = 120  # px of the whole drawing
LEAST_COLUMN = 10  # px; a shorter column could not be seen beside a tall one
MOST_DOTS = 24  # units of a layer that are still drawn one by one
LEAST_DOT = 1.2  # px of radius

ABOVE, BELOW = 50, 30  # px of the rows of text above and below the columns
NARROW, WIDE = 330, 430  # px: the labels are thinned out for the first, and more of them appear from the second on
CHARACTER = 7.2  # px, a generous estimate at 13 px, for fonts are the visitor's own
LONGEST_LABEL = 16  # characters

# Text keeps its size at every width. Where a browser knows no container queries, the labels are those of a narrow page.
STYLE = (
    ".hourglass text{font-family:inherit;font-size:13px;fill:currentColor}"
    ".hourglass .hourglass-strong{font-weight:700}.hourglass .hourglass-symbol{font-style:italic;font-size:16px}"
    ".hourglass .hourglass-wide{display:none}"
    f"@container hourglass (min-width:{WIDE}px){{.hourglass .hourglass-wide{{display:inline}}}}"
)


@dataclass(frozen=True)
class _Column:
    """One layer: `place` in percent of the width, `pixels` of height, `raised` when the minimum height was applied."""

    units: int
    place: float
    pixels: float
    raised: bool
    colour: str
    label: str
    symbol: str
    told: str


def hourglass(
    layers: Sequence[int],
    latent_index: int,
    *,
    names: Sequence[str] | None = None,
    parameters: int | None = None,
    width: int = 720,
    height: int = 280,
) -> str:
    """An SVG of an autoencoder whose columns are as tall as their layers have units.

    It fills the width it is given, its text keeps its size, and its text colour is the page's. It goes into the page
    by `st.markdown(svg, unsafe_allow_html=True)`; `st.html` would remove every SVG element.

    Args:
        layers: numbers of units, input first and output last, the bottleneck among them.
        latent_index: which of the layers is the bottleneck; the last one where there is no decoder.
        names: shown instead of the numbers of units (except m), for layers that are more than a number of units.
        parameters: how many numbers are learnt.
        width: px that it grows to at most.
        height: px.

    Raises:
        ValueError: layers that cannot be drawn.
    """
    _check(layers, latent_index, names, height)
    columns = _columns(layers, latent_index, names, height - ABOVE - BELOW)
    middle = ABOVE + (height - ABOVE - BELOW) / 2
    always, when_wide = (_readable(columns, latent_index, space) for space in (NARROW, WIDE))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hourglass" role="img" width="{width}" height="{height}" '
        f'style="display:block;width:100%;max-width:{width}px;height:{height}px;margin:0 auto;'
        'container:hourglass / inline-size">',
        f"<title>{_title(layers)}</title><desc>{_description(columns, latent_index)}</desc><style>{STYLE}</style>",
        _header(latent_index > 0, latent_index < len(layers) - 1, parameters),
        _trapezoids(columns, latent_index, middle, height),
    ]
    for index, column in enumerate(columns):
        seen = "" if index in always else "hourglass-wide" if index in when_wide else None
        parts.append(_drawn(column, index == latent_index, middle, height, _column_width(len(layers)), seen))
    parts.append("</svg>")
    return "\n".join(parts)  # Markdown takes it for HTML as a whole: one tag in the first line, no empty line


def _check(layers: Sequence[int], latent_index: int, names: Sequence[str] | None, height: int) -> None:
    if not 2 <= len(layers) <= MOST_LAYERS:
        raise ValueError(f"an hourglass has 2 to {MOST_LAYERS} layers, not {len(layers)}")
    if min(layers) < 1:
        raise ValueError(f"every layer needs at least one unit: {list(layers)}")
    if not 0 <= latent_index < len(layers):
        raise ValueError(f"latent_index={latent_index} is none of the {len(layers)} layers")
    if names is not None and len(names) != len(layers):
        raise ValueError(f"{len(names)} names for {len(layers)} layers")
    if height < LEAST_HEIGHT:
        raise ValueError(f"height={height} leaves no room for the columns; at least {LEAST_HEIGHT}")


def _columns(layers: Sequence[int], latent_index: int, names: Sequence[str] | None, tallest: float) -> list[_Column]:
    last = len(layers) - 1
    labels = [_short(name) for name in names] if names is not None else [count(units) for units in layers]
    if names is None and latent_index > 0:
        labels[0] = f"n = {labels[0]}"
    labels[latent_index] = f"m = {count(layers[latent_index])}"
    # Both outer labels are centred below their columns, so they set the margin, in percent of a narrow drawing.
    margin = max(8.0, 50 * CHARACTER * max(len(labels[0]), len(labels[last])) / NARROW)
    columns = []
    for index, units in enumerate(layers):
        pixels = tallest * units / max(layers)
        colour, symbol, told = _role(index, latent_index, last)
        columns.append(
            _Column(
                units=units,
                place=margin + (100 - 2 * margin) * index / last,
                pixels=max(pixels, LEAST_COLUMN),
                raised=pixels < LEAST_COLUMN,
                colour=colour,
                label=labels[index],
                symbol=symbol,
                told=told,
            )
        )
    return columns


def _role(index: int, latent_index: int, last: int) -> tuple[str, str, str]:
    """Colour, symbol and name of a layer."""
    if index == latent_index:
        return palette.BOTTLENECK, "z", "bottleneck, the code z"
    if index == 0:
        return palette.MEAN, "x", "input x"
    if index == last:
        return palette.DECODER, "x̂", "output, the reconstruction x̂"
    if index < latent_index:
        return palette.ENCODER, "", f"layer {index} of the encoder"
    return palette.DECODER, "", f"layer {index - latent_index} of the decoder"


def _readable(columns: Sequence[_Column], latent_index: int, space: float) -> set[int]:
    """Which labels stand free in `space` px: bottleneck first, the ends, then pairs going inwards."""
    last = len(columns) - 1
    order = [(latent_index,), (0,), (last,), *((index, last - index) for index in range(1, last))]
    chosen: set[int] = set()
    for group in order:
        rivals = chosen | set(group)
        if all(_apart(columns[a], columns[b], space) for a in group for b in rivals if a != b):
            chosen = rivals
    return chosen


def _apart(one: _Column, other: _Column, space: float) -> bool:
    needed = CHARACTER * ((len(one.label) + len(other.label)) / 2 + 1)
    return abs(one.place - other.place) * space / 100 >= needed


def _header(has_encoder: bool, has_decoder: bool, parameters: int | None) -> str:
    parts = []
    if has_encoder:
        parts.append(
            f'<polygon points="0,4 14,8 14,14 0,18" fill="{palette.ENCODER}"/><text x="20" y="16">encoder</text>'
        )
    if parameters is not None:
        noun = "parameter" if parameters == 1 else "parameters"
        parts.append(f'<text x="50%" y="16" text-anchor="middle">{count(parameters)} {noun}</text>')
    if has_decoder:
        parts.append(
            '<svg x="100%" overflow="visible"><text x="-20" y="16" text-anchor="end">decoder</text>'
            f'<polygon points="0,4 -14,8 -14,14 0,18" fill="{palette.DECODER}"/></svg>'
        )
    return "".join(parts)


def _trapezoids(columns: Sequence[_Column], latent_index: int, middle: float, height: int) -> str:
    """The shapes between the columns, in a picture of its own that is stretched to the width."""
    shapes = []
    for index, (left, right) in enumerate(pairwise(columns)):
        corners = (
            (left.place, middle - left.pixels / 2),
            (right.place, middle - right.pixels / 2),
            (right.place, middle + right.pixels / 2),
            (left.place, middle + left.pixels / 2),
        )
        points = " ".join(f"{x:.3f},{y:.2f}" for x, y in corners)
        part, colour = ("encoder", palette.ENCODER) if index < latent_index else ("decoder", palette.DECODER)
        shapes.append(f'<polygon class="hourglass-{part}" points="{points}" fill="{colour}" fill-opacity="0.4"/>')
    return (
        f'<svg width="100%" height="{height}" viewBox="0 0 100 {height}" preserveAspectRatio="none">'
        + "".join(shapes)
        + "</svg>"
    )


def _drawn(column: _Column, is_latent: bool, middle: float, height: int, wide: int, seen: str | None) -> str:
    """A column with its dots and texts; `seen` is the class of its label, None for a label without room."""
    top = middle - column.pixels / 2
    noun = "unit" if column.units == 1 else "units"
    parts = [
        f'<svg x="{column.place:.3f}%" overflow="visible"><title>{column.told}: {count(column.units)} {noun}</title>',
        f'<rect class="hourglass-column" x="{-wide / 2:g}" y="{top:.2f}" width="{wide}" height="{column.pixels:.2f}" '
        f'rx="{min(4, wide / 4):g}" fill="{column.colour}"/>',
    ]
    if is_latent:
        parts.append(_emphasis(column, top, height, wide))
    parts.append(_dots(column, top, wide))
    if column.symbol:
        rise = 12 if is_latent else 8
        parts.append(f'<text class="hourglass-symbol" y="{top - rise:.2f}" text-anchor="middle">{column.symbol}</text>')
    if seen is not None:
        classes = " ".join(filter(None, (seen, "hourglass-strong" if is_latent else "")))
        attribute = f' class="{classes}"' if classes else ""
        parts.append(f'<text{attribute} y="{height - 10}" text-anchor="middle">{escape(column.label)}</text>')
    return "".join(parts) + "</svg>"


def _emphasis(column: _Column, top: float, height: int, wide: int) -> str:
    """A ring around the bottleneck and a dotted line down to its label."""
    start, end = top + column.pixels + 6, height - BELOW + 4
    line = (
        f'<line y1="{start:.2f}" y2="{end}" stroke="currentColor" stroke-opacity="0.45" stroke-dasharray="2 3"/>'
        if end - start > 6
        else ""
    )
    return (
        f'<rect x="{-wide / 2 - 3:g}" y="{top - 3:.2f}" width="{wide + 6}" height="{column.pixels + 6:.2f}" rx="6" '
        f'fill="none" stroke="{column.colour}" stroke-width="2"/>{line}'
    )


def _dots(column: _Column, top: float, wide: int) -> str:
    step = column.pixels / column.units
    radius = min(0.4 * step, wide / 2 - 2)
    if column.units > MOST_DOTS or radius < LEAST_DOT:
        return ""
    return "".join(
        f'<circle cy="{top + step * (unit + 0.5):.2f}" r="{radius:.2f}" fill="#FFFFFF"/>'
        for unit in range(column.units)
    )


def _column_width(n_layers: int) -> int:
    """Width of a column in px, so that the trapezoids between many of them stay visible on a narrow page."""
    return 16 if n_layers <= 7 else 12 if n_layers <= 11 else 8


def _title(layers: Sequence[int]) -> str:
    return f"Autoencoder with {' → '.join(count(units) for units in layers)} units"


def _description(columns: Sequence[_Column], latent_index: int) -> str:
    """What a listener is told: the layers, and whether the scale was kept."""
    told = "; ".join(f"{column.told}, {count(column.units)}" for column in columns)
    scale = "The height of each column is proportional to its number of units"
    raised = sorted({column.units for column in columns if column.raised})
    if raised:
        numbers = ", ".join(count(units) for units in raised)
        scale += f", except that a column shorter than {LEAST_COLUMN} px is drawn {LEAST_COLUMN} px tall: {numbers}"
    dots = (
        "White dots are single units."
        if any(_dots(column, 0, _column_width(len(columns))) for column in columns)
        else ""
    )
    return f"Units per layer: {told}. {scale}. {dots}".strip()


def _short(name: str) -> str:
    """A name on one line, printable, with its end cut off where it is too long."""
    clean = "".join(character for character in " ".join(str(name).split()) if character.isprintable())
    return clean if len(clean) <= LONGEST_LABEL else clean[: LONGEST_LABEL - 1] + "…"
