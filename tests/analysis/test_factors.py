"""Which unit carries which factor: information against scikit-learn, and codes whose scores are known."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from playground.analysis.factors import DCI, Factor, binned, dci, entropy, factors_of, information, mutual_information


def made(n=4000, seed=0):
    """Three independent factors: two numbers and a category, and codes that are these."""
    rng = np.random.default_rng(seed)
    numbers = rng.uniform(size=(n, 2))
    kinds = rng.integers(0, 4, n)
    factors = [Factor("a", numbers[:, 0]), Factor("b", numbers[:, 1]), Factor("kind", np.array([*"wxyz"])[kinds])]
    return factors, np.column_stack([numbers, kinds]), rng


def parted(codes, factors):
    """What `dci` takes: the first three quarters of the rows to fit on, the others to judge by."""
    train, test = np.split(np.arange(len(codes)), [3 * len(codes) // 4])
    return codes[train], [f.of(train) for f in factors], codes[test], [f.of(test) for f in factors]


def test_mutual_information_and_entropy_are_scikit_learns():
    rng = np.random.default_rng(1)
    a = rng.integers(0, 7, 500)
    b = (a + rng.integers(0, 3, 500)) % 5
    assert mutual_information(a, b) == pytest.approx(mutual_info_score(a, b), abs=1e-12)
    assert entropy(a) == pytest.approx(mutual_info_score(a, a), abs=1e-12)


def test_bins_are_of_equal_width_as_in_disentanglement_lib():
    values = np.random.default_rng(0).normal(size=1000)
    theirs = np.digitize(values, np.histogram(values, 20)[1][:-1]) - 1
    np.testing.assert_array_equal(binned(values), theirs)
    assert not binned(np.full(5, 3.0)).any()


def test_codes_that_are_the_factors_score_near_one():
    factors, codes, rng = made()
    found = information(codes[:, rng.permutation(3)], factors)
    assert found.mig > 0.97
    assert found.shares.max(axis=0) == pytest.approx(1, abs=1e-9)
    scores = dci(*parted(codes, factors))
    assert scores.disentanglement > 0.98
    assert scores.completeness > 0.98
    assert scores.informativeness > 0.99


def test_turned_codes_tell_as_much_but_share_it_out():
    factors, codes, _ = made()
    factors, codes = factors[:2], codes[:, :2] - 0.5
    turned = codes @ np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    assert information(turned, factors).mig < 0.05
    scores = dci(*parted(turned, factors))
    assert scores.disentanglement < 0.1
    assert scores.completeness < 0.1
    assert scores.informativeness > 0.95


def test_codes_that_know_nothing_tell_no_more_than_chance():
    factors, _, rng = made()
    codes = rng.normal(size=(4000, 3))
    found = information(codes, factors)
    np.testing.assert_allclose(found.shares, np.tile(found.by_chance, (3, 1)), atol=0.01)
    assert found.mig < 0.01
    scores = dci(*parted(codes, factors))
    assert scores.told[:2] == pytest.approx([0, 0], abs=0.15)
    assert scores.told[2] == pytest.approx(scores.guessed[2], abs=0.06)


def test_disentanglement_and_completeness_by_hand():
    scores = DCI(np.array([[1.0, 0.5], [0.0, 0.5]]), np.ones(2), np.zeros(2))
    rows = 1 - (-(2 / 3) * np.log2(2 / 3) - (1 / 3) * np.log2(1 / 3)), 1.0
    assert scores.disentanglement == pytest.approx(0.75 * rows[0] + 0.25 * rows[1])
    assert scores.completeness == pytest.approx(0.5 * 1 + 0.5 * 0)


def test_one_unit_has_no_gap_and_one_factor_no_disentanglement():
    factors, codes, _ = made(300)
    assert np.isnan(information(codes[:, :1], factors).mig)
    alone = dci(codes, factors[:1], codes, factors[:1])
    assert np.isnan(alone.disentanglement)
    assert alone.completeness > 0.9


def test_rows_where_a_factor_is_unknown_are_left_out():
    factors, codes, _ = made(1000)
    with_gaps = factors[0].values.copy()
    with_gaps[::3] = np.nan
    rest = np.arange(1000) % 3 != 0
    found = information(codes, [Factor("a", with_gaps)])
    wanted = information(codes[rest], [factors[0].of(np.flatnonzero(rest))])
    np.testing.assert_array_equal(found.shares, wanted.shares)


def test_what_cannot_be_asked_for_is_said():
    n = 200
    kept, why_not = factors_of(
        {
            "id": np.array([f"row {place}" for place in range(n)]),
            "same": np.full(n, "x"),
            "unknown": np.full(n, np.nan, np.float32),
            "size": np.arange(n, dtype=np.float32),
        }
    )
    assert [factor.name for factor in kept] == ["size"]
    assert why_not == [
        "id is left out: it has 200 different values, more than 50.",
        "same is left out: it is the same everywhere.",
        "unknown is left out: it is the same everywhere.",
    ]
