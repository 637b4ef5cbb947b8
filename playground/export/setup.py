"""What the parts of an exported script have to know, and how values are written in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap

from playground.data.dataset import Dataset
from playground.data.split import Split
from playground.data.table_scaler import Block
from playground.models.spec import RunSpec
from playground.training.schedule import covariance_counts

WIDTH = 120  # of a line of code
MOST_LETTERS = 60  # of a name out of a visitor's file


@dataclass(frozen=True, eq=False)
class Setup:
    """The settings, the data, and the rows as a model sees them."""

    spec: RunSpec
    dataset: Dataset
    split: Split

    @property
    def n_features(self) -> int:
        return self.split.n_features

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The features of every column of a table; none for other data."""
        return self.split.layout.blocks if self.split.layout is not None else ()

    @property
    def categories(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.is_category)

    @property
    def numbers(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if not block.is_category)

    @property
    def flagged(self) -> tuple[int, ...]:
        """The first feature of every column with missing cells."""
        return self.split.layout.flagged if self.split.layout is not None else ()

    @property
    def has_missing(self) -> bool:
        return bool(self.flagged)

    @property
    def on_covariance(self) -> bool:
        """Whether the covariance of the rows is all that training needs of them."""
        return covariance_counts(self.spec)

    @property
    def has_wide_columns(self) -> bool:
        """Whether a column of the table became several features."""
        return any(block.stop - block.start > 1 for block in self.blocks)

    @property
    def is_convolutional(self) -> bool:
        return self.spec.is_convolutional and self.split.grid is not None

    def centred(self, rows: str) -> str:
        """Code for rows less their mean; what is missing counts as the mean, as it does in PCA."""
        return f"({rows} - mean).nan_to_num()" if self.has_missing else f"{rows} - mean"


def eight_digits(value: float) -> str:
    """A measured number, to more digits than float32 has."""
    return repr(float(f"{value:.8g}"))


def one_line(text: str) -> str:
    """Words out of a visitor's file for a comment: printable, in one line, and short."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain if len(plain) <= MOST_LETTERS else f"{plain[: MOST_LETTERS - 1]}…"


def comment(text: str, indent: str = "") -> str:
    """Sentences as lines of a comment."""
    return "\n".join(wrap(text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# "))


def listed(items: Iterable[str], indent: str) -> str:
    """Items with a comma behind each, as many to a line as fit."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + 2 <= WIDTH:
            lines[-1] += f" {item},"
        else:
            lines.append(f"{indent}{item},")
    return "\n".join(lines)
