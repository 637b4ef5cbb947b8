"""What the trainer promises: usable after every epoch, resumed to the last bit, and honest when it blows up."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.analysis.errors import sample_errors
from playground.data import Split, load
from playground.models.pca import PCA
from playground.models.spec import ACTIVATIONS, LOSSES, MODELS, RunSpec
from playground.training.recipe import recommended
from playground.training.trainer import Diverged, Trainer

KINDS = {
    "constant": {"schedule": "constant"},
    "one_cycle": {"schedule": "one_cycle"},
    "without batch norm": {"batch_norm": False},
    "with weight decay": {"weight_decay": 0.1, "schedule": "constant"},
    "linear": {"model": "linear"},
    "with patience": {"patience": 2, "schedule": "constant"},
}
kinds = pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS.keys())


def val_error(model, split):
    return sample_errors(split.x_val, model.reconstruct(split.x_val)).mean()


def test_training_makes_the_error_smaller_on_rows_it_never_saw(tiny):
    trainer = tiny.trainer(epochs=40)
    split = tiny.spec().split(tiny.dataset)
    before = val_error(trainer.model, split)
    events = list(trainer)
    assert [event.epoch for event in events] == list(range(1, 41))
    assert events == trainer.history
    assert trainer.finished
    assert val_error(trainer.best, split) < 0.2 * before
    assert val_error(trainer.best, split) < val_error(PCA.fit(split.x_train, 1), split)


def test_every_epoch_says_what_it_came_to(tiny):
    trainer = tiny.trainer(schedule="constant")
    split = tiny.spec().split(tiny.dataset)
    for event in trainer:
        x, x_hat = split.x_val, trainer.model.reconstruct(split.x_val)
        assert event.val_error == pytest.approx(sample_errors(x, x_hat).mean(), rel=1e-5)
        assert event.val_loss == pytest.approx(event.val_error, rel=1e-5)  # the loss is the sum of squares
        train = sample_errors(split.x_train, trainer.model.reconstruct(split.x_train)).mean()
        assert event.train_error == pytest.approx(train, rel=1e-5)
        assert event.learning_rate == 0.01
        assert event.seconds > 0
        assert event.samples_per_second > 0
    assert sorted(event.seconds for event in trainer.history) == [event.seconds for event in trainer.history]


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_stopping_after_any_epoch_leaves_a_usable_model(tiny, epochs):
    trainer = tiny.trainer(epochs=6)
    for _ in range(epochs):
        trainer.epoch()
    for model in (trainer.model, trainer.best):
        x_hat = model.reconstruct(tiny.dataset.x)
        assert x_hat.shape == tiny.dataset.x.shape
        assert np.isfinite(x_hat).all()


def test_an_untrained_trainer_has_a_usable_model_too(tiny):
    trainer = tiny.trainer()
    assert trainer.best_epoch == 0
    np.testing.assert_array_equal(trainer.best.encode(tiny.dataset.x), trainer.model.encode(tiny.dataset.x))


def test_the_best_model_is_the_one_with_the_smallest_validation_error(tiny):
    trainer = tiny.trainer(epochs=15, schedule="constant", learning_rate=0.1)
    models, errors = [], []
    for event in trainer:
        models.append(trainer.model.reconstruct(tiny.dataset.x))
        errors.append(event.val_error)
        assert trainer.best_epoch == int(np.argmin(errors)) + 1
    best = int(np.argmin(errors))
    assert 0 < best < 14, "choose settings whose best epoch is in the middle"
    assert trainer.best_epoch == best + 1
    np.testing.assert_array_equal(trainer.best.reconstruct(tiny.dataset.x), models[best])


def test_the_best_model_is_left_alone_by_further_training(tiny):
    trainer = tiny.trainer(epochs=10)
    trainer.epoch()
    best = trainer.best
    before = best.reconstruct(tiny.dataset.x)
    trainer.epoch()
    np.testing.assert_array_equal(best.reconstruct(tiny.dataset.x), before)


def test_patience_stops_that_many_epochs_after_the_best(tiny):
    trainer = tiny.trainer(epochs=500, patience=4, schedule="constant", learning_rate=0.1)
    list(trainer)
    assert len(trainer.history) == trainer.best_epoch + 4 < 500


def test_training_the_linear_model_ends_near_pca():
    """With steps that shrink to nothing it ends at PCA's error on the training rows, and never below it."""
    spec = RunSpec(model="linear", data="wine", output="linear", epochs=150, batch_size=16, learning_rate=0.02)
    split = spec.split(load("wine"))
    trainer = Trainer(spec, split)
    list(trainer)
    linear, pca = (
        sample_errors(split.x_train, codec.reconstruct(split.x_train)).mean()
        for codec in (trainer.model, PCA.fit(split.x_train, 2))
    )
    assert pca * (1 - 1e-6) <= linear <= 1.01 * pca


