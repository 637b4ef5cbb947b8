"""The network of a run brought to the browser, or a sentence on why it is not."""

import base64

import numpy as np
import pytest

from playground import RunSpec
from playground.models.autoencoder import build
from playground.models.plain import plain
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.ui import carried
from playground.ui.components.network import network_payload
from playground.ui.held_out import version


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("store"))
    spec = RunSpec(data="iris", hidden=(6,), output="linear", epochs=1)
    return Run(store, start(InlineRunner(store), spec))


def test_a_small_network_is_carried_under_the_runs_version(run):
    assert carried.why_not(run) == ""
    assert carried.carry(run) == f"{run.id}-{version(run)}"
    assert carried.carry(run, encode=True) != carried.carry(run)


def test_too_many_weights_are_refused_with_the_limit(run, monkeypatch):
    monkeypatch.setattr(carried, "MOST_BYTES", 100)
    assert carried.carry(run) is None
    assert "too large to be sent" in carried.why_not(run)


def test_too_much_arithmetic_is_refused_with_the_limit(run, monkeypatch):
    monkeypatch.setattr(carried, "MOST_MULTIPLICATIONS", 10)
    assert carried.carry(run) is None
    assert "multiplications" in carried.why_not(run)
    assert "(10)" in carried.why_not(run)


def test_without_the_encoder_only_the_decoders_weights_are_sent():
    network = plain(build(RunSpec(hidden=(4,), latent_dim=2, output="linear"), 5), 5)
    payload = network_payload(network, "k")
    numbers = np.frombuffer(base64.b64decode(payload["weights"]), "<f4")
    assert payload["encoder"] is None
    np.testing.assert_array_equal(numbers[:8].reshape(4, 2), network.decoder[0].weights[0])
    assert numbers.size == 2 * 4 + 4 + 4 * 5 + 5
