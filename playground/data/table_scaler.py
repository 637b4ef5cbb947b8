"""The way of a table into what a model sees, and back: every column becomes one or more features of one scale.

Fitted on the training rows alone. A column's features together have variance 1 on the training rows (times the
column's weight), whatever its type, so that a squared error summed over features counts every column alike: 0 is
perfect, 1 is as good as the column's mean or the shares of its levels. For categories that is the scaling of factor
analysis of mixed data (Pagès 2004), which makes PCA on the same features a fair baseline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from playground.data.columns import CYCLES, DAY, Column, Values, check_scaling
from playground.data.dataset import Dataset, FloatArray, IntArray

TINY = 1e-12
SHARE_OF_CYCLES = 0.25  # of a date's variance
LARGEST = 1e30  # a decoded number stays below: what a wild code gives should not overflow


@dataclass(frozen=True)
class Block:
    """The features `start` to `stop` (not included) that one column became.

    Attributes:
        name: of the column.
        is_category: whether they are the levels of a category, of which one is `height` and the others 0.
        height: of a level that is present.
        variance: of all of them together, on the training rows; the error of the mean baseline.
        entropy: of the levels' shares on the training rows, in nats; 0 for other columns.
        weight: the column's.
    """

    name: str
    start: int
    stop: int
    is_category: bool
    height: float
    variance: float
    entropy: float
    weight: float

    @property
    def features(self) -> slice:
        return slice(self.start, self.stop)


@dataclass(frozen=True, eq=False)
class Layout:
    """What a model has to know of the features of a table.

    Attributes:
        blocks: one per column, in order.
        flagged: the first feature of every column with missing cells: the encoder is told where they are.
        fill: what stands in for a missing cell, the mean of the training rows, float32 (n_features,).
    """

    blocks: tuple[Block, ...]
    flagged: tuple[int, ...]
    fill: FloatArray

    @property
    def n_features(self) -> int:
        return self.fill.size


class _Encoder(Protocol):
    """One column's way to its features and back, without weight; `spread` scales them to variance 1."""

    def encode(self, values: Values) -> NDArray[np.float64]: ...  # (n,) -> (n, width)

    def decode(self, features: NDArray[np.float64]) -> Values: ...  # (n, width) -> (n,)


@dataclass(frozen=True)
class _Number:
    """A number less `shift`, over `spread`; a skewed one first becomes log(1 + x / typical)."""

    shift: float
    spread: float
    typical: float | None = None  # the median of the positive training values, where the logarithm is taken

    @classmethod
    def fit(cls, known: Values, scaling: str) -> _Number:
        if scaling == "none" or not known.size:
            return cls(0.0, 1.0)
        if scaling == "range":
            return cls(float(known.min()), _at_least_tiny(float(np.ptp(known))))
        positive = known[known > 0]
        typical = float(np.median(positive)) if scaling == "log" and positive.size else None
        bent = known if typical is None else np.log1p(np.maximum(known, 0.0) / typical)
        return cls(float(bent.mean()), _at_least_tiny(float(bent.std())), typical)

    def encode(self, values: Values) -> NDArray[np.float64]:
        bent = values if self.typical is None else np.log1p(np.maximum(values, 0.0) / self.typical)
        return ((bent - self.shift) / self.spread)[:, None]

    def decode(self, features: NDArray[np.float64]) -> Values:
        bent = features[:, 0] * self.spread + self.shift
        with np.errstate(over="ignore"):
            own = bent if self.typical is None else np.expm1(bent) * self.typical
        return np.clip(own, -LARGEST, LARGEST)


@dataclass(frozen=True)
class _Category:
    n_levels: int
    height: float

    @classmethod
    def fit(cls, known: Values, n_levels: int) -> _Category:
        shares = _shares(known, n_levels)
        variance = float((shares * (1 - shares)).sum())
        return cls(n_levels, 1 / math.sqrt(variance) if variance > TINY else 1.0)

    def encode(self, values: Values) -> NDArray[np.float64]:
        one_hot = (values[:, None] == np.arange(self.n_levels)) * self.height
        one_hot[np.isnan(values)] = np.nan
        return one_hot

    def decode(self, features: NDArray[np.float64]) -> Values:
        return features.argmax(axis=1).astype(np.float64)


@dataclass(frozen=True)
class _Time:
    """A time of day on its circle, so that a minute before midnight is near midnight."""

    shift: tuple[float, float]
    spread: float

    @classmethod
    def fit(cls, known: Values) -> _Time:
        wave = _wave(known, DAY)
        if not known.size:
            return cls((0.0, 0.0), 1.0)
        means = wave.mean(axis=0)
        return cls((float(means[0]), float(means[1])), _at_least_tiny(math.sqrt(float(wave.var(axis=0).sum()))))

    def encode(self, values: Values) -> NDArray[np.float64]:
        return (_wave(values, DAY) - self.shift) / self.spread

    def decode(self, features: NDArray[np.float64]) -> Values:
        wave = features * self.spread + self.shift
        turn = np.arctan2(wave[:, 0], wave[:, 1]) / (2 * math.pi)
        return np.round(turn % 1.0 * DAY) % DAY


