"""Trains one model, an epoch at a time: no callbacks, no printing, usable after every epoch.

The data live on the device, every epoch gathers the shuffled rows once, and no step waits for the device.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.data.split import Split
from playground.models.autoencoder import Autoencoder, build
from playground.models.losses import loss_of
from playground.models.spec import RunSpec

STEPS_PER_CHECK = 10  # how often a step waits for the device, to see whether training still is finite
BLOWN_UP = 50.0  # weights that grow this many times between two checks are no longer learning
MOST_TRAIN_ROWS_SCORED = (
    2000  # the training error is taken on so many rows, in evaluation mode like the validation error
)


@dataclass(frozen=True)
class EpochEnd:
    """What one epoch came to. Errors are sums of squared errors per sample, in scaled units, without training noise.

    Attributes:
        epoch: counted from 1.
        train_loss: the objective on the training rows, averaged over the epoch's steps.
        val_loss: the objective on the validation rows.
        train_error: on at most 2,000 training rows.
        val_error: on all validation rows.
        learning_rate: at the epoch's last step.
        seconds: of training so far, pauses left out.
        samples_per_second: of this epoch.
    """

    epoch: int
    train_loss: float
    val_loss: float
    train_error: float
    val_error: float
    learning_rate: float
    seconds: float
    samples_per_second: float


class Diverged(Exception):
    """Training blew up; the trainer's model holds the last finite weights. `str(error)` says when and why."""


