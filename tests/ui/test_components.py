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
from playground.ui.components.parts import Lane, Layers, Plane
from playground.ui.components.payload import (
    Colour,
    Frame,
    Samples,
    clicked_point,
    film_payload,
    pack,
    pack_pictures,
    pack_scaled,
    race_payload,
    rows_payload,
    thinned,
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
    """What is said of four rows on a map, with some arguments changed."""
    arguments: dict[str, Any] = {"colour": None, "pictures": None, "rows": None, "selected": None, "height": 300}
    return rows_payload(4, **(arguments | changes))


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
    assert set(map_data()) == {"height", "palette"}
    assert {"selected", "rows"} <= set(map_data(selected=0, rows=list("abcd")))


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


def race_data(**changes: Any) -> dict[str, Any]:
    """A valid race of two lanes with some arguments changed."""
    history = {"epoch": [1, 2], "val": [3.0, 2.0], "seconds": [0.1, 0.2]}
    lanes = [Lane(name, history, [(1, FRAME.x_hat), (2, FRAME.x_hat)], m) for name, m in (("a", 2), ("b", 4))]
    arguments: dict[str, Any] = {"race": "r", "lanes": lanes, "lines": {4: 1.0, 2: 2.0}, "mean": 4.0, "unit": "error"}
    return race_payload(**(arguments | {"samples": SAMPLES, "epochs": 5} | changes))


def test_scaled_numbers_arrive_to_a_thousandth_of_the_bulk_and_missing_ones_as_none() -> None:
    x = RNG.normal(size=(3000, 2)) * [1.0, 1e6] + [5.0, 0.0]
    x[7, 0] = np.nan
    x[8, 1] = np.inf
    sent = rescaled(pack_scaled(x))
    assert np.isnan(sent[7, 0])
    assert np.isnan(sent[8, 1])
    wide = np.nanstd(np.where(np.isfinite(x), x, np.nan), axis=0)
    away = np.abs(sent - x) / wide
    assert np.nanmax(away[np.isfinite(x)]) < 1e-3


def test_one_far_code_takes_no_precision_from_the_others_and_stays_outside() -> None:
    x = RNG.normal(size=(500, 1))
    x[0] = 1e9
    sent = rescaled(pack_scaled(x))
    np.testing.assert_allclose(sent[1:], x[1:], atol=5e-3)
    assert sent[0] > 10


@pytest.mark.parametrize("x", [np.full((4, 2), 3.0), np.full((4, 2), np.nan), np.zeros((0, 2))], ids=str)
def test_codes_that_are_all_the_same_missing_or_none_are_packed(x: NDArray[Any]) -> None:
    np.testing.assert_array_equal(rescaled(pack_scaled(x)), x)


def test_each_samples_sum_of_squared_errors_is_sent_whatever_the_unit() -> None:
    frame = film_data(error_scale=0.5)["frames"][0]
    np.testing.assert_allclose(frame["squares"], ((FRAME.x_hat - SAMPLES.x) ** 2).sum(axis=1), rtol=1e-3)
    assert film_data(error_scale=0.5)["error_scale"] == 0.5
    diverged = film_data(frames=[replace(FRAME, x_hat=np.full((8, 6), np.inf))])
    assert diverged["frames"][0]["squares"] == [None] * 8


def test_a_cell_of_the_hourglass_is_dead_only_when_all_its_units_are_and_levels_are_relative_to_the_layer() -> None:
    wide = np.full(96, 2.0)
    wide[[0, 2, 3]] = np.nan  # half of the first cell, the whole of the second
    narrow = np.array([1.0, 0.5, 0.0])
    layers = Layers((96, 3), 1)
    sent = film_data(layers=layers, frames=[replace(FRAME, activity=[wide, narrow])])["frames"][0]["activity"]
    levels = unpacked(sent["levels"])
    assert levels[:3].tolist() == [254, 255, 254]
    assert levels[48:].tolist() == [254, 127, 0]
    assert (sent["dead"], sent["most"]) == ([3, 0], [2.0, 1.0])


def test_a_layer_whose_units_never_move_is_drawn_as_inactive() -> None:
    frame = replace(FRAME, activity=[np.zeros(3), np.full(2, np.nan)])
    sent = film_data(layers=Layers((3, 2), 1), frames=[frame])["frames"][0]["activity"]
    assert unpacked(sent["levels"]).tolist() == [0, 0, 0, 255, 255]


def test_the_ten_worst_columns_of_a_row_are_sent_the_worst_first() -> None:
    row = [(f"c{i}", "1 cm", "2 cm", i / 66) for i in range(12)]
    sent = film_data(frames=[replace(FRAME, table=[row] * 8)])["frames"][0]["table"]
    assert [cell[0] for cell in sent[0]] == [f"c{i}" for i in range(11, 1, -1)]
    assert sent[0][0] == ["c11", "1 cm", "2 cm", 0.167]


def test_a_share_that_is_no_number_is_sent_as_none() -> None:
    rows = [[("a", "1", "–", float("nan")), ("b", "1", "2", 0.5)]] * 8
    sent = film_data(frames=[replace(FRAME, table=rows)])["frames"][0]["table"]
    assert sent[0] == [["b", "1", "2", 0.5], ["a", "1", "–", None]]


def test_latent_pictures_are_grey_levels_and_large_ones_are_sent_smaller() -> None:
    samples = Samples(np.zeros((8, 70 * 64)), (70, 64), ())
    picture = np.tile(np.linspace(0, 1, 64), (70, 1)).ravel()
    frame = Frame(1, FRAME.z, samples.x, latent=np.stack([picture, 1 - picture]))
    data = film_data(samples=samples, frames=[frame], latent_shape=(1, 2))
    assert data["latent"] == {"shape": [1, 2], "image_shape": [23, 21]}
    sent = unpacked(data["frames"][0]["latent"])
    assert sent.shape == (2, 23, 21)
    np.testing.assert_array_equal(sent[0] + sent[1], 255)
    assert (np.diff(sent[0].astype(int)) > 0).all()


def test_too_many_bytes_of_frames_are_thinned_evenly_with_first_last_and_best_kept() -> None:
    samples = Samples(np.zeros((8, 10_000)), (100, 100), ())
    frames = [Frame(epoch, FRAME.z, samples.x) for epoch in range(1, 301)]
    data = film_data(samples=samples, frames=frames, best_epoch=100)
    epochs = [frame["epoch"] for frame in data["frames"]]
    assert {1, 100, 300} <= set(epochs)
    assert len(json.dumps(data["frames"])) < 5.3e6
    assert np.diff(epochs).max() < 3 * 300 / len(epochs)


def test_thinning_keeps_all_epochs_where_there_is_room() -> None:
    assert thinned([3, 4, 9], 3, None) == [0, 1, 2]
    assert thinned(range(100), 3, 7) == [0, 7, 50, 99]
    assert thinned([], 3, None) == []


def test_seconds_and_changes_are_sent_with_the_curves() -> None:
    history = {"epoch": [1, 2], "train": [2.0, 1.0], "val": [2.0, 1.0], "seconds": [0.1, 0.25]}
    data = film_data(history=history, changes=[(1.4, "learning rate 0.02 → 0.002")])
    assert data["history"]["seconds"] == [0.1, 0.25]
    assert data["changes"] == [{"epoch": 1.4, "words": "learning rate 0.02 → 0.002"}]


def test_codes_of_two_units_may_come_already_cut() -> None:
    assert film_data(latent_dim=8)["frames"][0]["z"]["shape"] == [20, 2]


def test_a_race_sends_every_lane_with_its_line_to_beat() -> None:
    data = json.loads(json.dumps(race_data(), allow_nan=False))
    assert [(lane["name"], lane["m"], len(lane["frames"])) for lane in data["lanes"]] == [("a", 2, 2), ("b", 4, 2)]
    assert data["lines"] == [{"m": 2, "value": 2.0}, {"m": 4, "value": 1.0}]
    assert data["lanes"][0]["history"]["seconds"] == [0.1, 0.2]


POINTS = replace(SAMPLES, x=np.zeros((8, 3)), image_shape=None)
SPACE = {"samples": POINTS, "kind": "points", "frames": []}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "table"}, r"kind is 'table', but the samples' image_shape is \(2, 3\)"),
        ({"kind": "points", "samples": replace(SAMPLES, image_shape=None)}, "2 or 3 features, not 6"),
        (SPACE | {"points": np.zeros((5, 2))}, r"points has shape \(5, 2\), it needs 3 columns"),
        (SPACE | {"plane": Plane(np.zeros(3), np.zeros((2, 2)))}, "do not have 3 features"),
        ({"layers": Layers((3, 2, 3), 3)}, "latent_index=3 is none of the 3 layers"),
        ({"layers": Layers((3, 2, 3), 1, ("a",))}, "1 names for 3 layers"),
        ({"frames": [replace(FRAME, activity=[np.zeros(3)])]}, r"activity of \[3\] units does not fit None"),
        ({"frames": [replace(FRAME, latent=np.zeros((4, 6)))], "latent_shape": (2, 3)}, r"latent has shape \(4, 6\)"),
        ({"frames": [replace(FRAME, latent=np.zeros((4, 6)))]}, "latent_shape None"),
        ({"frames": [replace(FRAME, table=[[]])]}, "table has 1 rows for 8 samples"),
        ({"history": {"epoch": [1], "train": [1.0], "val": [1.0], "seconds": []}}, "differ in length"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value[:24],
)
def test_extras_that_do_not_fit_together_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        film_data(**changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lanes": []}, "1 to 4 lanes, not 0"),
        ({"lanes": [Lane("a", {"epoch": [1]}, [], 2)]}, "missing: val"),
        ({"lanes": [Lane("a", {"epoch": [], "val": []}, [(3, np.zeros((8, 5)))], 2)]}, "a, epoch 3: x_hat has shape"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value[:24],
)
def test_races_that_do_not_fit_together_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        race_data(**changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
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


def page_with_film_and_race() -> None:
    import numpy as np

    from playground.ui.components import Lane, Samples, film, race

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
    race(
        key="race",
        race="r",
        lanes=[Lane("a", {"epoch": [], "val": []}, [], 1)],
        lines={},
        mean=None,
        unit="error",
        samples=Samples(np.zeros((1, 2)), None, ("a", "b")),
        epochs=3,
    )


def test_the_film_and_the_race_mount_in_a_page() -> None:
    assert not AppTest.from_function(page_with_film_and_race).run().exception
