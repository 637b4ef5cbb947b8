"""The default runner: one warm worker process per slot on this machine, and a fair queue before them."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections import OrderedDict, deque
from pathlib import Path

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
        self._waiting: OrderedDict[str, deque[str]] = OrderedDict()  # owner -> runs, the next owner first
        self._training: dict[int, str] = {}  # slot -> run
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

    def submit(self, run_id: str, owner: str) -> None:
        self.store.path(run_id)
        with self._changed:
            if any(run_id in runs for runs in self._waiting.values()):
                return
            if run_id in self._training.values():
                if self.store.read(run_id)["state"] in ALIVE:
                    return
                # It has just said that it ended; its worker is about to say so too.
                self._changed.wait_for(lambda: run_id not in self._training.values(), timeout=SECONDS_TO_STOP)
            if sum(map(len, self._waiting.values())) >= MOST_QUEUED:
                raise BusyError(f"{MOST_QUEUED} runs are waiting already: try again in a few minutes.")
            mine = self._waiting.get(owner, deque())
            if len(mine) >= MOST_PER_OWNER:
                raise BusyError(f"{MOST_PER_OWNER} of your runs are waiting already: let one of them finish first.")
            # Before a worker can take it, or "queued" would overwrite what the worker says.
            self.store.update(run_id, state="queued", message="")
            mine.append(run_id)
            self._waiting[owner] = mine
            self._changed.notify_all()

    def cancel(self, run_id: str) -> None:
        with self._changed:
            for owner, runs in list(self._waiting.items()):
                if run_id in runs and not (self.store.path(run_id) / "checkpoint.safetensors").exists():
                    self._drop(owner, run_id)
                    begun = (self.store.path(run_id) / "metrics.jsonl").exists()
                    when = "while it waited to go on" if begun else "before it began"
                    self.store.update(run_id, state="failed", message=f"It was stopped {when}.")
                    return
            slot = next((slot for slot, training in self._training.items() if training == run_id), None)
        control.ask(self.store.path(run_id), "stop")
        if slot is not None:
            timer = threading.Timer(SECONDS_TO_STOP, self._kill_if_still_at, (slot, run_id))
            timer.daemon = True
            timer.start()

    def position(self, run_id: str) -> int | None:
        with self._changed:
            order = self._order()
        return order.index(run_id) if run_id in order else None

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

    def _order(self) -> list[str]:
        """The waiting runs in the order in which they will be taken, owners in turn."""
        queues = [list(runs) for runs in self._waiting.values()]
        longest = max(map(len, queues), default=0)
        return [runs[turn] for turn in range(longest) for runs in queues if turn < len(runs)]

    def _drop(self, owner: str, run_id: str) -> None:
        self._waiting[owner].remove(run_id)
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
        """The life of one slot: a warm worker, and one run after another for it."""
        worker = self._start_worker(slot)
        while (run_id := self._take(slot)) is not None:
            if worker.poll() is not None:
                worker = self._replace(slot)
            finished = _handed_over(worker, run_id) and _answer(worker) == run_id
            with self._changed:
                # Before the run is called crashed, or resuming it at once would find it still here.
                self._training.pop(slot, None)
                self._changed.notify_all()
            if not finished and not self._closed:
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

    def _take(self, slot: int) -> str | None:
        """The next run for this slot; waits for one; None when the runner closes."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._waiting))
            if self._closed:
                return None
            owner, runs = next(iter(self._waiting.items()))
            run_id = runs.popleft()
            if runs:
                self._waiting.move_to_end(owner)
            else:
                del self._waiting[owner]
            self._training[slot] = run_id
            return run_id

    def _kill_if_still_at(self, slot: int, run_id: str) -> None:
        """Ends a worker that does not obey; one that is at the comparison has obeyed and only needs its time."""
        if self._is_finishing(run_id):
            return
        with self._changed:
            if self._training.get(slot) == run_id:
                self._workers[slot].kill()

    def _is_finishing(self, run_id: str) -> bool:
        try:
            return bool(self.store.read(run_id).get("finishing"))
        except RunError:
            return False

    def _mark_crashed(self, run_id: str) -> None:
        try:
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


def _handed_over(worker: subprocess.Popen[str], run_id: str) -> bool:
    if worker.stdin is None:
        return False
    try:
        worker.stdin.write(run_id + "\n")
        worker.stdin.flush()
    except OSError:
        return False
    return True


def _answer(worker: subprocess.Popen[str]) -> str:
    """The worker's next line; "" when it has died."""
    return worker.stdout.readline().strip() if worker.stdout is not None else ""
