"""Bringing pictures to one size, one range and one number of colours, whether they come from files or from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.data.dataset import LEAST_SAMPLES
from playground.data.reading.options import AUTO, ReadOptions
from playground.data.reading.report import Report
from playground.errors import DataError

Pixels = NDArray[Any]  # (n, height, width) or (n, height, width, 3), uint8 or float32
Size = tuple[int, int]  # width, height

USUAL_SIDE = 32
LARGEST_SIDE = 64  # pictures are kept as they are up to this
SMALLEST_SIDE = 4
MOST_VALUES = 50_000_000  # of all pictures together: 200 MB as float32
FITS = ("crop", "pad", "stretch")
N_PREVIEWS = 4
LONG = 2.0  # a picture twice as long as wide loses too much by cropping
OFTEN = 0.1  # of the pictures
BACKGROUNDS: Mapping[str, int] = {"white": 255, "black": 0, "grey": 128}
# A window without negative lobes: nothing becomes brighter or darker than it was.
FILTER = Image.Resampling.HAMMING


# -------------------------------------------------------------------------------------------------------- size


def decide_size(sizes: Sequence[Size], options: ReadOptions, report: Report) -> Size:
    """The size (width, height) that all pictures get: the wanted one, else a small one that they share, else 32."""
    side = options.size
    common = sizes[0] if len(set(sizes)) == 1 else None
    is_small = common is not None and all(SMALLEST_SIDE <= pixels <= LARGEST_SIDE for pixels in common)
    if common is not None and is_small and (side == 0 or common == (side, side)):
        report.decide("size", str(side), f"kept at {common[0]}×{common[1]} pixels")
        return common
    side = side or USUAL_SIDE
    report.decide("size", str(side), f"brought to {side}×{side} pixels")
    return side, side


def decide_fit(sizes: Sequence[Size], size: Size, has_alpha: bool, options: ReadOptions, report: Report) -> str:
    """How pictures are brought to the size, one of `FITS`; "" where all have its shape already."""
    if all(width * size[1] == height * size[0] for width, height in sizes):
        return ""
    long = sum(max(size) > LONG * min(size) for size in sizes)
    if options.fit != AUTO:
        fit, why = options.fit, ""
    elif has_alpha:
        fit, why = "pad", ", since some have a transparent layer"
    elif long > OFTEN * len(sizes):
        fit, why = "pad", ", since many are long or tall"
    else:
        fit, why = "crop", ""
    words = {"crop": "cropped to fill the square", "pad": "padded to a square", "stretch": "stretched to a square"}
    report.decide("fit", fit, words[fit] + why)
    return fit


def fitted(
    image: Image.Image, size: Size, fit: str, margin: float, extent: tuple[float, float] | None = None
) -> Image.Image:
    """The picture in this size.

    Args:
        fit: one of `FITS`, or "" for a picture of this shape.
        margin: the value of what "pad" adds.
        extent: (width, height) of the picture within the image, all of it if left out.
    """
    width, height = extent or image.size
    if image.size == size == (width, height):
        return image
    if fit == "crop":
        return image.resize(size, FILTER, box=_middle((width, height), size))
    if fit != "pad":
        return image.resize(size, FILTER, box=(0, 0, width, height))
    scale = min(size[0] / width, size[1] / height)
    inside = (max(1, round(width * scale)), max(1, round(height * scale)))
    n_bands = len(image.getbands())
    value = margin if image.mode == "F" else int(margin)
    page = Image.new(image.mode, size, (int(margin),) * n_bands if n_bands > 1 else value)
    shrunk = image.resize(inside, FILTER, box=(0, 0, width, height))
    page.paste(shrunk, ((size[0] - inside[0]) // 2, (size[1] - inside[1]) // 2))
    return page


def _middle(have: tuple[float, float], want: Size) -> tuple[float, float, float, float]:
    """The largest box of the wanted shape in the middle."""
    scale = min(have[0] / want[0], have[1] / want[1])
    left, top = (have[0] - want[0] * scale) / 2, (have[1] - want[1] * scale) / 2
    return max(left, 0.0), max(top, 0.0), min(have[0] - left, have[0]), min(have[1] - top, have[1])


# ------------------------------------------------------------------------------------------------------ number


def sampled(n: int, most: int, options: ReadOptions, report: Report) -> NDArray[np.int64]:
    """The places of the pictures to use, in order: all of them, or as many as there is room for, at random."""
    if n <= most:
        return np.arange(n)
    rows = np.sort(np.random.default_rng(options.sample_seed).choice(n, most, replace=False))
    report.count("pictures left out by sampling", n - most)
    report.say(
        f"{most:,} of {n:,} pictures are used, chosen at random (seed {options.sample_seed}): there is no room for "
        "all. Smaller or grey pictures need less."
    )
    return rows


def refuse_few(title: str, n: int, said: str = "") -> None:
    """Raises DataError where there are too few pictures."""
    if n < LEAST_SAMPLES:
        pictures = {0: "no picture", 1: "1 picture"}.get(n, f"{n} pictures")
        raise DataError(
            f"{title} holds {pictures} that can be read{said}: an autoencoder needs at least {LEAST_SAMPLES}. "
            "Bring more, in one ZIP or folder."
        )


def say_copies(pixels: Pixels, report: Report) -> None:
    """Says how many pictures are the same as another one, to the last pixel."""
    n = len(pixels)
    n_copies = n - len({hash(picture.tobytes()) for picture in pixels})
    report.count("pictures that are copies", n_copies)
    if n_copies == n - 1:
        report.say(f"All {n:,} pictures are the same: there is nothing to learn from them.")
    elif n_copies:
        pictures = "picture is a copy" if n_copies == 1 else "pictures are copies"
        report.say(
            f"{n_copies:,} {pictures} of another one: what is in the training rows may be in the test rows as well."
        )


# ------------------------------------------------------------------------------------------ range and colours


def value_range(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """What black and white are, from the lowest and the highest value; no value lies outside.

    The range that a camera or a program would have used, where the values fill at least a quarter of it: 0 to 1,
    −1 to 1, 0 to 255, and for whole numbers the powers of two of 10, 12, 14 and 16 bits. Else the values' own.
    """
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= -1 and high <= 1:
        return -1.0, 1.0
    for bits in (8, 10, 12, 14, 16) if whole else (8,):
        if low >= 0 and 2 ** (bits - 2) <= high <= 2**bits - 1:
            return 0.0, 2.0**bits - 1
    if whole and low >= 0:
        return 0.0, float(high)
    return float(low), float(high) if high > low else low + 1.0


def scaled(pixels: Pixels, low: float, high: float) -> NDArray[np.uint8]:
    """Pixels from low to high as whole numbers from 0 to 255."""
    return np.round((pixels - low) * (255 / (high - low))).clip(0, 255).astype(np.uint8)


def decide_colour(pixels: Pixels, options: ReadOptions, report: Report) -> str:
    """Whether pictures stay "colour" or become "grey": as wanted, else grey where every one is."""
    colour = options.colour
    if colour == AUTO:
        colour = "grey" if pixels.ndim == 3 or _all_grey(pixels) else "colour"
    report.decide("colour", colour, "in colour" if colour == "colour" else "grey")
    return colour


def coloured(pixels: Pixels, colour: str) -> Pixels:
    """The pictures (n, height, width) for "grey" and (n, height, width, 3) for "colour"."""
    if colour == "colour":
        return pixels if pixels.ndim == 4 else np.repeat(pixels[..., None], 3, axis=3)
    if pixels.ndim == 3:
        return pixels
    if _all_grey(pixels):
        return np.ascontiguousarray(pixels[..., 0])
    weights = np.array([0.299, 0.587, 0.114], np.float32)  # of luminance, ITU-R BT.601
    grey = np.empty(pixels.shape[:3], pixels.dtype)
    for place, picture in enumerate(pixels):  # one by one, to need no second copy of all
        values = picture.astype(np.float32) @ weights
        grey[place] = np.round(values) if pixels.dtype == np.uint8 else values
    return grey


def _all_grey(pixels: Pixels) -> bool:
    """Whether red, green and blue are the same everywhere, but for what JPEG rounds."""
    spread = 2 if pixels.dtype == np.uint8 else 0
    return all(np.ptp(picture.astype(np.float32), axis=2).max() <= spread for picture in pixels)
