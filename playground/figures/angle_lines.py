"""How the subspace of a linear autoencoder turns to PCA's: a line per principal angle, redrawn in place."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.figures import palette
from playground.figures.numbers import count, three

MOST_LINES = 12
PLOT = 130  # px
HIGHEST, LEAST = 90.0, 0.001  # degrees
TITLE = "Angles between the linear decoder and PCA's subspace"
STYLE = "font-size:0.8125rem;line-height:1.35"


def angle_lines(
    places: Sequence[float], angles: Sequence[Sequence[float]], *, along: str, title: str = TITLE, log: bool = False
) -> str:
    """A title with the largest angle, and an SVG with one line per principal angle, from 90° down to 0°.

    It fills the width it is given and its text colour is the page's. It goes into the page by
    `st.markdown(html, unsafe_allow_html=True)`, which changes it in place.

    Args:
        places: epochs or steps so far, rising.
        angles: at each place, in degrees, the largest first; empty where they are unknown.
        along: what the places are, "epoch".
        title: the line above, of our own words.
        log: places on the logarithm of one more than them, for steps.

    Raises:
        ValueError: no place with an angle, or lengths that differ.
    """
    if len(places) != len(angles):
        raise ValueError(f"{len(places)} places need as many lists of angles, not {len(angles)}")
    known = [(float(place), list(each)) for place, each in zip(places, angles, strict=True) if _is_known(each)]
    if not known:
        raise ValueError("at least one place needs its angles")
    k = min(len(each) for _, each in known)
    chosen = _spread(k)
    where = [math.log1p(place) if log else place for place, _ in known]
    first, reach = where[0], (where[-1] - where[0]) or 1.0
    across = [100 * (place - first) / reach for place in where]
    lines = "".join(
        _line(across, [each[rank] for _, each in known], strong=place == 0) for place, rank in enumerate(chosen)
    )
    now = known[-1][1]
    said = f"largest now {degrees(now[0])}" + (f", smallest {degrees(now[k - 1])}" if k > 1 else "")
    more = f"; {count(len(chosen))} of {count(k)} angles are drawn" if len(chosen) < k else ""
    parts = [
        f'<div class="angle-lines" style="margin:0.4rem 0 0.6rem;{STYLE}">'
        f'<div style="font-weight:600;font-size:0.9rem">{title}: {said}</div>',
        '<div style="display:flex;gap:0.4rem"><div style="display:flex;flex-direction:column;'
        'justify-content:space-between;text-align:right;opacity:0.75"><span>90°</span><span>45°</span>'
        "<span>0°</span></div>",
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{title}: {said}" '
        f'style="display:block;flex:1;min-width:0;height:{PLOT}px;overflow:visible">{_grid()}{lines}</svg></div>',
        f'<div style="display:flex;justify-content:space-between;padding-left:2rem;opacity:0.75">'
        f"<span>{along} {count(int(known[0][0]))}</span><span>{'on a logarithmic scale' if log else ''}{more}</span>"
        f"<span>{count(int(known[-1][0]))}</span></div></div>",
    ]
    return "\n".join(parts)  # Markdown takes it for HTML as a whole: one tag in the first line, no empty line


def degrees(angle: float) -> str:
    """An angle in words: "12.3°", or "under 0.001°"."""
    return f"{three(angle)}°" if not angle < LEAST else f"under {LEAST:g}°"


def _is_known(each: Sequence[float]) -> bool:
    return bool(each) and all(math.isfinite(angle) for angle in each)


def _spread(k: int) -> list[int]:
    """Which of k angles are drawn: the largest and the smallest always."""
    if k <= MOST_LINES:
        return list(range(k))
    return sorted({round(place * (k - 1) / (MOST_LINES - 1)) for place in range(MOST_LINES)})


def _grid() -> str:
    lines = ((0, 0.2), (50, 0.2), (100, 0.45))
    return "".join(
        f'<line x1="0" x2="100" y1="{y}" y2="{y}" stroke="{colour}" stroke-opacity="{opacity}" '
        'vector-effect="non-scaling-stroke"/>'
        for (y, opacity), colour in zip(lines, ("currentColor", "currentColor", palette.PCA), strict=True)
    )


def _line(across: Sequence[float], degrees: Sequence[float], *, strong: bool) -> str:
    down = [100 * (1 - angle / HIGHEST) for angle in degrees]
    points = list(zip(across, down, strict=True))
    if len(points) == 1:  # a line needs two ends
        points.append((points[0][0] + 1.5, points[0][1]))
    path = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return (
        f'<polyline fill="none" stroke="{palette.BOTTLENECK}" stroke-width="{2.5 if strong else 1.25}" '
        f'stroke-opacity="{1 if strong else 0.6}" vector-effect="non-scaling-stroke" stroke-linejoin="round" '
        f'points="{path}"/>'
    )
