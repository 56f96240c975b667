"""How each collection is drawn on our maps, for other maps: as a MapLibre style and as SLD.

Rule: OGC API Styles (20-009, a draft), read only. A collection has one style, `default`; among the
styles of the whole API it is called as the collection is.
"""

from typing import Any

from starlette.responses import Response

from geoportal.ogc import answers, parameters
from geoportal.ogc.answers import Answer, itself, sent, tagged, written
from geoportal.ogc.asked import Asked
from geoportal.ogc.config import REL
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.part import Link, Part, Route
from geoportal.ogc.problems import Problem
from geoportal.ogc.stylesheets import MAPBOX, MEDIA_TYPES, SLD, Drawn, mapbox, sld
from geoportal.registry import Shown
from geoportal.words import word

DEFAULT = "default"
TITLES = {MAPBOX: "ogc_style_mapbox", SLD: "ogc_style_sld10"}


def styles(asked: Asked) -> Response:
    """The styles of the whole API: one for each collection."""
    asked = asked.check()
    tag = answers.etag(asked.view.revision, asked.view.lost, asked.href(asked.format))
    if answers.known(asked, tag):
        return answers.unchanged(tag)
    listed = [
        _listed(asked, shown, shown.layer.id, f"{asked.base_url}/styles/{shown.layer.id}")
        for shown in asked.view.collections.values()
    ]
    document = {"styles": listed, "links": itself(asked)}
    return written(asked, Answer(document, "styles", values={"shown": None}), tag)


def collection_styles(asked: Asked) -> Response:
    """The styles of a collection: one."""
    asked = asked.check((parameters.V,))
    shown = asked.shown(asked.request.path_params["collection"])
    where = f"{asked.base_url}/collections/{shown.layer.id}/styles/{DEFAULT}"
    listed = [_listed(asked, shown, DEFAULT, where)]
    document = {"styles": listed, "default": DEFAULT, "links": itself(asked)}
    return written(asked, Answer(document, "styles", values={"shown": shown}))


def _listed(asked: Asked, shown: Shown, name: str, where: str) -> dict[str, Any]:
    title = shown.title.said(asked.language) or shown.layer.id
    links = [
        {
            "rel": "stylesheet",
            "type": kind,
            "title": word(asked.language, TITLES[form]),
            "href": f"{where}?f={form}",
        }
        for form, kind in MEDIA_TYPES.items()
    ]
    return {"id": name, "title": title, "links": links}


def style(asked: Asked) -> Response:
    """The stylesheet of a collection, by the collection's id."""
    return _stylesheet(asked, asked.request.path_params["style"])


def collection_style(asked: Asked) -> Response:
    """The stylesheet of a collection."""
    wanted = asked.request.path_params["style"]
    if wanted != DEFAULT:
        raise Problem(404, f"there is no style {wanted[:80]!r}; there is {DEFAULT}")
    return _stylesheet(asked, asked.request.path_params["collection"])


def _stylesheet(asked: Asked, collection: str) -> Response:
    form = chosen(asked)
    asked = asked.check((parameters.V,), (asked.format,))
    shown = asked.shown(collection)
    drawn = Drawn(
        collection,
        shown.title.said(asked.language) or collection,
        shown.layer.geometry_type,
        asked.view.symbols(shown)[collection],
        f"{asked.portal.site_url}/tiles/{collection}.json",
        shown.layer.bbox_lonlat,
    )
    body, tag = tagged(mapbox(drawn) if form == MAPBOX else sld(drawn))
    if answers.known(asked, tag):
        return answers.unchanged(tag)
    return sent(asked, body, tag, media_type=MEDIA_TYPES[form])


def chosen(asked: Asked) -> str:
    """The encoding that `f` names, else the one that Accept names, else MapLibre's."""
    given = asked.request.query_params.get("f")
    if given is not None and given not in MEDIA_TYPES:
        raise Problem(400, f"f: {given[:80]!r} is not one of {', '.join(MEDIA_TYPES)}")
    wants_sld = "application/vnd.ogc.sld+xml" in asked.request.headers.get("accept", "")
    return given or (SLD if wants_sld else MAPBOX)


def _landing(asked: Asked) -> list[Link]:
    return [_to(asked, f"{asked.base_url}/styles")]


def _collection(asked: Asked, shown: Shown) -> list[Link]:
    return [_to(asked, f"{asked.base_url}/collections/{shown.layer.id}/styles")]


def _to(asked: Asked, where: str) -> Link:
    title = word(asked.language, "ogc_styles")
    return {"rel": f"{REL}/styles", "type": "application/json", "title": title, "href": where}


COLLECTION, TEMPLATE = "/collections/{collection}/styles", "/collections/{collectionId}/styles"
STANDARD = "http://www.opengis.net/spec/ogcapi-styles-1/1.0/conf"
TYPES = tuple(MEDIA_TYPES.values())
FORMAT = {
    "name": "f",
    "in": "query",
    "description": "The encoding; without it the Accept header decides.",
    "required": False,
    "schema": {"type": "string", "enum": list(MEDIA_TYPES)},
}


def _sheet(name: str, *names: str) -> dict[str, Any]:
    """The operation that gives a stylesheet: its formats are not those of the documents."""
    made = operation("A stylesheet", name, TYPES, names, [FORMAT])
    kept = [p for p in made["parameters"] if p.get("$ref") != "#/components/parameters/f"]
    return made | {"parameters": kept}


PART = Part(
    routes=(
        Route("/styles", styles),
        Route("/styles/{style}", style),
        Route(COLLECTION, collection_styles),
        Route(f"{COLLECTION}/{{style}}", collection_style),
    ),
    classes=(f"{STANDARD}/core", f"{STANDARD}/global-styles", f"{STANDARD}/collection-styles"),
    paths={
        "/styles": operation("All styles", "styles"),
        "/styles/{styleId}": _sheet("style", "v"),
        TEMPLATE: operation("Styles of a collection", "collectionStyles", names=["v"]),
        f"{TEMPLATE}/{{styleId}}": _sheet("collectionStyle", "v"),
    },
    landing=_landing,
    collection=_collection,
)
