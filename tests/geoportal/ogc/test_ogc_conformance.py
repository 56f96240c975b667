"""The abstract tests of OGC API Common, Features Parts 1 and 2, and Tiles, restated.

They ask as the OGC's executable suites do: along the links and the API definition, in every
system, with the boxes and times that those suites derive from a collection's extent.
"""

import re
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from geoportal.ogc.mount import PARTS
from publish.layers.crs import CRS84, project, to_lonlat

GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
COLLECTIONS = ("merenja", "naselja", "zone")
PATHS = [
    "/ogc",
    "/ogc/conformance",
    "/ogc/openapi",
    "/ogc/collections",
    "/ogc/collections/zone",
    "/ogc/collections/zone/schema",
    "/ogc/collections/zone/queryables",
    "/ogc/collections/zone/sortables",
    "/ogc/collections/zone/items",
    "/ogc/collections/zone/items/z1",
    "/ogc/collections/zone/tiles",
    "/ogc/collections/zone/tiles/WebMercatorQuad",
    "/ogc/tileMatrixSets",
    "/ogc/tileMatrixSets/WebMercatorQuad",
]


@pytest.fixture
def site_of_three(build, registry, client):
    """The site with a third layer: measurements with a time, one of them without."""
    hours = [datetime(2024, 1, 1 + day) for day in range(9)]
    points = [shapely.Point(20 + i / 10, 44) for i in range(10)]
    columns = {"vreme": ("datetime", [*hours, None]), "vrednost": ("number", [1.5] * 10)}
    registry.show(build("merenja", points, columns))
    return client


@pytest.fixture
def described(site_of_three):
    """The collections of features, as /collections describes them."""
    every = site_of_three.get("/ogc/collections").json()["collections"]
    found = {one["id"]: one for one in every if one["itemType"] == "feature"}
    assert sorted(found) == list(COLLECTIONS)
    return found


def links(document: dict, rel: str) -> dict[str, str]:
    """The links of a relation, by media type."""
    return {one["type"]: one["href"] for one in document["links"] if one["rel"] == rel}


def items(client, collection: dict, **query: object):
    """A page as the suites ask for it: along the link, by Accept."""
    href = links(collection, "items")[GEOJSON].partition("?")[0]
    answer = client.get(href, params=query, headers={"Accept": GEOJSON})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == GEOJSON
    assert answer.json()["type"] == "FeatureCollection"
    assert answer.json()["numberReturned"] == len(answer.json()["features"])
    return answer


def shapes(features: list[dict]) -> np.ndarray:
    """The geometries of those features that have one."""
    return np.array([shapely.geometry.shape(f["geometry"]) for f in features if f["geometry"]])


def names(client) -> set[str]:
    """What the API says it conforms to."""
    return set(client.get("/ogc/conformance").json()["conformsTo"])


def test_only_classes_of_parts_are_declared_and_none_that_writes(client):
    uris = names(client)
    assert uris == {uri for part in PARTS for uri in part.classes}
    assert all(re.fullmatch(r"http://www\.opengis\.net/spec/[\w./-]+", uri) for uri in uris)
    assert not [uri for uri in uris if "features-4" in uri]


def test_the_landing_page_leads_to_all_that_core_asks_for(client):
    document = client.get("/ogc").json()
    assert {"self", "alternate", "service-doc", "conformance", "data"} <= {
        one["rel"] for one in document["links"]
    }
    registered = links(document, "http://www.opengis.net/def/rel/ogc/1.0/conformance")
    assert registered == links(document, "conformance")
    assert client.get("/ogc/").json() == document
    definition = client.get(links(document, "service-desc")[OPENAPI], headers={"Accept": OPENAPI})
    assert (definition.status_code, definition.headers["content-type"]) == (200, OPENAPI)


@pytest.mark.parametrize("path", PATHS)
def test_every_resource_is_json_and_html(client, path):
    assert "json" in client.get(path).headers["content-type"]
    assert "json" in client.get(path, headers={"Accept": "*/*"}).headers["content-type"]
    page = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "Accept" in page.headers["vary"]
    answer = client.get(path, params={"f": "json"}, headers={"Accept": "text/html"})
    assert "json" in answer.headers["content-type"]


