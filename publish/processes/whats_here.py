"""What is here: every published feature that covers a place, or is near it."""

from typing import Any

import orjson

from datasets.text import ENGLISH, Text
from publish.places.nearest import near
from publish.processes import _inputs
from publish.processes._inputs import GEOJSON
from publish.processes._process import Given, Input, Made, Output, Process, Published, Work

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
            features = near(layer.features, given["point"], given["distance"])[
                : int(given["limit"])
            ]
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
