"""The first tier over a whole table: which records Frictionless must see."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from frictionless.resources import TableResource

from validation.fast.columns import NO_KEY, Column
from validation.fast.doubt import Doubt
from validation.fast.keys import Group, mixed
from validation.fast.parts import Mask, Numbers, Part, Source
from validation.fast.references import key_of
from validation.fast.texts import Texts

if TYPE_CHECKING:
    from validation.fast.counting import Tally

MOST = 0.5
"""Where more of the records than this must be seen, all may be."""
FAIR = 20_000
"""So many records tell what share of a table must be seen."""


class Scan:
    """Marks the records of an open resource that are not proved clean.

    Raises Doubt when nothing can be proved, or when most records would be marked. With a `tally`
    it goes on in any case, and tells it what is wrong.
    """

    def __init__(
        self, resource: TableResource, source: Source, tally: "Tally | None" = None
    ) -> None:
        self.source, self.tally = source, tally
        self.first = source.first
        self.columns = columns(resource)
        self.groups = groups(resource, self.columns)
        self.parts: list[Part] = []
        self.marks: list[Mask] = []
        self.records = 0
        try:
            self._run()
        finally:
            for group in self.groups:
                group.keys.close()

    def _run(self) -> None:
        marked = 0
        for part in self.source.parts(len(self.columns)):
            marks = self._marks(part)
            marked += int(np.count_nonzero(marks))
            self.records = part.first + part.size
            if not self.tally and self.records > FAIR and marked > MOST * self.records:
                raise Doubt("most rows have to be looked at")
            self.parts.append(part.without_cells())
            self.marks.append(marks)
        if self.records < self.first:
            raise Doubt("fewer records than rows of the header")
        for group in self.groups:
            for records, shared in group.keys.repeated():
                self._mark(records)
                if self.tally:
                    kind, field = (
                        ("primary-key", "") if group.primary else ("unique-error", group.names[0])
                    )
                    self.tally.add(kind, field, len(records) - shared)

    def _marks(self, part: Part) -> Mask:
        """Mark the records of one part, and put its keys aside."""
        marks = np.ones(part.size, bool)
        if part.columns:
            marks[part.regular] = self._judged(part)
        if (self.groups or self.tally) and len(part.regular) < part.size:
            self._add_ragged(part)
        return marks

    def _judged(self, part: Part) -> Mask:
        records = part.first + part.regular
        columns = [Texts(array) for array in part.columns]
        unproved, keys = [], {}
        for column, texts in zip(self.columns, columns, strict=True):
            bad, found = column.suspects(texts)
            unproved.append(bad)
            if found is not None:
                keys[column.name] = found
        blank, empty = self._blank(columns), _empty(columns)
        if self.tally:
            content = records >= self.first
            self.tally.add("blank-row", "", int(np.count_nonzero(content & blank)))
            self._tell(part, np.flatnonzero(content & empty & ~blank))
            for column, texts, bad in zip(self.columns, columns, unproved, strict=True):
                self.tally.cells(column, texts.within(bad & content & ~blank & ~empty))
        marks: Mask = np.logical_or.reduce([*unproved, blank, empty])
        marks |= self._add(keys, records)
        return marks

    def _tell(self, part: Part, rows: Numbers) -> None:
        """Let rows that could be empty lines be counted as they are."""
        if self.tally and len(rows):
            records = self.source.records(part, part.regular[rows])
            self.tally.rows(self.columns, [cells for cells, _ in records])

    def _blank(self, columns: Sequence[Texts]) -> Mask:
        """Tell which rows have no value at all."""
        blank = np.ones(len(columns[0]), bool)
        for column, texts in zip(self.columns, columns, strict=True):
            if not blank.any():
                break
            blank &= column.absent(texts)
        return blank

    def _add(self, found: Mapping[str, Numbers], records: Numbers) -> Mask:
        """Put keys aside; mark the records whose primary key has no value."""
        content = records >= self.first
        without = np.zeros(len(records), bool)
        for group in self.groups:
            several = [found[name] for name in group.names]
            valued = np.logical_or.reduce([keys != NO_KEY for keys in several])
            if group.primary:
                without |= ~valued
                if self.tally:
                    self.tally.add("primary-key", "", int(np.count_nonzero(content & ~valued)))
            valued &= content
            joined = several[0] if len(several) == 1 else mixed(several)
            group.keys.add(joined[valued], records[valued])
        return without

    def _add_ragged(self, part: Part) -> None:
        """Put the keys of records of another width aside: what cells they have count too."""
        other = np.ones(part.size, bool)
        other[part.regular] = False
        numbers = np.flatnonzero(other)
        rows = [cells for cells, _ in self.source.records(part, numbers)]
        if self.tally:
            self.tally.rows(
                self.columns, [rows[i] for i in np.flatnonzero(part.first + numbers >= self.first)]
            )
        found = {}
        for at, column in enumerate(self.columns):
            if column.keyed:
                keys = [column.key(row[at]) if at < len(row) else NO_KEY for row in rows]
                found[column.name] = np.array(keys, np.int64)
        self._add(found, part.first + numbers)

    def _mark(self, records: Numbers) -> None:
        starts = [part.first for part in self.parts]
        within = np.searchsorted(starts, records, side="right") - 1
        for i in np.unique(within):
            self.marks[i][records[within == i] - starts[i]] = True

    def suspects(self, above: int) -> Iterator[tuple[Part, Numbers]]:
        """Yield the marked records from one on, part by part, as numbers within the part."""
        for part, marks in zip(self.parts, self.marks, strict=True):
            numbers = np.flatnonzero(marks)
            numbers = numbers[part.first + numbers >= above]
            if len(numbers):
                yield part, numbers


def _empty(columns: Sequence[Texts]) -> Mask:
    """Tell which rows could be empty lines: for arrow those have cells, for Python's csv none."""
    empty = np.ones(len(columns[0]), bool)
    for texts in columns:
        if not empty.any():
            break
        empty &= texts.lengths() == 0
    return empty


