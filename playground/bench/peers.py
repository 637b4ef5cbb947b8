"""The peers: the same network on the same rows with the same optimiser and batch, as each library's manual does it.

Every peer takes the tutorial recipe of `problems.plain` and, where it can, the same starting weights. Each is imported
when it is measured; importing and setting up are not timed. What a peer cannot do alike is said in its docstring.
To add one: a class with `epochs` and `loss`, with `@peer(…)` above it, and its pinned name in `requirements.txt`.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from playground.bench.measure import Cost, timed
from playground.bench.ours import ROWS_FOR_LOSS, Side, mean_squares
from playground.bench.registry import Need, Skip
from playground.data.split import Split
from playground.models.autoencoder import build
from playground.models.spec import RunSpec

LIVELY_SEED = 2  # scikit-learn's starting weights with which no unit of the code dies

Make = Callable[[RunSpec, Split], Side]


@dataclass(frozen=True)
class Peer:
    """A peer: the package it needs, by the names for pip and for `import`, and what makes a side of it."""

    name: str
    package: str
    module: str
    make: Make

    def reason_to_skip(self) -> str | None:
        if find_spec(self.module):
            return None
        return f"{self.package} is not installed: pip install -r playground/bench/requirements.txt"


PEERS: dict[str, Peer] = {}


def peer(name: str, package: str, module: str = "") -> Callable[[type], type]:
    """Registers the class below, which is made of a spec and a split, as the peer of that name."""

    def register(side: type) -> type:
        PEERS[name] = Peer(name, package, module or package, side)
        return side

    return register


def needs_peer(name: str) -> Need:
    """For `@result`: the reason why that peer cannot be measured, or None."""
    return lambda: PEERS[name].reason_to_skip()


def start(name: str, spec: RunSpec, split: Split) -> Side:
    """The peer of that name, ready to train.

    Raises:
        Skip: it is not installed, or it broke.
    """
    reason = PEERS[name].reason_to_skip()
    if reason:
        raise Skip(reason)
    return _Guarded(name, spec, split)


def version_of(name: str) -> str:
    """The installed version of that peer's package."""
    return version(PEERS[name].package)


class _Guarded:
    """A peer whose mistakes are its own: they skip it by name and let the benchmark go on."""

    def __init__(self, name: str, spec: RunSpec, split: Split) -> None:
        self._name = name
        self._side: Side = self._call(PEERS[name].make, spec, split)

    def epochs(self, number: int) -> Cost:
        return self._call(self._side.epochs, number)

    def loss(self) -> float:
        return self._call(self._side.loss)

    def _call(self, function: Callable[..., Any], *given: Any) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a library says of itself is not for the table
                return function(*given)
        except Exception as error:  # whatever a foreign library may do
            first = (str(error).strip().splitlines() or [""])[0]
            raise Skip(f"{self._name} broke: {type(error).__name__}: {first}") from error


def network(spec: RunSpec, n_features: int) -> nn.Sequential:
    """Encoder and decoder as a tutorial writes them, with the starting weights that `spec.seed` gives."""
    model = build(spec, n_features)
    return nn.Sequential(model.encoder, model.decoder)


def loader(spec: RunSpec, split: Split) -> DataLoader[tuple[Tensor, ...]]:
    """The training rows in shuffled batches, as a tutorial has them."""
    return DataLoader(
        TensorDataset(torch.tensor(split.x_train)),
        batch_size=spec.batch_size,
        shuffle=True,
        generator=torch.Generator().manual_seed(spec.seed),
    )


@torch.no_grad()
def loss_of_network(model: nn.Module, split: Split, device: str = "cpu") -> float:
    """Mean squared error per feature on training rows."""
    x = split.x_train[:ROWS_FOR_LOSS]
    model.eval()
    return mean_squares(model(torch.tensor(x, device=device)).cpu().numpy(), x)


@peer("tutorial", package="torch")
class Tutorial:
    """The plain PyTorch loop of the tutorials: Dataset, DataLoader, Adam, `loss.item()` at each step.

    `TensorDataset` is the fastest Dataset there is: one of one's own is slower still.
    """

    def __init__(self, spec: RunSpec, split: Split, device: str = "cpu") -> None:
        self.model = network(spec, split.n_features).to(device)
        self._loader = loader(spec, split)
        self._loss = nn.MSELoss()
        self._optimiser = torch.optim.Adam(self.model.parameters(), lr=spec.learning_rate)
        self._split, self._device = split, device

    def epochs(self, number: int) -> Cost:
        return timed(lambda: [self._epoch() for _ in range(number)], number * len(self._split.train_rows))

    def _epoch(self) -> float:
        self.model.train()
        total = 0.0
        for (x,) in self._loader:
            x = x.to(self._device)
            self._optimiser.zero_grad()
            loss = self._loss(self.model(x), x)
            loss.backward()
            self._optimiser.step()
            total += loss.item()
        return total / len(self._loader)

    def loss(self) -> float:
        return loss_of_network(self.model, self._split, self._device)


@peer("sklearn", package="scikit-learn", module="sklearn")
class ScikitLearn:
    """`MLPRegressor` with the input as its target, an epoch per `partial_fit`.

    It bends the code too (ReLU after every hidden layer, the bottleneck included) and draws its own starting weights
    (Glorot); the work per step is the same. Bent units of the code can die at the start and learn nothing more (0, 1
    and 3 of five seeds on digits), which would make its loss say nothing: so it gets a seed with which none does.
    """

    def __init__(self, spec: RunSpec, split: Split) -> None:
        from sklearn.neural_network import MLPRegressor

        self._x = split.x_train
        self._model = MLPRegressor(
            hidden_layer_sizes=spec.layers(split.n_features)[1:-1],
            activation="relu",
            solver="adam",
            alpha=0.0,
            batch_size=spec.batch_size,
            learning_rate_init=spec.learning_rate,
            random_state=spec.seed + LIVELY_SEED,
        )

    def epochs(self, number: int) -> Cost:
        return timed(lambda: [self._model.partial_fit(self._x, self._x) for _ in range(number)], number * len(self._x))

    def loss(self) -> float:
        x = self._x[:ROWS_FOR_LOSS]
        return mean_squares(self._model.predict(x), x)


