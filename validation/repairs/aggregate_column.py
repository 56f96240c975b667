"""Values so exact that they point at one person, made coarser: a year, a decade, a group, <5."""

from collections import Counter
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Schema
from validation.reading.cells import Cells
from validation.repairs._columns import Column, by_distinct, places, with_columns
from validation.repairs._fields import as_text, in_field, unkeyed
from validation.repairs._repair import Repair

YEAR = r"(?:^|[^0-9])(?P<year>(?:1[89]|20)[0-9]{2})(?:[^0-9]|$)"
DECADE = r"^[0-9]{4}\x{2013}[0-9]{4}$"
OTHER = "остало"
AT_LEAST_K = "at-least-k"


class AggregateColumn(Repair):
    """Writes a year or a decade for a date; merges what fewer than `k` rows say into one group.

    Of counts it hides the small ones: those from 1 to `k` - 1 become <k.
    """

    hides: ClassVar[bool] = True

    def mended(self, cells: Cells) -> Cells:
        """Make the column of the step coarser."""
        chosen, least = places(cells, self.step.field), self.value("k", "0")
        k = int(least) if least.isdecimal() else 0
        columns = [
            self._coarser(column, k) if i in chosen else column
            for i, column in enumerate(cells.columns)
        ]
        return with_columns(cells, columns)

    def _coarser(self, column: Column, k: int) -> Column:
        if self.value("to") == AT_LEAST_K:
            return by_distinct(column, lambda texts: at_least(texts, k))
        change, other = CHANGES.get(self.value("to", "group")), self.value("other", OTHER)
        if change is None:
            return grouped(column, k, other)

        def coarse(texts: pa.Array) -> pa.Array:
            return pc.if_else(pc.equal(texts, other), texts, change(texts))

        return grouped(by_distinct(column, coarse), k, other)

    def understood(self, schema: Schema) -> Schema:
        """Make the field free text."""
        return in_field(unkeyed(schema, self.step.field), self.step.field, as_text)


def years(texts: pa.Array) -> pa.Array:
    """Give the year of each date; nothing where none can be told.

    >>> years(pa.array(["5.10.1987.", "1987-10-05", "87", None])).to_pylist()
    ['1987', '1987', '', None]
    """
    year = pc.struct_field(pc.extract_regex(texts, YEAR), "year")
    return pc.if_else(pc.is_null(texts), texts, pc.fill_null(year, ""))


def decades(texts: pa.Array) -> pa.Array:
    """Give the decade of each date.

    >>> decades(pa.array(["5.10.1987.", "1980–1989", "?"])).to_pylist()
    ['1980–1989', '1980–1989', '']
    """
    start = pc.utf8_slice_codeunits(years(texts), 0, 3)
    spelled = pc.binary_join_element_wise(start, pa.repeat("0–", len(texts)), start, "")
    spelled = pc.binary_join_element_wise(spelled, pa.repeat("9", len(texts)), "")
    done = pc.or_(pc.equal(start, ""), pc.match_substring_regex(texts, DECADE))
    return pc.if_else(done, pc.if_else(pc.equal(start, ""), start, texts), spelled)


def at_least(texts: pa.Array, k: int) -> pa.Array:
    """Write <k for a count of fewer, but for none.

    >>> at_least(pa.array(["0", "3", "5", "12", "", None]), 5).to_pylist()
    ['0', '<5', '5', '12', '', None]
    """
    few = pa.array([str(number) for number in range(1, k)], pa.string())
    return pc.if_else(pc.is_in(pc.utf8_trim_whitespace(texts), value_set=few), f"<{k}", texts)


def grouped(column: Column, k: int, other: str) -> Column:
    """Write `other` for values that fewer than k rows have, and for the next until it has k.

    >>> grouped(pa.chunked_array([["a", "a", "b", "c"]]), 2, "?").to_pylist()
    ['a', 'a', '?', '?']
    """
    rare = _rare(column, k, other)
    if not rare:
        return column
    wanted = pa.array(sorted(rare), pa.string())
    return by_distinct(
        column, lambda texts: pc.if_else(pc.is_in(texts, value_set=wanted), other, texts)
    )


def _rare(column: Column, k: int, other: str) -> set[str]:
    """Choose the values to be merged, the rarest first, until there are k rows of them."""
    counts = _counted(column)
    merged = counts.pop(other, 0)
    rare: set[str] = set()
    for value, count in reversed(counts.most_common()):
        if count >= k and (not rare or merged >= k):
            break
        rare.add(value)
        merged += count
    return rare


def _counted(column: Column) -> Counter[str]:
    """Count the rows of each value; a blank cell has none."""
    said = pc.value_counts(column.filter(pc.fill_null(pc.not_equal(column, ""), False)))
    values, counts = said.flatten()
    return Counter(dict(zip(values.to_pylist(), counts.to_pylist(), strict=True)))


CHANGES = {"year": years, "decade": decades}
