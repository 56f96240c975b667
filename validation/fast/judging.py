"""Frictionless at work on a table of which it sees only what has to be seen."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from frictionless import Check, Checklist, Dialect, Report, Resource
from frictionless.resources import TableResource

from validation.fast.cells import CellsSource
from validation.fast.doubt import Doubt
from validation.fast.parts import Source
from validation.fast.references import key_of, known
from validation.fast.text import TextSource

if TYPE_CHECKING:
    from validation.fast.scan import Scan

HEAD = 1_000
"""So many rows Frictionless sees first; a table full of errors ends within them."""
WORTH = 25
"""A row costs Frictionless at least so many times what it costs the first tier."""
LEAST_CELLS = 100_000
"""For fewer cells the first tier takes longer to load than it saves."""
STREAM_BYTES = 8192  # what Python's text streams read at a time

type Rows = Iterator[tuple[int, list[str]]]


@dataclass(slots=True)
class Course:
    """How the judging of one table goes.

    `way` says which rows Frictionless saw, and why; `errors` and `rows` count those so far.
    """

    limit_errors: int
    checklist: Checklist
    cells: CellsSource | None = None
    way: str = "every row: it could not be opened"
    errors: int = 0
    rows: int = 0

    def saw(self, row: Any) -> None:
        """Count a row; Frictionless calls this once it has judged it."""
        self.rows += 1
        self.errors += len(row.errors)

    def ends_before(self, rows: float) -> bool:
        """Tell whether the limit of errors comes within so many rows, as it looks so far."""
        return bool(self.limit_errors) and self.errors / self.rows * rows >= self.limit_errors


def validate(
    resource: Resource,
    checklist: Checklist | None = None,
    *,
    limit_errors: int = 1000,
    cells: CellsSource | None = None,
) -> tuple[Report, str]:
    """Give what `resource.validate(checklist, limit_errors=...)` gives, and which way it came.

    With `cells` the resource is a file of their header and at least their first hundred rows;
    its rows are those cells, under their numbers in the original.
    """
    course = Course(limit_errors, checklist or Checklist(), cells)
    plain = type(resource)
    if issubclass(plain, TableResource):
        resource.__class__ = _watched(resource, plain, course)
    try:
        report = resource.validate(checklist, limit_errors=limit_errors, on_row=course.saw)
    finally:
        resource.__class__ = plain
    return report, course.way


def _watched(resource: Resource, plain: Any, course: Course) -> Any:
    """Make the class of a resource whose rows and large references the first tier reads."""

    class Watched(plain):  # type: ignore[misc]
        def _TableResource__open_lookup(self) -> None:  # noqa: N802 - Frictionless' own name
            with _large_references(self):
                super()._TableResource__open_lookup()

        def _TableResource__open_row_stream(self) -> None:  # noqa: N802
            own = self is resource  # and not the copy that a key to its own table opens
            made = partial(_rows, self, course) if own else iter
            with _rows_through(self.dialect, made):
                super()._TableResource__open_row_stream()

    return Watched


@contextmanager
def _large_references(resource: TableResource) -> Iterator[None]:
    """Let Frictionless read only those referenced tables that the first tier cannot."""
    every = resource.schema.foreign_keys
    large = known(resource)
    resource.schema.foreign_keys = [key for key in every if key_of(key) not in large]
    try:
        yield
    finally:
        resource.schema.foreign_keys = every
    for (table, names), values in large.items():
        resource.lookup.setdefault(table, {})[names] = values


@contextmanager
def _rows_through(dialect: Dialect, made: Callable[[Rows], Rows]) -> Iterator[None]:
    """Let a dialect's rows go through a function; only its class is changed, for the call."""
    plain = type(dialect)

    class Passing(plain):  # type: ignore[misc, valid-type]
        def read_enumerated_content_stream(self, cell_stream: Any) -> Rows:
            return made(plain.read_enumerated_content_stream(self, cell_stream))

    dialect.__class__ = Passing
    try:
        yield
    finally:
        dialect.__class__ = plain


def _rows(resource: TableResource, course: Course, content: Rows) -> Rows:
    """Yield the first rows of a table, then those that are not proved clean.

    Each comes when Frictionless asks for it, so a limit of errors ends the work here too.
    """
    try:
        source = _source(resource, course)
    except Doubt as doubt:
        course.way = f"every row: {doubt}"
        yield from content
        return
    rows = course.cells.rows() if course.cells else content
    above = yield from _head(resource, course, source, rows)
    if above is None:
        course.way = "every row: the table is small"
        return
    try:
        scan = _scan(resource, course, source, above)
    except Doubt as doubt:
        course.way = f"every row: {doubt}"
        yield from ((source.place(record - 1), cells) for record, cells in rows)
        return
    course.way = "rows that are not proved clean"
    yield from _suspects(resource, scan, above)


def _source(resource: TableResource, course: Course) -> Source:
    for check in course.checklist.checks:
        if type(check).validate_row is not Check.validate_row:
            raise Doubt(f"check {check.type} looks at every row")
    return course.cells or TextSource(resource)


def _head(
    resource: TableResource, course: Course, source: Source, rows: Rows
) -> Generator[tuple[int, list[str]], None, int | None]:
    """Yield rows until the first tier would pay; give the number of records read.

    Gives None when there are no more.
    """
    for record, cells in rows:
        yield source.place(record - 1), cells
        if course.rows % HEAD == 0:
            total = source.count(record, resource.stats.bytes or 0)
            if not course.ends_before(total / WORTH):
                return record
    return None


def _scan(resource: TableResource, course: Course, source: Source, above: int) -> "Scan":
    left = source.count(above, resource.stats.bytes or 0) - above
    if left * (len(resource.labels) + 1) < LEAST_CELLS:
        raise Doubt("the table is small")
    from validation.fast.scan import Scan  # noqa: PLC0415 - loads polars

    return Scan(resource, source)


def _suspects(resource: TableResource, scan: "Scan", above: int) -> Rows:
    """Yield the marked records from one on; tell Frictionless what it would have counted."""
    dialect: Any = resource.dialect
    keep = dialect.create_blank_filter()
    skipped = above - scan.source.first - (resource.stats.rows or 0)
    for part, numbers in scan.suspects(above):
        records = scan.source.records(part, numbers)
        for record, (cells, end) in zip(part.first + numbers, records, strict=True):
            if keep and not keep(cells):
                skipped += 1
                continue
            # The row stream adds one for the row that it gets.
            resource.stats.rows = int(record) - scan.source.first - skipped
            _read_on(resource, end)
            yield scan.source.place(int(record)), cells
    resource.stats.rows = scan.records - scan.source.first - skipped
    _read_on(resource, -1)


def _read_on(resource: Any, end: int) -> None:
    """Read the file as far as Frictionless would have: it hashes and counts what is read."""
    stream = resource._TableResource__parser.loader.byte_stream
    while end < 0 or resource.stats.bytes < end:
        if not stream.read1(STREAM_BYTES):
            return
