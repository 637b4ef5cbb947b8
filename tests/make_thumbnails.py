"""Draws the gallery's thumbnails of the built-in data sets anew: `PYTHONPATH=. python tests/make_thumbnails.py`."""

from pathlib import Path

from playground.data import BUILTIN
from playground.figures.thumbnail import thumbnail

FOLDER = Path(__file__).resolve().parents[1] / "playground" / "ui" / "assets" / "thumbnails"


def make_thumbnails() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, make in BUILTIN.items():
        (FOLDER / f"{name}.png").write_bytes(thumbnail(make()))


if __name__ == "__main__":
    make_thumbnails()
