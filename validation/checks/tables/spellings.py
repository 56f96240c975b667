"""One thing written in several ways: in capitals or not, in Cyrillic or Latin, in one word."""

from collections import defaultdict
from collections.abc import Iterator

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from datasets.serbian import to_latin
from validation.checks.tables._table import SHOWN, Fault, TableCheck
from validation.checks.tables.scripts import BOTH
from validation.repairs.trim import trimmed

MOST_DISTINCT = 2000
USES = 2  # rows to a value, on average, make a column one of categories


@attrs.define(kw_only=True, repr=False)
class Spellings(TableCheck):
    """Warns of categories that a count would take for two."""

    type = "spellings"

    def faults(self) -> Iterator[Fault]:
        """Yield each spelling that is rarer than another of the same, with that one."""
        for i in range(len(self.subject.labels)):
            size = self.subject.size(i)
            few = 1 < size <= min(MOST_DISTINCT, len(self.subject.rows) / USES)
            if few and self.subject.is_text(i):
                yield from self._column(i)

    def _column(self, column: int) -> Iterator[Fault]:
        cells = self.subject.columns[column]
        varied = {}
        texts = self.subject.texts(column)
        for spelled in _alike(texts.filter(pc.invert(_is_odd(texts))).to_pylist()):
            usual, *rare = sorted(spelled, key=lambda text: -_count(cells, text))
            varied.update(dict.fromkeys(rare, usual))
        count = str(sum(_count(cells, text) for text in varied))
        for text, usual in varied.items():
            place = pc.index(cells, text).as_py()
            values = {"value": text[:SHOWN], "usual_text": usual[:SHOWN], "count": count}
            note = "is written in another way elsewhere in the column"
            row, label = int(self.subject.rows[place]), self.subject.labels[column]
            yield Fault("spelling-varies", note, "warning", row, values, label, column + 1)


def _is_odd(texts: pa.Array) -> pa.Array:
    """Tell which texts another check speaks of: unseen spaces, two scripts in a word."""
    spaced = pc.fill_null(pc.not_equal(texts, trimmed(texts)), False)
    return pc.or_(spaced, pc.match_substring_regex(texts, BOTH))


def _alike(texts: list[str]) -> list[list[str]]:
    """Group texts that differ in case, script or spaces alone.

    >>> _alike(["Да", "да", "DA", "ne", "Лесница", "Лешница"])
    [['Да', 'да', 'DA']]
    """
    groups = defaultdict(list)
    for text in texts:
        groups["".join(to_latin(text).casefold().split())].append(text)
    return [spelled for spelled in groups.values() if len(spelled) > 1]


def _count(cells: pa.ChunkedArray, text: str) -> int:
    return int(pc.sum(pc.equal(cells, text)).as_py() or 0)
