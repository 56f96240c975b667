"""OGC API Records: the catalog as one collection of records.

pygeoapi's handlers answer, over our `RecordProvider`.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pygeoapi.api
from pygeoapi.api import itemtypes
from starlette.requests import Request
from starlette.responses import Response

from datasets.text import ENGLISH, LANGUAGES, Text
from geoportal.ogc import answers, config, filters, parameters
from geoportal.ogc.answers import GEOJSON, SCHEMA, Answer, mended, written
from geoportal.ogc.asked import Asked
from geoportal.ogc.catalog_search import SORTABLE
from geoportal.ogc.engine import call
from geoportal.ogc.intervals import interval
from geoportal.ogc.openapi_document import described, operation
from geoportal.ogc.parameters import Parameter
from geoportal.ogc.part import Link, Part, Route, Threads
from geoportal.ogc.problems import bad
from geoportal.ogc.record import RECORDS
from geoportal.ogc.record_filter import COLUMNS, MANIFEST
from geoportal.ogc.schemas import DRAFT, GEOMETRY
from geoportal.ogc.schemas import described as column_schema
from geoportal.words import word
from publish.layers import crs
from publish.layers.crs import CRS84

PROVIDER = "geoportal.ogc.record_provider.RecordProvider"
MOST, HTML_RECORDS = 1000, 20
MOST_VALUES, LONGEST_Q = 100, 1000
OFFERED = ("application/json", GEOJSON, SCHEMA, "text/html")
PYGEOAPIS = ("self", "alternate", "root")
"""Relations of links that pygeoapi adds to a record, and of our own `self`; last it adds the
collection, which a record has."""


def catalog(asked: Asked) -> Response:
    """The collection of records."""
    asked = asked.check()
    return written(asked, Answer(mended(_description(asked), asked), "catalog"))


def others(asked: Asked) -> list[Mapping[str, Any]]:
    """The collection of records as the list of all collections has it."""
    return [_description(asked)]


def _description(asked: Asked) -> dict[str, Any]:
    _, document = call(pygeoapi.api.describe_collections, asked, _api(asked), RECORDS)
    here = f"{asked.base_url}/collections/{RECORDS}"
    title = word(asked.language, "ogc_sortables")
    sortables = [
        {
            "rel": f"{config.REL}/sortables",
            "type": kind,
            "title": title,
            "href": f"{here}/sortables?f={form}",
        }
        for form, kind in (("json", SCHEMA), ("html", "text/html"))
    ]
    document["links"] = [*offered(answers.ours(document["links"], asked.language)), *sortables]
    return {
        **document,
        "type": "Catalog",
        "attribution": _site(asked),
        "language": {"code": asked.language},
        "languages": [{"code": other} for other in LANGUAGES if other != asked.language],
        "crs": [CRS84],
        "defaultSortOrder": [{"field": "updated", "direction": "desc"}],
    }


def offered(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The links of pygeoapi to what records are offered as; not its own way to the catalog.

    That one leads to the description; the landing page's leads to the records, as it should.
    """
    return [
        link
        for link in links
        if link["type"] in OFFERED and not link["rel"].endswith("/ogc-catalog")
    ]


def schema(asked: Asked) -> Response:
    """Some of what a record says, as JSON Schema."""
    return _schema(asked.check(), "schema", None)


def queryables(asked: Asked) -> Response:
    """What a filter may ask of a record; `type`, `ids` and `externalIds` are parameters too."""
    asked = asked.check()
    place = {"title": word(asked.language, "ogc_geometry"), "format": "geometry-any"}
    columns = {one.name: column_schema(one, {}, asked.language) for one in COLUMNS}
    document = {
        "$schema": DRAFT,
        "$id": f"{asked.base_url}/collections/{RECORDS}/queryables",
        "type": "object",
        "title": word(asked.language, "ogc_records"),
        "properties": {GEOMETRY: place | {"x-ogc-role": "primary-geometry"}} | columns,
        "additionalProperties": False,
    }
    return _written(asked, document, "queryables")


def sortables(asked: Asked) -> Response:
    """Properties that records can be sorted by."""
    return _schema(asked.check(), "sortables", tuple(SORTABLE))


