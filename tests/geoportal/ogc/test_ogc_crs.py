"""OGC API Features Part 2: features, and boxes that ask for them, in every system offered."""

import pytest
import shapely

from publish.layers.crs import CRS84, EPSG, OFFERED

ITEMS = "/ogc/collections/naselja/items"
PLACES = {  # Шабац, by gdaltransform; in EPSG:6316 by way of EPSG:8685
    CRS84: (19.69, 44.74667),
    f"{EPSG}4326": (44.74667, 19.69),
    f"{EPSG}3857": (2191880.774, 5581727.641),
    f"{EPSG}25834": (396297.912, 4955643.918),
    f"{EPSG}32634": (396297.912, 4955643.918),
    f"{EPSG}8682": (396297.912, 4955643.918),
    f"{EPSG}6316": (7396698.803, 4956621.838),
}
BOXES = {  # of Чачак and Крагујевац
    CRS84: "20,43,21,44.1",
    f"{EPSG}4326": "43,20,44.1,21",
    f"{EPSG}3857": "2226000,5310000,2338000,5481000",
    f"{EPSG}25834": "416000,4840000,500000,4880000",
    f"{EPSG}32634": "416000,4840000,500000,4880000",
    f"{EPSG}8682": "416000,4840000,-5,500000,4880000,900",
    f"{EPSG}6316": "7416000,4841000,7500000,4881000",
}


def test_a_collection_tells_its_systems_and_the_one_it_is_kept_in(client):
    document = client.get("/ogc/collections/naselja").json()
    assert document["crs"] == list(OFFERED) == list(PLACES)
    assert document["storageCrs"] == CRS84


@pytest.mark.parametrize("crs", PLACES)
def test_coordinates_come_in_the_crs_asked_for(client, crs):
    for path in (f"{ITEMS}?naziv=Шабац&crs={crs}", f"{ITEMS}/1?crs={crs}"):
        answer = client.get(path)
        assert answer.headers["content-crs"] == f"<{crs}>"
        body = answer.json()
        feature = body["features"][0] if "features" in body else body
        assert feature["geometry"]["coordinates"] == pytest.approx(PLACES[crs], abs=0.0006)


def test_without_crs_the_header_says_crs84(client):
    for path in (ITEMS, f"{ITEMS}/1"):
        assert client.get(path).headers["content-crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("crs", BOXES)
def test_a_bbox_is_read_in_its_own_crs(client, crs):
    found = client.get(ITEMS, params={"bbox": BOXES[crs], "bbox-crs": crs}).json()
    assert {f["properties"]["naziv"] for f in found["features"]} == {"Чачак", "Крагујевац"}
    assert found["numberMatched"] == 2


def test_a_bbox_in_latitude_and_longitude_may_cross_the_antimeridian(client):
    asked = {"bbox": "-10,170,50,20.4", "bbox-crs": f"{EPSG}4326"}
    assert client.get(ITEMS, params=asked).json()["numberMatched"] == 4


def test_crs_and_bbox_crs_go_together_and_stay_on_the_next_page(client):
    box = "0,0,90,90"
    asked = {"bbox": box, "bbox-crs": f"{EPSG}4326", "crs": f"{EPSG}6316", "limit": 4}
    first = client.get(ITEMS, params=asked).json()
    (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    second = client.get(following)
    assert second.headers["content-crs"] == f"<{EPSG}6316>"
    features = [*first["features"], *second.json()["features"]]
    assert len({feature["id"] for feature in features}) == 7
    assert all(feature["geometry"]["coordinates"][0] > 7_000_000 for feature in features)


def test_features_without_a_place_have_none_in_any_system(client):
    asked = {"oznaka": "z252", "crs": f"{EPSG}3857"}
    (feature,) = client.get("/ogc/collections/zone/items", params=asked).json()["features"]
    assert feature["geometry"] is None


def test_a_layer_far_away_is_not_offered_in_serbian_systems(client, registry, build):
    registry.show(build("sidnej", [shapely.Point(151.2, -33.9)], {"a": ("integer", [1])}))
    systems = client.get("/ogc/collections/sidnej").json()["crs"]
    assert systems == [CRS84, f"{EPSG}4326", f"{EPSG}3857"]
    answer = client.get("/ogc/collections/sidnej/items", params={"crs": f"{EPSG}6316"})
    assert answer.status_code == 400
    assert all(system in answer.json()["detail"] for system in ("crs: ", *systems))


@pytest.mark.parametrize(
    "query",
    [
        f"crs={EPSG}9999",
        "crs=EPSG:4326",
        "crs=",
        f"crs={CRS84}&crs={CRS84}",
        f"bbox-crs={EPSG}4326",
        "bbox=1,2,3,4&bbox-crs=",
        "bbox=1,2,3,4&bbox-crs=EPSG:4326",
        f"bbox=1,2,3,4&bbox-crs={EPSG}9999",
        f"bbox=46,19,42,23&bbox-crs={EPSG}4326",
        f"bbox=500000,4840000,416000,4880000&bbox-crs={EPSG}32634",
        f"bbox=1e308,1e308,1e308,1e308&bbox-crs={EPSG}32634",
        f"bbox=1e200,0,2e200,1&bbox-crs={EPSG}6316",
    ],
)
@pytest.mark.parametrize("path", [ITEMS])
def test_a_system_or_box_that_is_none_is_refused(client, path, query):
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert "bbox" in answer.json()["detail"] or "crs" in answer.json()["detail"]


def test_the_crs_of_an_item_is_checked_too(client):
    answer = client.get(f"{ITEMS}/1", params={"crs": f"{EPSG}31277"})
    assert answer.status_code == 400
    assert client.get(f"{ITEMS}/1", params={"bbox": "1,2,3,4"}).status_code == 400
