"""A setting: its range, its words, and how it is read from text, whether it is one of a run or of reading a file."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from playground.errors import SpecError

MOST_LAYERS = 6
MOST_UNITS = 2048
MOST_CHARACTERS = 300  # of a text

Value = str | int | float | bool | tuple[int, ...]


@dataclass(frozen=True)
class Field:
    """One setting: its range, its words, and how to read it from text.

    Attributes:
        kind: "name", "int", "float", "choice", "flag", "text" or "widths".
        low, high: the allowed range of a number, both included.
        choices: the allowed values of a choice.
        label: what it is called on a page.
        help: what it does, a sentence.
        group: under which heading the form shows it.
    """

    name: str
    kind: str
    default: Value
    label: str
    help: str
    group: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()

    def parse(self, raw: object) -> Value:
        """The value that `raw` (text from an address, or a JSON value) stands for.

        Raises:
            SpecError: `raw` cannot be read, or lies outside the allowed range.
        """
        try:
            value = _PARSERS[self.kind](raw)
        except (TypeError, ValueError, OverflowError):
            raise SpecError(f"{self.name}={_shown(raw)} cannot be read: {self.allowed()}.") from None
        self.check(value)
        return value

    def check(self, value: Value) -> None:
        """Raises SpecError unless `value` is allowed."""
        if self.kind == "int":
            inside = type(value) is int and self.low <= value <= self.high
        elif self.kind == "float":
            inside = type(value) is float and math.isfinite(value) and self.low <= value <= self.high
        elif self.kind == "choice":
            inside = value in self.choices
        elif self.kind == "widths":
            inside = (
                isinstance(value, tuple)
                and len(value) <= MOST_LAYERS
                and all(type(width) is int and 1 <= width <= MOST_UNITS for width in value)
            )
        elif self.kind == "text":
            inside = isinstance(value, str) and len(value) <= MOST_CHARACTERS and value.isprintable()
        elif self.kind == "name":
            inside = re.fullmatch(r"[a-z0-9_-]{1,64}", str(value)) is not None
        else:
            inside = isinstance(value, bool)
        if not inside:
            raise SpecError(f"{self.name}={_shown(self.text(value))} is not possible: {self.allowed()}.")

    def allowed(self) -> str:
        """The allowed values, in words."""
        return {
            "name": "it must be the name of a data set (lower-case letters, digits, '_' and '-')",
            "int": f"it must be a whole number from {self.low:,.0f} to {self.high:,.0f}",
            "float": f"it must be a number from {self.low:g} to {self.high:,g}",
            "choice": f"it must be one of {', '.join(self.choices)}",
            "flag": "it must be true or false",
            "text": f"it must be at most {MOST_CHARACTERS} characters in one line",
            "widths": f"it must be up to {MOST_LAYERS} layer widths from 1 to {MOST_UNITS:,}, such as 128-64, or none",
        }[self.kind]

    def text(self, value: Value) -> str:
        """`value` as an address or a command line carries it; `parse` reads it back."""
        if isinstance(value, tuple):
            return "-".join(map(str, value)) or "none"
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)


def plain(value: Any, kind: str) -> Value:
    """numpy's numbers as Python's; a whole number where any number may stand; everything else as it is."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return float(value) if kind == "float" else int(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    return tuple(plain(width, "int") for width in value) if isinstance(value, tuple) else value  # type: ignore[misc]


def _shown(raw: object) -> str:
    text = str(raw)
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"


def _int(raw: object) -> int:
    if isinstance(raw, bool):
        raise ValueError
    value = float(str(raw))  # "1e9" and "8.0" are whole numbers too
    if value != int(value):
        raise ValueError
    return int(value)


def _flag(raw: object) -> bool:
    text = str(raw).lower()
    if text not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
        raise ValueError
    return text in ("true", "1", "yes", "on")


def _widths(raw: object) -> tuple[int, ...]:
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return tuple(_int(width) for width in raw)
    text = str(raw).strip().lower()
    return () if text in ("", "none") else tuple(_int(width) for width in re.split(r"[-, ]+", text))


_PARSERS: dict[str, Callable[[object], Value]] = {
    "name": lambda raw: str(raw).strip(),
    "int": _int,
    "float": lambda raw: float(str(raw)),
    "choice": lambda raw: str(raw).strip(),
    "flag": _flag,
    "text": lambda raw: str(raw),
    "widths": _widths,
}


def setting(kind: str, default: Value, label: str, help: str, group: str, **limits: Any) -> Any:
    meta = {"kind": kind, "label": label, "help": help, "group": group, **limits}
    return dataclasses.field(default=default, metadata=meta)


def fields_of(record: type) -> dict[str, Field]:
    """The settings of a record whose attributes were made by `setting`, by name."""
    return {
        field.name: Field(name=field.name, default=field.default, **field.metadata)  # type: ignore[arg-type]
        for field in dataclasses.fields(record)
        if "kind" in field.metadata
    }
