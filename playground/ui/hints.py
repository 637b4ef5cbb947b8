"""Hints on the train page: at most two, each with its numbers and a button that does what it says."""

from __future__ import annotations

from playground.runs.run import Run


def show(run: Run) -> None:
    """Draws what this run could do better; nothing where there is nothing to say."""
