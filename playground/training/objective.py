"""What a kind of autoencoder makes small: the loss of what comes back, and what the kind adds to it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from playground.data.split import Split
from playground.models.autoencoder import Autoencoder, VariationalAutoencoder
from playground.models.layers import Dropout
from playground.models.losses import loss_of
from playground.models.measures import MEASURE
from playground.models.spec import RunSpec
from playground.training.noise import NOISE, Extremes

TINY = 1e-6


class Pass(NamedTuple):
    """What the network made of a batch: the objective, what it was shown, the codes, and what came back."""

    loss: Tensor
    seen: Tensor
    z: Tensor
    x_hat: Tensor


class Objective:
    """The objective of one training, with the only random numbers that a step draws.

    Attributes:
        spec: the settings; its knobs are read at every step, so that another one may be put here at any time.
        loss: of x_hat and x, a mean over the batch.
        generator: of noise, of a VAE's samples and of dropout, apart from the one that shuffles the rows.
        beta: a VAE's weight of the KL divergence at this moment, on the device.
    """

    def __init__(self, spec: RunSpec, split: Split, model: Autoencoder, device: torch.device) -> None:
        self.spec = spec
        self.loss = loss_of(spec.loss, split.layout, spec.huber)
        self.generator = torch.Generator(device).manual_seed(spec.seed + 1)  # not the numbers of the shuffles
        self.known = Extremes.of(split, device) if spec.noise_kind in NOISE else None
        # A loss that is a mean over features weighs penalties alike, so that it has the same minimum as the sum.
        columns = len(split.layout.blocks) if split.layout is not None else split.n_features
        self.share = (
            1.0 / {"mixed": columns}.get(spec.loss, split.n_features) if MEASURE[spec.loss].per_feature else 1.0
        )
        self.beta = torch.zeros((), device=device)
        for module in model.modules():
            if isinstance(module, Dropout):
                module.generator = self.generator

    @property
    def is_only_the_loss(self) -> bool:
        """Whether nothing is added to the loss of what comes back."""
        return self.spec.model not in ("sparse", "contractive", "vae")

    @property
    def damages(self) -> bool:
        """Whether the network sees something else than it has to give back."""
        return self.known is not None

    def damaged(self, x: Tensor) -> Tensor:
        """What the network gets to see of the rows x, (n, n_features)."""
        noise = NOISE.get(self.spec.noise_kind)
        if noise is None or self.known is None:
            return x
        return noise(x, self.spec.noise_level, self.known, self.generator)

    def set_progress(self, done: float) -> None:
        """Tells how much of the training is done, 0 to 1: a VAE's β rises over the warm-up."""
        if self.spec.model != "vae":
            return
        warm_up = self.spec.warm_up
        self.beta.fill_(self.spec.beta * (1.0 if warm_up <= 0 else min(1.0, done / warm_up)))

    def __call__(self, model: Autoencoder, x: Tensor) -> Tensor:
        """The objective on a batch x (n, n_features), with this step's random numbers."""
        return self.forward(model, x).loss

    def forward(self, model: Autoencoder, x: Tensor) -> Pass:
        """The objective on a batch x (n, n_features), and what led to it."""
        seen = self.damaged(x)
        if isinstance(model, VariationalAutoencoder):
            mean, log_variance = model.posterior(seen)
            z = mean + (log_variance / 2).exp() * torch.randn(mean.shape, generator=self.generator, device=x.device)
            kl = divergence(mean, log_variance).sum() / len(x)
            x_hat = model.decoder(z)
            return Pass(self.loss(x_hat, x) + self.share * self.beta * kl, seen, z, x_hat)
        if self.spec.model == "contractive":
            return self._contractive(model, seen, x)
        z = model.encoder(seen)
        x_hat = model.decoder(z)
        return Pass(self.loss(x_hat, x) + self._sparsity(z), seen, z, x_hat)

    def _sparsity(self, z: Tensor) -> Tensor | float:
        spec = self.spec
        if spec.model != "sparse":
            return 0.0
        penalty = z.abs().sum() / len(z) if spec.sparsity == "l1" else too_active(z, spec.sparsity_target)
        return self.share * spec.sparsity_weight * penalty

    def _contractive(self, model: Autoencoder, seen: Tensor, x: Tensor) -> Pass:
        """The slopes' squares are estimated by one random direction per sample, right on average (Hutchinson 1990)."""
        with torch.enable_grad():
            seen = seen.detach().requires_grad_()
            z = model.encoder(seen)
            signs = torch.randint(2, z.shape, generator=self.generator, device=x.device) * 2.0 - 1.0
            (slopes,) = torch.autograd.grad((z * signs).sum(), seen, create_graph=True)
            # What a missing entry would be does not matter: its slope is not counted.
            squares = torch.where(torch.isnan(seen), 0.0, slopes).square().sum() / len(x)
            x_hat = model.decoder(z)
            return Pass(self.loss(x_hat, x) + self.share * self.spec.contraction * squares, seen, z, x_hat)

    def on_held_out(self, model: Autoencoder, x: Tensor) -> tuple[float, Tensor, tuple[float, ...] | None]:
        """The objective without random numbers on rows x: nothing damaged, a VAE's code its mean.

        Returns:
            The objective (a contractive one's without its penalty, a VAE's with the full β), x_hat, and a VAE's KL
            divergence per unit of the code, in nats.
        """
        if isinstance(model, VariationalAutoencoder):
            mean, log_variance = model.posterior(x)
            x_hat = model.decoder(mean)
            kl = divergence(mean, log_variance).mean(dim=0)
            loss = self.loss(x_hat, x) + self.share * self.spec.beta * kl.sum()
            return float(loss), x_hat, tuple(kl.tolist())
        z = model.encoder(x)
        x_hat = model.decoder(z)
        return float(self.loss(x_hat, x) + self._sparsity(z)), x_hat, None


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, 1)) in nats, unit by unit (Kingma and Welling 2014, appendix B)."""
    return (mean.square() + log_variance.exp() - 1.0 - log_variance) / 2


def too_active(z: Tensor, target: float) -> Tensor:
    """Σ_j KL(target ‖ mean activity of unit j over the batch), of activities z between 0 and 1 (Ng 2011)."""
    active = z.mean(dim=0).clamp(TINY, 1.0 - TINY)
    kl = target * (target / active).log() + (1.0 - target) * ((1.0 - target) / (1.0 - active)).log()
    return kl.sum()
