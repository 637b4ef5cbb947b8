"""The Python side of the film and the code map: what is sent to the browser, what is refused, what comes back."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from playground.ui.components.packing import MISSING
from playground.ui.components.payload import (
    Colour,
    Frame,
    Mark,
    Samples,
    clicked_point,
    film_payload,
    map_payload,
    pack,
    pack_pictures,
)

RNG = np.random.default_rng(0)
SAMPLES = Samples(RNG.random((8, 6)), (2, 3), ())
FRAME = Frame(3, RNG.normal(size=(20, 2)), RNG.random((8, 6)))


def unpacked(packed: dict[str, Any]) -> NDArray[Any]:
    """What the browser reads, by the same three fields."""
    if "deflated" in packed:
        raw = zlib.decompress(base64.b64decode(packed["deflated"]))
    else:
        raw = base64.b64decode(packed["base64"])
    return np.frombuffer(raw, "<" + packed["type"]).reshape(packed["shape"])


def rescaled(packed: dict[str, Any]) -> NDArray[Any]:
    """What the browser makes of `pack_scaled`."""
    steps = unpacked(packed)
    return np.where(steps == MISSING, np.nan, packed["low"] + steps * np.array(packed["step"]))


def film_data(**changes: Any) -> dict[str, Any]:
    """A valid film with some arguments changed."""
    arguments: dict[str, Any] = {
        "run": "r",
        "latent_dim": 2,
        "epochs": 5,
        "alive": True,
        "history": {"epoch": [1, 2, 3], "train": [3.0, 2.0, 1.0], "val": [3.5, 2.5, 1.5]},
        "pca": 1.7,
        "mean": 4.0,
        "unit": "squared error per image",
        "samples": SAMPLES,
        "frames": [FRAME],
        "colour": None,
        "best_epoch": 3,
    }
    return film_payload(**(arguments | changes))


def map_data(**changes: Any) -> dict[str, Any]:
    """A valid map of four points with some arguments changed."""
    arguments: dict[str, Any] = {"x": np.arange(4.0), "y": np.ones(4), "x_label": "z1", "y_label": "z2"}
    return map_payload(**(arguments | changes))


@pytest.mark.parametrize(
    "array",
    [
        RNG.normal(size=(5, 2)).astype(np.float32),
        np.array([-1, 0, 300], dtype=np.int16),
        np.arange(256, dtype=np.uint8),
    ],
    ids=["float32", "int16", "uint8"],
)
def test_packed_arrays_arrive_unchanged(array: NDArray[Any]) -> None:
    np.testing.assert_array_equal(unpacked(pack(array)), array)


def test_wide_numbers_are_sent_in_types_that_javascript_reads_directly() -> None:
    assert pack(np.arange(3, dtype=np.int64))["type"] == "i2"
    assert pack(np.arange(3, dtype=np.float64))["type"] == "f4"
    with pytest.raises(ValueError, match="int16"):
        pack(np.array([70_000]))


def test_transposed_arrays_are_packed_row_by_row() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    np.testing.assert_array_equal(unpacked(pack(array)), array)


def test_pictures_arrive_unchanged() -> None:
    pictures = RNG.integers(0, 256, (4, 5, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(unpacked(pack_pictures(pictures)), pictures)


def test_images_are_sent_as_grey_levels_between_low_and_high_and_missing_ones_black() -> None:
    x = np.array([[-1.0, 0.0, 1.0, 2.0, np.nan, -3.0]])
    samples = Samples(x, (2, 3), (), low=-1.0, high=1.0)
    data = film_data(samples=samples, frames=[])
    np.testing.assert_array_equal(unpacked(data["samples"]["x"]), [[0, 128, 255, 255, 0, 0]])


def test_features_that_are_no_image_are_sent_as_numbers() -> None:
    samples = replace(SAMPLES, image_shape=None, feature_names=tuple("abcdef"))
    data = film_data(samples=samples)
    np.testing.assert_array_equal(unpacked(data["samples"]["x"]), SAMPLES.x.astype(np.float32))
    assert data["samples"]["feature_names"] == list("abcdef")
    assert "image_shape" not in data["samples"]


def test_only_the_two_units_on_show_are_sent() -> None:
    frame = replace(FRAME, z=RNG.normal(size=(20, 8)))
    sent = rescaled(film_data(latent_dim=8, frames=[frame])["frames"][0]["z"])
    assert sent.shape == (20, 2)
    np.testing.assert_allclose(sent, frame.z[:, :2], atol=1e-4)


def test_only_the_frames_given_are_sent() -> None:
    assert [frame["epoch"] for frame in film_data()["frames"]] == [3]
    assert film_data(frames=[])["frames"] == []


def test_what_is_not_given_is_not_sent() -> None:
    assert not {"pca", "mean", "best_epoch", "colour"} & set(film_data(pca=None, mean=None, best_epoch=None))
    assert set(map_data(y=None)) == {"x", "x_label", "y_label", "height", "palette"}
    assert {"selected", "rows", "marks"} <= set(
        map_data(selected=0, rows=list("abcd"), marks=[Mark(1.0, None, "here")])
    )


def test_a_mark_on_a_strip_has_no_height() -> None:
    assert map_data(y=None, marks=[Mark(1.0, None, "here")])["marks"] == [{"x": 1.0, "label": "here"}]


def test_numpy_numbers_and_gaps_become_json() -> None:
    history = {"epoch": np.arange(1, 3), "train": np.array([1.0, np.nan]), "val": [np.float32(2.0), np.inf]}
    data = film_data(history=history, best_epoch=np.int64(3), pca=np.float64("nan"), epochs=np.int64(5), alive=np.True_)
    sent = json.loads(json.dumps(data, allow_nan=False))
    assert sent["history"] == {"epoch": [1, 2], "train": [1.0, None], "val": [2.0, None]}
    assert (sent["best_epoch"], sent["epochs"], sent["alive"]) == (3, 5, True)
    assert "pca" not in sent
    json.dumps(map_data(selected=np.int64(2), height=np.int64(300)), allow_nan=False)


def test_class_colours_send_codes_with_minus_one_for_no_label() -> None:
    colour = map_data(colour=Colour("digit", np.array([0, 1, -7, 1]), ("zero", "one")))["colour"]
    assert (colour["name"], colour["levels"]) == ("digit", ["zero", "one"])
    np.testing.assert_array_equal(unpacked(colour["codes"]), [0, 1, -1, 1])


def test_continuous_colours_send_numbers() -> None:
    colour = map_data(colour=Colour("height", np.array([1, 2, 3, 4]), None))["colour"]
    np.testing.assert_array_equal(unpacked(colour["values"]), np.array([1, 2, 3, 4], dtype=np.float32))
    assert "levels" not in colour


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"latent_dim": 1}, r"Frame 3: z has shape \(20, 2\), it needs 1 columns"),
        ({"frames": [FRAME, Frame(4, np.zeros((19, 2)), FRAME.x_hat)]}, "Frame 4: 19 codes, the first frame has 20"),
        ({"frames": [replace(FRAME, x_hat=np.zeros((8, 5)))]}, r"x_hat has shape \(8, 5\)"),
        ({"history": {"epoch": [1], "train": [1.0]}}, "missing: val"),
        ({"history": {"epoch": [1], "train": [1.0], "val": []}}, "differ in length"),
        ({"samples": replace(SAMPLES, x=np.zeros((9, 6)))}, "1 to 8 rows"),
        ({"samples": replace(SAMPLES, image_shape=(2, 2))}, "does not hold 6 features"),
        ({"samples": replace(SAMPLES, image_shape=(1, 3, 2))}, r"neither \(height, width\)"),
        ({"samples": replace(SAMPLES, low=1.0)}, "must lie below"),
        ({"samples": replace(SAMPLES, feature_names=("a",))}, "1 feature names for 6 features"),
        ({"colour": Colour("digit", np.zeros(19, dtype=int), ("0",))}, r"'digit' has shape \(19,\) for 20 points"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value[:24],
)
def test_films_that_do_not_fit_together_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        film_data(**changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x": np.zeros((4, 2))}, "one number per point"),
        ({"y": np.zeros(3)}, r"y has shape \(3,\)"),
        ({"rows": ["a"]}, "1 texts for 4 points"),
        ({"selected": 4}, "numbered 0 to 3"),
        ({"selected": -1}, "numbered 0 to 3"),
        ({"pictures": np.zeros((4, 2, 2))}, "must be uint8"),
        ({"pictures": np.zeros((4, 2, 2, 4), dtype=np.uint8)}, r"\(n, height, width\)"),
        ({"pictures": np.zeros((3, 2, 2), dtype=np.uint8)}, "holds 3 for 4 points"),
        ({"colour": Colour("c", np.array([0, 1, 2, 0]), ("a", "b"))}, "a value of 2 but only 2 levels"),
        ({"colour": Colour("c", np.zeros(4), ("a", "b"))}, "must be whole numbers"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value[:24],
)
def test_maps_that_do_not_fit_together_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        map_data(**changes)


@pytest.mark.parametrize("value", [None, True, "1", 1.0, -1, 4, [1], {"point": 1}], ids=repr)
def test_anything_but_a_points_number_is_no_click(value: object) -> None:
    assert clicked_point(value, 4) is None


def test_a_points_number_is_a_click() -> None:
    assert [clicked_point(i, 4) for i in range(4)] == [0, 1, 2, 3]


def page_with_both_components() -> None:
    import numpy as np
    import streamlit as st

    from playground.ui.components import Samples, code_map, film

    film(
        key="film",
        run="r",
        latent_dim=1,
        epochs=3,
        alive=True,
        history={"epoch": [], "train": [], "val": []},
        pca=None,
        mean=None,
        unit="error",
        samples=Samples(np.zeros((1, 2)), None, ("a", "b")),
        frames=[],
        colour=None,
        best_epoch=None,
    )
    st.write(f"clicked: {code_map(key='map', x=np.arange(3.0), y=None, x_label='z1', y_label='')}")


def test_both_components_mount_in_a_page_and_no_click_is_none() -> None:
    page = AppTest.from_function(page_with_both_components).run()
    assert not page.exception
    assert page.markdown[0].value == "clicked: None"