def columns(resource: TableResource) -> list[Column]:
    """Give the columns of an open resource in the order of its cells."""
    fields = resource.header.get_expected_fields()
    names = [field.name for field in fields]
    if not names or len(set(names)) < len(names):
        raise Doubt("no columns, or several of one name")
    if not all(type(field).builtin for field in fields):
        raise Doubt("a field type of a plugin")
    keyed = {name for names in _identities(resource, names) for name in names}
    wanted: dict[str, list[Any]] = {}
    for foreign_key in resource.schema.foreign_keys:
        if not set(foreign_key["fields"]) <= set(names):
            continue
        if len(foreign_key["fields"]) > 1:
            raise Doubt("a foreign key of several columns")
        source, key = key_of(foreign_key)
        if table := resource.lookup.get(source):
            wanted.setdefault(foreign_key["fields"][0], []).append(table.get(key, set()))
    return [
        Column(field, keyed=field.name in keyed, known=wanted.get(field.name, ()))
        for field in fields
    ]


def groups(resource: TableResource, found: Sequence[Column]) -> list[Group]:
    """Give the unique columns and the primary key, each with room for its keys."""
    primary = tuple(resource.schema.primary_key)
    return [
        Group(names, primary=names == primary and number == 0)
        for number, names in enumerate(_identities(resource, [column.name for column in found]))
    ]


def _identities(resource: TableResource, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give what identifies a record, the primary key first where the header has all of it."""
    found: list[tuple[str, ...]] = []
    primary = tuple(resource.schema.primary_key)
    if primary and set(primary) <= set(names):
        if not resource.dialect.header_case:
            raise Doubt("a primary key whose case does not matter")
        found.append(primary)
    fields = resource.header.get_expected_fields()
    found += [(field.name,) for field in fields if field.constraints.get("unique")]
    return found
