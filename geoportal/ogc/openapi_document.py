"""The OpenAPI definition: one template path for each operation, one path of items a collection.

GDAL reads the whole document, and pushes down only the filters that the path of a collection
declares; all else is said once, by reference.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasets.model import Column
from geoportal.ogc import parameters
from geoportal.ogc.parameters import Parameter

if TYPE_CHECKING:
    from geoportal.ogc.part import Part

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"


@dataclass(frozen=True)
class Listed:
    """What the definition says of a collection."""

    id: str
    title: str
    columns: tuple[Column, ...]


@functools.lru_cache(8)
def definition(
    base_url: str,
    title: str,
    description: str,
    collections: tuple[Listed, ...],
    parts: "tuple[Part, ...]",
) -> dict[str, Any]:
    """The definition of the whole API; remembered, so nobody may write into it."""
    operations = {path: get for part in parts for path, get in part.paths.items()}
    operations |= {f"/collections/{one.id}/items": _items(one) for one in collections}
    shared = (*parameters.ITEMS, FORMAT, *IN_PATH)
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "description": description, "version": "1.0.0"},
        "servers": [{"url": base_url}],
        "paths": _paths(operations),
        "components": {
            "parameters": {p.name: described(p, p in IN_PATH) for p in shared},
            "responses": {"problem": PROBLEM},
        },
    }


FORMAT = Parameter(
    "f",
    "The format; without it the Accept header decides.",
    {"type": "string", "enum": ["json", "html"]},
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
        }
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
) -> dict[str, Any]:
    """A GET as OpenAPI has it; `names` are of parameters that the definition says once."""
    formats = ["f"] if len(media_types) > 1 else []
    content: dict[str, Any] = {media_type: {"schema": {}} for media_type in media_types}
    problem = {"$ref": "#/components/responses/problem"}
    return {
        "summary": summary,
        "operationId": name,
        "parameters": [*(_ref(name) for name in (*formats, *names)), *more],
        "responses": {
            "200": {"description": summary, "content": content},
            "default": problem,
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _items(one: Listed) -> dict[str, Any]:
    own = parameters.of_columns(one.columns)
    return operation(
        one.title,
        f"items.{one.id}",
        ("application/geo+json", "text/html"),
        [p.name for p in parameters.ITEMS],
        [described(parameter) for parameter in own],
    )
