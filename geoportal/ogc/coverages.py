"""Measurements as CoverageJSON; and what such a document says, as GeoJSON and CSV.

Rules: OGC 21-069r2, CoverageJSON; OGC 19-086r6, EDR GeoJSON.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson
import shapely

from datasets.model import BBox
from publish.formats.csv import quoted
from publish.layers import crs
from publish.layers.crs import CRS84
from publish.layers.query import split
from publish.layers.series import Location, Measured, Series

type Object = dict[str, Any]
type Row = Mapping[str, Any]

DOMAINS = {"Point": "PointSeries", "Polygon": "PolygonSeries"}


def referencing(uri: str) -> list[Object]:
    """The systems of the axes: x runs east and y north, named in the order of the CRS."""
    system = crs.place(uri)
    kind = "GeographicCRS" if system.degrees else "ProjectedCRS"
    axes = ["y", "x"] if system.swapped else ["x", "y"]
    return [
        {"coordinates": axes, "system": {"type": kind, "id": uri}},
        {"coordinates": ["t"], "system": {"type": "TemporalRS", "calendar": "Gregorian"}},
    ]


def collection(rows: Iterable[Row], series: Series, wanted: Sequence[str], language: str) -> Object:
    """A CoverageCollection of features: a coverage for each place, a value for each moment.

    `wanted` are names of what is measured. Where a place has two values of one thing for one
    moment, it has two coverages: nothing is lost, and nothing is averaged.
    """
    names = {(m.kind, m.column): name for name, m in series.measured.items() if name in wanted}
    ids = {location.name: name for name, location in series.locations.items()}
    places: dict[bytes, list[Place]] = {}
    for row in rows:
        said, geometry = row["properties"], row["geometry"]
        moment = said[series.time]
        if geometry is None or moment is None:
            continue
        found = places.setdefault(
            orjson.dumps(geometry), [Place(geometry, ids.get(said.get(series.names), ""))]
        )
        kind = said[series.kinds] if series.kinds else ""
        for (of, column), name in names.items():
            if of == kind and said[column] is not None:
                _put(found, moment, name, said[column])
    coverages = [
        place.coverage(wanted) for found in places.values() for place in found if place.values
    ]
    first = next((place.geometry["type"] for found in places.values() for place in found), "Point")
    return {
        "type": "CoverageCollection",
        "domainType": DOMAINS[first],
        "parameters": {n: parameter(n, series.measured[n], language) for n in wanted},
        "referencing": referencing(CRS84),
        "coverages": coverages,
    }


class Place:
    """The values at one place: by moment, then by the name of what is measured."""

    def __init__(self, geometry: Object, location: str) -> None:
        self.geometry, self.location = geometry, location
        self.values: dict[str, dict[str, float]] = {}

    def coverage(self, wanted: Sequence[str]) -> Object:
        """A coverage whose moments are in order; null where nothing was measured."""
        moments = sorted(self.values)
        there = [name for name in wanted if any(name in said for said in self.values.values())]
        return {
            "type": "Coverage",
            **({"id": self.location} if self.location else {}),
            "domain": {
                "type": "Domain",
                "domainType": DOMAINS[self.geometry["type"]],
                "axes": {**_axes(self.geometry), "t": {"values": moments}},
            },
            "ranges": {
                name: {
                    "type": "NdArray",
                    "dataType": "float",
                    "axisNames": ["t"],
                    "shape": [len(moments)],
                    "values": [self.values[moment].get(name) for moment in moments],
                }
                for name in there
            },
        }


def _axes(geometry: Object) -> Object:
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Point":
        return {"x": {"values": [coordinates[0]]}, "y": {"values": [coordinates[1]]}}
    axis = {"dataType": "polygon", "coordinates": ["x", "y"], "values": [coordinates]}
    return {"composite": axis}


def _put(found: list[Place], moment: str, name: str, value: float) -> None:
    """Put a value where there is none for this moment yet, in a further coverage if need be."""
    for place in found:
        there = place.values.setdefault(moment, {})
        if name not in there:
            there[name] = value
            return
    found.append(further := Place(found[0].geometry, found[0].location))
    further.values[moment] = {name: value}


def parameter(name: str, measured: Measured, language: str) -> Object:
    """What is measured, as CoverageJSON has it; the language's tag is BCP 47."""
    label = {language: measured.title}
    found: Object = {
        "id": name,
        "type": "Parameter",
        "description": label,
        "observedProperty": {"id": name, "label": label},
    }
    if measured.unit:
        found["unit"] = {"label": {language: measured.unit}, "symbol": measured.unit}
    return found


def placed(document: Object, uri: str) -> Object:
    """A CoverageCollection of CRS84 in another system."""
    features = _projected(document, uri)
    swapped = crs.place(uri).swapped
    moved = []
    for coverage, feature in zip(document["coverages"], features, strict=True):
        domain = coverage["domain"]
        geometry = _turned(feature["geometry"]) if swapped else feature["geometry"]
        axes = {**_axes(geometry), "t": domain["axes"]["t"]}
        moved.append(coverage | {"domain": domain | {"axes": axes}})
    return document | {"coverages": moved, "referencing": referencing(uri)}


