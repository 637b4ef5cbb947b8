"""Every choice behind a run, in one frozen, self-validating record.

One table of fields (`FIELDS`) drives the form, the address, the command line, the JSON and the Reproduce panel: to add
a setting, add one field to `RunSpec`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playground.data.columns import SCALINGS
from playground.data.dataset import Dataset
from playground.data.fields import Field, Value, fields_of, plain, setting
from playground.data.split import Split
from playground.errors import SpecError

MODELS = ("dense", "linear")
ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "sigmoid")
LOSSES = ("sum_squares", "mean_squares", "binary_cross_entropy", "absolute", "mixed")
OUTPUTS = ("linear", "sigmoid", "table")
SCHEDULES = ("one_cycle", "constant")
MOST_PARAMETERS = 20_000_000


@dataclass(frozen=True)
class RunSpec:
    """Every choice behind a run. Two runs of equal specs are the same run, to the last bit on one machine's CPU.

    Raises:
        SpecError: a setting is outside its range, or two settings contradict each other.
    """

    data: str = setting("name", "digits", "Data", "The data set to learn.", "data")
    val_fraction: float = setting(
        "float", 0.15, "Validation share", "Share of the rows that choose the best epoch.", "data", low=0.05, high=0.4
    )
    test_fraction: float = setting(
        "float", 0.2, "Test share", "Share of the rows kept for the final comparison.", "data", low=0.05, high=0.4
    )
    split_seed: int = setting(
        "int", 0, "Split seed", "Which rows go where; the same seed gives the same rows.", "data", low=0, high=2**31 - 1
    )
    scaling: str = setting(
        "choice",
        "auto",
        "Scaling",
        "How columns are brought to one scale, learnt from the training rows alone. 'auto' maps pixels to 0–1 and "
        "gives every other column mean 0 and standard deviation 1.",
        "data",
        choices=SCALINGS,
    )
    model: str = setting(
        "choice",
        "dense",
        "Model",
        "'dense' bends the space with hidden layers; 'linear' has none and can at best find PCA's subspace.",
        "model",
        choices=MODELS,
    )
    latent_dim: int = setting(
        "int", 2, "Bottleneck m", "Numbers in the code: all that the decoder gets to see.", "model", low=1, high=1024
    )
    hidden: tuple[int, ...] = setting(
        "widths",
        (128, 64, 32),
        "Hidden layers",
        "Units of each hidden layer of the encoder; the decoder mirrors them.",
        "model",
    )
    activation: str = setting(
        "choice", "relu", "Activation", "The bend after every hidden layer.", "model", choices=ACTIVATIONS
    )
    batch_norm: bool = setting(
        "flag",
        True,
        "Batch normalisation",
        "Keeps every hidden layer's units at mean 0 and variance 1 over a batch (Ioffe and Szegedy 2015).",
        "model",
    )
    output: str = setting(
        "choice",
        "sigmoid",
        "Output",
        "'sigmoid' keeps reconstructions between 0 and 1, as pixels are; 'linear' allows any number; 'table' gives a "
        "number for every number and a share for every level of a category.",
        "model",
        choices=OUTPUTS,
    )
    loss: str = setting("choice", "sum_squares", "Loss", "What training makes small.", "training", choices=LOSSES)
    epochs: int = setting("int", 60, "Epochs", "Passes over the training rows.", "training", low=1, high=10_000)
    batch_size: int = setting("int", 64, "Batch", "Rows per step of the optimiser.", "training", low=2, high=8192)
    learning_rate: float = setting(
        "float",
        2e-2,
        "Learning rate",
        "Size of the optimiser's steps (Adam; the peak, where the schedule is one_cycle).",
        "training",
        low=1e-6,
        high=1000.0,
    )
    schedule: str = setting(
        "choice",
        "one_cycle",
        "Schedule",
        "'one_cycle' raises the learning rate and then lowers it to almost nothing (Smith and Topin 2018).",
        "training",
        choices=SCHEDULES,
    )
    weight_decay: float = setting(
        "float", 0.0, "Weight decay", "Pulls all weights towards 0 (AdamW).", "training", low=0.0, high=1.0
    )
    patience: int = setting(
        "int",
        0,
        "Patience",
        "Stop after this many epochs without a better validation error; 0 never stops early.",
        "training",
        low=0,
        high=10_000,
    )
    seed: int = setting(
        "int", 0, "Seed", "Starting weights and the order of the rows.", "training", low=0, high=2**31 - 1
    )

    def __post_init__(self) -> None:
        for field in FIELDS.values():
            object.__setattr__(self, field.name, plain(getattr(self, field.name), field.kind))
            field.check(getattr(self, field.name))
        if self.loss == "binary_cross_entropy" and (self.output != "sigmoid" or self.model == "linear"):
            raise SpecError(
                "loss=binary_cross_entropy needs output=sigmoid and a model that is not linear: it compares "
                "probabilities from 0 to 1."
            )
        if self.loss == "mixed" and (self.output != "table" or self.model == "linear"):
            raise SpecError(
                "loss=mixed needs output=table and a model that is not linear: it compares numbers with numbers and "
                "categories with shares of their levels."
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
        if self.latent_dim > dataset.width:
            raise SpecError(
                f"latent_dim={self.latent_dim} must be between 1 and {dataset.width}, "
                f"the number of features of {dataset.title}."
            )
        if self.loss == "binary_cross_entropy" and not (dataset.value_range and self.scaling in ("auto", "range")):
            raise SpecError(
                f"loss=binary_cross_entropy needs values from 0 to 1, which {dataset.title} does not have with "
                f"scaling={self.scaling}: choose sum_squares."
            )
        if (self.output == "table" or self.loss == "mixed") and not dataset.columns:
            raise SpecError(
                f"output=table and loss=mixed are for tables whose columns have types, which {dataset.title} has not: "
                "choose output=linear and loss=sum_squares."
            )
        parameters = self.n_parameters(dataset.width, dataset.n_flags)
        if parameters > MOST_PARAMETERS:
            raise SpecError(
                f"This network has {parameters:,} parameters: at most {MOST_PARAMETERS:,} are possible. "
                "Make the hidden layers narrower."
            )

    def layers(self, n_features: int) -> tuple[int, ...]:
        """Units per layer from input to output; the bottleneck is the one in the middle."""
        hidden = () if self.model == "linear" else self.hidden
        return (n_features, *hidden, self.latent_dim, *reversed(hidden), n_features)

    def n_parameters(self, n_features: int, n_flags: int = 0) -> int:
        """Weights and biases, a scale and a shift per hidden unit with batch normalisation, and the flags' weights.

        Args:
            n_features: that a model sees, `Dataset.width`.
            n_flags: inputs that tell of missing cells, `Dataset.n_flags`.
        """
        layers = self.layers(n_features)
        weights = sum((before + 1) * after for before, after in pairwise(layers))
        hidden = sum(layers[1:-1]) - self.latent_dim
        flags = 0 if self.model == "linear" else n_flags * layers[1]
        return weights + (2 * hidden if self.batch_norm else 0) + flags


FIELDS: dict[str, Field] = fields_of(RunSpec)