@pytest.mark.parametrize("path", PATHS)
def test_every_resource_refuses_what_it_does_not_know(client, path):
    for query in ("unknownQueryParameter12345=1", "f=xml", "f=", "f=json&f=json", "F=json"):
        answer = client.get(f"{path}?{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 400, query
        assert answer.headers["content-type"] == "application/problem+json"
        name = query.partition("=")[0]
        assert name in answer.json()["detail"]


@pytest.mark.parametrize("path", PATHS)
def test_a_document_has_links_to_itself_in_each_format(client, path):
    document = client.get(path).json()
    if "links" not in document:
        pytest.skip("a schema or a definition has no links of its own")
    own = links(document, "self") | links(document, "alternate")
    assert "text/html" in own
    assert len(links(document, "self")) == 1
    assert all({"rel", "type", "href"} <= one.keys() for one in document["links"])
    for media_type, href in own.items():
        if media_type == "text/html" or "json" in media_type:
            assert client.get(href).headers["content-type"].startswith(media_type.split(";")[0])


def test_the_definition_is_whole(client):
    answer = client.get("/ogc/openapi")
    document = answer.json()
    assert document["openapi"].startswith("3.0")
    for reference in set(re.findall(r'"\$ref":"([^"]+)"', answer.text)):
        part = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
    operations = []
    for path, item in document["paths"].items():
        said = {ref["$ref"].rpartition("/")[2] for ref in item.get("parameters", ())}
        assert set(re.findall(r"{(\w+)}", path)) == said
        operations += [one["operationId"] for name, one in item.items() if name != "parameters"]
    assert len(operations) == len(set(operations))
    ends = {f"collection.vector.getTile{end}" for end in ("", "Set", "SetsList")}
    assert ends <= {name.partition(".")[2] for name in operations}


@pytest.fixture
def parameters(site_of_three):
    """The query parameters of a collection's items, as the definition describes them."""
    document = site_of_three.get("/ogc/openapi").json()
    shared = document["components"]["parameters"]

    def of(path: str) -> dict[str, dict]:
        listed = document["paths"][path]["get"]["parameters"]
        whole = [shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in listed]
        return {one["name"]: one for one in whole}

    return of


@pytest.mark.parametrize(
    "path", ["/collections/naselja/items", "/collections/{collectionId}/items"]
)
def test_parameters_are_defined_as_core_wants_them(parameters, path):
    found = parameters(path)
    for name in ("bbox", "limit", "datetime", "crs", "bbox-crs"):
        assert found[name]["in"] == "query"
        assert not found[name]["required"]
        assert (found[name]["style"], found[name]["explode"]) == ("form", False)
    bbox, limit = found["bbox"]["schema"], found["limit"]["schema"]
    assert (bbox["type"], bbox["items"]["type"]) == ("array", "number")
    assert (bbox["minItems"], bbox["maxItems"]) == (4, 6)
    assert limit["type"] == "integer"
    assert 0 <= limit["minimum"] <= limit["default"] <= limit["maximum"]
    assert found["datetime"]["schema"]["type"] == "string"


def test_every_path_of_items_has_the_parameters_of_core(parameters, client):
    """The suite takes the first few such paths, whatever their items are."""
    paths = client.get("/ogc/openapi").json()["paths"]
    found = [path for path in paths if re.fullmatch("/collections/.*/items", path)]
    assert len(found) == len(COLLECTIONS) + 2
    for path in found:
        taken = parameters(path)
        assert all(not taken[name]["explode"] for name in ("bbox", "limit", "datetime")), path
        assert taken["bbox"]["schema"]["maxItems"] == 6, path
        assert {"minimum", "maximum", "default"} <= taken["limit"]["schema"].keys(), path


def test_the_definition_names_every_media_type_of_items(client):
    document = client.get("/ogc/openapi").json()
    said = document["components"]["responses"]["items"]["content"]
    forms = document["components"]["parameters"]["f-items"]["schema"]["enum"]
    for form in set(forms) - {"pmtiles"}:  # there is no archive of tiles yet
        answer = client.get("/ogc/collections/naselja/items", params={"f": form})
        assert answer.status_code == 200, form
        assert answer.headers["content-type"].partition(";")[0] in said, form


def test_the_definition_names_exactly_the_parameters_that_are_taken(parameters, client):
    refusal = client.get("/ogc/collections/naselja/items?wrong=1").json()["detail"]
    taken = set(refusal.partition("there are ")[2].split(", "))
    assert taken == set(parameters("/collections/naselja/items"))


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_is_described_as_in_the_list(site_of_three, described, name):
    one = described[name]
    alone = site_of_three.get(f"/ogc/collections/{name}").json()
    assert {k: v for k, v in alone.items() if k != "links"} == {
        k: v for k, v in one.items() if k != "links"
    }
    assert {(x["rel"], x["type"]) for x in one["links"]} <= {
        (x["rel"], x["type"]) for x in alone["links"]
    }
    assert all({"rel", "type", "href"} <= link.keys() for link in one["links"])
    assert {GEOJSON, "text/html"} <= links(one, "items").keys()
    ((west, south, east, north),) = one["extent"]["spatial"]["bbox"]
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    assert one["crs"][0] == CRS84
    assert one["storageCrs"] in one["crs"]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_feature_lies_in_the_extent(site_of_three, described, name):
    box = shapely.box(*described[name]["extent"]["spatial"]["bbox"][0])
    found = shapes(items(site_of_three, described[name], limit=1000).json()["features"])
    assert len(found)
    assert shapely.covers(shapely.buffer(box, 1e-9), found).all()


@pytest.mark.parametrize("limit", [1, 100, 5000])
@pytest.mark.parametrize("name", COLLECTIONS)
def test_all_pages_together_are_what_matches(site_of_three, described, name, limit):
    page = items(site_of_three, described[name], limit=limit).json()
    assert len(page["features"]) <= limit
    found, following = len(page["features"]), links(page, "next")
    while following:  # the suite changes `limit` on the way
        where = re.sub(r"limit=\d+", "limit=5000", following[GEOJSON])
        more = site_of_three.get(where, headers={"Accept": GEOJSON}).json()
        found, following = found + len(more["features"]), links(more, "next")
    assert found == page["numberMatched"]


@pytest.mark.parametrize(
    "path", ["collections", "collections/naselja/items", "collections/metadata:main/items"]
)
def test_a_limit_beyond_the_most_is_the_most(client, path):
    answer = client.get(f"/ogc/{path}?limit=99999999")
    assert (answer.status_code, "numberReturned" in answer.json()) == (200, True)


BOXES = [
    (-1.5, 50.0, 1.5, 53.0),
    (-80.0, -5.0, -70.0, 5.0),
    (177.0, 65.0, -177.0, 70.0),
    (-180.0, 85.0, 180.0, 90.0),
    (-180.0, -90.0, 180.0, -85.0),
    (20.0, 43.5, 20.5, 44.5),
    (-180.0, -90.0, 180.0, 90.0),
]


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_bbox_finds_what_touches_it_and_what_has_no_place(site_of_three, described, name, box):
    every = items(site_of_three, described[name], limit=1000).json()["features"]
    found = items(site_of_three, described[name], limit=1000, bbox=",".join(map(str, box))).json()
    west, south, east, north = box
    areas = [box] if west <= east else [(west, south, 180, north), (-180, south, east, north)]
    area = shapely.union_all(shapely.box(*np.array(areas).T))
    wanted = [
        one["id"]
        for one in every
        if not one["geometry"] or area.intersects(shapely.geometry.shape(one["geometry"]))
    ]
    assert sorted(one["id"] for one in found["features"]) == sorted(wanted)
    assert found["numberMatched"] == len(wanted)


def test_the_extent_in_time_is_two_moments_with_their_offset(described):
    ((begin, end),) = described["merenja"]["extent"]["temporal"]["interval"]
    first, last = (datetime(2024, 1, day, tzinfo=UTC) for day in (1, 9))
    assert (datetime.fromisoformat(begin), datetime.fromisoformat(end)) == (first, last)
    assert "temporal" not in described["zone"]["extent"]


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2024-01-01T00:00:00Z", [1]),
        ("2024-01-01", [1]),
        ("2024-01-03T00:00:00Z/2024-01-05T00:00:00Z", [3, 4, 5]),
        ("2024-01-03/P2D", [3, 4, 5]),
        ("2024-01-08T12:00:00+02:00/..", [9]),
        ("../2024-01-02", [1, 2]),
        ("/2023-12-31", []),
    ],
)
def test_datetime_finds_what_was_then_and_what_has_no_time(site_of_three, described, value, days):
    found = items(site_of_three, described["merenja"], datetime=value).json()["features"]
    times = [one["properties"]["vreme"] for one in found]
    assert None in times
    assert sorted(int(time[8:10]) for time in times if time) == days


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_feature_alone_is_the_one_of_the_list(site_of_three, described, name):
    page = items(site_of_three, described[name], limit=1)
    (feature,) = page.json()["features"]
    href = links(described[name], "items")[GEOJSON].partition("?")[0]
    alone = site_of_three.get(f"{href}/{feature['id']}", headers={"Accept": GEOJSON})
    assert alone.headers["content-type"] == GEOJSON
    assert {key: alone.json()[key] for key in feature} == feature
    assert links(alone.json(), "self").keys() == {GEOJSON}
    assert "text/html" in links(alone.json(), "alternate")
    assert links(alone.json(), "collection")


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_system_of_a_collection_gives_the_same_places(site_of_three, described, name):
    (feature, *_) = items(site_of_three, described[name]).json()["features"]
    base = links(described[name], "items")[GEOJSON].partition("?")[0]
    for crs in described[name]["crs"]:
        page = items(site_of_three, described[name], crs=crs)
        alone = site_of_three.get(f"{base}/{feature['id']}", params={"crs": crs})
        assert page.headers["content-crs"] == alone.headers["content-crs"] == f"<{crs}>"
        there = shapes([page.json()["features"][0], alone.json()])
        back = shapely.get_coordinates(to_lonlat(there, crs))
        here = shapely.get_coordinates(shapes([feature, feature]))
        assert np.abs(back - here).max() < 1e-6, crs
    for path in (base, f"{base}/{feature['id']}"):
        refused = site_of_three.get(path, params={"crs": "http://www.opengis.net/def/crs/0/0/0"})
        assert refused.status_code == 400


