"""The losses in words: name, formula, and what each would be for any reconstruction, in plain numpy.

What training makes small is computed by `losses.py` with gradients; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.data.dataset import FloatArray

LEAST = 1e-12


@dataclass(frozen=True)
class Measure:
    """One loss.

    Attributes:
        title: what a page calls it.
        formula: for one sample x of n features and its reconstruction (LaTeX).
        says: what is special about it, part of a sentence.
        of: x, x_hat (n_samples, n_features) and δ to the mean over the samples, missing entries (nan) left out; None
            for the mixed one, which needs to know the columns.
        per_feature: whether it is a mean over features, not a sum; penalties are then divided alike.
    """

    title: str
    formula: str
    says: str
    of: Callable[[FloatArray, FloatArray, float], float] | None
    per_feature: bool = False


def _per_sample(errors: np.ndarray) -> float:
    return float(np.nansum(errors, dtype=np.float64)) / len(errors)


def _cross_entropy(x: FloatArray, x_hat: FloatArray, _: float) -> float:
    shares = np.clip(x_hat.astype(np.float64), LEAST, 1 - LEAST)
    wanted = np.clip(x, 0, 1)
    return -_per_sample(wanted * np.log(shares) + (1 - wanted) * np.log1p(-shares))


def _huber(x: FloatArray, x_hat: FloatArray, delta: float) -> float:
    error = np.abs(x_hat.astype(np.float64) - x)
    return _per_sample(np.where(error < delta, error**2 / 2, delta * (error - delta / 2)))


MEASURE: dict[str, Measure] = {
    "sum_squares": Measure(
        "sum of squares",
        r"\sum_i (x_i - \hat x_i)^2",
        "the sum of squared errors of a sample, the measure of the comparison too",
        lambda x, x_hat, _: _per_sample(np.square(x_hat.astype(np.float64) - x)),
    ),
    "mean_squares": Measure(
        "mean square",
        r"\frac1n \sum_i (x_i - \hat x_i)^2",
        "the squared error of a sample divided by its features; the same minimum as the sum",
        lambda x, x_hat, _: _per_sample(np.square(x_hat.astype(np.float64) - x)) / x.shape[1],
        per_feature=True,
    ),
    "binary_cross_entropy": Measure(
        "binary cross-entropy",
        r"-\sum_i x_i \log \hat x_i + (1 - x_i) \log (1 - \hat x_i)",
        "reads pixels as probabilities; judged by squared error it ends a little higher",
        _cross_entropy,
    ),
    "absolute": Measure(
        "absolute (L1)",
        r"\sum_i \lvert x_i - \hat x_i \rvert",
        "the sum of absolute errors; single large errors count for less",
        lambda x, x_hat, _: _per_sample(np.abs(x_hat.astype(np.float64) - x)),
    ),
    "huber": Measure(
        "Huber",
        r"\sum_i \begin{cases} e_i^2 / 2 & \lvert e_i \rvert < \delta \\ \delta (\lvert e_i \rvert - \delta/2) & "
        r"\text{else} \end{cases},\quad e_i = x_i - \hat x_i",
        "squares for errors below δ, absolute errors beyond: single wild values do not rule (Huber 1964)",
        _huber,
    ),
    "mixed": Measure(
        "mixed (per column)",
        r"\frac{1}{\sum_c w_c} \sum_c w_c\, \frac{\text{error of column } c}{\text{error of its mean}}",
        "the mean over the columns of each one's error, where 1 is as bad as its mean or its levels' shares",
        None,
        per_feature=True,
    ),
}


def of_mean(name: str, x: FloatArray, mean: FloatArray, delta: float) -> float:
    """What the loss `name` would be on x (n_samples, n_features) for reconstructing everything as `mean` (n_features,).

    Args:
        name: of the loss; the mixed one is 1 by definition.
        x: in scaled units.
        mean: of the training rows.
        delta: where Huber's loss turns from squares to absolute values.
    """
    of = MEASURE[name].of
    return 1.0 if of is None else of(x, np.broadcast_to(mean, x.shape), delta)
