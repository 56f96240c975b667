"""Maps that the server draws: tiles, pictures, and what they lie on."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image

from datasets import config as configuration
from datasets.basemaps import Basemap, Map
from geoportal.headers import policy
from geoportal.raster.album import Album
from geoportal.raster.frame import Frame
from tests.geoportal.conftest import browsing

NIS = "center=21.9,43.32&zoom=9"
BASE = Map(
    basemaps=(
        Basemap(name="nasa", title="Наша", kind="layers", places=("naselja-oko-nisa",)),
        Basemap(
            name="tudja",
            title="Туђа",
            kind="xyz",
            url="https://tiles.example.rs/{z}/{x}/{y}.png",
            attribution='<img src=x onerror="alert(1)">',
        ),
    ),
)


def picture(client: httpx.Client, address: str) -> Image.Image:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(answer.content)).convert("RGBA")


def drawn(image: Image.Image) -> int:
    """How many pixels are not of the most common colour."""
    colours = image.getcolors(1 << 24)
    return image.width * image.height - max(count for count, _ in colours)


def test_a_tile_shows_the_features_and_nothing_elsewhere(pages):
    tile = picture(pages, "/raster/naselja-oko-nisa/8/143/93.png?v=1")
    assert tile.size == (256, 256)
    assert 50 < np.count_nonzero(np.asarray(tile)[..., 3]) < 20_000
    far = picture(pages, "/raster/naselja-oko-nisa/8/10/10.png?v=1")
    assert not np.asarray(far)[..., 3].any()


def test_a_tile_is_drawn_finer_for_fine_screens(pages):
    tile = picture(pages, "/raster/naselja-oko-nisa/8/143/93.png?size=512&ratio=2")
    assert tile.size == (1024, 1024)


def test_symbols_go_on_over_the_edge_of_a_tile(pages):
    view = "size=512&style.naselja-oko-nisa=single:ff0000"
    left, right = (
        np.asarray(picture(pages, f"/raster/naselja-oko-nisa/13/{x}/2985.png?{view}"))[..., 3] > 0
        for x in (4594, 4595)
    )
    together = Frame.of_tile(13, 4594, 2985, 512, 1)
    assert together.tiles(13, 14.0)[0] == (13, 4593, 2984)
    assert (left[:, -1] == right[:, 0]).mean() > 0.99


def test_a_versioned_tile_is_kept_for_ever_and_any_other_is_asked_for_again(pages):
    pinned = pages.get("/raster/naselja-oko-nisa/8/143/93.png?v=1")
    assert "immutable" in pinned.headers["cache-control"]
    present = pages.get("/raster/naselja-oko-nisa/8/143/93.png")
    assert present.headers["cache-control"] == "no-cache"
    again = pages.get(present.url, headers={"If-None-Match": present.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/raster/nema/1/1/1.png", 404),
        ("/raster/parkovi/1/9/1.png", 404),
        ("/raster/parkovi/x/0/0.png", 400),
        ("/raster/parkovi/1/0/0.png?size=300", 400),
        ("/map/picture.png?width=100000", 400),
        ("/map/picture.png?width=2400&height=2400&ratio=2", 400),
        ("/data/nema/picture.png", 404),
        ("/basemap/nema/1/0/0.png", 404),
    ],
)
def test_a_picture_that_cannot_be_is_refused_in_words(pages, address, status):
    answer = pages.get(address)
    assert answer.status_code == status
    assert "<html" in answer.text


def test_a_picture_of_no_layers_is_the_ground(pages):
    assert drawn(picture(pages, "/map/picture.png?layers=&width=64&height=64")) == 0


@pytest.mark.parametrize("where", ["center=180,90&zoom=24", "bbox=-180,-90,180,90", "center=0,0"])
def test_a_picture_of_the_ends_of_the_world_is_a_picture(pages, where):
    shown = picture(pages, f"/map/picture.png?layers=naselja-oko-nisa&{where}&width=90&height=300")
    assert shown.size == (90, 300)


def test_a_filter_leaves_features_out(pages):
    every = picture(pages, f"/map/picture.png?layers=naselja-oko-nisa&{NIS}")
    some = picture(
        pages, f"/map/picture.png?layers=naselja-oko-nisa&{NIS}&where.naselja-oko-nisa=naziv:in:Ниш"
    )
    assert 0 < drawn(some) < drawn(every) / 3


def test_a_style_and_an_opacity_are_seen(pages):
    red = "style.naselja-oko-nisa=single:ff0000"
    shown = picture(pages, f"/map/picture.png?layers=naselja-oko-nisa&{NIS}&{red}")
    assert (255, 0, 0, 255) in {colour for _, colour in shown.getcolors(1 << 24)}
    faint = f"/map/picture.png?layers=naselja-oko-nisa&{NIS}&{red}&opacity.naselja-oko-nisa=0.3"
    assert (255, 0, 0, 255) not in {c for _, c in picture(pages, faint).getcolors(1 << 24)}


def test_a_picture_of_a_chosen_feature_looks_at_it(pages):
    found = pages.get("/ogc/collections/naselja-oko-nisa/items?limit=1&f=json").json()
    feature = found["features"][0]
    lon, lat = feature["geometry"]["coordinates"]
    chosen = f"/map/picture.png?layers=naselja-oko-nisa&feature=naselja-oko-nisa/{feature['id']}"
    there = picture(pages, f"{chosen}&center={lon},{lat}&zoom=13")
    assert picture(pages, chosen).tobytes() == there.tobytes()
    assert 0 < drawn(there) < drawn(picture(pages, "/map/picture.png?layers=naselja-oko-nisa"))


def test_names_are_written_in_the_script_of_the_page(pages):
    asked = f"/map/picture.png?layers=naselja-oko-nisa&{NIS}&only=names"
    cyrillic, latin = picture(pages, asked), picture(pages, f"/sr-latn{asked}")
    assert np.asarray(cyrillic)[..., 3].any()
    assert np.asarray(cyrillic).tobytes() != np.asarray(latin).tobytes()
    own = picture(pages, f"/sr-latn{asked}&labels=sr-Cyrl")
    assert np.asarray(own).tobytes() == np.asarray(cyrillic).tobytes()


@pytest.mark.parametrize("name", ["parkovi", "naselja-oko-nisa"])
def test_a_dataset_has_a_picture_for_links_to_it(pages, name):
    shown = picture(pages, f"/data/{name}/picture.png")
    assert shown.size == (1200, 630)
    assert shown.getpixel((5, 625)) == (0x0B, 0x55, 0x63, 255)


def test_an_album_draws_once_and_forgets_the_oldest():
    album, asked = Album(most_bytes=10), []

    def draw():
        asked.append(1)
        return b"123456"

    assert album.picture(("a",), draw) == album.picture(("a",), draw) == b"123456"
    assert len(asked) == 1
    album.picture(("b",), draw)
    album.picture(("a",), draw)
    assert len(asked) == 3


@pytest.fixture
def based(town):
    config, _ = configuration.load(town / "config.yml")
    with browsing(config.model_copy(update={"map": BASE}), town / "state") as client:
        yield client


def test_basemaps_are_offered_and_their_hosts_allowed_one_by_one(based):
    page = based.get("/map?base=tudja")
    assert '<option value="tudja" selected>Туђа</option>' in page.text
    assert '<img src=x onerror="alert' not in page.text
    said = page.headers["content-security-policy"]
    assert said == policy(["https://tiles.example.rs"])
    assert said.count("https://tiles.example.rs") == 2
    assert "unsafe" not in said
    assert based.get("/basemap/tudja/1/0/0.png").status_code == 404  # we ask nobody for tiles


def test_a_basemap_of_layers_lies_under_a_picture(town):
    config, _ = configuration.load(town / "config.yml")
    ground = Basemap(name="nasa", title="Наша", kind="layers", boundaries=("naselja-oko-nisa",))
    config = config.model_copy(update={"map": Map(basemaps=(ground,))})
    with browsing(config, town / "state") as client:
        tile = picture(client, "/basemap/nasa/8/143/93.png")
        assert tile.size == (512, 512)
        nothing = picture(client, f"/map/picture.png?layers=&base=none&{NIS}")
        assert drawn(nothing) == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "xyz", "url": "ftp://a/{z}/{x}/{y}"}, "must begin with https://host"),
        ({"kind": "xyz", "url": "https://a; script-src *"}, "must begin with https://host"),
        ({"kind": "xyz", "url": "https://a/{z}/{x}"}, "must have {z}, {x} and {y}"),
        ({"kind": "xyz", "url": "https://{s}.a/{z}/{x}/{y}"}, "must begin with https://host"),
        ({"kind": "xyz"}, "must begin with https://host"),
        ({"kind": "wmts", "url": "https://a/wmts"}, "layer: is missing"),
        ({"kind": "pmtiles"}, "path: is missing"),
        ({"kind": "layers"}, "needs one of land"),
        ({"kind": "layers", "name": "none", "land": ["a"]}, "is that of no basemap"),
    ],
)
def test_a_basemap_that_cannot_be_drawn_is_told(given, says):
    with pytest.raises(ValueError, match=says.replace("{", r"\{").replace("*", r"\*")):
        Basemap(**{"name": "a", "title": "А", **given})


def test_the_tiles_of_a_wmts_are_asked_for_by_get_tile():
    service = Basemap(name="a", title="А", kind="wmts", url="https://a.rs/wmts", layer="orto")
    [address] = service.tiles
    assert address.startswith("https://a.rs/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=")
    assert "TILEMATRIX={z}&TILEROW={y}&TILECOL={x}" in address
    assert service.hosts == ("https://a.rs",)