def test_a_box_in_any_system_finds_what_it_finds_in_degrees(site_of_three, described):
    west, south, east, north = 20.05, 43.9, 20.55, 44.1
    corners = shapely.points([[west, south], [east, south], [west, north], [east, north]])
    asked = f"{west},{south},{east},{north}"
    wanted = items(site_of_three, described["merenja"], bbox=asked).json()["features"]
    for crs in described["merenja"]["crs"]:
        bounds = shapely.total_bounds(project(corners, crs)).tolist()
        box = ",".join(map(str, bounds))
        found = items(site_of_three, described["merenja"], **{"bbox": box, "bbox-crs": crs}).json()
        assert [one["id"] for one in found["features"]] == [one["id"] for one in wanted], crs


@pytest.mark.parametrize("name", ["naselja", "zone"])
def test_the_extent_as_a_box_finds_all_in_any_system(site_of_three, described, name):
    """The suite gives the two corners with seven decimals, for any system east before north."""
    (box,) = described[name]["extent"]["spatial"]["bbox"]
    every = items(site_of_three, described[name], bbox=",".join(map(str, box))).json()
    for crs in described[name]["crs"]:
        corners = shapely.get_coordinates(project(shapely.points([box[:2], box[2:]]), crs))
        asked = ",".join(f"{number:.7f}" for number in corners.ravel())
        found = items(site_of_three, described[name], **{"bbox": asked, "bbox-crs": crs}).json()
        assert found["numberMatched"] == every["numberMatched"], crs
        turned = ",".join(f"{number:.7f}" for number in corners[:, ::-1].ravel())
        items(site_of_three, described[name], **{"bbox": turned, "bbox-crs": crs})


