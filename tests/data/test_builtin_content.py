"""What each built-in data set holds, against its source, an independent drawing, or the error that PCA should leave."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest

from playground.data import Split, load
from playground.data.builtin import curves, shapes, smileys
from playground.data.builtin.colour import oklch

FINE = 8  # places along each side of a pixel that an independent drawing looks at


def unexplained(name, latent_dim):
    """Share of variance that PCA leaves on held-out rows, in standardised features."""
    x = load(name).x.astype(np.float64)
    n_train = len(x) * 4 // 5
    x = (x - x[:n_train].mean(0)) / x[:n_train].std(0)
    components = np.linalg.svd(x[:n_train], full_matrices=False)[2][:latent_dim]
    held_out = x[n_train:]
    return np.square(held_out - held_out @ components.T @ components).sum() / np.square(held_out).sum()


# --- as the literature has them ---


def test_the_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    ours, theirs = load("digits"), load_digits()
    assert sorted(map(bytes, ours.x)) == sorted(map(bytes, theirs.data.astype(np.float32)))
    for label in ours.labels[:3]:
        mine = {bytes(row) for row in ours.x[ours.labels == label]}
        assert mine == {bytes(row) for row in theirs.data[theirs.target == int(label)].astype(np.float32)}


def test_mnist5000_has_500_images_of_every_digit():
    dataset = load("mnist5000")
    assert dataset.x.shape == (5000, 784)
    assert np.unique(dataset.labels, return_counts=True)[1].tolist() == [500] * 10


@pytest.mark.parametrize(
    ("name", "digest"),
    [("digits", "29a9c00dd3b7"), ("mnist5000", "36329ade4d23"), ("wine", "e149516c00f0")],
)
def test_the_samples_that_runs_were_trained_on_stay_as_they_are(name, digest):
    """A run is opened again with the data of its name: other samples would make its pictures wrong."""
    assert hashlib.sha256(load(name).x.tobytes()).hexdigest().startswith(digest)


def test_the_swiss_roll_is_scikit_learns():
    from sklearn.datasets import make_swiss_roll

    x, angle = make_swiss_roll(2000, noise=0.1, random_state=0)
    np.testing.assert_allclose(load("swiss_roll").x, x, rtol=1e-5)
    np.testing.assert_allclose(load("swiss_roll").factors["angle"], angle, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "counts", "units"),
    [
        ("iris", {"setosa": 50, "versicolor": 50, "virginica": 50}, {"cm"}),
        ("wine", {"cultivar 1": 59, "cultivar 2": 71, "cultivar 3": 48}, {"", "%", "mg/l"}),
        ("breast_cancer", {"malignant": 212, "benign": 357}, set()),
    ],
    ids=["iris", "wine", "breast_cancer"],
)
def test_a_table_of_the_literature_has_its_known_classes_and_units(name, counts, units):
    dataset = load(name)
    assert dict(zip(*map(np.ndarray.tolist, np.unique(dataset.labels, return_counts=True)), strict=True)) == counts
    assert set(dataset.units) == units


def test_fishers_setosa_has_the_short_petals():
    iris = load("iris")
    assert iris.feature_names == ("sepal length", "sepal width", "petal length", "petal width")
    petal = iris.x[:, 2]
    assert petal[iris.labels == "setosa"].max() < 2.0 < petal[iris.labels != "setosa"].min()


def test_the_penguins_are_the_344_of_palmer_station_with_their_19_missing_cells():
    penguins = load("penguins")
    assert penguins.x.shape == (344, 7)
    levels, counts = np.unique(penguins.labels, return_counts=True)
    assert dict(zip(levels.tolist(), counts.tolist(), strict=True)) == {"Adelie": 152, "Chinstrap": 68, "Gentoo": 124}
    missing = dict(zip(penguins.feature_names, np.isnan(penguins.x).sum(axis=0).tolist(), strict=True))
    measured = ("bill length", "bill depth", "flipper length", "body mass")
    assert missing == {"island": 0, "sex": 11, "year": 0} | dict.fromkeys(measured, 2)
    types = {column.name: (column.type, column.unit) for column in penguins.columns}
    assert types["island"] == types["sex"] == ("category", "")
    assert types["bill length"] == types["flipper length"] == ("number", "mm")
    assert types["body mass"] == ("number", "g")


def test_a_penguin_stands_in_its_own_units():
    """The first row of the source: a male Adelie of Torgersen, 39.1 mm, 18.7 mm, 181 mm, 3750 g, in 2007."""
    penguins = load("penguins")
    shown = [penguins.shown(place) for place in range(penguins.n_features)]
    rows = {tuple(str(column[row]) for column in shown) for row in range(penguins.n_samples)}
    assert ("Torgersen", "39.1", "18.7", "181.0", "3750.0", "male", "2007.0") in rows
    gentoo = penguins.labels == "Gentoo"
    assert set(shown[0][gentoo].tolist()) == {"Biscoe"}
    assert abs(np.nanmean(shown[4][gentoo]) - 5076) < 1  # g; Gorman, Williams and Fraser (2014)


# --- as geometry has them ---


@pytest.mark.parametrize(
    ("name", "latent_dim", "low", "high"),
    [
        ("flat_sheet", 2, 0.25, 0.35),
        ("flat_sheet", 3, 0.002, 0.004),
        ("swiss_roll", 2, 0.27, 0.35),
        ("s_curve", 2, 0.27, 0.36),
        ("circle", 1, 0.45, 0.55),
        ("circle", 2, 0.002, 0.004),
        ("noise", 5, 0.70, 0.80),
        ("wine", 2, 0.48, 0.60),
        ("iris", 2, 0.03, 0.07),
    ],
)
def test_pca_leaves_what_the_lesson_is_built_on(name, latent_dim, low, high):
    assert low < unexplained(name, latent_dim) < high


def test_the_flat_sheet_is_a_linear_image_of_its_three_factors():
    sheet = load("flat_sheet")
    z = np.column_stack([*sheet.factors.values(), np.ones(sheet.n_samples)])
    rest = sheet.x - z @ np.linalg.lstsq(z, sheet.x, rcond=None)[0]
    assert len(sheet.factors) == 3
    np.testing.assert_allclose(rest.std(axis=0), 0.034, rtol=0.1)


def test_the_circle_closes_and_is_round():
    circle = load("circle")
    angle = np.radians(circle.factors["angle"].astype(np.float64))
    waves = np.column_stack([np.cos(angle), np.sin(angle)])
    directions = np.linalg.lstsq(waves, circle.x, rcond=None)[0]  # (2, 10)
    np.testing.assert_allclose((circle.x - waves @ directions).std(axis=0), 0.043, rtol=0.1)
    np.testing.assert_allclose(directions @ directions.T, 5 * np.eye(2), atol=0.05)


def test_the_s_curve_lies_along_its_angle():
    curve = load("s_curve")
    angle = curve.factors["angle"].astype(np.float64)
    expected = np.column_stack([np.sin(angle), curve.x[:, 1], np.sign(angle) * (np.cos(angle) - 1)])
    assert np.abs(curve.x - expected).max() < 0.15  # the noise has standard deviation 0.02


def test_the_noise_is_independent_and_normal():
    x = load("noise").x.astype(np.float64)
    np.testing.assert_allclose(np.cov(x.T), np.eye(20), atol=0.12)
    assert abs((x**4).mean() - 3) < 0.15


# --- as they are drawn ---


def fine_places(side):
    """x and y (side, side, FINE²) of places spread over every pixel."""
    inside = (np.arange(FINE) + 0.5) / FINE
    pixel = np.arange(side)
    x = pixel[None, :, None, None] + inside[None, None, None, :]
    y = pixel[:, None, None, None] + inside[None, None, :, None]
    x, y = np.broadcast_arrays(x, y)
    return x.reshape(side, side, -1), y.reshape(side, side, -1)


def local_jacobian(draw, factors, rows):
    """How the pictures change along each factor, per range of the factor: (n, n_factors, n_features)."""
    shown = {name: values[rows] for name, values in factors.items()}
    changes = []
    for name, values in factors.items():
        step = np.float32(0.01 * np.ptp(values))
        more, less = (draw(shown | {name: shown[name] + sign * step}) for sign in (1, -1))
        changes.append((more - less).reshape(len(more), -1) / 0.02)
    return np.stack(changes, axis=1)


def draw_again(name, rows):
    """A function from factors to the pictures of those rows."""
    dataset = load(name)
    if name == "curves":
        return lambda f: curves.draw_curves(np.stack(list(f.values()), axis=1).reshape(-1, 3, 2))
    if name == "smileys":
        return lambda f: smileys.draw_smileys(**f)
    kind = np.array([shapes.SHAPES.index(label) for label in dataset.labels[rows].tolist()])
    draw = shapes.draw_shapes if name == "shapes" else shapes.draw_shapes_in_colour
    return lambda f: draw(kind, **f)


DRAWN = ("curves", "shapes", "shapes_colour", "smileys")


@pytest.mark.parametrize("name", DRAWN)
def test_the_factors_draw_the_same_pictures_again(name):
    dataset, rows = load(name), np.arange(0, 4000, 40)
    again = draw_again(name, rows)({factor: values[rows] for factor, values in dataset.factors.items()})
    np.testing.assert_allclose(again.reshape(len(rows), -1), dataset.x[rows], atol=1e-6)


@pytest.mark.parametrize("name", DRAWN)
def test_pictures_change_in_as_many_directions_as_they_have_dimensions(name):
    """The intrinsic dimension: no change of one factor can be made up for by the others."""
    dataset, rows = load(name), np.arange(200)
    changes = local_jacobian(draw_again(name, rows), dataset.factors, rows)
    sizes = np.linalg.svd(changes, compute_uv=False)  # (n, n_factors), the largest first
    assert sizes.shape[1] == len(dataset.factors) == dataset.intrinsic_dim
    assert np.median(sizes[:, -1]) > 4
    assert np.percentile(sizes[:, -1] / sizes[:, 0], 5) > 0.04


def test_a_curve_runs_through_its_three_points_and_nowhere_else():
    """Independently: Lagrange's parabola through them at times 0, 1/2 and 1, looked at from within every pixel."""
    dataset = load("curves")
    t = np.linspace(0, 1, 200)[:, None]
    x, y = fine_places(curves.SIDE)
    for row in range(12):
        first, second, third = np.array([values[row] for values in dataset.factors.values()]).reshape(3, 2)
        curve = (2 * t - 1) * (t - 1) * first + 4 * t * (1 - t) * second + t * (2 * t - 1) * third
        near = np.full(x.shape, np.inf)
        for place in curve:
            near = np.minimum(near, (x - place[0]) ** 2 + (y - place[1]) ** 2)
        covered = (near < (curves.WIDTH / 2) ** 2).mean(axis=-1)
        difference = np.abs(dataset.as_images(dataset.x)[row] - covered)
        assert difference.max() < 0.25  # at a corner of a pixel; the border runs over one pixel
        assert difference.mean() < 0.004


