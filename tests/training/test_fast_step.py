"""The hand-derived step against autograd and torch.optim.AdamW, and what else it promises."""

import copy
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from playground.errors import SpecError
from playground.models.autoencoder import Autoencoder
from playground.models.layers import ACTIVATION, FillIn
from playground.training.fast_step import FastStep
from playground.training.threads import bf16_pays, blas_threads

LOSSES = {
    "sum_squares": lambda x_hat, x: (x_hat - x).square().sum() / len(x),
    "mean_squares": functional.mse_loss,
    "binary_cross_entropy": lambda x_hat, x: functional.binary_cross_entropy(x_hat, x, reduction="sum") / len(x),
    "absolute": lambda x_hat, x: (x_hat - x).abs().sum() / len(x),
    "huber": lambda x_hat, x: functional.huber_loss(x_hat, x, reduction="sum", delta=0.3) / len(x),
}
COMBINATIONS = [
    (activation, loss, norm, output)
    for activation in ACTIVATION
    for loss in LOSSES
    for norm in (False, True)
    for output in ("linear", "sigmoid")
    if output == "sigmoid" or loss != "binary_cross_entropy"
]
WIDTHS = (7, 9, 6)


def part(widths, activation, norm, generator):
    stack = nn.Sequential()
    for place, (before, after) in enumerate(pairwise(widths), start=2):
        linear = nn.utils.skip_init(nn.Linear, before, after)
        for tensor in (linear.weight, linear.bias):
            nn.init.uniform_(tensor, -1 / before**0.5, 1 / before**0.5, generator=generator)
        stack.append(linear)
        if place < len(widths):
            if norm:
                stack.append(nn.BatchNorm1d(after))
                nn.init.uniform_(stack[-1].weight, 0.5, 1.5, generator=generator)
                nn.init.uniform_(stack[-1].bias, -0.5, 0.5, generator=generator)
            stack.append(ACTIVATION[activation]())
    return stack


def model_of(activation="relu", norm=False, output="linear", latent_dim=2, seed=0, widths=WIDTHS):
    generator = torch.Generator().manual_seed(seed)
    encoder = part((*widths, latent_dim), activation, norm, generator)
    decoder = part((latent_dim, *reversed(widths)), activation, norm, generator)
    if output == "sigmoid":
        decoder.append(nn.Sigmoid())
    return Autoencoder(encoder, decoder, latent_dim)


def batches(sizes=(16, 16, 5), n_features=7, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.uniform(0, 1, (size, n_features)).astype(np.float32) for size in sizes]


def without_effect(model):
    """Biases that batch normalisation takes away again, right behind their layer or behind the next."""
    kinds = "".join(type(module).__name__[0] for module in (*model.encoder, *model.decoder))  # L linear, B batch norm
    modules = [*model.encoder, *model.decoder]
    return [modules[k].bias for k in range(len(kinds)) if kinds[k:].startswith(("LB", "LLB"))]


def by_autograd(model, loss, pairs, rates, weight_decay=0.0):
    """The oracle; gives the sum of the batches' losses. Biases without effect get no gradient: theirs is noise."""
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=weight_decay, fused=True)
    model.train()
    total = 0.0
    for (x, target), rate in zip(pairs, rates, strict=True):
        optimiser.param_groups[0]["lr"] = rate
        optimiser.zero_grad()
        value = LOSSES[loss](model(torch.from_numpy(x)), torch.from_numpy(target))
        value.backward()
        for bias in without_effect(model):
            bias.grad.zero_()
        optimiser.step()
        total += float(value.detach())
    return total


def agree(model, other, **tolerance):
    tolerance = {"rtol": 2e-4, "atol": 2e-5} | tolerance
    for (name, mine), theirs in zip(model.state_dict().items(), other.state_dict().values(), strict=True):
        torch.testing.assert_close(mine, theirs, msg=lambda text, name=name: f"{name}: {text}", **tolerance)


def same_bits(model, other):
    theirs = other.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(("activation", "loss", "norm", "output"), COMBINATIONS)
