"""The film of a run as an animated GIF: the error so far, the map of the codes, and the samples as they come to be."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.figures import palette
from playground.figures.gif_canvas import (
    FINER,
    GRID,
    INK,
    PALE_INK,
    PAPER,
    Axis,
    Canvas,
    FloatArray,
    Place,
    bulk,
    clipped,
    length,
    number,
    printable,
    short,
    ticks,
)
from playground.figures.gif_samples import EDGE, MOST_SAMPLES, WIDTH, SampleRows, samples_of
from playground.figures.numbers import count

MOST_FRAMES = 80
FEWEST_FRAMES = 10
MOST_BYTES = 4_000_000
SECONDS = 12.0  # of the whole film, the last picture included
LAST_SECONDS = 2.0  # that the last picture stays
SLOWEST = 0.6  # seconds per picture, for films of few
MOST_POINTS = 900  # of the map
MOST_LEVELS = 10  # named in the legend
N_COLOURS = 240  # of the 256 of a GIF; with a few to spare, Pillow stores only what changes

# Places in px.
TOP, BOTTOM = 100, 324  # of both plots
LOSS = (54, 372)  # left and right of the plot of the error
MAP = (424, 742)  # and of the map

TRAINING = "#D9838B"  # the encoder's red, paler
EXACT = (PAPER, INK, PALE_INK, GRID, palette.ENCODER, palette.DECODER, palette.PCA, palette.MEAN, *palette.CLASSES)
NEAR = 8  # levels
GOLDEN = 0.61803398875


class FilmFrame(NamedTuple):
    """One epoch: `z` (k, m) codes, the first two units turned onto the frame before; `x_hat` (n_samples, n)."""

    epoch: int
    z: FloatArray
    x_hat: FloatArray


class MapColour(NamedTuple):
    """What the codes are coloured by: one number per code; with `levels`, the level's index, negative for none."""

    name: str
    values: NDArray[Any]
    levels: Sequence[str] | None


def film_gif(
    *,
    title: str,
    words: str,
    history: Mapping[str, Sequence[float]],
    pca: float | None,
    mean: float | None,
    unit: str,
    epochs: int,
    latent_dim: int,
    x: FloatArray,
    frames: Sequence[FilmFrame],
    kind: str,
    image_shape: tuple[int, ...] | None = None,
    low: float = 0.0,
    high: float = 1.0,
    colour: MapColour | None = None,
    log: bool = False,
    passes: int | None = None,
) -> bytes:
    """An animated GIF, 760 px wide, of at most 80 pictures and 12 seconds, for ever from the beginning again.

    Args:
        title: such as the data set's; what the built-in font lacks is replaced.
        words: one line below it: the settings, or the verdict.
        history: lists "epoch", "train" and "val" of equal length; not-a-number leaves a gap.
        pca, mean: errors of PCA and of the mean baseline in the same unit; None for one that is not known.
        unit: what the errors are measured in, such as "squared error per image".
        epochs: planned epochs, the right end of the plot.
        latent_dim: m; the map shows the first two units.
        x: the originals (n_samples, n), at most eight are shown.
        frames: at least one, in the order of their epochs.
        kind: "image" (needs `image_shape`), "series", "points" or "table": how a sample is drawn.
        image_shape: (height, width) or (height, width, 1 or 3).
        low, high: the values drawn black and white.
        colour: of the codes; amber without it.
        log: whether the axis of the error is logarithmic.
        passes: the epoch, one of `history`, that is marked as the first to beat PCA.

    Raises:
        ValueError: no frame, or shapes and lengths that do not belong together.
    """
    _check(history, x, frames, colour, image_shape, kind)
    shown = _spread(frames)
    film = _Film(
        head=(printable(title), printable(words)),
        loss=_LossPlot(history, pca, mean, printable(unit), max(epochs, 1), latent_dim, log, passes),
        codes=_CodeMap(shown, colour, latent_dim),
        samples=samples_of(x[:MOST_SAMPLES], kind, image_shape, low, high),
        epochs=epochs,
    )
    return _small_enough([film.picture(frame) for frame in shown])


