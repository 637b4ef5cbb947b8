"""The same questions on a GPU, where one is at hand: against the tutorial loop on that GPU and its matrix rate.

Values are per second of the wall: CPU-seconds say nothing of a GPU's work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from playground.bench.goals import seconds_to_3
from playground.bench.measure import Cost, gpu_name, interleaved, timed
from playground.bench.ours import Ours, Side, StackedOurs
from playground.bench.peers import Tutorial, version_of
from playground.bench.problems import (
    DIGITS_HIDDEN,
    IMAGE_HIDDEN,
    digits,
    mnist60000,
    needs_mnist,
    plain,
)
from playground.bench.rates import OURS, alike
from playground.bench.registry import Bench, Figure, result
from playground.data.split import Split
from playground.models.spec import RunSpec

GPU = "cuda"
SIDE = 8192  # of the square matrices that measure the card's rate
GPU_TARGET = 20.0  # seconds to 3.00


def needs_gpu() -> str | None:
    """The reason why nothing can be measured on a GPU, or None."""
    return None if gpu_name() else "no GPU is at hand"


def waited(device: str, work: Callable[[], object], samples: int) -> Cost:
    """What the work takes until the device has done it."""

    def to_the_end() -> None:
        work()
        if device == GPU:
            torch.cuda.synchronize()

    return timed(to_the_end, samples)


def on_the_device(bench: Bench, spec: RunSpec, split: Split, device: str, epochs: int, data: str) -> Figure:
    """Samples per second of training in multiples of the tutorial loop's on the same device."""
    sides: dict[str, Side] = {OURS: Ours(spec, split, device), "tutorial": Tutorial(spec, split, device)}
    turns = {name: partial(side.epochs, epochs) for name, side in sides.items()}
    comparison = interleaved(turns, bench.rounds())
    ratio = comparison.ratio(OURS, "tutorial", "seconds")
    losses = {name: side.loss() for name, side in sides.items()}
    told = {
        "version": version_of("tutorial"),
        "loss": losses["tutorial"],
        "learns_alike": alike(losses[OURS], losses["tutorial"], split),
    }
    more: dict[str, Any] = {**comparison.rates(), "loss": losses[OURS], "data": data, "device": gpu_name()}
    return Figure(ratio.median, ratio.ends, {"tutorial": told}, more)


@result("gpu_mnist_vs_tutorial", unit="times", target=20.0, needs=(needs_gpu,), peers=("tutorial",))
def gpu_mnist_vs_tutorial(bench: Bench, device: str = GPU) -> Figure:
    """60,000 × 784, 784-256-64-16-64-256-784, batch 256, on a GPU: samples per second against the tutorial loop."""
    split, data = mnist60000()
    return on_the_device(bench, plain(IMAGE_HIDDEN, 16, 256), split, device, 1, data)


@result("gpu_digits_vs_tutorial", unit="times", target=50.0, needs=(needs_gpu,), peers=("tutorial",))
def gpu_digits_vs_tutorial(bench: Bench, device: str = GPU) -> Figure:
    """Digits, 64-64-32-2-32-64-64, batch 64, on a GPU: samples per second against the tutorial loop."""
    return on_the_device(bench, plain(DIGITS_HIDDEN, 2, 64), digits(), device, 10, "digits")


@result("gpu_gemm_share", unit="share", needs=(needs_gpu,))
def gpu_gemm_share(bench: Bench, device: str = GPU, side: int = SIDE) -> Figure:
    """60,000 × 784, 784-256-64-16, batch 256, float32, on a GPU: operations per second as a share of the card's rate.

    The card's rate is that of products of two 8192 × 8192 matrices with torch's settings as they are, measured in turn.
    """
    from playground.bench.rates import Products

    split, data = mnist60000()
    spec = plain(IMAGE_HIDDEN, 16, 256)
    ours = Ours(spec, split, device)
    a, b, out = (torch.rand(side, side, device=device) for _ in range(3))
    operations_per_sample = Products(spec, split, "torch").operations // len(split.train_rows)
    as_samples = 10 * 2 * side**3 // operations_per_sample  # ten products are worth so many samples
    turns: dict[str, Callable[[], Cost]] = {
        OURS: partial(ours.epochs, 1),
        "products": lambda: waited(device, lambda: [torch.mm(a, b, out=out) for _ in range(10)], as_samples),
    }
    comparison = interleaved(turns, bench.rounds())
    share = comparison.ratio(OURS, "products", "seconds")
    rate = comparison.rate("products", "seconds") * operations_per_sample / 1e12
    more = {**comparison.rates(), "limit_tflops": rate, "data": data, "device": gpu_name()}
    return Figure(share.median, share.ends, {}, more)


@result(
    "gpu_mnist30_seconds_to_3",
    unit="seconds",
    target=GPU_TARGET,
    better="lower",
    needs=(needs_gpu, needs_mnist),
)
def gpu_mnist30_seconds_to_3(bench: Bench) -> Figure:
    """MNIST 60,000, 30 units, on a GPU: seconds of training to below 3.00 sum of squares per test image."""
    return seconds_to_3(bench, GPU_TARGET, GPU)


@result("gpu_stacked_64", unit="times", target=2.0, better="lower", needs=(needs_gpu,))
def gpu_stacked_64(bench: Bench, device: str = GPU) -> Figure:
    """Digits, 64 models stacked on a GPU: seconds of an epoch in multiples of one model's."""
    one = plain(DIGITS_HIDDEN, 2, 64)
    sides: dict[str, Side] = {
        "stacked": StackedOurs([plain(DIGITS_HIDDEN, 2, 64, seed) for seed in range(64)], digits(), device),
        "one": Ours(one, digits(), device),
    }
    comparison = interleaved({name: partial(side.epochs, 5) for name, side in sides.items()}, bench.rounds())
    ratio = comparison.ratio("one", "stacked", "seconds")
    more = {**comparison.rates(), "device": gpu_name()}
    return Figure(64 * ratio.median, (64 * ratio.low, 64 * ratio.high), {}, more)
