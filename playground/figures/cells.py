"""Rows of a table as coloured cells: where each value lies in its column, or which level of a category it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.figures import palette

Values = NDArray[np.floating[Any]]

BULK = (1.0, 99.0)  # percentiles of a column at the ends of the scale


@dataclass(frozen=True, eq=False)
class Scale:
    """What colours stand for in each column.

    Attributes:
        low, high: the ends of the scale, in own units (n_columns,).
        is_category: whether a column's values are places of levels (n_columns,).
    """

    low: Values
    high: Values
    is_category: NDArray[np.bool_]

    @classmethod
    def of(cls, x: Values, is_category: NDArray[np.bool_]) -> Scale:
        """From rows x (n, n_columns) in own units; a missing cell (nan) counts for nothing."""
        known = np.where(np.isnan(x).all(axis=0), 0.0, x)
        low, high = np.nanpercentile(known, BULK, axis=0)
        return cls(low, high, is_category)

    def colours(self, x: Values) -> NDArray[np.uint8]:
        """Colours (n, n_columns, 3) of rows x (n, n_columns): a missing cell is grey."""
        wide = np.where(self.high > self.low, self.high - self.low, 1.0)
        share = np.clip((x - self.low) / wide, 0, 1)
        share = np.where(self.high > self.low, share, 0.5)
        stops = np.array([palette.rgb(colour) for colour in palette.SEQUENTIAL])
        where = np.linspace(0, 1, len(stops))
        scaled = np.stack([np.interp(share, where, stops[:, channel]) for channel in range(3)], axis=-1)
        classes = np.array([palette.rgb(colour) for colour in palette.CLASSES])
        level = np.nan_to_num(x).round().astype(np.int64) % len(classes)
        colours = np.where(self.is_category[None, :, None], classes[level], scaled)
        return np.rint(np.where(np.isnan(x)[..., None], palette.rgb(palette.MEAN), colours)).astype(np.uint8)
