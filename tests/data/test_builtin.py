"""What every built-in data set promises; a new one is covered by standing in `BUILTIN`."""

import random
import subprocess
import sys
import time

import numpy as np
import pytest

from playground.data import BUILTIN, Dataset, Split, load
from playground.errors import DataError

SECONDS = 2.0  # that making one may take


@pytest.fixture(params=list(BUILTIN), scope="module")
def dataset(request):
    return load(request.param)


def standardised(x):
    """Every column with mean 0 and standard deviation 1, float64; a missing cell at 0."""
    x = x.astype(np.float64)
    return np.nan_to_num((x - np.nanmean(x, axis=0)) / (np.nanstd(x, axis=0) + 1e-6))


def test_what_is_said_of_a_data_set_before_it_is_made_is_true(dataset):
    card = BUILTIN[dataset.name]
    assert card.name == dataset.name
    assert card.title == dataset.title
    assert card.kind == dataset.kind
    assert (card.n_samples, card.n_features) == dataset.x.shape
    assert card.image_shape == dataset.image_shape
    assert card.label_name == (None if dataset.labels is None else dataset.label_name)
    assert card.intrinsic_dim == dataset.intrinsic_dim
    assert card.first_latent_dim == dataset.first_latent_dim
    assert (card.lesson, card.licence) == (dataset.lesson, dataset.licence)


def test_the_promised_data_sets_are_all_there_and_the_gallery_begins_with_digits():
    promised = (
        "digits mnist5000 curves shapes shapes_colour smileys patches iris wine breast_cancer penguins flat_sheet "
    )
    promised += "swiss_roll s_curve circle noise heartbeats"
    assert set(promised.split()) <= set(BUILTIN)
    assert next(iter(BUILTIN)) == "digits"
    assert len({card.title for card in BUILTIN.values()}) == len(BUILTIN)


def test_samples_are_named_finite_numbers_and_only_a_table_may_miss_some(dataset):
    assert dataset.x.dtype == (np.float64 if dataset.columns else np.float32)
    assert dataset.x.shape == (dataset.n_samples, dataset.n_features)
    assert not np.isinf(dataset.x).any()
    assert dataset.columns or not np.isnan(dataset.x).any()
    assert len(set(dataset.feature_names)) == dataset.n_features
    assert all(name.strip() for name in dataset.feature_names)
    assert len(dataset.units) in (0, dataset.n_features)


def test_the_cells_of_a_table_are_values_that_its_columns_have(dataset):
    assert (dataset.kind == "table") == bool(dataset.columns)
    for place, column in enumerate(dataset.columns):
        values = dataset.x[:, place]
        known = values[np.isfinite(values)]
        assert column.has_missing == bool(np.isnan(values).any())
        if column.is_category:
            assert sorted(set(known.tolist())) == list(range(len(column.levels)))
        elif column.decimals is not None:
            np.testing.assert_allclose(known, np.round(known, column.decimals))


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
    assert 1 <= dataset.first_latent_dim <= dataset.width
    assert dataset.intrinsic_dim is None or 1 <= dataset.intrinsic_dim <= dataset.n_features


def test_samples_come_in_a_shuffled_order(dataset):
    """Sorted by class or along the curve, neighbouring rows are alike; shuffled, they are as far apart as any two."""
    x = standardised(dataset.x)
    neighbours = np.square(np.diff(x, axis=0)).sum(1).mean()
    anybody = 2 * np.square(x).sum(1).mean()
    assert neighbours > 0.9 * anybody


def test_labels_and_groups_come_in_a_shuffled_order(dataset):
    for column in (dataset.labels, dataset.groups):
        if column is not None:
            _, counts = np.unique(column, return_counts=True)
            by_chance = np.square(counts / counts.sum()).sum()  # that two neighbours are of the same class
            same = (column[1:] == column[:-1]).mean()
            assert abs(same - by_chance) < 6 * np.sqrt(by_chance * (1 - by_chance) / len(column)) + 1e-9


def test_two_loads_are_the_same_content(dataset):
    again = BUILTIN[dataset.name]()
    assert again is not dataset
    assert again.content_hash == dataset.content_hash
    assert len(again.content_hash) == 32
    np.testing.assert_array_equal(again.x, dataset.x)


def test_another_seed_gives_other_samples_or_another_order_of_the_same_kind(dataset):
    other = BUILTIN[dataset.name](seed=1)
    assert other.content_hash != dataset.content_hash
    assert other.x.shape == dataset.x.shape
    assert other.colours.keys() == dataset.colours.keys()
    assert (other.feature_names, other.columns) == (dataset.feature_names, dataset.columns)
    if other.kind == "images":
        assert (float(other.x.min()), float(other.x.max())) == other.value_range


def test_the_samples_cannot_be_written_to(dataset):
    with pytest.raises(ValueError, match="read-only"):
        dataset.x[0, 0] = 1.0


def test_colours_have_one_value_per_sample(dataset):
    assert all(column.shape == (dataset.n_samples,) for column in dataset.colours.values())
    for column in dataset.factors.values():
        assert column.dtype.kind == "U" or (column.dtype == np.float32 and np.isfinite(column).all())
        assert len(np.unique(column)) > 1
    if dataset.labels is not None:
        assert dataset.label_name in dataset.colours
        assert 2 <= len(set(dataset.labels.tolist())) <= 30


@pytest.mark.parametrize("name", list(BUILTIN))
def test_a_data_set_is_made_in_two_seconds(name):
    BUILTIN[name]()  # the first use imports what it is read with
    start = time.process_time()
    BUILTIN[name]()
    assert time.process_time() - start < SECONDS


def test_what_the_registry_says_waits_for_no_large_library():
    """The gallery is drawn from the cards alone; the data are made when one is chosen."""
    heavy = ("pandas", "sklearn", "scipy", "PIL", "torch", "streamlit")
    code = f"import sys, playground.data.builtin\nprint([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


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
