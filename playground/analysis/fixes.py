"""What could mend a run: each function gives settings to change, {} where it has nothing to offer.

Every change is possible for the same data: nothing here asks for more than the settings' ranges or the rules of
`models/bounds.py` allow.
"""

from __future__ import annotations

from playground.analysis.evidence import Evidence, fall, overfits
from playground.data.fields import Value
from playground.models.bounds import MOST_CHANNELS
from playground.models.spec import FIELDS

Fix = dict[str, Value]

GO_ON = "go_on"  # the fix that is no other setting: so many more epochs of the same run
FAR_OFF = 5.0  # a learning rate this many times above or below the recommended one is a poor choice
HOPELESS = 10.0  # one so far above it that a tenth would not do
FALLING = 0.02  # between the last tenth of the epochs and the one before
LEAST_MORE = 10  # epochs that are worth going on for
MOST_WIDE, MOST_LARGE = 1024, 2_000_000  # units of a layer, and parameters, that a hint still proposes
LEAST_WIDE = 4
STRONG_DECAY = 0.3  # less did not keep networks of few rows from overfitting

# kind -> the setting that says how much its penalty counts
PENALTY = {"sparse": "sparsity_weight", "contractive": "contraction", "vae": "beta"}
PRICE = {
    "sparse": "The penalty that keeps the code sparse is the price of it: a smaller λ buys accuracy with activity.",
    "contractive": "The penalty on the code's slopes is the price of it: a smaller λ lets the code move more.",
    "vae": "The pull of the code towards the normal distribution is the price of it: a smaller β lets it say more.",
}


def lower_rate(e: Evidence) -> Fix:
    """A tenth of the learning rate, or the recommended one where a tenth would still be far too high."""
    rate, suits = e.spec.learning_rate, e.recommended.learning_rate
    return {"learning_rate": suits if rate >= HOPELESS * suits else max(rounded(rate / 10), 1e-6)}


def more_alive(e: Evidence) -> Fix:
    """A bend that no unit can die of, and steps that do not throw units off."""
    rate = e.spec.learning_rate
    slower = lower_rate(e) if rate > FAR_OFF * e.recommended.learning_rate else {}
    if e.spec.activation == "relu":
        return {"activation": "silu"} | slower
    return slower or lower_rate(e)


def other_scaling(e: Evidence) -> Fix:
    """A scaling that brings the columns to one size; none where they already should be."""
    if e.spec.scaling == "standard" or e.spec.loss == "binary_cross_entropy":
        return {}
    return {"scaling": "standard" if e.spec.scaling == "auto" else "auto"}  # a file may leave columns as they are


def poor_choices(e: Evidence) -> Fix:
    """The recommended values of what is known to keep a network from learning."""
    spec, suits = e.spec, e.recommended
    fix: Fix = {}
    if not 1 / FAR_OFF < spec.learning_rate / suits.learning_rate < FAR_OFF:
        fix["learning_rate"] = suits.learning_rate
    if spec.model == "linear":
        return fix
    if spec.output != suits.output and suits.output in ("sigmoid", "table"):
        fix |= {"output": suits.output} | ({"loss": "mixed"} if suits.output == "table" else {})
    if spec.output == "sigmoid" and suits.output == "linear" and not _is_between_0_and_1(e):
        fix["output"] = "linear"
    if spec.output == "sigmoid" and suits.batch_norm and not spec.batch_norm:
        fix["batch_norm"] = True
    if spec.activation == "sigmoid" and spec.activation != suits.activation:
        fix["activation"] = suits.activation
    return fix


def _is_between_0_and_1(e: Evidence) -> bool:
    return e.spec.scaling == "range" or e.spec.loss == "binary_cross_entropy"


def less_penalty(e: Evidence) -> Fix:
    """A tenth of what makes this kind more than an autoencoder; half the noise of one that denoises."""
    name = PENALTY.get(e.spec.model)
    if name is not None and getattr(e.spec, name) > 0:
        return {name: rounded(getattr(e.spec, name) / 10)}
    if e.spec.noise_kind != "none" and e.spec.noise_level > 0.05:
        return {"noise_level": rounded(e.spec.noise_level / 2)}
    return {}


