"""Every loss against the sum that it stands for, written out."""

import math

import pytest
import torch

from playground.models.losses import LOSS

X = [[0.0, 1.0, 0.5], [1.0, 0.25, 0.0]]
X_HAT = [[0.1, 0.8, 0.5], [0.6, 0.5, 0.2]]
PAIRS = [(a, b) for row, row_hat in zip(X, X_HAT, strict=True) for a, b in zip(row, row_hat, strict=True)]

BY_HAND = {
    "sum_squares": sum((a - b) ** 2 for a, b in PAIRS) / 2,
    "mean_squares": sum((a - b) ** 2 for a, b in PAIRS) / 6,
    "binary_cross_entropy": -sum(a * math.log(b) + (1 - a) * math.log(1 - b) for a, b in PAIRS) / 2,
    "absolute": sum(abs(a - b) for a, b in PAIRS) / 2,
}


@pytest.mark.parametrize("name", LOSS)
def test_the_loss_is_what_its_name_says(name):
    assert float(LOSS[name](torch.tensor(X_HAT), torch.tensor(X))) == pytest.approx(BY_HAND[name], rel=1e-6)


@pytest.mark.parametrize("name", LOSS)
def test_a_perfect_reconstruction_cannot_be_improved(name):
    x = torch.tensor(X)
    x_hat = x.clone().clamp(1e-4, 1 - 1e-4).requires_grad_()
    perfect = LOSS[name](x_hat, x)
    for direction in (0.05, -0.05):
        assert LOSS[name]((x_hat + direction).clamp(1e-4, 1 - 1e-4), x) > perfect
