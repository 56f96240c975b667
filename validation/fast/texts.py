"""The cells of one column in one part, for vectorised work."""

from functools import cached_property

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from validation.fast.parts import Mask


class Texts:
    """A column of text without nulls: arrow's bytes, or a Series of polars when asked for."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @cached_property
    def series(self) -> pl.Series:
        """The cells as polars has them."""
        made = pl.from_arrow(self.array)
        assert isinstance(made, pl.Series)
        return made

    def within(self, mask: Mask) -> "Texts":
        """Give the cells that a mask has."""
        return self if mask.all() else Texts(self.array.filter(pa.array(mask)))

    def are(self, texts: list[str]) -> Mask:
        """Tell which cells are one of these."""
        if not texts:
            return np.zeros(len(self), bool)
        series = self.series
        there = series == texts[0] if len(texts) == 1 else series.is_in(texts)
        return np.asarray(there.to_numpy(), dtype=bool)

    def lengths(self) -> NDArray[np.int32]:
        """Give the cells' lengths in bytes."""
        return np.diff(self._offsets())

    def matrix(self, width: int) -> tuple[Mask, NDArray[np.uint8]]:
        """Tell which cells are exactly so many bytes long, and give those as rows of bytes."""
        mask = self.lengths() == width
        fit = self.within(mask)
        if not len(fit) or not mask.any():
            return mask, np.empty((0, width), np.uint8)
        offsets = fit._offsets()
        text = np.frombuffer(fit.array.buffers()[2], np.uint8)
        return mask, text[offsets[0] : offsets[-1]].reshape(-1, width)

    def _offsets(self) -> NDArray[np.int32]:
        array = self.array
        every = np.frombuffer(array.buffers()[1], np.int32)
        return every[array.offset : array.offset + len(array) + 1]
