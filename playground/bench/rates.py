"""Speed: samples per CPU-second against the peers, against several at once, and against bare matrix products."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.bench.measure import Comparison, Cost, Spread, interleaved, threads, timed
from playground.bench.ours import NOTHING, ROWS_FOR_LOSS, Ours, Side, StackedOurs
from playground.bench.peers import PEERS, needs_peer, start, version_of
from playground.bench.problems import DIGITS_HIDDEN, IMAGE_HIDDEN, digits, mnist5000, mnist60000, plain
from playground.bench.registry import Bench, Figure, result
from playground.data.split import Split
from playground.models.spec import RunSpec
from playground.training.threads import has_bfloat16

SECONDS_PER_TURN = 0.4  # of the slower side; long against the clocks, short against the machine's moods
MOST_EPOCHS_PER_TURN = 40
ALIKE = 1.5  # two sides learn alike when neither's loss is more than this many times the other's

OURS = "playground"


def epochs_per_turn(sides: dict[str, Side]) -> int:
    """How many epochs the slowest side makes in a turn; trains every side for one epoch to find out."""
    slowest = max(side.epochs(1).seconds for side in sides.values())
    return max(1, min(MOST_EPOCHS_PER_TURN, round(SECONDS_PER_TURN / max(slowest, 1e-6))))


def compared(sides: dict[str, Side], rounds: int) -> tuple[Comparison, int]:
    """All sides trained in turns for the same number of epochs; also that number per turn, on one thread."""
    with threads(1):
        number = epochs_per_turn(sides)
        turns: dict[str, Callable[[], Cost]] = {name: partial(side.epochs, number) for name, side in sides.items()}
        return interleaved(turns, rounds), number


def against(bench: Bench, ours: Side, name: str, theirs: Side, split: Split) -> Figure:
    """Samples per CPU-second of our side, in multiples of that peer's; both have trained equally long at the end."""
    sides = {OURS: ours, name: theirs}
    comparison, number = compared(sides, bench.rounds())
    ratio = comparison.ratio(OURS, name)
    losses = {side: sides[side].loss() for side in sides}
    more: dict[str, Any] = {
        **comparison.rates(),
        "ratio_per_second": comparison.ratio(OURS, name, "seconds").median,
        "loss": losses[OURS],
        "epochs_per_turn": number,
        "rounds": len(comparison.costs[OURS]),
    }
    if isinstance(ours, Ours):
        more["ratio_with_scoring"] = ratio.median * ours.trained.cpu_seconds / ours.whole.cpu_seconds
    told = {"version": version_of(name), "loss": losses[name], "learns_alike": alike(losses[OURS], losses[name], split)}
    return Figure(ratio.median, ratio.ends, {name: told}, more)


def alike(ours: float, theirs: float, split: Split) -> bool:
    """Whether two losses after equally many epochs are close, and below the error of the mean: both sides train."""
    mean = float(split.x_train[:ROWS_FOR_LOSS].var(axis=0).mean())
    return max(ours, theirs) <= ALIKE * min(ours, theirs) and max(ours, theirs) < mean


@result("digits_vs_tutorial", unit="times", target=8.0, peers=("tutorial",))
def digits_vs_tutorial(bench: Bench) -> Figure:
    """Digits, 64-64-32-2-32-64-64, batch 64: samples per CPU-second against the plain PyTorch tutorial loop."""
    spec = plain(DIGITS_HIDDEN, 2, 64)
    return against(bench, Ours(spec, digits()), "tutorial", start("tutorial", spec, digits()), digits())


@result("digits_vs_sklearn", unit="times", target=3.0, needs=(needs_peer("sklearn"),), peers=("sklearn",))
def digits_vs_sklearn(bench: Bench) -> Figure:
    """Digits, 64-64-32-2-32-64-64, batch 64: samples per CPU-second against scikit-learn's MLPRegressor."""
    spec = plain(DIGITS_HIDDEN, 2, 64)
    return against(bench, Ours(spec, digits()), "sklearn", start("sklearn", spec, digits()), digits())


class OneAfterAnother:
    """Several specs trained by one peer, one after another."""

    def __init__(self, name: str, specs: list[RunSpec], split: Split) -> None:
        self._sides = [start(name, spec, split) for spec in specs]

    def epochs(self, number: int) -> Cost:
        return sum((side.epochs(number) for side in self._sides), NOTHING)

    def loss(self) -> float:
        """Averaged over the models."""
        return float(np.mean([side.loss() for side in self._sides]))


@result("sweep_vs_tutorial", unit="times", target=10.0, peers=("tutorial",))
def sweep_vs_tutorial(bench: Bench) -> Figure:
    """Digits, m = 1 to 12 stacked: samples per CPU-second against the tutorial loop, one after another."""
    specs = [plain(DIGITS_HIDDEN, m, 64) for m in range(1, 13)]
    theirs = OneAfterAnother("tutorial", specs, digits())
    return against(bench, StackedOurs(specs, digits()), "tutorial", theirs, digits())


