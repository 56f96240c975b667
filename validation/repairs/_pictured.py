"""A shape in one line: what it is, how large, and where."""

from typing import Any

import shapely

from datasets.errors import ReadingError
from validation import crs as systems

DEGREES = "OGC:CRS84"


def pair(old: bytes | None, new: bytes | None, old_crs: str, new_crs: str) -> tuple[str, str]:
    """Say a shape before and after; with another CRS, where it lies in degrees by that."""
    before = said(old, old_crs)
    if old_crs == new_crs:
        return before, said(new, new_crs)
    return before, _lonlat(new, new_crs)


def said(wkb: bytes | None, crs: str) -> str:
    """Say a shape in one line, empty for none.

    The arrow tells in which direction its outer ring is drawn; the area is in square metres.

    >>> said(shapely.to_wkb(shapely.box(20, 44, 20.01, 44.01)), "EPSG:4326")
    'Polygon ↺ 5 · 891114.9 m² · 20.00500, 44.00500'
    >>> said(shapely.to_wkb(shapely.Point(7457718.2, 4962967.6)), "EPSG:6316")
    'Point · 7457718.2, 4962967.6'
    """
    shape = shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None:
        return ""
    if shape.is_empty:
        return f"{shape.geom_type} 0"
    place = _place(shape)
    if shape.geom_type == "Point":
        return f"{_kind(shape)} · {place}"
    size = f" · {_area(shape, crs):.1f} m²" if shapely.get_dimensions(shape) == 2 else ""
    return f"{_kind(shape)} {shapely.get_num_coordinates(shape)}{size} · {place}"


def _kind(shape: Any) -> str:
    deep = " Z" if shape.has_z else ""
    rings = shapely.get_rings(shapely.get_parts(shape))
    if not len(rings):
        return f"{shape.geom_type}{deep}"
    return f"{shape.geom_type}{deep} {'↺' if shapely.is_ccw(rings[0]) else '↻'}"


def _place(shape: Any) -> str:
    west, south, east, north = shape.bounds
    digits = 5 if max(map(abs, shape.bounds)) <= 360 else 1
    return f"{(west + east) / 2:.{digits}f}, {(south + north) / 2:.{digits}f}"


def _area(shape: Any, crs: str) -> float:
    """Give the area in square metres, on the ellipsoid for degrees."""
    system = systems.known(crs or DEGREES)
    geod = system.get_geod() if system is not None and system.is_geographic else None
    return float(abs(geod.geometry_area_perimeter(shape)[0]) if geod else shape.area)


def _lonlat(wkb: bytes | None, crs: str) -> str:
    """Say where a shape lies, in degrees; empty when the CRS is not known."""
    shape = shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None or shape.is_empty:
        return ""
    try:
        there = systems.to_lonlat(shapely.points([shapely.get_coordinates(shape)[0]]), crs)
    except ReadingError:
        return ""
    [point] = there.geometries
    return f"{point.x:.5f}, {point.y:.5f}"
