"""The columns of a table, made once from its Parquet blob and never written again.

`values.arrow` has one row, in which column i is `v<i>`, its different values in order (texts by
the Serbian alphabets), and `n<i>`, how often each stands in the table. A column of text has more:
`f<i>`, the values as they are searched; `w<i>`, their words in order; and for word number j
`p<i>[s<i>[j]:s<i>[j + 1]]`, the places of the values that have it. `codes.npy` has a line for each
column, a number for each row: the place of its value, one behind the last for none. In
`orders.npy`, which only large tables need, are the rows by value, those without one last.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets.model import Column
from datasets.serbian import sort_text
from datasets.store import Store
from datasets.typed import SAID, as_text
from publish.columns.searching import searched

FORMAT = 1
SAID_FILE, VALUES, CODES, ORDERS = "said.json", "values.arrow", "codes.npy", "orders.npy"
LARGE_ROWS = 100_000
"""A table of fewer rows is put in order as it is asked for: it takes some milliseconds."""

_building = threading.Lock()

type Codes = NDArray[np.uint32]


def ensure(store: Store, sha256: str) -> Path:
    """Give the folder of a Parquet blob's columns, made now where it is not there.

    Raises NotFound without the blob, PublishError when it cannot be written: a full disk.
    """
    place = store.table(f"{sha256}-columns-{FORMAT}")
    if not place.is_dir():
        with _building:  # who waited finds it there
            if not place.is_dir():
                with store.desk("columns") as into:
                    build(store.blob(sha256), into)
                    store.adopt(into, place)
    return place


def build(parquet: Path, into: Path) -> None:
    """Write the columns of a Parquet file into an empty folder, one after the other."""
    with pq.ParquetFile(parquet) as source, ExitStack() as files:
        said = orjson.loads(source.schema_arrow.metadata[SAID])
        rows, width = source.metadata.num_rows, len(said["columns"])
        codes = files.enter_context(_lines(into / CODES, width, rows))
        orders = files.enter_context(_lines(into / ORDERS, width if rows > LARGE_ROWS else 0, rows))
        fields: dict[str, pa.Array] = {}
        for i, column in enumerate(said["columns"]):
            values, places = coded(source.read([column["name"]]).column(0))
            codes.write(places.tobytes())
            if rows > LARGE_ROWS:
                orders.write(np.argsort(places, kind="stable").astype(np.uint32).tobytes())
            counts = np.bincount(places, minlength=len(values) + 1)
            column |= {"distinct": len(values), "empty": int(counts[-1])}
            fields |= {f"v{i}": values, f"n{i}": pa.array(counts[:-1])}
            if pa.types.is_large_string(values.type):
                fields |= {f"{key}{i}": each for key, each in _words(_items(column, values))}
    _write(into / VALUES, fields)
    kept = {"rows": rows, "columns": said["columns"], "primary_key": said["primary_key"]}
    (into / SAID_FILE).write_bytes(orjson.dumps(kept))


@contextmanager
def _lines(path: Path, width: int, rows: int) -> Iterator[BinaryIO]:
    """A file of numbers to be written line by line, as numpy maps it.

    To write it through a map would end the process where the disk is full.
    """
    said = {"descr": "<u4", "fortran_order": False, "shape": (width, rows)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, said)
        yield file


def coded(column: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """The different values of a column in order, and the place of each row's among them."""
    column = _searchable(column)
    encoded = pa.chunked_array([column.combine_chunks()]).dictionary_encode().combine_chunks()
    order = _in_order(encoded.dictionary)
    places = np.empty(len(order) + 1, np.uint32)
    places[order] = np.arange(len(order), dtype=np.uint32)
    places[-1] = len(order)
    found = pc.fill_null(encoded.indices, len(order)).to_numpy(zero_copy_only=False)
    return encoded.dictionary.take(pa.array(order)), places[found]


def _searchable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with what is no number as none, lists as JSON, and text of more than 2 GB."""
    column = as_text(column)
    kind = column.type
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
    return column.cast(pa.large_string()) if pa.types.is_string(kind) else column


def _in_order(values: pa.Array) -> NDArray[np.int64]:
    if pa.types.is_large_string(values.type):
        keys = [sort_text(text) for text in values.to_pylist()]
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    order: NDArray[np.int64] = pc.sort_indices(values).to_numpy().astype(np.int64)
    return order


def _items(column: dict[str, Any], values: pa.Array) -> list[str]:
    """The texts in which words are looked for: of a list its items."""
    texts: list[str] = values.to_pylist()
    if not Column(column["name"], column["title"], column["type"]).items:
        return texts
    return [
        " ".join(str(item) for item in orjson.loads(text) if item is not None) for text in texts
    ]


def _words(texts: list[str]) -> Iterator[tuple[str, Any]]:
    """The texts as they are searched, and which of them have which word."""
    plain = pa.array([searched(text) for text in texts], pa.large_string())
    split = pc.split_pattern(plain, " ")
    owners = pc.list_parent_indices(split).to_numpy()
    known, places = coded(pa.chunked_array([split.flatten()]))
    by_bytes = pc.sort_indices(known).to_numpy()
    rank = np.empty(len(known), np.int64)
    rank[by_bytes] = np.arange(len(known))
    codes = rank[places]
    yield "f", plain
    yield "w", known.take(pa.array(by_bytes))
    yield "s", pa.array(np.searchsorted(np.sort(codes), np.arange(len(known) + 1)))
    yield "p", pa.array(owners[np.argsort(codes, kind="stable")].astype(np.uint32))


def _write(path: Path, fields: dict[str, pa.Array]) -> None:
    """One row that holds whole columns of different lengths, so that a file holds them all."""
    arrays = {
        name: pa.LargeListArray.from_arrays(pa.array([0, len(each)], pa.int64()), each)
        for name, each in fields.items()
    }
    table = pa.table(arrays) if arrays else pa.table({"none": [None]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
