"""`Run`, the view of a run folder: what a finished run shows, and one sentence for everything that is torn."""

import dataclasses
import json
import os
import time

import numpy as np
import pytest

from playground.analysis.errors import compare
from playground.data import load
from playground.errors import PlaygroundError, RunError
from playground.models.spec import RunSpec
from playground.runs import control
from playground.runs.run import FINISHED, Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store


@pytest.fixture(scope="module")
def done(session_store, short):
    """One finished run that every test may read."""
    store = Store(session_store)
    return Run(store, start(InlineRunner(store), short))


@pytest.fixture
def torn(store, done):
    """A copy of the finished run in this test's own store, to be damaged."""
    import shutil

    own = Store(store)
    shutil.copytree(done.folder, own.folder / "runs" / done.id)
    return Run(own, done.id)


def damage(path, keep):
    content = path.read_bytes()
    path.write_bytes(content[:keep] if keep >= 0 else content[: len(content) + keep])


def test_a_finished_run_shows_everything_from_its_folder_alone(done, short, train_here, learnt):
    again = Run(Store(done.store.folder), done.id)
    assert again.state == "done"
    assert again.is_finished
    assert not again.is_alive
    assert again.spec == short
    assert again.message == ""
    assert again.device == "cpu"
    assert learnt(again.store, again.id) == train_here(short, load(short.data))
    assert again.history.epoch == list(range(1, 7))
    assert set(again.val_error) == {"pca", "mean"}
    assert again.verdict.endswith(".")
    assert again.snapshot_epochs()[-1] == 6


def test_the_comparison_is_that_of_the_four_codecs_in_the_folder(done):
    assert [score.name for score in done.scores] == ["mean", "pca", "linear", "autoencoder"]
    again = compare(done.codecs(), done.split.x_test)
    for kept, computed in zip(done.scores, again, strict=True):
        assert kept.error == pytest.approx(computed.error, rel=1e-5)
        assert kept.low == pytest.approx(computed.low, rel=1e-5)
        assert kept.versus_pca == pytest.approx(computed.versus_pca, rel=1e-4, abs=1e-6)
        assert kept.n_parameters == computed.n_parameters


def test_the_model_is_that_of_the_best_epoch(store):
    """A wild learning rate, so that the best epoch is not the last."""
    own = Store(store)
    wild = {"learning_rate": 0.1, "batch_size": 8, "schedule": "constant", "epochs": 12}
    spec = RunSpec(data="wine", hidden=(64,), output="linear", **wild)
    run = Run(own, start(InlineRunner(own), spec))
    best = run.history.best_epoch
    assert best == run.record["best_epoch"] != 12
    x = run.split.x_val
    error = np.square(x.astype(np.float64) - run.codec().reconstruct(x)).sum(axis=1).mean()
    assert error == pytest.approx(min(run.history.val_error), rel=1e-5)
    z = run.codec().encode(run.split.x_val)
    np.testing.assert_allclose(run.snapshot(best).z, z, atol=1e-5)


def test_the_lines_to_beat_are_pcas_and_the_means_on_the_validation_rows(done):
    x = done.split.x_val
    for name, codec in (("pca", done.pca()), ("mean", done.mean())):
        error = np.square(x.astype(np.float64) - codec.reconstruct(x)).sum(axis=1).mean()
        assert done.val_error[name] == pytest.approx(error, rel=1e-5)


def test_runs_on_the_same_rows_share_one_split(done, store):
    other = start(InlineRunner(done.store), dataclasses.replace(done.spec, seed=5, epochs=1))
    assert Run(done.store, other).split is done.split


@pytest.mark.parametrize("keep", [0, 9, -1], ids=["empty", "half", "all but one byte"])
@pytest.mark.parametrize("file", ["model", "linear", "pca"])
def test_a_torn_model_says_so_and_the_rest_can_be_read(torn, file, keep):
    damage(torn.folder / f"{file}.safetensors", keep)
    read = {"model": torn.codec, "linear": torn.linear, "pca": torn.pca}
    with pytest.raises(RunError, match=rf"The file {file}\.safetensors of run {torn.id} is missing or damaged"):
        read[file]()
    with pytest.raises(RunError):
        torn.codecs()
    for other in read.keys() - {file}:
        assert np.isfinite(read[other]().reconstruct(torn.split.x_val)).all()
    assert len(torn.history.epoch) == 6
    assert len(torn.scores) == 4


def test_a_model_of_other_settings_says_so(torn):
    (torn.folder / "model.safetensors").write_bytes((torn.folder / "linear.safetensors").read_bytes())
    with pytest.raises(RunError, match="does not fit its settings"):
        torn.codec()


