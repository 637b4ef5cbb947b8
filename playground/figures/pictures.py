"""Small pictures as PNG: samples, tiles of samples, and the difference of two. Enlarged without smoothing."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.figures import palette

Pixels = NDArray[np.uint8]  # (height, width) or (height, width, 3)
FloatImage = NDArray[np.floating[Any]]


def to_uint8(x: FloatImage, low: float = 0.0, high: float = 1.0) -> Pixels:
    """Values as grey levels 0 to 255, `low` black and `high` white, clipped; any shape."""
    return (np.clip((x - low) / (high - low), 0.0, 1.0) * 255 + 0.5).astype(np.uint8)


def as_images(x: FloatImage, image_shape: tuple[int, ...]) -> FloatImage:
    """Samples (n, n_features) as pictures (n, height, width) or (n, height, width, 3)."""
    shape = image_shape[:2] if len(image_shape) == 3 and image_shape[2] == 1 else image_shape
    return x.reshape(len(x), *shape)


def image_png(pixels: Pixels, scale: int = 8) -> bytes:
    """A picture as PNG, every pixel a square of `scale` by `scale`."""
    large = np.repeat(np.repeat(pixels, scale, axis=0), scale, axis=1)
    stream = io.BytesIO()
    Image.fromarray(large).save(stream, format="PNG")
    return stream.getvalue()


def data_uri(png: bytes) -> str:
    """A PNG as the source of an `<img>`, so that no second request is needed."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def tile(pixels: Pixels, columns: int, gap: int = 1, background: int = 128) -> Pixels:
    """Pictures (k, height, width[, 3]) side by side as one picture, `columns` to a row."""
    k, height, width = pixels.shape[:3]
    columns = max(1, min(columns, k))
    rows = -(-k // columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, *pixels.shape[3:])
    sheet = np.full(shape, background, np.uint8)
    for place, picture in enumerate(pixels):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def difference(x: FloatImage, x_hat: FloatImage, limit: float | None = None) -> tuple[Pixels, float]:
    """What the reconstruction adds (warm) and misses (cool), (height, width, 3), and the value of the full colours.

    Args:
        x: original, (height, width) or (height, width, 3).
        x_hat: reconstruction, the same shape; colours are averaged.
        limit: difference that takes the full colour; by default the largest one here.
    """
    signed = np.asarray(x_hat, np.float64) - x
    if signed.ndim == 3:
        signed = signed.mean(axis=2)
    limit = float(np.abs(signed).max()) if limit is None else limit
    stops = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in palette.DIVERGING], float)
    place = (np.clip(signed / (limit or 1.0), -1, 1) + 1) / 2 * (len(stops) - 1)
    channels = [np.interp(place, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8), limit
