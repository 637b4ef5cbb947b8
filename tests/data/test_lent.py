"""Rows of one data set in the form of another: the same rows where nothing differs, a sentence for what does."""

import numpy as np
import pytest

from playground.data import BUILTIN, load
from playground.data.columns import Column
from playground.data.dataset import Dataset
from playground.data.lent import lend, why_not
from playground.errors import DataError

TABLES = ["iris", "wine", "breast_cancer", "penguins", "swiss_roll", "flat_sheet"]


def table(title, names, x, columns=()):
    return Dataset(
        "file-" + "0" * 32,
        title,
        np.asarray(x, np.float64 if columns else np.float32),
        tuple(names),
        kind="table" if columns else "vectors",
        columns=tuple(columns),
    )


@pytest.mark.parametrize("name", list(BUILTIN))
def test_rows_lent_to_their_own_data_set_are_the_same_rows(name):
    dataset, rows = load(name), np.array([3, 0, 7])
    lent = lend(dataset, rows, dataset, np.arange(20))
    np.testing.assert_array_equal(lent.x, dataset.x[rows])
    assert lent.x.dtype == dataset.x.dtype


@pytest.mark.parametrize("other", ["digits", "mnist5000", "curves", "shapes_colour", "patches"])
@pytest.mark.parametrize("like", ["digits", "mnist5000", "smileys"])
def test_pictures_take_the_size_the_colours_and_the_range_of_others(other, like):
    data, mine = load(other), load(like)
    lent = lend(data, np.arange(4), mine, np.arange(20))
    assert lent.x.shape == (4, mine.n_features)
    low, high = mine.value_range
    assert lent.x.min() >= low - 1e-3
    assert lent.x.max() <= high + 1e-3
    assert (lent.how == ()) == ((data.image_shape, data.value_range) == (mine.image_shape, mine.value_range))


def test_a_picture_twice_as_large_is_the_mean_of_its_squares_of_pixels():
    large = np.random.default_rng(0).uniform(0, 255, (20, 16, 16)).astype(np.float32)
    digits = load("digits")
    names = tuple(f"pixel {place}" for place in range(256))
    data = Dataset("file-" + "1" * 32, "Large", large.reshape(20, -1), names, "images", (16, 16), (0.0, 255.0))
    lent = lend(data, np.arange(20), digits, np.arange(20))
    flat = np.full((1, 256), 51.0, np.float32)
    same = Dataset(data.name, "Flat", np.repeat(flat, 20, 0), names, "images", (16, 16), (0.0, 255.0))
    np.testing.assert_allclose(lend(same, np.arange(2), digits, np.arange(20)).x, 51 / 255 * 16, rtol=1e-5)
    assert lent.x.mean() == pytest.approx(large.mean() / 255 * 16, rel=0.02)
    assert lent.how == ("Pictures of 16×16 pixels became 8×8.", "Values from 0 to 255 became 0 to 16.")


def test_colours_become_grey_by_their_luminance():
    smileys, digits = load("smileys"), load("mnist5000")
    lent = lend(smileys, np.arange(2), digits, np.arange(20))
    grey = smileys.as_images(smileys.x[:2]) @ np.array([0.299, 0.587, 0.114], np.float32)
    assert lent.x.mean() == pytest.approx(grey.mean() * 255, rel=0.01)
    assert lent.how[0] == "Colours became grey."


def test_a_series_takes_the_length_of_others_along_straight_lines():
    beats = load("heartbeats")
    names = tuple(f"{place} s" for place in range(2))
    x = np.tile(np.array([[0.0, 1.0]], np.float32), (20, 1))
    data = Dataset("file-" + "2" * 32, "Two", x, names, "series", units=beats.units[:2])
    lent = lend(data, np.arange(1), beats, np.arange(20))
    np.testing.assert_allclose(lent.x[0], np.linspace(0, 1, beats.n_features), atol=1e-6)


def test_columns_are_found_by_their_names_and_what_is_absent_is_filled_and_said():
    iris = load("iris")
    data = table("Petals", ["Petal.Width", "petal_length (cm)", "colour"], np.arange(60).reshape(20, 3))
    lent = lend(data, np.array([1]), iris, np.arange(50))
    places = [iris.feature_names.index(name) for name in ("petal width", "petal length")]
    assert lent.x[0, places].tolist() == [3.0, 4.0]
    others = [place for place in range(4) if place not in places]
    np.testing.assert_allclose(lent.x[0, others], iris.x[:50, others].mean(axis=0), rtol=1e-5)
    assert lent.how[0] == "2 of 4 columns have the same name in both."
    assert lent.how[1].endswith("sepal length, sepal width.")


def test_levels_are_found_by_their_words_and_unknown_ones_are_missing_or_usual():
    penguins = load("penguins")
    columns = [
        Column("sex", "category", levels=("MALE", "robot")),
        Column("island", "category", levels=("dream", "Mars")),
    ]
    data = table("Birds", ["sex", "island"], np.array([[0, 0], [1, 1]] * 10), columns)
    lent = lend(data, np.array([0, 1]), penguins, np.arange(100))
    sex, island = (penguins.columns[penguins.feature_names.index(name)] for name in ("sex", "island"))
    assert sex.words(lent.x[0, penguins.feature_names.index("sex")]) == "male"
    assert np.isnan(lent.x[1, penguins.feature_names.index("sex")]) == sex.has_missing
    assert island.words(lent.x[0, penguins.feature_names.index("island")]) == "Dream"


@pytest.mark.parametrize(("other", "like"), [("wine", "digits"), ("digits", "wine"), ("heartbeats", "iris")])
def test_what_can_never_fit_is_refused_with_both_kinds_named(other, like):
    reason = why_not(load(other).kind, load(other).title, load(like))
    assert reason.startswith(load(other).title)
    assert "and this model takes" in reason
    with pytest.raises(DataError, match="this model takes"):
        lend(load(other), np.arange(1), load(like), np.arange(20))


def test_a_table_without_a_common_column_is_refused_with_the_columns_named():
    with pytest.raises(DataError, match=r"has none of the columns that this model takes \(sepal length, "):
        lend(load("wine"), np.arange(1), load("iris"), np.arange(20))
