"""What reading a file came to, in words and in numbers: every decision, every cell and row that was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_NAMED = 5  # examples named in a sentence


@dataclass(frozen=True)
class Decision:
    """One thing that was decided from the file (or by the visitor).

    Attributes:
        option: the field of `ReadOptions` that changes it.
        value: what was decided, as that field writes it.
        words: a clause for the visitor, such as "semicolon between the cells".
    """

    option: str
    value: str
    words: str


@dataclass(frozen=True)
class Offer:
    """Something that looks likely but is for the visitor to say.

    Attributes:
        words: a question, such as "Treat −200 as missing? (8,443 cells in 3 columns)".
        options: what saying yes adds to the options, as `ReadOptions.from_json` reads it.
    """

    words: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class ColumnReport:
    """One column of a table as it was found, and what becomes of it.

    Attributes:
        original: its name in the file, or the one it was given there where it had none or not its own.
        name: its name now.
        type, role, scaling, weight: what holds, whether by default or by choice; see `COLUMN_CHOICES`.
        on_missing: "drop" or "impute" where cells are missing, else "".
        n_missing: cells without a value.
        tokens: what stood in those cells, and how often; "" is an empty cell.
        examples: some values as they stand in the file.
        reason: why the role and the type are the default, a clause.
        unit: the unit, "" where none was found.
    """

    original: str
    name: str
    type: str
    role: str
    scaling: str
    weight: float
    on_missing: str
    n_missing: int
    tokens: Mapping[str, int]
    examples: tuple[str, ...]
    reason: str
    unit: str = ""


@dataclass
class Report:
    """Filled while a file is read.

    Attributes:
        decisions: what was decided, in the order of the file's layers.
        choices: the values that there are to choose from, by option: files of an archive, sheets, arrays.
        columns: of a table.
        offers: what the visitor may want to say.
        counts: how many rows and cells (or pictures) were read, used and left out, by name.
        sentences: everything else that the visitor has to know, a sentence each.
        first_lines: the first lines of a table as they stand in the file.
    """

    decisions: list[Decision] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    columns: list[ColumnReport] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    first_lines: list[str] = field(default_factory=list)

    def decide(self, option: str, value: str, words: str) -> None:
        """Notes a decision."""
        self.decisions.append(Decision(option, value, words))

    def count(self, what: str, n: int) -> None:
        """Adds to a count; nothing for 0."""
        if n:
            self.counts[what] = self.counts.get(what, 0) + n

    def say(self, sentence: str) -> None:
        """Notes a sentence."""
        self.sentences.append(sentence)

    def notes(self) -> tuple[str, ...]:
        """The whole as sentences, the decisions first."""
        decided = ", ".join(decision.words for decision in self.decisions)
        first = [f"Read as: {decided}."] if decided else []
        rows, used = self.counts.get("rows read"), self.counts.get("rows used")
        last = [f"{used:,} of {rows:,} rows are used."] if rows and used else []
        return (*first, *self.sentences, *last)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Report:
        """Reads what `to_json` gave."""
        return cls(
            decisions=[Decision(**decision) for decision in values["decisions"]],
            columns=[ColumnReport(**row | {"examples": tuple(row["examples"])}) for row in values["columns"]],
            offers=[Offer(**offer) for offer in values["offers"]],
            choices=values["choices"],
            counts=values["counts"],
            sentences=values["sentences"],
            first_lines=values["first_lines"],
        )


def named(examples: Sequence[str], n: int | None = None, most: int = MOST_NAMED) -> str:
    """Some names for a sentence: "a.png, b.png and 3 more"; `n` is how many there are in all."""
    total = len(examples) if n is None else n
    shown = ", ".join(examples[:most])
    more = total - min(len(examples), most)
    return f"{shown} and {more:,} more" if more else shown