def price(e: Evidence) -> str:
    """What this kind pays for with a larger error, a sentence; "" for a kind that only makes the error small."""
    name = PENALTY.get(e.spec.model)
    if name is not None and getattr(e.spec, name) > 0:
        return PRICE[e.spec.model]
    noisy = e.spec.noise_kind != "none" and e.spec.noise_level > 0
    return "It learns to repair damaged rows, and that is the price of it: less noise costs less." if noisy else ""


def further(e: Evidence) -> Fix:
    """More epochs of this very run, if it ended while its error was still falling."""
    # What wavers has its best epoch anywhere in the end; what falls has it last, or nearly so.
    if e.state not in ("done", "stopped") or not e.n_epochs or e.best < e.n_epochs - max(1, e.window // 2):
        return {}
    if fall(e.criterion, e.window) < FALLING:
        return {}
    left = max(e.n_planned, e.recommended.epochs) - e.n_epochs  # of a run that was stopped, or planned too short
    return {GO_ON: min(max(LEAST_MORE, left, e.n_epochs // 2), int(FIELDS["epochs"].high) - e.n_epochs)}


def longer(e: Evidence) -> Fix:
    """Twice the epochs, from the start: a schedule is then stretched as well."""
    epochs = min(max(2 * e.spec.epochs, e.recommended.epochs), int(FIELDS["epochs"].high))
    fix: Fix = {"epochs": epochs}
    if e.spec.patience:
        fix["patience"] = min(2 * e.spec.patience, int(FIELDS["patience"].high))
    return fix


def smaller(e: Evidence) -> Fix:
    """Half the width of every hidden layer, or the recommended widths where those are less; as often as it takes."""
    if e.spec.model == "linear" or max(e.spec.hidden, default=0) < 2 * LEAST_WIDE:
        return {}
    suits = e.recommended
    if suits.is_convolutional == e.spec.is_convolutional and 0 < sum(suits.hidden) < 0.75 * sum(e.spec.hidden):
        return {"hidden": suits.hidden}
    return {"hidden": tuple(max(LEAST_WIDE, width // 2) for width in e.spec.hidden)}


def against_memory(e: Evidence) -> Fix:
    """What keeps an overfitting network from learning rows by heart; {} for one that does not."""
    if not overfits(e):
        return {}
    return smaller(e) or ({"weight_decay": STRONG_DECAY} if e.spec.weight_decay < STRONG_DECAY else {"patience": 10})


def larger(e: Evidence) -> Fix:
    """The recommended hidden layers where those are wider, or else twice the width; {} where that would be huge."""
    spec, suits = e.spec, e.recommended
    if spec.model == "linear":
        return {}
    if suits.is_convolutional == spec.is_convolutional and sum(suits.hidden) > sum(spec.hidden):
        return {"hidden": suits.hidden}
    most = MOST_CHANNELS if spec.is_convolutional else MOST_WIDE
    if not spec.hidden or 2 * max(spec.hidden) > most or 4 * e.n_parameters > MOST_LARGE:
        return {}
    return {"hidden": tuple(2 * width for width in spec.hidden)}


def wider_code(e: Evidence) -> Fix:
    """Twice the bottleneck, as long as it stays one."""
    m = 2 * e.spec.latent_dim
    return {"latent_dim": m} if m < e.n_features else {}


def change(fix: Fix) -> str:
    """What the button of a fix says."""
    if GO_ON in fix:
        return f"Train {fix[GO_ON]} more epochs"
    words = [f"{_label(name)} {FIELDS[name].text(value)}" for name, value in fix.items()]
    return f"Train with {', '.join(words)}"


def _label(name: str) -> str:
    label = FIELDS[name].label
    return label if label[:1] == "β" else label[0].lower() + label[1:]


def rounded(value: float) -> float:
    """One significant digit, as a person would type it."""
    return float(f"{value:.1g}")
