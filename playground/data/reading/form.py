"""The form of a data set: what a stranger's row has to be brought into before a model of it can look at it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from playground.data.columns import DAY, Column, Values
from playground.data.dataset import Dataset, IntArray, OwnArray
from playground.data.reading.options import ReadOptions

# What was said or decided of the data holds for a new row too; how their file was written does not.
LASTING = ("date_order", "missing_values", "below", "fit", "background", "colour")
DECIDED = ("fit", "background", "colour")  # from all pictures together: one alone cannot tell


@dataclass(frozen=True, eq=False)
class Form:
    """All that `rows.read_rows` needs to know of a data set, without its rows.

    Attributes:
        title, kind, image_shape: of the data set.
        columns: one per column of `Dataset.x`; plain numbers where the data set has no columns of its own.
        is_plain: whether it has none.
        value_range: what black and white are, of pictures; else None.
        fill: what stands in for a missing cell (n_columns,): the mean of the training rows, or their commonest level.
        low, high: the extremes of each column (n_columns,).
        originals: what the columns were called in their own file -> their names.
        order: the columns of that file, those left out of the inputs among them; () where there was no file.
        options: how it was read, see `ReadOptions.to_json`; what was decided of its pictures among it.
    """

    title: str
    kind: str
    columns: tuple[Column, ...]
    is_plain: bool
    image_shape: tuple[int, ...] | None
    value_range: tuple[float, float] | None
    fill: Values
    low: Values
    high: Values
    originals: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset, train_rows: IntArray | None = None) -> Form:
        """The form of these data.

        Args:
            train_rows: the rows that a missing cell is filled from; all if left out.
        """
        units = dataset.units or ("",) * dataset.n_features
        plain = tuple(Column(name, unit=unit) for name, unit in zip(dataset.feature_names, units, strict=True))
        columns = dataset.columns or plain
        x = dataset.x if train_rows is None else dataset.x[train_rows]
        if dataset.columns:
            parts = [_summary(column, x[:, place]) for place, column in enumerate(columns)]
            fill, low, high = (np.array(values, dtype=np.float64) for values in zip(*parts, strict=True))
        else:
            fill, low, high = x.mean(axis=0, dtype=np.float64), *(each.astype(np.float64) for each in _ends(x))
        limits = dataset.value_range
        if dataset.image_shape is not None and limits is None:
            limits = float(low.min()), float(high.max())
        report = dataset.source.get("report", {})
        reported = report.get("columns", [])
        decided = {name: value for name, value in report.get("decisions", {}).items() if name in DECIDED}
        return cls(
            title=dataset.title,
            kind=dataset.kind,
            columns=columns,
            is_plain=not dataset.columns,
            image_shape=dataset.image_shape,
            value_range=limits if dataset.image_shape is not None else None,
            fill=fill,
            low=low,
            high=high,
            originals={column["original"]: column["name"] for column in reported},
            order=tuple(column["original"] for column in reported),
            options=decided | dict(dataset.source.get("options", {})),
        )

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a picture; of anything else it is a line of values."""
        height, width = (self.image_shape or (1, self.n_columns))[:2]
        return width, height

    @property
    def n_channels(self) -> int:
        """1 for grey pictures, 3 for colour."""
        shape = self.image_shape or ()
        return shape[2] if len(shape) == 3 else 1

    @property
    def limits(self) -> tuple[float, float]:
        """What black and white are; for what is no picture, the extremes of all values."""
        return self.value_range or (float(self.low.min()), float(self.high.max()))

    def finished(self, x: Values) -> OwnArray:
        """Rows in the type that the data set has."""
        own: OwnArray = x.astype(np.float32) if self.is_plain else x.astype(np.float64)
        return own

    def reading(self, options: ReadOptions) -> ReadOptions:
        """How a new file is read: as is said now, else as the data set's own was where that still means something."""
        said = options.to_json()
        lasting = {name: value for name, value in self.options.items() if name in LASTING}
        return ReadOptions.from_json(lasting | said)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        arrays = {name: values[name].tolist() for name in ("fill", "low", "high")}
        return values | arrays | {"columns": [dataclasses.asdict(column) for column in self.columns]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Form:
        """Reads what `to_json` gave."""
        arrays = {name: np.array(values[name], dtype=np.float64) for name in ("fill", "low", "high")}
        tuples = {
            name: None if values[name] is None else tuple(values[name])
            for name in ("image_shape", "value_range", "order")
        }
        columns = tuple(
            Column(**column | {name: tuple(column[name]) for name in ("levels", "cycles")})
            for column in values["columns"]
        )
        return cls(**dict(values) | arrays | tuples | {"columns": columns})


def default_options() -> ReadOptions:
    """Everything is decided from the file."""
    return ReadOptions.from_json({})


def _ends(x: OwnArray) -> tuple[OwnArray, OwnArray]:
    low: OwnArray = x.min(axis=0)
    high: OwnArray = x.max(axis=0)
    return low, high


def _summary(column: Column, values: OwnArray) -> tuple[float, float, float]:
    """What fills a missing cell, the lowest and the highest value."""
    known = values[np.isfinite(values)].astype(np.float64)
    if not known.size:
        return 0.0, 0.0, 0.0
    low, high = float(known.min()), float(known.max())
    if column.is_category:
        return float(np.bincount(known.astype(np.int64)).argmax()), low, high
    if column.type == "time":  # on its circle
        turn = np.exp(2j * np.pi * known / DAY).mean()
        return float(round(np.angle(turn) / (2 * np.pi) % 1.0 * DAY) % DAY), low, high
    if column.type == "date":
        middle = float(known.mean())
        return (float(round(middle)) if column.has_time else float(middle // DAY * DAY)), low, high
    return float(known.mean()), low, high
