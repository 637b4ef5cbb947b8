"""The command line: the same job as the pages', one JSON object at the end, one sentence for every mistake."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from playground.__main__ import main
from playground.data import BUILTIN, load
from playground.data.online import ONLINE
from playground.models.spec import FIELDS, RunSpec
from playground.runs.run import Run
from playground.runs.store import Store

ROOT = Path(__file__).resolve().parents[1]
UNITS = ["sum_squared_error_per_sample", "mean_squared_error", "variance_unexplained"]


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "playground", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def csv(rows=40):
    values = np.random.default_rng(0).normal(size=(rows, 4)).round(3)
    return "\n".join(["a,b,c,d", *(",".join(map(str, row)) for row in values)])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The command of the README, once for all."""
    store = tmp_path_factory.mktemp("command-line")
    options = ["--data", "digits", "--latent-dim", "2", "--epochs", "3", "--seed", "0", "--json", "--store", store]
    return store, command("train", *options)


def test_training_prints_one_json_object_on_the_last_line(trained):
    _, done = trained
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["epochs"] == 3
    assert result["device"] == "cpu"
    assert result["seconds"] > 0
    assert list(result["test_error"]) == ["mean", "pca", "linear", "autoencoder"]
    for error in result["test_error"].values():
        assert list(error) == UNITS
        assert all(np.isfinite(value) and value > 0 for value in error.values())
        assert error["sum_squared_error_per_sample"] == pytest.approx(64 * error["mean_squared_error"])
    assert result["test_error"]["mean"]["variance_unexplained"] == 1
    assert result["test_error"]["linear"] == pytest.approx(result["test_error"]["pca"], rel=0.01)


def test_the_run_it_names_is_in_the_store_it_was_given(trained):
    store, done = trained
    result = json.loads(done.stdout.splitlines()[-1])
    run = Run(Store(store), result["run"])
    assert Path(result["folder"]) == run.folder
    assert run.is_finished
    assert run.spec == RunSpec.from_json(result["spec"])
    assert (run.spec.data, run.spec.latent_dim, run.spec.epochs, run.spec.seed) == ("digits", 2, 3, 0)
    assert {score.name: score.error for score in run.scores} == result["test_error"]
    assert run.history.val_error == result["val_error"]
    assert run.codec().encode(run.split.x_test).shape == (len(run.split.x_test), 2)


def test_compare_prints_the_whole_table_and_the_angles_of_the_linear_autoencoder(capsys, store):
    arguments = ["compare", "--data", "digits", "--latent-dim", "3", "--seed", "0", "--epochs", "2"]
    status, out, err = run_main(capsys, *arguments, "--json")
    assert (status, err) == (0, "")
    result = json.loads(out.splitlines()[-1])
    run = Run(Store(store), result["run"])
    assert list(result["codecs"]) == ["mean", "pca", "linear", "autoencoder"]
    for score, told in zip(run.scores, result["codecs"].values(), strict=True):
        assert list(told["error"]) == list(told["low"]) == list(told["high"]) == UNITS
        assert all(told["low"][unit] <= told["error"][unit] <= told["high"][unit] for unit in UNITS)
        assert (told["versus_pca"]["difference"], told["n_parameters"]) == (score.versus_pca[0], score.n_parameters)
    assert result["verdict"] == run.verdict != ""
    expected = np.degrees(
        subspace_angles(run.linear().state_dict()["decoder.0.weight"].numpy(), run.pca().components.T)
    )
    assert len(result["principal_angles_degrees"]) == 3
    assert result["principal_angles_degrees"] == pytest.approx(expected, abs=1e-3)
    assert max(result["principal_angles_degrees"]) < 1
    status, out, err = run_main(capsys, *arguments)
    assert (status, err) == (0, "")
    assert all(f"\n  {name} " in out for name in result["codecs"])
    assert "Principal angles" in out


def test_sweep_prints_every_m_in_three_units_and_trains_nothing_twice(capsys, store):
    arguments = ["sweep", "--data", "wine", "--latent-dims", "4,1,2", "--seed", "0", "--epochs", "2"]
    status, out, err = run_main(capsys, *arguments, "--json")
    assert (status, err) == (0, "")
    result = json.loads(out.splitlines()[-1])
    assert result["seconds"] > 0
    assert [point["latent_dim"] for point in result["points"]] == [1, 2, 4]
    for point in result["points"]:
        [one] = point["runs"]
        scores = {score.name: score.error for score in Run(Store(store), one["run"]).scores}
        assert (list(point["pca"]), list(point["autoencoder"])) == (UNITS, UNITS)
        assert (point["pca"], point["autoencoder"]) == (scores["pca"], scores["autoencoder"])
    status, out, _ = run_main(capsys, *arguments)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()[2:5]] == ["1", "2", "4"]
    assert len(Store(store).run_ids()) == 3


