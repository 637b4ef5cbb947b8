"""The decoder's derivatives against finite differences and known weights, and what excites the first layer."""

import numpy as np
import pytest
import torch

from playground.data import load
from playground.models.activity import BENDS
from playground.models.autoencoder import build
from playground.models.jacobian import decoder_jacobian, first_layer, first_layer_activity
from playground.models.kinds import CONVOLUTIONAL, KIND
from playground.training.recipe import recommended

CASES = [
    (name, model, network)
    for name in ("digits", "penguins", "heartbeats")  # images, a table with categories and missing cells, series
    for model, kind in KIND.items()
    for network in kind.networks
    if network != CONVOLUTIONAL or name != "penguins"
]


def made(name, model="dense", network="auto", **changes):
    """A network whose batch normalisation has seen data, and its split."""
    dataset = load(name)
    spec = recommended(dataset, model, network)
    spec = type(spec).from_json(spec.to_json() | changes)
    split = spec.split(dataset)
    net = build(spec, split.n_features, split.layout, split.grid)
    net.train()
    with torch.no_grad():
        net(torch.from_numpy(split.x_train[:200].copy()))
    return net.eval(), split


@pytest.mark.parametrize(("name", "model", "network"), CASES)
def test_derivatives_of_every_kind_are_those_of_small_steps(name, model, network):
    net, split = made(name, model, network, latent_dim=3, activation="tanh")
    z = net.encode(split.x_test[:1])[0]
    jacobian = decoder_jacobian(net, z)
    assert jacobian.shape == (split.n_features, 3)
    decoder = net.double().decoder  # small steps need more digits than float32 has
    step = 1e-5
    for unit in range(3):
        ends = torch.from_numpy(np.stack([z, z]).astype(np.float64))
        ends[0, unit] -= step
        ends[1, unit] += step
        with torch.no_grad():
            low, high = decoder(ends).numpy()
        np.testing.assert_allclose(jacobian[:, unit], (high - low) / (2 * step), rtol=1e-3, atol=1e-5)


def test_the_derivatives_of_a_linear_decoder_are_its_weights_everywhere():
    net, _ = made("wine", "linear", latent_dim=4)
    weight = net.decoder[0].weight.detach().numpy()
    for z in (np.zeros(4, np.float32), np.full(4, 3.0, np.float32)):
        np.testing.assert_allclose(decoder_jacobian(net, z), weight, atol=1e-6)


def test_a_network_in_training_mode_is_left_so_and_its_normalisation_untouched():
    net, split = made("digits", batch_norm=True)
    z = net.encode(split.x_test[:1])[0]
    wanted = decoder_jacobian(net, z)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.train()
    np.testing.assert_array_equal(decoder_jacobian(net, z), wanted)
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_no_input_of_length_one_excites_a_unit_more_than_its_pattern():
    net, split = made("digits", "dense", "dense")
    patterns = first_layer(net)
    layer = net.encoder[0]
    rng = np.random.default_rng(0)
    others = rng.normal(size=(2000, split.n_features)).astype(np.float32)
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    with torch.no_grad():
        own = layer(torch.from_numpy(patterns)).diagonal().numpy()
        best = layer(torch.from_numpy(others)).max(dim=0).values.numpy()
    np.testing.assert_allclose(np.linalg.norm(patterns, axis=1), 1, rtol=1e-5)
    assert (own > best).all()


def test_patterns_of_a_table_leave_the_flags_out_and_those_of_a_vae_the_variances():
    net, split = made("penguins")
    assert split.layout.flagged
    assert first_layer(net).shape[1] == split.n_features
    shallow, split = made("wine", "vae", hidden=[], latent_dim=3)
    assert first_layer(shallow).shape == (3, split.n_features)
    deep, split = made("wine", "vae", hidden=[8], latent_dim=3)
    assert first_layer(deep).shape == (8, split.n_features)


@pytest.mark.parametrize(("name", "shape"), [("digits", (2, 2, 1)), ("heartbeats", (4, 1))])
def test_filters_of_a_convolution_have_their_channels_last(name, shape):
    net, _ = made(name, "convolutional")
    filters = first_layer(net)
    assert filters.shape[1:] == shape
    wanted = next(net.encoder.parameters()).detach().numpy()[3, 0]
    np.testing.assert_allclose(filters[3, ..., 0], wanted / np.linalg.norm(wanted), rtol=1e-5)


@pytest.mark.parametrize("model", ["dense", "convolutional"])
def test_activity_of_the_first_layer_is_the_spread_of_its_answers(model):
    net, split = made("digits", model, batch_norm=False)
    x = split.x_test[:80]
    last = next(place for place, layer in enumerate(net.encoder) if isinstance(layer, BENDS))
    with torch.no_grad():
        answers = net.encoder[: last + 1](torch.from_numpy(x)).numpy()
    spread = answers.reshape(80, len(first_layer(net)), -1).std(axis=0)
    np.testing.assert_allclose(first_layer_activity(net, x), np.sqrt((spread**2).mean(axis=1)), rtol=1e-3, atol=1e-6)
