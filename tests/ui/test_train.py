"""The training page: what a run says of itself in every state, and what its visitor can do about it."""

import dataclasses

import pytest

from playground.data import load
from playground.runs import control
from playground.runs.run import Run
from playground.training.recipe import recommended


def trained_with(visit, runs, **address):
    """A visitor who has pressed Train, and the run that came of it."""
    visitor = visit("train", **address).press("train")
    (run_id,) = runs.run_ids()
    return visitor, Run(runs, run_id)


def test_a_finished_run_says_how_long_it_took_and_who_wins(visit, finished):
    visitor = visit("train", run=finished.id)
    assert visitor.complaints == []
    assert visitor.reads("Done. Epoch 3 of 3 in ")
    assert visitor.reads(f"On the test rows: {finished.verdict}".replace("On the test rows:", "**On the test rows:**"))
    assert not visitor.buttons & {"pause", "resume", "stop"}


def test_a_finished_run_leads_on(visit, finished):
    visitor = visit("train", run=finished.id)
    pages = [link.proto.page for link in visitor.app.main.get("page_link")]
    assert pages[-4:] == ["explore", "compare", "reconstruct", "generate"]


@pytest.mark.parametrize("schedule", ["one_cycle", "constant"])
def test_a_run_that_diverges_says_so_and_keeps_what_it_had(visit, runs, schedule):
    visitor, run = trained_with(visit, runs, learning_rate="1000", schedule=schedule, output="linear")
    assert run.state == "diverged"
    (sentence,) = visitor.complaints
    assert sentence.startswith("Diverged.")
    assert "The learning rate 1000 is probably too high; try the recommended one, or a tenth of it." in sentence
    assert visitor.reads("On the test rows:")
    assert not visitor.buttons & {"pause", "resume", "stop"}


def test_a_run_that_diverges_at_its_first_step_still_has_every_page(visit, runs):
    visitor, run = trained_with(visit, runs, data="wine", learning_rate="1000", epochs="2")
    assert run.state == "diverged"
    for page in ("explore", "compare", "reconstruct", "train"):
        visitor.go(page)


def test_wine_does_not_claim_a_win_that_the_rows_do_not_allow(visit, runs):
    visitor, run = trained_with(visit, runs, data="wine")
    difference, low, high = next(score.versus_pca for score in run.scores if score.name == "autoencoder")
    if low <= 0 <= high:
        assert visitor.reads("Too close to call")
    elif difference > 0:
        assert visitor.reads("PCA wins")
    else:
        assert visitor.reads("The autoencoder wins")


def test_when_pca_wins_the_page_says_so(visit, runs):
    visitor, _ = trained_with(visit, runs, data="wine", epochs="1", learning_rate="0.000001")
    assert visitor.reads("PCA wins: its error on the test rows is")


WAITING = {
    "new": (set(), "Not started."),
    "queued": ({"pause", "stop"}, "Waiting for its turn."),
    "running": ({"pause", "stop"}, "Training. Epoch 2 of 3"),
    "paused": ({"resume", "stop"}, "Paused; Play goes on exactly here. Epoch 2 of 3"),
    "interrupted": ({"resume", "stop"}, "Interrupted: the server that trained it is gone."),
    "crashed": ({"resume", "stop"}, "Crashed."),
    "failed": (set(), "Failed."),
}


@pytest.mark.parametrize("state", WAITING)
def test_a_run_that_has_not_ended_says_its_state_and_offers_what_helps(visit, write_run, state):
    buttons, sentence = WAITING[state]
    run = write_run(state, epochs=2, message="It was so.")
    control.beat(run.folder)
    visitor = visit("train", run=run.id)
    assert visitor.reads(sentence)
    assert visitor.reads("It was so.")
    assert visitor.buttons & {"pause", "resume", "stop"} == buttons
    assert (visitor.complaints != []) == (state in ("interrupted", "crashed", "failed"))


def test_a_run_that_nobody_works_on_any_more_reads_as_interrupted(visit, write_run):
    run = write_run("running", epochs=2)
    visitor = visit("train", run=run.id)
    (sentence,) = visitor.complaints
    assert sentence.startswith(
        "Interrupted: the server that trained it is gone. It can go on from its last checkpoint."
    )
    assert visitor.buttons >= {"resume", "stop"}


@pytest.mark.parametrize("state", ["paused", "interrupted", "crashed", "running"])
def test_resume_ends_as_an_uninterrupted_run_does(visit, write_run, settings, finished, runs, state):
    run = write_run(state, spec=settings("digits"))
    visitor = visit("train", run=run.id).press("resume")
    assert visitor.complaints == []
    assert visitor.reads("Done. Epoch 3 of 3")
    assert Run(runs, run.id).history.val_error == finished.history.val_error


