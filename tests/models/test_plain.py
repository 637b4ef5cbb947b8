"""A network as plain steps: sizes, what is folded, what is refused. That it computes the same is a browser's test."""

import numpy as np
import pytest
import torch
from torch import nn

from playground import RunSpec
from playground.models import sizes
from playground.models.autoencoder import Autoencoder, build
from playground.models.plain import multiplications, n_bytes, plain


@pytest.mark.parametrize(
    ("settings", "grid", "n_features"),
    [
        ({"hidden": (9, 5)}, None, 20),
        ({"model": "linear", "output": "linear"}, None, 20),
        ({"model": "tied"}, None, 20),
        ({"model": "convolutional", "hidden": (6, 8)}, (12, 10, 3), 360),
        ({"model": "convolutional", "hidden": (6, 8)}, (30, 1), 30),
    ],
)
def test_a_plain_network_costs_what_its_settings_say(settings, grid, n_features):
    spec = RunSpec(**settings)
    network = plain(build(spec, n_features, None, grid), n_features)
    done = multiplications(network.encoder) + multiplications(network.decoder)
    assert done == sizes.multiplications(spec, n_features, 0, grid)


def test_the_encoder_of_a_vae_gives_the_means_alone():
    network = plain(build(RunSpec(model="vae", latent_dim=3), 10), 10)
    assert network.encoder[-1].settings["outputs"] == 3


def test_batch_normalisation_and_dropout_leave_no_step_of_their_own():
    spec = RunSpec(batch_norm=True, dropout=0.3, hidden=(8,), latent_dim=2, output="linear")
    network = plain(build(spec, 6), 6)
    assert [step.kind for step in network.decoder] == ["linear", "bend", "linear"]
    assert n_bytes(network.decoder) == 4 * (2 * 8 + 8 + 8 * 6 + 6)


def test_batch_normalisation_is_folded_into_the_layer_before_it():
    torch.manual_seed(0)
    norm = nn.BatchNorm1d(4)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    layers = nn.Sequential(nn.Linear(3, 4), norm)
    weight, bias = plain(Autoencoder(layers, nn.Sequential(nn.Linear(4, 3)), 4), 3).encoder[0].weights
    x = torch.randn(5, 3)
    expected = layers.eval()(x).detach().numpy()
    np.testing.assert_allclose(x.numpy() @ weight.T + bias, expected, rtol=1e-5, atol=1e-6)


def test_a_layer_without_a_plain_form_is_refused_by_name():
    odd = Autoencoder(nn.Sequential(nn.Linear(3, 2)), nn.Sequential(nn.Linear(2, 3), nn.Softplus()), 2)
    with pytest.raises(TypeError, match="Softplus has no plain form"):
        plain(odd, 3)
