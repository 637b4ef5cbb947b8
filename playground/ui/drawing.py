"""How a sample is drawn, whatever it is: as a picture, or as a row of features in the visitor's own units.

This is the one place that knows the kinds apart; a page asks `drawing(run)` and never which it has.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.errors import column_errors
from playground.data.columns import Column
from playground.data.dataset import FloatArray, OwnArray
from playground.figures import markup, palette
from playground.figures.bars import feature_bars
from playground.figures.components import Directions, component_bars, component_pictures, component_waves
from playground.figures.markup import Cell, Mark, Picture, Row
from playground.figures.numbers import count, percent, three
from playground.figures.pictures import data_uri, difference_png, image_png, symmetric_limit, to_uint8
from playground.figures.plot import NO_TOOLS
from playground.runs.run import Run
from playground.ui import messages
from playground.ui.held_out import HeldOut, held_out, version

MOST_LISTED = 2000  # rows of the table to pick from
MOST_WAVE_POINTS = 64  # of a wave in a table
MOST_LINES = 9  # features in a hover text
MOST_SHOWN = 40  # features drawn of one sample; those with the largest errors where there is an error

THREE = {"error": st.column_config.NumberColumn("error", format="%.3g")}

# The four codecs of a comparison: what they are called, and their colour.
CODECS = {
    "mean": ("mean", palette.MEAN),
    "pca": ("PCA", palette.PCA),
    "linear": ("linear autoencoder", palette.BOTTLENECK),
    "autoencoder": ("this autoencoder", palette.ENCODER),
}


@dataclass(frozen=True, eq=False)
class Hover:
    """What a map shows of the point under the pointer: its picture, if it is one, and lines of text."""

    pictures: NDArray[np.uint8] | None
    texts: list[str]


class Drawing(ABC):
    """Draws samples of one run. Samples come in scaled units (n_features,) and are shown in the visitor's own."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.dataset = run.dataset

    @abstractmethod
    def alone(self, x_hat: FloatArray, name: str) -> None:
        """Draws one decoded sample; cheap enough to follow a slider."""

    @abstractmethod
    def pair(self, x: FloatArray, x_hat: FloatArray) -> None:
        """Draws an original and its reconstruction in little room."""

    @abstractmethod
    def difference(self, x: FloatArray, x_hat: FloatArray) -> None:
        """Draws an original, its reconstruction, and where they differ."""

    @abstractmethod
    def side_by_side(self, x: FloatArray, by_codec: Mapping[str, FloatArray], errors: Mapping[str, str]) -> None:
        """Draws an original and what each codec makes of it, with their errors on one scale.

        Args:
            x: the original.
            by_codec: reconstructions by the name in `CODECS`.
            errors: of each, in words.
        """

    @abstractmethod
    def directions(self, rows: Sequence[Directions]) -> None:
        """Draws rows of directions in the space of the data (k, n_features), scaled, the i-th of every row together."""

    @abstractmethod
    def listing(self, held: HeldOut) -> tuple[pd.DataFrame, dict[str, Any], int]:
        """The held-out rows as a table to pick from, how its columns are shown, and the height of a row in px."""

    def hover(self, coloured_by: str = "") -> Hover:
        """What the map shows of each held-out row; the legend says what it is coloured by, so that is left out."""
        return _hover(str(self.run.folder), version(self.run), coloured_by, self)

    def own(self, x: FloatArray) -> OwnArray:
        """One sample (n_features,) in scaled units, in the visitor's own (n_columns,)."""
        return self.run.split.scaler.undo(x[None])[0]

    def lines(self, place: int, coloured_by: str) -> list[str]:
        """What is said of one held-out row under the pointer."""
        held = held_out(self.run)
        return [
            f"sample {count(place + 1)}, error {three(held.errors[place])}",
            *self.known(held.rows[place], coloured_by),
        ]

    def known(self, row: int, but: str = "") -> list[str]:
        """The label and the known factors of one row of the data, `but` one of them."""
        columns = {name: column[row] for name, column in self.dataset.colours.items() if name != but}
        return [f"{name}: {v if isinstance(v, str) else three(float(v))}" for name, v in columns.items()]

    def pictures(self) -> NDArray[np.uint8] | None:
        """The held-out rows as pictures, or None where they are none."""
        return None

    def pixels(self, x: FloatArray) -> NDArray[np.uint8] | None:
        """Samples (n, n_features) in scaled units as pictures (n, height, width[, 3]), None where they are none."""
        return None


