"""The number of dimensions by scale, as a figure."""

import pytest

from playground.figures import palette
from playground.figures.dimensions import Scales, dimensions


def scales(name="rows", colour=palette.MEAN):
    return Scales(name, colour, "circle", [400, 200], [2.5, 2.1], [2.3, 1.8], [2.8, 2.5])


def test_estimates_stand_with_their_intervals_from_fine_to_coarse():
    line = dimensions([scales()]).data[0]
    assert tuple(line.x) == (400, 200)
    assert line.error_y.array == pytest.approx([0.3, 0.4])
    assert line.error_y.arrayminus == pytest.approx([0.2, 0.3])
    assert tuple(line.customdata[0]) == ("2.50", "2.30", "2.80", "400")


def test_the_known_number_is_a_line_where_there_is_one():
    assert not dimensions([scales()]).layout.shapes
    figure = dimensions([scales(), scales("codes", palette.BOTTLENECK)], known=2)
    assert figure.layout.shapes[0].y0 == 2
    assert figure.layout.annotations[0].text == "known: 2"
    assert [line.name for line in figure.data] == ["rows", "codes"]


def test_names_are_escaped():
    assert dimensions([scales("<b>")]).data[0].name == "&lt;b&gt;"