@peer("pythae", package="pythae")
class Pythae:
    """pythae's `AE` in its `BaseTrainer`, without progress bar, console and saving: its `train_step`, an epoch, alone.

    Its loss is the sum of squares per sample, which Adam follows like the mean.
    """

    def __init__(self, spec: RunSpec, split: Split) -> None:
        from pythae.data.datasets import BaseDataset
        from pythae.models import AE, AEConfig
        from pythae.models.base.base_utils import ModelOutput
        from pythae.models.nn import BaseDecoder, BaseEncoder
        from pythae.trainers import BaseTrainer, BaseTrainerConfig
        from pythae.trainers.training_callbacks import CallbackHandler, TrainingCallback

        class Encoder(BaseEncoder):  # type: ignore[misc]
            def __init__(self, layers: nn.Module) -> None:
                super().__init__()
                self.layers = layers

            def forward(self, x: Tensor) -> Any:
                return ModelOutput(embedding=self.layers(x))

        class Decoder(BaseDecoder):  # type: ignore[misc]
            def __init__(self, layers: nn.Module) -> None:
                super().__init__()
                self.layers = layers

            def forward(self, z: Tensor) -> Any:
                return ModelOutput(reconstruction=self.layers(z))

        logging.getLogger("pythae").setLevel(logging.ERROR)
        logging.getLogger("pythae.trainers.base_trainer.base_trainer").setLevel(logging.ERROR)
        self._network = network(spec, split.n_features)
        config = AEConfig(input_dim=(split.n_features,), latent_dim=spec.latent_dim)
        model = AE(config, encoder=Encoder(self._network[0]), decoder=Decoder(self._network[1]))
        x = torch.tensor(split.x_train)
        self._trainer = BaseTrainer(
            model,
            BaseDataset(x, torch.zeros(len(x))),
            training_config=BaseTrainerConfig(
                output_dir=os.devnull,
                per_device_train_batch_size=spec.batch_size,
                learning_rate=spec.learning_rate,
                no_cuda=True,
            ),
        )
        self._trainer.set_optimizer()
        self._trainer.callback_handler = CallbackHandler([TrainingCallback()], model)
        self._split = split
        self._epoch = 0

    def epochs(self, number: int) -> Cost:
        steps = range(self._epoch + 1, self._epoch + 1 + number)
        self._epoch += number
        return timed(lambda: [self._trainer.train_step(k) for k in steps], number * len(self._split.train_rows))

    def loss(self) -> float:
        return loss_of_network(self._network, self._split)


@peer("keras", package="keras")
class Keras:
    """A Keras 3 `Sequential` on the torch backend, trained by `fit`."""

    def __init__(self, spec: RunSpec, split: Split) -> None:
        os.environ["KERAS_BACKEND"] = "torch"  # read when keras is first imported
        import keras

        self._cpu = lambda: keras.device("cpu")
        widths = spec.layers(split.n_features)
        linear = (len(widths) // 2, len(widths) - 1)  # the code and the output
        dense = [
            keras.layers.Dense(width, activation=None if place in linear else "relu")
            for place, width in enumerate(widths[1:], start=1)
        ]
        self._x, self._batch_size = split.x_train, spec.batch_size
        with self._cpu():
            self._model = keras.Sequential([keras.Input((split.n_features,)), *dense])
            start = [p.detach().numpy() for p in network(spec, split.n_features).parameters()]
            self._model.set_weights([p.T if p.ndim == 2 else p for p in start])  # keras has (inputs, outputs)
            optimiser = keras.optimizers.Adam(spec.learning_rate, epsilon=1e-8)  # torch's epsilon
            self._model.compile(optimizer=optimiser, loss="mean_squared_error")

    def epochs(self, number: int) -> Cost:
        x = self._x
        with self._cpu():
            return timed(
                lambda: self._model.fit(x, x, batch_size=self._batch_size, epochs=number, shuffle=True, verbose=0),
                number * len(x),
            )

    def loss(self) -> float:
        x = self._x[:ROWS_FOR_LOSS]
        with self._cpu():
            return mean_squares(np.asarray(self._model.predict(x, verbose=0)), x)


@peer("lightning", package="lightning")
class Lightning:
    """A `LightningModule` in a `Trainer(barebones=True)`, Lightning's own setting for measuring its speed."""

    def __init__(self, spec: RunSpec, split: Split) -> None:
        import lightning

        class Module(lightning.LightningModule):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.network = network(spec, split.n_features)
                self.optimiser = torch.optim.Adam(self.network.parameters(), lr=spec.learning_rate)

            def training_step(self, batch: list[Tensor], index: int) -> Tensor:
                (x,) = batch
                return nn.functional.mse_loss(self.network(x), x)

            def configure_optimizers(self) -> torch.optim.Optimizer:
                return self.optimiser  # the same one in every round, so that its averages go on

        for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._lightning = lightning
        self._module = Module()
        self._loader = loader(spec, split)
        self._split = split

    def epochs(self, number: int) -> Cost:
        trainer = self._lightning.Trainer(barebones=True, accelerator="cpu", devices=1, max_epochs=number)
        return timed(lambda: trainer.fit(self._module, self._loader), number * len(self._split.train_rows))

    def loss(self) -> float:
        return loss_of_network(self._module.network, self._split)