class Images(Drawing):
    """Samples with a shape: pictures between black and white, as the data set defines them."""

    def alone(self, x_hat: FloatArray, name: str) -> None:
        st.html(markup.pictures([Picture(name, [(self.png(x_hat), name)], "", palette.DECODER)], 230))

    def pair(self, x: FloatArray, x_hat: FloatArray) -> None:
        st.html(markup.pictures(self._pair(x, x_hat), 130))

    def difference(self, x: FloatArray, x_hat: FloatArray) -> None:
        original, image = (self.image(sample) for sample in (x, x_hat))
        limit = symmetric_limit(original, image)
        third = Picture("difference", [(difference_png(original, image, 1, limit), "difference")], "", palette.ENCODER)
        st.html(markup.pictures([*self._pair(x, x_hat), third], 150) + markup.difference_scale(limit, self.unit()))

    def side_by_side(self, x: FloatArray, by_codec: Mapping[str, FloatArray], errors: Mapping[str, str]) -> None:
        original = self.image(x)
        images = {name: self.image(x_hat) for name, x_hat in by_codec.items()}
        limit = max(symmetric_limit(original, image) for image in images.values())
        shown = [Picture("original", [(self.png(x), "original")])]
        for name, x_hat in by_codec.items():
            title, colour = CODECS[name]
            pngs = [
                (self.png(x_hat), f"reconstruction of {title}"),
                (difference_png(original, images[name], 1, limit), f"difference of {title}"),
            ]
            shown.append(Picture(title, pngs, f"error {errors[name]}", colour))
        st.html(markup.pictures(shown, 150) + markup.difference_scale(limit, self.unit()))

    def directions(self, rows: Sequence[Directions]) -> None:
        as_images = self.dataset.as_images
        st.html(component_pictures([replace(row, vectors=as_images(np.asarray(row.vectors))) for row in rows]))

    def listing(self, held: HeldOut) -> tuple[pd.DataFrame, dict[str, Any], int]:
        uris = _uris(str(self.run.folder), version(self.run), self)
        columns = {"picture": uris} | _labels(self, held)
        return pd.DataFrame(columns), {"picture": st.column_config.ImageColumn("picture", width="small")} | THREE, 48

    def pictures(self) -> NDArray[np.uint8]:
        return self.pixels(held_out(self.run).x)

    def _pair(self, x: FloatArray, x_hat: FloatArray) -> list[Picture]:
        return [
            Picture("original", [(self.png(x), "original")]),
            Picture("reconstruction", [(self.png(x_hat), "reconstruction")], "", palette.DECODER),
        ]

    def image(self, x: FloatArray) -> FloatArray:
        """One sample in own units (height, width), colour with 3 channels last."""
        return self.dataset.as_images(self.own(x)[None])[0]

    def png(self, x: FloatArray) -> bytes:
        """One sample as a file."""
        return image_png(self.pixels(x[None])[0], scale=1)  # the page enlarges it, pixel by pixel

    def pixels(self, x: FloatArray) -> NDArray[np.uint8]:
        return to_uint8(self.dataset.as_images(self.run.split.scaler.undo(x)), *self._range())

    def _range(self) -> tuple[float, float]:
        return self.dataset.value_range or (float(self.dataset.x.min()), float(self.dataset.x.max()))

    def unit(self) -> str:
        """What black and white stand for."""
        low, high = self._range()
        return f"black is {three(low)}, white {three(high)}"


