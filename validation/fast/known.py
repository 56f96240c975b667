"""The values of one column of a large table, looked up many at a time."""

from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import polars as pl

from validation.fast.parts import Mask, Numbers
from validation.fast.texts import Texts

SEED = 11
SPARSE = 8
"""A table of flags may be so many times as long as there are numbers."""


class Known:
    """Values as Frictionless reads them; `rare` holds those that took Python to read."""

    def __init__(self, rare: AbstractSet[Any]) -> None:
        self.rare = rare

    def __contains__(self, cells: tuple[Any]) -> bool:
        """Tell whether a tuple of one value is there."""
        raise NotImplementedError

    def holds(self, texts: Texts) -> Mask:
        """Tell which cells, each of them proved to be of the column's type, are there."""
        raise NotImplementedError


class Integers(Known):
    """Integers of 64 bits, sorted; as a table of flags where they lie close together."""

    def __init__(self, values: Numbers, rare: AbstractSet[Any]) -> None:
        super().__init__(rare)
        self.values = np.unique(values)
        self.lowest = int(self.values[0]) if len(self.values) else 0
        length = int(self.values[-1]) - self.lowest + 1 if len(self.values) else 0
        self.flags = None
        if length <= SPARSE * len(self.values):
            self.flags = np.zeros(length, bool)
            self.flags[self.values - self.lowest] = True

    def __contains__(self, cells: tuple[Any]) -> bool:
        [value] = cells
        if value in self.rare:
            return True
        small = isinstance(value, int) and abs(value) < 2**63
        return small and bool(self._holds(np.array([value], np.int64))[0])

    def holds(self, texts: Texts) -> Mask:
        """Tell which cells are there."""
        return self._holds(texts.series.cast(pl.Int64).to_numpy())

    def _holds(self, values: Numbers) -> Mask:
        if not len(self.values):
            return np.zeros(len(values), bool)
        if self.flags is None:
            at = np.minimum(np.searchsorted(self.values, values), len(self.values) - 1)
            found: Mask = self.values[at] == values
            return found
        inside = (values >= self.lowest) & (values <= int(self.values[-1]))
        return inside & self.flags[np.where(inside, values - self.lowest, 0)]


class Words(Known):
    """Texts in the order of their hashes; a hash finds the place, the text itself decides."""

    def __init__(self, texts: pl.Series, rare: AbstractSet[Any]) -> None:
        super().__init__(rare)
        texts = texts.unique()
        hashes = texts.hash(SEED).to_numpy()
        order = np.argsort(hashes)
        self.hashes, self.texts = hashes[order], texts.gather(order)

    def __contains__(self, cells: tuple[Any]) -> bool:
        [value] = cells
        if value in self.rare:
            return True
        return isinstance(value, str) and bool(self._holds(pl.Series([value]))[0])

    def holds(self, texts: Texts) -> Mask:
        """Tell which cells are surely there."""
        return self._holds(texts.series)

    def _holds(self, series: pl.Series) -> Mask:
        if not len(self.hashes):
            return np.zeros(len(series), bool)
        at = np.searchsorted(self.hashes, series.hash(SEED).to_numpy())
        same: Mask = (self.texts.gather(np.minimum(at, len(self.hashes) - 1)) == series).to_numpy()
        return same
