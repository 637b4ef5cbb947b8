"""Steering from the page: one epoch, slow motion, live knobs, going on, beginning again, races, and two tabs."""

import numpy as np
import pytest

from playground.runs import control
from playground.runs.run import Run
from playground.training.naming import names_of
from playground.ui import film_export, race
from playground.ui.held_out import held_out

QUICK = {"epochs": "3", "hidden": "16", "patience": "0"}


def on_show(visitor, runs):
    return Run(runs, visitor.address["run"])


@pytest.fixture
def heard(monkeypatch):
    """What the components that move were given, by their key."""
    given = {}
    monkeypatch.setattr("playground.ui.live.film", lambda key, on_missing, arrives, **data: given.update({key: data}))
    monkeypatch.setattr("playground.ui.slow.slow_motion", lambda key, data: given.update({key: data}))
    monkeypatch.setattr("playground.ui.race.race", lambda key, **data: given.update({key: data}))
    return given


def test_one_epoch_pauses_and_play_ends_as_a_run_without_a_break(visit, runs, finished):
    visitor = visit("train", **QUICK).press("train_epoch")
    run = on_show(visitor, runs)
    assert (run.state, run.history.epoch) == ("paused", [1])
    assert visitor.reads("Paused; Play goes on exactly here. Epoch 1 of 3")
    visitor.press("one_epoch")
    assert on_show(visitor, runs).history.epoch == [1, 2]
    visitor.press("resume")
    assert on_show(visitor, runs).history.val_error == finished.history.val_error


def test_slow_motion_shows_one_step_with_the_numbers_of_its_batch(visit, runs, heard):
    visitor = visit("train", **QUICK).press("train_step")
    run = on_show(visitor, runs)
    assert run.state == "paused"
    first = " ".join(map(str, heard["slow"].values()))
    assert "64 of the 1,168 training rows come in: step 1 of 19 of epoch 1." in first
    visitor.press("one_step")
    assert "step 2 of 19 of epoch 1." in " ".join(map(str, heard["slow"].values()))
    assert visitor.press("resume").reads("Done. Epoch 3 of 3")


def test_slow_motion_goes_when_the_run_goes_on(visit, heard):
    visitor = visit("train", **QUICK).press("train_step")
    heard.clear()
    visitor.press("one_epoch")
    assert "slow" not in heard


def test_a_knob_turned_in_a_pause_is_marked_and_said_where_the_run_is_reproduced(visit, runs, heard):
    visitor = visit("train", **QUICK).press("train_epoch")
    visitor.set("knob_learning_rate", 0.005).press("resume")
    (change,) = on_show(visitor, runs).changes
    assert (change.name, change.before, change.after) == ("learning_rate", 0.02, 0.005)
    assert 1 <= change.epoch < 2
    assert heard["film"]["changes"] == [(change.epoch, "learning rate 0.02 → 0.005")]
    visitor.open("reproduce")
    assert visitor.reads("This run was steered while it trained: learning rate 0.02 → 0.005 at epoch 1.0")


@pytest.mark.parametrize(
    ("model", "knobs"),
    [
        ("dense", {"learning_rate"}),
        ("denoising", {"learning_rate", "noise_level"}),
        ("sparse", {"learning_rate", "sparsity_weight"}),
        ("vae", {"learning_rate", "beta"}),
    ],
)
def test_every_kind_shows_the_knobs_that_matter_for_it(visit, settings, write_run, model, knobs):
    run = write_run("paused", spec=settings("digits", model=model, network="auto"))
    visitor = visit("train", run=run.id)
    assert {w.key for w in visitor.widgets if str(w.key).startswith("knob_")} == {f"knob_{name}" for name in knobs}


def test_a_knob_follows_what_another_tab_set(visit, write_run):
    run = write_run("paused", epochs=1)
    mine, other = visit("train", run=run.id), visit("train", run=run.id)
    other.set("knob_learning_rate", 0.004)
    assert mine.redrawn().widget("knob_learning_rate").value == 0.004


def test_a_stop_in_one_tab_shows_in_the_other(visit, write_run):
    run = write_run("paused")
    mine, other = visit("train", run=run.id), visit("train", run=run.id)
    other.press("stop")
    assert mine.redrawn().reads("Stopped; the best epoch so far is kept.")


def test_a_finished_run_goes_on_for_more_epochs(visit, runs, finished, heard):
    before = finished.history.val_error
    visitor = visit("train", run=finished.id).set("more_epochs", 2).press("go_on")
    assert visitor.complaints == []
    run = Run(runs, finished.id)
    assert (run.state, run.history.epoch, run.planned_epochs) == ("done", [1, 2, 3, 4, 5], 5)
    assert run.history.val_error[:3] == before
    assert heard["film"]["epochs"] == 5
    assert visitor.open("reproduce").reads("2 more epochs after epoch 3")


