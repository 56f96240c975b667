"""What is here: every published feature that covers a place, or is near it."""

import math
from typing import Any

import numpy as np
import orjson
import shapely

from datasets.model import BBox
from datasets.text import ENGLISH, Text
from publish.processes import _inputs
from publish.processes._inputs import GEOJSON
from publish.processes._process import Given, Input, Made, Output, Process, Published, Work

CANDIDATES = 2000
"""So many features of a layer are measured; where more are near, those within a shorter way."""
NEAREST_M = 1.0

NOTICE = Text(
    "Преглед објављених података; није службени акт нити информација о локацији.",
    {ENGLISH: "An overview of published data; it is no official document."},
)


class WhatsHere(Process):
    """Looks into every layer by its index of boxes, and measures what may be near enough."""

    title = Text("Шта је овде?", {ENGLISH: "What is here?"})
    description = Text(
        "Сви објављени објекти који покривају једно место или су му близу.",
        {ENGLISH: "Every published feature that covers a place, or is near it."},
    )
    quick = True
    inputs = (
        Input(
            "point",
            Text("Место", {ENGLISH: "Place"}),
            Text(
                "географска дужина и ширина, на пример 20.92, 44.01; или GeoJSON Point",
                {ENGLISH: "longitude and latitude, such as 20.92, 44.01; or a GeoJSON Point"},
            ),
            {
                "oneOf": [
                    {"allOf": [{"format": "geojson-geometry"}, {"$ref": f"{GEOJSON}Point.json"}]},
                    {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3},
                    {"type": "string"},
                ]
            },
            _inputs.point,
            "place",
        ),
        Input(
            "distance",
            Text("Удаљеност у метрима", {ENGLISH: "Distance in metres"}),
            Text(
                "докле је близу; 0 је само оно што покрива место",
                {ENGLISH: "what counts as near; 0 finds only what covers the place"},
            ),
            {"type": "number", "minimum": 0, "maximum": 5000, "default": 50},
            _inputs.number(0, 5000),
            "number",
            required=False,
            default=50.0,
        ),
        Input(
            "collections",
            Text("Колекције", {ENGLISH: "Collections"}),
            Text("где се тражи; без избора у свима", {ENGLISH: "where to look; all if none"}),
            {"type": "string"},
            _inputs.collection,
            "collections",
            required=False,
            most=1000,
            default=(),
        ),
        Input(
            "limit",
            Text("Највише објеката по колекцији", {ENGLISH: "Most features of a collection"}),
            Text("најближи се наводе први", {ENGLISH: "the nearest are told first"}),
            {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
            _inputs.number(1, 100, whole=True),
            "number",
            required=False,
            default=10,
        ),
        Input(
            "geometries",
            Text("Са геометријама", {ENGLISH: "With geometries"}),
            Text("облици објеката", {ENGLISH: "the shapes of the features"}),
            {"type": "boolean", "default": False},
            _inputs.flag,
            "flag",
            required=False,
            default=False,
        ),
    )
    outputs = (
        Output(
            "found",
            Text("Шта је нађено", {ENGLISH: "What was found"}),
            Text("по колекцијама, најближе прво", {ENGLISH: "by collection, the nearest first"}),
            {"type": "object", "contentMediaType": "application/json"},
        ),
    )

    def run(self, given: Given, work: Work) -> tuple[Made, ...]:
        """Look into each layer."""
        wanted = {each.id: each for each in given["collections"]} or work.here.layers
        layers = list(wanted.values())
        found = []
        for i, layer in enumerate(layers):
            work.go_on(i / len(layers))
            features = near(layer, given["point"], given["distance"])[: int(given["limit"])]
            if features:
                found.append(_told(layer, features, work, geometries=given["geometries"]))
        document = {
            "point": list(given["point"]),
            "distance_m": given["distance"],
            "notice": NOTICE.said(work.language),
            "searched": len(layers),
            "collections": found,
        }
        path = work.folder / "found.json"
        path.write_bytes(orjson.dumps(document))
        return (Made("found", "application/json", path),)


def near(
    layer: Published, lonlat: tuple[float, float], distance_m: float
) -> list[tuple[float, bytes]]:
    """Distance in metres and GeoJSON Feature of what is within a distance, the nearest first.

    Where too many are, a shorter distance is looked at.
    """
    features = layer.features
    if not features.manifest.with_geometry:
        return []
    while True:
        query = features.ask(bbox=_box(lonlat, distance_m))
        there = features.count(query) - features.manifest.without_geometry
        if there <= CANDIDATES or distance_m < NEAREST_M:
            break
        distance_m /= 2
    if there <= 0:
        return []
    placed = features.manifest.with_geometry  # the keys of features without a place come after
    page = [each for key, each in features.page(query, limit=CANDIDATES) if key <= placed]
    distances = distances_m(shapely.from_geojson(page), lonlat)
    order = np.argsort(distances, kind="stable")
    return [(float(distances[i]), page[i]) for i in order if distances[i] <= distance_m]


def distances_m(shapes: Any, lonlat: tuple[float, float]) -> Any:
    """How far a place is from each geometry, 0 where it is covered, infinite without geometry.

    On the plane that touches the ellipsoid there: 0.1 % wrong at 5 km.
    """
    per_degree = metres(lonlat[1])
    local = shapely.transform(shapes, lambda places: (places - lonlat) * per_degree)
    empty = shapely.is_missing(local) | shapely.is_empty(local)
    return np.where(empty, np.inf, shapely.distance(local, shapely.Point(0, 0)))


def metres(latitude: float) -> tuple[float, float]:
    """The length of a degree of longitude and of latitude at a latitude, on WGS 84."""
    phi = math.radians(latitude)
    east = 111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    north = 111132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    return max(east, 1e-6), north


def _box(lonlat: tuple[float, float], distance_m: float) -> BBox:
    east, north = metres(lonlat[1])
    # features are kept with 7 decimals, and the plane is not the ellipsoid
    reach = distance_m * 1.002 + 0.02
    x, y = reach / east, reach / north
    west, south = max(lonlat[0] - x, -180.0), max(lonlat[1] - y, -90.0)
    return west, south, min(lonlat[0] + x, 180.0), min(lonlat[1] + y, 90.0)


def _told(
    layer: Published, features: list[tuple[float, bytes]], work: Work, *, geometries: bool
) -> dict[str, Any]:
    address = f"{work.here.base_url}/collections/{layer.id}"
    told = []
    for distance_m, fragment in features:
        feature = orjson.loads(fragment)
        feature["geometry"] = feature["geometry"] if geometries else None
        feature["relation"] = "near" if distance_m else "covers"
        feature["distance_m"] = round(distance_m, 1)
        feature["href"] = f"{address}/items/{feature['id']}"
        told.append(feature)
    return {
        "collection": layer.id,
        "title": layer.title.said(work.language) or layer.id,
        "publisher": layer.publisher.said(work.language),
        "license": layer.license,
        "version": layer.version,
        "href": address,
        "features": told,
    }
