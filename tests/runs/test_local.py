"""The local runner with real worker processes: killed, paused, resumed and orphaned, and never a bit different."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from playground.data import load
from playground.runs.run import Run
from playground.runs.runner import one_step, pause, resume, start, start_race, stop

ROOT = Path(__file__).resolve().parents[2]

# A whole server in small: a runner with one run that trains and one that waits; says their ids and its worker's.
SERVER = """
import json, sys, time
from playground.models.spec import RunSpec
from playground.runs.local import LocalRunner
from playground.runs.runner import start
from playground.runs.store import Store
runner = LocalRunner(Store(sys.argv[1]), slots=1)
run_id = start(runner, RunSpec.from_json(json.loads(sys.argv[2])))
waiting = start(runner, RunSpec(epochs=1))
while not runner._workers:
    time.sleep(0.01)
print(run_id, waiting, runner._workers[0].pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def runner(local_runner):
    return local_runner


@pytest.fixture(scope="module")
def uninterrupted(long, train_here):
    """What the long run comes to when nothing disturbs it."""
    return train_here(long, load(long.data))


def with_checkpoint(runner, run_id, begun, eventually):
    """Lets a run train until it has a checkpoint in its folder and some epochs after it."""
    begun(runner.store, run_id, 10)
    pause(runner, run_id)
    eventually(lambda: Run(runner.store, run_id).state == "paused")
    assert (runner.store.path(run_id) / "checkpoint.safetensors").exists()
    resume(runner, run_id)
    begun(runner.store, run_id, len(Run(runner.store, run_id).history.epoch) + 5)


def kill_worker(runner):
    os.kill(runner._workers[0].pid, signal.SIGKILL)


def test_pause_and_resume_give_the_place_free_and_lose_no_bit(
    runner, long, short, begun, finish, learnt, uninterrupted, eventually
):
    run_id = start(runner, long, "me")
    begun(runner.store, run_id, 20)
    pause(runner, run_id)
    eventually(lambda: Run(runner.store, run_id).state == "paused")
    assert 20 <= len(Run(runner.store, run_id).history.epoch) < long.epochs
    assert finish(runner.store, start(runner, short, "other")).state == "done"
    assert Run(runner.store, run_id).state == "paused"
    resume(runner, run_id, "me")
    run = finish(runner.store, run_id)
    assert run.state == "done"
    assert learnt(runner.store, run_id) == uninterrupted


def test_a_run_resumed_the_moment_it_says_paused_goes_on(runner, long, begun, eventually):
    """The worker says so a moment before its place is free; a quick visitor must not be lost in between."""
    run_id = start(runner, long)
    for epochs in (3, 6, 9):
        begun(runner.store, run_id, epochs)
        pause(runner, run_id)
        eventually(lambda: runner.store.read(run_id)["state"] == "paused")
        resume(runner, run_id)
        assert Run(runner.store, run_id).is_alive
    begun(runner.store, run_id, 12)
    stop(runner, run_id)
    eventually(lambda: Run(runner.store, run_id).state == "stopped")


def test_stop_keeps_the_best_epoch_and_the_worker(runner, long, begun, finish):
    run_id = start(runner, long)
    begun(runner.store, run_id, 10)
    worker, restarts = runner._workers[0].pid, runner.stats().restarts
    stop(runner, run_id)
    run = finish(runner.store, run_id)
    assert run.state == "stopped"
    assert 10 <= len(run.history.epoch) < long.epochs
    assert len(run.scores) == 4
    assert (runner._workers[0].pid, runner.stats().restarts) == (worker, restarts)


def test_a_killed_worker_is_shown_the_next_run_works_and_resuming_loses_no_bit(
    runner, long, short, begun, finish, learnt, uninterrupted, eventually
):
    run_id = start(runner, long)
    restarts = runner.stats().restarts
    with_checkpoint(runner, run_id, begun, eventually)
    kill_worker(runner)
    eventually(lambda: Run(runner.store, run_id).state == "crashed")
    crashed = Run(runner.store, run_id)
    assert crashed.message.startswith("The process that trained this run died.")
    assert len(crashed.history.epoch) < long.epochs, "the run was too short for this test"
    eventually(lambda: runner.stats().restarts == restarts + 1)
    assert finish(runner.store, start(runner, short)).state == "done"
    resume(runner, run_id)
    assert Run(runner.store, run_id).message == ""
    assert finish(runner.store, run_id).state == "done"
    assert learnt(runner.store, run_id) == uninterrupted


def test_an_idle_worker_that_was_killed_is_replaced_before_the_next_run(runner, short, finish, eventually):
    eventually(lambda: runner.stats().running == 0)
    kill_worker(runner)
    runner._workers[0].wait()
    run = finish(runner.store, start(runner, short))
    assert (run.state, run.message) == ("done", "")


def test_a_second_submit_makes_no_second_run(runner, long, begun, finish, eventually):
    run_id = start(runner, long, "me")
    runner.submit(run_id, "me")
    runner.submit(run_id, "another tab")
    begun(runner.store, run_id)
    runner.submit(run_id, "me")
    assert (runner.stats().running, runner.stats().queued) == (1, 0)
    resume(runner, run_id, "me")
    assert (runner.stats().running, runner.stats().queued) == (1, 0)
    stop(runner, run_id)
    assert finish(runner.store, run_id).state == "stopped"
    eventually(lambda: runner.stats().running == 0)
    assert runner.stats().queued == 0
    assert len(Run(runner.store, run_id).history.epoch) < long.epochs


def test_a_killed_server_leaves_no_worker_and_its_run_can_be_resumed_to_the_last_bit(
    runner, long, eventually, begun, finish, learnt, uninterrupted, process_is_gone
):
    """The run is resumed by the tests' own runner, which is a new server to that folder."""
    store = runner.store
    command = [sys.executable, "-c", SERVER, str(store.folder), json.dumps(long.to_json())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            run_id, waiting, worker = server.stdout.readline().split()
            begun(store, run_id, 5)
        finally:
            server.kill()
    eventually(lambda: process_is_gone(int(worker)))
    eventually(lambda: Run(store, run_id).state == "interrupted")
    assert not Run(store, run_id).is_alive
    assert 1 <= len(Run(store, run_id).history.epoch) < long.epochs
    # Whoever starts next on this folder finds what waited for the server that is gone.
    runner._release_orphans()
    assert Run(store, waiting).state == "interrupted"
    resume(runner, run_id)
    resume(runner, waiting)
    assert finish(store, run_id).state == "done"
    assert learnt(store, run_id) == uninterrupted
    assert finish(store, waiting).state == "done"


def test_when_the_worker_of_a_race_is_killed_every_run_that_trained_can_go_on_by_itself(
    runner, long, begun, finish, eventually, learnt, train_here
):
    """One was paused before; the other two crash, and lose no bit."""
    specs = [dataclasses.replace(long, latent_dim=m, epochs=60) for m in (1, 2, 3)]
    ids = start_race(runner, specs)
    for run_id in ids:
        begun(runner.store, run_id, 3)
    pause(runner, ids[0])
    eventually(lambda: Run(runner.store, ids[0]).state == "paused")
    assert [Run(runner.store, run_id).state for run_id in ids[1:]] == ["running", "running"]
    kill_worker(runner)
    eventually(lambda: [Run(runner.store, run_id).state for run_id in ids] == ["paused", "crashed", "crashed"])
    for run_id, spec in zip(ids, specs, strict=True):
        resume(runner, run_id)
        assert finish(runner.store, run_id).state == "done"
        assert learnt(runner.store, run_id) == train_here(spec, load(spec.data))


def test_a_single_step_of_a_training_run_pauses_it(runner, long, begun, eventually):
    run_id = start(runner, long)
    begun(runner.store, run_id, 3)
    one_step(runner, run_id)
    eventually(lambda: Run(runner.store, run_id).state == "paused")
    run = Run(runner.store, run_id)
    assert run.step_seen is not None
    assert run.step_seen.epoch in (len(run.history.epoch), len(run.history.epoch) + 1)
    stop(runner, run_id)
    eventually(lambda: Run(runner.store, run_id).state == "stopped")
