"""OGC API Environmental Data Retrieval over layers that are time series.

Rule: OGC 19-086r6, EDR 1.1. `position`, `radius`, `area` and `cube` give CoverageJSON, EDR GeoJSON
or CSV, in CRS84. pygeoapi's handler answers, over our `SeriesProvider`.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import shapely
from pygeoapi import l10n
from pygeoapi.api import environmental_data_retrieval
from starlette.responses import Response

from geoportal.caching import FOR_EVER
from geoportal.ogc import answers, config, coverages, parameters
from geoportal.ogc.answers import GEOJSON, sent
from geoportal.ogc.asked import JSON, Asked
from geoportal.ogc.edr_provider import UNITS_M
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import described, operation
from geoportal.ogc.parameters import Parameter, one_of
from geoportal.ogc.part import Link, Part, Route, Threads
from geoportal.ogc.problems import Problem, bad
from geoportal.registry import Shown
from geoportal.words import word
from publish.layers.crs import CRS84
from publish.layers.query import NUMBER
from publish.layers.series import Series, series

PROVIDER = "geoportal.ogc.edr_provider.SeriesProvider"
COVERAGE, FEATURES, TABLE = "covjson", "geojson", "csv"
MEDIA_TYPES = {
    COVERAGE: "application/vnd.cov+json",
    FEATURES: GEOJSON,
    TABLE: "text/csv; charset=utf-8; header=present",
}
NAMES = {COVERAGE: "CoverageJSON", FEATURES: "GeoJSON", TABLE: "CSV"}
MOST_VERTICES = 1_000
MOST_RADIUS_M = 100_000
WGS84 = 'GEOGCS["WGS 84 (CRS84)",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AXIS["Longitude",EAST],AXIS["Latitude",NORTH]]'  # noqa: E501

type Read = Callable[[str], object]


def place(*kinds: str) -> Read:
    """A reader of `coords`: well-known text of some kinds, longitude before latitude."""

    def read(value: str) -> object:
        wanted = f"well-known text of a {' or '.join(kinds)}, longitude and latitude in degrees"
        try:
            with np.errstate(over="ignore"):  # what is endless is refused as not on the earth
                found = shapely.force_2d(shapely.from_wkt(value))
        except shapely.errors.GEOSException:
            raise bad("coords", value, wanted) from None
        if (
            "\x00" in value
            or found.geom_type.upper() not in kinds
            or found.is_empty
            or not found.is_valid
        ):
            raise bad("coords", value, f"{wanted} that is valid")
        if shapely.get_num_coordinates(found) > MOST_VERTICES:
            raise bad("coords", value, f"{wanted} of at most {MOST_VERTICES} points")
        west, south, east, north = found.bounds
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise bad("coords", value, wanted)
        return found

    return read


def distance(value: str) -> object:
    """How far, in the units of `within-units`."""
    found = float(value) if re.fullmatch(NUMBER, value) else -1.0
    if not 0 <= found <= MOST_RADIUS_M:
        raise bad("within", value, f"a number from 0 to {MOST_RADIUS_M} m")
    return found


def coords(*kinds: str) -> Parameter:
    """The parameter `coords` of a query."""
    example = {"POINT": "POINT(20.9 44)", "POLYGON": "POLYGON((20 43,22 43,22 45,20 45,20 43))"}
    text = f"Where, as well-known text in CRS84: {example[kinds[0]]}"
    return Parameter("coords", text, {"type": "string"}, place(*kinds))


WITHIN = Parameter("within", "How far from the point.", {"type": "number"}, distance)
UNITS = Parameter(
    "within-units",
    "The units of within.",
    {"type": "string", "enum": list(UNITS_M)},
    one_of("within-units", UNITS_M),
)
QUERIES: Mapping[str, tuple[Parameter, ...]] = {
    "position": (coords("POINT"),),
    "radius": (coords("POINT"), WITHIN, UNITS),
    "area": (coords("POLYGON", "MULTIPOLYGON"),),
    "cube": (replace(parameters.BBOX, description="Only what touches this box."),),
}
"""What each query has to be told."""

CRS = Parameter(
    "crs",
    "The CRS of the answer.",
    {"type": "string", "enum": [CRS84]},
    one_of("crs", (CRS84, "CRS84", "OGC:CRS84")),
)
NAMED_AS = Parameter(
    "parameter-name",
    "What was measured: names of parameter_names with commas between.",
    {"type": "array", "items": {"type": "string"}},
    str,
)
FORMAT = Parameter("f", "The format.", {"type": "string", "enum": list(MEDIA_TYPES)}, str)


def query(kind: str) -> Callable[[Asked], Response]:
    """The operation that answers one kind of query."""

    def answer(asked: Asked) -> Response:
        form = chosen(asked)
        asked = replace(asked, format=form)
        shown = asked.shown(asked.request.path_params["collection"])
        found = series(shown.features)
        if found is None:
            told = f"{shown.layer.id} is no time series; ask for its items"
            raise Problem(404, told)
        asked = _checked(asked, kind, found)
        tag = answers.etag(shown.layer.sha, shown.version, asked.language, asked.href(form))
        cache = FOR_EVER if asked.pinned else answers.FRESH
        if answers.known(asked, tag):
            return answers.unchanged(tag, cache)
        _, document = call(
            environmental_data_retrieval.get_collection_edr_query,
            asked,
            _api(asked, shown, found),
            shown.layer.id,
            None,  # type: ignore[arg-type]  # of an instance: there is none
            kind,
        )
        return sent(asked, written(document, form), tag, cache, MEDIA_TYPES[form])

    return answer


def chosen(asked: Asked) -> str:
    """The format that `f` names, else the one that Accept names, else CoverageJSON."""
    given = asked.request.query_params.get("f")
    if given == JSON:
        return COVERAGE
    if given is not None and given not in MEDIA_TYPES:
        raise Problem(400, f"f: {given[:80]!r} is not one of {', '.join(MEDIA_TYPES)}")
    accept = asked.request.headers.get("accept", "")
    liked = (form for form in (FEATURES, TABLE) if MEDIA_TYPES[form].partition(";")[0] in accept)
    return given or next(liked, COVERAGE)


def _checked(asked: Asked, kind: str, found: Series) -> Asked:
    """The request with its parameters read; raises Problem for one that is missing."""
    known = (*QUERIES[kind], *optional(found))
    asked = asked.check(known, (asked.format,))
    for needed in QUERIES[kind]:
        if needed.name not in asked.values:
            raise Problem(400, f"{needed.name}: is missing. {needed.description}")
    if kind == "radius":
        most = float(str(asked.values["within"])) * UNITS_M[str(asked.values["within-units"])]
        if most > MOST_RADIUS_M:
            raise bad("within", asked.values["within"], f"at most {MOST_RADIUS_M} m")
    return asked


def optional(found: Series) -> tuple[Parameter, ...]:
    """The parameters that every query takes."""

    def names(value: str) -> object:
        asked = [each.strip() for each in value.split(",")]
        if not set(asked) <= set(found.measured):
            raise bad("parameter-name", value, f"some of {', '.join(found.measured)}")
        return asked

    return (parameters.V, parameters.DATETIME, CRS, replace(NAMED_AS, read=names))


def _api(asked: Asked, shown: Shown, found: Series) -> Any:
    """A pygeoapi API object that knows one series and nothing else."""
    base = config.service(asked.portal.config.site, asked.base_url, asked.language)
    provider = {
        "type": "edr",
        "name": PROVIDER,
        "data": shown.features,
        "series": found,
        "language": asked.language,
        "crs": [CRS84],
        "storage_crs": CRS84,
    }
    told = {"type": "collection", "extents": config.extents(shown.layer), "providers": [provider]}
    api = copy.copy(base)
    api.default_locale = l10n.str2locale(asked.language)  # here it wants the object
    api.config = {**base.config, "resources": {shown.layer.id: told}}
    return api


def written(document: dict[str, Any], form: str) -> bytes:
    """A CoverageCollection in one of the formats."""
    if form == TABLE:
        return coverages.table(document)
    return orjson.dumps(document if form == COVERAGE else coverages.geojson(document))


def members(asked: Asked, shown: Shown) -> Mapping[str, Any]:
    """What a collection says of its series: what is measured, and how it is asked for."""
    found = series(shown.features)
    if found is None:
        return {}
    measured = found.measured.items()
    return {
        "parameter_names": {
            name: coverages.parameter(name, one, asked.language) for name, one in measured
        },
        "output_formats": list(NAMES.values()),
        "data_queries": {kind: {"link": _link(asked, shown, kind)} for kind in QUERIES},
    }


def _link(asked: Asked, shown: Shown, kind: str) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "title": word(asked.language, TITLES[kind]),
        "query_type": kind,
        "output_formats": list(NAMES.values()),
        "default_output_format": NAMES[COVERAGE],
        "crs_details": [{"crs": CRS84, "wkt": WGS84}],
    }
    if kind == "radius":
        variables["within_units"] = list(UNITS_M)
    return {
        "href": f"{asked.base_url}/collections/{shown.layer.id}/{kind}",
        "rel": "data",
        "type": MEDIA_TYPES[COVERAGE],
        "title": word(asked.language, TITLES[kind]),
        "variables": variables,
    }


def _links(asked: Asked, shown: Shown) -> list[Link]:
    if series(shown.features) is None:
        return []
    kept = ("href", "rel", "type", "title")
    return [
        {key: link[key] for key in kept} for kind in QUERIES if (link := _link(asked, shown, kind))
    ]


TITLES = {
    "position": "ogc_position",
    "radius": "ogc_radius",
    "area": "ogc_area",
    "cube": "ogc_cube",
}
TEMPLATE = "/collections/{collectionId}"
STANDARD = "http://www.opengis.net/spec/ogcapi-edr-1/1.1/conf"


def _described(kind: str) -> dict[str, Any]:
    own = [described(each) | {"required": True} for each in QUERIES[kind]]
    more = [described(each) for each in (parameters.DATETIME, CRS, NAMED_AS, FORMAT)]
    made = operation(f"Series: {kind}", kind, tuple(MEDIA_TYPES.values()), ["v"], [*own, *more])
    shared = "#/components/parameters/f"
    return made | {"parameters": [p for p in made["parameters"] if p.get("$ref") != shared]}


PART = Part(
    routes=tuple(
        Route(f"/collections/{{collection}}/{kind}", query(kind), Threads.HEAVY) for kind in QUERIES
    ),
    classes=tuple(f"{STANDARD}/{name}" for name in ("core", "covjson", "edr-geojson", "oas30")),
    paths={f"{TEMPLATE}/{kind}": _described(kind) for kind in QUERIES},
    collection=_links,
    members=members,
)
