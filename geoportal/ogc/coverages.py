"""Measurements as CoverageJSON; and what such a document says, as GeoJSON and CSV.

Rules: OGC 21-069r2, CoverageJSON; OGC 19-086r6, EDR GeoJSON.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from publish.formats.csv import quoted
from publish.layers.crs import CRS84
from publish.layers.series import Measured, Series

type Object = dict[str, Any]
type Row = Mapping[str, Any]

DOMAINS = {"Point": "PointSeries", "Polygon": "PolygonSeries"}
REFERENCING = [
    {"coordinates": ["x", "y"], "system": {"type": "GeographicCRS", "id": CRS84}},
    {"coordinates": ["t"], "system": {"type": "TemporalRS", "calendar": "Gregorian"}},
]


def collection(rows: Iterable[Row], series: Series, wanted: Sequence[str], language: str) -> Object:
    """A CoverageCollection of features: a coverage for each place, a value for each moment.

    `wanted` are names of what is measured. Where a place has two values of one thing for one
    moment, it has two coverages: nothing is lost, and nothing is averaged.
    """
    names = {(m.kind, m.column): name for name, m in series.measured.items() if name in wanted}
    places: dict[bytes, list[Place]] = {}
    for row in rows:
        said, geometry = row["properties"], row["geometry"]
        moment = instant(said[series.time])
        if geometry is None or moment is None:
            continue
        found = places.setdefault(orjson.dumps(geometry), [Place(geometry)])
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
        "referencing": REFERENCING,
        "coverages": coverages,
    }


class Place:
    """The values at one place: by moment, then by the name of what is measured."""

    def __init__(self, geometry: Object) -> None:
        self.geometry = geometry
        self.values: dict[str, dict[str, float]] = {}

    def coverage(self, wanted: Sequence[str]) -> Object:
        """A coverage whose moments are in order; null where nothing was measured."""
        moments = sorted(self.values)
        there = [name for name in wanted if any(name in said for said in self.values.values())]
        return {
            "type": "Coverage",
            "domain": {
                "type": "Domain",
                "domainType": DOMAINS[self.geometry["type"]],
                "axes": {**self._axes(), "t": {"values": moments}},
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

    def _axes(self) -> Object:
        coordinates = self.geometry["coordinates"]
        if self.geometry["type"] == "Point":
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
    found.append(further := Place(found[0].geometry))
    further.values[moment] = {name: value}


def instant(text: str | None) -> str | None:
    """A moment of the table in ISO 8601: a time is UTC, a date stays one."""
    return f"{text}Z" if text and "T" in text else text


def parameter(name: str, measured: Measured, language: str) -> Object:
    """What is measured, as CoverageJSON has it; the language's tag is BCP 47."""
    label = {language: measured.title}
    found: Object = {
        "id": name,
        "type": "Parameter",
        "description": label,
        "observedProperty": {"label": label},
    }
    if measured.unit:
        found["unit"] = {"label": {language: measured.unit}, "symbol": measured.unit}
    return found


def readings(document: Object) -> Iterator[tuple[Object, str, dict[str, float | None]]]:
    """Place, moment and values by name of everything in a CoverageCollection."""
    for coverage in document["coverages"]:
        axes = coverage["domain"]["axes"]
        ranges = {name: one["values"] for name, one in coverage["ranges"].items()}
        for i, moment in enumerate(axes["t"]["values"]):
            yield _geometry(axes), moment, {name: values[i] for name, values in ranges.items()}


def _geometry(axes: Object) -> Object:
    if "composite" in axes:
        return {"type": "Polygon", "coordinates": axes["composite"]["values"][0]}
    return {"type": "Point", "coordinates": [axes["x"]["values"][0], axes["y"]["values"][0]]}


def geojson(document: Object) -> Object:
    """A FeatureCollection with a feature for each moment at each place."""
    features = [
        {
            "type": "Feature",
            "id": i,
            "geometry": geometry,
            "properties": {"datetime": moment, **values},
        }
        for i, (geometry, moment, values) in enumerate(readings(document), 1)
    ]
    return {
        "type": "FeatureCollection",
        "parameters": list(document["parameters"].values()),
        "features": features,
        "numberReturned": len(features),
    }


def table(document: Object) -> bytes:
    """CSV: `lon`, `lat` (GeoJSON of what is no point), `datetime`, a column for each name."""
    names = list(document["parameters"])
    points = document["domainType"] == DOMAINS["Point"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    heads = ["lon", "lat"] if points else ["geometry"]
    writer.writerow([*heads, "datetime", *map(quoted, names)])
    for geometry, moment, values in readings(document):
        place = geometry["coordinates"] if points else [orjson.dumps(geometry).decode()]
        writer.writerow([*place, moment, *(values.get(name) for name in names)])
    return text.getvalue().encode()
