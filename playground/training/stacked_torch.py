"""The step of several models under autograd: what a GPU runs, where one step is captured as a CUDA graph.

It does what `FastStep` does, with batched products and a few large calls; on the CPU it is there to be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from playground.data.dataset import FloatArray, IntArray
from playground.models.autoencoder import ROWS_AT_ONCE, Autoencoder
from playground.training.packed import Link, Packed, Views
from playground.training.tape import Sums

WARM_UP = 3  # steps before a graph is captured, as torch's notes on CUDA graphs advise


class Room(NamedTuple):
    """Where batches of one shape are laid: a graph reads the same memory every time."""

    x: Tensor
    target: Tensor


class TorchStep:
    """One AdamW step at a time on K models on a device, like `FastStep`.

    AdamW is written out, since torch's own takes one learning rate, and here every model has its own.

    Args:
        models: plain chains, see `FastStep.suits`; they are moved to the device.
        loss: as `FastStep` takes it, with `huber`.
        weight_decay: one for all or one per model.
        device: such as "cuda".
    """

    def __init__(
        self,
        models: Sequence[Autoencoder],
        *,
        loss: str,
        weight_decay: float | Sequence[float] = 0.0,
        huber: float = 1.0,
        device: str = "cuda",
    ) -> None:
        self.device = torch.device(device)
        self.packed = Packed(models, self.device)
        self._loss, self._huber = loss, huber
        self._decays = torch.tensor(np.full((len(models), 1), np.reshape(weight_decay, (-1, 1))), dtype=torch.float32)
        self._decays = self._decays.to(self.device)
        self.loss_sum = torch.zeros(len(models), device=self.device)
        self._steps = torch.zeros((), device=self.device)
        self._exp_avg, self._exp_avg_sq = (torch.zeros_like(self.packed.parameters) for _ in range(2))
        self._capturing = self.device.type == "cuda"
        self._prepare()

    def _prepare(self) -> None:
        """What follows from the models: leaves for autograd, and where in the block their gradients go."""
        self._gradients = torch.zeros_like(self.packed.parameters)
        self._rates = torch.zeros_like(self._decays)
        self._layers: list[Views] = []
        self._leaves: list[Tensor] = []
        self._slopes: list[Tensor] = []
        views = zip(self.packed.views(self.packed.parameters), self.packed.views(self._gradients), strict=True)
        for place, (values, gradients) in enumerate(views):
            leaves = Views(*(None if value is None else value.detach() for value in values))  # type: ignore[arg-type]
            for name, leaf in leaves._asdict().items():
                if leaf is not None and not (name == "bias" and self.packed.shift_is_lost(place)):
                    self._leaves.append(leaf.requires_grad_())
                    self._slopes.append(getattr(gradients, name))
            self._layers.append(leaves)
        self._rooms: dict[tuple[int, ...], Room] = {}
        self._graphs: dict[tuple[tuple[int, ...], bool], torch.cuda.CUDAGraph] = {}

    def at_hand(self, x: FloatArray) -> Tensor:
        """All rows x (n, n_features) on the device."""
        return torch.tensor(x, device=self.device)

    def take(self, x: Tensor, rows: IntArray) -> Tensor:
        """The rows x[rows], laid where the next step reads them: rows (B,) of all models, or (K, B)."""
        room = self._room(rows.shape)
        return room.x.copy_(x[torch.from_numpy(rows).to(self.device)])

    def _room(self, shape: tuple[int, ...]) -> Room:
        if shape not in self._rooms:
            n_features = self.packed.links[0].linear.in_features
            self._rooms[shape] = Room(*torch.empty(2, *shape, n_features, device=self.device))
        return self._rooms[shape]

    def __call__(self, x: Tensor, target: Tensor, learning_rate: float | Sums) -> None:
        """One step on one batch (B, n_features), or one per model (K, B, n_features); see `FastStep`."""
        room = self._room(tuple(x.shape[:-1]))
        same = target is x
        if x.data_ptr() != room.x.data_ptr():
            room.x.copy_(x)
        if not same:
            room.target.copy_(target)
        self._rates.copy_(torch.as_tensor(np.reshape(learning_rate, (-1, 1))))
        room = room._replace(target=room.x) if same else room
        key = tuple(x.shape), same
        if self._capturing and key not in self._graphs:
            self._capture(room, key)
        if self._capturing:
            self._graphs[key].replay()
        else:
            self._plain_step(room)

    def _capture(self, room: Room, key: tuple[tuple[int, ...], bool]) -> None:
        """Records one step as a graph; where that fails, all further steps are plain ones."""
        changing = (*self.packed.blocks(), self._exp_avg, self._exp_avg_sq, self._steps, self.loss_sum)
        before = [tensor.clone() for tensor in changing]
        try:
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(WARM_UP):
                    self._plain_step(room)
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._plain_step(room)
            self._graphs[key] = graph
        except RuntimeError:
            self._capturing = False
        for tensor, value in zip(changing, before, strict=True):
            tensor.copy_(value)

    def _plain_step(self, room: Room) -> None:
        with torch.enable_grad():
            losses, _ = self._losses(room.x, room.target, training=True)
            slopes = torch.autograd.grad(losses.sum(), self._leaves)
        torch._foreach_copy_(self._slopes, slopes)
        self.loss_sum += losses.detach()
        self._descend()

    @torch.no_grad()
    def _descend(self) -> None:
        """AdamW (Loshchilov and Hutter 2019), with a rate and a decay per model (K, 1)."""
        parameters, gradients = self.packed.parameters, self._gradients
        self._steps += 1
        parameters.mul_(1 - self._rates * self._decays)
        self._exp_avg.lerp_(gradients, 0.1)
        self._exp_avg_sq.mul_(0.999).addcmul_(gradients, gradients, value=0.001)
        scale = self._exp_avg_sq.sqrt().div_((1 - 0.999**self._steps).sqrt()).add_(1e-8)
        parameters.addcdiv_(self._exp_avg * (self._rates / (1 - 0.9**self._steps)), scale, value=-1)

    def _losses(self, x: Tensor, target: Tensor, *, training: bool) -> tuple[Tensor, Tensor]:
        """Every model's loss, and its sum of squared errors per sample (K,)."""
        logits = output = x
        places = self.packed.norm_places()
        for link, views, units in zip(self.packed.links, self._layers, places, strict=True):
            logits = torch.matmul(output, views.weight.mT) + views.bias
            if link.norm is not None:
                logits = self._normalised(link, views, units, logits, training=training)
            output = link.bend(logits) if link.bend is not None else logits
        rows, (error, flat) = output.shape[-2], (output - target, (-2, -1))
        squares = error.square().sum(flat) / rows
        if self._loss == "binary_cross_entropy":
            within = target.clamp(0.0, 1.0).expand_as(logits)
            costs = functional.binary_cross_entropy_with_logits(logits, within, reduction="none")
            return costs.sum(flat) / rows, squares
        if self._loss == "huber":
            zero = torch.zeros_like(error)
            return functional.huber_loss(error, zero, reduction="none", delta=self._huber).sum(flat) / rows, squares
        losses = {
            "sum_squares": squares,
            "mean_squares": squares / output.shape[-1],
            "absolute": error.abs().sum(flat) / rows,
        }
        return losses[self._loss], squares

    def _normalised(self, link: Link, views: Views, units: slice, y: Tensor, *, training: bool) -> Tensor:
        norm, gamma, beta = link.norm, views.gamma, views.beta
        if norm is None or norm.momentum is None or gamma is None or beta is None:
            return y
        means, variances = self.packed.means[:, units], self.packed.variances[:, units]
        if not training:
            return (y - means.unsqueeze(1)) * (gamma / (variances.unsqueeze(1) + norm.eps).sqrt()) + beta
        variance, mean = torch.var_mean(y, dim=1, correction=0, keepdim=True)
        with torch.no_grad():
            means.lerp_(mean[:, 0], norm.momentum)
            variances.lerp_(variance[:, 0] * (y.shape[1] / (y.shape[1] - 1)), norm.momentum)
            if units.start == 0:  # the first of them counts for all
                self.packed.counts.add_(1)
        return (y - mean) * (variance + norm.eps).rsqrt() * gamma + beta

    @torch.no_grad()
    def score(self, x: Tensor) -> tuple[Sums, Sums]:
        """Every model's loss and sum of squared errors per sample on rows x, in evaluation mode: (K,) and (K,)."""
        totals = np.zeros((2, len(self.packed.models)))
        for part in x.split(ROWS_AT_ONCE):
            sums = torch.stack(self._losses(part, part, training=False)) * len(part)
            totals += sums.double().cpu().numpy()
        losses, squares = totals / len(x)
        return losses, squares

    def losses(self) -> Sums:
        """`loss_sum` as numpy has it; waits for the device."""
        return self.loss_sum.double().cpu().numpy()

    def sizes(self) -> Sums:
        """Every model's root mean square over its parameters (K,); waits for the device."""
        counts = np.array([model.n_parameters for model in self.packed.models])
        return np.sqrt(self.packed.parameters.square().sum(1).double().cpu().numpy() / counts)

    def keep(self, places: Sequence[int]) -> None:
        """Goes on with the models at these places alone; the others stay as they are."""
        kept = list(places)
        self.packed.keep(kept)
        self._decays, self.loss_sum = self._decays[kept], self.loss_sum[kept]
        self._exp_avg, self._exp_avg_sq = self._exp_avg[kept], self._exp_avg_sq[kept]
        self._prepare()
