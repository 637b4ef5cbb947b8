"""Slow motion's sentences are true of the batch they speak of, and its data reach the browser whole."""

import base64
import json

import numpy as np
import pytest

from playground.figures import palette
from playground.ui.components import slow_words
from playground.ui.components.slow import PHASES, slow_payload

NAN = float("nan")


def payload(k=3, n=6, m=2, **more):
    rng = np.random.default_rng(0)
    x = rng.random((k, n))
    given = {
        "epoch": 3,
        "step": 5,
        "steps_per_epoch": 19,
        "learning_rate": 0.02,
        "rows": np.arange(1200, 1200 + k),
        "batch_size": 64,
        "x": x,
        "x_clean": x,
        "z": rng.normal(size=(k, m)),
        "x_hat": x / 2,
        "errors": np.arange(1.0, k + 1),
        "loss": 3.41,
        "loss_after": 3.29,
        "update": 0.0021,
        "weights": 0.16,
        "run": "a",
        "n_train": 1168,
        "layers": [n, m, n],
        "latent_index": 1,
        "n_weights": 23_714,
        "kind": "table",
        "loss_name": "sum of squares per sample",
    }
    return slow_payload(**(given | more))


def sentences(**more):
    return [phase["words"] for phase in payload(**more)["phases"]]


def unpacked(packed):
    values = np.frombuffer(base64.b64decode(packed["base64"]), dtype="<" + packed["type"])
    return values.reshape(packed["shape"])


def update(**more):
    given = {
        "n_weights": 100,
        "update": 0.002,
        "weights": 0.1,
        "learning_rate": 0.02,
        "loss": 3.0,
        "loss_after": 2.5,
    }
    return slow_words.update_words(**(given | more))


def test_every_phase_has_its_sentence_with_the_numbers_of_the_batch():
    z = np.array([[0.31, -1.2], [1, 1], [2, 2]])
    batch, encode, decode, error, moved = sentences(z=z, labels=["digit 7", "digit 0", "digit 1"])
    assert batch == "64 of the 1,168 training rows come in: step 5 of 19 of epoch 3. 3 of them are shown."
    assert encode == (
        "The encoder turns 6 numbers per row into 2: the first row shown (digit 7) becomes (0.310,\u00a0−1.20)."
    )
    assert decode == "The decoder turns 2 numbers back into 6. They are all it gets to see of a row."
    assert error == (
        "The loss of this batch is 3.41 (sum of squares per sample). Of the rows shown, the worst (digit 1) has a "
        "squared error of 3.00, the best (digit 7) of 1.00."
    )
    assert moved == (
        "All 23,714 weights move by 0.00210 on average (root mean square, 1.31 % of their size) at learning rate "
        "0.02; the very same batch would now have a loss of 3.29, 0.120 less."
    )


def test_a_batch_of_all_rows_and_a_batch_of_one_are_told_as_such():
    every = slow_words.batch_words(epoch=1, step=1, steps_per_epoch=1, batch_size=8, n_train=8, shown=8)
    assert every == "All 8 training rows come in at once: step 1 of 1 of epoch 1."
    one = slow_words.batch_words(epoch=1, step=2, steps_per_epoch=8, batch_size=1, n_train=8, shown=1)
    assert one == "1 of the 8 training rows comes in: step 2 of 8 of epoch 1."


def test_noise_is_named_and_so_is_what_has_to_come_out():
    words = sentences(noise="Gaussian noise of 0.3")[0]
    assert words.endswith("They are damaged by Gaussian noise of 0.3; what has to come out are the clean ones.")
    assert payload(noise="Gaussian noise of 0.3")["noisy"] is True


@pytest.mark.parametrize(("m", "said"), [(5, "into 5: "), (6, "into 6, as many as came in: "), (7, "7, more than ")])
def test_a_code_as_wide_as_the_data_is_said_to_be_no_bottleneck(m, said):
    assert said in slow_words.encode_words(n=6, z=np.zeros((1, m)), name="")


