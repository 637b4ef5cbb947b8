"""Principal component analysis, exact: the line to beat.

The error of PCA is the smallest that any linear code of that size can reach on the training rows
(Baldi and Hornik 1989, doi:10.1016/0893-6080(89)90014-2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray
from playground.errors import SpecError
from playground.models.codec import Codec
from playground.models.mean import filled, mean_of

SMALL = 4_000_000  # entries of a table that is decomposed in float64
ROWS_AT_ONCE = 4096  # of a larger one


@dataclass(frozen=True, eq=False)
class PCA(Codec):
    """PCA fitted on training rows; cannot exist unfitted.

    Attributes:
        mean: of the training rows, float32 (n_features,).
        components: orthonormal rows, largest variance first, float32 (latent_dim, n_features).
        explained_variance: per component, with n_samples - 1 in the denominator, float64 (latent_dim,).
        explained_variance_ratio: the same as a share of the total variance, float64 (latent_dim,).
    """

    mean: FloatArray
    components: FloatArray
    explained_variance: NDArray[np.float64]
    explained_variance_ratio: NDArray[np.float64]

    @classmethod
    def fit(cls, x: FloatArray, latent_dim: int) -> PCA:
        """Fits on x (n_samples, n_features) by eigen-decomposition of the smaller of covariance and Gram matrix.

        A missing entry (nan) counts as the mean of its feature, here and in `encode`.

        Signs are fixed (the largest entry of every component is positive), so that refitting never mirrors a map.

        Raises:
            SpecError: latent_dim is outside 1 to min(n_samples, n_features).
        """
        n_samples, n_features = x.shape
        most = min(n_samples, n_features)
        if not 1 <= latent_dim <= most:
            raise SpecError(
                f"latent_dim={latent_dim} must be between 1 and {most}, the smaller of {n_samples} rows and "
                f"{n_features} features."
            )
        mean = mean_of(x)
        if x.size > SMALL and n_features <= n_samples:
            covariance = _covariance(x, mean)
            variances, vectors = np.linalg.eigh(covariance)
            return cls._of(mean, variances, vectors.T, float(np.trace(covariance)), latent_dim)
        # float64 costs nothing on small data; on large ones float32 halves the time.
        exact = x.astype(np.float64) if x.size <= SMALL else x
        centred = filled(exact - mean.astype(exact.dtype))
        # What float32 rounding of the mean leaves behind is taken out of the small matrix, in float64.
        rest = centred.mean(axis=0, dtype=np.float64)
        total = float(np.square(centred, dtype=np.float64).sum() - n_samples * (rest @ rest)) / (n_samples - 1)
        if n_features <= n_samples:
            covariance = (centred.T @ centred).astype(np.float64) - n_samples * np.outer(rest, rest)
            variances, vectors = np.linalg.eigh(covariance / (n_samples - 1))
            components = vectors.T
        else:
            wide = centred.astype(np.float64) - rest
            variances, vectors = np.linalg.eigh(wide @ wide.T / (n_samples - 1))
            components = _orthonormal(vectors.T @ wide)
        return cls._of(mean, variances, components, total, latent_dim)

    @classmethod
    def _of(
        cls,
        mean: NDArray[np.float64],
        variances: NDArray[np.float64],
        components: NDArray[np.float64],
        total: float,
        latent_dim: int,
    ) -> PCA:
        """The first `latent_dim` components, the largest variance first; `total` is the variance of all features."""
        order = np.argsort(variances)[::-1][:latent_dim]
        explained = np.maximum(variances[order], 0.0)
        components = _signs_fixed(components[order])
        return cls(
            mean.astype(np.float32),
            components.astype(np.float32),
            explained,
            explained / total if total > 0 else np.zeros_like(explained),
        )

    def truncated(self, latent_dim: int) -> PCA:
        """The same PCA with its first `latent_dim` components; every smaller m comes free."""
        return PCA(
            self.mean,
            self.components[:latent_dim],
            self.explained_variance[:latent_dim],
            self.explained_variance_ratio[:latent_dim],
        )

    @property
    def latent_dim(self) -> int:
        return self.components.shape[0]

    @property
    def n_parameters(self) -> int:
        return self.mean.size + self.components.size

    def encode(self, x: FloatArray) -> FloatArray:
        return np.asarray(filled(x - self.mean) @ self.components.T, dtype=np.float32)

    def decode(self, z: FloatArray) -> FloatArray:
        return np.asarray(z @ self.components + self.mean, dtype=np.float32)


def _covariance(x: FloatArray, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """The covariance (n_features, n_features) of many rows x, a part at a time: no copy of them, float32 products.

    What float32 rounding of the mean leaves behind is taken out in float64.
    """
    n_samples, n_features = x.shape
    scatter, rest = np.zeros((n_features, n_features)), np.zeros(n_features)
    for start in range(0, n_samples, ROWS_AT_ONCE):
        centred = filled(x[start : start + ROWS_AT_ONCE] - mean.astype(x.dtype))
        scatter += centred.T @ centred
        rest += centred.sum(axis=0, dtype=np.float64)
    return (scatter - np.outer(rest, rest) / n_samples) / (n_samples - 1)


def _orthonormal(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows scaled to length one; a row of no length (a rank-deficient direction) stays zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    tiny = lengths <= lengths.max() * 1e-7
    return np.where(tiny, 0.0, rows / np.where(tiny, 1.0, lengths))


def _signs_fixed(components: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.abs(components).argmax(axis=1)
    signs = np.sign(components[np.arange(len(components)), largest])
    return components * np.where(signs == 0, 1.0, signs)[:, None]
