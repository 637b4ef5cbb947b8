"""The kinds of autoencoder, in words: what each adds to the plain one, as two sentences, a formula and its source.

Add a kind: one entry here; where it needs layers of its own a function in `BUILD` of `autoencoder.py`, where it makes
something else small a line in `training/objective.py`. The selector, the settings shown with it, the command line and
the contract tests follow.
"""

from __future__ import annotations

from dataclasses import dataclass

DENSE, CONVOLUTIONAL = "dense", "convolutional"


@dataclass(frozen=True)
class Kind:
    """One kind of autoencoder.

    Attributes:
        title: what the selector calls it.
        adds: what it adds, two sentences.
        formula: what training makes small (LaTeX); L is the chosen loss, E the encoder, D the decoder.
        source: who proposed it.
        link: where to read it.
        settings: the settings that only this kind has, shown with it.
        networks: the layers it can be made of, its own first.
        may_be_noisy: whether its input can be corrupted, which makes it a denoising one as well.
    """

    title: str
    adds: str
    formula: str
    source: str
    link: str
    settings: tuple[str, ...] = ()
    networks: tuple[str, ...] = (DENSE,)
    may_be_noisy: bool = False


NOISE_SETTINGS = ("noise", "noise_level")

KIND: dict[str, Kind] = {
    "dense": Kind(
        "dense",
        "Every unit of a layer sees all units of the layer before, with a bend in between. The plain hourglass: only "
        "the bottleneck keeps it from copying its input.",
        r"L\big(x,\; D(E(x))\big)",
        "Hinton and Salakhutdinov 2006",
        "https://doi.org/10.1126/science.1127647",
    ),
    "linear": Kind(
        "linear",
        "No hidden layers and no bends: code and reconstruction are weighted sums. The best it can find is the "
        "subspace of PCA, so it never beats PCA.",
        r"\lVert x - D E\, x \rVert^2",
        "Baldi and Hornik 1989",
        "https://doi.org/10.1016/0893-6080(89)90014-2",
    ),
    "convolutional": Kind(
        "convolutional",
        "The same small filters look at every place of an image or a series, so what is learnt in one place holds in "
        "all. It needs fewer weights, and pays on larger and coloured images, on shifts, and with few rows.",
        r"L\big(x,\; D(E(x))\big),\quad E(x) = W\,\sigma(k_2 * \sigma(k_1 * x))",
        "Masci and others 2011",
        "https://doi.org/10.1007/978-3-642-21735-7_7",
        networks=(CONVOLUTIONAL,),
    ),
    "denoising": Kind(
        "denoising",
        "The network sees a damaged input and has to give back the clean one. Copying no longer helps, so it learns "
        "how the features hang together, even with a wide bottleneck.",
        r"L\big(x,\; D(E(\tilde x))\big),\quad \tilde x \sim q(\tilde x \mid x)",
        "Vincent and others 2010",
        "https://www.jmlr.org/papers/v11/vincent10a.html",
        settings=NOISE_SETTINGS,
        networks=(DENSE, CONVOLUTIONAL),
        may_be_noisy=True,
    ),
    "sparse": Kind(
        "sparse",
        "A penalty keeps most units of the code near zero for any one sample. The code can then be wide, even wider "
        "than it needs to be, and single units come to stand for single parts.",
        r"L\big(x, \hat x\big) + \lambda \sum_j \lvert z_j \rvert \quad\text{or}\quad "
        r"L\big(x, \hat x\big) + \lambda \sum_j \mathrm{KL}(\rho \,\Vert\, \hat\rho_j)",
        "Ng 2011, CS294A lecture notes (KL); Olshausen and Field 1996 (L1)",
        "https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf",
        settings=("sparsity", "sparsity_weight", "sparsity_target", *NOISE_SETTINGS),
        networks=(DENSE, CONVOLUTIONAL),
        may_be_noisy=True,
    ),
    "contractive": Kind(
        "contractive",
        "A penalty on the slopes of the encoder makes the code move little when the input does. It keeps only the "
        "directions in which the data really vary.",
        r"L\big(x, \hat x\big) + \lambda\, \lVert \partial z / \partial x \rVert_F^2",
        "Rifai and others 2011",
        "https://icml.cc/2011/papers/455_icmlpaper.pdf",
        settings=("contraction",),
    ),
    "tied": Kind(
        "tied weights",
        "The decoder uses the encoder's weights, transposed, and learns only its own biases. Half the numbers to "
        "learn, as in PCA, whose decoder is its encoder transposed.",
        r"z = \sigma(W x + b),\quad \hat x = W^{\top} z + c",
        "Vincent and others 2010",
        "https://www.jmlr.org/papers/v11/vincent10a.html",
        settings=NOISE_SETTINGS,
        may_be_noisy=True,
    ),
    "vae": Kind(
        "variational (VAE, β-VAE)",
        "The encoder gives a cloud instead of a point, and a penalty pulls all clouds towards the standard normal "
        "distribution. So the code space has no holes and can be sampled from; β above 1 pulls harder.",
        r"\mathbb{E}_{z \sim q(z \mid x)}\, L\big(x, D(z)\big) + \beta\,\mathrm{KL}\big(q(z \mid x)\,\Vert\,"
        r"\mathcal N(0, I)\big)",
        "Kingma and Welling 2014; Higgins and others 2017 (β)",
        "https://arxiv.org/abs/1312.6114",
        settings=("beta", "warm_up", *NOISE_SETTINGS),
        networks=(DENSE, CONVOLUTIONAL),
        may_be_noisy=True,
    ),
}


def settings_of(model: str) -> tuple[str, ...]:
    """The settings that a form shows for this kind besides those that all kinds have."""
    network = ("network",) if len(KIND[model].networks) > 1 else ()
    return network + KIND[model].settings
