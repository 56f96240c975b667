"""Where and when: the area and the period of a dataset.

Rule: DCAT-AP 3.0.1, Location and PeriodOfTime. The box is one GeoJSON literal, which harvesters of
udata and CKAN read; a geometry is a thing of its own with WKT and GeoJSON. Points are written as a
small box: udata refuses a dataset whose area has none.
"""

import math
from collections.abc import Mapping
from typing import Any

import orjson
import shapely

from datasets.model import BBox
from publish.dcat.graph import Graph
from publish.dcat.terms import Blank, Literal, Node, date, iri, of_id

GEOJSON = "https://www.iana.org/assignments/media-types/application/vnd.geo+json"
LONGEST_GEOMETRY = 20_000  # characters; of a larger one only the box is given
TINY = 1e-4


def spatial(graph: Graph, package: Mapping[str, Any], extras: Mapping[str, str]) -> list[Node]:
    """Describe the area: the extra `spatial` (GeoJSON), and places named by an address."""
    found: list[Node] = []
    place = iri(extras.get("spatial_uri") or extras.get("spatial-uri"))
    if place:
        found.append(graph.link(place, "dct:Location"))
    written = extras.get("spatial", "")
    geometry = _geometry(written)
    box = _box(geometry) if geometry is not None else None
    if geometry is None or box is None:
        return found
    about = graph.about(area := of_id("area", package["id"]), "dct:Location")
    about.say("dcat:bbox", Literal(orjson.dumps(polygon(box)).decode(), "", GEOJSON))
    if len(written) <= LONGEST_GEOMETRY:
        about.say("locn:geometry", _shape(graph, package, geometry))
    return [*found, area]


def _shape(graph: Graph, package: Mapping[str, Any], geometry: shapely.Geometry) -> Blank:
    shape = graph.about(label := of_id("geometry", package["id"]), "locn:Geometry")
    shape.say("geo:asWKT", Literal(shapely.to_wkt(geometry, 6), "", "geo:wktLiteral"))
    shape.say("geo:asGeoJSON", Literal(shapely.to_geojson(geometry), "", "geo:geoJSONLiteral"))
    return label


def _geometry(text: str) -> shapely.Geometry | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found: shapely.Geometry = shapely.from_geojson(text)
    except shapely.errors.GEOSException:
        return None
    return shapely.force_2d(found)


def _box(geometry: shapely.Geometry) -> BBox | None:
    west, south, east, north = (round(float(each), 7) for each in shapely.bounds(geometry))
    if not all(map(math.isfinite, (west, south, east, north))):
        return None
    if west < -180 or east > 180 or south < -90 or north > 90:
        return None
    if west == east or south == north:
        west, south, east, north = west - TINY, south - TINY, east + TINY, north + TINY
        return round(west, 7), round(south, 7), round(east, 7), round(north, 7)
    return west, south, east, north


def bounds(extras: Mapping[str, str]) -> BBox | None:
    """The box of the extra `spatial` in degrees; None for what is no area on Earth."""
    geometry = _geometry(extras.get("spatial", ""))
    return _box(geometry) if geometry is not None else None


def polygon(box: BBox) -> dict[str, Any]:
    """A box as a GeoJSON polygon, against the clock."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def temporal(graph: Graph, package: Mapping[str, Any], extras: Mapping[str, str]) -> Blank | None:
    """Describe the period of the extras `temporal_start` and `temporal_end`.

    It has no address: udata fetches a period that has one.
    """
    start, end = date(extras.get("temporal_start")), date(extras.get("temporal_end"))
    if start is None and end is None:
        return None
    about = graph.about(period := of_id("period", package["id"]), "dct:PeriodOfTime")
    about.say("dcat:startDate", start)
    about.say("dcat:endDate", end)
    return period
