"""Trains one model, an epoch at a time: no callbacks, no printing, usable after every epoch.

The data live on the device, the shuffled rows are gathered many batches at a time, no step waits for the device, and
the step itself is the fastest that suits: hand-derived for dense networks, on the covariance for the linear one, and
by automatic differentiation for everything else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.split import Split
from playground.models.autoencoder import Autoencoder, Inputs, build
from playground.models.spec import RunSpec
from playground.training import devices, schedule
from playground.training.objective import Objective
from playground.training.rows import Rows
from playground.training.steps import copied, step_for
from playground.training.threads import blas_threads

STEPS_PER_CHECK = 10  # how often a step waits for the device, to see whether training still is finite
FAR_WORSE = 1000.0  # a loss this many times that of the untrained network is past mending
BLOWN_UP = 50.0  # weights that grow this many times between two checks are no longer learning
ROWS_AT_ONCE = 4096  # evaluated: bounds the memory beside the data
MOST_LINEAR_STEPS = 25  # an epoch, where every step sees the covariance of all rows


@dataclass(frozen=True)
class EpochEnd:
    """What one epoch came to. Errors are sums of squared errors per sample, in scaled units, without training noise.

    Attributes:
        epoch: counted from 1.
        train_loss: the objective on the training rows, averaged over the epoch's steps.
        val_loss: the objective on the validation rows.
        train_error: on at most 1,000 training rows.
        val_error: on all validation rows.
        learning_rate: at the epoch's last step.
        seconds: of training so far, pauses left out.
        samples_per_second: of this epoch.
        code_kl: a VAE's KL divergence per unit of the code, in nats, on the validation rows; None for other kinds.
    """

    epoch: int
    train_loss: float
    val_loss: float
    train_error: float
    val_error: float
    learning_rate: float
    seconds: float
    samples_per_second: float
    code_kl: tuple[float, ...] | None = None

    @property
    def criterion(self) -> float:
        """What the best epoch is chosen by: the validation error, but a VAE's objective with its full β.

        Otherwise an epoch of the warm-up, when β was small, would always be the best.
        """
        return self.val_error if self.code_kl is None else self.val_loss


class Diverged(Exception):
    """Training blew up; the trainer's model holds the last finite weights. `str(error)` says when and why."""


def diverged(step: int, epoch: int, learning_rate: float) -> str:
    """What a visitor is told of a training that blew up."""
    return (
        f"Training diverged by step {step:,} (epoch {epoch}): the weights blew up. The learning rate "
        f"{learning_rate:g} is probably too high; try a tenth of it. The last finite state was kept."
    )


