"""Part 5: what features are made of, said so that a program can check them by it."""

from dataclasses import replace
from datetime import date, datetime

import jsonschema
import pytest
import shapely

from datasets.template import template
from geoportal.ogc.units import unit

MERENJA = "/ogc/collections/merenja"
FIELDS = [
    {
        "name": "Шифра",
        "type": "string",
        "titles": {"sr": "Шифра", "en": "Code"},
        "description": "Ознака мерења",
        "constraints": {"required": True, "pattern": "[A-Z]{2}-\\d+", "maxLength": 8},
    },
    {"name": "Материја", "type": "string", "constraints": {"enum": ["PM10", "SO2"]}},
    {"name": "PM10 [µg/m³]", "type": "number", "constraints": {"minimum": 0, "maximum": 1e5}},
    {"name": "Сат", "type": "integer", "constraints": {"enum": ["1", "24"], "minimum": 1}},
    {"name": "Страна", "type": "string", "format": "uri"},
    {"name": "Почетак", "type": "datetime", "constraints": {"minimum": "2020-01-01"}},
    {"name": "Крај", "type": "datetime"},
    {"name": "Стари број", "type": "integer", "constraints": {"minimum": 5}},
]
COLUMNS = {
    "sifra": ("string", ["AB-1", "AB-2"]),
    "materija": ("string", ["PM10", "SO2"]),
    "pm10": ("number", [4.5, 0.0]),
    "sat": ("integer", [1, 24]),
    "strana": ("string", ["https://example.rs/1", "https://example.rs/2"]),
    "pocetak": ("datetime", [datetime(2024, 1, 1), datetime(2024, 1, 2)]),
    "kraj": ("datetime", [datetime(2024, 1, 1, 1), datetime(2024, 1, 2, 1)]),
    "stari_broj": ("string", ["пет", "шест"]),
}


@pytest.fixture
def merenja(build, registry, client):
    """A layer whose columns follow a Table Schema, one of them not."""
    points = [shapely.Point(20.9, 44), shapely.MultiPoint([(21, 44), (21, 45)])]
    shown = build("merenja", points, COLUMNS, kind="MultiPoint", key=["sifra"])
    titles = [field["name"] for field in FIELDS]
    columns = tuple(
        replace(column, title=title)
        for column, title in zip(shown.layer.columns, titles, strict=True)
    )
    layer = replace(shown.layer, columns=columns, times=("pocetak", "kraj"))
    registry.show(replace(shown, layer=layer, schema={"fields": FIELDS}))
    return client


def document(client, path: str) -> dict:
    """A schema as a client asks for it by its own address."""
    answer = client.get(path, headers={"Accept": "application/schema+json"})
    assert answer.headers["content-type"] == "application/schema+json"
    made = answer.json()
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$id"].endswith(path)
    assert made["type"] == "object"
    jsonschema.Draft202012Validator.check_schema(made)
    return made


def test_every_property_says_what_it_is(merenja):
    properties = document(merenja, f"{MERENJA}/schema")["properties"]
    places = [one.pop("x-ogc-propertySeq") for one in properties.values()]
    assert places == list(range(1, 10))
    assert properties == {
        "geometry": {
            "title": "Геометрија",
            "format": "geometry-point-or-multipoint",
            "x-ogc-role": "primary-geometry",
        },
        "sifra": {
            "title": "Шифра",
            "description": "Ознака мерења",
            "type": "string",
            "pattern": "^(?:[A-Z]{2}-\\d+)$",
            "maxLength": 8,
            "x-ogc-role": "id",
        },
        "materija": {"title": "Материја", "type": "string", "enum": ["PM10", "SO2"]},
        "pm10": {
            "title": "PM10 [µg/m³]",
            "type": "number",
            "x-ogc-unit": "ug/m3",
            "minimum": 0,
            "maximum": 1e5,
        },
        "sat": {"title": "Сат", "type": "integer", "enum": [1, 24], "minimum": 1},
        "strana": {"title": "Страна", "type": "string", "format": "uri"},
        "pocetak": {
            "title": "Почетак",
            "type": "string",
            "format": "date-time",
            "x-ogc-role": "primary-interval-start",
        },
        "kraj": {
            "title": "Крај",
            "type": "string",
            "format": "date-time",
            "x-ogc-role": "primary-interval-end",
        },
        "stari_broj": {"title": "Стари број", "type": "string"},
    }


