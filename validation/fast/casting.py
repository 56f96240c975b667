"""Columns cast by the proofs of the first tier, where every cell is proved or missing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field

from validation.fast.columns import Column
from validation.fast.parts import Numbers
from validation.fast.texts import Texts

type Made = Callable[[Numbers], Any]


def cast(cells: pa.ChunkedArray, field: Field, kind: pa.DataType) -> pa.ChunkedArray | None:
    """Give a column of text as values of an arrow type, None where Python has to read a cell.

    The values are those that Frictionless reads: its missing values and absent cells are null.
    """
    column = Column(field, keyed=False)
    if field.type in ("string", "any") and field.format == "default":
        return pa.chunked_array([_words(chunk, column) for chunk in cells.chunks], pa.string())
    made = MADE.get((field.type, kind))
    if made is None or column.proof is None:
        return None
    chunks = []
    for chunk in cells.chunks:
        texts = Texts(chunk.cast(pa.string()).fill_null(""))
        proved, keys = column.proof(texts)
        absent = column.absent(texts) | chunk.is_null().to_numpy(zero_copy_only=False)
        if keys is None or not (proved | absent).all():
            return None
        chunks.append(pa.array(made(np.where(absent, 0, keys)), kind, mask=absent))
    return pa.chunked_array(chunks, kind)


def _words(chunk: pa.Array, column: Column) -> pa.Array:
    """Give texts, of which any is a value that is not missing."""
    texts = Texts(chunk.cast(pa.string()).fill_null(""))
    absent = column.absent(texts) | chunk.is_null().to_numpy(zero_copy_only=False)
    return pc.if_else(pa.array(absent), None, texts.array)


def _numbers(bits: Numbers) -> Any:
    return bits.view(np.float64)


def _days(digits: Numbers) -> Any:
    """Give days of the keys that MomentProof makes; of 0, which is no day, any."""
    day, month, year = (digits // 10 ** np.array([[6], [8], [10]])) % [[100], [100], [10_000]]
    months = ((year - 1970) * 12 + np.maximum(month, 1) - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]") + (np.maximum(day, 1) - 1).astype("timedelta64[D]")


def _moments(digits: Numbers) -> Any:
    second, minute, hour = (digits // 10 ** np.array([[0], [2], [4]])) % 100
    seconds = (hour * 3600 + minute * 60 + second).astype("timedelta64[s]")
    return _days(digits).astype("datetime64[us]") + seconds


MADE: dict[tuple[str, pa.DataType], Made] = {
    ("integer", pa.int64()): lambda values: values,
    ("number", pa.float64()): _numbers,
    ("date", pa.date32()): _days,
    ("datetime", pa.timestamp("us")): _moments,
}
