"""Where new codes come from: distributions that stand for the training codes, to be decoded into new samples.

Add a source: one function from codes to a `Fitted`, and one line in `SOURCES`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

Codes = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]

MOST_PARTS = 10  # of a mixture
PATIENCE = 2  # numbers of parts in a row that do not lower the BIC before the search ends
MOST_FITTED = 2000  # codes that a mixture is fitted on; of more these are drawn, always the same ones
IN_USE = 1e-6  # of the largest standard deviation: a direction that varies less does not vary
FIT_SEED = 0


@dataclass(frozen=True, eq=False)
class Fitted:
    """A distribution of codes: a centre is picked with its share, and a Gaussian of that part's spread is added to it.

    Attributes:
        centres: (n_centres, latent_dim).
        shares: of each centre, together 1 (n_centres,).
        roots: spreads (n_parts, directions, latent_dim): noise from N(0, I) times a root has the part's covariance.
        part_of: the spread of each centre, a place among `roots` (n_centres,).
        words: what was fitted, for whoever reads.
    """

    centres: Codes
    shares: Floats
    roots: Floats
    part_of: NDArray[np.int64]
    words: str

    def sample(self, n: int, seed: int, temperature: float = 1.0) -> NDArray[np.float32]:
        """New codes (n, latent_dim); the first ones are the same whatever n is, and move smoothly with temperature.

        Args:
            n: at least 0.
            seed: the same seed gives the same codes.
            temperature: the noise is multiplied by it: 1 is the distribution itself, 0 its centres.

        Raises:
            ValueError: a negative temperature.
        """
        if temperature < 0:
            raise ValueError(f"temperature={temperature} must not be negative")
        if n == 0:
            return np.zeros((0, self.centres.shape[1]), dtype=np.float32)
        picks, noise = zip(*(self._draw(seed, place) for place in range(n)), strict=True)
        chosen = np.minimum(np.searchsorted(np.cumsum(self.shares), picks, side="right"), len(self.shares) - 1)
        moved = np.einsum("nr,nrm->nm", np.stack(noise), self.roots[self.part_of[chosen]])
        return np.asarray(self.centres[chosen] + temperature * moved, dtype=np.float32)

    def _draw(self, seed: int, place: int) -> tuple[float, Floats]:
        rng = np.random.default_rng([seed, place])
        return float(rng.random()), np.asarray(rng.standard_normal(self.roots.shape[1]))


@dataclass(frozen=True)
class Source:
    """A way to new codes.

    Attributes:
        title: as a page shows it.
        adds: what it is, a sentence.
        fit: from training codes (n, latent_dim), n at least 2.
    """

    title: str
    adds: str
    fit: Callable[[Codes], Fitted]


def standard_normal(z: Codes) -> Fitted:
    """N(0, I), whatever the codes are: what a VAE's training pulls them to (Kingma and Welling 2014)."""
    m = z.shape[1]
    return _fitted(np.zeros((1, m)), np.ones(1), np.eye(m)[None], "mean 0 and variance 1 for every unit")


def gaussian(z: Codes) -> Fitted:
    """One Gaussian with the mean and the covariance of the codes."""
    _check(z)
    return _fitted(
        z.mean(axis=0, dtype=np.float64)[None], np.ones(1), _root(z)[None], "mean and covariance of the codes"
    )


def mixture(z: Codes) -> Fitted:
    """A mixture of Gaussians by expectation-maximisation, of as many parts as the BIC says (Schwarz 1978).

    Fitted in directions scaled to variance 1, on at most `MOST_FITTED` codes; those in which the codes do not vary
    are left out. From one part on, parts are added until two more in a row have not lowered the BIC.
    """
    _check(z)
    some = np.asarray(z, dtype=np.float64)
    if len(some) > MOST_FITTED:
        rows = np.random.default_rng(FIT_SEED).choice(len(some), MOST_FITTED, replace=False)
        some = some[np.sort(rows)]
    mean, back = some.mean(axis=0), _root(some)
    if not len(back):
        return gaussian(z)
    white = (some - mean) @ np.linalg.pinv(back)
    best = _best_mixture(white)
    roots = np.stack([np.linalg.cholesky(part).T @ back for part in best.covariances_])
    words = f"{len(roots)} part{'s' if len(roots) > 1 else ''}, the best by BIC up to {min(MOST_PARTS, len(white))}"
    return _fitted(mean + best.means_ @ back, np.asarray(best.weights_), roots, words)


def jittered(z: Codes) -> Fitted:
    """A training code by chance, moved by a Gaussian as wide as Scott's rule says (Scott 1992).

    The smoothed bootstrap: the same distribution as scipy.stats.gaussian_kde on the codes.
    """
    _check(z)
    root = _root(z)
    width = len(z) ** (-1.0 / (len(root) + 4))
    n = len(z)
    said = f"moved by {width:.2g} of the codes' spread"
    return Fitted(z, np.full(n, 1 / n), (width * root)[None], np.zeros(n, dtype=np.int64), said)


SOURCES: Mapping[str, Source] = {
    "prior": Source("N(0, I)", "The standard normal distribution, which a VAE is trained towards.", standard_normal),
    "gaussian": Source("Gaussian", "One Gaussian fitted to the training codes.", gaussian),
    "mixture": Source("Mixture", "Several Gaussians together, fitted to the training codes.", mixture),
    "jittered": Source("Jitter", "The code of a training row, moved a little by chance.", jittered),
}


def _fitted(centres: Floats, shares: Floats, roots: Floats, words: str) -> Fitted:
    return Fitted(centres, shares, roots, np.arange(len(centres)), words)


def _best_mixture(white: Floats) -> GaussianMixture:
    best: GaussianMixture | None = None
    lowest, since = np.inf, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the best found so far is good enough
        for parts in range(1, min(MOST_PARTS, len(white)) + 1):
            fitted = GaussianMixture(parts, random_state=FIT_SEED, tol=1e-2, reg_covar=1e-4, max_iter=40).fit(white)
            bic = float(fitted.bic(white))
            since = since + 1 if best is not None and bic >= lowest else 0
            if since == 0:
                best, lowest = fitted, bic
            if since >= PATIENCE:
                break
    return best


def _root(z: Codes) -> Floats:
    """A root R (directions, latent_dim) of the covariance, R'R, with only the directions in which codes vary."""
    centred = np.asarray(z, dtype=np.float64) - z.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred / (len(z) - 1))
    spread = np.sqrt(np.maximum(variances, 0.0))
    used = spread > IN_USE * max(float(spread.max()), np.finfo(float).tiny)
    return np.asarray(spread[used, None] * axes.T[used])


def _check(z: Codes) -> None:
    if len(z) < 2:
        raise ValueError(f"A distribution of codes needs two codes at least, not {len(z)}.")
