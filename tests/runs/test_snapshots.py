"""Snapshots: few, small and evenly spread, whatever the number of epochs, and the same after a resumption."""

import dataclasses
import itertools
import os
import time

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from playground.analysis.alignment import procrustes
from playground.analysis.latent_grid import latent_points
from playground.data import load
from playground.data.builtin import BUILTIN
from playground.errors import RunError
from playground.models.autoencoder import build
from playground.models.spec import RunSpec
from playground.runs import snapshots as of_snapshots
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.snapshots import FOLDER_BYTES, MOST_SNAPSHOTS, N_SAMPLES, Snapshots, mapped_rows, room
from playground.runs.store import Store
from playground.training.recipe import recommended
from playground.training.trainer import Trainer

SPEC = RunSpec(data="wine", hidden=(6,), output="linear", loss="sum_squares", batch_norm=False)


@pytest.fixture(scope="module")
def split():
    return SPEC.split(load("wine"))


@pytest.fixture(scope="module")
def model(split):
    return build(SPEC, split.n_features)


@pytest.fixture
def folder(tmp_path):
    return fresh(tmp_path)


def fresh(folder):
    (folder / "snapshots").mkdir(parents=True)
    return folder


def fill(snapshots, epochs, model, split):
    for epoch in epochs:
        snapshots.add(epoch, model, split)


def bytes_of(folder):
    return sum(path.stat().st_size for path in (folder / "snapshots").iterdir())


def test_a_snapshot_holds_all_that_the_scrubber_plays(folder, model, split):
    Snapshots(folder).add(1, model, split)
    snapshot = Snapshots(folder).read(1)
    x = split.x[mapped_rows(split)]
    assert set(mapped_rows(split)) <= set(split.val_rows)
    assert snapshot.epoch == 1
    np.testing.assert_allclose(snapshot.z, model.encode(x), atol=1e-6)
    np.testing.assert_allclose(snapshot.x_hat, model.reconstruct(x[:N_SAMPLES]), atol=1e-5)
    np.testing.assert_array_equal(snapshot.map, snapshot.z)  # the first is not turned
    assert tuple(map(len, snapshot.activity)) == SPEC.layers(split.n_features) == (13, 6, 2, 6, 13)
    np.testing.assert_allclose(snapshot.activity[2], model.encode(x).std(0), rtol=2e-3)
    np.testing.assert_allclose(snapshot.latent_codes, latent_points(snapshot.z), rtol=1e-6)
    np.testing.assert_allclose(snapshot.latent, model.decode(snapshot.latent_codes), rtol=2e-3, atol=1e-3)


def test_point_sets_get_the_points_of_a_surface_and_of_a_curve(folder):
    for epoch, m, shape in ((1, 2, (256, 3)), (2, 1, (64, 3))):
        spec = dataclasses.replace(SPEC, data="swiss_roll", latent_dim=m)
        rolled = spec.split(load("swiss_roll"))
        own = fresh(folder / str(m))
        Snapshots(own).add(epoch, build(spec, 3), rolled)
        assert Snapshots(own).read(epoch).latent.shape == shape


def test_values_beyond_half_precision_are_kept_whole(folder, split):
    far = build(SPEC, split.n_features)
    with torch.no_grad():
        far.decoder[-1].bias += 1e6
    Snapshots(folder).add(1, far, split)
    snapshot = Snapshots(folder).read(1)
    np.testing.assert_allclose(snapshot.latent, far.decode(snapshot.latent_codes), rtol=1e-5)
    assert np.isfinite(snapshot.latent).all()


