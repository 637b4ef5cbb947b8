"""The layers that every kind of network is put together from, with starting weights from a generator of its own."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.data.table_scaler import Layout
from playground.models.spec import RunSpec

ACTIVATION: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def linear_layer(before: int, after: int, generator: torch.Generator) -> nn.Linear:
    """torch's own starting weights (uniform within 1/sqrt(inputs)), drawn from our generator, not the global one."""
    return cast(nn.Linear, started(nn.utils.skip_init(nn.Linear, before, after), generator))


def started(layer: nn.Module, generator: torch.Generator) -> nn.Module:
    """Gives a layer with a weight (outputs, inputs, …) and a bias its starting values."""
    weight, bias = cast(Tensor, layer.weight), cast(Tensor, layer.bias)
    bound = 1.0 / math.sqrt(weight[0].numel())
    nn.init.uniform_(weight, -bound, bound, generator=generator)
    nn.init.uniform_(bias, -bound, bound, generator=generator)
    return layer


def bend(spec: RunSpec, norm: nn.Module) -> list[nn.Module]:
    """What follows a hidden layer: batch normalisation `norm` if it is on, the activation, dropout if there is any."""
    after = [norm] if spec.batch_norm else []
    after.append(ACTIVATION[spec.activation]())
    if spec.dropout > 0:
        after.append(Dropout(spec.dropout))
    return after


class Dropout(nn.Module):
    """Leaves out a share of the units in training and scales the others up, by random numbers of its own generator."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.generator: torch.Generator | None = None  # whoever trains the network gives it one

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.generator is None:
            return x
        kept = torch.rand(x.shape, generator=self.generator, device=x.device) >= self.share
        return x * kept / (1.0 - self.share)


class Transposed(nn.Module):
    """A layer whose weights are another's, transposed; only its bias is its own.

    Args:
        layer: whose weights these are, (outputs, inputs).
        after: outputs of this layer; further inputs of the other one (flags of missing cells) are left out.
        generator: of the starting bias.
    """

    def __init__(self, layer: nn.Linear, after: int, generator: torch.Generator) -> None:
        super().__init__()
        self._owner = (layer,)  # a tuple, so that torch does not take the weights for this layer's own
        self.after = after
        self.bias = nn.Parameter(torch.empty(after))
        bound = 1.0 / math.sqrt(layer.out_features)
        nn.init.uniform_(self.bias, -bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self._owner[0].weight[:, : self.after].T, self.bias)


class FillIn(nn.Module):
    """Puts the training rows' mean in place of a missing entry (nan), and tells of it in inputs of its own.

    x (n, n_features) becomes (n, n_features + flags): a flag is 1 where its column is missing.
    """

    fill: Tensor
    flagged: Tensor

    def __init__(self, layout: Layout, *, flags: bool) -> None:
        super().__init__()
        self.register_buffer("fill", torch.tensor(layout.fill))
        self.register_buffer("flagged", torch.tensor(layout.flagged if flags else (), dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        missing = torch.isnan(x)
        whole = torch.where(missing, self.fill, x)
        return torch.cat([whole, missing[:, self.flagged].to(x.dtype)], dim=1) if self.flagged.numel() else whole


class TableOutput(nn.Module):
    """Turns the features of every category into shares of its levels (softmax); numbers stay as they are."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.blocks = [block for block in layout.blocks if block.is_category]

    def forward(self, x_hat: Tensor) -> Tensor:
        parts, end = [], 0
        for block in self.blocks:
            parts += [x_hat[:, end : block.start], block.height * x_hat[:, block.features].softmax(dim=1)]
            end = block.stop
        return torch.cat([*parts, x_hat[:, end:]], dim=1) if parts else x_hat


def with_flags(layer: nn.Linear, n_flags: int) -> nn.Linear:
    """The same layer with more inputs, whose weights start at 0: a flag that training never sees changes nothing."""
    wider = nn.utils.skip_init(nn.Linear, layer.in_features + n_flags, layer.out_features)
    with torch.no_grad():
        wider.weight.zero_()
        wider.weight[:, : layer.in_features] = layer.weight
        wider.bias.copy_(layer.bias)
    return cast(nn.Linear, wider)
