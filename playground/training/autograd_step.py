"""One step of training by automatic differentiation: every kind of network, on every device."""

from __future__ import annotations

import contextlib
import logging

import torch
from torch import Tensor

from playground.models.autoencoder import Autoencoder
from playground.training.objective import Objective

log = logging.getLogger(__name__)
WARM_UPS = 3  # steps before a CUDA graph may be captured


class AutogradStep:
    """Objective, gradients, AdamW. On a CUDA GPU the whole step is captured once and then replayed as one graph.

    Attributes:
        loss_sum: of the batches since it was last set to zero, on the device.
    """

    def __init__(
        self,
        model: Autoencoder,
        objective: Objective,
        *,
        learning_rate: float,
        weight_decay: float,
        batch_size: int,
        bfloat16: bool,
    ) -> None:
        self.model, self.objective = model, objective
        self.parameters = list(model.parameters())
        self.device = self.parameters[0].device
        self.bfloat16 = bfloat16
        self.batch_size = batch_size
        on_gpu = self.device.type == "cuda"
        rate: float | Tensor = torch.tensor(learning_rate, device=self.device) if on_gpu else learning_rate
        self.optimiser = torch.optim.AdamW(
            self.parameters, lr=rate, weight_decay=weight_decay, fused=True, capturable=on_gpu
        )
        self.loss_sum = torch.zeros((), device=self.device)
        self._replayed: tuple[torch.cuda.CUDAGraph, Tensor] | None = None
        self._may_capture, self._steps = on_gpu, 0

    def __call__(self, x: Tensor, learning_rate: float) -> None:
        """One step on the rows x (n, n_features); the loss is added to `loss_sum` without waiting for the device."""
        group = self.optimiser.param_groups[0]
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate
        self._steps += 1
        if self._may_capture and self._steps > WARM_UPS and len(x) == self.batch_size:
            self._replay(x)
        else:
            self._step(x)

    def _step(self, x: Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        low = torch.autocast(self.device.type, torch.bfloat16) if self.bfloat16 else contextlib.nullcontext()
        with low:
            loss = self.objective(self.model, x)
        loss.backward()
        self.optimiser.step()
        self.loss_sum += loss.detach()

    def _replay(self, x: Tensor) -> None:
        if self._replayed is None:
            try:
                self._replayed = self._captured(x)
            except RuntimeError as error:  # an operation that cannot be captured: slower, and right
                log.warning("no CUDA graph: %s", error)
                self._may_capture = False
                self._step(x)
                return
        graph, batch = self._replayed
        batch.copy_(x)
        graph.replay()

    def _captured(self, x: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        """Records one step, and the place that it reads its batch from; recording runs nothing."""
        batch = x.clone()
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.objective.generator)
        torch.cuda.synchronize()
        with torch.cuda.graph(graph):
            self._step(batch)
        return graph, batch

    def settings_changed(self) -> None:
        """A recorded step has the settings of its time in it: the next one is recorded anew."""
        self._replayed = None

    def state(self) -> dict[str, Tensor]:
        """What the optimiser remembers, and the loss so far."""
        tensors = {"loss_sum": self.loss_sum}
        for place, parameter in enumerate(self.parameters):
            for name, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"{place}.{name}"] = value
        return tensors

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Goes on from what `state` gave."""
        self.loss_sum.copy_(tensors["loss_sum"])
        for place, parameter in enumerate(self.parameters):
            prefix = f"{place}."
            saved = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
            if saved:
                # fused Adam keeps its step count on the device of the parameter
                self.optimiser.state[parameter] = {n: t.to(self.device).clone() for n, t in saved.items()}
        self._replayed = None
