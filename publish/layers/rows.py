"""Rows of layer.parquet by their keys: what files for download are made of."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

PARQUET = "layer.parquet"


def taken(folder: Path, keys: NDArray[np.int64] | None) -> Iterator[pa.Table]:
    """The rows of these keys in their order, or all of them, a row group at a time.

    Columns: `id`, the public ones, `geometry` (WKB in CRS84).
    """
    with pq.ParquetFile(folder / PARQUET) as file:
        names = [name for name in file.schema_arrow.names if name != "bbox"]
        if keys is None:
            for i in range(file.num_row_groups):
                yield file.read_row_group(i, columns=names)
        elif len(keys):
            rows = file.read(columns=names)
            for start in range(0, len(keys), 8192):
                yield rows.take(pa.array(keys[start : start + 8192] - 1))