@kinds
@pytest.mark.parametrize("steps", [10, 20], ids=["in mid-epoch", "at the last step"])
def test_an_interrupted_epoch_continued_is_the_uninterrupted_one(tiny, same, settings, steps):
    whole, halted = tiny.trainer(**settings), tiny.trainer(**settings)
    assert whole.steps_per_epoch == 20
    list(whole)
    halted.epoch()
    assert halted.epoch(tiny.after_steps(steps)) is None
    assert len(halted.history) == 1
    list(halted)
    same(halted, whole)


@kinds
@pytest.mark.parametrize("steps", [None, 10, 20], ids=["between epochs", "in mid-epoch", "at the last step"])
def test_a_trainer_loaded_from_a_file_goes_on_bit_identically(tiny, same, settings, steps):
    whole, halted = tiny.trainer(**settings), tiny.trainer(**settings)
    list(whole)
    halted.epoch()
    halted.epoch()
    if steps:
        assert halted.epoch(tiny.after_steps(steps)) is None
    resumed = tiny.through_a_file(halted, tiny.trainer(**settings))
    same(resumed, halted)
    list(resumed)
    same(resumed, whole)


def test_a_trainer_that_blows_up_after_it_was_loaded_keeps_what_it_loaded(tiny):
    halted = tiny.trainer()
    halted.epoch()
    resumed = tiny.through_a_file(halted, tiny.trainer(seed=5))
    with torch.no_grad():
        resumed.model.decoder[0].bias[0] = math.nan
    with pytest.raises(Diverged):
        resumed.epoch()
    np.testing.assert_array_equal(resumed.model.encode(tiny.dataset.x), halted.model.encode(tiny.dataset.x))
    np.testing.assert_array_equal(resumed.best.encode(tiny.dataset.x), halted.best.encode(tiny.dataset.x))


def test_a_trainer_can_be_loaded_before_its_first_step(tiny, same):
    whole, resumed = tiny.trainer(), tiny.through_a_file(tiny.trainer(), tiny.trainer())
    list(whole)
    list(resumed)
    same(resumed, whole)


def test_the_state_is_a_copy_that_training_on_leaves_alone(tiny):
    """A checkpoint being written must not change under the writer's hands."""
    trainer = tiny.trainer()
    trainer.epoch()
    tensors, numbers = trainer.state()
    before = {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}, dict(numbers)
    resumed = tiny.trainer()
    resumed.load(tensors, numbers, trainer.history)
    list(resumed)
    list(trainer)
    assert ({name: tensor.numpy().tobytes() for name, tensor in tensors.items()}, numbers) == before


def test_the_seed_decides_everything(tiny, same):
    first, again, other = tiny.trainer(seed=3), tiny.trainer(seed=3), tiny.trainer(seed=4)
    for trainer in (first, again, other):
        list(trainer)
    same(first, again)
    assert first.history[-1].val_loss != other.history[-1].val_loss


def test_training_neither_reads_nor_moves_the_global_random_numbers(tiny, same):
    first, again = tiny.trainer(), tiny.trainer()
    torch.manual_seed(1)
    list(first)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    list(again)
    same(first, again)
    assert torch.equal(torch.get_rng_state(), before)


def test_two_trainers_in_turn_do_not_disturb_each_other(tiny, same):
    """Two visitors in one process."""
    alone, mine, theirs = tiny.trainer(), tiny.trainer(), tiny.trainer(seed=9, batch_size=7)
    list(alone)
    while not mine.finished:
        mine.epoch()
        theirs.epoch()
    same(mine, alone)


def test_training_gives_torch_its_threads_back(tiny):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        tiny.trainer().epoch()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
@pytest.mark.parametrize("data", ["digits", "wine", "swiss_roll"])
def test_a_learning_rate_of_1000_is_caught_within_ten_steps(data, schedule, model):
    dataset = load(data)
    spec = replace(recommended(dataset, model), schedule=schedule, learning_rate=1000.0)
    trainer = Trainer(spec, spec.split(dataset))
    with pytest.raises(Diverged, match=r"diverged by step (\d+) \(epoch 1\).*learning rate 1000 is") as caught:
        trainer.epoch()
    assert int(str(caught.value).split("step ")[1].split()[0]) <= 10
    for model_kept in (trainer.model, trainer.best):
        assert all(torch.isfinite(tensor).all() for tensor in model_kept.state_dict().values())
        assert np.isfinite(model_kept.reconstruct(dataset.x)).all()


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss != "mixed"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [True, False], ids=["norm", "plain"])
def test_whatever_blows_up_is_called_diverged(loss, activation, batch_norm):
    spec = RunSpec(loss=loss, activation=activation, batch_norm=batch_norm, learning_rate=1000.0, epochs=2)
    trainer = Trainer(spec, spec.split(load("digits")))
    with pytest.raises(Diverged):
        list(trainer)
    assert all(torch.isfinite(tensor).all() for tensor in trainer.best.state_dict().values())