def test_every_combination_trains_as_autograd_and_torchs_adamw_do(activation, loss, norm, output):
    model = model_of(activation, norm, output)
    other = copy.deepcopy(model)
    step = FastStep([model], loss=loss, weight_decay=0.02, huber=0.3)
    data, rates = batches((16, 16, 5, 16, 5)), (1e-3, 2e-3, 3e-3, 2e-3, 1e-3)
    for x, rate in zip(data, rates, strict=True):
        step(x, x, rate)
    total = by_autograd(other, loss, [(x, x) for x in data], rates, 0.02)
    agree(model, other)
    assert step.loss_sum == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("widths", [(120, 110, 100), (7,), (3, 40)], ids=["large products", "linear", "wide"])
@pytest.mark.parametrize("norm", [False, True])
def test_networks_of_other_widths_train_as_with_autograd(widths, norm):
    model = model_of(norm=norm, widths=widths)
    other = copy.deepcopy(model)
    step = FastStep([model], loss="mean_squares")
    data = batches((128, 128, 50 if norm else 1), widths[0])
    for x in data:
        step(x, x, 1e-3)
    by_autograd(other, "mean_squares", [(x, x) for x in data], [1e-3] * 3)
    agree(model, other)


def test_a_corrupted_input_is_trained_towards_its_clean_target():
    model = model_of("silu", norm=True)
    other = copy.deepcopy(model)
    step = FastStep([model], loss="sum_squares")
    pairs = list(zip(batches(seed=1), batches(seed=2), strict=True))
    for x, target in pairs:
        step(x, target, 1e-3)
    by_autograd(other, "sum_squares", pairs, [1e-3] * 3)
    agree(model, other)


@pytest.mark.parametrize("apart", [False, True], ids=["shared rows", "rows of their own"])
@pytest.mark.parametrize("rates", [0.003, (0.001, 0.003, 0.01)], ids=["one rate", "rates of their own"])
@pytest.mark.parametrize(("activation", "norm", "loss"), [("relu", False, "huber"), ("gelu", True, "sum_squares")])
def test_several_models_train_as_one_at_a_time(apart, rates, activation, norm, loss):
    models = [model_of(activation, norm, latent_dim=m, seed=m) for m in (1, 4, 2)]
    alone = [copy.deepcopy(model) for model in models]
    decays = 0.1 if rates == 0.003 else (0.0, 0.1, 0.3)
    step = FastStep(models, loss=loss, weight_decay=decays, huber=0.3)
    data = [batches(seed=k if apart else 0) for k in range(3)]
    for parts in zip(*data, strict=True):
        x = np.stack(parts) if apart else parts[0]
        step(x, x, rates if rates == 0.003 else np.array(rates))
    for k, model in enumerate(alone):
        decay = np.broadcast_to(decays, 3)[k]
        single = FastStep([model], loss=loss, weight_decay=float(decay), huber=0.3)
        for x in data[k]:
            single(x[None] if apart else x, x[None] if apart else x, float(np.broadcast_to(rates, 3)[k]))
        agree(models[k], model, rtol=1e-5, atol=1e-6)
        assert step.loss_sum[k] == pytest.approx(single.loss_sum[0], rel=1e-6)


def test_the_weights_that_pad_narrower_codes_stay_exactly_zero():
    models = [model_of("tanh", latent_dim=m, seed=m) for m in (1, 5)]
    step = FastStep(models, loss="sum_squares", weight_decay=0.1)
    for x in batches((16,) * 20):
        step(x, x, 0.01)
    code = len(WIDTHS) - 1
    for block in (step.packed.parameters, step._gradients, step._exp_avg, step._exp_avg_sq):
        before, after = step.packed.views(block)[code : code + 2]
        assert not before.weight[0, 1:].any()
        assert not before.bias[0, 0, 1:].any()
        assert not after.weight[0, :, 1:].any()
        assert before.weight[1].all()


def test_the_models_are_views_that_follow_and_can_be_loaded_into():
    models = [model_of(norm=True, latent_dim=m) for m in (2, 3)]
    started = [copy.deepcopy(model.state_dict()) for model in models]
    step = FastStep(models, loss="sum_squares")
    blocks = {t.untyped_storage().data_ptr() for t in (step.packed.parameters, step.packed.means)}
    assert models[0].encoder[0].weight.untyped_storage().data_ptr() in blocks
    x = batches()[0]
    step(x, x, 0.01)
    trained = [copy.deepcopy(model.state_dict()) for model in models]
    changed = [name for name in started[0] if not torch.equal(trained[0][name], started[0][name])]
    assert {"encoder.0.weight", "encoder.1.running_mean", "encoder.1.num_batches_tracked", "decoder.6.bias"} <= {
        *changed
    }
    for model, state in zip(models, started, strict=True):
        model.load_state_dict(state)
    again = FastStep([model_of(norm=True, latent_dim=m) for m in (2, 3)], loss="sum_squares")
    step.load(again.state())
    step(x, x, 0.01)
    assert all(torch.equal(models[1].state_dict()[name], tensor) for name, tensor in trained[1].items())


