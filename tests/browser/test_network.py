"""Networks and samples in the browser: the same numbers as torch's, the same words as Python's."""

import itertools
import statistics
import sys

import numpy as np
import pytest
import torch

from playground import RunSpec
from playground.data import Column, Dataset, load
from playground.figures.pictures import to_uint8
from playground.models.autoencoder import build
from playground.models.plain import multiplications, plain
from playground.ui.components.assets import asset
from playground.ui.components.network import LOOK_PARTS, network_payload
from playground.ui.looks import look_payload

PLAIN = {"hidden": (12, 7), "latent_dim": 3}
IMAGE, COLOUR, SERIES = (13, 11, 1), (20, 18, 3), (30, 1)
ROUND_TRIP = """payload => {
  const network = new Network(payload.network);
  const given = payload.x.map((row) => Float32Array.from(row, (value) => value ?? NaN));
  return [given.map((x) => [...network.encode(x)]), payload.z.map((z) => [...network.decode(Float32Array.from(z))])];
}"""
TIMED = """payload => {
  const network = new Network(payload);
  const z = new Float32Array(network.latentDim);
  const took = [];
  for (let i = 0; i < 400; i++) {
    for (let u = 0; u < z.length; u++) z[u] = Math.sin(i + u);
    const before = performance.now();
    for (let n = 0; n < 5; n++) network.decode(z);
    took.push((performance.now() - before) / 5);
  }
  return took.slice(100);
}"""


def table(missing=True):
    """Every type of column, all missing here and there."""
    rng = np.random.default_rng(0)
    n = 400
    t = rng.normal(size=n)
    x = np.stack(
        [
            4000 + 500 * t,
            np.digitize(t, [-0.5, 0.5]).astype(float),
            np.exp(2 * t),
            np.round(rng.uniform(1.2e9, 1.4e9, n)),
            np.floor(rng.uniform(-1e9, 1e9, n) / 86_400) * 86_400,
            np.round(rng.uniform(0, 86_399, n)),
            t * 1e-6,
            (t > 0).astype(float),
            np.round(t * 3000, -2),
        ],
        axis=1,
    )
    if missing:
        x[rng.random(x.shape) < 0.1] = np.nan
    kept = {"has_missing": missing}
    columns = (
        Column("mass", unit="g", decimals=1, weight=2.0, **kept),
        Column("species", "category", levels=("a", "b <i>", "c"), **kept),
        Column("count", scaling="log", decimals=0, **kept),
        Column("seen", "date", has_time=True, cycles=("day", "week"), **kept),
        Column("born", "date", weight=3.0, **kept),
        Column("clock", "time", weight=0.5, **kept),
        Column("small", scaling="range", unit="m", **kept),
        Column("alive", "yes/no", levels=("no", "yes"), **kept),
        Column("hundreds", scaling="none", decimals=-2, **kept),
    )
    return Dataset("t", "Table", x, tuple(c.name for c in columns), kind="table", columns=columns)


def specs():
    """Settings, grid and whether it is a table: every kind, layer, activation and output."""
    dense = ["dense", "linear", "denoising", "sparse", "contractive", "tied", "vae"]
    for model in dense:
        for is_table in (False, True):
            output = "linear" if model == "linear" else "table" if is_table else "sigmoid"
            norm = model not in ("contractive", "linear")
            yield RunSpec(model=model, output=output, batch_norm=norm, **PLAIN), None, is_table
    yield RunSpec(model="sparse", sparsity="kl", dropout=0.2, output="linear", **PLAIN), None, False
    for activation, norm in itertools.product(("relu", "gelu", "silu", "tanh", "sigmoid"), (False, True)):
        yield RunSpec(activation=activation, batch_norm=norm, output="linear", **PLAIN), None, False
    for model, grid in itertools.product(("convolutional", "denoising", "sparse", "vae"), (IMAGE, COLOUR, SERIES)):
        for hidden in ((6,), (6, 8, 10)):
            yield RunSpec(model=model, network="convolutional", hidden=hidden, latent_dim=3), grid, False


@pytest.fixture
def browser_page(page):
    page.set_content("<body><div class='root' style='width: 420px'></div></body>")
    page.add_script_tag(content=asset(*LOOK_PARTS))
    return page


def as_json(x):
    return [[None if np.isnan(v) else v for v in row] for row in x.tolist()]


def grown(spec, n_features, layout, grid):
    """A network whose weights and running statistics are all its own, as after training."""
    model = build(spec, n_features, layout, grid)
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            for values in (module.running_mean, module.weight.data, module.bias.data):
                values.copy_(torch.randn(values.shape, generator=generator))
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.3)
    return model.eval()


def test_every_kind_of_network_gives_what_torch_gives(browser_page):
    split = RunSpec(data="t").split(table())
    rng = np.random.default_rng(0)
    worst = {}
    for spec, grid, is_table in specs():
        n_features = split.n_features if is_table else int(np.prod(grid)) if grid else 9
        model = grown(spec, n_features, split.layout if is_table else None, grid)
        x = split.x_test[:5] if is_table else rng.normal(size=(5, n_features)).astype(np.float32)
        z = rng.normal(size=(5, 3)).astype(np.float32) * 2
        payload = {
            "network": network_payload(plain(model, n_features), "k", encode=True),
            "x": as_json(x),
            "z": z.tolist(),
        }
        codes, decoded = browser_page.evaluate(ROUND_TRIP, payload)
        name = f"{spec.model} {spec.activation} norm={spec.batch_norm} {grid} table={is_table} {spec.hidden}"
        for ours, torchs in ((codes, model.encode(x)), (decoded, model.decode(z))):
            np.testing.assert_allclose(ours, torchs, rtol=1e-4, atol=1e-4, err_msg=name)
            worst[name] = max(worst.get(name, 0.0), float(np.abs(np.asarray(ours) - torchs).max()))
    sys.stdout.write(f"{len(worst)} networks, largest difference {max(worst.values()):.1e}\n")


