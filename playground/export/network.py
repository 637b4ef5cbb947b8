"""The second part of an exported script: the model, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from playground.export import helpers
from playground.export.setup import WIDTH, Setup, listed
from playground.models.sizes import GATHERING, KERNEL, levels, looks_around, patch_of

ACTIVATION = {"relu": "nn.ReLU()", "gelu": "nn.GELU()", "silu": "nn.SiLU()", "tanh": "nn.Tanh()"}
ACTIVATION["sigmoid"] = "nn.Sigmoid()"
PLACE = " " * 12  # of a layer within the class


@dataclass(frozen=True)
class Row:
    """The layers in one line of `nn.Sequential`, with a comment behind."""

    layers: Sequence[str]
    says: str = ""

    def __str__(self) -> str:
        text = listed(self.layers, PLACE)
        last = text.rpartition("\n")[2]
        return f"{text}  # {self.says}" if self.says and len(last) + len(self.says) + 4 <= WIDTH else text


def model_section(setup: Setup) -> str:
    """The class `Autoencoder`, after the layers that torch does not have."""
    body = {"linear": _linear, "tied": _tied}.get(setup.spec.model, _plain)(setup)
    says = f"{setup.n_features} numbers in, a code of {setup.spec.latent_dim}, {setup.n_features} numbers out."
    model = CLASS.format(says=says) + body
    return "\n\n".join([*helpers.for_model(setup, model), model])


def _plain(setup: Setup) -> str:
    """Encoder and decoder, fully connected or convolutional; of a VAE with a mean and a variance per unit."""
    code = setup.spec.latent_dim * (2 if setup.spec.model == "vae" else 1)
    encoder = _convolutional_encoder(setup, code) if setup.is_convolutional else _dense_encoder(setup, code)
    decoder = _convolutional_decoder(setup) if setup.is_convolutional else _dense_decoder(setup)
    if setup.spec.model == "sparse":
        encoder.append(SPARSE[setup.spec.sparsity])
    parts = [_sequential("encoder", encoder), _sequential("decoder", decoder)]
    if setup.has_missing:
        parts.append(UNHEARD.format(layer="self.encoder[1]", n=setup.n_features))
    return "".join(parts) + (VARIATIONAL if setup.spec.model == "vae" else FORWARD)


CLASS = '''\
class Autoencoder(nn.Module):
    """{says}"""

    def __init__(self):
        super().__init__()
'''

SPARSE = {
    "l1": Row(["nn.ReLU()"], "the code is never negative, and can be exactly 0"),
    "kl": Row(["nn.Sigmoid()"], "every unit of the code is active between 0 and 1"),
}

UNHEARD = """\
        nn.init.zeros_({layer}.weight[:, {n}:])  # flags of missing values start without a say
"""

FORWARD = """
    def forward(self, x):
        return self.decoder(self.encoder(x))
"""

VARIATIONAL = """
    def posterior(self, x):
        \"\"\"The cloud of codes of every row: its mean, and the logarithm of its variance.\"\"\"
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance.clamp(-12, 12)

    def forward(self, x):
        mean, _ = self.posterior(x)
        return self.decoder(mean)
"""

LINEAR = """\
        self.encoder = {encoder}
        self.decoder = nn.Linear({m}, {n})
        with torch.no_grad():  # starts near an orthogonal projection, so that no direction is found late
            {layer}.weight.copy_(torch.randn({m}, {n}) / {n}**0.5)
            self.decoder.weight.copy_({layer}.weight.T)
"""


def _linear(setup: Setup) -> str:
    m, n = setup.spec.latent_dim, setup.n_features
    encoder, layer = f"nn.Linear({n}, {m})", "self.encoder"
    if setup.has_missing:
        encoder, layer = f"nn.Sequential(FillIn(mean), {encoder})", "self.encoder[1]"
    return LINEAR.format(encoder=encoder, layer=layer, m=m, n=n) + FORWARD


def _tied(setup: Setup) -> str:
    """The encoder's layers have names, because the decoder uses them once more."""
    spec, n_flags = setup.spec, len(setup.flagged)
    widths = (setup.n_features + n_flags, *spec.hidden, spec.latent_dim)
    names = [f"layer_{number}" for number in range(1, len(widths))]
    made = "".join(
        f"        {name} = nn.Linear({before}, {after})\n"
        for name, (before, after) in zip(names, pairwise(widths), strict=True)
    )
    unheard = UNHEARD.format(layer=names[0], n=setup.n_features) if n_flags else ""
    encoder = [*_fill_in(setup)]
    encoder += [Row([name, *_bend(setup, width)]) for name, width in zip(names[:-1], spec.hidden, strict=True)]
    encoder.append(Row([names[-1]]))
    decoder = [
        Row([f"Transposed({name})", *_bend(setup, width)])
        for name, width in zip(reversed(names[1:]), reversed(spec.hidden), strict=True)
    ]
    first = f"Transposed({names[0]}{f', {setup.n_features}' if n_flags else ''})"
    decoder.append(Row([first, *_output(setup)]))
    return made + unheard + _sequential("encoder", encoder) + _sequential("decoder", decoder) + FORWARD


