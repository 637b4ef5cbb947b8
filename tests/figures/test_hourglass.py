"""The hourglass: a valid picture of every network, to scale and readable, with nothing smuggled in by a name."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from playground.figures import palette
from playground.figures.hourglass import CHARACTER, LEAST_COLUMN, NARROW, WIDE, hourglass

SVG = "{http://www.w3.org/2000/svg}"
DEEP = [784, 512, 256, 128, 64, 32, 16, 2, 16, 32, 64, 128, 256, 512, 784]
NETWORKS = {
    "one layer pair": ([64, 2, 64], 1),
    "m = 1": ([64, 8, 1, 8, 64], 2),
    "15 layers": (DEEP, 7),
    "a bottleneck that is none": ([8, 8, 8], 1),
    "only units of one": ([1, 1, 1], 1),
    "an encoder alone": ([64, 2], 1),
    "a decoder alone": ([2, 64], 0),
    "lopsided": ([64, 2] + [64] * 13, 1),
    "wide": ([12288, 2048, 30, 2048, 12288], 2),
}
every_network = pytest.mark.parametrize(("layers", "latent"), NETWORKS.values(), ids=NETWORKS.keys())


def drawing(*args, **options):
    return ElementTree.fromstring(hourglass(*args, **options))


def heights(root):
    return [float(column.get("height")) for column in root.iter(f"{SVG}rect") if column.get("class")]


def told(root):
    return root.find(f"{SVG}desc").text


def words(root):
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def labels(root, space):
    """(centre in px, text) of the labels below the columns that a drawing `space` px wide shows."""
    shown = []
    for group in root.iter(f"{SVG}svg"):
        place = group.get("x", "")
        for text in group.findall(f"{SVG}text"):
            hidden = "hourglass-wide" in text.get("class", "") and space < WIDE
            if text.get("y") == "270" and not hidden:
                shown.append((float(place.rstrip("%")) * space / 100, text.text))
    return shown


@every_network
def test_every_network_gives_a_picture_that_says_what_it_shows(layers, latent):
    root = drawing(layers, latent, parameters=12345)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert all(f"{units:,}" in root.find(f"{SVG}title").text for units in layers)
    assert f"bottleneck, the code z, {layers[latent]:,}" in told(root)
    assert len(heights(root)) == len(layers)
    assert "12,345 parameters" in words(root)
    assert f"m = {layers[latent]}" in words(root)
    assert ("encoder" in words(root)) == (latent > 0)
    assert ("decoder" in words(root)) == (latent < len(layers) - 1)


def test_columns_are_as_tall_as_their_layers_have_units():
    layers = [784, 1000, 500, 250, 100, 250, 500, 1000, 784]
    root = drawing(layers, 4)
    per_unit = [height / units for height, units in zip(heights(root), layers, strict=True)]
    assert per_unit == pytest.approx([per_unit[0]] * len(layers), rel=1e-3)
    assert "drawn" not in told(root)


def test_a_column_too_short_to_be_seen_is_taller_and_the_description_says_which():
    layers = [784, 64, 2, 64, 784]
    root = drawing(layers, 2)
    full, hidden, code = heights(root)[:3]
    assert code == LEAST_COLUMN
    assert hidden == pytest.approx(full * 64 / 784, abs=0.01)
    assert f"shorter than {LEAST_COLUMN} px is drawn {LEAST_COLUMN} px tall: 2." in told(root)


def test_the_trapezoids_join_neighbouring_columns_and_change_colour_at_the_bottleneck():
    layers = [64, 32, 8, 32, 64]
    root = drawing(layers, 2)
    shapes = [shape for shape in root.iter(f"{SVG}polygon") if shape.get("class")]
    assert [shape.get("fill") for shape in shapes] == [palette.ENCODER] * 2 + [palette.DECODER] * 2
    for shape, (left, right) in zip(shapes, pairwise(heights(root)), strict=True):
        corners = [tuple(map(float, corner.split(","))) for corner in shape.get("points").split()]
        assert corners[3][1] - corners[0][1] == pytest.approx(left, abs=0.02)
        assert corners[2][1] - corners[1][1] == pytest.approx(right, abs=0.02)


def test_few_units_are_drawn_one_by_one_and_many_are_not():
    assert len(list(drawing([13, 3, 13], 1).iter(f"{SVG}circle"))) == 13 + 3 + 13
    assert len(list(drawing([25, 5, 25], 1).iter(f"{SVG}circle"))) == 5


@every_network
@pytest.mark.parametrize("space", [NARROW, WIDE, 720])
def test_labels_stand_free_of_each_other_and_inside_the_drawing(layers, latent, space):
    shown = labels(drawing(layers, latent), space)
    extents = [(x - CHARACTER * len(text) / 2, x + CHARACTER * len(text) / 2) for x, text in sorted(shown)]
    assert all(right < next_left for (_, right), (next_left, _) in pairwise(extents))
    assert extents[0][0] >= -0.1
    assert extents[-1][1] <= space + 0.1


def test_a_wide_drawing_shows_more_labels_than_a_narrow_one():
    root = drawing(DEEP, 7)
    narrow, wide = labels(root, NARROW), labels(root, WIDE)
    assert {"n = 784", "m = 2", "784"} <= {text for _, text in narrow} <= {text for _, text in wide}
    assert len(narrow) < len(wide)


def test_names_stand_in_for_the_numbers_of_units_but_not_for_m():
    names = ["28×28×1", "14×14×8", "code", "14×14×8", "28×28×1"]
    shown = words(drawing([784, 1568, 2, 1568, 784], 2, names=names))
    assert shown.count("28×28×1") == 2
    assert "m = 2" in shown
    assert "code" not in shown
    assert not any("n = " in text for text in shown)


@pytest.mark.parametrize("name", ["<b>&\"'", "</text><script>", "a\n\nb", "\x00\x1b", "]]>", "n" * 400, "\ud800"])
def test_a_name_stays_text_whatever_it_holds(name):
    svg = hourglass([64, 2, 64], 1, names=[name, "", name])
    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert {child.tag.removeprefix(SVG) for child in root.iter()} <= {
        *("svg", "title", "desc", "style", "text", "polygon", "rect", "line", "circle")
    }
    assert "\n\n" not in svg


@every_network
def test_the_picture_asks_for_nothing_and_stays_one_piece_of_html_in_markdown(layers, latent):
    svg = hourglass(layers, latent, parameters=1)
    assert not re.search(r"href|url\(|@import|<script|\son\w+=", svg)
    assert svg.count("http") == 1  # the namespace
    # CommonMark: a line of one complete tag opens a block of HTML, which ends at the first empty line.
    first, *others = svg.split("\n")
    assert re.fullmatch(r"<svg [^<>]*>", first)
    assert all(line.strip() for line in others)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (([64], 0), {}),
        (([64] * 16, 3), {}),
        (([64, 0, 64], 1), {}),
        (([64, 2, 64], 3), {}),
        (([64, 2, 64], -1), {}),
        (([64, 2, 64], 1), {"names": ["a"]}),
        (([64, 2, 64], 1), {"height": 60}),
    ],
    ids=["one layer", "16 layers", "no unit", "beyond the last", "negative", "a name missing", "too low"],
)
def test_what_is_no_hourglass_is_refused(arguments, options):
    with pytest.raises(ValueError, match=r"\d"):
        hourglass(*arguments, **options)
