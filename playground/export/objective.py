"""The third part of an exported script: what training makes small, as `training/objective.py` computes it."""

from __future__ import annotations

from playground.export.setup import Setup, listed
from playground.models.measures import MEASURE

LOSS = {
    "sum_squares": (
        "The sum of squared errors of a row, averaged over the rows.",
        "(x_hat - x).square().sum() / len(x)",
    ),
    "mean_squares": ("The mean of all squared errors.", "functional.mse_loss(x_hat, x)"),
    "binary_cross_entropy": (
        "Pixels read as probabilities: their cross-entropies, summed over a row, averaged over the rows.",
        'functional.binary_cross_entropy(x_hat, x.clamp(0, 1), reduction="sum") / len(x)',
    ),
    "absolute": (
        "The sum of absolute errors of a row, averaged over the rows.",
        "(x_hat - x).abs().sum() / len(x)",
    ),
    "huber": (
        "Squares of errors below {huber}, absolute values beyond: summed over a row, averaged over the rows.",
        'functional.huber_loss(x_hat, x, reduction="sum", delta={huber}) / len(x)',
    ),
}

PRESENT_ONLY = """\
    missing = x.isnan()  # what is missing counts for nothing
    x_hat, x = x_hat.masked_fill(missing, 0), x.masked_fill(missing, 0)
"""

MIXED_NUMBERS = """\
    for _, start, stop, variance, weight in NUMBERS:  # squared error over variance
{seen}        squares = {squares}
        total = total + weight * squares / {count} / variance
"""

MIXED_CATEGORIES = """\
    for _, start, stop, height, entropy, weight in CATEGORIES:  # cross-entropy over entropy
{seen}        shares = ({x_hat} / height).clamp(min=1e-30)
        surprise = -({x} / height * shares.log()).sum()
        total = total + weight * surprise / {count} / entropy
"""

NOISE = {
    "gaussian": (
        "Adds a normal number to every value.",
        "    return x + {level} * torch.randn(x.shape, generator=chance)\n",
    ),
    "mask": (
        "Sets a share of the values to 0.",
        "{hit}    return torch.where({struck}, 0.0, x)\n",
    ),
    "salt_pepper": (
        "Sets a share of the values to the lowest or the highest of their feature.",
        "    extremes = torch.where(torch.rand(x.shape, generator=chance) < 0.5, highest, lowest)\n"
        "{hit}    return torch.where({struck}, extremes, x)\n",
    ),
    "swap": (
        "Takes a share of the values from other rows of the batch.",
        "    others = torch.randint(len(x), (len(x), {n_columns}), generator=chance){whole}\n"
        "{hit}    return torch.where(hit, x.gather(0, others), x)\n",
    ),
}

HIT = """\
    hit = torch.rand(x.shape, generator=chance) < {level}
"""

HIT_COLUMNS = """\
    hit = (torch.rand((len(x), {n_columns}), generator=chance) < {level})[:, column_of]
"""

EXTREMES = """\
lowest, highest = x_train.amin(dim=0), x_train.amax(dim=0)
"""

EXTREMES_OF_PRESENT = """\
lowest, highest = x_train.nan_to_num(nan=math.inf).amin(dim=0), x_train.nan_to_num(nan=-math.inf).amax(dim=0)
"""

COLUMN_OF = """\
widths = [  # of every column of the table, in features
{widths}
]
column_of = torch.arange({n_columns}).repeat_interleave(torch.tensor(widths))
"""

SPARSE = '''\
def objective(model, x):
    """The loss, and a penalty on the code: {says}."""
    z = model.encoder({seen})
{penalty}
    return loss(model.decoder(z), x) + {weight}{divisor} * penalty{why}
'''

PENALTY = {
    "l1": ("the sum of its units", "    penalty = z.abs().sum() / len(z)"),
    "kl": (
        "how far the mean activity of every unit is from {target}",
        "    active = z.mean(dim=0).clamp(1e-6, 1 - 1e-6)\n"
        "    rho = {target}\n"
        "    penalty = (rho * (rho / active).log() + (1 - rho) * ((1 - rho) / (1 - active)).log()).sum()",
    ),
}

ON_COVARIANCE = '''\
centred = {centred}
covariance = centred.T @ centred / centred.square().sum()  # as a share of the variance of all features


def loss(model):
    """The share of the variance that is lost. It needs no rows: of a linear model the covariance says it all."""
    encode, decode = model.{encoder}.weight, model.decoder.weight
    through = encode @ covariance
    return 1 - 2 * (decode.T * through).sum() + ((decode.T @ decode) * (through @ encode.T)).sum()
'''

CONTRACTIVE = '''\
def objective(model, x):
    """The loss, and a penalty on the squared slopes of the code, estimated along one random direction of it."""
    seen = x.clone().requires_grad_()
    z = model.encoder(seen)
    signs = torch.randint(2, z.shape, generator=chance) * 2.0 - 1.0  # +1 or -1: right on average (Hutchinson 1990)
    (slopes,) = torch.autograd.grad((z * signs).sum(), seen, create_graph=True)
    penalty = slopes.square().sum() / len(x)
    return loss(model.decoder(z), x) + {weight}{divisor} * penalty{why}
'''

VARIATIONAL = '''\
def objective(model, x, beta):
    """The loss of a code drawn from every row's cloud, and how far the clouds are from the standard normal one."""
    mean, log_variance = model.posterior({seen})
    z = mean + (log_variance / 2).exp() * torch.randn(mean.shape, generator=chance)  # reparameterised
    kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2 / len(x)
    return loss(model.decoder(z), x) + beta{divisor} * kl{why}
'''

