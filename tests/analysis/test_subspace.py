"""Principal angles against SciPy's and against known ones; loadings against known components."""

import numpy as np
import pytest
from scipy import linalg

from playground.analysis.subspace import decoder_rows, has_gap, principal_angles, recovered_loadings
from playground.data import load
from playground.models.autoencoder import build
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.training.linear_fit import fit_linear


def rows(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(("k", "n"), [(1, 2), (2, 3), (3, 20), (8, 30), (5, 400), (6, 7)])
def test_principal_angles_are_scipys(k, n):
    a, b = rows(k, n), rows(k, n, seed=1)
    expected = np.degrees(linalg.subspace_angles(a.T, b.T))
    np.testing.assert_allclose(principal_angles(a, b), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("angle", [1e-12, 1e-9, 1e-6, 1e-3, 0.5, 44.9, 45.1, 89.999, 90.0])
def test_a_known_angle_is_found_however_small(angle):
    a = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])
    turned = np.radians(angle)
    b = np.array([[np.cos(turned), 0, np.sin(turned), 0], [0, 1.0, 0, 0]])
    found = principal_angles(np.array([[2.0, 1.0], [0.5, -1.0]]) @ a, np.array([[1.0, 3.0], [1.0, 2.0]]) @ b)
    assert found[0] == pytest.approx(angle, rel=1e-6, abs=1e-13)
    assert found[1] == pytest.approx(0, abs=1e-13)


def test_spans_of_different_size_have_the_angles_of_the_smaller_one():
    a, b = rows(2, 9), rows(5, 9, seed=1)
    expected = np.degrees(linalg.subspace_angles(a.T, b.T))
    np.testing.assert_allclose(principal_angles(a, b), expected, rtol=1e-9)
    np.testing.assert_allclose(principal_angles(b, a), expected, rtol=1e-9)


def test_rows_that_depend_on_each_other_span_less():
    a = rows(2, 9)
    twice = np.vstack([a, a[0] + a[1], np.zeros(9)])
    np.testing.assert_allclose(principal_angles(twice, a), [0, 0], atol=1e-12)
    assert principal_angles(np.zeros((2, 9)), a).size == 0


@pytest.mark.parametrize("bad", [np.zeros((2, 4)), np.full((2, 3), np.nan), np.zeros(3)])
def test_rows_that_cannot_be_compared_are_refused(bad):
    with pytest.raises(ValueError, match=r"rows of the same length|finite"):
        principal_angles(np.ones((2, 3)), bad)


def test_components_are_recovered_from_a_decoder_that_mixes_them():
    """Whatever invertible mixture the code is: the codes' covariance undoes it."""
    rng = np.random.default_rng(0)
    components = np.linalg.qr(rng.normal(size=(30, 4)))[0].T
    scores = rng.normal(size=(500, 4)) @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    scores -= scores.mean(axis=0)
    scores = np.linalg.qr(scores)[0] * [9.0, 5.0, 3.0, 1.0]  # uncorrelated, of known spread
    mixture = rng.normal(size=(4, 4))
    z, decoder = scores @ mixture, np.linalg.inv(mixture) @ components
    found = recovered_loadings(decoder, components, z)
    np.testing.assert_allclose(found.vectors, components, atol=1e-6)
    np.testing.assert_allclose(found.angles, 0, atol=1e-5)
    alone = recovered_loadings(decoder, components)
    assert alone.angles.max() > 5  # the decoder alone does not know them
    np.testing.assert_allclose(principal_angles(alone.vectors, components), 0, atol=1e-4)


def test_order_and_signs_follow_pcas():
    components = np.eye(3, 5)
    decoder = np.diag([1.0, 2.0, 3.0]) @ -components
    found = recovered_loadings(decoder, components)
    np.testing.assert_allclose(found.vectors, components, atol=1e-7)


def test_codes_of_another_length_are_refused():
    with pytest.raises(ValueError, match="codes of 2 units"):
        recovered_loadings(np.ones((2, 3)), np.eye(2, 3), np.ones((9, 3), np.float32))


def test_the_fast_fit_on_digits_ends_in_pcas_subspace_with_pcas_loadings():
    x = RunSpec().split(load("digits")).x_train
    fall = []
    linear = fit_linear(x, 2, 0, watch=lambda step, model: fall.append((step, decoder_rows(model))))
    pca = PCA.fit(x, 2)
    angles = [principal_angles(decoder, pca.components)[0] for _, decoder in fall]
    assert (fall[0][0], fall[-1][0]) == (0, 1000)
    assert 30 < len(fall) <= 40
    assert angles[0] > 45
    assert angles[-1] < 0.01
    assert recovered_loadings(decoder_rows(linear), pca.components, linear.encode(x)).angles.max() < 0.1


def test_watching_the_fit_changes_no_bit():
    x = RunSpec(data="wine").split(load("wine")).x_train
    one, other = fit_linear(x, 2, 0), fit_linear(x, 2, 0, watch=lambda step, model: None)
    for name, tensor in one.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), other.state_dict()[name].numpy())


def test_decoder_rows_are_what_a_unit_adds():
    model = build(RunSpec(model="linear", output="linear", latent_dim=3), 7)
    z = np.eye(3, dtype=np.float32)
    added = model.decode(z) - model.decode(np.zeros((1, 3), np.float32))
    np.testing.assert_allclose(decoder_rows(model), added, atol=1e-6)


@pytest.mark.parametrize(
    ("variances", "m", "stands_apart"),
    [([4, 2, 1], 2, True), ([4, 2, 1.9], 2, False), ([4, 2], 2, True), ([4, 0, 0], 2, False), ([4], 2, False)],
)
def test_a_subspace_stands_apart_only_where_the_next_variance_is_clearly_smaller(variances, m, stands_apart):
    assert has_gap(np.array(variances, float), m) is stands_apart