def test_tilesets_are_found_from_the_collection_and_lead_to_tiles(site_of_three, described):
    listed = links(described["zone"], "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector")
    assert listed["application/json"].partition("?")[0].endswith("/tiles")
    (one,) = site_of_three.get(listed["application/json"]).json()["tilesets"]
    assert one["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    for link in one["links"]:  # the suite follows every one, and reads JSON
        followed = site_of_three.get(link["href"], headers={"Accept": "application/json"})
        assert "links" in followed.json()
    tileset = site_of_three.get(links(one, "self")["application/json"]).json()
    template = links(tileset, "item")["application/vnd.mapbox-vector-tile"]
    assert all(f"{{{name}}}" in template for name in ("tileMatrix", "tileRow", "tileCol"))
    matrices = site_of_three.get(
        links(tileset, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme")["application/json"]
    ).json()["tileMatrices"]
    assert [int(matrix["id"]) for matrix in matrices] == list(range(len(matrices)))

    def tile(matrix: object, row: object, col: object):
        where = template.replace("{tileMatrix}", str(matrix)).replace("{tileRow}", str(row))
        return site_of_three.get(where.replace("{tileCol}", str(col)))

    # the tile of zoom 16 with 19.45 E, 42.045 N, inside the first square of the layer
    answer = tile(16, 24317, 36308)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    for wrong in ((16, 2**31 - 1, 2**31 - 1), (16, -1, 0), (99, 0, 0), ("a", 0, 0), (0, 0, 1)):
        assert tile(*wrong).status_code in (400, 404), wrong
    sets = site_of_three.get("/ogc/tileMatrixSets").json()["tileMatrixSets"]
    assert "WebMercatorQuad" in links(sets[0], "item")["application/json"]


def test_an_empty_site_answers_too(client, registry):
    registry.hide("zone")
    registry.hide("naselja")
    listed = client.get("/ogc/collections").json()["collections"]
    assert [one["id"] for one in listed if one["itemType"] == "feature"] == []
    assert client.get("/ogc/openapi").status_code == 200
    assert client.get("/ogc/collections", headers={"Accept": "text/html"}).status_code == 200
