"""The fields of a form by which a table is narrowed down: for each column what suits its values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasets.model import Column
from geoportal.dataset import cells
from geoportal.dataset.asked import Asked

if TYPE_CHECKING:
    from publish.columns.kept import Kept

FEW = 30
LONGEST = 80
RANGES = {"integer": "text", "number": "text", "date": "date", "datetime": "date", "time": "time"}
"""The types of HTML's inputs for columns of which a range is asked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a list, how many rows have it, and whether it is chosen."""

    value: str
    shown: object
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Widget:
    """What asks about a column: a list of `choices`, a range (`input` is its type), or a text."""

    column: Column
    choices: Sequence[Choice]
    input: str
    least: str
    most: str
    has: str
    low: str
    high: str


def widgets(kept: "Kept", wanted: Asked, here: Sequence[int]) -> list[Widget]:
    """The fields for these columns, filled in with what is asked already."""
    said = {f"{test}.{column}": value for test, column, value in wanted.conditions}
    return [_widget(kept, i, said) for i in here]


def _widget(kept: "Kept", i: int, said: dict[str, str]) -> Widget:
    about = kept.about[i]
    name, kind = about.column.name, about.column.type
    choices = _choices(kept, i, said.get(f"is.{name}", ""))
    ends = [kept.value(i, place) for place in (0, about.distinct - 1)] if about.distinct else [""]
    ranged = "" if choices else RANGES.get(kind, "")
    least, most = (cells.written(each)[:10] if ranged else "" for each in (ends[0], ends[-1]))
    return Widget(
        about.column,
        choices,
        ranged,
        least,
        most,
        said.get(f"has.{name}", ""),
        said.get(f"from.{name}", ""),
        said.get(f"to.{name}", ""),
    )


def _choices(kept: "Kept", i: int, chosen: str) -> list[Choice]:
    """The values of a column of words that has few, else nothing."""
    about = kept.about[i]
    if about.column.type in RANGES or about.column.items or not 0 < about.distinct <= FEW:
        return []
    values = kept.values(i).to_pylist()
    if any(isinstance(value, str) and len(value) > LONGEST for value in values):
        return []
    counts = kept.counts(i).tolist()
    return [
        Choice(cells.written(value), value, count, cells.written(value) == chosen)
        for value, count in zip(values, counts, strict=True)
    ]
