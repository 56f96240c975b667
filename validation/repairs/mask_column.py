"""Values that must not be public, while it may be seen that there are some."""

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Schema
from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._fields import as_text, in_field, unkeyed
from validation.repairs._repair import Repair

MASK = "***"


class MaskColumn(Repair):
    """Writes three stars for every value, behind its first letters where `keep` says how many."""

    hides: ClassVar[bool] = True

    def mended(self, cells: Cells) -> Cells:
        """Mask the column of the step."""
        if not self.step.field:
            return cells
        keep = self.value("keep", "0")
        length = int(keep) if keep.isdecimal() else 0
        return in_columns(cells, self.step.field, lambda texts: masked(texts, length))

    def understood(self, schema: Schema) -> Schema:
        """Make the field free text."""
        return in_field(unkeyed(schema, self.step.field), self.step.field, as_text)


def masked(texts: pa.Array, keep: int) -> pa.Array:
    """Hide all but the first letters; a value that is no longer than these is hidden whole.

    >>> masked(pa.array(["0641234567", "06", "", None]), 3).to_pylist()
    ['064***', '***', '', None]
    """
    letters = pc.utf8_length(texts)
    stars = pa.repeat(MASK, len(texts))
    start = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, keep), stars, "")
    done = pc.and_(pc.ends_with(texts, MASK), pc.less_equal(letters, keep + len(MASK)))
    hidden = pc.if_else(pc.greater(letters, keep), start, stars)
    return pc.if_else(pc.or_(done, pc.equal(letters, 0)), texts, hidden)
