"""Error against m: PCA for every m from one fit, where its curve bends, and which m of PCA matches an autoencoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray
from playground.models.pca import PCA

RANK_TOLERANCE = 1e-10  # of the largest variance: a component with less is rounding
LEAST_DISTANCE = 1e-3  # from the chord, both axes from 0 to 1: a curve that is straighter than that has no elbow
ELBOW_RULE = "the point of the curve farthest below the straight line from its first to its last point"

Numbers = NDArray[np.float64]


def pca_errors(pca: PCA, x: FloatArray) -> Numbers:
    """Sums of squared errors per sample, averaged over x, with the first 0, 1, … K components: (K + 1,).

    The first entry is the error of the mean, K the number of components that carry variance.

    Args:
        pca: with all components that are wanted.
        x: rows (n_samples, n_features) in scaled units; a missing entry (nan) counts for nothing.
    """
    components = pca.components[: _rank(pca)].astype(np.float64)
    centred = x.astype(np.float64) - pca.mean
    known = np.isfinite(centred)
    filled = np.where(known, centred, 0.0)
    codes = filled @ components.T
    total = np.square(filled).sum()
    if known.all():  # orthonormal components: each takes away the square of its code
        left = total - np.concatenate([[0.0], np.cumsum(np.square(codes).sum(axis=0))])
        return np.asarray(np.maximum(left, 0.0) / len(x))
    errors = [total]
    rest = filled.copy()
    for place, component in enumerate(components):
        rest -= np.outer(codes[:, place], component)
        errors.append(float(np.square(np.where(known, rest, 0.0)).sum()))
    return np.array(errors) / len(x)


def units_needed(errors: Numbers, error: float) -> int | None:
    """The smallest k with which PCA's error is no larger than `error`; None where all of its components do not suffice.

    Args:
        errors: with 0, 1, … components, as `pca_errors` gives them; they need not fall, since rows are held out.
        error: of an autoencoder, on the same rows in the same unit.
    """
    enough = np.flatnonzero(errors <= error)
    return int(enough[0]) if enough.size else None


def elbow(m: Sequence[int] | NDArray[np.int_], errors: Sequence[float] | Numbers) -> int | None:
    """The m at which a falling curve bends most: `ELBOW_RULE`, with both axes scaled to the curve's extent.

    The rule of Satopää and others 2011 (Kneedle, doi:10.1109/ICDCSW.2011.20) without its smoothing.

    Args:
        m: increasing (k,).
        errors: at each m (k,).

    Returns:
        One of m; None where there are fewer than three points, or the curve does not fall, or has no bend.
    """
    across, down = np.asarray(m, np.float64), np.asarray(errors, np.float64)
    if len(across) < 3 or not np.isfinite(down).all() or down[0] <= down[-1]:
        return None
    x = (across - across[0]) / (across[-1] - across[0])
    y = (down - down[-1]) / (down[0] - down[-1])
    below = 1 - x - y  # the chord is y = 1 - x; its distance is this over the root of 2
    place = int(below.argmax())
    return int(m[place]) if below[place] > LEAST_DISTANCE else None


def _rank(pca: PCA) -> int:
    """How many components carry variance."""
    variances = pca.explained_variance
    return int((variances > RANK_TOLERANCE * variances.max(initial=0.0)).sum())
