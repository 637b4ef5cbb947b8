"""The baseline that learns nothing but the mean: what any codec must beat to have learnt something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray
from playground.models.codec import Codec


@dataclass(frozen=True, eq=False)
class Mean(Codec):
    """Reconstructs every sample as the mean of the training rows; its code is empty."""

    mean: FloatArray  # (n_features,)

    @classmethod
    def fit(cls, x: FloatArray) -> Mean:
        """The mean of x (n_samples, n_features); missing entries (nan) are left out."""
        return cls(mean_of(x).astype(np.float32))

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


def mean_of(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """The mean of every feature of x (n_samples, n_features), missing entries (nan) left out; 0 where all are."""
    mean = x.mean(axis=0, dtype=np.float64)
    if np.isfinite(mean).all():
        return mean
    known = np.isfinite(x)
    return np.where(known, x, 0).sum(axis=0, dtype=np.float64) / np.maximum(known.sum(axis=0), 1)


def filled(centred: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows less their mean (n_samples, n_features), with 0, which is the mean, for every missing entry (nan)."""
    missing = np.isnan(centred)
    return np.where(missing, centred.dtype.type(0), centred) if missing.any() else centred
