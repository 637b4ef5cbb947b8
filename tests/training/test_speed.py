"""What a training will take is said before it starts: in proportion to the work, and right within a small factor."""

import time
from dataclasses import replace

import pytest

from playground.data import load
from playground.models.kinds import KIND
from playground.training import speed
from playground.training.recipe import LEAST_EPOCHS, SECONDS, recommended
from playground.training.trainer import Trainer


def test_twice_the_rows_take_about_twice_the_time_and_a_faster_machine_less():
    small, large = load("digits"), load("mnist5000")
    spec = recommended(large)
    few, many = (replace(large, x=large.x[:rows], labels=None) for rows in (1000, 2000))
    assert speed.seconds_per_epoch(spec, many) == pytest.approx(2 * speed.seconds_per_epoch(spec, few), rel=0.3)
    assert speed.seconds_per_epoch(spec, many, 10 * speed.NOMINAL) < speed.seconds_per_epoch(spec, many)
    assert speed.seconds_per_epoch(recommended(small), small) < speed.seconds_per_epoch(spec, large)


def test_epochs_fill_the_time_that_is_given():
    dataset = load("mnist5000")
    spec = recommended(dataset)
    epochs = speed.epochs_within(spec, dataset, 30.0)
    assert (
        epochs * speed.seconds_per_epoch(spec, dataset) <= 30.0 < (epochs + 1) * speed.seconds_per_epoch(spec, dataset)
    )
    assert speed.epochs_within(spec, dataset, 0.0) == 1


@pytest.mark.parametrize("name", ["digits", "mnist5000", "smileys", "wine"])
@pytest.mark.parametrize("model", KIND)
def test_the_recipe_keeps_to_its_time(name, model):
    dataset = load(name)
    spec = recommended(dataset, model)
    assert spec.epochs == LEAST_EPOCHS or spec.epochs * speed.seconds_per_epoch(spec, dataset) <= SECONDS


def test_the_rate_of_this_machine_is_that_of_a_matrix_product():
    assert 1e9 < speed.rate_of_this_machine() < 1e14
    start = time.perf_counter()
    speed.rate_of_this_machine()
    assert time.perf_counter() - start < 1e-3  # measured once


@pytest.mark.parametrize("model", ["dense", "vae", "convolutional"])
def test_the_estimate_is_of_the_right_size(model):
    dataset = load("digits")
    spec = replace(recommended(dataset, model), epochs=2)
    trainer = Trainer(spec, spec.split(dataset))
    trainer.epoch()
    start = time.perf_counter()
    trainer.epoch()
    taken = time.perf_counter() - start
    estimate = speed.seconds_per_epoch(spec, dataset, speed.rate_of_this_machine())
    assert taken / 20 < estimate < taken * 20  # a busy machine takes its time
