"""Trains one model, an epoch at a time: no callbacks, no printing, usable after every epoch.

A batch is gathered when its step comes (on a GPU, where the data live, a whole epoch at once), no step waits for the
device, and the step itself is the fastest that suits: hand-derived for dense networks, on the covariance for the linear
one, and by automatic differentiation for everything else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.split import Split
from playground.models.autoencoder import ROWS_AT_ONCE, Autoencoder, Inputs, build
from playground.models.spec import RunSpec
from playground.training import devices, schedule
from playground.training.look import Look
from playground.training.objective import Objective
from playground.training.rows import Rows
from playground.training.sanity import STEPS_PER_CHECK, diverged, is_sane, worst_loss
from playground.training.steering import Change, StepSeen, turned
from playground.training.steps import copied, step_for
from playground.training.threads import blas_threads

ROWS_SHOWN = 8  # of a step that is looked at


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
        kept: the epoch whose model is the best after this one, 0 where nobody has said so.
        angles: of a linear model, the principal angles between its decoder's span and PCA's subspace, in degrees, the
            largest first; set by whoever knows PCA, and None for other kinds.
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
    kept: int = 0
    angles: tuple[float, ...] | None = None

    @property
    def criterion(self) -> float:
        """What the best epoch is chosen by: the validation error, but a VAE's objective with its full β.

        Otherwise an epoch of the warm-up, when β was small, would always be the best. When β is changed in the middle
        of a training, the epoch that was the best so far is measured again by the new β and has to hold against those
        that come; an earlier one cannot become the best, since its model is gone.
        """
        return self.val_error if self.code_kl is None else self.val_loss


class Diverged(Exception):
    """Training blew up; the trainer's model holds the last finite weights. `str(error)` says when and why."""


