"""A sweep: every point a run folder, trained together, never twice, stoppable."""

import dataclasses

import numpy as np
import pytest

from playground.analysis.errors import UNITS
from playground.data.split import Split
from playground.errors import BusyError, RunError, SpecError
from playground.models.spec import RunSpec
from playground.runs import control, together
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, go_on, start, stop
from playground.runs.store import Store
from playground.runs.sweep import default_latent_dims, pca_curve, start_sweep, stop_sweep, sweep_runs

QUICK = RunSpec(data="wine", hidden=(8,), output="linear", batch_size=32, epochs=4, learning_rate=0.01)


@pytest.fixture
def runner(store):
    return InlineRunner(Store(store))


def own_error(run):
    return run.scores[3].error["sum_squared_error_per_sample"]


def test_a_sweep_is_one_run_per_m_and_seed_with_the_errors_of_runs_on_their_own(runner):
    spec = dataclasses.replace(QUICK, batch_norm=False)
    ids = start_sweep(runner, spec, [3, 1, 2], [5, 0])
    runs = [Run(runner.store, each) for each in ids]
    assert [(run.spec.latent_dim, run.spec.seed) for run in runs] == [(m, seed) for m in (1, 2, 3) for seed in (0, 5)]
    for run in runs:
        assert run.state == "done"
        assert [score.name for score in run.scores] == ["mean", "pca", "linear", "autoencoder"]
        assert run.snapshot_epochs() == [4]
        assert "trained in one go" in run.message
        alone = Run(runner.store, start(runner, run.spec))
        assert run.history.val_error == pytest.approx(alone.history.val_error, rel=1e-3)
        assert own_error(run) == pytest.approx(own_error(alone), rel=1e-3)
        assert run.codec().reconstruct(run.split.x_test) == pytest.approx(
            alone.codec().reconstruct(run.split.x_test), abs=0.02
        )
        with pytest.raises(RunError, match="not kept"):
            go_on(runner, run.id, 3)


def test_what_is_there_is_not_trained_again(runner):
    first = start_sweep(runner, QUICK, [1, 2])
    again = start_sweep(runner, dataclasses.replace(QUICK, latent_dim=7), [1, 2, 3])
    assert again[:2] == first
    assert len(runner.store.run_ids()) == 3
    assert not set(start_sweep(runner, dataclasses.replace(QUICK, epochs=3), [1, 2])) & {*again}
    runner.store.remove(first[0])
    assert start_sweep(runner, QUICK, [1, 2])[1] == first[1]
    assert len(sweep_runs(runner.store, QUICK)) == 3


def test_a_run_started_by_hand_is_nobody_elses_point(runner):
    mine = Run(runner.store, start(runner, QUICK))
    assert sweep_runs(runner.store, QUICK) == []
    assert [run.id for run in sweep_runs(runner.store, QUICK, [mine])] == [mine.id]
    assert start_sweep(runner, QUICK, [2], known=[mine]) == [mine.id]
    assert start_sweep(runner, QUICK, [2]) != [mine.id]


def test_a_point_that_went_on_is_no_longer_one(runner):
    [only] = start_sweep(runner, QUICK, [2])  # a sweep of one is a plain run
    go_on(runner, only, 2)
    assert sweep_runs(runner.store, QUICK) == []
    assert start_sweep(runner, QUICK, [2]) != [only]


@pytest.mark.parametrize(
    "changes",
    [{"model": "linear"}, {"data": "penguins", "output": "table", "loss": "mixed"}, {"data": "penguins"}],
    ids=["linear", "table", "missing cells"],
)
def test_what_cannot_be_stacked_is_trained_in_turn(runner, changes):
    runs = [Run(runner.store, each) for each in start_sweep(runner, dataclasses.replace(QUICK, **changes), [1, 2])]
    assert [run.state for run in runs] == ["done", "done"]
    assert all("one go" not in run.message for run in runs)


def test_a_point_that_blows_up_is_told_and_the_others_stay(runner):
    runs = [
        Run(runner.store, each)
        for each in start_sweep(runner, dataclasses.replace(QUICK, learning_rate=1000.0, batch_norm=False), [1, 2])
    ]
    assert {run.state for run in runs} == {"diverged"}
    assert all("diverged by step" in run.message for run in runs)
    again = start_sweep(runner, runs[0].spec, [1, 2])
    assert again == [run.id for run in runs]  # they would again


@pytest.mark.parametrize(
    ("latent_dims", "seeds", "sentence"),
    [([], None, "at least one m"), ([14], None, "between 1 and 13"), (range(1, 13), range(6), "at most 60 points")],
)
def test_a_sweep_that_cannot_be_is_refused_at_once(runner, latent_dims, seeds, sentence):
    with pytest.raises(SpecError, match=sentence):
        start_sweep(runner, QUICK, latent_dims, seeds)
    assert runner.store.run_ids() == []


def test_where_there_is_no_room_nothing_is_left_behind(runner, monkeypatch):
    def full(*_):
        raise BusyError("Later.")

    monkeypatch.setattr(runner, "submit", full)
    with pytest.raises(BusyError):
        start_sweep(runner, QUICK, [1, 2])
    assert runner.store.run_ids() == []
    assert sweep_runs(runner.store, QUICK) == []


