"""JSON that is a table: an array of objects or arrays, one inside of an object, or lines.

Objects in objects become columns with dots in their names, arrays in cells are lists where their
items are of one kind, else JSON. A JSON text is never taken for a number: 00123 and 123 are texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from datasets.model import Finding
from validation.reading.canonical import json_type, written
from validation.reading.cells import Cells, Unreadable, check_width, row_numbers, text_column
from validation.reading.choice import Held, chosen
from validation.reading.geojson import parsed
from validation.reading.sniff import GEOJSON_TYPES, HEAD_BYTES

DEPTH = 8
"""So deep are objects taken apart, and an array looked for; deeper ones stay JSON."""
MOST_CELLS = 50_000_000
SHOWN = 200
LAYERS = (*GEOJSON_TYPES, "Topology")

type Record = Mapping[str, Any]


def read_json(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read JSON: GeoJSON and TopoJSON as what they say they are, all else as a table."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if _is_lines(head):
        return read_json_lines(path, arguments)
    document, encoding = parsed(path.read_bytes())
    if isinstance(document, dict) and document.get("type") in LAYERS:
        from validation.reading.spatial import read_json_layer  # noqa: PLC0415 - loads GEOS

        return read_json_layer(path, arguments)
    rows, findings = _rows(document, arguments)
    return _cells(rows, encoding, findings)


def read_json_lines(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read one object or array a line; lines of GeoJSON are features."""
    rows: list[Any] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip(b" \t\r\n\x1e\xef\xbb\xbf"):
                rows.append(_parsed(line, number))
    if rows and isinstance(rows[0], dict) and rows[0].get("type") in LAYERS:
        from validation.reading.spatial import read_json_layer  # noqa: PLC0415 - loads GEOS

        return read_json_layer(path, arguments)
    return _cells(rows, "utf-8", [])


def _is_lines(head: bytes) -> bool:
    """Tell whether the first line is a whole value, and more follow."""
    line, _, rest = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    try:
        return rest.lstrip().startswith((b"{", b"[")) and isinstance(
            orjson.loads(line), dict | list
        )
    except orjson.JSONDecodeError:
        return False


def _parsed(line: bytes, number: int) -> Any:
    try:
        return orjson.loads(line.strip(b"\x1e\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Unreadable(
            "json-error",
            f"the file is not valid JSON: line {number}, column {error.colno}: {error.msg}",
            line=str(number),
            column=str(error.colno),
            detail=error.msg,
        ) from None


def _rows(document: Any, arguments: Mapping[str, Any]) -> tuple[Sequence[Any], list[Finding]]:
    """Find the array that is the table; of several a person chooses."""
    if isinstance(document, list):
        return document, []
    found = dict(_arrays(document, "", DEPTH)) if isinstance(document, dict) else {}
    if not found:
        return ([document] if isinstance(document, dict) and document else []), []
    held = [Held(name, len(rows), _labels_of(rows)) for name, rows in found.items()]
    name, findings = chosen(held, arguments)
    return found[name], findings


def _arrays(document: Record, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Yield the arrays of objects or arrays in an object, by their names with dots."""
    for key, value in document.items():
        name = f"{path}{key}"
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            yield name, value
        elif isinstance(value, dict) and depth:
            yield from _arrays(value, f"{name}.", depth - 1)


def _labels_of(rows: Sequence[Any]) -> tuple[str, ...]:
    return tuple(rows[0]) if isinstance(rows[0], dict) else ()


def _cells(rows: Sequence[Any], encoding: str, findings: Sequence[Finding]) -> Cells:
    if not rows:
        raise Unreadable("empty-file", "the JSON holds no rows; send it again")
    records, first, nested = _records(rows)
    labels = list(dict.fromkeys(label for record in records for label in record))
    check_width(len(labels))
    if len(labels) * len(records) > MOST_CELLS:
        raise Unreadable("file-too-large", "the rows have so many different columns")
    notes = [_flattened(nested)] if nested else []
    kinds = (json_type(record.get(label) for record in records) for label in labels)
    return Cells(
        labels=tuple(labels),
        columns=[text_column([_cell(record, label) for record in records]) for label in labels],
        rows=row_numbers(range(first, first + len(records))),
        encoding=encoding,
        types={i: kind for i, kind in enumerate(kinds) if kind},
        findings=(*findings, *notes),
    )


def _records(rows: Sequence[Any]) -> tuple[list[dict[str, Any]], int, str]:
    """Make records of the rows; give the number of the first, and a name that was taken apart."""
    kind = type(rows[0])
    other = next((n for n, row in enumerate(rows, 1) if type(row) is not kind), 0)
    if other:
        raise _mixed(other)
    if kind is dict:
        flat = [dict(_flat(row, "", DEPTH)) for row in rows]
        return (
            flat,
            1,
            next((k for r, f in zip(rows, flat, strict=True) for k in f if k not in r), ""),
        )
    if kind is not list:
        return [{"value": row} for row in rows], 1, ""
    labels = _header(rows)
    width = max(map(len, rows))
    check_width(width)
    names = [*labels, *(f"field{i}" for i in range(len(labels) + 1, width + 1))]
    data = rows[1:] if labels else rows
    return [dict(zip(names, row, strict=False)) for row in data], 2 if labels else 1, ""


def _header(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Give the first of the arrays if it names the columns: distinct texts, over other values."""
    first = rows[0]
    named = all(isinstance(cell, str) and cell for cell in first) and len(set(first)) == len(first)
    return list(first) if named and len(rows) > 1 else []


def _flat(record: Record, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict) and value and depth:
            yield from _flat(value, f"{path}{key}.", depth - 1)
        else:
            yield f"{path}{key}", value


def _cell(record: Record, label: str) -> str:
    return written(record[label]) if label in record else ""


def _flattened(name: str) -> Finding:
    return Finding(
        "json-flattened",
        "note",
        field=name[:SHOWN],
        note=f"objects inside of rows became columns with a dot in their names, such as {name!r}",
        values={"example": name[:SHOWN]},
    )


def _mixed(row: int) -> Unreadable:
    return Unreadable(
        "json-mixed",
        f"row {row} of the JSON array is not of the kind of the first; all must be objects, or "
        "all arrays",
        row=str(row),
    )
