"""What every codec promises, whatever it is: the mean, PCA and every model in `BUILD`."""

import math

import numpy as np
import pytest
import torch

from playground.data import load
from playground.errors import SpecError
from playground.models.autoencoder import BUILD, build
from playground.models.kernel_pca import KernelPCA
from playground.models.kinds import KIND
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import ACTIVATIONS, MODELS, OUTPUTS, RunSpec

CODECS = ["mean", "pca", "kernel pca", *BUILD]


@pytest.fixture(scope="module")
def split():
    return RunSpec().split(load("digits"))


GRID = (8, 8, 1)


def spec_of(model, **more):
    """Settings for a kind, whatever else it needs."""
    return RunSpec(**{"model": model, "batch_norm": model != "contractive"} | more)


def built(model, n_features=64, grid=GRID, **more):
    spec = spec_of(model, **more)
    return build(spec, n_features, None, grid if spec.is_convolutional else None)


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
    if request.param == "kernel pca":
        return KernelPCA.fit(split.x_train, 5, most_rows=300)
    return with_statistics(built(request.param, latent_dim=5), split.x_train)


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
    expected = {Mean: n, PCA: n + 5 * n, KernelPCA: 300 * n + 300 * 5 + 5 + 300 * n}.get(type(codec))
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
    settings = {"model": model, "hidden": hidden, "batch_norm": batch_norm, "output": output, "latent_dim": 3}
    try:
        spec = RunSpec(**settings)
    except SpecError:
        pytest.skip("these do not go together")
    grid = (13, 1) if spec.is_convolutional else None
    assert spec.n_parameters(13, grid=grid) == build(spec, 13, None, grid).n_parameters


NETWORKS = [(model, network) for model in MODELS for network in KIND[model].networks if network == "convolutional"]


@pytest.mark.parametrize(("model", "network"), NETWORKS)
@pytest.mark.parametrize("grid", [(8, 8, 1), (28, 28, 1), (9, 13, 3), (64, 50, 3), (128, 1), (10, 1)], ids=str)
@pytest.mark.parametrize("hidden", [(5,), (4, 6, 3)], ids=["one", "three"])
def test_convolutions_fit_any_grid(model, network, grid, hidden):
    spec = RunSpec(model=model, network=network, hidden=hidden, latent_dim=3)
    n = math.prod(grid)
    model = build(spec, n, None, grid)
    assert spec.n_parameters(n, grid=grid) == model.n_parameters
    x = np.random.default_rng(0).random((4, n), np.float32)
    assert model.reconstruct(x).shape == x.shape
    assert spec.layers(n, grid)[0] == spec.layers(n, grid)[-1] == n


def test_a_convolution_sees_neighbours_only():
    """What one pixel does stays near it: nothing far away changes in the first layer."""
    model = build(RunSpec(model="convolutional", hidden=(4,), batch_norm=False), 784, None, (28, 28, 1))
    first = torch.nn.Sequential(*list(model.encoder)[:2])
    x = torch.zeros(1, 784)
    x[0, 0] = 1.0
    moved = (first(x) - first(torch.zeros(1, 784))).abs().sum(dim=1)[0]
    assert moved[0, 0] > 0
    assert moved.sum() == moved[0, 0]


def test_convolutions_without_neighbours_are_refused():
    with pytest.raises(SpecError, match="Convolutions need samples whose features have neighbours"):
        build(RunSpec(model="convolutional"), 13)


def test_tied_weights_are_the_encoders_transposed():
    model = build(RunSpec(model="tied", hidden=(7,), latent_dim=2, batch_norm=False, output="linear"), 5)
    z = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    inner, outer = model.encoder[2].weight.detach().numpy(), model.encoder[0].weight.detach().numpy()
    biases = [layer.bias.detach().numpy() for layer in (model.decoder[0], model.decoder[2])]
    by_hand = np.maximum(z @ inner + biases[0], 0) @ outer + biases[1]
    np.testing.assert_allclose(model.decode(z), by_hand, atol=1e-6)


def test_a_variational_code_is_the_mean_of_its_cloud():
    model = build(RunSpec(model="vae", latent_dim=3, batch_norm=False), 6).eval()
    x = torch.rand(4, 6)
    mean, log_variance = model.posterior(x)
    assert mean.shape == log_variance.shape == (4, 3)
    np.testing.assert_allclose(model.encode(x.numpy()), mean.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize(("sparsity", "low", "high"), [("l1", 0, np.inf), ("kl", 0, 1)])
def test_a_sparse_code_can_be_small(sparsity, low, high):
    model = build(RunSpec(model="sparse", sparsity=sparsity, batch_norm=False), 6)
    z = model.encode(np.random.default_rng(0).normal(0, 100, (50, 6)).astype(np.float32))
    assert low <= z.min()
    assert z.max() <= high


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
        return built(model, seed=seed).state_dict()

    first, again, other = weights(3), weights(3), weights(4)
    assert all(torch.equal(first[name], again[name]) for name in first)
    learnt = [name for name in first if name.endswith((".weight", ".bias")) and first[name].ndim > 1]
    assert not any(torch.equal(first[name], other[name]) for name in learnt)


@pytest.mark.parametrize("model", MODELS)
def test_building_a_model_leaves_the_global_random_numbers_alone(model):
    ours, theirs = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 (what we watch)
    built(model)
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
