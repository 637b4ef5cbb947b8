"""The store: no name leads out of its folder, no crash leaves half a file, and what was kept comes back as it was."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.data import BUILTIN, Dataset, load
from playground.data.reading.read import read_content
from playground.errors import BusyError, DataError, RunError
from playground.models.spec import RunSpec
from playground.runs import store as store_module
from playground.runs.store import Store, default_folder, read_tensors, write_bytes, write_json, write_tensors

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def runs(store):
    return Store(store)


NAMES = st.text(max_size=80) | st.from_regex(r"[0-9a-fA-F./\\]{30,34}") | st.from_regex(r"file-[0-9a-f]{32}\s*")
ESCAPES = [
    "..",
    "../..",
    "/etc/passwd",
    "a" * 31,
    "A" * 32,
    "a" * 32 + "\n",
    "\x00",
    "\u0661" * 32,
    "a/" * 16,
    "",
    "a" * 32 + "/../../x",
]


def with_escapes(test):
    for name in ESCAPES:
        test = example(name)(test)
    return test


@given(NAMES)
@with_escapes
def test_no_id_leads_out_of_the_folder(session_store, name):
    store = Store(session_store)
    for use in (store.path, store.read):
        with pytest.raises(RunError):
            use(name)
    try:
        path = store.path(name, exists=False)
    except RunError:
        return
    assert re.fullmatch("[0-9a-f]{32}", name)
    assert path == store.folder / "runs" / name


@given(NAMES)
@with_escapes
def test_no_data_name_leads_out_of_the_folder(session_store, name):
    with pytest.raises(DataError, match="There is no data set"):
        Store(session_store).dataset(name)


def test_a_new_run_has_a_folder_of_its_own_with_its_settings(runs):
    spec = RunSpec(epochs=7)
    first, second = runs.create(spec, data_hash="x"), runs.create(spec)
    assert first != second
    assert runs.path(first).parent == runs.folder / "runs"
    record = runs.read(first)
    assert RunSpec.from_json(record["spec"]) == spec
    assert (record["id"], record["state"], record["data_hash"]) == (first, "new", "x")


def test_an_update_changes_what_it_names_and_keeps_the_rest(runs):
    run_id = runs.create(RunSpec(), data_hash="x")
    before = runs.read(run_id)
    after = runs.update(run_id, state="running", device="cpu")
    assert after == runs.read(run_id) == before | {"state": "running", "device": "cpu"}


def test_runs_are_listed_the_newest_first_and_strangers_are_not(runs):
    ids = [runs.create(RunSpec()) for _ in range(3)]
    for age, run_id in enumerate(reversed(ids)):
        runs.update(run_id, created=1e9 - age)
        os.utime(runs.path(run_id), (1e9 - age, 1e9 - age))
    (runs.folder / "runs" / "notes").mkdir()
    (runs.folder / "runs" / ".tmp-1").write_text("x")
    assert runs.run_ids() == ids[::-1]


def test_a_run_that_was_worked_on_again_does_not_become_the_newest(runs):
    old = runs.create(RunSpec())
    time.sleep(0.02)  # file times have a grain
    new = runs.create(RunSpec())
    time.sleep(0.02)
    runs.update(old, state="running")
    assert runs.run_ids() == [new, old]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"schema": 1, "spec"',
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"schema": 1}',
        b'{"schema": "x", "spec": {}}',
    ],
)
def test_a_torn_record_says_so_and_leaves_the_others_alone(runs, content):
    torn, whole = runs.create(RunSpec()), runs.create(RunSpec())
    (runs.path(torn) / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=f"The record of run {torn} is damaged"):
        runs.read(torn)
    with pytest.raises(RunError, match="is damaged"):
        runs.update(torn, state="done")
    assert (runs.path(torn) / "run.json").read_bytes() == content
    assert runs.read(whole)["state"] == "new"
    assert set(runs.run_ids()) == {torn, whole}


def test_a_record_of_a_newer_version_says_so(runs):
    run_id = runs.create(RunSpec())
    runs.update(run_id, schema=99)
    with pytest.raises(RunError, match="newer version"):
        runs.read(run_id)


def test_a_run_that_is_gone_says_so(runs):
    with pytest.raises(RunError, match=f"There is no run {'a' * 32}"):
        runs.read("a" * 32)


def test_a_full_disk_is_said_before_anything_is_made(runs, monkeypatch):
    monkeypatch.setattr(store_module.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(BusyError, match="disk is nearly full"):
        runs.create(RunSpec())
    assert runs.run_ids() == []


def test_the_environment_says_where_the_store_is(store, monkeypatch):
    assert default_folder() == Store().folder == store
    monkeypatch.delenv("PLAYGROUND_STORE")
    assert default_folder() == Path.home() / ".autoencoder-playground"


def kept():
    rng = np.random.default_rng(0)
    rows = [[*(f"{v:.3f}" for v in row), ["Å", "b, c", ""][k % 3]] for k, row in enumerate(rng.normal(size=(30, 4)))]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [["é", "b", "a b", "d", "Klasse"], *rows])
    return read_content("größen <b>.csv", text.encode())


def with_everything():
    x = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    return Dataset(
        name="file-" + "0" * 32,
        title="Pictures",
        x=x,
        feature_names=("a", "b", "c", "d"),
        kind="images",
        image_shape=(2, 2),
        value_range=(-5.0, 5.0),
        units=("mm", "", "", "s"),
        labels=np.array(["cat", "dog"] * 10),
        label_name="animal",
        factors={"angle": x[:, 0].copy(), "height, in cm": x[:, 1].copy()},
        intrinsic_dim=2,
        first_latent_dim=3,
        lesson="One.",
        licence="Two.",
        notes=("Three.", "Four."),
    )


def without_labels():
    rows = [f"{k * 7 % 31},{k * k},{k % 7}.5,1.5{k}" for k in range(30)]
    return read_content("plain.csv", "\n".join(["a,b,c,d", *rows]).encode())


@pytest.mark.parametrize("make", [kept, with_everything, without_labels])
def test_kept_data_come_back_as_they_were(runs, make):
    dataset = make()
    assert runs.add_data(dataset) == dataset.name
    back = Store(runs.folder).dataset(dataset.name)
    assert back.content_hash == dataset.content_hash
    for field in fields(Dataset):
        mine, theirs = getattr(dataset, field.name), getattr(back, field.name)
        if field.name == "factors":
            assert mine.keys() == theirs.keys()
            assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
        elif isinstance(mine, np.ndarray):
            assert mine.dtype == theirs.dtype
            np.testing.assert_array_equal(mine, theirs)
        else:
            assert mine == theirs, field.name
    assert not back.x.flags.writeable


def test_the_same_data_are_kept_once(runs):
    runs.add_data(with_everything())
    files = {path: path.stat().st_mtime_ns for path in (runs.folder / "data").iterdir()}
    runs.add_data(with_everything())
    assert {path: path.stat().st_mtime_ns for path in (runs.folder / "data").iterdir()} == files
    assert len(files) == 1


@pytest.mark.parametrize("keep", [0, 7, 100, -1], ids=["empty", "7 bytes", "100 bytes", "all but one byte"])
def test_torn_data_say_so(runs, keep):
    dataset = with_everything()
    runs.add_data(dataset)
    path = next((runs.folder / "data").iterdir())
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="is damaged: load the file again"):
        runs.dataset(dataset.name)
    assert runs.dataset("wine").n_samples == 178


def test_data_of_another_kind_of_file_say_so(runs):
    name = "file-" + "1" * 32
    write_tensors(runs.folder / "data" / f"{name}.safetensors", {"x": np.zeros((20, 2), np.float32)})
    with pytest.raises(DataError, match="is damaged: load the file again"):
        runs.dataset(name)


@pytest.mark.parametrize("name", list(BUILTIN))
def test_built_in_data_need_no_file(runs, name):
    assert runs.dataset(name) is load(name)
    assert list((runs.folder / "data").iterdir()) == []


def test_unknown_data_say_which_there_are(runs):
    with pytest.raises(DataError, match=r"There is no data set 'atlantis': choose one of digits.*load your own"):
        runs.dataset("atlantis")


def no_power(*_):
    raise OSError("no power")


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_write_that_is_cut_short_leaves_the_old_file(store, monkeypatch, moment):
    path = store / "file.json"
    write_json(path, {"old": True})
    if moment == "fsync":
        monkeypatch.setattr(store_module.os, "fsync", no_power)
    else:
        monkeypatch.setattr(Path, "replace", no_power)
    with pytest.raises(OSError, match="no power"):
        write_json(path, {"new": True})
    monkeypatch.undo()
    assert json.loads(path.read_text()) == {"old": True}
    write_json(path, {"new": True})
    assert json.loads(path.read_text()) == {"new": True}


WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from playground.runs.store import write_bytes
for n in itertools.count():
    write_bytes(Path(sys.argv[1]), bytes([n % 256]) * 2_000_000, durable=False)
"""


