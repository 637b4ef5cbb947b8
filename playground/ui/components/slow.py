"""Slow motion: one training step in five phases, as a Streamlit component of our own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.figures import palette
from playground.figures.numbers import count, three
from playground.figures.pictures import to_uint8
from playground.ui.components import slow_words
from playground.ui.components.assets import asset
from playground.ui.components.packing import FloatArray, Payload, number, pack
from playground.ui.components.parts import Kind

MOST_ROWS = 8
PHASES = ("Batch in", "Encode", "Decode", "Error", "Update")


_SLOW = st.components.v2.component(
    "playground_slow",
    html=asset("slow.html"),
    css=asset("shared.css", "slow.css"),
    js=asset("shared.js", "features.js", "slow.js"),
)


def slow_motion(*, key: str, data: Payload) -> None:
    """Show one observed training step, phase by phase; `data` comes from `slow_payload`.

    Another step (or run) starts at the first phase again, and plays on by itself if the last one was playing.
    """
    _SLOW(key=key, data=data)


def slow_payload(
    *,
    epoch: int,
    step: int,
    steps_per_epoch: int,
    learning_rate: float,
    rows: NDArray[np.integer[Any]],
    batch_size: int,
    x: FloatArray,
    x_clean: FloatArray,
    z: FloatArray,
    x_hat: FloatArray,
    errors: FloatArray,
    loss: float,
    loss_after: float,
    update: float,
    weights: float,
    run: str,
    n_train: int,
    layers: Sequence[int],
    latent_index: int,
    n_weights: int,
    kind: Kind,
    loss_name: str,
    image_shape: tuple[int, ...] | None = None,
    feature_names: Sequence[str] = (),
    low: float = 0.0,
    high: float = 1.0,
    labels: Sequence[str] = (),
    noise: str = "",
    of_peak: str = "",
) -> Payload:
    """Slow motion's data: the arrays packed, the sentences made.

    Args:
        epoch, step, steps_per_epoch: which step it is; `step` counts from 1 within the epoch.
        learning_rate: of this step.
        rows: row numbers in the data set (k,), at most eight, of rows of this batch.
        batch_size: rows in the batch.
        x: those rows as the network saw them (k, n), in scaled units; not-a-number where a cell is missing.
        x_clean: the same before noise (k, n), what has to come out.
        z: their codes (k, m).
        x_hat: their reconstructions (k, n).
        errors: squared error per row, summed (k,).
        loss, loss_after: of the whole batch, before the update and after it.
        update, weights: root mean square of the change of the weights and of the weights.
        run: id of the run; another id starts anew, as another step does.
        n_train: training rows.
        layers: numbers of units, input first and output last.
        latent_index: which of them is the bottleneck.
        n_weights: how many numbers are learnt.
        kind: how a row is drawn; "image" needs `image_shape`, "points" two or three features.
        loss_name: what the loss measures, such as "sum of squares per sample".
        image_shape: (height, width) or (height, width, 1 or 3).
        feature_names: one name per feature, or none.
        low, high: the values drawn black and white, for images.
        labels: what each row is, such as "digit 7", or none at all; the row's number is said where it is "".
        of_peak: what the learning rate is of its peak, such as " (4 % of its peak)"; "" where it is constant.
        noise: what was done to the batch, such as "Gaussian noise of 0.3"; "" when nothing was.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    _check(rows, x, x_clean, z, x_hat, errors, image_shape, labels, feature_names)
    names = [label or f"row {count(int(row))}" for label, row in zip(labels or [""] * len(rows), rows, strict=True)]
    n, m = x.shape[1], z.shape[1]
    sentences = (
        slow_words.batch_words(
            epoch=int(epoch),
            step=int(step),
            steps_per_epoch=int(steps_per_epoch),
            batch_size=int(batch_size),
            n_train=int(n_train),
            shown=len(rows),
            noise=noise,
        ),
        slow_words.encode_words(n=n, z=z, name=names[0]),
        slow_words.decode_words(n=n, m=m),
        slow_words.error_words(loss=float(loss), loss_name=loss_name, errors=errors, names=names),
        slow_words.update_words(
            n_weights=int(n_weights),
            update=float(update),
            weights=float(weights),
            learning_rate=float(learning_rate),
            loss=float(loss),
            loss_after=float(loss_after),
            of_peak=of_peak,
        ),
    )
    image = None if image_shape is None else (image_shape, float(low), float(high))
    data: Payload = {
        "step": [run, int(epoch), int(step)],
        "phases": [{"name": name, "words": words} for name, words in zip(PHASES, sentences, strict=True)],
        "kind": kind,
        "names": names,
        "feature_names": list(feature_names),
        "noisy": bool(noise),
        "layers": [int(units) for units in layers],
        "latent_index": int(latent_index),
        "x": _drawable(x, image),
        "x_clean": _drawable(x_clean, image),
        "x_hat": _drawable(x_hat, image),
        "z": pack(z),
        "code_words": [[three(value) for value in row] for row in z.tolist()] if m <= 2 else [],
        "errors": [number(error) for error in errors],
        "error_words": [three(float(error)) for error in errors],
        "loss": [number(loss), number(loss_after)],
        "loss_words": [three(float(loss)), three(float(loss_after))],
        "palette": {
            "encoder": palette.ENCODER,
            "decoder": palette.DECODER,
            "code": palette.BOTTLENECK,
            "mean": palette.MEAN,
        },
    }
    if image_shape is not None:
        data["image_shape"] = [int(side) for side in image_shape]
    return data


def _check(
    rows: NDArray[np.integer[Any]],
    x: FloatArray,
    x_clean: FloatArray,
    z: FloatArray,
    x_hat: FloatArray,
    errors: FloatArray,
    image_shape: tuple[int, ...] | None,
    labels: Sequence[str],
    feature_names: Sequence[str],
) -> None:
    k = len(rows)
    if not 1 <= k <= MOST_ROWS:
        raise ValueError(f"{k} rows; slow motion shows 1 to {MOST_ROWS}.")
    if x.ndim != 2 or len(x) != k or x_clean.shape != x.shape or x_hat.shape != x.shape:
        raise ValueError(f"x {x.shape}, x_clean {x_clean.shape} and x_hat {x_hat.shape} are not all ({k}, n).")
    if z.ndim != 2 or len(z) != k or errors.shape != (k,):
        raise ValueError(f"z has shape {z.shape} and errors {errors.shape}; they need {k} rows.")
    if labels and len(labels) != k:
        raise ValueError(f"{len(labels)} labels for {k} rows.")
    if feature_names and len(feature_names) != x.shape[1]:
        raise ValueError(f"{len(feature_names)} feature names for {x.shape[1]} features.")
    if image_shape is not None and math.prod(image_shape) != x.shape[1]:
        raise ValueError(f"image_shape {image_shape} does not hold {x.shape[1]} features.")


def _drawable(x: FloatArray, image: tuple[tuple[int, ...], float, float] | None) -> Payload:
    """Rows as they will be drawn: 8-bit levels for images, numbers otherwise."""
    return pack(x) if image is None else pack(to_uint8(x, image[1], image[2]))
