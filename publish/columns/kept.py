"""The columns of one table, mapped into memory: of it is read what is asked."""

import functools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from datasets.model import Column
from datasets.store import Store
from publish.columns.build import CODES, LARGE_ROWS, ORDERS, SAID_FILE, VALUES, Codes, ensure

HEADER_BYTES = 128
"""Of a file of numpy, as it is written here."""

type Rows = NDArray[np.int64]
"""Numbers of rows, from 0, as they stand in the published file."""


@dataclass(frozen=True, slots=True)
class About:
    """A column and what it holds: how many different values, and how many rows without one."""

    column: Column
    distinct: int
    empty: int


class Kept:
    """A table that never changes; cheap to open and safe in any thread."""

    def __init__(self, folder: Path) -> None:
        said = orjson.loads((folder / SAID_FILE).read_bytes())
        self.folder = folder
        self.rows: int = said["rows"]
        self.primary_key: tuple[str, ...] = tuple(said["primary_key"])
        self.about = tuple(_about(each) for each in said["columns"])
        self.codes: Codes = _mapped(folder / CODES)
        with pa.memory_map(str(folder / VALUES)) as source:
            self._fields = pa.ipc.open_file(source).read_all()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns in the order of the file."""
        return tuple(each.column for each in self.about)

    @cached_property
    def places(self) -> dict[str, int]:
        """The number of each column by its name."""
        return {column.name: i for i, column in enumerate(self.columns)}

    def field(self, name: str) -> Any:
        """A field of `values.arrow`, as `build` tells them."""
        return self._fields.column(name).chunk(0).values

    def values(self, i: int) -> Any:
        """The different values of a column in order: an array of Arrow; lists are JSON text."""
        return self.field(f"v{i}")

    def counts(self, i: int) -> NDArray[np.int64]:
        """How often each of the values of a column stands in the table."""
        counts: NDArray[np.int64] = self.field(f"n{i}").to_numpy()
        return counts

    def value(self, i: int, place: int) -> Any:
        """The value at a place among those of a column, a list as such; None behind the last."""
        value = self.values(i)[place].as_py() if place < self.about[i].distinct else None
        return orjson.loads(value) if value is not None and self.columns[i].items else value

    def cells(self, i: int, rows: Rows) -> list[Any]:
        """The values of a column in these rows, lists as such, None where there is none."""
        codes = self.codes[i, rows]
        there = codes < self.about[i].distinct
        known = self.values(i)
        places = pa.array(codes) if there.all() else pa.array(codes, mask=~there)
        found: list[Any] = known.take(places).to_pylist()
        return [v and orjson.loads(v) for v in found] if self.columns[i].items else found

    def order(self, i: int) -> Rows:
        """All rows by the values of a column, those without one last."""
        if self.rows > LARGE_ROWS:
            order: Rows = self._orders[i]
            return order
        return np.argsort(self.codes[i], kind="stable")

    @cached_property
    def _orders(self) -> Codes:
        return _mapped(self.folder / ORDERS)

    def with_words(self, i: int, words: Sequence[str]) -> NDArray[np.bool_]:
        """Which values of a column of text have a word that begins with each of these."""
        found = np.ones(self.about[i].distinct, bool)
        for word in words:
            found &= self.with_word(i, word)
        return found

    def with_word(self, i: int, word: str) -> NDArray[np.bool_]:
        """Which values of a column of text have a word that begins so."""
        known, starts = self.field(f"w{i}"), self.field(f"s{i}")
        begin, end = (
            bisect_left(range(len(known)), each, key=lambda place: known[place].as_py())
            for each in (word, word + "\U0010ffff")
        )
        owners = self.field(f"p{i}")[starts[begin].as_py() : starts[end].as_py()]
        found = np.zeros(self.about[i].distinct, bool)
        found[owners.to_numpy()] = True
        return found


def _about(said: dict[str, Any]) -> About:
    column = Column(said["name"], said["title"], said["type"])
    return About(column, said["distinct"], said["empty"])


def _mapped(path: Path) -> Codes:
    """Numbers as they lie in a file; nothing can be mapped where there are none."""
    some = path.stat().st_size > HEADER_BYTES
    mapped: Codes = np.load(path, mmap_mode="r" if some else None)
    return mapped


@functools.lru_cache(64)
def _opened(folder: Path) -> Kept:
    return Kept(folder)


def opened(store: Store, sha256: str) -> Kept:
    """The columns of a published table by the hash of its Parquet blob."""
    return _opened(ensure(store, sha256))