def test_a_long_code_is_cut_off_and_a_code_of_one_number_stands_alone():
    assert slow_words.encode_words(n=64, z=np.ones((1, 9)), name="").endswith(
        "(1.00,\u00a01.00,\u00a01.00,\u00a01.00,\u00a0…)."
    )
    assert slow_words.encode_words(n=64, z=np.ones((1, 1)), name="").endswith("the first row shown becomes 1.00.")
    assert slow_words.decode_words(n=64, m=1) == (
        "The decoder turns 1 number back into 64. It is all it gets to see of a row."
    )


def test_a_loss_that_rises_is_said_to_rise_with_the_reason():
    words = update(loss_after=3.25)
    assert "a loss of 3.25, 0.250 more, which happens: " in words
    assert "less" not in words


def test_a_loss_that_stays_is_said_to_stay():
    assert update(loss_after=3.0).endswith("a loss of 3.00, just the same.")


def test_weights_that_are_all_zero_have_no_share_to_speak_of():
    assert "(root mean square)" in update(weights=0.0)


@pytest.mark.parametrize("broken", [NAN, float("inf")])
def test_a_step_that_diverged_says_so_and_boasts_of_no_improvement(broken):
    assert "diverged" in update(update=broken, loss=broken, loss_after=broken)
    assert "no longer a number" in update(loss_after=broken)
    assert "diverged" in slow_words.error_words(loss=broken, loss_name="L", errors=np.array([broken]), names=["a"])
    assert update(loss=broken).endswith("would now have a loss of 2.50.")


def test_the_worst_row_is_looked_for_among_the_known_errors():
    words = slow_words.error_words(
        loss=1.0, loss_name="L", errors=np.array([NAN, 2.0, 5.0, 1.0]), names=["a", "b", "c", "d"]
    )
    assert "the worst (c) has a squared error of 5.00, the best (d) of 1.00" in words
    alone = slow_words.error_words(loss=1.0, loss_name="L", errors=np.array([2.0]), names=["a"])
    assert "best" not in alone
    assert "2.00" in alone


def test_rows_without_a_label_go_by_their_number():
    assert payload(labels=["digit 7", "", "digit 1"])["names"] == ["digit 7", "row 1,201", "digit 1"]


def test_the_data_hold_every_array_and_are_plain_json():
    x = np.random.default_rng(1).random((3, 6)).astype(np.float32)
    data = payload(
        x=x,
        epoch=np.int64(3),
        step=np.int64(5),
        loss=np.float64(2.0),
        layers=np.array([6, 2, 6]),
        errors=np.array([NAN, 1.0, 2.0]),
    )
    again = json.loads(json.dumps(data, allow_nan=False))
    np.testing.assert_array_equal(unpacked(again["x"]), x)
    assert again["z"]["shape"] == [3, 2]
    assert again["step"] == ["a", 3, 5]
    assert again["errors"] == [None, 1.0, 2.0]
    assert [phase["name"] for phase in again["phases"]] == list(PHASES)
    assert again["palette"]["code"] == palette.BOTTLENECK


def test_images_travel_as_levels_between_their_black_and_white():
    x = np.array([[-1.0, 0.0, 1.0, 3.0]])
    data = payload(
        k=1, n=4, x=x, x_clean=x, x_hat=x, kind="image", image_shape=(2, 2), low=-1.0, high=1.0, layers=[4, 2, 4]
    )
    assert unpacked(data["x"]).tolist() == [[0, 128, 255, 255]]
    assert data["image_shape"] == [2, 2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"k": 9}, "9 rows"),
        ({"x_hat": np.zeros((3, 5))}, "not all"),
        ({"errors": np.zeros(2)}, "errors"),
        ({"labels": ["a"]}, "1 labels"),
        ({"feature_names": ["a"]}, "1 feature names"),
        ({"image_shape": (2, 2)}, "does not hold 6 features"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        payload(**wrong)
