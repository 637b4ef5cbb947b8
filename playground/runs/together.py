"""Trains the runs of a sweep in one place: plain networks stacked, two stacks at a time, then everything else in turn.

A run of a stack writes its metrics as it goes and everything else at its end, so that it opens like any other. It can
be stopped; whoever wants to pause or steer it takes it out of its stack, and it begins anew as a run of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import cast

import torch

from playground.errors import PlaygroundError, RunError
from playground.models.autoencoder import Autoencoder, Inputs
from playground.models.spec import RunSpec
from playground.runs import control
from playground.runs.execute import Ending, _begin, _heart, _told, _Work, tell_incident
from playground.runs.run import split_of
from playground.runs.store import Store
from playground.training import devices
from playground.training.stacked import Stacked, groups
from playground.training.steering import Change
from playground.training.threads import blas_threads
from playground.training.trainer import EpochEnd, Trainer

MOST_IN_A_STACK = 5  # so that the first points are there before the last ones begin
MOST_STACKS_AT_ONCE = 2
SECONDS_PER_LOOK = 0.2
STACKED = (
    "It was trained in one go with others of its sweep: trained alone, it differs by rounding, which training makes as "
    "large as the difference between two seeds."
)


def train_sweep(ids: Sequence[str], store: Store) -> None:
    """Trains these runs until all of them have ended; what goes wrong with one does not touch the others."""
    folders = [store.path(each, exists=False) for each in ids]
    with blas_threads(1), _heart(folders):
        _Sweep(ids, store).train()


class _Sweep:
    """The runs that are still to be begun, and the work on them."""

    def __init__(self, ids: Sequence[str], store: Store) -> None:
        self.store = store
        self.lock = threading.Lock()
        self.specs: dict[str, RunSpec] = {}  # of those that wait
        for each in ids:
            with _told(each, store, alone=False):
                self.specs[each] = RunSpec.from_json(store.read(each)["spec"])

    def train(self) -> None:
        stacks = self._stacks()
        if stacks:
            with ThreadPoolExecutor(min(MOST_STACKS_AT_ONCE, len(stacks), os.cpu_count() or 1)) as pool:
                list(pool.map(self._train_stack, stacks))
        while self.specs:
            self._train_alone(next(iter(self.specs)))

    def _stacks(self) -> list[list[str]]:
        """Those that can be trained together, a few at a time and small m first."""
        ids = list(self.specs)
        together = [[ids[place] for place in places] for places in groups(list(self.specs.values()))]
        stacks = []
        for group in together:
            if len(group) > 1 and self._is_stackable(group[0]):
                number = -(-len(group) // MOST_IN_A_STACK)
                number += number % 2 if len(group) > number else 0  # nobody waits for the other half
                size = -(-len(group) // number)
                stacks += [group[start : start + size] for start in range(0, len(group), size)]
        return stacks

    def _is_stackable(self, run_id: str) -> bool:
        try:
            layout = split_of(self.specs[run_id], self.store).layout
        except PlaygroundError:
            return False  # said where it is trained alone
        return layout is None or not layout.flagged

    def _take(self, ids: Sequence[str]) -> list[str]:
        """Those of them that still wait; from now on they train."""
        with self.lock:
            taken = [each for each in ids if each in self.specs]
            for each in taken:
                del self.specs[each]
        return taken

    def _train_stack(self, ids: list[str]) -> None:
        self._drop_stopped()
        specs = dict(self.specs)
        ids = self._take(ids)
        if not ids:
            return
        try:
            left = _Stack(ids, [specs[each] for each in ids], self).train()
        except PlaygroundError as error:
            for each in ids:
                with suppress(RunError):
                    self.store.update(each, state="failed", message=str(error))
        except Exception:  # a bug of ours
            for each in ids:
                if _is_running(self.store, each):
                    tell_incident(each, self.store)
        else:
            with self.lock:
                self.specs |= {each: specs[each] for each in left}

    def _train_alone(self, run_id: str) -> None:
        self._drop_stopped()
        if not self._take([run_id]):
            return
        with _told(run_id, self.store, alone=False):
            _begin(run_id, self.store)
            work = _Work(run_id, self.store)
            looks = _Looks()
            while not work.turn(lambda: (looks.is_time() and self._drop_stopped()) or work.is_asked):
                self._drop_stopped()

    def _drop_stopped(self) -> bool:
        """Ends those that are stopped before they begin. Says no: nothing that trains is touched."""
        for each in list(self.specs):
            if control.asked(self.store.path(each, exists=False)) == "stop" and self._take([each]):
                with suppress(RunError):
                    self.store.update(each, state="failed", message="It was stopped before it began.")
        return False


class _Looks:
    """Says now and then that it is time to look at what visitors ask."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def is_time(self) -> bool:
        if time.monotonic() - self._last < SECONDS_PER_LOOK:
            return False
        self._last = time.monotonic()
        return True


