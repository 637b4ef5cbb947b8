"""What a visitor brings, in its own units: rows of numbers or images, with labels and known factors for colour only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.columns import Column, width_of
from playground.errors import DataError

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Colouring = NDArray[np.str_] | NDArray[np.float32] | NDArray[np.float64]
OwnArray = NDArray[np.float32] | NDArray[np.float64]
Kind = Literal["images", "series", "points", "table", "vectors"]

CHANNELS = ("red", "green", "blue")
LEAST_SAMPLES = 20  # fewer cannot be split into training, validation and test rows that mean anything


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples in the visitor's own units; immutable, and the same for everybody who loads the same content.

    Attributes:
        name: the registry's name, or `file-` and the first 32 hex digits of the content hash.
        title: what a page calls it.
        x: the inputs (n_samples, n_features): finite float32, or with `columns` float64 in which a missing cell is
            not-a-number.
        feature_names: one name per column of `x`.
        kind: "images" (`image_shape` is set), "series" (neighbouring features are neighbours in time), "points" (2-D
            or 3-D geometry), "table" (columns of several types, or with missing cells) or "vectors".
        image_shape: (height, width) or (height, width, channels); its product is n_features.
        value_range: what black and white (or the lowest and highest possible value) are, where the data have bounds.
        units: one unit per feature, "" where there is none.
        labels: one class name per sample, or None. Never trained on.
        factors: other known quantities per sample, (n_samples,) each, float32 (nan where unknown) or text; for colour
            only. Never trained on.
        columns: what the columns of `x` stand for, one each; empty where all are plain numbers.
        groups: samples that belong together (n_samples,), such as patches cut from one place of a photo: a split
            never parts them. None where every sample stands for itself.
        intrinsic_dim: the true number of dimensions where it is known.
        first_latent_dim: the bottleneck to begin with.
        lesson: one sentence on what the data set teaches.
        licence: the licence and credit line.
        notes: what the reader decided or left out, a sentence each.
        source: where a visitor's data came from and how they were read, as JSON values: "files", "options", "report".

    Raises:
        DataError: the arrays do not fit each other, hold something that is not finite, or are too few.
    """

    name: str
    title: str
    x: OwnArray
    feature_names: tuple[str, ...]
    kind: Kind = "vectors"
    image_shape: tuple[int, ...] | None = None
    value_range: tuple[float, float] | None = None
    units: tuple[str, ...] = ()
    labels: NDArray[np.str_] | None = None
    label_name: str = "label"
    factors: Mapping[str, Colouring] = field(default_factory=lambda: MappingProxyType({}))
    columns: tuple[Column, ...] = ()
    groups: IntArray | None = None
    intrinsic_dim: int | None = None
    first_latent_dim: int = 2
    lesson: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        wanted = np.float64 if self.columns else np.float32
        if self.x.ndim != 2 or self.x.dtype != wanted:
            raise DataError(f"{self.title}: the samples must be a table of {wanted.__name__}, one row per sample.")
        if len(self.feature_names) != self.n_features:
            raise DataError(f"{self.title}: {self.n_features} columns but {len(self.feature_names)} names.")
        if self.n_samples < LEAST_SAMPLES:
            rows = "1 row is" if self.n_samples == 1 else f"{self.n_samples} rows are"
            raise DataError(f"{self.title}: {rows} not enough: an autoencoder needs at least {LEAST_SAMPLES} rows.")
        if self.image_shape is not None and int(np.prod(self.image_shape)) != self.n_features:
            raise DataError(f"{self.title}: images of {self.image_shape} do not have {self.n_features} values.")
        if tuple(column.name for column in self.columns) not in ((), self.feature_names):
            raise DataError(f"{self.title}: the columns are not those that the features are named after.")
        may_miss = np.array([column.has_missing for column in self.columns] or [False] * self.n_features)
        finite = np.isfinite(self.x)
        if not (finite | (np.isnan(self.x) & may_miss)).all():
            raise DataError(f"{self.title}: some values are missing or infinite.")
        for name, column in self.colours.items():
            if len(column) != self.n_samples:
                raise DataError(f"{self.title}: '{name}' has {len(column)} values for {self.n_samples} samples.")
        if self.groups is not None and len(self.groups) != self.n_samples:
            raise DataError(f"{self.title}: {len(self.groups)} groups for {self.n_samples} samples.")
        self.x.flags.writeable = False

    @property
    def n_samples(self) -> int:
        return self.x.shape[0]

    @property
    def n_features(self) -> int:
        return self.x.shape[1]

    @property
    def width(self) -> int:
        """Features that a model sees: of a table more than it has columns, since a category has one per level."""
        return width_of(self.columns) if self.columns else self.n_features

    @property
    def scaled_names(self) -> tuple[str, ...]:
        """One name per feature that a model sees, `width` of them."""
        return tuple(name for column in self.columns for name in column.feature_names) or self.feature_names

    @property
    def grid(self) -> tuple[int, ...] | None:
        """The shape of one sample whose features have neighbours, channels last; None where they have none.

        (height, width, channels) of images, (length, 1) of series; None for whatever has cells missing.
        """
        if self.columns:
            return None
        if self.image_shape is not None:
            return self.image_shape if len(self.image_shape) == 3 else (*self.image_shape, 1)
        return (self.n_features, 1) if self.kind == "series" else None

    @property
    def n_flags(self) -> int:
        """Inputs besides that tell the encoder of a missing cell, one per column that has any."""
        return sum(column.has_missing for column in self.columns)

    def share_of(self, label: str) -> float:
        """The share of the rows that have this label; 1 for ""."""
        if not label:
            return 1.0
        return 0.0 if self.labels is None else float(np.mean(self.labels == label))

    def shown(self, place: int, x: OwnArray | None = None) -> Colouring:
        """A column as a page shows it, (n_samples,): text for a category or a date, else numbers.

        Args:
            place: of the column.
            x: samples in own units; all of them if left out.
        """
        values = (self.x if x is None else x)[:, place]
        return self.columns[place].shown(values.astype(np.float64)) if self.columns else values.astype(np.float32)

    def in_words(self, x: OwnArray) -> list[dict[str, str]]:
        """Samples in own units (n, n_features) as a visitor would write them: name of the column -> value and unit."""
        if self.columns:
            return [{c.name: c.with_unit(v) for c, v in zip(self.columns, row, strict=True)} for row in x.tolist()]
        units = self.units or ("",) * self.n_features
        named = list(zip(self.feature_names, units, strict=True))
        return [
            {name: f"{value:.6g} {unit}".rstrip() for (name, unit), value in zip(named, row, strict=True)}
            for row in x.tolist()
        ]

    @property
    def colours(self) -> dict[str, Colouring]:
        """What samples can be coloured by, apart from their own columns: the label and the known factors."""
        labels = {} if self.labels is None else {self.label_name: self.labels}
        return labels | dict(self.factors)

    def as_images(self, x: OwnArray) -> FloatArray:
        """Samples x (n, n_features) as pictures (n, height, width) or (n, height, width, 3).

        Raises:
            DataError: these are no images.
        """
        if self.image_shape is None:
            raise DataError(f"{self.title} holds no images.")
        shape = self.image_shape[:2] if self.image_shape[2:] == (1,) else self.image_shape
        return x.reshape(len(x), *shape).astype(np.float32, copy=False)

    @cached_property
    def content_hash(self) -> str:
        """128 bits of SHA-256 over everything that a model or a page could see, as 32 hex digits."""
        digest = hashlib.sha256()
        shape = (self.image_shape, self.value_range, self.units, self.x.shape, self.columns)
        for part in (self.title, self.feature_names, self.kind, *shape):
            digest.update(repr(part).encode())
        digest.update(np.ascontiguousarray(self.x).tobytes())
        if self.groups is not None:
            digest.update(np.ascontiguousarray(self.groups).tobytes())
        for name, column in self.colours.items():
            digest.update(name.encode())
            digest.update("\0".join(map(str, column.tolist())).encode())
        return digest.hexdigest()[:32]


def pixel_names(height: int, width: int, n_channels: int = 1) -> tuple[str, ...]:
    """One name per pixel value of an image, row by row: "pixel 3,5", in colour "pixel 3,5 red"."""
    channels = CHANNELS if n_channels == 3 else ("",)
    return tuple(
        f"pixel {row},{column} {channel}".rstrip()
        for row in range(height)
        for column in range(width)
        for channel in channels
    )
