"""What is special to each of several settings, in a few words: the names of lanes, runs and lines. No torch."""

from __future__ import annotations

from collections.abc import Sequence

from playground.models.kinds import KIND
from playground.models.spec import FIELDS, RunSpec, differing

MOST_NAMED = 3  # differences that a name spells out
OF_A_KIND = (  # settings that another kind brings along: its name stands for them
    *("network", "hidden", "activation", "batch_norm", "output", "dropout", "noise", "loss"),
    *("epochs", "batch_size", "learning_rate", "schedule", "weight_decay", "patience"),
)
SHORT = {"latent_dim": "m", "learning_rate": "rate", "batch_size": "batch", "hidden": "layers"}


def names_of(specs: Sequence[RunSpec]) -> list[str]:
    """A name for each, made of what they differ in: "m = 2", "Linear autoencoder", "layers 64-32 · seed 1".

    Equal settings get a number.
    """
    differ = differing(specs)
    if "model" in differ:
        differ = [name for name in differ if name not in OF_A_KIND] or differ
    names = [_name(spec, differ) for spec in specs]
    return [_apart(place, names, specs) for place in range(len(specs))]


def _apart(place: int, names: Sequence[str], specs: Sequence[RunSpec]) -> str:
    """A name that no other has: what equal ones differ in besides, or else a number."""
    name = names[place]
    twins = [other for other in range(len(specs)) if names[other] == name]
    if len(twins) == 1:
        return name
    differ = differing([specs[twin] for twin in twins])
    more = _name(specs[place], differ) or f"({twins.index(place) + 1})"
    return f"{name} · {more}" if name and differ else f"{name or 'the same'} {more}"


def _name(spec: RunSpec, differ: Sequence[str]) -> str:
    parts = [_part(spec, name) for name in differ[:MOST_NAMED]]
    return " · ".join(parts + ["…"] * (len(differ) > MOST_NAMED))


def _part(spec: RunSpec, name: str) -> str:
    text = FIELDS[name].text(getattr(spec, name))
    if name == "model":
        return KIND[spec.model].title
    if name == "hidden":
        return f"layers {text}" if spec.hidden else "no hidden layer"
    if name == "only":
        return f"only {text}" if text else "every class"
    label = SHORT.get(name) or FIELDS[name].label[:1].lower() + FIELDS[name].label[1:]
    return f"{label} = {text}" if name == "latent_dim" else f"{label} {text}"
