"""Runs that are steered through their folders: single steps, knobs, more epochs, races."""

import dataclasses
import json
import threading

import pytest

from playground.data import load
from playground.errors import BusyError, RunError, SpecError
from playground.models.spec import RunSpec
from playground.runs import control, execute
from playground.runs.run import Run
from playground.runs.runner import (
    InlineRunner,
    change,
    go_on,
    one_epoch,
    one_step,
    pause,
    resume,
    start,
    start_race,
    stop,
)
from playground.runs.store import Store


@pytest.fixture
def inline(store):
    return InlineRunner(Store(store))


@pytest.fixture
def finished(inline, short):
    return start(inline, short)


def at(inline, run_id):
    return Run(inline.store, run_id)


def test_two_tabs_that_write_at_once_lose_no_wish(store):
    """A stop leaves the knobs as they are, and a knob the stop."""
    folder = Store(store).path(Store(store).create(RunSpec()))
    names = [f"knob{k}" for k in range(8)]
    threads = [threading.Thread(target=control.turn, args=(folder, name, k)) for k, name in enumerate(names)]
    threads.append(threading.Thread(target=control.ask, args=(folder, "stop")))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert control.wish(folder) == control.Wish("stop", "end", {name: float(k) for k, name in enumerate(names)})
    control.ask(folder, None, "step")
    assert control.wish(folder).knobs["knob7"] == 7
    control.turn(folder, "knob7", 1.0)
    assert (control.wish(folder).until, control.wish(folder).knobs["knob7"]) == ("step", 1.0)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', '{"knobs": 3}', '{"knobs": {"beta": "x"}}', "null"])
def test_a_damaged_wish_is_none(store, content):
    folder = Store(store).path(Store(store).create(RunSpec()))
    (folder / "control.json").write_text(content)
    assert control.wish(folder) == control.Wish()
    control.ask(folder, "pause")
    assert control.asked(folder) == "pause"


def test_a_run_driven_by_single_steps_and_epochs_is_the_run_trained_through(inline, short, learnt, train_here):
    run_id = start(inline, short, until="step")
    assert (at(inline, run_id).state, at(inline, run_id).until) == ("paused", "step")
    n_steps = at(inline, run_id).step_seen.steps_per_epoch
    for step in range(2, n_steps + 1):
        assert at(inline, run_id).history.epoch == []
        one_step(inline, run_id)
        assert at(inline, run_id).step_seen.step == step
    assert at(inline, run_id).history.epoch == [1]
    one_epoch(inline, run_id)
    assert at(inline, run_id).history.epoch == [1, 2]
    one_step(inline, run_id)
    assert (at(inline, run_id).step_seen.epoch, at(inline, run_id).step_seen.step) == (3, 1)
    one_epoch(inline, run_id)
    assert (at(inline, run_id).state, at(inline, run_id).history.epoch) == ("paused", [1, 2, 3])
    resume(inline, run_id)
    assert at(inline, run_id).state == "done"
    assert learnt(inline.store, run_id) == train_here(short, load("wine"))


def test_the_last_epoch_by_itself_ends_the_run(inline, short):
    run_id = start(inline, dataclasses.replace(short, epochs=2), until="epoch")
    assert at(inline, run_id).state == "paused"
    one_epoch(inline, run_id)
    assert at(inline, run_id).state == "done"
    with pytest.raises(RunError, match="has ended"):
        one_epoch(inline, run_id)
    with pytest.raises(RunError, match="has ended"):
        one_step(inline, run_id)


def test_what_was_seen_of_a_step_comes_back_as_it_was(inline, short):
    run_id = start(inline, short, until="step")
    seen, split = at(inline, run_id).step_seen, at(inline, run_id).split
    assert (seen.epoch, seen.step, seen.batch_size) == (1, 1, short.batch_size)
    assert set(seen.rows) <= set(split.train_rows)
    assert (seen.x_clean == split.x[seen.rows]).all()
    assert seen.z.shape == (8, short.latent_dim)
    assert seen.loss_after < seen.loss
    (inline.store.path(run_id) / "step.safetensors").write_bytes(b"torn")
    assert at(inline, run_id).step_seen is None


