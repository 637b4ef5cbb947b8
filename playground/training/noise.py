"""How an input is damaged for a denoising autoencoder. Add a way: write a function, add one line.

Each takes x (n, n_features), the level, what is known of the data, and a generator, and gives the damaged copy. A
missing entry (nan) stays missing. The columns of a table are damaged whole, all features of a category together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.data.split import Split


@dataclass(frozen=True, eq=False)
class Extremes:
    """What damaging has to know of the data.

    Attributes:
        low, high: of every feature on the training rows, (n_features,).
        column: which column of a table every feature belongs to, int64 (n_features,); None where each is its own.
        n_columns: how many there are.
    """

    low: Tensor
    high: Tensor
    column: Tensor | None
    n_columns: int

    @classmethod
    def of(cls, split: Split, device: torch.device) -> Extremes:
        """Learnt from the training rows; missing entries (nan) are left out."""
        x = torch.tensor(split.x_train)
        low = x.nan_to_num(nan=float("inf")).amin(0)
        high = x.nan_to_num(nan=float("-inf")).amax(0)
        column, n_columns = None, split.n_features
        if split.layout is not None:
            widths = torch.tensor([block.stop - block.start for block in split.layout.blocks])
            n_columns = len(widths)
            column = torch.repeat_interleave(torch.arange(n_columns), widths).to(device)
        return cls(low.to(device), high.to(device), column, n_columns)


def gaussian(x: Tensor, level: float, known: Extremes, generator: torch.Generator) -> Tensor:
    """Adds a normal number of standard deviation `level`, in scaled units, to every value."""
    return x + level * torch.randn(x.shape, generator=generator, device=x.device)


def mask(x: Tensor, level: float, known: Extremes, generator: torch.Generator) -> Tensor:
    """Sets a share `level` of the values to 0: black, or where columns are standardised their mean."""
    return torch.where(_hit(x, level, known, generator) & ~torch.isnan(x), 0.0, x)


def salt_pepper(x: Tensor, level: float, known: Extremes, generator: torch.Generator) -> Tensor:
    """Sets a share `level` of the values to the lowest or the highest of their feature, either as likely."""
    up = torch.rand(x.shape, generator=generator, device=x.device) < 0.5
    damaged = torch.where(up, known.high, known.low)
    return torch.where(_hit(x, level, known, generator) & ~torch.isnan(x), damaged, x)


def swap(x: Tensor, level: float, known: Extremes, generator: torch.Generator) -> Tensor:
    """Takes a share `level` of the values from another row of the batch: each is a value its column really has."""
    others = torch.randint(len(x), (len(x), known.n_columns), generator=generator, device=x.device)
    rows = others if known.column is None else others[:, known.column]
    return torch.where(_hit(x, level, known, generator), x.gather(0, rows), x)


def _hit(x: Tensor, level: float, known: Extremes, generator: torch.Generator) -> Tensor:
    """Which values are damaged, whole columns of a table at once, (n, n_features)."""
    hit = torch.rand((len(x), known.n_columns), generator=generator, device=x.device) < level
    return hit if known.column is None else hit[:, known.column]


Noise = Callable[[Tensor, float, Extremes, torch.Generator], Tensor]
NOISE: dict[str, Noise] = {"gaussian": gaussian, "mask": mask, "salt_pepper": salt_pepper, "swap": swap}
