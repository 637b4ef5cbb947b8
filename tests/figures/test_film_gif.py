"""The film as a GIF opens anywhere, moves, is the same every time, and bears what a run can hold."""

import io

import numpy as np
import pytest
from PIL import Image

from playground.figures import film_gif as module
from playground.figures import palette
from playground.figures.film_gif import FilmFrame, MapColour, film_gif
from playground.figures.gif_canvas import printable

NAN = float("nan")
EPOCHS = 6
K = 40


def film(n_frames=4, m=2, n=16, kind="image", image_shape=(4, 4), z=None, **more):
    rng = np.random.default_rng(0)
    x = rng.random((8, n))
    codes = rng.normal(size=(K, m)) if z is None else z
    epochs = list(range(1, EPOCHS + 1))
    places = np.linspace(1, EPOCHS, n_frames)
    given = {
        "title": "Digits",
        "words": "m = 2",
        "history": {"epoch": epochs, "train": [4 / e for e in epochs], "val": [5 / e for e in epochs]},
        "pca": 2.0,
        "mean": 4.5,
        "unit": "squared error per image",
        "epochs": EPOCHS,
        "latent_dim": m,
        "x": x,
        "frames": [FilmFrame(int(place), codes * place / EPOCHS, x * place / EPOCHS) for place in places],
        "kind": kind,
        "image_shape": image_shape,
        "colour": MapColour("digit", np.arange(K) % 3, ("0", "1", "2")),
    }
    return film_gif(**(given | more))


def opened(data):
    image = Image.open(io.BytesIO(data))
    pictures, durations = [], []
    for place in range(image.n_frames):
        image.seek(place)
        pictures.append(np.asarray(image.convert("RGB")).astype(int))
        durations.append(image.info["duration"])
    return image, pictures, durations


def has(picture, colour):
    return bool((picture == palette.rgb(colour)).all(axis=-1).any())


def test_it_is_an_animation_that_begins_again_for_ever():
    image, pictures, durations = opened(film(4))
    assert (image.format, image.n_frames, image.info["loop"]) == ("GIF", 4, 0)
    assert image.width == 760
    assert durations == [600, 600, 600, 2000]
    assert (pictures[0] != pictures[-1]).any()


def test_a_long_film_keeps_its_ends_and_its_twelve_seconds():
    frames = [FilmFrame(e, np.full((K, 2), e / 300.0) + np.eye(K, 2), np.full((8, 16), e / 300)) for e in range(301)]
    image, _, durations = opened(film(frames=frames, epochs=300))
    assert image.n_frames == 80
    assert 9_000 < sum(durations) <= 12_000
    shown = module._spread(frames)
    assert (shown[0].epoch, shown[-1].epoch) == (0, 300)


def test_a_film_that_would_be_too_large_has_fewer_pictures_and_the_same_end(monkeypatch):
    whole, pictures, _ = opened(film(24))
    monkeypatch.setattr(module, "MOST_BYTES", len(film(24)) - 1)
    fewer, few_pictures, _ = opened(film(24))
    assert fewer.n_frames == whole.n_frames // 2
    assert np.abs(few_pictures[-1] - pictures[-1]).mean() < 1  # chosen from fewer pictures, the greys differ a little


def test_the_same_run_gives_the_same_bytes():
    assert film() == film()


def test_the_paper_is_white_and_the_lines_have_the_palettes_colours():
    _, pictures, _ = opened(film())
    assert pictures[0][0, 0].tolist() == [255, 255, 255]
    for colour in (palette.PCA, palette.MEAN, palette.ENCODER, palette.DECODER):
        assert has(pictures[-1], colour)


def test_the_curve_is_drawn_as_far_as_the_epoch_and_no_further():
    _, pictures, _ = opened(film(pca=None, mean=None))
    left, right = module.LOSS
    red = [
        (p[module.TOP + 2 : module.BOTTOM, left:right] == palette.rgb(palette.ENCODER)).all(axis=-1) for p in pictures
    ]
    reach = [int(np.flatnonzero(area.any(axis=0)).max()) for area in red]
    assert reach == sorted(reach)
    assert reach[0] < (right - left) / 3
    assert reach[-1] > 0.95 * (right - left)


@pytest.mark.parametrize(
    "case",
    [
        {"m": 1},
        {"m": 5, "colour": None},
        {"n": 13, "kind": "table", "image_shape": None},
        {"n": 128, "kind": "series", "image_shape": None},
        {"n": 2, "kind": "points", "image_shape": None},
        {"n": 3, "kind": "points", "image_shape": None, "m": 1},
        {"n": 48, "image_shape": (4, 4, 3)},
        {"n": 16, "image_shape": (4, 4, 1)},
        {"n": 200 * 3, "image_shape": (200, 3)},
        {"colour": MapColour("angle", np.linspace(0, 1, K), None)},
        {"colour": MapColour("angle", np.full(K, NAN), None)},
        {"colour": MapColour("many", np.arange(K) - 1, tuple(f"a long name {i}" for i in range(K)))},
        {"pca": None, "mean": None},
        {"pca": NAN, "mean": 0.0},
        {"log": True},
        {"n_frames": 1},
        {"title": "<b>Größe × 日本 \u202e</b>" * 20, "words": "\n\0", "unit": "β²"},
    ],
    ids=str,
)
def test_every_kind_of_run_has_its_film(case):
    image, _, _ = opened(film(**case))
    assert image.n_frames == case.get("n_frames", 4)


@pytest.mark.parametrize("z", [np.full((K, 2), NAN), np.full((K, 2), np.inf), np.zeros((K, 2)), np.zeros((0, 2))])
def test_codes_that_are_no_numbers_or_all_the_same_are_borne(z):
    film(z=z, colour=None)


def test_some_codes_that_are_no_numbers_leave_the_others_where_they_are():
    z = np.random.default_rng(1).normal(size=(K, 2))
    z[3] = NAN
    _, pictures, _ = opened(film(z=z))
    assert has(pictures[-1][module.TOP : module.BOTTOM, module.MAP[0] :], palette.CLASSES[1])


@pytest.mark.parametrize("values", [[NAN] * EPOCHS, [np.inf] * EPOCHS, [1.0, NAN, 1e30, 1.0, 0.0, 2.0], [0.0] * EPOCHS])
@pytest.mark.parametrize("log", [True, False])
def test_errors_that_are_no_numbers_or_huge_leave_a_gap(values, log):
    film(history={"epoch": list(range(1, EPOCHS + 1)), "train": values, "val": values}, log=log)


def test_a_film_before_the_first_error_and_cells_that_are_missing_are_borne():
    x = np.random.default_rng(0).random((2, 5))
    x[0, 1] = NAN
    frames = [FilmFrame(0, np.zeros((K, 2)), x)]
    film(frames=frames, x=x, kind="table", image_shape=None, history={"epoch": [], "train": [], "val": []}, colour=None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe", "Grosse"),
        ("naïve – 3 × 4", "naive - 3 x 4"),
        ("日本 data", "? data"),
        ("−0.5", "-0.5"),
        ("a\nb", "a b"),
        ("", ""),
    ],
)
def test_text_is_written_in_the_characters_that_the_font_has(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"frames": []}, "at least one frame"),
        ({"image_shape": (3, 4)}, "does not hold"),
        ({"image_shape": None}, "image_shape"),
        ({"x": np.zeros((7, 16))}, "do not belong"),
        ({"colour": MapColour("a", np.zeros(3), None)}, "3 values"),
        ({"history": {"epoch": [1], "train": [], "val": [1.0]}}, "length"),
    ],
)
def test_what_does_not_belong_together_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        film(**wrong)
