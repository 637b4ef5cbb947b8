"""The app driven without a browser: every test has its own server with an empty store, and Train trains at once."""

import json
import re
import shutil
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Widget

from playground.data import load
from playground.models.spec import FIELDS, RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.training.recipe import recommended
from playground.ui import frame, server

APP = Path(__file__).resolve().parents[2] / "app.py"
FILE = {path: file for file, _, _, path in frame.PAGES}


class Visitor:
    """One session: what is on its page, and what its visitor can do there. Every method leaves the page redrawn."""

    def __init__(self):
        self.app = AppTest.from_file(str(APP), default_timeout=60)
        self.opened = False

    def go(self, path, **address):
        """Opens a page; the address is what it was, and what is given here on top."""
        self.app.query_params.update(address)
        if path or self.opened:  # before its first run AppTest knows pages by their file's name only
            self.app.switch_page(f"pages/{FILE[path]}")
        self.opened = True
        return self.redrawn()

    def redrawn(self):
        self.app.run()
        assert not self.app.exception
        return self

    def set(self, key, value):
        self.widget(key).set_value(value)
        return self.redrawn()

    def press(self, key):
        self.widget(key).click()
        return self.redrawn()

    def open(self, key):
        """Opens a panel that is filled when it is opened."""
        self.app.session_state[key] = True
        return self.redrawn()

    def upload(self, name, content):
        return self.set("upload", (name, content, "text/csv"))

    @property
    def elements(self):
        def walk(node):
            for child in node.children.values():
                if isinstance(child, Block):
                    yield from walk(child)
                else:
                    yield child

        return [*walk(self.app.main), *walk(self.app.sidebar)]

    @property
    def widgets(self):
        return [element for element in self.elements if isinstance(element, Widget)]

    def widget(self, key):
        found = [widget for widget in self.widgets if widget.key == key]
        assert len(found) == 1, f"{len(found)} widgets on this page have the key {key}"
        return found[0]

    @property
    def buttons(self):
        return {button.key for button in self.app.button}

    @property
    def form(self):
        """What every widget of the form shows."""
        return {widget.key: widget.value for widget in self.widgets if widget.key in FIELDS}

    @property
    def address(self):
        return {
            name: values[0] if isinstance(values, list) else values for name, values in self.app.query_params.items()
        }

    @property
    def complaints(self):
        """Every error and warning on the page, as the visitor reads it."""
        return [unescaped(element.value) for element in (*self.app.error, *self.app.warning)]

    @property
    def words(self):
        """Every other sentence on the page, as the visitor reads it."""
        texts = (*self.app.markdown, *self.app.caption, *self.app.info, *self.app.subheader)
        return [unescaped(element.value) for element in texts]

    def reads(self, sentence):
        """Whether that stands anywhere on the page."""
        return any(sentence in text for text in (*self.complaints, *self.words))


def unescaped(markdown):
    """The text that a visitor reads where `markdown` escapes everything."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


@pytest.fixture(autouse=True)
def own_server(store, monkeypatch):
    """What a server has once, made anew for this test; `boot` would start threads that nothing ends."""
    monkeypatch.setenv("PLAYGROUND_RUNNER", "inline")
    monkeypatch.setattr(server, "boot", lambda: None)
    remember = PagesManager.__init__

    def forget_the_folder(self, *args, **more):
        PagesManager.uses_pages_directory = False  # as boot does; AppTest undoes it before every run
        remember(self, *args, **more)

    monkeypatch.setattr(PagesManager, "__init__", forget_the_folder)
    made_once = (server.store, server.runner)
    for once in made_once:
        once.cache_clear()
    yield
    for once in made_once:
        once.cache_clear()


@pytest.fixture
def runs(store):
    """This test's store, as the pages see it."""
    return Store(store)


@pytest.fixture
def visit():
    """Opens a page in a fresh session: `visit("train", latent_dim="3")`."""

    def fresh(path="", **address):
        return Visitor().go(path, **address)

    return fresh


@pytest.fixture(scope="session")
def settings():
    """Settings that train in a fraction of a second: `settings("digits", epochs=5)`."""

    def small(data, **more):
        quick = {"epochs": 3, "hidden": [16], "patience": 0}
        return RunSpec.from_json(recommended(load(data)).to_json() | quick | more)

    return small


@pytest.fixture(scope="session")
def trained(session_store, settings):
    """The folder of a small finished run on digits."""
    store = Store(session_store)
    return store.path(start(InlineRunner(store), settings("digits")))


@pytest.fixture
def finished(trained, runs):
    """A finished run in this test's store; the first page shows it too instead of training its own."""
    shutil.copytree(trained, runs.folder / "runs" / trained.name)
    (runs.folder / "welcome.json").write_text(json.dumps({"run": trained.name}))
    return Run(runs, trained.name)


@pytest.fixture
def write_run(runs, settings):
    """Writes a run folder by hand: in that state, with so many epochs behind it, and nobody at work on it."""

    def write(state, *, spec=None, epochs=0, **record):
        run_id = runs.create(spec or settings("digits"))
        runs.update(run_id, state=state, **record)
        row = {"train_loss": 3, "val_loss": 3, "train_error": 3, "val_error": 3, "learning_rate": 0.01}
        rows = [
            row | {"epoch": epoch, "seconds": epoch / 10, "samples_per_second": 1e4} for epoch in range(1, epochs + 1)
        ]
        (runs.path(run_id) / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return Run(runs, run_id)

    return write