def asks_at_epoch(monkeypatch, what):
    """Lets `what(ids)` happen after the second epoch of a stack, and every look be due."""
    record = together._Member.record
    seen = []

    def noted(self, event):
        record(self, event)
        if event.epoch == 2 and not seen:
            seen.append(self.id)
            what(self)

    monkeypatch.setattr(together._Member, "record", noted)
    monkeypatch.setattr(together, "SECONDS_PER_LOOK", 0.0)


def test_a_stopped_point_keeps_its_best_epoch_and_the_others_train_to_their_end(runner, monkeypatch):
    asks_at_epoch(monkeypatch, lambda work: control.ask(work.folder, "stop"))
    runs = [Run(runner.store, each) for each in start_sweep(runner, QUICK, [1, 2, 3])]
    assert sorted(run.state for run in runs) == ["done", "done", "stopped"]
    for run in runs:
        assert len(run.history.epoch) == (2 if run.state == "stopped" else 4)
        assert len(run.scores) == 4
    again = [Run(runner.store, each) for each in start_sweep(runner, QUICK, [1, 2, 3])]
    assert [run.state for run in again] == ["done"] * 3
    assert sum(one.id == other.id for one, other in zip(runs, again, strict=True)) == 2


def test_a_stopped_sweep_ends_what_waits_too(runner, monkeypatch):
    monkeypatch.setattr(together, "MOST_IN_A_STACK", 2)
    monkeypatch.setattr(together, "MOST_STACKS_AT_ONCE", 1)
    asks_at_epoch(monkeypatch, lambda work: stop_sweep(runner, sweep_runs(runner.store, QUICK)))
    create = runner.store.create
    monkeypatch.setattr(runner.store, "create", lambda spec, **more: create(spec, **more, state="queued"))
    runs = [Run(runner.store, each) for each in start_sweep(runner, QUICK, [1, 2, 3, 4])]
    assert [run.state for run in runs] == ["stopped", "stopped", "failed", "failed"]
    assert runs[2].message == "It was stopped before it began."


def test_a_point_that_is_to_be_steered_leaves_and_begins_anew_as_a_run_of_its_own(runner, monkeypatch):
    asks_at_epoch(monkeypatch, lambda work: control.turn(work.folder, "learning_rate", 0.002))
    runs = [Run(runner.store, each) for each in start_sweep(runner, QUICK, [1, 2])]
    assert [run.state for run in runs] == ["done", "done"]
    steered = [run for run in runs if run.changes]
    assert len(steered) == 1
    assert len(steered[0].history.epoch) == 4
    assert "one go" not in steered[0].message


def test_pcas_curve_is_that_of_the_table_in_every_unit(runner):
    runs = [Run(runner.store, each) for each in start_sweep(runner, QUICK, [1, 2, 5])]
    for unit in UNITS:
        curve = pca_curve(runs[0], unit)
        assert len(curve) == 14
        assert curve[0] == pytest.approx(runs[0].scores[0].error[unit])
        for run in runs:
            assert curve[run.spec.latent_dim] == pytest.approx(run.scores[1].error[unit], rel=1e-5)


def test_the_default_values_of_m_lie_below_the_width():
    assert default_latent_dims(64) == [1, 2, 3, 4, 6, 8, 12, 16, 24, 32]
    assert default_latent_dims(3) == [1, 2]
    assert default_latent_dims(1) == [1]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_sweep_trains_in_one_place_of_the_local_runner(local_runner, eventually, long, stopped):
    store = local_runner.store
    spec = dataclasses.replace(long if stopped else QUICK, seed=11)
    ids = start_sweep(local_runner, spec, [1, 2, 3], owner="me")
    if stopped:
        eventually(lambda: any(Run(store, each).history.epoch for each in ids))
        restarts = local_runner.stats().restarts
        assert local_runner.stats().running == 1
        stop_sweep(local_runner, sweep_runs(store, spec))
    eventually(lambda: not any(Run(store, each).is_alive for each in ids))
    states = {Run(store, each).state for each in ids}
    assert states <= {"stopped", "failed"} if stopped else states == {"done"}
    if stopped:
        assert "stopped" in states
        assert local_runner.stats().restarts == restarts


def test_the_test_rows_are_seen_once_at_the_end(runner, monkeypatch):
    """Other test rows change no weight."""
    plain = [Run(runner.store, each).codec().state_dict() for each in start_sweep(runner, QUICK, [1, 2])]
    monkeypatch.setattr(Split, "x_test", property(lambda self: self.x[self.test_rows] + np.float32(1)))
    other = InlineRunner(Store(runner.store.folder / "other"))
    again = [Run(other.store, each).codec().state_dict() for each in start_sweep(other, QUICK, [1, 2])]
    for one, two in zip(plain, again, strict=True):
        assert all((one[name] == two[name]).all() for name in one)


def test_stopping_a_point_through_its_own_page_after_the_end_changes_nothing(runner):
    first, _ = start_sweep(runner, QUICK, [1, 2])
    stop(runner, first)
    assert Run(runner.store, first).state == "done"
