"""What happens in the five phases of one training step, each in a sentence or two with the numbers of that very batch.

Free of Streamlit. The sentences are plain text: whoever shows them must not read them as Markdown or HTML.
"""

from __future__ import annotations

import math

import numpy as np

from playground.figures.numbers import count, percent, three
from playground.ui.components.packing import FloatArray

NO_BREAK = ",\u00a0"  # a code stays on one line
MOST_CODE_NUMBERS = 4  # of a code that a sentence spells out


def batch_words(
    *, epoch: int, step: int, steps_per_epoch: int, batch_size: int, n_train: int, shown: int, noise: str = ""
) -> str:
    """Which rows come in. `noise` names what was done to them, such as "Gaussian noise of 0.3"; "" for nothing."""
    come = "comes" if batch_size == 1 else "come"
    if n_train == 1:
        came = "The one training row comes in"
    elif batch_size == n_train:
        came = f"All {count(n_train)} training rows come in at once"
    else:
        came = f"{count(batch_size)} of the {count(n_train)} training rows {come} in"
    words = f"{came}: step {count(step)} of {count(steps_per_epoch)} of epoch {count(epoch)}."
    if shown < batch_size:
        words += f" {count(shown)} of them {'is' if shown == 1 else 'are'} shown."
    if noise:
        words += f" They are damaged by {noise}; what has to come out are the clean ones."
    return words


def encode_words(*, n: int, z: FloatArray, name: str) -> str:
    """What the encoder makes of the first row: `z` (k, m), `name` of that row such as "digit 7"."""
    m = z.shape[1]
    row = _row("the first row shown", name)
    return f"The encoder turns {_numbers(n)} per row into {count(m)}{_wider(n, m)}: {row} becomes {_code(z[0])}."


def decode_words(*, n: int, m: int) -> str:
    """What the decoder makes of the code."""
    return (
        f"The decoder turns {_numbers(m)} back into {count(n)}. "
        f"{'It' if m == 1 else 'They'} {'is' if m == 1 else 'are'} all it gets to see of a row."
    )


def error_words(*, loss: float, loss_name: str, errors: FloatArray, names: list[str]) -> str:
    """The loss of the batch, and the best and the worst of the rows shown: `errors` (k,), one of `names` for each."""
    if not math.isfinite(loss):
        return f"The loss of this batch ({loss_name}) is no longer a number: training has diverged."
    words = f"The loss of this batch is {three(loss)} ({loss_name})."
    known = np.flatnonzero(np.isfinite(errors))
    if not known.size:
        return words
    if known.size == 1:
        return f"{words} {_row('The row shown', names[known[0]])} has a squared error of {three(errors[known[0]])}."
    worst, best = known[errors[known].argmax()], known[errors[known].argmin()]
    return (
        f"{words} Of the rows shown, {_row('the worst', names[worst])} has a squared error of {three(errors[worst])}, "
        f"{_row('the best', names[best])} of {three(errors[best])}."
    )


def update_words(
    *,
    n_weights: int,
    update: float,
    weights: float,
    learning_rate: float,
    loss: float,
    loss_after: float,
    of_peak: str = "",
) -> str:
    """How far the weights move and what the very same batch would have now."""
    if not math.isfinite(update):
        return f"The step of the {_counted(n_weights, 'weight')} is no longer a number: training has diverged."
    size = f", {percent(update / weights)} of their size" if weights > 0 and math.isfinite(weights) else ""
    rate = f"at learning rate {learning_rate:.3g}{of_peak}"
    moved = "The one weight moves" if n_weights == 1 else f"All {count(n_weights)} weights move"
    return f"{moved} by {three(update)} on average (root mean square{size}) {rate}; {_after(loss, loss_after)}"


def _after(loss: float, after: float) -> str:
    if not math.isfinite(after):
        return "the very same batch would now have a loss that is no longer a number: the step was far too long."
    if not math.isfinite(loss):
        return f"the very same batch would now have a loss of {three(after)}."
    words = f"the very same batch would now have a loss of {three(after)}, "
    if after == loss:
        return words + "just the same."
    if after < loss:
        return words + f"{three(loss - after)} less."
    return words + (
        f"{three(after - loss)} more, which happens: the direction also remembers earlier batches, "
        "and a step that is long for the place it starts from ends beyond the valley."
    )


def _numbers(n: int) -> str:
    return _counted(n, "number")


def _counted(n: int, noun: str) -> str:
    return f"{count(n)} {noun}" if n == 1 else f"{count(n)} {noun}s"


def _wider(n: int, m: int) -> str:
    """What has to be said of a bottleneck that is none."""
    return ", as many as came in" if m == n else ", more than came in" if m > n else ""


def _row(which: str, name: str) -> str:
    return f"{which} ({name})" if name else which


def _code(z: FloatArray) -> str:
    numbers = [three(value) for value in z[:MOST_CODE_NUMBERS].tolist()]
    if len(z) == 1:
        return numbers[0]
    return f"({NO_BREAK.join(numbers)}{NO_BREAK + '…' if len(z) > MOST_CODE_NUMBERS else ''})"
