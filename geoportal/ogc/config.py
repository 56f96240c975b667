"""What pygeoapi is told: the service, and a resource for each collection."""

import copy
import functools
from collections.abc import Iterable, Mapping
from typing import Any

import pygeoapi.api

from datasets.config import Site
from datasets.model import Layer
from datasets.text import ENGLISH, LANGUAGES, Text
from geoportal.ogc import patches
from geoportal.ogc.asked import Asked
from geoportal.ogc.kept import Kept
from geoportal.ogc.parameters import AFTER, DATETIME, DEFAULT_ITEMS, FILTER, MAX_ITEMS
from geoportal.registry import Shown
from geoportal.words import word
from publish.layers.crs import CRS84, offered
from publish.layers.times import reach

PROVIDER = "geoportal.ogc.provider.LayerProvider"
WORLD = [-180.0, -90.0, 180.0, 90.0]
REL = "http://www.opengis.net/def/rel/ogc/1.0"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"

_described: Kept[Shown, dict[str, Any]] = Kept()

type Resources = Mapping[str, Any]


def said(text: Text | str, language: str, otherwise: str) -> dict[str, str]:
    """Words as pygeoapi takes them: a map of one language.

    A plain string would go through gettext and stay in a cache that never shrinks; an empty one
    or a script it cannot tell from another is a KeyError.
    """
    words = text.said(language) if isinstance(text, Text) else text
    return {language: words or otherwise}


@functools.lru_cache(32)
def service(site: Site, base_url: str, language: str) -> Any:
    """The pygeoapi API object of this site at an address, without collections."""
    patches.apply()
    title = Text(site.title, {ENGLISH: site.title_en} if site.title_en else {})
    notes = Text(site.description, {ENGLISH: site.description_en} if site.description_en else {})
    name = said(title, language, "eMap")
    home = base_url.removesuffix("/ogc") + "/"
    api = pygeoapi.api.API(
        {
            "server": {
                "url": base_url,
                "languages": list(LANGUAGES),
                "mimetype": "application/json; charset=UTF-8",
                "encoding": "utf-8",
                "map": {"url": "", "attribution": ""},
                "limits": {"default_items": DEFAULT_ITEMS, "max_items": MAX_ITEMS},
            },
            "logging": {"level": "CRITICAL"},
            "metadata": {
                "identification": {
                    "title": name,
                    "description": said(notes, language, name[language]),
                    "keywords": ["open data", "OGC API"],
                    "terms_of_service": home,
                    "url": home,
                },
                "license": {"name": "", "url": home},
                "provider": {"name": name, "url": home},
                "contact": {},
            },
            "resources": {},
        },
        {},
    )
    api.default_locale = language  # it goes into links as it is
    return api


def view(asked: Asked, shown: Iterable[Shown]) -> Any:
    """A pygeoapi API object of one request, which knows these collections and no others.

    It shares nothing that changes with any other: pygeoapi writes into providers it was given.
    """
    base = service(asked.portal.config.site, asked.base_url, asked.language)
    api = copy.copy(base)
    resources = {s.layer.id: resource(s, asked) for s in shown}
    api.config = {**base.config, "resources": resources}
    return api


def resource(shown: Shown, asked: Asked) -> dict[str, Any]:
    """A collection as pygeoapi's configuration describes it, in the language of the request."""
    here = (asked.base_url, asked.language)
    return {
        **_described.of(shown, here, lambda: _description(shown, asked)),
        "providers": [
            {
                "type": "feature",
                "name": PROVIDER,
                "data": shown.features,
                "layer": shown.layer,
                "time": asked.values.get(DATETIME.name),
                "filter": asked.values.get(FILTER.name),
                "after": asked.values.get(AFTER.name),
                "crs": list(offered(shown.features.manifest)),
                "storage_crs": CRS84,
            }
        ],
    }


def _description(shown: Shown, asked: Asked) -> dict[str, Any]:
    """What pygeoapi is told of a collection whatever is asked, and only reads."""
    language, layer = asked.language, shown.layer
    title = said(shown.title, language, layer.id)
    return {
        "type": "collection",
        "title": title,
        "description": said(shown.notes, language, title[language]),
        "keywords": [shown.organization_title.said(language) or shown.organization],
        "extents": extents(layer),
        "links": [_link(link, language) for link in links(shown, asked)],
    }


def extents(layer: Layer) -> dict[str, Any]:
    """Where and when a layer is; one without times has no temporal extent."""
    found: dict[str, Any] = {"spatial": {"bbox": list(layer.bbox_lonlat or WORLD), "crs": CRS84}}
    begin, end = reach(layer.interval)
    if begin or end:
        found["temporal"] = {"begin": begin, "end": end, "trs": GREGORIAN}
    return found


def links(shown: Shown, asked: Asked) -> list[dict[str, str]]:
    """Where a collection leads besides its features: its page, licence and tiles."""
    language = asked.language
    page = f"{asked.base_url.removesuffix('/ogc')}/data/{shown.layer.dataset}"
    tiles = f"{asked.base_url}/collections/{shown.layer.id}/tiles"
    title = shown.title.said(language) or shown.layer.id
    found = [
        {"rel": "describedby", "type": "text/html", "href": page, "title": title},
        {
            "rel": f"{REL}/tilesets-vector",
            "type": "application/json",
            "href": tiles,
            "title": word(language, "ogc_tiles"),
        },
    ]
    if shown.license_id:
        name = shown.license_title or shown.license_id
        found.append({"rel": "license", "type": "text/html", "href": page, "title": name})
    return found


def _link(link: Mapping[str, str], language: str) -> dict[str, Any]:
    kept = {"rel": link["rel"], "type": link["type"]}
    return kept | {key: {language: link[key]} for key in ("title", "href")}
