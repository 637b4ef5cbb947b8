"""The autoencoders: hourglass networks that learn to give back their input through a narrow bottleneck.

A model is a torch module for the trainer and a `Codec` for everybody else; tensors live only here and in the trainer.
Add a kind: write a class, add one line to `BUILD`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.dataset import FloatArray
from playground.data.table_scaler import Layout
from playground.models.codec import Codec
from playground.models.spec import RunSpec

ACTIVATION: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
ROWS_AT_ONCE = 4096  # bounds the memory of encoding a whole data set


class Autoencoder(nn.Module, Codec):
    """Encoder and decoder; `forward` is the one after the other.

    Attributes:
        encoder: x (n, n_features) to z (n, latent_dim).
        decoder: z (n, latent_dim) to x_hat (n, n_features).
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, latent_dim: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self._latent_dim = latent_dim

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.decoder(self.encoder(x)))

    @property
    def latent_dim(self) -> int:
        return self._latent_dim

    @property
    def n_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    def encode(self, x: FloatArray) -> FloatArray:
        return _in_numpy(self, self.encoder, x)

    def decode(self, z: FloatArray) -> FloatArray:
        return _in_numpy(self, self.decoder, z)


def _in_numpy(model: nn.Module, part: nn.Module, rows: FloatArray) -> FloatArray:
    """What `part` makes of `rows`, in evaluation mode and without gradients, a few thousand rows at a time."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            parts = [
                part(torch.tensor(rows[start : start + ROWS_AT_ONCE], dtype=torch.float32, device=device)).cpu().numpy()
                for start in range(0, max(len(rows), 1), ROWS_AT_ONCE)
            ]
    finally:
        model.train(was_training)
    return np.concatenate(parts)


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


def linear(spec: RunSpec, n_features: int, layout: Layout | None, generator: torch.Generator) -> Autoencoder:
    """No hidden layer and no bend: trained long enough, it spans the same subspace as PCA (Baldi and Hornik 1989)."""
    encoder = nn.Sequential(_layer(n_features, spec.latent_dim, generator))
    if layout is not None and layout.flagged:
        encoder.insert(0, FillIn(layout, flags=False))  # without flags, so that it sees what PCA sees
    return Autoencoder(encoder, nn.Sequential(_layer(spec.latent_dim, n_features, generator)), spec.latent_dim)


def dense(spec: RunSpec, n_features: int, layout: Layout | None, generator: torch.Generator) -> Autoencoder:
    """Fully connected hidden layers, mirrored (Hinton and Salakhutdinov 2006, doi:10.1126/science.1127647)."""
    layers = spec.layers(n_features)
    middle = len(layers) // 2
    encoder = _stack(layers[: middle + 1], spec, generator)
    decoder = _stack(layers[middle:], spec, generator)
    if layout is not None and layout.flagged:
        encoder[0] = _with_flags(cast(nn.Linear, encoder[0]), len(layout.flagged))
        encoder.insert(0, FillIn(layout, flags=True))
    if spec.output == "sigmoid":
        decoder.append(nn.Sigmoid())
    if spec.output == "table" and layout is not None:
        decoder.append(TableOutput(layout))
    return Autoencoder(encoder, decoder, spec.latent_dim)


def _stack(layers: Sequence[int], spec: RunSpec, generator: torch.Generator) -> nn.Sequential:
    """Linear layers with batch normalisation and a bend after each but the last."""
    stack = nn.Sequential()
    for place, (before, after) in enumerate(pairwise(layers), start=2):
        stack.append(_layer(before, after, generator))
        if place < len(layers):
            if spec.batch_norm:
                stack.append(nn.BatchNorm1d(after))
            stack.append(ACTIVATION[spec.activation]())
    return stack


def _layer(before: int, after: int, generator: torch.Generator) -> nn.Linear:
    """torch's own starting weights (uniform within 1/sqrt(inputs)), drawn from our generator, not the global one."""
    layer = nn.utils.skip_init(nn.Linear, before, after)
    bound = 1.0 / math.sqrt(before)
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
    return cast(nn.Linear, layer)


def _with_flags(layer: nn.Linear, n_flags: int) -> nn.Linear:
    """The same layer with more inputs, whose weights start at 0: a flag that training never sees changes nothing."""
    wider = nn.utils.skip_init(nn.Linear, layer.in_features + n_flags, layer.out_features)
    with torch.no_grad():
        wider.weight.zero_()
        wider.weight[:, : layer.in_features] = layer.weight
        wider.bias.copy_(layer.bias)
    return cast(nn.Linear, wider)


Builder = Callable[[RunSpec, int, Layout | None, torch.Generator], Autoencoder]
BUILD: dict[str, Builder] = {"dense": dense, "linear": linear}


def build(spec: RunSpec, n_features: int, layout: Layout | None = None) -> Autoencoder:
    """A fresh model with the starting weights that `spec.seed` gives, on the CPU.

    Args:
        n_features: of a sample in scaled units.
        layout: which features belong to which column of a table, `Split.layout`.
    """
    return BUILD[spec.model](spec, n_features, layout, torch.Generator().manual_seed(spec.seed))
