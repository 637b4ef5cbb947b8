"""How large a network is before it is built: layers, parameters, arithmetic and memory, from the settings alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.models.spec import RunSpec

# The shape of one sample on a grid, channels last: (height, width, channels), or (length, channels) of a series.
Grid = tuple[int, ...]

FEW_PIXELS = 16  # an image narrower than this is cut into patches of 2, a wider one into patches of 4
KERNEL = 3
GATHERING = 64  # units of the dense layer on either side of a convolutional network's code


@dataclass(frozen=True)
class Level:
    """What a convolutional encoder has after one of its layers: so many places on a grid, so many channels each."""

    places: tuple[int, ...]
    channels: int

    @property
    def n_places(self) -> int:
        return math.prod(self.places)

    @property
    def units(self) -> int:
        return self.n_places * self.channels

    @property
    def name(self) -> str:
        return "×".join(map(str, (*self.places, *([self.channels] if self.channels > 1 else []))))


def patch_of(grid: Grid) -> int:
    """The side of the patches that the first layer cuts a sample into."""
    return 2 if min(grid[:-1]) < FEW_PIXELS else 4


def levels(grid: Grid, channels: tuple[int, ...]) -> tuple[Level, ...]:
    """The sample itself, then what every layer of a convolutional encoder makes of it.

    The first layer turns every patch into one place; every further one halves the grid.
    """
    found = [Level(tuple(grid[:-1]), grid[-1])]
    for number, width in enumerate(channels):
        shrink = patch_of(grid) if number == 0 else 2
        found.append(Level(tuple(-(-side // shrink) for side in found[-1].places), width))
    return tuple(found)


def layers(spec: RunSpec, n_features: int, grid: Grid | None = None) -> tuple[int, ...]:
    """Units per layer from input to output; the bottleneck is the one in the middle."""
    if spec.model == "linear":
        hidden: tuple[int, ...] = ()
    elif spec.is_convolutional and grid is not None:
        hidden = (*(level.units for level in levels(grid, spec.hidden)[1:]), GATHERING)
    else:
        hidden = spec.hidden
    return (n_features, *hidden, spec.latent_dim, *reversed(hidden), n_features)


def layer_names(spec: RunSpec, n_features: int, grid: Grid | None = None) -> tuple[str, ...] | None:
    """What the layers are called where they are more than a number of units, input to output; else None."""
    if not (spec.is_convolutional and grid is not None):
        return None
    names = [*(level.name for level in levels(grid, spec.hidden)), str(GATHERING)]
    return (*names, str(spec.latent_dim), *reversed(names))


def looks_around(number: int, found: tuple[Level, ...]) -> bool:
    """Whether the layer `number` of a convolutional decoder sees its neighbours too, or its own place alone.

    On the coarsest grid the layer before has just seen everything.
    """
    return number > 0 or len(found) == 2


@dataclass(frozen=True)
class _Part:
    """One layer with weights: `inputs` to `outputs` at each of `places`, each seeing `seen` places of its input."""

    inputs: int
    outputs: int
    places: int = 1
    seen: int = 1
    norm: int = 0  # channels that batch normalisation may follow on
    bias_only: bool = False  # its weights are another layer's

    @property
    def weights(self) -> int:
        return self.inputs * self.outputs * self.seen


def _parts(spec: RunSpec, n_features: int, n_flags: int, grid: Grid | None) -> list[_Part]:
    code = spec.latent_dim * (2 if spec.model == "vae" else 1)
    if spec.model == "linear":
        return [_Part(n_features, spec.latent_dim), _Part(spec.latent_dim, n_features)]
    if spec.is_convolutional and grid is not None:
        return _convolutional_parts(levels(grid, spec.hidden), patch_of(grid), spec.latent_dim, code)
    encoder = (n_features + n_flags, *spec.hidden, code)
    decoder = (spec.latent_dim, *reversed(spec.hidden), n_features)
    last = len(encoder) - 2
    return [
        *(_Part(a, b, norm=b * (place < last)) for place, (a, b) in enumerate(pairwise(encoder))),
        *(
            _Part(a, b, norm=b * (place < last), bias_only=spec.model == "tied")
            for place, (a, b) in enumerate(pairwise(decoder))
        ),
    ]


def _convolutional_parts(found: tuple[Level, ...], patch: int, latent_dim: int, code: int) -> list[_Part]:
    d = len(found[0].places)
    parts = [
        _Part(a.channels, b.channels, b.n_places, patch**d if number == 0 else KERNEL**d, norm=b.channels)
        for number, (a, b) in enumerate(pairwise(found))
    ]
    norm = 0 if looks_around(0, found) else found[-1].channels
    parts += [_Part(found[-1].units, GATHERING, norm=GATHERING), _Part(GATHERING, code)]
    parts += [_Part(latent_dim, GATHERING, norm=GATHERING), _Part(GATHERING, found[-1].units, norm=norm)]
    for number, (b, a) in enumerate(pairwise(reversed(found))):
        grow = patch if number == len(found) - 2 else 2
        if looks_around(number, found):
            parts.append(_Part(b.channels, b.channels, b.n_places, KERNEL**d, norm=b.channels))
        parts.append(_Part(b.channels, a.channels * grow**d, b.n_places))
    return parts


def n_parameters(spec: RunSpec, n_features: int, n_flags: int = 0, grid: Grid | None = None) -> int:
    """Numbers that are learnt: weights, biases, and a scale and a shift per normalised channel.

    Args:
        spec: the settings.
        n_features: that a model sees, `Dataset.width`.
        n_flags: inputs that tell of missing cells, `Dataset.n_flags`.
        grid: `Dataset.grid`.
    """
    return sum(
        (0 if part.bias_only else part.weights) + part.outputs + 2 * part.norm * spec.batch_norm
        for part in _parts(spec, n_features, n_flags, grid)
    )


def multiplications(spec: RunSpec, n_features: int, n_flags: int = 0, grid: Grid | None = None) -> int:
    """Products of two numbers in one pass of one sample through encoder and decoder."""
    return sum(part.weights * part.places for part in _parts(spec, n_features, n_flags, grid))


def training_bytes(spec: RunSpec, n_rows: int, n_features: int, n_flags: int = 0, grid: Grid | None = None) -> int:
    """About the memory that training takes besides the data set itself.

    Six copies of the parameters (present, gradient, two moments, best, last finite), the activations of one batch and
    their gradients, and the rows that are evaluated at once.
    """
    parts = _parts(spec, n_features, n_flags, grid)
    units = n_features + sum(part.outputs * part.places * (3 if part.norm else 1) for part in parts)
    unfolded = max((part.inputs * part.seen * part.places for part in parts if part.seen > 1), default=0)
    at_once = max(min(spec.batch_size, n_rows), min(n_rows, 4096) / 3)  # an evaluation keeps one layer at a time
    return int(4 * (6 * n_parameters(spec, n_features, n_flags, grid) + at_once * (2 * units + unfolded)))
