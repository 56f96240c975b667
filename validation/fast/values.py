"""All values of one column of a large table, read by the first tier."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from frictionless.resources import TableResource

from validation.fast.columns import Column
from validation.fast.doubt import Doubt
from validation.fast.known import Integers, Known, Words
from validation.fast.parts import Part, Source
from validation.fast.text import TextSource
from validation.fast.texts import Texts

MOST_RARE = 100_000
WORDS = ("string", "any")


def values(table: TableResource, name: str, kind: str) -> Known:
    """Give the values of a column of an open table; `kind` is the type that refers to it.

    Raises Doubt where values of the two types could be equal in ways that only Python knows.
    """
    fields = table.header.get_expected_fields()
    names = [field.name for field in fields]
    if names.count(name) != 1 or table.dialect.skip_blank_rows:
        raise Doubt("a column that is not there, or rows that are left out")
    column = Column(fields[names.index(name)], keyed=False)
    held = column.field.type
    alike = held == kind == "integer" or (held in WORDS and kind in WORDS)
    if not alike or column.proof is None or column.field.format != "default":
        raise Doubt("values of another kind")
    return _Reader(column, names.index(name), len(names), TextSource(table)).read()


class _Reader:
    """Collects the values of one column from all parts of a table."""

    def __init__(self, column: Column, at: int, width: int, source: Source) -> None:
        self.column, self.at, self.width, self.source = column, at, width, source
        self.rare: set[Any] = set()

    def read(self) -> Known:
        """Give every value of the column."""
        proved: list[pl.Series] = []
        for part in self.source.parts(self.width):
            proved.extend(self._proved(part))
            self._ragged(part)
        texts = pl.concat(proved) if proved else pl.Series([], dtype=pl.String)
        if self.column.field.type == "integer":
            return Integers(texts.cast(pl.Int64).to_numpy(), self.rare)
        return Words(texts, self.rare)

    def _proved(self, part: Part) -> Iterator[pl.Series]:
        if not part.columns:
            return
        texts = Texts(part.columns[self.at]).within(part.first + part.regular >= self.source.first)
        assert self.column.proof is not None
        ok, _ = self.column.proof(texts)
        absent = self.column.absent(texts)
        if "" not in self.column.missing and (texts.lengths() == 0).any():
            raise Doubt("empty cells that are values, or empty lines")
        self._and_rare(texts.within(~ok & ~absent).series.to_list())
        yield texts.within(ok & ~absent).series

    def _ragged(self, part: Part) -> None:
        short = np.ones(part.size, bool)
        short[part.regular] = False
        wanted = np.flatnonzero(short)
        wanted = wanted[part.first + wanted >= self.source.first]
        rows = self.source.records(part, wanted) if len(wanted) else ()
        self._and_rare([cells[self.at] for cells, _ in rows if self.at < len(cells)])

    def _and_rare(self, texts: list[str]) -> None:
        values = {self.column.value(text) for text in texts}
        self.rare |= values - {None}
        if len(self.rare) > MOST_RARE:
            raise Doubt("too many values that only Python can read")
