"""The linear autoencoder ends where PCA is, and never below it (Baldi and Hornik 1989)."""

import numpy as np
import pytest
import torch

from playground.analysis.errors import sample_errors
from playground.data import load
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.training.linear_fit import fit_linear


def errors(x, latent_dim, seed=0):
    """Mean error of the linear autoencoder and of PCA on the rows both were fitted on."""
    codecs = fit_linear(x, latent_dim, seed), PCA.fit(x, latent_dim)
    return [sample_errors(x, codec.reconstruct(x)).mean() for codec in codecs]


@pytest.mark.parametrize(
    ("data", "latent_dim"),
    [("digits", 1), ("digits", 2), ("digits", 16), ("wine", 2), ("wine", 8), ("swiss_roll", 1), ("swiss_roll", 2)],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_linear_autoencoder_reaches_pca_and_never_passes_it(data, latent_dim, seed):
    linear, pca = errors(RunSpec(data=data).split(load(data)).x_train, latent_dim, seed)
    assert pca * (1 - 1e-6) <= linear <= pca * 1.01


def test_it_spans_the_subspace_of_pca():
    x = RunSpec().split(load("digits")).x_train
    decoder = fit_linear(x, 3, 0).decoder[0].weight.detach().numpy()
    inside = PCA.fit(x, 3).components @ np.linalg.qr(decoder)[0]
    np.testing.assert_allclose(np.linalg.svd(inside, compute_uv=False), 1, atol=1e-3)


def test_a_full_bottleneck_keeps_everything():
    x = RunSpec(data="swiss_roll").split(load("swiss_roll")).x_train
    linear, _ = errors(x, 3)
    assert linear < 0.01 * x.var(axis=0).sum()


def test_a_table_without_variance_is_given_back():
    x = np.full((30, 4), 2.5, np.float32)
    np.testing.assert_allclose(fit_linear(x, 2, 0).reconstruct(x), x, atol=1e-4)


def test_the_seed_alone_decides_the_weights():
    x = RunSpec(data="wine").split(load("wine")).x_train
    torch.manual_seed(1)
    first = fit_linear(x, 2, 0).state_dict()
    before = torch.get_rng_state()
    again, other = fit_linear(x, 2, 0).state_dict(), fit_linear(x, 2, 1).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder.0.weight"], other["encoder.0.weight"])