def test_a_dead_unit_is_told(folder, split):
    dying = build(dataclasses.replace(SPEC, activation="relu"), split.n_features)
    with torch.no_grad():
        dying.encoder[0].bias[4] = -1e4
    Snapshots(folder).add(1, dying, split)
    assert Snapshots(folder).read(1).dead[1][4]


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), 1e30])
def test_a_network_that_blew_up_leaves_a_snapshot(folder, split, weight):
    snapshots = Snapshots(folder)
    blown = build(SPEC, split.n_features)
    snapshots.add(1, blown, split)
    with torch.no_grad():
        blown.encoder[-1].weight[:] = weight
    snapshots.add(2, blown, split)
    snapshot = snapshots.read(2)
    np.testing.assert_allclose(snapshot.turn @ snapshot.turn.T, np.eye(2), atol=1e-5)
    assert np.isfinite(snapshot.shift).all()


def test_a_snapshot_of_an_older_version_opens_with_what_it_has(folder, model, split):
    old = {"z": np.ones((5, 3), np.float32), "x_hat": np.ones((5, 13), np.float32), "model.w": np.ones(3, np.float32)}
    save_file(old, folder / "snapshots" / "000001.safetensors")
    snapshot = Snapshots(folder).read(1)
    np.testing.assert_array_equal(snapshot.map, np.ones((5, 2)))
    assert snapshot.turn is snapshot.shift is snapshot.activity is snapshot.dead is None
    assert snapshot.latent is snapshot.latent_codes is None
    Snapshots(folder).add(2, model, split)  # and a run goes on from it
    np.testing.assert_array_equal(Snapshots(folder).read(2).turn, np.eye(2))


def changing(split, epochs):
    """A model that trains, one epoch after the other."""
    trainer = Trainer(dataclasses.replace(SPEC, epochs=epochs, learning_rate=0.01), split)
    for event in trainer:
        yield event.epoch, trainer.model


def test_every_map_is_turned_onto_the_one_before_and_never_ends_further_away(folder, split):
    snapshots = Snapshots(folder)
    for epoch, net in changing(split, 12):
        if epoch in (4, 9):  # a flip and a swap of the units, which change nothing that is learnt
            with torch.no_grad():
                net.encoder[-1].weight.copy_(net.encoder[-1].weight.flip(0) * -1)
                net.encoder[-1].bias.copy_(net.encoder[-1].bias.flip(0) * -1)
        snapshots.add(epoch, net, split)
    kept = [snapshots.read(epoch) for epoch in range(1, 13)]
    for before, after in itertools.pairwise(kept):
        turned = np.linalg.norm(after.map - before.map, axis=1)
        raw = np.linalg.norm(after.z - before.map, axis=1)
        assert np.square(turned).sum() <= np.square(raw).sum() * (1 + 1e-5)
        turn, shift = procrustes(after.z, before.map)
        np.testing.assert_array_equal(after.turn, turn)
        np.testing.assert_array_equal(after.shift, shift)
        size = np.linalg.norm(before.map - before.map.mean(0), axis=1).mean()
        assert turned.mean() < 0.5 * size  # the flips are undone
    flipped = np.linalg.norm(kept[3].z - kept[2].z, axis=1).mean()
    assert flipped > 3 * np.linalg.norm(kept[3].map - kept[2].map, axis=1).mean()


def test_only_the_two_shown_units_are_turned(folder):
    spec = dataclasses.replace(SPEC, latent_dim=4)
    split = spec.split(load("wine"))
    snapshots = Snapshots(folder)
    for seed in (0, 1):
        snapshots.add(seed + 1, build(dataclasses.replace(spec, seed=seed), 13), split)
    second = snapshots.read(2)
    assert (second.turn.shape, second.shift.shape, second.map.shape[1], second.z.shape[1]) == ((2, 2), (2,), 2, 4)


