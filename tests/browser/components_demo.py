"""The components with made-up data, for looking at them and for checks in a browser.

`streamlit run tests/browser/components_demo.py`, then `?show=live`, `replay`, `strip`, `eight`, `table`, `series`,
`curve`, `surface`, `rgb`, `bare`, `long` (films), `race` or `race_waves` (races).
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from playground.ui.components import Colour, Frame, Lane, Layers, Plane, Samples, film, race

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


def history(upto: int, epochs: int = EPOCHS) -> dict[str, list[float]]:
    """Error curves that fall past PCA's 3.35 and turn up a little at the end."""
    epoch = np.arange(1, upto + 1)
    wobble = np.random.default_rng(3).normal(0, 0.03, epochs)[:upto]
    train = 2.3 + 3.4 * np.exp(-epoch * EPOCHS / epochs / 5)
    val = train + 0.18 + 0.36 * epoch / epochs + wobble
    return {"epoch": list(epoch), "train": list(train), "val": list(val), "seconds": list(0.055 * epoch)}


def best(curves: dict[str, list[float]]) -> int:
    """The epoch of the lowest validation error."""
    return curves["epoch"][int(np.argmin(curves["val"]))]


def activity(units: tuple[int, ...], epoch: int, dead: dict[int, int]) -> list[np.ndarray]:
    """Made-up standard deviations; the last units of some layers die on the way."""
    rng = np.random.default_rng(5)
    layers = [rng.gamma(2, 1, n) * (0.4 + epoch / EPOCHS) for n in units]
    for layer, n in dead.items():
        layers[layer][len(layers[layer]) - min(n, n * epoch // 20) :] = np.nan
    return layers


LAYERS = Layers((64, 128, 32, 2, 32, 128, 64), 3)
DEAD = {0: 9, 2: 5}


def digit_frame(epoch: int, n: int = 1000) -> Frame:
    """A frame on the way from noise to the final map."""
    images, _, final, reconstructed = digits()
    codes = np.resize(final, (n, 2))
    noise = np.random.default_rng(1).normal(0, 0.4, codes.shape)
    share = 1 - np.exp(-epoch / 12)
    mean = images.mean(axis=0)
    latent = mean + share * (reconstructed[100:136] - mean)
    x_hat = mean + share * (reconstructed[:8] - mean)
    return Frame(epoch, noise + share * codes, x_hat, activity(LAYERS.units, epoch, DEAD), latent)


def digit_film(frames: list[Frame], upto: int, alive: bool, autoplay: bool = False, epochs: int = EPOCHS) -> None:
    images, labels, _, _ = digits()
    film(
        key="film",
        run="digits",
        latent_dim=2,
        epochs=epochs,
        alive=alive,
        history=history(upto, epochs),
        pca=3.35,
        mean=4.69,
        unit=UNIT,
        samples=Samples(images[:8], (8, 8), ()),
        frames=frames,
        colour=Colour("digit", np.resize(labels, len(frames[0].z)), LEVELS),
        best_epoch=best(history(upto, epochs)),
        autoplay=autoplay,
        error_scale=1.0,
        changes=[(e, words) for e, words in ((12.4, "learning rate 0.02 → 0.002"), (40.0, "β 0.1 → 1")) if e <= upto],
        layers=LAYERS,
        latent_shape=(6, 6),
    )


@st.fragment(run_every=0.5)
def show_live() -> None:
    upto = min(EPOCHS, st.session_state.get("upto", 0) + 1)
    st.session_state["upto"] = upto
    digit_film([digit_frame(epoch) for epoch in range(max(1, upto - 2), upto + 1)], upto, upto < EPOCHS)


def show_replay() -> None:
    digit_film([digit_frame(epoch) for epoch in range(EPOCHS + 1)], EPOCHS, alive=False, autoplay=True)


def show_long() -> None:
    """Two hundred frames of two thousand points, for the clock."""
    frames = [digit_frame(epoch, 2000) for epoch in range(1, 201)]
    digit_film(frames, 200, alive=False, epochs=200)


def other_film(x: np.ndarray, m: int, frames: list[Frame], samples: Samples, **more: object) -> None:
    film(
        **{
            "key": "film",
            "run": str(st.query_params.get("show")),
            "latent_dim": m,
            "epochs": EPOCHS,
            "alive": False,
            "history": history(EPOCHS),
            "pca": 3.35,
            "mean": 4.69,
            "unit": "squared error per sample",
            "samples": samples,
            "frames": frames,
            "colour": Colour("first feature", x[: len(frames[0].z), 0], None),
            "best_epoch": best(history(EPOCHS)),
            "error_scale": 1.0,
        }
        | more
    )


def in_words(
    x: np.ndarray, x_hat: np.ndarray, names: list[str], low: np.ndarray, wide: np.ndarray
) -> list[list[tuple]]:
    """Rows in their own units, as a page makes them."""
    squares = (x - x_hat) ** 2
    shares = squares / squares.sum(axis=1, keepdims=True)
    return [
        [
            (name, f"{low[c] + wide[c] * x[r, c]:.3g}", f"{low[c] + wide[c] * x_hat[r, c]:.3g} mg/l", shares[r, c])
            for c, name in enumerate(names)
        ]
        for r in range(len(x))
    ]


def show_table() -> None:
    wine = load_wine()
    low, wide = wine.data.mean(axis=0), wine.data.std(axis=0)
    x = (wine.data - low) / wide
    pca = PCA(8).fit(x)
    made = pca.inverse_transform(pca.transform(x))
    names = [name.replace("_", " ") for name in wine.feature_names]
    frames = []
    for epoch in range(1, EPOCHS + 1):
        share = 1 - np.exp(-epoch / 12)
        x_hat = share * made[:8]
        frames.append(
            Frame(
                epoch,
                pca.transform(x) * share,
                x_hat,
                activity((13, 64, 8, 64, 13), epoch, {1: 3, 2: 1}),
                share * made[100:136],
                in_words(x[:8], x_hat, names, low, wide),
            )
        )
    samples = Samples(x[:8], None, tuple(names))
    layers = Layers((13, 64, 8, 64, 13), 2)
    other_film(x, 8, frames, samples, layers=layers, latent_shape=(6, 6))


def show_eight() -> None:
    """Digits with eight units, and a network that is more than numbers of units."""
    images, labels, _, reconstructed = digits()
    z = PCA(8).fit_transform(images)[:1000]
    units = (784, 1568, 784, 128, 8, 128, 784, 1568, 784)
    names = ("28 × 28", "8 @ 14 × 14", "16 @ 7 × 7", "128", "8", "128", "16 @ 7 × 7", "8 @ 14 × 14", "28 × 28")
    big = np.kron(reconstructed[:44].reshape(-1, 8, 8), np.ones((4, 4)))[:, 2:30, 2:30].reshape(44, -1)
    original = np.kron(images[:8].reshape(-1, 8, 8), np.ones((4, 4)))[:, 2:30, 2:30].reshape(8, -1)
    frames = [
        Frame(
            epoch,
            z * (3 if epoch == 1 else 0.2 + 1 / epoch),
            big[:8] * epoch / EPOCHS,
            activity(units, epoch, {0: 90, 3: 40, 4: 2}),
            big[8:] * epoch / EPOCHS,
        )
        for epoch in (1, 2, 5, 10, 20, 40, 60)
    ]
    samples = Samples(original, (28, 28), ())
    other_film(
        z,
        8,
        frames,
        samples,
        colour=Colour("digit", labels[:1000], LEVELS),
        layers=Layers(units, 4, names),
        latent_shape=(6, 6),
        unit="share of variance left unexplained",
        error_scale=0.0023,
    )


def waves() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    t = np.linspace(0, 1, 96)
    phase, speed = rng.uniform(0, 6, (400, 1)), rng.uniform(1, 3, (400, 1))
    clean = np.sin(2 * np.pi * speed * t + phase)
    return clean + rng.normal(0, 0.15, clean.shape), clean


def show_series() -> None:
    x, clean = waves()
    pca = PCA(2).fit(x)
    frames = [
        Frame(
            epoch,
            pca.transform(x) * epoch / EPOCHS,
            clean[:8] * (1 - np.exp(-epoch / 12)),
            activity((96, 64, 2, 64, 96), epoch, {}),
            clean[50:86] * (1 - np.exp(-epoch / 12)),
        )
        for epoch in range(1, EPOCHS + 1)
    ]
    samples = Samples(x[:8], None, tuple(f"t = {i}" for i in range(96)))
    layers = Layers((96, 64, 2, 64, 96), 2)
    other_film(x, 2, frames, samples, kind="series", layers=layers, latent_shape=(6, 6))


def roll(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    angle = 1.5 * np.pi * (1 + 2 * u)
    return np.stack([angle * np.cos(angle), angle * np.sin(angle), 20 * v - 10], axis=1) / 8


def show_surface() -> None:
    rng = np.random.default_rng(0)
    u, v = rng.random((2, 2000))
    x = roll(u, v) + rng.normal(0, 0.03, (2000, 3))
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 16), np.linspace(1, 0, 16)), axis=-1).reshape(-1, 2)
    pca = PCA(2).fit(x)
    frames = []
    for epoch in range(1, EPOCHS + 1):
        share = 1 - np.exp(-epoch / 12)
        sheet, made = roll(grid[:, 0], grid[:, 1]), roll(u[:8], v[:8])
        flat = pca.inverse_transform(pca.transform(np.concatenate([sheet, made])))
        now = share * np.concatenate([sheet, made]) + (1 - share) * flat
        z = np.stack([u, v], axis=1) * share + (1 - share) * pca.transform(x)
        units = activity((3, 64, 64, 2, 64, 64, 3), epoch, {1: 3})
        frames.append(Frame(epoch, z, now[256:], units, now[:256]))
    other_film(
        x,
        2,
        frames,
        Samples(x[:8], None, ("x", "y", "z")),
        kind="points",
        colour=Colour("angle", u, None),
        layers=Layers((3, 64, 64, 2, 64, 64, 3), 3),
        latent_shape=(16, 16),
        points=x,
        plane=Plane(pca.mean_, pca.components_),
    )