def _schema(asked: Asked, name: str, kept: tuple[str, ...] | None) -> Response:
    _, document = call(pygeoapi.api.get_collection_schema, asked, _api(asked), RECORDS)
    document["$id"] = f"{asked.base_url}/collections/{RECORDS}/{name}"
    if kept is not None:
        document["additionalProperties"] = False
        document["properties"] = {key: document["properties"][key] for key in kept}
    return _written(asked, document, name)


def _written(asked: Asked, document: dict[str, Any], name: str) -> Response:
    return written(asked, Answer(document, "catalog_schema", SCHEMA, values={"word": name}))


def items(asked: Asked) -> Response:
    """A page of records."""
    asked = filters.understood(_told(asked).check(PARAMETERS), MANIFEST)
    more = {name: str(asked.values[name]) for name in ("limit", "offset") if name in asked.values}
    _, document = call(itemtypes.get_collection_items, asked, _api(asked), RECORDS, **more)
    document.pop("timeStamp", None)
    pages = {one["rel"]: one["href"].replace("f=json", "f=html", 1) for one in document["links"]}
    document["links"] = offered(document["links"])
    mended(document, asked, GEOJSON)
    pager = {"previous": pages.get("prev"), "next": pages.get("next")}
    values = {"q": str(asked.values.get("q", "")), "pager": pager}
    return written(asked, Answer(document, "records", GEOJSON, values=values))


def threads(request: Request) -> Threads:
    """Those of heavy work for a filter."""
    return Threads.HEAVY if b"filter=" in request.scope["query_string"] else Threads.CHEAP


def item(asked: Asked) -> Response:
    """One record, by its id or by the name of its dataset."""
    asked = asked.check()
    wanted = str(asked.request.path_params["record"])
    _, document = call(itemtypes.get_collection_item, asked, _api(asked), RECORDS, wanted)
    own = [link for link in document["links"][:-1] if link["rel"] not in PYGEOAPIS]
    document["links"] = [*answers.itself(asked, GEOJSON), *own]
    return written(asked, Answer(document, "record", GEOJSON))


def _told(asked: Asked) -> Asked:
    """The request without parameters that are empty. Rule: /req/…/empty-value."""
    return replace(asked, query=tuple(pair for pair in asked.query if pair[1]))


def _site(asked: Asked) -> str:
    site = asked.portal.config.site
    return Text(site.title, {ENGLISH: site.title_en} if site.title_en else {}).said(asked.language)


def _api(asked: Asked) -> Any:
    """A pygeoapi API object that knows the records and nothing else."""
    base = config.service(asked.portal.config.site, asked.base_url, asked.language)
    api = copy.copy(base)
    api.config = {**base.config, "resources": {RECORDS: _resource(asked)}}
    return api


def _resource(asked: Asked) -> dict[str, Any]:
    language = asked.language
    shown = HTML_RECORDS if asked.format == "html" else parameters.DEFAULT_ITEMS
    return {
        "type": "collection",
        "title": {language: f"{_site(asked)} – {word(language, 'ogc_records')}"},
        "description": {language: word(language, "ogc_records_about")},
        "keywords": [word(language, "ogc_records")],
        "extents": {"spatial": {"bbox": config.WORLD, "crs": CRS84}},
        "links": [],
        "limits": {"default_items": shown, "max_items": MOST},
        "providers": [{"type": "record", "name": PROVIDER, "data": asked}],
    }


def _landing(asked: Asked) -> list[Link]:
    title = word(asked.language, "ogc_records")
    where = f"{asked.base_url}/collections/{RECORDS}/items"
    return [
        {"rel": f"{config.REL}/ogc-catalog", "type": GEOJSON, "title": title, "href": where},
    ]


def q(value: str) -> str:
    """Words to look for, not too many."""
    if len(value) > LONGEST_Q:
        raise bad("q", value, f"at most {LONGEST_Q} letters")
    return value


