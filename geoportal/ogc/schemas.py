"""What the features of a collection are made of, as JSON Schema.

Rule: OGC API Features, Part 5 / Common, Part 3: Schemas (23-058r2). Roles, units and codes come
from the layer, and from the Table Schema by which its table was judged.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pygeoapi.api
from starlette.responses import Response

from datasets.model import Column, Schema
from datasets.text import CYRILLIC, ENGLISH, Text
from geoportal.ogc import config, parameters
from geoportal.ogc.answers import SCHEMA, Answer, written
from geoportal.ogc.asked import Asked
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.part import Link, Part, Route
from geoportal.ogc.units import unit
from geoportal.registry import Shown
from geoportal.words import word

DRAFT = "https://json-schema.org/draft/2020-12/schema"
GEOMETRY = "geometry"
FORMATS = ("uri", "email", "uuid")
BOUNDS = ("minimum", "maximum")
CONSTRAINED: Mapping[str, tuple[Callable[[Any], object], tuple[str, ...]]] = {
    "integer": (int, BOUNDS),
    "number": (float, BOUNDS),
    "string": (str, ("minLength", "maxLength")),
}
"""By type how a code is read, and which of Table Schema's constraints JSON Schema has too."""

OF_LISTS = {"minLength": "minItems", "maxLength": "maxItems"}
"""What Table Schema says of a list's length, in words of JSON Schema."""

TIMES = ((), ("primary-instant",), ("primary-interval-start", "primary-interval-end"))
"""The roles of no, one or two columns of time."""
MOST_CODES = 1000
PORTABLE = re.compile(r"[^?\\]*(\\[dswDSW.\-/()\[\]{}+*?^$|][^?\\]*)*")
"""Patterns that mean the same to every reader: no groups of Python's, no escapes but the common."""


def schema(asked: Asked) -> Response:
    """What a feature of the collection looks like."""
    return _written(asked, "schema", lambda column: True)


def queryables(asked: Asked) -> Response:
    """Which properties can be asked for by name and in a filter."""
    return _written(asked, "queryables", lambda column: column.name not in parameters.RESERVED)


def sortables(asked: Asked) -> Response:
    """Which properties features can be sorted by."""
    return _written(asked, "sortables", lambda column: not column.items)


def _written(asked: Asked, name: str, belongs: Callable[[Column], bool]) -> Response:
    asked = asked.check((parameters.V,))
    shown = asked.shown(str(asked.request.path_params["collection"]))
    api = config.view(asked, (shown,))
    _, document = call(pygeoapi.api.get_collection_schema, asked, api, shown.layer.id)
    columns = [column for column in shown.layer.columns if belongs(column)]
    made = properties(shown, columns, asked.language)
    if name == "sortables":
        del made[GEOMETRY]
    document |= {
        "$schema": DRAFT,
        "$id": f"{asked.base_url}/collections/{shown.layer.id}/{name}",
        "description": shown.notes.said(asked.language) or document["title"],
        "properties": made,
        "additionalProperties": False,
    }
    if name == "schema":
        document["required"] = list(required(shown))
    values = {"shown": shown, "word": name}
    return written(asked, Answer(document, "schema", SCHEMA, values=values))


def properties(shown: Shown, columns: Iterable[Column], language: str) -> dict[str, dict[str, Any]]:
    """The geometry and the columns by name, each as JSON Schema describes it."""
    kind = shown.layer.geometry_type
    shape = {"Geometry": "any"}.get(kind, kind.lower())
    if shape.startswith("multi"):  # such a layer has features of one part too
        shape = f"{shape.removeprefix('multi')}-or-{shape}"
    found: dict[str, dict[str, Any]] = {
        GEOMETRY: {
            "title": word(language, "ogc_geometry"),
            "x-ogc-role": "primary-geometry",
            "format": f"geometry-{shape}",
        }
    }
    roles = _roles(shown)
    for column in columns:
        role = {"x-ogc-role": roles[column.name]} if column.name in roles else {}
        found[column.name] = described(column, field_of(shown.schema, column), language) | role
    for place, one in enumerate(found.values(), 1):
        one["x-ogc-propertySeq"] = place
    return found


