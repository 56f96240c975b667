"""OGC API Environmental Data Retrieval over layers that are time series.

Rule: OGC 19-086r6, EDR 1.1. `position`, `radius`, `area`, `cube` and `locations` give CoverageJSON,
EDR GeoJSON, CSV or a page, in any CRS that reaches the layer, in which places are asked for too.
pygeoapi's handler answers, over our `SeriesProvider`.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson
from pygeoapi import l10n
from pygeoapi.api import environmental_data_retrieval
from starlette.responses import Response

from geoportal.caching import FOR_EVER
from geoportal.ogc import answers, config, coverages, parameters
from geoportal.ogc.answers import GEOJSON, Answer, itself, sent, written
from geoportal.ogc.asked import HTML, JSON, Asked, negotiate
from geoportal.ogc.edr_parameters import BBOX, CRS, NAMED_AS, QUERIES, lonlat, needed, optional
from geoportal.ogc.edr_provider import UNITS_M
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import described, operation
from geoportal.ogc.parameters import Parameter
from geoportal.ogc.part import Link, Part, Route, Threads
from geoportal.ogc.problems import Problem
from geoportal.registry import Shown
from geoportal.words import word
from publish.layers import crs
from publish.layers.crs import CRS84
from publish.layers.series import Series, series
from publish.layers.times import reach

PROVIDER = "geoportal.ogc.edr_provider.SeriesProvider"
COVERAGE, FEATURES, TABLE = "covjson", "geojson", "csv"
MEDIA_TYPES = {
    COVERAGE: "application/vnd.cov+json",
    FEATURES: GEOJSON,
    TABLE: "text/csv; charset=utf-8; header=present",
    HTML: "text/html",
}
ACCEPTED = {media.partition(";")[0]: form for form, media in MEDIA_TYPES.items()} | {
    "application/xhtml+xml": HTML
}
NAMES = {COVERAGE: "CoverageJSON", FEATURES: "GeoJSON", TABLE: "CSV", HTML: "HTML"}
FORMS = {name: form for form, name in NAMES.items()}
"""Formats by what `output_formats` calls them: clients send these words as `f`."""
MOST_SHOWN = 500
"""Measurements on a page."""


def query(kind: str) -> Callable[[Asked], Response]:
    """The operation that answers one kind of query."""

    def answer(asked: Asked) -> Response:
        asked = replace(asked, format=chosen(asked))
        shown, found = _series(asked)
        location = _location(asked, found)
        known = (*QUERIES[kind], *optional(found, shown.features.manifest))
        asked = asked.check(known, (asked.format,))
        needed(kind, asked.values)
        where = lonlat(asked.values)
        tag = answers.etag(shown.layer.sha, shown.version, asked.language, asked.href(asked.format))
        cache = FOR_EVER if asked.pinned else answers.FRESH
        if answers.known(asked, tag):
            return answers.unchanged(tag, cache)
        _, document = call(
            environmental_data_retrieval.get_collection_edr_query,
            asked.without("crs"),  # it would transform for itself
            _api(asked, shown, found),
            shown.layer.id,
            None,  # type: ignore[arg-type]  # of an instance: there is none
            kind,
            *location,
            **where,
        )
        if asked.format == HTML:
            return _page(asked, shown, document, kind)
        uri = str(asked.values.get("crs", CRS84))
        body = formed(document, asked.format, uri, _here(asked, shown), _forms(asked))
        more = {"Content-Crs": f"<{uri}>"}
        return sent(asked, body, tag, cache, MEDIA_TYPES[asked.format], more)

    return answer


def chosen(asked: Asked) -> str:
    """The format that `f` names, else the one that Accept likes best, else CoverageJSON."""
    said = asked.request.query_params.get("f")
    given = FORMS.get(said, said) if said else said
    if given is not None and given not in (*MEDIA_TYPES, JSON):
        raise Problem(400, f"f: {given[:80]!r} is not one of {', '.join(FORMAT.schema['enum'])}")
    form = given or negotiate(asked.request.headers.get("accept", ""), ACCEPTED)
    return COVERAGE if form == JSON else form


def _series(asked: Asked) -> tuple[Shown, Series]:
    shown = asked.shown(asked.request.path_params["collection"])
    found = series(shown.features)
    if found is None:
        raise Problem(404, f"{shown.layer.id} is no time series; ask for its items")
    return shown, found


def _location(asked: Asked, found: Series) -> tuple[str, ...]:
    """The id of the place that the path names, if it names one; raises Problem 404."""
    wanted = asked.request.path_params.get("location")
    if wanted is None:
        return ()
    if wanted not in found.locations:
        raise Problem(404, f"there is no location {str(wanted)[:80]!r}; see locations")
    return (wanted,)


def _here(asked: Asked, shown: Shown) -> str:
    return f"{asked.base_url}/collections/{shown.layer.id}"


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


def formed(document: coverages.Object, form: str, uri: str, here: str, links: list[Link]) -> bytes:
    """A CoverageCollection of CRS84 in a format and a CRS.

    `here` is the address of its collection, `links` lead to the answer in each format.
    """
    places = coverages.places(document, here)
    if uri != CRS84:
        document = coverages.placed(document, uri)
    if form == TABLE:
        return coverages.table(document, uri)
    if form == FEATURES:
        document = coverages.geojson(document, places, uri, links)
    return orjson.dumps(document)


def _page(asked: Asked, shown: Shown, document: coverages.Object, kind: str) -> Response:
    """What was measured, as a table for people; in longitude and latitude."""
    readings = list(islice(coverages.readings(document), MOST_SHOWN + 1))
    labels = [label for label, _ in coverages.places(document, "")]
    rows = [(labels[place], moment, values) for place, _, moment, values in readings[:MOST_SHOWN]]
    values = {
        "shown": shown,
        "kind": word(asked.language, TITLES[kind]),
        "rows": rows,
        "more": len(readings) > MOST_SHOWN,
    }
    return written(asked, Answer(document | {"links": _forms(asked)}, "series", values=values))


def _forms(asked: Asked) -> list[Link]:
    """Links to the answer in each format; the one at hand is `self`."""
    return [
        {
            "rel": "self" if form == asked.format else "alternate",
            "type": MEDIA_TYPES[form],
            "title": name,
            "href": asked.href(form),
        }
        for form, name in NAMES.items()
    ]


def locations(asked: Asked) -> Response:
    """The places of a series that have names, as GeoJSON or for people."""
    shown, found = _series(asked)
    if not found.locations:
        raise Problem(404, f"the places of {shown.layer.id} have no names; ask for a position")
    asked = asked.check((parameters.V, BBOX))
    box: Any = asked.values.get("bbox")
    ends = [
        moment.isoformat().replace("+00:00", "Z") if moment else ".."
        for moment in reach(shown.layer.interval)
    ]
    said = {"datetime": "/".join(ends), "parameter-name": list(found.measured)}
    features = coverages.named(found.locations, box, said, _here(asked, shown))
    document = {
        "type": "FeatureCollection",
        "features": features,
        "numberMatched": len(features),
        "numberReturned": len(features),
        "links": itself(asked, GEOJSON),
    }
    return written(asked, Answer(document, "locations", GEOJSON, values={"shown": shown}))


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
        "data_queries": {kind: {"link": _link(asked, shown, kind)} for kind in _queries(found)},
    }


def _queries(found: Series) -> list[str]:
    return [kind for kind in QUERIES if kind != "locations" or found.locations]


def _link(asked: Asked, shown: Shown, kind: str) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "title": word(asked.language, TITLES[kind]),
        "query_type": kind,
        "output_formats": list(NAMES.values()),
        "default_output_format": NAMES[COVERAGE],
        "crs_details": [
            {"crs": uri, "wkt": crs.wkt(uri, "WKT2_2019_SIMPLIFIED")}
            for uri in crs.offered(shown.features.manifest)
        ],
    }
    if kind == "radius":
        variables["within_units"] = list(UNITS_M)
    if kind == "cube":
        variables["height_units"] = ["m"]
    return {
        "href": f"{_here(asked, shown)}/{kind}",
        "rel": "data",
        "type": GEOJSON if kind == "locations" else MEDIA_TYPES[COVERAGE],
        "title": word(asked.language, TITLES[kind]),
        "variables": variables,
    }


def _links(asked: Asked, shown: Shown) -> list[Link]:
    found = series(shown.features)
    if found is None:
        return []
    kept = ("href", "rel", "type", "title")
    return [
        {key: link[key] for key in kept}
        for kind in _queries(found)
        if (link := _link(asked, shown, kind))
    ]


TITLES = {
    "position": "ogc_position",
    "radius": "ogc_radius",
    "area": "ogc_area",
    "cube": "ogc_cube",
    "locations": "ogc_locations",
}
TEMPLATE = "/collections/{collectionId}"
STANDARD = "http://www.opengis.net/spec/ogcapi-edr-1"


FORMAT = Parameter(
    "f", "The format.", {"type": "string", "enum": [*MEDIA_TYPES, *NAMES.values()]}, str
)
COLLECTION, LOCATION = "/collections/{collection}", "/locations/{locationId}"


def _described(kind: str) -> dict[str, Any]:
    own = [described(each) | {"required": True} for each in QUERIES[kind]]
    more = [described(each) for each in (parameters.DATETIME, CRS, NAMED_AS, FORMAT)]
    made = operation(f"Series: {kind}", kind, tuple(MEDIA_TYPES.values()), ["v"], [*own, *more])
    shared = "#/components/parameters/f"
    return made | {"parameters": [p for p in made["parameters"] if p.get("$ref") != shared]}


ASKED = tuple(kind for kind in QUERIES if kind != "locations")
PART = Part(
    routes=(
        *(Route(f"{COLLECTION}/{kind}", query(kind), Threads.HEAVY) for kind in ASKED),
        Route(f"{COLLECTION}/locations", locations),
        Route(f"{COLLECTION}/locations/{{location}}", query("locations"), Threads.HEAVY),
    ),
    classes=(
        f"{STANDARD}/1.0/conf/core",  # says the same, and the suite of 1.0 looks for it
        *(
            f"{STANDARD}/1.1/conf/{name}"
            for name in ("core", "covjson", "edr-geojson", "html", "oas30")
        ),
    ),
    paths={
        **{f"{TEMPLATE}/{kind}": _described(kind) for kind in ASKED},
        f"{TEMPLATE}/locations": operation(
            "Places of a series", "namedPlaces", (GEOJSON, "text/html"), ["v"], [described(BBOX)]
        ),
        f"{TEMPLATE}{LOCATION}": _described("locations"),
    },
    collection=_links,
    members=members,
)