def test_a_digit_is_decoded_in_less_than_a_tenth_of_a_frame(browser_page):
    """2-64-256-784, and a convolutional network of the same samples."""
    for model, hidden, most_ms in (("dense", (256, 64), 5.0), ("convolutional", (16, 32), 20.0)):
        spec = RunSpec(model=model, hidden=hidden, latent_dim=2)
        network = plain(build(spec, 784, None, (28, 28, 1)).eval(), 784)
        took = statistics.median(browser_page.evaluate(TIMED, network_payload(network, "k")))
        products = multiplications(network.decoder)
        each = 1e6 * took / products
        sys.stdout.write(f"{model} {hidden}: {took:.2f} ms to decode, {each:.2f} ns a multiplication\n")
        assert took < most_ms


WORDS = """({ look, x }) => {
  const made = new Look(look);
  return x.map((row) => made.words(Float32Array.from(row, (value) => value ?? NaN)));
}"""
OWN = """({ look, x }) => {
  const made = new Look(look);
  return x.map((row) => [...made.own(Float32Array.from(row))]);
}"""


def decoded_rows(split, n):
    """Held-out rows, the same with noise as a decoder would give, and wild ones."""
    rng = np.random.default_rng(0)
    x = split.x_test[:n]
    noise = rng.normal(size=x.shape).astype(np.float32)
    return np.concatenate([x, x + 0.3 * noise, 3 * noise, 100 * noise]).astype(np.float32)


def test_a_decoded_row_of_a_table_reads_as_python_would_write_it(browser_page):
    dataset = table()
    split = RunSpec(data="t").split(dataset)
    x = decoded_rows(split, 60)
    told = browser_page.evaluate(WORDS, {"look": look_payload(dataset, split), "x": as_json(x)})
    wanted = dataset.in_words(split.scaler.undo(x))
    assert [{name: words for name, words, _ in row} for row in told] == wanted


def test_the_share_beside_a_level_is_what_the_decoder_gave_it(browser_page):
    dataset = table(missing=False)
    split = RunSpec(data="t").split(dataset)
    block = split.layout.blocks[1]
    x = split.x_test[:1].copy()
    x[0, block.features] = np.array([0.2, 0.5, 0.3]) * block.height
    told = browser_page.evaluate(WORDS, {"look": look_payload(dataset, split), "x": as_json(x)})
    assert told[0][1] == ["species", "b <i>", pytest.approx(0.5, abs=1e-6)]
    assert told[0][0][2] is None


@pytest.mark.parametrize(
    ("name", "scaling"),
    [("iris", "auto"), ("swiss_roll", "range"), ("heartbeats", "standard"), ("digits", "auto"), ("shapes", "standard")],
)
def test_plain_numbers_come_back_in_the_same_own_units(browser_page, name, scaling):
    dataset = load(name)
    split = RunSpec(data=name, scaling=scaling).split(dataset)
    x = split.x_test[:20] * np.float32(1.1)
    told = browser_page.evaluate(OWN, {"look": look_payload(dataset, split), "x": as_json(x)})
    np.testing.assert_allclose(told, split.scaler.undo(x), rtol=1e-6, atol=1e-6)


PICTURE = """({ look, x }) => {
  const canvas = new Look(look).picture(Float32Array.from(x));
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [...data].filter((_, i) => i % 4 < 3);
}"""


@pytest.mark.parametrize("name", ["digits", "shapes_colour"])
def test_a_picture_has_the_pixels_of_the_python_pages(browser_page, name):
    dataset = load(name)
    split = RunSpec(data=name).split(dataset)
    x = split.x_test[0] * np.float32(1.3) - np.float32(0.1)
    low, high = dataset.value_range
    pixels = to_uint8(dataset.as_images(split.scaler.undo(x[None])), low, high)[0]
    wanted = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    told = browser_page.evaluate(PICTURE, {"look": look_payload(dataset, split), "x": x.tolist()})
    assert np.abs(np.array(told) - wanted.astype(int).ravel()).max() <= 1  # a half is rounded to the other side


def test_whoever_waits_is_told_once_when_the_network_comes_unless_it_stopped_waiting(browser_page):
    told = browser_page.evaluate(
        """() => {
          const told = [];
          networkOf("k", () => told.push("waited"));
          networkOf("k", () => told.push("stopped"))();
          networkOf("other", () => told.push("other"));
          bring("k", {});
          networkOf("k", () => told.push("late"));
          bring("k", {});
          return told;
        }"""
    )
    assert told == ["waited", "late"]


def test_the_encoder_of_a_network_that_came_without_one_says_so(browser_page):
    payload = network_payload(plain(build(RunSpec(**PLAIN), 5).eval(), 5), "k")
    said = browser_page.evaluate(
        """payload => {
          const network = new Network(payload);
          try { network.encode(new Float32Array(5)); } catch (error) { return [network.encodes, error.message]; }
        }""",
        payload,
    )
    assert said == [False, "This network was carried without its encoder."]
