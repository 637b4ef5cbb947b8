"""A sweep over m against one run: what ten values of m cost."""

from __future__ import annotations

import shutil
import tempfile

from playground.analysis.errors import UNITS
from playground.bench.measure import Cost, Spread, timed
from playground.bench.registry import Bench, Figure, result
from playground.data import load
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.runs.sweep import default_latent_dims, start_sweep
from playground.training.recipe import recommended

UNIT = next(iter(UNITS))


@result("sweep_vs_one_run", unit="times", target=3.0, better="lower")
def sweep_vs_one_run(bench: Bench) -> Figure:
    """Digits, default settings: wall seconds of the default sweep (10 values of m) as a multiple of one run's."""
    dataset = load("digits")
    spec = recommended(dataset)
    latent_dims = default_latent_dims(dataset.width)
    costs: dict[str, list[Cost]] = {"run": [], "sweep": []}
    ids: dict[str, list[str]] = {}

    def train_one() -> None:
        ids["run"] = [start(runner, spec)]

    def train_sweep() -> None:
        ids["sweep"] = start_sweep(runner, spec, latent_dims)

    with tempfile.TemporaryDirectory(prefix="playground-bench-") as folder:
        runner = InlineRunner(Store(folder))
        for _ in range(bench.rounds(3, quick=1)):
            costs["run"].append(timed(train_one, 1))
            costs["sweep"].append(timed(train_sweep, 1))
            shutil.rmtree(runner.store.folder / "sweeps")  # or the next round finds every point there
        errors = {run.spec.latent_dim: _error(run) for run in (Run(runner.store, each) for each in ids["sweep"])}
        alone = _error(Run(runner.store, ids["run"][0]))
    pairs = zip(costs["sweep"], costs["run"], strict=True)
    ratio = Spread.of([many.seconds / one.seconds for many, one in pairs])
    more = {
        "seconds": {side: [cost.seconds for cost in of] for side, of in costs.items()},
        # those of a sweep are spent on two cores
        "cpu_seconds": {side: [cost.cpu_seconds for cost in of] for side, of in costs.items()},
        "latent_dims": latent_dims,
        "test_errors": errors,
        "alone": {spec.latent_dim: alone},
    }
    return Figure(ratio.median, ratio.ends, {}, more)


def _error(run: Run) -> float:
    return next(score.error[UNIT] for score in run.scores if score.name == "autoencoder")
