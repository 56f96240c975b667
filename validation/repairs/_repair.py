"""What a repair is: one rule that changes how a file is read, what it holds, or what that means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasets.model import Schema, Step
from validation.reading.cells import Cells


@dataclass(frozen=True, slots=True)
class Repair:
    """Base of repairs; each overrides one of the three places where it can act.

    A step is a rule: it finds what it mends by the same means as the check that offers it, so
    that it mends the next delivery too, and leaves alone what is well. A repair never raises for
    what the cells are like; where it finds nothing to mend it changes nothing.
    """

    step: Step

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change what a reader is asked: its encoding, dialect, sheet, layer or CRS."""
        return arguments

    def mended(self, cells: Cells) -> Cells:
        """Change cells, rows, columns or geometries."""
        return cells

    def understood(self, schema: Schema) -> Schema:
        """Change what the cells mean: a field's type and format."""
        return schema
