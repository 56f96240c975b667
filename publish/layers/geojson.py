"""GeoJSON features as bytes, made once when a layer is built and sent as they are ever after."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from datasets.model import Column
from publish.layers.arrays import Geometries

DECIMALS = 7
"""Of a degree, about 1 cm; RFC 7946 §11.2 thinks six are enough for most."""

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
    """What gives the `properties` of a row: its values by name, a list as the array its text is."""
    names = [column.name for column in columns]
    lists = [column.name for column in columns if column.items]

    def properties(values: Sequence[Value]) -> dict[str, Any]:
        found: dict[str, Any] = dict(zip(names, values, strict=True))
        for name in lists:
            found[name] = found[name] and orjson.Fragment(found[name])
        return found

    return properties


def geometries(features: Sequence[bytes]) -> Geometries:
    """The geometries of fragments that have one."""
    read: Geometries = shapely.from_geojson(np.array([*map(_geometry, features)], dtype=object))
    return read


def _geometry(feature: bytes) -> bytes:
    """The geometry's own text: only there can these words stand, as quotes in values are escaped.

    Half of the time goes to the properties when the reader is given all.
    """
    start = feature.index(b'"geometry":') + 11
    return feature[start : feature.index(b',"properties":', start)]
