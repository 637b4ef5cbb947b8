"""The autoencoders: hourglass networks that learn to give back their input through a narrow bottleneck.

A model is a torch module for the trainer and a `Codec` for everybody else; tensors live only here and in the trainer.
Add a kind with layers of its own: write a function, add one line to `BUILD`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.dataset import FloatArray
from playground.data.table_scaler import Layout
from playground.errors import SpecError
from playground.models import convolution
from playground.models.codec import Codec
from playground.models.layers import FillIn, TableOutput, Transposed, bend, linear_layer, with_flags
from playground.models.sizes import Grid
from playground.models.spec import RunSpec

ROWS_AT_ONCE = 4096  # bounds the memory of encoding a whole data set
WIDEST_LOG_VARIANCE = 12.0  # of a VAE's clouds: its exponential is still a number that training can mend


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

    def code(self, x: Tensor) -> Tensor:
        """z (n, latent_dim) of x (n, n_features)."""
        return cast(Tensor, self.encoder(x))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.decoder(self.code(x)))

    @property
    def latent_dim(self) -> int:
        return self._latent_dim

    @property
    def n_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    def encode(self, x: FloatArray) -> FloatArray:
        return _in_numpy(self, self.code, x)

    def decode(self, z: FloatArray) -> FloatArray:
        return _in_numpy(self, self.decoder, z)


def _in_numpy(model: nn.Module, part: Callable[[Tensor], Tensor], rows: FloatArray) -> FloatArray:
    """What `part` makes of `rows`, in evaluation mode and without gradients, a few thousand rows at a time."""
    device = next(model.parameters()).device
    with evaluating(model):
        parts = [
            part(torch.tensor(rows[start : start + ROWS_AT_ONCE], dtype=torch.float32, device=device)).cpu().numpy()
            for start in range(0, max(len(rows), 1), ROWS_AT_ONCE)
        ]
    return np.concatenate(parts)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode and no gradients; the model is left as it was."""
    was_training = model.training
    if was_training:  # telling every layer takes longer than a small network's pass
        model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        if was_training:
            model.train()


class VariationalAutoencoder(Autoencoder):
    """An autoencoder whose encoder gives a normal distribution per sample; as a codec, the code is its mean.

    Attributes:
        encoder: x (n, n_features) to (n, 2 latent_dim), means and logarithms of variances.
    """

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of the variances of q(z | x), (n, latent_dim) each."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance.clamp(-WIDEST_LOG_VARIANCE, WIDEST_LOG_VARIANCE)

    def code(self, x: Tensor) -> Tensor:
        return self.posterior(x)[0]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a network has to know of the data it is built for.

    Attributes:
        n_features: of a sample in scaled units.
        layout: which features belong to which column of a table, `Split.layout`.
        grid: the shape of one sample whose features have neighbours, `Split.grid`.
    """

    n_features: int
    layout: Layout | None = None
    grid: Grid | None = None

    @property
    def n_flags(self) -> int:
        return len(self.layout.flagged) if self.layout is not None else 0


def linear(spec: RunSpec, inputs: Inputs, generator: torch.Generator) -> Autoencoder:
    """No hidden layer and no bend: trained long enough, it spans the same subspace as PCA (Baldi and Hornik 1989).

    It starts near an orthogonal projection: of torch's own starting weights, some directions are found only late.
    """
    n, m = inputs.n_features, spec.latent_dim
    encoder, decoder = linear_layer(n, m, generator), linear_layer(m, n, generator)
    with torch.no_grad():
        encoder.weight.copy_(torch.randn(m, n, generator=generator) / math.sqrt(n))
        decoder.weight.copy_(encoder.weight.T)
    stack = nn.Sequential(encoder)
    if inputs.layout is not None and inputs.n_flags:
        stack.insert(0, FillIn(inputs.layout, flags=False))  # without flags, so that it sees what PCA sees
    return Autoencoder(stack, nn.Sequential(decoder), m)


def plain(spec: RunSpec, inputs: Inputs, generator: torch.Generator) -> Autoencoder:
    """Hidden layers, mirrored: fully connected ones (Hinton and Salakhutdinov 2006), or convolutions."""
    return Autoencoder(
        _encoder(spec, inputs, spec.latent_dim, generator), _decoder(spec, inputs, generator), spec.latent_dim
    )


def sparse(spec: RunSpec, inputs: Inputs, generator: torch.Generator) -> Autoencoder:
    """A code that can be small: never negative for L1, between 0 and 1 for the KL divergence to a target activity."""
    model = plain(spec, inputs, generator)
    cast(nn.Sequential, model.encoder).append(nn.ReLU() if spec.sparsity == "l1" else nn.Sigmoid())
    return model


def variational(spec: RunSpec, inputs: Inputs, generator: torch.Generator) -> Autoencoder:
    """An encoder with twice the outputs: a mean and a logarithm of a variance per unit (Kingma and Welling 2014)."""
    return VariationalAutoencoder(
        _encoder(spec, inputs, 2 * spec.latent_dim, generator), _decoder(spec, inputs, generator), spec.latent_dim
    )


def tied(spec: RunSpec, inputs: Inputs, generator: torch.Generator) -> Autoencoder:
    """A decoder with the encoder's weights, transposed."""
    encoder = _encoder(spec, inputs, spec.latent_dim, generator)
    owners = [layer for layer in encoder if isinstance(layer, nn.Linear)]
    widths = (inputs.n_features, *spec.hidden)
    decoder = nn.Sequential()
    for owner, after in zip(reversed(owners), reversed(widths), strict=True):
        decoder.append(Transposed(owner, after, generator))
        if owner is not owners[0]:
            decoder.extend(bend(spec, nn.BatchNorm1d(after)))
    return Autoencoder(encoder, _with_output(decoder, spec, inputs), spec.latent_dim)