def test_a_loss_that_is_no_number_is_caught(tiny):
    trainer = tiny.trainer(epochs=6)
    trainer.epoch()
    good = trainer.model.reconstruct(tiny.dataset.x)
    with torch.no_grad():
        trainer.model.decoder[0].bias[0] = math.nan
    with pytest.raises(Diverged, match=r"epoch 2"):
        trainer.epoch()
    np.testing.assert_array_equal(trainer.model.reconstruct(tiny.dataset.x), good)
    assert trainer.best_epoch == 1


@pytest.mark.parametrize("batch_norm", [True, False], ids=["norm", "plain"])
@pytest.mark.parametrize("n_train", [78, 79, 80, 81, 3])
def test_a_last_batch_of_any_size_works(tiny, n_train, batch_norm):
    """Batch normalisation cannot learn from a single row: a last batch of one joins the one before it."""
    spec = tiny.spec(batch_size=4, batch_norm=batch_norm, epochs=2)
    split = spec.split(tiny.dataset)
    rows = np.resize(split.train_rows, n_train)
    trainer = Trainer(spec, Split(split.x, rows, split.val_rows, split.test_rows, split.scaler))
    assert trainer.steps_per_epoch == {78: 20, 79: 20, 80: 20, 81: 20, 3: 1}[n_train]
    list(trainer)
    assert np.isfinite(trainer.history[-1].val_error)


def test_every_training_row_is_used_once_in_every_epoch(tiny):
    seen = []
    trainer = tiny.trainer(epochs=2)
    advance = trainer._advance.__class__.__call__

    class Spy(type(trainer._advance)):
        def __call__(self, rows, part, learning_rate):
            seen.append(rows.batch(part).clone())
            advance(self, rows, part, learning_rate)

    trainer._advance.__class__ = Spy
    x_train = np.sort(tiny.spec().split(tiny.dataset).x_train, axis=0)
    orders = []
    for _ in range(2):
        seen.clear()
        trainer.epoch()
        orders.append(np.concatenate([batch.numpy() for batch in seen]))
        np.testing.assert_array_equal(np.sort(orders[-1], axis=0), x_train)
    assert not np.array_equal(*orders)


def changed(dataset, rows):
    x = dataset.x.copy()
    x[rows] = x[rows] * -2 + 1
    return replace(dataset, x=x)


@pytest.mark.parametrize("part", ["val_rows", "test_rows"])
def test_held_out_rows_change_nothing_of_what_is_learnt(tiny, part):
    split = tiny.spec().split(tiny.dataset)
    plain, other = tiny.trainer(), tiny.trainer(changed(tiny.dataset, getattr(split, part)))
    for trainer in (plain, other):
        list(trainer)
    assert [e.train_loss for e in plain.history] == [e.train_loss for e in other.history]
    assert all(torch.equal(t, other.model.state_dict()[n]) for n, t in plain.model.state_dict().items())
    seen = part == "val_rows"
    assert ([e.val_error for e in plain.history] != [e.val_error for e in other.history]) == seen


def test_test_rows_change_nothing_at_all_before_the_comparison(tiny, same):
    split = tiny.spec().split(tiny.dataset)
    plain, sealed = tiny.trainer(), tiny.trainer(changed(tiny.dataset, split.test_rows))
    for trainer in (plain, sealed):
        list(trainer)
    same(plain, sealed)


def test_one_cycle_rises_to_its_peak_and_falls_to_almost_nothing(tiny):
    trainer = tiny.trainer(epochs=20, learning_rate=0.01, schedule="one_cycle")
    rates = [event.learning_rate for event in trainer]
    peak = int(np.argmax(rates))
    assert peak in (5, 6)
    assert rates[peak] == pytest.approx(0.01, rel=0.01)
    assert rates[0] < 0.003
    assert rates[-1] < 1e-4
    assert sorted(rates[: peak + 1]) == rates[: peak + 1]
    assert sorted(rates[peak:], reverse=True) == rates[peak:]


def test_weight_decay_makes_the_weights_smaller(tiny):
    def size(**settings):
        trainer = tiny.trainer(epochs=20, schedule="constant", **settings)
        list(trainer)
        return sum(float(parameter.detach().square().sum()) for parameter in trainer.model.parameters())

    assert size(weight_decay=1.0) < 0.9 * size(weight_decay=0.0)
