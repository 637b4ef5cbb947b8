"""Every hostile or awkward file: read rightly, or refused with its sentence, in under 2 s and 200 MB, and no trace."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # as the script beside it does, so that both have the same registry

import corpus_tables  # noqa: E402, F401 (imported to register)
from corpus import CORPUS, EITHER, READ  # noqa: E402

MOST_SECONDS = 2.0
MOST_MEGABYTES = 200.0

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured as Linux does")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What came of every entry, each read in a process of its own, and the folders they could have written to."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("cwd", "tmp", "home")}
    environment = os.environ | {"TMPDIR": str(folders["tmp"]), "HOME": str(folders["home"])}
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, HERE / "read_corpus.py"],
        cwd=folders["cwd"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    return {row["what"]: row for row in rows}, folders, ran.stderr


@pytest.mark.parametrize("what", CORPUS)
def test_it_is_read_or_refused_with_its_sentence(what, results):
    result = results[0][what]
    if result["expected"] == EITHER:
        assert result["outcome"] in ("read", "refused"), result["sentence"]
        return
    assert result["outcome"] == ("read" if result["expected"] == READ else "refused"), result["sentence"]
    if result["expected"] != READ:
        assert re.search(result["expected"], result["sentence"])
        assert result["sentence"].endswith(".")
    assert result["sentence"].isprintable()


@pytest.mark.parametrize("what", CORPUS)
def test_it_takes_little_time_and_memory(what, results):
    assert results[0][what]["seconds"] < MOST_SECONDS
    assert results[0][what]["megabytes"] < MOST_MEGABYTES


def test_nothing_is_written_and_nothing_escapes_to_the_screen(results):
    _, folders, said = results
    assert {name: list(folder.iterdir()) for name, folder in folders.items()} == {"cwd": [], "tmp": [], "home": []}
    assert "Traceback" not in said


def test_there_are_enough_of_them():
    assert len(CORPUS) >= 60  # 200 at the time of writing
