"""Where one codec beats another: error by sample, by column and by class, on the same rows.

A gain is the error of the one less that of the other: above zero the autoencoder is closer to the original than PCA.
Everything here adds up to the comparison's own numbers: the mean over samples, the sum over columns, and the mean over
classes weighted by their rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.analysis.errors import Errors, column_errors, interval
from playground.data.dataset import FloatArray, IntArray
from playground.data.table_scaler import Layout


@dataclass(frozen=True)
class OfClass:
    """The rows of one class.

    Attributes:
        name: of the class.
        n_rows: of it among the rows that were scored.
        pca, own: the mean error of a row, sum of squared errors, with its 95 % bootstrap interval over rows.
        gain: their difference, PCA's less the autoencoder's, with its paired interval.
    """

    name: str
    n_rows: int
    pca: tuple[float, float, float]
    own: tuple[float, float, float]
    gain: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class ByColumn:
    """Mean squared errors of PCA and of the autoencoder by column of the data.

    Attributes:
        pca, own: over the rows in which the column is known (n_columns,), in scaled units; 0 where it never is. The
            features of a category count together.
        n_known: rows in which it is known (n_columns,).
    """

    pca: Errors
    own: Errors
    n_known: IntArray


def extremes(gains: Errors, most: int) -> tuple[list[int], list[int]]:
    """The places of the largest gains, the largest first, and of the largest losses, the largest first.

    Args:
        gains: one per sample (n_samples,).
        most: of either; fewer where fewer samples gained or lost anything.
    """
    order = np.argsort(-gains, kind="stable")
    won = [int(place) for place in order[:most] if gains[place] > 0]
    lost = [int(place) for place in order[::-1][:most] if gains[place] < 0]
    return won, lost


def by_column(x: FloatArray, by_pca: FloatArray, by_own: FloatArray, layout: Layout | None) -> ByColumn:
    """Errors by column of x and its two reconstructions, (n_samples, n_features) each, in scaled units."""
    (pca, n_known), (own, _) = (_column_means(column_errors(x, x_hat, layout)) for x_hat in (by_pca, by_own))
    return ByColumn(pca, own, n_known)


def by_class(labels: NDArray[np.str_], pca: Errors, own: Errors) -> list[OfClass]:
    """The classes, the one with the largest gain first.

    Args:
        labels: the class of each row (n_samples,).
        pca, own: sum of squared errors of each row (n_samples,).
    """
    classes = []
    for name in np.unique(labels):
        rows = labels == name
        parts = interval(pca[rows]), interval(own[rows]), interval(pca[rows] - own[rows])
        classes.append(OfClass(str(name), int(rows.sum()), *parts))
    return sorted(classes, key=lambda of: -of.gain[0])


def _column_means(squares: Errors) -> tuple[Errors, IntArray]:
    known = np.isfinite(squares).sum(axis=0)
    return np.nansum(squares, axis=0) / np.maximum(known, 1), known
