"""The Icelandic letter that registers write for Đ: it looks the same and is not found."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from datasets.serbian import ETH
from validation.reading.cells import Cells
from validation.repairs._columns import in_columns, mapped
from validation.repairs._repair import Repair

LETTERS = "[Ððɖ\u0189]"
ICELANDIC = "[þæÞÆ]"
"""Letters of names to which ð belongs; a column with one of them is left alone."""
WORD = re.compile(rf"[^\W\d_]*{LETTERS}[^\W\d_]*")
NORSE = re.compile("[áéíóúýöÁÉÍÓÚÝÖ]")


class Eth(Repair):
    """Writes Đ and đ for the letters that stand in their place."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step, or all columns."""
        return in_columns(cells, self.step.field, without_eth)


def without_eth(texts: pa.Array) -> pa.Array:
    """Write Đ and đ; names that are Icelandic, and columns that hold some, stay.

    >>> without_eth(pa.array(["Ðurđevak", "Smeðerevo", "Hafnarfjörður", None])).to_pylist()
    ['Đurđevak', 'Smeđerevo', 'Hafnarfjörður', None]
    """
    if pc.any(pc.match_substring_regex(texts, ICELANDIC)).as_py():
        return texts
    found = pc.match_substring_regex(texts, LETTERS)
    return mapped(texts, found, lambda text: WORD.sub(_word, text))


def _word(word: re.Match[str]) -> str:
    return word[0] if NORSE.search(word[0]) else word[0].translate(ETH)
