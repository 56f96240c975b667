"""Files that we make of many answers: features as GeoJSON, rows as CSV; same in, same bytes."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harvesters.features.geojson import written
from harvesters.features.paging import Bounded

type AddFeature = Callable[[bytes, Mapping[str, Any]], None]
"""Takes a geometry as GeoJSON, `null` where there is none, and the properties."""
type AddRow = Callable[[Sequence[Any]], None]


@contextmanager
def feature_file(path: Path, address: str, max_bytes: int, crs: str = "") -> Iterator[AddFeature]:
    """Write features one by one; yields what adds one.

    `address` is where they come from; `crs` an EPSG code where coordinates are not longitude and
    latitude. Raises HarvestError `too-large` beyond so many bytes.
    """
    with path.open("wb") as file:
        out = Bounded(file, address, max_bytes)
        member = _crs(crs) if crs else b""
        out.write(b'{"type":"FeatureCollection",' + member + b'"features":[')
        before = b"\n"

        def add(geometry: bytes, properties: Mapping[str, Any]) -> None:
            nonlocal before
            head = before + b'{"type":"Feature","properties":' + written(properties)
            out.write(head + b',"geometry":' + geometry + b"}")
            before = b",\n"

        yield add
        out.write(b"\n]}\n")


def _crs(code: str) -> bytes:
    """The member of GeoJSON 2008: the only way to say it, and read by all that meet such files."""
    name = f"urn:ogc:def:crs:{code.replace(':', '::', 1)}"
    return b'"crs":' + written({"type": "name", "properties": {"name": name}}) + b","


@contextmanager
def table_file(
    path: Path, address: str, max_bytes: int, columns: Sequence[str]
) -> Iterator[AddRow]:
    """Write rows of CSV (UTF-8, comma, LF); yields what adds one.

    Text is quoted and numbers are not; None is nothing at all, and an empty text is two quotes.
    Raises HarvestError `too-large` beyond so many bytes.
    """
    with path.open("wb") as file:
        out = Bounded(file, address, max_bytes)
        line = io.StringIO()
        writer = csv.writer(line, quoting=csv.QUOTE_STRINGS, lineterminator="\n")

        def add(row: Sequence[Any]) -> None:
            writer.writerow(row)
            out.write(line.getvalue().encode())
            line.seek(0)
            line.truncate()

        add(columns)
        yield add
