"""How large the error of a codec is: three units, always on the same rows, with an interval over those rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import FloatArray
from playground.data.table_scaler import Layout
from playground.models.codec import Codec

Errors = NDArray[np.float64]  # (n_samples,), sum of squared errors of each sample, in scaled units

RESAMPLES = 2000
DRAWN_AT_ONCE = 4_000_000  # entries of resampled rows in memory
SURE = 0.95

# name -> what a page calls it; the same three everywhere, in this order
UNITS = {
    "sum_squared_error_per_sample": "sum of squared errors per sample",
    "mean_squared_error": "mean squared error per feature",
    "variance_unexplained": "share of variance left unexplained",
}
# the same where there is little room
SHORT_UNITS = dict(zip(UNITS, ("sum per sample", "mean per feature", "share of variance"), strict=True))


def sample_errors(x: FloatArray, x_hat: FloatArray) -> Errors:
    """Sum of squared errors of each sample, (n_samples,), of x and x_hat (n_samples, n_features).

    A missing entry of x (nan) counts for nothing, here and below.
    """
    return np.nansum(np.square(x.astype(np.float64) - x_hat), axis=1)


def feature_errors(x: FloatArray, x_hat: FloatArray) -> Errors:
    """Mean squared error of each feature, (n_features,), of x and x_hat (n_samples, n_features)."""
    squares = np.square(x.astype(np.float64) - x_hat)
    return np.nansum(squares, axis=0) / np.maximum(np.isfinite(squares).sum(axis=0), 1)


def column_errors(x: FloatArray, x_hat: FloatArray, layout: Layout | None) -> Errors:
    """Squared errors by sample and column of the data, (n_samples, n_columns); nan where a cell is missing.

    Args:
        x, x_hat: in scaled units (n_samples, n_features).
        layout: which features belong to which column; None where every feature is a column.
    """
    squares = np.square(x.astype(np.float64) - x_hat)
    if layout is None:
        return squares
    return np.add.reduceat(squares, [block.start for block in layout.blocks], axis=1)


def in_units(total: float, n_features: int, mean_total: float) -> dict[str, float]:
    """One error in all three units.

    Args:
        total: sum of squared errors per sample.
        n_features: of a sample.
        mean_total: the error of the mean baseline on the same rows; the last unit is the share of it that is left,
            1 - R² against the training mean.
    """
    shares = (total, total / n_features, total / mean_total if mean_total > 0 else float("nan"))
    return dict(zip(UNITS, shares, strict=True))


@dataclass(frozen=True)
class ScoredCodec:
    """One row of the comparison.

    Attributes:
        name: "mean", "pca", "linear" or "autoencoder".
        error: in the three units.
        low, high: the 95 % bootstrap interval over rows, in the three units.
        versus_pca: this error minus PCA's, the mean over the same rows, sum of squared errors per sample; with its
            paired 95 % bootstrap interval.
        n_parameters: numbers that were learnt.
        seconds: that fitting it to the training rows took; None where nobody measured. Two equal comparisons may
            differ in them.
    """

    name: str
    error: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    versus_pca: tuple[float, float, float]
    n_parameters: int
    seconds: float | None = field(default=None, compare=False)


def compare(
    codecs: Mapping[str, Codec], x: FloatArray, seconds: Mapping[str, float] | None = None
) -> list[ScoredCodec]:
    """Scores every codec on the same rows x (n_samples, n_features); needs one called "mean" and one called "pca".

    Args:
        codecs: by name.
        x: the rows, in scaled units.
        seconds: that fitting each of them took, where that is known.
    """
    errors = {name: sample_errors(x, codec.reconstruct(x)) for name, codec in codecs.items()}
    sizes = {name: codec.n_parameters for name, codec in codecs.items()}
    return score(errors, x.shape[1], sizes, seconds or {})


def score(
    errors: Mapping[str, Errors], n_features: int, n_parameters: Mapping[str, int], seconds: Mapping[str, float]
) -> list[ScoredCodec]:
    """The comparison of codecs whose errors on the same rows, in the same order, are known; as `compare` does it.

    The interval is the percentile bootstrap over rows (Efron 1979), the same resampled rows for every codec.

    Args:
        errors: sums of squared errors (n_samples,) by name, "mean" and "pca" among them.
        n_features: of a sample.
        n_parameters: by the same names.
        seconds: by name, where they are known.
    """
    resampled = resampled_means(errors)
    return [
        ScoredCodec(
            name=name,
            error=in_units(float(errors[name].mean()), n_features, float(errors["mean"].mean())),
            low=_quantiles(resampled, name, n_features, (1 - SURE) / 2),
            high=_quantiles(resampled, name, n_features, (1 + SURE) / 2),
            versus_pca=_difference(errors[name] - errors["pca"], resampled[name] - resampled["pca"]),
            n_parameters=n_parameters[name],
            seconds=seconds.get(name),
        )
        for name in errors
    ]


def resampled_means(errors: Mapping[str, Errors]) -> dict[str, Errors]:
    """The means of `RESAMPLES` bootstrap resamples of the rows, (RESAMPLES,) by name; the same rows for every name.

    Args:
        errors: (n_samples,) each, of the same rows.
    """
    n_samples = len(next(iter(errors.values())))
    rng = np.random.default_rng(0)
    at_once = max(1, DRAWN_AT_ONCE // n_samples)
    means: dict[str, list[Errors]] = {name: [] for name in errors}
    for start in range(0, RESAMPLES, at_once):
        rows = rng.integers(0, n_samples, (min(at_once, RESAMPLES - start), n_samples))
        for name, error in errors.items():
            means[name].append(error[rows].mean(axis=1))
    return {name: np.concatenate(parts) for name, parts in means.items()}


def interval(errors: Errors) -> tuple[float, float, float]:
    """The mean of errors, or of paired differences of errors, (n_samples,), and its 95 % bootstrap interval."""
    return _difference(errors, resampled_means({"": errors})[""])


def _quantiles(resampled: Mapping[str, Errors], name: str, n_features: int, share: float) -> dict[str, float]:
    total, mean = resampled[name], resampled["mean"]
    left = np.divide(total, mean, out=np.full_like(total, np.nan), where=mean > 0)
    columns = zip(UNITS, (total, total / n_features, left), strict=True)
    return {unit: float(np.nanquantile(values, share)) for unit, values in columns}


def _difference(differences: Errors, resampled: Errors) -> tuple[float, float, float]:
    low, high = np.quantile(resampled, [(1 - SURE) / 2, (1 + SURE) / 2])
    return float(differences.mean()), float(low), float(high)


def verdict(scores: list[ScoredCodec]) -> str:
    """Who wins at the same bottleneck, by how much, and whether the rows allow saying so, in one sentence."""
    by_name = {score.name: score for score in scores}
    pca = by_name["pca"].error["sum_squared_error_per_sample"]
    difference, low, high = by_name["autoencoder"].versus_pca
    if low <= 0 <= high or pca <= 0:
        return "Too close to call: the autoencoder and PCA differ by no more than chance would explain on so many rows."
    winner, loser = ("The autoencoder", "PCA") if difference < 0 else ("PCA", "the autoencoder")
    share = abs(difference) / max(pca, pca + difference)
    return f"{winner} wins: its error on the test rows is {share:.1%} below that of {loser}.".replace("%", " %")
