"""Whether convolutions pay: the cost of an epoch, and the test error at equal bottleneck and equal seconds."""

from __future__ import annotations

import dataclasses
import statistics
from functools import partial

from playground.bench.measure import interleaved, threads
from playground.bench.ours import Ours, sum_of_squares
from playground.bench.registry import Bench, Figure, result
from playground.data import BUILTIN, load
from playground.data.dataset import Dataset
from playground.data.split import Split
from playground.models.spec import RunSpec
from playground.training import recipe

SEEDS = (0, 1, 2)
LONGER = 4  # the second budget, in multiples of the first
KINDS = ("dense", "convolutional")


def defaults(dataset: Dataset) -> dict[str, RunSpec]:
    """The default settings of both kinds, by kind; with the same bottleneck."""
    dense = recipe.recommended(dataset)
    convolutional = recipe.recommended(dataset, "convolutional")
    return {"dense": dense, "convolutional": dataclasses.replace(convolutional, latent_dim=dense.latent_dim)}


@result("conv_epoch_ratio", unit="times", target=2.5, better="lower")
def conv_epoch_ratio(bench: Bench) -> Figure:
    """5,000 × 28×28: CPU-seconds of an epoch of the convolutional default, in multiples of the dense default's."""
    dataset = load("mnist5000")
    specs = defaults(dataset)
    split = specs["dense"].split(dataset)
    with threads(1):
        turns = {kind: partial(Ours(spec, split).epochs, 1) for kind, spec in specs.items()}
        comparison = interleaved(turns, bench.rounds(9))
    ratio = comparison.ratio("dense", "convolutional")  # samples per second the other way round: seconds per sample
    more = {
        **comparison.rates(),
        "ratio_per_second": comparison.ratio("dense", "convolutional", "seconds").median,
        "specs": {kind: spec.to_json() for kind, spec in specs.items()},
    }
    return Figure(ratio.median, ratio.ends, {}, more)


def conv_vs_dense(name: str, bench: Bench) -> Figure:
    """The convolutional default's test error in multiples of the dense default's, at equal m and equal seconds.

    Equal are the CPU-seconds of training on one thread: the budget is what the dense default takes for its own
    epochs. Each side's one-cycle gets as many epochs as fill the budget, by the time of its first epochs, so that
    both come to their end within it. The epoch with the lowest validation error is scored on the test rows. Value and
    spread are over three seeds; `longer` is one seed of both with four times the budget.
    """
    dataset = load(name)
    specs = defaults(dataset)
    split = specs["dense"].split(dataset)
    with threads(1):
        per_epoch = {kind: epoch_seconds(spec, split) for kind, spec in specs.items()}
        budget = per_epoch["dense"] * specs["dense"].epochs
        runs = [equal_seconds(specs, split, per_epoch, budget, seed) for seed in SEEDS]
        bench.say(
            f"{name}: {budget:.1f} CPU-s each, convolutional / dense {statistics.median(map(ratio_of, runs)):.3f}"
        )
        longer = equal_seconds(specs, split, per_epoch, LONGER * budget, SEEDS[0])
    ratios = [ratio_of(run) for run in runs]
    more = {
        "latent_dim": specs["dense"].latent_dim,
        "cpu_seconds": {kind: statistics.median(run[kind]["cpu_seconds"] for run in runs) for kind in KINDS},
        "test_errors": {kind: statistics.median(run[kind]["test_error"] for run in runs) for kind in KINDS},
        "error_unit": "sum of squared errors per sample",
        "epochs": {kind: runs[0][kind]["epochs"] for kind in KINDS},
        "runs": runs,
        "longer": {"value": ratio_of(longer), **longer},
        "wins": statistics.median(ratios) < 1,
    }
    return Figure(statistics.median(ratios), (min(ratios), max(ratios)), {}, more)


def ratio_of(run: dict[str, dict[str, float]]) -> float:
    """Convolutional test error in multiples of the dense one."""
    return run["convolutional"]["test_error"] / run["dense"]["test_error"]


def epoch_seconds(spec: RunSpec, split: Split) -> float:
    """CPU-seconds of training that an epoch takes: the median of three after a first that does not count."""
    side = Ours(spec, split)
    side.epochs(1)
    return statistics.median(side.epochs(1).cpu_seconds for _ in range(3))


def equal_seconds(
    specs: dict[str, RunSpec], split: Split, per_epoch: dict[str, float], budget: float, seed: int
) -> dict[str, dict[str, float]]:
    """What each kind comes to within the budget."""
    told = {}
    for kind, spec in specs.items():
        epochs = max(1, round(budget / per_epoch[kind]))
        side = Ours(dataclasses.replace(spec, epochs=epochs, patience=0, seed=seed), split)
        cost = side.run()
        error = sum_of_squares(side.trainer.best.reconstruct(split.x_test), split.x_test)
        told[kind] = {"test_error": error, "cpu_seconds": cost.cpu_seconds, "epochs": epochs}
    return told


for _entry in BUILTIN.values():
    if _entry.kind == "images":
        result(
            f"conv_vs_dense_{_entry.name}",
            unit="times",
            better="lower",
            long=True,
            what=f"{_entry.title}: convolutional / dense test error at equal m and equal CPU-seconds of training.",
        )(partial(conv_vs_dense, _entry.name))
