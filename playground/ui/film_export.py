"""The film to take along: one HTML file that plays in any browser, or a GIF for slides."""

from __future__ import annotations

from functools import partial

import streamlit as st

from playground.export.film_html import film_html
from playground.figures.film_gif import FilmFrame, MapColour, film_gif
from playground.figures.numbers import count
from playground.runs.run import Run
from playground.ui import live, moving
from playground.ui.components import FILM_PARTS
from playground.ui.components.payload import film_payload


def buttons(run: Run) -> None:
    """Draws the downloads; each file is made when it is asked for."""
    unit = live.unit()
    name = f"autoencoder-{run.spec.data[:24]}-m{run.spec.latent_dim}"
    with st.container(horizontal=True, key="film_downloads"):
        st.download_button(
            "Film as HTML",
            partial(as_html, run, unit),
            f"{name}.html",
            "text/html",
            key="film_html",
            icon=":material/movie:",
            on_click="ignore",
            help="One file with everything in it, scrubber included; opens in any browser, without a network.",
        )
        st.download_button(
            "Film as GIF",
            partial(as_gif, run, unit),
            f"{name}.gif",
            "image/gif",
            key="film_gif",
            icon=":material/gif_box:",
            on_click="ignore",
            help="An animation for slides and chats: the error curves, the map and the reconstructions.",
        )


def as_html(run: Run, unit: str) -> bytes:
    """The film as one file, errors in `unit`."""
    shown = moving.film_of(run, unit, all_frames=True) or {}
    return film_html(film_payload(**shown), _title(run), [run.verdict], **FILM_PARTS).encode()


def as_gif(run: Run, unit: str) -> bytes:
    """The film as an animation, errors in `unit`."""
    shown = moving.film_of(run, unit, all_frames=True, whole=False) or {}
    colour, samples, history = shown["colour"], shown["samples"], run.history
    place = moving.passes(history, run.val_error["pca"] if run.val_error else None)
    return film_gif(
        title=_title(run),
        words=run.verdict,
        **{name: shown[name] for name in ("history", "pca", "mean", "unit", "epochs", "latent_dim", "kind")},
        x=samples.x,
        frames=[FilmFrame(frame.epoch, frame.z, frame.x_hat) for frame in shown["frames"]],
        image_shape=samples.image_shape,
        colour=colour and MapColour(colour.name, colour.values, colour.levels),
        passes=None if place is None else history.epoch[place],
    )


def _title(run: Run) -> str:
    return f"{run.dataset.title}: an autoencoder with m = {run.spec.latent_dim}, {count(len(run.history.epoch))} epochs"
