"""What is near a place: the nearest features of a layer, and all that covers or touches it."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
import shapely
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from datasets.model import BBox
from datasets.serbian import sort_key
from geoportal.emap.coordinates import coordinates
from geoportal.emap.measuring import length_said
from geoportal.emap.question import Place, in_script, places
from geoportal.emap.state import State
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from geoportal.rendering import page
from publish.places import nearest
from publish.places.naming import Naming
from publish.places.nearest import near

router = APIRouter()
READ = ["GET", "HEAD"]
LISTED = 20
ALTERNATIVES = 5
EACH = 5
"""Features of a layer that "what is here?" names."""
DISTANCES = (0, 50, 200, 1000)
"""Metres around a place."""
BUDGET_S = 4.0
SIDES = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
Text = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A feature near a place; `side` is where it lies from there, empty where it covers it."""

    shown: Shown
    id: str
    name: str
    where: str
    distance_m: float
    side: str
    lonlat: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Origin:
    """From where it is near: what was asked, what was understood, and what else it may be."""

    asked: str
    lonlat: tuple[float, float] | None
    place: Place | None = None
    others: Sequence[Place] = ()

    @property
    def at(self) -> str:
        """Latitude and longitude as people write them."""
        return f"{self.lonlat[1]:.5f}, {self.lonlat[0]:.5f}" if self.lonlat else ""


@router.api_route("/near", methods=READ)
def near_me(request: Request, layer: Text = "", q: Text = "", at: Text = "") -> Response:
    """The nearest features of a layer to an address, a position, or where the reader is."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    shown = view.collections.get(layer)
    origin = origin_of(portal, view, q, at)
    found = around(shown, origin.lonlat) if shown and origin.lonlat else []
    return _answer(
        request,
        "near",
        origin=origin,
        shown=shown,
        gone=layer if layer and shown is None else "",
        found=found,
        choices=_choices(view, request.state.language),
        symbols=view.symbols(),
        picture=_picture(found, origin) if found else "",
        length_said=length_said,
    )


@router.api_route("/map/here", methods=READ)
def here(
    request: Request,
    q: Text = "",
    at: Text = "",
    distance: Annotated[int, Query(ge=0, le=5000)] = 50,
) -> Response:
    """All that is published of a place: what covers it, and what is near it."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    origin = origin_of(portal, view, q, at)
    found, missed = _covering(view, origin.lonlat, distance) if origin.lonlat else ([], 0)
    return _answer(
        request,
        "here",
        origin=origin,
        distance=distance,
        distances=sorted({*DISTANCES, distance}),
        found=found,
        missed=missed,
        state=State.of(request.query_params, view),
        symbols=view.symbols(),
        length_said=length_said,
    )


def _answer(request: Request, name: str, **values: Any) -> HTMLResponse:
    """The page, or without a page around it what was found, for the map."""
    is_piece = "piece" in request.query_params
    template = f"map/{name}.html" if is_piece else f"map/{name}_page.html"
    return page(request, template, alone=not is_piece, in_script=in_script, **values)


def origin_of(portal: Portal, view: View, q: str, at: str) -> Origin:
    """The place that is meant: `at` is latitude, longitude; `q` an address or a name."""
    if (lonlat := coordinates(at)) or (lonlat := coordinates(q)):
        return Origin(q, lonlat)
    found, _ = places(portal, view, q, limit=ALTERNATIVES + 1) if q.strip() else ([], True)
    if not found:
        return Origin(q or at, None)
    return Origin(q, found[0].lonlat, found[0], found[1:])


def around(
    shown: Shown, lonlat: tuple[float, float], limit: int = LISTED, but: str = ""
) -> list[Neighbour]:
    """The nearest features of a layer, `but` the one with an id."""
    found = nearest(shown.features, lonlat, limit + bool(but))
    told = [_neighbour(shown, lonlat, *each) for each in found]
    return [each for each in told if each.id != but][:limit]


def _covering(
    view: View, lonlat: tuple[float, float], distance_m: int
) -> tuple[list[tuple[Shown, list[Neighbour], int]], int]:
    """Layer, its first features and how many are there; and how many layers were not asked."""
    ends = time.monotonic() + BUDGET_S
    found, asked = [], 0
    for shown in view.collections.values():
        if time.monotonic() > ends:
            break
        asked += 1
        if _apart(shown.layer.bbox_lonlat, lonlat):
            continue
        there = near(shown.features, lonlat, float(distance_m))
        if there:
            told = [_neighbour(shown, lonlat, *each) for each in there[:EACH]]
            found.append((shown, told, len(there)))
    found.sort(key=lambda each: each[1][0].distance_m)
    return found, len(view.collections) - asked


def _apart(box: BBox | None, lonlat: tuple[float, float]) -> bool:
    """Whether a layer is so far away that it need not be asked: 0.2° are more than 5 km."""
    if box is None:
        return True
    (x, y), (west, south, east, north) = lonlat, box
    wide = 0.2 if abs(y) < 60 else 180.0  # noqa: PLR2004 - meridians come together
    return not (west - wide <= x <= east + wide and south - 0.2 <= y <= north + 0.2)


def _neighbour(
    shown: Shown, lonlat: tuple[float, float], distance_m: float, fragment: bytes
) -> Neighbour:
    feature = orjson.loads(fragment)
    naming, properties = Naming.of(shown.layer.columns), feature["properties"]
    geometry = shapely.from_geojson(fragment)
    there = geometry.representative_point() if geometry.area else geometry.centroid
    side = _side(lonlat, (there.x, there.y)) if distance_m else ""
    return Neighbour(
        shown,
        str(feature["id"]),
        naming.name(properties),
        naming.where_it_is(properties),
        distance_m,
        side,
        (there.x, there.y),
    )


def _side(here: tuple[float, float], there: tuple[float, float]) -> str:
    """Where a place lies from another, of eight sides of the world.

    >>> _side((20, 44), (20, 45)), _side((20, 44), (19, 43.3))
    ('n', 'sw')
    """
    east = (there[0] - here[0]) * math.cos(math.radians(here[1]))
    turn = math.degrees(math.atan2(east, there[1] - here[1]))
    return SIDES[round(turn / 45) % 8]


def _choices(view: View, language: str) -> Sequence[tuple[str, str]]:
    """Layers that something can be near in, by their titles."""
    titles: Mapping[str, str] = {
        id: shown.title.said(language)
        for id, shown in view.collections.items()
        if shown.layer.bbox_lonlat
    }
    return sorted(titles.items(), key=lambda each: sort_key(each[1]))


def _picture(found: Sequence[Neighbour], origin: Origin) -> str:
    """The query of a picture of the first that were found, the reader in it too."""
    assert origin.lonlat
    points = [origin.lonlat, *(each.lonlat for each in found[:8])]
    return State(layers=(found[0].shown.layer.id,), bbox=roomy(points)).query()


def roomy(points: Sequence[tuple[float, float]]) -> BBox:
    """The box of points with some room around them, in degrees."""
    x, y = zip(*points, strict=True)
    room = max(max(x) - min(x), max(y) - min(y), 0.002) * 0.2
    west, south = max(min(x) - room, -180.0), max(min(y) - room, -90.0)
    return west, south, min(max(x) + room, 180.0), min(max(y) + room, 90.0)
