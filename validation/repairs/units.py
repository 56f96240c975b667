"""Units written into the cells: 12 %, 1.200,00 РСД."""

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Schema
from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._fields import Field, in_field
from validation.repairs._repair import Repair

NUMBER = r"[-+]?[0-9](?:[0-9., \x{00A0}]*[0-9])?"


class Units(Repair):
    """Takes a unit off the numbers; it moves to the description of the column."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        words = self.words("unit")
        if not self.step.field or not words:
            return cells
        return in_columns(cells, self.step.field, lambda texts: without_unit(texts, words))

    def understood(self, schema: Schema) -> Schema:
        """Keep the unit in the description."""
        unit = self.value("unit").partition("|")[0]

        def described(field: Field) -> Field:
            said = str(field.get("description", ""))
            return field if unit in said else {**field, "description": f"{said} ({unit})".strip()}

        return in_field(schema, self.step.field, described) if unit else schema


def without_unit(texts: pa.Array, words: Sequence[str]) -> pa.Array:
    """Take any of the units off a number, before or behind it; all else stays.

    >>> without_unit(pa.array(["1.200,00 РСД", "12%", "РСД 5", "5 km"]), ["рсд", "%"]).to_pylist()
    ['1.200,00', '12', '5', '5 km']
    """
    unit = "|".join(re.escape(word) for word in words)
    gap = r"[ \x{00A0}]*"
    pattern = f"(?i)^{gap}({NUMBER}){gap}(?:{unit}){gap}$|^{gap}(?:{unit}){gap}({NUMBER}){gap}$"
    return pc.replace_substring_regex(texts, pattern, r"\1\2")
