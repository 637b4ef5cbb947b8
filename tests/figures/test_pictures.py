"""Pictures: PNG files that open, with the pixels that were asked for."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from playground.figures import palette
from playground.figures.pictures import data_uri, difference_png, image_png, symmetric_limit, tile, to_uint8


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def test_numbers_become_pixels_and_what_lies_outside_is_clipped():
    x = np.array([0, 0.5, 1, -3, 7, np.nan, np.inf, -np.inf], np.float32)
    assert to_uint8(x).tolist() == [0, 128, 255, 0, 255, 0, 255, 0]
    assert to_uint8(np.array([-1.0, 0.0, 1.0]), -1, 1).tolist() == [0, 128, 255]


def test_numbers_without_a_range_are_refused():
    with pytest.raises(ValueError, match="must be above"):
        to_uint8(np.zeros(3), 1, 1)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3), (1, 1), (2, 3, 1)])
def test_an_enlarged_pixel_is_a_square_of_its_colour(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    pixels = opened(image_png(image, scale=4))
    assert pixels.shape[:2] == (4 * shape[0], 4 * shape[1])
    expected = image[..., 0] if shape[-1] == 1 and len(shape) == 3 else image
    for row in range(4):
        for column in range(4):
            np.testing.assert_array_equal(pixels[row::4, column::4], expected)


@pytest.mark.parametrize(
    "image",
    [np.zeros((2, 2)), np.zeros((2, 2, 4), np.uint8), np.zeros(4, np.uint8), np.zeros((0, 2), np.uint8)],
    ids=["floats", "four channels", "no image", "no pixel"],
)
def test_what_is_no_image_is_refused(image):
    with pytest.raises(ValueError, match="no image"):
        image_png(image)


def test_a_data_uri_holds_the_whole_file():
    png = image_png(np.zeros((2, 2), np.uint8))
    kind, _, content = data_uri(png).partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == png


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize(("n_images", "columns"), [(1, 1), (5, 2), (6, 3), (2, 8)])
def test_every_image_stands_in_its_place_of_the_sheet(n_images, columns, gap, channels):
    images = np.random.default_rng(0).integers(0, 256, (n_images, 3, 4, *channels), dtype=np.uint8)
    sheet = tile(images, columns, gap)
    across = min(columns, n_images)
    rows = -(-n_images // across)
    assert sheet.shape == (rows * (3 + gap) - gap, across * (4 + gap) - gap, *channels)
    for place, image in enumerate(images):
        top, left = place // across * (3 + gap), place % across * (4 + gap)
        np.testing.assert_array_equal(sheet[top : top + 3, left : left + 4], image)
    if gap and across > 1:
        assert (sheet[:, 4 : 4 + gap] == 128).all()
    assert image_png(sheet)[:4] == b"\x89PNG"


def test_a_difference_is_blue_below_white_at_and_red_above_the_original():
    x = np.zeros((1, 3), np.float32)
    x_hat = np.array([[-0.5, 0.0, 0.5]], np.float32)
    low, _, middle, _, high = (palette.rgb(colour) for colour in palette.DIVERGING)
    assert [tuple(pixel) for pixel in opened(difference_png(x, x_hat, scale=1))[0]] == [low, middle, high]
    assert symmetric_limit(x, x_hat) == 0.5


def test_the_scale_of_a_difference_is_symmetric_and_its_limit_can_be_shared():
    x = np.zeros((1, 3), np.float32)
    x_hat = np.array([[0.25, 0.5, 9.0]], np.float32)
    pixels = opened(difference_png(x, x_hat, scale=1, limit=0.5))[0]
    _, _, _, half, full = (palette.rgb(colour) for colour in palette.DIVERGING)
    assert [tuple(pixel) for pixel in pixels] == [half, full, full]


def test_what_is_not_a_number_is_grey_and_does_not_set_the_limit():
    x = np.array([[0.0, np.inf, 0.0]], np.float32)
    x_hat = np.array([[np.nan, np.inf, 0.25]], np.float32)
    pixels = opened(difference_png(x, x_hat, scale=1))[0]
    assert tuple(pixels[0]) == tuple(pixels[1]) == palette.rgb(palette.MEAN)
    assert symmetric_limit(x, x_hat) == 0.25


def test_two_equal_images_differ_nowhere():
    x = np.full((2, 2, 3), 0.7, np.float32)
    assert (opened(difference_png(x, x, scale=1)) == palette.rgb(palette.DIVERGING[2])).all()


@pytest.mark.parametrize("limit", [-1.0, np.nan, np.inf])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(ValueError, match="limit"):
        difference_png(np.zeros((2, 2)), np.zeros((2, 2)), limit=limit)


def test_images_of_different_shapes_have_no_difference():
    with pytest.raises(ValueError, match="shapes"):
        difference_png(np.zeros((2, 2)), np.zeros((2, 3)))
