"""Pictures out of files: the same pixels whatever the format, and every one that is left out is counted and named."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.data.reading.fitting import value_range
from playground.data.reading.images import folder_labels, natural, read_pictures
from playground.data.reading.options import ReadOptions
from playground.data.reading.picture import ORIENTATION, TURNS
from playground.data.reading.report import Report
from playground.data.reading.source import File, members
from playground.errors import DataError
from tests.data.reading.corpus import encoded, noise, pictures, png, png_chunk, zipped


class Beside:
    """A file among others."""

    def __init__(self, name, content):
        self.name, self.content = name, content

    def read(self):
        return self.content


def read(contents, **options):
    """The pictures out of name -> bytes (or a list of bytes), and the report."""
    if isinstance(contents, list):
        contents = {f"{place}.x": content for place, content in enumerate(contents)}
    report = Report()
    files = [Beside(name, content) for name, content in contents.items()]
    return read_pictures(files, "mine.zip", ReadOptions.from_json(options), report), report


def decided(report):
    return {decision.option: decision.value for decision in report.decisions}


def ramp(height=24, width=24, high=255):
    """Grey values that rise from corner to corner."""
    return np.linspace(0, high, height * width).reshape(height, width)


def repeated(content, n=20):
    return [content] * n


# ------------------------------------------------------------------------------------------------------ formats

LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "PPM": {}, "WEBP": {"lossless": True}, "GIF": {}}


@pytest.mark.parametrize("form", LOSSLESS)
def test_a_format_without_loss_gives_the_very_pixels(form):
    grey = [noise(16, 12, seed=seed) for seed in range(20)]
    found, report = read([encoded(picture, form, **LOSSLESS[form]) for picture in grey])
    assert np.array_equal(found.pixels, grey)
    assert found.pixels.dtype == np.uint8
    assert found.value_range == (0, 255)
    assert found.previews == {}
    assert decided(report) == {"size": "0", "colour": "grey"}


@pytest.mark.parametrize("form", [form for form in LOSSLESS if form != "GIF"])
def test_colours_are_kept_to_the_last_bit(form):
    colour = [noise(16, 12, 3, seed=seed) for seed in range(20)]
    found, report = read([encoded(picture, form, **LOSSLESS[form]) for picture in colour])
    assert np.array_equal(found.pixels, colour)
    assert decided(report)["colour"] == "colour"


def test_a_jpeg_is_close_to_its_picture():
    smooth = np.stack([ramp(), ramp()[::-1], ramp().T], axis=2).astype(np.uint8)
    found, _ = read(repeated(encoded(smooth, "JPEG", quality=95, subsampling=0)))
    assert np.abs(found.pixels[0].astype(int) - smooth).max() < 12


def test_a_pbm_of_two_values_is_black_and_white():
    bits = noise(16, 16, high=2).astype(bool)
    found, _ = read(repeated(encoded(Image.fromarray(bits), "PPM")))
    assert np.array_equal(found.pixels[0], bits * 255)


def test_a_pgm_and_a_ppm_written_out_as_text_are_read():
    grey, colour = noise(5, 5), noise(5, 5, 3)
    words = " ".join(map(str, grey.ravel())), " ".join(map(str, colour.ravel()))
    found, _ = read(
        [b"P2\n# by hand\n5 5\n255\n" + words[0].encode()] * 10 + [b"P3 5 5 255\n" + words[1].encode()] * 10
    )
    assert np.array_equal(found.pixels[0], np.repeat(grey[..., None], 3, axis=2))
    assert np.array_equal(found.pixels[-1], colour)


def test_the_first_frame_of_a_gif_is_used_and_that_is_said_once():
    frames = [Image.fromarray(noise(9, 9, seed=seed)) for seed in range(3)]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    found, report = read([moving, moving, *repeated(encoded(frames[0], "GIF"))])
    assert np.array_equal(found.pixels[0], np.asarray(frames[0]))
    assert report.counts["pictures with several frames"] == 2
    assert report.sentences[1] == "2 pictures have several frames: the first is used."


@pytest.mark.parametrize("form", ["TIFF", "PNG", "WEBP"])
def test_the_first_frame_is_used_of_other_formats_too(form):
    frames = [Image.fromarray(noise(9, 9, 3, seed=seed)) for seed in range(3)]
    options = {"lossless": True} if form == "WEBP" else {}
    found, report = read(repeated(encoded(frames[0], form, save_all=True, append_images=frames[1:], **options)))
    assert np.array_equal(found.pixels[0], np.asarray(frames[0]))
    assert report.counts["pictures with several frames"] == 20


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_all_eight_orientations_of_exif_give_the_same_picture(form):
    upright = Image.fromarray(np.kron(noise(3, 4, 3), np.ones((8, 8, 1), np.uint8)))
    inverse = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    contents = []
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = turn
        stored = upright if turn == 1 else upright.transpose(inverse.get(turn, TURNS.get(turn)))
        options = {"quality": 100, "subsampling": 0} if form == "JPEG" else {"lossless": True} if form == "WEBP" else {}
        contents.append(encoded(stored, form, exif=exif, **options))
    found, report = read(contents * 3)
    assert found.pixels.shape == (24, 24, 32, 3)
    assert np.abs(found.pixels.astype(int) - np.asarray(upright)).max() <= (8 if form == "JPEG" else 0)
    assert decided(report)["size"] == "0"


def test_notes_that_are_damaged_do_not_make_a_damaged_picture():
    grey = noise(9, 9)
    found, _ = read(repeated(encoded(grey, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + bytes(99))))
    assert np.array_equal(found.pixels[0], grey)


# --------------------------------------------------------------------------------------- depth, colours, alpha


def test_a_gradient_of_16_bits_keeps_its_levels():
    deep = np.round(ramp(64, 64, 65_535)).astype(np.uint16)
    found, report = read(repeated(encoded(deep)))
    assert len(np.unique(found.pixels[0])) > 4000
    assert np.array_equal(found.pixels[0], deep)
    assert found.value_range == (0, 65_535)
    assert "Pictures with more than 8 bits per value: 0 is black, 65,535 is white." in report.sentences


def test_a_camera_of_12_bits_has_white_where_12_bits_end():
    found, _ = read(repeated(encoded(np.round(ramp(high=4000)).astype(np.uint16))))
    assert found.value_range == (0, 4095)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_are_read_from_every_format_that_has_them(form):
    deep = np.round(ramp(high=65_535)).astype(np.uint16)
    found, _ = read(repeated(encoded(deep, form)))
    assert np.array_equal(found.pixels[0], deep)


def test_a_big_endian_tiff_of_16_bits_is_read():
    deep = np.round(ramp(high=65_535)).astype(np.uint16)
    found, _ = read(repeated(encoded(Image.frombytes("I;16B", deep.shape[::-1], deep.astype(">u2").tobytes()), "TIFF")))
    assert np.array_equal(found.pixels[0], deep)


@pytest.mark.parametrize(
    ("low", "high", "limits"),
    [(0, 1, (0, 1)), (0, 0.5, (0, 1)), (-1, 1, (-1, 1)), (0, 200, (0, 255)), (-3, 9, (-3, 9))],
)
def test_a_tiff_of_decimal_numbers_keeps_them(low, high, limits):
    deep = (low + (high - low) * ramp() / 255).astype(np.float32)
    found, _ = read(repeated(encoded(deep, "TIFF")))
    assert np.array_equal(found.pixels[0], deep)
    assert found.value_range == limits


def test_deep_and_shallow_pictures_are_brought_together_without_cutting_anything_off():
    deep = np.round(ramp(high=65_535)).astype(np.uint16)
    found, _ = read([encoded(deep)] * 10 + [encoded(ramp().astype(np.uint8))] * 10)
    assert found.pixels.dtype == np.uint8
    assert found.value_range == (0, 255)
    assert len(np.unique(found.pixels[0])) > 200
    assert np.abs(found.pixels[0].astype(int) - found.pixels[-1]).max() <= 1


def test_a_deep_picture_among_coloured_ones_is_grey_in_three_channels():
    found, _ = read([encoded(np.round(ramp(high=65_535)).astype(np.uint16))] * 5 + [encoded(noise(24, 24, 3))] * 15)
    assert found.pixels.shape == (20, 24, 24, 3)
    assert np.ptp(found.pixels[0], axis=2).max() == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_picture_whose_values_are_no_numbers_is_left_out_and_named(bad):
    odd = ramp().astype(np.float32)
    odd[3, 3] = bad
    good = encoded(ramp().astype(np.float32), "TIFF")
    found, report = read({f"{place}.tif": good for place in range(20)} | {"odd.tif": encoded(odd, "TIFF")})
    assert len(found.pixels) == 20
    assert report.sentences[0] == "20 pictures read; left out: 1 with missing or infinite values (odd.tif)."


@pytest.mark.parametrize(("background", "level"), [("white", 255), ("black", 0), ("grey", 128)])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_shows_the_background(background, level, mode):
    image = Image.fromarray(np.dstack([noise(9, 9, 3), np.zeros((9, 9), np.uint8)])).convert(mode)
    found, report = read(repeated(encoded(image)), background=background)
    assert (found.pixels == level).all()
    assert decided(report)["background"] == background


def test_alpha_mixes_picture_and_background():
    image = np.dstack([np.full((9, 9, 3), 100, np.uint8), np.full((9, 9), 128, np.uint8)])
    found, _ = read(repeated(encoded(image)), background="white")
    assert np.abs(found.pixels.astype(int) - (100 * 128 + 255 * 127) / 255).max() <= 1


def test_a_palette_is_looked_up_and_its_transparent_colour_shows_the_background():
    image = Image.fromarray(np.arange(81, dtype=np.uint8).reshape(9, 9) % 3, "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    found, _ = read(repeated(encoded(image)))
    assert np.array_equal(found.pixels[0, 0, :3], np.eye(3, dtype=np.uint8) * 255)
    found, _ = read(repeated(encoded(image, transparency=0)), background="black")
    assert np.array_equal(found.pixels[0, 0, :3], [[0, 0, 0], [0, 255, 0], [0, 0, 255]])
    found, _ = read(repeated(encoded(image, "GIF", transparency=1)), background="white")
    assert np.array_equal(found.pixels[0, 0, :3], [[255, 0, 0], [255, 255, 255], [0, 0, 255]])


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_the_four_colours_of_print_become_three(form):
    red = Image.new("RGB", (16, 16), (250, 10, 20)).convert("CMYK")
    found, _ = read(repeated(encoded(red, form)))
    assert np.abs(found.pixels[0].astype(int) - (250, 10, 20)).max() < 8


def test_a_tiff_in_lab_becomes_red_green_and_blue():
    from PIL import ImageCms

    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(Image.new("RGB", (16, 16), (250, 10, 20)), *profiles, outputMode="LAB")
    found, _ = read(repeated(encoded(lab, "TIFF")))
    assert np.abs(found.pixels[0].astype(int) - (250, 10, 20)).max() < 8


def test_pictures_are_grey_where_every_one_is():
    grey = [encoded(np.repeat(noise(9, 9, 1, seed=seed), 3, axis=2)) for seed in range(20)]
    assert read(grey)[0].pixels.shape == (20, 9, 9)
    assert read([*grey, encoded(noise(9, 9, 3))])[0].pixels.shape == (21, 9, 9, 3)


def test_a_grey_jpeg_stored_in_colour_is_grey():
    found, _ = read(repeated(encoded(np.repeat(noise(16, 16, 1), 3, axis=2), "JPEG", quality=30)))
    assert found.pixels.shape == (20, 16, 16)


def test_the_visitor_chooses_grey_or_colour():
    colour, grey = noise(9, 9, 3), noise(9, 9)
    found, _ = read(repeated(encoded(colour)), colour="grey")
    assert np.array_equal(found.pixels[0], np.asarray(Image.fromarray(colour).convert("L")))
    found, _ = read(repeated(encoded(grey)), colour="colour")
    assert np.array_equal(found.pixels[0], np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize(
    ("low", "high", "whole", "limits"),
    [
        (0, 0, True, (0, 1)),
        (0, 16, True, (0, 16)),
        (5, 255, True, (0, 255)),
        (0, 256, True, (0, 1023)),
        (0, 65_535, True, (0, 65_535)),
        (0, 70_000, True, (0, 70_000)),
        (-5, 70, True, (-5, 70)),
        (2.5, 2.5, False, (2.5, 3.5)),
        (0, 1000.5, False, (0, 1000.5)),
    ],
)
def test_black_and_white_enclose_every_value(low, high, whole, limits):
    assert value_range(low, high, whole=whole) == limits


# --------------------------------------------------------------------------------------------------- size and fit


def test_a_common_size_up_to_64_is_kept_even_where_it_is_no_square():
    assert read(repeated(encoded(noise(40, 64))))[0].pixels.shape == (20, 40, 64)


@pytest.mark.parametrize(("height", "width"), [(65, 65), (3, 3), (100, 20)])
def test_any_other_common_size_becomes_32(height, width):
    assert read(repeated(encoded(noise(height, width))))[0].pixels.shape == (20, 32, 32)


@pytest.mark.parametrize("size", [16, 28, 64])
def test_the_visitor_chooses_the_size(size):
    found, report = read(repeated(encoded(noise(40, 40))), size=size)
    assert found.pixels.shape == (20, size, size)
    assert found.previews == {}
    assert decided(report)["size"] == str(size)


THREE_SQUARES = np.repeat(np.repeat(np.array([[0, 255, 0]], np.uint8), 96, axis=0), 96, axis=1)


def test_crop_keeps_the_middle_pad_keeps_all_and_stretch_fills_the_square():
    crop = read(repeated(encoded(THREE_SQUARES)), fit="crop")[0].pixels[0]
    assert (crop[:, 1:-1] == 255).all()
    pad = read(repeated(encoded(THREE_SQUARES)), fit="pad", background="grey")[0].pixels[0]
    assert (pad[:10] == 128).all()
    assert (pad[-10:] == 128).all()
    assert np.array_equal(pad[16, [0, 9, 12, 16, 20, 23, 31]], [0, 0, 255, 255, 255, 0, 0])
    stretch = read(repeated(encoded(THREE_SQUARES)), fit="stretch")[0].pixels[0]
    assert (stretch[:, [0, 9, 12, 16, 19, 23, 31]] == [0, 0, 255, 255, 255, 0, 0]).all()


def test_every_fit_is_shown_for_the_first_four_pictures():
    contents = pictures(20, height=40, width=90)
    found, report = read(contents)
    assert {fit: shown.shape for fit, shown in found.previews.items()} == dict.fromkeys(
        ["crop", "pad", "stretch"], (4, 32, 32, 3)
    )
    for fit, shown in found.previews.items():
        assert np.array_equal(read(contents, fit=fit)[0].pixels[:4], shown)
    assert np.array_equal(found.previews[decided(report)["fit"]], found.pixels[:4])


def test_photos_are_cropped_and_icons_and_long_pictures_are_padded():
    photos = [encoded(noise(40, 60))] * 10 + [encoded(noise(60, 40))] * 10
    assert decided(read(photos)[1])["fit"] == "crop"
    icons = [encoded(Image.fromarray(noise(80, 120, 3)).convert("RGBA"))] * 20
    assert decided(read(icons)[1])["fit"] == "pad"
    assert decided(read([encoded(noise(20, 90))] * 5 + photos)[1])["fit"] == "pad"
    assert decided(read([encoded(noise(20, 90))] * 5 + photos, fit="stretch")[1])["fit"] == "stretch"


def test_squares_of_any_size_need_no_fit():
    found, report = read([encoded(noise(side, side)) for side in range(40, 60)])
    assert "fit" not in decided(report)
    assert found.previews == {}


def test_the_margin_of_deep_pictures_is_the_background_too():
    found, _ = read(repeated(encoded(np.full((20, 90), 0.5, np.float32), "TIFF")), fit="pad", background="white")
    assert found.value_range == (0, 1)
    assert found.pixels[0, 0, 0] == 1
    assert found.pixels[0, 16, 16] == 0.5
    assert found.previews["pad"][0, 0, 0] == 255


@pytest.mark.parametrize(
    ("form", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "P"), ("TIFF", "F"), ("PNG", "I;16")]
)
def test_a_large_picture_is_shrunk_without_changing_its_brightness(form, mode):
    pixels = np.round(ramp(1500, 2100)).astype(np.uint8)
    image = Image.fromarray(pixels.astype(np.uint16)) if mode == "I;16" else Image.fromarray(pixels).convert(mode)
    found, _ = read(repeated(encoded(image, form)), fit="stretch", colour="grey")
    rising = (np.arange(32) + 0.5) / 32 * 255
    assert np.abs(found.pixels[0].mean(axis=1) - rising).max() < 1


# ----------------------------------------------------------------------------------------- what is left out, order


def test_what_is_left_out_is_counted_and_named():
    contents = {f"circle/{name}": content for name, content in pictures().items()}
    contents |= {"circle/broken.png": b"x", "circle/empty.png": b"", "readme.txt": b"hello", "circle/.DS_Store": b"x"}
    _, report = read(contents)
    assert report.sentences[0] == (
        "25 pictures read; left out: 2 damaged (circle/broken.png, circle/empty.png), 1 .txt."
    )
    assert report.counts == {
        "pictures read": 25,
        "damaged pictures left out": 2,
        "files that are no pictures left out": 1,
    }


def test_a_picture_that_is_damaged_behind_its_header_is_left_out():
    good = pictures()
    _, report = read(good | {"cut.jpg": encoded(noise(50, 50, 3), "JPEG")[:-300]})
    assert report.sentences[0] == "25 pictures read; left out: 1 damaged (cut.jpg)."


def test_a_member_that_is_damaged_in_its_archive_is_left_out():
    content = zipped(pictures())
    place = content.index(b"IDAT")
    broken = content[:place] + b"XDAT" + content[place + 4 :]
    report = Report()
    files = members(File("a.zip", broken), report)
    assert len(read_pictures(files, "a.zip", ReadOptions(), report).pixels) == 24
    assert report.sentences == ["24 pictures read; left out: 1 damaged (0.png)."]


def test_pictures_that_are_too_large_are_named_with_the_limit():
    good = pictures()
    _, report = read(good | {"big.png": png(9000, 9000, b"")})
    assert report.sentences[:2] == [
        "25 pictures read; left out: 1 too large (big.png).",
        "At most 24 million pixels can be read, 50 million of a JPEG, 12 million of a WebP: save larger pictures "
        "smaller.",
    ]


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ({}, r"No pictures can be read from mine\.zip: bring PNG"),
        ({"a.csv": b"1,2"}, r"No pictures can be read from mine\.zip \(1 \.csv\): bring PNG"),
        ({"a.png": b""}, r"\(1 damaged \(a\.png\)\)"),
        ({"a.svg": b"<svg/>", "b": b"?"}, r"\(1 \.svg, 1 without an ending\)"),
        (pictures(1), r"mine\.zip holds 1 picture that can be read: an autoencoder needs at least 20"),
        (pictures(19) | {"a.png": b""}, r"holds 19 pictures that can be read \(left out: 1 damaged \(a\.png\)\)"),
    ],
)
def test_too_few_pictures_are_refused(contents, sentence):
    with pytest.raises(DataError, match=sentence) as caught:
        read(contents)
    assert str(caught.value).endswith(".")


def test_copies_are_said():
    _, report = read(pictures() | {"again.png": pictures(1)["0.png"]})
    assert report.counts["pictures that are copies"] == 1
    assert report.sentences[-1].startswith("1 picture is a copy of another one")
    _, report = read(repeated(encoded(noise(9, 9))))
    assert report.sentences[-1] == "All 20 pictures are the same: there is nothing to learn from them."


def test_pictures_stand_in_the_natural_order_of_their_names():
    contents = pictures(30)
    shuffled = list(contents)
    random.Random(0).shuffle(shuffled)
    assert sorted(shuffled, key=natural) == [f"{place}.png" for place in range(30)]
    found, _ = read({name: contents[name] for name in shuffled})
    assert np.array_equal(found.pixels, [noise(20, 20, 3, seed=place) for place in range(30)])


def test_what_there_is_no_room_for_is_left_out_at_random_and_said(monkeypatch):
    from playground.data.reading import images

    monkeypatch.setattr(images, "MOST_VALUES", 25 * 20 * 20 * 3)
    found, report = read(pictures(40), sample_seed=7)
    again, _ = read(pictures(40), sample_seed=7)
    other, _ = read(pictures(40), sample_seed=8)
    assert len(found.pixels) == 25
    assert np.array_equal(found.pixels, again.pixels)
    assert not np.array_equal(found.pixels, other.pixels)
    assert report.counts["pictures left out by sampling"] == 15
    assert report.sentences[0].startswith("25 of 40 pictures are used, chosen at random (seed 7)")
    places = [[np.array_equal(p, noise(20, 20, 3, seed=k)) for k in range(40)].index(True) for p in found.pixels]
    assert places == sorted(places)


def test_what_there_is_no_time_for_is_left_out_too(monkeypatch):
    from playground.data.reading import images

    monkeypatch.setattr(images, "MOST_WORK", 25 * 20 * 20)
    assert len(read(pictures(40))[0].pixels) == 25


# ------------------------------------------------------------------------------------------------------- labels

FOLDERS = {
    "two folders": (["a/1", "a/2", "b/1", "b/2"], ["a", "a", "b", "b"]),
    "below a common one": (["set/x/a/1", "set/x/a/2", "set/x/b/1", "set/x/b/2"], ["a", "a", "b", "b"]),
    "the nearest": (["x/a/1", "x/a/2", "y/b/1", "y/b/2"], ["a", "a", "b", "b"]),
    "above a common one": (["a/img/1", "a/img/2", "b/img/1", "b/img/2"], ["a", "a", "b", "b"]),
    "below train and test": (["train/a/1", "train/b/1", "test/a/1", "test/b/1"], ["a", "b", "a", "b"]),
    "train and test alone": (["train/1", "train/2", "Test/1", "Test/2"], None),
    "no folder": (["1", "2", "3", "4"], None),
    "one folder": (["a/1", "a/2", "a/3"], None),
    "one file each": (["a/1", "b/1", "c/1"], None),
    "one file besides": (["a/1", "a/2", "b/1", "b/2", "c/1", "2"], ["a", "a", "b", "b", "c", "(no folder)"]),
    "none": ([], None),
}


@pytest.mark.parametrize(("names", "labels"), FOLDERS.values(), ids=FOLDERS.keys())
def test_the_label_is_the_nearest_folder_that_tells_pictures_apart(names, labels):
    found = folder_labels(names)
    assert (None if found is None else found.tolist()) == labels


def test_labels_go_with_their_pictures():
    contents = {f"{'ab'[place % 2]}/{name}": content for place, (name, content) in enumerate(pictures().items())}
    found, report = read(contents | {"a/broken.png": b"", "b/00.txt": b""})
    assert found.label_name == "folder"
    assert found.labels.tolist() == ["a"] * 13 + ["b"] * 12
    assert np.array_equal(found.pixels[13], noise(20, 20, 3, seed=1))
    assert "The label is the folder: a, b." in report.sentences


# ------------------------------------------------------------------------------------------------- random bytes

GOOD = pictures(20)
DEEP = np.round(ramp(high=65_535)).astype(np.uint16)
SAMPLES = [
    encoded(noise(12, 12, 3), "PNG"),
    encoded(DEEP, "PNG"),
    encoded(Image.fromarray(noise(12, 12, 3)).convert("P"), "PNG", transparency=3),
    encoded(noise(12, 12, 3), "JPEG"),
    encoded(noise(12, 12, 3), "JPEG", progressive=True),
    encoded(Image.fromarray(noise(12, 12, 3)), "GIF", save_all=True, append_images=[Image.fromarray(noise(12, 12, 3))]),
    encoded(noise(12, 12, 3), "BMP"),
    encoded(noise(12, 12, 3), "WEBP"),
    encoded(noise(12, 12, 3), "TIFF"),
    encoded(noise(12, 12, 3), "TIFF", compression="tiff_lzw"),
    encoded(DEEP.astype(np.float32), "TIFF"),
    encoded(noise(12, 12, 3), "PPM"),
    b"P2 3 3 255 " + b"7 " * 9,
    encoded(noise(12, 12, 3), "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    png(4, 4, b"", chunks=png_chunk(b"tEXt", b"a\0b")),
]


@st.composite
def damaged(draw):
    """A good picture, some bytes of which were changed, left out or added."""
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(content)))
        content[start : start + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
    return bytes(content)


STARTS = sorted({content[:60] for content in SAMPLES})
BYTES = st.one_of(
    st.binary(max_size=300), st.tuples(st.sampled_from(STARTS), st.binary(max_size=300)).map(b"".join), damaged()
)


@settings(max_examples=500)
@given(BYTES)
def test_random_bytes_among_good_pictures_are_read_or_left_out(content):
    found, report = read({**GOOD, "odd.png": content})
    n_left = sum(n for what, n in report.counts.items() if "left out" in what)
    assert len(found.pixels) == report.counts["pictures read"]
    assert len(found.pixels) + n_left == 21
    assert np.isfinite(found.pixels).all()


@settings(max_examples=200)
@given(BYTES, st.sampled_from(["auto", "grey", "colour"]), st.sampled_from(["auto", "pad", "crop", "stretch"]))
def test_random_bytes_alone_are_read_or_refused(content, colour, fit):
    sentence = ""
    try:
        found, _ = read(repeated(content), colour=colour, fit=fit)
        assert len(found.pixels) == 20
    except DataError as error:
        sentence = str(error)
    assert sentence.isprintable()