def _projected(document: Object, uri: str) -> list[Object]:
    """The places of coverages in a system, in its axis order."""
    geometries = [_geometry(each["domain"]["axes"]) for each in document["coverages"]]
    # of its own: places with the same geometry share its lists
    features: list[Object] = orjson.loads(orjson.dumps([{"geometry": g} for g in geometries]))
    crs.project_features(features, uri)
    return features


def _turned(geometry: Object) -> Object:
    """A point or polygon with its two axes changed over."""
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Point":
        return geometry | {"coordinates": coordinates[::-1]}
    return geometry | {"coordinates": [[each[::-1] for each in ring] for ring in coordinates]}


def places(document: Object, here: str) -> list[tuple[str, str]]:
    """How each place of a CoverageCollection of CRS84 is called, and where its series is had.

    `here` is the address of the collection.
    """
    found = []
    for coverage in document["coverages"]:
        if name := coverage.get("id"):
            found.append((name, f"{here}/locations/{quote(name, safe='')}"))
            continue
        geometry = shapely.from_geojson(orjson.dumps(_geometry(coverage["domain"]["axes"])))
        point = geometry.representative_point()
        wkt = quote(shapely.to_wkt(point, rounding_precision=7), safe="(),")
        found.append((f"{point.y:.5f}, {point.x:.5f}", f"{here}/position?coords={wkt}"))
    return found


def named(
    locations: Mapping[str, Location], box: BBox | None, said: Mapping[str, Any], here: str
) -> list[Object]:
    """Places with names as features of EDR GeoJSON, those that touch a box; all have `said`."""
    shapes = shapely.from_wkb([location.wkb for location in locations.values()])
    if box is None:
        kept = [True] * len(shapes)
    else:
        both = shapely.multipolygons([shapely.box(*each) for each in split(box)])
        kept = shapely.intersects(both, shapes).tolist()
    return [
        {
            "type": "Feature",
            "id": name,
            "geometry": orjson.Fragment(shapely.to_geojson(shape)),
            "properties": {
                **said,
                "label": location.name,
                "edrqueryendpoint": f"{here}/locations/{quote(name, safe='')}",
            },
        }
        for (name, location), shape, is_kept in zip(locations.items(), shapes, kept, strict=True)
        if is_kept
    ]


def readings(document: Object) -> Iterator[tuple[int, Object, str, dict[str, float | None]]]:
    """Number of the place, place, moment and values by name of all in a CoverageCollection."""
    for place, coverage in enumerate(document["coverages"]):
        axes = coverage["domain"]["axes"]
        ranges = {name: one["values"] for name, one in coverage["ranges"].items()}
        for i, moment in enumerate(axes["t"]["values"]):
            values = {name: values[i] for name, values in ranges.items()}
            yield place, _geometry(axes), moment, values


def _geometry(axes: Object) -> Object:
    if "composite" in axes:
        return {"type": "Polygon", "coordinates": axes["composite"]["values"][0]}
    return {"type": "Point", "coordinates": [axes["x"]["values"][0], axes["y"]["values"][0]]}


def geojson(
    document: Object, called: Sequence[tuple[str, str]], uri: str, links: Sequence[Row]
) -> Object:
    """A FeatureCollection of EDR GeoJSON with a feature for each moment at each place.

    `called` is what `places` gives; coordinates stand in the axis order of the CRS.
    """
    swapped, names = crs.place(uri).swapped, list(document["parameters"])
    features = [
        {
            "type": "Feature",
            "id": i,
            "geometry": _turned(geometry) if swapped else geometry,
            "properties": {
                "datetime": moment,
                "label": called[place][0],
                "parameter-name": names,
                "edrqueryendpoint": called[place][1],
                **values,
            },
        }
        for i, (place, geometry, moment, values) in enumerate(readings(document), 1)
    ]
    return {
        "type": "FeatureCollection",
        "parameters": list(document["parameters"].values()),
        "features": features,
        "numberReturned": len(features),
        "links": list(links),
    }


def table(document: Object, uri: str = CRS84) -> bytes:
    """CSV: `lon`, `lat` (`x`, `y` in metres; GeoJSON of what is no point), `datetime`, values."""
    names = list(document["parameters"])
    points = document["domainType"] == DOMAINS["Point"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    axes = ["lon", "lat"] if crs.place(uri).degrees else ["x", "y"]
    heads = axes if points else ["geometry"]
    writer.writerow([*heads, "datetime", *map(quoted, names)])
    for _, geometry, moment, values in readings(document):
        place = geometry["coordinates"] if points else [orjson.dumps(geometry).decode()]
        writer.writerow([*place, moment, *(values.get(name) for name in names)])
    return text.getvalue().encode()
