"""What a visitor asks of a run while it trains; it travels through the run folder, so it works from any process."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Literal

from playground.runs.store import write_json

Command = Literal["pause", "stop"]
HEARTBEAT_SECONDS = 0.5
DEAD_AFTER_SECONDS = 4.0  # eight missed beats


def ask(folder: Path, command: Command | None) -> None:
    """Leaves a wish for whoever trains this run; None takes back an earlier one."""
    write_json(folder / "control.json", {"command": command, "at": time.time()})


def asked(folder: Path) -> Command | None:
    """The wish that stands, or None."""
    try:
        command = json.loads((folder / "control.json").read_text())["command"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return command if command in ("pause", "stop") else None


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
