"""Yes and no in words, made into true and false."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._repair import Repair

YES, NO = "да|da|yes", "не|ne|no"


class Booleans(Repair):
    """Writes true and false; other words can be given as `true` and `false`."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        if not self.step.field:
            return cells
        yes, no = self.words("true", YES), self.words("false", NO)
        return in_columns(cells, self.step.field, lambda texts: true_false(texts, yes, no))


def true_false(texts: pa.Array, yes: Sequence[str], no: Sequence[str]) -> pa.Array:
    """Write true for any of the words for yes, false for any for no, in capitals or not.

    >>> true_false(pa.array(["Да", "не", "можда", "true"]), ["да"], ["не"]).to_pylist()
    ['true', 'false', 'можда', 'true']
    """
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    for words, meant in ((yes, "true"), (no, "false")):
        wanted = pa.array([word.lower() for word in words], texts.type)
        said = pc.and_(pc.is_in(lower, value_set=wanted), pc.is_valid(texts))
        texts = pc.if_else(said, meant, texts)
    return texts
