"""The query parameters of the OGC API: one declaration reads the value and describes it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from datasets.model import BBox, Column
from geoportal.ogc.intervals import interval
from geoportal.ogc.problems import Problem, bad
from publish.cql2.limits import MAX_BYTES
from publish.cql2.reading import LANGUAGES, TEXT
from publish.layers import crs
from publish.layers.manifest import Manifest
from publish.layers.query import NUMBER, convert

DEFAULT_ITEMS, HTML_ITEMS, MAX_ITEMS = 100, 50, 5000
MAX_OFFSET = 2**53 - 1  # the largest whole number that every JSON reader keeps


@dataclass(frozen=True)
class Parameter:
    """A query parameter: `read` gives its value or raises Problem; `schema` is for OpenAPI.

    `write` writes a value in the one way in which links have it, None as it was given; one that is
    `default` need not be said.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], object]
    write: Callable[[Any], str] | None = None
    default: object = None


def whole(name: str, least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers from `least`; a larger one than `most` is refused."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", value) or not least <= int(value) <= most:
            raise bad(name, value, f"a whole number from {least} to {most}")
        return int(value)

    return read


def up_to(most: int) -> Callable[[str], int]:
    """A reader of `limit`; above `most` it is `most`, as OGC API Features Part 1 wants."""

    def read(value: str) -> int:
        if not re.fullmatch(r"\+?[0-9]{1,300}", value) or int(value) < 1:
            raise bad("limit", value, "a whole number from 1")
        return min(int(value), most)

    return read


def bbox(value: str) -> BBox:
    """Four finite numbers, or six of which the heights are not looked at.

    Which corner is which only `lonlat` can tell: it depends on `bbox-crs`.

    >>> bbox("19,42,0,23,46,900")
    (19.0, 42.0, 23.0, 46.0)
    """
    parts = value.split(",")
    numbers = [float(part) for part in parts[:7] if re.fullmatch(NUMBER, part)]
    if len(numbers) != len(parts) or len(numbers) not in (4, 6) or not all(map(isfinite, numbers)):
        raise bad("bbox", value, BOX)
    half = len(numbers) // 2
    return numbers[0], numbers[1], numbers[half], numbers[half + 1]


def corners(box: BBox) -> str:
    """A box as links have it.

    >>> corners(bbox("20.0,44.10,0,-0.0,45,9"))
    '20,44.1,0,45'
    """
    return ",".join(repr(number + 0.0).removesuffix(".0") for number in box)


BOX = "4 or 6 finite numbers: the lower corner and the upper one, in the axis order of its CRS"


def lonlat(values: Mapping[str, object]) -> BBox | None:
    """The box asked for in degrees, out of `bbox` and `bbox-crs`; None where none is."""
    box: Any = values.get("bbox")
    if box is None:
        if "bbox-crs" in values:
            raise Problem(400, "bbox-crs: there is no bbox; give both or neither")
        return None
    try:
        return crs.bbox_lonlat(box, str(values.get("bbox-crs", crs.CRS84)))
    except ValueError as error:
        given = ",".join(f"{number:g}" for number in box)
        raise Problem(400, f"bbox: {given!r} is not {BOX}; {error}") from None


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


def json_type(column: Column) -> dict[str, Any]:
    """The JSON Schema of a column's values: a fresh dict, since pygeoapi writes into it."""
    one = item_type(column)
    return {"type": "array", "items": one} if column.items else one


def item_type(column: Column) -> dict[str, str]:
    """The JSON Schema of one value, of a list that of an item: what can be asked for by name."""
    return dict(JSON_TYPES.get(column.items or column.type, {"type": "string"}))


