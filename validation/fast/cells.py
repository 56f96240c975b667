"""The cells of a reading as a source: what a canonical CSV of them would hold, without one."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from validation.fast.doubt import Doubt
from validation.fast.parts import Mask, Part

PART_ROWS = 65_536


class CellsSource:
    """The Arrow file of a reading's cells; every record is a row, with its place in the original.

    Columns beyond the `width` of the header make a row too long where they hold anything. A
    table without columns is one of its rows' numbers.
    """

    first = 0

    def __init__(self, path: Path, width: int) -> None:
        self.width = width
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self._file = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(self._map)))
        names = self._file.schema.names
        self.names = [name for name in names if name[0] == "c"] if width else ["row"]
        self.numbers = self._numbers()

    def _numbers(self) -> Any:
        batches = map(self._file.get_batch, range(self._file.num_record_batches))
        found = [batch.column("row").to_numpy() for batch in batches]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def parts(self, width: int) -> Iterator[Part]:
        """Yield the rows some at a time."""
        if width != (self.width or 1):
            raise Doubt("a header of another width")
        first = 0
        for number in range(self._file.num_record_batches):
            rows = self._file.get_batch(number).num_rows
            for start in range(0, rows, PART_ROWS):
                part = self._part(first, number, start, width)
                yield part
                first += part.size
                self._map.madvise(mmap.MADV_DONTNEED)

    def _part(self, first: int, number: int, start: int, width: int) -> Part:
        columns = self._columns(number, start)
        longer = _any([_filled(column) for column in columns[width:]], len(columns[0]))
        regular = np.flatnonzero(~longer)
        kept = columns[:width]
        if len(regular) < len(longer):
            kept = [column.filter(pa.array(~longer)) for column in kept]
        return Part(first, len(longer), kept if len(regular) else [], regular, (number, start))

    def _columns(self, number: int, start: int) -> list[pa.Array]:
        batch = self._file.get_batch(number).slice(start, PART_ROWS)
        return [pc.fill_null(batch.column(name).cast(pa.string()), "") for name in self.names]

    def records(self, part: Part, wanted: Any) -> Iterator[tuple[list[str], int]]:
        """Yield rows; a cell to the right of the header counts only where there is one."""
        at = pa.array(wanted)
        columns = [column.take(at).to_pylist() for column in self._columns(*part.place)]
        for row in zip(*columns, strict=True):
            cells = list(row)
            while len(cells) > (self.width or 1) and not cells[-1]:
                cells.pop()
            yield cells, 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every row, numbered from 1."""
        for part in self.parts(self.width or 1):
            records = self.records(part, np.arange(part.size))
            for number, (cells, _) in enumerate(records, part.first + 1):
                yield number, cells

    def place(self, record: int) -> int:
        """Give a row's number in the original."""
        return int(self.numbers[record])

    def count(self, records: int, read_bytes: int) -> float:  # noqa: ARG002
        """Give how many rows there are."""
        return len(self.numbers)


def _filled(column: pa.Array) -> Mask:
    filled: Mask = pc.greater(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    return filled


def _any(masks: list[Mask], size: int) -> Mask:
    return np.logical_or.reduce(masks) if masks else np.zeros(size, bool)
