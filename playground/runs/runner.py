"""Who runs the runs: one small interface and the plainest way to fill it. Add one: write a class, add one line."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from playground.errors import BusyError, PlaygroundError, RunError, SpecError
from playground.models.spec import FIELDS, RunSpec, differing
from playground.runs import control
from playground.runs.control import Until
from playground.runs.run import ALIVE, RESUMABLE, Run, split_of
from playground.runs.store import Store
from playground.training.steering import turned

LEAST_RACERS, MOST_RACERS = 2, 4


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

    def submit(self, run_id: str, owner: str, others: Sequence[str] = ()) -> None:
        """Puts a run in the queue; once it is there, again does nothing. Raises BusyError when the queue is full.

        `others` train in turns with it, in the same place.
        """

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

    def submit(self, run_id: str, owner: str, others: Sequence[str] = ()) -> None:
        from playground.runs.execute import execute  # torch, only when something trains

        self.store.path(run_id)
        execute(run_id, self.store, others)

    def cancel(self, run_id: str) -> None:
        control.ask(self.store.path(run_id), "stop")

    def position(self, run_id: str) -> int | None:
        self.store.path(run_id)
        return None

    def stats(self) -> Stats:
        return Stats(slots=1, running=0, queued=0, restarts=0)

    def close(self) -> None:
        """Nothing goes on between calls."""


def start(runner: Runner, spec: RunSpec, owner: str = "", until: Until = "end") -> str:
    """Checks `spec` against its data, makes a run folder and submits it; gives the run's id.

    Args:
        until: with "epoch" or "step" the run pauses by itself after one epoch, or after one observed step.

    Raises:
        SpecError: the settings do not fit the data.
        DataError: there is no such data set.
        BusyError: no room for another run; nothing is left behind.
    """
    run_id = _created(runner.store, spec)
    if until != "end":
        control.ask(runner.store.path(run_id), None, until)
    try:
        runner.submit(run_id, owner)
    except BusyError:
        runner.store.remove(run_id)
        raise
    return run_id


def start_race(runner: Runner, specs: Sequence[RunSpec], owner: str = "") -> list[str]:
    """Starts two to four runs on the same rows, which train in turns, an epoch each, in one place of the queue.

    Each has a folder of its own and can be paused, stopped and changed on its own; resumed, it goes on as a run of
    its own.

    Returns:
        Their ids, in the order of `specs`.

    Raises:
        SpecError: too few or too many, other rows, or settings that do not fit the data.
        DataError: there is no such data set.
        BusyError: no room for a race; nothing is left behind.
    """
    if not LEAST_RACERS <= len(specs) <= MOST_RACERS:
        raise SpecError(f"A race has {LEAST_RACERS} to {MOST_RACERS} runs, not {len(specs)}.")
    if differ := [name for name in differing(specs) if FIELDS[name].group == "data"]:  # which rows, and how
        raise SpecError(f"All runs of a race train on the same rows: give them the same {', '.join(differ)}.")
    ids: list[str] = []
    try:
        for spec in specs:
            ids.append(_created(runner.store, spec))
        for run_id in ids:
            runner.store.update(run_id, race=ids)
        runner.submit(ids[0], owner, ids[1:])
    except PlaygroundError:
        for run_id in ids:
            runner.store.remove(run_id)
        raise
    return ids


def _created(store: Store, spec: RunSpec) -> str:
    dataset = store.dataset(spec.data)
    split_of(spec, store)
    return store.create(spec, data_hash=dataset.content_hash)


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
    """Lets a paused, interrupted or crashed run go on from its last checkpoint, to its end.

    One that trains to the end of an epoch, or that was asked to pause a moment ago, goes on to its end too.

    Raises:
        RunError: the run has ended.
        BusyError: no room now.
    """
    _train(runner, run_id, owner, "end")


def one_epoch(runner: Runner, run_id: str, owner: str = "") -> None:
    """Trains a paused or training run to the end of its present epoch, then pauses it; raises as `resume` does.

    A run that stands exactly at an epoch's end trains the next one.
    """
    _train(runner, run_id, owner, "epoch")


def one_step(runner: Runner, run_id: str, owner: str = "") -> None:
    """One observed step of a paused or training run, after which it is paused; raises as `resume` does.

    What was seen is `Run.step_seen`.
    """
    _train(runner, run_id, owner, "step")


def _train(runner: Runner, run_id: str, owner: str, until: Until) -> None:
    run = Run(runner.store, run_id)
    if run.state in ALIVE:
        if control.asked(run.folder) != "stop":
            control.ask(run.folder, None, until)
        return
    if run.state not in RESUMABLE:
        raise RunError("This run has ended and cannot be resumed: train it again, or change a setting.")
    control.ask(run.folder, None, until)
    runner.submit(run_id, owner)


def change(runner: Runner, run_id: str, name: str, value: float) -> None:
    """Changes one of `KNOBS` of a run that waits, trains or is paused; heard within ten steps of training.

    Raises:
        SpecError: this run has no such knob, or the value is out of its range.
        RunError: the run has ended.
    """
    run = Run(runner.store, run_id)
    spec = run.spec
    for knob, now in run.knobs.items():
        spec = turned(spec, knob, now)
    value = getattr(turned(spec, name, value), name)
    if run.state not in ALIVE + RESUMABLE:
        raise RunError("This run has ended: train it for more epochs, or again with other settings.")
    control.turn(run.folder, name, value)


def go_on(runner: Runner, run_id: str, epochs: int, owner: str = "") -> None:
    """Trains a run that is done or stopped for so many more epochs, from where it ended, Adam's memory included.

    While it trains it has no result; the old one is replaced at its next end, which says that it went on.

    Raises:
        SpecError: `epochs` is out of its range.
        RunError: the run is not done or stopped, or its last state was not kept.
        BusyError: no room now; the run stays as it was.
    """
    run = Run(runner.store, run_id)
    if run.state not in ("done", "stopped"):
        raise RunError("Only a run that is done or stopped can go on for more epochs: resume it, or train it again.")
    if not (run.folder / "checkpoint.safetensors").exists():
        raise RunError("The last state of this run was not kept, so it cannot go on: train it again for more epochs.")
    FIELDS["epochs"].check(epochs)
    legs = [*run.legs[:-1], len(run.history.epoch) - sum(run.legs[:-1]), epochs]
    control.forget(run.folder)
    runner.store.update(run_id, legs=legs)
    try:
        runner.submit(run_id, owner)
    except BusyError:
        runner.store.update(run_id, legs=list(run.legs))
        raise


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
