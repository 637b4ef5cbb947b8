"""One's own data on the data page: what is said, what can be changed there, and what is kept to oneself."""

import dataclasses
import io
import json
import re
import shlex
import zipfile

import numpy as np
import pytest
from PIL import Image

from playground.__main__ import main
from playground.data import BUILTIN, load
from playground.data.online import ONLINE
from playground.data.reading.options import READ_FIELDS, ReadOptions
from playground.errors import DataError
from playground.runs.run import Run
from playground.ui import gallery, reading, state

RNG = np.random.default_rng(0)


def mixed(n=80):
    """A German export: two lines of text, decimal commas, a code for missing, an identifier, dates and categories."""
    rows = [
        f"{k + 1};{4000 + 25 * k},5;{['Biscoe', 'Dream', 'Torgersen'][k % 3]};2021-03-{k % 28 + 1:02d};"
        f"{-200 if k % 4 == 0 else k % 9};{'NA' if k % 8 == 0 else k},25;{'ab'[k % 2]}"
        for k in range(n)
    ]
    return "\n".join(["From the lab", "", "nr;mass;island;seen;temp;depth;kind", *rows]).encode()


def pictures():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for k in range(24):
            picture = io.BytesIO()
            Image.fromarray(RNG.integers(0, 256, (90, 70, 3)).astype(np.uint8)).save(picture, "PNG")
            archive.writestr(f"{'cat' if k % 2 else 'dog'}/{k}.png", picture.getvalue())
        archive.writestr("readme.txt", "hello")
    return buffer.getvalue()


@pytest.fixture
def mine(visit):
    """The data page right after the mixed table was brought."""
    visitor = visit("data").upload("mine.csv", mixed())
    assert visitor.complaints == []
    return visitor


@pytest.mark.parametrize("name", BUILTIN)
def test_every_built_in_is_chosen_by_its_picture(visit, name):
    visitor = visit("data", data="wine" if name != "wine" else "iris").press(f"choose_{name}")
    assert visitor.complaints == []
    assert visitor.address["data"] == name
    button = visitor.widget(f"choose_{name}")
    assert "![" in button.label
    assert "data:image/png;base64," in button.label
    assert BUILTIN[name].lesson.split(":")[0] in re.sub(r"\\", "", button.help)


def test_the_chosen_one_is_marked(visit):
    visitor = visit("data").press("choose_circle")
    marked = [b.key for b in visitor.app.button if b.key.startswith("choose_") and b.proto.type == "primary"]
    assert marked == ["choose_circle"]


def test_every_decision_is_said_in_words(mine):
    for words in ("a semicolon between the cells", "1 line before the table left out", "names in the first row"):
        assert mine.reads(words)
    assert mine.reads("decimal comma")
    assert mine.reads("Ignored: nr (counts the rows: looks like an identifier).")
    assert mine.reads("kind colours the samples and is no input.")
    assert mine.reads("10 missing cells are filled with the mean of the column")


def test_every_option_that_matters_can_be_changed_on_the_page(mine):
    shown = {widget.key.removeprefix("read_") for widget in mine.widgets if (widget.key or "").startswith("read_")}
    tables = {name for name, field in READ_FIELDS.items() if field.group in ("text", "table")}
    assert shown == tables - {"as_images"}  # nothing here looks like a picture
    for name in shown:
        assert "Now **" in mine.widget(f"read_{name}").help


def test_a_changed_option_reads_the_file_again(mine):
    before = mine.address["data"]
    mine.set("read_header", "no")
    assert mine.complaints == []
    assert mine.reads("no row of names")
    assert mine.address["data"] != before
    mine.press("read_reset")
    assert mine.address["data"] == before


def test_an_option_that_reads_nothing_says_so_and_leaves_the_way_back(mine):
    mine.set("read_separator", "bar")
    assert mine.complaints != []
    mine.set("read_separator", "auto")
    assert mine.complaints == []


def test_letters_read_in_the_wrong_encoding_leave_the_way_back(visit):
    content = mixed().decode().replace("island", "größe").encode("cp1252")
    visitor = visit("data").upload("mine.csv", content).set("read_encoding", "utf-8")
    assert any("is not text in utf-8" in sentence for sentence in visitor.complaints)
    visitor.press("read_reset")
    assert visitor.complaints == []
    assert visitor.reads("letters in cp1252 (a guess)")


