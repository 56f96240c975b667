"""The typed table: a resource's cells cast by the schema that judged them.

Each distinct value goes once through Frictionless' own cell reader, or is proved to be read alike,
so that no second parser can disagree with the first.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field, Schema

from datasets.model import Column
from datasets.names import fold_marks
from datasets.serbian import ETH, to_latin
from datasets.typed import ARROW, GEOMETRY, ROW, SAID

NAME_LENGTH = 40
RESERVED = frozenset(
    "geometry id pk limit offset q f lang crs bbox datetime properties filter sortby "
    "resulttype v".split()
)
"""Names that mean something else in an OGC API request or in a layer."""

BATCH_ROWS = 65_536
MANY_ROWS = 20_000
"""From so many on a column is cast by proof; below, that takes longer to load than it saves."""
type Cells = pa.ChunkedArray


@dataclass(frozen=True, slots=True)
class Placed:
    """The geometries of a table as WKB in CRS84, where they came from, and of which type."""

    wkb: Sequence[bytes | None]
    crs: str
    operation: str
    geometry_type: str


def read_cells(path: Path) -> pa.Table:
    """Give the cells of a reading, mapped from the disk."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def fields(labels: Sequence[str], schema: Schema) -> list[Field]:
    """Give each label its field of the schema: by name, else by place, else one of type any."""
    named = {field.name: field for field in schema.fields}
    in_step = len(labels) == len(schema.fields)
    found = []
    for i, label in enumerate(labels):
        other = schema.fields[i] if in_step else None
        found.append(
            named.get(label) or other or Field.from_descriptor({"name": label, "type": "any"})
        )
    return found


def write(
    path: Path,
    cells: pa.Table,
    labels: Sequence[str],
    schema: Schema,
    placed: Placed | None = None,
) -> tuple[Column, ...]:
    """Write the typed table as an Arrow IPC file; give its columns.

    Holds one column a label, `__row`, and `__geometry` when placed. The Arrow schema's metadata
    has under `emap` as JSON: columns, primary_key, crs, operation and geometry_type.
    """
    used = fields(labels, schema)
    arrays = [typed(cells.column(f"c{i}"), field) for i, field in enumerate(used)]
    names = public_names(labels)
    columns = tuple(
        Column(name, field.title or label, _type_name(array.type))
        for name, label, field, array in zip(names, labels, used, arrays, strict=True)
    )
    table = pa.table([*arrays, cells.column("row").cast(pa.int64())], names=[*names, ROW])
    if placed is not None:
        table = table.append_column(GEOMETRY, pa.array(placed.wkb, pa.binary()))
    key = [
        name for name, field in zip(names, used, strict=True) if field.name in schema.primary_key
    ]
    table = table.replace_schema_metadata({SAID: _metadata(columns, key, placed)})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=BATCH_ROWS)
    return columns


def typed(cells: Cells, field: Field) -> Cells:
    """Cast a column of text by its field; missing values and what does not fit become null.

    A column with a value that its Arrow type cannot hold (an integer of 20 digits, a time with
    a zone) stays text, so that no value is changed.

    >>> field = Field.from_descriptor({"name": "a", "type": "integer"})
    >>> typed(pa.chunked_array([["1", "", "2", "1"]]), field).to_pylist()
    [1, None, 2, 1]
    """
    kind = pa.string() if field.type in LISTS else ARROW.get(field.type, pa.string())
    if len(cells) >= MANY_ROWS:
        from validation.fast.casting import cast  # noqa: PLC0415 - loads polars

        if (quickly := cast(cells, field, kind)) is not None:
            return quickly
    encoded = pc.dictionary_encode(pa.chunked_array(cells, pa.string()).combine_chunks())
    texts = encoded.dictionary.to_pylist()
    read = field.create_cell_reader()
    values = [read(text)[0] for text in texts]
    if field.type in LISTS:
        made = _lists(field, values) or _texts(texts, values)
    elif kind == pa.string():
        made = _texts(texts, values)
    else:
        made = _values(values, kind) or _texts(texts, values)
    return pa.chunked_array([made.take(encoded.indices)])


