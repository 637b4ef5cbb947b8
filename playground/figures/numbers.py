"""How numbers are written on every page: three significant digits, thousands separated, the same signs everywhere."""

from __future__ import annotations

import math
from decimal import Decimal

PLAIN_LOW, PLAIN_HIGH = (
    Decimal("0.001"),
    Decimal("1e6"),
)  # outside of these a power of ten reads better than a row of zeros
UNKNOWN = "–"

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def three(value: float) -> str:
    """`value` with three significant digits: "0.0123", "1.50", "12,300", "1.23 × 10⁷", "0", "–" for nan, "∞"."""
    value = float(value)
    if math.isnan(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if value < 0:
        return "−" + three(-value)
    if math.isinf(value):
        return "∞"
    mantissa, exponent = f"{value:.2e}".split("e")  # rounds first: 0.0009996 is 0.00100, and 999,999 a million
    rounded = Decimal(f"{mantissa}e{exponent}")
    if PLAIN_LOW <= rounded <= PLAIN_HIGH:
        decimals = max(0, 2 - int(exponent))
        return f"{rounded:,.{decimals}f}"
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def signed(value: float) -> str:
    """`three` with a plus before what is above zero, for differences."""
    return f"+{three(value)}" if value > 0 else three(value)


def count(n: int) -> str:
    """A number of things, in full: "1,797"."""
    return f"{n:,}".replace("-", "−")


def duration(seconds: float) -> str:
    """A span of time for reading: "40 ms", "3.2 s", "45 s", "2 min 5 s", "1 h 5 min"; "–" for nan."""
    seconds = float(seconds)
    if math.isnan(seconds):
        return UNKNOWN
    if seconds < 0:
        return "−" + duration(-seconds)
    if math.isinf(seconds):
        return "∞"
    if seconds == 0:
        return "0 s"
    if seconds < 0.0005:
        return "under 1 ms"
    if seconds < 0.0995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    minutes = round(seconds / 60)
    return _two(minutes // 60, "h", minutes % 60, "min")


def percent(share: float) -> str:
    """A share, 1 being all of it, as a percentage: "38.2 %"."""
    return UNKNOWN if math.isnan(share) else f"{three(100 * float(share))} %"


def larger_than(share: float) -> str:
    """Of how many others something is larger, as a percentage; "every" where it is larger than all of them."""
    return "every" if share == 1 else percent(share)


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    first = f"{count(large)} {large_unit}"
    return f"{first} {small} {small_unit}" if small else first
