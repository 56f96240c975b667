"""Esri JSON as it is served: errors in a 200, fields, domains, dates, rings; as GeoJSON has it.

Rule: ArcGIS REST API, "Geometry objects" and "Feature object"; recorded answers where it is silent.
"""

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from datasets.errors import HarvestError
from harvesters.features.geojson import MGI_1901, Feature, whole
from harvesters.values.mapping import at, entries, listed, slug, table, text

type Position = list[float]
type Ring = list[Position]

TYPES = {
    "esriFieldTypeOID": "integer",
    "esriFieldTypeInteger": "integer",
    "esriFieldTypeSmallInteger": "integer",
    "esriFieldTypeBigInteger": "integer",
    "esriFieldTypeDouble": "number",
    "esriFieldTypeSingle": "number",
    "esriFieldTypeDate": "datetime",
}
"""Types of a Table Schema; any other field is text."""
LEFT_OUT = ("esriFieldTypeGeometry", "esriFieldTypeBlob", "esriFieldTypeRaster")
KEY_WANTED, FORBIDDEN, GONE = (401, 498, 499), (403,), (404,)
WEB_MERCATOR = (102100, 102113, 900913)
ESRI_CODES = 32768  # from here on a number is Esri's own, not EPSG's
PLANE = 2
CLOSED = 4  # positions of the smallest ring
SAMPLE = 9  # positions of a hole that are looked up in a shell


def refuse_error(answer: Any, address: str) -> None:
    """Raise what an answer's `error` says: ArcGIS answers it with HTTP 200."""
    error = table(answer).get("error")
    if error is None or error == {}:
        return
    code = table(error).get("code")
    details = " ".join(filter(None, map(text, listed(at(error, "details")))))
    said = text(at(error, "message")) or text(details) or text(error) or str(code)
    fault = "upstream-error"
    for codes, name in ((KEY_WANTED, "key-wanted"), (FORBIDDEN, "forbidden"), (GONE, "gone")):
        fault = name if code in codes else fault
    raise HarvestError(
        f"{address}: the server answers with an error ({code}: {said}): tell its owner",
        fault,
        address=address,
        said=said,
    )


class Fields:
    """The attributes of a layer: their names and titles, and how their values are written."""

    def __init__(self, layer: Mapping[str, Any]) -> None:
        self._said: dict[str, Mapping[str, Any]] = {}
        for field in entries(layer.get("fields")):
            name = text(field.get("name"))
            if name and field.get("type") not in LEFT_OUT:
                self._said.setdefault(name, field)
        self._domains = {name: _domain(field) for name, field in self._said.items()}

    @property
    def names(self) -> list[str]:
        """The names in the order of the layer."""
        return list(self._said)

    def schema(self) -> dict[str, Any] | None:
        """Give the Table Schema; None for a layer that tells no fields."""
        fields = [
            {
                "name": name,
                "title": text(field.get("alias")) or name,
                "type": "string" if self._domains[name] else _type(field),
            }
            for name, field in self._said.items()
        ]
        return {"fields": fields} if fields else None

    def object_id(self, layer: Mapping[str, Any]) -> str:
        """Give the name of the field that identifies a row; empty where there is none."""
        said = text(layer.get("objectIdField"))
        found = (n for n, f in self._said.items() if f.get("type") == "esriFieldTypeOID")
        return said or next(found, "")

    def values(self, attributes: Any) -> dict[str, Any]:
        """Give all attributes of a row in the layer's order: codes as words, dates by ISO 8601."""
        said = table(attributes)
        if not self._said:
            return {str(name): _plain(value) for name, value in said.items()}
        return {name: self._value(name, said.get(name)) for name in self._said}

    def _value(self, name: str, value: Any) -> Any:
        domain = self._domains[name]
        if domain and not isinstance(value, dict | list) and value is not None:
            return domain.get(_code(value), str(whole(value)))
        kind = self._said[name].get("type")
        if kind == "esriFieldTypeDate":
            return moment(value)
        value = _plain(value)
        if TYPES.get(str(kind)) is None and value is not None and not isinstance(value, str):
            return str(value)
        return value


def _type(field: Mapping[str, Any]) -> str:
    return TYPES.get(str(field.get("type")), "string")


def _domain(field: Mapping[str, Any]) -> dict[str, str]:
    """Give the words of coded values by their codes."""
    coded = entries(at(field, "domain", "codedValues"))
    return {_code(each.get("code")): text(each.get("name")) for each in coded if each.get("name")}


def _code(value: Any) -> str:
    return str(whole(value)).strip()


def _plain(value: Any) -> Any:
    """Give a value as JSON has it; nested ones are no cells of a table and are left out."""
    if isinstance(value, dict | list):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return whole(value)


def moment(value: Any) -> str | None:
    """Write milliseconds since 1970 as a moment; text stays as it is.

    >>> moment(1600000000000), moment(-86400000), moment(None), moment("2020-01-01")
    ('2020-09-13T12:26:40Z', '1969-12-31T00:00:00Z', None, '2020-01-01')
    """
    if isinstance(value, str):
        return text(value) or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return (start + datetime.timedelta(milliseconds=value)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError):
        return None


def crs(reference: Any) -> str:
    """Name a spatial reference as EPSG:n, ESRI:n or by its WKT; empty for none, or for degrees.

    >>> crs({"wkid": 102100, "latestWkid": 3857}), crs({"wkid": 102697}), crs({"wkid": 4326})
    ('EPSG:3857', 'ESRI:102697', '')
    """
    said = table(reference)
    numbers = [n for n in (said.get("latestWkid"), said.get("wkid")) if isinstance(n, int)]
    number = next((n for n in numbers if n > 0), 0)
    if number in WEB_MERCATOR:
        return "EPSG:3857"
    if number:
        known = "ESRI" if number >= ESRI_CODES else "EPSG"
        return "" if number == 4326 else f"{known}:{number}"  # noqa: PLR2004 - what was asked for
    return text(said.get("wkt") or said.get("wkt2"), 4_000)


