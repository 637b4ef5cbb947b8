"""Reading in a process of its own: the same result, within limits, and nobody else pays for a bad file."""

import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground.data.kept import kept_dataset
from playground.data.reading import apart
from playground.data.reading.options import ReadOptions
from playground.data.reading.read import paths_at, read_content
from playground.errors import BusyError, DataError

VALUES = np.random.default_rng(0).normal(size=(60, 4)).round(3)
GOOD = "\n".join(["a,b,c,d", *(",".join(map(str, row)) for row in VALUES.tolist())])


@pytest.fixture
def folder(tmp_path):
    into = tmp_path / "into"
    into.mkdir()
    return into


@pytest.fixture
def upload(tmp_path):
    def make(content, name="mine.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [(name, path)]

    return make


def test_it_comes_to_the_same_as_reading_here(upload, folder):
    options = ReadOptions.from_json({"columns": {"a": {"role": "ignore"}}})
    found = apart.read_apart(upload(GOOD), options, folder)
    here = read_content("mine.csv", GOOD.encode(), options.to_json())
    there = kept_dataset(found.file)
    assert found.name == here.name == there.name
    np.testing.assert_array_equal(there.x, here.x)
    assert there.source == here.source
    assert found.report.notes() == here.notes


def test_a_choice_that_stands_in_the_way_comes_back_with_the_columns(upload, folder):
    options = ReadOptions.from_json({"columns": {name: {"role": "ignore"} for name in "abcd"}})
    found = apart.read_apart(upload(GOOD), options, folder)
    assert (found.name, found.file) == ("", None)
    assert found.problem.startswith("mine.csv has no column to learn from")
    assert [column.name for column in found.report.columns] == list("abcd")


def test_previews_of_pictures_come_back(tmp_path, folder):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for place in range(24):
            picture = tmp_path / f"{place}.png"
            Image.fromarray(np.random.default_rng(place).integers(0, 256, (90, 60, 3)).astype(np.uint8)).save(picture)
            archive.write(picture, picture.name)
    found = apart.read_apart([("all.zip", path)], ReadOptions(), folder)
    assert set(found.previews) == {"crop", "pad", "stretch"}
    assert all(pixels.dtype == np.uint8 for pixels in found.previews.values())


def test_a_file_that_cannot_be_read_is_refused_with_the_same_sentence(upload, folder):
    found = apart.read_apart(upload(""), ReadOptions(), folder)
    assert found.problem.startswith("mine.csv is empty")
    assert found.file is None
    assert list(folder.iterdir()) == []


def test_a_file_that_is_gone_is_said(folder, tmp_path):
    with pytest.raises(DataError, match=r"mine\.csv cannot be opened: No such file"):
        apart.read_apart([("mine.csv", tmp_path / "none")], ReadOptions(), folder)


def test_a_reader_that_takes_too_long_is_ended_and_its_visitor_told(upload, folder):
    start = time.monotonic()
    with pytest.raises(DataError, match=r"mine\.csv took longer than 0 s to read and was given up"):
        apart.read_apart(upload(GOOD), ReadOptions(), folder, seconds=0.01)
    assert time.monotonic() - start < 5


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is Linux's")
def test_a_reader_that_needs_too_much_memory_is_told_so(upload, folder):
    large = "\n".join(["a,b,c,d", *[",".join(map(str, row)) for row in VALUES.tolist()] * 5000])
    with pytest.raises(DataError, match=r"mine\.csv (needs more memory|could not be read within the limits)"):
        apart.read_apart(upload(large), ReadOptions(), folder, memory=150 * 2**20)


ENDS = {
    "killed": ("read line; kill -9 $$", "could not be read within the limits of memory and time"),
    "silent": ("read line", "could not be read within the limits"),
    "babbling": ("read line; echo nonsense", "could not be read within the limits"),
    "a bug": ("""read line; echo '{"bug": "Traceback: boom"}'""", r"could not be read \(incident [0-9a-f]{8}\)"),
}


@pytest.mark.skipif(os.name != "posix", reason="a shell stands in for the reader")
@pytest.mark.parametrize(("script", "sentence"), ENDS.values(), ids=ENDS.keys())
def test_however_a_reader_ends_there_is_a_sentence_and_the_next_file_is_read(
    upload, folder, monkeypatch, script, sentence
):
    def start():
        pipe = subprocess.PIPE
        return subprocess.Popen(["sh", "-c", script], stdin=pipe, stdout=pipe, text=True)

    with monkeypatch.context() as patch:
        patch.setattr(apart, "_start", start)
        with pytest.raises(DataError, match=sentence) as caught:
            apart.read_apart(upload(GOOD), ReadOptions(), folder)
        assert "Traceback" not in str(caught.value)
    assert apart.read_apart(upload(GOOD), ReadOptions(), folder).name


def test_a_reader_waits_with_its_imports_done_once_asked_for():
    spare = apart._Spare()
    spare.prepare()
    spare.prepare()  # one is enough
    first = spare.take()
    second = spare.take()
    assert first.pid != second.pid
    for process in (first, second):
        process.kill()
        process.communicate()
    spare.close()


def test_too_many_at_once_are_asked_to_wait(upload, folder, monkeypatch):
    monkeypatch.setattr(apart, "_PLACES", threading.BoundedSemaphore(1))
    apart._PLACES.acquire()
    with pytest.raises(BusyError, match="Many files are being read just now"):
        apart.read_apart(upload(GOOD), ReadOptions(), folder, seconds=0.05)


def test_a_reader_leaves_with_its_server():
    process = apart._start()
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def test_the_files_of_a_folder_keep_their_names_below_it(tmp_path):
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    for name in ("cat/1.png", "2.png"):
        (tmp_path / "photos" / name).write_bytes(b"x")
    (tmp_path / "photos" / "link.png").symlink_to(Path("/etc/passwd"))
    assert [name for name, _ in paths_at(tmp_path / "photos")] == ["photos/2.png", "photos/cat/1.png"]