def test_a_resumed_chain_is_the_same_to_the_last_bit(tmp_path, split, monkeypatch):
    monkeypatch.setattr(of_snapshots, "MOST_SNAPSHOTS", 12)
    whole, parted = Snapshots(fresh(tmp_path / "whole")), Snapshots(fresh(tmp_path / "parted"))
    for epoch, net in changing(split, 40):
        if epoch in (3, 13, 14, 20, 31):
            parted = Snapshots(tmp_path / "parted")  # another process
            parted.drop_after(epoch - 1)
        whole.add(epoch, net, split)
        parted.add(epoch, net, split)
    assert whole.epochs() == parted.epochs()
    for epoch in whole.epochs():
        one, other = ((tmp_path / name / "snapshots" / f"{epoch:06d}.safetensors") for name in ("whole", "parted"))
        assert one.read_bytes() == other.read_bytes()


def test_many_epochs_are_thinned_evenly(folder, model, split):
    snapshots = Snapshots(folder)
    for epoch in range(1, 901):
        snapshots.add(epoch, model, split)
        if epoch % 50 == 0:
            assert len(snapshots.epochs()) <= MOST_SNAPSHOTS
    kept = snapshots.epochs()
    assert len(kept) > MOST_SNAPSHOTS // 3
    assert len(set(np.diff(kept))) == 1
    assert kept[-1] > 890


def test_300_epochs_of_digits_stay_within_their_limits(folder):
    spec = recommended(load("digits"))
    split = spec.split(load("digits"))
    snapshots, net = Snapshots(folder), build(spec, split.n_features)
    fill(snapshots, range(1, 301), net, split)
    assert MOST_SNAPSHOTS // 2 <= len(snapshots.epochs()) <= MOST_SNAPSHOTS
    assert bytes_of(folder) <= 4 * 10**6


@pytest.mark.parametrize("name", BUILTIN)
def test_the_snapshots_of_a_default_run_fit_their_room_and_are_enough_for_a_film(folder, name):
    dataset = load(name)
    spec = recommended(dataset)
    split = spec.split(dataset)
    net = build(spec, split.n_features, split.layout, split.grid)
    snapshots = Snapshots(folder)
    fill(snapshots, range(1, 42), net, split)
    assert bytes_of(folder) <= room(net.n_parameters, split)
    assert len(snapshots.epochs()) >= 10
    # The large colour networks' checkpoint alone would be more than the folder may hold.
    copies = 1 if name in ("smileys", "shapes_colour") else 5
    rest = copies * 4 * net.n_parameters + 4 * 257 * split.n_features
    assert bytes_of(folder) + rest <= FOLDER_BYTES


def test_large_snapshots_stay_under_their_limit(folder, model, split, monkeypatch):
    monkeypatch.setattr(of_snapshots, "LEAST_BYTES", 50_000)
    monkeypatch.setattr(of_snapshots, "MOST_BYTES", 50_000)
    snapshots = Snapshots(folder)
    for epoch in range(1, 81):
        snapshots.add(epoch, model, split)
        assert bytes_of(folder) <= 50_000
    assert len(snapshots.epochs()) >= 4


def test_a_resumed_run_thins_as_an_uninterrupted_one(tmp_path, model, split, monkeypatch):
    monkeypatch.setattr(of_snapshots, "MOST_SNAPSHOTS", 64)
    folders = [fresh(tmp_path / "whole"), fresh(tmp_path / "resumed")]
    whole = Snapshots(folders[0])
    fill(whole, range(1, 132), model, split)
    fill(Snapshots(folders[1]), range(1, 151), model, split)
    again = Snapshots(folders[1])
    again.drop_after(131)
    assert max(again.epochs()) <= 131
    for epoch in range(132, 171):
        fill(whole, [epoch], model, split)
        fill(again, [epoch], model, split)
        assert again.epochs() == whole.epochs()


def test_the_last_epoch_can_be_kept_out_of_turn_and_a_longer_training_keeps_its_spacing(
    folder, model, split, monkeypatch
):
    monkeypatch.setattr(of_snapshots, "MOST_SNAPSHOTS", 20)
    snapshots = Snapshots(folder)
    fill(snapshots, range(1, 31), model, split)
    snapshots.add(31, model, split)
    assert 31 not in snapshots.epochs()
    snapshots.add(31, model, split, always=True)
    assert snapshots.epochs()[-1] == 31
    longer = Snapshots(folder)
    fill(longer, range(32, 37), model, split)
    assert longer.epochs()[-4:] == [31, 32, 34, 36]


