"""What a check of a table judges: its text cells, column by column, as they stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field
from numpy.typing import NDArray

from datasets.model import Severity, Step
from validation.checks._check import LIMIT, Fault, Mask, OwnCheck, column_error, row_error
from validation.privacy.table import Hit

MOST_KEPT = 100_000  # distinct texts of a column; more are looked at anew by each check
SHOWN = 80  # characters of a value

__all__ = [
    "LIMIT",
    "Fault",
    "Mask",
    "Subject",
    "TableCheck",
    "column_error",
    "differing",
    "matching",
    "row_error",
    "share",
]


@dataclass(frozen=True, slots=True)
class Subject:
    """A table, or the attributes of a layer, as the checks see it.

    `rows` has the place of each row in the original; `columns` are the text cells under the
    `labels`, null where a row is too short; `fields` are those of the schema, one a label.
    `key` names the fields of the primary key. `settings` are what the site and the organization
    want checked, as `Checks.settings` has it. `names` are those of all fields of the schema;
    `spatial` tells that each row has a geometry beside its cells. `name` is the resource's, `hits`
    what was found of personal data, in columns beside the header too.
    """

    rows: NDArray[np.int64]
    labels: Sequence[str]
    columns: Sequence[pa.ChunkedArray]
    fields: Sequence[Field]
    key: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    names: Sequence[str] = ()
    spatial: bool = False
    name: str = ""
    header_row: int = 0
    hits: Sequence[Hit] = ()
    _known: dict[int, "Texts"] = field(default_factory=dict, repr=False)

    def texts(self, column: int) -> pa.Array:
        """Give the distinct texts of a column (from 0) that say something."""
        known = self._texts(column)
        return _said(self.columns[column]) if known.distinct is None else known.distinct

    def size(self, column: int) -> int:
        """Give how many distinct texts a column has."""
        return self._texts(column).size

    def may_hold(self, column: int, characters: str) -> bool:
        r"""Tell whether a column holds any of some ASCII characters; \x80 is for all others."""
        return not self._texts(column).bytes.isdisjoint(characters.encode("latin-1"))

    def _texts(self, column: int) -> "Texts":
        """Look at a column once for all checks; what is too much to keep is looked at again."""
        if column not in self._known:
            distinct = _said(self.columns[column])
            kept = distinct if len(distinct) <= MOST_KEPT else None
            self._known[column] = Texts(kept, len(distinct), _bytes(distinct))
        return self._known[column]

    def is_text(self, column: int) -> bool:
        """Tell whether a column is not known to be of numbers, dates or the like."""
        return self.fields[column].type in ("string", "any")


@dataclass(frozen=True, slots=True)
class Texts:
    """The distinct texts of a column, None where so many are not kept; how many; of which bytes.

    Bytes above 127 count as 128.
    """

    distinct: pa.Array | None
    size: int
    bytes: frozenset[int]


def _said(column: pa.ChunkedArray) -> pa.Array:
    distinct = pc.unique(column).drop_null()
    return distinct.filter(pc.not_equal(distinct, ""))


def _bytes(texts: pa.Array) -> frozenset[int]:
    if not len(texts):
        return frozenset()
    _, offsets, values = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    said = np.frombuffer(values, dtype=np.uint8)[ends[0] : ends[-1]]
    seen = np.zeros(256, dtype=bool)
    seen[said] = True
    return frozenset(min(int(byte), 128) for byte in np.flatnonzero(seen))


@attrs.define(kw_only=True, repr=False)
class TableCheck(OwnCheck):
    """Base of checks of tables; work on distinct values where you can: a column has few."""

    subject: Subject

    def each(
        self,
        check: str,
        mask: Mask,
        note: str,
        severity: Severity = "error",
        *,
        column: int = 0,
        remedies: tuple[Step, ...] = (),
        exact: bool = True,
        **values: str,
    ) -> Iterator[Fault]:
        """Yield one fault for each row of a mask, up to LIMIT, with the count of them all.

        `column` is its number from 1, 0 when the fault is the row's.
        """
        values["count"] = str(np.count_nonzero(mask))
        label = self.subject.labels[column - 1] if column else ""
        for i in np.flatnonzero(mask)[:LIMIT]:
            row = int(self.subject.rows[i])
            yield Fault(check, note, severity, row, values, label, column, remedies, exact)

    def cells(
        self,
        check: str,
        column: int,
        wrong: pa.Array,
        note: str,
        severity: Severity = "warning",
        *,
        remedies: tuple[Step, ...] = (),
        exact: bool = True,
        **values: str,
    ) -> Iterator[Fault]:
        """Yield one fault for each cell of a column (from 0) that says one of the wrong texts."""
        if not len(wrong):
            return
        cells = self.subject.columns[column]
        mask = pc.is_in(cells, value_set=wrong).to_numpy()
        at = np.flatnonzero(mask)
        values["count"] = str(len(at))
        label = self.subject.labels[column]
        shown = cells.take(pa.array(at[:LIMIT])).to_pylist()
        for i, text in zip(at[:LIMIT], shown, strict=True):
            row, said = int(self.subject.rows[i]), {**values, "value": text[:SHOWN]}
            yield Fault(check, note, severity, row, said, label, column + 1, remedies, exact)


def differing(before: pa.Array, after: pa.Array) -> pa.Array:
    """Give the texts that a rule changed, as they were."""
    return before.filter(pc.fill_null(pc.not_equal(before, after), False))


def matching(texts: pa.Array, pattern: str) -> pa.Array:
    """Give the texts that match a pattern of RE2."""
    return texts.filter(pc.match_substring_regex(texts, pattern))


def share(part: pa.Array, whole: pa.Array) -> float:
    """Give how much of the distinct texts a part is."""
    return len(part) / max(1, len(whole))
