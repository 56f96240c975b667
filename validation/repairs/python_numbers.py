"""Numbers and dates that only a few programs read: 1_000, 2024-1-5, digits of another script."""

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns, mapped
from validation.repairs._repair import Repair
from validation.repairs.dates import iso

ODD = r"^[-+]?\p{Nd}+(?:_\p{Nd}+)*(?:\.\p{Nd}+)?$"
ORDINARY = r"^[-+.0-9]*$"


class PythonNumbers(Repair):
    """Writes them as every program does."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step, or all columns."""
        return in_columns(cells, self.step.field, ordinary)


def ordinary(texts: pa.Array) -> pa.Array:
    """Take out the low lines between digits, write digits as 0 to 9, and days in two of them.

    >>> ordinary(pa.array(["1_000", "٣", "1_a", "_1", "12", "2024-1-5"])).to_pylist()
    ['1000', '3', '1_a', '_1', '12', '2024-01-05']
    """
    odd = pc.match_substring_regex(texts, ODD)
    odd = pc.and_(odd, pc.invert(pc.match_substring_regex(texts, ORDINARY)))
    return iso(mapped(texts, odd, _ordinary), "%Y-%m-%d")


def _ordinary(text: str) -> str:
    return "".join(str(int(c)) if c.isdecimal() else c for c in text if c != "_")
