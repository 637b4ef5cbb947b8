"""Which step trains a model: the fastest that its settings and its device allow."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from playground.data.split import Split
from playground.models.autoencoder import Autoencoder
from playground.models.spec import RunSpec
from playground.training.autograd_step import AutogradStep
from playground.training.fast_step import FastStep
from playground.training.linear_fit import CovarianceStep
from playground.training.objective import Objective
from playground.training.rows import Rows
from playground.training.schedule import covariance_counts


def step_for(spec: RunSpec, split: Split, model: Autoencoder, objective: Objective, *, bfloat16: bool) -> Step:
    """The fastest step that suits."""
    on_cpu = next(model.parameters()).device.type == "cpu"
    if on_cpu and covariance_counts(spec):
        return OnCovariance(model, split, objective, spec)
    if on_cpu and objective.is_only_the_loss and FastStep.suits(model, spec.loss, split.layout):
        return HandDerived(model, objective, spec, "bfloat16" if bfloat16 else "float32")
    return Differentiated(model, objective, spec, bfloat16=bfloat16)


class Step(ABC):
    """One step of training on a batch: changes the model, and adds the batch's loss to a sum of its own.

    Attributes:
        sees_all_rows: whether every step sees all training rows, whatever batch it is given.
    """

    sees_all_rows = False

    def __init__(self, model: Autoencoder) -> None:
        self.model = model
        self.keep()

    @abstractmethod
    def __call__(self, rows: Rows, part: slice, learning_rate: float) -> None:
        """One step on the rows at these places of the epoch's order."""

    @property
    @abstractmethod
    def loss_sum(self) -> float:
        """Of the batches since `forget_losses`; asking waits for the device."""

    @abstractmethod
    def forget_losses(self) -> None:
        """Begins a new sum."""

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Everything that goes on to count, besides the model itself."""

    @abstractmethod
    def load(self, tensors: dict[str, Tensor]) -> None:
        """Goes on from what `state` gave."""

    def begin(self) -> None:  # noqa: B027 (most steps ask for nothing)
        """Called before the first step of an epoch, and after every pause."""

    def settle(self) -> None:  # noqa: B027 (most steps leave nothing to do)
        """Called before the model is looked at: whatever a step leaves for the end is done."""

    def settings_changed(self) -> None:  # noqa: B027 (most steps read the objective anew every time)
        """Called after a setting of the objective has changed."""

    def size(self) -> float:
        """Root mean square over all parameters; waits for the device."""
        with torch.no_grad():
            squares = torch.stack(torch._foreach_norm(list(self.model.parameters()))).square().sum()
        return math.sqrt(float(squares) / self.model.n_parameters)

    def keep(self) -> None:
        """Remembers the model as it is."""
        self._kept = copied(self.model)

    def go_back(self) -> None:
        """Makes the model what it was when `keep` was called."""
        self.model.load_state_dict(self._kept)


class _OnCPU(Step):
    """What the two steps without autograd have in common: one of these does the work, for one model."""

    def __init__(self, model: Autoencoder, step: FastStep | CovarianceStep) -> None:
        self._keeper = step
        super().__init__(model)

    @property
    def loss_sum(self) -> float:
        return float(self._keeper.loss_sum[0])

    def forget_losses(self) -> None:
        self._keeper.loss_sum[:] = 0

    def state(self) -> dict[str, Tensor]:
        return self._keeper.state()

    def load(self, tensors: dict[str, Tensor]) -> None:
        self._keeper.load(tensors)


class HandDerived(_OnCPU):
    """The hand-derived step, for dense networks on the CPU."""

    def __init__(self, model: Autoencoder, objective: Objective, spec: RunSpec, precision: str) -> None:
        self._step = FastStep(
            [model], loss=spec.loss, weight_decay=spec.weight_decay, huber=spec.huber, precision=precision
        )
        self._objective = objective
        self._blocks = [block for block in self._step.packed.blocks() if block.numel()]
        self._finite = [block.clone() for block in self._blocks]
        super().__init__(model, self._step)

    def __call__(self, rows: Rows, part: slice, learning_rate: float) -> None:
        if not self._objective.damages:
            batch = self._step.take(rows.x, rows.numbers(part))
            self._step(batch, batch, learning_rate)
            return
        clean = rows.batch(part)
        self._step(self._objective.damaged(clean).numpy(), clean.numpy(), learning_rate)

    def size(self) -> float:
        return float(self._step.sizes()[0])

    def keep(self) -> None:
        for finite, block in zip(self._finite, self._blocks, strict=True):
            finite.copy_(block)

    def go_back(self) -> None:
        for block, finite in zip(self._blocks, self._finite, strict=True):
            block.copy_(finite)


class OnCovariance(_OnCPU):
    """The covariance of all rows, for the linear model on the CPU."""

    sees_all_rows = True

    def __init__(self, model: Autoencoder, split: Split, objective: Objective, spec: RunSpec) -> None:
        self._step = CovarianceStep(model, split.x_train, weight_decay=spec.weight_decay, share=objective.share)
        super().__init__(model, self._step)

    def __call__(self, rows: Rows, part: slice, learning_rate: float) -> None:
        self._step(learning_rate)

    def settle(self) -> None:
        self._step.set_biases()


class Differentiated(Step):
    """Automatic differentiation, for every kind and every device."""

    def __init__(self, model: Autoencoder, objective: Objective, spec: RunSpec, *, bfloat16: bool) -> None:
        self._step = AutogradStep(
            model,
            objective,
            learning_rate=spec.learning_rate,
            weight_decay=spec.weight_decay,
            batch_size=spec.batch_size,
            bfloat16=bfloat16,
        )
        super().__init__(model)

    def begin(self) -> None:
        self.model.train()

    def __call__(self, rows: Rows, part: slice, learning_rate: float) -> None:
        self._step(rows.batch(part), learning_rate)

    @property
    def loss_sum(self) -> float:
        return float(self._step.loss_sum)

    def forget_losses(self) -> None:
        self._step.loss_sum.zero_()

    def settings_changed(self) -> None:
        self._step.settings_changed()

    def state(self) -> dict[str, Tensor]:
        return self._step.state()

    def load(self, tensors: dict[str, Tensor]) -> None:
        self._step.load(tensors)


def copied(model: nn.Module) -> dict[str, Tensor]:
    """A copy of everything that a model has learnt."""
    return copy.deepcopy(model.state_dict())
