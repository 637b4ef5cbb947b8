"""Kernel PCA against its definition, written out, and on data that it is for."""

import numpy as np
import pytest

from playground.data import load
from playground.errors import SpecError
from playground.models.kernel_pca import RIDGE, KernelPCA
from playground.models.pca import PCA
from playground.models.spec import RunSpec


def squared_distances(a, b):
    return np.square(a[:, None].astype(np.float64) - b[None]).sum(axis=2)


def by_hand(train, x, latent_dim):
    """Codes and pre-images of x: the centred kernel's eigenvectors, then kernel ridge regression on the codes."""
    train, x = train.astype(np.float64), x.astype(np.float64)
    gamma = 1 / (2 * train.var(axis=0).sum())
    inner, outer = (np.exp(-gamma * squared_distances(a, train)) for a in (train, x))
    n = len(train)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(centre @ inner @ centre)
    values, vectors = values[::-1][:latent_dim], vectors[:, ::-1][:, :latent_dim]
    z_train = vectors * np.sqrt(values)
    z = (outer - inner.mean(axis=0)) @ centre @ vectors / np.sqrt(values)
    kernel = np.exp(-gamma * squared_distances(z_train, z_train)) + RIDGE * np.eye(n)
    return z, np.exp(-gamma * squared_distances(z, z_train)) @ np.linalg.solve(kernel, train)


@pytest.fixture(scope="module")
def wine():
    return RunSpec(data="wine").split(load("wine"))


@pytest.mark.parametrize("latent_dim", [1, 3, 20])
def test_codes_and_pre_images_are_those_of_the_definition(wine, latent_dim):
    codec = KernelPCA.fit(wine.x_train, latent_dim)
    z, x_hat = by_hand(wine.x_train, wine.x_test, latent_dim)
    ours = codec.encode(wine.x_test)
    signs = np.sign((ours * z).sum(axis=0))
    np.testing.assert_allclose(ours * signs, z, atol=1e-5)
    np.testing.assert_allclose(codec.reconstruct(wine.x_test), x_hat, atol=1e-4)


def test_it_beats_pca_on_digits_where_the_samples_lie_on_curves():
    split = RunSpec(data="digits").split(load("digits"))
    kernel, plain = (fit(split.x_train, 8).reconstruct(split.x_test) for fit in (KernelPCA.fit, PCA.fit))
    assert np.square(split.x_test - kernel).sum() < 0.8 * np.square(split.x_test - plain).sum()


def test_of_many_rows_it_takes_the_same_few_every_time(wine):
    one, other = (KernelPCA.fit(wine.x_train, 2, most_rows=50) for _ in range(2))
    assert one.n_rows == 50
    np.testing.assert_array_equal(one.encode(wine.x_test), other.encode(wine.x_test))


def test_missing_entries_count_as_the_mean(wine):
    holed = wine.x_test.copy()
    holed[0, 3] = np.nan
    codec = KernelPCA.fit(wine.x_train, 2)
    meant = wine.x_test.copy()
    meant[0, 3] = codec.mean[3]
    np.testing.assert_allclose(codec.reconstruct(holed), codec.reconstruct(meant), atol=1e-6)


def test_rows_that_are_all_the_same_come_back_as_they_are():
    flat = np.full((10, 3), 2.0, np.float32)
    assert np.isfinite(KernelPCA.fit(flat, 1).reconstruct(flat)).all()


def test_more_units_than_rows_are_refused_in_a_sentence(wine):
    with pytest.raises(SpecError, match="latent_dim=50 must be between 1 and 49, one less than the rows"):
        KernelPCA.fit(wine.x_train, 50, most_rows=50)