def _roles(shown: Shown) -> dict[str, str]:
    """What the columns are to the feature: its id, its time, or from when to when it was."""
    manifest = shown.features.manifest
    found = {manifest.id_column: "id"} if manifest.id_column else {}
    times = shown.layer.times
    return found | dict(zip(times, TIMES[len(times)], strict=True))


def field_of(schema: Schema, column: Column) -> Mapping[str, Any]:
    """The field of a Table Schema that a column was made of; empty where there is none."""
    for field in schema.get("fields", ()):
        if column.title in (field.get("title"), field.get("name")):
            found: Mapping[str, Any] = field
            return found
    return {}


def required(shown: Shown) -> Iterable[str]:
    """The columns in which every feature has a value."""
    for column in shown.layer.columns:
        if field_of(shown.schema, column).get("constraints", {}).get("required"):
            yield column.name


def described(column: Column, field: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A column as JSON Schema; its constraints only where they are of the type it came to be."""
    titles = field.get("titles", {})
    said = {ours: titles[its] for ours, its in ((CYRILLIC, "sr"), (ENGLISH, "en")) if its in titles}
    found = {"title": Text(column.title, said).said(language), **parameters.json_type(column)}
    if text := field.get("description"):
        found["description"] = Text(str(text)).said(language)
    if column.type in ("integer", "number") and (symbol := unit(column.title)):
        found["x-ogc-unit"] = symbol
    if column.items:
        limits = field.get("constraints", {})
        return found | {ours: limits[its] for its, ours in OF_LISTS.items() if its in limits}
    if field.get("type") != column.type:
        return found
    if column.type == "string" and field.get("format") in FORMATS:
        found["format"] = field["format"]
    return found | _constraints(column, field.get("constraints", {}))


def _constraints(column: Column, said: Mapping[str, Any]) -> dict[str, Any]:
    if column.type not in CONSTRAINED:
        return {}
    read, names = CONSTRAINED[column.type]
    found: dict[str, Any] = {name: said[name] for name in names if name in said}
    if 0 < len(codes := said.get("enum", ())) <= MOST_CODES:
        found["enum"] = [read(code) for code in codes]
    pattern = said.get("pattern")
    if column.type == "string" and pattern and PORTABLE.fullmatch(pattern):
        found["pattern"] = f"^(?:{pattern})$"
    return found


def links(asked: Asked, shown: Shown) -> list[Link]:
    """The link to what a collection can be sorted by; pygeoapi gives those to the other two."""
    href = f"{asked.base_url}/collections/{shown.layer.id}/sortables"
    title = word(asked.language, "ogc_sortables")
    return [{"rel": f"{config.REL}/sortables", "type": SCHEMA, "title": title, "href": href}]


COLLECTION, TEMPLATE = "/collections/{collection}", "/collections/{collectionId}"
SCHEMAS = "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf"
FEATURES = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
TYPES = (SCHEMA, "text/html")
PART = Part(
    routes=(
        Route(f"{COLLECTION}/schema", schema),
        Route(f"{COLLECTION}/queryables", queryables),
        Route(f"{COLLECTION}/sortables", sortables),
    ),
    classes=(
        f"{SCHEMAS}/schemas",
        f"{SCHEMAS}/advanced-property-roles",
        f"{SCHEMAS}/returnables-and-receivables",
        f"{SCHEMAS}/queryables",
        f"{SCHEMAS}/sortables",
        f"{FEATURES}/queryables",
        f"{FEATURES}/queryables-query-parameters",
    ),
    paths={
        f"{TEMPLATE}/schema": operation("Shape of a feature", "schema", TYPES, ["v"]),
        f"{TEMPLATE}/queryables": operation("What can be asked for", "queryables", TYPES, ["v"]),
        f"{TEMPLATE}/sortables": operation("What can be sorted by", "sortables", TYPES, ["v"]),
    },
    collection=links,
)
