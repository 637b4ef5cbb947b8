"""The data page: what there is to learn from, and one's own file."""

import dataclasses

import numpy as np
import pytest

from playground.data import BUILTIN, load
from playground.data.reading.read import read_content
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.training.recipe import recommended

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(40, 3)) @ RNG.normal(size=(3, 5))
GOOD = "a,b,c,d,e\n" + "\n".join(",".join(f"{value:.4f}" for value in row) for row in ROWS)
EVIL = ("<img src=x onerror=alert(1)>", "$x$", ":red[a]", "[a](javascript:alert(1))", "**bold**")


def table(header, cell=None):
    """A CSV of 30 rows under that header; `cell` replaces the first value of the last row."""
    rows = [[f"{value:.3f}" for value in RNG.normal(size=len(header))] for _ in range(30)]
    if cell is not None:
        rows[-1][0] = cell
    return "\n".join(map(",".join, [header, *rows])).encode()


def metrics(visitor):
    return {metric.label: metric.value for metric in visitor.app.metric}


@pytest.mark.parametrize("name", BUILTIN)
def test_the_page_shows_how_large_the_data_are_and_how_they_are_split(visit, name):
    dataset = load(name)
    visitor = visit("data", data=name)
    assert visitor.complaints == []
    assert metrics(visitor)["Samples N"] == count(dataset.n_samples)
    assert metrics(visitor)["Features n"] == count(dataset.width)
    split = recommended(dataset).split(dataset)
    rows = [count(len(part)) for part in (split.train_rows, split.val_rows, split.test_rows)]
    assert visitor.reads(f"{rows[0]} rows for training, {rows[1]} for validation")
    assert visitor.reads(f"best epoch), {rows[2]} for the test")
    assert visitor.reads(dataset.lesson)
    assert visitor.reads(dataset.licence)


@pytest.mark.parametrize("name", BUILTIN)
def test_the_page_shows_the_error_of_the_mean_in_three_units(visit, name):
    split = recommended(load(name)).split(load(name))
    squares = (split.x_val.astype(float) - np.nanmean(split.x_train.astype(float), axis=0)) ** 2
    squares = np.nan_to_num(squares)  # a missing cell counts in no error
    shown = metrics(visit("data", data=name))
    assert shown["Sum of squared errors per sample"] == three(squares.sum(axis=1).mean())
    assert shown["Mean squared error per feature"] == three(squares.mean())
    assert shown["Share of variance left unexplained"] == "1.00"


def test_the_split_on_the_page_follows_its_settings(visit):
    visitor = visit("data", data="wine").set("test_fraction", 0.4).set("val_fraction", 0.3)
    assert visitor.complaints == []
    asked = dataclasses.replace(recommended(load("wine")), test_fraction=0.4, val_fraction=0.3)
    split = asked.split(load("wine"))
    assert len(split.test_rows) == 71
    assert visitor.reads(f"{len(split.train_rows)} rows for training, {len(split.val_rows)} for validation")
    assert visitor.reads("71 for the test")
    assert (visitor.address["test_fraction"], visitor.address["val_fraction"]) == ("0.4", "0.3")


def test_the_training_page_shows_the_data_and_the_split_chosen_on_this_page(visit):
    visitor = visit("data").set("data", "swiss_roll").set("test_fraction", 0.3)
    visitor.go("train")
    assert visitor.form["data"] == "swiss_roll"
    assert visitor.form["test_fraction"] == 0.3


def test_this_page_shows_the_data_and_the_split_chosen_on_the_training_page(visit):
    visitor = visit("train").set("data", "swiss_roll").set("test_fraction", 0.3)
    visitor.go("data")
    assert visitor.form["data"] == "swiss_roll"
    assert visitor.form["test_fraction"] == 0.3


def test_ones_own_file_is_read_shown_and_trained_on(visit, runs):
    visitor = visit("data").upload("mine.csv", GOOD.encode())
    assert visitor.complaints == []
    name = read_content("mine.csv", GOOD.encode()).name
    assert visitor.address["data"] == name
    assert metrics(visitor)["Samples N"] == "40"
    assert metrics(visitor)["Features n"] == "5"
    visitor.go("train").set("epochs", 3)
    visitor.press("train")
    assert visitor.complaints == []
    (run_id,) = runs.run_ids()
    run = Run(runs, run_id)
    assert run.state == "done"
    assert run.spec.data == name
    np.testing.assert_allclose(run.dataset.x, ROWS, atol=1e-4)


def test_a_table_of_one_column_can_be_trained_on(visit):
    visitor = visit("data").upload("one.csv", "\n".join(["a", *(f"{row[0]:.3f}" for row in ROWS)]).encode())
    assert visitor.complaints == []
    visitor.go("train").set("epochs", 2).press("train")
    assert visitor.complaints == []
    for page in ("explore", "compare", "reconstruct"):
        assert visitor.go(page).complaints == []


