"""Every choice behind a run, in one frozen, self-validating record.

One table of fields (`FIELDS`) drives the form, the address, the command line, the JSON and the Reproduce panel: to add
a setting, add one field to `RunSpec`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

from playground.data.dataset import Dataset
from playground.data.split import SCALINGS, Split
from playground.errors import SpecError

MODELS = ("dense", "linear")
ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "sigmoid")
LOSSES = ("sum_squares", "mean_squares", "binary_cross_entropy", "absolute")
OUTPUTS = ("linear", "sigmoid")
SCHEDULES = ("one_cycle", "constant")
MOST_LAYERS = 6
MOST_UNITS = 2048
MOST_PARAMETERS = 20_000_000

Value = str | int | float | bool | tuple[int, ...]


@dataclass(frozen=True)
class Field:
    """One setting: its range, its words, and how to read it from text.

    Attributes:
        kind: "name", "int", "float", "choice", "flag" or "widths".
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
            "widths": f"it must be up to {MOST_LAYERS} layer widths from 1 to {MOST_UNITS:,}, such as 128-64, or none",
        }[self.kind]

    def text(self, value: Value) -> str:
        """`value` as an address or a command line carries it; `parse` reads it back."""
        if isinstance(value, tuple):
            return "-".join(map(str, value)) or "none"
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)