def test_a_reader_sees_whole_files_while_they_are_written_and_after_a_kill(store, eventually):
    path = store / "big"
    writer = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(path)], cwd=ROOT)
    try:
        eventually(path.exists)
        seen = [path.read_bytes() for _ in range(100)]
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    for content in [*seen, path.read_bytes()]:
        assert len(content) == content.count(content[:1]) == 2_000_000
    assert len(set(seen)) > 1, "the writer was too slow for this test"


def test_no_number_is_written_that_json_does_not_know(store):
    with pytest.raises(ValueError, match="JSON"):
        write_json(store / "file.json", {"error": float("nan")})
    assert not (store / "file.json").exists()


def test_arrays_come_back_as_they_were(store):
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::2], "b": np.array([], np.int64), "c": np.array(7)}
    write_tensors(store / "x.safetensors", arrays, {"epoch": "3"})
    back, meta = read_tensors(store / "x.safetensors")
    assert meta == {"epoch": "3"}
    for name, array in arrays.items():
        assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(back[name], array)


def test_a_missing_or_torn_array_file_says_so(store):
    path = store / "x.safetensors"
    sentence = f"The file x.safetensors of run {store.name} is missing or damaged"
    with pytest.raises(RunError, match=sentence):
        read_tensors(path)
    write_tensors(path, {"a": np.zeros(100)})
    whole = path.read_bytes()
    for size in (0, 4, 50, len(whole) - 1):
        write_bytes(path, whole[:size])
        with pytest.raises(RunError, match=sentence):
            read_tensors(path)
