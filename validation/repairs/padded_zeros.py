"""Codes that lost the zeros before their first digit in a spreadsheet."""

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._repair import Repair

WIDEST = 100


class PaddedZeros(Repair):
    """Puts zeros before codes that are shorter than they should be."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        width = self.value("width")
        if not self.step.field or not width.isdecimal() or int(width) > WIDEST:
            return cells
        return in_columns(cells, self.step.field, lambda texts: padded(texts, int(width)))


def padded(texts: pa.Array, width: int) -> pa.Array:
    """Fill codes of digits alone with zeros up to a width.

    >>> padded(pa.array(["123", "00123", "12a", ""]), 5).to_pylist()
    ['00123', '00123', '12a', '']
    """
    codes = pc.fill_null(pc.match_substring_regex(texts, "^[0-9]+$"), False)
    return pc.if_else(codes, pc.utf8_lpad(texts, width, "0"), texts)
