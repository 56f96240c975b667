"""The OpenAPI definition: one template path for each operation, one path of items a collection.

GDAL reads the whole document, and pushes down only the filters that the path of a collection
declares; all else is said once, by reference.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from datasets.config import Site
from datasets.text import ENGLISH
from geoportal.ogc import parameters
from geoportal.ogc.answers import tagged
from geoportal.ogc.kept import Kept
from geoportal.ogc.parameters import Parameter
from geoportal.registry import Shown, View
from publish.formats import formats

if TYPE_CHECKING:
    from geoportal.ogc.part import Part

    type Parts = tuple[Part, ...]

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"


_items_of = Kept[Shown, bytes]()


def definition(
    base_url: str, site: Site, language: str, view: View, parts: "Parts"
) -> tuple[bytes, str]:
    """The definition of the whole API as JSON, and its validator; made once for every view."""
    return _written.of(
        view,
        (base_url, language),
        lambda: tagged(_definition(base_url, site, language, view, parts)),
    )


_written = Kept[View, tuple[bytes, str]]()


def _definition(base_url: str, site: Site, language: str, view: View, parts: "Parts") -> bytes:
    title = site.title_en if language == ENGLISH and site.title_en else site.title
    paths = _paths({path: get for part in parts for path, get in part.paths.items()})
    paths |= {
        f"/collections/{name}/items": orjson.Fragment(_items(shown, language))
        for name, shown in view.collections.items()
    }
    shared = (*parameters.ITEMS, FORMAT, *IN_PATH)
    return orjson.dumps(
        {
            "openapi": "3.0.3",
            "info": {
                "title": title,
                "description": site.description or title,
                "version": "1.0.0",
            },
            "servers": [{"url": base_url}],
            "paths": paths,
            "components": {
                "parameters": {p.name: described(p, p in IN_PATH) for p in shared}
                | {ITEMS_FORMAT: described(OF_ITEMS)},
                "responses": {"problem": PROBLEM, "items": FEATURES},
            },
        }
    )


FORMAT = Parameter(
    "f",
    "The format; without it the Accept header decides.",
    {"type": "string", "enum": ["json", "html"]},
    str,
)
ITEMS_FORMAT = "f-items"
OF_ITEMS = Parameter(
    "f",
    "A page of features as json, jsonld or html, or all that match as a file of another format.",
    {"type": "string", "enum": ["json", "jsonld", "html", *formats()]},
    str,
)
IN_PATH = tuple(
    Parameter(name, text, {"type": kind}, str)
    for name, text, kind in (
        ("collectionId", "The id of a collection.", "string"),
        ("featureId", "The id of a feature.", "string"),
        ("tileMatrixSetId", "The id of a tile matrix set: WebMercatorQuad.", "string"),
        ("tileMatrix", "The zoom.", "integer"),
        ("tileRow", "The row, counted from the north.", "integer"),
        ("tileCol", "The column, counted from the west.", "integer"),
        ("processId", "The id of a process.", "string"),
        ("jobId", "The id of a job.", "string"),
        ("recordId", "The id of a record, or the name of a dataset.", "string"),
        ("styleId", "The id of a style.", "string"),
        ("locationId", "The id of a place of a series, as `locations` lists them.", "string"),
    )
)
PROBLEM = {
    "description": "What is wrong, and what is allowed (RFC 9457).",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["code"],
                "properties": {
                    **{
                        name: {"type": "string"}
                        for name in ("type", "title", "detail", "code", "description")
                    },
                    "status": {"type": "integer"},
                },
            }
        },
        "text/html": {"schema": {}},
    },
}


PAGE_TYPES = ("application/geo+json", "application/ld+json", "text/html")
FEATURES = {
    "description": "A page of features, or all that match as a file.",
    "content": {
        media_type: {"schema": {}}
        for media_type in (
            *PAGE_TYPES,
            *(each.media_type.partition(";")[0] for each in formats().values()),
        )
    },
}


def described(parameter: Parameter, in_path: bool = False) -> dict[str, Any]:
    """A parameter as OpenAPI has it."""
    return {
        "name": parameter.name,
        "in": "path" if in_path else "query",
        "description": parameter.description,
        "required": in_path,
        "schema": dict(parameter.schema),
        "style": "simple" if in_path else "form",
        "explode": False,
    }


def _paths(operations: Mapping[str, Any]) -> dict[str, Any]:
    """Operations by path and method; a key without a method before its path is a GET."""
    found: dict[str, Any] = {}
    for key, one in operations.items():
        method, _, path = key.rpartition(" ")
        if path not in found:
            names = [p.name for p in IN_PATH if f"{{{p.name}}}" in path]
            found[path] = {"parameters": [_ref(name) for name in names]} if names else {}
        found[path][method.lower() or "get"] = one
    return found


DOCUMENT = ("application/json", "text/html")
SCHEMAS = ("application/schema+json", "text/html")


def operation(
    summary: str,
    name: str,
    media_types: Sequence[str] = DOCUMENT,
    names: Sequence[str] = (),
    more: Sequence[dict[str, Any]] = (),
    form: str = "f",
) -> dict[str, Any]:
    """A GET as OpenAPI has it; `names` and `form` are of parameters that it says once."""
    first = [form] if len(media_types) > 1 else []
    content: dict[str, Any] = {media_type: {"schema": {}} for media_type in media_types}
    problem = {"$ref": "#/components/responses/problem"}
    return {
        "summary": summary,
        "operationId": name,
        "parameters": [*(_ref(name) for name in (*first, *names)), *more],
        "responses": {
            "200": {"description": summary, "content": content},
            "default": problem,
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _items(shown: Shown, language: str) -> bytes:
    def made() -> bytes:
        own = parameters.of_columns(shown.layer.columns)
        get = operation(
            shown.title.said(language) or shown.layer.id,
            f"items.{shown.layer.id}",
            PAGE_TYPES,
            [p.name for p in parameters.ITEMS],
            [described(parameter) for parameter in own],
            ITEMS_FORMAT,
        )
        get["responses"]["200"] = {"$ref": "#/components/responses/items"}
        return orjson.dumps({"get": get})

    return _items_of.of(shown, language, made)