def show_curve() -> None:
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, np.pi, 500)

    def ring(a: np.ndarray) -> np.ndarray:
        return np.stack([np.cos(a), np.sin(a)], axis=1)

    x = ring(angle) + rng.normal(0, 0.05, (500, 2))
    pca = PCA(1).fit(x)
    line, units = ring(np.linspace(0, np.pi, 64)), (2, 32, 1, 32, 2)
    frames = [
        Frame(
            epoch, angle[:, None] * epoch, share * ring(angle[:8]), activity((2, 32, 1, 32, 2), epoch, {}), share * line
        )
        for epoch in (1, 5, 20, 60)
        for share in [1 - np.exp(-epoch / 12)]
    ]
    other_film(
        x,
        1,
        frames,
        Samples(x[:8], None, ("x", "y")),
        kind="points",
        layers=Layers(units, 2),
        latent_shape=(1, 64),
        points=x,
        plane=Plane(pca.mean_, pca.components_),
    )


def show_strip() -> None:
    images, labels, final, reconstructed = digits()
    frames = [
        Frame(
            epoch,
            final[:1000, :1] * epoch,
            images[:8] * epoch / EPOCHS,
            activity((64, 32, 1, 32, 64), epoch, {}),
            reconstructed[20:32] * epoch / EPOCHS,
        )
        for epoch in (1, 5, 20, 60)
    ]
    other_film(
        final,
        1,
        frames,
        Samples(images[:8], (8, 8), ()),
        pca=None,
        best_epoch=None,
        colour=Colour("digit", labels[:1000], LEVELS),
        layers=Layers((64, 32, 1, 32, 64), 2),
        latent_shape=(1, 12),
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


def show_bare() -> None:
    """Only what a film has to have."""
    x = np.random.default_rng(0).normal(size=(8, 5))
    frames = [Frame(epoch, np.random.default_rng(1).normal(size=(300, 2)), x * epoch / 5) for epoch in (1, 2, 3)]
    film(
        key="film",
        run="bare",
        latent_dim=2,
        epochs=5,
        alive=False,
        history={"epoch": [1, 2, 3], "train": [3.0, 2.0, 1.0], "val": [3.5, 2.5, 1.5]},
        pca=1.45,
        mean=1.6,
        unit="squared error per sample",
        samples=Samples(x, None, tuple("abcde")),
        frames=frames,
        colour=None,
        best_epoch=3,
    )


def lanes(x: np.ndarray, made: np.ndarray) -> list[Lane]:
    names = (
        "m = 2, as it is",
        "m = 8",
        "two more layers of 256 and a very long name indeed",
        "<b>linear</b>",
    )
    found = []
    for i, (name, m, floor) in enumerate(zip(names, (2, 8, 2, 2), (0.8, 0.4, 0.72, 1.1), strict=True)):
        curves = history(EPOCHS - 15 * (i == 3))
        val = [floor * value for value in curves["val"]]
        frames = [
            (epoch, x.mean(axis=0) + (1 - np.exp(-epoch / 12)) * floor * (made - x.mean(axis=0)))
            for epoch in range(1, EPOCHS + 1, 4)
        ]
        state = "stopped early" if i == 3 else "training"
        found.append(Lane(name, curves | {"val": val}, frames, m, state))
    return found


def show_race() -> None:
    images, _, _, reconstructed = digits()
    race(
        key="race",
        race="four",
        lanes=lanes(images[:8], reconstructed[:8]),
        lines={2: 3.35, 8: 1.6},
        mean=4.69,
        unit=UNIT,
        samples=Samples(images[:8], (8, 8), ()),
        epochs=EPOCHS,
        alive=True,
    )


def show_race_waves() -> None:
    x, clean = waves()
    race(
        key="race",
        race="two",
        lanes=lanes(x[:8], clean[:8])[:2],
        lines={2: 3.35, 8: 1.6},
        mean=None,
        unit="squared error per sample",
        samples=Samples(x[:8], None, ()),
        epochs=EPOCHS,
        kind="series",
    )


SHOWS = {name.removeprefix("show_"): value for name, value in list(globals().items()) if name.startswith("show_")}

st.set_page_config(layout="wide")
SHOWS[st.query_params.get("show", "replay")]()
