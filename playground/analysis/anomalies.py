"""Odd ones out: rows ranked by what a codec makes of them, and how well that finds the rows of a class.

A codec that was fitted to normal rows gives those back better than others: its error is a score of oddness (Sakurada
and Yairi 2014). Everything here is told from such scores; a larger one is odder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from playground.analysis.errors import DRAWN_AT_ONCE, RESAMPLES, SURE, Errors, column_errors
from playground.data.dataset import FloatArray, IntArray
from playground.data.table_scaler import Layout

Flags = NDArray[np.bool_]  # (n_samples,), which rows are odd

LEAST_USUAL = 0.01  # of the mean over all columns
USUAL = 0.95  # share of the validation rows that the first threshold lets pass


@dataclass(frozen=True, eq=False)
class Curves:
    """How well a score finds the odd rows, at every threshold.

    Attributes:
        false_alarms, found: shares of the normal and of the odd rows that are flagged, from (0, 0) to (1, 1): the ROC.
        recall, precision: share of the odd rows that are flagged, and share of the flagged rows that are odd.
        auc: area under the ROC: how often an odd row has the larger score of two, ties counting half.
        average_precision: area under precision against recall, in steps.
    """

    false_alarms: Errors
    found: Errors
    recall: Errors
    precision: Errors
    auc: float
    average_precision: float


@dataclass(frozen=True)
class Confusion:
    """Rows by what they are and by whether they are flagged.

    Attributes:
        found: odd and flagged.
        missed: odd, not flagged.
        false_alarms: normal, but flagged.
        passed: normal, not flagged.
    """

    found: int
    missed: int
    false_alarms: int
    passed: int

    @property
    def recall(self) -> float:
        """Share of the odd rows that are flagged; nan where there is none."""
        return _share(self.found, self.found + self.missed)

    @property
    def precision(self) -> float:
        """Share of the flagged rows that are odd; nan where none is flagged."""
        return _share(self.found, self.found + self.false_alarms)

    @property
    def false_alarm_rate(self) -> float:
        """Share of the normal rows that are flagged; nan where there is none."""
        return _share(self.false_alarms, self.false_alarms + self.passed)


def ranked(scores: Errors) -> IntArray:
    """The places of the rows, the oddest first; equal ones, and those that are not finite at the end, as they came."""
    return np.argsort(-np.where(np.isfinite(scores), scores, -np.inf), kind="stable")


def flagged(scores: Errors, threshold: float) -> Flags:
    """Which rows a threshold flags: those with a score of at least that, (n_samples,)."""
    return scores >= threshold


def usual_errors(x: FloatArray, x_hat: FloatArray, layout: Layout | None) -> Errors:
    """The mean squared error of each column of the data over rows such as the validation rows, (n_columns,).

    None is below 1 % of their mean: a column that is almost exact on every row must not decide alone.

    Args:
        x, x_hat: in scaled units (n_samples, n_features).
        layout: which features belong to which column; None where every feature is a column.
    """
    squares = column_errors(x, x_hat, layout)
    known = np.isfinite(squares).sum(axis=0)
    means = np.nansum(squares, axis=0) / np.maximum(known, 1)
    return np.maximum(means, LEAST_USUAL * means.mean()) if means.any() else np.ones_like(means)


def relative_errors(x: FloatArray, x_hat: FloatArray, layout: Layout | None, usual: Errors) -> Errors:
    """How many times the usual error a row has, (n_samples,): the mean over its known columns; 1 is as usual.

    Args:
        x, x_hat: in scaled units (n_samples, n_features).
        layout: which features belong to which column; None where every feature is a column.
        usual: of each column, by `usual_errors` (n_columns,).
    """
    times = column_errors(x, x_hat, layout) / usual
    return np.nansum(times, axis=1) / np.maximum(np.isfinite(times).sum(axis=1), 1)


def column_shares(x: FloatArray, x_hat: FloatArray, layout: Layout | None, usual: Errors | None = None) -> Errors:
    """The share of each column of the data in its row's error, (n_samples, n_columns): rows sum to 1.

    A missing cell has no share; a row without any error has none anywhere.

    Args:
        x, x_hat: in scaled units (n_samples, n_features).
        layout: which features belong to which column; None where every feature is a column.
        usual: what each column's error is divided by first (n_columns,), as in `relative_errors`; None for 1.
    """
    squares = np.nan_to_num(column_errors(x, x_hat, layout) / (1.0 if usual is None else usual))
    totals = squares.sum(axis=1, keepdims=True)
    return np.divide(squares, totals, out=np.zeros_like(squares), where=totals > 0)


def curves(scores: Errors, odd: Flags) -> Curves:
    """ROC and precision-recall of a score, as scikit-learn computes them.

    Args:
        scores: (n_samples,), finite.
        odd: (n_samples,), some of them true and some not.

    Raises:
        ValueError: all rows are odd, or none.
    """
    _check(odd)
    false_alarms, found, _ = roc_curve(odd, scores)
    precision, recall, _ = precision_recall_curve(odd, scores, drop_intermediate=True)
    area, average = float(roc_auc_score(odd, scores)), float(average_precision_score(odd, scores))
    return Curves(false_alarms, found, recall[::-1], precision[::-1], area, average)


def confusion(scores: Errors, odd: Flags, threshold: float) -> Confusion:
    """The rows that a threshold flags, against those that are odd."""
    alarms = flagged(scores, threshold)
    counts = (alarms & odd, ~alarms & odd, alarms & ~odd, ~alarms & ~odd)
    return Confusion(*(int(each.sum()) for each in counts))


def usual_threshold(scores: Errors) -> float:
    """The score that 95 % of these rows, such as the validation rows, stay below."""
    return float(np.quantile(scores, USUAL))


def resampled_aucs(scores: Mapping[str, Errors], odd: Flags) -> dict[str, Errors]:
    """The AUCs of `RESAMPLES` bootstrap resamples of the rows, (RESAMPLES,) by name; the same rows for every name.

    Odd and normal rows are resampled apart, so that no resample is without either.

    Args:
        scores: (n_samples,) each, of the same rows.
        odd: (n_samples,), some of them true and some not.

    Raises:
        ValueError: all rows are odd, or none.
    """
    _check(odd)
    n_odd, n_normal = int(odd.sum()), int((~odd).sum())
    rng = np.random.default_rng(0)
    below = {name: _rivals(each[odd], each[~odd]) for name, each in scores.items()}
    at_once = max(1, DRAWN_AT_ONCE // len(odd))
    found: dict[str, list[Errors]] = {name: [] for name in scores}
    for start in range(0, RESAMPLES, at_once):
        n = min(at_once, RESAMPLES - start)
        of_odd, of_normal = _drawn(rng, n, n_odd), _drawn(rng, n, n_normal)
        for name, (order, under, up_to) in below.items():
            # How many normal rows of the resample lie below each place of their order.
            summed = np.concatenate([np.zeros((n, 1)), np.cumsum(of_normal[:, order], axis=1)], axis=1)
            won = of_odd * (summed[:, under] + summed[:, up_to]) / 2
            found[name].append(won.sum(axis=1) / (n_odd * n_normal))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def ends(resampled: Errors) -> tuple[float, float]:
    """The 95 % interval of resampled numbers, or of paired differences of them."""
    low, high = np.quantile(resampled, [(1 - SURE) / 2, (1 + SURE) / 2])
    return float(low), float(high)


def _rivals(of_odd: Errors, of_normal: Errors) -> tuple[IntArray, IntArray, IntArray]:
    """The normal rows by score, and for each odd row how many of them lie below it, and how many not above it."""
    order = np.argsort(of_normal, kind="stable")
    by_score = of_normal[order]
    return order, np.searchsorted(by_score, of_odd, "left"), np.searchsorted(by_score, of_odd, "right")


def _drawn(rng: np.random.Generator, n: int, n_rows: int) -> Errors:
    """How often each row is in each of n resamples, (n, n_rows)."""
    rows = rng.integers(0, n_rows, (n, n_rows)) + n_rows * np.arange(n)[:, None]
    return np.bincount(rows.ravel(), minlength=n * n_rows).reshape(n, n_rows).astype(np.float64)


def _check(odd: Flags) -> None:
    if odd.all() or not odd.any():
        raise ValueError(f"{int(odd.sum())} of {len(odd)} rows are odd: some have to be, and some not")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
