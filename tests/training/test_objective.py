"""What each kind makes small, against a few lines of plain PyTorch, closed forms, and what theory says."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from playground.data import Dataset, load
from playground.models.autoencoder import build
from playground.models.spec import RunSpec
from playground.training.objective import Objective, divergence, too_active
from playground.training.recipe import recommended
from playground.training.trainer import Trainer

CPU = torch.device("cpu")


def objective_for(**settings):
    spec = RunSpec(**{"batch_norm": False, "hidden": (7,), "latent_dim": 3} | settings)
    split = spec.split(load("digits"))
    model = build(spec, split.n_features, split.layout, split.grid)
    return Objective(spec, split, model, CPU), model, torch.tensor(split.x_train[:32])


def test_a_denoising_step_compares_with_the_clean_rows():
    objective, model, x = objective_for(model="denoising", noise="gaussian", noise_level=0.4)
    generator = torch.Generator().manual_seed(objective.spec.seed + 1)
    seen = x + 0.4 * torch.randn(x.shape, generator=generator)
    by_hand = (model.decoder(model.encoder(seen)) - x).square().sum() / len(x)
    assert objective(model, x).item() == pytest.approx(by_hand.item(), rel=1e-6)


@pytest.mark.parametrize("loss", ["sum_squares", "mean_squares"])
def test_l1_adds_the_size_of_the_code(loss):
    objective, model, x = objective_for(model="sparse", sparsity="l1", sparsity_weight=0.7, loss=loss)
    z = model.encoder(x)
    squares = (model.decoder(z) - x).square().sum(dim=1).mean()
    by_hand = (squares + 0.7 * z.abs().sum(dim=1).mean()) / (64 if loss == "mean_squares" else 1)
    assert objective(model, x).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_kl_adds_the_divergence_of_the_mean_activity():
    objective, model, x = objective_for(model="sparse", sparsity="kl", sparsity_weight=2.0, sparsity_target=0.1)
    z = model.encoder(x)
    active = z.mean(dim=0)
    kl = sum(0.1 * math.log(0.1 / a) + 0.9 * math.log(0.9 / (1 - a)) for a in active.tolist())
    by_hand = ((model.decoder(z) - x).square().sum() / len(x)).item() + 2.0 * kl
    assert objective(model, x).item() == pytest.approx(by_hand, rel=1e-5)


def test_an_activity_on_target_costs_nothing_and_any_other_does():
    assert float(too_active(torch.full((5, 4), 0.05), 0.05)) == pytest.approx(0, abs=1e-6)
    assert float(too_active(torch.full((5, 4), 0.2), 0.05)) > 0.1
    assert math.isfinite(float(too_active(torch.zeros(5, 4), 0.05)))


def test_sparsity_makes_codes_sparse():
    dataset = load("digits")

    def share_of_zeros(weight):
        spec = replace(recommended(dataset, "sparse"), epochs=10, sparsity_weight=weight)
        trainer = Trainer(spec, spec.split(dataset))
        list(trainer)
        z = trainer.model.encode(dataset.x[:500] / 16)
        return (z == 0).mean()

    assert share_of_zeros(0.5) > share_of_zeros(0.0) + 0.1


def test_kl_brings_the_activity_to_its_target():
    dataset = load("digits")
    spec = replace(recommended(dataset, "sparse"), epochs=20, sparsity="kl", sparsity_weight=1.0, sparsity_target=0.1)
    split = spec.split(dataset)
    trainer = Trainer(spec, split)
    list(trainer)
    assert trainer.model.encode(split.x_val).mean() == pytest.approx(0.1, abs=0.03)


def test_contraction_is_the_squared_slopes_on_average():
    """One random direction per step; over many steps its mean is the Jacobian's squared Frobenius norm."""
    objective, model, x = objective_for(model="contractive", contraction=1.0, activation="tanh")
    loss = objective.loss(model(x), x).item()
    estimate = np.mean([objective(model, x).item() - loss for _ in range(400)])
    slopes = [torch.autograd.functional.jacobian(model.encoder, row[None])[0, :, 0] for row in x]
    exact = float(torch.stack([slope.square().sum() for slope in slopes]).mean())
    assert estimate == pytest.approx(exact, rel=0.05)


