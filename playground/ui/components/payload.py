"""What the components are given, as JSON: arrays packed, shapes checked. Free of Streamlit, so that it tests alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.figures import palette
from playground.ui.components.packing import (
    FloatArray,
    Payload,
    given,
    number,
    pack,
    pack_pictures,
    pack_scaled,
)
from playground.ui.components.parts import Cell, Colour, Frame, Kind, Lane, Layers, Plane, Samples

__all__ = [
    "Colour",
    "FloatArray",
    "Frame",
    "Lane",
    "Layers",
    "Plane",
    "Samples",
    "clicked_point",
    "film_payload",
    "pack",
    "pack_pictures",
    "pack_scaled",
    "race_payload",
    "thinned",
]

HISTORY_KEYS = ("epoch", "train", "val")
N_SAMPLES = 8  # the tiles of the film
MOST_BYTES = 5_000_000  # of all frames together
MOST_CELLS = 48  # of a layer that the hourglass shows one by one
DEAD = 255  # instead of a level
MOST_COLUMNS = 10  # of a row, the worst first
MOST_PIXELS = 32  # on a side of a latent picture
MOST_LANES = 4


def film_payload(
    *,
    run: str,
    latent_dim: int,
    epochs: int,
    alive: bool,
    history: Mapping[str, Sequence[float]],
    pca: float | None,
    mean: float | None,
    unit: str,
    samples: Samples,
    frames: Sequence[Frame],
    colour: Colour | None,
    best_epoch: int | None,
    autoplay: bool = False,
    kind: Kind | None = None,
    error_scale: float | None = None,
    changes: Sequence[tuple[float, str]] = (),
    layers: Layers | None = None,
    latent_shape: tuple[int, int] | None = None,
    points: FloatArray | None = None,
    plane: Plane | None = None,
    first: int | None = None,
    arrives: bool = False,
) -> Payload:
    """The film's data.

    Args:
        run: id of the run; another id clears what the browser has kept.
        latent_dim: number of units in the bottleneck; the map shows the first two.
        epochs: number of epochs planned, the loss plot's right end; it may grow.
        alive: whether the run still goes on; the view then follows the newest frame.
        history: lists "epoch", "train" and "val" of equal length, and "seconds" of training where they are known;
            not-a-number leaves a gap.
        pca: error of PCA with as many components, in `unit`.
        mean: error of the mean baseline, in `unit`.
        unit: what the errors are measured in, such as "squared error per image".
        samples: the held-out samples to reconstruct.
        frames: frames to add.
        colour: what the codes are coloured by, one value per code.
        best_epoch: the epoch with the lowest validation error so far.
        autoplay: play a finished run once from its first frame (not for visitors who asked for reduced motion).
        kind: what a sample is; None: an image where there is an `image_shape`, else a row of a table.
        error_scale: turns a sample's sum of squared errors into `unit`; None shows no errors of single samples.
        changes: what was changed while it trained: the epoch (12.4) and the words ("learning rate 0.02 → 0.002").
        layers: the network's layers, for the hourglass; None draws none.
        latent_shape: rows and columns of the frames' `latent`, (1, columns) for one unit; None draws none.
        points: for a set of points, the rows of `z` in the data space (k, 2 or 3), scaled units.
        plane: for a set of points, PCA's line or plane.
        first: the first epoch there is; a browser that has only later ones asks for the rest.
        arrives: brings the film into view, once for this run.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    kind = kind or ("table" if samples.image_shape is None else "image")
    _check_samples(samples)
    _check_kind(kind, samples, points, plane)
    _check_layers(layers)
    _check_frames(frames, samples, latent_dim)
    for frame in frames:
        _check_extras(frame, samples, layers, latent_shape)
    # int() and bool(): one numpy number in the data, and Streamlit sends its `str` instead, without a word.
    data: Payload = {
        "run": run,
        "kind": kind,
        "latent_dim": int(latent_dim),
        "epochs": int(epochs),
        "alive": bool(alive),
        "autoplay": bool(autoplay),
        "arrives": bool(arrives),
        "unit": unit,
        "history": _history(history, HISTORY_KEYS),
        "changes": [{"epoch": float(epoch), "words": words} for epoch, words in changes],
        "samples": _samples(samples),
        "frames": _frames(frames, samples, best_epoch),
        "palette": _palette(),
    }
    if first is not None:
        data["first"] = int(first)
    if colour is not None:
        data["colour"] = _colour(colour, len(frames[0].z) if frames else None)
    if layers is not None:
        data["layers"] = _layers(layers)
    if latent_shape is not None:
        data["latent"] = _latent_look(latent_shape, samples)
    if points is not None:
        data["points"] = pack_scaled(points)
    if plane is not None:
        data["plane"] = {"mean": plane.mean.tolist(), "components": np.atleast_2d(plane.components).tolist()}
    return data | given(
        pca=number(pca),
        mean=number(mean),
        error_scale=number(error_scale),
        best_epoch=None if best_epoch is None else int(best_epoch),
    )


