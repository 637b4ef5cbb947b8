"""The Python side of the cloud: what is sent, what is refused, and that nothing the browser sends is trusted."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.components.cloud_payload import (
    MOST_ASKED,
    MOST_POINTS,
    Link,
    Outline,
    Spot,
    asked_rows,
    bits,
    carried,
    colour_part,
    digest_of,
    picked_group,
    picked_point,
    points_part,
    view_payload,
)
from playground.ui.components.parts import Colour

RNG = np.random.default_rng(0)


def view(**changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"of": "run", "n": 20, "parts": {"points": "p"}, "labels": ("z1", "z2")}
    return view_payload(**(arguments | changes))


def test_a_carrier_holds_the_part_as_deflated_json() -> None:
    part = points_part(RNG.normal(size=(50, 3)))
    sent = carried("k", part)
    assert json.loads(zlib.decompress(base64.b64decode(sent["deflated"]))) == part
    assert sent["key"] == "k"


def test_seventy_thousand_points_in_space_are_less_than_six_hundred_kilobytes() -> None:
    assert len(carried("k", points_part(RNG.normal(size=(70_000, 3))))["deflated"]) < 600_000


def test_equal_content_has_one_name_and_other_content_another() -> None:
    x = RNG.normal(size=(70_000, 2))
    other = x.copy()
    other[35_001, 1] += 1e-9
    assert digest_of("points", x) == digest_of("points", x.copy())
    assert len({digest_of("points", x), digest_of("points", other), digest_of("points", x.reshape(-1, 4))}) == 3


@pytest.mark.parametrize("n", [1, 7, 8, 9, 1000])
def test_the_rows_drawn_around_come_back_as_they_were(n: int) -> None:
    mask = RNG.random(n) < 0.4
    group = picked_group({"of": "run", "bits": bits(mask)}, "run", n)
    assert group is not None
    np.testing.assert_array_equal(group, np.flatnonzero(mask))


FULL = bits(np.ones(20, dtype=np.bool_))


@pytest.mark.parametrize(
    "sent",
    [
        None,
        3,
        "text",
        [1, 2],
        {},
        {"of": "run"},
        {"of": "other run", "bits": FULL},
        {"bits": FULL},
        {"of": "run", "bits": 5},
        {"of": "run", "bits": [1, 2, 3]},
        {"of": "run", "bits": "not base64!"},
        {"of": "run", "bits": "äöü="},
        {"of": "run", "bits": bits(np.ones(8, dtype=np.bool_))},  # too short
        {"of": "run", "bits": bits(np.ones(32, dtype=np.bool_))},  # too long
        {"of": "run", "bits": bits(np.ones(24, dtype=np.bool_))},  # rows 20 to 23 do not exist
        {"of": "run", "bits": "A" * 10_000_000},
    ],
)
def test_a_group_that_is_no_mask_of_these_rows_is_ignored(sent: object) -> None:
    assert picked_group(sent, "run", 20) is None


def test_a_line_around_nothing_is_an_empty_group() -> None:
    group = picked_group({"of": "run", "bits": bits(np.zeros(20, dtype=np.bool_))}, "run", 20)
    assert group is not None
    assert group.shape == (0,)


@pytest.mark.parametrize("row", [-1, 20, 2.0, True, "3", None, [3]])
def test_a_click_on_no_row_is_ignored(row: object) -> None:
    assert picked_point({"of": "run", "row": row}, "run", 20) is None


def test_a_click_on_the_rows_of_another_run_is_ignored() -> None:
    assert picked_point({"of": "run", "row": 3}, "run", 20) == 3
    assert picked_point({"of": "run", "row": 3}, "another", 20) is None
    assert picked_point(3, "run", 20) is None


def test_cards_are_made_only_for_rows_that_there_are_and_not_for_too_many() -> None:
    assert asked_rows({"of": "run", "rows": [3, 3, -1, 20, "5", True, 7]}, "run", 20) == [3, 7]
    assert len(asked_rows({"of": "run", "rows": list(range(1000))}, "run", 1000)) == MOST_ASKED
    assert asked_rows({"of": "other", "rows": [3]}, "run", 20) == []
    assert asked_rows({"of": "run", "rows": "345"}, "run", 20) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shown": np.ones(19, dtype=np.bool_)}, r"shown has shape \(19,\) for 20 points"),
        ({"selected": 20}, "selected holds 20, but the points are numbered 0 to 19"),
        ({"links": [Link(-1, "code")]}, "links holds -1"),
        ({"groups": [Outline("A", np.array([3, 21]))]}, "group 'A' holds 21"),
        ({"spots": [Spot((1.0,), "mean")]}, "'mean' has 1 coordinates, the cloud has 2"),
    ],
)
def test_what_does_not_fit_the_points_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        view(**changes)


def test_places_of_a_wrong_shape_or_number_are_refused() -> None:
    with pytest.raises(ValueError, match="one to three coordinates"):
        points_part(np.zeros((5, 4)))
    with pytest.raises(ValueError, match="at most 100,000 points, not 100,001: show a sample"):
        points_part(np.zeros((MOST_POINTS + 1, 2)))
    with pytest.raises(ValueError, match="colour 'c' has shape"):
        colour_part(Colour("c", np.zeros(4), None), 5)


def test_the_view_is_json_and_says_nothing_of_a_filter_that_keeps_all() -> None:
    sent = view(
        shown=np.ones(20, dtype=np.bool_),
        selected=np.int64(3),
        links=[Link(4, "both")],
        groups=[Outline("A", np.array([1, 2]), "#D03B47")],
        spots=[Spot((0.5, float("nan")), "mean")],
    )
    assert "shown" not in json.loads(json.dumps(sent))
    assert sent["groups"] == [{"name": "A", "rows": bits(np.isin(np.arange(20), [1, 2])), "colour": "#D03B47"}]
    assert sent["spots"] == [{"place": [0.5, None], "label": "mean"}]


def cloud_page() -> None:
    import numpy as np
    import streamlit as st

    from playground.ui.components.cloud import Card, cloud

    x = np.arange(6.0)
    picked = cloud(key="map", of="run", x=x, y=x, z=x, labels=("a", "b", "c"), card=lambda row: Card(f"row {row}"))
    st.write(f"{picked.point} {picked.group}")


def test_nothing_is_picked_before_the_visitor_does() -> None:
    app = AppTest.from_function(cloud_page).run()
    assert not app.exception
    assert app.markdown[0].value == "None None"
