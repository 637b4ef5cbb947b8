"""The data sets and networks that sides are compared on: the same for all of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from playground.bench.registry import Skip
from playground.data import load
from playground.data.dataset import FloatArray
from playground.data.online import cache_folder, is_here
from playground.data.split import LEAST_HELD_OUT, Scaler, Split
from playground.models.spec import RunSpec

SHARED_MNIST = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist.npz"  # beside the repository
ENDLESS = 10_000  # epochs: no side of a comparison of speed ever comes to its end

DIGITS_HIDDEN = (64, 32)
IMAGE_HIDDEN = (256, 64)


def plain(hidden: tuple[int, ...], latent_dim: int, batch_size: int, seed: int = 0) -> RunSpec:
    """The tutorial recipe: ReLU, linear output, mean squared error, Adam with a constant rate of 1e-3, no extras.

    `RunSpec` says AdamW; without weight decay that is Adam.
    """
    return RunSpec(
        latent_dim=latent_dim,
        hidden=hidden,
        activation="relu",
        batch_norm=False,
        output="linear",
        loss="mean_squares",
        epochs=ENDLESS,
        batch_size=batch_size,
        learning_rate=1e-3,
        schedule="constant",
        weight_decay=0.0,
        seed=seed,
        precision="float32",
    )


def all_rows(x: FloatArray) -> Split:
    """A split for comparing speed: every row of x (n, n_features) is trained on, the last ones are also held out."""
    rows = np.arange(len(x))
    few = rows[-LEAST_HELD_OUT:]
    features = x.shape[1]
    return Split(x, rows, few, few, Scaler(np.zeros(features, np.float32), np.ones(features, np.float32)))


@cache
def digits() -> Split:
    """All 1,797 digits of 8×8, pixels from 0 to 1."""
    return all_rows(_scaled("digits", 16))


@cache
def mnist5000() -> Split:
    """All 5,000 images of MNIST-5000, pixels from 0 to 1."""
    return all_rows(_scaled("mnist5000", 255))


def mnist60000() -> tuple[Split, str]:
    """60,000 images of 784 pixels from 0 to 1, and what they are: MNIST's, or MNIST-5000 twelve times."""
    try:
        return all_rows(mnist_arrays()[0]), "MNIST 60,000"
    except Skip:
        return all_rows(np.tile(mnist5000().x, (12, 1))), "MNIST-5000 repeated twelve times"


def mnist_arrays() -> tuple[FloatArray, FloatArray]:
    """MNIST's training images (60,000, 784) and test images (10,000, 784), pixels from 0 to 1.

    Raises:
        Skip: they are neither beside the repository nor fetched.
    """
    path = mnist_path()
    if path is None:
        raise Skip(needs_mnist() or "MNIST is absent")
    with np.load(path, allow_pickle=False) as stored:
        return _pixels(stored["x_train"]), _pixels(stored["x_test"])


def mnist_path() -> Path | None:
    """Where MNIST's 60,000 + 10,000 images are, or None."""
    if SHARED_MNIST.exists():
        return SHARED_MNIST
    return cache_folder() / "mnist.npz" if is_here("mnist60k") else None


def needs_mnist() -> str | None:
    """The reason why nothing on MNIST's 60,000 can be measured, or None."""
    if mnist_path() is not None:
        return None
    return "MNIST's 60,000 images are absent: python -m playground datasets --fetch mnist60k"


def _scaled(name: str, white: int) -> FloatArray:
    return load(name).x.astype(np.float32) / np.float32(white)


def _pixels(images: np.ndarray) -> FloatArray:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
