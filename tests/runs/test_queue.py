"""The queue before the workers: fair, bounded, and not to be stopped by a damaged run. The worker here only answers."""

import pytest

from playground.errors import BusyError, RunError
from playground.models.spec import RunSpec
from playground.runs import control, local
from playground.runs.local import LocalRunner, default_slots
from playground.runs.run import Run
from playground.runs.runner import resume, start, stop
from playground.runs.store import Store

# Speaks as the real worker does; writes down what it was given, and holds it until there is a file called "go".
WORKER = """
import sys, time
from pathlib import Path
store = Path(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    with (store / "order").open("a") as order:
        order.write(line)
    while not (store / "go").exists():
        time.sleep(0.005)
    print(line, end="", flush=True)
"""


@pytest.fixture
def runner(store, tmp_path, monkeypatch):
    folder = tmp_path / "worker"
    folder.mkdir()
    (folder / "stand_in.py").write_text(WORKER)
    monkeypatch.setattr(local, "FOLDER", folder)
    monkeypatch.setattr(local, "WORKER", "stand_in")
    runner = LocalRunner(Store(store), slots=1)
    yield runner
    runner.close()


@pytest.fixture
def queue(runner, eventually):
    """Fills the queue behind one run that is being worked on; gives the ids by what they are called."""

    def queue(*names):
        first = runner.store.create(RunSpec())
        runner.submit(first, "nobody")
        eventually(lambda: runner.stats().running == 1)
        ids = {}
        for name in names:
            ids[name] = runner.store.create(RunSpec())
            runner.submit(ids[name], owner=name[0])
        return ids

    return queue


def let_go(runner):
    (runner.store.folder / "go").touch()


def taken(runner):
    order = runner.store.folder / "order"
    return order.read_text().split() if order.exists() else []


def test_owners_take_turns(runner, queue, eventually):
    ids = queue("a1", "a2", "a3", "b1", "b2", "c1")
    expected = [ids[name] for name in ("a1", "b1", "c1", "a2", "b2", "a3")]
    assert sorted(ids.values(), key=runner.position) == expected
    assert [runner.position(run_id) for run_id in expected] == list(range(6))
    assert runner.stats().queued == 6
    let_go(runner)
    eventually(lambda: len(taken(runner)) == 7)
    assert taken(runner)[1:] == expected


def test_the_runs_of_one_owner_keep_their_order(runner, queue, eventually):
    ids = queue("a1", "a2", "a3")
    let_go(runner)
    eventually(lambda: len(taken(runner)) == 4)
    assert taken(runner)[1:] == list(ids.values())


def test_a_run_that_waits_says_so_and_the_one_at_work_has_no_position(runner, queue):
    ids = queue("a1")
    assert Run(runner.store, ids["a1"]).state == "queued"
    assert Run(runner.store, ids["a1"]).is_alive
    assert runner.position(taken(runner)[0] if taken(runner) else "0" * 32) is None


def test_a_waiting_run_submitted_again_waits_once(runner, queue, eventually):
    ids = queue("a1", "b1")
    runner.submit(ids["a1"], "a")
    runner.submit(ids["a1"], "somebody else")
    resume(runner, ids["a1"], "a")
    assert runner.stats().queued == 2
    let_go(runner)
    eventually(lambda: runner.stats().running == runner.stats().queued == 0)
    assert len(taken(runner)) == 3


def test_a_waiting_run_can_be_cancelled(runner, queue, eventually):
    ids = queue("a1", "a2", "b1")
    runner.cancel(ids["a1"])
    assert runner.position(ids["a1"]) is None
    assert Run(runner.store, ids["a1"]).message == "It was stopped before it began."
    assert not Run(runner.store, ids["a1"]).is_alive
    runner.cancel(ids["b1"])
    let_go(runner)
    eventually(lambda: runner.stats().running == runner.stats().queued == 0)
    assert taken(runner)[1:] == [ids["a2"]]


