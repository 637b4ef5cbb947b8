"""Arrays as samples: the very values whatever the layout, and every array that is not used is counted and named."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from playground.data.reading.arrays import read_arrays
from playground.data.reading.found import Pictures, RawTable
from playground.data.reading.options import ReadOptions
from playground.data.reading.report import Report
from playground.data.reading.source import File, members
from playground.errors import DataError
from tests.data.reading.corpus import idx, noise, npy, npy_header, npz, zipped


class Beside:
    """A file among others."""

    def __init__(self, name, content):
        self.name, self.content = name, content

    def read(self):
        return self.content


def read(contents, **options):
    """What is found in name -> bytes (or the bytes of one file), and the report."""
    if isinstance(contents, bytes):
        contents = {"mine.npz" if contents.startswith(b"PK") else "mine.npy": contents}
    report = Report()
    files = [Beside(name, content) for name, content in contents.items()]
    return read_arrays(files, "mine", ReadOptions.from_json(options), report), report


def decided(report):
    return {decision.option: decision.value for decision in report.decisions}


def as_array(table):
    return np.column_stack([column.to_numpy(zero_copy_only=False) for column in table.columns])


GREY = noise(30, 8, 6)
COLOUR = noise(30, 8, 6, 3)
CLASSES = np.arange(30) % 3


# ------------------------------------------------------------------------------------------------------- tables

NUMBERS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", ">i2", ">i4", ">f4", ">f8", "?"]


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("order", ["C", "F"])
def test_two_axes_are_a_table_of_the_very_values(dtype, order):
    values = np.asarray(noise(25, 4, high=100), dtype=dtype, order=order)
    table, _ = read(npy(values))
    assert isinstance(table, RawTable)
    assert table.names == ["column 1", "column 2", "column 3", "column 4"]
    assert np.array_equal(as_array(table), values)


def test_what_is_not_a_number_in_a_table_is_a_missing_cell():
    values = noise(25, 2).astype(float)
    values[3, 1] = np.nan
    table, _ = read(npy(values))
    assert [column.null_count for column in table.columns] == [0, 1]


def test_a_numpy_of_the_second_version_is_read():
    values = noise(25, 4)
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': (25, 4), }"
    table, _ = read(npy_header(text, values.tobytes(), version=(2, 0)))
    assert np.array_equal(as_array(table), values)


def test_a_header_of_python_2_is_read():
    values = noise(25, 4)
    table, _ = read(npy_header("{'descr': '|u1', 'fortran_order': False, 'shape': (25L, 4L), }", values.tobytes()))
    assert np.array_equal(as_array(table), values)


@pytest.mark.parametrize("labels", [CLASSES, CLASSES.reshape(-1, 1), np.array(["a", "b", "ü"])[CLASSES]])
def test_the_labels_of_a_table_are_its_last_column(labels):
    table, report = read(npz(x=noise(30, 4), y=labels))
    assert table.names[-1] == "label"
    assert table.columns[-1].to_pylist() == labels.reshape(-1).tolist()
    assert decided(report) == {"array": "x", "label_array": "y"}


def test_arrays_of_one_axis_and_one_length_are_the_columns_of_a_table():
    table, report = read(npz(a=np.arange(30), b=np.arange(30) / 2, c=np.arange(5)))
    assert table.names == ["a", "b"]
    assert report.sentences == ["Not used: c (5)."]


# ----------------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize("order", ["C", "F"])
def test_three_axes_are_grey_pictures(order):
    found, report = read(npy(np.asarray(GREY, order=order)))
    assert isinstance(found, Pictures)
    assert np.array_equal(found.pixels, GREY)
    assert found.pixels.dtype == np.uint8
    assert found.value_range == (0, 255)
    assert found.labels is None
    assert decided(report) == {"size": "0", "colour": "grey"}
    assert report.counts == {"pictures read": 30}


@pytest.mark.parametrize(
    ("array", "wanted"),
    [
        (COLOUR, COLOUR),
        (np.moveaxis(COLOUR, 3, 1), COLOUR),
        (GREY[..., None], GREY),
        (GREY[:, None], GREY),
        (np.repeat(GREY[..., None], 3, axis=3), GREY),
    ],
    ids=["colours last", "colours first", "one last", "one first", "grey in three colours"],
)
def test_four_axes_are_pictures_wherever_the_colours_stand(array, wanted):
    assert np.array_equal(read(npy(array))[0].pixels, wanted)


@pytest.mark.parametrize("background", ["white", "black"])
@pytest.mark.parametrize("scale", [1, 255])
def test_a_fourth_colour_is_laid_over_the_background(background, scale):
    cover = noise(30, 8, 6, 1, seed=1)
    level = 255 if background == "white" else 0
    wanted = COLOUR * (cover / 255) + level * (1 - cover / 255)
    array = np.concatenate([COLOUR, cover], axis=3)
    found, report = read(npy(array if scale == 1 else array / np.float32(255)), background=background)
    assert np.abs(found.pixels * float(scale) - wanted).max() < 0.51
    assert decided(report)["background"] == background


RANGES = {
    "bytes": (GREY, (0, 255)),
    "truth values": (GREY > 100, (0, 1)),
    "bytes of 0 and 1": ((GREY > 100).astype(np.uint8), (0, 1)),
    "bytes up to 16": (GREY // 16, (0, 15)),
    "whole numbers up to 255": (GREY.astype(np.int64), (0, 255)),
    "12 bits": (GREY.astype(np.uint16) * 16, (0, 4095)),
    "from 0 to 1": (GREY / 255, (0, 1)),
    "from -1 to 1": (GREY / 127.5 - 1, (-1, 1)),
    "decimal numbers up to 255": (GREY.astype(np.float32), (0, 255)),
    "big-endian": (GREY.astype(">f8"), (0, 255)),
    "half precision": (GREY.astype(np.float16), (0, 255)),
    "any others": (GREY * 10.0 - 500, (-500, 2050)),
}


@pytest.mark.parametrize(("array", "limits"), RANGES.values(), ids=RANGES.keys())
def test_black_and_white_are_told_by_the_values(array, limits):
    found, _ = read(npy(array))
    assert found.value_range == pytest.approx(limits)
    assert np.allclose(found.pixels, array)
    assert limits[0] <= found.pixels.min()
    assert found.pixels.max() <= limits[1]


@pytest.mark.parametrize(("shape", "wanted"), [((64, 40), (64, 40)), ((65, 65), (32, 32)), ((100, 200), (32, 32))])
def test_pictures_up_to_64_are_kept_and_larger_ones_become_32(shape, wanted):
    assert read(npy(noise(20, *shape)))[0].pixels.shape == (20, *wanted)


def test_large_pictures_are_shrunk_without_changing_their_brightness_and_every_fit_is_shown():
    rising = np.linspace(0, 255, 128).reshape(1, 128, 1) * np.ones((20, 1, 256))
    found, report = read(npy(rising), fit="stretch")
    assert np.abs(found.pixels[0].mean(axis=1) - (np.arange(32) + 0.5) / 32 * 255).max() < 1.5
    assert {fit: shown.shape for fit, shown in found.previews.items()} == dict.fromkeys(
        ["crop", "pad", "stretch"], (4, 32, 32)
    )
    assert decided(report)["fit"] == "stretch"
    colour, _ = read(npy(noise(20, 100, 50, 3)), size=16)
    assert colour.pixels.shape == (20, 16, 16, 3)
    assert np.array_equal(colour.previews["crop"], colour.pixels[:4])


def test_the_visitor_chooses_grey_or_colour():
    assert read(npy(COLOUR), colour="grey")[0].pixels.shape == (30, 8, 6)
    assert read(npy(GREY), colour="colour")[0].pixels.shape == (30, 8, 6, 3)


def test_what_there_is_no_room_for_is_left_out_at_random_with_its_labels(monkeypatch):
    from playground.data.reading import arrays

    monkeypatch.setattr(arrays, "MOST_VALUES", 22 * 8 * 6)
    found, report = read(npz(x=GREY, y=np.arange(30)), sample_seed=3)
    rows = np.array(list(map(int, found.labels)))
    assert len(rows) == 22
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(found.pixels, GREY[rows])
    assert report.counts["pictures left out by sampling"] == 8


def test_blocks_of_any_length_give_the_same_pictures(monkeypatch):
    from playground.data.reading import arrays

    array = np.concatenate([COLOUR, noise(30, 8, 6, 1, seed=1)], axis=3)
    whole, _ = read(npy(array))
    monkeypatch.setattr(arrays, "BLOCK_VALUES", 8 * 6 * 4 * 7)
    assert np.array_equal(read(npy(array))[0].pixels, whole.pixels)


# ---------------------------------------------------------------------------------------- which arrays, and labels

MNIST = {"x_train": GREY, "y_train": CLASSES, "x_test": GREY[:21], "y_test": CLASSES[:21]}


def test_the_largest_array_is_taken_with_the_labels_of_its_length():
    found, report = read(npz(**MNIST))
    assert np.array_equal(found.pixels, GREY)
    assert found.labels.tolist() == list(map(str, CLASSES))
    assert found.label_name == "label"
    assert report.choices == {"array": ["x_train", "x_test"], "label_array": ["y_train"]}
    assert decided(report) == {"array": "x_train", "label_array": "y_train", "size": "0", "colour": "grey"}
    assert report.sentences[0] == "Not used: x_test (21×8×6), y_test (21)."
    assert report.counts["arrays not used"] == 2


def test_the_visitor_chooses_the_arrays():
    found, report = read(npz(**MNIST), array="x_test")
    assert np.array_equal(found.pixels, GREY[:21])
    assert found.labels.tolist() == list(map(str, CLASSES[:21]))
    assert report.choices["array"] == ["x_train", "x_test"]
    contents = npz(x=GREY, label=CLASSES, other=np.arange(30))
    assert read(contents)[0].labels[4] == "1"
    assert read(contents, label_array="other")[0].labels[4] == "4"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"array": "z"}, r"mine holds no array 'z' of samples: choose one of x_train \(30×8×6\), y_train \(30\), .*\."),
        ({"array": "bad"}, "mine.npz: 'bad' holds complex numbers"),
        ({"label_array": "y_test"}, "There is no array 'y_test' with a label for each of the 30 samples of 'x_train'"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(options, sentence):
    with pytest.raises(DataError, match=sentence):
        read(npz(**MNIST, bad=np.zeros(3, complex)), **options)


def test_of_several_labels_the_one_named_after_the_samples_is_taken():
    contents = npz(test_labels=CLASSES, train_images=GREY, train_labels=CLASSES[::-1], weight=np.arange(30))
    _, report = read(contents)
    assert decided(report)["label_array"] == "train_labels"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (CLASSES.astype(np.float32), "2"),
        (CLASSES.astype(bool), "True"),
        (CLASSES.reshape(-1, 1), "2"),
        (np.array(["a", "b", "c"])[CLASSES], "c"),
        (np.array([b"a", b"b", "ü".encode()])[CLASSES], "ü"),
        (np.array(["a", "b", "c\n\x1b[31m" + "x" * 99])[CLASSES], "c\ufffd\ufffd[31m" + "x" * 53),
    ],
)
def test_labels_may_be_numbers_or_words(labels, words):
    assert read(npz(x=GREY, y=labels))[0].labels[2] == words


@pytest.mark.parametrize("labels", [np.linspace(0, 1, 30), np.where(CLASSES == 0, np.nan, CLASSES)])
def test_decimal_numbers_are_no_classes_and_that_is_said(labels):
    found, report = read(npz(x=GREY, y=labels))
    assert found.labels is None
    assert "No labels: mine.npz: 'y' holds no classes" in " ".join(report.sentences)


def test_an_array_that_cannot_be_used_is_left_out_and_named():
    found, report = read(npz(x=GREY, names=np.zeros(3, complex)))
    assert np.array_equal(found.pixels, GREY)
    assert report.counts["arrays left out"] == 1
    assert report.sentences[0].startswith("Left out: mine.npz: 'names' holds complex numbers")


def test_a_file_that_is_no_array_or_damaged_is_left_out_and_named():
    contents = {
        "x.npy": npy(GREY),
        "a.csv": b"1,2\n",
        "cut.npy.gz": gzip.compress(npy(GREY))[:-9],
        "y.npy": npy(GREY)[:-1],
    }
    found, report = read(contents)
    assert np.array_equal(found.pixels, GREY)
    assert report.counts["arrays left out"] == 3
    assert report.sentences[:2] == [
        "Left out: a.csv is no array.",
        "Left out: cut.npy.gz ends too early, so that it cannot be unpacked: load it again.",
    ]


def test_arrays_in_several_files_go_together():
    found, report = read({"set/x.npy": npy(GREY), "set/y.npy": npy(CLASSES), "set/.DS_Store": b"x", "set/a.txt": b"hi"})
    assert np.array_equal(found.pixels, GREY)
    assert found.labels[4] == "1"
    assert report.counts["arrays left out"] == 1
    found, report = read({"a.npz": npz(x=GREY), "b.npz": npz(x=GREY[:20])})
    assert report.choices["array"] == ["a/x", "b/x"]


@pytest.mark.parametrize("compressed", [True, False])
def test_an_npz_is_read_packed_or_not(compressed):
    assert np.array_equal(read(npz(compressed, x=GREY))[0].pixels, GREY)


def test_only_the_headers_of_arrays_that_are_not_used_are_unpacked(monkeypatch):
    from playground.data.reading.source import Member

    read_members = []
    whole = Member.read
    monkeypatch.setattr(Member, "read", lambda member: (read_members.append(member.name), whole(member))[1])
    read(npz(**MNIST))
    assert sorted(set(read_members)) == ["x_train.npy", "y_train.npy"]


# ---------------------------------------------------------------------------------------------------------- IDX


def test_the_layout_of_mnist_is_read():
    """As http://yann.lecun.com/exdb/mnist describes it: 0x00000803, three big-endian lengths, bytes row by row."""
    content = bytes.fromhex("00000803") + struct.pack(">III", 30, 8, 6) + GREY.tobytes()
    labels = bytes.fromhex("00000801") + struct.pack(">I", 30) + CLASSES.astype(np.uint8).tobytes()
    found, report = read({"train-images-idx3-ubyte": content, "train-labels-idx1-ubyte": labels})
    assert np.array_equal(found.pixels, GREY)
    assert found.labels.tolist() == list(map(str, CLASSES))
    assert decided(report)["label_array"] == "train-labels-idx1-ubyte"


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_every_type_of_idx_is_read(dtype):
    values = noise(25, 4, high=100).astype(dtype)
    assert np.array_equal(as_array(read({"x": idx(values)})[0]), values)