class Rows(Drawing):
    """Samples without a shape: one line per feature, in the visitor's own units, on the range of the data."""

    def alone(self, x_hat: FloatArray, name: str) -> None:
        self._feature_rows([Mark(name, self.own(x_hat), palette.DECODER, diamond=True)], np.arange(x_hat.size))

    def pair(self, x: FloatArray, x_hat: FloatArray) -> None:
        marks = [
            Mark("original", self.own(x), palette.MEAN),
            Mark("reconstruction", self.own(x_hat), palette.DECODER, diamond=True),
        ]
        self._feature_rows(marks, np.argsort(-np.abs(x_hat - x), kind="stable"))

    def difference(self, x: FloatArray, x_hat: FloatArray) -> None:
        names, units, scale = self.dataset.feature_names, self._units(), "scaled value"
        scaling = self.run.spec.scaling
        if scaling == "standard" or (scaling == "auto" and self.dataset.value_range is None):
            scale = "standard deviations from the mean"
        figure = feature_bars(names, x, x_hat, self.own(x), self.own(x_hat), units=units, scale=scale, most=MOST_SHOWN)
        st.plotly_chart(figure, key="feature_bars", config=NO_TOOLS)

    def side_by_side(self, x: FloatArray, by_codec: Mapping[str, FloatArray], errors: Mapping[str, str]) -> None:
        off = {name: x_hat - x for name, x_hat in by_codec.items()}
        largest = np.max([np.abs(difference) for difference in off.values()], axis=0)
        limit = float(largest.max()) or 1.0
        worst = np.argsort(-largest, kind="stable")[:MOST_SHOWN]
        own, own_hat = self.own(x), {name: self.own(x_hat) for name, x_hat in by_codec.items()}
        rows = [
            Row(
                f"{self.dataset.feature_names[i]} {self._units()[i]}".rstrip(),
                [
                    Cell(self._words(i, own[i])),
                    *(
                        Cell(self._words(i, values[i]), background=markup.diverging(off[name][i] / limit))
                        for name, values in own_hat.items()
                    ),
                ],
            )
            for i in worst
        ]
        rows.append(Row("error", [Cell(""), *(Cell(errors[name]) for name in by_codec)], strong=True))
        st.html(markup.table(["feature", "original", *(CODECS[name][0] for name in by_codec)], rows))
        left_out = x.size - len(worst)
        more = f" {count(left_out)} features with smaller errors are not shown." if left_out else ""
        st.caption(f"Blue cells are too low, red ones too high; full colour is {three(limit)} in scaled units.{more}")

    def directions(self, rows: Sequence[Directions]) -> None:
        names = [rows[0].title(place) for place in range(len(rows[0].below))]
        st.html(component_bars(rows, self.dataset.scaled_names, names))

    def listing(self, held: HeldOut) -> tuple[pd.DataFrame, dict[str, Any], int]:
        own = self.dataset.x[held.rows[:MOST_LISTED]]
        features = {
            name if name not in ("sample", "error") else f"{name} (column)": self.dataset.shown(place, own)
            for place, name in enumerate(self.dataset.feature_names[:MOST_SHOWN])
        }
        return pd.DataFrame(_labels(self, held) | features), THREE, 35

    def lines(self, place: int, coloured_by: str) -> list[str]:
        own = self.dataset.x[held_out(self.run).rows[place]]
        named = zip(self.dataset.feature_names[:MOST_LINES], range(own.size), self._units(), strict=False)
        told = [f"{name}: {self._words(i, own[i])} {unit}".rstrip() for name, i, unit in named if name != coloured_by]
        left_out = self.dataset.n_features - MOST_LINES
        more = [f"and {count(left_out)} more"] if left_out > 0 else []
        return [*super().lines(place, coloured_by), *told, *more]

    def _feature_rows(self, marks: list[Mark], order: NDArray[np.int64]) -> None:
        shown = order[:MOST_SHOWN]
        x = self.dataset.x[:, shown]
        names = [self.dataset.feature_names[i] for i in shown]
        units = [self._units()[i] for i in shown]
        picked = [
            replace(
                mark,
                values=np.asarray(mark.values)[shown],
                texts=[
                    self._words(i, value)
                    for i, value in zip(shown.tolist(), np.asarray(mark.values)[shown], strict=True)
                ],
            )
            for mark in marks
        ]
        st.html(markup.feature_rows(names, units, picked, x.min(axis=0), x.max(axis=0)))
        if len(order) > len(shown):
            st.caption(f"{count(len(shown))} of {count(len(order))} features.")

    def _units(self) -> tuple[str, ...]:
        return self.dataset.units or ("",) * self.dataset.n_features

    def _words(self, place: int, value: float) -> str:
        """A value as the visitor would write it: with the usual decimals of its column, or three digits."""
        return self.dataset.columns[place].words(float(value)) if self.dataset.columns else three(value)


