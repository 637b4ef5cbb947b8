"""Trains the linear autoencoder fast: its loss depends on the data only through the mean and the covariance."""

from __future__ import annotations

import math

import numpy as np
import torch

from playground.data.dataset import FloatArray
from playground.data.table_scaler import Layout
from playground.models.autoencoder import Autoencoder, build
from playground.models.mean import filled, mean_of
from playground.models.spec import RunSpec

STEPS = 1000
LEARNING_RATE = 2e-2


def fit_linear(x: FloatArray, latent_dim: int, seed: int, layout: Layout | None = None) -> Autoencoder:
    """A linear autoencoder trained by gradient descent on x (n_samples, n_features), the rows in scaled units.

    With C the covariance, encoder E and decoder D and their best biases, the mean loss is
    tr(C) - 2 tr(D E C) + tr(D E C Eᵀ Dᵀ): a thousand steps of Adam on that cost as much as a few epochs on the rows.
    Where PCA's subspace is unique, it is found (Baldi and Hornik 1989).
    """
    mean = mean_of(x)
    centred = filled(x - mean.astype(np.float32))
    covariance = torch.tensor(centred.T @ centred / len(x), dtype=torch.float32)
    scale = float(covariance.diagonal().mean()) or 1.0
    covariance /= scale
    n_features = x.shape[1]
    generator = torch.Generator().manual_seed(seed)
    encoder = torch.randn(latent_dim, n_features, generator=generator) / math.sqrt(n_features)
    decoder = encoder.T.clone()
    weights = [encoder.requires_grad_(), decoder.requires_grad_()]
    optimiser = torch.optim.Adam(weights, lr=LEARNING_RATE, fused=True)
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * (1 + math.cos(math.pi * step / STEPS)) / 2
        optimiser.zero_grad(set_to_none=True)
        through = encoder @ covariance  # E C, (latent_dim, n_features)
        loss = ((decoder.T @ decoder) * (through @ encoder.T)).sum() - 2 * (decoder.T * through).sum()
        loss.backward()
        optimiser.step()
    return _with_weights(encoder.detach(), decoder.detach(), torch.tensor(mean, dtype=torch.float32), layout)


def _with_weights(
    encoder: torch.Tensor, decoder: torch.Tensor, mean: torch.Tensor, layout: Layout | None
) -> Autoencoder:
    """The linear autoencoder with these weights and the biases that centre it on `mean`."""
    latent_dim, n_features = encoder.shape
    model = build(RunSpec(model="linear", output="linear", latent_dim=latent_dim), n_features, layout)
    weights = {
        "encoder.weight": encoder,
        "encoder.bias": -encoder @ mean,
        "decoder.weight": decoder,
        "decoder.bias": mean,
    }
    for part in ("encoder", "decoder"):
        layer = getattr(model, part)[-1]
        layer.load_state_dict({name: weights[f"{part}.{name}"] for name in ("weight", "bias")})
    return model.eval()