def test_ones_own_file_stays_chosen_while_the_page_is_used(visit):
    visitor = visit("data").upload("mine.csv", GOOD.encode()).set("test_fraction", 0.3)
    assert visitor.address["data"].startswith("file-")
    assert visitor.address["test_fraction"] == "0.3"


def test_another_data_set_can_be_chosen_while_ones_own_file_is_still_in_the_uploader(visit):
    visitor = visit("data").upload("mine.csv", GOOD.encode()).set("data", "wine")
    assert visitor.address["data"] == "wine"
    assert visitor.set("test_fraction", 0.3).address["data"] == "wine"


def test_one_can_go_back_to_ones_own_file(visit):
    visitor = visit("data").upload("mine.csv", GOOD.encode())
    name = visitor.address["data"]
    visitor.set("data", "wine").set("data", name)
    assert visitor.address["data"] == name


def test_ones_own_file_opens_by_its_address_in_another_session(visit):
    mine = visit("data").upload("mine.csv", GOOD.encode())
    theirs = visit("data", **mine.address)
    assert theirs.complaints == []
    assert theirs.widget("data").options[-1] == "mine.csv"
    assert theirs.form == mine.form


BAD = {
    "empty": (b"", "is empty"),
    "blank": (b" \n \n", "is empty"),
    "text": (b"\n".join(b"This is sentence %d of a letter." % (k * k) for k in range(40)), "no column to learn from"),
    "binary": (bytes(range(256)) * 20, "mine.csv"),
    "one row": (b"a,b\n1,2\n", "only 1 row"),
    "header only": (b"a,b\n", "no rows"),
    "no numbers": (b"name,town\n" + b"\n".join(b"n%d,t%d" % (i, i) for i in range(50)), "no column to learn from"),
    "torn rows": (b"a,b\n" + b"1,2\n" * 30 + b"1,2,3,4\n" * 9, "9 of 39 rows have more cells than the header"),
    "web page": (b"<!DOCTYPE html><html></html>", "is a web page"),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_file_that_cannot_be_used_is_named_and_the_data_stay(visit, runs, content, sentence):
    visitor = visit("data", data="wine")
    before = visitor.form
    visitor.upload("mine.csv", content)
    assert not visitor.app.exception
    (said,) = visitor.complaints
    assert "mine.csv" in said
    assert sentence in said
    assert visitor.address == {"data": "wine"}
    assert visitor.form == before
    assert list((runs.folder / "data").iterdir()) == []


def test_after_a_file_that_cannot_be_used_another_one_can_be_brought(visit):
    visitor = visit("data").upload("bad.csv", b"a,b\n1,2\n").upload("mine.csv", GOOD.encode())
    assert visitor.complaints == []
    assert visitor.address["data"].startswith("file-")


def markup(visitor):
    """Whatever is read as markdown on the page, and whatever is read as HTML."""
    app = visitor.app
    texts = (*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.title, *app.subheader)
    spoken = [getattr(widget, part) for widget in visitor.widgets for part in ("label", "help")]
    html = [element.proto.body for element in app.get("html")]
    html += [text.value for text in texts if getattr(text, "allow_html", False)]
    return [text.value for text in texts if text.value not in html] + spoken, html


def read_as_markup(text, visitor):
    """Where `text` stands on the page in such a way that a browser or Streamlit makes markup of it."""
    markdown, html = markup(visitor)
    return [body for body in markdown if text in body] + [body for body in html if "<" in text and text in body]


@pytest.mark.parametrize("text", EVIL)
def test_names_in_a_file_are_never_markup(visit, text):
    header = [text, f"{text} too", "c"]
    numbers = RNG.normal(size=(40, 2))
    rows = [f"{a:.2f},{b:.2f},{label}" for (a, b), label in zip(numbers, [text, "else"] * 20, strict=True)]
    visitor = visit("data").upload(f"{text}.csv", "\n".join([",".join(header), *rows]).encode())
    assert visitor.complaints == []
    visitor.go("train").set("epochs", 2).press("train")
    assert visitor.complaints == []
    for page in ("train", "explore", "compare", "reconstruct", "data"):
        visitor.go(page)
        assert read_as_markup(text, visitor) == []


@pytest.mark.parametrize("text", EVIL)
def test_names_in_an_error_are_never_markup(visit, text):
    visitor = visit("data").upload(f"{text}.csv", b"a,b\n1,2\n")
    (said,) = visitor.complaints
    assert text in said
    assert read_as_markup(text, visitor) == []
