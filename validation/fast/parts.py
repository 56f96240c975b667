"""What a table is cut into: some records at a time, of which most have the right width."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

type Mask = NDArray[np.bool_]
type Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive records of a table, `first` the number (from 0) of the first in the table.

    `columns` are string arrays without nulls: the cells of the records that are as wide as the
    header, whose numbers within the part `regular` has. The others are too short or too long.
    `place` is the source's own.
    """

    first: int
    size: int
    columns: list[pa.Array]
    regular: Numbers
    place: tuple[int, int] = (0, 0)

    def without_cells(self) -> "Part":
        """Give the part for finding its records again, without what takes room."""
        return Part(self.first, self.size, [], self.regular[:0], self.place)


class Source(Protocol):
    """A table that can be read in parts, more than once, without holding it.

    `first` is the number of the first record that is a row: those before belong to the header.
    """

    first: int

    def parts(self, width: int) -> Iterator[Part]:
        """Yield the whole table in parts; `width` is how many cells a record should have."""

    def records(self, part: Part, wanted: Numbers) -> Iterator[tuple[list[str], int]]:
        """Yield records of a part by their numbers in it: the cells, and where the record ends.

        The end is an offset in the file's bytes, -1 where the file ends with the record.
        """

    def place(self, record: int) -> int:
        """Give the number that a record has in the original, as Frictionless tells it."""

    def count(self, records: int, read_bytes: int) -> float:
        """Guess how many records there are, when so many took so many bytes."""
