"""Error against m: PCA for every m from one fit is PCA fitted for that m; where a curve bends; which k matches."""

import numpy as np
import pytest
from sklearn import decomposition

from playground.analysis.errors import sample_errors
from playground.analysis.sweep import elbow, pca_errors, units_needed
from playground.models.pca import PCA


def data(rows, features, rank=None):
    rng = np.random.default_rng(rows)
    rank = rank or features
    return (rng.normal(size=(rows, rank)) * np.linspace(3, 0.3, rank) @ rng.normal(size=(rank, features))).astype("f4")


@pytest.mark.parametrize("shape", [(90, 12, None), (20, 30, None), (90, 12, 5)], ids=["tall", "wide", "rank 5"])
def test_one_fit_gives_the_error_of_every_m(shape):
    x = data(*shape)
    train, test = x[: len(x) // 2], x[len(x) // 2 :]
    errors = pca_errors(PCA.fit(train, min(train.shape)), test)
    most = min(shape[2] or shape[1], len(train) - 1, shape[1])
    assert len(errors) == most + 1
    assert errors[0] == pytest.approx(sample_errors(test, np.broadcast_to(train.mean(0), test.shape)).mean(), rel=1e-5)
    for k in range(1, most + 1):
        theirs = decomposition.PCA(k, svd_solver="full").fit(train.astype(np.float64))
        x_hat = theirs.inverse_transform(theirs.transform(test.astype(np.float64)))
        assert errors[k] == pytest.approx(sample_errors(test, x_hat).mean(), rel=1e-4, abs=1e-4 * errors[0])


def test_missing_cells_count_for_nothing():
    x = data(60, 8)
    x[np.random.default_rng(0).random(x.shape) < 0.1] = np.nan
    pca = PCA.fit(x[:40], 8)
    errors = pca_errors(pca, x[40:])
    for k in range(1, 9):
        expected = sample_errors(x[40:], pca.truncated(k).reconstruct(x[40:])).mean()
        assert errors[k] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_pca_needs_as_many_units_as_make_its_error_no_larger():
    errors = np.array([9.0, 4.0, 2.0, 1.0])
    assert [units_needed(errors, error) for error in (10.0, 9.0, 3.0, 2.0, 1.0, 0.5)] == [0, 0, 2, 2, 3, None]


def test_the_elbow_is_farthest_below_the_chord():
    assert elbow(range(7), [10, 6, 2, 1.5, 1, 0.5, 0]) == 2
    assert elbow([0, 1, 4, 16], [10, 1, 0.5, 0]) == 1
    rng = np.random.default_rng(0)
    m, errors = np.arange(30), np.sort(rng.random(30))[::-1]
    x, y = m / 29, (errors - errors[-1]) / (errors[0] - errors[-1])
    ends = np.array([1.0, -1.0]) / np.sqrt(2)  # along the chord, from (0, 1) to (1, 0)
    distance = ends[0] * (1 - y) - -ends[1] * x
    assert elbow(m, errors) == m[distance.argmax()]


@pytest.mark.parametrize("errors", [[1], [2, 1], [3, 2, 1], [1, 1, 1], [1, 2, 3], [3, np.nan, 1], [3, 2.9, 0]])
def test_a_curve_without_a_bend_has_no_elbow(errors):
    assert elbow(range(len(errors)), errors) is None
