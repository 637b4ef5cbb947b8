"""Layers that torch does not have, each as short as it can be, for the exported scripts that need them."""

from __future__ import annotations

import json

from playground.export.setup import Setup, eight_digits, listed, one_line

CHANNELS_FIRST = '''\
class ChannelsFirst(nn.Module):
    """Rows of pixels, colours last, as pictures with their colours first, as convolutions want them."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape  # height, width, colours

    def forward(self, x):
        return x.unflatten(1, self.shape).movedim(-1, 1)
'''

CHANNELS_LAST = '''\
class ChannelsLast(nn.Module):
    """The way back: pictures as rows of pixels, colours last."""

    def forward(self, x):
        return x.movedim(1, -1).flatten(1)
'''

PIXEL_SHUFFLE_1D = '''\
class PixelShuffle1d(nn.Module):
    """Spreads the channels of every place over a grid finer by `factor`; torch has it for images only."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        n, channels, length = x.shape
        spread = x.reshape(n, channels // self.factor, self.factor, length).movedim(2, 3)
        return spread.reshape(n, channels // self.factor, length * self.factor)
'''

CROP = '''\
class Crop(nn.Module):
    """Cuts off what a finer grid has too much."""

    def __init__(self, *sides):
        super().__init__()
        self.sides = sides

    def forward(self, x):
        return x[(..., *(slice(side) for side in self.sides))]
'''

TRANSPOSED = '''\
class Transposed(nn.Module):
    """A layer with the weights of another, transposed: only its bias is its own."""

    def __init__(self, layer{argument}):
        super().__init__()
        self.owner = [layer]  # in a list, so that torch does not count its weights twice
{keep}        self.bias = nn.Parameter(torch.empty({outputs}).uniform_(-1, 1) / layer.out_features**0.5)

    def forward(self, x):
        return functional.linear(x, self.owner[0].weight{part}.T, self.bias)
'''

FILL_IN = '''\
class FillIn(nn.Module):
    """Puts the mean of its feature in place of a missing value (nan){says}."""

    def __init__(self, mean):
        super().__init__()
        self.register_buffer("mean", mean)

    def forward(self, x):
        missing = x.isnan()
{result}
'''

FLAGS = """\
        flags = missing[:, [{flagged}]].float()  # one for every column that has missing values
        return torch.cat([torch.where(missing, self.mean, x), flags], dim=1)"""

TABLE_OUTPUT = '''\
class TableOutput(nn.Module):
    """Turns the features of every category into shares of its levels (softmax); numbers stay as they are."""

    def forward(self, x):
        x_hat = x.clone()
        for _, start, stop, height, *_ in CATEGORIES:
            x_hat[:, start:stop] = height * x[:, start:stop].softmax(dim=1)
        return x_hat
'''


def for_model(setup: Setup, model: str) -> list[str]:
    """The classes that the text of `model` uses, and the columns of a table where output or loss need them."""
    known = {
        "ChannelsFirst(": CHANNELS_FIRST,
        "ChannelsLast(": CHANNELS_LAST,
        "PixelShuffle1d(": PIXEL_SHUFFLE_1D,
        "Crop(": CROP,
        "Transposed(": _transposed(setup),
        "FillIn(": _fill_in(setup),
        "TableOutput(": TABLE_OUTPUT,
    }
    return [*_columns(setup), *(text for call, text in known.items() if call in model)]


def _transposed(setup: Setup) -> str:
    """With missing values the first layer also sees flags, which the decoder does not give back."""
    if not setup.has_missing:
        return TRANSPOSED.format(argument="", keep="", outputs="layer.in_features", part="")
    return TRANSPOSED.format(
        argument=", n_outputs=None",
        keep="        self.n_outputs = n_outputs or layer.in_features  # flags of missing values are not given back\n",
        outputs="self.n_outputs",
        part="[:, : self.n_outputs]",
    )


def _fill_in(setup: Setup) -> str:
    if setup.spec.model == "linear":  # it sees what PCA sees
        return FILL_IN.format(says="", result="        return torch.where(missing, self.mean, x)")
    flagged = ", ".join(map(str, setup.flagged))
    return FILL_IN.format(says=", and says where in inputs of its own", result=FLAGS.format(flagged=flagged))


def _columns(setup: Setup) -> list[str]:
    """The columns as literals: their features, and what errors are measured by."""
    mixed, parts = setup.spec.loss == "mixed", []
    if setup.numbers and mixed:
        rows = "\n".join(
            listed([f"({_name(b.name)}, {b.start}, {b.stop}, {eight_digits(b.variance or 1.0)}, {b.weight!r})"], "    ")
            for b in setup.numbers
        )
        parts.append(f"# Columns of numbers: name, features from and to, variance, weight.\nNUMBERS = [\n{rows}\n]\n")
    if setup.categories and (mixed or setup.spec.output == "table"):
        says = "name, features from and to, value of a level that is present" + (", entropy, weight" if mixed else "")
        rows = "\n".join(
            f"    ({_name(b.name)}, {b.start}, {b.stop}, {eight_digits(b.height)}"
            + (f", {eight_digits(b.entropy or 1.0)}, {b.weight!r})," if mixed else "),")
            for b in setup.categories
        )
        parts.append(f"# Categories: {says}.\nCATEGORIES = [\n{rows}\n]\n")
    return ["".join(parts)] if parts else []


def _name(name: str) -> str:
    return json.dumps(one_line(name), ensure_ascii=False)
