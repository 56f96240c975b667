"""GeoJSON features as bytes, made once when a layer is built and sent as they are ever after."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from datasets.model import Column
from publish.layers.arrays import Geometries

DECIMALS = 7
"""Of a degree, about 1 cm; RFC 7946 §11.2 thinks six are enough for most."""

LEVELS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How deep in lists the positions of a type of geometry lie."""
TYPES = {kind: shapely.GeometryType[kind.upper()] for kind in LEVELS}

type Placing = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Gives other positions for some, one a row."""
type FeatureId = int | str
type Value = str | int | float | bool | None


def rounded(shapes: Geometries) -> Geometries:
    """The geometries with 7 decimals, and no minus before a zero."""
    return shapely.transform(shapes, _round)


def _round(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(lonlat, DECIMALS) + 0.0


def fragments(
    ids: Sequence[FeatureId],
    shapes: Geometries,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
) -> Iterator[bytes]:
    """One RFC 7946 Feature per row, UTF-8: `type`, `id`, `geometry`, `properties` in this order.

    The geometries are taken as they are: round and orient them before. Values are those of
    `rows.values`.

    >>> columns = [Column("name", "Назив", "string")]
    >>> list(fragments([7], shapely.points([[20.9, 44]]), columns, [["Рача"]]))[0].decode()
    '{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[20.9,44.0]},\
"properties":{"name":"Рача"}}'
    """
    said = named(columns)
    for fid, text, values in zip(ids, shapely.to_geojson(shapes), rows, strict=True):
        yield orjson.dumps(
            {
                "type": "Feature",
                "id": fid,
                "geometry": None if text is None else orjson.Fragment(text),
                "properties": said(values),
            }
        )


def named(columns: Sequence[Column]) -> Callable[[Sequence[Value]], dict[str, Any]]:
    """What gives the `properties` of a row: its values by name, a list as the array its text is.

    A moment is of RFC 3339, as JSON Schema's `date-time` wants it: without an offset it is UTC.
    """
    names = [column.name for column in columns]
    lists = [column.name for column in columns if column.items]
    moments = [column.name for column in columns if column.type == "datetime"]

    def properties(values: Sequence[Value]) -> dict[str, Any]:
        found: dict[str, Any] = dict(zip(names, values, strict=True))
        for name in lists:
            found[name] = found[name] and orjson.Fragment(found[name])
        for name in moments:
            found[name] = found[name] and f"{found[name]}Z"
        return found

    return properties


def _as_they_are(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return lonlat


def geometries(features: Sequence[bytes], placed: Placing = _as_they_are) -> Geometries:
    """The geometries of fragments that have one, with their positions put elsewhere.

    GEOS reads GeoJSON twice as slowly as orjson and numpy do.
    """
    read = orjson.loads(b"[%b]" % b",".join(map(_geometry, features)))
    kinds = np.array([geometry["type"] for geometry in read], dtype=str)
    shapes = np.empty(len(read), dtype=object)
    for kind in dict.fromkeys(kinds.tolist()):
        places = np.flatnonzero(kinds == kind)
        shapes[places] = _of_kind(kind, [read[i] for i in places.tolist()], placed)
    return shapes


def _of_kind(kind: str, read: Sequence[Mapping[str, Any]], placed: Placing) -> Geometries:
    """Geometries of one type; a collection is left to GEOS."""
    if kind not in LEVELS:
        collections = shapely.from_geojson(np.array([*map(orjson.dumps, read)]))
        return shapely.transform(collections, placed)
    parts: list[Any] = [geometry["coordinates"] for geometry in read]
    offsets = []
    for _ in range(LEVELS[kind]):
        offsets.append(np.cumsum([0, *map(len, parts)]))
        parts = [*itertools.chain.from_iterable(parts)]
    flat = itertools.chain.from_iterable(parts)
    lonlat = np.fromiter(flat, np.float64, 2 * len(parts)).reshape(-1, 2)
    made: Geometries = shapely.from_ragged_array(TYPES[kind], placed(lonlat), offsets[::-1])
    return made


def _geometry(feature: bytes) -> bytes:
    """The geometry's own text: only there can these words stand, as quotes in values are escaped.

    Two thirds of the time go to the properties when the reader is given all.
    """
    start = feature.index(b'"geometry":') + 11
    return feature[start : feature.index(b',"properties":', start)]