class Trainer:
    """Trains a model on the training rows of a split; iterate it, or call `epoch()` until `finished`.

    Attributes:
        model: as it is now; usable after every epoch.
        history: one `EpochEnd` per epoch so far.
        best_epoch: the epoch with the smallest validation error, 0 before the first.
    """

    def __init__(self, spec: RunSpec, split: Split, device: str = "cpu") -> None:
        self.spec = spec
        self.device = torch.device(device)
        self.model = build(spec, split.n_features, split.layout).to(self.device)
        self.history: list[EpochEnd] = []
        self.best_epoch = 0
        self._best = _copied(self.model)
        self._x = torch.tensor(split.x_train, device=self.device)
        self._x_val = torch.tensor(split.x_val, device=self.device)
        self._layout = split.layout
        self._loss = loss_of(spec.loss, split.layout)
        self._optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=spec.learning_rate, weight_decay=spec.weight_decay, fused=True
        )
        self._generator = torch.Generator().manual_seed(spec.seed)
        self._order_state = self._generator.get_state()  # before this epoch's shuffle
        self._step = 0  # within the epoch
        self._loss_sum = torch.zeros((), device=self.device)
        self._seconds = 0.0
        self._epoch_seconds = 0.0
        self._finite = _copied(self.model)
        self._last_size = _size(self.model)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done or the patience is over."""
        return len(self.history) >= self.spec.epochs or self.out_of_patience

    @property
    def out_of_patience(self) -> bool:
        patience = self.spec.patience
        return patience > 0 and len(self.history) - self.best_epoch >= patience

    @property
    def steps_per_epoch(self) -> int:
        rows = len(self._x)
        steps = math.ceil(rows / self.spec.batch_size)
        # Batch normalisation cannot learn from one row: a last batch of one joins the batch before it.
        return steps - 1 if steps > 1 and rows % self.spec.batch_size == 1 else steps

    @property
    def best(self) -> Autoencoder:
        """The model as it was at its best epoch, a copy that further training leaves alone."""
        model = build(self.spec, self._x.shape[1], self._layout).to(self.device)
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
            Diverged: a loss or a weight is no longer finite, or the weights have grown fiftyfold within ten steps.
        """
        with one_thread():
            return self._train_epoch(interrupt)

    def _train_epoch(self, interrupt: Callable[[], bool]) -> EpochEnd | None:
        clock = time.perf_counter()
        x = self._shuffled()
        self.model.train()
        while self._step < self.steps_per_epoch:
            self._one_step(x)
            if self._step % STEPS_PER_CHECK == 0:
                self._check_finite()
                if interrupt():
                    self._epoch_seconds += time.perf_counter() - clock
                    return None
        self._check_finite()
        self._epoch_seconds += time.perf_counter() - clock
        return self._end_epoch()

    def _shuffled(self) -> Tensor:
        """The training rows in this epoch's order, the same again after an interruption."""
        self._generator.set_state(self._order_state)
        order = torch.randperm(len(self._x), generator=self._generator)
        return self._x[order.to(self.device)]

    def _one_step(self, x: Tensor) -> None:
        first = self._step * self.spec.batch_size
        last = len(x) if self._step == self.steps_per_epoch - 1 else first + self.spec.batch_size
        batch = x[first:last]
        self._optimiser.param_groups[0]["lr"] = self._learning_rate(self._step)
        self._optimiser.zero_grad(set_to_none=True)
        loss = self._loss(self.model(batch), batch)
        loss.backward()
        self._optimiser.step()
        self._loss_sum += loss.detach()
        self._step += 1

    def _learning_rate(self, step: int) -> float:
        """From 1/25 of the peak up over the first 30 % of the steps, then down to nothing, along cosines."""
        if self.spec.schedule == "constant":
            return self.spec.learning_rate
        done = (len(self.history) * self.steps_per_epoch + step) / (self.spec.epochs * self.steps_per_epoch)
        low, high = self.spec.learning_rate / 25, self.spec.learning_rate
        if done < 0.3:
            return low + (high - low) * (1 - math.cos(math.pi * done / 0.3)) / 2
        return high * (1 + math.cos(math.pi * (done - 0.3) / 0.7)) / 2 + 1e-4 * low

    def _check_finite(self) -> None:
        size = _size(self.model)
        if math.isfinite(size) and size < BLOWN_UP * self._last_size and bool(torch.isfinite(self._loss_sum)):
            _copy_into(self._finite, self.model)
            self._last_size = size
            return
        self.model.load_state_dict(self._finite)
        if not self.history:
            self._best = _copied(self.model)
        step = len(self.history) * self.steps_per_epoch + self._step
        raise Diverged(
            f"Training diverged by step {step:,} (epoch {len(self.history) + 1}): the weights blew up. The learning "
            f"rate {self.spec.learning_rate:g} is probably too high; try a tenth of it. The last finite state was kept."
        )

    def _end_epoch(self) -> EpochEnd:
        self._seconds += self._epoch_seconds
        val_loss, val_error = self._score(self._x_val)
        _, train_error = self._score(self._x[:MOST_TRAIN_ROWS_SCORED])
        event = EpochEnd(
            epoch=len(self.history) + 1,
            train_loss=float(self._loss_sum) / self.steps_per_epoch,
            val_loss=val_loss,
            train_error=train_error,
            val_error=val_error,
            learning_rate=self._learning_rate(self.steps_per_epoch - 1),
            seconds=self._seconds,
            samples_per_second=len(self._x) / max(self._epoch_seconds, 1e-9),
        )
        best_so_far = min((past.val_error for past in self.history), default=math.inf)
        self.history.append(event)
        if event.val_error < best_so_far:
            self.best_epoch = event.epoch
            _copy_into(self._best, self.model)
        self._order_state = self._generator.get_state()
        self._step, self._epoch_seconds = 0, 0.0
        self._loss_sum.zero_()
        return event

    @torch.inference_mode()
    def _score(self, x: Tensor) -> tuple[float, float]:
        """The objective, and the sum of squared errors per sample, of rows x."""
        self.model.eval()
        x_hat = self.model(x)
        loss = float(self._loss(x_hat, x))
        return loss, float((x_hat - x).square().nansum(dtype=torch.float64)) / len(x)

    def state(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Everything that `load` needs to go on bit-identically on the CPU: tensors, and numbers."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self._best.items()}
        for place, (_, parameter) in enumerate(self.model.named_parameters()):
            for name, value in self._optimiser.state.get(parameter, {}).items():
                tensors[f"optimiser.{place}.{name}"] = value
        tensors |= {"order_state": self._order_state, "loss_sum": self._loss_sum}
        numbers = {
            "step": self._step,
            "best_epoch": self.best_epoch,
            "seconds": self._seconds,
            "epoch_seconds": self._epoch_seconds,
            "last_size": self._last_size,
        }
        return {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}, numbers

    def load(self, tensors: dict[str, Tensor], numbers: dict[str, float], history: list[EpochEnd]) -> None:
        """Goes on from what `state` gave, with the epochs up to then."""
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}  # training works in place
        self.model.load_state_dict(_under(tensors, "model."))
        self._best = {name: tensor.to(self.device) for name, tensor in _under(tensors, "best.").items()}
        for place, parameter in enumerate(self.model.parameters()):
            saved = _under(tensors, f"optimiser.{place}.")
            if saved:
                # fused Adam keeps its step count on the device of the parameter
                self._optimiser.state[parameter] = {n: t.to(self.device) for n, t in saved.items()}
        self._order_state = tensors["order_state"]
        self._loss_sum = tensors["loss_sum"].to(self.device)
        self._step = int(numbers["step"])
        self.best_epoch = int(numbers["best_epoch"])
        self._seconds, self._epoch_seconds = numbers["seconds"], numbers["epoch_seconds"]
        self._last_size = numbers["last_size"]
        self._finite = _copied(self.model)
        self.history = list(history)


@contextmanager
def one_thread() -> Iterator[None]:
    """Lets torch use one thread only: sums then come in the same order everywhere, and pages keep their core."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _copied(model: nn.Module) -> dict[str, Tensor]:
    return copy.deepcopy(model.state_dict())


def _copy_into(saved: dict[str, Tensor], model: nn.Module) -> None:
    for name, tensor in model.state_dict().items():
        saved[name].copy_(tensor)


def _size(model: nn.Module) -> float:
    """Root mean square over all parameters; waits for the device."""
    with torch.no_grad():
        squares = sum(float(parameter.square().sum()) for parameter in model.parameters())
    return math.sqrt(squares / sum(parameter.numel() for parameter in model.parameters()))


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
