"""Training that is steered: looked at a step at a time, changed in its middle, and going on after its end."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.data import load
from playground.errors import SpecError
from playground.models.spec import MODELS, RunSpec
from playground.training import devices, schedule
from playground.training.recipe import recommended
from playground.training.steering import KNOBS, knobs_of
from playground.training.trainer import Trainer

EVERY_KIND = [
    {},
    {"batch_norm": False},
    {"dropout": 0.3},
    {"model": "denoising", "noise": "swap", "noise_level": 0.2},
    {"model": "linear", "hidden": ()},
    {"model": "denoising"},
    {"model": "sparse"},
    {"model": "contractive", "batch_norm": False},
    {"model": "tied"},
    {"model": "vae"},
]


def named(settings):
    return "-".join(f"{name}={value}" for name, value in settings.items()) or "plain"


def step_by_step(trainer):
    """Every single step looked at; gives what was seen."""
    seen = []
    while not trainer.finished:
        seen.append(trainer.step())
        if trainer.epoch_is_over:
            trainer.epoch()
    return seen


def weights_of(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()]).double()


@pytest.mark.parametrize("settings", EVERY_KIND, ids=named)
def test_looking_at_every_step_changes_nothing(tiny, same, settings):
    through, looked_at = tiny.trainer(**settings), tiny.trainer(**settings)
    list(through)
    seen = step_by_step(looked_at)
    same(through, looked_at)
    steps = through.steps_per_epoch
    assert [(one.epoch, one.step) for one in seen] == [(e, s) for e in range(1, 5) for s in range(1, steps + 1)]


@pytest.mark.parametrize("settings", EVERY_KIND, ids=named)
def test_what_is_seen_of_the_steps_of_an_epoch_is_its_loss(tiny, settings):
    """Honest: the mean of the losses seen is the epoch's training loss, noise, dropout and samples included."""
    trainer = tiny.trainer(**settings)
    for event in range(2):
        seen = [trainer.step() for _ in range(trainer.steps_per_epoch)]
        trainer.epoch()
        assert np.mean([one.loss for one in seen]) == pytest.approx(trainer.history[event].train_loss, rel=1e-4)


@pytest.mark.parametrize("settings", EVERY_KIND, ids=named)
def test_the_numbers_of_a_step_are_those_of_its_batch(tiny, settings):
    trainer = tiny.trainer(learning_rate=0.001, schedule="constant", **settings)
    for _ in range(3):
        before = weights_of(trainer.model)
        seen = trainer.step()
        after = weights_of(trainer.model)
        split = trainer._split
        assert set(seen.rows) <= set(split.train_rows)
        np.testing.assert_array_equal(seen.x_clean, split.x[seen.rows])
        damaged = not np.array_equal(seen.x, seen.x_clean)
        assert damaged == (trainer.spec.noise_kind != "none")
        assert len(seen.rows) == min(8, seen.batch_size) == len(seen.z) == len(seen.x_hat)
        np.testing.assert_allclose(seen.errors, np.square(seen.x_hat - seen.x_clean).sum(axis=1), rtol=1e-5)
        if settings.get("model") != "linear":  # whose biases are put right only when somebody looks
            assert seen.weights == pytest.approx(float(before.square().mean().sqrt()), rel=1e-4)
            assert seen.update == pytest.approx(float((after - before).square().mean().sqrt()), rel=1e-4)
        assert seen.learning_rate == 0.001


def test_a_step_makes_the_loss_of_its_own_batch_smaller(tiny):
    """With the same random numbers: else a VAE's loss after the update would jump about with its samples."""
    for settings in ({}, {"model": "vae"}, {"dropout": 0.3}, {"model": "denoising"}):
        trainer = tiny.trainer(learning_rate=1e-4, schedule="constant", **settings)
        for _ in range(10):
            seen = trainer.step()
            assert seen.loss_after < seen.loss


def test_the_linear_model_sees_all_rows_in_every_step(tiny):
    trainer = tiny.trainer(model="linear", hidden=())
    seen = trainer.step()
    assert seen.batch_size == len(trainer._split.train_rows)


