"""The geometries of a layer in the order of the rows of its table, to be compared."""

import pyarrow as pa
import pyarrow.parquet as pq

from publish.columns.kept import Kept
from publish.columns.rows_of_features import order
from publish.layers.features import Features
from publish.layers.integrity import parquet

MOST = 200_000
"""Of so many features geometries are compared: more take hundreds of megabytes."""


def shapes(kept: Kept, features: Features) -> pa.Array | None:
    """WKB by row, null where a row has no place; None where there are too many to compare."""
    if features.manifest.features != kept.rows or kept.rows > MOST:
        return None
    table = pq.read_table(parquet(features.folder), columns=["id", "geometry"])
    places = order(kept, features, table["id"].to_pylist())
    return table["geometry"].combine_chunks().take(pa.array(places, mask=places < 0))