def test_an_epoch_that_was_not_kept_or_is_torn_says_so(folder, model, split):
    snapshots = Snapshots(folder)
    with pytest.raises(RunError, match=r"000003\.safetensors .*missing or damaged"):
        snapshots.read(3)
    fill(snapshots, (1, 2), model, split)
    path = folder / "snapshots" / "000001.safetensors"
    assert snapshots.read(1).epoch == 1
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(RunError, match=r"000001\.safetensors .*missing or damaged"):
        snapshots.read(1)
    assert snapshots.read(2).epoch == 2
    save_file({"z": np.ones(3)}, path)
    with pytest.raises(RunError, match=r"000001\.safetensors .*missing or damaged"):
        snapshots.read(1)
    path.unlink()
    with pytest.raises(RunError, match=r"000001\.safetensors .*missing or damaged"):
        snapshots.read(1)


def test_a_torn_snapshot_does_not_stop_a_resumed_run(folder, model, split):
    fill(Snapshots(folder), (1, 2), model, split)
    (folder / "snapshots" / "000002.safetensors").write_bytes(b"torn")
    Snapshots(folder).add(3, model, split)
    np.testing.assert_array_equal(Snapshots(folder).read(3).turn, np.eye(2))


def test_a_snapshot_is_read_once_and_anew_where_it_was_written_anew(folder, model, split):
    snapshots = Snapshots(folder)
    snapshots.add(1, model, split)
    first = snapshots.read(1)
    assert Snapshots(folder).read(1) is first
    with pytest.raises(ValueError, match="read-only"):
        first.z[0] = 0
    snapshots.drop_after(0)
    snapshots.add(1, build(dataclasses.replace(SPEC, seed=5), 13), split)
    os.utime(folder / "snapshots" / "000001.safetensors", ns=(time.time_ns(), time.time_ns() + 1))
    assert not np.array_equal(Snapshots(folder).read(1).z, first.z)


def test_a_refresh_of_a_long_run_takes_milliseconds(folder, model, split):
    fill(Snapshots(folder), range(1, MOST_SNAPSHOTS + 1), model, split)
    for epoch in Snapshots(folder).epochs():
        Snapshots(folder).read(epoch)

    def refresh():
        begun = time.perf_counter()
        for epoch in Snapshots(folder).epochs()[-8:]:
            Snapshots(folder).read(epoch)
        return time.perf_counter() - begun

    assert min(refresh() for _ in range(5)) < 0.005


def test_no_weights_are_kept_and_a_file_is_small(folder, model, split):
    Snapshots(folder).add(1, model, split)
    arrays = load_file(folder / "snapshots" / "000001.safetensors")
    assert not [name for name in arrays if "weight" in name]
    assert arrays["latent"].dtype == arrays["activity"].dtype == np.float16


def test_files_of_others_are_no_epochs(folder):
    (folder / "snapshots" / ".tmp-123").write_text("half a file")
    (folder / "snapshots" / "notes.txt").write_text("mine")
    (folder / "snapshots" / "notes.safetensors").write_text("mine too")
    assert Snapshots(folder).epochs() == []


def test_a_run_writes_them_all_along(store):
    """Through the runner: from the first epoch to the last, with the codes of that very epoch's network."""
    runner = InlineRunner(Store(store))
    spec = dataclasses.replace(SPEC, epochs=7, patience=0)
    run = Run(runner.store, start(runner, spec))
    assert run.state == "done"
    assert run.snapshot_epochs() == list(range(1, 8))
    assert all(run.snapshot(epoch).latent is not None for epoch in run.snapshot_epochs())
