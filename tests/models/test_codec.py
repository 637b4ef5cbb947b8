"""What every codec promises, whatever it is: the mean, PCA and every model in `BUILD`."""

import numpy as np
import pytest
import torch

from playground.data import load
from playground.models.autoencoder import BUILD, build
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import ACTIVATIONS, MODELS, OUTPUTS, RunSpec

CODECS = ["mean", "pca", *BUILD]


@pytest.fixture(scope="module")
def split():
    return RunSpec().split(load("digits"))


def with_statistics(model, x):
    """A model whose batch normalisation has seen data, as any trained one has."""
    model.train()
    with torch.no_grad():
        model(torch.tensor(x[:200]))
    return model


@pytest.fixture(params=CODECS)
def codec(request, split):
    if request.param == "mean":
        return Mean.fit(split.x_train)
    if request.param == "pca":
        return PCA.fit(split.x_train, 5)
    return with_statistics(build(RunSpec(model=request.param, latent_dim=5), split.n_features), split.x_train)


@pytest.mark.parametrize("n", [0, 1, 7, 4097])
def test_codes_and_reconstructions_are_float32_with_a_row_per_sample(codec, split, n):
    x = np.resize(split.x_test, (n, split.n_features))
    z = codec.encode(x)
    x_hat = codec.decode(z)
    assert z.shape == (n, codec.latent_dim)
    assert x_hat.shape == x.shape
    assert z.dtype == x_hat.dtype == np.float32
    assert np.isfinite(x_hat).all()


def test_to_reconstruct_is_to_encode_and_decode(codec, split):
    x = split.x_test
    np.testing.assert_array_equal(codec.reconstruct(x), codec.decode(codec.encode(x)))
    np.testing.assert_array_equal(codec.reconstruct(x), codec.reconstruct(x))


def test_the_input_is_left_untouched(codec, split):
    x = split.x_test.copy()
    z = codec.encode(x)
    np.testing.assert_array_equal(x, split.x_test)
    kept = z.copy()
    x_hat = codec.decode(z)
    np.testing.assert_array_equal(z, kept)
    x_hat[:] = 7
    z[:] = 7
    np.testing.assert_array_equal(codec.encode(x), kept)
    np.testing.assert_array_equal(x, split.x_test)


def test_one_sample_comes_out_as_it_does_in_a_batch(codec, split):
    batch = split.x_test
    z, x_hat = codec.encode(batch), codec.reconstruct(batch)
    for row in (0, 17, len(batch) - 1):
        np.testing.assert_allclose(codec.encode(batch[row : row + 1])[0], z[row], atol=1e-5)
        np.testing.assert_allclose(codec.reconstruct(batch[row : row + 1])[0], x_hat[row], atol=1e-5)


def test_read_only_and_strided_samples_are_taken(codec, split):
    x = split.x[::3]
    assert not x.flags.writeable
    np.testing.assert_allclose(codec.reconstruct(x), codec.reconstruct(x.copy()), atol=1e-5)


def test_encoding_changes_nothing_in_the_codec(codec, split):
    """Batch normalisation in training mode would follow whatever it is shown."""
    before = codec.reconstruct(split.x_test)
    codec.encode(split.x_train * 10)
    codec.decode(codec.encode(split.x_train) * 10)
    np.testing.assert_array_equal(codec.reconstruct(split.x_test), before)


def test_parameters_are_counted(codec, split):
    n = split.n_features
    expected = {Mean: n, PCA: n + 5 * n}.get(type(codec))
    if expected is None:
        expected = sum(tensor.numel() for name, tensor in codec.state_dict().items() if not is_statistic(name))
    assert codec.n_parameters == expected


def is_statistic(name):
    return name.endswith(("running_mean", "running_var", "num_batches_tracked"))


def test_every_model_that_can_be_chosen_can_be_built():
    assert set(BUILD) == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("hidden", [(), (7,), (128, 64, 32)], ids=["none", "one", "three"])
@pytest.mark.parametrize("batch_norm", [True, False], ids=["norm", "plain"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_the_spec_knows_how_many_parameters_the_model_will_have(model, hidden, batch_norm, output):
    spec = RunSpec(model=model, hidden=hidden, batch_norm=batch_norm, output=output, latent_dim=3)
    assert spec.n_parameters(13) == build(spec, 13).n_parameters


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_bends(activation):
    model = build(RunSpec(activation=activation, batch_norm=False, output="linear"), 6)
    x = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32) * 10
    middle = model.reconstruct((x[:1] + x[1:2]) / 2)
    ends = model.reconstruct(x)
    assert np.abs(middle[0] - (ends[0] + ends[1]) / 2).max() > 1e-6


def test_the_linear_model_is_affine():
    model = build(RunSpec(model="linear", latent_dim=3), 6)
    x = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    middle, ends = model.reconstruct((x[:1] + x[1:2]) / 2), model.reconstruct(x)
    np.testing.assert_allclose(middle[0], (ends[0] + ends[1]) / 2, atol=1e-6)


def test_a_sigmoid_output_stays_between_0_and_1_and_a_linear_one_need_not():
    x = np.random.default_rng(0).normal(0, 100, size=(50, 6)).astype(np.float32)
    bounded = build(RunSpec(output="sigmoid", batch_norm=False), 6).reconstruct(x)
    assert bounded.min() >= 0
    assert bounded.max() <= 1
    free = build(RunSpec(output="linear", batch_norm=False), 6).reconstruct(x)
    assert free.min() < 0


@pytest.mark.parametrize("model", MODELS)
def test_the_seed_alone_decides_the_starting_weights(model):
    def weights(seed):
        return build(RunSpec(model=model, seed=seed), 20).state_dict()

    first, again, other = weights(3), weights(3), weights(4)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder.0.weight"], other["encoder.0.weight"])
    assert not torch.equal(first["encoder.0.bias"], other["encoder.0.bias"])


@pytest.mark.parametrize("model", MODELS)
def test_building_a_model_leaves_the_global_random_numbers_alone(model):
    ours, theirs = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 (what we watch)
    build(RunSpec(model=model), 20)
    assert torch.equal(torch.get_rng_state(), ours)
    np.testing.assert_array_equal(np.random.get_state()[1], theirs[1])  # noqa: NPY002
    assert np.random.get_state()[2] == theirs[2]  # noqa: NPY002


def test_the_decoder_mirrors_the_encoder():
    model = build(RunSpec(hidden=(9, 7), latent_dim=2, batch_norm=False), 12)
    widths = [layer.in_features for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    assert [*widths, 12] == [12, 9, 7, 2, 7, 9, 12] == list(RunSpec(hidden=(9, 7)).layers(12))


def test_encoding_in_training_mode_gives_the_mode_back(split):
    model = build(RunSpec(), split.n_features).train()
    model.encode(split.x_test)
    assert model.training
    model.eval().encode(split.x_test)
    assert not model.training
