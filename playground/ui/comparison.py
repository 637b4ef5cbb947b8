"""The comparison of a finished run in words, in a table and in bars: mean, PCA, linear autoencoder, this one."""

from __future__ import annotations

import streamlit as st

from playground.analysis.errors import RESAMPLES, SHORT_UNITS, SURE, UNITS, ScoredCodec
from playground.figures import markup
from playground.figures.bars import comparison_bars
from playground.figures.markup import Cell, Row
from playground.figures.numbers import count, percent, three
from playground.runs.run import Run
from playground.ui.drawing import CODECS

TOTAL, _, SHARE = UNITS
NO_DIFFERENCE = 1e-4  # of PCA's error: below it is rounding


def best_epoch_sentence(run: Run) -> str:
    """Which epoch is compared, where a later one did worse; "" where the last one is the best."""
    history = run.history
    best = history.best_epoch
    if best is None or best == history.epoch[-1]:
        return ""
    if history.code_kl[0] is not None:
        return (
            f"Compared is the model of epoch {count(best)} of {count(history.epoch[-1])}, with the lowest objective "
            "(error and β times KL) on the validation rows."
        )
    lowest = history.val_error[history.epoch.index(best)]
    worse = f"{percent(history.val_error[-1] / lowest - 1)} higher" if lowest > 0 else "higher"
    return (
        f"Compared is the model of epoch {count(best)}, its best on the validation rows: after the last epoch, "
        f"{count(history.epoch[-1])}, the error on them was {worse}."
    )


def table(run: Run) -> str:
    """The four codecs as HTML: their errors in three units with their intervals, beside PCA's, and their size."""
    header = [
        f"m = {run.spec.latent_dim}",
        "sum of squared errors",
        "mean squared error",
        "variance unexplained",
        "difference to PCA",
        "parameters",
    ]
    total = next((score.error[TOTAL] for score in run.scores if score.name == "pca"), 0.0)
    rows = [
        Row(
            CODECS[score.name][0],
            [
                *(_with_interval(score, unit) for unit in UNITS),
                _versus_pca(score, total),
                Cell(count(score.n_parameters)),
            ],
            CODECS[score.name][1],
            strong=score.name == "autoencoder",
        )
        for score in run.scores
    ]
    return markup.table(header, rows)


def bars(run: Run) -> None:
    """Draws the errors as bars with their intervals, in the unit that the visitor chooses."""
    chosen = st.segmented_control(
        "Error as",
        list(UNITS),
        key="unit",
        default=TOTAL,
        format_func=SHORT_UNITS.__getitem__,
        required=True,
        help="The same errors in another unit, on the same test rows, in scaled units: the order never changes.",
    )
    scores, unit = run.scores, chosen or TOTAL
    figure = comparison_bars(
        [CODECS[score.name][0] for score in scores],
        [score.error[unit] for score in scores],
        [score.low[unit] for score in scores],
        [score.high[unit] for score in scores],
        [CODECS[score.name][1] for score in scores],
        UNITS[unit],
    )
    st.plotly_chart(figure, key="comparison_bars", config={"displayModeBar": False})


def fairness(run: Run) -> str:
    """What makes the comparison fair, and how its intervals are made."""
    split, m = run.split, run.spec.latent_dim
    sentences = [
        f"All four are scored on the same {count(len(split.test_rows))} test rows, which nothing saw before, with the "
        f"same m = {m} and the same scaling; PCA and the mean come from the same {count(len(split.train_rows))} "
        f"training rows. Sums are per sample, the mean squared error is per feature, both in scaled units; the share "
        "of variance is against the mean.",
        f"Small numbers are {SURE:.0%} intervals from {count(RESAMPLES)} bootstrap resamples of the test rows; the "
        "difference to PCA is paired, row by row, in sums of squared errors.",
    ]
    n_components = run.pca().latent_dim
    if n_components < m:
        sentences.append(f"PCA has only {count(n_components)} components here: these data have no more.")
    return " ".join(sentences).replace("95%", "95 %")


def _with_interval(score: ScoredCodec, unit: str) -> Cell:
    write = percent if unit == SHARE else three
    return Cell(write(score.error[unit]), f"{write(score.low[unit])} to {write(score.high[unit])}")


def _versus_pca(score: ScoredCodec, pca: float) -> Cell:
    if score.name == "pca":
        return Cell("–")
    difference, low, high = score.versus_pca
    if max(abs(low), abs(high)) < NO_DIFFERENCE * pca:
        return Cell("≈ 0")
    return Cell(_signed(difference), f"{_signed(low)} to {_signed(high)}")


def _signed(value: float) -> str:
    return f"+{three(value)}" if value > 0 else three(value)
