"""Hints: what is wrong with a run, told from numbers, and one change that mends it. Add one: a function and a line.

Only validation rows are looked at, never test rows: the comparison is sealed until it is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from playground.analysis.evidence import NEIGHBOURS, Evidence, fall, n_independent, neighbour_accuracy, overfits
from playground.analysis.fixes import (
    GO_ON,
    PENALTY,
    Fix,
    against_memory,
    change,
    further,
    larger,
    less_penalty,
    longer,
    lower_rate,
    more_alive,
    other_scaling,
    poor_choices,
    price,
    rounded,
    smaller,
    wider_code,
)
from playground.data.fields import Value
from playground.models.spec import RunSpec

MOST_SHOWN = 2

WORSE = 0.02  # of PCA's error: below it is no difference worth a word
WORTH_A_WORD = 0.005  # of the mean's error
NO_BETTER = 0.99  # of the mean's error
ENOUGH_SEEN = 1 / 3  # of the epochs, before a run that trains is said to be no better than the mean
DEAD = 0.1  # of the hidden units
DEAD_CONVOLVED = 0.9  # where the dark border of a picture keeps units still that are not dead
ENOUGH = 0.1  # above PCA: a code that does so well is not empty
SILENT = 0.01  # nats: a unit of a variational code that carries less carries nothing
DOMINATES = 0.5  # of the variance of all columns
FAR_ABOVE = 10.0  # times the median column's variance
MANY_PARAMETERS = 5.0  # for every number of the training rows
GAP = 0.25  # between training and validation error
APART = 0.1  # of the rows: a difference in neighbours' classes that can be seen
SURE = 2.0  # standard errors


@dataclass(frozen=True)
class Hint:
    """One thing that could be better.

    Attributes:
        rule: its name.
        sentence: what it is, and why it matters.
        evidence: the numbers that it is told from.
        fix_words: what the button says.
        fix: the settings to change, or {"go_on": epochs} to train this run further.
    """

    rule: str
    sentence: str
    evidence: str
    fix_words: str
    fix: Mapping[str, Value]

    @property
    def more_epochs(self) -> int:
        """How many more epochs of this very run the fix is; 0 where it is other settings."""
        return int(self.fix.get(GO_ON, 0))  # type: ignore[arg-type]

    def fixed(self, spec: RunSpec) -> RunSpec:
        """The settings `spec` with the fix made; the same where the fix is to go on."""
        return spec if self.more_epochs else dataclasses.replace(spec, **self.fix)  # type: ignore[arg-type]


Said = tuple[str, str, Fix]  # a hint's sentence, its evidence and its fix


@dataclass(frozen=True)
class Rule:
    """One rule: what looks at the evidence, when it may, and beside which others it would say nothing new."""

    name: str
    look: Callable[[Evidence], Said | None]
    while_training: bool = False
    unless: tuple[str, ...] = ()


def hints(evidence: Evidence) -> list[Hint]:
    """What this run could do better, the most useful first; no two contradict each other or change the same setting."""
    found: dict[str, Hint] = {}
    if not evidence.n_epochs and evidence.state != "diverged":
        return []
    for rule in RULES:
        silent = "diverged" in found or any(name in found for name in rule.unless)
        said = None if silent or not (evidence.is_over or rule.while_training) else rule.look(evidence)
        if said is None:
            continue
        sentence, numbers, proposed = said
        fix = {name: value for name, value in proposed.items() if getattr(evidence.spec, name, None) != value}
        if fix and not any(set(fix) & set(earlier.fix) for earlier in found.values()):
            found[rule.name] = Hint(rule.name, sentence, numbers, change(fix), fix)
    return list(found.values())


def _diverged(e: Evidence) -> Said | None:
    if e.state != "diverged":
        return None
    scaling = other_scaling(e) if _dominating(e) is not None else {}
    fix = lower_rate(e) | scaling
    why = "and one column is far larger than all others, " if scaling else ""
    return (
        f"Training blew up: the steps are too large for these data, {why}so every step overshoots further.",
        f"learning rate {e.spec.learning_rate:g}, recommended {e.recommended.learning_rate:g}; it ended in epoch "
        f"{e.n_epochs + 1}",
        fix,
    )


def _unscaled_column(e: Evidence) -> Said | None:
    place = _dominating(e)
    fix = other_scaling(e)
    if place is None or not fix:
        return None
    variances = np.square(e.column_spread)
    return (
        f"One column, {e.column_names[place]}, is so much larger than the others that the error is nearly its alone: "
        "the network has no reason to learn the rest.",
        f"{_percent(variances[place] / variances.sum())} of the variance; standard deviation "
        f"{_three(e.column_spread[place])}, of the median column {_three(float(np.median(e.column_spread)))}",
        fix,
    )


def _dominating(e: Evidence) -> int | None:
    """The column that outweighs all others, if there is one."""
    variances = np.square(np.asarray(e.column_spread, dtype=np.float64))
    if variances.size < 2 or not variances.sum() > 0:
        return None
    place = int(variances.argmax())
    rest = float(np.median(np.delete(variances, place)))
    return place if variances[place] > DOMINATES * variances.sum() and variances[place] > FAR_ABOVE * rest else None


def _worse_than_mean(e: Evidence) -> Said | None:
    known = e.mean is not None and e.n_epochs and (e.is_over or e.n_epochs >= ENOUGH_SEEN * e.n_planned)
    if not known or e.mean is None or not e.kept_error >= NO_BETTER * e.mean > 0:
        return None
    fix = poor_choices(e) or less_penalty(e) or further(e) or longer(e)
    why = price(e) if set(fix) <= set(PENALTY.values()) else ""
    return (
        f"It is no better than showing the average row every time: the code says nothing yet. {why}".rstrip(),
        f"validation error {_three(e.kept_error)}, of the mean {_three(e.mean)}",
        fix,
    )


def _dead_units(e: Evidence) -> Said | None:
    if e.activity is None or len(e.activity) < 5 or e.spec.model == "linear":
        return None
    middle = len(e.activity) // 2
    hidden = [layer for place, layer in enumerate(e.activity[:-1]) if place not in (0, middle)]
    n_dead, n_units = sum(int(_is_dead(layer).sum()) for layer in hidden), sum(layer.size for layer in hidden)
    if n_dead < (DEAD_CONVOLVED if e.spec.is_convolutional else DEAD) * n_units:
        return None
    fix = more_alive(e)
    return (
        "Many hidden units give the same for every row: they are dead, learn nothing any more, and make the network "
        "smaller than it looks.",
        f"{n_dead} of {n_units} hidden units never change on the validation rows",
        fix,
    )


def _is_dead(layer: np.ndarray) -> np.ndarray:
    return ~(layer > 0)  # not-a-number is dead too


def _kl_collapsed(e: Evidence) -> Said | None:
    if e.code_kl is None or e.spec.beta <= 0:
        return None
    n_silent = sum(kl < SILENT for kl in e.code_kl)
    enough = e.pca is not None and e.kept_error <= (1 + ENOUGH) * e.pca  # then the data ask for no more units
    if 2 * n_silent < len(e.code_kl) or enough:
        return None
    tenth, suits = max(rounded(e.spec.beta / 10), 1e-4), e.recommended.beta
    fix: Fix = {"beta": suits if tenth >= suits else tenth}
    if e.spec.warm_up < 0.25:
        fix["warm_up"] = 0.25
    return (
        "The penalty has emptied the code: most units are the same cloud for every row, so the decoder learns to do "
        "without them (posterior collapse).",
        f"{n_silent} of {len(e.code_kl)} units carry less than {SILENT:g} nats; β = {e.spec.beta:g}",
        fix,
    )


def _copies(e: Evidence) -> Said | None:
    m, n = e.spec.latent_dim, e.n_features
    plain = e.spec.model in ("dense", "linear", "convolutional", "tied") and e.spec.noise_kind == "none"
    if m < n or n < 2 or not plain:
        return None
    suits = e.recommended.latent_dim
    fix: Fix = {"latent_dim": suits if suits < n else max(1, n // 2)}
    return (
        "The code has as many numbers as the data have features: nothing has to be left out, so the network can copy "
        "instead of finding what the rows have in common.",
        f"m = {m}, features n = {n}",
        fix,
    )


def _few_rows(e: Evidence) -> Said | None:
    if e.n_epochs < 5 or e.n_rounds < MANY_PARAMETERS or not e.kept_error > (1 + GAP) * e.kept_train_error:
        return None
    fix = smaller(e)
    if not fix:
        return None
    return (
        "There are too few rows for so many parameters: the network can learn the training rows by heart, and does "
        "worse on rows that it has not seen.",
        f"{e.n_parameters:,} parameters for {e.n_train:,} training rows of {e.n_features} features; error "
        f"{_three(e.kept_train_error)} on those, {_three(e.kept_error)} on the validation rows",
        fix,
    )


def _worse_than_pca(e: Evidence) -> Said | None:
    if e.pca is None or e.mean is None or not e.n_epochs or e.spec.latent_dim >= e.n_features:
        return None  # PCA with all components gives the row back
    over = e.kept_error - e.pca
    if not (over > WORSE * e.pca and over > WORTH_A_WORD * e.mean):
        return None
    cheaper = less_penalty(e) if price(e) else {}
    fix = cheaper or further(e) or poor_choices(e) or against_memory(e) or larger(e) or longer(e)
    why = price(e) or "PCA has found more with weighted sums alone, so the bends have not paid yet."
    return (
        f"PCA does better with the same code size. {why}",
        f"validation error {_three(e.kept_error)}, PCA({e.spec.latent_dim}) {_three(e.pca)}",
        fix,
    )


def _overfitting(e: Evidence) -> Said | None:
    if not overfits(e):
        return None
    window = slice(-e.window, None)
    fix = against_memory(e)
    now = float(np.mean(e.val_error[window]))
    return (
        "It overfits: the error on the training rows went on falling while that on the validation rows rose. The best "
        "epoch is kept, and all training after it was in vain.",
        f"validation error {_three(e.val_error[e.best])} at epoch {e.best + 1}, {_three(now)} at the end; training "
        f"error {_three(e.train_error[e.best])}, then {_three(float(np.mean(e.train_error[window])))}",
        fix,
    )


def _still_falling(e: Evidence) -> Said | None:
    fix = further(e)
    if not fix:
        return None
    return (
        "The error was still falling when the training stopped: more epochs would lower it.",
        f"validation error fell by {_percent(fall(e.criterion, e.window))} within the last {_epochs(e.window)}, to "
        f"{_three(e.val_error[-1])}",
        fix,
    )


def _unused_units(e: Evidence) -> Said | None:
    if e.z is None or e.spec.latent_dim < 2 or len(e.z) <= e.spec.latent_dim:
        return None
    m = e.spec.latent_dim
    used = m - sum(kl < SILENT for kl in e.code_kl) if e.code_kl is not None else n_independent(e.z)
    if not 1 <= used < m:
        return None
    fix: Fix = {"latent_dim": used}
    return (
        "The code is larger than it needs to be: some of its units never move, or say what others say already.",
        f"{used} of {m} units carry something of their own",
        fix,
    )


def _classes_apart(e: Evidence) -> Said | None:
    if e.z is None or e.z_pca is None or e.labels is None or len(e.labels) < 20:
        return None
    mine, pca = neighbour_accuracy(e.z, e.labels), neighbour_accuracy(e.z_pca, e.labels)
    error = np.sqrt(2 * pca * (1 - pca) / len(e.labels))
    if pca - mine < max(APART, SURE * error):
        return None
    fix = further(e) or wider_code(e) or longer(e)
    return (
        f"PCA's map keeps the classes ({len(np.unique(e.labels))} of them) better apart than this code. The network "
        "never sees the classes, so it need not; a larger code or a longer training often sorts them better.",
        f"the {NEIGHBOURS} nearest neighbours name the class in {_percent(mine)} of the validation rows, with "
        f"PCA({e.spec.latent_dim}) in {_percent(pca)}",
        fix,
    )


# what makes the code say little anyway
EMPTY = ("unscaled_column", "dead_units", "worse_than_mean", "kl_collapsed")

RULES: tuple[Rule, ...] = (  # the most useful first
    Rule("diverged", _diverged),
    Rule("unscaled_column", _unscaled_column, while_training=True),
    Rule("kl_collapsed", _kl_collapsed),
    Rule("dead_units", _dead_units, while_training=True, unless=("unscaled_column", "kl_collapsed")),
    Rule("worse_than_mean", _worse_than_mean, while_training=True, unless=("unscaled_column",)),
    Rule("copies", _copies, while_training=True),
    Rule("few_rows", _few_rows, while_training=True),
    Rule("worse_than_pca", _worse_than_pca, unless=("unscaled_column", "worse_than_mean", "copies", "kl_collapsed")),
    Rule("overfitting", _overfitting, unless=("few_rows",)),
    Rule("still_falling", _still_falling, unless=("overfitting", "copies")),
    Rule("unused_units", _unused_units, unless=(*EMPTY, "worse_than_pca")),
    Rule("classes_apart", _classes_apart, unless=(*EMPTY, "copies", "unused_units")),
)


def _three(value: float) -> str:
    """Three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:#.3g}".rstrip(".")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _epochs(n: int) -> str:
    return "epoch" if n == 1 else f"{n} epochs"