def test_a_torn_snapshot_says_so_and_the_others_can_be_read(torn):
    damage(torn.folder / "snapshots" / "000003.safetensors", 40)
    with pytest.raises(RunError, match=r"000003\.safetensors"):
        torn.snapshot(3)
    assert torn.snapshot(4).z.shape == (len(torn.split.val_rows), 2)
    with pytest.raises(RunError, match=r"000099\.safetensors"):
        torn.snapshot(99)


@pytest.mark.parametrize(
    "tail",
    [b'{"epoch": 7, "train_l', b"\n", b"\0\0\0\0", b'{"epoch": 7, "x": "\xff\xfe'],
    ids=["half a line", "blank", "zeros", "no text"],
)
def test_a_torn_last_line_of_the_metrics_is_skipped(torn, tail):
    with (torn.folder / "metrics.jsonl").open("ab") as stream:
        stream.write(tail)
    assert torn.history.epoch == list(range(1, 7))


def test_a_run_without_metrics_has_no_epochs_yet(torn):
    (torn.folder / "metrics.jsonl").unlink()
    assert torn.history.epoch == []
    assert torn.history.best_epoch is None


@pytest.mark.parametrize("keep", [0, 1, 200, -1])
def test_a_torn_record_says_so(torn, keep):
    damage(torn.folder / "run.json", keep)
    with pytest.raises(RunError, match=f"The record of run {torn.id} is damaged"):
        Run(torn.store, torn.id)


def test_settings_that_cannot_be_read_say_so(torn):
    torn.store.update(torn.id, spec=torn.spec.to_json() | {"epochs": "many"})
    with pytest.raises(RunError, match=f"The settings of run {torn.id} cannot be read: epochs='many'"):
        Run(torn.store, torn.id)


def test_an_unknown_run_says_so(store):
    with pytest.raises(RunError, match="There is no run"):
        Run(Store(store), "0" * 32)
    with pytest.raises(RunError, match="'demo' is not the id of a run"):
        Run(Store(store), "demo")


def test_a_run_whose_data_are_gone_says_so(torn):
    torn.store.update(torn.id, spec=torn.spec.to_json() | {"data": "file-" + "0" * 32})
    run = Run(torn.store, torn.id)
    with pytest.raises(PlaygroundError, match="There is no data set"):
        run.codec()
    assert len(run.history.epoch) == 6


def test_a_run_before_its_end_has_no_model(store):
    own = Store(store)
    run = Run(own, own.create(RunSpec()))
    assert run.state == "new"
    assert run.scores == []
    assert run.verdict == ""
    assert run.val_error is None
    with pytest.raises(RunError, match="no trained model yet"):
        run.codec()


def test_a_run_that_nobody_works_on_is_interrupted(store):
    own = Store(store)
    run_id = own.create(RunSpec())
    own.update(run_id, state="running")
    assert Run(own, run_id).state == "interrupted"
    control.beat(own.path(run_id))
    assert Run(own, run_id).state == "running"
    long_ago = time.time() - control.DEAD_AFTER_SECONDS - 1
    os.utime(own.path(run_id) / "heartbeat", (long_ago, long_ago))
    assert Run(own, run_id).state == "interrupted"


def test_a_run_that_ends_between_two_looks_is_not_called_interrupted(store):
    own = Store(store)
    run_id = own.create(RunSpec())
    own.update(run_id, state="running")
    run = Run(own, run_id)
    own.update(run_id, state="done")
    assert run.state in FINISHED


def test_history_follows_the_file(torn):
    lines = (torn.folder / "metrics.jsonl").read_text().splitlines(keepends=True)
    (torn.folder / "metrics.jsonl").write_text("".join(lines[:2]))
    assert Run(torn.store, torn.id).history.epoch == [1, 2]
    (torn.folder / "metrics.jsonl").write_text("".join(lines))
    assert Run(torn.store, torn.id).history.epoch == [1, 2, 3, 4, 5, 6]


def test_the_best_epoch_is_the_first_of_the_smallest(torn):
    rows = [json.loads(line) for line in (torn.folder / "metrics.jsonl").read_text().splitlines()]
    for row, error in zip(rows, [5.0, 2.0, 3.0, 2.0, 4.0, 9.0], strict=True):
        row["val_error"] = error
        del row["kept"]  # as older versions wrote it
    (torn.folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert Run(torn.store, torn.id).history.best_epoch == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"command": "explode"}', b'{"command": 3}', b"\xff\xfe"])
def test_a_wish_that_cannot_be_read_is_none(store, content):
    (store / "control.json").write_bytes(content)
    assert control.asked(store) is None


def test_the_last_wish_stands(store):
    assert control.asked(store) is None
    for wish in ("pause", "stop", "pause", None):
        control.ask(store, wish)
        assert control.asked(store) == wish
