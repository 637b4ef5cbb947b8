"""The linear autoencoder and PCA: the angles between their subspaces, and the loadings hidden in the decoder.

A linear autoencoder with a squared error learns the subspace of PCA, but not its components: any invertible mixture of
the code is undone by the decoder at no cost (Baldi and Hornik 1989, doi:10.1016/0893-6080(89)90014-2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray

if TYPE_CHECKING:
    from playground.models.autoencoder import Autoencoder

Angles = NDArray[np.float64]  # degrees
Rows = NDArray[np.floating[Any]]

SAME_VARIANCE = 0.1  # of the m-th variance: with so small a gap below it, PCA's subspace is hardly a fact of the data


@dataclass(frozen=True, eq=False)
class Loadings:
    """Directions recovered from a linear decoder, in the order and with the signs of PCA's components.

    Attributes:
        vectors: unit rows, float32 (k, n_features), the i-th matched to PCA's i-th component.
        angles: of each vector to its component, degrees (k,), between 0 and 90.
    """

    vectors: FloatArray
    angles: Angles


def principal_angles(a: Rows, b: Rows) -> Angles:
    """The principal angles between the row spans of a (k, n) and b (l, n), in degrees, the largest first.

    There are as many as the smaller span has dimensions: min(k, l), fewer where rows depend on each other, none where
    one of them is all zero. Small angles come from their sines and large ones from their cosines, so that both are
    exact to rounding (Björck and Golub 1973, doi:10.1090/S0025-5718-1973-0348991-3).

    Raises:
        ValueError: the rows have different lengths, or hold something that is not finite.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"rows of the same length are needed, not {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("every entry has to be a finite number")
    larger, smaller = sorted((_basis(a), _basis(b)), key=lambda basis: -basis.shape[1])
    if not smaller.shape[1]:
        return np.zeros(0)
    inner = larger.T @ smaller
    cosines = np.clip(_singular_values(inner), 0, 1)  # the largest first, hence the smallest angle
    sines = np.clip(_singular_values(np.linalg.qr(smaller - larger @ inner, mode="r")), 0, 1)[::-1]
    radians = np.where(np.square(cosines) >= 0.5, np.arcsin(sines), np.arccos(cosines))
    return np.degrees(radians[::-1])


def decoder_rows(model: Autoencoder) -> NDArray[np.float64]:
    """What each unit of a linear autoencoder's code adds to a reconstruction, (latent_dim, n_features)."""
    weight = model.state_dict()["decoder.0.weight"]  # (n_features, latent_dim)
    return np.array(weight.detach().cpu().numpy(), np.float64).T


def recovered_loadings(decoder: Rows, components: Rows, z: FloatArray | None = None) -> Loadings:
    """Loadings recovered from the left singular vectors of a linear decoder (Plaut 2018, arXiv:1804.10253).

    The decoder alone fixes an orthonormal basis of its subspace, but not which one: where training balances encoder
    and decoder, its singular values say nothing about the data. With the codes of the rows it does: the left singular
    vectors of W C^½, W the decoder (n, m) and C the covariance of the code, are the eigenvectors of the covariance of
    the reconstructions, which at the optimum are PCA's components.

    Order and signs are matched to `components`, for display: one after the other, each takes the vector of those left
    that is closest.

    Args:
        decoder: W transposed, (m, n_features), as `decoder_rows` gives it.
        components: PCA's, orthonormal rows (k, n_features).
        z: codes of the training rows (n_samples, m); without them the singular vectors of W alone.

    Raises:
        ValueError: a length that does not fit.
    """
    if decoder.shape[1] != components.shape[1]:
        raise ValueError(f"rows of the same length are needed, not {decoder.shape} and {components.shape}")
    rows = np.asarray(decoder, np.float64)
    if z is not None:
        if z.ndim != 2 or z.shape[1] != len(rows):
            raise ValueError(f"codes of {len(rows)} units are needed, not {z.shape}")
        centred = z.astype(np.float64) - z.mean(axis=0, dtype=np.float64)
        # R of the codes' QR decomposition is a root of their covariance, without the loss of squaring.
        rows = np.linalg.qr(centred, mode="r") @ rows
    vectors = np.linalg.svd(rows, full_matrices=False)[2][: len(components)]
    return _matched(vectors, np.asarray(components, np.float64))


def has_gap(variances: NDArray[np.float64], m: int) -> bool:
    """Whether PCA's first m directions stand apart from the rest: the next variance is clearly below the m-th.

    Where it is not, another subspace is as good to within rounding or nearly so, and the angle to PCA's tells little.

    Args:
        variances: PCA's, the largest first; whatever is not listed counts as far below.
        m: directions.
    """
    if len(variances) < m or variances[m - 1] <= 0:
        return False
    return len(variances) == m or bool(variances[m] < (1 - SAME_VARIANCE) * variances[m - 1])


def _matched(vectors: NDArray[np.float64], components: NDArray[np.float64]) -> Loadings:
    left = list(range(len(vectors)))
    chosen, angles = [], []
    for component in components[: len(vectors)]:
        inner = vectors[left] @ component
        place = int(np.abs(inner).argmax())
        vector = vectors[left.pop(place)] * (1.0 if inner[place] >= 0 else -1.0)
        chosen.append(vector)
        size = float(np.linalg.norm(component))
        unit = component / size if size else component
        # From the chord, which is exact near 0 where the cosine is not.
        chord = float(np.linalg.norm(vector - unit))
        angles.append(2 * np.arcsin(min(chord / 2, 1.0)) if size else np.pi / 2)
    return Loadings(np.array(chosen, np.float32).reshape(len(chosen), -1), np.degrees(np.array(angles, np.float64)))


def _basis(rows: Rows) -> NDArray[np.float64]:
    """Orthonormal columns (n, rank) of the span of the rows."""
    columns, triangle = np.linalg.qr(np.asarray(rows, np.float64).T)
    left, sizes, _ = np.linalg.svd(triangle, full_matrices=False)
    least = sizes.max(initial=0.0) * max(rows.shape) * float(np.finfo(np.float64).eps)
    return columns @ left[:, sizes > least]


def _singular_values(matrix: Any) -> NDArray[np.float64]:
    return np.asarray(np.linalg.svd(matrix, compute_uv=False), np.float64)
