"""Payloads in every parameter, and layers as odd as can be: pages that answer, and soon."""

import re
from urllib.parse import quote

import pytest

from datasets import config as configuration
from tests.geoportal.conftest import browsing
from tests.hostile import PAYLOADS, SHORT

SOON_S = 20  # on a busy machine; each takes a few hundredths
BIG_BYTES = 1_500_000
LONG = "n" * 100
LAYERS = ["bez-koordinata", "jedan", "nista", "siroko", "golem", "polovi", "znaci", LONG]
STATE = (
    "layers time base compare center zoom pitch bearing bbox feature labels table 3d tree find "
    "opacity.napad style.napad where.napad"
).split()
ASKED = {
    **dict.fromkeys(
        "/map /map/tree /map/cards /map/list /map/print /map/picture.png /map/looks.json "
        "/map/layers.json /map/share /map/download /map/styling /map/filters /map/time "
        "/map/compare /map/measure /map/draw /embed/map /embed/folium".split(),
        STATE,
    ),
    "/near": "q at layer lat lon page".split(),
    "/map/here": "q at lat lon".split(),
    "/map/search": ["q"],
    "/data": "q organization tags theme format license frequency quality sort page bbox".split(),
    "/data/napad/table": "q sort page resource version napad".split(),
    "/data/napad/chart": "kind x y resource".split(),
    "/data/napad/chart.svg": "kind x y resource".split(),
    "/data/napad/history": "from to page".split(),
    "/data/napad/history/difference": "from to resource".split(),
    "/organization": ["sort"],
    "/oembed": "url format maxwidth".split(),
    "/qr.svg": ["to"],
}
WORDS = [*PAYLOADS, SHORT, "\0", "nan", "1e999", "9" * 400, "../..", "\r\nX: 1", "٣", "a:range:..b"]
RAW = re.compile(r"<script>alert|<img src=x|<svg onload|(?:href|src)=\"javascript:", re.IGNORECASE)


@pytest.fixture(scope="module")
def hostile(hostile_site):
    """A browser without JavaScript on the hostile site."""
    config, _ = configuration.load(hostile_site / "config.yml")
    with browsing(config, hostile_site / "state") as client:
        client.timeout = SOON_S
        yield client


def kept(answer):
    """An answer that is no fault of ours, in which no payload is markup."""
    assert answer.status_code in (200, 303, 400, 404, 422, 501), answer.url
    if "html" in answer.headers.get("content-type", ""):
        assert not RAW.search(answer.text), answer.url
    return answer


@pytest.mark.parametrize("path", ASKED)
def test_what_is_asked_is_text_or_refused(hostile, path):
    for i, name in enumerate(ASKED[path]):  # alone: another may be refused before it is read
        kept(hostile.get(f"{path}?layers=napad&{name}={quote(WORDS[i % len(WORDS)])}"))
    for word in WORDS[::2]:
        asked = "&".join(f"{name}={quote(word)}" for name in ASKED[path] if name != "layers")
        kept(hostile.get(f"{path}?layers=napad&{asked}"))


@pytest.mark.parametrize("layer", LAYERS)
def test_an_odd_layer_has_all_its_pages(hostile, layer):
    pages = [f"/data/{layer}{tab}" for tab in ("", "/map", "/table", "/chart", "/api", "/quality")]
    pages += [
        f"/data/{layer}/history",
        f"/data/{layer}/picture.png",
        f"/near?layer={layer}&at=44,20.9",
    ]
    pages += [f"/map{part}?layers={layer}" for part in ("", "/list", "/print", "/picture.png")]
    pages += [
        f"/map/{tool}?layers={layer}&layer={layer}" for tool in ("styling", "filters", "time")
    ]
    pages += [f"/embed/folium/{layer}", f"/raster/{layer}/8/142/93.png"]
    styles = ("heat", "cluster", "categories:naziv", "graduated:broj:quantiles:5", "single:ff0000")
    pages += [f"/map/picture.png?layers={layer}&style.{layer}={style}" for style in styles]
    for path in pages:
        answer = hostile.get(path)
        assert answer.status_code == 200, path
        assert len(answer.content) < BIG_BYTES, path


@pytest.mark.parametrize("layer", ["golem", "polovi", "znaci"])
def test_an_odd_feature_has_its_page(hostile, layer):
    items = hostile.get(f"/ogc/collections/{layer}/items?f=json").json()["features"]
    for feature in items:
        for path in (f"/place/{layer}/{feature['id']}", f"/map/feature/{layer}/{feature['id']}"):
            answer = hostile.get(path)
            assert answer.status_code == 200, path
            assert len(answer.content) < BIG_BYTES, path


def test_a_tile_holds_no_book(hostile):
    tile = hostile.get("/tiles/golem/8/142/93.mvt", headers={"Accept-Encoding": "identity"})
    assert tile.status_code == 200
    assert len(tile.content) < BIG_BYTES


def test_a_layer_that_is_gone_is_told_and_the_nearest_is_offered(hostile):
    page = hostile.get("/map?layers=jedam").text
    assert "Слоја више нема међу објављенима: jedam" in page
    assert "layers=jedan" in page
