"""What a visitor can say about how a file is to be read; whatever is left at "auto" is decided from the file.

One table of fields (`READ_FIELDS`) drives the data page, the command line and the JSON, as `FIELDS` does for runs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from playground.data.columns import SCALINGS_OF_A_COLUMN, TYPES
from playground.data.fields import Field, fields_of, setting
from playground.errors import SpecError

ENCODINGS = ("utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "cp932", "gb18030", "euc-kr", "iso8859-15", "mac-roman")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blanks": " "}
DECIMALS = {"point": ".", "comma": ","}
THOUSANDS = {"none": "", "comma": ",", "point": ".", "space": " ", "apostrophe": "'"}
ROLES = ("input", "colour", "ignore")
ON_MISSING = ("drop", "impute")
# what can be said of one column, and its allowed values; a name is any text, a weight any number above 0
COLUMN_CHOICES: Mapping[str, tuple[str, ...]] = {
    "type": TYPES,
    "role": ROLES,
    "missing": ON_MISSING,
    "scaling": ("auto", *SCALINGS_OF_A_COLUMN),
    "weight": (),
    "name": (),
}

AUTO = "auto"


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read.

    Attributes:
        columns: what is said of single columns: original name -> choice of `COLUMN_CHOICES` -> value, all text.

    Raises:
        SpecError: a setting is outside its range.
    """

    member: str = setting(
        "text", "", "File in the archive", "Which file of a ZIP to read; left empty, the one that looks best.", "file"
    )
    sheet: str = setting(
        "text", "", "Sheet", "Which sheet of a workbook to read; left empty, the first with rows.", "file"
    )
    encoding: str = setting(
        "choice", AUTO, "Encoding", "How bytes stand for letters.", "text", choices=(AUTO, *ENCODINGS)
    )
    separator: str = setting(
        "choice", AUTO, "Separator", "What stands between two cells.", "text", choices=(AUTO, *SEPARATORS)
    )
    decimal: str = setting(
        "choice", AUTO, "Decimal mark", "What stands before the decimals.", "text", choices=(AUTO, *DECIMALS)
    )
    thousands: str = setting(
        "choice", AUTO, "Thousands mark", "What groups the digits of large numbers.", "text", choices=(AUTO, *THOUSANDS)
    )
    quotes: str = setting(
        "choice",
        AUTO,
        "Quotation marks",
        "'yes': a cell in quotation marks may hold separators and line breaks; 'no': they are letters like others.",
        "text",
        choices=(AUTO, "yes", "no"),
    )
    skip: int = setting(
        "int", -1, "Lines before the table", "Lines to leave out at the top; -1 decides.", "table", low=-1, high=10_000
    )
    header: str = setting(
        "choice", AUTO, "Header", "Whether the first row names the columns.", "table", choices=(AUTO, "yes", "no")
    )
    units_row: str = setting(
        "choice",
        AUTO,
        "Row of units",
        "Whether a row of units follows the header.",
        "table",
        choices=(AUTO, "yes", "no"),
    )
    date_order: str = setting(
        "choice",
        AUTO,
        "Order of dates",
        "Whether 3/4/2024 is the 3rd of April or the 4th of March.",
        "table",
        choices=(AUTO, "day first", "month first"),
    )
    missing: str = setting(
        "choice",
        AUTO,
        "Rows with missing cells",
        "'drop' leaves such rows out; 'impute' fills a cell with its column's mean, tells the network so, and "
        "counts no error there. 'auto' drops where fewer than 5 % of the rows are concerned.",
        "table",
        choices=(AUTO, *ON_MISSING),
    )
    missing_values: str = setting(
        "text",
        "",
        "Further values that mean missing",
        "Separated by semicolons or commas, such as -200; 999; not measured.",
        "table",
    )
    below: str = setting(
        "choice",
        "missing",
        "Values such as '< 0.5'",
        "Below the limit of detection: 'missing', or 'half' of the limit.",
        "table",
        choices=("missing", "half"),
    )
    as_images: str = setting(
        "choice",
        "no",
        "Rows are pictures",
        "Reads the pixel columns of every row as one picture.",
        "table",
        choices=("no", "yes"),
    )
    sample_seed: int = setting(
        "int", 0, "Seed of the sample", "Which rows are taken where there are too many.", "table", low=0, high=2**31 - 1
    )
    size: int = setting(
        "int",
        0,
        "Picture size",
        "Pixels along each side, 16 to 64; 0 keeps a size that all have, up to 64, and else takes 32.",
        "images",
        low=0,
        high=64,
    )
    fit: str = setting(
        "choice",
        AUTO,
        "Fit",
        "'crop' fills the square and cuts what sticks out, 'pad' shows all with a margin, 'stretch' distorts.",
        "images",
        choices=(AUTO, "crop", "pad", "stretch"),
    )
    background: str = setting(
        "choice",
        "white",
        "Background",
        "What shows through where a picture is transparent, and the margin of 'pad'.",
        "images",
        choices=("white", "black", "grey"),
    )
    colour: str = setting(
        "choice",
        AUTO,
        "Colour",
        "'auto' keeps colour where any picture has it.",
        "images",
        choices=(AUTO, "grey", "colour"),
    )
    array: str = setting(
        "text", "", "Array", "Which array of an .npz holds the samples; left empty, the largest.", "arrays"
    )
    label_array: str = setting(
        "text",
        "",
        "Array of labels",
        "Which array of an .npz holds a label per sample; left empty, one of that length.",
        "arrays",
    )
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for entry in READ_FIELDS.values():
            entry.check(getattr(self, entry.name))
        if 0 < self.size < 16:
            raise SpecError(f"size={self.size} is not possible: it must be 0 or a whole number from 16 to 64.")
        for name, choices in self.columns.items():
            for choice, value in choices.items():
                _check_choice(name, choice, value)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ReadOptions:
        """Reads what `to_json` gave, or the texts of a command line.

        Raises:
            SpecError: a setting is unknown or outside its range.
        """
        unknown = set(values) - set(READ_FIELDS) - {"columns"}
        if unknown:
            raise SpecError(f"There is no setting '{min(unknown)[:40]}' for reading a file.")
        given = {name: READ_FIELDS[name].parse(value) for name, value in values.items() if name != "columns"}
        columns = {
            str(name): {str(choice): str(value) for choice, value in dict(choices).items()}
            for name, choices in dict(values.get("columns", {})).items()
        }
        return cls(**given, columns=columns)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults, as JSON values."""
        given = {
            name: getattr(self, name) for name, entry in READ_FIELDS.items() if getattr(self, name) != entry.default
        }
        columns = {name: dict(choices) for name, choices in self.columns.items() if choices}
        return given | ({"columns": columns} if columns else {})

    def to_command_line(self) -> list[str]:
        """The same as options of the command line."""
        values = self.to_json()
        columns = values.pop("columns", {})
        parts = [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]
        for name, choices in columns.items():
            said = ",".join(f"{choice}={value}" for choice, value in choices.items())
            parts += ["--column", f"{name}:{said}"]
        return parts

    def with_column(self, original: str, choices: Mapping[str, str]) -> ReadOptions:
        """The same, and this said of one column; an empty text takes back what was said.

        Raises:
            SpecError: a choice is unknown or outside its range.
        """
        mine = {choice: value for choice, value in {**self.columns.get(original, {}), **choices}.items() if value}
        return dataclasses.replace(self, columns={**self.columns, original: mine})


def _check_choice(name: str, choice: str, value: str) -> None:
    if choice not in COLUMN_CHOICES:
        raise SpecError(f"Column '{name}': there is no choice '{choice[:40]}'; choose of {', '.join(COLUMN_CHOICES)}.")
    allowed = COLUMN_CHOICES[choice]
    if allowed and value not in allowed:
        raise SpecError(f"Column '{name}': {choice}='{value[:40]}' must be one of {', '.join(allowed)}.")
    if choice == "weight":
        try:
            float(value)
        except ValueError:
            raise SpecError(f"Column '{name}': weight='{value[:40]}' must be a number.") from None


READ_FIELDS: dict[str, Field] = fields_of(ReadOptions)
