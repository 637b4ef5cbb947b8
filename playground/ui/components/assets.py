"""The components' HTML, CSS and scripts, read from this folder."""

from __future__ import annotations

from importlib import resources


def asset(*names: str) -> str:
    """These files, one after the other."""
    folder = resources.files(__package__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)