class Products:
    """The matrix products of an epoch and nothing else, every result written into memory made before: the limit.

    Per batch and layer one product forward, one for the gradient of the weights, and one for the gradient of the
    input, which the first layer does not need. Weights are (outputs, inputs), as torch has them.
    """

    def __init__(self, spec: RunSpec, split: Split, library: str, dtype: torch.dtype = torch.float32) -> None:
        layers = spec.layers(split.n_features)
        self.samples = len(split.train_rows)
        full, last = divmod(self.samples, spec.batch_size)
        self._batches = [spec.batch_size] * full + ([last] if last else [])
        generator = torch.Generator().manual_seed(0)

        def array(*shape: int) -> Any:
            values = torch.randn(shape, generator=generator).to(dtype)
            return values.numpy() if library == "numpy" else values

        self._values = [array(spec.batch_size, width) for width in layers]  # (batch, units) of each layer
        self._out = [array(spec.batch_size, width) for width in layers]
        self._weights = [array(after, before) for before, after in pairwise(layers)]
        self._gradients = [array(after, before) for before, after in pairwise(layers)]
        self._product: Callable[..., Any] = np.matmul if library == "numpy" else torch.mm

    @property
    def operations(self) -> int:
        """Floating-point multiplications and additions per epoch."""
        per_row = sum(2 * w.shape[0] * w.shape[1] * (2 if place == 0 else 3) for place, w in enumerate(self._weights))
        return per_row * self.samples

    def epochs(self, number: int) -> Cost:
        return timed(lambda: self._epochs(number), number * self.samples)

    def loss(self) -> float:
        """Nothing is learnt."""
        return float("nan")

    def _epochs(self, number: int) -> None:
        for _ in range(number):
            for rows in self._batches:
                self._step(rows)

    def _step(self, rows: int) -> None:
        for place, weight in enumerate(self._weights):
            self._product(self._values[place][:rows], weight.T, out=self._out[place + 1][:rows])
        for place in reversed(range(len(self._weights))):
            error: np.ndarray | Tensor = self._values[place + 1][:rows]
            self._product(error.T, self._values[place][:rows], out=self._gradients[place])
            if place:
                self._product(error, self._weights[place], out=self._out[place][:rows])


def gemm_share(split: Split, data: str, rounds: int) -> Figure:
    """Samples per CPU-second as a share of what the faster of torch's and numpy's matrix products alone allow."""
    spec = plain(IMAGE_HIDDEN, 16, 256)
    ours = Ours(spec, split)
    limits = {f"{library}_products": Products(spec, split, library) for library in ("torch", "numpy")}
    comparison, number = compared({OURS: ours, **limits}, rounds)
    limit = max(limits, key=lambda name: comparison.rate(name, "cpu_seconds"))
    share = comparison.ratio(OURS, limit)
    flops = limits[limit].operations / limits[limit].samples * comparison.rate(limit, "cpu_seconds")
    more = {
        **comparison.rates(),
        "ratio_per_second": comparison.ratio(OURS, limit, "seconds").median,
        "ratio_with_scoring": share.median * ours.trained.cpu_seconds / ours.whole.cpu_seconds,
        "limit": limit,
        "limit_gflops": flops / 1e9,
        "loss": ours.loss(),
        "data": data,
        "epochs_per_turn": number,
        "rounds": len(comparison.costs[OURS]),
    }
    return Figure(share.median, share.ends, {}, more)


@result("mnist5k_gemm_share", unit="share", target=0.85)
def mnist5k_gemm_share(bench: Bench) -> Figure:
    """5,000 × 784, 784-256-64-16-64-256-784, batch 256, float32: share of what its matrix products alone allow."""
    return gemm_share(mnist5000(), "MNIST-5000", bench.rounds())


@result("mnist60k_gemm_share", unit="share", target=0.85)
def mnist60k_gemm_share(bench: Bench) -> Figure:
    """60,000 × 784, 784-256-64-16-64-256-784, batch 256, float32: share of what its matrix products alone allow."""
    return gemm_share(*mnist60000(), bench.rounds(5, quick=3))


def mnist5k_vs(name: str, bench: Bench) -> Figure:
    """5,000 × 784, 784-256-64-16-64-256-784, batch 256, float32, against one peer."""
    spec = plain(IMAGE_HIDDEN, 16, 256)
    return against(bench, Ours(spec, mnist5000()), name, start(name, spec, mnist5000()), mnist5000())


for _name in PEERS:
    result(
        f"mnist5k_vs_{_name}",
        unit="times",
        target=1.0,
        needs=(needs_peer(_name),),
        peers=(_name,),
        what=f"5,000 × 784, 784-256-64-16-64-256-784, batch 256, float32: samples per CPU-second against {_name}.",
    )(partial(mnist5k_vs, _name))


def needs_bfloat16() -> str | None:
    """The reason why bfloat16 cannot be measured, or None."""
    return None if has_bfloat16() else "this CPU has no bf16 instructions (AVX512-BF16 or AMX)"


@result("bf16_gain", unit="times", target=1.7, needs=(needs_bfloat16,))
def bf16_gain(bench: Bench) -> Figure:
    """5,000 × 784, 784-256-64-16-64-256-784, batch 256: samples per CPU-second in bf16, in multiples of float32's."""
    spec = plain(IMAGE_HIDDEN, 16, 256)
    both = (dataclasses.replace(spec, precision=name) for name in ("bfloat16", "float32"))
    sides: dict[str, Side] = {each.precision: Ours(each, mnist5000()) for each in both}
    comparison, number = compared(sides, bench.rounds())
    gain: Spread = comparison.ratio("bfloat16", "float32")
    losses = {name: side.loss() for name, side in sides.items()}
    more = {
        **comparison.rates(),
        "loss": losses,
        "learns_alike": alike(losses["bfloat16"], losses["float32"], mnist5000()),
        "epochs_per_turn": number,
    }
    return Figure(gain.median, gain.ends, {}, more)