def test_a_resumed_run_that_waits_can_be_stopped_and_keeps_what_it_learnt(runner, queue, eventually):
    """It is finished with its best epoch when its turn comes, as a paused run is; it never is "failed"."""
    queue()
    run_id = runner.store.create(RunSpec())
    runner.store.update(run_id, state="paused")
    (runner.store.path(run_id) / "checkpoint.safetensors").write_bytes(b"what it learnt")
    resume(runner, run_id, "a")
    stop(runner, run_id)
    assert Run(runner.store, run_id).state in ("queued", "paused", "interrupted")
    let_go(runner)
    if Run(runner.store, run_id).state == "queued":
        eventually(lambda: run_id in taken(runner))
        assert control.asked(runner.store.path(run_id)) == "stop"


def race(runner, owner="r"):
    ids = [runner.store.create(RunSpec()) for _ in range(3)]
    runner.submit(ids[0], owner, ids[1:])
    return ids


def test_a_race_waits_in_one_place_and_every_run_of_it_knows_which(runner, queue, eventually):
    queue("a1", "b1")
    ids = race(runner)
    assert runner.stats().queued == 3
    assert [runner.position(run_id) for run_id in ids] == [2, 2, 2]
    assert all(Run(runner.store, run_id).state == "queued" for run_id in ids)
    for run_id in ids:
        runner.submit(run_id, "somebody else")
    assert runner.stats().queued == 3
    let_go(runner)
    eventually(lambda: runner.stats().running == runner.stats().queued == 0)
    assert taken(runner)[-3:] == ids


def test_a_run_of_a_race_that_waits_can_be_cancelled_alone_the_first_too(runner, queue, eventually):
    queue()
    ids = race(runner)
    stop(runner, ids[0])
    assert Run(runner.store, ids[0]).message == "It was stopped before it began."
    assert (runner.position(ids[0]), runner.position(ids[1])) == (None, 0)
    stop(runner, ids[1])
    let_go(runner)
    eventually(lambda: runner.stats().running == runner.stats().queued == 0)
    assert taken(runner)[1:] == [ids[2]]


def test_a_race_that_nobody_is_left_of_frees_its_place(runner, queue):
    queue("a1")
    for run_id in race(runner):
        stop(runner, run_id)
    assert runner.stats().queued == 1


def test_a_run_that_left_its_race_is_not_what_a_stop_kills(runner, queue, eventually, monkeypatch):
    """Only a worker whose own run does not obey is killed; the stand-in never obeys."""
    monkeypatch.setattr(local, "SECONDS_TO_STOP", 0.05)
    ids = race(runner)
    eventually(lambda: runner.stats().running == 1)
    worker = runner._workers[0]
    runner.store.update(ids[1], state="paused")
    runner._kill_if_still_at(0, ids[1])
    assert worker.poll() is None
    runner.store.update(ids[2], state="running", finishing=True)
    runner._kill_if_still_at(0, ids[0])
    assert worker.poll() is None
    runner.store.update(ids[2], state="done", finishing=False)
    stop(runner, ids[0])
    eventually(lambda: worker.poll() is not None)
    eventually(lambda: Run(runner.store, ids[0]).state == "crashed")
    assert [Run(runner.store, run_id).state for run_id in ids] == ["crashed", "paused", "done"]


def test_a_run_paused_in_a_race_takes_a_place_of_its_own_while_the_race_goes_on(runner, eventually):
    ids = race(runner)
    eventually(lambda: runner.stats().running == 1)
    for run_id in ids[:2]:
        runner.store.update(run_id, state="paused")
        resume(runner, run_id, "me")
    assert [runner.position(run_id) for run_id in ids] == [0, 1, None]
    let_go(runner)
    eventually(lambda: runner.stats().running == runner.stats().queued == 0)
    assert taken(runner) == [*ids, *ids[:2]]


