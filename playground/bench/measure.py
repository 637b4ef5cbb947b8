"""How time is taken: sides take turns within one run, medians with their spread, one thread, and on which machine.

CPU-seconds are those of all threads of this process (`time.process_time`): other users of a shared machine disturb
them least. Seconds are those of the clock on the wall.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from playground.training.threads import has_bfloat16

Clock = Literal["cpu_seconds", "seconds"]
LEAST_SECONDS = 1e-9


@dataclass(frozen=True)
class Cost:
    """What work on so many samples took."""

    samples: int
    cpu_seconds: float
    seconds: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.samples + other.samples, self.cpu_seconds + other.cpu_seconds, self.seconds + other.seconds)

    def rate(self, clock: Clock) -> float:
        """Samples per second of that clock."""
        return self.samples / max(getattr(self, clock), LEAST_SECONDS)


def timed(work: Callable[[], object], samples: int) -> Cost:
    """What `work` on so many samples takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Cost(samples, time.process_time() - cpu, time.perf_counter() - wall)


@dataclass(frozen=True)
class Spread:
    """A median, and the lowest and highest value that it was taken from."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    @property
    def ends(self) -> tuple[float, float]:
        return self.low, self.high


@dataclass(frozen=True)
class Comparison:
    """The costs of every side, round by round."""

    costs: Mapping[str, list[Cost]]

    def ratio(self, ours: str, other: str, clock: Clock = "cpu_seconds") -> Spread:
        """How many times the samples per second of `other` our side makes, round by round."""
        pairs = zip(self.costs[ours], self.costs[other], strict=True)
        return Spread.of([one.rate(clock) / two.rate(clock) for one, two in pairs])

    def rate(self, side: str, clock: Clock) -> float:
        """The median of that side's samples per second."""
        return statistics.median(cost.rate(clock) for cost in self.costs[side])

    def rates(self) -> dict[str, dict[str, float]]:
        """For the JSON: samples per CPU-second and per second of every side."""
        return {
            "per_cpu_second": {side: self.rate(side, "cpu_seconds") for side in self.costs},
            "per_second": {side: self.rate(side, "seconds") for side in self.costs},
        }


def interleaved(sides: Mapping[str, Callable[[], Cost]], rounds: int, warm_up: int = 1) -> Comparison:
    """Lets the sides take turns, A B A B …, so that a machine that slows down slows all of them.

    Args:
        sides: each does its work once and says what it took.
        rounds: that count.
        warm_up: rounds before that do not.
    """
    costs: dict[str, list[Cost]] = {side: [] for side in sides}
    for turn in range(warm_up + rounds):
        for side, work in sides.items():
            cost = work()
            if turn >= warm_up:
                costs[side].append(cost)
    return Comparison(costs)


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Lets torch and the BLAS libraries of this process, a peer's too, use so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        with threadpool_limits(number):
            yield
    finally:
        torch.set_num_threads(before)


def gpu_name() -> str | None:
    """The first GPU's name, or None."""
    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else None


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": _memory_gb(),
        "bfloat16": has_bfloat16(),
        "gpu": gpu_name(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "blas": sorted({f"{pool['internal_api']} {pool['version']}" for pool in threadpool_info() if pool["version"]}),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None