def test_a_curve_lies_within_its_picture_and_starts_at_the_left():
    dataset = load("curves")
    pictures = dataset.as_images(dataset.x)
    assert pictures[:, 1:-1, 1:-1].max(axis=(1, 2)).min() == 1
    assert max(pictures[:, [0, -1]].max(), pictures[:, :, [0, -1]].max()) < 1
    assert (dataset.factors["x1"] <= dataset.factors["x3"]).all()
    ends = np.hypot(*(dataset.factors[f"{axis}1"] - dataset.factors[f"{axis}3"] for axis in "xy"))
    for end in "13":
        way = np.hypot(*(dataset.factors[f"{axis}{end}"] - dataset.factors[f"{axis}2"] for axis in "xy"))
        assert (way <= ends + 1e-4).all()


def shape_covers(label, u, v):
    """Which places (u to the right, v down, px, seen from the centre of mass) a shape of area 1 px² covers."""
    if label == "square":
        return (np.abs(u) <= 0.5) & (np.abs(v) <= 0.5)
    if label == "ellipse":
        minor = np.sqrt(0.6 / np.pi)
        return (u / (minor / 0.6)) ** 2 + (v / minor) ** 2 <= 1
    # A heart: a square of diagonal 1 on its corner, and discs on its upper sides, all scaled to area 1
    area = 0.5 + np.pi / 8
    centre = (0.5 * 0.5 + np.pi / 8 * (0.75 + 1 / (3 * np.pi))) / area
    across, up = np.abs(u) * np.sqrt(area), centre - v * np.sqrt(area)
    return (across + np.abs(up - 0.5) <= 0.5) | ((across - 0.25) ** 2 + (up - 0.75) ** 2 <= 1 / 8)


