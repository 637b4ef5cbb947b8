"""The units' activity: every layer of every kind, told by a pass that is looked at from outside."""

import numpy as np
import pytest
import torch
from torch import nn

from playground.data import load
from playground.models.activity import activations, watched_pass
from playground.models.autoencoder import build
from playground.models.kinds import CONVOLUTIONAL, KIND
from playground.training.recipe import recommended

CASES = [
    (name, model, network)
    for name in ("digits", "penguins", "heartbeats")  # images, a table with missing cells, series
    for model, kind in KIND.items()
    for network in kind.networks
    if network != CONVOLUTIONAL or name != "penguins"
]


def made(name, model="dense", network="auto", **changes):
    """A network whose batch normalisation has seen data, its split, and rows of it."""
    dataset = load(name)
    spec = recommended(dataset, model, network)
    spec = type(spec).from_json(spec.to_json() | changes)
    split = spec.split(dataset)
    net = build(spec, split.n_features, split.layout, split.grid)
    x = torch.from_numpy(split.x_val[:60].copy())
    net.train()
    with torch.no_grad():
        net(torch.from_numpy(split.x_train[:200].copy()))
    return spec, split, net.eval(), x


@pytest.mark.parametrize(("name", "model", "network"), CASES)
def test_every_layer_of_every_kind_has_one_number_per_unit_of_the_hourglass(name, model, network):
    spec, split, net, x = made(name, model, network)
    seen = watched_pass(net, x, 40)
    assert tuple(map(len, seen.activity)) == spec.layers(split.n_features, split.grid)
    assert all(np.isfinite(layer).all() for layer in seen.activity)
    z = net.encode(x.numpy())
    np.testing.assert_allclose(seen.z, z, atol=1e-5)
    np.testing.assert_allclose(seen.x_hat, net.decode(z[:40]), atol=1e-4)
    code = seen.activity[len(seen.activity) // 2]
    np.testing.assert_allclose(code, z[:40].std(0), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(seen.activity[-1], seen.x_hat.std(0), rtol=1e-2, atol=1e-5)


def by_hand(stack, x, last):
    """Standard deviations after every bend before the layer number `last`."""
    found = []
    for layer in stack[:last]:
        x = layer(x)
        if isinstance(layer, nn.ReLU | nn.Tanh | nn.SiLU | nn.GELU | nn.Sigmoid):
            found.append(x.flatten(1).detach().numpy().std(0))
    return found


@pytest.mark.parametrize("activation", ["relu", "tanh", "silu", "gelu", "sigmoid"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_hidden_units_are_measured_after_norm_and_bend(activation, batch_norm):
    _, _, net, x = made("digits", activation=activation, batch_norm=batch_norm, output="sigmoid")
    seen = watched_pass(net, x, len(x))
    expected = by_hand(net.encoder, x, -1) + by_hand(net.decoder, net.code(x), -2)
    hidden = [*seen.activity[1:4], *seen.activity[5:8]]
    for layer, oracle in zip(hidden, expected, strict=True):
        alive = oracle > 1e-4
        np.testing.assert_allclose(layer[alive], oracle[alive], rtol=1e-3)


def test_the_input_is_what_the_network_sees_where_cells_are_missing():
    _, split, net, _ = made("penguins")
    x = split.x_val[:50].copy()
    x[:7, 0] = np.nan
    seen = watched_pass(net, torch.from_numpy(x), 50).activity[0]
    filled = np.where(np.isnan(x), split.layout.fill, x)
    np.testing.assert_allclose(seen, filled.std(0), rtol=1e-3)


@pytest.mark.parametrize("bias", [-1e3, -1.0])
def test_a_dead_unit_is_0_and_a_living_one_never(bias):
    _, _, net, x = made("digits", batch_norm=False, activation="relu")
    with torch.no_grad():
        net.encoder[0].weight[5] = 0.0
        net.encoder[0].bias[5] = bias
        net.encoder[0].weight[6] *= 1e-6  # hardly alive
        net.encoder[0].bias[6] = 0.0
    seen = watched_pass(net, x, len(x))
    assert seen.activity[1][5] == 0
    values = torch.relu(net.encoder[0](x)).detach().numpy()
    living = np.ptp(values, axis=0) > 1e-4 * np.abs(values).max(0)
    assert living[6]
    assert (seen.activity[1].astype(np.float16)[living] > 0).all()


def test_a_unit_that_stands_still_far_from_0_is_dead_in_spite_of_rounding():
    _, _, net, x = made("digits", batch_norm=False, activation="silu")
    with torch.no_grad():
        net.encoder[0].weight[5] = 0.0
        net.encoder[0].bias[5] = 12345.678
    assert watched_pass(net, x, len(x)).activity[1][5] == 0


def test_a_network_that_blew_up_is_neither_dead_nor_out_of_range():
    _, _, net, x = made("digits", batch_norm=False, output="linear", loss="sum_squares")
    with torch.no_grad():
        net.decoder[-1].weight[3] = float("nan")
        net.decoder[-1].weight[4] *= 1e9
    output = watched_pass(net, x, len(x)).activity[-1].astype(np.float16)
    assert np.isnan(output[3])
    assert output[4] == np.finfo(np.float16).max
    assert np.isfinite(np.delete(output, 3)).all()


@pytest.mark.parametrize("training", [False, True])
def test_looking_leaves_the_network_as_it_was(training):
    _, _, net, x = made("digits", dropout=0.3)
    net.train(training)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    watched_pass(net, x, 10)
    assert net.training is training
    assert not any(layer._forward_hooks for layer in net.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())


@pytest.mark.parametrize(("name", "model", "network"), CASES)
def test_activations_of_every_layer_are_those_whose_spread_the_pass_tells(name, model, network):
    _, _, net, x = made(name, model, network)
    seen = watched_pass(net, x, len(x))
    for layer, spread in enumerate(seen.activity):
        values = activations(net, x.numpy(), layer)
        assert values.shape == (len(x), len(spread))
        np.testing.assert_allclose(values.std(axis=0), spread, rtol=1e-2, atol=1e-4)
    np.testing.assert_allclose(activations(net, x.numpy(), len(seen.activity) // 2), net.encode(x.numpy()), atol=1e-5)


def test_a_layer_that_is_not_there_is_refused():
    spec, _, net, x = made("digits")
    with pytest.raises(IndexError, match="none with the number"):
        activations(net, x.numpy(), len(spec.layers(x.shape[1])))
