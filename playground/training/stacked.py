"""Trains several models in one go: a sweep over the bottleneck, seeds or rates costs little more than one run.

The results are those of one `Trainer` after another, up to rounding: the same starting weights, shuffles and schedule.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from playground.data.dataset import IntArray
from playground.data.split import Split
from playground.errors import SpecError
from playground.models.autoencoder import Autoencoder, build
from playground.models.spec import RunSpec
from playground.training.fast_step import LOSSES, FastStep
from playground.training.sanity import STEPS_PER_CHECK, diverged, is_sane, worst_loss
from playground.training.schedule import MOST_TRAIN_ROWS_SCORED, batch, share_of_peak, steps_per_epoch
from playground.training.stacked_torch import TorchStep
from playground.training.tape import Sums
from playground.training.threads import blas_threads
from playground.training.trainer import EpochEnd

MAY_DIFFER = ("latent_dim", "seed", "learning_rate", "weight_decay")


def can_stack(specs: Sequence[RunSpec]) -> bool:
    """Whether these runs can be trained together: chains that differ in nothing but `MAY_DIFFER`."""
    return bool(specs) and all(_is_chain(spec) for spec in specs) and len({_family(spec) for spec in specs}) == 1


def groups(specs: Sequence[RunSpec]) -> list[list[int]]:
    """The places of the specs that can be trained together, each group in order; everything else is alone."""
    found: dict[object, list[int]] = {}
    for place, spec in enumerate(specs):
        found.setdefault(_family(spec) if _is_chain(spec) else place, []).append(place)
    return list(found.values())


def _is_chain(spec: RunSpec) -> bool:
    is_plain = spec.model == "dense" and spec.dropout == 0 and spec.precision != "bfloat16"
    return is_plain and spec.loss in LOSSES and spec.output != "table"


def _family(spec: RunSpec) -> tuple[object, ...]:
    return tuple(value for name, value in dataclasses.asdict(spec).items() if name not in MAY_DIFFER)


class Stacked:
    """Trains K models together; iterate it, or call `epoch()` until `finished`.

    A model that is out of patience, or that diverged, leaves the stack; the others go on undisturbed.

    Args:
        specs: settings that differ in nothing but `MAY_DIFFER`.
        split: the rows, the same for all.
        device: "cpu", or a GPU's name.
        threads: of the matrix products on the CPU.

    Attributes:
        models: as they are now, in the order of the specs.
        histories: one `EpochEnd` per epoch of every model; `seconds` are those of the whole stack.
        best_epochs: the epoch with the smallest validation error of every model, 0 before the first.
        messages: why a model stopped before its time, None where it did not.

    Raises:
        SpecError: these runs cannot be trained together.
    """

    def __init__(self, specs: Sequence[RunSpec], split: Split, device: str = "cpu", threads: int = 1) -> None:
        if not can_stack(specs):
            raise SpecError(
                "These runs cannot be trained together: that takes plain networks that differ only in their "
                f"{', '.join(MAY_DIFFER)}."
            )
        if split.layout is not None and split.layout.flagged:
            raise SpecError("Models of data with missing cells cannot be trained together, only one after another.")
        self.specs, self._split, self._threads = list(specs), split, threads
        self.models = [build(spec, split.n_features, split.layout) for spec in specs]
        self.histories: list[list[EpochEnd]] = [[] for _ in specs]
        self.best_epochs = [0] * len(specs)
        self.messages: list[str | None] = [None] * len(specs)
        kind = FastStep if device == "cpu" else TorchStep
        self._step: Any = kind(
            self.models,
            loss=specs[0].loss,
            weight_decay=[spec.weight_decay for spec in specs],
            huber=specs[0].huber,
            device=device,
        )
        self._best = [block.clone() for block in self._step.packed.blocks()]
        self._x, self._x_val = (self._step.at_hand(x) for x in (split.x_train, split.x_val))
        self._steps = steps_per_epoch(len(self._x), specs[0].batch_size)
        self._generators = {spec.seed: torch.Generator().manual_seed(spec.seed) for spec in specs}
        self._orders: dict[int, IntArray] = {}  # of the present epoch, by seed
        self._at = 0  # step within the epoch
        self._seconds = self._epoch_seconds = 0.0
        self._stack = list(range(len(specs)))  # which models are in the stack
        self._worst_losses = worst_loss(self._scores()[0])
        self._remember(self._step.sizes())

    @property
    def finished(self) -> bool:
        return not self._stack

    def trains(self, place: int) -> bool:
        """Whether the model of that spec is still in the stack."""
        return place in self._stack

    def leave(self, places: Iterable[int]) -> None:
        """Takes these models out of the stack, as they are; the others go on undisturbed."""
        gone = set(places)
        staying = [at for at, place in enumerate(self._stack) if place not in gone]
        if len(staying) == len(self._stack):
            return
        sizes = self._last_sizes[staying]
        self._keep(staying)
        if self._stack:
            self._remember(sizes)

    def best(self, place: int) -> Autoencoder:
        """A copy of the model of that spec, as it was at its best epoch, on the CPU."""
        model = build(self.specs[place], self._split.n_features, self._split.layout)
        self._step.packed.write(model, [block[place] for block in self._best])
        return model.eval()

    def __iter__(self) -> Iterator[dict[int, EpochEnd]]:
        while not self.finished:
            events = self.epoch()
            if events:
                yield events

    def epoch(self, interrupt: Callable[[], bool] = lambda: False) -> dict[int, EpochEnd]:
        """Trains to the end of the present epoch.

        Args:
            interrupt: asked every few steps; when it says yes, the epoch is left half done, and the next call goes on.

        Returns:
            What the epoch came to for every model that ended it, by the place of its spec.
        """
        if self.finished:
            return {}
        clock = time.perf_counter()
        with blas_threads(self._threads):
            ended = self._train(interrupt)
            self._epoch_seconds += time.perf_counter() - clock
            return self._end_epoch() if ended else {}

    def _train(self, interrupt: Callable[[], bool]) -> bool:
        """To the end of the epoch, or to an interruption."""
        if not self._orders:
            rows = len(self._x)
            self._orders = {s: torch.randperm(rows, generator=g).numpy() for s, g in self._generators.items()}
        order = self._order()
        while self._at < self._steps and self._stack:
            x = self._step.take(self._x, order[..., batch(self._at, len(self._x), self.specs[0].batch_size)])
            self._step(x, x, self._rates())
            self._at += 1
            if self._at % STEPS_PER_CHECK == 0:
                in_stack = len(self._stack)
                self._check_finite()
                order = self._order() if 0 < len(self._stack) < in_stack else order
                if interrupt():
                    return False
        self._check_finite()
        return True

    def _order(self) -> IntArray:
        """The shuffled rows: (n,) where all models have the same seed, else one row of numbers per model (K, n)."""
        seeds = [self.specs[place].seed for place in self._stack]
        return self._orders[seeds[0]] if len({*seeds}) == 1 else np.stack([self._orders[seed] for seed in seeds])

    def _rates(self) -> float | Sums:
        """At this step: a number where all models have the same, else (K,)."""
        spec, rates = self.specs[0], [self.specs[place].learning_rate for place in self._stack]
        share = share_of_peak(spec.schedule, (self._epochs * self._steps + self._at) / (spec.epochs * self._steps))
        return rates[0] * share if len({*rates}) == 1 else np.array(rates) * share

    @property
    def _epochs(self) -> int:
        """That the models in the stack have behind them."""
        return len(self.histories[self._stack[0]])

    def _remember(self, sizes: Sums) -> None:
        self._finite = [block.clone() for block in self._step.packed.blocks()]
        self._last_sizes = sizes

    def _check_finite(self) -> None:
        if not self._stack:
            return
        sizes = self._step.sizes()
        worst = self._worst_losses[self._stack]
        fine = is_sane(self._step.losses() / max(self._at, 1), worst, sizes, self._last_sizes)
        for at in np.flatnonzero(~fine):
            self._give_up(int(at))
        if not fine.all():
            self._keep(np.flatnonzero(fine).tolist())
        if self._stack:
            self._remember(sizes[fine])

    def _give_up(self, at: int) -> None:
        """Brings a model that blew up back to its last finite state."""
        place = self._stack[at]
        for block, finite in zip(self._step.packed.blocks(), self._finite, strict=True):
            block[at] = finite[at]
        if not self.histories[place]:
            self._keep_best([at])
        epochs = len(self.histories[place])
        self.messages[place] = diverged(epochs * self._steps + self._at, epochs + 1, self.specs[place].learning_rate)

    def _keep(self, places: list[int]) -> None:
        self._stack = [self._stack[at] for at in places]
        if self._stack:
            self._step.keep(places)

    def _end_epoch(self) -> dict[int, EpochEnd]:
        self._orders = {}
        if not self._stack:
            return {}
        self._seconds += self._epoch_seconds
        self._at -= 1
        rates = np.broadcast_to(self._rates(), len(self._stack))
        self._at = 0
        val_losses, val_errors = self._scores()
        _, train_errors = self._step.score(self._x[:MOST_TRAIN_ROWS_SCORED])
        train_losses = self._step.losses() / self._steps
        events = {
            place: EpochEnd(
                epoch=len(self.histories[place]) + 1,
                train_loss=float(train_losses[at]),
                val_loss=float(val_losses[at]),
                train_error=float(train_errors[at]),
                val_error=float(val_errors[at]),
                learning_rate=float(rates[at]),
                seconds=self._seconds,
                samples_per_second=len(self._x) / max(self._epoch_seconds, 1e-9),
            )
            for at, place in enumerate(self._stack)
        }
        self._record(events)
        self._epoch_seconds = 0.0
        self._step.loss_sum[:] = 0.0
        going = [at for at, place in enumerate(self._stack) if not self._is_over(place)]
        if len(going) < len(self._stack):
            self._keep(going)
            self._remember(self._last_sizes[going])
        return events

    def _scores(self) -> tuple[Sums, Sums]:
        """Losses and errors on the validation rows, of the models in the stack."""
        losses, errors = self._step.score(self._x_val)
        return losses, errors

    def _record(self, events: dict[int, EpochEnd]) -> None:
        better = []
        for at, (place, event) in enumerate(events.items()):
            best_so_far = min((past.val_error for past in self.histories[place]), default=math.inf)
            self.histories[place].append(event)
            if event.val_error < best_so_far:
                self.best_epochs[place] = event.epoch
                better.append(at)
        self._keep_best(better)

    def _keep_best(self, ats: list[int]) -> None:
        """Keeps the present weights of the models at these places of the stack."""
        places = [self._stack[at] for at in ats]
        for best, block in zip(self._best, self._step.packed.blocks(), strict=True):
            best[places] = block[ats]

    def _is_over(self, place: int) -> bool:
        """Whether all epochs are done or the patience is over."""
        epochs, patience = len(self.histories[place]), self.specs[place].patience
        return epochs >= self.specs[place].epochs or 0 < patience <= epochs - self.best_epochs[place]
