"""Several samples at once, each as it was, as the autoencoder gives it back and as PCA does, on one error scale.

It asks `drawing` what kind of samples it has, so that a page need not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.errors import column_errors
from playground.data.dataset import FloatArray
from playground.figures import markup, palette
from playground.figures.markup import Cell, Picture, Row
from playground.figures.numbers import three
from playground.figures.pictures import difference_png, symmetric_limit
from playground.runs.run import Run
from playground.ui import messages
from playground.ui.drawing import Images, Waves, drawing

TILE = 92  # px
WORST_COLUMNS = 4
ONE_SCALE = "All differences have one scale."


@dataclass(frozen=True, eq=False)
class Contrast:
    """One sample and its two reconstructions, in scaled units (n_features,).

    Attributes:
        title: which sample it is.
        below: its two errors, in words.
    """

    title: str
    below: str
    x: FloatArray
    by_own: FloatArray
    by_pca: FloatArray


class Contrasts:
    """Draws contrasts of one run in one or more groups; every difference in all of them has the same scale.

    Args:
        run: whose samples they are.
        every: all that will be drawn, of whatever group: the scale is theirs.
    """

    def __init__(self, run: Run, every: Sequence[Contrast]) -> None:
        self.run, self.dataset = run, run.dataset
        self.drawn = drawing(run)
        self.every = every

    def draw(self, group: Sequence[Contrast]) -> None:
        """Draws one group."""
        if isinstance(self.drawn, Images):
            st.html(markup.pictures([self._tiles(self.drawn, each) for each in group], TILE))
            return
        draw = self._waves if isinstance(self.drawn, Waves) else self._columns
        for start in range(0, len(group), 2):
            for place, each in zip(st.columns(2, gap="medium"), group[start : start + 2], strict=False):
                with place:
                    draw(each)

    def legend(self) -> None:
        """Says what is where, and what the scale is; once, below all groups."""
        if isinstance(self.drawn, Images):
            st.html(markup.difference_scale(self._limit, self.drawn.unit()))
            words = "From top to bottom: original, autoencoder, its difference, PCA, its difference."
        elif isinstance(self.drawn, Waves):
            words = "Above the original and both reconstructions, below both differences from it."
        else:
            words = (
                f"The {WORST_COLUMNS} columns in which either errs most. The redder a cell, the larger the error; full "
                "colour is as bad as always answering with the column's mean."
            )
        st.caption(f"{words} {ONE_SCALE}")

    @cached_property
    def _limit(self) -> float:
        """The largest difference, in own units."""
        if isinstance(self.drawn, Images):
            image_of = self.drawn.image
            pairs = [(image_of(e.x), image_of(e_hat)) for e in self.every for e_hat in (e.by_own, e.by_pca)]
            return max((symmetric_limit(image, image_hat) for image, image_hat in pairs), default=0.0)
        off = [
            np.abs(self.drawn.own(e_hat) - self.drawn.own(e.x)) for e in self.every for e_hat in (e.by_own, e.by_pca)
        ]
        return max((float(np.nanmax(each)) for each in off), default=0.0)

    def _tiles(self, drawn: Images, each: Contrast) -> Picture:
        original, limit = drawn.image(each.x), self._limit
        pngs = [(drawn.png(each.x), "original")]
        for name, x_hat in (("the autoencoder", each.by_own), ("PCA", each.by_pca)):
            pngs += [
                (drawn.png(x_hat), f"reconstruction of {name}"),
                (difference_png(original, drawn.image(x_hat), 1, limit), f"difference of {name}"),
            ]
        return Picture(each.title, pngs, each.below)

    def _waves(self, each: Contrast) -> None:
        x, own, pca = (self.drawn.own(part) for part in (each.x, each.by_own, each.by_pca))
        unit = self.dataset.units[0] if self.dataset.units else ""
        st.markdown(f"**{messages.plain(each.title)}** · {each.below}")
        lines = [("original", x, "currentColor"), ("PCA", pca, palette.PCA), ("autoencoder", own, palette.ENCODER)]
        limit = self._limit or 1.0
        off = [("PCA's difference", pca - x, palette.PCA), ("autoencoder's", own - x, palette.ENCODER)]
        svg = markup.waves(lines, unit, height=120) + markup.waves(off, unit, height=70, scale=(-limit, limit))
        st.markdown(svg, unsafe_allow_html=True)  # numbers and escaped words only; st.html would drop the drawing

    def _columns(self, each: Contrast) -> None:
        x, own, pca = (self.drawn.own(part) for part in (each.x, each.by_own, each.by_pca))
        errors = {"own": self._errors(each.x, each.by_own), "pca": self._errors(each.x, each.by_pca)}
        worst = np.argsort(-np.maximum(errors["own"], errors["pca"]), kind="stable")[:WORST_COLUMNS]
        rows = [
            Row(
                self.dataset.feature_names[i],
                [
                    Cell(self._words(i, x[i])),
                    Cell(self._words(i, own[i]), background=markup.diverging(min(errors["own"][i], 1.0))),
                    Cell(self._words(i, pca[i]), background=markup.diverging(min(errors["pca"][i], 1.0))),
                ],
            )
            for i in worst.tolist()
        ]
        st.html(markup.table([each.title, "original", "autoencoder", "PCA"], rows))
        st.caption(each.below)

    def _errors(self, x: FloatArray, x_hat: FloatArray) -> NDArray[np.float64]:
        """Squared error of each column (n_columns,), 1 being as bad as its mean is on average; 0 for a missing cell."""
        split = self.run.split
        layout = split.layout
        errors = np.nan_to_num(column_errors(x[None], x_hat[None], layout)[0])
        variances = split.x_train.var(axis=0) if layout is None else np.array([b.variance for b in layout.blocks])
        return errors / np.where(variances > 0, variances, 1.0)

    def _words(self, place: int, value: float) -> str:
        if self.dataset.columns:
            return self.dataset.columns[place].with_unit(float(value))
        return f"{three(value)} {self.dataset.units[place] if self.dataset.units else ''}".rstrip()
