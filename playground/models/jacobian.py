"""What moves what: the decoder's derivatives at a code, and the patterns that the first layer looks for."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.dataset import FloatArray
from playground.models.activity import watched_pass
from playground.models.autoencoder import Autoencoder, VariationalAutoencoder
from playground.models.layers import FillIn

UNITS_AT_ONCE = 16  # bounds the memory of a large network's derivatives


def decoder_jacobian(model: Autoencoder, z: FloatArray) -> FloatArray:
    """How every decoded feature changes with every unit of the code, at one point of it, (n_features, latent_dim).

    Exact derivatives, in evaluation mode and scaled units; the model is left as it was.

    Args:
        z: the point (latent_dim,).
    """
    parameter = next(model.decoder.parameters())
    point = torch.tensor(np.asarray(z), dtype=parameter.dtype, device=parameter.device)
    directions = torch.eye(len(point)).to(point)
    was_training = model.training
    model.eval()
    try:
        columns = [_moved(model.decoder, point, some) for some in directions.split(UNITS_AT_ONCE)]
    finally:
        model.train(was_training)
    return cast(FloatArray, torch.cat(columns).T.cpu().numpy())


def _moved(decoder: nn.Module, point: Tensor, directions: Tensor) -> Tensor:
    """The change of x_hat (k, n_features) for a step from the point (latent_dim,) in each direction (k, latent_dim).

    J'v is linear in v, and its derivative by v in the direction d is Jd: two backward passes for all directions, and
    none per feature.
    """
    with torch.enable_grad():
        codes = point.expand(len(directions), -1).clone().requires_grad_()
        x_hat = decoder(codes)
        v = torch.zeros_like(x_hat, requires_grad=True)
        (back,) = torch.autograd.grad(x_hat, codes, v, create_graph=True)
        (moved,) = torch.autograd.grad(back, v, directions)
    return moved


def first_layer(model: Autoencoder) -> FloatArray:
    """The input that excites each unit of the encoder's first layer most, among all of length 1: w / |w|.

    (Ng 2011, CS294A lecture notes on sparse autoencoders, "Visualizing a trained autoencoder".) Inputs are measured
    from the point where their features are 0. Flags of missing cells are left out.

    Returns:
        Of a dense layer (units, n_features), of a convolution its filters, channels last: (channels, height, width,
        input channels) or (channels, length, input channels). A unit without any weight is all 0.
    """
    stack = list(cast(nn.Sequential, model.encoder))
    layer = next(layer for layer in stack if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d))
    weight = layer.weight.detach().cpu()
    if isinstance(layer, nn.Linear):
        fill = next((before.fill for before in stack if isinstance(before, FillIn)), None)
        weight = weight[:, : weight.shape[1] if fill is None else len(fill)]
        if isinstance(model, VariationalAutoencoder):
            has_one_layer = not any(isinstance(other, nn.Linear) for other in stack if other is not layer)
            weight = weight[: model.latent_dim] if has_one_layer else weight  # the means, without the variances
    else:
        weight = weight.movedim(1, -1)
    size = weight.flatten(1).norm(dim=1).clamp(min=torch.finfo(weight.dtype).tiny)
    return cast(FloatArray, (weight / size.reshape(-1, *[1] * (weight.ndim - 1))).numpy())


def first_layer_activity(model: Autoencoder, x: FloatArray) -> FloatArray:
    """The standard deviation of what each unit of the first layer answers to rows x (n, n_features), (units,).

    Of a convolution one number per channel: the root mean square over its places. Not-a-number counts as 0.
    """
    parameter = next(model.parameters())
    answers = watched_pass(model, torch.tensor(x, device=parameter.device), len(x)).activity[1]
    by_unit = answers.astype(np.float64).reshape(len(first_layer(model)), -1)  # channel by channel
    return np.nan_to_num(np.sqrt(np.square(by_unit).mean(axis=1))).astype(np.float32)
