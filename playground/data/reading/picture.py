"""One picture out of a file's bytes: measured before it is unpacked, shrunk while it is."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from playground.data.reading.fitting import Size, fitted, scaled
from playground.data.reading.source import FREE_OF_RATIO, MOST_RATIO

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
MOST_PIXELS = 24_000_000
MOST_PIXELS_OF_JPEG = 50_000_000  # unpacked at an eighth of its sides
MOST_PIXELS_OF_WEBP = 12_000_000  # unpacked three times over
MOST_PIXELS_IN_WORDS = 1_000_000  # of a PNM whose pixels are written out as text
LONGEST_SIDE = 30_000
MOST_SCANS = 40  # of a JPEG; a progressive one has about ten, and each goes through the whole picture
USUAL_SCANS = 10
SHARPNESS = 2  # a picture may be unpacked at no less than this many times the size it gets
STRIPE = 1_000_000  # pixels turned at a time
WORK_OF_JPEG = 1 / 8  # of the time that unpacking takes otherwise
GREY = ("1", "L", "LA", "La", "F", "I")
START_OF_SCAN = b"\xff\xda"
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = (5, 6, 7, 8)
ORIENTATION = 0x0112  # the tag of EXIF

DAMAGED = "damaged"
TOO_LARGE = "too large"
BOMB = "far larger inside than the file"
NOT_FINITE = "with missing or infinite values"


class Unusable(Exception):
    """Why one picture is left out, in words to follow a number: "2 damaged"."""


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is unpacked.

    Attributes:
        size: (width, height), the way it is shown.
        is_grey: whether it can only be grey.
        has_alpha: whether it has a transparent layer.
        has_more: whether other frames follow the first.
        work: pixels to be unpacked, or as much work as that.
    """

    size: Size
    is_grey: bool
    has_alpha: bool
    has_more: bool
    work: float


@dataclass(frozen=True, eq=False)
class Shrunk:
    """A picture, unpacked.

    Attributes:
        image: in mode "L" or "RGB", or "F" where a value has more than 8 bits; as it is stored, still to be turned.
        extent: (width, height) of the picture in it; the last row and column may stand for fewer pixels than others.
        turn: as EXIF writes it.
        low, high: the lowest and the highest value of a picture in mode "F", before it was shrunk.
        whole: whether its values were whole numbers.
    """

    image: Image.Image
    extent: tuple[float, float] = (0.0, 0.0)
    turn: int = 1
    low: float = 0.0
    high: float = 255.0
    whole: bool = True

    @property
    def is_deep(self) -> bool:
        return self.image.mode == "F"

    def fitted(self, size: Size, fit: str, margin: float) -> Image.Image:
        """The picture upright and in this size; see `fitting.fitted`."""
        size = size[::-1] if self.turn in SIDEWAYS else size
        image = fitted(self.image, size, fit, margin, self.extent)
        return image if self.turn not in TURNS else image.transpose(TURNS[self.turn])

    def as_bytes(self, low: float, high: float, mode: str) -> Shrunk:
        """The same in this mode of 8 bits, from low to high."""
        if not self.is_deep:
            return self
        return replace(self, image=Image.fromarray(scaled(np.asarray(self.image), low, high)).convert(mode))