def test_shapes_are_where_their_factors_say():
    """Independently: what share of a fine grid within each pixel lies in the shape."""
    dataset = load("shapes")
    x, y = fine_places(32)
    for row in range(60):
        size, rotation, x0, y0 = (values[row] for values in dataset.factors.values())
        turned = ((x - x0) - 1j * (y - y0)) * np.exp(-1j * np.radians(rotation)) / size  # up is positive
        covered = shape_covers(dataset.labels[row], turned.real, -turned.imag).mean(axis=-1)
        difference = np.abs(dataset.as_images(dataset.x)[row] - covered)
        assert difference.max() < 0.3
        assert difference.mean() < 0.003


def test_a_shape_has_the_area_and_the_centre_that_its_factors_say():
    dataset = load("shapes")
    pictures, middles = dataset.as_images(dataset.x).astype(np.float64), np.arange(32) + 0.5
    mass = pictures.sum(axis=(1, 2))
    np.testing.assert_allclose(np.sqrt(mass), dataset.factors["size"], rtol=0.02)
    np.testing.assert_allclose(pictures.sum(axis=1) @ middles / mass, dataset.factors["x"], atol=0.1)
    np.testing.assert_allclose(pictures.sum(axis=2) @ middles / mass, dataset.factors["y"], atol=0.1)


