"""Pictures as PNG from arrays: samples, sheets of samples, and what a reconstruction has changed."""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.figures import palette

Pixels = NDArray[np.uint8]
FloatArray = NDArray[np.floating[Any]]

GAP = 128  # a mid grey between tiles, quiet on a white and on a near-black page


def to_uint8(x: NDArray[Any], low: float = 0.0, high: float = 1.0) -> Pixels:
    """Pixels from numbers of any shape: `low` becomes 0 and `high` 255, what lies outside is clipped, nan is 0.

    Raises:
        ValueError: `high` is not above `low`.
    """
    if not high > low:
        raise ValueError(f"high={high} must be above low={low}")
    share = (np.asarray(x, dtype=np.float64) - low) / (high - low)
    return np.rint(255 * np.nan_to_num(np.clip(share, 0.0, 1.0), nan=0.0)).astype(np.uint8)


def image_png(image: Pixels, scale: int = 8) -> bytes:
    """A PNG of one image (height, width), or with 1 or 3 channels last; every pixel becomes `scale` by `scale`.

    Raises:
        ValueError: another shape, another dtype, or no pixel at all.
    """
    _check_pixels(image, batch=False)
    if scale < 1:
        raise ValueError(f"scale={scale} must be at least 1")
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    enlarged = image.repeat(scale, axis=0).repeat(scale, axis=1)  # nearest neighbour: a pixel stays a square
    file = io.BytesIO()
    Image.fromarray(enlarged).save(file, format="PNG")
    return file.getvalue()


def data_uri(png: bytes) -> str:
    """The PNG as an address that needs no request."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def tile(images: Pixels, columns: int, gap: int = 1) -> Pixels:
    """One picture of many: images (n_images, height, width) or with 1 or 3 channels last, row by row.

    Args:
        images: all of one size.
        columns: per row; the places left over in the last row stay grey.
        gap: px between two images, grey.

    Raises:
        ValueError: another shape or dtype, or a number of columns or a gap that makes no sense.
    """
    _check_pixels(images, batch=True)
    if columns < 1 or gap < 0:
        raise ValueError(f"columns={columns} must be at least 1 and gap={gap} at least 0")
    n_images, height, width, *channels = images.shape
    columns = min(columns, n_images)
    rows = -(-n_images // columns)
    cells = np.full((rows * columns, height + gap, width + gap, *channels), GAP, dtype=np.uint8)
    cells[:n_images, :height, :width] = images
    # (rows, columns, height, width, …) -> (rows, height, columns, width, …), and no gap after the last row and column
    sheet = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    sheet = sheet.reshape(rows * (height + gap), columns * (width + gap), *channels)
    return np.ascontiguousarray(sheet[: rows * (height + gap) - gap, : columns * (width + gap) - gap])


def symmetric_limit(x: FloatArray, x_hat: FloatArray) -> float:
    """The largest finite difference, without its sign, in the picture that `difference_png` makes; 0 for none."""
    return _largest(_difference(x, x_hat))


def difference_png(x: FloatArray, x_hat: FloatArray, scale: int = 8, limit: float | None = None) -> bytes:
    """A PNG of x_hat - x: blue where the reconstruction is darker, red where it is brighter, white where it agrees.

    Args:
        x: original image (height, width), or with channels last, of which the mean difference is shown.
        x_hat: its reconstruction, of the same shape.
        scale: px per pixel.
        limit: the difference of full colour, on both sides; `symmetric_limit(x, x_hat)` if left out.

    Raises:
        ValueError: shapes that differ or are no image, or a limit below zero.
    """
    difference = _difference(x, x_hat)
    limit = _largest(difference) if limit is None else limit
    if not 0 <= limit < math.inf:
        raise ValueError(f"limit={limit} must be a finite number and not negative")
    return image_png(_diverging(difference, limit), scale)


def _difference(x: FloatArray, x_hat: FloatArray) -> NDArray[np.float64]:
    """x_hat - x of one image, (height, width): the mean over the channels."""
    if x.shape != x_hat.shape or x.ndim not in (2, 3):
        raise ValueError(f"no difference of images of shapes {x.shape} and {x_hat.shape}")
    with np.errstate(invalid="ignore"):  # infinity less infinity is nan, and shown as such
        difference = x_hat.astype(np.float64) - x
        return difference.mean(axis=2) if difference.ndim == 3 else difference


def _largest(difference: NDArray[np.float64]) -> float:
    return float(np.abs(difference[np.isfinite(difference)]).max(initial=0.0))


def _diverging(difference: NDArray[np.float64], limit: float) -> Pixels:
    """Colours (height, width, 3) on the diverging scale; grey where the difference is not a number."""
    stops = np.array([palette.rgb(colour) for colour in palette.DIVERGING])
    place = np.clip(difference / limit, -1.0, 1.0) if limit > 0 else np.zeros_like(difference)
    where = np.linspace(-1.0, 1.0, len(stops))
    colours = np.stack([np.interp(place, where, stops[:, channel]) for channel in range(3)], axis=-1)
    colours[np.isnan(difference)] = palette.rgb(palette.MEAN)
    return np.rint(colours).astype(np.uint8)


def _check_pixels(images: Pixels, *, batch: bool) -> None:
    """Raises ValueError unless `images` is an image, or a batch of them, of at least one pixel of uint8."""
    grey = 3 if batch else 2
    shape = images.shape
    has_shape = len(shape) == grey or (len(shape) == grey + 1 and shape[-1] in (1, 3))
    if images.dtype != np.uint8 or not has_shape or images.size == 0:
        raise ValueError(f"no image of uint8 pixels: {images.dtype} of shape {shape}")