class _LossPlot:
    """The error so far, above all PCA's line."""

    def __init__(
        self,
        history: Mapping[str, Sequence[float]],
        pca: float | None,
        mean: float | None,
        unit: str,
        epochs: int,
        latent_dim: int,
        log: bool,
        passes: int | None,
    ) -> None:
        self.unit, self.latent_dim = unit, latent_dim
        self.epoch = [float(epoch) for epoch in history["epoch"]]
        self.curves = {name: np.asarray(history[name], dtype=np.float64) for name in ("train", "val")}
        self.levels = {
            name: value for name, value in (("mean", mean), ("pca", pca)) if value is not None and math.isfinite(value)
        }
        self.x = Axis(0, max([float(epochs), *self.epoch]), *LOSS)
        self.y = self._error_axis(log)
        self.passed = self.epoch.index(passes) if passes in self.epoch else None

    def _error_axis(self, log: bool) -> Axis:
        values = np.concatenate([*self.curves.values(), list(self.levels.values())])
        values = values[np.isfinite(values)]
        if not values.size:
            return Axis(0, 1, BOTTOM, TOP)
        highest = float(values.max())
        if "mean" in self.levels:  # a first epoch that is far worse than the mean must not flatten all the rest
            highest = min(highest, 1.5 * self.levels["mean"]) or highest
        positive = values[values > 0]
        if log and positive.size and positive.min() < highest:
            return Axis(float(positive.min()) / 1.15, highest * 1.15, BOTTOM, TOP, log=True)
        return Axis(0, highest * 1.06 or 1.0, BOTTOM, TOP)

    def draw_still(self, canvas: Canvas) -> None:
        """Axes and the lines of PCA and of the mean."""
        left, right = LOSS
        for tick in ticks(self.y):
            y = self.y.at(tick)
            canvas.line([(left, y), (right, y)], GRID)
            canvas.text(left - 6, y, short(tick), PALE_INK, 11, "rm")
        for tick in ticks(self.x):
            canvas.text(self.x.at(tick), BOTTOM + 15, short(tick), PALE_INK, 11, "ms")
        canvas.line([(left, BOTTOM), (right, BOTTOM)], PALE_INK)
        canvas.text(right, BOTTOM + 29, "epoch", PALE_INK, 11, "rs")
        canvas.text(left, TOP - 26, clipped(self.unit, right - left, 12), INK, 12)
        for name, value in self.levels.items():
            hue, words = (palette.MEAN, "mean") if name == "mean" else (palette.PCA, f"PCA({self.latent_dim})")
            canvas.dashes(left, right, self.y.at(value), hue, 2)
            y = self.y.at(value)
            y += 15 if y < TOP + 14 else -5
            canvas.text(right, y, f"{words} {number(value)}", hue, 12, "rs", strong=True)

    def draw(self, canvas: Canvas, epoch: int) -> None:
        """The curves as far as `epoch`, and the cursor there."""
        cursor = self.x.at(epoch)
        canvas.line([(cursor, TOP), (cursor, BOTTOM)], PALE_INK, 1)
        for name, width in (("train", 1.0), ("val", 2.5)):
            for piece in self._pieces(name, epoch):
                canvas.line(piece, palette.ENCODER if name == "val" else TRAINING, width)
        self._say(canvas, "train", "training", epoch, LOSS[1] - 118)
        if newest := self._say(canvas, "val", "validation", epoch, LOSS[1]):
            canvas.dot(*newest, 4, palette.ENCODER, PAPER)
        if self.passed is not None and (at := self.epoch[self.passed]) <= epoch:
            self._draw_passing(canvas, at)

    def _say(self, canvas: Canvas, name: str, words: str, epoch: int, right: float) -> Place | None:
        """Writes the newest known value above the plot, and gives its place."""
        known = [i for i, at in enumerate(self.epoch) if at <= epoch and math.isfinite(self.curves[name][i])]
        if not known:
            return None
        value = float(self.curves[name][known[-1]])
        hue = palette.ENCODER if name == "val" else TRAINING
        canvas.text(right, TOP - 9, f"{words} {number(value)}", hue, 12, "rs", strong=name == "val")
        return self.x.at(self.epoch[known[-1]]), self.y.at(value)

    def _draw_passing(self, canvas: Canvas, at: float) -> None:
        x, y = self.x.at(at), self.y.at(self.levels["pca"])
        canvas.dot(x, y, 4.5, PAPER, palette.PCA, 2)
        words = f"passes PCA at epoch {count(int(at))}"
        if x + length(words, 12) + 110 < LOSS[1]:  # there the curve has come from the left, from above
            canvas.text(x + 9, y - 6, words, palette.PCA)
        else:
            canvas.text(x - 7, y + 18, words, palette.PCA, anchor="rs")

    def _pieces(self, name: str, epoch: int) -> Iterator[list[Place]]:
        """The curve up to `epoch`, cut where a value is not known."""
        piece: list[Place] = []
        for at, value in zip(self.epoch, self.curves[name].tolist(), strict=True):
            if at > epoch:
                break
            if not math.isfinite(value) or (self.y.log and value <= 0):
                yield piece
                piece = []
            else:
                piece.append((self.x.at(at), self.y.at(value)))
        yield piece