def race_payload(
    *,
    race: str,
    lanes: Sequence[Lane],
    lines: Mapping[int, float],
    mean: float | None,
    unit: str,
    samples: Samples,
    epochs: int,
    alive: bool = False,
    kind: Kind | None = None,
) -> Payload:
    """The race's data.

    Args:
        race: what the race is called, such as its runs' ids; another one clears what the browser has kept.
        lanes: one to four runs on the same data and split.
        lines: error of PCA by its number of components, in `unit`, one for every m among the lanes.
        mean: error of the mean baseline, in `unit`.
        unit: what the errors are measured in.
        samples: the held-out samples that all lanes reconstruct.
        epochs: number of epochs planned, the plot's right end.
        alive: whether any lane still goes on; the view then follows the newest epoch.
        kind: what a sample is, as for `film_payload`.

    Raises:
        ValueError: shapes or lengths that do not belong together.
    """
    if not 1 <= len(lanes) <= MOST_LANES:
        raise ValueError(f"a race has 1 to {MOST_LANES} lanes, not {len(lanes)}.")
    kind = kind or ("table" if samples.image_shape is None else "image")
    _check_samples(samples)
    _check_kind(kind, samples, None, None)
    originals = _samples(samples)
    most = MOST_BYTES // (len(json.dumps(originals["x"])) * MOST_LANES)  # frames of a lane
    data: Payload = {
        "race": race,
        "kind": kind,
        "epochs": int(epochs),
        "alive": bool(alive),
        "unit": unit,
        "lines": [{"m": int(m), "value": float(value)} for m, value in sorted(lines.items()) if math.isfinite(value)],
        "samples": originals,
        "lanes": [_lane(lane, samples, most) for lane in lanes],
        "palette": _palette(),
    }
    return data | given(mean=number(mean))


def rows_payload(
    n: int,
    *,
    colour: Colour | None,
    pictures: NDArray[np.uint8] | None,
    rows: Sequence[str] | None,
    selected: int | None,
    height: int,
) -> Payload:
    """What is said of `n` rows wherever they lie on a map.

    Args:
        n: number of rows.
        colour: what they are coloured by, one value per row.
        pictures: each row's picture for the hover card (n, height, width) or (n, height, width, 3).
        rows: each row's text for the hover card, lines split by a line break.
        selected: index of the row to ring.
        height: of the map in pixels, without its legend.

    Raises:
        ValueError: lengths that do not belong together.
    """
    if rows is not None and len(rows) != n:
        raise ValueError(f"rows has {len(rows)} texts for {n} points.")
    if selected is not None and not 0 <= selected < n:
        raise ValueError(f"selected is {selected}, but the points are numbered 0 to {n - 1}.")
    data: Payload = {"height": int(height), "palette": _palette()}
    if colour is not None:
        data["colour"] = _colour(colour, n)
    if pictures is not None:
        _check_pictures(pictures, n)
        data["pictures"] = pack_pictures(pictures)
    return data | given(rows=None if rows is None else list(rows), selected=None if selected is None else int(selected))


