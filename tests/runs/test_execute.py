"""The work behind a run, in this process: it pauses, stops, resumes and fails as a visitor expects."""

import dataclasses
import os
import threading
import time

import numpy as np
import pytest

from playground.data import Dataset, load
from playground.data.reading.read import read_content
from playground.errors import BusyError, RunError, SpecError
from playground.models.spec import RunSpec
from playground.runs import control, execute, runner
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, pause, resume, start, stop
from playground.runs.store import Store


@pytest.fixture
def inline(store):
    return InlineRunner(Store(store))


@pytest.fixture
def medium(short):
    """Long enough to be asked something in the middle, also of an epoch: every ten of its 29 steps."""
    return dataclasses.replace(short, epochs=80, batch_size=4)


def ask_at_epoch(store, run_id, epoch, wish, eventually):
    """Leaves a wish in the run's folder as soon as so many epochs are done, from a thread of its own."""

    def ask():
        eventually(lambda: len(Run(store, run_id).history.epoch) >= epoch)
        control.ask(store.path(run_id), wish)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def half_done(inline, spec, wish, eventually):
    run_id = inline.store.create(spec)
    thread = ask_at_epoch(inline.store, run_id, 5, wish, eventually)
    inline.submit(run_id, "")
    thread.join()
    run = Run(inline.store, run_id)
    assert 5 <= len(run.history.epoch) < spec.epochs
    return run


def test_a_paused_run_goes_on_bit_identically(inline, medium, eventually, learnt, train_here):
    paused = half_done(inline, medium, "pause", eventually)
    assert paused.state == "paused"
    assert not paused.is_alive
    assert not paused.is_finished
    with pytest.raises(RunError, match="no trained model yet"):
        paused.codec()
    resume(inline, paused.id)
    assert Run(inline.store, paused.id).state == "done"
    assert learnt(inline.store, paused.id) == train_here(medium, load("wine"))


class Killed(BaseException):
    """Stands for the end of the process: nothing in the playground catches it."""


@pytest.mark.parametrize("calls", [2, 100, 101, 102, 103, 104])
def test_a_run_that_died_goes_on_from_its_last_checkpoint_bit_identically(
    inline, medium, monkeypatch, learnt, train_here, calls
):
    """A checkpoint after every few epochs; the death comes between two epochs and in the middle of one."""
    answers = iter(range(10_000))

    def wish(folder):
        if next(answers) == calls:
            raise Killed
        return control.Wish()

    run_id = inline.store.create(medium)
    monkeypatch.setattr(control, "wish", wish)
    monkeypatch.setattr(execute.Snapshots, "add", slowly(execute.Snapshots.add))
    monkeypatch.setattr(execute, "SECONDS_PER_CHECKPOINT", 0.02)
    with pytest.raises(Killed):
        inline.submit(run_id, "")
    monkeypatch.undo()
    folder = inline.store.path(run_id)
    os.utime(folder / "heartbeat", (1e9, 1e9))
    assert Run(inline.store, run_id).state == "interrupted"
    assert calls < 100 or (folder / "checkpoint.safetensors").exists()
    (folder / "snapshots" / "000076.safetensors").write_bytes(b"of a future that did not happen")
    resume(inline, run_id)
    run = Run(inline.store, run_id)
    assert run.state == "done"
    assert learnt(inline.store, run_id) == train_here(medium, load("wine"))
    assert [run.snapshot(epoch).epoch for epoch in run.snapshot_epochs()] == run.snapshot_epochs()


def slowly(add):
    def add_slowly(*arguments, **more):
        time.sleep(0.005)
        add(*arguments, **more)

    return add_slowly


def test_a_pause_before_the_first_epoch_loses_nothing(inline, short, learnt, train_here):
    run_id = inline.store.create(short)
    pause(inline, run_id)
    inline.submit(run_id, "")
    assert Run(inline.store, run_id).state == "paused"
    resume(inline, run_id)
    assert learnt(inline.store, run_id) == train_here(short, load("wine"))


