"""The one place where errors become words on a page: what the visitor can mend, and what is our own bug."""

from __future__ import annotations

import logging
import traceback
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import streamlit as st

from playground.errors import PlaygroundError

log = logging.getLogger(__name__)

# Characters that Streamlit's markdown would take for formatting; names of files and columns are shown as they are.
MARKDOWN = set("\\`*_{}[]()#+-.!|<>$:~^")


def plain(text: str) -> str:
    """`text` as it is, in a place that reads markdown."""
    text = text.replace(":material/", ":\u2060material/")  # Streamlit draws an icon even where the colon is escaped
    return "".join(f"\\{character}" if character in MARKDOWN else character for character in text)


@contextmanager
def shown() -> Iterator[None]:
    """Shows what the visitor can mend as an error, in place of what was to be drawn here; the page goes on below."""
    try:
        yield
    except PlaygroundError as error:
        st.error(plain(str(error)))


def warn(sentences: Iterable[str]) -> None:
    """Shows each sentence as a warning."""
    for sentence in sentences:
        st.warning(plain(sentence))


def incident(error: Exception) -> None:
    """Logs a bug of ours with an id, and shows the visitor the id and that their data are safe."""
    number = uuid.uuid4().hex[:8]
    log.error("incident %s\n%s", number, "".join(traceback.format_exception(error)))
    st.error(
        f"Something went wrong on our side (incident {number}). Your data and runs are safe: reload the page, "
        "or go on with another one."
    )