class _CodeMap:
    """The codes of an epoch as coloured points, within limits that all epochs share."""

    def __init__(self, frames: Sequence[FilmFrame], colour: MapColour | None, latent_dim: int) -> None:
        k = len(frames[0].z)
        self.rows = np.unique(np.linspace(0, k - 1, min(k, MOST_POINTS)).round().astype(int)) if k else np.arange(0)
        self.k, self.latent_dim, self.colour = k, latent_dim, colour
        self.colours = _colours(colour, k)
        self.x = _map_axis([frame.z[:, 0] for frame in frames], *MAP)
        two = min((frame.z.shape[1] for frame in frames), default=1) > 1
        self.y = _map_axis([frame.z[:, 1] for frame in frames], BOTTOM, TOP) if two else None

    def draw_still(self, canvas: Canvas) -> None:
        left, right = MAP
        units = f", units 1 and 2 of {self.latent_dim}" if self.latent_dim > 2 else ""
        canvas.text(left, TOP - 9, f"codes of {count(len(self.rows))} held-out samples{units}", INK, 12)
        canvas.frame(left - 6, TOP, right + 6, BOTTOM, GRID)
        canvas.text(right, BOTTOM + 15, "z1", PALE_INK, 11, "rs")
        canvas.text(left - 10, TOP + 8, "z2" if self.y else "", PALE_INK, 11, "rs")
        if self.colour is not None:
            self._draw_legend(canvas, self.colour)

    def draw(self, canvas: Canvas, frame: FilmFrame) -> None:
        places = self._places(frame.z)
        for row in self.rows.tolist():
            x, y = places[row]
            if math.isfinite(x) and math.isfinite(y):
                canvas.dot(x, y, 2.6, self.colours[row], PAPER, 0.5)

    def _places(self, z: FloatArray) -> NDArray[np.float64]:
        """Pixels (k, 2); not-a-number for codes that are none or lie outside."""
        x = _pixels(self.x, z[:, 0])
        if self.y is not None:
            return np.stack([x, _pixels(self.y, z[:, 1])], axis=1)
        spread = 0.7 * ((np.arange(len(z)) * GOLDEN) % 1) + 0.15  # a strip: heights that are even and always the same
        return np.stack([x, TOP + spread * (BOTTOM - TOP)], axis=1)

    def _draw_legend(self, canvas: Canvas, colour: MapColour) -> None:
        x, y = float(MAP[0] - 6), BOTTOM + 29
        name = clipped(printable(colour.name), 90)
        canvas.text(x, y, name, PALE_INK, 11)
        x += length(name, 11) + 12
        if colour.levels is None:
            self._draw_scale(canvas, colour, x, y)
            return
        for level, words in enumerate(colour.levels[:MOST_LEVELS]):
            words = clipped(printable(words), 70)
            if x + 10 + length(words, 11) > MAP[1] - 12:
                canvas.text(x, y, "…", PALE_INK, 11)
                return
            canvas.dot(x + 3, y - 4, 3.5, palette.CLASSES[level % len(palette.CLASSES)])
            canvas.text(x + 10, y, words, INK, 11)
            x += 20 + length(words, 11)
        if len(colour.levels) > MOST_LEVELS:
            canvas.text(x, y, "…", PALE_INK, 11)

    def _draw_scale(self, canvas: Canvas, colour: MapColour, x: float, y: float) -> None:
        low, high = bulk([np.asarray(colour.values, dtype=np.float64)])
        canvas.text(x, y, number(low), INK, 11)
        x += length(number(low), 11) + 6
        for step in range(60):
            canvas.box(x + step, y - 8, x + step + 1, y, _sequential(step / 59))
        canvas.text(x + 66, y, number(high), INK, 11)


