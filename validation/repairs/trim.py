"""Spaces around a value, and no-break or double ones inside it."""

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._repair import Repair


class Trim(Repair):
    """Takes out spaces at both ends; no-break and repeated ones become one space."""

    def mended(self, cells: Cells) -> Cells:
        """Trim the column of the step, or all columns."""
        return in_columns(cells, self.step.field, trimmed)


def trimmed(texts: pa.Array) -> pa.Array:
    r"""Trim texts.

    >>> trimmed(pa.array([" a\u00a0 b ", "", None])).to_pylist()
    ['a b', '', None]
    """
    return pc.utf8_trim(pc.replace_substring_regex(texts, r"[ \t\x{00A0}]+", " "), " ")
