"""Which unit of the code carries which known factor: mutual information, its gap (MIG), and DCI.

Codes (n, latent_dim) and factors (n,) of the same rows, in the same order. Information is in nats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import Colouring, IntArray

Codes = NDArray[np.floating[Any]]
Numbers = NDArray[np.float64]

BINS = 20  # of a code, and of a number that takes more values, as in disentanglement_lib (Locatello and others 2019)
MOST_LEVELS = 50  # of a category: with more, nearly every row has one of its own
TREES = 50
LEAST_IN_LEAF = 3  # rows: trees that single out rows say little of the others
SEED = 0


@dataclass(frozen=True, eq=False)
class Factor:
    """A known quantity of some rows; made by `factors_of`.

    Attributes:
        values: text of a category, else numbers (n,), nan where unknown.
    """

    name: str
    values: Colouring

    @property
    def is_category(self) -> bool:
        return self.values.dtype.kind == "U"

    @property
    def known(self) -> NDArray[np.bool_]:
        """The rows where the factor is known, (n,)."""
        return self.values != "" if self.is_category else np.isfinite(self.values.astype(np.float64))

    @property
    def levels(self) -> IntArray:
        """The factor as whole numbers from 0, of the known rows: its categories or values, or bins of equal width."""
        values = self.values[self.known]
        different, places = np.unique(values, return_inverse=True)
        few = self.is_category or len(different) <= BINS
        return places.astype(np.int64) if few else binned(values.astype(np.float64))

    def of(self, rows: IntArray) -> Factor:
        """The same of some of the rows, by their places."""
        return Factor(self.name, self.values[rows])


def factors_of(colours: Mapping[str, Colouring]) -> tuple[list[Factor], list[str]]:
    """The columns that can be asked for, and a sentence for each that cannot.

    Args:
        colours: label and factors by name, (n,) each.
    """
    kept, why_not = [], []
    for name, values in colours.items():
        factor = Factor(name, values)
        n_different = len(np.unique(values[factor.known]))
        if n_different < 2:
            why_not.append(f"{name} is left out: it is the same everywhere.")
        elif factor.is_category and n_different > MOST_LEVELS:
            why_not.append(f"{name} is left out: it has {n_different:,} different values, more than {MOST_LEVELS}.")
        else:
            kept.append(factor)
    return kept, why_not


def binned(values: NDArray[np.floating[Any]]) -> IntArray:
    """Numbers (n,) in `BINS` bins of equal width from the smallest to the largest, 0 to BINS - 1."""
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.zeros(len(values), np.int64)
    share = (values.astype(np.float64) - low) / (high - low)
    return np.minimum((BINS * share).astype(np.int64), BINS - 1)


def mutual_information(a: IntArray, b: IntArray) -> float:
    """I(a; b) of two columns of whole numbers from 0, (n,) each, from their counts."""
    joint = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
    np.add.at(joint, (a, b), 1.0 / len(a))
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return max(0.0, float(np.sum(joint[there] * np.log(joint[there] / apart[there]))))


def entropy(a: IntArray) -> float:
    """H(a) of a column of whole numbers from 0, (n,)."""
    return mutual_information(a, a)


@dataclass(frozen=True, eq=False)
class Information:
    """What every unit tells of every factor; made by `information`.

    Attributes:
        names: of the factors, k.
        shares: I(unit; factor) / H(factor), (latent_dim, k): 1 where the unit tells the factor in full.
        by_chance: the same of a unit whose codes are shuffled, the mean over the units, (k,): few rows make some
            information out of nothing.
        gaps: of each factor, the largest share less the second largest, (k,); nan where there is one unit only.
    """

    names: tuple[str, ...]
    shares: Numbers
    by_chance: Numbers
    gaps: Numbers

    @property
    def mig(self) -> float:
        """The mutual information gap (Chen and others 2018, arXiv:1802.04942): the mean of the gaps."""
        return float(self.gaps.mean())


def information(z: Codes, factors: Sequence[Factor]) -> Information:
    """Mutual information of every unit with every factor, codes and numbers in `BINS` bins of equal width each."""
    m, k = z.shape[1], len(factors)
    shares, by_chance = np.zeros((m, k)), np.zeros(k)
    rng = np.random.default_rng(SEED)
    for place, factor in enumerate(factors):
        known, levels = factor.known, factor.levels
        full = entropy(levels)
        codes = [binned(z[known, unit]) for unit in range(m)]
        shares[:, place] = [mutual_information(code, levels) / full for code in codes]
        by_chance[place] = np.mean([mutual_information(rng.permutation(code), levels) / full for code in codes])
    largest = -np.sort(-shares, axis=0)
    gaps = largest[0] - largest[1] if m > 1 else np.full(k, np.nan)
    return Information(tuple(factor.name for factor in factors), shares, by_chance, gaps)


@dataclass(frozen=True, eq=False)
class DCI:
    """Disentanglement, completeness and informativeness (Eastwood and Williams 2018); made by `dci`.

    Attributes:
        importance: of every unit for telling every factor, (latent_dim, k); each column adds up to 1, or is all 0.
        told: of every factor on rows that were not fitted on, (k,): R² of a number, share told right of a category.
        guessed: the same without any code, (k,): 0 of a number, of a category the share of its commonest level.
    """

    importance: Numbers
    told: Numbers
    guessed: Numbers

    @property
    def disentanglement(self) -> float:
        """1 where every unit is important for one factor only; units count by their importance. nan for one factor."""
        return _weighted(_concentration(self.importance), self.importance.sum(axis=1))

    @property
    def completeness(self) -> float:
        """1 where every factor needs one unit only; nan for one unit."""
        return _weighted(_concentration(self.importance.T), self.importance.sum(axis=0))

    @property
    def informativeness(self) -> float:
        """The mean of `told`."""
        return float(self.told.mean())


def dci(train: Codes, train_factors: Sequence[Factor], test: Codes, test_factors: Sequence[Factor]) -> DCI:
    """Tells every factor from the codes by a random forest of its own, with a fixed seed.

    As in section 4.1 of the paper (openreview.net/forum?id=By-7dz-AZ), with regressors for numbers and classifiers for
    categories; importance is how much the splits on a unit lower the impurity.

    Args:
        train, test: codes of the rows to fit on and of those to judge by.
        train_factors, test_factors: the same factors of either, in the same order.
    """
    columns = [_forest(train, known, test, asked) for known, asked in zip(train_factors, test_factors, strict=True)]
    importance, told, guessed = zip(*columns, strict=True)
    return DCI(np.stack(importance, axis=1), np.array(told), np.array(guessed))


def _forest(train: Codes, known: Factor, test: Codes, asked: Factor) -> tuple[Numbers, float, float]:
    """Importance of the units (latent_dim,), how well the factor is told on the test rows, and how well guessed."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if known.is_category else RandomForestRegressor
    # Every split may take any unit: else importance is spread over whatever the split was offered.
    forest = kind(TREES, min_samples_leaf=LEAST_IN_LEAF, max_features=None, random_state=SEED)
    forest.fit(train[known.known], known.values[known.known])
    rows = asked.known
    if not rows.any():
        return forest.feature_importances_, float("nan"), float("nan")
    values = asked.values[rows]
    told = float(forest.score(test[rows], values))
    commonest = np.unique(values, return_counts=True)[1].max() / len(values)
    return forest.feature_importances_, told, float(commonest) if known.is_category else 0.0


def _concentration(importance: Numbers) -> Numbers:
    """1 - H of every row of (rows, columns) as shares, with the logarithm to the base of the columns; nan for one."""
    if importance.shape[1] < 2:
        return np.full(len(importance), np.nan)
    total = importance.sum(axis=1, keepdims=True)
    shares = np.divide(importance, total, out=np.full_like(importance, 1 / importance.shape[1]), where=total > 0)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return 1.0 + (shares * logs).sum(axis=1) / np.log(importance.shape[1])


def _weighted(scores: Numbers, weights: Numbers) -> float:
    total = float(weights.sum())
    return float(scores @ weights / total) if total > 0 else 0.0