def test_features_hold_to_their_schema(merenja):
    schema = document(merenja, f"{MERENJA}/schema")
    assert schema["required"] == ["sifra"]
    assert schema["additionalProperties"] is False
    for feature in merenja.get(f"{MERENJA}/items").json()["features"]:
        jsonschema.validate(feature["properties"] | {"geometry": feature["geometry"]}, schema)
    wrong = {"sifra": "ab", "materija": "PM10"}
    with pytest.raises(jsonschema.ValidationError, match="does not match"):
        jsonschema.validate(wrong, schema)


def test_a_layer_has_one_time_or_none(client, build, registry):
    days = {"dan": ("date", [date(2024, 1, 1)]), "broj": ("integer", [1])}
    registry.show(build("dani", [shapely.Point(20, 44)], days))
    properties = document(client, "/ogc/collections/dani/schema")["properties"]
    assert properties["dan"]["x-ogc-role"] == "primary-instant"
    assert (properties["dan"]["type"], properties["dan"]["format"]) == ("string", "date")
    roles = [one.get("x-ogc-role") for one in properties.values()]
    assert roles == ["primary-geometry", "primary-instant", None]
    without = document(client, "/ogc/collections/zone/schema")["properties"]
    assert [one.get("x-ogc-role") for one in without.values()] == ["primary-geometry", None, "id"]


@pytest.mark.parametrize("name", ["schema", "queryables", "sortables"])
def test_each_schema_is_found_from_its_collection(merenja, name):
    links = merenja.get(MERENJA).json()["links"]
    rel = f"http://www.opengis.net/def/rel/ogc/1.0/{name}"
    found = {link["type"]: link["href"] for link in links if link["rel"] == rel}
    assert merenja.get(found["application/schema+json"]).json() == document(
        merenja, f"{MERENJA}/{name}"
    )
    page = merenja.get(f"{MERENJA}/{name}", headers={"Accept": "text/html"})
    assert "PM10 [µg/m³]" in page.text


def test_what_can_be_sorted_by_is_no_geometry(merenja):
    properties = document(merenja, f"{MERENJA}/sortables")["properties"]
    assert list(properties) == list(COLUMNS)
    for name in properties:
        assert merenja.get(f"{MERENJA}/items", params={"sortby": f"-{name}"}).status_code == 200
    assert merenja.get(f"{MERENJA}/items", params={"sortby": "geometry"}).status_code == 400


def test_what_can_be_asked_for_is_taken(merenja):
    properties = document(merenja, f"{MERENJA}/queryables")["properties"]
    feature = merenja.get(f"{MERENJA}/items/AB-1").json()["properties"]
    for name in properties.keys() - {"geometry"}:
        found = merenja.get(f"{MERENJA}/items", params={name: feature[name]}).json()
        assert "AB-1" in [one["id"] for one in found["features"]]


def test_titles_are_in_the_language_of_the_address(merenja):
    def title(prefix: str, name: str) -> str:
        return document(merenja, f"{prefix}{MERENJA}/schema")["properties"][name]["title"]

    assert [title(p, "sifra") for p in ("", "/sr-latn", "/en")] == ["Шифра", "Šifra", "Code"]
    assert [title(p, "geometry") for p in ("", "/en")] == ["Геометрија", "Geometry"]


@pytest.fixture
def igralista(client, build, registry):
    """Three playgrounds with what is on them."""
    columns = {
        "naziv": ("string", ["а", "б", "в"]),
        "oprema": ("string[]", [["клупа", "тобоган"], [], None]),
        "godine": ("integer[]", [[2001], [2001, 2010], [1999]]),
    }
    shown = build("igralista", list(shapely.points([20, 20.1, 20.2], [44] * 3)), columns)
    field = {"name": "oprema", "type": "array", "constraints": {"maxLength": 5}}
    registry.show(replace(shown, schema={"fields": [field]}))
    return client