def test_shapes_in_colour_are_the_shapes_in_the_colour_of_their_hue():
    dataset = load("shapes_colour")
    pictures = dataset.as_images(dataset.x)
    colours = oklch(0.8, 0.16, dataset.factors["hue"])
    covered = pictures.sum(axis=3) / colours.sum(axis=1)[:, None, None]
    np.testing.assert_allclose(pictures, covered[..., None] * colours[:, None, None], atol=1e-5)
    np.testing.assert_allclose(np.sqrt(covered.sum(axis=(1, 2))), dataset.factors["size"], rtol=0.02)


def test_red_green_and_blue_have_their_published_places_among_the_hues():
    """W3C, CSS Color 4: the primaries of sRGB in Oklch."""
    primaries = [(0.62796, 0.25768, 29.234), (0.86644, 0.29483, 142.495), (0.45201, 0.31321, 264.052)]
    colours = [oklch(lightness, chroma, np.array([hue]))[0] for lightness, chroma, hue in primaries]
    np.testing.assert_allclose(colours, np.eye(3), atol=0.01)


@pytest.fixture(scope="module")
def faces():
    """Smileys (n, 32, 32, 3) with their factors, and every pixel seen from the upright head: u right, v down."""
    dataset = load("smileys")
    middles = np.arange(32) + 0.5 - 16
    place = (middles[None, None, :] - 1j * middles[None, :, None]) * np.exp(
        -1j * np.radians(dataset.factors["tilt"].astype(np.float64))
    ).reshape(-1, 1, 1)
    return dataset.as_images(dataset.x), dataset.factors, place.real, -place.imag


def mean_where(weight, values):
    return (weight * values).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))


def correlation(a, b):
    return np.corrcoef(a, b)[0, 1]


def test_a_face_has_the_colour_of_its_hue(faces):
    pictures, factors, _, _ = faces
    np.testing.assert_allclose(pictures[:, 18, 16], oklch(0.85, 0.13, factors["hue"]), atol=1e-5)


def test_a_face_smiles_as_much_as_it_says(faces):
    pictures, factors, u, v = faces
    ink = (pictures.max(axis=3) < 0.5) & (v > 3)
    corners, middle = ink & (np.abs(u) > 4.5), ink & (np.abs(u) < 2)
    assert correlation(mean_where(middle, v) - mean_where(corners, v), factors["smile"]) > 0.98
    moods = load("smileys").labels
    low, calm, high = (factors["smile"][moods == mood] for mood in ("sad", "calm", "happy"))
    assert low.max() < calm.min() < calm.max() < high.min()


def test_eyes_and_brows_are_as_their_factors_say(faces):
    pictures, factors, u, v = faces
    beside = np.abs(u)
    ink, white = 1 - pictures.max(axis=3), (pictures.min(axis=3) - 0.75).clip(0)
    eye = (np.abs(v + 2.5) < 4.2) & (np.abs(beside - 5) < 4)
    assert correlation((eye * (ink + 4 * white)).sum(axis=(1, 2)), factors["eyes"]) > 0.9
    pupil = ink.clip(0.4) - 0.4
    assert correlation(mean_where(pupil * eye, u - np.sign(u) * 5), factors["gaze"]) > 0.9
    brow = pupil * (np.abs(v + 8.6) < 2.6)
    outer, inner = brow * (beside > 5), brow * (beside <= 5)
    assert correlation(mean_where(outer, v) - mean_where(inner, v), factors["brow"]) > 0.9


def test_a_head_is_tilted_as_it_says(faces):
    pictures, factors, _, _ = faces
    across, down = np.meshgrid(np.arange(32) - 15.5, np.arange(32) - 15.5)
    white = (pictures.min(axis=3) - 0.75).clip(0) * (np.hypot(across, down) < 12)
    left, right = white * (across < 0), white * (across > 0)
    rise = mean_where(left, down) - mean_where(right, down)
    run = mean_where(right, across) - mean_where(left, across)
    angle = np.degrees(np.arctan2(rise, run))
    assert correlation(angle, factors["tilt"]) > 0.95
    assert np.abs(angle - factors["tilt"]).mean() < 3


# --- as they are cut ---