def test_a_table_that_does_not_fit_its_separator_can_still_be_read_with_another(visit):
    rows = [f"{k},{k * 3 % 7};{k * 5 % 11},5;{k % 4}" + (",9,9,9" if k % 2 else "") for k in range(60)]
    visitor = visit("data").upload("mine.csv", "\n".join(["a;b;c", *rows]).encode()).set("read_separator", "comma")
    assert visitor.complaints != []
    visitor.set("read_separator", "semicolon")
    assert not any("more cells" in sentence for sentence in visitor.complaints)


def test_a_code_for_missing_is_offered_and_taken_only_on_a_click(mine):
    offer = "Treat \u2212200 as missing? (20 cells in temp)"
    assert mine.reads(offer)
    dataset = mine.app.query_params["data"]
    mine.press("offer_0")
    assert mine.complaints == []
    assert not mine.reads(offer)
    assert mine.app.query_params["data"] != dataset
    assert mine.widget("read_missing_values").value == "-200"


def test_the_columns_are_listed_with_the_reason_for_every_default(mine):
    table = next(frame.value for frame in mine.app.dataframe if "why" in frame.value.columns)
    assert table["name"].tolist() == ["nr", "mass", "island", "seen", "temp", "depth", "kind"]
    assert table["role"].tolist() == ["ignore", *["input"] * 5, "colour"]
    assert table["type"].tolist() == ["number", "number", "category", "date", "number", "number", "category"]
    assert all(table["why"])
    assert table["missing"].tolist()[5] == "10: 'NA,25' (10)"
    assert table["if missing"].tolist()[5] == "impute"


def edit(visitor, monkeypatch, changes):
    """What the page does when the visitor edits the table of columns: row -> column -> value."""
    source = visitor.app.session_state["_sources"][visitor.address["data"]]
    taken = {}
    monkeypatch.setattr(state, "got", lambda key: {"edited_rows": changes})
    monkeypatch.setattr(state, "put", lambda values, only_missing: taken.update(values))
    monkeypatch.setattr(state, "bring", lambda source: taken.update(source=source))
    names = ["nr", "mass", "island", "seen", "temp", "depth", "kind"]
    columns = [dataclasses.make_dataclass("Column", ["original"])(name) for name in names]
    reading._edited(source, ReadOptions.from_json(json.loads(source.options)), columns, "key")
    return taken


def test_an_edited_cell_becomes_an_option_of_its_column(mine, monkeypatch):
    changes = {1: {"role": "ignore", "name": "weight"}, "2": {"type": "text", "if missing": "drop", "weight": 2.0}}
    brought = edit(mine, monkeypatch, changes)["source"]
    assert json.loads(brought.options)["columns"] == {
        "mass": {"role": "ignore", "name": "weight"},
        "island": {"type": "text", "missing": "drop", "weight": "2.0"},
    }


def test_an_edit_that_cannot_be_is_said(mine, monkeypatch):
    taken = edit(mine, monkeypatch, {1: {"role": "label"}})
    assert "role='label' must be one of input, colour, ignore" in taken["_reading_problem"]
    assert "source" not in taken


def test_a_file_of_an_archive_is_chosen_on_the_page(visit):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("big.csv", mixed(90))
        archive.writestr("small.csv", mixed(40))
    visitor = visit("data").upload("all.zip", buffer.getvalue())
    assert visitor.complaints == []
    first = visitor.address["data"]
    assert set(visitor.widget("read_member").options) >= {"big.csv", "small.csv"}
    visitor.set("read_member", "small.csv")
    assert visitor.complaints == []
    assert visitor.address["data"] != first


def test_pictures_are_fitted_as_the_visitor_chooses(visit):
    visitor = visit("data").upload("pets.zip", pictures())
    assert visitor.complaints == []
    assert visitor.reads("24 pictures read; left out: 1 .txt")
    assert visitor.reads("crop: fills the square")
    first = visitor.address["data"]
    visitor.set("read_fit", "stretch").set("read_size", 16)
    assert visitor.complaints == []
    assert visitor.address["data"] != first
    assert visitor.reads("16×16 pixels")
    visitor.set("read_size", None).set("read_fit", "auto")
    assert visitor.address["data"] == first