def test_a_knob_turned_while_paused_counts_from_there_is_recorded_and_survives(inline, short):
    spec = dataclasses.replace(short, schedule="constant")
    run_id = start(inline, spec, until="epoch")
    one_step(inline, run_id)
    change(inline, run_id, "learning_rate", 0.004)
    assert at(inline, run_id).knobs == {"learning_rate": 0.004}
    assert at(inline, run_id).changes == []
    one_epoch(inline, run_id)
    run = at(inline, run_id)
    (one,) = run.changes
    assert (one.name, one.before, one.after) == ("learning_rate", 0.01, 0.004)
    assert one.epoch == pytest.approx(1 + 1 / run.step_seen.steps_per_epoch)
    resume(inline, run_id)
    run = at(inline, run_id)
    assert (run.state, run.changes, run.knobs) == ("done", [one], {"learning_rate": 0.004})
    assert run.spec == spec
    with pytest.raises(RunError, match="has ended"):
        change(inline, run_id, "learning_rate", 0.1)


def test_a_knob_turned_while_it_trains_is_heard_within_ten_steps(inline, short, monkeypatch):
    spec = dataclasses.replace(short, batch_size=4, epochs=2)
    run_id = inline.store.create(spec)
    steps, advance = [], execute.Trainer._one_step

    def counted(trainer):
        advance(trainer)
        steps.append(trainer.spec.learning_rate)
        if len(steps) == 13:
            change(inline, run_id, "learning_rate", 0.5)

    monkeypatch.setattr(execute.Trainer, "_one_step", counted)
    inline.submit(run_id, "")
    assert steps[:13] == [0.01] * 13
    assert steps[23:] == [0.5] * len(steps[23:])
    assert at(inline, run_id).changes[0].epoch < 1


def test_a_changed_run_that_is_interrupted_goes_on_bit_identically(inline, short, monkeypatch, learnt):
    """The death comes in the epochs after the change, with no other checkpoint than the change's own."""
    spec = dataclasses.replace(short, batch_size=4, epochs=6)

    def run(dies):
        run_id = start(inline, spec, until="epoch")
        change(inline, run_id, "learning_rate", 0.002)
        if dies:
            record = execute._Work._record

            def deadly(work, event):
                record(work, event)
                if event.epoch == 4:
                    raise KeyboardInterrupt

            monkeypatch.setattr(execute._Work, "_record", deadly)
            with pytest.raises(KeyboardInterrupt):
                resume(inline, run_id)
            monkeypatch.undo()
            inline.store.update(run_id, state="interrupted")
        resume(inline, run_id)
        return learnt(inline.store, run_id), at(inline, run_id).changes

    assert run(dies=True) == run(dies=False)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("learning_rate", -1, "learning_rate='-1' is not possible"),
        ("beta", 1, "'beta' cannot be changed while this run trains: choose from learning_rate."),
        ("epochs", 3, "'epochs' cannot be changed"),
    ],
)
def test_a_knob_that_cannot_be_turned_says_why(inline, short, name, value, said):
    run_id = start(inline, short, until="epoch")
    with pytest.raises(SpecError, match=said):
        change(inline, run_id, name, value)
    assert control.wish(at(inline, run_id).folder).knobs == {}


def test_of_a_large_network_only_the_weights_are_kept_and_it_goes_on_from_them(inline, short, monkeypatch):
    monkeypatch.setattr("playground.runs.snapshots.MOST_STATE_BYTES", 0)
    run_id = start(inline, short)
    first = at(inline, run_id)
    sizes = {name: (first.folder / f"{name}.safetensors").stat().st_size for name in ("checkpoint", "model")}
    assert sizes["checkpoint"] < 1.5 * sizes["model"] + 20_000  # and the two generators
    before = first.history.val_error
    go_on(inline, run_id, 4)
    run = at(inline, run_id)
    assert run.history.val_error[:6] == before
    assert run.history.epoch[-1] == 10
    assert run.message.endswith("Of so large a network the optimiser's memory was not kept: it began afresh.")


