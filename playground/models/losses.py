"""What training makes small. Add one: write a function of (x_hat, x), add one line."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

# Each gives a mean over the samples of the batch, (n, n_features) and (n, n_features) to a number.
Loss = Callable[[Tensor, Tensor], Tensor]


def sum_squares(x_hat: Tensor, x: Tensor) -> Tensor:
    """Sum of squared errors per sample, the simplest reconstruction loss."""
    return (x_hat - x).square().sum() / len(x)


def mean_squares(x_hat: Tensor, x: Tensor) -> Tensor:
    """Mean squared error per feature."""
    return functional.mse_loss(x_hat, x)


def binary_cross_entropy(x_hat: Tensor, x: Tensor) -> Tensor:
    """Cross-entropy of pixels read as probabilities, summed per sample; x and x_hat between 0 and 1."""
    return functional.binary_cross_entropy(x_hat, x.clamp(0.0, 1.0), reduction="sum") / len(x)


def absolute(x_hat: Tensor, x: Tensor) -> Tensor:
    """Sum of absolute errors per sample (L1): less moved by single large errors."""
    return (x_hat - x).abs().sum() / len(x)


LOSS: dict[str, Loss] = {
    "sum_squares": sum_squares,
    "mean_squares": mean_squares,
    "binary_cross_entropy": binary_cross_entropy,
    "absolute": absolute,
}
