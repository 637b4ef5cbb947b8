"""A data set at a glance, for a gallery: a few of its images or waves, or its points as a cloud.

Where there is no picture the page shines through, so that it looks well on a white and on a near-black one.
"""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from playground.data.dataset import Colouring, Dataset, IntArray
from playground.figures import palette
from playground.figures.pictures import Pixels, to_uint8

Places = NDArray[np.float64]

WIDTH, HEIGHT = 192, 144  # px
FINER = 4  # drawn that many times larger, then averaged: that smooths every edge
GAP, ROUND = 3, 4  # px between two images, and of their rounded corners
N_COLOURS = 128  # of the file, transparency included
N_IMAGES = 12
N_WAVES = 4
LOOKED_AT = 48  # rows, to choose examples from
N_POINTS = 700
FEW = 10  # values of a column
FRAME = 9  # px that a cloud and a wave keep from the border
AZIMUTH, ELEVATION = math.radians(24), math.radians(14)  # from where points in space are looked at
PALEST, DEEPEST = 0.25, 0.88  # of the sequential scale: its ends would vanish on a dark or a light page


def thumbnail(dataset: Dataset) -> bytes:
    """A PNG of 192 × 144 px that shows what the samples are; the same for the same data set."""
    canvas = Image.new("RGBA", (WIDTH * FINER, HEIGHT * FINER), (0, 0, 0, 0))
    if dataset.image_shape is not None:
        _draw_images(canvas, dataset)
    elif dataset.kind == "series" and dataset.n_features > 1:
        _draw_waves(canvas, dataset)
    else:
        _draw_cloud(canvas, dataset)
    file = io.BytesIO()
    canvas.reduce(FINER).quantize(N_COLOURS, Image.Quantize.FASTOCTREE).save(file, format="PNG", optimize=True)
    return file.getvalue()