def test_contraction_makes_the_code_move_less():
    dataset = load("digits")

    def slope(contraction):
        spec = replace(recommended(dataset, "contractive"), epochs=10, contraction=contraction)
        split = spec.split(dataset)
        trainer = Trainer(spec, split)
        list(trainer)
        x = split.x_val
        nudge = np.random.default_rng(0).normal(0, 1e-3, x.shape).astype(np.float32)
        return np.square(trainer.model.encode(x + nudge) - trainer.model.encode(x)).sum() / np.square(nudge).sum()

    assert slope(1.0) < 0.5 * slope(0.0)


def test_the_divergence_is_that_of_two_normal_distributions():
    mean, log_variance = torch.tensor([[0.3, -1.0]]), torch.tensor([[0.5, -2.0]])
    q = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(divergence(mean, log_variance), expected)


def test_a_variational_step_is_reparameterised():
    objective, model, x = objective_for(model="vae", beta=2.5, warm_up=0.0)
    objective.set_progress(0.0)
    generator = torch.Generator().manual_seed(objective.spec.seed + 1)
    mean, log_variance = model.encoder(x)[:, :3], model.encoder(x)[:, 3:]
    z = mean + torch.exp(0.5 * log_variance) * torch.randn(mean.shape, generator=generator)
    kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(dim=1).mean()
    by_hand = (model.decoder(z) - x).square().sum(dim=1).mean() + 2.5 * kl
    assert objective(model, x).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_beta_rises_over_the_warm_up():
    objective, _, _ = objective_for(model="vae", beta=4.0, warm_up=0.5)
    seen = []
    for done in (0.0, 0.25, 0.5, 0.9):
        objective.set_progress(done)
        seen.append(float(objective.beta))
    assert seen == [0.0, 2.0, 4.0, 4.0]


def lines(n_samples=4000, seed=0):
    """Rows of a linear Gaussian model: five features of two hidden numbers, plus noise of variance 1/2."""
    rng = np.random.default_rng(seed)
    w = np.linalg.qr(rng.normal(size=(5, 2)))[0] * [2.0, 1.5]  # orthogonal columns: the posterior is diagonal
    x = rng.normal(size=(n_samples, 2)) @ w.T + rng.normal(0, math.sqrt(0.5), (n_samples, 5)) + 0.3
    return Dataset("lines", "Lines", x.astype(np.float32), tuple("abcde")), w, 0.3


LINEAR_VAE = {"model": "vae", "hidden": (), "latent_dim": 2, "output": "linear", "scaling": "none", "warm_up": 0.0}


def log_likelihood(x, w, mean):
    """Exact, of x under N(mean, w wᵀ + I/2), the mean over the rows (Tipping and Bishop 1999)."""
    covariance = w @ w.T + 0.5 * np.eye(5)
    centred = x - mean
    _, log_det = np.linalg.slogdet(covariance)
    distance = np.einsum("ni,ij,nj->n", centred, np.linalg.inv(covariance), centred).mean()
    return -0.5 * (5 * math.log(2 * math.pi) + log_det + distance)


