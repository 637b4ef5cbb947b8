"""The baseline that learns nothing but the mean: what any codec must beat to have learnt something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.data.dataset import FloatArray
from playground.models.codec import Codec


@dataclass(frozen=True, eq=False)
class Mean(Codec):
    """Reconstructs every sample as the mean of the training rows; its code is empty."""

    mean: FloatArray  # (n_features,)

    @classmethod
    def fit(cls, x: FloatArray) -> Mean:
        """The mean of x (n_samples, n_features)."""
        return cls(x.mean(axis=0, dtype=np.float64).astype(np.float32))

    @property
    def latent_dim(self) -> int:
        return 0

    @property
    def n_parameters(self) -> int:
        return self.mean.size

    def encode(self, x: FloatArray) -> FloatArray:
        return np.zeros((len(x), 0), np.float32)

    def decode(self, z: FloatArray) -> FloatArray:
        return np.tile(self.mean, (len(z), 1))