class _Film:
    """Draws one picture of the film; what stands still is drawn once."""

    def __init__(
        self, head: tuple[str, str], loss: _LossPlot, codes: _CodeMap, samples: SampleRows, epochs: int
    ) -> None:
        self.loss, self.codes, self.samples, self.epochs = loss, codes, samples, epochs
        self.top = BOTTOM + 42
        size = (WIDTH * FINER, math.ceil(self.top + samples.height + 6) * FINER)
        self.still = Image.new("RGB", size, PAPER)
        canvas = Canvas(self.still)
        canvas.text(EDGE, 31, clipped(head[0], 540, 20), INK, 20, strong=True)
        canvas.text(EDGE, 53, clipped(head[1], WIDTH - 2 * EDGE, 13), PALE_INK, 13)
        loss.draw_still(canvas)
        codes.draw_still(canvas)
        samples.draw_still(canvas, self.top)

    def picture(self, frame: FilmFrame) -> Image.Image:
        canvas = Canvas(self.still.copy())
        of = f" of {count(self.epochs)}" if frame.epoch <= self.epochs else ""
        canvas.text(WIDTH - EDGE, 31, f"epoch {count(frame.epoch)}{of}", INK, 16, "rs", strong=True)
        self.loss.draw(canvas, frame.epoch)
        self.codes.draw(canvas, frame)
        self.samples.draw(canvas, self.top, frame.x_hat[:MOST_SAMPLES])
        return canvas.finished()


# ---------------------------------------------------------------- the file


def _spread(frames: Sequence[FilmFrame]) -> list[FilmFrame]:
    """At most `MOST_FRAMES`, evenly, the first and the last among them."""
    places = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).round().astype(int))
    return [frames[place] for place in places.tolist()]


def _small_enough(pictures: list[Image.Image]) -> bytes:
    """The file of all pictures, or of every second one (and the last) where it would be too large."""
    file = _saved(pictures, _durations(len(pictures)))
    if len(file) <= MOST_BYTES or len(pictures) <= FEWEST_FRAMES:
        return file
    return _small_enough(pictures[::-2][::-1])


def _durations(n: int) -> list[int]:
    """Milliseconds that each picture stays."""
    moving = min(SLOWEST, (SECONDS - LAST_SECONDS) / max(1, n - 1))
    return [10 * int(100 * moving)] * (n - 1) + [int(1000 * LAST_SECONDS)]  # a GIF counts in hundredths of a second


