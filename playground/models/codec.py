"""The one interface of the autoencoders, PCA and the mean baseline, so that a page never asks which it has."""

from __future__ import annotations

from abc import ABC, abstractmethod

from playground.data.dataset import FloatArray


class Codec(ABC):
    """Maps samples to codes and back, numpy in and out, in the scaled units of a `Split`."""

    @property
    @abstractmethod
    def latent_dim(self) -> int:
        """Numbers per code, m."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Numbers that were learnt from the training rows."""

    @abstractmethod
    def encode(self, x: FloatArray) -> FloatArray:
        """Codes z (n_samples, latent_dim) of samples x (n_samples, n_features)."""

    @abstractmethod
    def decode(self, z: FloatArray) -> FloatArray:
        """Reconstructions x_hat (n_samples, n_features) of codes z (n_samples, latent_dim)."""

    def reconstruct(self, x: FloatArray) -> FloatArray:
        """x_hat (n_samples, n_features): what is left of x after the bottleneck."""
        return self.decode(self.encode(x))
