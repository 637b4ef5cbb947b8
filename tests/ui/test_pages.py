"""What every page in the frame's registry holds to, whatever the address says of the run."""

import pytest

from playground.ui import frame

PATHS = [path for _, _, _, path in frame.PAGES]
OF_A_RUN = [path for path in PATHS if path not in ("", "data")]  # the welcome run and the data need no run
NOWHERE = "0" * 32

any_page = pytest.mark.parametrize("path", PATHS, ids=lambda path: path or "home")
page_of_a_run = pytest.mark.parametrize("path", OF_A_RUN)


def holds_together(visitor):
    """What a visitor may expect of any page at any time."""
    assert len(visitor.app.title) == 1
    assert visitor.app.title[0].value[0].isupper()
    keys = [widget.key for widget in visitor.widgets]
    assert all(keys), f"a widget has no key: {visitor.widgets}"
    assert [widget.key for widget in visitor.widgets if not widget.help] == []
    return True


@any_page
def test_a_page_opens_without_a_run(visit, finished, path):
    visitor = visit(path)
    assert holds_together(visitor)
    assert visitor.complaints == []


@any_page
def test_a_page_opens_with_a_finished_run(visit, finished, path):
    visitor = visit(path, run=finished.id)
    assert holds_together(visitor)
    assert visitor.complaints == []


@page_of_a_run
def test_a_page_says_what_to_do_when_it_has_no_run(visit, finished, path):
    visitor = visit(path)
    assert visitor.app.info
    assert "rain" in visitor.app.info[0].value


@any_page
@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (NOWHERE, f"There is no run {NOWHERE}: it may have been deleted. Train a new one."),
        ("../../etc/passwd", "'../../etc/passwd' is not the id of a run: open the link again, or train a new one."),
        ("", "'' is not the id of a run: open the link again, or train a new one."),
        (NOWHERE + "\n", f"'{NOWHERE}\n' is not the id of a run: open the link again, or train a new one."),
    ],
    ids=["unknown", "path", "empty", "trailing line break"],
)
def test_a_page_says_which_run_it_cannot_open(visit, finished, path, run, sentence):
    visitor = visit(path, run=run)
    assert holds_together(visitor)
    assert visitor.complaints == ([sentence] if path in OF_A_RUN else [])


@any_page
@pytest.mark.parametrize(
    "record",
    ['{"schema": 1, "id', "", "[]", '{"schema": 1, "spec": 3}', '{"schema": 99, "spec": {}}'],
    ids=["half", "empty", "list", "no settings", "newer"],
)
def test_a_page_says_that_a_torn_record_cannot_be_opened(visit, finished, write_run, path, record):
    torn = write_run("done")
    (torn.folder / "run.json").write_text(record)
    visitor = visit(path, run=torn.id)
    assert holds_together(visitor)
    if path in OF_A_RUN:
        (sentence,) = visitor.complaints
        assert torn.id in sentence
        assert "cannot be opened" in sentence


@any_page
def test_a_page_says_that_settings_of_a_run_cannot_be_read(visit, finished, write_run, runs, path):
    odd = write_run("done")
    runs.update(odd.id, spec=odd.spec.to_json() | {"latent_dim": 0})
    visitor = visit(path, run=odd.id)
    assert holds_together(visitor)
    if path in OF_A_RUN:
        (sentence,) = visitor.complaints
        assert sentence.startswith(f"The settings of run {odd.id} cannot be read: latent_dim='0' is not possible")


@any_page
@pytest.mark.parametrize(
    "name", ["model.safetensors", "pca.safetensors", "linear.safetensors", "metrics.jsonl", "snapshots"]
)
def test_a_page_opens_when_a_file_of_its_run_is_torn(visit, finished, path, name):
    files = [finished.folder / name]
    if name == "snapshots":
        files = list((finished.folder / name).iterdir())
    for file in files:
        file.write_bytes(file.read_bytes()[:20])
    visitor = visit(path, run=finished.id)
    assert holds_together(visitor)
    assert len(visitor.complaints) <= 1


@any_page
@pytest.mark.parametrize("state", ["new", "queued", "running", "paused", "interrupted", "crashed", "failed"])
def test_a_page_opens_with_a_run_that_has_not_ended(visit, finished, write_run, path, state):
    assert holds_together(visit(path, run=write_run(state).id))


@any_page
def test_a_page_opens_when_the_data_of_its_run_are_gone(visit, finished, write_run, runs, path):
    orphan = write_run("done")
    runs.update(orphan.id, spec=orphan.spec.to_json() | {"data": "file-" + NOWHERE})
    visitor = visit(path, run=orphan.id)
    assert holds_together(visitor)
    if path in OF_A_RUN:
        assert any("There is no data set 'file-" in sentence for sentence in visitor.complaints)


@pytest.mark.parametrize("path", ["data", "train"])
def test_a_run_whose_data_are_gone_leaves_other_data_to_choose(visit, write_run, runs, path):
    orphan = write_run("done")
    runs.update(orphan.id, spec=orphan.spec.to_json() | {"data": "file-" + NOWHERE})
    visitor = visit(path, run=orphan.id)
    assert any("There is no data set 'file-" in sentence for sentence in visitor.complaints)
    assert visitor.set("data", "wine").form["data"] == "wine"
