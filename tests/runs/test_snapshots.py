"""Snapshots: few, small and evenly spread, whatever the number of epochs, and the same after a resumption."""

import numpy as np
import pytest

from playground.data import load
from playground.errors import RunError
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.runs.snapshots import MOST_BYTES, MOST_SNAPSHOTS, N_SAMPLES, Snapshots, mapped_rows


@pytest.fixture(scope="module")
def split():
    return RunSpec(data="wine").split(load("wine"))


@pytest.fixture(scope="module")
def codec(split):
    return PCA.fit(split.x_train, 2)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "snapshots").mkdir()
    return tmp_path


def fill(snapshots, epochs, codec, split, weights):
    for epoch in epochs:
        snapshots.add(epoch, codec, split, weights)


def test_a_snapshot_holds_codes_and_eight_reconstructions_of_validation_rows(folder, codec, split):
    weights = {"encoder.weight": np.ones((2, 13), np.float32)}
    Snapshots(folder).add(1, codec, split, weights)
    snapshot = Snapshots(folder).read(1)
    x = split.x[mapped_rows(split)]
    assert set(mapped_rows(split)) <= set(split.val_rows)
    assert snapshot.epoch == 1
    np.testing.assert_array_equal(snapshot.z, codec.encode(x))
    np.testing.assert_allclose(snapshot.x_hat, codec.reconstruct(x[:N_SAMPLES]), atol=1e-6)


def test_many_epochs_are_thinned_evenly(folder, codec, split):
    snapshots = Snapshots(folder)
    for epoch in range(1, 301):
        snapshots.add(epoch, codec, split, {})
        assert len(snapshots.epochs()) <= MOST_SNAPSHOTS
    kept = snapshots.epochs()
    assert len(kept) > MOST_SNAPSHOTS // 3
    assert len(set(np.diff(kept))) == 1
    assert kept[-1] > 290


def test_large_snapshots_stay_under_their_limit(folder, codec, split):
    weights = {"w": np.zeros(250_000, np.float32)}  # 1 MB
    snapshots = Snapshots(folder)
    for epoch in range(1, 41):
        snapshots.add(epoch, codec, split, weights)
        assert sum(path.stat().st_size for path in (folder / "snapshots").iterdir()) <= MOST_BYTES
    assert len(snapshots.epochs()) >= 4


def test_a_resumed_run_thins_as_an_uninterrupted_one(tmp_path, codec, split):
    folders = [tmp_path / "whole", tmp_path / "resumed"]
    for folder in folders:
        (folder / "snapshots").mkdir(parents=True)
    whole = Snapshots(folders[0])
    fill(whole, range(1, 132), codec, split, {})
    fill(Snapshots(folders[1]), range(1, 151), codec, split, {})
    again = Snapshots(folders[1])
    again.drop_after(131)
    assert max(again.epochs()) <= 131
    for epoch in range(132, 171):
        fill(whole, [epoch], codec, split, {})
        fill(again, [epoch], codec, split, {})
        assert again.epochs() == whole.epochs()


def test_the_last_epoch_can_be_kept_out_of_turn(folder, codec, split):
    snapshots = Snapshots(folder)
    fill(snapshots, range(1, 101), codec, split, {})
    assert 101 not in snapshots.epochs()
    snapshots.add(101, codec, split, {})
    assert 101 not in snapshots.epochs()
    snapshots.add(101, codec, split, {}, always=True)
    assert snapshots.epochs()[-1] == 101


def test_an_epoch_that_was_not_kept_or_is_torn_says_so(folder, codec, split):
    snapshots = Snapshots(folder)
    with pytest.raises(RunError, match=r"000003\.safetensors .*missing or damaged"):
        snapshots.read(3)
    fill(snapshots, (1, 2), codec, split, {})
    path = folder / "snapshots" / "000001.safetensors"
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(RunError, match=r"000001\.safetensors .*missing or damaged"):
        snapshots.read(1)
    assert snapshots.read(2).epoch == 2


def test_files_of_others_are_no_epochs(folder, codec, split):
    (folder / "snapshots" / ".tmp-123").write_text("half a file")
    (folder / "snapshots" / "notes.txt").write_text("mine")
    assert Snapshots(folder).epochs() == []