def test_a_sweep_of_two_seeds_gives_their_mean_and_both(capsys):
    arguments = ["sweep", "--data", "wine", "--latent-dims", "2", "--seeds", "3,1", "--epochs", "1", "--json"]
    [point] = json.loads(run_main(capsys, *arguments)[1].splitlines()[-1])["points"]
    assert [one["seed"] for one in point["runs"]] == [1, 3]
    for unit in UNITS:
        assert point["autoencoder"][unit] == pytest.approx(np.mean([one["autoencoder"][unit] for one in point["runs"]]))


def test_data_sets_are_listed():
    done = command("datasets", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    described = json.loads(done.stdout.splitlines()[-1])["datasets"]
    assert [entry["name"] for entry in described] == list(BUILTIN)
    for entry in described:
        dataset = load(entry["name"])
        assert (entry["n_samples"], entry["n_features"]) == dataset.x.shape
        assert entry["licence"] == dataset.licence
        assert entry["lesson"] == dataset.lesson


def run_main(capsys, *arguments):
    """Status, stdout and stderr of a command in this process."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as ended:
        status = ended.code
    return status, *capsys.readouterr()


def test_without_json_the_data_sets_are_a_line_each(capsys):
    status, out, _ = run_main(capsys, "datasets")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == [*BUILTIN, *ONLINE]


def test_without_json_the_comparison_is_a_table_with_its_unit(capsys):
    status, out, err = run_main(capsys, "train", "--data", "wine", "--epochs", "1")
    assert (status, err) == (0, "")
    assert "sum of squared errors per sample" in out
    for name in ("mean", "pca", "linear", "autoencoder"):
        assert f"\n  {name} " in out


@pytest.mark.parametrize("name", ["mine.csv", "file-1.csv", "DIGITS", "with space.csv"])
def test_a_file_can_be_trained_on(capsys, tmp_path, monkeypatch, store, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(csv())
    status, out, err = run_main(capsys, "train", "--data", name, "--epochs", "2", "--latent-dim", "1", "--json")
    assert (status, err) == (0, "")
    result = json.loads(out.splitlines()[-1])
    run = Run(Store(store), result["run"])
    assert run.dataset.title == name
    assert run.dataset.feature_names == ("a", "b", "c", "d")
    assert result["notes"][0].startswith("Read as: a comma between the cells")
    assert result["reading"]["report"]["counts"]["rows used"] == run.dataset.n_samples


def test_a_kept_file_can_be_trained_on_by_its_name(capsys, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(csv())
    options = ["--epochs", "2", "--latent-dim", "1", "--json"]
    first = json.loads(run_main(capsys, "train", "--data", path, *options)[1].splitlines()[-1])
    path.unlink()
    again = json.loads(run_main(capsys, "train", "--data", first["spec"]["data"], *options)[1].splitlines()[-1])
    assert again["val_error"] == first["val_error"]
    assert again["test_error"] == first["test_error"]


def test_the_options_of_a_spec_give_that_spec(capsys):
    spec = RunSpec(
        data="wine",
        only="cultivar 2",
        hidden=(7, 5),
        output="linear",
        epochs=2,
        learning_rate=0.003,
        batch_norm=False,
        split_seed=4,
    )
    status, out, _ = run_main(capsys, "train", *spec.to_options(), "--json")
    assert status == 0
    assert RunSpec.from_json(json.loads(out.splitlines()[-1])["spec"]) == spec


def test_a_run_that_blows_up_is_a_result_and_says_so(capsys):
    status, out, _ = run_main(capsys, "train", "--learning-rate", "1000", "--epochs", "2", "--json")
    result = json.loads(out.splitlines()[-1])
    assert (status, result["state"]) == (0, "diverged")
    assert "learning rate 1000 is probably too high" in result["message"]
    assert result["verdict"] == ""
    status, out, _ = run_main(capsys, "train", "--learning-rate", "1000", "--epochs", "2")
    assert (status, "None" in out) == (0, False)
    assert "diverged, before the end of its first epoch. Training diverged by step" in out


def test_help_names_every_setting_and_its_range(capsys):
    status, out, _ = run_main(capsys, "train", "--help")
    assert status == 0
    text = " ".join(out.split())
    for field in FIELDS.values():
        assert f"--{field.name.replace('_', '-')}" in text
        assert " ".join(field.help.split()) in text


MISTAKES = {
    "latent_dim=0": (["train", "--latent-dim", "0"], "latent_dim='0' .*from 1 to 16,384"),
    "latent_dim=99999": (["train", "--latent-dim", "99999"], "latent_dim='99999' .*from 1 to 16,384"),
    "latent_dim=65": (["train", "--latent-dim", "65"], "latent_dim=65 must be between 1 and 64"),
    "epochs=1e9": (["train", "--epochs", "1e9"], "epochs='1000000000' .*from 1 to 10,000"),
    "epochs=-5": (["train", "--epochs", "-5"], "epochs='-5' .*from 1 to 10,000"),
    "learning_rate=nan": (["train", "--learning-rate", "nan"], "learning_rate='nan' "),
    "model": (["train", "--model", "magic"], "model='magic' .*one of dense, linear"),
    "loss and output": (["train", "--loss", "binary_cross_entropy", "--output", "linear"], "needs output=sigmoid"),
    "loss and model": (["train", "--loss", "binary_cross_entropy", "--model", "linear"], "binary_cross_entropy needs"),
    "unknown data": (["train", "--data", "atlantis"], "There is no data set or file 'atlantis'"),
    "no such file": (["train", "--data", "no/such.csv"], "There is no data set or file 'no/such.csv'"),
    "a folder": (["train", "--data", "void"], "The folder void is empty"),
    "an endless name": (["train", "--data", "x" * 300], "There is no data set or file 'x"),
    "an empty file": (["train", "--data", "empty.csv"], r"empty\.csv is empty"),
    "a binary file": (["train", "--data", "binary.csv"], r"binary\.csv"),
    "a text": (["train", "--data", "text.csv"], r"text\.csv has no column to learn from"),
    "few rows": (["train", "--data", "few.csv"], r"few\.csv has only 3 rows"),
    "a store that is a file": (["train", "--data", "wine", "--store", "text.csv"], r"text\.csv"),
    "a store below a file": (["train", "--data", "wine", "--store", "text.csv/runs"], r"text\.csv"),
    "m=0 of a sweep": (["sweep", "--latent-dims", "0,2"], "latent_dim='0' .*from 1 to 16,384"),
    "m=65 of a sweep": (["sweep", "--latent-dims", "1,65"], "latent_dim=65 must be between 1 and 64"),
    "no number": (["sweep", "--latent-dims", "1,two"], "--latent-dims 1,two cannot be read: .*'1,2,4,8'"),
    "no m": (["sweep", "--latent-dims", ""], "--latent-dims .*cannot be read"),
    "bad seeds": (["sweep", "--seeds=-1"], "--seeds -1 cannot be read"),
    "unknown data to compare": (["compare", "--data", "atlantis"], "There is no data set or file 'atlantis'"),
    "no command": ([], "COMMAND.*'python -m playground --help'"),
    "unknown command": (["fly"], "fly.*'python -m playground --help'"),
    "unknown option": (["train", "--flavour", "red"], "flavour.*'python -m playground (train )?--help'"),
    "option without a value": (["train", "--epochs"], "epochs.*'python -m playground train --help'"),
}


def files_to_trip_over(folder):
    (folder / "void").mkdir()
    (folder / "empty.csv").write_text("")
    (folder / "binary.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (folder / "text.csv").write_text("The quick brown fox jumps over the lazy dog.\n" * 40)
    (folder / "few.csv").write_text("a,b\n1,2\n3,4\n5,6\n")


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_ends_with_status_2_and_one_line_that_says_what_is_wrong(
    capsys, tmp_path, monkeypatch, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    files_to_trip_over(tmp_path)
    status, out, err = run_main(capsys, *arguments)
    assert (status, out) == (2, "")
    assert re.search(sentence, err)
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    assert len(err) < 500


@pytest.mark.parametrize("arguments", [["train", "--latent-dim", "0"], ["train", "--data", "atlantis"], ["fly"]])
def test_a_mistake_is_no_traceback_for_the_shell_either(arguments, tmp_path):
    done = command(*arguments, PLAYGROUND_STORE=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_mistake_leaves_no_run_behind(capsys, store):
    run_main(capsys, "train", "--latent-dim", "65")
    assert not list(store.glob("runs/*"))
