"""Gains: sums that add up to the comparison's numbers, missing cells that count for nothing, intervals that hold."""

import numpy as np
import pytest

from playground.analysis.errors import UNITS, compare, interval, resampled_means, sample_errors
from playground.analysis.gains import by_class, by_column, extremes
from playground.data import load
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import RunSpec

TOTAL = next(iter(UNITS))


@pytest.fixture(scope="module")
def both():
    """Test rows of wine, their labels, and what two codecs make of them."""
    dataset = load("wine")
    split = RunSpec(data="wine").split(dataset)
    codecs = {
        "mean": Mean.fit(split.x_train),
        "pca": PCA.fit(split.x_train, 1),
        "autoencoder": PCA.fit(split.x_train, 4),
    }
    scores = {score.name: score for score in compare(codecs, split.x_test)}
    pca, own = (codecs[name].reconstruct(split.x_test) for name in ("pca", "autoencoder"))
    return split.x_test, dataset.labels[split.test_rows], pca, own, scores


def test_gains_of_all_samples_average_to_the_difference_in_the_table(both):
    x, _, pca, own, scores = both
    gains = sample_errors(x, pca) - sample_errors(x, own)
    assert gains.mean() == pytest.approx(-scores["autoencoder"].versus_pca[0], rel=1e-12)


def test_errors_by_column_add_up_to_those_in_the_table(both):
    x, _, pca, own, scores = both
    columns = by_column(x, pca, own, None)
    assert columns.pca.sum() == pytest.approx(scores["pca"].error[TOTAL], rel=1e-12)
    assert columns.own.sum() == pytest.approx(scores["autoencoder"].error[TOTAL], rel=1e-12)
    assert (columns.n_known == len(x)).all()


def test_errors_by_class_average_to_those_in_the_table(both):
    x, labels, pca, own, scores = both
    classes = by_class(labels, sample_errors(x, pca), sample_errors(x, own))
    n = sum(each.n_rows for each in classes)
    assert n == len(x)
    for side, name in (("pca", "pca"), ("own", "autoencoder")):
        total = sum(each.n_rows * getattr(each, side)[0] for each in classes)
        assert total / n == pytest.approx(scores[name].error[TOTAL], rel=1e-12)
    assert [each.gain[0] for each in classes] == sorted((each.gain[0] for each in classes), reverse=True)
    assert {each.name for each in classes} == set(labels)
    for each in classes:
        assert each.gain[0] == pytest.approx(each.pca[0] - each.own[0], rel=1e-9)
        assert each.gain[1] <= each.gain[0] <= each.gain[2]


def test_missing_cells_count_for_nothing():
    x = np.array([[1.0, np.nan], [3.0, 2.0]], np.float32)
    columns = by_column(x, np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32), None)
    assert columns.pca.tolist() == [5.0, 4.0]
    assert columns.own.tolist() == [2.0, 1.0]
    assert columns.n_known.tolist() == [2, 1]
    total = sample_errors(x, np.zeros((2, 2), np.float32)).mean()
    assert (columns.pca * columns.n_known).sum() / 2 == total


def test_the_features_of_a_category_count_as_one_column():
    dataset = load("penguins")
    split = RunSpec(data="penguins").split(dataset)
    pca = PCA.fit(split.x_train, 2).reconstruct(split.x_test)
    columns = by_column(split.x_test, pca, pca, split.layout)
    assert columns.pca.shape == (dataset.n_features,)
    total = sample_errors(split.x_test, pca).mean()
    assert (columns.pca * columns.n_known).sum() / len(pca) == pytest.approx(total, rel=1e-12)


def test_the_extremes_are_the_largest_gains_and_losses():
    gains = np.array([0.0, 3.0, -1.0, 5.0, -2.0, 0.0])
    assert extremes(gains, 10) == ([3, 1], [4, 2])
    assert extremes(gains, 1) == ([3], [4])
    assert extremes(np.zeros(4), 3) == ([], [])


@pytest.mark.parametrize("draw", [lambda rng, n: rng.gamma(2, 1, n) - 2, lambda rng, n: rng.standard_t(6, n)])
def test_the_interval_of_a_difference_holds_the_truth_about_95_times_of_100(draw):
    """300 sets of 80 paired differences whose true mean is 0, skewed and with heavy tails."""
    rng = np.random.default_rng(0)
    ends = [interval(draw(rng, 80))[1:] for _ in range(300)]
    held = np.mean([low <= 0 <= high for low, high in ends])
    assert 0.90 <= held <= 0.99


def test_resampled_in_parts_or_at_once_the_rows_are_the_same(monkeypatch):
    errors = {"a": np.arange(50.0), "b": np.arange(50.0) ** 2}
    at_once = resampled_means(errors)
    monkeypatch.setattr("playground.analysis.errors.DRAWN_AT_ONCE", 7 * 50)
    for name, means in resampled_means(errors).items():
        np.testing.assert_array_equal(means, at_once[name])