def test_stop_on_a_paused_run_finishes_it_with_what_it_has(visit, write_run, runs):
    run = write_run("paused")
    visitor = visit("train", run=run.id).press("stop")
    assert visitor.reads("Stopped; the best epoch so far is kept.")
    assert Run(runs, run.id).state == "stopped"
    assert visitor.reads("On the test rows:")


@pytest.mark.parametrize("button", ["pause", "stop"])
def test_pause_and_stop_leave_their_wish_in_the_run_folder(visit, write_run, button):
    run = write_run("running", epochs=1)
    control.beat(run.folder)
    visit("train", run=run.id).press(button)
    assert control.asked(run.folder) == button


def test_settings_that_are_not_those_of_the_run_are_said_to_be_others(visit, finished):
    visitor = visit("train", run=finished.id)
    assert not visitor.reads("other settings")
    assert visitor.set("latent_dim", 7).reads("Below is the run that was trained with other settings")


def test_another_data_set_leaves_the_run_on_show_until_train_is_pressed(visit, finished):
    visitor = visit("train", run=finished.id).set("data", "wine")
    assert visitor.complaints == []
    assert visitor.address["run"] == finished.id
    assert visitor.reads("Done. Epoch 3 of 3")


def test_train_does_not_start_while_the_form_cannot_be_read(visit, runs):
    visitor = visit("train").set("hidden", "abc")
    if not visitor.widget("train").disabled:
        visitor.press("train")
    assert visitor.complaints
    assert runs.run_ids() == []


def test_no_room_for_another_run_is_said_on_the_page(visit, runs, monkeypatch):
    monkeypatch.setattr("playground.runs.store.LEAST_FREE_BYTES", 2**62)
    visitor = visit("train").press("train")
    assert visitor.complaints == ["The disk is nearly full: delete old runs, or try again later."]
    assert runs.run_ids() == []


def test_the_sentence_of_a_run_that_could_not_start_goes_with_the_next_that_can(visit, monkeypatch):
    visitor = visit("train", epochs="2")
    with monkeypatch.context() as patch:
        patch.setattr("playground.runs.store.LEAST_FREE_BYTES", 2**62)
        visitor.press("train")
    assert visitor.press("train").complaints == []


def test_the_bottleneck_has_no_more_units_than_the_data_have_features(visit):
    slider = visit("train", data="wine").widget("latent_dim")
    assert (slider.min, slider.max) == (1, 13)


def test_of_many_features_every_share_can_be_chosen(visit):
    """Every small bottleneck, growing steps, all features; and whatever the address says."""
    visitor = visit("train", data="mnist5000", latent_dim="201")
    assert visitor.complaints == []
    assert visitor.form["latent_dim"] == 201
    offered = [int(text) for text in visitor.widget("latent_dim").options]
    assert offered[:32] == list(range(1, 33))
    assert {201, 784} <= {*offered}
    assert len(offered) < 80
    assert visitor.set("latent_dim", 784).form["latent_dim"] == 784


def test_each_unit_of_the_error_is_drawn(visit, finished):
    visitor = visit("train", run=finished.id)
    for unit in ("mean_squared_error", "variance_unexplained", "sum_squared_error_per_sample"):
        assert visitor.set("unit", unit).complaints == []


@pytest.mark.parametrize("latent_dim", ["1", "3"])
def test_a_run_of_any_bottleneck_is_shown(visit, runs, latent_dim):
    visitor, run = trained_with(visit, runs, data="swiss_roll", latent_dim=latent_dim, epochs="2")
    assert visitor.complaints == []
    assert run.state == "done"


def test_a_linear_model_draws_no_hidden_layers(visit):
    dataset = load("digits")
    linear = dataclasses.replace(recommended(dataset), model="linear")
    visitor = visit("train", model="linear")
    assert visitor.reads(f"{linear.n_parameters(64):,} parameters")
    assert visitor.complaints == []


def test_reproduce_gives_a_command_that_makes_the_same_run(visit, runs, finished, capsys):
    import json
    import shlex

    from playground.__main__ import main

    visitor = visit("train", run=finished.id).open("reproduce")
    command = next(code.value for code in visitor.app.code if code.value.startswith("python -m playground train"))
    assert main(shlex.split(command)[3:]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["spec"] == finished.spec.to_json()
    assert result["val_error"] == finished.history.val_error