class Table(Rows):
    """Samples of columns of several types: what was given and what came back in words, shaded by the column's error."""

    def alone(self, x_hat: FloatArray, name: str) -> None:
        own, sure = self.own(x_hat), self._sureness(x_hat)
        rows = [
            Row(column.name, [Cell(self._full(i, own[i]), sure[i])])
            for i, column in enumerate(self.dataset.columns[:MOST_SHOWN])
        ]
        st.html(markup.table(["column", name], rows))
        self._say_left_out(len(rows))

    def pair(self, x: FloatArray, x_hat: FloatArray) -> None:
        self._compared(x, {"autoencoder": x_hat}, ["reconstruction"], None)

    def difference(self, x: FloatArray, x_hat: FloatArray) -> None:
        self._compared(x, {"autoencoder": x_hat}, ["reconstruction"], None)
        errors = self._errors(x, x_hat)
        worst = [self.dataset.columns[i].name for i in np.argsort(-errors, kind="stable")[:3].tolist() if errors[i] > 0]
        if worst:
            st.markdown(f"Most of the error is in {messages.plain(', '.join(worst))}.")

    def side_by_side(self, x: FloatArray, by_codec: Mapping[str, FloatArray], errors: Mapping[str, str]) -> None:
        self._compared(x, by_codec, [CODECS[name][0] for name in by_codec], errors)

    def _compared(
        self, x: FloatArray, by_codec: Mapping[str, FloatArray], titles: list[str], errors: Mapping[str, str] | None
    ) -> None:
        """One line per column: what was given, and what each codec gives back, the costliest columns first."""
        own = self.own(x)
        own_hat = {name: self.own(x_hat) for name, x_hat in by_codec.items()}
        off = {name: self._errors(x, x_hat) for name, x_hat in by_codec.items()}
        sure = {name: self._sureness(x_hat) for name, x_hat in by_codec.items()}
        largest = np.max(list(off.values()), axis=0)
        rows = [
            Row(
                self.dataset.columns[i].name,
                [
                    Cell(self._full(i, own[i])),
                    *(
                        Cell(text, sure[name][i], markup.diverging(min(off[name][i], 1.0)))
                        for name, text in zip(
                            by_codec, self._near(i, own[i], [own_hat[name][i] for name in by_codec]), strict=True
                        )
                    ),
                ],
            )
            for i in np.argsort(-largest, kind="stable")[:MOST_SHOWN].tolist()
        ]
        if errors is not None:
            rows.append(Row("error", [Cell(""), *(Cell(errors[name]) for name in by_codec)], strong=True))
        st.html(markup.table(["column", "original", *titles], rows))
        st.caption(
            "The redder a cell, the larger the error of its column; full colour is as bad as always answering with the "
            "column's mean. What was missing is filled in and counts in no error."
        )
        self._say_left_out(len(rows))

    def _errors(self, x: FloatArray, x_hat: FloatArray) -> NDArray[np.float64]:
        """Error of each column, 1 being as bad as its mean is on average; 0 for a missing cell."""
        layout = self.run.split.layout
        errors = np.nan_to_num(column_errors(x[None], x_hat[None], layout)[0])
        blocks = layout.blocks if layout is not None else ()
        return errors / np.array([block.variance or 1.0 for block in blocks])

    def _sureness(self, x_hat: FloatArray) -> list[str]:
        """Beside the level of a category its share, where the model gives shares."""
        layout = self.run.split.layout
        blocks = layout.blocks if layout is not None else ()
        shares = [x_hat[block.features].max() / block.height if block.is_category else np.nan for block in blocks]
        return ["" if not 0 <= share <= 1.001 else percent(min(float(share), 1.0)) for share in shares]

    def _full(self, place: int, value: float) -> str:
        return self.dataset.columns[place].with_unit(float(value))

    def _near(self, place: int, value: float, values_hat: Sequence[float]) -> list[str]:
        """Reconstructions in words; all with more decimals where the usual ones would hide what one got wrong."""
        column = self.dataset.columns[place]
        if column.type == "number" and column.decimals is not None:
            more = max(self._hidden(column, float(value), float(value_hat)) for value_hat in values_hat)
            column = replace(column, decimals=column.decimals + more)
        return [column.with_unit(float(value_hat)) for value_hat in values_hat]

    @staticmethod
    def _hidden(column: Column, value: float, value_hat: float) -> int:
        """How many decimals more than usual tell a reconstruction from its value: 0 to 2; 0 where two are too few."""
        usual = column.decimals or 0
        for more in (0, 1, 2):
            if round(value_hat, usual + more) != round(value, usual + more):
                return more
        return 0

    def _say_left_out(self, n_shown: int) -> None:
        if self.dataset.n_features > MOST_SHOWN:
            st.caption(f"{count(min(n_shown, MOST_SHOWN))} of {count(self.dataset.n_features)} columns.")


