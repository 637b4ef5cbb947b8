"""What a visitor asks of a run while it trains; it travels through the run folder, so it works from any process."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from playground.runs.store import write_bytes

if sys.platform != "win32":
    import fcntl

Command = Literal["pause", "stop"]
Until = Literal["end", "epoch", "step"]
HEARTBEAT_SECONDS = 0.5
DEAD_AFTER_SECONDS = 4.0  # eight missed beats
SECONDS_TO_SETTLE = 1.0  # two files written in so short a time may bear the same time stamp
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Wish:
    """What stands in a run's folder for whoever trains it.

    Attributes:
        command: what to do at once, or None.
        until: how far to train before the run pauses by itself: to its "end", for an "epoch", or for one "step".
        knobs: the values that settings should have from now on, by name.
    """

    command: Command | None = None
    until: Until = "end"
    knobs: Mapping[str, float] = field(default_factory=dict)


def ask(folder: Path, command: Command | None, until: Until = "end") -> None:
    """Leaves a wish for whoever trains this run, which takes the place of an earlier one; None says: go on.

    The knobs stay as they are.
    """
    with _alone(folder):
        _write(folder, Wish(command, until, _read(folder).knobs))


def turn(folder: Path, name: str, value: float) -> None:
    """Leaves the wish that a knob has this value from now on; all else stays as it is."""
    with _alone(folder):
        before = _read(folder)
        _write(folder, Wish(before.command, before.until, {**before.knobs, name: value}))


def forget(folder: Path) -> None:
    """Takes back every wish."""
    with _alone(folder):
        (folder / "control.json").unlink(missing_ok=True)


def wish(folder: Path) -> Wish:
    """The wishes that stand; asked every few steps, so that a file that has not changed is not read again."""
    path = folder / "control.json"
    try:
        status = path.stat()
    except OSError:
        return Wish()
    if time.time() - status.st_mtime < SECONDS_TO_SETTLE:
        return _read(folder)
    return _settled(folder, status.st_mtime_ns, status.st_ino)


def asked(folder: Path) -> Command | None:
    """The command that stands, or None."""
    return wish(folder).command


@lru_cache(maxsize=64)
def _settled(folder: Path, changed: int, file: int) -> Wish:
    return _read(folder)


def _read(folder: Path) -> Wish:
    """What stands in the file; nothing where it is missing or damaged."""
    try:
        content = json.loads((folder / "control.json").read_text())
        command, until = content.get("command"), content.get("until")
        return Wish(
            command if command in ("pause", "stop") else None,
            until if until in ("epoch", "step") else "end",
            {str(name): float(value) for name, value in content.get("knobs", {}).items()},
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return Wish()


def _write(folder: Path, wish: Wish) -> None:
    text = json.dumps({**asdict(wish), "at": time.time()}, allow_nan=False)
    write_bytes(folder / "control.json", text.encode(), durable=False)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else changes the wishes meanwhile: no other tab, and where the system can lock files no other process."""
    with _ONE_AT_A_TIME, (folder / "control.lock").open("w") as stream:
        if sys.platform != "win32":
            fcntl.flock(stream, fcntl.LOCK_EX)  # until the file is closed
        yield


def beat(folder: Path) -> None:
    """Says that this run is being worked on."""
    path = folder / "heartbeat"
    path.touch()
    os.utime(path)


def is_alive(folder: Path) -> bool:
    """Whether somebody has been working on this run in the last seconds."""
    try:
        age = time.time() - (folder / "heartbeat").stat().st_mtime
    except OSError:
        return False
    return age < DEAD_AFTER_SECONDS
