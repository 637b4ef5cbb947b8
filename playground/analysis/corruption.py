"""What can be done to a sample so that there is something to repair. Add a way: write a function, add one line.

Chance decides once, for every strength: what is damaged at a strength stays damaged at every larger one. The columns of
a table are damaged whole, all features of a category together, and a missing cell (nan) stays missing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.analysis.errors import SURE, Errors, resampled_means, sample_errors
from playground.data.dataset import FloatArray, IntArray
from playground.data.split import Split
from playground.models.codec import Codec
from playground.models.mean import mean_of

MOST_ROWS = 500  # of a curve
STRENGTHS = tuple(step / 10 for step in range(11))
BLUR_REACH = 0.15  # of the longer side: the standard deviation of the strongest blur
KERNEL_REACH = 3.0  # standard deviations of the blur, beyond which its weights are left out
GIVEN = "given"  # of a curve: the corrupted rows as they are
MOST_LENT = 2000  # training rows that values are taken from


@dataclass(frozen=True, eq=False)
class Known:
    """What corrupting has to know of the data, from their training rows; features are in scaled units.

    Attributes:
        low, high: the lowest and the highest value of every feature (n_features,); of pixels and series those of all.
        fill: what stands in for a missing value: the mean (n_features,).
        place: which column, pixel or moment every feature belongs to (n_features,); the features of one go together.
        may_miss: whether a model is told when this feature is missing (n_features,).
        is_number: whether a feature can take any value; False for the levels of a category (n_features,).
        grid: the shape of one sample, channels last; None where features have no neighbours.
        lent: some training rows, to take values from (n, n_features).
    """

    low: FloatArray
    high: FloatArray
    fill: FloatArray
    place: IntArray
    may_miss: NDArray[np.bool_]
    is_number: NDArray[np.bool_]
    grid: tuple[int, ...] | None
    lent: FloatArray

    @classmethod
    def of(cls, split: Split) -> Known:
        """Learnt from the training rows; missing entries (nan) are left out."""
        x, n, layout = split.x_train, split.n_features, split.layout
        low, high = x.min(axis=0), x.max(axis=0)
        if np.isnan(low).any():
            whole = np.where(np.isnan(x), mean_of(x).astype(np.float32), x)
            low, high = whole.min(axis=0), whole.max(axis=0)
        place, may_miss, is_number = np.arange(n), np.zeros(n, bool), np.ones(n, bool)
        if split.grid is not None:
            low, high = np.full(n, low.min()), np.full(n, high.max())
            place = place // split.grid[-1]
        if layout is not None:
            for at, block in enumerate(layout.blocks):
                place[block.features] = at
                may_miss[block.features] = block.start in layout.flagged
                is_number[block.features] = not block.is_category
        fill = layout.fill if layout is not None else mean_of(x).astype(np.float32)
        rows = np.sort(np.random.default_rng(0).permutation(len(x))[:MOST_LENT])
        return cls(low, high, fill, place, may_miss, is_number, split.grid, x[rows])

    @property
    def n_places(self) -> int:
        """Columns of a table, pixels of a picture, moments of a series."""
        return int(self.place[-1]) + 1

    @property
    def kind(self) -> str:
        """What a place is called: "pixel", "moment" or "column"."""
        if self.grid is None:
            return "column"
        return "pixel" if len(self.grid) == 3 else "moment"


# ---- damage: all that chance has decided


class Damage(ABC):
    """Samples x (n, n_features) with all that chance has decided about their damage."""

    @abstractmethod
    def at(self, strength: float) -> FloatArray:
        """The samples damaged by a strength from 0, which leaves them as they are, to 1; float32 (n, n_features)."""


@dataclass(frozen=True, eq=False)
class Added(Damage):
    """x + strength · field."""

    x: FloatArray
    field: FloatArray

    def at(self, strength: float) -> FloatArray:
        return self.x + np.float32(strength) * self.field


@dataclass(frozen=True, eq=False)
class Replaced(Damage):
    """`value` wherever `threshold` lies below the strength."""

    x: FloatArray
    threshold: FloatArray
    value: FloatArray

    def at(self, strength: float) -> FloatArray:
        hit = (self.threshold < np.float32(strength)) & ~np.isnan(self.x)
        return np.where(hit, self.value, self.x)


@dataclass(frozen=True, eq=False)
class Blurred(Damage):
    """Weighted by a bell curve over the neighbours on the grid; an edge goes on beyond itself."""

    x: FloatArray
    grid: tuple[int, ...]

    def at(self, strength: float) -> FloatArray:
        sigma = strength * self.reach
        *sides, channels = self.grid
        y = self.x.astype(np.float64).reshape(len(self.x), *sides, channels)
        for axis, side in enumerate(sides):
            y = np.moveaxis(np.tensordot(_bell(side, sigma), y, (1, axis + 1)), 0, axis + 1)
        return y.reshape(self.x.shape).astype(np.float32)

    @property
    def reach(self) -> float:
        """The standard deviation of the bell curve at strength 1, in steps of the grid."""
        return BLUR_REACH * max(self.grid[:-1])


def _bell(side: int, sigma: float) -> NDArray[np.float64]:
    """The weights (side, side) with which the places of a line make each blurred one."""
    if sigma < 1e-3:
        return np.eye(side)
    reach = int(np.ceil(KERNEL_REACH * sigma))
    steps = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (steps / sigma) ** 2)
    kernel /= kernel.sum()
    weights = np.zeros((side, side))
    for place in range(side):
        np.add.at(weights[place], np.clip(place + steps, 0, side - 1), kernel)
    return weights


# ---- the ways


def noise(x: FloatArray, known: Known, rng: np.random.Generator) -> Damage:
    """Normal numbers of standard deviation `strength`, in scaled units; the levels of a category stay."""
    field = rng.standard_normal(x.shape, dtype=np.float32)
    return Added(x, np.where(known.is_number, field, np.float32(0)))


def mask(x: FloatArray, known: Known, rng: np.random.Generator) -> Damage:
    """A share `strength` of the places becomes 0."""
    return Replaced(x, _thresholds(x, known, rng), np.zeros_like(x))


def rectangle(x: FloatArray, known: Known, rng: np.random.Generator) -> Damage:
    """A rectangle that holds a share `strength` of the grid becomes 0."""
    *sides, channels = known.grid or (x.shape[1], 1)
    needed = np.zeros((len(x), *sides))
    for axis, side in enumerate(sides):
        where = rng.random((len(x), 1))  # of the rectangle, from one end to the other
        middle = (np.arange(side) + 0.5) / side
        before, after = 1 - middle / np.maximum(where, 1e-9), (middle - where) / np.maximum(1 - where, 1e-9)
        part = np.maximum(np.maximum(before, after), 0.0)  # of the side that the rectangle has when it gets here
        shape = [len(x)] + [side if each == axis else 1 for each in range(len(sides))]
        needed = np.maximum(needed, part.reshape(shape))
    threshold = np.repeat((needed ** len(sides)).reshape(len(x), -1), channels, axis=1)
    return Replaced(x, threshold.astype(np.float32), np.zeros_like(x))


def blur(x: FloatArray, known: Known, rng: np.random.Generator) -> Damage:
    """Every place becomes a mean of its neighbours."""
    return Blurred(x, known.grid or (x.shape[1], 1))


def salt_pepper(x: FloatArray, known: Known, rng: np.random.Generator) -> Damage:
    """A share `strength` of the places becomes the lowest or the highest value, either as likely."""
    up = (rng.random((len(x), known.n_places)) < 0.5)[:, known.place]
    return Replaced(x, _thresholds(x, known, rng), np.where(up, known.high, known.low))


def missing(x: FloatArray, known: Known, rng: np.random.Generator) -> Damage:
    """A share `strength` of the columns goes missing: nan where a model is told so, else the mean."""
    value = np.where(known.may_miss, np.float32(np.nan), known.fill)
    return Replaced(x, _thresholds(x, known, rng), np.broadcast_to(value, x.shape))


def swap(x: FloatArray, known: Known, rng: np.random.Generator) -> Damage:
    """A share `strength` of the columns takes its value from a training row, each from another."""
    rows = rng.integers(0, len(known.lent), (len(x), known.n_places))[:, known.place]
    value = known.lent[rows, np.arange(x.shape[1])]
    return Replaced(x, _thresholds(x, known, rng), np.where(np.isnan(value), x, value))


def _thresholds(x: FloatArray, known: Known, rng: np.random.Generator) -> FloatArray:
    """The strength from which a feature is damaged, whole places at once, (n, n_features).

    The places of a row come in an order of chance, so that of every row just the wanted share is hit.
    """
    order = rng.random((len(x), known.n_places)).argsort(axis=1).argsort(axis=1)
    return ((order + 0.5) / known.n_places).astype(np.float32)[:, known.place]


@dataclass(frozen=True)
class Corruption:
    """One way to damage samples.

    Attributes:
        title: what its button says.
        says: what strength 1 is, a sentence with {place} for what a place of these data is.
        draw: lets chance decide.
        needs: "grid", "columns", "numbers" (no category among them) or "": which data it is for.
        training: the noise of the same kind in `RunSpec.noise`, that a denoising autoencoder is trained with.
    """

    title: str
    says: str
    draw: Callable[[FloatArray, Known, np.random.Generator], Damage]
    needs: str
    training: str

    def suits(self, known: Known) -> bool:
        """Whether it makes sense for these data."""
        has = {"grid": known.grid is not None, "columns": known.grid is None, "numbers": bool(known.is_number.all())}
        return has.get(self.needs, True)


CORRUPTIONS: dict[str, Corruption] = {
    "noise": Corruption(
        "Noise", "normal numbers of this standard deviation (scaled units) are added", noise, "", "gaussian"
    ),
    "mask": Corruption("Mask", "this share of the {place}s, picked by chance, is set to 0", mask, "", "mask"),
    "rectangle": Corruption(
        "Block", "one block with this share of the {place}s is set to 0", rectangle, "grid", "mask"
    ),
    "blur": Corruption("Blur", "neighbours flow together, at 1 over 15 % of the width", blur, "grid", "gaussian"),
    "salt_pepper": Corruption(
        "Salt and pepper",
        "this share of the {place}s becomes the lowest or the highest value",
        salt_pepper,
        "numbers",
        "salt_pepper",
    ),
    "missing": Corruption("Missing columns", "this share of the {place}s goes missing", missing, "columns", "mask"),
    "swap": Corruption("Swapped", "this share of the {place}s has another row's value", swap, "columns", "swap"),
}


def suitable(known: Known) -> list[str]:
    """The ways that make sense for these data, by name."""
    return [name for name, corruption in CORRUPTIONS.items() if corruption.suits(known)]


def damage(name: str, x: FloatArray, known: Known, seed: int) -> Damage:
    """Lets chance decide about samples x (n, n_features); the same seed decides the same."""
    rng = np.random.default_rng([seed, list(CORRUPTIONS).index(name)])
    return CORRUPTIONS[name].draw(np.asarray(x, dtype=np.float32), known, rng)


# ---- the curve


@dataclass(frozen=True, eq=False)
class Curve:
    """Errors against the clean rows, sums of squared errors per sample, by codec; "given" are the corrupted rows.

    Attributes:
        strengths: (k,).
        error, low, high: by name (k,); the mean over the rows and its 95 % bootstrap interval.
        n_rows: how many rows that is.
    """

    strengths: Errors
    error: Mapping[str, Errors]
    low: Mapping[str, Errors]
    high: Mapping[str, Errors]
    n_rows: int


def error_curve(
    codecs: Mapping[str, Codec],
    x: FloatArray,
    name: str,
    known: Known,
    strengths: tuple[float, ...] = STRENGTHS,
    seed: int = 0,
) -> Curve:
    """How well each codec brings corrupted rows back to what they were.

    Args:
        codecs: by name.
        x: clean rows in scaled units (n, n_features); of more than 500 as many are picked by the seed.
        name: of the corruption.
        known: of the data.
        strengths: from 0 to 1.
        seed: of the corruption, the same for all codecs.
    """
    rows = np.sort(np.random.default_rng(seed).permutation(len(x))[:MOST_ROWS])
    clean = x[rows]
    drawn = damage(name, clean, known, seed)
    errors: dict[tuple[str, float], Errors] = {}
    for strength in strengths:
        corrupted = drawn.at(strength)
        errors[GIVEN, strength] = sample_errors(clean, np.where(np.isnan(corrupted), known.fill, corrupted))
        for codec, model in codecs.items():
            errors[codec, strength] = sample_errors(clean, model.reconstruct(corrupted))
    resampled = resampled_means({f"{codec} {strength}": each for (codec, strength), each in errors.items()})
    means, lows, highs = {}, {}, {}
    for codec in (GIVEN, *codecs):
        drawn_means = np.stack([resampled[f"{codec} {strength}"] for strength in strengths])
        means[codec] = np.array([errors[codec, strength].mean() for strength in strengths])
        lows[codec], highs[codec] = np.quantile(drawn_means, [(1 - SURE) / 2, (1 + SURE) / 2], axis=1)
    return Curve(np.array(strengths), means, lows, highs, len(rows))
