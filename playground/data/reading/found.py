"""What the readers find in files, before it becomes a `Dataset`: a raw table, or pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it stands in a file.

    Attributes:
        names: of the columns, each different.
        columns: one pyarrow array each, all of one length: text (cells as they stand in the file), or numbers,
            truth values, dates and times where the file has types of its own. A null is an empty cell.
        units: one per column where the file has a row of them, else empty.
        decimal, thousands: the marks in cells of text that are numbers.
    """

    names: Sequence[str]
    columns: Sequence[pa.Array]
    units: Sequence[str] = ()
    decimal: str = "."
    thousands: str = ""

    @property
    def n_rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of one size.

    Attributes:
        pixels: (n, height, width) or (n, height, width, 3), uint8 or float32, in the order of the files' names.
        value_range: what black and white are.
        labels: one class per picture, or None.
        label_name: what the classes are, such as "folder".
        previews: how the first few pictures look with every way of fitting them, by its name in `ReadOptions.fit`:
            uint8 (k, height, width[, 3]). Empty where nothing had to be fitted.
    """

    pixels: NDArray[Any]
    value_range: tuple[float, float]
    labels: NDArray[np.str_] | None = None
    label_name: str = "label"
    previews: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