def test_a_stopped_run_is_finished_with_its_best_epoch(inline, medium, eventually):
    run = half_done(inline, medium, "stop", eventually)
    assert run.state == "stopped"
    assert run.is_finished
    assert len(run.scores) == 4
    assert run.record["best_epoch"] == run.history.best_epoch
    assert np.isfinite(run.codec().reconstruct(run.split.x_test)).all()
    assert run.snapshot_epochs()[-1] == len(run.history.epoch)
    with pytest.raises(RunError, match="has ended and cannot be resumed"):
        resume(inline, run.id)


def test_stopping_a_paused_run_finishes_it_without_training_on(inline, medium, eventually):
    paused = half_done(inline, medium, "pause", eventually)
    epochs = len(paused.history.epoch)
    stop(inline, paused.id)
    run = Run(inline.store, paused.id)
    assert run.state == "stopped"
    assert len(run.history.epoch) == epochs
    assert len(run.scores) == 4


def test_an_old_wish_does_not_stop_a_resumed_run(inline, short):
    run_id = inline.store.create(short)
    pause(inline, run_id)
    inline.submit(run_id, "")
    pause(inline, run_id)
    resume(inline, run_id)
    assert Run(inline.store, run_id).state == "done"


@pytest.mark.parametrize("keep", [0, 9, -1], ids=["empty", "half", "all but one byte"])
def test_a_torn_checkpoint_says_so_and_nothing_else_breaks(inline, short, keep):
    run_id = inline.store.create(short)
    pause(inline, run_id)
    inline.submit(run_id, "")
    path = inline.store.path(run_id) / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    resume(inline, run_id)
    run = Run(inline.store, run_id)
    assert run.state == "failed"
    assert "checkpoint.safetensors" in run.message
    assert "missing or damaged" in run.message
    assert Run(inline.store, start(inline, short)).state == "done"


def test_metrics_torn_by_the_crash_are_made_anew(inline, medium, eventually, learnt, train_here):
    paused = half_done(inline, medium, "pause", eventually)
    with (paused.folder / "metrics.jsonl").open("a") as stream:
        stream.write('{"epoch": 99, "train')
    (paused.folder / "snapshots" / ".tmp-1").write_text("half a file")
    resume(inline, paused.id)
    assert learnt(inline.store, paused.id) == train_here(medium, load("wine"))


def test_a_finished_run_keeps_its_last_state_beside_its_models(inline, short):
    folder = inline.store.path(start(inline, short))
    kept = {"run.json", "metrics.jsonl"} | {f"{name}.safetensors" for name in ("checkpoint", "model", "linear", "pca")}
    assert kept <= {path.name for path in folder.iterdir()}
    assert not list(folder.rglob(".tmp-*"))


def test_the_test_rows_are_sealed_until_the_comparison(inline, short, eventually):
    """Nothing that a page can read of a run in mid-training depends on the test rows."""
    dataset = read_content("plain.csv", load_as_csv())
    x = dataset.x.copy()
    split = dataclasses.replace(short, data="wine").split(dataset)
    x[split.test_rows] *= -2
    seen = []
    for values in (dataset.x, x):
        name = f"file-{len(seen):032x}"
        inline.store.add_data(dataclasses.replace(dataset, name=name, x=values))
        spec = dataclasses.replace(short, data=name, epochs=8)
        run_id = inline.store.create(spec)
        control.ask(inline.store.path(run_id), "pause")
        inline.submit(run_id, "")
        run = Run(inline.store, run_id)
        assert run.record.get("result") is None
        before = run.val_error
        resume(inline, run_id)
        run = Run(inline.store, run_id)
        snapshots = [run.snapshot(epoch) for epoch in run.snapshot_epochs()]
        pictures = [(s.epoch, s.z.tobytes(), s.x_hat.tobytes()) for s in snapshots]
        pca = run.pca().components.tobytes()
        history = run.history.epoch, run.history.train_error, run.history.val_error
        seen.append((before, history, pictures, pca, run.record["best_epoch"]))
        scores = [score.error for score in run.scores]
    assert seen[0] == seen[1]
    assert scores != [score.error for score in Run(inline.store, inline.store.run_ids()[-1]).scores]


