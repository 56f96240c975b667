"""Tiles: out of the archive, or made now; numbers that are none; documents about them."""

import gzip
from dataclasses import replace
from math import asinh, pi, radians, tan

import mapbox_vector_tile
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles
from starlette.requests import Request

from datasets.text import Text
from geoportal.ogc.part import Threads
from geoportal.ogc.tiles import threads
from publish.layers.pmtiles import header
from publish.layers.tiling import build_tiles
from publish.layers.webmercatorquad import MAX_ZOOM

OGC = "/ogc/collections/zone/tiles/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"


@pytest.fixture(scope="session")
def archived(zone, tmp_path_factory):
    """The squares with an archive of tiles."""
    archive = build_tiles(zone.features, zone.layer, tmp_path_factory.mktemp("tiles"))
    return replace(zone, archive=archive)


def place(z: int, lat: float = 44.5) -> tuple[int, int]:
    """Column and row of the tile in the middle of the squares (21.5°E 44.5°N)."""
    x = (21.5 / 360 + 0.5) * 2**z
    y = (0.5 - asinh(tan(radians(lat))) / (2 * pi)) * 2**z
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


def said(answer):
    """The headers of an answer, but for the time of day."""
    return sorted(pair for pair in answer.headers.items() if pair[0] != "date")


@pytest.mark.parametrize("query", ["", "?v=1"])
def test_a_stored_tile_is_given_at_once_as_it_would_be_in_all_steps(
    client, registry, archived, monkeypatch, query
):
    registry.show(archived)
    x, y = place(7)
    address = f"/tiles/zone/7/{x}/{y}.mvt{query}"
    with monkeypatch.context() as quick:
        quick.setattr("geoportal.ogc.front.answer", None)
        at_once = client.get(address)
        known = {"If-None-Match": at_once.headers["etag"]}
        unchanged = client.get(address, headers=known)
    monkeypatch.setattr("geoportal.ogc.front.stored", lambda *_: None)
    for one, headers in ((at_once, {}), (unchanged, known)):
        slow = client.get(address, headers=headers)
        assert (one.status_code, one.content) == (slow.status_code, slow.content)
        assert said(one) == said(slow)
    assert (at_once.status_code, unchanged.status_code) == (200, 304)


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_a_tile_may_be_kept_for_ever_by_those_who_named_the_version(
    client, registry, archived, coding
):
    registry.show(archived)
    x, y = place(7)
    for query in ("?v=1", "", "?v=1"):
        address = f"/tiles/zone/7/{x}/{y}.mvt{query}"
        headers = client.get(address, headers={"Accept-Encoding": coding}).headers
        assert ("immutable" in headers["cache-control"]) == bool(query)


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


