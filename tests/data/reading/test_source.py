"""What files are, told by their content; what is packed, unpacked within limits; and names that lead nowhere."""

import bz2
import gzip
import io
import struct
import time
import zipfile
import zlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from playground.data.reading.kinds import SENTENCES
from playground.data.reading.report import Report
from playground.data.reading.source import MOST_RATIO, File, is_junk, kind_of, members, refuse, safe_name, unwrap
from playground.errors import DataError
from tests.data.reading.corpus import CORPUS, encoded, evil_pickle, idx, noise, npy, npz, raw_zip, zipped


def written(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


TABLE = pa.table({"a": [1, 2, 3]})
CSV = "name;größe\nMüller;1,5\n" * 5

KINDS = {
    "no byte": (b"", "empty"),
    "blanks": (b"\n \t", "empty"),
    "a mark of UTF-8 alone": (b"\xef\xbb\xbf", "empty"),
    "a mark of UTF-16 alone": (b"\xff\xfe", "empty"),
    "a table": (CSV.encode(), "text"),
    "a table in Latin letters": (CSV.encode("cp1252"), "text"),
    "a table with a mark": (CSV.encode("utf-8-sig"), "text"),
    "a table in UTF-16": (CSV.encode("utf-16"), "text"),
    "a table in UTF-16 without a mark": (CSV.encode("utf-16-le"), "text"),
    "a table in big-endian UTF-16": (CSV.encode("utf-16-be"), "text"),
    "a Russian table in UTF-16 without a mark": ("имя;рост\nАнна;1,5\n".encode("utf-16-le") * 9, "text"),
    "a table in UTF-32": (CSV.encode("utf-32"), "text"),
    "JSON": (b'[{"a": 1}]', "text"),
    "a table that begins like a BMP": (b"BMI,age\n" + b"23.5,40\n" * 9, "text"),
    "a table that begins like Parquet": (b"PAR1,PAR2\n1,2\n", "text"),
    "a table that begins like a PNM": (b"P1 P2\n1 2\n", "text"),
    "a table that begins like bzip2": (b"BZh9,x\n1,2\n", "text"),
    "a table with angle brackets": (b"<5,>7\n1,2\n", "text"),
    "a list of animals": (b"cat\ndog\nhen.\n", "text"),
    "Parquet": (written(lambda f: parquet.write_table(TABLE, f)), "parquet"),
    "Arrow": (written(lambda f: feather.write_feather(TABLE, f)), "arrow"),
    "gzip": (gzip.compress(b"a"), "gzip"),
    "bzip2": (bz2.compress(b"a"), "bzip2"),
    "bzip2 of nothing": (bz2.compress(b""), "bzip2"),
    "an array": (npy(noise(3)), "npy"),
    "arrays": (npz(a=noise(3)), "npz"),
    "IDX": (idx(noise(3, 4)), "idx"),
    "IDX of decimal numbers": (idx(np.zeros((3, 4), "f4")), "idx"),
    "a ZIP": (zipped({"a.csv": b"1"}), "zip"),
    "an empty ZIP": (zipped({}), "zip"),
    "a ZIP that is cut off": (zipped({"a.csv": b"1"})[:20], "zip"),
    "a new workbook": (zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "workbook"),
    "a binary workbook": (zipped({"xl/workbook.bin": b""}), "workbook"),
    "an open workbook": (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "workbook"),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9) + "Workbook".encode("utf-16-le") + b"\0\0",
        "workbook",
    ),
    "an old document": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9) + "WordDocument".encode("utf-16-le") + b"\0\0",
        "document",
    ),
    "a web page after a comment": (b"<!-- hi -->\n<HTML>", "html"),
    "a drawing after a comment": (b"<?xml version='1.0'?><!-- hi --><svg:svg>", "svg"),
    "a comment that never ends": (b"<?xml version='1.0'?><!-- hi", "xml"),
    "whole numbers of two bytes": (np.arange(-500, 500, dtype="<i2").tobytes(), "binary"),
    "decimal numbers": (np.linspace(1, 2, 99).tobytes(), "binary"),
    "a text with a zero in it": (b"a,b\n1,\0\n", "binary"),
    "control characters": (bytes(range(1, 9)) * 20, "binary"),
} | {
    f"a picture in {form}": (encoded(noise(9, 9, 3), form), "image")
    for form in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
}


@pytest.mark.parametrize(("content", "kind"), KINDS.values(), ids=KINDS.keys())
def test_what_a_file_is_is_told_by_its_content(content, kind):
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "header", [b"P5 9 9 255\n", b"P2\n# by hand\n9 9\n255\n", b"P4\t9\t9\n", b"P6\n9 # x\n9\n255\n"]
)
def test_a_pnm_is_a_picture_however_its_header_is_spaced(header):
    assert kind_of(header + bytes(243)) == "image"