def test_a_loaded_state_goes_on_to_the_last_bit():
    def fresh():
        return FastStep([model_of("silu", True, latent_dim=m) for m in (2, 3)], loss="absolute", weight_decay=0.1)

    whole, halted, resumed = fresh(), fresh(), fresh()
    data = batches((16,) * 6)
    for x in data:
        whole(x, x, 0.01)
    for x in data[:3]:
        halted(x, x, 0.01)
    state, weights = halted.state(), [copy.deepcopy(model.state_dict()) for model in halted.models]
    for x in data[3:]:
        halted(x, x, 0.02)  # leaves the state alone
    for model, saved in zip(resumed.models, weights, strict=True):
        model.load_state_dict(saved)
    resumed.load(state)
    for x in data[3:]:
        resumed(x, x, 0.01)
    assert all(same_bits(*pair) for pair in zip(resumed.models, whole.models, strict=True))
    assert resumed.loss_sum.tolist() == whole.loss_sum.tolist()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("norm", [False, True])
def test_scores_are_those_of_the_models_in_evaluation_mode(loss, norm):
    models = [model_of("gelu", norm, "sigmoid", latent_dim=m, seed=m) for m in (1, 3)]
    step = FastStep(models, loss=loss, huber=0.3)
    for x in batches():
        step(x, x, 0.01)
    x = batches((600,))[0]
    losses, squares = step.score(x)
    for k, model in enumerate(models):
        x_hat = torch.from_numpy(model.reconstruct(x))
        assert losses[k] == pytest.approx(float(LOSSES[loss](x_hat, torch.from_numpy(x))), rel=1e-5)
        assert squares[k] == pytest.approx(float((x_hat - torch.from_numpy(x)).square().sum() / len(x)), rel=1e-5)


def test_the_models_that_are_kept_go_on_as_before_and_the_others_stay():
    models = [model_of(norm=True, latent_dim=m, seed=m) for m in (1, 3, 2)]
    alone = copy.deepcopy(models[2])
    step, single = FastStep(models, loss="sum_squares"), FastStep([alone], loss="sum_squares")
    first, second, _ = batches()
    step(first, first, 0.01)
    single(first, first, 0.01)
    left = copy.deepcopy(models[0])
    step.keep([2])
    assert step.models == [models[2]]
    step(second, second, 0.01)
    single(second, second, 0.01)
    agree(models[2], alone, rtol=1e-5, atol=1e-6)
    assert same_bits(models[0], left)


def test_a_batch_that_was_taken_is_trained_on_like_any_other():
    model, other = model_of(), model_of()
    step, plain = FastStep([model], loss="sum_squares"), FastStep([other], loss="sum_squares")
    x = batches()[0]
    rows = np.random.default_rng(0).permutation(len(x))[:9]
    batch = step.take(x, rows)
    assert step.take(x, rows[None]) is batch
    np.testing.assert_array_equal(batch, x[rows])
    step(batch, batch, 0.01)
    plain(x[rows], x[rows], 0.01)
    assert same_bits(model, other)


def test_what_is_not_finite_passes_in_silence_and_shows_in_the_sizes():
    models = [model_of(norm=True, seed=seed) for seed in range(2)]
    step = FastStep(models, loss="sum_squares")
    with torch.no_grad():
        models[1].encoder[0].weight[0, 0] = float("inf")
    alone = FastStep([model_of(norm=True)], loss="sum_squares")
    for x in batches():
        step(x, x, 0.01)
        alone(x, x, 0.01)
    assert np.isfinite(step.sizes()).tolist() == [True, False]
    assert np.isfinite(step.loss_sum).tolist() == [True, False]
    agree(models[0], alone.models[0], rtol=1e-6, atol=1e-7)