def test_all_four_files_of_mnist_go_together_packed_as_they_come():
    files = {
        "t10k-images-idx3-ubyte.gz": GREY[:21],
        "t10k-labels-idx1-ubyte.gz": CLASSES[:21],
        "train-images-idx3-ubyte.gz": GREY,
        "train-labels-idx1-ubyte.gz": CLASSES,
    }
    contents = {name: gzip.compress(idx(array.astype(np.uint8))) for name, array in files.items()}
    found, report = read(contents)
    assert np.array_equal(found.pixels, GREY)
    assert decided(report)["label_array"] == "train-labels-idx1-ubyte"
    found, _ = read(contents, array="t10k-images-idx3-ubyte")
    assert found.labels.tolist() == list(map(str, CLASSES[:21]))


def test_members_of_an_archive_are_read_as_files_are():
    archive = zipped({"a/x-idx3-ubyte": idx(GREY), "a/y-idx1-ubyte": idx(CLASSES.astype(np.uint8))})
    report = Report()
    found = read_arrays(members(File("a.zip", archive), report), "a.zip", ReadOptions(), report)
    assert np.array_equal(found.pixels, GREY)
    assert found.labels[4] == "1"


# ------------------------------------------------------------------------------------------------- random bytes


def read_or_refused(contents, **options):
    """Only a DataError may escape, with a sentence in one line."""
    sentence = ""
    try:
        found, _ = read(contents, **options)
        if isinstance(found, Pictures):
            low, high = found.value_range
            assert np.isfinite(found.pixels).all()
            assert low <= found.pixels.min()
            assert found.pixels.max() <= high
        else:
            assert len({len(column) for column in found.columns}) == 1
    except DataError as error:
        sentence = str(error)
    assert sentence.isprintable()


