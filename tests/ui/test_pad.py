"""The pad from Python's side: what is sent, what is believed of what comes back, and what stands around it."""

import base64

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import pad as section
from playground.ui.components.pad import KnownRows, Told, code_from, pad_payload, rows_known_payload
from playground.ui.held_out import held_out

CODES = np.arange(12, dtype=np.float32).reshape(6, 2)


def rows(**more):
    given = {
        "key": "a",
        "held": CODES,
        "train": CODES[:3],
        "numbers": np.array([4, 5, 70_000]),
        "words": [],
        "reach": 1,
        "apart": np.linspace(0, 1, 101),
    }
    return KnownRows(**given | more)


@pytest.mark.parametrize(
    "value", [None, 3, "z", [], [1.0], [1, 2, 3], [1, "2"], [True, 1], [float("nan"), 1], [1e39, 0]]
)
def test_what_is_not_a_finite_number_per_unit_is_no_point_of_the_code(value):
    assert code_from(value, 2) is None


def test_a_point_of_the_code_is_taken_as_float32():
    z = code_from([1, -2.5], 2)
    assert z.dtype == np.float32
    assert z.tolist() == [1.0, -2.5]


def test_codes_and_row_numbers_arrive_as_they_were():
    sent = rows_known_payload(rows())
    for name, whole in (("held", CODES), ("train", CODES[:3]), ("numbers", np.array([4, 5, 70_000]))):
        got = np.frombuffer(base64.b64decode(sent[name]["base64"]), "<f4").reshape(sent[name]["shape"])
        assert np.array_equal(got, whole)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"numbers": np.array([1, 2])}, "numbers has 2 entries for 3 training codes"),
        ({"words": ["one"]}, "words has 1 entries for 3"),
        ({"features": np.zeros((2, 4))}, "features has 2 entries for 3"),
        ({"train": np.zeros((3, 5))}, "not of one network"),
    ],
)
def test_rows_that_do_not_belong_together_are_refused(more, complaint):
    with pytest.raises(ValueError, match=complaint):
        rows_known_payload(rows(**more))


def test_a_point_of_another_code_is_refused():
    with pytest.raises(ValueError, match="needs the 3 units"):
        pad_payload(
            n=6,
            m=3,
            rows_key="a",
            run="r",
            network=None,
            units=(0, 1),
            names=["1", "2", "3"],
            point=CODES[0],
            kind="image",
        )


@pytest.fixture
def drawn(runs, settings, monkeypatch):
    """Draws the section of a new run; the pad is told what was done there from a list."""
    seen, acts = [], []

    def pad(**given):
        seen.append(given)
        return acts.pop() if acts else Told(None, None)

    monkeypatch.setattr(section, "pad", pad)

    def draw(data, network="key", **more):
        run = Run(runs, start(InlineRunner(runs), settings(data, **more)))

        def script(run_id, network):
            from playground.runs.run import Run
            from playground.runs.store import Store
            from playground.ui import pad as section

            section.show(Run(Store(), run_id), network)

        app = AppTest.from_function(script, args=(run.id, network), default_timeout=60).run()
        assert not app.exception
        return run, app

    return draw, seen, acts


def test_the_threshold_of_a_hole_is_the_99th_percentile_of_the_training_codes_nearest_distances(drawn):
    run, _ = drawn[0]("wine", latent_dim=2)
    z = run.codec().encode(run.split.x_train).astype(np.float64)
    apart = np.linalg.norm(z[:, None] - z, axis=2)
    np.fill_diagonal(apart, np.inf)
    known = section._known("another", 0, run)
    assert known.rows.reach == pytest.approx(np.quantile(apart.min(axis=1), 0.99), rel=1e-4)
    wanted = np.quantile(apart.min(axis=1), np.linspace(0, 1, 101))
    np.testing.assert_allclose(known.rows.apart, wanted, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("data", "latent_dim"), [("digits", 2), ("wine", 1), ("swiss_roll", 2), ("penguins", 3)])
def test_every_kind_of_data_has_its_pad(drawn, data, latent_dim):
    draw, seen, _ = drawn
    run, app = draw(data, latent_dim=latent_dim)
    held = held_out(run)
    assert seen[-1]["units"] == ((0, None) if latent_dim == 1 else (0, 1))
    assert np.array_equal(seen[-1]["point"], held.z[0])
    assert (seen[-1]["space"] is not None) == (data == "swiss_roll")
    assert ("pad_others" in {box.key for box in app.selectbox}) == (latent_dim > 2)


def test_the_other_units_go_to_the_mean_of_the_training_codes_and_those_on_show_stay(drawn):
    draw, seen, _ = drawn
    run, app = draw("wine", latent_dim=3)
    before = seen[-1]["point"]
    app.selectbox(key="pad_others").select("mean").run()
    after = seen[-1]["point"]
    assert after[:2].tolist() == before[:2].tolist()
    assert after[2] == pytest.approx(run.codec().encode(run.split.x_train)[:, 2].mean(), rel=1e-4)


def test_a_network_too_large_for_a_browser_is_decoded_by_the_server(drawn):
    draw, seen, _ = drawn
    run, _ = draw("wine", network=None, latent_dim=2)
    assert seen[-1]["look"]["kind"] == "table"
    assert np.array_equal(seen[-1]["decoded"], run.codec().decode(held_out(run).z[:1])[0])


def test_a_click_on_a_code_puts_its_sample_on_show(drawn):
    draw, seen, acts = drawn
    acts.append(Told(3, None))
    run, _ = draw("wine", latent_dim=2)
    assert seen[-1]["selected"] == 3
    assert np.array_equal(seen[-1]["point"], held_out(run).z[3])


def test_where_the_point_rests_is_known_to_the_server(drawn):
    draw, _, acts = drawn
    acts.append(Told(None, np.array([0.5, -0.5], np.float32)))
    _, app = draw("wine", latent_dim=2)
    app.session_state["reproduce_pad"] = True
    app.run()
    assert any("[0.5, -0.5]" in code.value for code in app.code)
