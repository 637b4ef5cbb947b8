"""How long PCA takes: the exact one, with every component that a run keeps."""

from __future__ import annotations

import numpy as np

from playground.bench.measure import Spread, threads, timed
from playground.bench.problems import mnist60000
from playground.bench.registry import Bench, Figure, result
from playground.data.dataset import FloatArray
from playground.models.pca import PCA
from playground.runs.execute import MOST_COMPONENTS

THREADS = 1  # as in every run; a second one gains little, and where the cores are busy waiting for it costs seconds
GENES = (72, 7129)  # the shape of the leukaemia set of Golub et al. (1999)


@result("pca_60000x784_seconds", unit="seconds", target=2.0, better="lower")
def pca_60000x784_seconds(bench: Bench) -> Figure:
    """PCA of 60,000 rows of 784 features, 256 components, one thread: seconds."""
    split, what = mnist60000()
    return _seconds(bench, split.x, what)


@result("pca_wide_seconds", unit="seconds", target=1.0, better="lower")
def pca_wide_seconds(bench: Bench) -> Figure:
    """PCA of 72 rows of 7,129 features, all components, one thread: seconds."""
    x = np.random.default_rng(0).normal(size=GENES).astype(np.float32)
    return _seconds(bench, x, "normally distributed numbers")


def _seconds(bench: Bench, x: FloatArray, what: str) -> Figure:
    most = min(MOST_COMPONENTS, *x.shape)
    with threads(THREADS):
        PCA.fit(x[:100], min(most, 100))  # the libraries have begun
        costs = [timed(lambda: PCA.fit(x, most), len(x)) for _ in range(bench.rounds(5, quick=3))]
    seconds = Spread.of([cost.seconds for cost in costs])
    cpu = Spread.of([cost.cpu_seconds for cost in costs])
    more = {"shape": list(x.shape), "components": most, "data": what, "cpu_seconds": cpu.median}
    return Figure(seconds.median, seconds.ends, {}, more)