def _plain(value: Any, kind: str) -> Value:
    """numpy's numbers as Python's; a whole number where any number may stand; everything else as it is."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return float(value) if kind == "float" else int(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    return tuple(_plain(width, "int") for width in value) if isinstance(value, tuple) else value  # type: ignore[misc]


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
    "widths": _widths,
}


def _setting(kind: str, default: Value, label: str, help: str, group: str, **limits: Any) -> Any:
    meta = {"kind": kind, "label": label, "help": help, "group": group, **limits}
    return dataclasses.field(default=default, metadata=meta)


@dataclass(frozen=True)
class RunSpec:
    """Every choice behind a run. Two runs of equal specs are the same run, to the last bit on one machine's CPU.

    Raises:
        SpecError: a setting is outside its range, or two settings contradict each other.
    """

    data: str = _setting("name", "digits", "Data", "The data set to learn.", "data")
    val_fraction: float = _setting(
        "float", 0.15, "Validation share", "Share of the rows that choose the best epoch.", "data", low=0.05, high=0.4
    )
    test_fraction: float = _setting(
        "float", 0.2, "Test share", "Share of the rows kept for the final comparison.", "data", low=0.05, high=0.4
    )
    split_seed: int = _setting(
        "int", 0, "Split seed", "Which rows go where; the same seed gives the same rows.", "data", low=0, high=2**31 - 1
    )
    scaling: str = _setting(
        "choice",
        "auto",
        "Scaling",
        "How columns are brought to one scale, learnt from the training rows alone. 'auto' maps pixels to 0–1 and "
        "gives every other column mean 0 and standard deviation 1.",
        "data",
        choices=SCALINGS,
    )
    model: str = _setting(
        "choice",
        "dense",
        "Model",
        "'dense' bends the space with hidden layers; 'linear' has none and can at best find PCA's subspace.",
        "model",
        choices=MODELS,
    )
    latent_dim: int = _setting(
        "int", 2, "Bottleneck m", "Numbers in the code: all that the decoder gets to see.", "model", low=1, high=1024
    )
    hidden: tuple[int, ...] = _setting(
        "widths",
        (128, 64, 32),
        "Hidden layers",
        "Units of each hidden layer of the encoder; the decoder mirrors them.",
        "model",
    )
    activation: str = _setting(
        "choice", "relu", "Activation", "The bend after every hidden layer.", "model", choices=ACTIVATIONS
    )
    batch_norm: bool = _setting(
        "flag",
        True,
        "Batch normalisation",
        "Keeps every hidden layer's units at mean 0 and variance 1 over a batch (Ioffe and Szegedy 2015).",
        "model",
    )
    output: str = _setting(
        "choice",
        "sigmoid",
        "Output",
        "'sigmoid' keeps reconstructions between 0 and 1, as pixels are; 'linear' allows any number.",
        "model",
        choices=OUTPUTS,
    )
    loss: str = _setting("choice", "sum_squares", "Loss", "What training makes small.", "training", choices=LOSSES)
    epochs: int = _setting("int", 60, "Epochs", "Passes over the training rows.", "training", low=1, high=10_000)
    batch_size: int = _setting("int", 64, "Batch", "Rows per step of the optimiser.", "training", low=2, high=8192)
    learning_rate: float = _setting(
        "float",
        2e-2,
        "Learning rate",
        "Size of the optimiser's steps (Adam; the peak, where the schedule is one_cycle).",
        "training",
        low=1e-6,
        high=1000.0,
    )
    schedule: str = _setting(
        "choice",
        "one_cycle",
        "Schedule",
        "'one_cycle' raises the learning rate and then lowers it to almost nothing (Smith and Topin 2018).",
        "training",
        choices=SCHEDULES,
    )
    weight_decay: float = _setting(
        "float", 0.0, "Weight decay", "Pulls all weights towards 0 (AdamW).", "training", low=0.0, high=1.0
    )
    patience: int = _setting(
        "int",
        0,
        "Patience",
        "Stop after this many epochs without a better validation error; 0 never stops early.",
        "training",
        low=0,
        high=10_000,
    )
    seed: int = _setting(
        "int", 0, "Seed", "Starting weights and the order of the rows.", "training", low=0, high=2**31 - 1
    )

    def __post_init__(self) -> None:
        for field in FIELDS.values():
            object.__setattr__(self, field.name, _plain(getattr(self, field.name), field.kind))
            field.check(getattr(self, field.name))
        if self.loss == "binary_cross_entropy" and (self.output != "sigmoid" or self.model == "linear"):
            raise SpecError(
                "loss=binary_cross_entropy needs output=sigmoid and a model that is not linear: it compares "
                "probabilities from 0 to 1."
            )

    @classmethod
    def read(cls, raw: Mapping[str, object], base: RunSpec | None = None) -> tuple[RunSpec, list[str]]:
        """The spec that `raw` asks for, on top of `base`, and one sentence for every setting that had to be ignored."""
        base = base or cls()
        problems: list[str] = []
        values: dict[str, Value] = {}
        for name, given in raw.items():
            if name not in FIELDS:
                problems.append(f"There is no setting '{name[:40]}'; it was ignored.")
                continue
            try:
                values[name] = FIELDS[name].parse(given)
            except SpecError as error:
                problems.append(f"{str(error).rstrip('.')}; {FIELDS[name].text(getattr(base, name))} is used instead.")
        try:
            return dataclasses.replace(base, **values), problems  # type: ignore[arg-type]
        except SpecError as error:
            return base, [*problems, f"{error} The default settings are used instead."]

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> RunSpec:
        """Reads what `to_json` gave.

        Raises:
            SpecError: a setting is unknown or outside its range.
        """
        unknown = set(values) - set(FIELDS)
        if unknown:
            raise SpecError(f"There is no setting '{min(unknown)[:40]}'.")
        return cls(**{name: FIELDS[name].parse(value) for name, value in values.items()})  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """Every setting by name, as JSON values."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    def to_query(self) -> dict[str, str]:
        """Every setting as text, one address parameter each."""
        return {name: field.text(getattr(self, name)) for name, field in FIELDS.items()}

    def to_options(self, base: RunSpec | None = None) -> list[str]:
        """The command-line options that turn `base` into this spec."""
        texts = self.to_query()
        given = texts if base is None else {n: t for n, t in texts.items() if getattr(base, n) != getattr(self, n)}
        return [part for name, text in given.items() for part in (f"--{name.replace('_', '-')}", text)]

    def split(self, dataset: Dataset) -> Split:
        """The rows of `dataset` as a model with these settings sees them; checks that the two fit.

        Raises:
            SpecError: the bottleneck is wider than the data, or the loss does not suit the scaled values.
            DataError: too few rows for the fractions.
        """
        self.check_fits(dataset)
        return Split.of(
            dataset,
            val_fraction=self.val_fraction,
            test_fraction=self.test_fraction,
            split_seed=self.split_seed,
            scaling=self.scaling,
        )

    def check_fits(self, dataset: Dataset) -> None:
        """Raises SpecError unless these settings can be used on `dataset`."""
        if self.latent_dim > dataset.n_features:
            raise SpecError(
                f"latent_dim={self.latent_dim} must be between 1 and {dataset.n_features}, "
                f"the number of features of {dataset.title}."
            )
        if self.loss == "binary_cross_entropy" and not (dataset.value_range and self.scaling in ("auto", "range")):
            raise SpecError(
                f"loss=binary_cross_entropy needs values from 0 to 1, which {dataset.title} does not have with "
                f"scaling={self.scaling}: choose sum_squares."
            )
        parameters = self.n_parameters(dataset.n_features)
        if parameters > MOST_PARAMETERS:
            raise SpecError(
                f"This network has {parameters:,} parameters: at most {MOST_PARAMETERS:,} are possible. "
                "Make the hidden layers narrower."
            )

    def layers(self, n_features: int) -> tuple[int, ...]:
        """Units per layer from input to output; the bottleneck is the one in the middle."""
        hidden = () if self.model == "linear" else self.hidden
        return (n_features, *hidden, self.latent_dim, *reversed(hidden), n_features)

    def n_parameters(self, n_features: int) -> int:
        """Weights and biases, and a scale and a shift per hidden unit with batch normalisation."""
        layers = self.layers(n_features)
        weights = sum((before + 1) * after for before, after in pairwise(layers))
        hidden = sum(layers[1:-1]) - self.latent_dim
        return weights + (2 * hidden if self.batch_norm else 0)


FIELDS: dict[str, Field] = {
    field.name: Field(name=field.name, default=field.default, **field.metadata)  # type: ignore[arg-type]
    for field in dataclasses.fields(RunSpec)
}