def test_a_finished_run_goes_on_and_says_so(inline, short, finished):
    first = at(inline, finished)
    codec, before = first.codec(), (first.history.val_error, first.scores[3].error)
    go_on(inline, finished, 4)
    run = at(inline, finished)
    assert run.state == "done"
    assert (run.legs, run.planned_epochs, run.history.epoch[-1]) == ((6, 4), 10, 10)
    assert run.message == (
        "It went on for 4 more epochs after its test result had been seen, so the comparison may flatter it."
    )
    assert len(run.scores) == 4
    assert run.history.val_error[:6] == before[0]
    assert run.record["best_epoch"] > 6
    assert run.scores[3].error != before[1]
    assert run.codec() is not codec, "the old model must not be served from memory"
    go_on(inline, finished, 2)
    assert at(inline, finished).legs == (6, 4, 2)


def test_while_a_run_goes_on_its_old_result_is_not_shown_and_not_lost(inline, short, finished):
    model = (inline.store.path(finished) / "model.safetensors").read_bytes()

    class Waiting(InlineRunner):
        def submit(self, run_id, owner, others=()):
            self.store.update(run_id, state="queued")

    go_on(Waiting(inline.store), finished, 4)
    run = at(inline, finished)
    assert (run.state, run.is_finished, run.scores, run.verdict) == ("queued", False, [], "")
    assert (run.folder / "model.safetensors").read_bytes() == model
    pause(inline, finished)
    inline.submit(finished, "")
    stop(inline, finished)
    run = at(inline, finished)
    assert (run.state, len(run.scores), len(run.history.epoch)) == ("stopped", 4, 6)


def test_a_leg_that_is_paused_goes_on_bit_identically(inline, short, learnt):
    def run(pausing):
        run_id = start(inline, short)
        if not pausing:
            go_on(inline, run_id, 5)
            return learnt(inline.store, run_id)

        class Asking(InlineRunner):
            def submit(self, run_id, owner, others=()):
                control.ask(self.store.path(run_id), None, "epoch")
                super().submit(run_id, owner, others)

        go_on(Asking(inline.store), run_id, 5)
        assert at(inline, run_id).state == "paused"
        assert len(at(inline, run_id).history.epoch) == 7
        one_step(inline, run_id)
        resume(inline, run_id)
        return learnt(inline.store, run_id)

    assert run(pausing=True) == run(pausing=False)


def test_only_what_has_ended_well_goes_on(inline, short, finished):
    paused = start(inline, short, until="epoch")
    with pytest.raises(RunError, match="Only a run that is done or stopped can go on"):
        go_on(inline, paused, 3)
    for epochs in (0, -1, 10_001, 2.5):
        with pytest.raises(SpecError, match="epochs="):
            go_on(inline, finished, epochs)
    (inline.store.path(finished) / "checkpoint.safetensors").unlink()
    with pytest.raises(RunError, match="last state of this run was not kept"):
        go_on(inline, finished, 3)

    class Full(InlineRunner):
        def submit(self, run_id, owner, others=()):
            raise BusyError("Full.")

    other = start(inline, short)
    with pytest.raises(BusyError):
        go_on(Full(inline.store), other, 3)
    assert (at(inline, other).state, at(inline, other).legs) == ("done", (6,))


def racers(short):
    return [dataclasses.replace(short, latent_dim=m, epochs=4) for m in (1, 2, 3)]


def test_a_race_gives_every_run_what_it_would_be_alone(inline, short, learnt, train_here):
    ids = start_race(inline, racers(short))
    for run_id, spec in zip(ids, racers(short), strict=True):
        run = at(inline, run_id)
        assert (run.state, run.race, run.spec) == ("done", ids, spec)
        assert learnt(inline.store, run_id) == train_here(spec, load("wine"))


