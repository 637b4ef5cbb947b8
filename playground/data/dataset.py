"""What a visitor brings, in its own units: rows of numbers or images, with labels and known factors for colour only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.errors import DataError

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Kind = Literal["images", "vectors", "points"]

LEAST_SAMPLES = 20  # fewer cannot be split into training, validation and test rows that mean anything


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples in the visitor's own units; immutable, and the same for everybody who loads the same content.

    Attributes:
        name: the registry's name, or `file-` and the first 32 hex digits of the content hash.
        title: what a page calls it.
        x: the inputs, float32 (n_samples, n_features), finite.
        feature_names: one name per column of `x`.
        kind: "images" (`image_shape` is set), "points" (2-D or 3-D geometry) or "vectors".
        image_shape: (height, width) or (height, width, channels); its product is n_features.
        value_range: what black and white (or the lowest and highest possible value) are, where the data have bounds.
        units: one unit per feature, "" where there is none.
        labels: one class name per sample, or None. Never trained on.
        factors: other known quantities per sample, (n_samples,) each; for colour only. Never trained on.
        intrinsic_dim: the true number of dimensions where it is known.
        first_latent_dim: the bottleneck to begin with.
        lesson: one sentence on what the data set teaches.
        licence: the licence and credit line.
        notes: what the reader decided or left out, a sentence each.

    Raises:
        DataError: the arrays do not fit each other, hold something that is not finite, or are too few.
    """

    name: str
    title: str
    x: FloatArray
    feature_names: tuple[str, ...]
    kind: Kind = "vectors"
    image_shape: tuple[int, ...] | None = None
    value_range: tuple[float, float] | None = None
    units: tuple[str, ...] = ()
    labels: NDArray[np.str_] | None = None
    label_name: str = "label"
    factors: Mapping[str, FloatArray] = field(default_factory=lambda: MappingProxyType({}))
    intrinsic_dim: int | None = None
    first_latent_dim: int = 2
    lesson: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.x.dtype != np.float32:
            raise DataError(f"{self.title}: the samples must be a table of float32, one row per sample.")
        if len(self.feature_names) != self.n_features:
            raise DataError(f"{self.title}: {self.n_features} columns but {len(self.feature_names)} names.")
        if self.n_samples < LEAST_SAMPLES:
            rows = "1 row is" if self.n_samples == 1 else f"{self.n_samples} rows are"
            raise DataError(f"{self.title}: {rows} not enough: an autoencoder needs at least {LEAST_SAMPLES} rows.")
        if self.image_shape is not None and int(np.prod(self.image_shape)) != self.n_features:
            raise DataError(f"{self.title}: images of {self.image_shape} do not have {self.n_features} values.")
        if not np.isfinite(self.x).all():
            raise DataError(f"{self.title}: some values are missing or infinite.")
        for name, column in self.colours.items():
            if len(column) != self.n_samples:
                raise DataError(f"{self.title}: '{name}' has {len(column)} values for {self.n_samples} samples.")
        self.x.flags.writeable = False

    @property
    def n_samples(self) -> int:
        return self.x.shape[0]

    @property
    def n_features(self) -> int:
        return self.x.shape[1]

    @property
    def colours(self) -> dict[str, NDArray[np.str_] | FloatArray]:
        """What samples can be coloured by, apart from their own columns: the label and the known factors."""
        labels = {} if self.labels is None else {self.label_name: self.labels}
        return labels | dict(self.factors)

    def as_images(self, x: FloatArray) -> FloatArray:
        """Samples x (n, n_features) as pictures (n, height, width) or (n, height, width, 3).

        Raises:
            DataError: these are no images.
        """
        if self.image_shape is None:
            raise DataError(f"{self.title} holds no images.")
        shape = self.image_shape[:2] if self.image_shape[2:] == (1,) else self.image_shape
        return x.reshape(len(x), *shape)

    @cached_property
    def content_hash(self) -> str:
        """128 bits of SHA-256 over everything that a model or a page could see, as 32 hex digits."""
        digest = hashlib.sha256()
        for part in (self.feature_names, self.kind, self.image_shape, self.value_range, self.units, self.x.shape):
            digest.update(repr(part).encode())
        digest.update(np.ascontiguousarray(self.x).tobytes())
        for name, column in self.colours.items():
            digest.update(name.encode())
            digest.update("\0".join(map(str, column.tolist())).encode())
        return digest.hexdigest()[:32]
