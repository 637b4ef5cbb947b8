"""Corrupting and filling in: what is said is computed from the run, and the denoising twin is trained on a click."""

import dataclasses

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.corruption import Added, Known, damage, error_curve, suitable
from playground.figures.numbers import three
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import corrupting, imputing, repairs
from playground.ui.components.corrupt import corrupt_payload, damage_payload, strength_of

SCRIPT = """
from playground.ui import carried, corrupting, state
run = state.run()
corrupting.show(run, carried.carry(run, encode=True) if {network} else None)
"""


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


def drawn(run, network=True, **before):
    app = AppTest.from_string(SCRIPT.format(network=network), default_timeout=60)
    app.query_params["run"] = run.id
    for key, value in before.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def words(app):
    texts = (*app.markdown, *app.caption, *app.error, *app.info)
    return "\n".join(each.value.replace("\\", "") for each in texts)


@pytest.mark.parametrize(("data", "m"), [("digits", 3), ("penguins", 2), ("wine", 4), ("heartbeats", 2), ("circle", 2)])
@pytest.mark.parametrize("network", [True, False])
def test_every_kind_of_data_is_corrupted_with_and_without_a_network(run_of, data, m, network):
    app = drawn(run_of(data, latent_dim=m), network)
    titles = [each.value for each in app.subheader]
    assert titles[:2] == ["Corrupt and repair", "How far it can repair"]
    assert ("Fill in what is missing" in titles) == (data in ("penguins", "wine", "circle"))
    assert "The error is against the clean rows" in words(app)


@pytest.mark.parametrize("data", ["digits", "penguins"])
def test_every_corruption_can_be_chosen(run_of, data):
    run = run_of(data)
    app = drawn(run)
    for kind in suitable(Known.of(run.split)):
        app.selectbox(key="corrupt_kind").set_value(kind).run()
        assert not app.exception
        assert not app.error
        assert app.button(key="corrupt_again").disabled == (kind == "blur")


def test_one_click_trains_the_denoising_twin_and_its_line_joins_the_plot(run_of, runs):
    run = run_of("digits")
    app = drawn(run)
    app.button(key="train_twin").click().run()
    assert not app.exception
    others = [Run(runs, run_id) for run_id in runs.run_ids() if run_id != run.id]
    assert [repairs.is_denoising(each.spec) for each in others] == [True]
    twin = others[0]
    assert dataclasses.replace(twin.spec, model="dense", noise="auto", noise_level=run.spec.noise_level) == run.spec
    assert "train_twin" not in {each.key for each in app.button}
    codecs = {"pca": run.pca(), "autoencoder": run.codec(), "twin": twin.codec()}
    curve = error_curve(codecs, run.split.x_test, "noise", Known.of(run.split))
    best = min(codecs, key=lambda name: curve.error[name][-1])
    names = {"pca": "PCA", "autoencoder": "this autoencoder", "twin": "denoising autoencoder (normal noise of 0.3)"}
    closest = words(app).split("Of the repairs, ")[1].split(".\n")[0]
    assert " is closest at strength" in closest
    assert names[best] in closest
    never = bool((curve.error["autoencoder"] <= curve.error["twin"]).all())
    assert ("The denoising autoencoder does not help here" in words(app)) == never


@pytest.mark.parametrize("network", [True, False])
def test_the_denoising_twin_gets_a_panel_of_its_own(run_of, monkeypatch, network):
    run, sent = run_of("penguins"), []
    monkeypatch.setattr(corrupting, "corrupt", lambda data, **_: sent.append(data))
    app = drawn(run, network)
    assert "twin" not in sent[-1]["titles"]
    app.button(key="train_twin").click().run()
    app.run()
    assert not app.exception
    assert list(sent[-1]["titles"])[-1] == "twin"
    assert ("twin" in sent[-1]) == network
    assert network or "twin" in sent[-1]["computed"]
    assert "trained with normal noise of 0.3" in sent[-1]["note"]


