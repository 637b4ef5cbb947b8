"""Trains the linear autoencoder fast: its loss depends on the data only through the mean and the covariance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.dataset import FloatArray
from playground.data.table_scaler import Layout
from playground.models.autoencoder import Autoencoder, build
from playground.models.mean import filled, mean_of
from playground.models.spec import RunSpec

STEPS = 1000
LEARNING_RATE = 2e-2
LOOKS = 40  # at the decoder while it learns, evenly spread over the logarithm of the steps

Watch = Callable[[int, Autoencoder], None]


class CovarianceStep:
    """One step of AdamW on the sum of squares of a linear autoencoder, over all training rows at once.

    With C the covariance, encoder E, decoder D and their best biases, the mean loss is
    tr(C) - 2 tr(D E C) + tr(D E C Eᵀ Dᵀ). Where PCA's subspace is unique, it is found (Baldi and Hornik 1989).

    Attributes:
        loss_sum: of the steps since it was last set to zero, float64 (1,), in the units of the data.
    """

    def __init__(self, model: Autoencoder, x: FloatArray, *, weight_decay: float = 0.0, share: float = 1.0) -> None:
        """x (n_samples, n_features) are the training rows in scaled units, a missing entry (nan) counts as the mean.

        `share` is what the loss is multiplied by, 1 / n_features where it is a mean over features.
        """
        layers = (cast(nn.Sequential, part)[-1] for part in (model.encoder, model.decoder))
        self.encoder, self.decoder = (cast(nn.Linear, layer) for layer in layers)
        self.mean = mean_of(x).astype(np.float32)
        centred = filled(x - self.mean).astype(np.float32)
        self.variance = float(np.square(centred, dtype=np.float64).sum() / len(x))
        # One unit of variance per feature, so that Adam's steps fit whatever the units of the data.
        self.scale = self.variance / x.shape[1] or 1.0
        self.share = share
        # The covariance itself, or for samples wider than twice their number the rows that it is made of.
        self._is_wide = x.shape[1] > 2 * len(x)
        scaled = centred / np.float32(math.sqrt(len(x) * self.scale))
        self._factor = scaled if self._is_wide else scaled.T @ scaled
        self._weights = [self.encoder.weight.detach(), self.decoder.weight.detach()]
        self._gradients = [torch.empty_like(weight) for weight in self._weights]
        self._moments = [torch.zeros_like(weight) for weight in self._weights]
        self._squares = [torch.zeros_like(weight) for weight in self._weights]
        self._counts = [torch.zeros(()), torch.zeros(())]
        self._weight_decay = weight_decay
        self.loss_sum = np.zeros(1)

    def __call__(self, learning_rate: float) -> None:
        """One step; the loss before it is added to `loss_sum`."""
        encoder, decoder = (weight.numpy() for weight in self._weights)  # (m, n) and (n, m)
        m = len(encoder)
        both = self._times_covariance(np.concatenate([encoder, decoder.T]))
        through, back = both[:m], both[m:]  # E C and Dᵀ C
        seen = through @ encoder.T  # E C Eᵀ, (m, m)
        square = decoder.T @ decoder
        to_encoder, to_decoder = (gradient.numpy() for gradient in self._gradients)
        np.subtract(square @ through, back, out=to_encoder)
        np.subtract(decoder @ seen, through.T, out=to_decoder)
        left = (square * seen).sum(dtype=np.float64) - 2 * (decoder.T * through).sum(dtype=np.float64)
        self.loss_sum += self.share * (self.variance + self.scale * left)
        torch._fused_adamw_(
            self._weights,
            self._gradients,
            self._moments,
            self._squares,
            [],
            [count.add_(1) for count in self._counts],
            lr=learning_rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=self._weight_decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )

    def set_biases(self) -> None:
        """Gives the model the biases that are best for its weights: those that centre it on the mean."""
        with torch.no_grad():
            self.encoder.bias.copy_(-self.encoder.weight @ torch.from_numpy(self.mean))
            self.decoder.bias.copy_(torch.from_numpy(self.mean))

    def _times_covariance(self, rows: FloatArray) -> FloatArray:
        product = (rows @ self._factor.T) @ self._factor if self._is_wide else rows @ self._factor
        return np.asarray(product, np.float32)

    def state(self) -> dict[str, Tensor]:
        """What the optimiser remembers, and the loss so far."""
        lists = {"moments": self._moments, "squares": self._squares, "counts": self._counts}
        tensors = {f"{name}.{place}": tensor for name, pair in lists.items() for place, tensor in enumerate(pair)}
        return tensors | {"loss_sum": torch.from_numpy(self.loss_sum)}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Goes on from what `state` gave."""
        for name, tensor in self.state().items():
            tensor.copy_(tensors[name])


def looks(steps: int = STEPS, most: int = LOOKS) -> list[int]:
    """The steps before which `fit_linear` lets itself be watched: 0, at most `most` - 2 in between, and the last."""
    between = np.unique(np.geomspace(1, steps, most - 1).round().astype(int))
    return [0, *between.tolist()]


def fit_linear(
    x: FloatArray, latent_dim: int, seed: int, layout: Layout | None = None, watch: Watch | None = None
) -> Autoencoder:
    """A linear autoencoder trained by gradient descent on x (n_samples, n_features), the rows in scaled units.

    A thousand steps of Adam on the covariance cost as much as a few epochs on the rows.

    Args:
        x: the training rows.
        latent_dim: units of the code.
        seed: of the starting weights.
        layout: which features belong to which column of a table.
        watch: called with the number of steps so far, those of `looks`, and the model as it is, its weights only
            (biases are set at the end); it must leave the model alone.
    """
    spec = RunSpec(model="linear", output="linear", latent_dim=latent_dim, seed=seed)
    model = build(spec, x.shape[1], layout)
    step = CovarianceStep(model, x)
    seen = set(looks()) if watch is not None else set()
    for number in range(STEPS):
        if watch is not None and number in seen:
            watch(number, model)
        step(LEARNING_RATE * (1 + math.cos(math.pi * number / STEPS)) / 2)
    if watch is not None:
        watch(STEPS, model)
    step.set_biases()
    return model.eval()
