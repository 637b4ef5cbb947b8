"""Every choice behind a run, in one frozen, self-validating record.

One table of fields (`FIELDS`) drives the form, the address, the command line, the JSON and the Reproduce panel: to add
a setting, add one field to `RunSpec`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.data.columns import SCALINGS
from playground.data.dataset import Dataset
from playground.data.fields import Field, Value, fields_of, plain, setting
from playground.data.split import Split
from playground.errors import SpecError
from playground.models import bounds, sizes
from playground.models.kinds import CONVOLUTIONAL, DENSE, KIND
from playground.models.measures import MEASURE
from playground.models.sizes import Grid

MODELS = tuple(KIND)
NETWORKS = ("auto", DENSE, CONVOLUTIONAL)
NOISES = ("auto", "none", "gaussian", "mask", "salt_pepper", "swap")
SPARSITIES = ("l1", "kl")
ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "sigmoid")
LOSSES = tuple(MEASURE)
OUTPUTS = ("linear", "sigmoid", "table")
SCHEDULES = ("one_cycle", "constant")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "float32", "bfloat16")


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
    only: str = setting(
        "text",
        "",
        "Only the class",
        "Trains and validates on the rows of this one class of the label, so that all others are odd to it; the test "
        "rows stay as they are. Empty: on every class.",
        "data",
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
        "The kind of autoencoder: what it is made of, and what training makes small besides the error.",
        "model",
        choices=MODELS,
    )
    network: str = setting(
        "choice",
        "auto",
        "Layers of",
        "'dense' layers, or 'convolutional' ones for images and series; 'auto' takes the kind's own.",
        "model",
        choices=NETWORKS,
    )
    latent_dim: int = setting(
        "int", 2, "Bottleneck m", "Numbers in the code: all that the decoder gets to see.", "model", low=1, high=16_384
    )
    hidden: tuple[int, ...] = setting(
        "widths",
        (128, 64, 32),
        "Hidden layers",
        "Units (of convolutions: channels) of each hidden layer of the encoder; the decoder mirrors them.",
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
    dropout: float = setting(
        "float",
        0.0,
        "Dropout",
        "Share of the hidden units that each training step leaves out (Srivastava and others 2014).",
        "model",
        low=0.0,
        high=0.9,
    )
    noise: str = setting(
        "choice",
        "auto",
        "Noise",
        "How the input is damaged while training: 'gaussian' adds to every value, 'mask' sets values to 0, "
        "'salt_pepper' sets them to the lowest or highest, 'swap' takes them from another row; 'auto' is gaussian for "
        "the denoising kind and none for all others.",
        "kind",
        choices=NOISES,
    )
    noise_level: float = setting(
        "float",
        0.3,
        "Noise level",
        "Standard deviation of gaussian noise in scaled units; for the others the share of the values they damage.",
        "kind",
        low=0.0,
        high=5.0,
    )
    sparsity: str = setting(
        "choice",
        "l1",
        "Sparsity",
        "'l1' makes the sum of the code's units small, which are then never negative; 'kl' brings every unit's mean "
        "activity, between 0 and 1, to the target.",
        "kind",
        choices=SPARSITIES,
    )
    sparsity_weight: float = setting(
        "float", 0.1, "Sparsity weight λ", "How much the penalty counts beside the loss.", "kind", low=0.0, high=1000.0
    )
    sparsity_target: float = setting(
        "float", 0.05, "Target activity ρ", "The mean activity that 'kl' asks of a unit.", "kind", low=0.001, high=0.999
    )
    contraction: float = setting(
        "float", 0.1, "Contraction λ", "How much the encoder's slopes count beside the loss.", "kind", low=0.0, high=1e4
    )
    beta: float = setting(
        "float",
        1.0,
        "β",
        "How much the KL divergence counts beside the loss; with 1 and the sum of squares, the evidence lower bound "
        "of a decoder with noise of variance 1/2.",
        "kind",
        low=0.0,
        high=1000.0,
    )
    warm_up: float = setting(
        "float",
        0.25,
        "Warm-up of β",
        "Share of the training over which β rises from 0, so that the code is used before it is pulled together "
        "(Bowman and others 2016).",
        "kind",
        low=0.0,
        high=1.0,
    )
    loss: str = setting("choice", "sum_squares", "Loss", "What training makes small.", "training", choices=LOSSES)
    huber: float = setting(
        "float", 1.0, "Huber's δ", "Errors beyond it count absolutely, not squared.", "training", low=1e-3, high=1e3
    )
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

    device: str = setting(
        "choice",
        "auto",
        "Device",
        "Where it trains: 'auto' takes a CUDA GPU where there is one, Apple's ('mps') for large networks, else the "
        "CPU.",
        "training",
        choices=DEVICES,
    )
    precision: str = setting(
        "choice",
        "auto",
        "Precision",
        "Of matrix products while training: 'auto' takes bfloat16 for large networks where this machine is faster "
        "with it. Errors are always computed in float32.",
        "training",
        choices=PRECISIONS,
    )

    def __post_init__(self) -> None:
        for field in FIELDS.values():
            object.__setattr__(self, field.name, plain(getattr(self, field.name), field.kind))
            field.check(getattr(self, field.name))
        problem = bounds.contradiction(self)
        if problem:
            raise SpecError(problem)

    @property
    def is_convolutional(self) -> bool:
        """Whether its layers are convolutions."""
        own = KIND[self.model].networks[0]
        return (own if self.network == "auto" else self.network) == CONVOLUTIONAL

    @property
    def noise_kind(self) -> str:
        """How the input is damaged while training: "none", "gaussian", "mask", "salt_pepper" or "swap"."""
        if self.noise != "auto":
            return self.noise
        return "gaussian" if self.model == "denoising" else "none"

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
        options = ((f"--{name.replace('_', '-')}", text) for name, text in given.items())
        # Behind a blank, a class called "-x" would be an option of its own.
        return [part for name, text in options for part in ([f"{name}={text}"] if text[:1] == "-" else [name, text])]

    def split(self, dataset: Dataset) -> Split:
        """The rows of `dataset` as a model with these settings sees them; checks that the two fit.

        Raises:
            SpecError: the bottleneck is wider than the data, the loss does not suit the scaled values, or there is no
                class `only` or too few rows of it.
            DataError: too few rows for the fractions.
        """
        self.check_fits(dataset)
        return Split.of(
            dataset,
            val_fraction=self.val_fraction,
            test_fraction=self.test_fraction,
            split_seed=self.split_seed,
            scaling=self.scaling,
            only=self.only,
        )

    def check_fits(self, dataset: Dataset) -> None:
        """Raises SpecError unless these settings can be used on `dataset`, on this machine."""
        problem = bounds.misfit(self, dataset)
        if problem:
            raise SpecError(problem)

    def layers(self, n_features: int, grid: Grid | None = None) -> tuple[int, ...]:
        """Units per layer from input to output; the bottleneck is the one in the middle."""
        return sizes.layers(self, n_features, grid)

    def n_parameters(self, n_features: int, n_flags: int = 0, grid: Grid | None = None) -> int:
        """Numbers that are learnt, from `Dataset.width`, `Dataset.n_flags` and `Dataset.grid`."""
        return sizes.n_parameters(self, n_features, n_flags, grid)


FIELDS: dict[str, Field] = fields_of(RunSpec)


def differing(specs: Sequence[RunSpec]) -> list[str]:
    """The settings in which not all of these are equal, by name."""
    return [name for name in FIELDS if len({getattr(spec, name) for spec in specs}) > 1]