def header(content: bytes) -> Header:
    """Measures a picture.

    Raises:
        Unusable: it is damaged, or too large to be unpacked.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        _refuse(image, content)
        return Header(
            size=image.size[::-1] if _turn(image) in SIDEWAYS else image.size,
            is_grey=image.mode in GREY or image.mode.startswith("I;16"),
            has_alpha=image.has_transparency_data,
            has_more=_has_more(image),
            work=math.prod(image.size) * _effort(image, content),
        )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise Unusable(TOO_LARGE) from error
    except Unusable:
        raise
    except Exception as error:
        # Pillow's readers raise whatever their code runs into on damaged bytes (OSError, SyntaxError, ValueError,
        # TypeError, KeyError, IndexError, AttributeError, struct.error, zlib.error, …), more with every release.
        raise Unusable(DAMAGED) from error


def shrunk(content: bytes, size: Size, mode: str, background: int) -> Shrunk:
    """Unpacks a picture that `header` has measured.

    Args:
        size: (width, height) that it will get; it comes larger than that, and smaller than it was if it can.
        mode: "L" or "RGB"; what has more than 8 bits comes as "F" in any case.
        background: what shows through where it is transparent, 0 to 255.

    Raises:
        Unusable: it is damaged, or holds values that are no numbers.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        side, full = SHARPNESS * max(size), image.size
        image.draft(mode, (side, side))
        image.load()
        deep = image.mode in ("I", "F") or image.mode.startswith("I;16")
        found = _deep(image, side) if deep else Shrunk(_shallow(image, side, mode, background))
        factor = round(full[0] / image.width) * _factor(image, side)
        return replace(found, extent=(full[0] / factor, full[1] / factor), turn=_turn(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise Unusable(TOO_LARGE) from error
    except Unusable:
        raise
    except Exception as error:
        raise Unusable(DAMAGED) from error  # see `header`


def _refuse(image: Image.Image, content: bytes) -> None:
    """Raises Unusable where unpacking would take too long or too much memory."""
    n_pixels = math.prod(image.size)
    most = {"WEBP": MOST_PIXELS_OF_WEBP}.get(image.format or "", MOST_PIXELS)
    if _is_baseline(image):
        most = MOST_PIXELS_OF_JPEG
    elif image.format == "PPM" and content[1:2] in b"123":
        most = MOST_PIXELS_IN_WORDS
    if n_pixels > most or max(image.size) > LONGEST_SIDE:
        raise Unusable(TOO_LARGE)
    n_bytes = n_pixels * len(image.getbands())
    if _n_scans(image, content) > MOST_SCANS or n_bytes > max(FREE_OF_RATIO, MOST_RATIO * len(content)):
        raise Unusable(BOMB)


def _is_baseline(image: Image.Image) -> bool:
    """Whether a picture can be unpacked at an eighth of its sides without being held whole."""
    return image.format in ("JPEG", "MPO") and not image.info.get("progressive")


def _n_scans(image: Image.Image, content: bytes) -> int:
    """How often a JPEG goes through its pixels; 1 for other formats."""
    return content.count(START_OF_SCAN) if image.format in ("JPEG", "MPO") else 1


def _effort(image: Image.Image, content: bytes) -> float:
    """The time that unpacking takes, as a multiple of what as many pixels usually take."""
    return WORK_OF_JPEG if _is_baseline(image) else max(1.0, _n_scans(image, content) / USUAL_SCANS)


def _turn(image: Image.Image) -> int:
    """How a picture is to be turned to stand upright, as EXIF writes it; 1 for not at all."""
    if image.format == "TIFF":
        return 1  # Pillow turns it itself, its size included
    if image.format == "PNG" and "exif" not in image.info and getattr(image, "tile", None):
        return 1  # Pillow would unpack all of it to look behind the pixels
    try:
        turn = image.getexif().get(ORIENTATION)
    except Exception:  # as in `header`; damaged notes do not make a damaged picture
        return 1
    return turn if turn in TURNS else 1


def _has_more(image: Image.Image) -> bool:
    """Whether other frames follow the first; what a camera hides behind a JPEG is none."""
    return image.format in ("GIF", "PNG", "WEBP", "TIFF") and bool(getattr(image, "is_animated", False))


def _factor(image: Image.Image, side: int) -> int:
    """By how much a picture may be shrunk so that both sides stay this long."""
    return max(1, min(image.size) // side)


def _shallow(image: Image.Image, side: int, mode: str, background: int) -> Image.Image:
    """A picture of 8 bits or fewer, turned and shrunk stripe by stripe: a turned copy of all would be too much."""
    factor = _factor(image, side)
    if factor == 1:
        return _plain(image, mode, background)
    small = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    rows = max(1, STRIPE // (image.width * factor)) * factor
    for top in range(0, image.height, rows):
        stripe = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(_plain(stripe, mode, background).reduce(factor), (0, top // factor))
    return small


def _plain(image: Image.Image, mode: str, background: int) -> Image.Image:
    """The same without transparency, palette or the four colours of print."""
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, (background, background, background, 255))
        page.alpha_composite(image.convert("RGBA"))
        image = page
    if image.mode == "LAB":
        return _from_lab(image).convert(mode)
    return image.convert("RGB").convert(mode) if image.mode not in ("1", "L", "RGB", "RGBA") else image.convert(mode)


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    turned = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    if turned is None:
        raise Unusable(DAMAGED)
    return turned


def _deep(image: Image.Image, side: int) -> Shrunk:
    """A picture with more than 8 bits per value: `convert("L")` would cut off at 255 what is brighter."""
    whole = image.mode != "F"
    values = image.convert("F")
    low, high = math.inf, -math.inf
    rows = max(1, STRIPE // values.width)
    for top in range(0, values.height, rows):
        stripe = np.asarray(values.crop((0, top, values.width, min(top + rows, values.height))))
        if not np.isfinite(stripe).all():
            raise Unusable(NOT_FINITE)
        low, high = min(low, float(stripe.min())), max(high, float(stripe.max()))
    factor = _factor(values, side)
    small = values.reduce(factor) if factor > 1 else values
    return Shrunk(small, low=low, high=high, whole=whole)