def test_the_runs_of_a_race_take_turns_and_share_their_pca(inline, short, monkeypatch):
    turns, fits = [], []
    record, fit = execute._Work._record, execute.PCA.fit

    def noted(work, event):
        turns.append((event.epoch, work.spec.latent_dim))
        record(work, event)

    monkeypatch.setattr(execute._Work, "_record", noted)
    monkeypatch.setattr(execute.PCA, "fit", lambda *given: fits.append(1) or fit(*given))
    execute._pca.cache_clear()
    start_race(inline, racers(short))
    assert turns == [(epoch, m) for epoch in (1, 2, 3, 4) for m in (1, 2, 3)]
    assert len(fits) == 1


def test_one_of_a_race_can_be_paused_changed_or_stopped_and_goes_on_by_itself(
    inline, short, monkeypatch, learnt, train_here
):
    record = execute._Work._record

    def asking(work, event):
        record(work, event)
        if event.epoch == 2 and work.spec.latent_dim == 1:
            ids = work.store.read(work.id)["race"]
            pause(inline, ids[0])
            stop(inline, ids[1])
            change(inline, ids[2], "learning_rate", 0.02)

    monkeypatch.setattr(execute._Work, "_record", asking)
    specs = racers(short)
    ids = start_race(inline, specs)
    paused, stopped, changed = (at(inline, run_id) for run_id in ids)
    assert (paused.state, len(paused.history.epoch)) == ("paused", 2)
    assert (stopped.state, len(stopped.history.epoch)) == ("stopped", 1)
    assert (changed.state, len(changed.history.epoch)) == ("done", 4)
    assert [(one.epoch, one.after) for one in changed.changes] == [(1.0, 0.02)]
    monkeypatch.undo()
    resume(inline, ids[0])
    assert learnt(inline.store, ids[0]) == train_here(specs[0], load("wine"))


@pytest.mark.parametrize("problem", [RunError("Out of luck."), ZeroDivisionError()])
def test_a_run_that_fails_does_not_take_the_others_along(inline, short, monkeypatch, problem):
    record = execute._Work._record

    def failing(work, event):
        if work.spec.latent_dim == 1 and event.epoch == 2:
            raise problem
        record(work, event)

    monkeypatch.setattr(execute._Work, "_record", failing)
    one, *others = (at(inline, run_id) for run_id in start_race(inline, racers(short)))
    assert one.state == "failed"
    assert one.message == "Out of luck." or "Something went wrong on our side (incident" in one.message
    assert [run.state for run in others] == ["done", "done"]


def test_one_that_blows_up_is_over_and_the_others_go_on(inline):
    specs = [RunSpec(epochs=2, learning_rate=rate) for rate in (1000.0, 0.01)]
    assert [at(inline, run_id).state for run_id in start_race(inline, specs)] == ["diverged", "done"]


def test_what_cannot_race_says_why_and_leaves_nothing_behind(inline, short):
    for specs in ([], [short], [short] * 5):
        with pytest.raises(SpecError, match=f"A race has 2 to 4 runs, not {len(specs)}"):
            start_race(inline, specs)
    with pytest.raises(SpecError, match="train on the same rows: give them the same data, split_seed"):
        start_race(inline, [short, RunSpec(split_seed=3)])
    with pytest.raises(SpecError, match="latent_dim=14 must be between"):
        start_race(inline, [short, dataclasses.replace(short, latent_dim=14)])
    assert inline.store.run_ids() == []


def test_a_run_that_blew_up_in_its_first_epoch_has_no_verdict(inline):
    run = at(inline, start(inline, RunSpec(learning_rate=1000.0, epochs=2)))
    assert (run.state, run.verdict, run.history.best_epoch) == ("diverged", "", None)


def test_pca_is_not_fitted_again_when_a_run_goes_on(inline, short, monkeypatch, learnt, train_here):
    run_id = start(inline, short, until="epoch")
    execute._pca.cache_clear()
    monkeypatch.setattr(execute.PCA, "fit", None)
    resume(inline, run_id)
    assert at(inline, run_id).state == "done"
    assert learnt(inline.store, run_id) == train_here(short, load("wine"))
    assert json.loads((at(inline, run_id).folder / "run.json").read_text())["val_error"]["pca"] > 0
