"""Bars: a valid figure for awkward inputs, the numbers where they belong, and user text that stays text."""

import json

import numpy as np
import pytest

from playground.figures import palette
from playground.figures.bars import comparison_bars, feature_bars

NAN = float("nan")
rng = np.random.default_rng(0)


def comparison(errors=(52.9, 37.2, 24.3), low=(52.0, 36.8, 23.9), high=(53.8, 37.7, 24.8), names=None):
    names = names or [f"codec {i}" for i in range(len(errors))]
    return comparison_bars(names, errors, low, high, [palette.PCA] * len(errors), "squared error per sample")


def features(n, most=30, names=None):
    x, x_hat = rng.normal(size=(2, n))
    names = names or [f"feature {i}" for i in range(n)]
    return feature_bars(names, x, x_hat, 10 * x, 10 * x_hat, units=["cm"] * n, most=most)


FIGURES = {
    "comparison": comparison,
    "comparison of one": lambda: comparison((3.0,), (2.0,), (4.0,)),
    "comparison with nan": lambda: comparison((3.0, NAN), (2.0, NAN), (4.0, NAN)),
    "comparison of nothing known": lambda: comparison((NAN,), (NAN,), (NAN,)),
    "comparison of zero": lambda: comparison((0.0,), (0.0,), (0.0,)),
    "one feature": lambda: features(1),
    "784 features": lambda: features(784),
    "features with nan": lambda: feature_bars(["a", "b"], [NAN, 1.0], [0.0, 2.0], [NAN, 1.0], [0.0, 2.0]),
}
every_figure = pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES.keys())


def sent(figure):
    """What the browser gets."""
    return json.loads(figure.to_json())


def title(figure):
    return figure.layout.xaxis.title.text


@every_figure
def test_every_input_gives_a_figure_without_background_title_or_colour_of_its_own_for_text(make):
    layout = make().layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0, 0, 0, 0)"
    assert layout.title.text is None
    assert layout.font.color is None
    assert all(annotation.font.color is None for annotation in layout.annotations)
    assert layout.height > 0


@every_figure
def test_every_figure_travels_as_json_and_names_its_axis(make):
    figure = make()
    assert sent(figure)["data"] is not None
    assert title(figure)


@every_figure
def test_every_bar_that_can_be_hovered_says_something(make):
    for trace in make().data:
        assert trace.hoverinfo == "skip" or (trace.hovertemplate and len(trace.customdata))


def test_the_whiskers_of_a_comparison_end_at_the_interval():
    figure = comparison()
    bars, *whiskers = figure.data
    assert list(bars.x) == [52.9, 37.2, 24.3]
    ends = [(w.x[0] - w.error_x.arrayminus[0], w.x[0] + w.error_x.array[0]) for w in whiskers]
    np.testing.assert_allclose(ends, [(52.0, 53.8), (36.8, 37.7), (23.9, 24.8)])
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == ["<b>52.9</b>", "codec 0", "<b>37.2</b>", "codec 1", "<b>24.3</b>", "codec 2"]


def test_the_first_codec_stands_on_top():
    low, high = comparison().layout.yaxis.range
    assert low > high


def test_an_unknown_error_has_a_dash_and_no_whisker():
    figure = comparison((3.0, NAN), (2.0, NAN), (4.0, NAN))
    assert [trace.error_x.visible for trace in figure.data[1:]] == [True, False]
    assert figure.layout.annotations[2].text == "<b>–</b>"


def test_the_largest_errors_come_first_and_the_rest_is_counted():
    x = np.zeros(5)
    x_hat = np.array([0.1, -3.0, NAN, 2.0, 0.0])
    figure = feature_bars(list("abcde"), x, x_hat, x, x_hat, most=2)
    assert list(figure.layout.yaxis.ticktext) == ["b", "d"]
    error, original, reconstruction = figure.data
    assert list(error.x) == [-3.0, 2.0]
    assert list(original.x) == [0.0, 0.0]
    assert list(reconstruction.x) == [-3.0, 2.0]
    assert title(figure).replace("<br>", " ").endswith("3 features with smaller errors not shown")


def test_no_feature_is_called_hidden_when_all_are_shown():
    assert "not shown" not in title(features(30))


def test_the_hover_of_a_feature_has_the_visitors_own_units():
    figure = feature_bars(["height"], [0.5], [0.7], [171.3], [174.92], units=["cm"])
    assert tuple(figure.data[1].customdata[0]) == ("height", "171 cm", "175 cm", "0.200")


def test_a_long_name_keeps_both_its_ends():
    names = ["mean fractal dimension", "worst fractal dimension"]
    shown = features(2, names=names).layout.yaxis.ticktext
    assert len(set(shown)) == 2
    assert all(len(name) <= 18 and name.endswith("mension") for name in shown)


HOSTILE = "<b>%{x}</b><a href='x'>&amp;"


@pytest.mark.parametrize(
    "make",
    [
        lambda: comparison((1.0,), (1.0,), (1.0,), names=[HOSTILE]),
        lambda: features(1, names=[HOSTILE]),
        lambda: feature_bars(["a"], [0], [1], [0], [1], units=[HOSTILE]),
    ],
    ids=["codec", "feature", "unit"],
)
def test_user_text_reaches_plotly_only_escaped_and_never_in_a_template(make):
    figure = make()
    text = figure.to_json()
    assert "a href" not in text.replace("\\u003c", "<").replace("&lt;a href", "")
    assert all("%{x}" not in (trace.hovertemplate or "") for trace in figure.data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: comparison((1.0, 2.0), (1.0,), (1.0, 2.0)),
        lambda: comparison_bars([], [], [], [], [], "error"),
        lambda: feature_bars(["a"], [1], [1, 2], [1], [1]),
        lambda: features(3, most=0),
    ],
    ids=["an end missing", "no codec", "a feature missing", "none shown"],
)
def test_rows_that_do_not_fit_together_are_refused(make):
    with pytest.raises(ValueError, match=r"at least"):
        make()
