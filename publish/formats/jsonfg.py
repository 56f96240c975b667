"""JSON-FG (OGC 21-045r1): GeoJSON that knows other CRS, times and the type of its features."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import shapely

from publish.formats._cutting import family
from publish.formats._format import Format
from publish.formats._selection import Selection, nobody
from publish.layers import geojson
from publish.layers.arrays import Geometries
from publish.layers.crs import CRS84

if TYPE_CHECKING:
    import pyarrow as pa

CORE = "http://www.opengis.net/spec/json-fg-1/1.0/conf/core"


class JSONFG(Format):
    """A feature collection with `place` in the chosen CRS, and `geometry` in WGS 84 beside it.

    In WGS 84 itself `place` is null, as the standard wants. `time` is made of the layer's columns
    that say when a feature was; a time of day without a zone is UTC.
    """

    title = "JSON-FG"
    media_type = "application/vnd.ogc.fg+json"
    ending = "jsonfg.json"
    is_text = True

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The collection, some thousands of features at a time."""
        yield orjson.dumps(_head(selection))[:-1] + b',"features":[\n'
        between = b""
        for part in _parts(selection):
            if part:
                yield between + b",\n".join(part)
                between = b",\n"
        yield b"\n]}\n"


def _head(selection: Selection) -> dict[str, object]:
    dimension = family(selection.manifest.geometry_type)
    return {
        "type": "FeatureCollection",
        "conformsTo": [CORE],
        "featureType": selection.name,
        **({} if dimension is None else {"geometryDimension": dimension}),
        "coordRefSys": selection.crs,
    }


def _parts(selection: Selection) -> Iterator[list[bytes]]:
    """The features; those of another CRS are read twice, for their two geometries."""
    lonlat = replace(selection, crs=CRS84)
    if selection.crs == CRS84:
        for rows, shapes in lonlat.shapes():
            yield _features(selection, rows, shapes, [None] * rows.num_rows)
        return
    both = zip(selection.shapes(), replace(lonlat, progress=nobody).shapes(), strict=True)
    for (rows, places), (_, shapes) in both:
        yield _features(selection, rows, shapes, shapely.to_geojson(places).tolist())


def _features(
    selection: Selection, rows: "pa.Table", shapes: Geometries, places: Sequence[str | None]
) -> list[bytes]:
    from publish.layers.rows import values  # noqa: PLC0415 - pyarrow is large

    columns = selection.manifest.columns
    properties = geojson.named(columns)
    texts = shapely.to_geojson(geojson.rounded(shapes))
    each = zip(
        rows["id"].to_pylist(),
        texts,
        places,
        times(selection, rows),
        values(rows, columns),
        strict=True,
    )
    return [
        orjson.dumps(
            {
                "type": "Feature",
                "id": fid,
                "time": time,
                "place": place and orjson.Fragment(place),
                "geometry": text and orjson.Fragment(text),
                "properties": properties(plain),
            }
        )
        for fid, text, place, time, plain in each
    ]


def times(selection: Selection, rows: "pa.Table") -> list[dict[str, Any] | None]:
    """The `time` of each feature: a date, a timestamp, or an interval of two of a kind."""
    names = selection.manifest.times
    if not names:
        return [None] * rows.num_rows
    kinds = {column.name: column.type for column in selection.manifest.columns}
    if len(names) == 1:
        member = "date" if kinds[names[0]] == "date" else "timestamp"
        said = _said(kinds[names[0]])
        return [v and {member: said(v)} for v in rows[names[0]].to_pylist()]
    begins, ends = (rows[name].to_pylist() for name in names)
    first, last = (_said(kinds[name]) for name in names)
    return [
        {"interval": [first(b) if b else "..", last(e) if e else ".."]} if b or e else None
        for b, e in zip(begins, ends, strict=True)
    ]


def _said(kind: str) -> Callable[[Any], str]:
    return lambda moment: moment.isoformat() + ("" if kind == "date" else "Z")
