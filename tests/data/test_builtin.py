"""What every built-in data set promises; a new one is covered by standing in `BUILTIN`."""

import random

import numpy as np
import pytest

from playground.data import BUILTIN, Dataset, Split, load
from playground.errors import DataError


@pytest.fixture(params=list(BUILTIN))
def dataset(request):
    return load(request.param)


@pytest.mark.parametrize("name", list(BUILTIN))
def test_a_data_set_bears_the_name_it_is_registered_under(name):
    assert load(name).name == name


def test_samples_are_finite_float32_and_named(dataset):
    assert dataset.x.dtype == np.float32
    assert dataset.x.shape == (dataset.n_samples, dataset.n_features)
    assert np.isfinite(dataset.x).all()
    assert len(set(dataset.feature_names)) == dataset.n_features
    assert all(name.strip() for name in dataset.feature_names)
    assert len(dataset.units) in (0, dataset.n_features)
    assert dataset.title


def test_images_have_a_shape_and_stay_within_black_and_white(dataset):
    if dataset.kind != "images":
        assert dataset.image_shape is None
        return
    low, high = dataset.value_range
    assert np.prod(dataset.image_shape) == dataset.n_features
    assert (float(dataset.x.min()), float(dataset.x.max())) == (low, high)


def test_the_licence_and_the_lesson_are_said(dataset):
    assert len(dataset.licence) > 10
    assert dataset.lesson.endswith(".")
    assert len(dataset.lesson.split()) >= 6


def test_the_first_bottleneck_is_one_of_the_data(dataset):
    assert 1 <= dataset.first_latent_dim <= dataset.n_features
    assert dataset.intrinsic_dim is None or 1 <= dataset.intrinsic_dim <= dataset.n_features


def test_samples_come_in_a_shuffled_order(dataset):
    """Sorted by class or along the curve, neighbouring rows are alike; shuffled, they are as far apart as any two."""
    x = (dataset.x - dataset.x.mean(0)) / (dataset.x.std(0) + 1e-6)
    neighbours = np.square(np.diff(x, axis=0)).sum(1).mean()
    anybody = 2 * np.square(x).sum(1).mean()
    assert neighbours > 0.9 * anybody


def test_two_loads_are_the_same_content(dataset):
    again = BUILTIN[dataset.name]()
    assert again is not dataset
    assert again.content_hash == dataset.content_hash
    assert len(again.content_hash) == 32
    np.testing.assert_array_equal(again.x, dataset.x)


def test_the_samples_cannot_be_written_to(dataset):
    with pytest.raises(ValueError, match="read-only"):
        dataset.x[0, 0] = 1.0


def test_colours_have_one_value_per_sample(dataset):
    assert all(len(column) == dataset.n_samples for column in dataset.colours.values())
    if dataset.labels is not None:
        assert dataset.label_name in dataset.colours
        assert 2 <= len(set(dataset.labels.tolist())) <= 30


@pytest.mark.parametrize("name", list(BUILTIN))
def test_loading_leaves_the_global_random_numbers_alone(name):
    numpy_before, python_before = np.random.get_state(), random.getstate()  # noqa: NPY002 (what we watch)
    Split.of(BUILTIN[name]())
    numpy_after = np.random.get_state()  # noqa: NPY002
    assert python_before == random.getstate()
    assert numpy_before[0] == numpy_after[0]
    np.testing.assert_array_equal(numpy_before[1], numpy_after[1])
    assert numpy_before[2:] == numpy_after[2:]


def test_an_unknown_name_says_which_names_there_are():
    with pytest.raises(DataError, match=r"no built-in data set 'atlantis': choose one of digits,.*swiss_roll"):
        load("atlantis")


def test_the_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    ours, theirs = load("digits"), load_digits()
    assert sorted(map(bytes, ours.x)) == sorted(map(bytes, theirs.data.astype(np.float32)))
    for label in ours.labels[:3]:
        mine = {bytes(row) for row in ours.x[ours.labels == label]}
        assert mine == {bytes(row) for row in theirs.data[theirs.target == int(label)].astype(np.float32)}


def test_mnist5000_has_500_images_of_every_digit():
    dataset = load("mnist5000")
    assert dataset.x.shape == (5000, 784)
    assert np.unique(dataset.labels, return_counts=True)[1].tolist() == [500] * 10


def table(rows=30, **changes):
    arguments = {
        "name": "table",
        "title": "My table",
        "x": np.arange(rows * 2, dtype=np.float32).reshape(rows, 2),
        "feature_names": ("a", "b"),
    }
    return Dataset(**(arguments | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x": np.zeros((30, 2))}, "My table: the samples must be a table of float32"),
        ({"feature_names": ("a",)}, "My table: 2 columns but 1 names"),
        ({"rows": 19}, "My table: 19 rows are not enough: an autoencoder needs at least 20 rows"),
        ({"rows": 1}, "My table: 1 row is not enough"),
        ({"image_shape": (3, 3)}, r"My table: images of \(3, 3\) do not have 2 values"),
        ({"x": np.full((30, 2), np.nan, np.float32)}, "My table: some values are missing or infinite"),
        ({"labels": np.array(["a"] * 3)}, "My table: 'label' has 3 values for 30 samples"),
        ({"factors": {"angle": np.zeros(4, np.float32)}}, "My table: 'angle' has 4 values for 30 samples"),
    ],
    ids=["float64", "names", "few rows", "one row", "image shape", "missing", "labels", "factors"],
)
def test_arrays_that_do_not_fit_say_so(changes, sentence):
    with pytest.raises(DataError, match=sentence):
        table(**changes)


def test_the_content_hash_follows_values_names_and_colours():
    plain = table().content_hash
    changed = table().x.copy()
    changed[17, 1] += 1
    variants = [
        table(x=changed),
        table(feature_names=("a", "c")),
        table(labels=np.array(["a", "b"] * 15)),
        table(factors={"angle": np.zeros(30, np.float32)}),
        table(image_shape=(1, 2), kind="images"),
    ]
    assert table().content_hash == plain
    assert len({plain, *(variant.content_hash for variant in variants)}) == 6
