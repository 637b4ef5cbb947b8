"""New codes: every source against what it says it is."""

import numpy as np
import pytest
from scipy.stats import gaussian_kde, kstest

from playground.analysis.generating import SOURCES, gaussian, jittered, mixture, standard_normal

MANY = 4000


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(5)


@pytest.fixture(scope="module")
def three_clouds(rng):
    centres = np.array([[0, 0], [8, 0], [0, 8]])
    return (centres[rng.integers(3, size=900)] + rng.normal(size=(900, 2))).astype(np.float32)


def test_the_prior_is_standard_normal_in_every_unit(three_clouds):
    z = standard_normal(three_clouds).sample(MANY, seed=1)
    assert all(kstest(unit, "norm").pvalue > 0.001 for unit in z.T)
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.06


def test_the_gaussian_has_the_mean_and_covariance_of_the_codes(rng):
    z = rng.normal(size=(500, 3)) @ np.array([[2, 1, 0], [0, 1, -1], [0, 0, 0.5]]) + [4, 0, -2]
    fitted = gaussian(z)
    np.testing.assert_allclose(fitted.roots[0].T @ fitted.roots[0], np.cov(z.T), atol=1e-12)
    drawn = fitted.sample(MANY, seed=2)
    np.testing.assert_allclose(drawn.mean(axis=0), z.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(z.T), atol=0.4)


def test_the_mixture_finds_the_three_clouds_that_there_are(three_clouds):
    fitted = mixture(three_clouds)
    assert len(fitted.centres) == 3
    assert fitted.words.startswith("3 parts")
    np.testing.assert_allclose(sorted(fitted.centres.sum(axis=1)), [0, 8, 8], atol=0.4)
    for root in fitted.roots:
        np.testing.assert_allclose(root.T @ root, np.eye(2), atol=0.3)


def test_one_cloud_is_a_mixture_of_one_part_and_equals_the_gaussian(rng):
    z = rng.normal(size=(600, 2)) * [3, 0.1] + 5
    fitted = mixture(z)
    assert len(fitted.centres) == 1
    np.testing.assert_allclose(fitted.centres[0], z.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(fitted.roots[0].T @ fitted.roots[0], np.cov(z.T), rtol=0.01, atol=1e-4)


def test_jitter_is_the_kernel_density_of_scipy(three_clouds):
    z = three_clouds[:200]
    fitted = jittered(z)
    kernel = fitted.roots[0].T @ fitted.roots[0]
    np.testing.assert_allclose(kernel, gaussian_kde(z.T.astype(float)).covariance, rtol=1e-6)


def test_without_temperature_jitter_gives_training_codes_and_a_gaussian_its_mean(three_clouds):
    codes = {tuple(code) for code in three_clouds.tolist()}
    assert all(tuple(code) in codes for code in jittered(three_clouds).sample(20, seed=0, temperature=0).tolist())
    cold = gaussian(three_clouds).sample(3, seed=0, temperature=0)
    np.testing.assert_allclose(cold, np.tile(three_clouds.mean(axis=0), (3, 1)), rtol=1e-5)


@pytest.mark.parametrize("name", SOURCES)
def test_temperature_scales_the_way_from_the_centre(name, three_clouds):
    fitted = SOURCES[name].fit(three_clouds)
    cold, usual, hot = (fitted.sample(50, seed=3, temperature=t) for t in (0, 1, 2))
    np.testing.assert_allclose(hot - cold, 2 * (usual - cold), atol=1e-5)


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_seed_gives_the_same_codes_and_more_of_them_begin_with_the_same(name, three_clouds):
    fitted = SOURCES[name].fit(three_clouds)
    few, many = fitted.sample(4, seed=7), fitted.sample(9, seed=7)
    np.testing.assert_array_equal(few, many[:4])
    assert not np.allclose(few, fitted.sample(4, seed=8))
    assert fitted.sample(0, seed=7).shape == (0, 2)


@pytest.mark.parametrize("name", SOURCES)
def test_units_that_never_move_and_few_codes_are_no_trouble(name, rng):
    still = np.concatenate([rng.normal(size=(30, 1)), np.full((30, 1), 3.0)], axis=1)
    drawn = SOURCES[name].fit(still).sample(8, seed=0)
    assert np.isfinite(drawn).all()
    if name != "prior":
        np.testing.assert_allclose(drawn[:, 1], 3, atol=1e-5)
    assert np.isfinite(SOURCES[name].fit(np.ones((5, 2))).sample(3, seed=0)).all()


def test_one_code_is_too_few_and_temperature_is_not_negative(three_clouds):
    with pytest.raises(ValueError, match="two codes at least, not 1"):
        gaussian(three_clouds[:1])
    with pytest.raises(ValueError, match="temperature=-1 must not be negative"):
        gaussian(three_clouds).sample(1, seed=0, temperature=-1)
