"""Where the training pictures lie: measured against pictures whose box, centre and ground are known."""

import numpy as np
import pytest

from playground.analysis.placement import placement
from playground.data import load


def squares(corners, side=6, size=20, ground=0.0, ink=1.0):
    x = np.full((len(corners), size, size, 1), ground, np.float32)
    for picture, (row, column) in zip(x, corners, strict=True):
        picture[row : row + side, column : column + side] = ink
    return x.reshape(len(x), -1)


@pytest.mark.parametrize(("ground", "ink"), [(0.0, 1.0), (1.0, 0.0)])
def test_squares_in_one_place_are_centred_there_on_black_and_on_white(ground, ink):
    place = placement(squares([(4, 9)] * 30, ground=ground, ink=ink), (20, 20, 1), 0, 1)
    assert (place.ground, place.ink) == ((ground,), (ink,))
    assert place.side == 6
    assert place.centre == (7, 12)
    assert place.spread == (0, 0)
    assert place.is_centred


def test_squares_all_over_the_place_are_not_centred():
    corners = np.random.default_rng(0).integers(1, 13, (200, 2))
    place = placement(squares(corners), (20, 20, 1), 0, 1)
    assert place.side == 6
    assert place.centre == pytest.approx(corners.mean(axis=0) + 3)
    assert place.spread == pytest.approx(corners.std(axis=0))
    assert not place.is_centred


def test_a_ground_that_is_not_even_is_none_to_centre_on():
    x = np.random.default_rng(0).random((100, 400), dtype=np.float32)
    assert not placement(x, (20, 20, 1), 0, 1).is_centred


def test_blank_pictures_say_nothing_and_fail_nowhere():
    place = placement(np.zeros((30, 400), np.float32), (20, 20, 1), 0, 1)
    assert (place.side, place.centre, place.is_centred) == (20, (10, 10), False)


def test_mnist_is_found_as_its_authors_made_it():
    """LeCun and others (1998), III A: digits of 20 by 20 pixels, their centre of mass in the middle of 28 by 28."""
    dataset = load("mnist5000")
    place = placement(dataset.x, dataset.grid, 0, 255)
    assert place.side == pytest.approx(20, abs=0.1)
    assert place.centre == pytest.approx((14, 14), abs=0.6)  # of a pixel's width
    assert place.is_centred
