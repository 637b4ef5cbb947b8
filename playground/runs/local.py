"""The default runner: one warm worker process per slot on this machine, and a fair queue before them."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playground.errors import BusyError, RunError
from playground.runs import control
from playground.runs.run import ALIVE
from playground.runs.runner import Stats
from playground.runs.store import Store

log = logging.getLogger(__name__)

MOST_QUEUED = 400
MOST_PER_OWNER = 8
SECONDS_TO_STOP = 3.0  # a worker that has not obeyed by then is killed
WORKER = "playground.runs.worker"
FOLDER = Path(__file__).parents[2]
Group = list[str]  # the runs that share one place: one, or those of a race


def default_slots() -> int:
    """`PLAYGROUND_WORKERS`, or one less than there are cores, at least one: one core is for the pages."""
    given = os.environ.get("PLAYGROUND_WORKERS", "auto")
    if given == "auto":
        return max(1, (os.cpu_count() or 1) - 1)
    if not given.isdecimal() or not 1 <= int(given) <= 256:
        raise RunError(f"PLAYGROUND_WORKERS={given} must be 'auto' or a whole number from 1 to 256.")
    return int(given)


class LocalRunner:
    """Trains in worker processes; owners take turns, so that nobody waits behind a hundred runs of somebody else."""

    def __init__(self, store: Store, slots: int | None = None) -> None:
        self.store = store
        self._waiting: OrderedDict[str, deque[Group]] = OrderedDict()  # owner -> groups, the next owner first
        self._training: dict[int, Group] = {}  # by slot; one that goes on elsewhere has left its race
        self._workers: dict[int, subprocess.Popen[str]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._restarts = 0
        self._release_orphans()
        self._threads = [
            threading.Thread(target=self._serve, args=(slot,), name=f"runner-{slot}", daemon=True)
            for slot in range(slots or default_slots())
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, run_id: str, owner: str, others: Sequence[str] = ()) -> None:
        self.store.path(run_id)
        with self._changed:
            if any(run_id in group for group in self._order()):
                return
            if run_id in (together := self._with(run_id)):
                if self.store.read(run_id)["state"] in ALIVE:
                    return
                if len(together) > 1:
                    together.remove(run_id)  # the rest of its race goes on without it
                # It has just said that it ended; its worker is about to say so too.
                self._changed.wait_for(lambda: not self._with(run_id), timeout=SECONDS_TO_STOP)
            if sum(map(len, self._waiting.values())) >= MOST_QUEUED:
                raise BusyError(f"{MOST_QUEUED} runs are waiting already: try again in a few minutes.")
            mine = self._waiting.get(owner) or deque()
            if len(mine) >= MOST_PER_OWNER:
                raise BusyError(f"{MOST_PER_OWNER} of your runs are waiting already: let one of them finish first.")
            # Before a worker can take it, or "queued" would overwrite what the worker says.
            for each in (run_id, *others):
                self.store.update(each, state="queued", message="")
            mine.append([run_id, *others])
            self._waiting[owner] = mine
            self._changed.notify_all()

    def cancel(self, run_id: str) -> None:
        with self._changed:
            for owner, group in [(owner, group) for owner, groups in self._waiting.items() for group in groups]:
                if run_id in group and not (self.store.path(run_id) / "checkpoint.safetensors").exists():
                    self._drop(owner, group, run_id)
                    begun = (self.store.path(run_id) / "metrics.jsonl").exists()
                    when = "while it waited to go on" if begun else "before it began"
                    self.store.update(run_id, state="failed", message=f"It was stopped {when}.")
                    return
            slot = next((slot for slot, group in self._training.items() if run_id in group), None)
        control.ask(self.store.path(run_id), "stop")
        if slot is not None:
            timer = threading.Timer(SECONDS_TO_STOP, self._kill_if_still_at, (slot, run_id))
            timer.daemon = True
            timer.start()

    def position(self, run_id: str) -> int | None:
        with self._changed:
            order = self._order()
        return next((place for place, group in enumerate(order) if run_id in group), None)

    def stats(self) -> Stats:
        with self._changed:
            queued = sum(map(len, self._waiting.values()))
            return Stats(len(self._threads), len(self._training), queued, self._restarts)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            workers = list(self._workers.values())
            self._changed.notify_all()
        for worker in workers:
            worker.kill()
        for thread in self._threads:
            thread.join(timeout=5)

    def _order(self) -> list[Group]:
        """What waits, in the order in which it will be taken, owners in turn."""
        queues = [list(groups) for groups in self._waiting.values()]
        longest = max(map(len, queues), default=0)
        return [groups[turn] for turn in range(longest) for groups in queues if turn < len(groups)]

    def _with(self, run_id: str) -> Group:
        """The runs that train in one place with this one, itself among them; none where it does not train."""
        return next((group for group in self._training.values() if run_id in group), [])

    def _drop(self, owner: str, group: Group, run_id: str) -> None:
        """Takes a run out of what waits; the others of its race keep their place."""
        group.remove(run_id)
        if not group:
            self._waiting[owner].remove(group)
        if not self._waiting[owner]:
            del self._waiting[owner]

    def _release_orphans(self) -> None:
        """Runs that waited for a server that is gone: they can be resumed."""
        for run_id in self.store.run_ids():
            try:
                if self.store.read(run_id)["state"] == "queued":
                    self.store.update(run_id, state="interrupted")
            except RunError:
                log.warning("the record of run %s is damaged", run_id)

    def _serve(self, slot: int) -> None:
        """The life of one slot: a warm worker, and one run (or race) after another for it."""
        worker = self._start_worker(slot)
        while (group := self._take(slot)) is not None:
            if worker.poll() is not None:
                worker = self._replace(slot)
            line = " ".join(group)
            finished = _handed_over(worker, line) and _answer(worker) == line
            with self._changed:
                # Before the run is called crashed, or resuming it at once would find it still here.
                self._training.pop(slot, None)
                self._changed.notify_all()
            if not finished and not self._closed:
                for run_id in group:
                    self._mark_crashed(run_id)
                worker = self._replace(slot)
        _end(worker)

    def _start_worker(self, slot: int) -> subprocess.Popen[str]:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(FOLDER)}
        worker = subprocess.Popen(
            [sys.executable, "-m", WORKER, str(self.store.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        with self._changed:
            self._workers[slot] = worker
        _answer(worker)  # "ready"
        return worker

    def _replace(self, slot: int) -> subprocess.Popen[str]:
        with self._changed:
            self._restarts += 1
            old = self._workers[slot]
        _end(old)
        return self._start_worker(slot)

    def _take(self, slot: int) -> Group | None:
        """The next runs for this slot; waits for some; None when the runner closes."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._waiting))
            if self._closed:
                return None
            owner, groups = next(iter(self._waiting.items()))
            group = groups.popleft()
            if groups:
                self._waiting.move_to_end(owner)
            else:
                del self._waiting[owner]
            self._training[slot] = group
            return group

    def _kill_if_still_at(self, slot: int, run_id: str) -> None:
        """Ends a worker that does not obey; one that is at a comparison has obeyed or will, and only needs its time."""
        with self._changed:
            group = self._training.get(slot, [])
            if run_id not in group or any(self._record(each).get("finishing") for each in group):
                return
            if self._record(run_id).get("state", "running") in ALIVE:  # others of its race may still train
                self._workers[slot].kill()

    def _record(self, run_id: str) -> dict[str, Any]:
        """What the run says of itself; nothing where it is gone or damaged."""
        try:
            return self.store.read(run_id)
        except RunError:
            return {}

    def _mark_crashed(self, run_id: str) -> None:
        """Unless it had ended before, as one of a race may have."""
        try:
            if self.store.read(run_id)["state"] not in ALIVE:
                return
            self.store.update(
                run_id,
                state="crashed",
                message="The process that trained this run died. What it had saved is kept: resume it, or train again.",
            )
        except RunError:
            log.warning("run %s is gone", run_id)


def _end(worker: subprocess.Popen[str]) -> None:
    """Kills a worker, if it still lives, and leaves nothing of it open."""
    worker.kill()
    with contextlib.suppress(OSError), worker:  # closes its pipes and waits for it
        pass


def _handed_over(worker: subprocess.Popen[str], line: str) -> bool:
    if worker.stdin is None:
        return False
    try:
        worker.stdin.write(line + "\n")
        worker.stdin.flush()
    except OSError:
        return False
    return True


def _answer(worker: subprocess.Popen[str]) -> str:
    """The worker's next line; "" when it has died."""
    return worker.stdout.readline().strip() if worker.stdout is not None else ""
