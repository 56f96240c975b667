"""The operations of our APIs as their own OpenAPI documents describe them: those that only read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from datasets.errors import NotFound
from geoportal.ckan import openapi
from geoportal.ogc.kept import Kept
from geoportal.ogc.mount import PARTS
from geoportal.ogc.openapi_document import definition
from geoportal.portal import Portal
from geoportal.registry import View

CKAN, OGC = "ckan", "ogc"
APIS = (CKAN, OGC)
_BRACES = re.compile(r"\{(\w+)\}")

type Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of an operation; `choices` are all its values where they are few."""

    name: str
    in_path: bool
    required: bool
    about: str
    type: str
    choices: Sequence[str]
    default: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A question that an API answers: a GET of a path with fields."""

    api: str
    id: str
    group: str
    path: str
    summary: str
    fields: Sequence[Field]

    def address(self, given: Mapping[str, str]) -> str:
        """The path of a request with values of the fields; empty ones are left out.

        Raises NotFound where the path itself lacks a value.
        """
        wanted = {field.name: given.get(field.name, "").strip() for field in self.fields}
        lacking = [name for name in _BRACES.findall(self.path) if not wanted[name]]
        if lacking:
            raise NotFound(f"{self.path}: {', '.join(lacking)} must have a value")
        path = _BRACES.sub(lambda found: quote(wanted[found[1]], safe=":"), self.path)
        asked = {f.name: wanted[f.name] for f in self.fields if not f.in_path and wanted[f.name]}
        return path + (f"?{urlencode(asked, safe=',:/')}" if asked else "")


def operations(portal: Portal, language: str) -> Mapping[str, Operation]:
    """All that can be tried, by id: first the catalog's actions, then the OGC APIs."""
    view = portal.registry.view()
    return _kept.of(view, language, lambda: _operations(view, portal, language))


_kept = Kept[View, Mapping[str, Operation]]()


def operation(portal: Portal, language: str, name: str) -> Operation:
    """One of them. Raises NotFound."""
    found = operations(portal, language).get(name)
    if found is None:
        raise NotFound(f"there is no operation {name[:80]!r} to try")
    return found


def _operations(view: View, portal: Portal, language: str) -> Mapping[str, Operation]:
    ogc, _ = definition("/ogc", portal.config.site, language, view, PARTS)
    read = [
        *_read(CKAN, "", openapi.description(portal.site_url)),
        *_read(OGC, "/ogc", orjson.loads(ogc)),
    ]
    return {each.id: each for each in read}


def _read(api: str, base: str, document: Document) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        got = methods.get("get")
        if got is None or (api == OGC and _is_of_one_collection(path)):
            continue
        name = f"{api}-" + (got["operationId"] if api == CKAN else path.strip("/") or "landing")
        group = got.get("tags", [""])[0] if api == CKAN else path.strip("/").partition("/")[0]
        said = (*methods.get("parameters", ()), *got.get("parameters", ()))
        fields = [_field(document, each) for each in said]
        yield Operation(api, _plain(name), group, base + path, got.get("summary", ""), fields)


def _is_of_one_collection(path: str) -> bool:
    """Items are described for every collection alike; the page shows the template alone."""
    return path.startswith("/collections/") and "{collectionId}" not in path


def _plain(name: str) -> str:
    """An id that stands in an address as it is.

    >>> _plain("ckan-package_show.get"), _plain("ogc-collections/{collectionId}/items")
    ('ckan-package_show', 'ogc-collections-collectionId-items')
    """
    return re.sub(r"[^A-Za-z0-9_]+", "-", name.removesuffix(".get")).strip("-")


def _field(document: Document, said: Mapping[str, Any]) -> Field:
    if "$ref" in said:
        said = document["components"]["parameters"][said["$ref"].rpartition("/")[2]]
    schema = said.get("schema", {})
    items = schema.get("items", schema)
    return Field(
        name=said["name"],
        in_path=said["in"] == "path",
        required=bool(said.get("required")),
        about=said.get("description") or schema.get("description", ""),
        type=items.get("type", "string"),
        choices=[str(each) for each in items.get("enum", ())],
        default="" if schema.get("default") is None else str(schema["default"]),
    )