def wanted_system(layer: Mapping[str, Any]) -> str:
    """Give the number of the system to ask a layer's rows in: degrees, or Serbia's old one.

    >>> wanted_system({"extent": {"spatialReference": {"wkid": 6316}}}), wanted_system({})
    ('6316', '4326')
    """
    said = table(layer.get("sourceSpatialReference") or at(layer, "extent", "spatialReference"))
    numbers = (said.get("latestWkid"), said.get("wkid"))
    return next((str(n) for n in numbers if str(n) in MGI_1901), "4326")


def feature(said: Mapping[str, Any], fields: Fields) -> Feature:
    """Give a row as a GeoJSON feature, of Esri's form or of GeoJSON's own."""
    if "attributes" not in said and isinstance(said.get("properties"), dict):
        geometry = said.get("geometry")
        values = fields.values(said["properties"])
        return _feature(geometry if isinstance(geometry, dict) else None, values)
    return _feature(geometry_of(said.get("geometry")), fields.values(said.get("attributes")))


def _feature(geometry: dict[str, Any] | None, values: dict[str, Any]) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": values}


def geometry_of(said: Any) -> dict[str, Any] | None:
    """Give a geometry of Esri's as GeoJSON; None where there is none, or it is empty.

    >>> geometry_of({"x": 20.9, "y": 44.0}), geometry_of({"x": "NaN", "y": "NaN"})
    ({'type': 'Point', 'coordinates': [20.9, 44.0]}, None)
    """
    said = table(said)
    if "x" in said:
        place = _position([said.get("x"), said.get("y")])
        return {"type": "Point", "coordinates": place} if place else None
    if "points" in said:
        places = _positions(said["points"])
        return {"type": "MultiPoint", "coordinates": places} if places else None
    if "paths" in said:
        paths = [path for each in listed(said["paths"]) if len(path := _positions(each)) > 1]
        return _one_or_many("LineString", paths)
    if "rings" in said:
        return _one_or_many("Polygon", polygons(map(_positions, listed(said["rings"]))))
    return None


def _one_or_many(kind: str, parts: Sequence[Any]) -> dict[str, Any] | None:
    if len(parts) == 1:
        return {"type": kind, "coordinates": parts[0]}
    return {"type": f"Multi{kind}", "coordinates": list(parts)} if parts else None


def _positions(said: Any) -> list[Position]:
    return [place for each in listed(said) if (place := _position(each))]


def _position(said: Any) -> Position | None:
    """Give x and y; heights and measures cannot be told apart here, and no map shows them."""
    numbers = said[:PLANE] if isinstance(said, list) else []
    if len(numbers) < PLANE or not all(_is_finite(n) for n in numbers):
        return None
    return list(numbers)


def _is_finite(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def polygons(rings: Iterable[Ring]) -> list[list[Ring]]:
    """Sort rings into polygons: clockwise ones are shells, each other a hole in one of them.

    Holes may come before their shells; one that lies in no shell is a shell. What comes out has
    shells counter-clockwise and holes clockwise. Rule: RFC 7946, 3.1.6.
    """
    shells: list[Ring] = []
    holes: list[Ring] = []
    for ring in map(_closed, rings):
        if len(ring) >= CLOSED:
            (shells if area(ring) <= 0 else holes).append(ring)
    found = [[shell[::-1]] for shell in shells]
    boxes = [_box(shell) for shell in shells]
    for hole in holes:
        place = _shell_of(hole, shells, boxes)
        if place is None:
            found.append([hole])
        else:
            found[place].append(hole[::-1])
    return found


def _closed(ring: Ring) -> Ring:
    return [*ring, ring[0]] if ring and ring[0] != ring[-1] else ring


def area(ring: Ring) -> float:
    """Give the signed area of a closed ring: positive when it runs counter-clockwise.

    >>> area([[0, 0], [1, 0], [1, 1], [0, 0]])
    0.5
    """
    x0, y0 = ring[0]
    return (
        sum(
            (a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0)
            for a, b in zip(ring, ring[1:], strict=False)
        )
        / 2
    )


def _box(ring: Ring) -> tuple[float, float, float, float]:
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    return min(xs), min(ys), max(xs), max(ys)


def _shell_of(
    hole: Ring, shells: Sequence[Ring], boxes: Sequence[tuple[float, float, float, float]]
) -> int | None:
    """Give the smallest shell in which most of a hole lies."""
    west, south, east, north = _box(hole)
    sample = hole[:: max(1, len(hole) // SAMPLE)]
    around = [
        i
        for i, (w, s, e, n) in enumerate(boxes)
        if w <= west and s <= south and e >= east and n >= north
        if sum(_holds(shells[i], place) for place in sample) * 2 > len(sample)
    ]
    return min(around, key=lambda i: abs(area(shells[i])), default=None)


def _holds(ring: Ring, place: Position) -> bool:
    """Tell whether a place lies in a ring, by the crossings to its right."""
    x, y = place
    return sum(1 for a, b in _crossed(ring, y) if x < _at(a, b, y)) % 2 == 1


def _crossed(ring: Ring, y: float) -> Iterator[tuple[Position, Position]]:
    for a, b in zip(ring, ring[1:], strict=False):
        if (a[1] > y) != (b[1] > y):
            yield a, b


def _at(a: Position, b: Position, y: float) -> float:
    return a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1])


def layer_name(title: str, number: str) -> str:
    """Give a CKAN name of a layer's title, else of its number."""
    return slug(title) or f"layer-{number}"
