"""The columns of a layer as wholes: how many values, which are common, from where to where.

A layer never changes, so what was found once is kept for the life of the process.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from publish.layers.geojson import Value
from publish.layers.integrity import parquet

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COMMON = 100
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Spread:
    """What there is in a column: `common` are the most frequent values with their numbers.

    Texts of more than LONGEST letters are counted and not told. `low` and `high` are of numbers
    and times, as GeoJSON writes them; None for texts, and where all are empty.
    """

    rows: int
    empty: int
    distinct: int
    common: tuple[tuple[Value, int], ...]
    low: Value
    high: Value


@functools.lru_cache(4096)
def spread(folder: Path, column: str) -> Spread:
    """What is in a column of the layer in a folder; an empty text is no value."""
    import pyarrow as pa  # noqa: PLC0415 - large, and not every page asks
    import pyarrow.compute as pc  # noqa: PLC0415

    read = _column(folder, column)
    filled = read.drop_null()
    counted = pc.value_counts(filled)
    distinct, is_text = len(counted), pa.types.is_string(read.type)
    if is_text:
        counted = counted.filter(pc.less_equal(pc.utf8_length(counted.field("values")), LONGEST))
    values, numbers = counted.field("values"), counted.field("counts").to_numpy()
    often = np.lexsort((np.arange(len(numbers)), -numbers))[:MOST_COMMON]
    ends = pc.min_max(filled.slice(0, 0) if is_text else filled)
    return Spread(
        rows=len(read),
        empty=len(read) - len(filled),
        distinct=distinct,
        common=tuple((_plain(values[int(i)].as_py()), int(numbers[i])) for i in often),
        low=_plain(ends["min"].as_py()),
        high=_plain(ends["max"].as_py()),
    )


def numbers(folder: Path, column: str) -> NDArray[np.float64]:
    """The numbers of a column in the order of the features' keys; NaN where there is none."""
    found = _column(folder, column).cast("float64").fill_null(float("nan"))
    read: NDArray[np.float64] = found.to_numpy()
    return read


def positions(folder: Path, column: str, values: Sequence[Value]) -> NDArray[np.int64]:
    """Where among some values that of each feature is: -1 for another one, -2 for none.

    Features are in the order of their keys; values are as the column has them.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    read = _column(folder, column)
    found = pc.index_in(read, value_set=pa.array(values, read.type)).fill_null(-1)
    said: NDArray[np.int64] = found.cast("int64").to_numpy()
    return np.where(read.is_null().to_numpy(zero_copy_only=False), -2, said)


def _column(folder: Path, column: str) -> "pa.Array":
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    read = pq.read_table(parquet(folder), columns=[column])[column].combine_chunks()
    if pa.types.is_string(read.type):
        return pc.if_else(pc.equal(read, ""), pa.scalar(None, pa.string()), read)
    return read


def _plain(value: object) -> Value:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    said: str = value.isoformat()  # type: ignore[attr-defined]  # a date or a time
    return said