def test_lists_are_arrays_that_are_not_sorted_by(igralista):
    for name in ("schema", "queryables"):
        said = document(igralista, f"/ogc/collections/igralista/{name}")["properties"]
        assert (said["oprema"]["type"], said["oprema"]["items"]) == ("array", {"type": "string"})
        assert (said["oprema"]["maxItems"], said["godine"]["items"]["type"]) == (5, "integer")
    assert "oprema" not in document(igralista, "/ogc/collections/igralista/sortables")["properties"]
    items = "/ogc/collections/igralista/items"
    refused = igralista.get(items, params={"sortby": "oprema"})
    assert (refused.status_code, "at most 5 of naziv" in refused.text) == (400, True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"oprema": "клупа"}, [1]),
        ({"godine": "2001"}, [1, 2]),
        ({"filter": "A_OVERLAPS(godine, (1999, 2010))"}, [2, 3]),
        ({"filter": "NOT A_CONTAINS(oprema, ('клупа'))", "godine": "2001"}, [2]),
    ],
)
def test_features_are_found_by_items_of_their_lists(igralista, asked, found):
    answer = igralista.get("/ogc/collections/igralista/items", params={**asked, "f": "json"})
    features = sorted(answer.json()["features"], key=lambda feature: feature["id"])
    assert [feature["id"] for feature in features] == found
    assert answer.json()["numberMatched"] == len(found)
    known = {1: ["клупа", "тобоган"], 2: [], 3: None}
    assert [f["properties"]["oprema"] for f in features] == [known[i] for i in found]
    page = igralista.get("/ogc/collections/igralista/items", params={**asked, "f": "html"})
    assert ("клупа, тобоган" in page.text) == (1 in found)


def test_a_template_fills_the_schema(build, registry, client):
    followed = template("air-quality")
    values = [["a"], [datetime(2026, 1, 15, 8)], ["PM10"], [84.2], ["µg/m³"], [1]]
    names = ("stanica", "vreme", "materija", "vrednost", "jedinica", "usrednjeno")
    columns = {
        name: (field.type, cells)
        for name, field, cells in zip(names, followed.fields, values, strict=False)
    }
    shown = build("vazduh", [shapely.Point(20.9, 44)], columns)
    titled = tuple(
        replace(column, title=field.sr)
        for column, field in zip(shown.layer.columns, followed.fields, strict=False)
    )
    layer = replace(shown.layer, columns=titled)
    registry.show(replace(shown, layer=layer, schema=followed.schema()))
    made = document(client, "/en/ogc/collections/vazduh/schema")
    assert made["properties"]["materija"]["enum"][:2] == ["PM10", "PM2.5"]
    assert made["properties"]["usrednjeno"]["enum"] == [1, 8, 24]
    assert made["properties"]["usrednjeno"]["x-ogc-unit"] == "h"
    assert made["properties"]["vreme"]["title"] == "Time"
    assert made["required"] == ["stanica", "vreme", "materija", "vrednost", "jedinica"]


@pytest.mark.parametrize(
    ("title", "symbol"),
    [
        ("Површина (m²)", "m2"),
        ("Površina [m2]", "m2"),
        ("Дужина (км)", "km"),
        ("Дужина, m", "m"),
        ("Температура (°C)", "Cel"),
        ("Температура (°Ц)", ""),
        ("Удео (%)", "%"),
        ("Усредњено (h)", "h"),
        ("Потрошња (kWh)", "kWh"),
        ("Проток (m³/s)", "m3/s"),
        ("Висина (број спратова)", ""),
        ("Назив, улица", ""),
        ("m", ""),
        ("", ""),
        ("(" * 10_000, ""),
    ],
)
def test_a_unit_is_read_from_the_end_of_a_title(title, symbol):
    assert unit(title) == symbol
