"""Values as a filter writes them, in either encoding; a wrong one is a ValueError with its cure."""

import math
import re
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import orjson
import shapely

from publish.cql2.expressions import Literal
from publish.cql2.limits import MAX_VERTICES, TooMuch

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
LARGEST = 2**63 - 1
OPEN = ("..", "")


def number(text: str) -> Literal:
    """A number as it is written: whole where it can be, so that no digit is lost."""
    return counted(int(text) if re.fullmatch(r"[0-9]{1,19}", text) else float(text))


def counted(value: float) -> Literal:
    """A number that can be compared: whole in 64 bits, or finite."""
    if isinstance(value, int) and abs(value) <= LARGEST:
        return Literal("number", value)
    if not math.isfinite(value):
        raise ValueError("a number is too large; it has to be finite")
    return Literal("number", float(value))


def instant(kind: str, text: str) -> Literal:
    """A `date` or a `timestamp`, of which a time without an offset is UTC.

    >>> instant("timestamp", "2024-01-31T10:00:00+01:00").value
    '2024-01-31T09:00:00'
    """
    shape, example = SHAPES[kind]
    try:
        if not re.fullmatch(shape, text):
            raise ValueError
        return Literal(kind, READERS[kind](text))
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:60]!r} is no {kind}, such as {example}") from None


def _timestamp(text: str) -> str:
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat()


SHAPES = {
    "date": (DAY, "2024-01-31"),
    "timestamp": (rf"{DAY}[Tt ]{TIME}(?:[Zz]|[+-][0-9]{{2}}:[0-9]{{2}})?", "2024-01-31T10:00:00Z"),
}
READERS = {"date": lambda text: date.fromisoformat(text).isoformat(), "timestamp": _timestamp}


def end(text: str) -> Literal:
    """An end of an interval: a date, a timestamp, or `..` for none."""
    if text in OPEN:
        return Literal("open", None)
    return moment(text)


def moment(text: str) -> Literal:
    """A date or a timestamp, whichever it is; GDAL means midnight by `2024-01-31T`.

    >>> moment("2024-01-31").kind, moment("2024-01-31T").value
    ('date', '2024-01-31T00:00:00')
    """
    try:
        if re.fullmatch(f"{DAY}T", text):
            return instant("timestamp", f"{text}00:00:00")
        return instant("date" if re.fullmatch(DAY, text) else "timestamp", text)
    except ValueError:
        examples = " or ".join(example for _, example in SHAPES.values())
        raise ValueError(f"{text[:60]!r} is no date or timestamp, such as {examples}") from None


def wkt(text: str) -> Literal:
    """A geometry of well-known text, in the CRS of the filter."""
    try:
        with np.errstate(over="ignore"):  # a number beyond all is seen below
            return _geometry(shapely.from_wkt(text))
    except shapely.errors.GEOSException:
        raise ValueError(f"{text[:60]!r} is no geometry, such as POINT(20.9 44.0)") from None


def geojson(document: dict[str, Any]) -> Literal:
    """A GeoJSON geometry, in the CRS of the filter."""
    try:
        return _geometry(shapely.from_geojson(orjson.dumps(document)))
    except shapely.errors.GEOSException:
        said = str(document)[:60]
        raise ValueError(f"{said} is no GeoJSON geometry of numbers") from None


def _geometry(shape: shapely.Geometry) -> Literal:
    """A geometry in two dimensions, that is whole."""
    if shapely.get_num_coordinates(shape) > MAX_VERTICES:
        raise TooMuch(f"more than {MAX_VERTICES} vertices")
    flat = shapely.force_2d(shape)
    if not np.isfinite(shapely.bounds(flat)).all():  # so it is too when there is no vertex
        raise ValueError("a geometry needs vertices, and these finite numbers")
    if not shapely.is_valid(flat):
        raise ValueError(f"the geometry is not valid: {shapely.is_valid_reason(flat)}")
    return Literal("geometry", shapely.to_wkb(flat))
