"""Directions as pictures, bars and waves: what is drawn is what is in the arrays, and names are escaped."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from playground.figures import palette
from playground.figures.components import MOST_FEATURES, Directions, component_bars, component_pictures, component_waves


def row(vectors, name="PCA's components", colour=palette.PCA):
    vectors = np.asarray(vectors, np.float32)
    return Directions(name, colour, vectors, [f"{place} %" for place in range(len(vectors))])


def decoded(drawn):
    pngs = re.findall(r"data:image/png;base64,([^\"]+)", drawn)
    return [np.array(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")) for png in pngs]


def bars(drawn):
    """Side and width of every bar, row by row."""
    return re.findall(r"position:absolute;(left|right):50%;width:([\d.]+)%", drawn)


def test_pictures_are_red_where_a_direction_adds_and_blue_where_it_takes_away():
    (picture,) = decoded(component_pictures([row([[[0.5, 0.0], [-0.5, 0.1]]])]))
    np.testing.assert_array_equal(picture[0, 0], palette.rgb(palette.DIVERGING[-1]))
    np.testing.assert_array_equal(picture[0, 1], palette.rgb(palette.DIVERGING[2]))
    np.testing.assert_array_equal(picture[1, 0], palette.rgb(palette.DIVERGING[0]))


def test_two_rows_of_pictures_stand_in_pairs_with_their_words():
    images = np.random.default_rng(0).normal(size=(3, 4, 5))
    drawn = component_pictures([row(images), row(-images, "recovered", palette.BOTTLENECK)])
    pictures = decoded(drawn)
    assert len(pictures) == 6
    np.testing.assert_array_equal(pictures[0], decoded(component_pictures([row(images[:1])]))[0])
    assert re.findall(r'alt="([^"]+)"', drawn)[:2] == ["PCA&#x27;s components 1", "recovered 1"]
    assert "1 % · 1 %" in drawn


def test_colour_pictures_show_the_mean_over_the_channels():
    image = np.zeros((1, 1, 2, 3))
    image[0, 0, 0] = [3, 0, 0]
    image[0, 0, 1] = [-1, -1, -1]
    (picture,) = decoded(component_pictures([row(image)]))
    np.testing.assert_array_equal(picture[0, 0], palette.rgb(palette.DIVERGING[-1]))
    np.testing.assert_array_equal(picture[0, 1], palette.rgb(palette.DIVERGING[0]))


def test_bars_are_as_long_as_the_entries_and_point_to_their_sign():
    drawn = component_bars([row([[0.8, -0.4]])], ["a", "b"], ["1"])
    assert bars(drawn) == [("left", "50.0"), ("right", "25.0")]
    assert 'title="0.800"' in drawn
    assert 'title="−0.400"' in drawn


def test_of_many_features_those_with_the_largest_entries_are_shown_in_their_order():
    values = np.r_[np.zeros(20), np.linspace(1, 2, MOST_FEATURES)]
    drawn = component_bars([row([values])], [f"column {place}" for place in range(len(values))], ["1"])
    assert "20 features with smaller entries are not shown" in drawn
    assert re.findall(r'title="column (\d+)"', drawn) == [str(place) for place in range(20, 20 + MOST_FEATURES)]


def test_six_directions_of_a_table_fit_on_a_phone():
    drawn = component_bars([row(np.eye(6))], list("abcdef"), list("123456"))
    (narrowest,) = re.findall(r"min-width:([\d.]+)rem\"><div role=\"row\"", drawn)
    assert 16 * float(narrowest) <= 358  # of 390 pixels, without the page's margins


def test_names_of_columns_are_escaped():
    drawn = component_bars([row([[1.0]])], ["<script>"], ["1"])
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


def test_waves_of_a_pair_lie_over_each_other():
    drawn = component_waves([row([[0, 1, 0]]), row([[0, 1, 0.1]], "recovered", palette.BOTTLENECK)])
    assert len(drawn) == 1
    assert drawn[0].count("<polyline") == 2


@pytest.mark.parametrize("rows", [[], [row(np.zeros((0, 2, 2)))], [row(np.ones((1, 2, 2))), row(np.ones((2, 2, 2)))]])
def test_rows_that_are_no_pairs_are_refused(rows):
    with pytest.raises(ValueError, match="at least one"):
        component_pictures(rows)


def test_every_feature_needs_a_name():
    with pytest.raises(ValueError, match="needs a name"):
        component_bars([row([[1.0, 2.0]])], ["a"], ["1"])


def test_named_directions_on_one_scale_are_drawn_by_it():
    shared = replace(row([[1.0, -0.5], [0.5, 0.25]]), titles=("z₄", "z₁"), limit=2.0)
    drawn = component_bars([shared], ["a", "b"], [shared.title(0), shared.title(1)])
    assert "left:50%;width:25.0%" in drawn  # 1 of 2, of half the width
    assert "left:50%;width:6.2%" in drawn
    wave = component_waves([shared])[1]
    assert "z₁" in wave
    assert "−2.00 to 2.00" in wave
    pictures = component_pictures([replace(shared, vectors=np.array([[[2.0]], [[1.0]]]))])
    assert pictures.index("z₄") < pictures.index("z₁")
    full, half = decoded(pictures)
    assert tuple(full[0, 0]) == palette.rgb(palette.DIVERGING[-1])
    assert tuple(half[0, 0]) == palette.rgb(palette.DIVERGING[-2])
