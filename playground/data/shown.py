"""How a page draws samples of a data set: decided in one place, for every page, film and writer of snapshots."""

from __future__ import annotations

from typing import Literal

from playground.data.dataset import Dataset
from playground.data.split import Split

Shown = Literal["image", "series", "points", "table"]


def kind_of(data: Dataset | Split) -> Shown:
    """What a sample is drawn as; the same answer for a data set and for its splits.

    "image" and "series" have a grid; "points" are 2 or 3 plain numbers, complete in every row, whatever they stand for;
    everything else is a row of a "table".
    """
    if data.grid is not None:
        return "image" if len(data.grid) == 3 else "series"
    plain = data.layout is None if isinstance(data, Split) else not data.columns
    return "points" if plain and data.n_features in (2, 3) else "table"