def test_the_elbo_of_a_linear_gaussian_model_is_its_likelihood():
    """With the exact posterior the bound is tight: sum of squares + KL = -log p(x) - n/2 log(π), for noise of 1/2."""
    dataset, w, mean = lines()
    spec = RunSpec(data="lines", **LINEAR_VAE)
    split = spec.split(dataset)
    model = build(spec, 5)
    precision = np.linalg.inv(w.T @ w + 0.5 * np.eye(2))  # of the posterior: mean M⁻¹ wᵀ (x - μ), variance M⁻¹ / 2
    with torch.no_grad():
        (encoder,), (decoder,) = model.encoder, model.decoder
        decoder.weight.copy_(torch.tensor(w))
        decoder.bias.fill_(mean)
        encoder.weight[:2] = torch.tensor(precision @ w.T)
        encoder.bias[:2] = torch.tensor(-precision @ w.T @ np.full(5, mean))
        encoder.weight[2:] = 0.0
        encoder.bias[2:] = torch.tensor(np.log(np.diag(precision) / 2))
    objective = Objective(spec, split, model, CPU)
    objective.set_progress(1.0)
    x = torch.tensor(split.x_train)
    with torch.no_grad():
        ours = np.mean([objective(model, x).item() for _ in range(50)])
    assert -ours - 2.5 * math.log(math.pi) == pytest.approx(log_likelihood(split.x_train, w, mean), abs=0.01)


def test_a_trained_linear_vae_reaches_that_likelihood():
    dataset, w, mean = lines()
    spec = RunSpec(data="lines", epochs=60, learning_rate=0.02, batch_norm=False, **LINEAR_VAE)
    split = spec.split(dataset)
    trainer = Trainer(spec, split)
    list(trainer)
    x = torch.tensor(split.x_val)
    with torch.no_grad():
        ours = np.mean([trainer._objective(trainer.model, x).item() for _ in range(50)])
    assert -ours - 2.5 * math.log(math.pi) == pytest.approx(log_likelihood(split.x_val, w, mean), abs=0.05)
    assert len(trainer.history[-1].code_kl) == 2
    assert min(trainer.history[-1].code_kl) > 0.5


def test_a_code_unit_that_carries_nothing_has_no_divergence():
    """Two numbers made these rows: of four units, two fall back to the prior."""
    dataset, _, _ = lines()
    spec = RunSpec(
        data="lines", epochs=60, learning_rate=0.02, batch_norm=False, **LINEAR_VAE | {"latent_dim": 4, "warm_up": 0.2}
    )
    trainer = Trainer(spec, spec.split(dataset))
    kl = sorted(list(trainer)[-1].code_kl)
    assert max(kl[:2]) < 0.05 < 0.5 < min(kl[2:])


def mirrored(n, m, outputs=1):
    """64-128-m and back, as a first script would write it."""
    encoder = nn.Sequential(nn.Linear(n, 128), nn.ReLU(), nn.Linear(128, outputs * m))
    return encoder, nn.Sequential(nn.Linear(m, 128), nn.ReLU(), nn.Linear(128, n))


class Plain(nn.Module):
    """A kind in a few lines of plain PyTorch: `reconstruct`, and the `loss` of a batch."""

    def __init__(self, n, m, outputs=1):
        super().__init__()
        self.m = m
        self.encoder, self.decoder = mirrored(n, m, outputs)

    def reconstruct(self, x):
        return self.decoder(self.encoder(x)[:, : self.m])

    def loss(self, x):
        return squares(self.reconstruct(x), x)

    def score(self, x):
        """What the playground calls the objective on held-out rows: without random numbers."""
        return squares(self.reconstruct(x), x)


def squares(x_hat, x):
    return (x_hat - x).square().sum(dim=1).mean()


class PlainDenoising(Plain):
    def loss(self, x):
        return squares(self.reconstruct(x + 0.2 * torch.randn(x.shape)), x)


class PlainSparse(Plain):
    def reconstruct(self, x):
        return self.decoder(self.encoder(x).relu())

    def loss(self, x):
        return super().loss(x) + 0.02 * self.encoder(x).relu().sum(dim=1).mean()

    score = loss


