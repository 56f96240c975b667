"""The page of one feature, with an address of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.text import Text
from geoportal.emap.layers import public_collection
from geoportal.emap.measuring import length_said
from geoportal.emap.near import Neighbour, around, roomy
from geoportal.emap.places import Facts, facts
from geoportal.emap.question import in_script
from geoportal.emap.state import State
from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.rendering import linker, page, tongue
from publish.places.naming import Naming

router = APIRouter()
READ = ["GET", "HEAD"]
NEIGHBOURS = 6
SEEN = 3  # of them in the picture
CLOSE = 16
MOST_LETTERS = 300
"""Of a value in what search engines read."""


@router.api_route("/place/{collection}/{fid:path}", methods=READ)
def place(request: Request, collection: str, fid: str) -> Response:
    """All about one feature: what is known, where it is, what is near, whom to tell of a fault."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    view = portal.registry.view()
    shown = public_collection(view, collection)
    found = facts(shown, fid, language)
    properties = {column.name: value for column, value in found.values}
    naming = Naming.of(shown.layer.columns)
    lonlat = middle(found)
    near = around(shown, lonlat, NEIGHBOURS, but=found.place.id) if lonlat else []
    address = f"/place/{collection}/{found.place.id}"
    name = in_script(language, naming.name(properties)) or found.place.name
    return page(
        request,
        "map/place.html",
        facts=found,
        name=name,
        where=in_script(language, naming.where_it_is(properties)),
        lonlat=lonlat,
        near=near,
        symbols=view.symbols(),
        map_query=_map(found, lonlat),
        picture_query=_map(found, lonlat, near[:SEEN]),
        address=address,
        structured=_structured(portal, found, name, naming, properties, language),
        contact=_contact(portal, shown),
        in_script=in_script,
        length_said=length_said,
    )


def middle(found: Facts) -> tuple[float, float] | None:
    """The middle of a feature's box; None where it has no place."""
    if found.bbox_lonlat is None:
        return None
    west, south, east, north = found.bbox_lonlat
    return (west + east) / 2, (south + north) / 2


def _map(found: Facts, lonlat: tuple[float, float] | None, others: Sequence[Neighbour] = ()) -> str:
    """The query of a map that shows the feature, and `others` for who does not know where it is."""
    layer = found.shown.layer.id
    state = State(layers=(layer,), feature=(layer, found.place.id))
    if found.bbox_lonlat is None or lonlat is None:
        return state.query()
    west, south, east, north = found.bbox_lonlat
    if (west, south) == (east, north) and not others:
        return state.query(center=lonlat, zoom=CLOSE)
    points = [(west, south), (east, north), *(each.lonlat for each in others)]
    return state.query(bbox=roomy(points))


def _contact(portal: Portal, shown: Shown) -> str:
    """The address to which a mistake is reported, empty where nobody gave one."""
    package = listing.public_package(portal, shown.layer.dataset)
    return str(package.get("maintainer_email") or package.get("author_email") or "")


def _structured(
    portal: Portal,
    found: Facts,
    name: str,
    naming: Naming,
    properties: Mapping[str, Any],
    language: str,
) -> dict[str, Any]:
    """What search engines read of the feature: a Place of schema.org."""
    link, shown = linker(portal, language), found.shown
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Place",
        "@id": f"{portal.site_url}/place/{shown.layer.id}/{found.place.id}",
        "name": name or found.place.id,
        "inLanguage": tongue(language, name),
        "url": f"{portal.site_url}{link(f'/place/{shown.layer.id}/{found.place.id}')}",
        "isPartOf": {"@type": "Dataset", "url": f"{portal.site_url}/data/{shown.layer.dataset}"},
    }
    if where := naming.where_it_is(properties):
        about["address"] = in_script(language, where)
    if lonlat := middle(found):
        about["geo"] = {
            "@type": "GeoCoordinates",
            "longitude": round(lonlat[0], 7),
            "latitude": round(lonlat[1], 7),
        }
    about["additionalProperty"] = [
        {
            "@type": "PropertyValue",
            "name": Text(column.title).said(language),
            "value": value if isinstance(value, bool | int | float) else str(value)[:MOST_LETTERS],
        }
        for column, value in found.values
        if value not in (None, "")
    ][:50]
    return about
