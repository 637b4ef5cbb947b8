"""Both components with made-up data, for looking at them and for checks in a browser.

`streamlit run tests/browser/components_demo.py`, then `?show=live`, `replay`, `profiles`, `strip`, `rgb` (films) or
`digits`, `rows`, `line`, `many`, `plain` (code maps).
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from playground.ui.components import Colour, Frame, Mark, Samples, code_map, film

EPOCHS = 60
LEVELS = tuple(str(digit) for digit in range(10))
UNIT = "squared error per image"


@st.cache_data
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images in [0, 1], labels, a final two-unit map and what few components reconstruct."""
    images, labels = load_digits(return_X_y=True)
    images = images / 16
    final = LinearDiscriminantAnalysis(n_components=2).fit_transform(images, labels)
    pca = PCA(12).fit(images)
    return images, labels, final, pca.inverse_transform(pca.transform(images))


def history(upto: int) -> dict[str, list[float]]:
    """Error curves that fall past PCA's 3.35 and turn up a little at the end."""
    epoch = np.arange(1, upto + 1)
    wobble = np.random.default_rng(3).normal(0, 0.03, EPOCHS)[:upto]
    train = 2.3 + 3.4 * np.exp(-epoch / 5)
    val = train + 0.18 + 0.006 * epoch + wobble
    return {"epoch": list(epoch), "train": list(train), "val": list(val)}


def digit_frame(epoch: int) -> Frame:
    """A frame on the way from noise to the final map."""
    images, _, final, reconstructed = digits()
    noise = np.random.default_rng(1).normal(0, 0.4, final[:1000].shape)
    share = 1 - np.exp(-epoch / 12)
    mean = images.mean(axis=0)
    return Frame(epoch, noise + share * final[:1000], mean + share * (reconstructed[:8] - mean))


def best(curves: dict[str, list[float]]) -> int:
    """The epoch of the lowest validation error."""
    return curves["epoch"][int(np.argmin(curves["val"]))]


def digit_film(frames: list[Frame], upto: int, alive: bool, autoplay: bool = False) -> None:
    images, labels, _, _ = digits()
    film(
        key="film",
        run="digits",
        latent_dim=2,
        epochs=EPOCHS,
        alive=alive,
        history=history(upto),
        pca=3.35,
        mean=4.69,
        unit=UNIT,
        samples=Samples(images[:8], (8, 8), ()),
        frames=frames,
        colour=Colour("digit", labels[:1000], LEVELS),
        best_epoch=best(history(upto)),
        autoplay=autoplay,
    )


@st.fragment(run_every=0.5)
def show_live() -> None:
    upto = min(EPOCHS, st.session_state.get("upto", 0) + 1)
    st.session_state["upto"] = upto
    digit_film([digit_frame(epoch) for epoch in range(max(1, upto - 2), upto + 1)], upto, upto < EPOCHS)


def show_replay() -> None:
    digit_film([digit_frame(epoch) for epoch in range(EPOCHS + 1)], EPOCHS, alive=False, autoplay=True)


def show_profiles() -> None:
    wine = load_wine()
    x = (wine.data - wine.data.mean(axis=0)) / wine.data.std(axis=0)
    pca = PCA(8).fit(x)
    frames = [
        Frame(epoch, pca.transform(x) * epoch / 10, pca.inverse_transform(pca.transform(x))[:8] * epoch / 10)
        for epoch in range(1, 11)
    ]
    film(
        key="film",
        run="wine",
        latent_dim=8,
        epochs=10,
        alive=False,
        history={key: values[:10] for key, values in history(EPOCHS).items()},
        pca=3.0,
        mean=3.1,
        unit="squared error per sample",
        samples=Samples(x[:8], None, tuple(wine.feature_names)),
        frames=frames,
        colour=Colour("alcohol", wine.data[:, 0], None),
        best_epoch=10,
    )


