"""What is said of a built-in data set before it is made, and the line that puts one into the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.data.dataset import Dataset, Kind, pixel_names

Made = dict[str, Any]  # the arguments of `Dataset` that are not in `Builtin`


@dataclass(frozen=True)
class Builtin:
    """A data set that comes with the playground; call it to make it.

    Attributes:
        name: of the function, and in addresses and on the command line.
        title: what a page calls it.
        kind: see `Dataset`.
        n_samples, n_features: its size, known before it is made.
        image_shape: (height, width) or (height, width, 3) of images, else None.
        label_name: what the labels are, None where there are none.
        intrinsic_dim: the true number of dimensions where it is known.
        first_latent_dim: the bottleneck to begin with.
        lesson: one sentence on what it teaches.
        licence: the licence and credit line.
        make: a function of a seed, which touches no global random state.
    """

    name: str
    title: str
    kind: Kind
    n_samples: int
    n_features: int
    image_shape: tuple[int, ...] | None
    label_name: str | None
    intrinsic_dim: int | None
    first_latent_dim: int
    lesson: str
    licence: str
    make: Callable[[int], Made]

    def __call__(self, seed: int = 0) -> Dataset:
        """The data set; the same for the same seed."""
        made = self.make(seed)
        if self.image_shape is not None:
            made["feature_names"] = pixel_names(*self.image_shape)
        return Dataset(
            name=self.name,
            title=self.title,
            kind=self.kind,
            image_shape=self.image_shape,
            label_name=self.label_name or "label",
            intrinsic_dim=self.intrinsic_dim,
            first_latent_dim=self.first_latent_dim,
            lesson=self.lesson,
            licence=self.licence,
            **made,
        )


BUILTIN: dict[str, Builtin] = {}


def builtin(
    title: str,
    kind: Kind,
    *,
    size: tuple[int, ...],
    label_name: str | None = None,
    intrinsic_dim: int | None = None,
    first_latent_dim: int = 2,
    lesson: str,
    licence: str,
) -> Callable[[Callable[[int], Made]], Builtin]:
    """Registers the function below under its own name; see `Builtin` for what is said here.

    Args:
        size: (n_samples, n_features), of images (n_samples, height, width) or (n_samples, height, width, 3).
    """
    n_samples, *shape = size

    def register(make: Callable[[int], Made]) -> Builtin:
        BUILTIN[make.__name__] = Builtin(
            name=make.__name__,
            title=title,
            kind=kind,
            n_samples=n_samples,
            n_features=int(np.prod(shape)),
            image_shape=tuple(shape) if kind == "images" else None,
            label_name=label_name,
            intrinsic_dim=intrinsic_dim,
            first_latent_dim=first_latent_dim,
            lesson=lesson,
            licence=licence,
            make=make,
        )
        return BUILTIN[make.__name__]

    return register