def values(name: str) -> Any:
    """A reader of some values with commas between."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(each.strip() for each in text.split(",") if each.strip())
        if len(found) > MOST_VALUES:
            raise bad(name, text, f"at most {MOST_VALUES} values with commas between")
        return found

    return read


def sort_keys(value: str) -> tuple[str, ...]:
    """Properties of SORTABLE with commas between, `-` before one for descending."""
    keys = tuple(key.strip() for key in value.split(","))
    if not {key.removeprefix("-").removeprefix("+") for key in keys} <= set(SORTABLE):
        raise bad("sortby", value, f"some of {', '.join(SORTABLE)}, with - before one to turn it")
    return keys


def bbox(value: str) -> object:
    """A box that does not cross the antimeridian: the catalog's shapes do not either."""
    west, south, east, north = parameters.bbox(value)
    if west > east:
        raise bad("bbox", value, "minx,miny,maxx,maxy with minx no greater than maxx")
    return west, south, east, north


TEXTS = {"type": "array", "items": {"type": "string"}}
PARAMETERS = (
    Parameter(
        "q", "Words: with blanks they stand side by side, with commas any will do.", TEXTS, q
    ),
    Parameter("type", "Kinds of resource: dataset.", TEXTS, values("type")),
    Parameter("ids", "Ids of records, or names of datasets.", TEXTS, values("ids")),
    Parameter(
        "externalIds",
        "Identifiers that others gave: scheme:value, a value, or a scheme alone.",
        {"type": "array", "items": {"type": "string", "pattern": "([^:]+:)?[^:]+"}},
        values("externalIds"),
    ),
    Parameter("bbox", "Only what touches this box.", parameters.BBOX.schema, bbox),
    Parameter(
        "datetime",
        "A time or an interval: what touches it, to the day, and what says no time.",
        {"type": "string"},
        interval,
    ),
    Parameter(
        "limit",
        "The most records in one answer; `next` leads on.",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": parameters.DEFAULT_ITEMS},
        parameters.up_to(MOST),
    ),
    parameters.OFFSET,
    Parameter(
        "sortby",
        "Properties to sort by, the first foremost; - before a name turns its order round.",
        {"type": "array", "minItems": 1, "items": {"type": "string"}},
        sort_keys,
    ),
    Parameter(
        "facets",
        "true: count the records by publisher, keyword, format and licence as well.",
        {"type": "boolean", "default": False},
        parameters.one_of("facets", ("true", "false")),
    ),
    parameters.FILTER,
    parameters.FILTER_LANG,
    replace(parameters.FILTER_CRS, read=parameters.one_of("filter-crs", crs.OFFERED)),
)
PATH = f"/collections/{RECORDS}"
STANDARD = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf"
TYPES = (GEOJSON, "text/html")
SCHEMAS = (SCHEMA, "text/html")
PART = Part(
    routes=(
        Route(PATH, catalog),
        Route(f"{PATH}/schema", schema),
        Route(f"{PATH}/queryables", queryables),
        Route(f"{PATH}/sortables", sortables),
        Route(f"{PATH}/items", items, threads),
        Route(f"{PATH}/items/{{record}}", item),
    ),
    classes=tuple(
        f"{STANDARD}/{name}"
        for name in (
            "record-core",
            "record-collection",
            "record-core-query-parameters",
            "records-api",
            "searchable-catalog",
            "searchable-catalog/sorting",
            "searchable-catalog/filtering",
            "searchable-catalog-sorting",  # so the requirements; with a slash the annex of tests
            "searchable-catalog-filtering",
            "sorting",
            "cql-filter",
            "json",
            "html",
            "oas30",
        )
    ),
    paths={
        PATH: operation("The catalog", "catalog"),
        f"{PATH}/schema": operation("Shape of a record", "recordSchema", SCHEMAS),
        f"{PATH}/queryables": operation("What can be asked for", "recordQueryables", SCHEMAS),
        f"{PATH}/sortables": operation("What can be sorted by", "recordSortables", SCHEMAS),
        f"{PATH}/items": operation(
            "Records", "records", TYPES, [], [described(one) for one in PARAMETERS]
        ),
        f"{PATH}/items/{{recordId}}": operation("One record", "record", TYPES),
    },
    landing=_landing,
    others=others,
)
