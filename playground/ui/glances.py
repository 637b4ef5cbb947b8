"""Many samples of a run in little room, whatever they are: pictures, waves, or cells coloured column by column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.data.dataset import FloatArray, OwnArray
from playground.figures import glance, markup, palette
from playground.figures.cells import Scale
from playground.figures.markup import Cell, Picture, Row
from playground.figures.numbers import count, three
from playground.figures.pictures import Pixels, to_uint8
from playground.figures.sheet import cell_tiles, wave_tiles
from playground.runs.run import Run
from playground.ui.drawing import Images, Waves, drawing

MOST_CELLS = 48  # columns of a sample in one strip
MOST_HEADS = 14  # columns with their names over the cells
MOST_LEGENDS = 8  # columns whose levels have their colours named
MOST_LINES = 10  # columns of a path
MOST_IN_WORDS = 40
MOST_SCALED = 5000  # rows that a scale of colours is taken from

Line = tuple[str, str, Sequence[str]]


class Glance(ABC):
    """Draws samples of one run, given in scaled units (n_features,), in the visitor's own."""

    width = "clamp(2.6rem, calc((100% - 2.5rem) / 6), 5rem)"  # of one sample among others (CSS): six in a row
    paths_in_a_row = 1

    def __init__(self, run: Run) -> None:
        self.run, self.dataset = run, run.dataset

    @abstractmethod
    def beside(self, x: FloatArray, near: FloatArray, words: tuple[str, str]) -> str:
        """HTML of a sample and of the training row that is nearest to it; `words` say what each is."""

    def cards(self, shown: Sequence[tuple[FloatArray, FloatArray, tuple[str, str], str, str]]) -> str:
        """HTML of several samples: `beside`'s arguments, the distance in words, and a warning or "" of each."""
        each = [
            glance.card(str(place + 1), self.beside(x, near, words), distance, palette.DECODER, warning)
            for place, (x, near, words, distance, warning) in enumerate(shown)
        ]
        return glance.cards(each, self.width)

    @abstractmethod
    def path(self, xs: FloatArray, ends: FloatArray) -> list[Line]:
        """Rows of `glance.steps` for the steps xs (n, n_features) between two samples (2, n_features)."""

    @abstractmethod
    def tiles(self, xs: FloatArray) -> Pixels:
        """Samples (n, n_features) for a sheet."""

    @abstractmethod
    def large(self, x: FloatArray, near: FloatArray, names: tuple[str, str]) -> None:
        """Draws the two of `beside` large, or in words."""

    def draw(self, html: str) -> None:
        """Puts such HTML on the page."""
        st.html(html)

    def legend(self) -> str:
        """What a sample's drawing means, where that has to be said; or ""."""
        return ""

    def levels(self) -> str:
        """HTML: the colours of the levels of categories, where a sample is drawn with them; or ""."""
        return ""

    def path_legend(self, ends: FloatArray) -> str:
        """The same of a path between two samples (2, n_features)."""
        return self.legend()

    def own(self, xs: FloatArray) -> OwnArray:
        """Samples (n, n_features) in own units (n, n_columns)."""
        return self.run.split.scaler.undo(xs)


class _Pictures(Glance):
    def __init__(self, run: Run, drawn: Images) -> None:
        super().__init__(run)
        self.drawn = drawn

    def beside(self, x: FloatArray, near: FloatArray, words: tuple[str, str]) -> str:
        above, below = (glance.picture(self.drawn.png(each), said) for each, said in zip((x, near), words, strict=True))
        return f'{above}<div style="margin-top:4px;padding-top:2px;border-top:3px solid {palette.MEAN}">{below}</div>'

    def path(self, xs: FloatArray, ends: FloatArray) -> list[Line]:
        return [("", "", [glance.picture(self.drawn.png(x), f"step {place + 1}") for place, x in enumerate(xs)])]

    def tiles(self, xs: FloatArray) -> Pixels:
        low, high = self.dataset.value_range or (float(self.dataset.x.min()), float(self.dataset.x.max()))
        return to_uint8(self.dataset.as_images(self.own(xs)), low, high)

    def large(self, x: FloatArray, near: FloatArray, names: tuple[str, str]) -> None:
        pairs = zip((x, near), names, (palette.DECODER, palette.MEAN), strict=True)
        st.html(markup.pictures([Picture(name, [(self.drawn.png(e), name)], "", c) for e, name, c in pairs], 170))

    def legend(self) -> str:
        return "Above, under the green line, the new sample; under the grey line the nearest training row."

    def path_legend(self, ends: FloatArray) -> str:
        return ""


class _Waves(Glance):
    width = "min(9rem, calc((100% - 0.5rem) / 2))"

    def beside(self, x: FloatArray, near: FloatArray, words: tuple[str, str]) -> str:
        lines = [(self.own(near[None])[0], palette.MEAN), (self.own(x[None])[0], palette.DECODER)]
        return glance.wave(lines, *self._ends(), ", ".join(words), 56)

    def path(self, xs: FloatArray, ends: FloatArray) -> list[Line]:
        waves = [([(x, palette.DECODER)], f"step {place + 1}") for place, x in enumerate(self.own(xs))]
        return [("", "", [glance.wave(lines, *self._ends(), alt) for lines, alt in waves])]

    def tiles(self, xs: FloatArray) -> Pixels:
        return wave_tiles(self.own(xs), *self._ends())

    def large(self, x: FloatArray, near: FloatArray, names: tuple[str, str]) -> None:
        unit = self.dataset.units[0] if self.dataset.units else ""
        lines = [(names[1], self.own(near[None])[0], palette.MEAN), (names[0], self.own(x[None])[0], palette.DECODER)]
        self.draw(markup.waves(lines, unit))

    def draw(self, html: str) -> None:
        # Numbers and escaped words only; the room below is what Streamlit takes away from markdown.
        st.markdown(f'<div style="padding-bottom:1rem">{html}</div>', unsafe_allow_html=True)

    def legend(self) -> str:
        return "Green the new sample, grey the nearest training row."

    def path_legend(self, ends: FloatArray) -> str:
        low, high = self._ends()
        return f"Every wave is drawn on the scale from {three(low)} to {three(high)}."

    def _ends(self) -> tuple[float, float]:
        low, high = np.percentile(self.dataset.x[:MOST_SCALED], (0.1, 99.9)).tolist()
        room = 0.08 * (high - low)
        return low - room, high + room


