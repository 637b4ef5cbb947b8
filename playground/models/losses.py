"""What training makes small. Add one: write a function of (x_hat, x), add one line, and its words in `measures.py`.

An entry of x that is missing (nan) counts in none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from playground.data.table_scaler import Block, Layout

# Each gives a mean over the samples of the batch, (n, n_features) and (n, n_features) to a number.
Loss = Callable[[Tensor, Tensor], Tensor]

LEAST_SHARE = 1e-30  # of a level: its logarithm is still a number


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


def huber(x_hat: Tensor, x: Tensor, delta: float = 1.0) -> Tensor:
    """Half the square of an error below delta, delta (error - delta / 2) beyond, summed per sample (Huber 1964)."""
    return functional.huber_loss(x_hat, x, reduction="sum", delta=delta) / len(x)


class Mixed:
    """The mean over the columns of a table of each one's error, measured by what its mean baseline makes.

    A number's is its squared error over its variance, a category's the cross-entropy of its levels over their entropy,
    on the cells that are there: 0 is perfect, 1 is as good as the column's mean or the shares of its levels. Columns
    count by their weights.
    """

    def __init__(self, layout: Layout) -> None:
        self.blocks = layout.blocks
        self.total = sum(block.weight for block in layout.blocks)

    def __call__(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """x_hat and x, (n, n_features) each, nan where missing, to a number."""
        parts = [self._column(block, x_hat[:, block.features], x[:, block.features]) for block in self.blocks]
        return torch.stack(parts).sum() / self.total

    @staticmethod
    def _column(block: Block, x_hat: Tensor, x: Tensor) -> Tensor:
        seen = ~torch.isnan(x[:, :1])
        n_seen = seen.sum().clamp(min=1)
        if block.is_category:
            present = torch.where(seen, x, 0.0) / block.height
            shares = (x_hat / block.height).clamp(min=LEAST_SHARE)
            return -block.weight * (present * shares.log()).sum() / n_seen / (block.entropy or 1.0)
        squares = torch.where(seen, x_hat - torch.where(seen, x, 0.0), 0.0).square().sum() / n_seen
        return block.weight * squares / (block.variance or 1.0)


LOSS: dict[str, Loss] = {
    "sum_squares": sum_squares,
    "mean_squares": mean_squares,
    "binary_cross_entropy": binary_cross_entropy,
    "absolute": absolute,
    "huber": huber,
}


def loss_of(name: str, layout: Layout | None, delta: float = 1.0) -> Loss:
    """The loss of that name for data of that layout; missing entries of x (nan) count for nothing.

    `delta` is where Huber's loss turns from squares to absolute values.
    """
    if name == "mixed" and layout is not None:
        return Mixed(layout)
    plain = partial(huber, delta=delta) if name == "huber" else LOSS[name]
    if layout is None or not layout.flagged:
        return plain

    def on_what_is_there(x_hat: Tensor, x: Tensor) -> Tensor:
        missing = torch.isnan(x)
        return plain(x_hat.masked_fill(missing, 0.0), x.masked_fill(missing, 0.0))

    return on_what_is_there