def sortable(columns: Iterable[Column]) -> list[Column]:
    """The columns by which features can be sorted: a list has no order among lists."""
    return [column for column in columns if not column.items]


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
    str,
)
LIMIT = Parameter(
    "limit",
    "The most features in one answer; `next` leads on.",
    {"type": "integer", "minimum": 1, "maximum": MAX_ITEMS, "default": DEFAULT_ITEMS},
    up_to(MAX_ITEMS),
    str,
)
OFFSET = Parameter(
    "offset",
    "How many features to pass over; better follow `next`.",
    {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
    whole("offset", 0, MAX_OFFSET),
    str,
    0,
)
AFTER = Parameter(
    "after",
    "As a link `next` has it: the features after that one. Goes without offset and sortby.",
    {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET},
    whole("after", 0, MAX_OFFSET),
    str,
)
BBOX = Parameter(
    "bbox",
    "Only features that touch this box, and those without a place: minx,miny,maxx,maxy.",
    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    bbox,
    corners,
)
BBOX_CRS = Parameter(
    "bbox-crs",
    "The CRS in which bbox is given: one of `crs` of the collection.",
    {"type": "string", "format": "uri", "default": crs.CRS84},
    str,
    default=crs.CRS84,
)
CRS = Parameter(
    "crs",
    "The CRS of the coordinates in the answer: one of `crs` of the collection.",
    {"type": "string", "format": "uri", "default": crs.CRS84},
    str,
    default=crs.CRS84,
)
DATETIME = Parameter(
    "datetime",
    "A time or an interval of times; features without a time always match.",
    {"type": "string"},
    interval,
)
FILTER = Parameter(
    "filter",
    "Only features of which this holds: CQL2 over the queryables, as text or as JSON.",
    {"type": "string", "maxLength": MAX_BYTES},
    str,
)
FILTER_LANG = Parameter(
    "filter-lang",
    "The language of `filter`; cql-text is what GDAL calls CQL2 text.",
    {"type": "string", "enum": list(LANGUAGES), "default": TEXT},
    one_of("filter-lang", LANGUAGES),
    default=TEXT,
)
FILTER_CRS = Parameter(
    "filter-crs",
    "The CRS of the geometries in `filter`: one of `crs` of the collection.",
    {"type": "string", "format": "uri", "default": crs.CRS84},
    str,
    default=crs.CRS84,
)
ITEMS = (V, LIMIT, OFFSET, AFTER, BBOX, BBOX_CRS, CRS, DATETIME, FILTER, FILTER_LANG, FILTER_CRS)
SORT_BY = "sortby"
RESERVED = frozenset({"f", SORT_BY, *(parameter.name for parameter in ITEMS)})
"""Names that mean something to the API: a column of such a name cannot be asked for by it."""


def queryable(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns that can be asked for by name."""
    return tuple(column for column in columns if column.name not in RESERVED)


def of_items(layer: Manifest) -> tuple[Parameter, ...]:
    """All parameters of `items` for a layer; a value of a column is read as the column's type."""
    shared = (of_layer(parameter, layer) for parameter in ITEMS)

    def reader(column: Column) -> Callable[[str], object]:
        def read(value: str) -> object:
            try:
                return convert(layer, column.name, value)
            except ValueError as error:
                raise Problem(400, str(error)) from None

        return read

    return (*shared, *of_columns(layer.columns, reader))


def of_layer(parameter: Parameter, layer: Manifest) -> Parameter:
    """A parameter as a layer reads it: of the CRS only those in which the layer is offered."""
    if parameter not in (CRS, BBOX_CRS, FILTER_CRS):
        return parameter
    return replace(parameter, read=one_of(parameter.name, crs.offered(layer)))


def of_columns(
    columns: tuple[Column, ...], reader: Callable[[Column], Callable[[str], object]] = lambda _: str
) -> tuple[Parameter, ...]:
    """The parameters that a layer has for its columns: `sortby`, and each by its name."""
    if not columns:
        return ()
    ordered = sortable(columns)
    sortby = Parameter(
        SORT_BY,
        "Columns to sort by, the first foremost; - before a name turns its order round.",
        {"type": "array", "items": {"type": "string", "enum": [c.name for c in ordered]}},
        sort_keys(ordered),
        ",".join,
    )
    filters = (
        Parameter(column.name, column.title, item_type(column), reader(column), _writer(column))
        for column in queryable(columns)
    )
    return (sortby, *filters)


def _writer(column: Column) -> Callable[[Any], str]:
    """How links have a value of a column."""
    return TRUTH.__getitem__ if "boolean" in (column.items, column.type) else str


TRUTH = ("false", "true")


def canonical(
    query: Iterable[tuple[str, str]], values: Mapping[str, object], known: Iterable[Parameter]
) -> tuple[tuple[str, str], ...]:
    """A query in the one way to ask its question: in the order of `known`, without defaults.

    >>> canonical([("offset", "0"), ("limit", "+7")], {"offset": 0, "limit": 7}, [LIMIT, OFFSET])
    (('limit', '7'),)
    """
    given = dict(query)
    return tuple(
        (each.name, each.write(values[each.name]) if each.write else given[each.name])
        for each in known
        if each.name in given and values[each.name] != each.default
    )


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
