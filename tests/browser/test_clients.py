"""Map libraries on somebody else's page: OpenLayers and MapLibre read features and tiles."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
NISAVA = [21.3, 42.9, 22.4, 43.7]
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
PAGE = """<!doctype html><meta charset="utf-8"><title>klijent</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="maplibre-gl.css">
<div id="map" style="width: 800px; height: 600px"></div><script src="ol.js"></script>"""


Known = http.server.SimpleHTTPRequestHandler


class Quiet(Known):
    """Serves files, says nothing, and knows what a module is."""

    extensions_map = Known.extensions_map | {".mjs": "text/javascript"}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere(project, tmp_path_factory):
    """The address of a page of another origin, which has both libraries."""
    folder = tmp_path_factory.mktemp("client")
    openlayers = project / "geoportal" / "assets" / "node_modules" / "ol" / "dist" / "ol.js"
    maplibre = next((project / "geoportal" / "static" / "vendor").glob("maplibre-gl-*"))
    if not openlayers.is_file():
        missing = "no OpenLayers: `make assets` fetches it"
        if os.environ.get("EMAP_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    for file in (openlayers, *maplibre.iterdir()):
        (folder / file.name).symlink_to(file.resolve())
    Path(folder / "index.html").write_text(PAGE, encoding="utf-8")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(chromium, elsewhere):
    """That page, open; nothing may go wrong on it."""
    opened, faults = chromium.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("requestfailed", lambda request: faults.append(request.url))
    opened.on(
        "response", lambda r: faults.append(f"{r.status} {r.url}") if r.status >= 400 else None
    )
    opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    opened.goto(elsewhere)
    yield opened
    opened.close()
    assert faults == []


def test_openlayers_reads_features_in_two_systems(page, demo):
    said = page.evaluate(
        """async ([items, mercator]) => {
            async function read(query, dataProjection) {
                const source = new ol.source.Vector({
                    url: items + query,
                    format: new ol.format.GeoJSON({ dataProjection }),
                });
                const loaded = new Promise((done, failed) => {
                    source.on("featuresloadend", done);
                    source.on("featuresloaderror", failed);
                });
                source.loadFeatures([-Infinity, -Infinity, Infinity, Infinity], 1,
                    ol.proj.get("EPSG:3857"));
                await loaded;
                return source.getFeatures();
            }
            const degrees = await read("?limit=1000", "EPSG:4326");
            const metres = await read("?limit=1000&crs=" + mercator, "EPSG:3857");
            const there = new Map(metres.map((one) => [one.getId(), one]));
            const apart = degrees.map((one) => {
                const [x, y] = one.getGeometry().getCoordinates();
                const [east, north] = there.get(one.getId()).getGeometry().getCoordinates();
                return Math.hypot(x - east, y - north);
            });
            const nis = degrees.find((one) => one.get("naziv") === "Ниш");
            return [degrees.length, Math.max(...apart), nis.get("naziv_lat")];
        }""",
        [f"{demo}/ogc/collections/naselja/items", MERCATOR],
    )
    count, apart_m, name = said
    assert (count, name) == (491, "Niš")
    assert apart_m < 0.02


def test_openlayers_finds_the_tiles_by_their_metadata(page, demo):
    found = page.evaluate(
        """async ([url, box]) => {
            const source = new ol.source.OGCVectorTile({ url, format: new ol.format.MVT() });
            const layer = new ol.layer.VectorTile({ source });
            const extent = ol.proj.transformExtent(box, "EPSG:4326", "EPSG:3857");
            const map = new ol.Map({ target: "map", layers: [layer], view: new ol.View() });
            map.getView().fit(extent, { size: [800, 600] });
            await new Promise((done) => {
                source.on("tileloadend", () => map.once("rendercomplete", done));
            });
            const names = layer.getFeaturesInExtent(extent).map((one) => one.get("naziv"));
            return [source.getState(), names.includes("Ниш"), source.getTileGrid().getMaxZoom()];
        }""",
        [f"{demo}/ogc/collections/naselja/tiles/WebMercatorQuad", NISAVA],
    )
    assert found[:2] == ["ready", True]
    assert found[2] >= 14


def test_maplibre_draws_tiles_and_features(page, demo):
    found = page.evaluate(
        """async ([site, box]) => {
            const { Map } = await import("./maplibre-gl.mjs");
            const map = new Map({
                container: "map",
                bounds: box,
                attributionControl: false,
                style: {
                    version: 8,
                    sources: {
                        tiles: { type: "vector", url: site + "/tiles/naselja.json" },
                        items: {
                            type: "geojson",
                            data: site + "/ogc/collections/naselja-oko-nisa/items?f=json",
                        },
                    },
                    layers: [
                        { id: "a", type: "circle", source: "tiles", "source-layer": "naselja" },
                        { id: "b", type: "circle", source: "items" },
                    ],
                },
            });
            await new Promise((done) => map.once("idle", done));
            const names = (id) =>
                map.queryRenderedFeatures({ layers: [id] }).map((one) => one.properties.naziv);
            return [names("a").includes("Ниш"), names("b").length];
        }""",
        [demo, NISAVA],
    )
    assert found == [True, 25]