def _draw_images(canvas: Image.Image, dataset: Dataset) -> None:
    """Images in rows and columns, each as large as its place allows."""
    images = _pixels(dataset, _examples(dataset, N_IMAGES))
    columns, rows = _grid(images.shape[2] / images.shape[1], len(images))
    cell = np.array([WIDTH / columns, HEIGHT / rows])
    scale = ((cell - GAP) / images.shape[2:0:-1]).min()
    width, height = (round(scale * side * FINER) for side in images.shape[2:0:-1])
    corners = Image.new("L", (width, height), 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, width - 1, height - 1), ROUND * FINER, fill=255)
    for place, image in enumerate(images[: columns * rows]):
        middle = (np.array([place % columns, place // columns]) + 0.5) * cell * FINER
        at = np.rint(middle - (width / 2, height / 2)).astype(int).tolist()
        how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS  # a pixel stays a square
        canvas.paste(Image.fromarray(image).resize((width, height), how), (at[0], at[1]), corners)


def _pixels(dataset: Dataset, rows: IntArray) -> Pixels:
    """Some images, (n, height, width) or with three channels last; of other channels their mean."""
    low, high = dataset.value_range or (float(dataset.x.min()), float(dataset.x.max()))
    pixels = to_uint8(dataset.as_images(dataset.x[rows].astype(np.float32)), low, max(high, low + 1e-6))
    if pixels.ndim == 4 and pixels.shape[3] != 3:
        return np.rint(pixels.mean(axis=3)).astype(np.uint8)
    return pixels


def _grid(aspect: float, n: int) -> tuple[int, int]:
    """Columns and rows for about n images of that aspect (width / height) that leave little of the picture empty."""

    def waste(grid: tuple[int, int]) -> float:
        columns, rows = grid
        cell = (WIDTH / columns) / (HEIGHT / rows)
        return abs(math.log(cell / aspect)) + abs(math.log(columns * rows / n))

    return min(((columns, rows) for rows in range(1, n + 1) for columns in range(1, n // rows + 1)), key=waste)


def _draw_waves(canvas: Image.Image, dataset: Dataset) -> None:
    """A few series on top of each other, one of every class."""
    chosen = dataset.x[_examples(dataset, N_WAVES)].astype(np.float64)
    low, high = float(chosen.min()), float(chosen.max())
    x = np.linspace(FRAME, WIDTH - FRAME, dataset.n_features)
    for place, wave in enumerate(chosen):
        y = HEIGHT - FRAME - (wave - low) / max(high - low, 1e-12) * (HEIGHT - 2 * FRAME)
        points = np.column_stack([x, y]) * FINER
        colour = palette.rgb(palette.CLASSES[place % len(palette.CLASSES)])
        ImageDraw.Draw(canvas).line([(a, b) for a, b in points.tolist()], fill=colour, width=2 * FINER, joint="curve")


def _draw_cloud(canvas: Image.Image, dataset: Dataset) -> None:
    """The samples as dots: points as they lie, everything else by its first two principal components."""
    rows = np.unique(np.linspace(0, dataset.n_samples - 1, min(dataset.n_samples, N_POINTS)).astype(np.int64))
    places, depth = _places(dataset, rows)
    colours = _colours(next(iter(dataset.colours.values()), None), rows)
    radius = 2.4 if len(rows) <= N_POINTS // 2 else 1.9  # px
    radii = FINER * radius * (1.15 - 0.3 * _share(depth))
    pen = ImageDraw.Draw(canvas)
    on_canvas = _framed(places) * FINER
    for row in np.argsort(-depth, kind="stable"):  # the nearest last, on top
        middle, r = on_canvas[row], radii[row]
        if (middle > r + FINER).all() and (middle < canvas.size - r - FINER).all():  # no half dots at the border
            pen.ellipse((*(middle - r).tolist(), *(middle + r).tolist()), fill=colours[row])


def _places(dataset: Dataset, rows: IntArray) -> tuple[Places, NDArray[np.float64]]:
    """Where each sample is seen (n, 2), right and up, and how far behind the picture (n,)."""
    x = _numbers(dataset, rows)
    if dataset.kind == "points" and x.shape[1] == 3:
        right, into, up = x.T
        turned = math.cos(AZIMUTH) * right + math.sin(AZIMUTH) * into
        depth = math.cos(AZIMUTH) * into - math.sin(AZIMUTH) * right
        return np.column_stack([turned, math.cos(ELEVATION) * up + math.sin(ELEVATION) * depth]), depth
    flat = np.zeros(len(x))
    if dataset.kind == "points" and x.shape[1] == 2:
        return x, flat
    if x.shape[1] == 1:
        return np.column_stack([rows, x[:, 0]]), flat
    return _components(x), flat


def _numbers(dataset: Dataset, rows: IntArray) -> Places:
    """The samples as plain numbers (n, k), without columns of few values if two others remain; a gap is the mean."""
    x = dataset.x[rows].astype(np.float64)
    has_many = np.array([len(np.unique(column)) > FEW for column in x.T])  # fewer would make stripes of a cloud
    x = x[:, has_many] if has_many.sum() >= 2 and dataset.kind != "points" else x
    known = np.isfinite(x)
    means = np.where(known, x, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, x, means)


def _components(x: Places) -> Places:
    """The first two principal components (n, 2) of standardised numbers; the farthest sample lies on the plus side."""
    z = x / np.maximum(np.abs(x).max(axis=0), 1e-300)  # so that no square of a huge number overflows
    z -= z.mean(axis=0)
    spread = z.std(axis=0)
    z /= np.where(spread > 1e-12, spread, 1.0)
    variances, scores = np.linalg.eigh(z @ z.T)  # (n, n): there are few rows here, but there may be many columns
    scores = scores[:, :-3:-1] * np.sqrt(np.maximum(variances[:-3:-1], 0.0))
    farthest = np.abs(scores).argmax(axis=0)
    return scores * np.where(scores[farthest, [0, 1]] < 0, -1.0, 1.0)


def _framed(places: Places) -> Places:
    """Places (n, 2), right and up, as px from the upper left corner: one scale, unless that leaves a thin strip."""
    low, high = np.percentile(places, (1, 99), axis=0)
    room = np.array([WIDTH, HEIGHT]) - 2 * FRAME
    scales = room / np.maximum(high - low, 1e-12)
    scales = np.maximum(scales.min(), scales / 2)
    scales[high - low < 1e-12] = 0.0
    return np.array([WIDTH, HEIGHT]) / 2 + (places - (low + high) / 2) * scales * (1, -1)


def _colours(column: Colouring | None, rows: IntArray) -> list[tuple[int, int, int]]:
    """A colour per sample: of its class, along the scale of a known factor, or grey where nothing is known."""
    grey = palette.rgb(palette.MEAN)
    if column is None:
        return [grey] * len(rows)
    if column.dtype.kind == "U":
        _, levels = np.unique(column, return_inverse=True)
        return [palette.rgb(palette.CLASSES[level % len(palette.CLASSES)]) for level in levels[rows].tolist()]
    values = column[rows].astype(np.float64)
    known = np.isfinite(values)
    stops = np.array([palette.rgb(colour) for colour in palette.SEQUENTIAL])
    place = PALEST + (DEEPEST - PALEST) * _share(values)
    where = np.linspace(0, 1, len(stops))
    red, green, blue = (np.rint(np.interp(place, where, stop)).astype(int).tolist() for stop in stops.T)
    scaled = zip(red, green, blue, strict=True)
    return [colour if is_known else grey for colour, is_known in zip(scaled, known.tolist(), strict=True)]


def _share(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (n,) with the lowest at 0 and the highest at 1; 0 where all are the same or one is not known."""
    known = np.isfinite(values)
    low, high = values[known].min(initial=np.inf), values[known].max(initial=-np.inf)
    return np.where(known, (values - low) / (high - low), 0.0) if high > low else np.zeros_like(values)


def _examples(dataset: Dataset, n: int) -> IntArray:
    """At most n rows, of every class in turn; each as different as can be from those before it."""
    labels = np.zeros(dataset.n_samples) if dataset.labels is None else dataset.labels
    levels = np.unique(labels)[:n]
    among = -(-LOOKED_AT // len(levels))
    x = dataset.x[:, :: 1 + dataset.n_features // 4096]  # of large images a part is enough to compare them
    offered = [np.flatnonzero(labels == level)[:among] for level in levels]
    chosen = [int(offered[0][0])]
    for place in range(1, n):
        rows = np.setdiff1d(offered[place % len(levels)], chosen)
        if rows.size:
            gaps = np.square(x[rows, None] - x[chosen].astype(np.float64)).sum(axis=2)  # (n_offered, n_chosen)
            chosen.append(int(rows[gaps.min(axis=1).argmax()]))
    return np.array(chosen)
