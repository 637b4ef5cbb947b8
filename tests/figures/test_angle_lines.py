"""The lines of the principal angles: a valid picture in one piece, falling as the angles do."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from playground.figures.angle_lines import MOST_LINES, angle_lines


def lines(drawn):
    root = ElementTree.fromstring(drawn)
    return [[tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in root.iter("polyline")]


def test_every_angle_is_a_line_from_90_degrees_at_the_top_to_0_at_the_bottom():
    drawn = angle_lines([1, 2, 3], [[90, 45], [45, 9], [0, 0]], along="epoch")
    assert lines(drawn) == [[(0, 0), (50, 50), (100, 100)], [(0, 50), (50, 90), (100, 100)]]


def test_the_title_says_the_largest_and_the_smallest_angle_of_now():
    drawn = angle_lines([1, 2], [[80.0, 20.0], [1.234, 0.5]], along="epoch")
    assert "largest now 1.23°, smallest 0.500°" in drawn
    assert "largest now under 0.001°" in angle_lines([1], [[3e-9]], along="epoch")
    assert "largest now 3.00°<" in angle_lines([1], [[3.0]], along="epoch")


def test_steps_on_a_logarithmic_scale_begin_at_0():
    found = lines(angle_lines([0, 9, 99], [[90.0], [45.0], [0.0]], along="step", log=True))
    np.testing.assert_allclose(found, [[(0, 0), (50, 50), (100, 100)]])


def test_of_many_angles_the_largest_and_the_smallest_are_drawn_and_it_says_how_many():
    angles = np.linspace(80, 10, 40).tolist()
    drawn = angle_lines([1, 2], [angles, angles], along="epoch")
    found = lines(drawn)
    assert len(found) == MOST_LINES
    assert found[0][0][1] == pytest.approx(100 / 9, abs=0.01)
    assert found[-1][0][1] == pytest.approx(100 * 8 / 9, abs=0.01)
    assert f"{MOST_LINES} of 40 angles are drawn" in drawn


def test_one_place_is_a_short_line_and_unknown_ones_are_left_out():
    (line,) = lines(angle_lines([1, 2], [[], [30.0]], along="epoch"))
    assert len(line) == 2
    (line,) = lines(angle_lines([1, 2, 3], [[60.0], [float("nan")], [30.0]], along="epoch"))
    assert len(line) == 2


def test_markdown_takes_it_for_html_as_a_whole():
    drawn = angle_lines([1, 2], [[80.0], [1.0]], along="epoch")
    assert re.match(r"<div[^\n]*\n", drawn)
    assert "\n\n" not in drawn


@pytest.mark.parametrize(
    ("places", "angles", "sentence"),
    [([], [], "at least one"), ([1], [[]], "at least one"), ([1, 2], [[1.0]], "as many")],
)
def test_what_cannot_be_drawn_is_refused(places, angles, sentence):
    with pytest.raises(ValueError, match=sentence):
        angle_lines(places, angles, along="epoch")
