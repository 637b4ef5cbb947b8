"""Rows that are none of the data, and how strange they are found."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from playground.analysis.strange import TWISTS, place_among, some_rows, stranger_than, told_apart, twists_for
from playground.data import BUILTIN, load

TRAIN = np.arange(100)


@pytest.mark.parametrize("data", list(BUILTIN))
def test_every_twist_gives_rows_of_the_same_form_and_the_same_ones_for_the_same_seed(data):
    dataset = load(data)
    x = dataset.x[:5]
    before = x.copy()
    assert twists_for(dataset)
    for name in twists_for(dataset):
        made = TWISTS[name](x, dataset, TRAIN, seed=1)
        assert made.shape == x.shape
        assert made.dtype == x.dtype
        assert not np.array_equal(made, x, equal_nan=True)
        np.testing.assert_array_equal(made, TWISTS[name](x, dataset, TRAIN, seed=1))
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(("name", "times"), [("upside_down", 2), ("mirrored", 2), ("turned", 4), ("inverted", 2)])
@pytest.mark.parametrize("data", ["digits", "smileys"])
def test_a_picture_turned_over_often_enough_is_itself_again(name, times, data):
    dataset = load(data)
    x = dataset.x[:3]
    for _ in range(times):
        x = TWISTS[name](x, dataset, TRAIN)
    np.testing.assert_allclose(x, dataset.x[:3], atol=1e-5)


def test_pictures_are_turned_as_their_names_say():
    digits = load("digits")
    picture = digits.as_images(digits.x[:1])[0]
    for name, known in {
        "upside_down": picture[::-1],
        "mirrored": picture[:, ::-1],
        "turned": np.rot90(picture, -1),
        "inverted": 16 - picture,
    }.items():
        np.testing.assert_array_equal(digits.as_images(TWISTS[name](digits.x[:1], digits, TRAIN))[0], known)


def test_inverted_numbers_are_mirrored_at_the_mean_of_the_training_rows():
    penguins = load("penguins")
    x = penguins.x[:20]
    made = TWISTS["inverted"](x, penguins, TRAIN)
    for place, column in enumerate(penguins.columns):
        if column.type == "number":
            mean = np.nanmean(penguins.x[TRAIN, place])
            np.testing.assert_allclose(made[:, place] - mean, mean - x[:, place])
        else:
            np.testing.assert_array_equal(made[:, place], x[:, place])


def test_shuffled_columns_hold_only_values_of_their_training_rows():
    wine = load("wine")
    made = TWISTS["shuffled"](wine.x[:50], wine, TRAIN)
    assert all(set(made[:, place]) <= set(wine.x[TRAIN, place]) for place in range(wine.n_features))


def test_the_area_is_scikit_learn_s_and_a_half_for_the_same_errors():
    rng = np.random.default_rng(0)
    known, strange = rng.gamma(2, size=80), rng.gamma(3, size=60)
    truth = np.r_[np.zeros(80), np.ones(60)]
    assert told_apart(known, strange) == roc_auc_score(truth, np.r_[known, strange])
    assert told_apart(known, known) == pytest.approx(0.5)
    assert told_apart(known, known + 100) == 1


def test_a_share_counts_the_smaller_errors_only():
    known = np.array([1.0, 2.0, 3.0, 4.0])
    assert stranger_than(2.0, known) == 0.25
    assert [stranger_than(2.0 * (1 + off), known) for off in (-1e-6, 1e-6, 1e-3)] == [0.25, 0.25, 0.5]  # rounding
    assert stranger_than(2.000001, known) == 0.25  # as float32 may have it
    assert stranger_than(2.01, known) == 0.5


def test_a_known_row_is_compared_with_the_others_only():
    known = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert [stranger_than(error, known, is_known=True) for error in known] == [0, 0.25, 0.5, 0.75, 1]
    assert stranger_than(1.0, known[:1], is_known=True) == 0


def test_a_row_is_known_again_but_for_rounding():
    rows = np.array([[0.1, np.nan, 3], [1, 2, 3]], np.float32)
    assert place_among(rows[0], rows) == 0
    assert place_among(rows[1] + np.float32(1e-6), rows) == 1
    assert place_among(rows[1] + np.float32(1e-2), rows) is None
    assert place_among(np.float32([1, np.nan, 3]), rows) is None
    assert place_among(rows[0], rows[:0]) is None


def test_what_a_twist_does_is_said_of_the_kind_of_data_at_hand():
    assert "black" in TWISTS["inverted"].said(load("digits"))
    for name in ("inverted", "noise"):
        assert "black" not in TWISTS[name].said(load("wine"))
    assert TWISTS["mirrored"].said(load("digits")) == TWISTS["mirrored"].words


def test_rows_are_drawn_once_each():
    assert sorted(some_rows(10, 99, 0)) == list(range(10))
    assert len(set(some_rows(100, 7, 3))) == 7
    assert some_rows(100, 7, 3).tolist() != some_rows(100, 7, 4).tolist()
