"""What the configuration promises: Streamlit obeys ours, the first start asks nothing, CI runs the README's command."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import pytest_socket

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / ".streamlit" / "config.toml"

OPEN_COMMAND = (
    "python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt && streamlit run app.py"
)
TEST_COMMAND = (
    "python3 -m venv .venv && . .venv/bin/activate && "
    "pip install -r requirements.txt -r tests/requirements.txt && python -m pytest"
)

# Prints as JSON what the options given as arguments are once Streamlit has read its files; null for an unknown one.
READ_OPTIONS = """
import json, sys
from streamlit import config
config.get_config_options()
def value(name):
    try:
        return config.get_option(name)
    except RuntimeError:
        return None
sys.stdout.write("\\n" + json.dumps({name: value(name) for name in sys.argv[1:]}))
"""

PROMISES = {
    "browser.gatherUsageStats": False,
    "browser.serverAddress": "localhost",
    "client.disableDataExport": True,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,
    "server.disconnectedSessionTTL": 120,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 200,
    "server.showEmailPrompt": False,
}


def options(table: dict, prefix: str = "") -> dict:
    """The entries of a configuration file under their full names, such as `theme.dark.textColor`."""
    flat = {}
    for key, value in table.items():
        flat |= options(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def fresh_environment(home: Path, **more: str) -> dict[str, str]:
    """This environment as a newcomer has it: an empty home folder and no Streamlit settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    return {**kept, "HOME": str(home), **more}


def options_in_force(names: list[str], home: Path, folder: Path = ROOT) -> dict:
    """What a Streamlit started in `folder` makes of these options; None for one it does not know."""
    done = subprocess.run(
        [sys.executable, "-c", READ_OPTIONS, *names],
        cwd=folder,
        env=fresh_environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #RRGGBB colours, 1 to 21 (WCAG 2.2)."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def first_start(tmp_path, *flags: str) -> tuple[str, str]:
    """Starts Streamlit as a newcomer at a screen does, with nothing to read from.

    Returns:
        The address it opened in the browser ("" if it ended before opening one), and its output.
    """
    opened, log = tmp_path / "opened", tmp_path / "log"
    script = tmp_path / "app.py"
    script.write_text("import streamlit")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("xdg-open", "open"):  # Linux and macOS open a browser by these
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "$1" > "{opened}.part" && mv "{opened}.part" "{opened}"\n')
        program.chmod(0o755)
    environment = fresh_environment(tmp_path, DISPLAY=":0", PATH=f"{programs}:{os.environ['PATH']}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port), *flags]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while process.poll() is None and not opened.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        return opened.read_text().strip() if opened.exists() else "", log.read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_streamlit_takes_every_option_of_our_file(tmp_path):
    ours = options(tomllib.loads(CONFIG.read_text(encoding="utf-8")))
    assert options_in_force(list(ours), home=tmp_path) == ours


def test_an_option_that_streamlit_does_not_know_is_caught(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[runner]\npostScriptGarbage = false\nmagicEnabled = false\n")
    names = ["runner.postScriptGarbage", "runner.magicEnabled"]
    assert options_in_force(names, home=tmp_path, folder=tmp_path) == {names[0]: None, names[1]: False}


def test_privacy_safety_and_speed_settings_are_in_force(tmp_path):
    assert options_in_force(list(PROMISES), home=tmp_path) == PROMISES


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_buttons_stand_out_from_the_page(scheme):
    theme = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][scheme]
    for background in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], background) >= 7
        assert contrast(theme["linkColor"], background) >= 4.5
        assert contrast(theme["primaryColor"], background) >= 3
    assert contrast(theme["primaryColor"], "#FFFFFF") >= 4.5  # the text of a primary button is white in both


def test_fonts_come_from_the_app_itself():
    ours = options(tomllib.loads(CONFIG.read_text(encoding="utf-8")))
    assert ours["theme.font"] == "sans-serif"
    assert [name for name, value in ours.items() if "://" in str(value)] == []


def test_the_first_start_opens_the_browser_and_asks_nothing(tmp_path):
    address, log = first_start(tmp_path)
    assert re.fullmatch(r"http://localhost:\d+", address), log
    assert "email" not in log.lower()


def test_a_first_start_that_asks_something_is_caught(tmp_path):
    address, log = first_start(tmp_path, "--server.showEmailPrompt", "true")
    assert address == ""
    assert "email" in log.lower()


def test_a_test_cannot_reach_another_machine():
    with socket.socket() as outgoing, pytest.raises(pytest_socket.SocketConnectBlockedError):
        outgoing.connect(("192.0.2.1", 80))  # an address kept for documentation (RFC 5737)


@pytest.mark.parametrize("file", ["requirements.txt", "tests/requirements.txt", "playground/bench/requirements.txt"])
def test_every_requirement_is_pinned(file):
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if line and not re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+( *;.*)?", line)] == []


@pytest.mark.parametrize("command", [OPEN_COMMAND, TEST_COMMAND], ids=["open", "test"])
def test_the_readme_gives_the_command(command):
    readme = ROOT / "README.md"
    assert readme.exists(), "README.md is missing"
    assert command in readme.read_text(encoding="utf-8").splitlines()


def test_ci_runs_the_command_of_the_readme_and_every_check():
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert os.access(script, os.X_OK)
    assert f"test_command='{TEST_COMMAND}'" in lines
    for step in ('bash -c "$test_command"', "ruff check", "ruff format --check", "lint-imports", "mypy"):
        assert any(step in line and not line.lstrip().startswith("#") for line in lines), step
