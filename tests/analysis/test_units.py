"""What a unit explains, against codecs of which it is known exactly."""

import numpy as np
import pytest

from playground.analysis.errors import sample_errors
from playground.analysis.units import Switches, histogram
from playground.models.codec import Codec
from playground.models.pca import PCA


class Product(Codec):
    """Decodes (a, b) as a·b: neither unit is of use without the other."""

    latent_dim = 2
    n_parameters = 0

    def encode(self, x):
        return np.stack([np.abs(x[:, 0]) ** 0.5, np.sign(x[:, 0]) * np.abs(x[:, 0]) ** 0.5], axis=1)

    def decode(self, z):
        return z[:, :1] * z[:, 1:]


def rows(n=300, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32) @ np.diag([5, 3, 2, 1, 0.5, 0.2]).astype(
        np.float32
    )


def test_of_pca_each_unit_explains_the_mean_square_of_its_codes_and_a_set_explains_their_sum():
    pca, x = PCA.fit(rows(), 4), rows(seed=1)
    mean = pca.encode(rows()).mean(axis=0)
    switches = Switches.of(pca, x, mean)
    found = switches.explained()
    known = np.square(pca.encode(x) - mean).mean(axis=0)
    assert found.error == pytest.approx(sample_errors(x, pca.reconstruct(x)).mean())
    np.testing.assert_allclose(found.rises, known, rtol=1e-4)
    assert found.shares.sum() == pytest.approx(1, abs=1e-4)
    assert found.order == [0, 1, 2, 3]
    assert switches.error({0, 2}) == pytest.approx(found.error + known[[0, 2]].sum(), rel=1e-4)


def test_units_that_need_each_other_each_explain_everything():
    x = rows()[:, :1]
    found = Switches.of(Product(), x, np.zeros(2, np.float32)).explained()
    assert found.error == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(found.shares, [1, 1], rtol=1e-5)


def test_units_decoded_together_give_what_they_give_one_by_one():
    pca = PCA.fit(rows(), 6)
    switches = Switches.of(pca, rows(1500, seed=2), np.full(6, 0.5, np.float32))
    found = switches.explained()
    alone = [switches.error([unit]) - found.error for unit in range(6)]
    np.testing.assert_allclose(found.rises, alone, rtol=1e-6)


def test_only_the_units_that_are_asked_about_are_scored_and_the_others_come_last():
    pca = PCA.fit(rows(), 4)
    switches = Switches.of(pca, rows(seed=1), np.zeros(4, np.float32))
    some, every = switches.explained([3, 1]), switches.explained()
    np.testing.assert_allclose(some.rises, np.where([False, True, False, True], every.rises, np.nan))
    assert some.order[:2] == [1, 3]
    assert (some.error, some.all_off) == (every.error, every.all_off)


def test_missing_entries_count_for_nothing():
    pca, x = PCA.fit(rows(), 2), rows(seed=1)
    x[::3, 1] = np.nan
    found = Switches.of(pca, x, np.zeros(2, np.float32)).explained()
    assert np.isfinite([found.error, found.all_off, *found.rises]).all()


def test_no_more_rows_than_agreed_are_scored_and_they_are_the_same_every_time():
    pca, x = PCA.fit(rows(), 2), rows(500)
    one, other = (Switches.of(pca, x, np.zeros(2, np.float32), most=100) for _ in range(2))
    assert one.explained().n_rows == 100
    np.testing.assert_array_equal(one.x, other.x)


def test_a_code_that_explains_nothing_has_no_shares():
    pca = PCA.fit(np.ones((5, 3), np.float32), 1)
    assert np.isnan(Switches.of(pca, np.ones((5, 3), np.float32), np.zeros(1, np.float32)).explained().shares).all()


@pytest.mark.parametrize("off", [[-1], [2]])
def test_a_unit_that_is_not_there_is_refused(off):
    switches = Switches.of(PCA.fit(rows(), 2), rows(), np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="numbered from 0 to 1"):
        switches.error(off)


def test_a_histogram_loses_no_code():
    bars = histogram(np.array([-9.0, 0.1, 0.2, 0.9, 99.0]), 0, 1, 2)
    np.testing.assert_allclose(bars, [1, 2 / 3])
