"""Which step trains a model: the fastest that its settings and its device allow."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from playground.data.split import Split
from playground.models.autoencoder import Autoencoder
from playground.models.spec import RunSpec
from playground.training.autograd_step import AutogradStep
from playground.training.fast_step import FastStep
from playground.training.linear_fit import CovarianceStep, covariance_counts
from playground.training.objective import Objective


class Step(Protocol):
    """One step of training on a batch: changes the model, and adds the batch's loss to a sum of its own.

    Attributes:
        sees_all_rows: whether every step sees all training rows, whatever batch it is given.
        loss_sum: of the steps since `forget_losses`; asking waits for the device.
    """

    sees_all_rows: bool

    def __call__(self, x: Tensor, learning_rate: float) -> None: ...

    @property
    def loss_sum(self) -> float: ...

    def forget_losses(self) -> None: ...

    def settle(self) -> None:
        """Called before the model is looked at: whatever a step leaves for the end is done."""

    def state(self) -> dict[str, Tensor]:
        """Everything that goes on to count, besides the model itself."""

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Goes on from what `state` gave."""


def step_for(spec: RunSpec, split: Split, model: Autoencoder, objective: Objective, *, bfloat16: bool) -> Step:
    """The fastest step that suits."""
    on_cpu = next(model.parameters()).device.type == "cpu"
    if on_cpu and covariance_counts(spec):
        return _OnCovariance(model, split, objective, spec)
    if on_cpu and objective.is_only_the_loss and FastStep.suits(model, spec.loss, split.layout):
        return _HandDerived(model, objective, spec, "bfloat16" if bfloat16 else "float32")
    return _Differentiated(model, objective, spec, bfloat16)


class _Differentiated:
    """Automatic differentiation, for every kind and every device."""

    sees_all_rows = False

    def __init__(self, model: Autoencoder, objective: Objective, spec: RunSpec, bfloat16: bool) -> None:
        self._step = AutogradStep(
            model,
            objective,
            learning_rate=spec.learning_rate,
            weight_decay=spec.weight_decay,
            batch_size=spec.batch_size,
            bfloat16=bfloat16,
        )
        self.state, self.load = self._step.state, self._step.load

    def __call__(self, x: Tensor, learning_rate: float) -> None:
        self._step(x, learning_rate)

    @property
    def loss_sum(self) -> float:
        return float(self._step.loss_sum)

    def forget_losses(self) -> None:
        self._step.loss_sum.zero_()

    def settle(self) -> None:
        pass


class _HandDerived:
    """The hand-derived step, for dense networks on the CPU."""

    sees_all_rows = False

    def __init__(self, model: Autoencoder, objective: Objective, spec: RunSpec, precision: str) -> None:
        self._step = FastStep(
            [model],
            loss=spec.loss,
            batch_size=spec.batch_size,
            weight_decay=spec.weight_decay,
            huber=spec.huber,
            precision=precision,
        )
        self._objective = objective
        self.state, self.load = self._step.state, self._step.load

    def __call__(self, x: Tensor, learning_rate: float) -> None:
        clean = x.numpy()
        damaged = self._objective.damaged(x)
        self._step(clean if damaged is x else damaged.numpy(), clean, learning_rate)

    @property
    def loss_sum(self) -> float:
        return float(self._step.loss_sum[0])

    def forget_losses(self) -> None:
        self._step.loss_sum[:] = 0

    def settle(self) -> None:
        pass


class _OnCovariance:
    """The covariance of all rows, for the linear model on the CPU."""

    sees_all_rows = True

    def __init__(self, model: Autoencoder, split: Split, objective: Objective, spec: RunSpec) -> None:
        self._step = CovarianceStep(model, split.x_train, weight_decay=spec.weight_decay, share=objective.share)
        self.state, self.load, self.settle = self._step.state, self._step.load, self._step.set_biases

    def __call__(self, x: Tensor, learning_rate: float) -> None:
        self._step(learning_rate)

    @property
    def loss_sum(self) -> float:
        return float(self._step.loss_sum[0])

    def forget_losses(self) -> None:
        self._step.loss_sum[:] = 0
