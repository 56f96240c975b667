"""How many errors of each kind a table has in all, where its report names only the first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from frictionless.resources import TableResource
from frictionless.table.row import Row, create_cell_handlers

from validation.fast.cells import CellsSource
from validation.fast.columns import Column
from validation.fast.doubt import Doubt
from validation.fast.scan import Scan
from validation.fast.text import TextSource
from validation.fast.texts import Texts
from validation.schemas import BREAKS, SlowPattern

MOST_READ = 200_000
"""So many distinct wrong cells, and rows of another width, are read by Python at most."""

type Counts = dict[tuple[str, str], int]
"""Errors by their type and the name of their field, which is empty for errors of a row."""


def counts(resource: TableResource, cells: CellsSource | None = None) -> Counts:
    """Count the errors in the rows of a resource, after `validate` and with the same `cells`.

    Empty where that would take judging every row.
    """
    if resource.dialect.skip_blank_rows:
        return {}
    tally = Tally(create_cell_handlers(resource.header.get_expected_fields()))
    try:
        Scan(resource, cells or TextSource(resource), tally)
    except (Doubt, SlowPattern, *BREAKS):
        return {}
    return dict(tally.counts)


class Tally:
    """Counts what a Scan comes upon."""

    def __init__(self, handlers: Any) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._handlers, self._read = handlers, 0

    def add(self, kind: str, field: str, count: int) -> None:
        """Count so many errors of one kind."""
        if count:
            self.counts[kind, field] += count

    def cells(self, column: Column, wrong: Texts) -> None:
        """Count what is wrong with cells, each distinct one once read."""
        found = wrong.series.value_counts()
        self._may_read(len(found))
        for text, count in found.iter_rows():
            for rule in column.notes(text) or ():
                self.add(_kind(rule), column.name, count)

    def rows(self, columns: Sequence[Column], ragged: Iterable[list[str]]) -> None:
        """Count what is wrong with rows of another width, but for their keys."""
        for cells in ragged:
            self._may_read(1)
            row = Row(cells, handlers=self._handlers, row_number=1)
            for error in row.errors:
                self.add(error.type, getattr(error, "field_name", ""), 1)
            for column in columns:
                if not column.refers_to(row[column.name]):
                    self.add("foreign-key", column.name, 1)

    def _may_read(self, count: int) -> None:
        self._read += count
        if self._read > MOST_READ:
            raise Doubt("too much to count")


def _kind(rule: str) -> str:
    return {"type": "type-error", "foreign-key": "foreign-key"}.get(rule, "constraint-error")
