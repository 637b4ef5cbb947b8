"""Numbers as a page writes them: three significant digits, thousands apart, with their unit."""

from __future__ import annotations

import math


def three(value: float) -> str:
    """`value` with three significant digits: "1.92", "52,900", "0.0314"; "–" for what is no number."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = abs(value)
    if not 1e-4 <= size < 1e7:
        return f"{value:.2e}"
    rounded = float(f"{value:.3g}")
    places = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}".replace("-", "−")


def count(n: int) -> str:
    """A whole number with thousands apart: "1,797"."""
    return f"{n:,}"


def percent(share: float) -> str:
    """A share as "38.2 %"; "–" for what is no number."""
    return f"{share * 100:.1f} %".replace("-", "−") if math.isfinite(share) else "–"


def duration(seconds: float) -> str:
    """A time as "0.8 s", "42 s", "2 min 5 s" or "1 h 10 min"."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
