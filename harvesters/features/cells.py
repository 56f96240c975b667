"""Values of a database as they stand in a file: exact, and the same on every machine."""

import datetime
import json
import math
from decimal import Decimal
from typing import Any

import shapely
from shapely.errors import ShapelyError

_ENDLESS = {math.inf: "INF", -math.inf: "-INF"}


def cell(value: Any) -> str | int | float | Decimal | None:
    r"""Give a value for CSV: numbers with all their digits, moments by ISO 8601, None for NULL.

    A moment with a time zone is given in UTC; bytes are hexadecimal, as PostgreSQL writes them.

    >>> from datetime import datetime, UTC
    >>> [str(cell(v)) for v in (Decimal("1.50"), Decimal("0E-10"), True, b"a")]
    ['1.50', '0.0000000000', 'true', '\\x61']
    >>> cell(datetime(2026, 3, 1, 12, 30, tzinfo=UTC)), cell(datetime(2026, 3, 1))
    ('2026-03-01T12:30:00Z', '2026-03-01T00:00:00')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return _ENDLESS.get(value, "NaN")
    if isinstance(value, int | float):
        return value
    if isinstance(value, Decimal):
        return value if "E" not in str(value) else format(value, "f")
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, dict | list | tuple):
        said = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_inside)
        return said.encode(errors="replace").decode()
    return str(value)


def _inside(value: Any) -> Any:
    """A value within an array or a document."""
    said = cell(value)
    return str(said) if isinstance(said, Decimal) else said


def member(value: Any) -> str | int | float | bool | None:
    """Give a value for a feature's properties; a number that JSON would round is text.

    >>> member(Decimal("12.50")), member(Decimal("7")), member(Decimal("0.1234567890123456789"))
    (12.5, 7, '0.1234567890123456789')
    """
    if isinstance(value, bool):
        return value
    said = cell(value)
    if not isinstance(said, Decimal):
        return said
    if said == said.to_integral_value():
        return int(said)
    near = float(said)
    return near if Decimal(repr(near)) == said else str(said)


def geometry(value: Any) -> tuple[bytes, int]:
    """Give a geometry as GeoJSON and its SRID, 0 if it says none; `null` where there is none.

    Takes WKT, WKB and PostGIS' forms of both, text or bytes. Raises ValueError for anything else.

    >>> geometry("SRID=3857;POINT(1 2)")
    (b'{"type":"Point","coordinates":[1.0,2.0]}', 3857)
    """
    if value is None or value in ("", b""):
        return b"null", 0
    try:
        shape = _shape(value)
    except (ShapelyError, TypeError, UnicodeError) as error:
        raise ValueError(str(error).partition("\n")[0][:200]) from None
    srid = int(shapely.get_srid(shape))
    return (b"null" if shapely.is_empty(shape) else shapely.to_geojson(shape).encode()), srid


def _shape(value: Any) -> shapely.Geometry:
    if isinstance(value, bytes | bytearray | memoryview):
        return shapely.from_wkb(bytes(value))
    text = str(value).strip()
    if text[:2] in ("00", "01"):
        return shapely.from_wkb(text)
    said, semicolon, rest = text.partition(";")
    if not semicolon:
        return shapely.from_wkt(text)
    srid = said.strip().upper().removeprefix("SRID=")
    return shapely.set_srid(shapely.from_wkt(rest), int(srid) if srid.isdecimal() else 0)