def clicked_point(value: object, n: int) -> int | None:
    """The index the browser sent, or None for anything that is not the number of one of the n points."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < n:
        return value
    return None


def thinned(epochs: Sequence[int], most: int, best_epoch: int | None) -> list[int]:
    """Places of about `most` of these epochs, evenly apart; always the first, the last and the best one."""
    last = len(epochs) - 1
    if last < most:
        return list(range(last + 1))
    kept = set(np.rint(np.linspace(0, last, max(2, most))).astype(int).tolist())
    return sorted(kept | {place for place, epoch in enumerate(epochs) if epoch == best_epoch})


def _palette() -> Payload:
    return {
        "autoencoder": palette.ENCODER,
        "reconstruction": palette.DECODER,
        "pca": palette.PCA,
        "mean": palette.MEAN,
        "code": palette.BOTTLENECK,
        "classes": list(palette.CLASSES),
        "sequential": list(palette.SEQUENTIAL),
    }


def _history(history: Mapping[str, Sequence[float]], keys: tuple[str, ...]) -> Payload:
    missing = [key for key in keys if key not in history]
    if missing:
        raise ValueError(f"history needs {', '.join(keys)}; missing: {', '.join(missing)}.")
    known = (*keys, "seconds") if "seconds" in history else keys
    lengths = {key: len(history[key]) for key in known}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"history's lists differ in length: {lengths}.")
    rest = {key: [number(value) for value in history[key]] for key in known if key != "epoch"}
    return {"epoch": [int(epoch) for epoch in history["epoch"]], **rest}


# ---- what does not belong together


def _check_samples(samples: Samples) -> None:
    if samples.x.ndim != 2 or not 1 <= len(samples.x) <= N_SAMPLES:
        raise ValueError(f"samples.x has shape {samples.x.shape}; it needs 1 to {N_SAMPLES} rows of features.")
    n_features = samples.x.shape[1]
    if samples.feature_names and len(samples.feature_names) != n_features:
        raise ValueError(f"samples has {len(samples.feature_names)} feature names for {n_features} features.")
    shape = samples.image_shape
    if shape is None:
        return
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3)):
        raise ValueError(f"image_shape {shape} is neither (height, width) nor (height, width, 1 or 3).")
    if math.prod(shape) != n_features:
        raise ValueError(f"image_shape {shape} does not hold {n_features} features.")
    if not samples.low < samples.high:
        raise ValueError(f"samples.low ({samples.low}) must lie below samples.high ({samples.high}).")


def _check_kind(kind: Kind, samples: Samples, points: FloatArray | None, plane: Plane | None) -> None:
    n_features = samples.x.shape[1]
    if (kind == "image") != (samples.image_shape is not None):
        raise ValueError(f"kind is '{kind}', but the samples' image_shape is {samples.image_shape}.")
    if kind == "points" and n_features not in (2, 3):
        raise ValueError(f"a set of points has 2 or 3 features, not {n_features}.")
    if points is not None and (points.ndim != 2 or points.shape[1] != n_features):
        raise ValueError(f"points has shape {points.shape}, it needs {n_features} columns.")
    if plane is None:
        return
    if plane.mean.shape != (n_features,) or np.atleast_2d(plane.components).shape[1] != n_features:
        raise ValueError(f"the plane's mean and components do not have {n_features} features.")


def _check_layers(layers: Layers | None) -> None:
    if layers is None:
        return
    if not 0 <= layers.latent_index < len(layers.units):
        raise ValueError(f"latent_index={layers.latent_index} is none of the {len(layers.units)} layers.")
    if layers.names is not None and len(layers.names) != len(layers.units):
        raise ValueError(f"{len(layers.names)} names for {len(layers.units)} layers.")


def _check_frames(frames: Sequence[Frame], samples: Samples, latent_dim: int) -> None:
    for frame in frames:
        if frame.z.ndim != 2 or frame.z.shape[1] not in (latent_dim, min(2, latent_dim)):
            raise ValueError(f"Frame {frame.epoch}: z has shape {frame.z.shape}, it needs {latent_dim} columns.")
        if len(frame.z) != len(frames[0].z):
            raise ValueError(f"Frame {frame.epoch}: {len(frame.z)} codes, the first frame has {len(frames[0].z)}.")
        if frame.x_hat.shape != samples.x.shape:
            raise ValueError(f"Frame {frame.epoch}: x_hat has shape {frame.x_hat.shape}, samples {samples.x.shape}.")


def _check_extras(frame: Frame, samples: Samples, layers: Layers | None, latent_shape: tuple[int, int] | None) -> None:
    if frame.activity is not None:
        units = [len(layer) for layer in frame.activity]
        if layers is None or units != list(layers.units):
            raise ValueError(f"Frame {frame.epoch}: activity of {units} units does not fit {layers}.")
    if frame.latent is not None:
        needed = None if latent_shape is None else (math.prod(latent_shape), samples.x.shape[1])
        if frame.latent.shape != needed:
            raise ValueError(
                f"Frame {frame.epoch}: latent has shape {frame.latent.shape}, latent_shape {latent_shape}."
            )
    if frame.table is not None and len(frame.table) != len(samples.x):
        raise ValueError(f"Frame {frame.epoch}: table has {len(frame.table)} rows for {len(samples.x)} samples.")


# ---- frames


def _frames(frames: Sequence[Frame], samples: Samples, best_epoch: int | None) -> list[Payload]:
    """The frames, evenly thinned where all of them together would be too much."""
    if not frames:
        return []
    last = _frame(frames[-1], samples)
    kept = thinned([frame.epoch for frame in frames], MOST_BYTES // len(json.dumps(last)), best_epoch)
    return [*(_frame(frames[place], samples) for place in kept[:-1]), last]


def _frame(frame: Frame, samples: Samples) -> Payload:
    # Only the two units on show travel: k codes of a 64-unit bottleneck would be 32 times the bytes.
    data = {"epoch": int(frame.epoch), "z": pack_scaled(frame.z[:, :2]), "x_hat": _drawable(frame.x_hat, samples)}
    data["squares"] = _squares(frame.x_hat, samples)
    if frame.activity is not None:
        data["activity"] = _activity(frame.activity)
    if frame.latent is not None:
        data["latent"] = _latent(frame.latent, samples)
    if frame.table is not None:
        data["table"] = [_worst(row) for row in frame.table]
    return data


def _squares(x_hat: FloatArray, samples: Samples) -> list[float | None]:
    """Each sample's sum of squared errors."""
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.asarray(x_hat, dtype=np.float64) - samples.x
        return [number(float(f"{value:.4g}")) for value in np.einsum("ij,ij->i", off, off)]


