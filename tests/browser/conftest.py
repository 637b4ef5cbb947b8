"""The running app and a real Chromium, for the tests that see a page as a visitor does.

`page` is one visitor at a 1280-pixel light screen; `open_page` opens more of them, narrow or dark. A test fails when
its page logs an error, throws one, or asks any other machine for something; a test that means to provoke that empties
`page_problems` before it ends.
"""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",  # Chromium refuses to start as root without it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # no other machine is found
]
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# A page below the root first looks for a server below its own path, a question of Streamlit's that nobody answers.
STREAMLITS_OWN_PROBE = re.compile(r"/[a-z]+/_stcore/(health|host-config)")
START_SECONDS = 60
SERVER_LOG = pytest.StashKey[Path]()

Server = namedtuple("Server", "url process store")


def pytest_collection_modifyitems(items):
    """Marks the tests of this folder, and runs them last: Playwright's event loop must not run beside other tests."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: HERE in item.path.parents)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    log = item.config.stash.get(SERVER_LOG, None)
    if report.failed and log and HERE in item.path.parents:
        report.sections.append(("the end of the app's log", log.read_text(encoding="utf-8", errors="replace")[-8000:]))
    return report


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_healthy(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def stop(process):
    """Ends the server and everything in its process group, the unwilling by force."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def serve(script, store, log):
    """Runs `script` under Streamlit with its own store and gives the `Server`; its output goes to `log`."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PLAYGROUND_STORE": str(store), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_healthy(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the app did not start:\n{log.read_text(errors='replace')[-8000:]}", pytrace=False)
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port}", process, store)
    finally:
        stop(process)


@pytest.fixture(scope="session")
def app(request, tmp_path_factory):
    """The running app, one for all tests, with a store of its own."""
    folder = tmp_path_factory.mktemp("app")
    request.config.stash[SERVER_LOG] = folder / "app.log"
    with serve(ROOT / "app.py", folder / "store", folder / "app.log") as server:
        yield server


@pytest.fixture(scope="session")
def app_url(app):
    """The address of the running app."""
    return app.url


@pytest.fixture
def start_app(request, tmp_path):
    """Starts the app for this test alone: `with start_app() as server`; again gives a new server on the same store."""

    def start():
        request.config.stash[SERVER_LOG] = tmp_path / "app.log"
        return serve(ROOT / "app.py", tmp_path / "app-store", tmp_path / "app.log")

    shared = request.config.stash.get(SERVER_LOG, None)
    yield start
    if shared:
        request.config.stash[SERVER_LOG] = shared


@pytest.fixture(scope="module")
def demo_url(request, tmp_path_factory):
    """The address of the demo of made-up data that the test's module names as its `DEMO`."""
    folder = tmp_path_factory.mktemp("demo")
    with serve(HERE / request.module.DEMO, folder / "store", folder / "demo.log") as server:
        request.module.DEMO_STORE = folder / "store"
        yield server.url


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium. Without one the test is skipped, except in CI, where it has to be there."""
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM}; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page_problems():
    """What went wrong in this test's pages: errors logged, errors thrown, and requests to other machines."""
    problems = []
    yield problems
    if problems:
        pytest.fail("the page had problems:\n" + "\n".join(problems), pytrace=False)


@pytest.fixture
def open_page(browser, page_problems):
    """Opens a page of a visitor of their own: `open_page(width=390, height=844, color_scheme="dark")`."""
    contexts = []

    def note_message(message):
        url = message.location.get("url", "")
        probe = "404" in message.text and STREAMLITS_OWN_PROBE.fullmatch(urlsplit(url).path)
        if message.type == "error" and not probe:
            page_problems.append(f"console: {message.text} ({url})")

    def note_request(url):
        address = urlsplit(url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in LOOPBACK:
            page_problems.append(f"asked another machine: {url}")

    def open_one(width=1280, height=900, color_scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=color_scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note_message)
        page.on("pageerror", lambda error: page_problems.append(f"thrown: {error}"))
        page.on("request", lambda request: note_request(request.url))
        page.on("websocket", lambda channel: note_request(channel.url))
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page):
    """One visitor's page, 1280 pixels wide and light, not yet at any address."""
    return open_page()


@pytest.fixture
def screenshot(page):
    """Saves what the visitor sees as `screenshots/<name>.png` (or in PLAYGROUND_SCREENSHOTS) and gives the path."""
    folder = Path(os.environ.get("PLAYGROUND_SCREENSHOTS") or ROOT / "screenshots")

    def save(name, of=page):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        of.screenshot(path=path)
        return path

    return save