def test_the_command_that_is_shown_reads_the_file_the_same_way(mine, runs, tmp_path, monkeypatch, capsys):
    mine.press("offer_0").go("train").set("epochs", 2).press("train")
    assert mine.complaints == []
    run = Run(runs, runs.run_ids()[0])
    assert run.is_finished, run.message
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_bytes(mixed())
    mine.open("reproduce")
    code = next(element.value for element in mine.app.code if element.value.startswith("python -m playground train"))
    assert "--missing-values" in code
    assert main(shlex.split(code)[3:]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["spec"]["data"] == run.spec.data
    assert result["val_error"] == run.history.val_error


def test_another_session_sees_the_data_by_their_link_but_not_the_file(mine, visit):
    theirs = visit("data", **mine.address)
    assert theirs.complaints == []
    assert not theirs.reads("How it was read")
    assert not any("why" in frame.value.columns for frame in theirs.app.dataframe)


def test_a_file_that_the_server_has_forgotten_is_asked_for_again(mine, runs):
    for path in (runs.folder / "uploads").iterdir():
        path.unlink()
    mine.set("read_header", "no")
    assert mine.complaints == ["The server has forgotten these files, which it keeps for a day: upload them again."]


def test_a_failed_reading_leaves_the_last_one_on_show_and_says_so(mine):
    first = mine.address["data"]
    mine.press("offer_0").press("read_reset")
    assert mine.address["data"] == first
    mine.set("read_separator", "bar")
    assert mine.complaints != []
    assert mine.address["data"] == first
    assert mine.reads("What was brought last cannot be used yet; on show is still mine.csv.")


def test_only_the_last_reading_of_a_file_stands_in_the_list(mine):
    mine.press("offer_0")
    assert [title for title in mine.widget("data").options if "mine" in title] == ["mine.csv"]


def test_another_file_beside_the_first_keeps_what_was_said(mine):
    mine.press("offer_0")
    mine.set("upload", [("mine.csv", mixed(), "text/csv"), ("other.csv", mixed(30), "text/csv")])
    assert mine.complaints == []
    assert mine.widget("read_missing_values").value == "-200"
    assert mine.reads("Left out: other.csv.")


def test_the_first_lines_of_the_file_can_be_looked_at(mine):
    assert any(code.value.startswith("From the lab") for code in mine.app.code)


def test_nothing_of_reading_is_left_behind(mine, runs):
    assert not list(runs.folder.glob(".reading-*"))
    assert len(list((runs.folder / "uploads").iterdir())) == 1
    assert len(list((runs.folder / "data").iterdir())) == 1


def test_another_choice_puts_ones_own_file_aside_and_it_can_be_taken_up_again(mine):
    name = mine.address["data"]
    mine.set("data", "wine")
    assert not mine.reads("How it was read")
    mine.set("data", name)
    assert mine.reads("How it was read")


@pytest.mark.parametrize("name", ONLINE)
def test_what_can_be_fetched_says_its_size_source_and_licence_before_anything_is_fetched(visit, name):
    visitor = visit("data")
    entry = ONLINE[name]
    assert visitor.reads(entry.size)
    assert visitor.reads(f"From {entry.source}.")
    assert visitor.reads(entry.licence)
    assert visitor.widget(f"fetch_{name}").label == "Fetch"


def test_without_a_connection_there_is_a_sentence_and_the_data_stay(visit, monkeypatch):
    def refuse(name, progress):
        raise DataError("Could not download KMNIST (3 MB): no connection to example.org.")

    monkeypatch.setattr(gallery, "fetch", refuse)
    visitor = visit("data", data="wine").press("fetch_kmnist")
    assert visitor.complaints == ["Could not download KMNIST (3 MB): no connection to example.org."]
    assert visitor.address["data"] == "wine"


def test_what_was_fetched_is_put_on_show(visit, monkeypatch):
    dataset = dataclasses.replace(load("digits"), name="kmnist", title="KMNIST")
    monkeypatch.setattr(gallery, "fetch", lambda name, progress: [progress(share) for share in (0.0, 0.5, 1.0)])
    monkeypatch.setattr("playground.runs.store.load_online", lambda name: dataset)
    monkeypatch.setattr("playground.ui.form.is_here", lambda name: name == "kmnist")
    visitor = visit("data").press("fetch_kmnist")
    assert visitor.complaints == []
    assert visitor.address["data"] == "kmnist"