def _worst(row: Sequence[Cell]) -> list[list[Any]]:
    ordered = sorted(row, key=lambda cell: -cell[3] if math.isfinite(cell[3]) else 1.0)
    return [[str(name), str(x), str(x_hat), number(round(float(s), 3))] for name, x, x_hat, s in ordered[:MOST_COLUMNS]]


def _activity(layers: Sequence[FloatArray]) -> Payload:
    """Each layer as at most 48 cells: levels relative to its most active cell, and how many of its units are dead."""
    levels, dead, most = [], [], []
    for layer in layers:
        cells, alive = _cells(np.asarray(layer, dtype=np.float64))
        peak = float(cells.max(initial=0.0))
        shares = cells / peak if peak > 0 else np.zeros_like(cells)
        levels.append(np.where(alive, np.rint(shares * (DEAD - 1)), DEAD).astype(np.uint8))
        dead.append(int(len(layer) - np.isfinite(layer).sum()))
        most.append(float(f"{peak:.4g}"))
    return {"levels": pack(np.concatenate(levels)), "dead": dead, "most": most}


def _cells(layer: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Mean activity of the living units of each cell, and whether there is one."""
    n = min(len(layer), MOST_CELLS)
    starts = np.arange(n) * len(layer) // n
    known = np.isfinite(layer)
    living = np.add.reduceat(known.astype(np.float64), starts)
    return np.add.reduceat(np.where(known, layer, 0.0), starts) / np.maximum(living, 1), living > 0


def _latent_look(shape: tuple[int, int], samples: Samples) -> Payload:
    data: Payload = {"shape": [int(side) for side in shape]}
    if samples.image_shape is not None:
        height, width, *channels = samples.image_shape
        step = _shrink(height, width)
        data["image_shape"] = [height // step, width // step, *channels]
    return data


def _shrink(height: int, width: int) -> int:
    return -(-max(height, width) // MOST_PIXELS) if min(height, width) > 1 else 1


def _latent(latent: FloatArray, samples: Samples) -> Payload:
    """The pictures, the largest made smaller, or the features."""
    if samples.image_shape is None:
        return pack_scaled(latent)
    height, width, *channels = samples.image_shape
    step = _shrink(height, width)
    rows, columns = (slice(step // 2, step * (side // step), step) for side in (height, width))
    return pack(_levels(latent.reshape(len(latent), height, width, *channels)[:, rows, columns], samples))


def _samples(samples: Samples) -> Payload:
    data: Payload = {"x": _drawable(samples.x, samples), "feature_names": list(samples.feature_names)}
    return data | given(image_shape=None if samples.image_shape is None else list(samples.image_shape))


def _drawable(x: FloatArray, samples: Samples) -> Payload:
    """Rows as they will be drawn: 8-bit levels for images (a quarter of the bytes), numbers otherwise."""
    return pack(x if samples.image_shape is None else _levels(x, samples))


def _levels(x: FloatArray, samples: Samples) -> NDArray[np.uint8]:
    level = (np.asarray(x, dtype=np.float32) - samples.low) * (255.0 / (samples.high - samples.low))
    return np.rint(np.fmin(np.fmax(level, 0.0), 255.0)).astype(np.uint8)  # fmax: what is no number is black


def _layers(layers: Layers) -> Payload:
    units = [int(n) for n in layers.units]
    data: Payload = {"units": units, "latent_index": int(layers.latent_index)}
    return data | given(names=None if layers.names is None else [str(name) for name in layers.names])


def _lane(lane: Lane, samples: Samples, most: int) -> Payload:
    """A lane with about `most` of its frames."""
    for epoch, x_hat in lane.frames:
        if x_hat.shape != samples.x.shape:
            raise ValueError(f"{lane.name}, epoch {epoch}: x_hat has shape {x_hat.shape}, samples {samples.x.shape}.")
    kept = thinned([epoch for epoch, _ in lane.frames], most, None)
    data: Payload = {
        "name": lane.name,
        "history": _history(lane.history, ("epoch", "val")),
        "m": int(lane.latent_dim),
        "state": lane.state,
        "frames": [{"epoch": int(lane.frames[i][0]), "x_hat": _drawable(lane.frames[i][1], samples)} for i in kept],
    }
    return data | given(colour=lane.colour)


def _colour(colour: Colour, n: int | None) -> Payload:
    values = np.asarray(colour.values)
    if values.ndim != 1 or (n is not None and len(values) != n):
        raise ValueError(f"colour '{colour.name}' has shape {values.shape} for {n} points.")
    if colour.levels is None:
        return {"name": colour.name, "values": pack(values.astype(np.float64))}
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"colour '{colour.name}' has levels, so its values must be whole numbers, not {values.dtype}.")
    if values.size and values.max() >= len(colour.levels):
        raise ValueError(f"colour '{colour.name}' has a value of {values.max()} but only {len(colour.levels)} levels.")
    codes = np.maximum(values.astype(np.int64), -1)
    return {"name": colour.name, "levels": list(colour.levels), "codes": pack(codes)}


def _check_pictures(pictures: NDArray[np.uint8], n: int) -> None:
    if pictures.dtype != np.uint8:
        raise ValueError(f"pictures must be uint8, not {pictures.dtype}.")
    if pictures.ndim not in (3, 4) or (pictures.ndim == 4 and pictures.shape[3] != 3):
        raise ValueError(f"pictures has shape {pictures.shape}; it needs (n, height, width) or (n, height, width, 3).")
    if len(pictures) != n:
        raise ValueError(f"pictures holds {len(pictures)} for {n} points.")