GOOD = [
    npy(GREY),
    npy(noise(25, 4).astype(">f8")),
    npy(np.array(["a", "b"])),
    npz(**MNIST),
    idx(GREY),
    idx(CLASSES.astype(">i4")),
]


@st.composite
def damaged(draw):
    """A good file, some bytes of which were changed, left out or added."""
    content = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, min(len(content), 200)))
        content[start : start + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
    return bytes(content)


STARTS = st.sampled_from(sorted({content[:100] for content in GOOD} | {b"\x93NUMPY\x01\0", b"\0\0\x08\x03"}))
HEADERS = st.text("{}()[]'\":,<>|bifcuOSUVM0123456789 \n", max_size=80).map(npy_header)
BYTES = st.one_of(st.binary(max_size=300), st.tuples(STARTS, st.binary(max_size=300)).map(b"".join), damaged(), HEADERS)


@settings(max_examples=600)
@given(BYTES)
def test_random_bytes_are_read_or_refused(content):
    read_or_refused(content)


@settings(max_examples=200)
@given(
    st.lists(st.integers(-(2**70), 2**70), max_size=9),
    st.sampled_from(["<f8", "|u1", "|b1", "<U3", "|S0", "|O", "<c8", "<M8[D]", ">f16", "|V4", "<i4,<f4"]),
    st.binary(max_size=100),
)
def test_headers_that_claim_anything_are_read_or_refused(shape, descr, data):
    read_or_refused(npy_header(f"{{'descr': {descr!r}, 'fortran_order': True, 'shape': {tuple(shape)}, }}", data))


SHAPES = st.one_of(
    arrays_of.array_shapes(min_dims=1, max_dims=5, min_side=1, max_side=6),
    st.tuples(st.just(20), *[st.integers(1, 6)] * 2),
    st.tuples(st.just(20), *[st.integers(1, 6)] * 3),
)


DTYPES = st.one_of(
    arrays_of.boolean_dtypes(),
    arrays_of.integer_dtypes(),
    arrays_of.unsigned_integer_dtypes(),
    arrays_of.floating_dtypes(),
    arrays_of.unicode_string_dtypes(max_len=3),
    arrays_of.byte_string_dtypes(max_len=3),
)


@settings(max_examples=300)
@given(
    arrays_of.arrays(DTYPES, SHAPES),
    st.sampled_from([0, 16, 20]),
    st.sampled_from(["auto", "grey", "colour"]),
    st.sampled_from(["auto", "pad", "crop", "stretch"]),
)
def test_arrays_of_any_shape_and_type_are_read_or_refused(array, size, colour, fit):
    read_or_refused(npy(array), size=size, colour=colour, fit=fit)
    read_or_refused(npz(x=GREY, y=array))