def test_rows_that_cannot_be_written_to_are_read():
    x = batches()[0]
    x.flags.writeable = False
    for precision in ("float32", "bfloat16"):
        step = FastStep([model_of()], loss="sum_squares", precision=precision)
        step(x, x, 0.01)
        step.score(x)


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("latent_dims", [(2,), (2, 4)])
def test_bfloat16_stays_close_to_float32(latent_dims, norm):
    def trained(precision):
        models = [model_of("silu", norm, "sigmoid", m, widths=(7, 32, 16)) for m in latent_dims]
        step = FastStep(models, loss="sum_squares", precision=precision)
        for x in batches((64,) * 60):
            step(x, x, 0.01)
        return step

    half, whole = trained("bfloat16"), trained("float32")
    np.testing.assert_allclose(half.loss_sum, whole.loss_sum, rtol=0.02)
    x = batches((64,), seed=5)[0]
    np.testing.assert_allclose(half.score(x), whole.score(x), rtol=0.05)
    assert half.loss_sum.tolist() != whole.loss_sum.tolist()
    assert bf16_pays() in (True, False)


def test_only_plain_chains_suit():
    model = model_of("relu", True, "sigmoid")
    assert all(FastStep.suits(model, loss, None) for loss in LOSSES)
    assert not FastStep.suits(model, "mixed", None)
    assert not FastStep.suits(model_of(), "binary_cross_entropy", None)
    assert not FastStep.suits(model_of().double(), "sum_squares", None)
    assert not FastStep.suits(Autoencoder(nn.Linear(7, 2), nn.Linear(2, 7), 2), "sum_squares", None)
    for stranger in (nn.Dropout(), nn.Softmax(dim=1), nn.GELU("tanh"), nn.Linear(7, 7, bias=False)):
        other = model_of()
        other.decoder.append(stranger)
        assert not FastStep.suits(other, "sum_squares", None)


def test_data_with_missing_entries_do_not_suit():
    class Layout:
        flagged = ()

    assert FastStep.suits(model_of(), "sum_squares", Layout)
    Layout.flagged, Layout.fill = (1,), np.zeros(7, np.float32)
    assert not FastStep.suits(model_of(), "sum_squares", Layout)
    filled = model_of()
    filled.encoder.insert(0, FillIn(Layout, flags=False))
    assert not FastStep.suits(filled, "sum_squares", None)


@pytest.mark.parametrize("other", [{"widths": (7, 8, 6)}, {"activation": "tanh"}, {"norm": True}])
def test_models_that_differ_in_more_than_their_code_are_refused(other):
    with pytest.raises(SpecError, match="differ in nothing but their bottleneck"):
        FastStep([model_of(), model_of(**other)], loss="sum_squares")


def test_a_single_row_cannot_be_normalised():
    step = FastStep([model_of(norm=True)], loss="sum_squares")
    x = batches((1,))[0]
    with pytest.raises(ValueError, match="single row"):
        step(x, x, 0.01)


def test_stepping_neither_reads_nor_moves_the_global_random_numbers():
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    step = FastStep([model_of()], loss="sum_squares")
    x = batches()[0]
    step(x, x, 0.01)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002


def test_denormal_numbers_are_as_before_after_a_step():
    tiny = np.float32(2e-38)
    step = FastStep([model_of()], loss="sum_squares")
    x = batches()[0]
    step(x, x, 0.01)
    assert tiny / 2 > 0
    torch.set_flush_denormal(True)
    try:
        step(x, x, 0.01)
        assert tiny / 2 == 0
    finally:
        torch.set_flush_denormal(False)


def test_blas_threads_gives_everybody_their_threads_back():
    from threadpoolctl import threadpool_info

    def threads():
        blas = [pool["num_threads"] for pool in threadpool_info() if "numpy" in pool["filepath"]]
        return [*blas, torch.get_num_threads()]

    before = threads()
    with blas_threads(2):
        assert set(threads()) == {2}
        with blas_threads(1):
            assert set(threads()) == {1}
        with pytest.raises(KeyError), blas_threads(1):
            raise KeyError
        assert set(threads()) == {2}
    assert threads() == before


def test_entering_blas_threads_takes_next_to_no_time():
    with blas_threads(1):
        pass
    start = time.process_time()
    for _ in range(100):
        with blas_threads(1):
            pass
    assert (time.process_time() - start) / 100 < 1e-3
