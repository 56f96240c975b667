"""The query parameters of the OGC API: one declaration reads the value and describes it."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datasets.model import BBox, Column
from geoportal.ogc.problems import Problem, bad
from publish.layers.manifest import Manifest
from publish.layers.query import convert

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS_LIST = (CRS84, *(f"http://www.opengis.net/def/crs/EPSG/0/{n}" for n in (4326, 3857, 32634)))
DEFAULT_ITEMS, MAX_ITEMS = 100, 5000
MAX_OFFSET = 2**53 - 1  # the largest whole number that every JSON reader keeps


@dataclass(frozen=True)
class Parameter:
    """A query parameter: `read` gives its value or raises Problem; `schema` is for OpenAPI."""

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], object]


def whole(name: str, least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers from `least`; a larger one than `most` is refused."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", value) or not least <= int(value) <= most:
            raise bad(name, value, f"a whole number from {least} to {most}")
        return int(value)

    return read


def limit(value: str) -> int:
    """How many features; above MAX_ITEMS it is MAX_ITEMS, as OGC API Features Part 1 wants."""
    if not re.fullmatch(r"\+?[0-9]{1,300}", value) or int(value) < 1:
        raise bad("limit", value, "a whole number from 1")
    return min(int(value), MAX_ITEMS)


def bbox(value: str) -> BBox:
    """Four numbers, or six of which the heights are not looked at: minx, miny, maxx, maxy.

    >>> bbox("19,42,0,23,46,900")
    (19.0, 42.0, 23.0, 46.0)
    """
    parts = value.split(",")
    wanted = "4 or 6 finite numbers minx,miny,maxx,maxy with miny no greater than maxy"
    try:
        numbers = [float(part) for part in parts[:7]]
    except ValueError:
        raise bad("bbox", value, wanted) from None
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise bad("bbox", value, wanted)
    half = len(numbers) // 2
    if numbers[1] > numbers[half + 1]:
        raise bad("bbox", value, wanted)
    return numbers[0], numbers[1], numbers[half], numbers[half + 1]


def moment(value: str) -> datetime:
    """A date, or a date and time with its offset (RFC 3339); ValueError for anything else."""
    shape = r"\d{4}-\d\d-\d\d([Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))?"
    if not re.fullmatch(shape, value):
        raise ValueError(value)
    read = datetime.fromisoformat(value.upper())
    return read if read.tzinfo else datetime.fromisoformat(f"{value}T00:00:00+00:00")


def interval(value: str) -> tuple[datetime | None, datetime | None]:
    """A moment or `begin/end`, where either may be `..` or empty for open.

    >>> interval("2024-01-01/..")[1] is None
    True
    """
    parts = value.split("/")
    try:
        ends = [None if len(parts) == 2 and p in ("", "..") else moment(p) for p in parts]
    except ValueError:
        ends = []
    begin, end = (ends * 2)[:2] if len(ends) in (1, 2) else (None, None)
    if not ends or len(ends) > 2 or (begin and end and begin > end):
        raise bad("datetime", value, "a date, an RFC 3339 time or an interval begin/end of them")
    return begin, end


def one_of(name: str, allowed: Iterable[str]) -> Callable[[str], str]:
    """A reader of one of a few words."""
    words = tuple(allowed)

    def read(value: str) -> str:
        if value not in words:
            raise bad(name, value, f"one of {', '.join(words)}")
        return value

    return read


JSON_TYPES: Mapping[str, Mapping[str, str]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
}


def json_type(column: Column) -> dict[str, str]:
    """The JSON Schema of a column's values: a fresh dict, since pygeoapi writes into it."""
    return dict(JSON_TYPES.get(column.type, {"type": "string"}))


