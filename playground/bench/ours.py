"""The playground's own side: a `Trainer`, its training timed without the scoring at the end of every epoch."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from playground.bench.measure import Cost, timed
from playground.data.split import Split
from playground.models.spec import RunSpec
from playground.training.stacked import Stacked
from playground.training.trainer import EpochEnd, Trainer

ROWS_FOR_LOSS = 5000  # the loss after the measured epochs is taken on so many training rows
NOTHING = Cost(0, 0.0, 0.0)


class Side(Protocol):
    """One side of a comparison: it trains, and says what that took and what came of it."""

    def epochs(self, number: int) -> Cost:
        """Trains for so many epochs more."""

    def loss(self) -> float:
        """Mean squared error per feature on training rows, as the model is now."""


def mean_squares(x_hat: NDArray[Any], x: NDArray[Any]) -> float:
    """Mean squared error per feature."""
    return float(np.mean(np.square(x_hat - x, dtype=np.float64)))


def sum_of_squares(x_hat: NDArray[Any], x: NDArray[Any]) -> float:
    """Sum of squared errors per sample, the unit of Hinton and Salakhutdinov (2006)."""
    return mean_squares(x_hat, x) * x.shape[1]


class Ours:
    """A `Trainer` as a side.

    Wall seconds of training alone are the trainer's own (`EpochEnd.seconds`). CPU-seconds of training alone are the
    epoch's in the same proportion: training and scoring follow each other in one thread of this process.

    Attributes:
        whole: what the epochs since the start took with the scoring of validation and training rows counted too.
    """

    def __init__(self, spec: RunSpec, split: Split, device: str = "cpu", threads: int = 1) -> None:
        self.trainer = Trainer(spec, split, device, threads)
        self.whole = NOTHING
        self.trained = NOTHING
        self._x = split.x_train
        self._rows = len(split.train_rows)

    def epochs(self, number: int) -> Cost:
        cost = NOTHING
        for _ in range(number):
            cost += self._epoch()
        return cost

    def run(self) -> Cost:
        """Trains to the end; what that took since the start, scoring left out."""
        while not self.trainer.finished:
            self._epoch()
        return self.trained

    def loss(self) -> float:
        x = self._x[:ROWS_FOR_LOSS]
        return mean_squares(self.trainer.model.reconstruct(x), x)

    def _epoch(self) -> Cost:
        before = self.trainer.history[-1].seconds if self.trainer.history else 0.0
        whole = timed(self.trainer.epoch, self._rows)
        cost = alone(whole, self.trainer.history[-1].seconds - before)
        self.whole += whole
        self.trained += cost
        return cost


def alone(whole: Cost, seconds: float) -> Cost:
    """The part of an epoch's cost that is training, of which the wall seconds are known."""
    share = min(seconds / whole.seconds, 1.0) if whole.seconds else 1.0
    return Cost(whole.samples, whole.cpu_seconds * share, whole.seconds * share)


class StackedOurs:
    """Several models trained together (`Stacked`), as one side; its seconds are the stack's."""

    def __init__(self, specs: list[RunSpec], split: Split, device: str = "cpu") -> None:
        self._stacked = Stacked(specs, split, device=device)
        self._rows = len(split.train_rows) * len(specs)
        self._seconds = 0.0
        self._ends: list[EpochEnd] = []
        self._features = split.n_features

    def epochs(self, number: int) -> Cost:
        cost = NOTHING
        for _ in range(number):
            whole = timed(self._epoch, self._rows)
            seconds = max(end.seconds for end in self._ends)
            cost += alone(whole, seconds - self._seconds)
            self._seconds = seconds
        return cost

    def _epoch(self) -> None:
        self._ends = list(self._stacked.epoch().values())

    def loss(self) -> float:
        """Averaged over the models, on the training rows that the trainer scores."""
        return float(np.mean([end.train_error for end in self._ends])) / self._features
