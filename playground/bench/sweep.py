"""A sweep over m against one run: what ten values of m cost."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from playground.bench.registry import Bench, Figure, result
from playground.data import load
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.runs.sweep import default_latent_dims, start_sweep
from playground.training.recipe import recommended

Made = TypeVar("Made")
UNIT = "sum_squared_error_per_sample"


@result("sweep_vs_one_run", unit="times", target=3.0, better="lower")
def sweep_vs_one_run(bench: Bench) -> Figure:
    """Digits, default settings: wall seconds of the default sweep (10 values of m) as a multiple of one run's."""
    dataset = load("digits")
    spec = recommended(dataset)
    latent_dims = default_latent_dims(dataset.width)
    folder = Path(tempfile.mkdtemp(prefix="playground-bench-"))
    try:
        runner = InlineRunner(Store(folder))
        taken: dict[str, list[float]] = {"run": [], "sweep": []}
        cpu: dict[str, list[float]] = {"run": [], "sweep": []}
        for _ in range(bench.rounds(3, quick=1)):
            run_id = _timed(partial(start, runner, spec), taken["run"], cpu["run"])
            ids = _timed(partial(start_sweep, runner, spec, latent_dims), taken["sweep"], cpu["sweep"])
            shutil.rmtree(folder / "sweeps")  # or the next round finds every point there
        runs = [Run(runner.store, each) for each in ids]
        errors = {run.spec.latent_dim: _error(run) for run in runs}
        alone = _error(Run(runner.store, run_id))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ratios = [many / one for many, one in zip(taken["sweep"], taken["run"], strict=True)]
    more = {
        "seconds": taken,
        "cpu_seconds": cpu,  # those of a sweep are spent on two cores
        "latent_dims": latent_dims,
        "test_errors": errors,
        "alone": {spec.latent_dim: alone},
    }
    return Figure(statistics.median(ratios), (min(ratios), max(ratios)), {}, more)


def _timed(work: Callable[[], Made], seconds: list[float], cpu_seconds: list[float]) -> Made:
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    seconds.append(time.perf_counter() - wall)
    cpu_seconds.append(time.process_time() - cpu)
    return made


def _error(run: Run) -> float:
    return next(score.error[UNIT] for score in run.scores if score.name == "autoencoder")
