"""A layer that comes in many answers, written to disk as one GeoJSON document, page by page.

The same features give the same bytes: no time stamps, no links, one feature a line.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datasets.model import BBox
from harvesters.features.paging import Bounded, Seen

type Feature = dict[str, Any]

MEDIA_TYPE = "application/geo+json"
MGI_1901 = tuple("3906 3907 3908 3909 3910 6316 8677 8678 8679 31275 31276 31277 31278".split())
"""EPSG's numbers of Serbia's old systems: few servers bring them to degrees rightly, so they are
asked for as they are. See validation/crs.py."""
_HEAD, _TAIL = b'{"type":"FeatureCollection","features":[', b"\n]"
_SHARE = 0.9  # of the places of a page: so many must speak for an order of the axes
_CORNERS = (4, 6)  # numbers of a box: with heights there are six


class Features:
    """A GeoJSON document under way; `crs` is the name that it gives its system, if any."""

    def __init__(self, out: Bounded, address: str) -> None:
        self.crs = ""
        self.seen = Seen(address)
        self._out, self._turned = out, False

    def add(self, said: Iterable[Any], box: BBox | None = None) -> int:
        """Write a page of features in any state; give how many came.

        `box` is where the source says that they lie: when only the swapped coordinates of the
        first page lie in it, all were written as latitude and longitude, and are turned.
        """
        page = [feature(each) for each in said if isinstance(each, Mapping)]
        if not self.seen.rows:
            self._turned = is_turned(page, box)
        if self._turned:
            page = [turned(each) for each in page]
        rows = [written(each) for each in page]
        news = self.seen.new(rows, ["id" in each for each in page])
        before = self.seen.rows - sum(news)
        for row, new in zip(rows, news, strict=True):
            if new:
                self._out.write((b",\n" if before else b"\n") + row)
                before += 1
        return len(page)

    def end(self) -> None:
        """Write what stands behind the last feature."""
        self._out.write(_TAIL)
        if self.crs:
            member = {"type": "name", "properties": {"name": self.crs}}
            self._out.write(b',"crs":' + written(member))
        self._out.write(b"}\n")


@contextmanager
def collection(path: Path, address: str, max_bytes: int) -> Iterator[Features]:
    """Open a GeoJSON document for pages of features, and close it after the last."""
    with path.open("wb") as file:
        out = Bounded(file, address, max_bytes)
        out.write(_HEAD)
        features = Features(out, address)
        yield features
        features.end()


def feature(said: Mapping[str, Any]) -> Feature:
    """Give a feature as RFC 7946 has it, of what a server calls one; the rest is left out.

    >>> feature({"id": 6.4579816e7, "properties": None, "geometry": "?", "links": []})
    {'type': 'Feature', 'id': 64579816, 'geometry': None, 'properties': {}}
    """
    geometry, properties = said.get("geometry"), said.get("properties")
    identity = whole(said.get("id"))
    known = isinstance(identity, str | int | float) and not isinstance(identity, bool)
    return {
        "type": "Feature",
        **({"id": identity} if known else {}),
        "geometry": geometry if isinstance(geometry, dict) else None,
        "properties": properties if isinstance(properties, dict) else {},
    }


def whole(value: Any) -> Any:
    """Give a number without a fraction as an integer, anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def written(value: Any) -> bytes:
    """Write a value as JSON in one way: no blanks, no NaN, letters as they are.

    >>> written({"a": [1.0, float("inf"), "ш"]}).decode()
    '{"a":[1.0,null,"ш"]}'
    """
    try:
        text = _dumped(value)
    except ValueError:
        text = _dumped(_finite(value))
    return text.encode(errors="replace")  # half of a surrogate pair is no letter


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def bbox(value: Any) -> BBox | None:
    """Give a box of longitudes and latitudes, of four numbers or six; None for any other.

    >>> bbox([20.8, 43.9, 0, 21.1, 44.2, 500]), bbox([180, 90, -180, -90]), bbox("?")
    ((20.8, 43.9, 21.1, 44.2), None, None)
    """
    if not isinstance(value, list | tuple) or len(value) not in _CORNERS:
        return None
    if not all(_is_number(each) for each in value):
        return None
    half = len(value) // 2
    west, south = value[0], value[1]
    east, north = value[half], value[half + 1]
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return None
    return float(west), float(south), float(east), float(north)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_turned(features: Iterable[Feature], box: BBox | None) -> bool:
    """Tell whether coordinates are latitude and longitude, by the box where they must lie."""
    places = [place for each in features if (place := first_place(each["geometry"]))]
    return are_turned(places, box)


def are_turned(places: list[tuple[float, float]], box: BBox | None) -> bool:
    """Tell whether of places (x, y) hardly any lies in the box, and nearly all do as (y, x)."""
    if box is None or not places:
        return False
    plain = sum(_inside(x, y, box) for x, y in places)
    swapped = sum(_inside(y, x, box) for x, y in places)
    return swapped >= _SHARE * len(places) and plain <= (1 - _SHARE) * len(places)


def _inside(x: float, y: float, box: BBox) -> bool:
    """Tell whether a place lies in a box or near it: boxes are often rounded."""
    west, south, east, north = box
    margin = 0.01 + 0.1 * max(east - west, north - south)
    return west - margin <= x <= east + margin and south - margin <= y <= north + margin


def first_place(geometry: Any) -> tuple[float, float] | None:
    """Give the first position of a geometry, if it has one."""
    if not isinstance(geometry, dict):
        return None
    inner = geometry.get("geometries")
    if isinstance(inner, list):
        return next((place for each in inner if (place := first_place(each))), None)
    found = geometry.get("coordinates")
    while isinstance(found, list) and found and isinstance(found[0], list):
        found = found[0]
    if not (isinstance(found, list) and len(found) > 1 and all(map(_is_number, found[:2]))):
        return None
    return float(found[0]), float(found[1])


def turned(each: Feature) -> Feature:
    """Give a feature with its coordinates the other way round."""
    return {**each, "geometry": _turned(each["geometry"])}


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _turned(inner) if key in ("coordinates", "geometries") else inner
            for key, inner in value.items()
        }
    if not isinstance(value, list):
        return value
    if len(value) > 1 and not isinstance(value[0], list | dict):
        return [value[1], value[0], *value[2:]]
    return [_turned(inner) for inner in value]
