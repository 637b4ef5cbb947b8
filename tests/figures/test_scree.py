"""The scree plot: shares add up, and the bottleneck is marked."""

import numpy as np
import pytest

from playground.figures.scree import scree


def test_bars_are_the_shares_and_the_line_is_their_sum():
    bars, line = scree(np.array([0.5, 0.25, 0.125]), 2).data
    np.testing.assert_allclose(bars.y, [50, 25, 12.5])
    np.testing.assert_allclose(line.y, [50, 75, 87.5])
    assert list(bars.x) == list(line.x) == [1, 2, 3]


def test_the_bottleneck_is_marked_with_what_it_explains():
    figure = scree(np.array([0.5, 0.25, 0.125]), 2)
    assert [note.text for note in figure.layout.annotations] == ["m = 2: 75.0 %"]
    assert figure.layout.shapes[0].x0 == 2
    assert len(set(figure.data[0].marker.color)) == 2


def test_without_such_a_component_nothing_is_marked():
    assert not scree(np.array([0.5, 0.25]), 3).layout.shapes
    assert not scree(np.array([0.5, 0.25])).layout.shapes


def test_no_component_is_refused():
    with pytest.raises(ValueError, match="no component"):
        scree(np.zeros(0))
