"""Integers and numbers proved by a strict cast."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from frictionless import Field
from numpy.typing import NDArray

from validation.fast.bounds import bounds
from validation.fast.parts import Mask, Numbers
from validation.fast.texts import Texts

INTEGER_BYTES = 18  # so many digits always fit in 64 bits
NUMBER_BYTES = 40
NEAR = 1e-9  # Frictionless compares decimals: a float so near to a bound proves nothing


class IntegerProof:
    """Proves integers: an optional sign and ASCII digits, where Python's int() takes more."""

    def __init__(self, field: Field, read: Callable[[Any], Any]) -> None:
        self.bounds = bounds(field, read, _small)

    def __call__(self, texts: Texts) -> tuple[Mask, Numbers]:
        """Give which cells are proved, and their values."""
        cast = texts.series.cast(pl.Int64, strict=False)
        ok = cast.is_not_null().to_numpy() & (texts.lengths() <= INTEGER_BYTES)
        values = cast.fill_null(0).to_numpy()
        for compare, bound in self.bounds:
            ok &= compare(values, bound)
        return ok, values


def _small(value: int) -> int | None:
    return value if abs(value) < 2**62 else None


class NumberProof:
    """Proves finite numbers, decimal and group signs taken out as Frictionless does."""

    def __init__(self, field: Any, read: Callable[[Any], Any]) -> None:
        self.bounds = bounds(field, read, _finite)
        shaped = {"group_char", "decimal_char", "bare_number"} & set(field.list_defined())
        self.group = field.group_char if shaped else ""
        self.decimal = field.decimal_char if shaped else "."
        self.bare = field.bare_number or not shaped

    def __call__(self, texts: Texts) -> tuple[Mask, Numbers]:
        """Give which cells are proved, and the bits of their values."""
        plain, ok = self._plain(texts.series)
        cast = plain.cast(pl.Float64, strict=False)
        ok &= (cast.is_not_null() & cast.is_finite()).fill_null(value=False).to_numpy()
        ok &= texts.lengths() <= NUMBER_BYTES
        values = cast.fill_null(0.0).to_numpy()
        for compare, bound in self.bounds:
            far = np.abs(values - bound) > max(abs(bound), 1.0) * NEAR
            ok &= compare(values, bound) & far
        return ok, bits(values)

    def _plain(self, series: pl.Series) -> tuple[pl.Series, Mask]:
        ok = np.ones(len(series), bool)
        if not self.bare:
            ok &= series.str.contains(r"^-?[0-9](.*[0-9])?$").to_numpy()
        if self.group:
            series = series.str.replace_all(self.group, "", literal=True)
        if self.decimal != ".":
            ok &= ~series.str.contains(".", literal=True).to_numpy()
            series = series.str.replace_all(self.decimal, ".", literal=True)
        return series, ok


def bits(values: NDArray[np.float64]) -> Numbers:
    """Give the bits of floats as keys; adding zero makes one of the two zeros."""
    return (values + 0.0).view(np.int64)


def _finite(value: Decimal | float) -> float | None:
    made = float(value)
    return made if np.isfinite(made) else None