def show_strip() -> None:
    images, labels, final, _ = digits()
    film(
        key="film",
        run="strip",
        latent_dim=1,
        epochs=EPOCHS,
        alive=False,
        history=history(EPOCHS),
        pca=None,
        mean=4.69,
        unit=UNIT,
        samples=Samples(images[:8], (8, 8), ()),
        frames=[Frame(epoch, final[:1000, :1] * epoch, images[:8] * epoch / EPOCHS) for epoch in (1, 5, 20, 60)],
        colour=Colour("digit", labels[:1000], LEVELS),
        best_epoch=None,
    )


def show_rgb() -> None:
    x = np.random.default_rng(0).random((8, 16 * 16 * 3))
    film(
        key="film",
        run="rgb",
        latent_dim=2,
        epochs=5,
        alive=True,
        history={"epoch": [1], "train": [400.0], "val": [float("nan")]},
        pca=12.3,
        mean=52.9,
        unit=UNIT,
        samples=Samples(x, (16, 16, 3), ()),
        frames=[Frame(1, np.random.default_rng(1).normal(size=(300, 2)), x / 2)],
        colour=None,
        best_epoch=None,
    )


@st.fragment(run_every=1.0)
def show_digits() -> None:
    images, labels, final, _ = digits()
    beat = st.session_state.get("beat", 0) + 1
    st.session_state["beat"] = beat
    clicked = code_map(
        key="map",
        x=final[:, 0],
        y=final[:, 1],
        x_label="z1",
        y_label="z2",
        colour=Colour("digit", labels, LEVELS),
        pictures=np.rint(images * 255).astype(np.uint8).reshape(-1, 8, 8),
        selected=st.session_state.get("selected"),
        marks=[Mark(2.0 + np.sin(beat), -1.0, "the slider's point")],
    )
    if clicked is not None:
        st.session_state["selected"] = clicked
    st.write(f"beat {beat}, selected: {st.session_state.get('selected')}")


def show_rows() -> None:
    wine = load_wine()
    z = PCA(2).fit_transform((wine.data - wine.data.mean(axis=0)) / wine.data.std(axis=0))
    names = wine.feature_names
    rows = ["\n".join(f"{name}: {value:.3g}" for name, value in zip(names, row, strict=True)) for row in wine.data]
    rows[0] = "<img src=x onerror=alert(1)>\nsecond line"
    clicked = code_map(
        key="map",
        x=z[:, 0],
        y=z[:, 1],
        x_label="z1",
        y_label="z2",
        colour=Colour("alcohol", wine.data[:, 0], None),
        rows=rows,
    )
    st.write(f"clicked: {clicked}")


def show_line() -> None:
    _, labels, final, _ = digits()
    code_map(
        key="map",
        x=final[:, 0],
        y=None,
        x_label="z1",
        y_label="",
        colour=Colour("digit", np.where(labels == 3, -1, labels), LEVELS),
        marks=[Mark(1.0, None, "here")],
        height=200,
    )


def show_many() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 26, 60_000)
    centres = rng.normal(0, 4, (26, 2))
    z = centres[group] + rng.normal(size=(60_000, 2))
    levels = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    code_map(key="map", x=z[:, 0], y=z[:, 1], x_label="z1", y_label="z2", colour=Colour("letter", group, levels))


def show_plain() -> None:
    z = np.random.default_rng(0).standard_t(2, (1000, 2))
    code_map(key="map", x=z[:, 0], y=z[:, 1], x_label="z1", y_label="z2")


SHOWS = {
    "live": show_live,
    "replay": show_replay,
    "profiles": show_profiles,
    "strip": show_strip,
    "rgb": show_rgb,
    "digits": show_digits,
    "rows": show_rows,
    "line": show_line,
    "many": show_many,
    "plain": show_plain,
}

st.set_page_config(layout="wide")
SHOWS[st.query_params.get("show", "replay")]()