class Trainer:
    """Trains a model on the training rows of a split; iterate it, or call `epoch()` until `finished`.

    Attributes:
        model: as it is now; usable after every epoch.
        history: one `EpochEnd` per epoch so far.
        best_epoch: the epoch with the smallest `EpochEnd.criterion`, 0 before the first.
        device: where it trains.
        message: why that is not the device which was asked for, a sentence; or "".
        threads: of the matrix products.
        precision: of the matrix products, "float32" or "bfloat16".
    """

    def __init__(self, spec: RunSpec, split: Split, device: str | None = None, threads: int | None = None) -> None:
        """`device` and `threads` are decided from the settings and the machine if they are left out."""
        self.spec = spec
        n_parameters = spec.n_parameters(split.n_features, Inputs(split.n_features, split.layout).n_flags, split.grid)
        place = devices.place(spec.device if device is None else device, n_parameters)
        self.device, self.message = torch.device(place.device), place.message
        self._split = split
        self.model = self._built()
        self.threads = devices.threads_for(n_parameters) if threads is None else threads
        bfloat16 = devices.uses_bfloat16(spec, n_parameters, place.device)
        self.precision = "bfloat16" if bfloat16 else "float32"
        self.history: list[EpochEnd] = []
        self.best_epoch = 0
        self._rows = Rows(split, self.device, spec.batch_size + 1)  # a last batch may be one row longer
        self._x_val = torch.tensor(split.x_val, device=self.device)
        self._x_scored = torch.tensor(split.x[split.train_rows[: schedule.MOST_TRAIN_ROWS_SCORED]], device=self.device)
        self._objective = Objective(spec, split, self.model, self.device)
        self._advance = step_for(spec, split, self.model, self._objective, bfloat16=bfloat16)
        self._best = copied(self.model)
        self._generator = torch.Generator().manual_seed(spec.seed)
        self._order_state = self._generator.get_state()  # before this epoch's shuffle
        self._step = 0  # within the epoch
        self._seconds = 0.0
        self._epoch_seconds = 0.0
        self._last_size = self._advance.size()
        self._loss_at_start, _, _ = self._score(self._x_val)

    def _built(self) -> Autoencoder:
        split = self._split
        return build(self.spec, split.n_features, split.layout, split.grid).to(self.device)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done or the patience is over."""
        return len(self.history) >= self.spec.epochs or self.out_of_patience

    @property
    def out_of_patience(self) -> bool:
        patience = self.spec.patience
        return patience > 0 and len(self.history) - self.best_epoch >= patience

    @cached_property
    def steps_per_epoch(self) -> int:
        steps = schedule.steps_per_epoch(self._rows.n_rows, self.spec.batch_size)
        return min(steps, MOST_LINEAR_STEPS) if self._advance.sees_all_rows else steps

    @property
    def best(self) -> Autoencoder:
        """The model as it was at its best epoch, a copy that further training leaves alone."""
        model = self._built()
        model.load_state_dict(self._best)
        return model.eval()

    def __iter__(self) -> Iterator[EpochEnd]:
        while not self.finished:
            event = self.epoch()
            if event is not None:
                yield event

    def epoch(self, interrupt: Callable[[], bool] = lambda: False) -> EpochEnd | None:
        """Trains to the end of the present epoch.

        Args:
            interrupt: asked every few steps; when it says yes, the epoch is left half done and None is given. The next
                call goes on from there, and so does a trainer that loads this one's `state`.

        Raises:
            Diverged: a loss or a weight is no longer finite, the weights have grown fiftyfold within ten steps, or the
                loss is a thousand times what it was before training.
        """
        with blas_threads(self.threads):
            return self._train_epoch(interrupt)

    def _train_epoch(self, interrupt: Callable[[], bool]) -> EpochEnd | None:
        clock = time.perf_counter()
        self._shuffle()
        self._advance.begin()
        advance, rows, steps = self._advance, self._rows, self.steps_per_epoch
        while self._step < steps:
            self._objective.set_progress(self._done(self._step))
            part = schedule.batch(self._step, rows.n_rows, self.spec.batch_size)
            advance(rows, part, self._learning_rate(self._step))
            self._step += 1
            if self._step % STEPS_PER_CHECK == 0:
                self._check_finite()
                if interrupt():
                    self._epoch_seconds += time.perf_counter() - clock
                    return None
        if steps % STEPS_PER_CHECK:
            self._check_finite()
        self._epoch_seconds += time.perf_counter() - clock
        return self._end_epoch()

    def _shuffle(self) -> None:
        """Puts the training rows into this epoch's order, the same again after an interruption."""
        self._generator.set_state(self._order_state)
        self._rows.shuffle(torch.randperm(self._rows.n_rows, generator=self._generator))

    def _done(self, step: int) -> float:
        """The share of the whole training that is behind a step of this epoch."""
        return (len(self.history) + step / self.steps_per_epoch) / self.spec.epochs

    def _learning_rate(self, step: int) -> float:
        return self.spec.learning_rate * schedule.share_of_peak(self.spec.schedule, self._done(step))

    def _check_finite(self) -> None:
        size = self._advance.size()
        loss = self._advance.loss_sum / self._step
        sane = math.isfinite(loss) and loss <= FAR_WORSE * max(self._loss_at_start, 1e-6)
        if sane and math.isfinite(size) and size < BLOWN_UP * self._last_size:
            self._advance.keep()
            self._last_size = size
            return
        self._advance.go_back()
        if not self.history:
            self._best = copied(self.model)
        step = len(self.history) * self.steps_per_epoch + self._step
        raise Diverged(diverged(step, len(self.history) + 1, self.spec.learning_rate))

    def _end_epoch(self) -> EpochEnd:
        self._seconds += self._epoch_seconds
        self._advance.settle()
        val_loss, val_error, code_kl = self._score(self._x_val)
        _, train_error, _ = self._score(self._x_scored)
        event = EpochEnd(
            epoch=len(self.history) + 1,
            train_loss=self._advance.loss_sum / self.steps_per_epoch,
            val_loss=val_loss,
            train_error=train_error,
            val_error=val_error,
            learning_rate=self._learning_rate(self.steps_per_epoch - 1),
            seconds=self._seconds,
            samples_per_second=self._rows.n_rows / max(self._epoch_seconds, 1e-9),
            code_kl=code_kl,
        )
        best_so_far = self.history[self.best_epoch - 1].criterion if self.best_epoch else math.inf
        self.history.append(event)
        if event.criterion < best_so_far:
            self.best_epoch = event.epoch
            _copy_into(self._best, self.model)
        self._order_state = self._generator.get_state()
        self._step, self._epoch_seconds = 0, 0.0
        self._advance.forget_losses()
        return event

    @torch.inference_mode()
    def _score(self, x: Tensor) -> tuple[float, float, tuple[float, ...] | None]:
        """The objective, the sum of squared errors per sample, and a VAE's KL per unit, of rows x."""
        self.model.eval()
        loss, error, kl = 0.0, 0.0, np.zeros(0)
        for part in x.split(ROWS_AT_ONCE):
            share = len(part) / len(x)
            part_loss, x_hat, part_kl = self._objective.on_held_out(self.model, part)
            loss += part_loss * share
            error += float((x_hat - part).square().nansum(dtype=torch.float64)) / len(x)
            kl = kl if part_kl is None else np.multiply(part_kl, share) + (kl if kl.size else 0.0)
        return loss, error, tuple(kl.tolist()) or None

    def state(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Everything that `load` needs to go on bit-identically on the CPU: tensors, and numbers."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self._best.items()}
        tensors |= {f"step.{name}": tensor for name, tensor in self._advance.state().items()}
        tensors |= {"order_state": self._order_state, "noise_state": self._objective.generator.get_state()}
        numbers = {
            "step": self._step,
            "best_epoch": self.best_epoch,
            "seconds": self._seconds,
            "epoch_seconds": self._epoch_seconds,
            "last_size": self._last_size,
            "bfloat16": float(self.precision == "bfloat16"),
        }
        return {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}, numbers

    def load(self, tensors: dict[str, Tensor], numbers: dict[str, float], history: list[EpochEnd]) -> None:
        """Goes on from what `state` gave, with the epochs up to then."""
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}  # training works in place
        self.model.load_state_dict(_under(tensors, "model."))
        self._best = {name: tensor.to(self.device) for name, tensor in _under(tensors, "best.").items()}
        bfloat16 = bool(numbers["bfloat16"])  # as it began, whatever this machine would choose now
        if bfloat16 != (self.precision == "bfloat16"):
            self.precision = "bfloat16" if bfloat16 else "float32"
            self._advance = step_for(self.spec, self._split, self.model, self._objective, bfloat16=bfloat16)
        self._advance.load(_under(tensors, "step."))
        self._order_state = tensors["order_state"]
        self._objective.generator.set_state(tensors["noise_state"])
        self._step = int(numbers["step"])
        self.best_epoch = int(numbers["best_epoch"])
        self._seconds, self._epoch_seconds = numbers["seconds"], numbers["epoch_seconds"]
        self._last_size = numbers["last_size"]
        self._advance.keep()
        self.history = list(history)


def _copy_into(saved: dict[str, Tensor], model: nn.Module) -> None:
    for name, tensor in model.state_dict().items():
        saved[name].copy_(tensor)


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
