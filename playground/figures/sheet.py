"""Samples of several sources as one PNG: a heading and a row of tiles each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from playground.figures import palette
from playground.figures.pictures import Pixels

Values = NDArray[np.floating[Any]]

SIDE = 96  # px that a tile is enlarged to, at least, in whole pixels
GAP, EDGE, HEADING = 6, 16, 26  # px
INK, PAPER = "#31333F", "#FFFFFF"
WAVE = (64, 128)  # px, height and width
CELL = 14  # px


def sheet_png(rows: Sequence[tuple[str, Pixels]], columns: int) -> bytes:
    """A PNG of headings, each with tiles (n, height, width) or (n, height, width, 3) under it.

    Args:
        rows: heading and tiles, all tiles of one size.
        columns: tiles in a row; more go on below.

    Raises:
        ValueError: nothing to draw.
    """
    if not any(len(tiles) for _, tiles in rows):
        raise ValueError("a sheet needs at least one tile")
    height, width = next(tiles.shape[1:3] for _, tiles in rows if len(tiles))
    scale = max(1, SIDE // max(height, width))
    step_x, step_y = width * scale + GAP, height * scale + GAP
    lines = [-(-len(tiles) // columns) for _, tiles in rows]
    size = (2 * EDGE + columns * step_x - GAP, 2 * EDGE + sum(HEADING + GAP + line * step_y for line in lines))
    canvas = Image.new("RGB", (max(size[0], 320), size[1]), PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(14)
    top = EDGE
    for (heading, tiles), line in zip(rows, lines, strict=True):
        pen.text((EDGE, top), heading, INK, font)
        top += HEADING
        for place, pixels in enumerate(tiles):
            enlarged = pixels.repeat(scale, axis=0).repeat(scale, axis=1)  # a pixel stays a square
            at = EDGE + place % columns * step_x, top + place // columns * step_y
            canvas.paste(Image.fromarray(enlarged).convert("RGB"), at)
        top += line * step_y + GAP
    file = io.BytesIO()
    canvas.save(file, format="PNG", optimize=True)
    return file.getvalue()


def wave_tiles(x: Values, low: float, high: float) -> Pixels:
    """Series x (n, length) as lines in the decoder's colour, (n, height, width, 3), on the scale `low` to `high`."""
    height, width = WAVE
    across = np.linspace(2, 2 * width - 3, x.shape[1])
    tiles = []
    for wave in x.astype(np.float64):
        tile = Image.new("RGB", (2 * width, 2 * height), PAPER)
        up = 2 * height - 4 - (2 * height - 8) * np.clip((np.nan_to_num(wave) - low) / max(high - low, 1e-12), 0, 1)
        ImageDraw.Draw(tile).line(list(zip(across.tolist(), up.tolist(), strict=True)), fill=palette.DECODER, width=3)
        ImageDraw.Draw(tile).rectangle((0, 0, 2 * width - 1, 2 * height - 1), outline=palette.MEAN)
        tiles.append(np.asarray(tile.reduce(2)))
    return np.stack(tiles) if tiles else np.zeros((0, height, width, 3), np.uint8)


def cell_tiles(colours: Pixels) -> Pixels:
    """Rows of coloured cells (n, n_columns, 3) as tiles (n, height, width, 3)."""
    return colours[:, None].repeat(CELL, axis=1).repeat(CELL, axis=2)