def _encoder(spec: RunSpec, inputs: Inputs, code: int, generator: torch.Generator) -> nn.Sequential:
    if spec.is_convolutional and inputs.grid is not None:
        return convolution.encoder(spec, inputs.grid, code, generator)
    encoder = _stack((inputs.n_features, *spec.hidden, code), spec, generator)
    if inputs.layout is not None and inputs.n_flags:
        encoder[0] = with_flags(cast(nn.Linear, encoder[0]), inputs.n_flags)
        encoder.insert(0, FillIn(inputs.layout, flags=True))
    return encoder


def _decoder(spec: RunSpec, inputs: Inputs, generator: torch.Generator) -> nn.Sequential:
    if spec.is_convolutional and inputs.grid is not None:
        decoder = convolution.decoder(spec, inputs.grid, generator)
    else:
        decoder = _stack((spec.latent_dim, *reversed(spec.hidden), inputs.n_features), spec, generator)
    return _with_output(decoder, spec, inputs)


def _with_output(decoder: nn.Sequential, spec: RunSpec, inputs: Inputs) -> nn.Sequential:
    if spec.output == "sigmoid":
        decoder.append(nn.Sigmoid())
    if spec.output == "table" and inputs.layout is not None:
        decoder.append(TableOutput(inputs.layout))
    return decoder


def _stack(layers: Sequence[int], spec: RunSpec, generator: torch.Generator) -> nn.Sequential:
    """Linear layers with batch normalisation and a bend after each but the last."""
    stack = nn.Sequential()
    for place, (before, after) in enumerate(pairwise(layers), start=2):
        stack.append(linear_layer(before, after, generator))
        if place < len(layers):
            stack.extend(bend(spec, nn.BatchNorm1d(after)))
    return stack


Builder = Callable[[RunSpec, Inputs, torch.Generator], Autoencoder]
BUILD: dict[str, Builder] = {
    "dense": plain,
    "linear": linear,
    "convolutional": plain,
    "denoising": plain,
    "sparse": sparse,
    "contractive": plain,
    "tied": tied,
    "vae": variational,
}


def build(spec: RunSpec, n_features: int, layout: Layout | None = None, grid: Grid | None = None) -> Autoencoder:
    """A fresh model with the starting weights that `spec.seed` gives, on the CPU.

    Args:
        spec: the settings.
        n_features: of a sample in scaled units.
        layout: which features belong to which column of a table, `Split.layout`.
        grid: the shape of one sample, `Split.grid`; convolutions need one.
    """
    if spec.is_convolutional and grid is None:
        raise SpecError("Convolutions need samples whose features have neighbours: images or series.")
    return BUILD[spec.model](spec, Inputs(n_features, layout, grid), torch.Generator().manual_seed(spec.seed))
