"""What a page hands to the components: frames, samples, colours, layers and lanes, in arrays and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from playground.ui.components.packing import FloatArray

Kind = Literal["image", "series", "points", "table"]
Cell = tuple[str, str, str, float]  # column, original and reconstruction in its own unit, share of the row's error


@dataclass(frozen=True)
class Frame:
    """One epoch of the film.

    Attributes:
        epoch: the epoch it was taken after; 0 is the untrained model.
        z: codes of the same held-out rows at every epoch (k, latent_dim) or their first two units (k, <= 2), already
            turned onto the epoch before.
        x_hat: reconstructions of the film's samples (n_samples, n_features), in scaled units.
        activity: how active each unit of each layer is, one array per layer of `Layers`; not-a-number for a dead one.
        latent: what the decoder makes of points in the code (rows x columns, n_features), in scaled units, row by row
            as in `latent_shape`, the first row being the one drawn on top: that of the highest z2.
        table: for each sample its columns as `Cell`s, the worst first; at most ten of them are shown.
    """

    epoch: int
    z: FloatArray
    x_hat: FloatArray
    activity: Sequence[FloatArray] | None = None
    latent: FloatArray | None = None
    table: Sequence[Sequence[Cell]] | None = None


@dataclass(frozen=True)
class Samples:
    """The held-out samples that the film reconstructs, at most eight.

    Attributes:
        x: originals (n_samples, n_features), in scaled units.
        image_shape: (height, width) or (height, width, channels) of one sample, None when it is no image.
        feature_names: one name per feature; may be empty for images.
        low: the value drawn black, for images.
        high: the value drawn white, for images.
    """

    x: FloatArray
    image_shape: tuple[int, ...] | None
    feature_names: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Layers:
    """The network's layers, input first and output last.

    Attributes:
        units: numbers of units.
        latent_index: which of them is the bottleneck.
        names: said instead of the numbers of units, for layers that are more than a number of units.
    """

    units: Sequence[int]
    latent_index: int
    names: Sequence[str] | None = None


@dataclass(frozen=True)
class Plane:
    """PCA's line or plane in the data space: mean (n_features,) and components (1 or 2, n_features), scaled units."""

    mean: FloatArray
    components: FloatArray


@dataclass(frozen=True)
class Colour:
    """What the points of a map are coloured by.

    Attributes:
        name: the label's or the feature's name, the legend's heading.
        values: one number per point (n,); with `levels`, the level's index, negative for "no label".
        levels: names of the classes, None for a continuous scale.
    """

    name: str
    values: NDArray[Any]
    levels: tuple[str, ...] | None


@dataclass(frozen=True)
class Lane:
    """One run of a race.

    Attributes:
        name: what is special to it, in a few words.
        history: lists "epoch" and "val" of equal length, and "seconds" where they are known.
        frames: epoch and reconstructions of the race's samples (n_samples, n_features), scaled units.
        latent_dim: number of units in its bottleneck, which says the line it has to beat.
        state: what it is doing, a word or two such as "training".
        colour: a colour of its own instead of one of the race's reds.
    """

    name: str
    history: Mapping[str, Sequence[float]]
    frames: Sequence[tuple[int, FloatArray]]
    latent_dim: int
    state: str = ""
    colour: str | None = None
