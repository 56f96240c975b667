"""Words that stand where there is no value: a dash, „нема“."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._repair import Repair


class Missing(Repair):
    """Empties the cells that hold nothing but such a word."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step, or all columns."""
        words = self.words("words")
        return in_columns(cells, self.step.field, lambda texts: without_words(texts, words))


def without_words(texts: pa.Array, words: Sequence[str]) -> pa.Array:
    """Empty the texts that are one of the words, in capitals or not.

    >>> without_words(pa.array(["-", "НЕМА ", "немањина", None]), ["-", "нема"]).to_pylist()
    ['', '', 'немањина', None]
    """
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    wanted = pa.array([word.strip().lower() for word in words], texts.type)
    said = pc.and_(pc.is_in(lower, value_set=wanted), pc.is_valid(texts))
    return pc.if_else(said, "", texts)
