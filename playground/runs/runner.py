"""Who runs the runs: one small interface and the plainest way to fill it. Add one: write a class, add one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from playground.errors import BusyError, RunError
from playground.models.spec import RunSpec
from playground.runs import control
from playground.runs.run import ALIVE, RESUMABLE, Run, split_of
from playground.runs.store import Store


@dataclass(frozen=True)
class Stats:
    """How busy a runner is: places to train at once, runs training, runs waiting, workers that had to be replaced."""

    slots: int
    running: int
    queued: int
    restarts: int


class Runner(Protocol):
    """Trains runs of one store. Only ids cross this border; the spec and the progress are in the run folder."""

    store: Store

    def submit(self, run_id: str, owner: str) -> None:
        """Puts a run in the queue; once it is there, again does nothing. Raises BusyError when the queue is full."""

    def cancel(self, run_id: str) -> None:
        """Ends a run, waiting or training; what it has learnt so far stays."""

    def position(self, run_id: str) -> int | None:
        """How many runs are before this one, or None when it is not waiting."""

    def stats(self) -> Stats: ...

    def close(self) -> None:
        """Ends everything; runs that were training show as interrupted and can be resumed."""


class InlineRunner:
    """Trains in this very process, at once: for scripts, the command line and tests."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def submit(self, run_id: str, owner: str) -> None:
        from playground.runs.execute import execute  # torch, only when something trains

        execute(run_id, self.store)

    def cancel(self, run_id: str) -> None:
        control.ask(self.store.path(run_id), "stop")

    def position(self, run_id: str) -> int | None:
        self.store.path(run_id)
        return None

    def stats(self) -> Stats:
        return Stats(slots=1, running=0, queued=0, restarts=0)

    def close(self) -> None:
        """Nothing goes on between calls."""


def start(runner: Runner, spec: RunSpec, owner: str = "") -> str:
    """Checks `spec` against its data, makes a run folder and submits it; gives the run's id.

    Raises:
        SpecError: the settings do not fit the data.
        DataError: there is no such data set.
        BusyError: no room for another run; nothing is left behind.
    """
    dataset = runner.store.dataset(spec.data)
    split_of(spec, runner.store)
    run_id = runner.store.create(spec, data_hash=dataset.content_hash)
    try:
        runner.submit(run_id, owner)
    except BusyError:
        runner.store.remove(run_id)
        raise
    return run_id


def pause(runner: Runner, run_id: str) -> None:
    """Asks a training run to write a checkpoint and free its place."""
    control.ask(runner.store.path(run_id), "pause")


def stop(runner: Runner, run_id: str) -> None:
    """Ends a run for good. One that was paused keeps its best epoch: it is finished, not trained further."""
    run = Run(runner.store, run_id)
    if run.state in RESUMABLE:
        control.ask(run.folder, "stop")
        runner.submit(run_id, "")
    else:
        runner.cancel(run_id)


def resume(runner: Runner, run_id: str, owner: str = "") -> None:
    """Lets a paused, interrupted or crashed run go on from its last checkpoint.

    Raises:
        RunError: the run has ended.
        BusyError: no room now.
    """
    run = Run(runner.store, run_id)
    if run.state in ALIVE:
        return
    if run.state not in RESUMABLE:
        raise RunError("This run has ended and cannot be resumed: train it again, or change a setting.")
    control.ask(run.folder, None)
    runner.submit(run_id, owner)


def _local(store: Store) -> Runner:
    from playground.runs.local import LocalRunner

    return LocalRunner(store)


RUNNER: dict[str, Callable[[Store], Runner]] = {"inline": InlineRunner, "local": _local}


def make_runner(store: Store) -> Runner:
    """The runner that `PLAYGROUND_RUNNER` names; "local" where it names none.

    Raises:
        RunError: there is no runner of that name.
    """
    name = os.environ.get("PLAYGROUND_RUNNER") or "local"
    if name not in RUNNER:
        raise RunError(f"PLAYGROUND_RUNNER={name} must be one of {', '.join(RUNNER)}.")
    return RUNNER[name](store)
