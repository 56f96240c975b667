"""What a repair is: one rule that changes how a file is read, what it holds, or what that means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from datasets.model import Schema, Step
from validation.reading.cells import Cells

type Stage = Literal["form", "cells", "schema"]
"""Where a repair acts, in the order in which a recipe is done."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Base of repairs; each overrides one of the three places where it can act.

    A step is a rule: it finds by itself what it mends, by the same means as the check that offers
    it, so that it mends the next delivery too, and leaves alone what is well. A repair never
    raises for what the cells are like; where it finds nothing to mend it gives the very same
    object. One that `hides` is for what must not be public: its samples never show a value.
    """

    step: Step
    stage: ClassVar[Stage] = "cells"
    hides: ClassVar[bool] = False

    def value(self, name: str, default: str = "") -> str:
        """Give an option of the step; all are text."""
        return self.step.values.get(name, default)

    def words(self, name: str, default: str = "") -> list[str]:
        """Give an option that lists words, with bars in between."""
        return [word for word in self.value(name, default).split("|") if word]

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change what a reader is asked: its encoding, dialect, sheet, layer or CRS."""
        return arguments

    def mended(self, cells: Cells) -> Cells:
        """Change cells, rows, columns or geometries."""
        return cells

    def understood(self, schema: Schema) -> Schema:
        """Change what the cells mean: a field's type and format."""
        return schema
