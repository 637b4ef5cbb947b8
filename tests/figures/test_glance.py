"""Samples in little room: colours of cells, sheets, and HTML that nobody can write into."""

import io

import numpy as np
import pytest
from PIL import Image

from playground.figures import glance, palette
from playground.figures.cells import Scale
from playground.figures.sheet import cell_tiles, sheet_png, wave_tiles

EVIL = '"><script>alert(1)</script>'


def test_a_cell_is_coloured_by_its_place_in_the_column_or_by_its_level():
    x = np.array([[0.0, 0.0], [10.0, 1.0], [5.0, np.nan]])
    scale = Scale(np.array([0.0, 0.0]), np.array([10.0, 1.0]), np.array([False, True]))
    colours = scale.colours(x)
    assert tuple(colours[0, 0]) == palette.rgb(palette.SEQUENTIAL[0])
    assert tuple(colours[1, 0]) == palette.rgb(palette.SEQUENTIAL[-1])
    assert tuple(colours[1, 1]) == palette.rgb(palette.CLASSES[1])
    assert tuple(colours[2, 1]) == palette.rgb(palette.MEAN)
    np.testing.assert_array_equal(scale.colours(x * 100)[1, 0], colours[1, 0])


def test_a_scale_leaves_out_the_extreme_rows_and_knows_columns_that_never_change_or_are_unknown():
    x = np.column_stack([np.arange(1001.0), np.full(1001, 7.0), np.full(1001, np.nan)])
    scale = Scale.of(x, np.zeros(3, dtype=bool))
    assert (scale.low[0], scale.high[0]) == (10, 990)
    assert scale.colours(x).shape == (1001, 3, 3)


def test_a_sheet_has_every_tile_in_its_place():
    tiles = np.stack([np.full((4, 4), level, np.uint8) for level in (0, 90, 180)])
    sheet = np.asarray(Image.open(io.BytesIO(sheet_png([("a", tiles), ("b", tiles[:1])], 2))))
    counts = {level: int((sheet == level).all(axis=-1).sum()) for level in (0, 90, 180)}
    assert counts[90] == counts[180] == 96 * 96
    assert counts[0] == 2 * 96 * 96


def test_waves_and_cells_become_tiles_and_an_empty_sheet_is_refused():
    assert wave_tiles(np.zeros((2, 9)), 0, 1).shape == (2, 64, 128, 3)
    assert cell_tiles(np.zeros((2, 5, 3), np.uint8)).shape == (2, 14, 70, 3)
    with pytest.raises(ValueError, match="at least one tile"):
        sheet_png([("a", np.zeros((0, 4, 4), np.uint8))], 2)


def test_a_step_outside_of_the_data_is_marked_and_the_others_are_not():
    html = glance.steps([("", "", ["a", "b", "c"])], np.array([0.5, 0.01, 0.05]), 0.05, palette.PCA)
    assert html.count("✕") == 1
    assert "denser than at 1 % of the training codes, outside of the data" in html
    assert 'denser than at 50 % of the training codes"' in html


def test_only_the_thinnest_step_has_its_number_framed():
    html = glance.steps([("", "", ["a", "b", "c"])], np.array([0.5, 0.01, 0.05]), 0.05, palette.PCA, 1)
    assert html.count("outline") == 1
    assert 'outside of the data, the thinnest step"' in html
    assert [part.split("</span>")[0].split(">")[-1] for part in html.split("</div><span")[1:]] == ["50", "1", "5"]


def test_names_over_cells_are_written_in_full_and_levels_have_their_colours():
    assert "bill length" in glance.heads(["bill length"])
    assert "nowrap" not in glance.heads(["bill length"])
    assert "vertical" in glance.heads([str(i) for i in range(12)])
    html = glance.levels([("island", [("Biscoe", "#E69F00")])])
    assert "background:#E69F00" in html
    assert "Biscoe" in html
    assert glance.levels([]) == ""


def test_whatever_a_visitor_brought_is_escaped():
    pieces = [
        glance.picture(b"", EVIL),
        glance.wave([(np.zeros(3), "red")], 0, 1, EVIL),
        glance.strip(np.zeros((1, 3), np.uint8), [EVIL]),
        glance.card(EVIL, "", EVIL, "red", EVIL),
        glance.line(EVIL, "", EVIL, EVIL),
        glance.heads([EVIL]),
        glance.levels([(EVIL, [(EVIL, "red")])]),
        glance.steps([(EVIL, EVIL, ["x"])], None, 0.05, "red"),
    ]
    assert not any("<script" in piece for piece in pieces)