class PlainContractive(Plain):
    def loss(self, x):
        x = x.clone().requires_grad_()
        z = self.encoder(x)
        slopes = [torch.autograd.grad(z[:, unit].sum(), x, create_graph=True)[0] for unit in range(self.m)]
        return super().loss(x) + 0.001 * torch.stack(slopes).square().sum(dim=(0, 2)).mean()


class PlainTied(Plain):
    def __init__(self, n, m):
        super().__init__(n, m)
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(128)), nn.Parameter(torch.zeros(n))])

    def reconstruct(self, x):
        h = nn.functional.linear(self.encoder(x), self.encoder[2].weight.T, self.biases[0]).relu()
        return nn.functional.linear(h, self.encoder[0].weight.T, self.biases[1])


class PlainVariational(Plain):
    def __init__(self, n, m):
        super().__init__(n, m, outputs=2)

    def loss(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        z = mean + (log_variance / 2).exp() * torch.randn(mean.shape)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
        return squares(self.decoder(z), x) + 0.1 * kl

    def score(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
        return squares(self.decoder(mean), x) + 0.1 * kl


class PlainConvolutional(Plain):
    """Strided convolutions and transposed ones, the tutorials' way."""

    def __init__(self, n, m):
        super().__init__(n, m)
        d = 2 if n == 64 else 1
        convolution, back = (nn.Conv2d, nn.ConvTranspose2d) if d == 2 else (nn.Conv1d, nn.ConvTranspose1d)
        shape = (8, 8) if d == 2 else (n,)
        small = tuple(side // 4 for side in shape)
        flat = 32 * math.prod(small)
        self.encoder = nn.Sequential(
            nn.Unflatten(1, (1, *shape)),
            convolution(1, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            convolution(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(flat, m),
        )
        self.decoder = nn.Sequential(
            nn.Linear(m, flat),
            nn.Unflatten(1, (32, *small)),
            back(32, 16, 4, stride=2, padding=1),
            nn.ReLU(),
            back(16, 1, 4, stride=2, padding=1),
            nn.Flatten(),
        )


def reference_error(plain, split, epochs):
    """The test score of a plain version after so many epochs of Adam with 3e-3 in batches of 64."""
    optimiser = torch.optim.Adam(plain.parameters(), 3e-3)
    x = torch.tensor(split.x_train)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(64):
            optimiser.zero_grad()
            plain.loss(x[rows]).backward()
            optimiser.step()
    with torch.no_grad():
        x = torch.tensor(split.x_test)
        return float(plain.score(x))


REFERENCES = {
    "dense": (Plain, {}),
    "denoising": (PlainDenoising, {"noise": "gaussian", "noise_level": 0.2}),
    "sparse": (PlainSparse, {"sparsity_weight": 0.02}),
    "contractive": (PlainContractive, {"contraction": 0.001, "hidden": (128,), "epochs": 40}),
    "tied": (PlainTied, {}),
    "vae": (PlainVariational, {"beta": 0.1}),
    "convolutional": (PlainConvolutional, {}),
}


@pytest.fixture
def torchs_own_numbers():
    """The plain versions use torch's global numbers, as scripts do; nobody else may notice."""
    before = torch.get_rng_state()
    torch.manual_seed(0)
    yield
    torch.set_rng_state(before)


@pytest.mark.usefixtures("torchs_own_numbers")
@pytest.mark.parametrize("data", ["digits", "heartbeats"])
@pytest.mark.parametrize("model", REFERENCES)
def test_each_kind_reaches_what_a_plain_version_reaches(model, data):
    plain, settings = REFERENCES[model]
    dataset = load(data)
    spec = replace(recommended(dataset, model), **{"latent_dim": 8, "epochs": 15} | settings)
    split = spec.split(dataset)
    trainer = Trainer(spec, split)
    list(trainer)
    with torch.no_grad():
        ours = trainer._objective.on_held_out(trainer.best, torch.tensor(split.x_test))[0]
    assert ours < 1.05 * reference_error(plain(split.n_features, 8), split, epochs=15)
