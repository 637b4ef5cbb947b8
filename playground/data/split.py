"""What a model sees: training, validation and test rows, scaled by the training rows alone, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from playground.data.columns import check_scaling
from playground.data.dataset import Dataset, FloatArray, IntArray, OwnArray
from playground.data.table_scaler import Layout, TableScaler
from playground.errors import DataError, SpecError

# Three rows are the fewest on which a mean and a bootstrap interval say anything.
LEAST_HELD_OUT = 3


@dataclass(frozen=True, eq=False)
class Scaler:
    """An affine map per feature; `shift` and `scale` are float32 (n_features,)."""

    shift: FloatArray
    scale: FloatArray

    @classmethod
    def fit(cls, dataset: Dataset, train_rows: IntArray, scaling: str) -> Scaler:
        """Learns the scaling named `scaling` from the training rows of `dataset` alone.

        "standard" gives every feature mean 0 and standard deviation 1, "range" maps the training rows' lowest and
        highest value (for images: black and white) to 0 and 1, "none" leaves the values as they are, and "auto" is
        "range" for data with known bounds and "standard" for everything else.
        """
        check_scaling(scaling)
        n = dataset.n_features
        if scaling == "auto":
            scaling = "range" if dataset.value_range else "standard"
        if scaling == "none":
            return cls(np.zeros(n, np.float32), np.ones(n, np.float32))
        if scaling == "range" and dataset.value_range:
            low, high = dataset.value_range
            return cls(np.full(n, low, np.float32), np.full(n, high - low, np.float32))
        x = dataset.x[train_rows].astype(np.float64)
        shift, scale = (x.min(0), np.ptp(x, 0)) if scaling == "range" else (x.mean(0), x.std(0))
        scale[scale < 1e-12] = 1.0  # a constant column stays at 0 instead of becoming 0/0
        return cls(shift.astype(np.float32), scale.astype(np.float32))

    def apply(self, x: OwnArray) -> FloatArray:
        """Own units to scaled units, (n_samples, n_features); the same array where they are equal."""
        if not self.shift.any() and (self.scale == 1).all():
            return x.astype(np.float32, copy=False)  # a copy of large data costs memory
        return ((x - self.shift) / self.scale).astype(np.float32, copy=False)

    def undo(self, x: FloatArray) -> FloatArray:
        """Scaled units back to own units, (n_samples, n_features)."""
        return (x * self.scale + self.shift).astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class Split:
    """The rows of a `Dataset` as a model sees them.

    Attributes:
        x: all rows in scaled units, float32 (n_samples, n_features); a missing cell of a table is not-a-number.
        train_rows: row numbers that models and PCA are fitted on. Of one class alone, where the split was made so.
        val_rows: row numbers that choose the best epoch and that the live pages show; of the same class.
        test_rows: row numbers that nothing sees before the comparison is drawn.
        scaler: fitted on `train_rows` alone.
        grid: the shape of one sample, `Dataset.grid`.
    """

    x: FloatArray
    train_rows: IntArray
    val_rows: IntArray
    test_rows: IntArray
    scaler: Scaler | TableScaler
    grid: tuple[int, ...] | None = None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        *,
        val_fraction: float = 0.15,
        test_fraction: float = 0.2,
        split_seed: int = 0,
        scaling: str = "auto",
        only: str = "",
    ) -> Split:
        """Splits by a fixed seed, every class in proportion, and scales by the training rows.

        Samples of one group (`Dataset.groups`) stay together; the shares are then shares of the groups.

        Args:
            dataset: the rows in own units.
            val_fraction: share of all rows that choose the best epoch.
            test_fraction: share of all rows kept for the comparison.
            split_seed: which rows go where.
            scaling: as in `Scaler.fit`.
            only: a class: the training and validation rows of all others are left out, and belong to no part. The
                test rows are the same whatever it is. "" leaves none out.

        Raises:
            DataError: too few rows remain for one of the three parts.
            SpecError: too few training or validation rows are of the class `only`.
        """
        order = _class_by_class(dataset, split_seed)
        test = _spread(order.size, test_fraction)
        rest = order[~test]
        val = _spread(rest.size, val_fraction / (1.0 - test_fraction))
        rng = np.random.default_rng([split_seed, 1])
        parts = (_rows_of(dataset, part) for part in (rest[~val], rest[val], order[test]))
        train_rows, val_rows, test_rows = (rng.permutation(part) for part in parts)
        if min(val_rows.size, test_rows.size) < LEAST_HELD_OUT or train_rows.size < LEAST_HELD_OUT:
            raise DataError(
                f"{dataset.title}: {dataset.n_samples} rows leave {train_rows.size} for training, {val_rows.size} for "
                f"validation and {test_rows.size} for the test; each needs at least {LEAST_HELD_OUT}: "
                "raise the fractions or bring more rows."
            )
        if only:
            train_rows, val_rows = _of_class(dataset, only, train_rows), _of_class(dataset, only, val_rows)
        scaler = (TableScaler if dataset.columns else Scaler).fit(dataset, train_rows, scaling)
        x = scaler.apply(dataset.x)
        x.flags.writeable = False
        return cls(x, train_rows, val_rows, test_rows, scaler, dataset.grid)

    @cached_property
    def x_train(self) -> FloatArray:
        return self.x[self.train_rows]

    @cached_property
    def x_val(self) -> FloatArray:
        return self.x[self.val_rows]

    @cached_property
    def x_test(self) -> FloatArray:
        return self.x[self.test_rows]

    @property
    def n_features(self) -> int:
        return self.x.shape[1]

    @property
    def layout(self) -> Layout | None:
        """Which features belong to which column of a table; None where every feature is a column of its own."""
        return self.scaler.layout if isinstance(self.scaler, TableScaler) else None


def _class_by_class(dataset: Dataset, seed: int) -> IntArray:
    """A random order of what is dealt out (rows, or whole groups) in which those of one class stand together."""
    rng = np.random.default_rng([seed, 0])
    if dataset.groups is None:
        order = rng.permutation(dataset.n_samples)
        labels = dataset.labels
    else:
        groups, first = np.unique(dataset.groups, return_index=True)
        order = rng.permutation(groups.size)
        labels = None if dataset.labels is None else dataset.labels[first]  # of a group's first row
    if labels is None:
        return order
    return order[np.argsort(labels[order], kind="stable")]


def _of_class(dataset: Dataset, only: str, rows: IntArray) -> IntArray:
    of_it = rows[dataset.labels[rows] == only] if dataset.labels is not None else rows[:0]
    if len(of_it) < LEAST_HELD_OUT:
        raise SpecError(
            f"only='{only[:40]}' leaves {len(of_it)} of {len(rows)} rows of {dataset.title} for training or for "
            f"validation; each needs at least {LEAST_HELD_OUT}: choose a larger class, or other shares."
        )
    return of_it


def _rows_of(dataset: Dataset, dealt: IntArray) -> IntArray:
    """The rows that were dealt out: themselves, or all rows of the groups with these places."""
    if dataset.groups is None:
        return dealt
    return np.flatnonzero(np.isin(dataset.groups, np.unique(dataset.groups)[dealt]))


def _spread(n: int, fraction: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Marks about `fraction` of n places, evenly spread, so that every run of places gives up its share."""
    steps = np.floor(np.arange(n + 1) * fraction + 0.5)
    return np.diff(steps) > 0
