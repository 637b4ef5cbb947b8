"""What the hand-derived step gains, in CPU seconds of one thread: `python tests/benchmarks/fast_step.py`.

Three figures, medians of ratios taken in turn: the step of a small network and a sweep of twelve against the loop of
every tutorial, and the step of a larger network against its matrix products alone.
"""

import json
import os
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy and torch are first imported
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from playground.data import load
from playground.models.autoencoder import build
from playground.models.spec import RunSpec
from playground.training.fast_step import FastStep
from playground.training.stacked import Stacked

ROUNDS = 11
SMALL = {"hidden": (64, 32), "latent_dim": 2, "batch_size": 64}
LARGE = {"hidden": (256, 64), "latent_dim": 16, "batch_size": 256}
PLAIN = {"batch_norm": False, "output": "linear", "activation": "relu", "schedule": "constant", "learning_rate": 1e-3}


def tutorial(spec, x, steps):
    """TensorDataset, DataLoader, MSELoss, Adam and `.item()`."""
    loader = DataLoader(TensorDataset(torch.from_numpy(x)), spec.batch_size, shuffle=True)

    def run():
        model = build(spec, x.shape[1])
        loss, optimiser = nn.MSELoss(), torch.optim.Adam(model.parameters(), lr=1e-3)
        done, total = 0, 0.0
        while done < steps:
            for (batch,) in loader:
                optimiser.zero_grad()
                value = loss(model(batch), batch)
                value.backward()
                optimiser.step()
                total += value.item()
                done += 1
                if done == steps:
                    break

    return run


def stepping(spec, x, steps):
    """The fast step, the gathering of shuffled rows included."""
    step = FastStep([build(spec, x.shape[1])], loss="sum_squares")
    generator = torch.Generator().manual_seed(0)
    starts = range(0, len(x) - spec.batch_size + 1, spec.batch_size)

    def run():
        for at in range(steps):
            if at % len(starts) == 0:
                order = torch.randperm(len(x), generator=generator).numpy()
            start = starts[at % len(starts)]
            batch = step.take(x, order[start : start + spec.batch_size])
            step(batch, batch, 1e-3)

    return run


def products(spec, n_features, steps):
    """The matrix products of a step alone, by numpy into arrays that are there."""
    rng = np.random.default_rng(0)
    calls = []
    for place, (into, out) in enumerate(pairwise(spec.layers(n_features))):
        x, weight, slopes = (
            rng.normal(size=shape).astype(np.float32)
            for shape in ((spec.batch_size, into), (out, into), (spec.batch_size, out))
        )
        calls += [(x, weight.T, np.empty_like(slopes)), (slopes.T, x, np.empty_like(weight))]
        calls += [(slopes, weight, np.empty_like(x))] if place else []

    def run():
        for _ in range(steps):
            for a, b, product in calls:
                np.matmul(a, b, out=product)

    return run


def ratio(first, second):
    """CPU seconds of the first over the second's, the median of several turns; and both medians."""
    seconds = []
    for at in range(ROUNDS + 1):
        turn = []
        for call in (first, second):
            start = time.process_time()
            call()
            turn.append(time.process_time() - start)
        if at:
            seconds.append(turn)
    median = [statistics.median(column) for column in zip(*seconds, strict=True)]
    return round(statistics.median(one / other for one, other in seconds), 3), [round(s, 4) for s in median]


def sweep(split, epochs):
    specs = [RunSpec(**SMALL | PLAIN | {"latent_dim": m, "epochs": epochs}) for m in range(1, 13)]

    def together():
        for _ in Stacked(specs, split):
            pass

    def apart():
        for spec in specs:
            tutorial(spec, split.x_train, epochs * -(-len(split.x_train) // 64))()

    return apart, together


if __name__ == "__main__":
    torch.set_num_threads(1)
    digits, spec = load("digits"), RunSpec(**SMALL | PLAIN)
    split = spec.split(digits)
    images = np.random.default_rng(0).random((5000, 784), dtype=np.float32)
    large = RunSpec(**LARGE | PLAIN)
    figures = {
        "digits: tutorial / fast step": ratio(tutorial(spec, split.x_train, 200), stepping(spec, split.x_train, 200)),
        "784-256-64-16: products / fast step": ratio(products(large, 784, 20), stepping(large, images, 20)),
        "digits, 12 models: tutorial / stack with its scores": ratio(*sweep(split, 11)),
    }
    for what, (median, seconds) in figures.items():
        print(json.dumps({"what": what, "ratio": median, "CPU seconds": seconds}))  # noqa: T201 (a benchmark prints)
