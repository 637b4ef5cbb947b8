"""How long a training will take, before it starts: its arithmetic over this machine's rate, and what every step costs.

An estimate, right within a factor of two or so; what a run really took stands with the run.
"""

from __future__ import annotations

import functools
import math
import time

import numpy as np

from playground.data.dataset import Dataset
from playground.models.sizes import multiplications
from playground.models.spec import RunSpec
from playground.training.schedule import MOST_TRAIN_ROWS_SCORED

NOMINAL = 8e10  # operations per second of one core's matrix products, for what must not depend on the machine
PASSES = 3  # forward, and the gradients of weights and of inputs
HAND_DERIVED, DIFFERENTIATED = 120e-6, 900e-6  # seconds that a step costs besides its arithmetic, measured
CONVOLVED = 2.5e-3
SHARE_OF_PRODUCTS = 0.8  # of the rate of bare matrix products, in dense layers
SHARE_OF_CONVOLUTIONS = 0.25


def seconds_per_epoch(spec: RunSpec, dataset: Dataset, rate: float = NOMINAL) -> float:
    """About the seconds of one epoch on one core of the CPU, its evaluation included.

    Args:
        spec: the settings.
        dataset: that they are for.
        rate: operations per second of the machine's matrix products.
    """
    size = (dataset.width, dataset.n_flags, dataset.grid)
    operations = 2 * multiplications(spec, *size)
    n = dataset.n_samples * dataset.share_of(spec.only)
    rows = n * (1 - spec.val_fraction - spec.test_fraction)
    scored = n * spec.val_fraction + min(rows, MOST_TRAIN_ROWS_SCORED)
    rate *= SHARE_OF_CONVOLUTIONS if spec.is_convolutional else SHARE_OF_PRODUCTS
    if spec.model == "contractive":
        operations *= 2
    steps = math.ceil(rows / spec.batch_size)
    return (PASSES * rows + scored) * operations / rate + steps * _seconds_of_a_step(spec, dataset)


def _seconds_of_a_step(spec: RunSpec, dataset: Dataset) -> float:
    if spec.is_convolutional:
        return CONVOLVED
    is_plain = spec.model in ("dense", "denoising", "linear") and spec.dropout == 0 and spec.output != "table"
    return HAND_DERIVED if is_plain and not dataset.n_flags else DIFFERENTIATED


def epochs_within(spec: RunSpec, dataset: Dataset, seconds: float, rate: float = NOMINAL) -> int:
    """The epochs that about `seconds` are enough for, at least one."""
    return max(1, int(seconds / seconds_per_epoch(spec, dataset, rate)))


@functools.cache
def rate_of_this_machine() -> float:
    """Operations per second of a matrix product in numpy, measured once per process in a few milliseconds."""
    a = np.ones((256, 256), np.float32)
    out = np.empty_like(a)
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        np.matmul(a, a, out=out)
        best = min(best, time.perf_counter() - start)
    return 2 * 256**3 / best