@dataclass(frozen=True)
class _Date:
    """A date as its day, the time of that day, and the cycles it goes through.

    The cycles together have `SHARE_OF_CYCLES` of the variance: whether a day is a Monday matters less than the day.
    """

    shift: float
    spread: float
    has_time: bool
    cycles: tuple[str, ...]

    @classmethod
    def fit(cls, known: Values, column: Column) -> _Date:
        days = np.floor(known / DAY)
        shift, spread = (float(days.mean()), float(days.std())) if known.size else (0.0, 1.0)
        return cls(shift, _at_least_tiny(spread), column.has_time, column.cycles)

    @property
    def _root(self) -> float:
        """The root of the day's share of the variance, and of the clock's."""
        return math.sqrt((1 - SHARE_OF_CYCLES if self.cycles else 1.0) / (1 + self.has_time))

    def encode(self, values: Values) -> NDArray[np.float64]:
        days = np.floor(values / DAY)
        clock = [((values - days * DAY) / DAY - 0.5) * math.sqrt(12)] if self.has_time else []
        place = [part * self._root for part in ((days - self.shift) / self.spread, *clock)]
        root = math.sqrt(SHARE_OF_CYCLES / max(len(self.cycles), 1))  # sine and cosine together have variance 1
        waves = [_wave(values, CYCLES[cycle]) * root for cycle in self.cycles]
        return np.stack([*place, *(wave[:, i] for wave in waves for i in (0, 1))], axis=1)

    def decode(self, features: NDArray[np.float64]) -> Values:
        days = np.round(features[:, 0] / self._root * self.spread + self.shift)
        if not self.has_time:
            return days * DAY
        clock = (features[:, 1] / self._root / math.sqrt(12) + 0.5) * DAY
        return days * DAY + np.clip(np.round(clock), 0, DAY - 1)


@dataclass(frozen=True, eq=False)
class TableScaler:
    """Own units to features and back, for data with columns.

    Attributes:
        columns: of the data.
        layout: where each column's features are.
    """

    columns: tuple[Column, ...]
    layout: Layout
    encoders: tuple[_Encoder, ...]
    roots: tuple[float, ...]  # of the weights: a squared error then carries the weight itself

    @classmethod
    def fit(cls, dataset: Dataset, train_rows: IntArray, scaling: str) -> TableScaler:
        """Learns every column from the training rows of `dataset` alone.

        Args:
            scaling: "auto" scales every number as its column says; "standard", "range" and "none" scale all numbers
                alike.
        """
        check_scaling(scaling)
        columns = dataset.columns
        train = np.asarray(dataset.x[train_rows], dtype=np.float64)
        encoders: list[_Encoder] = []
        blocks: list[Block] = []
        fill = np.zeros(dataset.width)
        start = 0
        for place, column in enumerate(columns):
            values = train[:, place]
            known = values[np.isfinite(values)]
            encoder = _encoder(column, known, column.scaling if scaling == "auto" else scaling)
            features = encoder.encode(known) * math.sqrt(column.weight)
            stop = start + column.width
            fill[start:stop] = features.mean(axis=0) if known.size else 0.0
            blocks.append(_block(column, start, stop, encoder, features, known))
            encoders.append(encoder)
            start = stop
        flagged = tuple(b.start for b, column in zip(blocks, columns, strict=True) if column.has_missing)
        layout = Layout(tuple(blocks), flagged, fill.astype(np.float32))
        return cls(columns, layout, tuple(encoders), tuple(math.sqrt(column.weight) for column in columns))

    def apply(self, x: NDArray[np.floating]) -> FloatArray:
        """Own units (n_samples, n_columns) to features, float32 (n_samples, n_features); a missing cell stays nan."""
        return self.features(x).astype(np.float32)

    def features(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """The same before it is rounded to float32: what `undo` turns back into every cell as it was."""
        features = np.empty((len(x), self.layout.n_features))
        for place, block in enumerate(self.layout.blocks):
            own = np.asarray(x[:, place], dtype=np.float64)
            features[:, block.features] = self.encoders[place].encode(own) * self.roots[place]
        return features

    def undo(self, x: NDArray[np.floating], places: Sequence[int] | None = None) -> Values:
        """Features back to own units, float64 (n_samples, n_columns): the likeliest level, a whole second, a number.

        Args:
            x: features (n_samples, n_features).
            places: of the columns that are wanted; all if left out.
        """
        places = range(len(self.columns)) if places is None else places
        own = np.empty((len(x), len(places)))
        for at, place in enumerate(places):
            features = np.asarray(x[:, self.layout.blocks[place].features], dtype=np.float64) / self.roots[place]
            own[:, at] = self.encoders[place].decode(features)
            own[np.isnan(features).any(axis=1), at] = np.nan
        return own


def _encoder(column: Column, known: Values, scaling: str) -> _Encoder:
    if column.is_category:
        return _Category.fit(known, len(column.levels))
    if column.type == "time":
        return _Time.fit(known)
    if column.type == "date":
        return _Date.fit(known, column)
    return _Number.fit(known, scaling)


def _block(
    column: Column, start: int, stop: int, encoder: _Encoder, features: NDArray[np.float64], known: Values
) -> Block:
    variance = float(features.var(axis=0).sum()) if len(features) else 0.0
    entropy, height = 0.0, 1.0
    if isinstance(encoder, _Category):
        shares = _shares(known, encoder.n_levels)
        entropy = float(-(shares * np.log(np.maximum(shares, TINY))).sum())
        height = encoder.height * math.sqrt(column.weight)
    return Block(column.name, start, stop, column.is_category, height, variance, entropy, column.weight)


def _shares(known: Values, n_levels: int) -> Values:
    counts = np.bincount(known.astype(np.int64), minlength=n_levels)
    return counts / max(known.size, 1)


def _wave(seconds: Values, length: float) -> NDArray[np.float64]:
    """Sine and cosine of the phase within a cycle of `length` seconds, (n, 2)."""
    phase = 2 * math.pi * (seconds % length) / length
    return np.stack([np.sin(phase), np.cos(phase)], axis=1)


def _at_least_tiny(spread: float) -> float:
    return spread if spread > TINY else 1.0  # a constant column stays at 0 instead of becoming 0/0