def test_what_a_file_is_is_told_at_once_however_long_its_beginning_is():
    for start in (b"P5", b"<?xml?><!--", b"<html", b"\xff\xfe", b"(lp0\n", b"PK\x03\x04", b"\x1f\x8b"):
        for filling in (b" ", b"\n", b"\0", b"#", b"<!--", b"a"):
            began = time.perf_counter()
            kind_of(start + filling * 5_000_000)
            assert time.perf_counter() - began < 1


@pytest.mark.parametrize("kind", [*SENTENCES, "binary"])
def test_a_file_of_no_use_is_refused_in_one_sentence_that_says_what_to_do(kind):
    sentence = str(refuse(File("some/folder/mine.dat", b""), kind))
    assert sentence.startswith("mine.dat ")
    assert ": " in sentence
    assert sentence.endswith(".")


# ------------------------------------------------------------------------------------------------------- packed


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("times", [0, 1, 2])
def test_what_is_packed_once_or_twice_is_unpacked(pack, times):
    content = noise(3_000_000).tobytes()
    packed = content
    for _ in range(times):
        packed = pack(packed)
    assert unwrap(File("a.bin", packed)) == File("a.bin", content)


def test_streams_in_a_row_are_one_and_zeros_behind_them_are_nothing():
    packed = gzip.compress(b"1,2\n" * 9) + gzip.compress(b"3,4\n") + bytes(1000)
    assert unwrap(File("a.csv.gz", packed)).content == b"1,2\n" * 9 + b"3,4\n"
    packed = bz2.compress(b"1,2\n" * 9) + bz2.compress(b"3,4\n")
    assert unwrap(File("a.csv.bz2", packed)).content == b"1,2\n" * 9 + b"3,4\n"


@pytest.mark.parametrize(
    ("name", "plain"), [("a.csv.gz", "a.csv"), ("A.CSV.GZ", "A.CSV"), ("a.tgz", "a.tar"), ("a", "a"), (".gz", "")]
)
def test_the_ending_of_what_was_packed_is_dropped(name, plain):
    assert unwrap(File(name, gzip.compress(b"1,2\n"))).name == plain


def test_a_table_of_few_different_values_is_no_bomb():
    rows = b"".join(b"%d,0,0,0,0,0,0,0,1,0,0,0\n" % value for value in noise(1_000_000, high=2).tolist())
    packed = gzip.compress(rows)
    assert len(rows) > 80 * len(packed)
    assert unwrap(File("sparse.csv.gz", packed)).content == rows


def test_a_bomb_is_refused_before_much_of_it_is_unpacked(monkeypatch):
    from playground.data.reading import source

    n_bytes = []
    refuse_size = source._refuse_size
    monkeypatch.setattr(
        source, "_refuse_size", lambda title, n, packed: (n_bytes.append(n), refuse_size(title, n, packed))
    )
    with pytest.raises(DataError, match=f"more than {MOST_RATIO} times its size"):
        unwrap(*CORPUS["a gzip bomb"]()[0])
    assert max(n_bytes) < 20 * 2**20


# ----------------------------------------------------------------------------------------------------- archives


def read_all(content):
    return {member.name: member.read() for member in members(File("a.zip", content), Report())}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_files_of_a_zip_are_read_as_they_were_packed(method):
    contents = {"a.csv": b"1,2\n" * 999, "b/c.bin": noise(3_000_000).tobytes(), "b/empty": b""}
    assert read_all(zipped(contents, method)) == contents


def test_nothing_is_unpacked_before_it_is_asked_for():
    archive = zipped({"a": noise(1000).tobytes()}, zipfile.ZIP_DEFLATED)
    broken = archive.replace(archive[31:60], bytes(29))
    (member,) = members(File("a.zip", broken), Report())
    assert (member.name, member.size) == ("a", 1000)
    with pytest.raises(DataError, match="a is damaged in its archive: pack it again"):
        member.read()


def test_only_as_much_is_unpacked_as_is_asked_for():
    (member,) = members(File("a.zip", zipped({"a": bytes(range(256)) * 99}, zipfile.ZIP_DEFLATED)), Report())
    assert member.start(300) == bytes(range(256)) + bytes(range(44))
    assert member.start(10**9) == bytes(range(256)) * 99


