"""Rows that cannot be told apart: an id that repeats, a row that repeats."""

from collections.abc import Iterator

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.model import Step
from datasets.serbian import fold
from validation.checks.tables._table import LIMIT, SHOWN, Fault, Mask, TableCheck, row_error

IDS = frozenset({"id", "fid", "gid", "uid", "uuid", "oid", "objectid", "object id", "ид"})
MOST = 0.05
"""The share of rows whose id may repeat; where more do, it is the id of something else."""
Repeated = row_error("id-repeated", "Repeated Id", "Two rows have the same id.")


@attrs.define(kw_only=True, repr=False)
class Identity(TableCheck):
    """Judges ids by their header; keys that the schema names are Frictionless' to judge."""

    type = "identity"
    Errors = [Repeated]

    def faults(self) -> Iterator[Fault]:
        """Yield rows whose id stands above, then rows that stand above as they are."""
        for i, label in enumerate(self.subject.labels):
            if fold(label) in IDS and not self._is_judged(i):
                yield from self._ids(i)
        if not self.subject.spatial:
            note = "equals a row above it"
            drop = (Step("drop-duplicate-rows"),)
            again = self._again()
            yield from self.each("row-repeated", again, note, "warning", remedies=drop)

    def _is_judged(self, column: int) -> bool:
        field = self.subject.fields[column]
        return field.name in self.subject.key or bool(field.constraints.get("unique"))

    def _ids(self, column: int) -> Iterator[Fault]:
        rows, distinct = len(self.subject.rows), self.subject.size(column)
        if not rows - rows * MOST <= distinct < rows:
            return
        codes = _codes(self.subject.columns[column])
        _, first = np.unique(codes, return_index=True)
        again = np.ones(rows, dtype=bool)
        again[first] = False
        said = pc.fill_null(pc.not_equal(self.subject.columns[column], ""), False)
        again &= said.to_numpy()
        count, label = str(np.count_nonzero(again)), self.subject.labels[column]
        at = np.flatnonzero(again)[:LIMIT]
        shown = self.subject.columns[column].take(pa.array(at)).to_pylist()
        for i, text in zip(at, shown, strict=True):
            row, values = int(self.subject.rows[i]), {"value": text[:SHOWN], "count": count}
            note = "has an id that a row above has already"
            yield Fault("id-repeated", note, "error", row, values, label, column + 1)

    def _again(self) -> Mask:
        """Tell which rows hold in each cell what one above them holds.

        Columns with most distinct values first: rows that differ there need no further look.
        """
        rows = len(self.subject.rows)
        again, at = np.zeros(rows, dtype=bool), np.arange(rows)
        group = np.zeros(rows, dtype=np.int64)
        order = sorted(range(len(self.subject.labels)), key=self.subject.size, reverse=True)
        for i in order:
            if self.subject.size(i) == rows:
                return again
            code = _codes(self.subject.columns[i].take(pa.array(at)))
            _, group = np.unique(group * (len(at) + 1) + code, return_inverse=True)
            kept = np.bincount(group, minlength=1)[group] > 1
            at, group = at[kept], group[kept]
            if not len(at):
                return again
        again[at] = True
        again[at[np.unique(group, return_index=True)[1]]] = False
        return again if order else np.zeros(rows, dtype=bool)


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Number the distinct cells; one that is not there is as blank."""
    indices = pc.dictionary_encode(pc.fill_null(column, "").combine_chunks()).indices
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)