def _values(values: Sequence[Any], kind: pa.DataType) -> pa.Array | None:
    if pa.types.is_timestamp(kind):
        values = [_utc(value) for value in values]
    if pa.types.is_floating(kind):
        values = [None if value is None else float(value) for value in values]
    if any(getattr(value, "tzinfo", None) for value in values):
        return None
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, OverflowError):
        return None


def _lists(field: Field, values: Sequence[list[Any] | None]) -> pa.Array | None:
    """Make lists whose items are of one kind, that of the field where it says one; else None.

    Dates and times are ISO text. Items that are missing stay so.
    """
    said = getattr(field, "array_item", {}).get("type") or getattr(field, "item_type", "")
    kinds = {type(item) for value in values if value for item in value} - {type(None)}
    fitting = [each for each in ITEMS if kinds <= each[0]]
    found = next((e for e in fitting if e[1] == f"{said}[]"), next(iter(fitting), None))
    if found is None:
        return None
    _, name, read = found
    items = ARROW[name]
    lists = [v and [i if i is None else read(i) for i in v] for v in values]
    try:
        return pa.array(lists, items)
    except (pa.ArrowInvalid, OverflowError):
        return None


type Read = Callable[[Any], Any]
LISTS = ("array", "list")
ITEMS: tuple[tuple[set[type], str, Read], ...] = (
    ({str}, "string[]", str),
    ({int}, "integer[]", int),
    ({int, float, Decimal}, "number[]", float),
    ({bool}, "boolean[]", bool),
    ({date, datetime, time}, "string[]", lambda moment: moment.isoformat()),
)
"""Types of items in one list, what a column of such lists is, and how one item is read."""


def _texts(texts: Sequence[str], values: Sequence[Any]) -> pa.Array:
    """Keep the text itself wherever there is a value."""
    kept = (None if value is None else text for text, value in zip(texts, values, strict=True))
    return pa.array(list(kept), pa.string())


def _utc(value: Any) -> Any:
    """Bring a time with a zone to UTC; others are local and stay."""
    if value is None or value.tzinfo is None:
        return value
    return value.astimezone(UTC).replace(tzinfo=None)


def _type_name(kind: pa.DataType) -> str:
    return next(name for name, arrow in ARROW.items() if arrow == kind)


def _metadata(columns: Iterable[Column], key: list[str], placed: Placed | None) -> bytes:
    said: Mapping[str, Any] = {
        "columns": [{"name": c.name, "title": c.title, "type": c.type} for c in columns],
        "primary_key": key,
        "crs": placed.crs if placed else "",
        "operation": placed.operation if placed else "",
        "geometry_type": placed.geometry_type if placed else "",
    }
    return json.dumps(said, ensure_ascii=False).encode()


def public_names(labels: Iterable[str]) -> list[str]:
    """Make a column's public name of each label: one ASCII word, unique, not a reserved one.

    >>> public_names(["Назив", "Датум изградње", "ID", "2021", "назив", "–"])
    ['naziv', 'datum_izgradnje', 'id_', 'c_2021', 'naziv_2', 'column_6']
    """
    names: list[str] = []
    for number, label in enumerate(labels, 1):
        latin = (
            to_latin(unicodedata.normalize("NFKC", label)).translate(ETH).lower().replace("đ", "dj")
        )
        word = re.sub(r"[^a-z0-9]+", "_", fold_marks(latin)).strip("_")[:NAME_LENGTH].strip("_")
        if not word:
            word = f"column_{number}"
        if word[0].isdigit():
            word = f"c_{word}"[:NAME_LENGTH].strip("_")
        names.append(_unique(f"{word}_" if word in RESERVED else word, names))
    return names


def _unique(name: str, taken: Sequence[str]) -> str:
    number, made = 1, name
    while made in taken:
        number += 1
        ending = f"_{number}"
        made = name[: NAME_LENGTH - len(ending)].strip("_") + ending
    return made