def test_a_step_after_an_interruption_is_the_next_of_the_same_epoch(tiny, same):
    through, stepped = tiny.trainer(), tiny.trainer()
    list(through)
    assert stepped.epoch(tiny.after_steps(10)) is None
    assert stepped.step().step == 11
    stepped = tiny.through_a_file(stepped, tiny.trainer())
    list(stepped)
    same(through, stepped)


def test_a_run_has_the_knobs_that_matter_for_it():
    assert set(knobs_of(RunSpec())) == {"learning_rate"}
    assert set(knobs_of(RunSpec(model="denoising"))) == {"learning_rate", "noise_level"}
    assert set(knobs_of(RunSpec(model="sparse"))) == {"learning_rate", "sparsity_weight"}
    assert set(knobs_of(RunSpec(model="vae", noise="mask"))) == {"learning_rate", "noise_level", "beta"}
    assert {name for model in MODELS for name in knobs_of(recommended(load("digits"), model))} == set(KNOBS)


KNOBS_OF_KINDS = [
    ({}, "learning_rate", 0.002),
    ({"model": "denoising"}, "noise_level", 1.0),
    ({"model": "denoising", "noise": "swap", "noise_level": 0.2}, "noise_level", 0.6),
    ({"model": "sparse"}, "sparsity_weight", 3.0),
    ({"model": "vae"}, "beta", 4.0),
]


@pytest.mark.parametrize(("settings", "name", "value"), KNOBS_OF_KINDS)
def test_a_knob_counts_from_the_next_step_on(tiny, settings, name, value):
    """Before it nothing differs; from then on the training is the one of a run whose knob always stood there."""
    trainer, always = tiny.trainer(warm_up=0.0, **settings), tiny.trainer(warm_up=0.0, **settings | {name: value})
    trainer.change(name, value)
    assert trainer.epoch().train_loss == always.epoch().train_loss
    trainer = tiny.trainer(warm_up=0.0, **settings)
    for _ in range(13):
        trainer.step()
    before = trainer.state()[0]["model.encoder.0.weight"]
    trainer.change(name, value)
    assert torch.equal(trainer.state()[0]["model.encoder.0.weight"], before)
    seen = trainer.step()
    (change,) = trainer.changes
    assert (change.name, change.before, change.after) == (name, getattr(tiny.spec(**settings), name), value)
    assert change.epoch == pytest.approx(13 / trainer.steps_per_epoch)
    assert name != "learning_rate" or seen.learning_rate == pytest.approx(
        value * schedule.share_of_peak("one_cycle", change.epoch / 4)
    )


@pytest.mark.parametrize(("settings", "name", "value"), KNOBS_OF_KINDS)
@pytest.mark.parametrize("at", ["before", "after"])
def test_a_changed_training_goes_on_from_a_file_to_the_last_bit(tiny, same, settings, name, value, at):
    """Whether it was saved before or after the change."""

    def begun(resumed):
        trainer = tiny.trainer(**settings)
        trainer.epoch()
        trainer.epoch(tiny.after_steps(10))
        if resumed and at == "before":
            trainer = tiny.through_a_file(trainer, tiny.trainer(**settings))
        trainer.change(name, value)
        if resumed and at == "after":
            changes, fresh = trainer.changes, tiny.trainer(**settings)
            tensors, numbers = trainer.state()
            fresh.load(tensors, numbers, trainer.history, changes)
            trainer = fresh
        list(trainer)
        return trainer

    through, resumed = begun(False), begun(True)
    same(through, resumed)
    assert resumed.changes == through.changes
    assert resumed.spec == through.spec


@pytest.mark.parametrize(
    ("settings", "name", "value", "said"),
    [
        ({}, "learning_rate", 0.0, "learning_rate='0' is not possible: it must be a number from 1e-06 to 1,000"),
        ({}, "learning_rate", math.nan, "learning_rate='nan' is not possible"),
        ({}, "beta", 1.0, "'beta' cannot be changed while this run trains: choose from learning_rate"),
        ({"model": "vae"}, "latent_dim", 3, "'latent_dim' cannot be changed while this run trains"),
        ({"model": "denoising", "noise": "mask"}, "noise_level", 1.5, "noise_level must be between 0 and 1"),
    ],
)
def test_a_knob_that_cannot_be_turned_so_says_why_and_changes_nothing(tiny, same, settings, name, value, said):
    trainer, untouched = tiny.trainer(**settings), tiny.trainer(**settings)
    with pytest.raises(SpecError, match=said):
        trainer.change(name, value)
    assert trainer.changes == []
    list(trainer)
    list(untouched)
    same(trainer, untouched)