def test_one_owner_cannot_fill_the_queue(runner, queue):
    queue(*(f"a{k}" for k in range(local.MOST_PER_OWNER)))
    one_more = runner.store.create(RunSpec())
    with pytest.raises(BusyError, match="8 of your runs are waiting already: let one of them finish first"):
        runner.submit(one_more, "a")
    assert Run(runner.store, one_more).state == "new"
    runner.submit(one_more, "b")
    assert runner.stats().queued == local.MOST_PER_OWNER + 1


def test_a_full_queue_says_so(runner, queue, monkeypatch):
    monkeypatch.setattr(local, "MOST_QUEUED", 3)
    queue("a1", "b1", "c1")
    one_more = runner.store.create(RunSpec())
    with pytest.raises(BusyError, match="3 runs are waiting already: try again in a few minutes"):
        runner.submit(one_more, "d")
    assert runner.stats().queued == 3


def test_a_refused_run_leaves_nothing_behind(runner, queue, monkeypatch):
    monkeypatch.setattr(local, "MOST_QUEUED", 1)
    queue("a1")
    before = set(runner.store.run_ids())
    with pytest.raises(BusyError):
        start(runner, RunSpec())
    assert set(runner.store.run_ids()) == before


@pytest.mark.parametrize("busy", [True, False], ids=["while another trains", "while nothing trains"])
def test_a_damaged_run_is_refused_and_the_next_one_is_taken(runner, queue, eventually, busy):
    if busy:
        queue()
    else:
        let_go(runner)
    torn, whole = runner.store.create(RunSpec()), runner.store.create(RunSpec())
    (runner.store.path(torn) / "run.json").write_text("{")
    with pytest.raises(RunError, match="is damaged"):
        runner.submit(torn, "a")
    assert runner.position(torn) is None
    let_go(runner)
    runner.submit(whole, "b")
    eventually(lambda: whole in taken(runner), seconds=20)


def test_a_run_whose_record_is_damaged_while_it_waits_does_not_stop_the_others(runner, queue, eventually):
    ids = queue("a1", "b1")
    (runner.store.path(ids["a1"]) / "run.json").write_text("{")
    let_go(runner)
    eventually(lambda: taken(runner)[-1:] == [ids["b1"]])


def test_runs_that_waited_for_a_server_that_is_gone_can_be_resumed(store, runner):
    """Damaged ones beside them do not keep the new server from starting."""
    own = Store(store)
    waiting, torn = own.create(RunSpec()), own.create(RunSpec())
    own.update(waiting, state="queued")
    (own.path(torn) / "run.json").write_text("{")
    next_server = LocalRunner(own, slots=1)
    try:
        assert Run(own, waiting).state == "interrupted"
        let_go(runner)
        resume(next_server, waiting)
        assert Run(own, waiting).state == "queued"
    finally:
        next_server.close()


def test_closing_ends_the_workers_and_every_thread(runner, queue, process_is_gone, eventually):
    queue("a1")
    worker, threads = runner._workers[0], runner._threads
    runner.close()
    eventually(lambda: process_is_gone(worker.pid))
    assert not any(thread.is_alive() for thread in threads)
    runner.close()  # again does nothing


@pytest.mark.parametrize("given", ["0", "-1", "many", "257", "1.5"])
def test_an_impossible_number_of_workers_says_the_range(monkeypatch, given):
    monkeypatch.setenv("PLAYGROUND_WORKERS", given)
    with pytest.raises(RunError, match=f"PLAYGROUND_WORKERS={given} must be 'auto' or a whole number from 1 to 256"):
        default_slots()


@pytest.mark.parametrize(("cores", "slots"), [(1, 1), (2, 1), (8, 7)])
def test_one_core_is_left_to_the_pages(monkeypatch, cores, slots):
    monkeypatch.delenv("PLAYGROUND_WORKERS", raising=False)
    monkeypatch.setattr(local.os, "cpu_count", lambda: cores)
    assert default_slots() == slots
    monkeypatch.setenv("PLAYGROUND_WORKERS", "3")
    assert default_slots() == 3