def load_as_csv():
    values = np.random.default_rng(0).normal(size=(60, 5)).round(3)
    return "\n".join(["a,b,c,d,e", *(",".join(map(str, row)) for row in values)]).encode()


def test_a_kept_file_can_be_trained_on(inline, short):
    dataset = read_content("mine.csv", load_as_csv())
    inline.store.add_data(dataset)
    run = Run(inline.store, start(inline, dataclasses.replace(short, data=dataset.name)))
    assert run.state == "done"
    assert run.dataset.title == "mine.csv"


def test_a_file_that_is_almost_constant_can_be_trained_on(inline, short):
    """One single row differs, and it is a test row: whatever is resampled, every number stays one."""
    spec = dataclasses.replace(short, scaling="none", latent_dim=1)
    x = np.zeros((40, 2), np.float32)
    dataset = Dataset("file-" + "0" * 32, "Almost constant", x, ("a", "b"))
    changed = x.copy()
    changed[spec.split(dataset).test_rows[0]] = 1.0
    dataset = dataclasses.replace(dataset, x=changed)
    inline.store.add_data(dataset)
    run = Run(inline.store, start(inline, dataclasses.replace(spec, data=dataset.name)))
    assert run.state == "done", run.message
    assert len(run.scores) == 4


def test_a_run_that_blows_up_keeps_its_last_finite_state_and_says_so(inline):
    run = Run(inline.store, start(inline, RunSpec(learning_rate=1000.0, epochs=3)))
    assert run.state == "diverged"
    assert "learning rate 1000 is probably too high" in run.message
    assert run.is_finished
    assert all(np.isfinite(list(score.error.values())).all() for score in run.scores)
    assert np.isfinite(run.codec().reconstruct(run.split.x_test)).all()


def test_patience_is_said(inline, short):
    spec = dataclasses.replace(short, epochs=500, patience=2, learning_rate=0.3, schedule="constant")
    run = Run(inline.store, start(inline, spec))
    assert run.state == "done"
    assert run.message == "Stopped early: no better validation error for 2 epochs."


@pytest.mark.parametrize("latent_dim", [2, 6])
def test_every_bottleneck_is_compared_with_pca_of_the_same(inline, short, monkeypatch, latent_dim):
    """Also one wider than the number of components that are kept for the smaller ones."""
    monkeypatch.setattr(execute, "MOST_COMPONENTS", 4)
    run = Run(inline.store, start(inline, dataclasses.replace(short, latent_dim=latent_dim)))
    assert run.pca().latent_dim == latent_dim
    for x, said in (
        (run.split.x_val, run.val_error["pca"]),
        (run.split.x_test, run.scores[1].error["sum_squared_error_per_sample"]),
    ):
        error = np.square(x.astype(np.float64) - run.pca().reconstruct(x)).sum(axis=1).mean()
        assert said == pytest.approx(error, rel=1e-4)


def test_settings_that_do_not_fit_leave_no_run_behind(inline):
    with pytest.raises(SpecError, match="latent_dim=14 must be between 1 and 13"):
        start(inline, RunSpec(data="wine", latent_dim=14))
    assert inline.store.run_ids() == []


def test_a_full_queue_leaves_no_run_behind(inline, short):
    class Full(InlineRunner):
        def submit(self, run_id, owner):
            raise BusyError("Full.")

    with pytest.raises(BusyError):
        start(Full(inline.store), short)
    assert inline.store.run_ids() == []


def test_data_that_went_away_make_a_run_fail_with_a_sentence(inline):
    run_id = inline.store.create(RunSpec(data="atlantis"))
    inline.submit(run_id, "")
    run = Run(inline.store, run_id)
    assert run.state == "failed"
    assert run.message.startswith("There is no data set 'atlantis'")


def test_the_environment_names_the_runner(inline, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUNNER", "inline")
    assert isinstance(runner.make_runner(inline.store), InlineRunner)
    monkeypatch.setenv("PLAYGROUND_RUNNER", "cluster")
    with pytest.raises(RunError, match="PLAYGROUND_RUNNER=cluster must be one of inline, local"):
        runner.make_runner(inline.store)
