"""Tiles: out of the archive, or made now; numbers that are none; documents about them."""

import gzip
from dataclasses import replace
from math import asinh, pi, radians, tan

import mapbox_vector_tile
import pytest

from datasets.text import Text
from publish.layers.tippecanoe import build_tiles
from publish.layers.webmercatorquad import MAX_ZOOM

OGC = "/ogc/collections/zone/tiles/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"


@pytest.fixture(scope="session")
def archived(zone, tmp_path_factory):
    """The squares with an archive of tiles."""
    archive = build_tiles(zone.features, zone.layer, tmp_path_factory.mktemp("tiles"))
    return replace(zone, archive=archive)


def place(z: int) -> tuple[int, int]:
    """Column and row of the tile in the middle of the squares (21.5°E 44.5°N)."""
    x = (21.5 / 360 + 0.5) * 2**z
    y = (0.5 - asinh(tan(radians(44.5))) / (2 * pi)) * 2**z
    return int(x), int(y)


def test_both_addresses_give_the_same_stored_bytes(client, registry, archived):
    registry.show(archived)
    x, y = place(7)
    for path in (f"{OGC}/7/{y}/{x}?v=1", f"/tiles/zone/7/{x}/{y}.mvt?v=1"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == MVT
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        (layer,) = mapbox_vector_tile.decode(answer.content)
        assert layer == "zone"


def test_a_client_without_gzip_gets_plain_bytes(client, registry, archived):
    registry.show(archived)
    x, y = place(7)
    plain = client.get(f"/tiles/zone/7/{x}/{y}.mvt", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept, Accept-Encoding"
    with client.stream("GET", f"/tiles/zone/7/{x}/{y}.mvt") as packed:
        assert gzip.decompress(b"".join(packed.iter_raw())) == plain.content
        assert packed.headers["etag"] != plain.headers["etag"]


def test_a_tile_that_the_client_has_is_304(client, registry, archived):
    registry.show(archived)
    x, y = place(7)
    tag = client.get(f"/tiles/zone/7/{x}/{y}.mvt").headers["etag"]
    again = client.get(f"/tiles/zone/7/{x}/{y}.mvt", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_there_is_204(client, registry, archived):
    registry.show(archived)
    for path in ("/tiles/zone/7/0/0.mvt", f"{OGC}/7/0/0"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "emap-tiles" not in answer.headers


def test_without_an_archive_tiles_are_made_now_and_not_kept(client):
    x, y = place(9)
    answer = client.get(f"/tiles/zone/9/{x}/{y}.mvt?v=1")
    tile = mapbox_vector_tile.decode(answer.content)["zone"]
    assert {feature["properties"]["oznaka"][0] for feature in tile["features"]} == {"z"}
    assert answer.headers["emap-tiles"] == "building"
    assert "immutable" not in answer.headers["cache-control"]


def test_a_tile_with_too_many_features_waits_for_the_archive(client, monkeypatch):
    monkeypatch.setattr("geoportal.ogc.tiles.LIVE_CAP", 3)
    answer = client.get("/tiles/zone/0/0/0.mvt")
    assert (answer.status_code, answer.headers["emap-tiles"]) == (204, "building")


@pytest.mark.parametrize(
    ("z", "x", "y", "status"),
    [
        ("a", "0", "0", 400),
        ("0", "-1", "0", 400),
        ("0", "0", "1.5", 400),
        ("0", "0", "%D9%A3", 400),
        ("0", "9" * 30, "0", 400),
        ("0", "1", "0", 404),
        ("3", "0", "8", 404),
        (str(MAX_ZOOM + 1), "0", "0", 404),
        ("999999999", "0", "0", 404),
    ],
)
def test_numbers_of_no_tile_are_refused(client, registry, archived, z, x, y, status):
    assert client.get(f"/tiles/zone/{z}/{x}/{y}.mvt").status_code == status
    assert client.get(f"{OGC}/{z}/{y}/{x}").status_code == status
    registry.show(archived)
    assert client.get(f"/tiles/zone/{z}/{x}/{y}.mvt").status_code == status


def test_rows_come_before_columns_in_the_ogc_address(client):
    x, y = place(9)
    assert x != y
    assert (
        client.get(f"{OGC}/9/{y}/{x}").content == client.get(f"/tiles/zone/9/{x}/{y}.mvt").content
    )


def test_tilejson_says_where_the_tiles_are(client, registry, archived):
    building = client.get("/tiles/zone.json").json()
    assert building["emap:building"]
    registry.show(archived)
    document = client.get("/tiles/zone.json").json()
    assert document["tilejson"] == "3.0.0"
    assert not document["emap:building"]
    assert document["vector_layers"][0]["id"] == "zone"
    assert document["vector_layers"][0]["fields"] == {"broj": "broj", "oznaka": "oznaka"}
    assert 0 <= document["minzoom"] < document["maxzoom"] <= 16
    x, y = place(document["maxzoom"])
    address = document["tiles"][0]
    filled = address.replace("{z}", str(document["maxzoom"])).replace("{x}", str(x))
    assert client.get(filled.replace("{y}", str(y))).status_code == 200
    west, south, east, north = document["bounds"]
    assert (west, south, east, north) == pytest.approx((19, 42, 23.9, 46.99))


def test_the_attribution_is_safe_as_html(client, registry, naselja):
    registry.show(replace(naselja, organization_title=Text("<img src=x onerror=alert(1)>")))
    assert "<" not in client.get("/tiles/naselja.json").json()["attribution"]


def test_the_tileset_leads_to_a_tile(client):
    document = client.get(OGC).json()
    (item,) = [one for one in document["links"] if one["rel"] == "item"]
    x, y = place(9)
    filled = item["href"].replace("{tileMatrix}", "9").replace("{tileRow}", str(y))
    answer = client.get(filled.replace("{tileCol}", str(x)))
    assert (answer.status_code, answer.headers["content-type"]) == (200, item["type"])
    assert document["layers"][0]["id"] == "zone"


def test_tilejson_is_a_format_of_the_tileset(client):
    assert client.get(OGC, params={"f": "tilejson"}).json()["tilejson"] == "3.0.0"
    assert client.get(f"{OGC}/0/0/0", params={"f": "png"}).status_code == 400


def test_the_scales_of_the_matrix_set_are_the_standards(client):
    matrices = client.get("/ogc/tileMatrixSets/WebMercatorQuad").json()["tileMatrices"]
    # OGC 17-083r4, table of WebMercatorQuad
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.028717, abs=1e-4)
    assert matrices[18]["cellSize"] == pytest.approx(0.597164283478, abs=1e-9)
    assert matrices[10]["matrixWidth"] == 1024
