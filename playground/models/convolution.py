"""Convolutional encoder and decoder, for images (two directions) and series (one).

The first layer cuts the sample into patches (a convolution whose stride is its width, as in vision transformers:
Dosovitskiy and others 2021), every further one halves the grid; a dense layer on either side of the code gathers what
the places say. The decoder grows the grid back by sub-pixel convolutions (Shi and others 2016): cheaper than transposed
ones, and without their checkerboards.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.models.layers import bend, linear_layer, started
from playground.models.sizes import GATHERING, KERNEL, Grid, Level, levels, looks_around, patch_of
from playground.models.spec import RunSpec

CONVOLUTION = {1: nn.Conv1d, 2: nn.Conv2d}
NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}


def encoder(spec: RunSpec, grid: Grid, code: int, generator: torch.Generator) -> nn.Sequential:
    """x (n, n_features), channels last, to (n, code)."""
    found, d = levels(grid, spec.hidden), len(grid) - 1
    stack = nn.Sequential(OnGrid(found[0], patch_of(grid)))
    for number, (a, b) in enumerate(pairwise(found)):
        width, stride, padding = (patch_of(grid), patch_of(grid), 0) if number == 0 else (KERNEL, 2, KERNEL // 2)
        layer = nn.utils.skip_init(CONVOLUTION[d], a.channels, b.channels, width, stride=stride, padding=padding)
        stack.extend([started(layer, generator), *bend(spec, NORM[d](b.channels))])
    stack.extend([nn.Flatten(), linear_layer(found[-1].units, GATHERING, generator)])
    stack.extend([*bend(spec, nn.BatchNorm1d(GATHERING)), linear_layer(GATHERING, code, generator)])
    return stack


def decoder(spec: RunSpec, grid: Grid, generator: torch.Generator) -> nn.Sequential:
    """z (n, latent_dim) to x_hat (n, n_features), channels last."""
    found, d = levels(grid, spec.hidden), len(grid) - 1
    first = found[-1]
    stack = nn.Sequential(
        linear_layer(spec.latent_dim, GATHERING, generator),
        *bend(spec, nn.BatchNorm1d(GATHERING)),
        linear_layer(GATHERING, first.units, generator),
        nn.Unflatten(1, (first.channels, *first.places)),
    )
    for number, (b, a) in enumerate(pairwise(reversed(found))):
        grow = patch_of(grid) if number == len(found) - 2 else 2
        point = nn.utils.skip_init(CONVOLUTION[d], b.channels, a.channels * grow**d, 1)
        if looks_around(number, found):
            near = nn.utils.skip_init(CONVOLUTION[d], b.channels, b.channels, KERNEL, padding=KERNEL // 2)
            stack.append(started(near, generator))
        stack.extend([*bend(spec, NORM[d](b.channels)), started(point, generator), Grow(grow, a.places)])
    stack.append(OffGrid())
    return stack


class OnGrid(nn.Module):
    """Rows of features, channels last, as samples on a grid, channels first, padded to whole patches by their edge."""

    def __init__(self, level: Level, patch: int) -> None:
        super().__init__()
        self.shape = (*level.places, level.channels)
        self.padding: list[int] = []
        for side in reversed(level.places):  # torch counts directions from the last
            self.padding += [0, -side % patch]

    def forward(self, x: Tensor) -> Tensor:
        on_grid = x.reshape(len(x), *self.shape).movedim(-1, 1)
        return functional.pad(on_grid, self.padding, mode="replicate") if any(self.padding) else on_grid


class OffGrid(nn.Module):
    """Samples on a grid, channels first, as rows of features, channels last."""

    def forward(self, x: Tensor) -> Tensor:
        return x.movedim(1, -1).flatten(1)


class Grow(nn.Module):
    """Spreads the channels of every place over a finer grid (pixel shuffle), and cuts off what is too much."""

    def __init__(self, factor: int, places: Sequence[int]) -> None:
        super().__init__()
        self.factor = factor
        self.places = tuple(places)

    def forward(self, x: Tensor) -> Tensor:
        if len(self.places) == 2:
            height, width = self.places
            return functional.pixel_shuffle(x, self.factor)[:, :, :height, :width]
        n, channels, length = x.shape
        spread = x.reshape(n, channels // self.factor, self.factor, length).movedim(2, 3)
        return spread.reshape(n, channels // self.factor, length * self.factor)[:, :, : self.places[0]]
