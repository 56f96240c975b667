"""What a reader makes of a file inside the child, and how it goes out: Arrow and JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from datasets.errors import ReadingError
from datasets.model import Finding, Offer
from validation.reading.layout import Range
from validation.reading.numbering import original

MOST_FINDINGS = 1000
MOST_COLUMNS = 1000  # a table of SQLite holds no more than 2000
PIECE_ROWS = 65_536
MOST_SAID = 500  # characters of anything that a file may put into a finding


class Unreadable(ReadingError):
    """The file cannot be read; carries the finding that says why and what to do."""

    def __init__(self, check: str, note: str, **values: str) -> None:
        super().__init__(note)
        self.finding = Finding(check, note=note, values=values)

    def offering(self, *offers: Offer) -> "Unreadable":
        """Give the same refusal with ways out of it."""
        self.finding = replace(self.finding, offers=offers)
        return self


@dataclass(frozen=True)
class Cells:
    """A table of text cells as they stand, with what was understood of the file's form.

    `columns` are string arrays of one length, `rows` the place of each row in the original,
    `geometry` WKB or None for a table. `types` are Table Schema types by column number where
    the file itself knows them ("text": JSON's string); elsewhere they are proposed. `restated` is
    delimited text whose form no dialect can tell: what is judged are the cells.
    `merged` are the cells of a sheet that were made one: rows as in `rows`, columns of `columns`.
    `numbers` are those of the columns in the original (1 = A) where a repair left some out.
    `titles` are the lines above the header.
    """

    labels: tuple[str, ...]
    columns: Sequence[pa.ChunkedArray]
    rows: pa.ChunkedArray
    geometry: pa.ChunkedArray | None = None
    encoding: str = ""
    dialect: Mapping[str, Any] = field(default_factory=dict)
    header_row: int = 0
    sheet: str = ""
    first_column: int = 1
    numbers: tuple[int, ...] = ()
    crs: str = ""
    types: Mapping[int, str] = field(default_factory=dict)
    restated: bool = False
    merged: Sequence[Range] = ()
    titles: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def and_found(self, *findings: Finding) -> "Cells":
        """Give the same cells with more findings."""
        return replace(self, findings=self.findings + findings)

    def number(self, column: int) -> int:
        """Give the number in the original (1 = A) of a column, from 0."""
        return original(self.numbers, self.first_column, column)

    def write(self, path: Path) -> None:
        """Write the columns c0..cn, row and geometry as an Arrow IPC file, if not there already."""
        if isinstance(self.columns, Stored) and self.columns.rows is self.rows:
            return
        names = [f"c{i}" for i in range(len(self.columns))]
        arrays = [*self.columns, self.rows]
        names.append("row")
        if self.geometry is not None:
            arrays.append(self.geometry)
            names.append("geometry")
        table = pa.table(arrays, names=names)
        beside = path.with_name("mended.arrow")  # what is at the path may be mapped
        with pa.ipc.new_file(beside, table.schema) as out:
            out.write_table(table)
        beside.replace(path)

    def batches(self) -> Iterator[tuple[Sequence[pa.Array], pa.Array]]:
        """Give the columns, and the places of their rows, in pieces."""
        if isinstance(self.columns, Stored):
            yield from self.columns.batches()
        elif self.columns:
            names = list(map(str, range(len(self.columns) + 1)))
            for batch in pa.table([*self.columns, self.rows], names).to_batches(PIECE_ROWS):
                *columns, rows = batch.columns
                yield columns, rows

    def said(self) -> dict[str, Any]:
        """Give all but the cells as a JSON value."""
        return {
            "labels": list(self.labels),
            "rows": len(self.rows),
            "encoding": self.encoding,
            "dialect": dict(self.dialect),
            "header_row": self.header_row,
            "sheet": self.sheet,
            "first_column": self.first_column,
            "numbers": list(self.numbers),
            "crs": self.crs,
            "spatial": self.geometry is not None,
            "findings": [told(finding) for finding in self.findings[:MOST_FINDINGS]],
        }


class Stored(Sequence[pa.ChunkedArray]):
    """Columns that lie in an Arrow file of ours, mapped: they take no memory until they are used.

    `rows` is the column of places that lies beside them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_file(source).read_all()
        except OSError as error:  # arrow does not say that there is no room left to map it
            raise MemoryError from error
        self._columns = table.columns[:-1]
        self.rows = table.column("row")

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, i: Any) -> Any:
        return self._columns[i]

    def batches(self) -> Iterator[tuple[Sequence[pa.Array], pa.Array]]:
        """Read the columns and rows in pieces, none of which stays in memory."""
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source) as file:
            for i in range(file.num_record_batches):
                *columns, rows = file.get_batch(i).columns
                yield columns, rows


def told(finding: Finding) -> dict[str, Any]:
    """Give a finding as a JSON value; names out of a file may be as long as the file."""
    said = asdict(finding)
    values = {name: value[:MOST_SAID] for name, value in finding.values.items()}
    return {**said, "field": finding.field[:MOST_SAID], "note": said["note"][:1000]} | {
        "values": values
    }


def empty() -> Unreadable:
    """Say that a layer holds nothing: what opens empty may also be a bomb that was defused."""
    return Unreadable("no-features", "the layer holds no features; nothing can be published")


def warned(text: str) -> Finding:
    """Pass on what a library remarked."""
    return Finding("reader-warning", "warning", note=text[:300], values={"detail": text[:300]})


def bytes_left_out(name: str) -> Finding:
    """Say that a column of pictures or other bytes is left empty."""
    return warned(f"column {name!r} holds bytes, not text; it is left empty")


def check_width(columns: int) -> None:
    """Refuse more columns than can be published."""
    if columns > MOST_COLUMNS:
        raise Unreadable(
            "too-many-columns",
            f"the table has {columns} columns, more than {MOST_COLUMNS}; is it turned on its side?",
            columns=str(columns),
            most=str(MOST_COLUMNS),
        )


def text_column(values: Sequence[str | None]) -> pa.ChunkedArray:
    """Make one text column; null is a cell that is not there."""
    return pa.chunked_array([pa.array(values, pa.string())])


def row_numbers(values: Sequence[int] | range) -> pa.ChunkedArray:
    """Make the column of places in the original."""
    return pa.chunked_array([pa.array(values, pa.int64())])
