"""Looks at one step of training without changing it: the same batch, the same random numbers, nothing left behind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from playground.models.autoencoder import Autoencoder
from playground.training.objective import Objective, Pass


class Look:
    """What one batch comes to before a step and after it.

    Args:
        model: as it stands before the step.
        objective: whose random numbers the step is about to draw.
        x: the whole batch (n, n_features), a copy of its own on the model's device.
    """

    def __init__(self, model: Autoencoder, objective: Objective, x: Tensor) -> None:
        self._model, self._objective, self._x = model, objective, x
        self._random = objective.generator.get_state()
        self._weights = _all_of(model)
        self.before = self._pass()
        objective.generator.set_state(self._random)  # for the step itself

    def loss_after(self) -> float:
        """Of the same batch with the same random numbers, once the step is taken."""
        generator = self._objective.generator
        drawn = generator.get_state()
        generator.set_state(self._random)
        loss = float(self._pass().loss)
        generator.set_state(drawn)
        return loss

    @property
    def weights(self) -> float:
        """Root mean square of all weights before the step."""
        return _root_mean_square(self._weights)

    def update(self) -> float:
        """Root mean square of what the step has changed about them."""
        return _root_mean_square(_all_of(self._model) - self._weights)

    @torch.no_grad()
    def _pass(self) -> Pass:
        with _undisturbed(self._model):
            self._model.train()
            return Pass(*(tensor.detach() for tensor in self._objective.forward(self._model, self._x)))


@torch.no_grad()
def _all_of(model: nn.Module) -> Tensor:
    return torch.cat([parameter.flatten() for parameter in model.parameters()])


def _root_mean_square(values: Tensor) -> float:
    return math.sqrt(float(values.double().square().mean())) if values.numel() else 0.0


@contextmanager
def _undisturbed(model: nn.Module) -> Iterator[None]:
    """Gives the model its mode and its running statistics back."""
    was_training = model.training
    kept = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)
        model.train(was_training)
