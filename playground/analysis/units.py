"""What each unit of the code explains: how much the error rises when it is switched off.

A unit that is switched off is held at the mean of its codes over the training rows, for every row, as in the ablations
of single units by Morcos and others (2018, arXiv:1803.06959), who set them to a constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.analysis.errors import sample_errors
from playground.data.dataset import FloatArray
from playground.models.codec import Codec

MOST_ROWS = 2000  # that are scored; more are sampled, always the same ones
ROWS_AT_ONCE = (
    4096  # codes of several units that are decoded together: calls of a small network cost more than its sums
)


@dataclass(frozen=True, eq=False)
class Switches:
    """Rows whose codes are changed unit by unit; made by `of`.

    Attributes:
        codec: that decodes them.
        x: the rows in scaled units (n, n_features).
        z: their codes (n, latent_dim).
        mean: what a unit is when it is off (latent_dim,).
    """

    codec: Codec
    x: FloatArray
    z: FloatArray
    mean: FloatArray

    @classmethod
    def of(cls, codec: Codec, x: FloatArray, mean: FloatArray, most: int = MOST_ROWS) -> Switches:
        """The switches of rows x (n, n_features), or of `most` of them, sampled with a fixed seed.

        Args:
            mean: of the training rows' codes (latent_dim,).

        Raises:
            ValueError: no rows, or a mean that does not have one number per unit.
        """
        if not len(x) or mean.shape != (codec.latent_dim,):
            raise ValueError(f"{len(x)} rows and a mean of shape {mean.shape} for {codec.latent_dim} units.")
        rows = np.arange(len(x))
        if len(x) > most:
            rows = np.sort(np.random.default_rng(0).choice(len(x), most, replace=False))
        return cls(codec, x[rows], codec.encode(x[rows]), mean)

    def error(self, off: Iterable[int] = ()) -> float:
        """The mean sum of squared errors of a row with these units off, all others as they are.

        Raises:
            ValueError: there is no such unit.
        """
        z = self.z.copy()
        for unit in set(off):
            if not 0 <= unit < z.shape[1]:
                raise ValueError(f"There is no unit {unit}; they are numbered from 0 to {z.shape[1] - 1}.")
            z[:, unit] = self.mean[unit]
        return float(sample_errors(self.x, self.codec.decode(z)).mean())

    def explained(self, units: Sequence[int] | None = None) -> Explained:
        """What every one of `units` explains alone (all where left out), and what all units of the code together do."""
        n, m = self.z.shape
        asked = list(range(m)) if units is None else list(units)
        rises, error = np.full(m, np.nan), self.error()
        at_once = max(1, ROWS_AT_ONCE // n)
        for start in range(0, len(asked), at_once):
            some = asked[start : start + at_once]
            rises[some] = self._alone(some) - error
        return Explained(error, self.error(range(m)), rises, n)

    def _alone(self, units: list[int]) -> NDArray[np.float64]:
        """The error with each of these units off, and it alone (len(units),)."""
        z = np.repeat(self.z[None], len(units), axis=0)
        for place, unit in enumerate(units):
            z[place, :, unit] = self.mean[unit]
        x_hat = self.codec.decode(z.reshape(-1, z.shape[2])).reshape(len(units), *self.x.shape)
        return np.array([sample_errors(self.x, each).mean() for each in x_hat])


@dataclass(frozen=True, eq=False)
class Explained:
    """What the units explain, each alone.

    Attributes:
        error: the mean sum of squared errors of a row with every unit on.
        all_off: the same with every unit off: each row is then decoded from the mean code.
        rises: by how much the error rises when the unit alone is off (latent_dim,); below 0 where that helps,
            nan where nobody asked.
        n_rows: that were scored.
    """

    error: float
    all_off: float
    rises: NDArray[np.float64]
    n_rows: int

    @property
    def shares(self) -> NDArray[np.float64]:
        """Each rise as a share of the rise with all units off (latent_dim,).

        They sum to 1 for a linear decoder whose directions are orthogonal, such as PCA; else units share work (sum
        below 1) or need one another (above 1). All nan where the whole code explains nothing.
        """
        whole = self.all_off - self.error
        return self.rises / whole if whole > 0 else np.full(len(self.rises), np.nan)

    @property
    def order(self) -> list[int]:
        """The units, the one that explains most first; those that nobody asked about last."""
        return [int(unit) for unit in np.argsort(-self.rises, kind="stable")]


def histogram(values: FloatArray, low: float, high: float, bins: int) -> NDArray[np.float64]:
    """How often the codes of one unit (n,) lie in each of `bins` equal parts of low to high, the fullest being 1.

    Codes beyond the ends count in the outermost parts, so that none is lost.
    """
    counts, _ = np.histogram(np.clip(values, low, high), bins, (low, high))
    return counts / max(int(counts.max()), 1)
