"""Areas as metadata records write them, and whether they can be meant."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from datasets.model import BBox, Finding
from harvesters.values.spatial import area, box

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_PAIR = re.compile(rf"({_NUMBER})[\s,]+({_NUMBER})")
_SYSTEM = re.compile(r"^\s*<https?:[^>]*>\s*")
_LAT_FIRST = re.compile(r"EPSG(?:/[\d.]*/|:[\d.]*:)4326", re.IGNORECASE)
_GEOMETRY = re.compile(rf"[\[{{<]|[A-Za-z ]+\(|\s*(?:{_NUMBER}[\s,;]*){{4}}$")
_LONGEST = 200_000
_FAULTS = {
    "turned": "its sides are exchanged or not on Earth",
    "point": "it is a single point",
    "world": "it is the whole world",
}


def sides(west: Any, south: Any, east: Any, north: Any) -> tuple[str, str]:
    """Give a box in degrees as CKAN's extra `spatial`, and what is odd: `turned`, `point`, `world`.

    A box that is turned, or the whole world, is left out.

    >>> sides("20.8", "43.9", "21.1", "44.2")[0][:52]
    '{"type":"Polygon","coordinates":[[[20.8,43.9],[21.1,'
    >>> sides(44.2, 20.8, 43.9, 21.1), sides(-180, -90, 180, 90), sides("?", 1, 2, 3)
    (('', 'turned'), ('', 'world'), ('', ''))
    """
    numbers = [_number(side) for side in (west, south, east, north)]
    found = [number for number in numbers if number is not None]
    if len(found) < 4:
        return "", ""
    w, s, e, n = found
    fault = _fault((w, s, e, n))
    return ("" if fault in ("turned", "world") else box(w, s, e, n)), fault


def written(said: str) -> tuple[str, str]:
    """Read the area of a geometry: GeoJSON, WKT, GML, or four numbers; as `sides` gives it.

    >>> written("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(44 20.9)")
    ('{"type":"Polygon","coordinates":[[[20.8999,43.9999],[20.9001,43.9999],[20.9001,44.0001],\
[20.8999,44.0001],[20.8999,43.9999]]]}', 'point')
    >>> written("Шумадија 34000 2024")
    ('', '')
    """
    said = said.strip()[:_LONGEST]
    turned = bool(_LAT_FIRST.search(said[:1000]))
    bare = _SYSTEM.sub("", said)
    if not _GEOMETRY.match(bare):
        return "", ""
    if bare.startswith("{"):
        pairs = list(_places(bare))
    else:
        bare = re.sub(r"<[^>]*>", " ", bare)
        bare = _PAIR.sub(r"\2 \1", bare) if turned else bare
        pairs = [(float(x), float(y)) for x, y in _PAIR.findall(bare)]
    if not pairs:
        return "", ""
    xs, ys = zip(*pairs, strict=True)
    around = min(xs), min(ys), max(xs), max(ys)
    fault = _fault(around)
    return ("" if fault in ("turned", "world") else area(bare) or box(*around)), fault


def odd(fault: str) -> tuple[Finding, ...]:
    """Say as a finding what is odd about an area; none for nothing."""
    if not fault:
        return ()
    return (
        Finding(
            "extent-odd",
            severity="warning",
            note=f"the area that the record gives is hardly meant: {_FAULTS[fault]}",
            values={"type": fault},
            remedy="correct the area of the record at the source: west, east, south and north",
        ),
    )


def _fault(around: BBox) -> str:
    w, s, e, n = around
    if not (-180 <= w <= e <= 180 and -90 <= s <= n <= 90):
        return "turned"
    if e - w >= 359 and n - s >= 170:
        return "world"
    return "point" if e - w < 1e-6 and n - s < 1e-6 else ""


def _places(said: str) -> Iterator[tuple[float, float]]:
    """Give the corners of a GeoJSON geometry, whatever else stands in it."""
    try:
        waiting = [json.loads(said)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [value.get(key) for key in ("coordinates", "geometries", "geometry")]
        elif isinstance(value, list):
            x, y = (
                None if isinstance(each, str) else _number(each)
                for each in (*value, None, None)[:2]
            )
            if x is None or y is None:
                waiting += value
            else:
                yield x, y


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
