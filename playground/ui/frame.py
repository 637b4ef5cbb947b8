"""The frame around every page: its settings, the way through the pages, and what happens when something escapes."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from playground.errors import PlaygroundError
from playground.runs.run import Run
from playground.ui import messages, server, state

FOLDER = Path(__file__).parents[2] / "pages"
ICON = Path(__file__).parent / "assets" / "icon.svg"  # a name or an emoji would be fetched from elsewhere

# Less empty room above the title than Streamlit leaves, so that a page's subject is in view at once. On a phone, where
# columns stand below each other, one that has nothing in it takes no room.
# A link that leads on looks like what it is for: the next step.
STYLE = """<style>
.stMainBlockContainer { padding-top: 3.75rem; padding-bottom: 3rem; }
@media (max-width: 640px) {
  .stColumn:not(:has(.stElementContainer)) { display: none; }
  .st-key-pad_section > :has(.st-key-pad_choices), .st-key-pad_choices { order: 1; }
}
[class*="st-key-next_"] a { background: #6A35C4; border-radius: 0.6rem; padding: 0.45rem 0.9rem; }
[class*="st-key-next_"] a:hover { background: #57289F; }
[class*="st-key-next_"] a * { color: #FFFFFF !important; font-weight: 600; }
</style>"""

# file, title, icon, path; in the order of the way. Add a page: write the file, add one line.
PAGES = (
    ("home.py", "Home", ":material/home:", ""),
    ("data.py", "Data", ":material/table_chart:", "data"),
    ("train.py", "Train", ":material/model_training:", "train"),
    ("explore.py", "Explore", ":material/explore:", "explore"),
    ("compare.py", "Compare", ":material/balance:", "compare"),
    ("reconstruct.py", "Reconstruct", ":material/imagesmode:", "reconstruct"),
    ("generate.py", "Generate", ":material/auto_awesome:", "generate"),
)


def show() -> None:
    """Runs the page that the address asks for, inside the frame."""
    st.set_page_config(page_title="Autoencoder Playground", page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    server.boot()
    pages = [
        st.Page(FOLDER / file, title=title, icon=icon, url_path=path, default=not path)
        for file, title, icon, path in PAGES
    ]
    page = st.navigation(pages, position="hidden")
    # Our own links, because Streamlit's lose the run and the settings that the address carries.
    with st.sidebar:
        st.markdown("#### Autoencoder Playground")
        for link in pages:
            st.page_link(link, query_params=state.address() or None)
    try:
        page.run()
    except PlaygroundError as error:
        st.error(messages.plain(str(error)))


def run_or_none() -> Run | None:
    """The run on show; None where the address names none, or one that cannot be opened, which is then said."""
    try:
        return state.run()
    except PlaygroundError as error:
        st.error(messages.plain(str(error)))
        return None


def link(path: str, label: str, icon: str | None = None) -> None:
    """A link to another page that keeps the run and the settings on show."""
    file = next(file for file, _, _, page_path in PAGES if page_path == path)
    st.page_link(FOLDER / file, label=label, icon=icon, query_params=state.address() or None)


def next_step(path: str, label: str, icon: str) -> None:
    """The same as what this page leads to, drawn as its main button."""
    with st.container(key=f"next_{path}", width="content"):
        link(path, label, icon)


def on_script_error(error: Exception) -> bool:
    """What Streamlit calls when a script fails: no traceback reaches a visitor."""
    messages.incident(error)
    return True