def test_the_other_pages_show_the_model_of_a_run_that_went_on(visit, finished):
    visitor = visit("explore", run=finished.id)
    before = held_out(Run(finished.store, finished.id)).z
    visitor.go("train").set("more_epochs", 5).press("go_on")
    assert not np.array_equal(held_out(Run(finished.store, finished.id)).z, before)


def test_reset_is_the_same_run_again_and_a_new_seed_another(visit, runs, finished):
    visitor = visit("train", run=finished.id).press("reset")
    again = on_show(visitor, runs)
    assert again.id != finished.id
    assert again.spec == finished.spec
    assert again.history.val_error == finished.history.val_error
    visitor.press("new_seed")
    other = on_show(visitor, runs)
    assert other.spec.seed == finished.spec.seed + 1
    assert other.history.val_error != finished.history.val_error


def test_the_moment_it_passes_pca_is_said_with_epoch_and_seconds(visit, write_run, runs):
    run = write_run("paused", epochs=3, val_error={"pca": 3.2, "mean": 4.7})
    assert visit("train", run=run.id).reads("It passed PCA(2) at epoch 1, after 0.1")
    slow = write_run("paused", epochs=3, val_error={"pca": 2.9, "mean": 4.7})
    assert not visit("train", run=slow.id).reads("It passed PCA")


def test_the_page_says_which_epoch_is_kept_and_how_long_the_patience_lasts(visit, write_run, settings):
    run = write_run("paused", spec=settings("digits", patience=7), epochs=3)
    said = "Best so far: epoch 1; it stops early after 7 epochs without a better one (2 so far)."
    assert visit("train", run=run.id).reads(said)


def test_two_presses_of_train_make_one_run(visit, runs, write_run, settings):
    spec = settings("digits")
    run = write_run("running", spec=spec, epochs=1)
    control.beat(run.folder)
    visitor = visit("train", run=run.id).press("train")
    assert runs.run_ids() == [run.id]
    assert "train_epoch" not in visitor.buttons


def test_a_race_trains_its_lanes_on_the_same_rows(visit, runs, heard):
    visitor = visit("train", **QUICK).press("race_wider").press("race_linear")
    assert visitor.reads("Lane 3:")
    visitor.press("race_start")
    run = on_show(visitor, runs)
    lanes = [Run(runs, run_id) for run_id in run.race]
    assert [lane.state for lane in lanes] == ["done"] * 3
    assert [(lane.spec.latent_dim, lane.spec.model) for lane in lanes] == [(2, "dense"), (4, "dense"), (4, "linear")]
    assert len({(lane.spec.split_seed, lane.spec.test_fraction) for lane in lanes}) == 1
    assert [lane.name for lane in heard["race"]["lanes"]] == names_of([lane.spec for lane in lanes])
    assert set(heard["race"]["lines"]) == {2, 4}
    assert visitor.reads("Lowest validation error so far: ")
    assert visitor.reads("A wider bottleneck has it easier")
    assert visitor.set("lane", lanes[2].id).address["run"] == lanes[2].id


def test_a_race_has_at_most_four_lanes_which_can_be_removed(visit):
    visitor = visit("train", **QUICK)
    for _ in range(3):
        visitor.press("race_seed")
    assert visitor.widget("race_add").disabled
    assert visitor.press("race_remove_1").reads("Lane 3:")
    assert not visitor.widget("race_add").disabled


def test_what_cannot_be_changed_any_further_is_said(visit):
    visitor = visit("train", latent_dim="1", **QUICK).press("race_narrower")
    assert visitor.complaints == ["The last lane cannot be changed this way (m halved): it is at its end already."]
    assert "race_start" not in visitor.buttons


@pytest.mark.parametrize("change", race.CHANGES)
@pytest.mark.parametrize("data", ["digits", "penguins", "swiss_roll"])
def test_every_change_gives_settings_that_fit_the_data(visit, change, data):
    visitor = visit("train", data=data).press(f"race_{change}")
    assert visitor.complaints == []
    assert visitor.reads("Lane 2:")


def test_the_film_can_be_taken_along(finished):
    html = film_export.as_html(finished, "sum_squared_error_per_sample").decode()
    assert "Digits 8×8: an autoencoder with m = 2, 3 epochs" in html
    assert film_export.as_gif(finished, "sum_squared_error_per_sample")[:6] == b"GIF89a"
