"""What the cloud is given and what it sends back, as JSON. Free of Streamlit, so that it tests alone."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import IntArray
from playground.figures import palette
from playground.ui.components.packing import FloatArray, Payload, given, number, pack_pictures, pack_scaled
from playground.ui.components.parts import Colour
from playground.ui.components.payload import rows_payload

MOST_POINTS = 100_000
MOST_ASKED = 40  # cards in one question of the browser
BoolArray = NDArray[np.bool_]
Nearness = Literal["code", "input", "both"]


@dataclass(frozen=True)
class Link:
    """A line from the selected point to another: its neighbour in the code (red), in the input (grey), in both."""

    row: int
    near: Nearness


@dataclass(frozen=True, eq=False)
class Outline:
    """A group of points that is outlined and named.

    Attributes:
        name: written at its middle and in the legend.
        rows: indices of its points (k,).
        colour: of the outline ("#D03B47"); None takes the text's colour.
    """

    name: str
    rows: IntArray
    colour: str | None = None


@dataclass(frozen=True)
class Spot:
    """An extra place with its name, such as the mean of a group; as many coordinates as the cloud has."""

    place: tuple[float, ...]
    label: str


@dataclass(frozen=True, eq=False)
class Card:
    """What the hover card says of a row: its lines, and its picture (height, width[, 3]) as uint8."""

    text: str
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Picked:
    """What the visitor has just picked; both None in every run that no pick has caused.

    Attributes:
        point: index of the point clicked.
        group: indices of the points drawn around (k,), rising; empty where there were none.
    """

    point: int | None = None
    group: IntArray | None = None


def digest_of(*parts: object) -> str:
    """A short name for content: equal names mean equal content."""
    digest = blake2b(digest_size=12)
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def carried(key: str, part: Payload) -> Payload:
    """A part for the carrier, which the browser keeps by its key: JSON, deflated."""
    squeezed = zlib.compress(json.dumps(part, separators=(",", ":")).encode(), level=1)
    return {"key": key, "deflated": base64.b64encode(squeezed).decode("ascii")}


def points_part(places: FloatArray) -> Payload:
    """Coordinates (n, 1 to 3) as steps of 16 bits.

    Raises:
        ValueError: more points or dimensions than a cloud shows.
    """
    if places.ndim != 2 or not 1 <= places.shape[1] <= 3:
        raise ValueError(f"A cloud has one to three coordinates per point, not the shape {places.shape}.")
    if len(places) > MOST_POINTS:
        raise ValueError(f"A cloud shows at most {MOST_POINTS:,} points, not {len(places):,}: show a sample of them.")
    return pack_scaled(places)


def colour_part(colour: Colour | None, n: int) -> Payload:
    """What the points are coloured by, and the palette.

    Raises:
        ValueError: a colour that does not fit the points.
    """
    data = rows_payload(n, colour=colour, pictures=None, rows=None, selected=None, height=0)
    return given(colour=data.get("colour"), palette=data["palette"])


def view_payload(
    *,
    of: str,
    n: int,
    parts: dict[str, str],
    labels: Sequence[str],
    shown: BoolArray | None = None,
    hide: bool = False,
    selected: int | None = None,
    links: Sequence[Link] = (),
    groups: Sequence[Outline] = (),
    spots: Sequence[Spot] = (),
    asks: str | None = None,
    height: int = 480,
) -> Payload:
    """What changes while the points stay; see `cloud` for the meaning. `parts` names what the carriers hold.

    Raises:
        ValueError: numbers that are no point's, or lengths that do not belong together.
    """
    if shown is not None and shown.shape != (n,):
        raise ValueError(f"shown has shape {shown.shape} for {n} points.")
    for name, rows in [("selected", [] if selected is None else [selected]), ("links", [link.row for link in links])]:
        _check_rows(name, np.asarray(rows, dtype=np.int64), n)
    for group in groups:
        _check_rows(f"group '{group.name}'", group.rows, n)
    for spot in spots:
        if len(spot.place) != len(labels):
            raise ValueError(f"'{spot.label}' has {len(spot.place)} coordinates, the cloud has {len(labels)}.")
    data: Payload = {"of": of, "n": n, "parts": parts, "labels": list(labels), "height": int(height), "hide": hide}
    data["colours"] = {"code": palette.ENCODER, "input": palette.MEAN}
    data["links"] = [[int(link.row), link.near] for link in links]
    data["groups"] = [_group(group, n) for group in groups]
    data["spots"] = [{"place": [number(value) for value in spot.place], "label": spot.label} for spot in spots]
    mask = None if shown is None or shown.all() else bits(shown)
    return data | given(shown=mask, selected=None if selected is None else int(selected), asks=asks)


def cards_payload(cards: dict[int, Card]) -> Payload:
    """The cards that the browser has asked for, by row."""
    return {"cards": [_card(row, card) for row, card in cards.items()]}


def bits(mask: BoolArray) -> str:
    """A mask (n,) as base64, eight points a byte, the first in the lowest bit."""
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode("ascii")


def picked_point(value: object, of: str, n: int) -> int | None:
    """The index of the point clicked, from what the browser sent; None for all that is not one of these n points."""
    row = value.get("row") if isinstance(value, dict) and value.get("of") == of else None
    return row if isinstance(row, int) and not isinstance(row, bool) and 0 <= row < n else None


def picked_group(value: object, of: str, n: int) -> IntArray | None:
    """The indices of the points drawn around, from what the browser sent; None for all that is no mask of n points."""
    sent = value.get("bits") if isinstance(value, dict) and value.get("of") == of else None
    if not isinstance(sent, str) or len(sent) > 4 * (n // 8 + 3):
        return None
    try:
        raw = base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):  # ValueError: letters that are no ASCII
        return None
    if len(raw) != -(-n // 8):
        return None
    mask = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little")
    return None if mask[n:].any() else np.flatnonzero(mask[:n]).astype(np.int64)


def asked_rows(value: object, of: str, n: int) -> list[int]:
    """The rows whose cards the browser asks for, at most `MOST_ASKED`; what is no row of the n is left out."""
    rows = value.get("rows") if isinstance(value, dict) and value.get("of") == of else None
    if not isinstance(rows, list):
        return []
    fit = [row for row in rows if isinstance(row, int) and not isinstance(row, bool) and 0 <= row < n]
    return list(dict.fromkeys(fit))[:MOST_ASKED]


def _group(group: Outline, n: int) -> Payload:
    mask = np.zeros(n, dtype=np.bool_)
    mask[np.asarray(group.rows, dtype=np.int64)] = True
    return {"name": group.name, "rows": bits(mask)} | given(colour=group.colour)


def _card(row: int, card: Card) -> Payload:
    picture = None if card.picture is None else pack_pictures(card.picture[None])
    return {"row": int(row), "text": card.text} | given(picture=picture)


def _check_rows(name: str, rows: NDArray[Any], n: int) -> None:
    outside = rows[(rows < 0) | (rows >= n)]
    if len(outside):
        raise ValueError(f"{name} holds {outside[0]}, but the points are numbered 0 to {n - 1}.")
