"""Every loss against the sum that it stands for, written out."""

import math

import numpy as np
import pytest
import torch

from playground.models.losses import LOSS, loss_of
from playground.models.measures import MEASURE, of_mean

X = [[0.0, 1.0, 0.5], [1.0, 0.25, 0.0]]
X_HAT = [[0.1, 0.8, 0.5], [0.6, 0.5, 0.2]]
PAIRS = [(a, b) for row, row_hat in zip(X, X_HAT, strict=True) for a, b in zip(row, row_hat, strict=True)]

BY_HAND = {
    "sum_squares": sum((a - b) ** 2 for a, b in PAIRS) / 2,
    "mean_squares": sum((a - b) ** 2 for a, b in PAIRS) / 6,
    "binary_cross_entropy": -sum(a * math.log(b) + (1 - a) * math.log(1 - b) for a, b in PAIRS) / 2,
    "absolute": sum(abs(a - b) for a, b in PAIRS) / 2,
    "huber": sum((a - b) ** 2 / 2 for a, b in PAIRS) / 2,  # all errors are below 1
}


@pytest.mark.parametrize("name", LOSS)
def test_the_loss_is_what_its_name_says(name):
    assert float(LOSS[name](torch.tensor(X_HAT), torch.tensor(X))) == pytest.approx(BY_HAND[name], rel=1e-6)


def test_hubers_loss_counts_large_errors_absolutely():
    x, x_hat, delta = torch.zeros(1, 2), torch.tensor([[3.0, 0.1]]), 0.5
    by_hand = delta * (3.0 - delta / 2) + 0.1**2 / 2
    assert float(loss_of("huber", None, delta)(x_hat, x)) == pytest.approx(by_hand)


@pytest.mark.parametrize("name", LOSS)
@pytest.mark.parametrize("delta", [0.1, 1.0])
def test_the_words_of_a_loss_compute_what_training_does(name, delta):
    of = MEASURE[name].of
    trained = float(loss_of(name, None, delta)(torch.tensor(X_HAT), torch.tensor(X)))
    assert of(np.array(X, np.float32), np.array(X_HAT, np.float32), delta) == pytest.approx(trained, rel=1e-5)


def test_what_the_mean_would_make_is_the_variance_for_squares_and_one_for_columns():
    x = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    mean = x.mean(axis=0)
    assert of_mean("sum_squares", x, mean, 1.0) == pytest.approx(x.var(axis=0).sum(), rel=1e-5)
    assert of_mean("mean_squares", x, mean, 1.0) == pytest.approx(x.var(), rel=1e-2)
    assert of_mean("mixed", x, mean, 1.0) == 1.0
    x[0, 0] = np.nan
    assert np.isfinite(of_mean("absolute", x, mean, 1.0))


@pytest.mark.parametrize("name", LOSS)
def test_a_perfect_reconstruction_cannot_be_improved(name):
    x = torch.tensor(X)
    x_hat = x.clone().clamp(1e-4, 1 - 1e-4).requires_grad_()
    perfect = LOSS[name](x_hat, x)
    for direction in (0.05, -0.05):
        assert LOSS[name]((x_hat + direction).clamp(1e-4, 1 - 1e-4), x) > perfect