class _Stack:
    """A few runs that train in one go, from their folders to their results."""

    def __init__(self, ids: list[str], specs: list[RunSpec], sweep: _Sweep) -> None:
        store = sweep.store
        self.ids, self.sweep, self.looks = ids, sweep, _Looks()
        for each in ids:
            _begin(each, store)
        split = split_of(specs[0], store)
        widest = max(
            spec.n_parameters(split.n_features, Inputs(split.n_features, split.layout).n_flags, split.grid)
            for spec in specs
        )
        place = devices.place(specs[0].device, widest)
        self.stacked = Stacked(specs, split, place.device)
        with sweep.lock:  # PCA is fitted once for all
            self.works = [_Member(each, store, _Lane(self.stacked, at, place)) for at, each in enumerate(ids)]
        self.training = set(range(len(ids)))
        self.left: list[str] = []  # those that are to be steered, each on its own

    def train(self) -> list[str]:
        """Gives the runs that have left to be trained alone."""
        while not self.stacked.finished:
            events = self.stacked.epoch(self._is_asked)
            for at, event in events.items():
                self.works[at].record(_shared(event, len(self.ids)))
            self._obey()
            self._end({at for at in self.training if not self.stacked.trains(at)}, "done")
        self._end(set(self.training), "done")
        return self.left

    def _is_asked(self) -> bool:
        if not self.looks.is_time():
            return False
        self.sweep._drop_stopped()
        return any(self._wants_out(at) for at in self.training)

    def _wants_out(self, at: int) -> bool:
        wish = control.wish(self.works[at].folder)
        return wish.command is not None or wish.until != "end" or bool(wish.knobs)

    def _obey(self) -> None:
        """Whoever is stopped ends with its best epoch so far, whoever is to be steered leaves."""
        asked = {at for at in self.training if self.stacked.trains(at) and self._wants_out(at)}
        if not asked:
            return
        self.stacked.leave(asked)
        stopped = {at for at in asked if control.asked(self.works[at].folder) == "stop"}
        for at in asked - stopped:
            self.training.discard(at)
            self.left.append(self.ids[at])
        self._end(stopped, "stopped")

    def _end(self, places: set[int], ending: Ending) -> None:
        for at in places:
            self.training.discard(at)
            with suppress(RunError):
                self.works[at].store.update(self.ids[at], finishing=True)  # so that nobody thinks it does not obey
        for at in sorted(places):
            work = self.works[at]
            with _told(self.ids[at], work.store, alone=False):
                message = self.stacked.messages[at]
                work._finish("diverged" if message else ending, message or "")


class _Lane:
    """One model of a stack as a `Trainer` is seen by `_Work`: nothing here trains."""

    precision = "float32"
    threads = 1

    def __init__(self, stacked: Stacked, at: int, place: devices.Place) -> None:
        self._stacked, self._at = stacked, at
        self.spec = stacked.specs[at]
        self.legs = [self.spec.epochs]
        self.changes: list[Change] = []
        self.device = torch.device(place.device)
        self.message = " ".join(filter(None, (place.message, STACKED)))

    @property
    def model(self) -> Autoencoder:
        return self._stacked.models[self._at]

    @property
    def best(self) -> Autoencoder:
        return self._stacked.best(self._at)

    @property
    def best_epoch(self) -> int:
        return self._stacked.best_epochs[self._at]

    @property
    def history(self) -> list[EpochEnd]:
        return [_shared(event, len(self._stacked.specs)) for event in self._stacked.histories[self._at]]


class _Member(_Work):
    """A run of a stack: it keeps its metrics and its end, but no checkpoint, and no pictures on the way."""

    def __init__(self, run_id: str, store: Store, lane: _Lane) -> None:
        super().__init__(run_id, store, lambda spec, split: cast(Trainer, lane))

    def record(self, event: EpochEnd) -> None:
        """Keeps what an epoch came to."""
        with suppress(OSError):  # its folder may have been deleted
            self._add_metrics(event)

    def _checkpoint(self, *, last: bool = False) -> None:
        """There is none: it cannot go on."""


def _shared(event: EpochEnd, models: int) -> EpochEnd:
    """An epoch of a stack of so many, with one run's share of its seconds."""
    return replace(event, seconds=event.seconds / models, samples_per_second=event.samples_per_second * models)


def _is_running(store: Store, run_id: str) -> bool:
    try:
        return bool(store.read(run_id)["state"] == "running")
    except RunError:
        return False
