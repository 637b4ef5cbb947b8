"""Which of some known points lie nearest to others, and how far: the neighbours of a code or of a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from playground.analysis.neighbours import filled

Points = NDArray[np.floating[Any]]


class Nearest:
    """Looks up neighbours among `points` (n, d) by Euclidean distance; a missing entry counts as its column's mean.

    Raises:
        ValueError: there are no points.
    """

    def __init__(self, points: Points) -> None:
        points = np.asarray(points)
        self._fill = np.nan_to_num(np.nanmean(filled(points), axis=0)) if len(points) else np.zeros(points.shape[1])
        self.n_points = len(points)
        self._search = NearestNeighbors().fit(self._whole(points))

    def of(self, queries: Points, k: int = 1) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Places among the points and distances (n_queries, k) of the k nearest to each of `queries` (n_queries, d).

        There are fewer than k where there are fewer points.
        """
        distances, places = self._search.kneighbors(self._whole(queries), min(k, self.n_points))
        return places.astype(np.int64), distances.astype(np.float64)

    def of_each_other(self, k: int = 1) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The same for the points themselves, none of which is its own neighbour."""
        distances, places = self._search.kneighbors(n_neighbors=min(k, self.n_points - 1))
        return places.astype(np.int64), distances.astype(np.float64)

    def _whole(self, x: Points) -> Points:
        x = np.asarray(x)
        missing = np.isnan(x)
        return np.where(missing, self._fill.astype(x.dtype), x) if missing.any() else x