CHANCE = """\
chance = torch.Generator().manual_seed({seed})  # {uses}
"""


def objective_section(setup: Setup) -> str:
    """The function `loss`; where the kind has them `damaged`, which adds noise, and `objective`, with a penalty."""
    if setup.on_covariance:
        return ON_COVARIANCE.format(centred=setup.centred("x_train"), encoder=linear_encoder(setup))
    loss = _mixed(setup) if setup.spec.loss == "mixed" else _loss(setup)
    parts = [loss, _chance(setup) + _known(setup), _noise(setup)]
    kind = {"sparse": _sparse, "contractive": _contractive, "vae": _variational}.get(setup.spec.model)
    return "\n\n".join(part for part in [*parts, kind(setup) if kind else ""] if part)


def linear_encoder(setup: Setup) -> str:
    """Where the linear model has its encoder's weights."""
    return "encoder[1]" if setup.has_missing else "encoder"


def batch_objective(setup: Setup) -> str:
    """What the training loop calls on a batch `x`."""
    if setup.on_covariance:
        return "loss(model)"
    if setup.spec.model in ("sparse", "contractive"):
        return "objective(model, x)"
    if setup.spec.model == "vae":
        return f"objective(model, x, {'beta' if setup.spec.warm_up > 0 else setup.spec.beta})"
    return f"loss(model({_seen(setup)}), x)"


def _loss(setup: Setup) -> str:
    says, formula = (text.format(huber=setup.spec.huber) for text in LOSS[setup.spec.loss])
    present = PRESENT_ONLY if setup.has_missing else ""
    return f'def loss(x_hat, x):\n    """{says}"""\n{present}    return {formula}\n'


def _mixed(setup: Setup) -> str:
    """Without missing values every row counts in every column."""
    if setup.has_missing:
        words = {
            "seen": "        seen = ~x[:, start].isnan()\n",
            "x_hat": "x_hat[seen, start:stop]",
            "x": "x[seen, start:stop]",
            "count": "seen.sum().clamp(min=1)",
        }
    else:
        words = {"seen": "", "x_hat": "x_hat[:, start:stop]", "x": "x[:, start:stop]", "count": "len(x)"}
    words["squares"] = f"({words['x_hat']} - {words['x']}).square().sum()"
    loops = [MIXED_NUMBERS] * bool(setup.numbers) + [MIXED_CATEGORIES] * bool(setup.categories)
    text = "".join(loop.format(**words) for loop in loops)
    return (
        'def loss(x_hat, x):\n    """The mean over the columns of their errors: 1 is as bad as always answering the '
        f'mean, or the usual shares."""\n    total = 0.0\n{text}'
        f"    return total / {sum(block.weight for block in setup.blocks)}  # the weights of all columns\n"
    )


def _chance(setup: Setup) -> str:
    kinds = {"contractive": "directions", "vae": "codes"}
    uses = ["noise"] * (setup.spec.noise_kind != "none") + [kinds[m] for m in [setup.spec.model] if m in kinds]
    if not uses:
        return ""
    return CHANCE.format(seed=setup.spec.seed + 1, uses=f"the random numbers of {' and '.join(uses)}")


def _seen(setup: Setup) -> str:
    return "x" if setup.spec.noise_kind == "none" else "damaged(x)"


def _noise(setup: Setup) -> str:
    """The columns of a table are damaged whole, all features of a category together."""
    name, wide = setup.spec.noise_kind, setup.has_wide_columns
    if name == "none":
        return ""
    says, body = NOISE[name]
    level = setup.spec.noise_level
    text = body.format(
        level=level,
        hit=HIT_COLUMNS.format(n_columns=len(setup.blocks), level=level) if wide else HIT.format(level=level),
        struck="hit & ~x.isnan()" if setup.has_missing else "hit",
        n_columns=len(setup.blocks) if wide else "x.shape[1]",
        whole="[:, column_of]" if wide else "",
    )
    return f'def damaged(x):\n    """{says}"""\n{text}'


def _known(setup: Setup) -> str:
    """What damaging has to know of the data."""
    noise = setup.spec.noise_kind
    if noise == "salt_pepper":
        return EXTREMES_OF_PRESENT if setup.has_missing else EXTREMES
    if noise in ("mask", "swap") and setup.has_wide_columns:
        widths = (str(block.stop - block.start) for block in setup.blocks)
        return COLUMN_OF.format(n_columns=len(setup.blocks), widths=listed(widths, "    "))
    return ""


def _sparse(setup: Setup) -> str:
    spec = setup.spec
    says, penalty = (text.format(target=spec.sparsity_target) for text in PENALTY[spec.sparsity])
    return SPARSE.format(says=says, seen=_seen(setup), penalty=penalty, weight=spec.sparsity_weight, **_share(setup))


def _contractive(setup: Setup) -> str:
    return CONTRACTIVE.format(weight=setup.spec.contraction, **_share(setup))


def _variational(setup: Setup) -> str:
    return VARIATIONAL.format(seen=_seen(setup), **_share(setup))


def whole_beta(setup: Setup) -> str:
    """What a VAE's divergence is multiplied by once the warm-up is over."""
    return f"{setup.spec.beta}{_share(setup)['divisor']}"


def _share(setup: Setup) -> dict[str, str]:
    """What a penalty is divided by: " / 64" where the loss is a mean over 64 features, so that they weigh alike."""
    if not MEASURE[setup.spec.loss].per_feature:
        return {"divisor": "", "why": ""}
    mixed = setup.spec.loss == "mixed"
    n, parts = (len(setup.blocks), "columns") if mixed else (setup.n_features, "features")
    return {"divisor": f" / {n}", "why": f"  # the loss is a mean over {n} {parts}, too"}