class Waves(Rows):
    """Series: neighbouring features are neighbours in time, so a sample is a line."""

    def alone(self, x_hat: FloatArray, name: str) -> None:
        _draw(markup.waves([(name, self.own(x_hat), palette.DECODER)], self._unit()))

    def pair(self, x: FloatArray, x_hat: FloatArray) -> None:
        _draw(markup.waves(self._pair(x, x_hat), self._unit()))

    def difference(self, x: FloatArray, x_hat: FloatArray) -> None:
        _draw(markup.waves(self._pair(x, x_hat), self._unit(), height=240))
        _draw(markup.waves([("difference", self.own(x_hat) - self.own(x), palette.ENCODER)], self._unit(), height=110))

    def side_by_side(self, x: FloatArray, by_codec: Mapping[str, FloatArray], errors: Mapping[str, str]) -> None:
        for place, (name, x_hat) in enumerate(by_codec.items()):
            if place % 2 == 0:
                columns = st.columns(2)
            title, colour = CODECS[name]
            with columns[place % 2]:
                lines = [
                    ("original", self.own(x), "currentColor"),
                    (f"{title}, error {errors[name]}", self.own(x_hat), colour),
                ]
                _draw(markup.waves(lines, self._unit(), height=130))

    def directions(self, rows: Sequence[Directions]) -> None:
        for place, svg in enumerate(component_waves(rows)):
            if place % 2 == 0:
                columns = st.columns(2)
            with columns[place % 2]:
                _draw(svg)

    def lines(self, place: int, coloured_by: str) -> list[str]:
        return Drawing.lines(self, place, coloured_by)

    def listing(self, held: HeldOut) -> tuple[pd.DataFrame, dict[str, Any], int]:
        own = self.dataset.x[held.rows[:MOST_LISTED]]
        step = max(1, own.shape[1] // MOST_WAVE_POINTS)
        config = {"wave": st.column_config.LineChartColumn("wave", width="medium")} | THREE
        return pd.DataFrame({"wave": own[:, ::step].round(3).tolist()} | _labels(self, held)), config, 44

    def _pair(self, x: FloatArray, x_hat: FloatArray) -> list[tuple[str, OwnArray, str]]:
        return [("original", self.own(x), "currentColor"), ("reconstruction", self.own(x_hat), palette.DECODER)]

    def _unit(self) -> str:
        return self._units()[0]


def _draw(svg: str) -> None:
    st.markdown(svg, unsafe_allow_html=True)  # numbers and escaped words only; st.html would drop the drawing


def drawing(run: Run) -> Drawing:
    """What draws the samples of this run."""
    dataset = run.dataset
    if dataset.image_shape is not None:
        return Images(run)
    if dataset.kind == "series":
        return Waves(run)
    return Table(run) if dataset.kind == "table" else Rows(run)


def _labels(drawn: Drawing, held: HeldOut) -> dict[str, Any]:
    """The columns that every listing has: number, label and factors, error."""
    part = slice(0, MOST_LISTED)
    known = {name: column[held.rows[part]] for name, column in drawn.dataset.colours.items()}
    numbers = np.arange(1, len(held.rows[part]) + 1)
    return {"sample": numbers} | known | {"error": held.errors[part]}


@st.cache_resource(max_entries=16, show_spinner=False)
def _hover(folder: str, changed: int, coloured_by: str, _drawing: Drawing) -> Hover:
    n_samples = len(held_out(_drawing.run).errors)
    texts = ["\n".join(_drawing.lines(place, coloured_by)) for place in range(n_samples)]
    return Hover(_drawing.pictures(), texts)


@st.cache_resource(max_entries=16, show_spinner=False)
def _uris(folder: str, changed: int, _drawing: Images) -> list[str]:
    pixels = _drawing.pictures()[:MOST_LISTED]
    scale = max(1, 48 // pixels.shape[1])  # tables smooth what they enlarge
    return [data_uri(image_png(image, scale)) for image in pixels]