NAMES = {
    "../../etc/passwd": "etc/passwd",
    "/etc/passwd": "etc/passwd",
    "C:\\Windows\\x.png": "Windows/x.png",
    "..\\..\\x.png": "x.png",
    "a/./b//../c.png": "a/b/c.png",
    "\\\\server\\share\\x": "server/share/x",
    "a\x1b[2J\n.png": "a\ufffd[2J\ufffd.png",
    "": "unnamed",
    " . / .. ": "unnamed",
    "Größe.csv": "Größe.csv",
}


@pytest.mark.parametrize(("name", "clean"), NAMES.items())
def test_no_name_leads_out_of_the_archive(name, clean):
    assert [*read_all(raw_zip([{"name": name, "data": b"x"}]))] == [clean]


def test_every_file_gets_a_name_of_its_own():
    contents = [{"name": name, "data": name.encode()} for name in ("a.png", "a.png", "../a.png", "a (2).png", "a.png")]
    names = [*read_all(raw_zip(contents))]
    assert len(set(names)) == 5
    assert all(name.endswith(".png") for name in names)


def test_what_systems_leave_behind_is_left_out_counted_and_not_named():
    report = Report()
    contents = dict.fromkeys(["a.csv", "__MACOSX/._a.csv", ".DS_Store", "b/Thumbs.db", "desktop.ini", "b/.x/y"], b"1")
    assert [member.name for member in members(File("a.zip", zipped(contents)), report)] == ["a.csv"]
    assert report == Report(counts={"files of the system left out": 5})


def test_links_and_archives_in_an_archive_are_counted_and_named():
    report = Report()
    contents = [
        {"name": "a.csv", "data": b"1,2"},
        {"name": "b.zip", "data": b"PK"},
        {"name": "c", "data": b"/etc/passwd", "mode": 0o120777},
        {"name": "d.tar.gz", "data": b""},
    ]
    assert [member.name for member in members(File("x.zip", raw_zip(contents)), report)] == ["a.csv"]
    assert report.counts == {"archives left out": 2, "links left out": 1}
    assert report.sentences == ["Left out of x.zip: 2 archives inside it (b.zip, d.tar.gz), 1 link (c)."]


def test_an_archive_within_every_limit_is_opened():
    contents = [{"name": f"{place}", "data": b""} for place in range(20_000)]
    assert len(members(File("a.zip", raw_zip(contents)), Report())) == 20_000


def test_a_workbook_that_is_no_bomb_comes_back_as_it_is():
    book = File("a.xlsx", zipped({"xl/workbook.xml": b"<workbook/>"}))
    assert unwrap(book) is book


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a.csv", "a.csv"), ("a\nb\x1b.csv", "a\ufffdb\ufffd.csv"), ("x" * 300, "x" * 80 + "…" + "x" * 19)],
)
def test_a_name_in_a_sentence_is_one_short_line(name, shown):
    assert safe_name(name) == shown


@pytest.mark.parametrize(
    ("name", "junk"), [(".a", True), ("a/.b/c", True), ("a.b", False), ("../a", False), ("…", False)]
)
def test_what_begins_with_a_dot_is_junk(name, junk):
    assert is_junk(name) == junk


# ------------------------------------------------------------------------------------------------- random bytes

STARTS = sorted({content[:40] for content, _ in KINDS.values()})
ZIP = zipped({"a.csv": b"1,2\n" * 50, "b/c.npy": npy(noise(20, 3))}, zipfile.ZIP_DEFLATED)
PACKED = [gzip.compress(CSV.encode()), bz2.compress(CSV.encode()), ZIP, evil_pickle(), npz(a=noise(3))]


@st.composite
def damaged(draw, of=PACKED):
    """A good file, some bytes of which were changed, left out or added."""
    content = bytearray(draw(st.sampled_from(of)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        content[start : start + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
    return bytes(content)


BYTES = st.one_of(st.binary(max_size=400), st.tuples(st.sampled_from(STARTS), st.binary(max_size=400)).map(b"".join))


def open_everything(content):
    """Everything that this module can do with a file; only a DataError may escape."""
    kind = kind_of(content)
    assert kind_of(content) == kind
    sentence = ""
    try:
        for member in members(unwrap(File("a.bin", content)), Report()):
            assert len(member.read()) == member.size
    except DataError as error:
        sentence = str(error)
    assert sentence.isprintable()


@settings(max_examples=400)
@given(BYTES)
@example(b"PK\x05\x06" + bytes(18))
@example(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 46, 0, 0))
@example(b"\x1f\x8b\x08\x1f" + b"\xff" * 20)
@example(b"\x1f\x8b\x08" + bytes(7) + zlib.compress(b"x"))
def test_random_bytes_are_opened_or_refused(content):
    open_everything(content)


@settings(max_examples=400)
@given(damaged())
def test_damaged_files_are_opened_or_refused(content):
    open_everything(content)
