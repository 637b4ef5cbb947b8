"""How inputs are damaged: each way does what its name says, to as much as it is told, and only to what is there."""

import numpy as np
import pytest
import torch

from playground.data import load
from playground.models.spec import RunSpec
from playground.training.noise import NOISE, Extremes
from playground.training.recipe import recommended

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def digits():
    split = RunSpec().split(load("digits"))
    return torch.tensor(split.x_train), Extremes.of(split, CPU)


@pytest.fixture(scope="module")
def penguins():
    dataset = load("penguins")
    split = recommended(dataset).split(dataset)
    return torch.tensor(split.x_train), Extremes.of(split, CPU), split.layout


def damaged(name, data, level, seed=0):
    return NOISE[name](data[0], level, data[1], torch.Generator().manual_seed(seed))


def test_gaussian_noise_has_its_standard_deviation(digits):
    error = damaged("gaussian", digits, 0.3) - digits[0]
    assert float(error.std()) == pytest.approx(0.3, rel=0.01)
    assert abs(float(error.mean())) < 0.01


def test_a_mask_sets_its_share_to_zero(digits):
    x, seen = digits[0], damaged("mask", digits, 0.25)
    assert float((seen[x != 0] == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert torch.equal(seen[seen != 0], x[seen != 0])


def test_salt_and_pepper_are_the_extremes_of_their_feature(digits):
    x, known = digits
    seen = damaged("salt_pepper", digits, 0.2)
    changed = seen != x
    assert ((seen == known.low) | (seen == known.high))[changed].all()
    inside = (x > known.low) & (x < known.high)
    assert float(changed[inside].float().mean()) == pytest.approx(0.2, abs=0.01)
    assert float((seen == known.high)[changed & inside].float().mean()) == pytest.approx(0.5, abs=0.03)


def test_swapped_values_are_values_of_the_same_column(digits):
    x = digits[0]
    seen = damaged("swap", digits, 0.3)
    for column in (10, 20, 36):
        assert set(seen[:, column].tolist()) <= set(x[:, column].tolist())
    assert 0.1 < float((seen != x).float().mean()) < 0.3


@pytest.mark.parametrize("name", ["mask", "swap"])
def test_a_tables_columns_are_damaged_whole(penguins, name):
    layout = penguins[2]
    seen = damaged(name, penguins, 0.4)
    for block in layout.blocks:
        if block.is_category and name == "swap":  # still exactly one level
            present = seen[:, block.features][~torch.isnan(seen[:, block.start])]
            assert torch.allclose((present != 0).sum(dim=1).float(), torch.ones(len(present)))
        if name == "mask":
            hit = (seen[:, block.features] == 0).all(dim=1)
            assert float(hit.float().mean()) == pytest.approx(0.4, abs=0.15)


@pytest.mark.parametrize("name", [name for name in NOISE if name != "swap"])
def test_what_is_missing_stays_missing(penguins, name):
    seen = damaged(name, penguins, 0.9)
    assert torch.equal(torch.isnan(seen), torch.isnan(penguins[0]))


@pytest.mark.parametrize("name", NOISE)
def test_no_noise_at_level_0_and_the_input_is_left_alone(digits, name):
    before = digits[0].clone()
    assert torch.equal(damaged(name, digits, 0.0), digits[0])
    damaged(name, digits, 0.9)
    assert torch.equal(digits[0], before)


@pytest.mark.parametrize("name", NOISE)
def test_the_generator_alone_decides(digits, name):
    before = torch.get_rng_state()
    assert torch.equal(damaged(name, digits, 0.5), damaged(name, digits, 0.5))
    assert not torch.equal(damaged(name, digits, 0.5), damaged(name, digits, 0.5, seed=1))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.isfinite(damaged(name, digits, 0.5).numpy()).all()
