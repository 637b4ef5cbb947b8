"""Thumbnails: of every built-in as it is shipped, and of whatever else a data set can be."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground.data import BUILTIN, Column, Dataset, load
from playground.figures import palette
from playground.figures.thumbnail import HEIGHT, WIDTH, thumbnail

SHIPPED = Path(__file__).resolve().parents[2] / "playground" / "ui" / "assets" / "thumbnails"
RNG = np.random.default_rng(0)


def pixels(png):
    """Red, green, blue and opacity (144, 192, 4), from 0 to 255; black where nothing is drawn."""
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), np.float64)
    return np.where(image[..., 3:] > 0, image, 0)


def drawn(dataset):
    """Where something is drawn (144, 192), 0 to 1."""
    return pixels(thumbnail(dataset))[..., 3] / 255


def data(x, **arguments):
    names = tuple(f"feature {k}" for k in range(x.shape[1]))
    dtype = np.float64 if "columns" in arguments else np.float32
    return Dataset(**({"name": "x", "title": "X", "x": x.astype(dtype), "feature_names": names} | arguments))


def images(*shape, n=30, **arguments):
    x = RNG.uniform(0, 1, (n, int(np.prod(shape))))
    return data(x, kind="images", image_shape=shape, **({"value_range": (0.0, 1.0)} | arguments))


def table(x, *columns):
    columns = tuple(columns)
    return data(x, kind="table", columns=columns, feature_names=tuple(column.name for column in columns))


LEVELS = ("a", "b", "c")
GAPPY = np.where(RNG.uniform(size=(40, 2)) < 0.3, np.nan, RNG.normal(size=(40, 2)))
ANYTHING = {
    "one column": data(RNG.normal(size=(50, 1))),
    "two columns": data(RNG.normal(size=(50, 2)), kind="points"),
    "three columns": data(RNG.normal(size=(50, 3)), kind="points"),
    "one constant column": data(np.zeros((50, 1))),
    "constant columns": data(np.ones((50, 4))),
    "the same point": data(np.ones((50, 3)), kind="points"),
    "few rows, many columns": data(RNG.normal(size=(20, 3000))),
    "huge numbers": data(RNG.normal(size=(50, 3)) * 1e37),
    "huge series": data(RNG.normal(size=(50, 3)) * 1e37, kind="series"),
    "huge cells": table(RNG.normal(size=(50, 2)) * 1e300, Column("a"), Column("b")),
    "points of few values": data(RNG.integers(0, 3, (50, 3)), kind="points"),
    "many classes": data(RNG.normal(size=(60, 5)), labels=np.array([f"class {k % 25}" for k in range(60)])),
    "a class per row": data(RNG.normal(size=(60, 5)), labels=np.array([f"row {k}" for k in range(60)])),
    "a factor with gaps": data(
        RNG.normal(size=(50, 3)), factors={"z": np.where(np.arange(50) % 2, np.nan, 1.0).astype(np.float32)}
    ),
    "a factor of text": data(RNG.normal(size=(50, 3)), factors={"z": np.array(["a", "b"] * 25)}),
    "a factor that nobody knows": data(RNG.normal(size=(50, 3)), factors={"z": np.full(50, np.nan, np.float32)}),
    "a constant factor": data(RNG.normal(size=(50, 3)), factors={"z": np.ones(50, np.float32)}),
    "missing cells": table(GAPPY, Column("a", has_missing=True), Column("b", has_missing=True)),
    "an empty column": table(
        np.column_stack([np.full(40, np.nan), GAPPY[:, 0]]),
        Column("a", has_missing=True),
        Column("b", has_missing=True),
    ),
    "only categories": table(
        RNG.integers(0, 3, (40, 2)), Column("a", "category", levels=LEVELS), Column("b", "category", levels=LEVELS)
    ),
    "dates": table(
        np.column_stack([np.arange(40) * 86_400.0, RNG.normal(size=40)]), Column("day", "date"), Column("number")
    ),
    "series": data(RNG.normal(size=(30, 50)).cumsum(axis=1), kind="series"),
    "constant series": data(np.zeros((30, 50)), kind="series"),
    "series of one step": data(RNG.normal(size=(30, 1)), kind="series"),
    "tiny images": images(2, 2),
    "one pixel": images(1, 1),
    "large images": images(200, 300, 3),
    "wide images": images(8, 40),
    "tall images": images(60, 10, 3),
    "a channel of its own": images(8, 8, 1),
    "two channels": images(8, 8, 2),
    "four channels": images(8, 8, 4),
    "images without a range": images(8, 8, value_range=None),
    "images of one grey": data(np.ones((30, 64)), kind="images", image_shape=(8, 8)),
    "images of many classes": images(8, 8, labels=np.array([f"class {k % 20}" for k in range(30)])),
}


@pytest.mark.parametrize("name", list(BUILTIN))
def test_the_shipped_thumbnail_is_the_one_that_would_be_drawn(name):
    """If this fails: `PYTHONPATH=. python tests/make_thumbnails.py`."""
    shipped = (SHIPPED / f"{name}.png").read_bytes()
    assert np.abs(pixels(shipped) - pixels(thumbnail(load(name)))).mean() < 2
    assert len(shipped) <= 8192


def test_no_thumbnail_is_shipped_of_what_is_no_built_in():
    assert {file.stem for file in SHIPPED.glob("*.png")} == set(BUILTIN)


@pytest.mark.parametrize("dataset", ANYTHING.values(), ids=list(ANYTHING))
def test_any_data_set_has_a_thumbnail(dataset):
    png = thumbnail(dataset)
    assert thumbnail(dataset) == png
    assert png.startswith(b"\x89PNG")
    assert len(png) < 40_000
    assert pixels(png).shape == (HEIGHT, WIDTH, 4) == (144, 192, 4)
    assert pixels(png)[..., 3].max() > 200


@pytest.mark.parametrize("name", list(BUILTIN))
def test_a_thumbnail_fills_its_place_and_nothing_is_cut_off(name):
    opacity = drawn(load(name))
    rows, columns = np.flatnonzero(opacity.max(axis=1)), np.flatnonzero(opacity.max(axis=0))
    assert max(np.ptp(rows) / HEIGHT, np.ptp(columns) / WIDTH) > 0.8
    assert opacity[[0, -1], :].max() == opacity[:, [0, -1]].max() == 0
    assert 0.03 < opacity.mean() < 0.95


def test_the_page_shines_through_between_and_around():
    for name in ("digits", "swiss_roll", "heartbeats"):
        assert (drawn(load(name)) == 0).mean() > 0.05


def test_a_circle_stays_round():
    opacity = drawn(load("circle"))
    height, width = (np.ptp(np.flatnonzero(opacity.max(axis=axis) > 0.5)) for axis in (1, 0))
    assert abs(height - width) <= 3
    assert opacity[HEIGHT // 2 - 20 : HEIGHT // 2 + 20, WIDTH // 2 - 20 : WIDTH // 2 + 20].max() == 0


def test_noise_is_grey_and_classes_have_the_colours_of_the_palette():
    def colours(dataset):
        image = pixels(thumbnail(dataset))
        solid = image[image[..., 3] > 250][:, :3]
        found, counts = np.unique(np.rint(solid / 4), axis=0, return_counts=True)
        return 4 * found[counts > 40]

    def nearest(colour, dataset):
        return np.abs(colours(dataset) - np.array(palette.rgb(colour))).max(axis=1).min()

    assert nearest(palette.MEAN, load("noise")) < 12
    assert np.ptp(colours(load("noise")), axis=1).max() < 30
    for colour in palette.CLASSES[:3]:
        assert nearest(colour, load("penguins")) < 12


def test_the_images_shown_are_of_all_classes_and_differ():
    """Three classes of one grey each: the tiles have as many greys as there are classes."""
    labels = np.array(["a", "b", "c"] * 20)
    grey = np.select([labels == "a", labels == "b"], [0.2, 0.5], 0.8)
    dataset = data(np.repeat(grey[:, None], 16, axis=1), kind="images", image_shape=(4, 4), labels=labels)
    image = pixels(thumbnail(dataset))
    solid = image[image[..., 3] > 250][:, 0]
    np.testing.assert_allclose(np.unique(solid), [0, 128, 255], atol=3)  # the range of the data is black to white


def test_a_table_is_seen_from_the_side_of_its_widest_spread():
    """Two far groups, a few columns, a category that says nothing: the groups stand apart, left and right."""
    group = np.arange(60) % 2
    x = np.column_stack([group * 10 + RNG.normal(size=60) for _ in range(4)] + [RNG.integers(0, 3, 60)])
    columns = [Column(name) for name in "abcd"] + [Column("e", "category", levels=LEVELS)]
    across = drawn(table(x, *columns)).max(axis=0)
    inked = np.flatnonzero(across)
    assert np.diff(inked).max() > 40