class _Cells(Glance):
    paths_in_a_row = 2

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        columns, n = self.dataset.columns, self.dataset.n_features
        self.units = [c.unit for c in columns] or list(self.dataset.units) or [""] * n
        self.is_category = np.array([c.is_category for c in columns] or [False] * n)
        self.scale = Scale.of(self.dataset.x[run.split.train_rows[:MOST_SCALED]], self.is_category)

    def beside(self, x: FloatArray, near: FloatArray, words: tuple[str, str]) -> str:
        both = self.own(np.stack([x, near]))
        colours = self.scale.colours(both)[:, :MOST_CELLS]
        said = [[self._said(i, value) for i, value in enumerate(row[:MOST_CELLS])] for row in both.tolist()]
        return glance.strip(colours[0], said[0]) + glance.strip(colours[1], said[1], 0.55)

    def cards(self, shown: Sequence[tuple[FloatArray, FloatArray, tuple[str, str], str, str]]) -> str:
        names = self.dataset.feature_names
        lines = [glance.line("", glance.heads(names), "distance")] if len(names) <= MOST_HEADS else []
        lines += [
            glance.line(str(place + 1), self.beside(x, near, words), distance, warning)
            for place, (x, near, words, distance, warning) in enumerate(shown)
        ]
        return glance.cards(lines, "100%", "0.35rem")

    def path(self, xs: FloatArray, ends: FloatArray) -> list[Line]:
        own = self.own(xs)
        colours = self.scale.colours(own)
        rows: list[Line] = []
        for i in self._most_different(ends):
            words = [self._words(i, value) for value in own[:, i].tolist()]
            name = self.dataset.feature_names[i]
            cells = [glance.strip(colours[step, i][None], [f"{name}: {word}"], 1.4) for step, word in enumerate(words)]
            first = words[0].removesuffix(f" {self.units[i]}") if words[-1].endswith(self.units[i]) else words[0]
            rows.append((name, f"{first} → {words[-1]}", cells))
        return rows

    def tiles(self, xs: FloatArray) -> Pixels:
        return cell_tiles(self.scale.colours(self.own(xs))[:, :MOST_CELLS])

    def large(self, x: FloatArray, near: FloatArray, names: tuple[str, str]) -> None:
        both = self.own(np.stack([x, near]))[:, :MOST_IN_WORDS]
        rows = [
            Row(self.dataset.feature_names[i], [Cell(self._words(i, value)) for value in values])
            for i, values in enumerate(both.T.tolist())
        ]
        st.html(markup.table(["column", *names], rows))

    def legend(self) -> str:
        names = list(self.dataset.feature_names[:MOST_CELLS])
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        left_out = self.dataset.n_features - len(names)
        more = f" The last {count(left_out)} columns are not drawn." if left_out > 0 else ""
        return (
            f"Every cell is a column ({listed}), above of the new sample and below of the nearest training row. "
            f"{self._colours()}{more}"
        )

    def levels(self) -> str:
        return glance.levels(
            [
                (column.name, [(level, palette.CLASSES[i % len(palette.CLASSES)]) for i, level in enumerate(shown)])
                for column in self.dataset.columns[:MOST_CELLS]
                if column.is_category and (shown := column.levels[: len(palette.CLASSES)])
            ][:MOST_LEGENDS]
        )

    def path_legend(self, ends: FloatArray) -> str:
        n, shown = self.dataset.n_features, len(self._most_different(ends))
        some = f" The {count(shown)} of {count(n)} columns in which the two samples differ most." if shown < n else ""
        return f"Every line is a column, with its value at the first and at the last step. {self._colours()}{some}"

    def _colours(self) -> str:
        words = "Dark violet is low in that column, yellow high"
        words += "; a category has a colour per level" if self.is_category.any() else ""
        return f"{words}. The pointer over a cell shows its value."

    def _most_different(self, ends: FloatArray) -> list[int]:
        off = np.nan_to_num(np.abs(ends[1] - ends[0]))
        layout = self.run.split.layout
        by_column = off if layout is None else np.array([off[block.features].max() for block in layout.blocks])
        return sorted(np.argsort(-by_column, kind="stable")[:MOST_LINES].tolist())

    def _words(self, place: int, value: float) -> str:
        if self.dataset.columns:
            return self.dataset.columns[place].with_unit(value)
        return f"{three(value)} {self.units[place]}".rstrip()

    def _said(self, place: int, value: float) -> str:
        return f"{self.dataset.feature_names[place]}: {self._words(place, value)}"


def glance_of(run: Run) -> Glance:
    """What draws many samples of this run."""
    drawn = drawing(run)
    if isinstance(drawn, Images):
        return _Pictures(run, drawn)
    return _Waves(run) if isinstance(drawn, Waves) else _Cells(run)
