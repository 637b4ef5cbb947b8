"""What a live view costs the training that it shows: the same run in a worker, with and without somebody who looks."""

from __future__ import annotations

import dataclasses
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playground.bench.measure import Spread
from playground.bench.registry import Bench, Figure, result
from playground.data import load
from playground.errors import RunError
from playground.models.spec import RunSpec
from playground.runs.local import LocalRunner
from playground.runs.run import Run
from playground.runs.runner import start
from playground.runs.store import Store
from playground.training.recipe import recommended

EVERY_SECONDS = 0.25
SNAPSHOTS_READ = 8
EPOCHS = 120


@result("live_view_cost", unit="times", target=1.05, better="lower")
def live_view_cost(bench: Bench) -> Figure:
    """Digits, 120 epochs in a worker: training seconds with a viewer that reads the run four times a second.

    The viewer reads what the page reads, the record, the history and the newest eight snapshots, from the server's
    process. Both sides take turns, one run each; the ratio is that of neighbouring runs.
    """
    spec = dataclasses.replace(recommended(load("digits")), epochs=EPOCHS, patience=0)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    looks: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        runner = LocalRunner(Store(folder), slots=1)
        try:
            _trained(runner, dataclasses.replace(spec, epochs=2), watched=False)  # the worker is warm from here on
            for turn in range(bench.rounds(7, quick=3)):
                for watched in (False, True) if turn % 2 else (True, False):
                    run, seen = _trained(runner, spec, watched=watched)
                    seconds[watched].append(run.history.seconds[-1])
                    looks += [seen] if watched else []
        finally:
            runner.close()
    ratio = Spread.of([with_one / without for without, with_one in zip(seconds[False], seconds[True], strict=True)])
    more: dict[str, Any] = {
        "seconds_of_training": {"watched": seconds[True], "alone": seconds[False]},
        "looks": looks,
        "epochs": EPOCHS,
    }
    return Figure(ratio.median, ratio.ends, {}, more)


def _trained(runner: LocalRunner, spec: RunSpec, *, watched: bool) -> tuple[Run, int]:
    """A finished run, and how often somebody looked at it."""
    run_id = start(runner, spec)
    looks = [0]
    with _viewer(runner.store, run_id, looks) if watched else _nobody():
        while not Run(runner.store, run_id).is_finished:
            time.sleep(EVERY_SECONDS)
    return Run(runner.store, run_id), looks[0]


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _viewer(store: Store, run_id: str, looks: list[int]) -> Iterator[None]:
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(EVERY_SECONDS):
            run = Run(store, run_id)
            _ = run.state, run.history, run.knobs, run.changes
            for epoch in run.snapshot_epochs()[-SNAPSHOTS_READ:]:
                with suppress(RunError):  # the worker may just have thinned it out
                    run.snapshot(epoch)
            looks[0] += 1

    thread = threading.Thread(target=look, name="viewer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
