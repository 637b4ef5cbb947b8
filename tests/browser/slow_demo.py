"""Slow motion with made-up numbers, for looking at it and for checks in a browser.

`streamlit run tests/browser/slow_demo.py`, then `?show=digits`, `noisy`, `series`, `table`, `points`, `space`,
`diverged`; the button is the next step.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from sklearn.datasets import load_digits, load_wine, make_s_curve
from sklearn.decomposition import PCA

from playground.ui.components.slow import slow_motion, slow_payload

HOSTILE = "</script><img src=x onerror=alert(1)> *digit* `0`"


def observed(x: np.ndarray, m: int, noise: float = 0.0, **more: object) -> None:
    """Shows the step that the button has come to, made of PCA's codes."""
    step = st.session_state.setdefault("step", 5)
    rng = np.random.default_rng(step)
    rows = rng.choice(len(x), 8, replace=False)
    pca = PCA(m).fit(x)
    clean = x[rows]
    seen = clean + noise * rng.normal(size=clean.shape)
    z = pca.transform(seen)
    x_hat = pca.inverse_transform(z)
    errors = np.square(x_hat - clean).sum(axis=1)
    rise = 1.02 if step % 2 == 0 else 0.96
    given = {
        "loss": float(errors.mean()),
        "loss_after": float(errors.mean()) * rise,
        "update": 0.0021,
        "weights": 0.16,
        "labels": (),
        "noise": f"Gaussian noise of {noise}" if noise else "",
    }
    n = x.shape[1]
    slow_motion(
        key="slow",
        data=slow_payload(
            epoch=3,
            step=step,
            steps_per_epoch=19,
            learning_rate=0.02,
            rows=rows,
            batch_size=64,
            x=seen,
            x_clean=clean,
            z=z,
            x_hat=x_hat,
            errors=errors,
            run="demo",
            n_train=len(x),
            layers=[n, max(m + 1, n // 2), m, max(m + 1, n // 2), n],
            latent_index=2,
            n_weights=23_714,
            loss_name="sum of squares per sample",
            **(given | more),
        ),
    )
    st.button("Next step", on_click=lambda: st.session_state.update(step=st.session_state["step"] + 1))


def show_digits(noise: float = 0.0) -> None:
    images, labels = load_digits(return_X_y=True)
    rows = np.random.default_rng(st.session_state.setdefault("step", 5)).choice(len(images), 8, replace=False)
    names = [f"digit {labels[row]}" for row in rows]
    observed(images / 16, 2, noise, kind="image", image_shape=(8, 8), labels=names)


def show_noisy() -> None:
    show_digits(0.25)


def show_series() -> None:
    time = np.linspace(0, 6, 96)
    phase = np.random.default_rng(0).uniform(0, 6, (300, 2))
    observed(np.sin(time + phase[:, :1]) + 0.4 * np.sin(3 * time + phase[:, 1:]), 3, kind="series")


def show_table() -> None:
    wine = load_wine()
    x = (wine.data - wine.data.mean(axis=0)) / wine.data.std(axis=0)
    observed(x, 8, kind="table", feature_names=wine.feature_names, labels=[HOSTILE] * 8)


def show_points() -> None:
    angle = np.random.default_rng(0).uniform(0, 6.28, 400)
    observed(np.stack([np.cos(angle), np.sin(angle)], axis=1), 1, kind="points")


def show_space() -> None:
    observed(make_s_curve(400, random_state=0)[0], 2, 0.05, kind="points")


def show_diverged() -> None:
    images = load_digits().data / 16
    nan = float("nan")
    observed(images, 32, kind="image", image_shape=(8, 8), loss=nan, loss_after=nan, update=nan)


SHOWS = {
    "digits": show_digits,
    "noisy": show_noisy,
    "series": show_series,
    "table": show_table,
    "points": show_points,
    "space": show_space,
    "diverged": show_diverged,
}

st.set_page_config(layout="wide")
SHOWS[st.query_params.get("show", "digits")]()
