"""What every runner in `RUNNER` promises; a new one is covered by standing there."""

import dataclasses

import numpy as np
import pytest

from playground.data import load
from playground.errors import RunError, SpecError
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.runs.runner import RUNNER, pause, resume, start, stop
from playground.runs.store import Store


@pytest.fixture(scope="module", params=list(RUNNER))
def runner(request, tmp_path_factory):
    if request.param == "local":
        yield request.getfixturevalue("local_runner")
        return
    runner = RUNNER[request.param](Store(tmp_path_factory.mktemp(f"store-{request.param}")))
    yield runner
    runner.close()


def test_a_run_ends_with_what_a_trainer_in_this_process_gives_to_the_last_bit(
    runner, finish, short, learnt, train_here, eventually
):
    run = finish(runner.store, start(runner, short))
    assert run.state == "done"
    assert learnt(runner.store, run.id) == train_here(short, load(short.data))
    assert [score.name for score in run.scores] == ["mean", "pca", "linear", "autoencoder"]
    assert np.isfinite(run.codec().reconstruct(run.split.x_test)).all()
    assert run.snapshot_epochs() == [1, 2, 3, 4, 5, 6]
    assert runner.position(run.id) is None
    eventually(lambda: (runner.stats().running, runner.stats().queued) == (0, 0))


def test_two_runs_of_equal_settings_are_the_same_run_under_two_names(runner, finish, short):
    one, other = (finish(runner.store, start(runner, short)) for _ in range(2))
    assert one.id != other.id
    assert one.history.val_error == other.history.val_error
    assert one.scores == other.scores
    assert one.verdict == other.verdict
    for name in ("model", "linear", "pca"):
        files = [(run.folder / f"{name}.safetensors").read_bytes() for run in (one, other)]
        assert files[0] == files[1]


def test_a_pause_asked_before_the_start_waits_for_a_resume(runner, finish, short, learnt, train_here):
    run_id = runner.store.create(short)
    pause(runner, run_id)
    runner.submit(run_id, "me")
    assert finish(runner.store, run_id).state == "paused"
    resume(runner, run_id, "me")
    assert finish(runner.store, run_id).state == "done"
    assert learnt(runner.store, run_id) == train_here(short, load(short.data))


def test_a_paused_run_can_be_stopped_for_good(runner, finish, short):
    run_id = runner.store.create(short)
    pause(runner, run_id)
    runner.submit(run_id, "me")
    assert finish(runner.store, run_id).state == "paused"
    stop(runner, run_id)
    run = finish(runner.store, run_id)
    assert run.state == "stopped"
    assert len(run.scores) == 4
    with pytest.raises(RunError, match="cannot be resumed"):
        resume(runner, run_id)


def test_a_run_that_blows_up_says_so_and_the_next_one_works(runner, finish, short):
    run = finish(runner.store, start(runner, RunSpec(learning_rate=1000.0)))
    assert run.state == "diverged"
    assert "diverged by step" in run.message
    assert np.isfinite(run.codec().reconstruct(run.split.x_test)).all()
    assert finish(runner.store, start(runner, short)).state == "done"


def test_a_run_that_cannot_start_says_so_and_the_next_one_works(runner, finish, short):
    run_id = runner.store.create(dataclasses.replace(short, data="atlantis"))
    runner.submit(run_id, "me")
    run = finish(runner.store, run_id)
    assert run.state == "failed"
    assert run.message.startswith("There is no data set 'atlantis'")
    assert finish(runner.store, start(runner, short)).state == "done"


def test_settings_that_do_not_fit_the_data_are_refused_at_once(runner):
    before = runner.store.run_ids()
    with pytest.raises(SpecError, match="between 1 and 13"):
        start(runner, RunSpec(data="wine", latent_dim=14))
    assert runner.store.run_ids() == before


@pytest.mark.parametrize("run_id", ["0" * 32, "demo", "../../etc"])
def test_an_unknown_run_is_refused(runner, run_id):
    for ask in (lambda: runner.submit(run_id, "me"), lambda: pause(runner, run_id), lambda: stop(runner, run_id)):
        with pytest.raises(RunError):
            ask()
    with pytest.raises(RunError):
        resume(runner, run_id)


def test_stopping_a_finished_run_changes_nothing(runner, finish, short):
    run = finish(runner.store, start(runner, short))
    stop(runner, run.id)
    pause(runner, run.id)
    again = Run(runner.store, run.id)
    assert again.state == "done"
    assert again.scores == run.scores


def test_a_runner_says_how_busy_it_is(runner, eventually):
    def is_idle():
        stats = runner.stats()
        return (stats.slots, stats.running, stats.queued) == (1, 0, 0)

    eventually(is_idle)
