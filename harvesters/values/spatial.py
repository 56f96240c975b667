"""Where the data are, as upstreams say it: a GeoJSON polygon, or nothing.

Rule: the extra `spatial` of CKAN; portals that read it take a polygon or several, and no point.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

import orjson
import shapely

from harvesters.values.mapping import table, text

AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
LONGEST = 20_000  # characters of a geometry; of a longer one its box is kept
_TINY = 1e-4
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def area(value: Any) -> str:
    """The area that a GeoJSON object or its text, WKT, or `west,south,east,north` means.

    A geometry that is no polygon, or is long, becomes its box; what is nowhere on Earth, nothing.

    >>> area("19.1,43.9,21.0,45.2")[:59]
    '{"type":"Polygon","coordinates":[[[19.1,43.9],[21.0,43.9],['
    >>> area("Шумадија"), area(None), area('{"type": "Point", "coordinates": ["x"]}')
    ('', '', '')
    """
    geometry = _geometry(value)
    if geometry is None:
        return _of_numbers(value) if isinstance(value, str) else ""
    west, south, east, north = (float(each) for each in shapely.bounds(geometry))
    if not _on_earth(west, south, east, north):
        return ""
    if shapely.get_type_id(geometry) in AREAS and shapely.area(geometry) > 0:
        written = str(shapely.to_geojson(shapely.force_2d(geometry)))
        if len(written) <= LONGEST:
            return written
    return box(west, south, east, north)


def box(west: float, south: float, east: float, north: float) -> str:
    """A box in degrees as a polygon with an area; nothing when it is not on Earth."""
    if not _on_earth(west, south, east, north):
        return ""
    if west == east or south == north:
        west, south, east, north = west - _TINY, south - _TINY, east + _TINY, north + _TINY
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return orjson.dumps({"type": "Polygon", "coordinates": [ring]}).decode()


def _on_earth(west: float, south: float, east: float, north: float) -> bool:
    if not all(map(math.isfinite, (west, south, east, north))):
        return False
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _geometry(value: Any) -> shapely.Geometry | None:
    if isinstance(value, str):
        said = value.strip()
        if said.startswith("{"):
            return _of_json(said.encode(errors="replace"))
        return _of_wkt(said) if said[:1].isalpha() and "(" in said else None
    shape = table(value)
    if "type" not in shape:
        return None
    try:
        return _of_json(orjson.dumps(shape))
    except (TypeError, ValueError):  # deeper than 254 levels, numbers of more than 64 bits
        return None


def _of_json(written: bytes) -> shapely.Geometry | None:
    try:
        shape = orjson.loads(written)
        if isinstance(shape, Mapping) and shape.get("type") == "Feature":
            shape = shape.get("geometry")
        found: shapely.Geometry | None = shapely.from_geojson(orjson.dumps(shape))
    except (TypeError, ValueError, shapely.errors.ShapelyError):
        return None
    return found if found is not None and not shapely.is_empty(found) else None


def _of_wkt(said: str) -> shapely.Geometry | None:
    """A geometry of WKT; several that stand one after the other are a collection."""
    bare = said.partition(";")[2] or said
    several = re.sub(r"\)[\s,]*(?=[A-Za-z])", "),", bare)
    for written in (bare, f"GEOMETRYCOLLECTION({several})"):
        try:
            found: shapely.Geometry = shapely.from_wkt(written)
        except shapely.errors.ShapelyError:
            continue
        return None if shapely.is_empty(found) else found
    return None


def _of_numbers(value: str) -> str:
    """A box of four numbers, as DCAT-US writes it; nothing but numbers and signs between them."""
    said = text(value, 200)
    numbers = _NUMBER.findall(said)
    if len(numbers) != 4 or re.search(r"[^\W\d_eE]", said):
        return ""
    west, south, east, north = map(float, numbers)
    return box(min(west, east), min(south, north), max(west, east), max(south, north))