def test_nothing_there_is_204_and_404_outside_the_limits_of_the_tileset(client, registry, archived):
    registry.show(archived)
    x, y = place(16, 44.595)  # between two squares
    for path in (f"/tiles/zone/16/{x}/{y}.mvt", f"{OGC}/16/{y}/{x}", "/tiles/zone/7/0/0.mvt"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "emap-tiles" not in answer.headers
    for path in (f"{OGC}/7/0/0", f"{OGC}/16/{y}/{x + 9999}", f"{OGC}/16/{y - 9999}/{x}"):
        refused = client.get(path)
        assert refused.status_code == 404
        assert "limits of the tileset: minTileRow" in refused.json()["detail"]


def test_without_an_archive_deep_tiles_are_made_now_and_not_kept(client):
    x, y = place(15)
    answer = client.get(f"/tiles/zone/15/{x}/{y}.mvt?v=1")
    tile = mapbox_vector_tile.decode(answer.content)["zone"]
    assert {feature["properties"]["oznaka"][0] for feature in tile["features"]} == {"z"}
    assert answer.headers["emap-tiles"] == "building"
    assert "immutable" not in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"


def test_without_an_archive_no_other_tile_is_made(client, monkeypatch):
    monkeypatch.setattr("publish.layers.features.Features.tile", None)
    for z in (0, 9, 14):
        x, y = place(z)
        answer = client.get(f"/tiles/zone/{z}/{x}/{y}.mvt")
        assert (answer.status_code, answer.headers["emap-tiles"]) == (204, "building")


def test_below_the_archive_tiles_are_made_and_kept(client, registry, archived):
    registry.show(archived)
    deepest = header(archived.archive).max_zoom
    x, y = place(deepest + 2)
    answer = client.get(f"/tiles/zone/{deepest + 2}/{x}/{y}.mvt?v=1")
    stored = client.get(f"/tiles/zone/{deepest}/{x // 4}/{y // 4}.mvt?v=1")
    seen, around = (
        {f["id"] or f["properties"]["id"] for f in decoded["zone"]["features"]}
        for decoded in map(mapbox_vector_tile.decode, (answer.content, stored.content))
    )
    assert seen <= around
    assert "immutable" in answer.headers["cache-control"]
    assert "emap-tiles" not in answer.headers
    again = client.get(str(answer.url), headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("with_archive", [False, True])
def test_a_tile_with_too_many_features_is_not_made(
    client, registry, archived, monkeypatch, with_archive
):
    monkeypatch.setattr("geoportal.ogc.tiles.LIVE_CAP", 0)
    if with_archive:
        registry.show(archived)
    x, y = place(16)
    answer = client.get(f"/tiles/zone/16/{x}/{y}.mvt")
    said = "too-much" if with_archive else "building"
    assert (answer.status_code, answer.headers["emap-tiles"]) == (204, said)


def test_stored_tiles_and_made_ones_have_threads_of_their_own(site, registry, archived):
    def chosen(z, query=b""):
        scope = {"type": "http", "app": site, "query_string": query, "headers": []}
        return threads(Request(scope | {"path_params": {"collection": "zone", "z": z}}))

    deepest, quick = header(archived.archive).max_zoom, Threads.AT_ONCE
    assert [chosen(z) for z in ("14", "15", "x")] == [quick, Threads.HEAVY, quick]
    registry.show(archived)
    assert chosen(str(deepest), b"v=1") == quick
    assert chosen(str(deepest + 1)) == Threads.HEAVY
    assert chosen("0", b"v=7") == Threads.HEAVY


def test_the_archive_is_read_by_range_as_its_own_reader_does(client, registry, archived):
    registry.show(archived)
    asked = []

    def ranged(offset, length):
        answer = client.get(
            "/tiles/zone.pmtiles?v=1", headers={"Range": f"bytes={offset}-{offset + length - 1}"}
        )
        asked.append(answer)
        assert answer.status_code in (206, 200)
        return answer.content

    x, y = place(7)
    tile = Reader(ranged).get(7, x, y)
    assert gzip.decompress(tile) == client.get(f"/tiles/zone/7/{x}/{y}.mvt").content
    assert {answer.status_code for answer in asked} == {206}
    size = archived.archive.stat().st_size
    assert asked[-1].headers["content-range"].endswith(f"/{size}")
    assert "immutable" in asked[-1].headers["cache-control"]
    assert {answer.headers["etag"] for answer in asked} == {asked[0].headers["etag"]}


def test_the_whole_archive_goes_out_as_it_lies(client, registry, archived):
    registry.show(archived)
    whole = client.get("/tiles/zone.pmtiles")
    assert whole.content == archived.archive.read_bytes()
    assert whole.headers["content-type"] == "application/vnd.pmtiles"
    assert whole.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in whole.headers
    tag = whole.headers["etag"]
    assert not tag.startswith("W/")
    same = client.get("/tiles/zone.pmtiles", headers={"If-None-Match": tag})
    assert same.status_code == 304
    other = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert client.get("/tiles/zone.pmtiles", headers=other).status_code == 200
    head = client.head("/tiles/zone.pmtiles", headers={"Range": "bytes=0-9"})
    assert head.status_code == 200, "a Range is of GET alone"
    assert head.headers["content-length"] == str(len(whole.content))


def test_ranges_of_the_archive_are_the_first_last_and_many(client, registry, archived):
    registry.show(archived)
    whole = archived.archive.read_bytes()

    def ranged(given, **headers):
        return client.get("/tiles/zone.pmtiles", headers={"Range": given, **headers})

    assert ranged("bytes=0-6").content == b"PMTiles"
    assert ranged("bytes=-5").content == whole[-5:]
    assert ranged("bytes=7-999999999").content == whole[7:]
    tag = ranged("bytes=0-6").headers["etag"]
    assert ranged("bytes=0-6", **{"If-Range": tag}).status_code == 206
    assert ranged("bytes=0-6", **{"If-Range": f"W/{tag}"}).status_code == 200
    many = ranged("bytes=0-6, -5")
    assert (many.status_code, many.headers["content-length"]) == (206, str(len(many.content)))
    _, first, second, _ = many.content.split(b"--" + many.headers["content-type"][31:].encode())
    assert first.partition(b"\r\n\r\n")[2].rstrip(b"\r\n") == whole[:7]
    assert second.partition(b"\r\n\r\n")[2][:5] == whole[-5:]


@pytest.mark.parametrize("given", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_of_the_archive_says_how_long_it_is(client, registry, archived, given):
    registry.show(archived)
    answer = client.get("/tiles/zone.pmtiles", headers={"Range": given})
    size = archived.archive.stat().st_size
    assert (answer.status_code, answer.json()["status"]) == (416, 416)
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert answer.headers["access-control-allow-origin"] == "*"
    other = {"Range": given, "If-Range": '"another"'}
    assert client.get("/tiles/zone.pmtiles", headers=other).status_code == 200


@pytest.mark.parametrize("given", ["bytes=5-1", "bytes=a-b", "bytes=", "lines=0-1", "bytes=-1-5"])
def test_a_range_that_is_none_is_passed_over(client, registry, archived, given):
    registry.show(archived)
    answer = client.get("/tiles/zone.pmtiles", headers={"Range": given})
    assert (answer.status_code, len(answer.content)) == (200, archived.archive.stat().st_size)


def test_there_is_no_archive_to_read_until_it_is_built(client):
    answer = client.get("/tiles/zone.pmtiles")
    assert answer.status_code == 404
    assert "being built" in answer.json()["detail"]
    assert client.get("/tiles/none.pmtiles").status_code == 404


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
    x, y = place(15)
    assert x != y
    made = client.get(f"{OGC}/15/{y}/{x}")
    assert made.content
    assert made.content == client.get(f"/tiles/zone/15/{x}/{y}.mvt").content


def test_tilejson_says_where_the_tiles_are(client, registry, archived):
    building = client.get("/tiles/zone.json").json()
    assert building["emap:building"]
    assert (building["minzoom"], building["maxzoom"]) == (15, 16)
    registry.show(archived)
    document = client.get("/tiles/zone.json").json()
    assert document["tilejson"] == "3.0.0"
    assert not document["emap:building"]
    assert document["vector_layers"][0]["id"] == "zone"
    assert document["vector_layers"][0]["fields"] == {
        "broj": "broj",
        "oznaka": "oznaka",
        "oznaka_lat": "oznaka",
    }
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


def test_the_tileset_leads_to_a_tile_and_to_the_archive(client, registry, archived):
    registry.show(archived)
    document = client.get(OGC).json()
    links = {one["rel"]: one for one in document["links"]}
    x, y = place(9)
    filled = links["item"]["href"].replace("{tileMatrix}", "9").replace("{tileRow}", str(y))
    answer = client.get(filled.replace("{tileCol}", str(x)))
    assert (answer.status_code, answer.headers["content-type"]) == (200, links["item"]["type"])
    assert document["layers"][0]["id"] == "zone"
    whole = client.head(links["enclosure"]["href"])
    assert (whole.status_code, whole.headers["content-type"]) == (200, links["enclosure"]["type"])


def test_the_limits_of_the_tileset_hold_every_tile(client, registry, archived):
    registry.show(archived)
    limits = {one["tileMatrix"]: one for one in client.get(OGC).json()["tileMatrixSetLimits"]}
    assert limits["0"] == {"tileMatrix": "0"} | dict.fromkeys(
        ("minTileRow", "maxTileRow", "minTileCol", "maxTileCol"), 0
    )
    nine = limits["9"]
    with archived.archive.open("rb") as file:
        there = [place for place, _ in all_tiles(MmapSource(file)) if place[0] == 9]
    assert min(x for _, x, _ in there) >= nine["minTileCol"] - 1  # and their neighbours' borders
    assert nine["minTileCol"] <= place(9)[0] <= nine["maxTileCol"]
    assert nine["minTileRow"] <= place(9)[1] <= nine["maxTileRow"]
    assert max(y for _, _, y in there) <= nine["maxTileRow"] + 1


def test_tilejson_is_a_format_of_the_tileset(client):
    assert client.get(OGC, params={"f": "tilejson"}).json()["tilejson"] == "3.0.0"
    assert client.get(f"{OGC}/0/0/0", params={"f": "png"}).status_code == 400


def test_the_scales_of_the_matrix_set_are_the_standards(client):
    matrices = client.get("/ogc/tileMatrixSets/WebMercatorQuad").json()["tileMatrices"]
    # OGC 17-083r4, table of WebMercatorQuad
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.028717, abs=1e-4)
    assert matrices[18]["cellSize"] == pytest.approx(0.597164283478, abs=1e-9)
    assert matrices[10]["matrixWidth"] == 1024


@pytest.mark.parametrize(
    ("path", "status"),
    [("/tiles/zone.pmtiles", 404), ("/tiles/zone.json", 200), ("/tiles/zone/7/71/46.mvt", 204)],
)
def test_an_archive_that_went_missing_is_as_one_that_is_being_built(
    client, registry, archived, tmp_path, path, status
):
    registry.show(replace(archived, archive=tmp_path / "lost.pmtiles"))
    assert client.get(path, headers={"Accept-Encoding": "identity"}).status_code == status
    assert client.get("/tiles/zone.json").json()["emap:building"]
