"""Areas in an address: a box, a circle, a polygon that was drawn, or a published feature's own.

`w,s,e,n` · `circle:lon,lat,metres` · `polygon:lon,lat;lon,lat;…` · `<collection>/<id>`, all in
degrees of CRS84; js/map/draw.mjs writes the same.
"""

import re
from collections.abc import Sequence

import shapely

from geoportal.emap.state import parse_box
from geoportal.registry import View

MOST_LETTERS = 8000
MOST_RADIUS_M = 1_000_000
CORNERS = 72
DECIMALS = 6
NUMBER = re.compile(r"-?\d{1,7}(\.\d{1,15})?")
AREAL = 2


def area_of(text: str, view: View) -> shapely.Geometry | None:
    """The valid polygon that an address says; None for what is none."""
    kind, _, said = text[:MOST_LETTERS].partition(":")
    if kind == "circle":
        return _circle(_numbers(said))
    if kind == "polygon":
        return _whole([_numbers(pair) for pair in said.split(";")])
    if box := parse_box(text):
        west, south, east, north = box
        return _whole([(west, south), (east, south), (east, north), (west, north)])
    return _published(text, view)


def _numbers(text: str) -> tuple[float, ...]:
    parts = text.split(",")
    return tuple(map(float, parts)) if all(map(NUMBER.fullmatch, parts)) else ()


def _circle(numbers: tuple[float, ...]) -> shapely.Geometry | None:
    from pyproj import Geod  # noqa: PLC0415 - its data are read from the disk

    if len(numbers) != len("xyr") or not 0 < numbers[2] <= MOST_RADIUS_M or not _on_earth(numbers):
        return None
    longitude, latitude, radius = numbers
    turns = [360 / CORNERS * i for i in range(CORNERS)]
    there = Geod(ellps="WGS84").fwd(
        [longitude] * CORNERS, [latitude] * CORNERS, turns, [radius] * CORNERS
    )
    return _whole(list(zip(there[0], there[1], strict=True)))


def _whole(corners: Sequence[tuple[float, ...]]) -> shapely.Geometry | None:
    """The ring as a valid polygon; None where it has no area or is not on the earth."""
    if len(corners) < 3 or not all(len(each) == 2 and _on_earth(each) for each in corners):  # noqa: PLR2004
        return None
    drawn = shapely.make_valid(
        shapely.polygons([(round(x, DECIMALS), round(y, DECIMALS)) for x, y in corners]),
        method="structure",
        keep_collapsed=False,
    )
    return drawn if shapely.area(drawn) > 0 else None


def _on_earth(place: Sequence[float]) -> bool:
    return abs(place[0]) <= 180 and abs(place[1]) <= 90  # noqa: PLR2004 - degrees


def _published(text: str, view: View) -> shapely.Geometry | None:
    collection, _, fid = text.partition("/")
    shown = view.collections.get(collection)
    fragment = shown.features.feature(fid) if shown and fid else None
    shape = shapely.from_geojson(fragment) if fragment else None
    return shape if shape and shapely.get_dimensions(shape) == AREAL else None