class Trainer:
    """Trains a model on the training rows of a split; iterate it, or call `epoch()` until `finished`.

    Attributes:
        spec: the settings as they stand, knobs that were turned included.
        changes: the knobs that were turned so far.
        legs: the epochs of the first plan, then those of every time that training went on after its end.
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
        self.changes: list[Change] = []
        self.legs = [spec.epochs]
        n_parameters = spec.n_parameters(split.n_features, Inputs(split.n_features, split.layout).n_flags, split.grid)
        wanted = spec.device if device is None else device
        if wanted == "auto" and schedule.covariance_counts(spec):
            wanted = "cpu"  # on the covariance, which takes no GPU's time and no minibatch's luck
        place = devices.place(wanted, n_parameters)
        self.device, self.message = torch.device(place.device), place.message
        self._split = split
        self.model = self._built()
        self.threads = devices.threads_for(n_parameters) if threads is None else threads
        bfloat16 = devices.uses_bfloat16(spec, n_parameters, place.device)
        self.precision = "bfloat16" if bfloat16 else "float32"
        self.history: list[EpochEnd] = []
        self.best_epoch = 0
        self._best_criterion = math.inf
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
        self._worst_loss = float(worst_loss(self._score(self._x_val)[0]))

    def _built(self) -> Autoencoder:
        split = self._split
        return build(self.spec, split.n_features, split.layout, split.grid).to(self.device)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done or the patience is over."""
        return len(self.history) >= sum(self.legs) or self.out_of_patience

    @property
    def out_of_patience(self) -> bool:
        """Whether so many epochs brought nothing better; it is counted anew when training goes on after its end."""
        patience = self.spec.patience
        return patience > 0 and len(self.history) - max(self.best_epoch, self._leg_began) >= patience

    @property
    def _leg_began(self) -> int:
        """Epochs before the present leg."""
        return sum(self.legs[:-1])

    @cached_property
    def steps_per_epoch(self) -> int:
        steps = schedule.steps_per_epoch(self._rows.n_rows, self.spec.batch_size)
        return min(steps, schedule.MOST_LINEAR_STEPS) if self._advance.sees_all_rows else steps

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
        self._begin()
        steps = self.steps_per_epoch
        while self._step < steps:
            self._one_step()
            if self._step % STEPS_PER_CHECK == 0 and interrupt():
                self._epoch_seconds += time.perf_counter() - clock
                return None
        if steps % STEPS_PER_CHECK:
            self._check_finite()
        self._epoch_seconds += time.perf_counter() - clock
        return self._end_epoch()

    def _begin(self) -> None:
        """Before the first step of an epoch, and after every pause."""
        self._shuffle()
        self._advance.begin()

    def _one_step(self) -> None:
        self._objective.set_progress(self._done)
        self._advance(self._rows, self._part, self._learning_rate)
        self._step += 1
        if self._step % STEPS_PER_CHECK == 0:
            self._check_finite()

    @property
    def epoch_is_over(self) -> bool:
        """Whether all steps of the present epoch are taken, so that `epoch` only has to draw the line under it."""
        return self._step == self.steps_per_epoch

    @property
    def epochs_behind(self) -> float:
        """Epochs of training so far, with the share of the present one."""
        return len(self.history) + self._step / self.steps_per_epoch

    def step(self) -> StepSeen:
        """Takes one step and says what happened in it; the training is the same as without looking.

        Must not be called while `epoch_is_over`.

        Raises:
            Diverged: as `epoch` does.
        """
        with blas_threads(self.threads):
            self._begin()
            self._advance.settle()
            self._objective.set_progress(self._done)
            part = slice(0, self._rows.n_rows) if self._advance.sees_all_rows else self._part
            numbers = self._rows.numbers(part).copy()
            x = torch.tensor(self._rows.x[numbers], device=self.device)
            look, rate = Look(self.model, self._objective, x), self._learning_rate
            clock = time.perf_counter()
            self._one_step()
            self._epoch_seconds += time.perf_counter() - clock
            self._advance.settle()
            seen, shown = look.before, slice(0, ROWS_SHOWN)
            return StepSeen(
                epoch=len(self.history) + 1,
                step=self._step,
                steps_per_epoch=self.steps_per_epoch,
                learning_rate=rate,
                batch_size=len(numbers),
                rows=numbers[shown],
                x=seen.seen[shown].cpu().numpy(),
                x_clean=x[shown].cpu().numpy(),
                z=seen.z[shown].cpu().numpy(),
                x_hat=seen.x_hat[shown].cpu().numpy(),
                errors=(seen.x_hat - x)[shown].square().nansum(dim=1).cpu().numpy(),
                loss=float(seen.loss),
                loss_after=look.loss_after(),
                update=look.update(),
                weights=look.weights,
            )

    def change(self, name: str, value: float) -> None:
        """Turns one of `KNOBS`, from the next step on.

        Raises:
            SpecError: this training has no such knob, or the value is out of its range.
        """
        before, self.spec = self.spec, turned(self.spec, name, value)
        change = Change(self.epochs_behind, name, getattr(before, name), getattr(self.spec, name))
        self.changes.append(change)
        self._settings_changed()
        if name == "beta" and self.best_epoch:
            kl = sum(self.history[self.best_epoch - 1].code_kl or ())
            self._best_criterion += self._objective.share * (change.after - change.before) * kl

    def _settings_changed(self) -> None:
        self._objective.spec = self.spec
        self._advance.settings_changed()

    def _shuffle(self) -> None:
        """Puts the training rows into this epoch's order, the same again after an interruption."""
        self._generator.set_state(self._order_state)
        self._rows.shuffle(torch.randperm(self._rows.n_rows, generator=self._generator))

    @property
    def _part(self) -> slice:
        """Which places of the epoch's order the next step sees."""
        return schedule.batch(self._step, self._rows.n_rows, self.spec.batch_size)

    @property
    def _done(self) -> float:
        """The share of the first plan that is behind the next step; more than 1 in epochs that were added."""
        return self.epochs_behind / self.spec.epochs

    @property
    def _learning_rate(self) -> float:
        """At the next step."""
        if len(self.legs) == 1:
            share = schedule.share_of_peak(self.spec.schedule, self._done)
        else:
            done = (self.epochs_behind - self._leg_began) / self.legs[-1]
            share = schedule.share_when_added(self.spec.schedule, done)
        return self.spec.learning_rate * share

    def _check_finite(self) -> None:
        size = self._advance.size()
        if is_sane(self._advance.loss_sum / self._step, self._worst_loss, size, self._last_size):
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
        self._step -= 1  # back to the last step, for its learning rate
        learning_rate = self._learning_rate
        event = EpochEnd(
            epoch=len(self.history) + 1,
            train_loss=self._advance.loss_sum / self.steps_per_epoch,
            val_loss=val_loss,
            train_error=train_error,
            val_error=val_error,
            learning_rate=learning_rate,
            seconds=self._seconds,
            samples_per_second=self._rows.n_rows / max(self._epoch_seconds, 1e-9),
            code_kl=code_kl,
        )
        if event.criterion < self._best_criterion:
            self.best_epoch, self._best_criterion = event.epoch, event.criterion
            _copy_into(self._best, self.model)
        event = replace(event, kept=self.best_epoch)
        self.history.append(event)
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
            "best_criterion": self._best_criterion,
            "seconds": self._seconds,
            "epoch_seconds": self._epoch_seconds,
            "last_size": self._last_size,
            "bfloat16": float(self.precision == "bfloat16"),
        }
        return {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}, numbers

    def load(
        self,
        tensors: dict[str, Tensor],
        numbers: dict[str, float],
        history: list[EpochEnd],
        changes: Sequence[Change] = (),
    ) -> None:
        """Goes on from what `state` gave, with the epochs and the changes up to then.

        Without the tensors of the step ("step.…") the optimiser has forgotten what it knew.
        """
        for change in changes:
            self.spec = turned(self.spec, change.name, change.after)
        self.changes = list(changes)
        self._settings_changed()
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}  # training works in place
        self.model.load_state_dict(_under(tensors, "model."))
        self._best = {name: tensor.to(self.device) for name, tensor in _under(tensors, "best.").items()}
        bfloat16 = bool(numbers["bfloat16"])  # as it began, whatever this machine would choose now
        if bfloat16 != (self.precision == "bfloat16"):
            self.precision = "bfloat16" if bfloat16 else "float32"
            self._advance = step_for(self.spec, self._split, self.model, self._objective, bfloat16=bfloat16)
        if step := _under(tensors, "step."):  # else the optimiser begins afresh
            self._advance.load(step)
        self._order_state = tensors["order_state"]
        self._objective.generator.set_state(tensors["noise_state"])
        self._step = int(numbers["step"])
        self.best_epoch, self._best_criterion = int(numbers["best_epoch"]), numbers["best_criterion"]
        self._seconds, self._epoch_seconds = numbers["seconds"], numbers["epoch_seconds"]
        self._last_size = numbers["last_size"]
        self._advance.keep()
        self.history = list(history)


def _copy_into(saved: dict[str, Tensor], model: nn.Module) -> None:
    for name, tensor in model.state_dict().items():
        saved[name].copy_(tensor)


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