@pytest.mark.parametrize("data", ["digits", "penguins"])
def test_the_twin_is_trained_with_the_noise_that_was_chosen_and_the_button_says_why(run_of, data):
    run = run_of(data)
    same = {"noise": "gaussian", "mask": "mask", "salt_pepper": "salt_pepper", "swap": "swap"}
    for corruption in suitable(Known.of(run.split)):
        spec = repairs.twin_spec(run, corruption)
        spec.check_fits(run.dataset)
        assert spec.noise == same.get(corruption, spec.noise)
        why = repairs.why_noise(corruption)
        assert (corruption in same) == why.startswith("It is the noise of training that is like")
    assert repairs.why_noise("noise") in words(drawn(run))


def test_a_denoising_run_is_its_own_twin_and_one_without_noise_in_its_kind_says_why(run_of):
    app = drawn(run_of("digits", model="denoising"))
    assert "This autoencoder is a denoising one: trained with normal noise of 0.3" in words(app)
    app = drawn(run_of("digits", model="linear", output="linear", batch_norm=False, hidden=[]))
    assert "There is no denoising one to compare with" in words(app)


def test_a_run_of_another_bottleneck_or_other_rows_is_no_twin(run_of):
    run = run_of("digits")
    spec = repairs.twin_spec(run, "noise")
    assert repairs._is_twin(run.spec, spec)
    for change in ({"latent_dim": 5}, {"split_seed": 1}, {"hidden": (8,)}, {"noise_level": 0.0}):
        assert not repairs._is_twin(run.spec, dataclasses.replace(spec, **change))


def test_the_numbers_of_filling_in_are_those_of_the_held_out_rows(run_of):
    run = run_of("penguins")
    app = drawn(run)
    filled = imputing.filled_in(run, 0.3, 0)
    for name in ("autoencoder", "pca", "mean"):
        assert f"{imputing.WAYS[name][0]} {three(filled.overall[name][0])}" in words(app)
    app.slider(key="fill_share").set_value(0.6).run()
    assert f"Autoencoder {three(imputing.filled_in(run, 0.6, 0).overall['autoencoder'][0])}" in words(app)


def test_the_visitor_chooses_which_cells_of_the_sample_are_hidden(run_of):
    run = run_of("penguins")
    app = drawn(run)
    app.multiselect(key="fill_columns").set_value(["sex"]).run()
    assert not app.exception
    assert app.multiselect(key="fill_columns").value == ["sex"]
    app.multiselect(key="fill_columns").set_value([]).run()
    known = np.isfinite(run.dataset.x[run.split.test_rows[0]]).all()
    assert ("Nothing is hidden" in words(app)) == known
    app.button(key="fill_again").click().run()
    assert app.multiselect(key="fill_columns").value


def test_a_row_with_missing_cells_shows_what_would_be_filled_in(run_of, runs):
    run = run_of("penguins")
    place = int(np.flatnonzero(np.isnan(run.split.x_test).any(axis=1))[0])
    app = drawn(run, _sample=(run.id, place))
    assert "it shows what would be filled in" in words(app)


@pytest.mark.parametrize("sent", [None, "0.5", -0.1, 1.1, float("nan"), True, [0.5], {"strength": 0.5}])
def test_what_is_no_strength_is_ignored(sent):
    assert strength_of(sent) is None


def test_the_payload_refuses_shapes_that_do_not_belong_together(run_of):
    run = run_of("digits")
    known = Known.of(run.split)
    x = run.split.x_test[:1]
    more = {"network": None, "pca": None, "look": {}, "strength": 0.3, "says": "", "titles": {}}
    drawn_once = damage("noise", x, known, 0)
    assert isinstance(drawn_once, Added)
    with pytest.raises(ValueError, match="not both"):
        corrupt_payload(x=x[0], fill=known.fill[:3], damage=drawn_once, **more)
    assert damage_payload(drawn_once)["type"] == "added"
