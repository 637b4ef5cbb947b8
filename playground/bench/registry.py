"""What a result is, and the line that puts one into the registry.

To add a result: write a function of a `Bench` that gives a `Figure`, with `@result(name, …)` above it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Need = Callable[[], str | None]  # the reason why a result cannot be measured here, or None
Better = Literal["higher", "lower"]


class Skip(Exception):
    """What a result needs is absent; `str(reason)` says what."""


@dataclass(frozen=True)
class Bench:
    """How a run of the benchmark measures.

    Attributes:
        quick: fewer rounds where one round takes seconds.
        say: tells the user what is going on, a line at a time.
    """

    quick: bool = False
    say: Callable[[str], None] = lambda line: None

    def rounds(self, short: int = 7, *, quick: int = 5) -> int:
        """How often each side takes its turn."""
        return quick if self.quick else short


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Attributes:
        value: in the result's unit; None where the goal was not reached at all.
        spread: the lowest and highest of the rounds (or seeds) whose median `value` is.
        peers: by name, what each side it was compared with did, or `{"skipped": reason}`.
        more: whatever else belongs into the JSON.
        reached: whether the target is met where value and target alone do not say so.
    """

    value: float | None
    spread: tuple[float, float] | None = None
    peers: dict[str, dict[str, Any]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    reached: bool | None = None


@dataclass(frozen=True)
class Result:
    """An entry of the registry; see `result`."""

    name: str
    unit: str
    target: float | None
    better: Better
    long: bool
    needs: tuple[Need, ...]
    peers: tuple[str, ...]
    what: str
    measure: Callable[[Bench], Figure]

    def reason_to_skip(self) -> str | None:
        """Why this cannot be measured here, or None."""
        return next((reason for need in self.needs if (reason := need())), None)

    def is_met(self, figure: Figure) -> bool | None:
        """Whether the figure reaches the target; None where there is no target."""
        if figure.reached is not None or self.target is None:
            return figure.reached
        if figure.value is None:
            return False
        return figure.value >= self.target if self.better == "higher" else figure.value <= self.target


RESULTS: dict[str, Result] = {}

Measure = Callable[[Bench], Figure]


def result(
    name: str,
    *,
    unit: str,
    target: float | None = None,
    better: Better = "higher",
    long: bool = False,
    needs: tuple[Need, ...] = (),
    peers: tuple[str, ...] = (),
    what: str = "",
) -> Callable[[Measure], Measure]:
    """Registers the function below.

    Args:
        name: in the JSON and after `--only`.
        unit: in words.
        target: what it shall reach.
        better: whether a higher or a lower value is the better one.
        long: left out by `--quick`.
        needs: each gives the reason why this cannot be measured here, or None.
        peers: what it is compared with; all of them are named where the result is skipped.
        what: one line on what is measured; by default the first line of the function's docstring.
    """

    def register(measure: Measure) -> Measure:
        line = what or (measure.__doc__ or "").strip().partition("\n")[0]
        RESULTS[name] = Result(name, unit, target, better, long, needs, peers, line, measure)
        return measure

    return register