def test_the_best_epoch_of_a_vae_is_measured_again_when_beta_changes(tiny):
    """The kept epoch's objective by the new β, computed anew from its weights, is what the others have to beat."""
    trainer = tiny.trainer(model="vae", epochs=8, warm_up=0.0)
    for _ in range(3):
        trainer.epoch()
    kept, fresh = trainer.best_epoch, tiny.trainer(model="vae", warm_up=0.0, beta=5.0)
    trainer.change("beta", 5.0)
    with torch.no_grad():
        expected, _, _ = fresh._objective.on_held_out(trainer.best, fresh._x_val)
    assert trainer._best_criterion == pytest.approx(expected, rel=1e-5)
    list(trainer)
    since = {event.epoch: event.val_loss for event in trainer.history[3:]}
    best = min(since, key=since.get)
    assert trainer.best_epoch == (best if since[best] < expected else kept)
    assert [event.kept for event in trainer.history][-1] == trainer.best_epoch


def test_a_training_that_goes_on_keeps_what_adam_remembers(tiny, same):
    """With a constant rate, n epochs and then m more are n + m epochs to the last bit."""
    whole, leg = tiny.trainer(epochs=7, schedule="constant"), tiny.trainer(epochs=4, schedule="constant")
    list(leg)
    longer = tiny.trainer(epochs=4, schedule="constant")
    longer.legs = [4, 3]
    tiny.through_a_file(leg, longer)
    assert not longer.finished
    list(whole)
    list(longer)
    same(whole, longer)


def test_the_rate_of_an_added_leg_only_falls(tiny):
    trainer = tiny.trainer(epochs=5, learning_rate=0.01)
    list(trainer)
    trainer.legs.append(6)
    rates = [event.learning_rate for event in trainer]
    assert len(rates) == 6
    assert rates[0] < schedule.AGAIN * 0.01
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 1e-4


def test_patience_is_counted_anew_when_training_goes_on(tiny):
    trainer = tiny.trainer(epochs=300, patience=3, learning_rate=0.3, schedule="constant")
    list(trainer)
    assert trainer.out_of_patience
    ended = len(trainer.history)
    assert ended < 300
    trainer.legs = [ended, 100]
    assert not trainer.finished
    list(trainer)
    assert len(trainer.history) >= ended + 3


def test_a_vae_that_goes_on_does_not_warm_up_again(tiny):
    trainer = tiny.trainer(model="vae", epochs=4, warm_up=0.5, beta=2.0)
    list(trainer)
    trainer.legs.append(2)
    trainer.step()
    assert float(trainer._objective.beta) == 2.0


@pytest.mark.skipif(not devices.is_there("cuda"), reason="no cuda on this machine")
@pytest.mark.parametrize(("settings", "name", "value"), KNOBS_OF_KINDS)
def test_a_knob_counts_on_a_gpu_too_where_a_whole_step_was_recorded(settings, name, value):
    """A recorded step has the old value in it: after a change it has to be recorded anew."""
    spec = replace(RunSpec(data="digits", epochs=6, warm_up=0.0, schedule="constant"), **settings)
    split = spec.split(load("digits"))
    changed, always = Trainer(spec, split, "cuda"), Trainer(replace(spec, **{name: value}), split, "cuda")
    changed.epoch()
    tensors, numbers = changed.state()
    always.load(tensors, numbers, changed.history)
    changed.change(name, value)
    assert changed.epoch().train_loss == pytest.approx(always.epoch().train_loss, rel=1e-3)
    seen = [changed.step() for _ in range(5)]
    assert all(math.isfinite(one.loss_after) for one in seen)
    assert changed.epoch().train_loss == pytest.approx(always.epoch().train_loss, rel=0.02)
