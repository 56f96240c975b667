"""GeoJSON, one feature a line or after each record mark. Rule: RFC 8142, and newline-delimited."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from validation.reading.cells import Cells, Unreadable, empty
from validation.reading.geojson import cells_of, features_of
from validation.reading.sniff import geojson_type

RECORD = b"\x1e"


def read_sequence(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a sequence of features, bare geometries or whole collections."""
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    features = [feature for document in _documents(raw) for feature in features_of(document)]
    if not features:
        raise empty()
    return cells_of(features, arguments)


def is_sequence(head: bytes) -> bool:
    """Tell a sequence by its first bytes: a record mark, or a whole feature on the first line."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(RECORD):
        return True
    line, _, rest = head.partition(b"\n")
    try:
        return bool(rest.strip()) and isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _documents(raw: bytes) -> Iterator[Mapping[str, Any]]:
    marked = RECORD in raw
    for number, text in enumerate(raw.split(RECORD) if marked else raw.splitlines(), 1):
        if not text.strip():
            continue
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            line = raw.count(b"\n", 0, raw.find(text)) + error.lineno if marked else number
            raise _broken(line, error) from None
        geojson_type(document)
        yield document


def _broken(line: int, error: orjson.JSONDecodeError) -> Unreadable:
    return Unreadable(
        "json-error",
        f"the file is not valid JSON: line {line}, column {error.colno}: {error.msg}",
        line=str(line),
        column=str(error.colno),
        detail=error.msg,
    )
