"""What each unit of a variational autoencoder's code carries, as bars that can be redrawn in place."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.figures import palette
from playground.figures.numbers import count, three

MOST_BARS = 32
NOTHING = 0.01  # nats below which a unit carries nothing
LEAST_SCALE = 0.1  # nats of a bar of full height, so that a code that carries nothing looks like it
MOST_LEVEL_LABELS = 8  # more of them are turned upright, and their values left to the tooltips
WIDEST_BAR = 44  # px
ABOVE, BARS, LEVEL, UPRIGHT = 20, 84, 20, 34  # px: values, tallest bar, labels side by side, labels turned
TITLE = "KL divergence per unit of the code (nats): units near 0 carry nothing"

STYLE = (
    ".kl-bars text{font-family:inherit;font-size:12px;fill:currentColor}"
    ".kl-bars .kl-upright{font-size:10px}.kl-bars .kl-faint{fill-opacity:.75}"
)


def kl_bars(values: Sequence[float], *, title: str = TITLE) -> str:
    """A title, an SVG with one bar per unit, the largest first, and a line that counts the units that carry nothing.

    It fills the width it is given, its text keeps its size, and its text colour is the page's. It goes into the page
    by `st.markdown(html, unsafe_allow_html=True)`, which changes it in place.

    Args:
        values: KL divergence of each unit in nats, in the order of the code.
        title: the line above, of our own words.

    Raises:
        ValueError: there are no values, or one is not a finite number.
    """
    if not values or not all(math.isfinite(value) for value in values):
        raise ValueError("every unit needs a finite KL divergence")
    nats = [max(0.0, float(value)) for value in values]  # rounding may leave a tiny negative one
    order = sorted(range(len(nats)), key=lambda unit: (-nats[unit], unit))[:MOST_BARS]
    upright = len(order) > MOST_LEVEL_LABELS
    height = ABOVE + BARS + (UPRIGHT if upright else LEVEL)
    parts = [
        f'<div style="margin:0.4rem 0 0.6rem"><div style="font-weight:600;font-size:0.9rem">{title}</div>'
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kl-bars" role="img" width="100%" height="{height}" '
        f'style="display:block;width:100%;max-width:{max(180, WIDEST_BAR * 2 * len(order))}px;height:{height}px">',
        f"<title>{title}</title><desc>{_told(nats, order)}</desc><style>{STYLE}</style>",
        *(_bar(place, unit, nats, order, upright) for place, unit in enumerate(order)),
        f'<line x1="0" x2="100%" y1="{ABOVE + BARS}" y2="{ABOVE + BARS}" stroke="currentColor" stroke-opacity="0.4"/>',
        "</svg>",
        f'<div style="font-size:0.8125rem;line-height:1.35;opacity:0.8">{_counted(nats, order)}</div></div>',
    ]
    return "\n".join(parts)  # Markdown takes it for HTML as a whole: one tag in the first line, no empty line


def _bar(place: int, unit: int, nats: Sequence[float], order: Sequence[int], upright: bool) -> str:
    value, tallest = nats[unit], max(nats[order[0]], LEAST_SCALE)
    pixels = max(1.0, BARS * value / tallest)
    step = 100 / len(order)
    opacity = 0.35 if value < NOTHING else 1
    middle, top = step * (place + 0.5), ABOVE + BARS - pixels
    says = f"unit {unit + 1}: {three(value)} nats"
    parts = [
        f"<g><title>{says}</title>"
        f'<rect x="{step * (place + 0.15):.3f}%" y="{top:.2f}" width="{0.7 * step:.3f}%" height="{pixels:.2f}" '
        f'rx="2" fill="{palette.ENCODER}" fill-opacity="{opacity}"/>'
    ]
    if not upright or place == 0:
        anchor, x = ("start", step * 0.15) if upright else ("middle", middle)
        parts.append(f'<text x="{x:.3f}%" y="{top - 5:.2f}" text-anchor="{anchor}">{_short(value)}</text>')
    parts.append(f'<svg x="{middle:.3f}%" y="{ABOVE + BARS}" overflow="visible">{_label(unit, upright)}</svg></g>')
    return "".join(parts)


def _short(nats: float) -> str:
    return three(nats) if nats >= NOTHING else f"&lt;{NOTHING:g}"


def _label(unit: int, upright: bool) -> str:
    name = unit + 1
    if upright:
        turned = 'x="-6" y="3.5" transform="rotate(-90)" text-anchor="end"'
        return f'<text class="kl-upright kl-faint" {turned}>{name}</text>'
    return f'<text class="kl-faint" y="15" text-anchor="middle">z<tspan font-size="9" dy="3">{name}</tspan></text>'


def _counted(nats: Sequence[float], order: Sequence[int]) -> str:
    idle = sum(value < NOTHING for value in nats)
    total = f"{three(sum(nats))} nats in all"
    units = f"{count(idle)} of {count(len(nats))} units {'is' if idle == 1 else 'are'}" if idle else "no unit is"
    shown = f"; shown are the {len(order)} largest" if len(order) < len(nats) else ""
    return f"{total}; {units} below {NOTHING:g}{shown}."


def _told(nats: Sequence[float], order: Sequence[int]) -> str:
    """What a listener is told."""
    units = "; ".join(f"unit {unit + 1}, {three(nats[unit])}" for unit in order)
    return f"Largest first: {units}."
