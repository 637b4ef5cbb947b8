"""Odd ones out: the areas are scikit-learn's, the intervals are what plain resampling gives, and shares add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_score, recall_score, roc_auc_score

from playground.analysis import anomalies
from playground.analysis.errors import column_errors, sample_errors
from playground.data import load
from playground.data.split import Split
from playground.models.pca import PCA

RNG = np.random.default_rng(0)
ODD = RNG.random(200) < 0.3
SCORES = RNG.normal(ODD * 0.8, 1.0)
TIED = np.round(SCORES)  # many rows of one score


def pair_by_pair(scores, odd):
    """The AUC by its definition: of all pairs of an odd and a normal row, the share in which the odd one has more."""
    difference = scores[odd][:, None] - scores[~odd][None]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


@pytest.mark.parametrize("scores", [SCORES, TIED], ids=["distinct", "tied"])
def test_the_areas_are_those_of_scikit_learn_and_of_their_definitions(scores):
    found = anomalies.curves(scores, ODD)
    assert found.auc == roc_auc_score(ODD, scores)
    assert found.auc == pytest.approx(pair_by_pair(scores, ODD), abs=1e-12)
    assert found.auc == pytest.approx(np.trapezoid(found.found, found.false_alarms), abs=1e-12)
    steps = np.diff(found.recall) * found.precision[1:]  # dropped points lie between two of equal recall
    assert found.average_precision == pytest.approx(steps.sum(), abs=1e-12)


def test_perfect_useless_and_contrary_scores_have_areas_1_one_half_and_0():
    assert anomalies.curves(ODD.astype(float), ODD).auc == 1
    assert anomalies.curves(np.zeros(200), ODD).auc == 0.5
    assert anomalies.curves(-ODD.astype(float), ODD).auc == 0


def test_the_curves_run_from_flagging_nothing_to_flagging_everything():
    found = anomalies.curves(SCORES, ODD)
    assert (found.false_alarms[0], found.found[0], found.false_alarms[-1], found.found[-1]) == (0, 0, 1, 1)
    assert (found.recall[0], found.recall[-1]) == (0, 1)
    assert found.precision[-1] == pytest.approx(ODD.mean())


@given(st.floats(-4, 4))
def test_the_confusion_at_a_threshold_is_that_of_scikit_learn(threshold):
    found = anomalies.confusion(TIED, ODD, threshold)
    alarms = threshold <= TIED
    (passed, false_alarms), (missed, hits) = confusion_matrix(ODD, alarms, labels=[False, True])
    assert (found.passed, found.false_alarms, found.missed, found.found) == (passed, false_alarms, missed, hits)
    assert found.recall == recall_score(ODD, alarms)
    if alarms.any():
        assert found.precision == precision_score(ODD, alarms)
    else:
        assert np.isnan(found.precision)


@pytest.mark.parametrize("scores", [SCORES, TIED], ids=["distinct", "tied"])
def test_every_resampled_area_is_the_area_of_resampled_rows(scores):
    found = anomalies.resampled_aucs({"": scores}, ODD)[""]
    rng = np.random.default_rng(0)
    n_odd, n_normal = int(ODD.sum()), int((~ODD).sum())
    of_odd, of_normal = rng.integers(0, n_odd, (len(found), n_odd)), rng.integers(0, n_normal, (len(found), n_normal))
    for place in range(0, len(found), 200):
        rows = np.concatenate([np.flatnonzero(ODD)[of_odd[place]], np.flatnonzero(~ODD)[of_normal[place]]])
        assert found[place] == pytest.approx(roc_auc_score(ODD[rows], scores[rows]), abs=1e-12)


def test_the_interval_of_the_area_is_as_wide_as_that_of_hanley_and_mcneil():
    """Their standard error of 1982 supposes exponential scores; for such scores the bootstrap has to agree."""
    rng = np.random.default_rng(1)
    odd = np.arange(600) < 200
    scores = rng.exponential(np.where(odd, 3.0, 1.0))
    area = anomalies.curves(scores, odd).auc
    low, high = anomalies.ends(anomalies.resampled_aucs({"": scores}, odd)[""])
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + 199 * (q1 - area**2) + 399 * (q2 - area**2)) / (200 * 400)
    assert low < area < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.1)


def test_equal_scores_of_two_names_have_equal_areas_in_every_resample():
    found = anomalies.resampled_aucs({"a": SCORES, "b": np.exp(SCORES)}, ODD)
    np.testing.assert_array_equal(found["a"], found["b"])


@pytest.mark.parametrize("odd", [np.zeros(5, bool), np.ones(5, bool)])
def test_without_odd_rows_or_without_normal_ones_there_is_no_curve(odd):
    with pytest.raises(ValueError, match="of 5 rows are odd: some have to be, and some not"):
        anomalies.curves(np.arange(5.0), odd)
    with pytest.raises(ValueError, match="of 5 rows are odd"):
        anomalies.resampled_aucs({"": np.arange(5.0)}, odd)


def test_ranks_begin_with_the_largest_and_end_with_what_is_not_finite():
    np.testing.assert_array_equal(anomalies.ranked(np.array([1.0, np.nan, 3.0, 1.0, np.inf])), [2, 0, 3, 1, 4])


@pytest.mark.parametrize("name", ["digits", "penguins", "breast_cancer"])
def test_the_shares_of_the_columns_are_those_of_the_rows_own_error(name):
    split = Split.of(load(name))
    x = split.x_test
    x_hat = PCA.fit(split.x_train, 2).reconstruct(x)
    shares = anomalies.column_shares(x, x_hat, split.layout)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    by_column = np.nan_to_num(column_errors(x, x_hat, split.layout))
    np.testing.assert_allclose(shares * sample_errors(x, x_hat)[:, None], by_column, rtol=1e-6, atol=1e-9)


def test_a_row_without_error_has_no_shares():
    np.testing.assert_array_equal(anomalies.column_shares(np.ones((1, 3)), np.ones((1, 3)), None), [[0, 0, 0]])


def test_the_usual_threshold_lets_95_of_100_rows_pass():
    rows = np.random.default_rng(3).exponential(size=2000)
    assert anomalies.flagged(rows, anomalies.usual_threshold(rows)).mean() == pytest.approx(0.05)


@pytest.mark.parametrize("name", ["digits", "penguins", "breast_cancer"])
def test_the_rows_that_say_what_is_usual_are_as_usual_on_average(name):
    split = Split.of(load(name))
    x_hat = PCA.fit(split.x_train, 2).reconstruct(split.x_val)
    by_column = column_errors(split.x_val, x_hat, split.layout)
    usual = anomalies.usual_errors(split.x_val, x_hat, split.layout)
    means = np.nanmean(by_column, axis=0)
    np.testing.assert_allclose(usual, np.maximum(means, 0.01 * means.mean()))
    scores = anomalies.relative_errors(split.x_val, x_hat, split.layout, usual)
    np.testing.assert_allclose(scores, np.nanmean(by_column / usual, axis=1))
    if name == "breast_cancer":  # no column so exact that it is held back, no cell missing
        assert scores.mean() == pytest.approx(1)


def test_twice_the_error_everywhere_is_four_times_what_is_usual():
    x = RNG.normal(size=(50, 4)).astype(np.float32)
    usual = anomalies.usual_errors(x, np.zeros_like(x), None)
    once, twice = (anomalies.relative_errors(k * x, np.zeros_like(x), None, usual) for k in (1, 2))
    np.testing.assert_allclose(twice, 4 * once)
    assert once.mean() == pytest.approx(1)


def test_without_any_usual_error_the_errors_themselves_count():
    ones = np.ones((3, 2), np.float32)
    usual = anomalies.usual_errors(ones, ones, None)
    np.testing.assert_allclose(anomalies.relative_errors(ones, 0 * ones, None, usual), 1)