def cut_patches():
    """The data set, and row and column of each patch's upper left corner in its photo (n, 2)."""
    dataset = load("patches")
    return dataset, np.column_stack([dataset.factors["row"], dataset.factors["column"]]).astype(int)


def test_a_patch_is_what_the_photo_shows_at_its_place():
    from sklearn.datasets import load_sample_image

    dataset, corners = cut_patches()
    photos = {"palace": load_sample_image("china.jpg"), "flower": load_sample_image("flower.jpg")}
    patches = dataset.as_images(dataset.x)
    for patch, label, (row, column) in zip(patches, dataset.labels.tolist(), corners.tolist(), strict=True):
        np.testing.assert_array_equal(patch, photos[label][row : row + 8, column : column + 8])


def test_patches_of_two_groups_never_share_a_pixel():
    dataset, corners = cut_patches()
    owner = {photo: np.full((427, 640), -1) for photo in ("palace", "flower")}
    for group, label, (row, column) in zip(dataset.groups, dataset.labels.tolist(), corners.tolist(), strict=True):
        patch = owner[label][row : row + 8, column : column + 8]
        assert patch.shape == (8, 8)
        assert np.isin(patch, (-1, group)).all()
        patch[:] = group


@pytest.mark.parametrize("seed", [0, 5])
def test_no_test_patch_overlaps_a_training_or_validation_patch(seed):
    dataset, corners = cut_patches()
    split = Split.of(dataset, split_seed=seed)
    seen = []
    for rows in (split.train_rows, split.val_rows, split.test_rows):
        covered = {photo: np.zeros((427, 640), bool) for photo in ("palace", "flower")}
        for label, (row, column) in zip(dataset.labels[rows].tolist(), corners[rows].tolist(), strict=True):
            covered[label][row : row + 8, column : column + 8] = True
        seen.append(np.stack(list(covered.values())))
        assert abs(len(rows) / dataset.n_samples - (0.65, 0.15, 0.2)[len(seen) - 1]) < 0.02
    assert not any((one & other).any() for one, other in [*pairwise(seen), (seen[0], seen[2])])


def test_no_patch_is_cut_twice_and_both_photos_give_as_many():
    dataset, corners = cut_patches()
    places = set(zip(dataset.labels.tolist(), *corners.T.tolist(), strict=True))
    assert len(places) == dataset.n_samples
    assert np.unique(dataset.labels, return_counts=True)[1].tolist() == [4000, 4000]


# --- as they beat ---


def test_four_in_a_hundred_heartbeats_are_odd():
    levels, counts = np.unique(load("heartbeats").labels, return_counts=True)
    found = dict(zip(levels.tolist(), counts.tolist(), strict=True))
    assert found == {"normal": 2880, "wide QRS": 40, "no P wave": 40, "inverted T": 40}


def test_an_odd_heartbeat_is_odd_in_the_way_its_label_says():
    beats = load("heartbeats")
    ms = np.array([int(name.removesuffix(" ms")) for name in beats.feature_names])
    p_wave = beats.x[:, (ms > 60) & (ms < 120)].mean(axis=1) - beats.x[:, (ms > 150) & (ms < 190)].mean(axis=1)
    t_wave = beats.x[:, (ms > 480) & (ms < 550)].mean(axis=1)
    around = beats.x[:, (ms > 130) & (ms < 370)]
    qrs = (around > around.max(axis=1, keepdims=True) / 2).sum(axis=1)  # samples at more than half of the peak
    normal = beats.labels == "normal"
    assert np.median(p_wave[normal]) > 3 * np.abs(np.median(p_wave[beats.labels == "no P wave"]))
    assert t_wave[beats.labels == "inverted T"].max() < 0 < np.percentile(t_wave[normal], 0.1)
    assert qrs[beats.labels == "wide QRS"].min() > np.percentile(qrs[normal], 99.9)


def test_a_normal_heartbeat_has_its_peak_at_a_quarter_of_a_second_and_a_healthy_height():
    beats = load("heartbeats")
    normal = beats.x[beats.labels == "normal"]
    assert set(beats.units) == {"mV"}
    assert np.abs(normal.argmax(axis=1) * 6 - 250).max() <= 12
    assert np.abs(normal.max(axis=1) - beats.factors["R height"][beats.labels == "normal"]).max() < 0.2
    assert 40 < beats.factors["heart rate"].min() < beats.factors["heart rate"].max() < 110


def test_a_faster_heart_recovers_earlier():
    beats = load("heartbeats")
    late = beats.x[:, 70:]
    normal = beats.labels == "normal"
    assert correlation(late[normal].argmax(axis=1), beats.factors["heart rate"][normal]) < -0.5