def _sequential(name: str, rows: Sequence[Row]) -> str:
    lines = "\n".join(map(str, rows))
    return f"        self.{name} = nn.Sequential(\n{lines}\n        )\n"


def _bend(setup: Setup, width: int, directions: int = 1) -> list[str]:
    """What follows a hidden layer of so many units or channels."""
    spec = setup.spec
    return [
        *([f"nn.BatchNorm{directions}d({width})"] if spec.batch_norm else []),
        ACTIVATION[spec.activation],
        *([f"nn.Dropout({spec.dropout})"] if spec.dropout > 0 else []),
    ]


def _output(setup: Setup) -> list[str]:
    if setup.spec.output == "sigmoid":
        return ["nn.Sigmoid()"]
    return ["TableOutput()"] if setup.spec.output == "table" and setup.categories else []


def _fill_in(setup: Setup) -> list[Row]:
    return [Row(["FillIn(mean)"])] if setup.has_missing else []


def _dense_encoder(setup: Setup, code: int) -> list[Row]:
    widths = (setup.n_features + len(setup.flagged), *setup.spec.hidden)
    hidden = [Row([f"nn.Linear({a}, {b})", *_bend(setup, b)]) for a, b in pairwise(widths)]
    return [*_fill_in(setup), *hidden, Row([f"nn.Linear({widths[-1]}, {code})"])]


def _dense_decoder(setup: Setup) -> list[Row]:
    widths = (setup.spec.latent_dim, *reversed(setup.spec.hidden))
    hidden = [Row([f"nn.Linear({a}, {b})", *_bend(setup, b)]) for a, b in pairwise(widths)]
    return [*hidden, Row([f"nn.Linear({widths[-1]}, {setup.n_features})", *_output(setup)])]


def _convolutional_encoder(setup: Setup, code: int) -> list[Row]:
    """Patches first, as vision transformers cut them, then halves of the grid."""
    grid = setup.split.grid or ()
    found, d, patch = levels(grid, setup.spec.hidden), len(grid) - 1, patch_of(grid)
    rows = [Row([_on_grid(grid)], f"{found[0].name}")]
    missing = [-side % patch for side in found[0].places]
    if any(missing):
        widths = ", ".join(f"0, {width}" for width in reversed(missing))  # torch counts directions from the last
        rows.append(Row([f"nn.ReplicationPad{d}d(({widths}))"], f"up to whole patches of {patch}"))
    for number, (a, b) in enumerate(pairwise(found)):
        how = f"{patch}, stride={patch}" if number == 0 else f"{KERNEL}, stride=2, padding={KERNEL // 2}"
        layer = f"nn.Conv{d}d({a.channels}, {b.channels}, {how})"
        rows.append(Row([layer, *_bend(setup, b.channels, d)], f"{b.name}"))
    gather = ["nn.Flatten()", f"nn.Linear({found[-1].units}, {GATHERING})", *_bend(setup, GATHERING)]
    return [*rows, Row(gather), Row([f"nn.Linear({GATHERING}, {code})"])]


def _convolutional_decoder(setup: Setup) -> list[Row]:
    """A convolution, and one whose channels are then spread over a finer grid, as often as the encoder shrank it."""
    grid = setup.split.grid or ()
    found, d, patch = levels(grid, setup.spec.hidden), len(grid) - 1, patch_of(grid)
    first = found[-1]
    shape = ", ".join(map(str, (first.channels, *first.places)))
    start = [f"nn.Linear({GATHERING}, {first.units})", f"nn.Unflatten(1, ({shape}))"]
    rows = [Row([f"nn.Linear({setup.spec.latent_dim}, {GATHERING})", *_bend(setup, GATHERING)]), Row(start, first.name)]
    for number, (b, a) in enumerate(pairwise(reversed(found))):
        grow = patch if number == len(found) - 2 else 2
        near = [f"nn.Conv{d}d({b.channels}, {b.channels}, {KERNEL}, padding={KERNEL // 2})"]
        spread = [f"nn.Conv{d}d({b.channels}, {a.channels * grow**d}, 1)", _shuffle(d, grow)]
        if tuple(side * grow for side in b.places) != a.places:
            spread.append(f"Crop({', '.join(map(str, a.places))})")
        bend = _bend(setup, b.channels, d)
        if looks_around(number, found):
            rows.append(Row([*near, *bend]))
        else:  # the layer before has just seen everything
            rows[-1] = Row([*start, *bend], first.name)
        rows.append(Row(spread, a.name))
    return [*rows, Row(["ChannelsLast()" if grid[-1] > 1 else "nn.Flatten()", *_output(setup)])]


def _on_grid(grid: tuple[int, ...]) -> str:
    *places, channels = map(str, grid)
    if channels == "1":
        return f"nn.Unflatten(1, (1, {', '.join(places)}))"
    return f"ChannelsFirst({', '.join(places)}, {channels})"


def _shuffle(directions: int, factor: int) -> str:
    return f"nn.PixelShuffle({factor})" if directions == 2 else f"PixelShuffle1d({factor})"