def sort_keys(columns: Iterable[Column]) -> Callable[[str], tuple[str, ...]]:
    """A reader of `sortby`: column names, - before one for descending order."""
    names = {column.name for column in columns}

    def read(value: str) -> tuple[str, ...]:
        # a + before a name arrives as a space when it was not quoted
        keys = tuple(key.strip().removeprefix("+") for key in value.split(","))
        if len(keys) > 5 or not {key.removeprefix("-") for key in keys} <= names:
            raise bad("sortby", value, f"at most 5 of {', '.join(sorted(names))}")
        return keys

    return read


V = Parameter(
    "v",
    "The version of the dataset, as a link of an earlier answer gave it; without it, the present.",
    {"type": "integer", "minimum": 1},
    whole("v", 1, MAX_OFFSET),
)
LIMIT = Parameter(
    "limit",
    "The most features in one answer; `next` leads on.",
    {"type": "integer", "minimum": 1, "maximum": MAX_ITEMS, "default": DEFAULT_ITEMS},
    limit,
)
OFFSET = Parameter(
    "offset",
    "How many features to pass over; better follow `next`.",
    {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
    whole("offset", 0, MAX_OFFSET),
)
BBOX = Parameter(
    "bbox",
    "Only features that touch this box, and those without a place: minx,miny,maxx,maxy.",
    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    bbox,
)
BBOX_CRS = Parameter(
    "bbox-crs",
    "The CRS in which bbox is given.",
    {"type": "string", "format": "uri", "enum": list(CRS_LIST), "default": CRS84},
    one_of("bbox-crs", CRS_LIST),
)
CRS = Parameter(
    "crs",
    "The CRS of the coordinates in the answer.",
    {"type": "string", "format": "uri", "enum": list(CRS_LIST), "default": CRS84},
    one_of("crs", CRS_LIST),
)
DATETIME = Parameter(
    "datetime",
    "A time or an interval of times; features without a time, as all here, always match.",
    {"type": "string"},
    interval,
)
ITEMS = (V, LIMIT, OFFSET, BBOX, BBOX_CRS, CRS, DATETIME)
SORT_BY = "sortby"
RESERVED = frozenset({"f", SORT_BY, *(parameter.name for parameter in ITEMS)})
"""Names that mean something to the API: a column of such a name cannot be asked for by it."""


def queryable(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns that can be asked for by name."""
    return tuple(column for column in columns if column.name not in RESERVED)


def of_items(layer: Manifest) -> tuple[Parameter, ...]:
    """All parameters of `items` for a layer; a value of a column is read as the column's type."""

    def reader(column: Column) -> Callable[[str], object]:
        def read(value: str) -> object:
            try:
                return convert(layer, column.name, value)
            except ValueError as error:
                raise Problem(400, str(error)) from None

        return read

    return (*ITEMS, *of_columns(layer.columns, reader))


def of_columns(
    columns: tuple[Column, ...], reader: Callable[[Column], Callable[[str], object]] = lambda _: str
) -> tuple[Parameter, ...]:
    """The parameters that a layer has for its columns: `sortby`, and each by its name."""
    if not columns:
        return ()
    sortby = Parameter(
        SORT_BY,
        "Columns to sort by, the first foremost; - before a name turns its order round.",
        {"type": "array", "items": {"type": "string", "enum": [c.name for c in columns]}},
        sort_keys(columns),
    )
    filters = (
        Parameter(column.name, column.title, json_type(column), reader(column))
        for column in queryable(columns)
    )
    return (sortby, *filters)


def check(query: Iterable[tuple[str, str]], known: Iterable[Parameter]) -> dict[str, object]:
    """Read every parameter of a query; raises Problem for one unknown, repeated or wrong."""
    readers = {parameter.name: parameter.read for parameter in known}
    values: dict[str, object] = {}
    for name, value in query:
        if name not in readers:
            there = ", ".join(["f", *readers])
            raise Problem(400, f"{name[:80]!r} is no parameter here; there are {there}")
        if name in values:
            raise Problem(400, f"{name}: given twice; give it once")
        values[name] = readers[name](value)
    return values
