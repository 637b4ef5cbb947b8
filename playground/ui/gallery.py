"""The gallery of data sets: a picture each, chosen by a click, and those that can be fetched from elsewhere."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.data.builtin import BUILTIN
from playground.data.builtin.registry import Builtin
from playground.data.online import ONLINE, Online, fetch, is_here
from playground.figures.numbers import count
from playground.training.recipe import recommended
from playground.ui import messages, server, state

FOLDER = Path(__file__).parent / "assets" / "thumbnails"
# A button's label is markdown, in which a picture is as small as a letter; here it is what is looked at.
STYLE = """<style>
.st-key-gallery button { width: 7.55rem; min-height: 7.7rem; padding: 0.35rem; align-items: flex-start; }
.st-key-gallery button p { display: flex; flex-direction: column; gap: 0.3rem; font-size: 0.85rem; line-height: 1.2;
  white-space: normal; }
.st-key-gallery button img { width: 6.7rem; height: 5.05rem; max-height: none; object-fit: contain;
  border-radius: 6px; }
@media (max-width: 640px) {
  .st-key-gallery button { width: 6.6rem; min-height: 6.8rem; }
  .st-key-gallery button img { width: 5.8rem; height: 4.35rem; }
}
</style>"""


def show(chosen: str, *, folded: bool) -> None:
    """Draws one button per data set to choose from, the chosen one marked.

    Args:
        folded: behind a line to be opened, where the visitor has brought data.
    """
    st.html(STYLE)
    if folded:
        with st.expander("Choose another data set", icon=":material/grid_view:"):
            _built_in(chosen)
    else:
        st.markdown("**Or choose a built-in data set**")
        _built_in(chosen)
    _online(chosen)


def _built_in(chosen: str) -> None:
    with st.container(key="gallery", horizontal=True, gap="small"):
        for name, entry in BUILTIN.items():
            st.button(
                f"![{messages.plain(entry.title)}]({_thumbnail(name)}) {messages.plain(entry.title)}",
                key=f"choose_{name}",
                type="primary" if name == chosen else "secondary",
                on_click=choose,
                args=(name,),
                help=_help(entry),
            )


def _online(chosen: str) -> None:
    """Draws what can be fetched from elsewhere: size, source and licence, and a button; nothing without a click."""
    with st.expander("More, from the internet", icon=":material/cloud_download:", expanded=chosen in ONLINE):
        st.caption(
            "Fetched only on a click, checked against a known SHA-256, and kept on this server; after that no "
            "connection is needed."
        )
        for name, entry in ONLINE.items():
            _one_online(name, entry, chosen)
        if refused := state.got("_fetch_problem"):
            st.error(messages.plain(str(refused)))


def choose(name: str) -> None:
    """Puts a data set on show, with the settings that suit it."""
    state.put({"_problem": "", "_note": ""}, only_missing=False)
    state.bring(None)
    state.set_spec(recommended(server.store().dataset(name)))


def _one_online(name: str, entry: Online, chosen: str) -> None:
    here = is_here(name)
    words, button = st.columns([4, 1], vertical_alignment="center")
    with words:
        st.markdown(
            f"**{messages.plain(entry.title)}** · {count(entry.n_samples)} × {count(entry.n_features)} · {entry.size} "
            f"{'(here already)' if here else ''}"
        )
        st.caption(messages.plain(f"{entry.lesson} From {entry.source}. {entry.licence}"))
    with button:
        pressed = st.button(
            "Use" if here else "Fetch",
            key=f"fetch_{name}",
            type="primary" if name == chosen else "secondary",
            width="stretch",
            help=f"Puts {entry.title} on show." if here else f"Downloads {entry.size} from {entry.source}.",
        )
    if pressed:
        _fetch(name, entry)


def _fetch(name: str, entry: Online) -> None:
    state.put({"_fetch_problem": ""}, only_missing=False)
    bar = st.progress(0.0, f"Fetching {messages.plain(entry.title)}")
    with messages.shown():
        fetch(name, lambda share: _show(bar, share, entry))
        choose(name)
        st.rerun()


def _show(bar: DeltaGenerator, share: float, entry: Online) -> None:
    bar.progress(min(share, 1.0), f"Fetching {messages.plain(entry.title)}: {100 * share:.0f} % of {entry.size}")


def _help(entry: Builtin) -> str:
    size = f"{count(entry.n_samples)} × {count(entry.n_features)}"
    return messages.plain(f"{entry.lesson} {size}, m = {entry.first_latent_dim} to begin with.")


@lru_cache(maxsize=64)
def _thumbnail(name: str) -> str:
    return "data:image/png;base64," + base64.b64encode((FOLDER / f"{name}.png").read_bytes()).decode("ascii")