def _saved(pictures: Sequence[Image.Image], durations: list[int]) -> bytes:
    shades = _shared_colours(pictures)
    first, *rest = (picture.quantize(palette=shades, dither=Image.Dither.NONE) for picture in pictures)
    file = io.BytesIO()
    first.save(file, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=False)
    return file.getvalue()


def _shared_colours(pictures: Sequence[Image.Image]) -> Image.Image:
    """The colours of all pictures, chosen from a few of them: with one palette, only what moves is stored again."""
    few = [pictures[place] for place in {0, len(pictures) // 3, len(pictures) - 1}]
    sheet = Image.new("RGB", (few[0].width, sum(picture.height for picture in few)))
    for place, picture in enumerate(few):
        sheet.paste(picture, (0, place * picture.height))
    chosen = np.array(sheet.quantize(N_COLOURS - len(EXACT), Image.Quantize.MEDIANCUT).getpalette()).reshape(-1, 3)
    exact = np.array([palette.rgb(colour) for colour in EXACT])
    # Pillow looks colours up coarsely: a near white beside the white would be taken for it.
    apart = np.abs(chosen[:, None] - exact).max(axis=2).min(axis=1) > NEAR
    shades = Image.new("P", (1, 1))
    shades.putpalette(np.concatenate([exact, chosen[apart]]).ravel().tolist())
    return shades


def _map_axis(units: Sequence[FloatArray], start: float, end: float) -> Axis:
    """Wide enough for nearly all codes of every frame."""
    ranges = np.array([bulk([values]) for values in units])
    low, high = float(ranges[:, 0].min()), float(ranges[:, 1].max())
    return Axis(low - 0.12 * (high - low), high + 0.12 * (high - low), start, end)


def _pixels(axis: Axis, values: FloatArray) -> NDArray[np.float64]:
    share = (values.astype(np.float64) - axis.low) / (axis.high - axis.low)
    with np.errstate(invalid="ignore"):
        share = np.where((share >= 0) & (share <= 1), share, np.nan)
    return axis.start + share * (axis.end - axis.start)


def _colours(colour: MapColour | None, k: int) -> list[str]:
    if colour is None:
        return [palette.BOTTLENECK] * k
    values = np.asarray(colour.values)
    if colour.levels is not None:
        classes = palette.CLASSES
        return [classes[value % len(classes)] if value >= 0 else palette.MEAN for value in values.tolist()]
    low, high = bulk([values])
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
    return [_sequential(value) if math.isfinite(value) else palette.MEAN for value in share.tolist()]


def _sequential(share: float) -> str:
    stops = np.array([palette.rgb(stop) for stop in palette.SEQUENTIAL])
    place = share * (len(stops) - 1)
    mixed = [round(float(np.interp(place, np.arange(len(stops)), stop))) for stop in stops.T]
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def _check(
    history: Mapping[str, Sequence[float]],
    x: FloatArray,
    frames: Sequence[FilmFrame],
    colour: MapColour | None,
    image_shape: tuple[int, ...] | None,
    kind: str,
) -> None:
    if not frames:
        raise ValueError("a film needs at least one frame")
    lengths = {name: len(history[name]) for name in ("epoch", "train", "val")}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"history's lists differ in length: {lengths}")
    if image_shape is not None and math.prod(image_shape) != x.shape[1]:
        raise ValueError(f"image_shape {image_shape} does not hold {x.shape[1]} features")
    if kind == "image" and image_shape is None:
        raise ValueError("images need their image_shape")
    k = len(frames[0].z)
    for frame in frames:
        if frame.z.ndim != 2 or len(frame.z) != k or frame.x_hat.shape != x.shape:
            raise ValueError(f"frame {frame.epoch}: z {frame.z.shape} and x_hat {frame.x_hat.shape} do not belong here")
    if colour is not None and len(colour.values) != k:
        raise ValueError(f"colour '{colour.name}' has {len(colour.values)} values for {k} codes")
