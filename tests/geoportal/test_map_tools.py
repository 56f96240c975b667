"""The tools of the map as a reader without JavaScript has them: forms, and what they answer."""

import io
import re
import zipfile
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from markupsafe import escape

from geoportal.emap.areas import area_of
from geoportal.emap.measuring import measured
from geoportal.emap.positions import position, positions
from geoportal.emap.printing import round_length
from geoportal.emap.qr import is_own
from geoportal.registry import View

PAYLOAD = '"><img src=x onerror="alert(1)">'
BOTH = "layers=parkovi,naselja-oko-nisa"
TOOLS = ("measure", "compare", "print", "share", "download")
NOTHING = View(0, {})


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("prefix", ["", "/sr-latn", "/en"])
def test_each_tool_is_a_page_in_each_language(pages, tool, prefix):
    answer = pages.get(f"{prefix}/map/{tool}?{BOTH}")
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert f'href="{prefix}/map?layers=parkovi,naselja-oko-nisa' in answer.text


@pytest.mark.parametrize("tool", [*TOOLS, "draw"])
def test_a_panel_is_the_tool_without_a_page_around_it(pages, tool):
    piece = pages.get(f"/map/{tool}?{BOTH}&piece=1").text
    assert "<html" not in piece
    assert "<form" in piece or tool == "share"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_script_in_an_address_is_text(pages, tool):
    asked = {
        "layers": "parkovi",
        "title": PAYLOAD,
        "notes": PAYLOAD,
        "at": PAYLOAD,
        "area": PAYLOAD,
    }
    html = pages.get(
        f"/map/{tool}", params={**asked, "time": PAYLOAD, "base": PAYLOAD, "within": "area"}
    ).text
    assert "<img src=x" not in html


def test_without_layers_every_tool_still_is_a_page(pages, empty):
    for client in (pages, empty):
        for tool in TOOLS:
            assert client.get(f"/map/{tool}?layers=").status_code == 200


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("44.01, 20.91", (20.91, 44.01)),
        ("44,01; 20,91", (20.91, 44.01)),
        ("-33.9 151.2", (151.2, -33.9)),
        ("44°00'36\"N 20°54'36\"E", (20.91, 44.01)),
        ("44°00′36″ С, 20°54′36″ И", (20.91, 44.01)),
        ("90, 180", (180.0, 90.0)),
        ("90.1, 0", None),
        ("Ниш", None),
        ("1e3, 5", None),
    ],
)
def test_positions_are_read_as_people_write_them(text, place):
    assert position(text) == place


def test_positions_stand_one_in_a_line():
    assert [place for _, place in positions("1, 2\n\n3, 4|x")] == [(2.0, 1.0), (4.0, 3.0), None]


def test_a_length_and_an_area_are_those_of_the_ellipsoid(pages):
    # a degree of the meridian at the equator, and a square of a degree there (GeographicLib)
    assert measured([(0, 0), (0, 1)], "length").length_m == pytest.approx(110_574.39, abs=0.01)
    square = measured([(0, 0), (1, 0), (1, 1), (0, 1)], "area")
    assert square.area_m2 == pytest.approx(12_308_778_361.47, abs=1)
    assert len(square.steps_m) == 4
    html = pages.get("/en/map/measure", params={"at": "0, 0\n1, 0\n1, 1\n0, 1", "of": "area"}).text
    assert "<strong>12,308.78 km²</strong>" in html


def test_a_line_that_is_no_position_is_named(pages):
    html = pages.get("/en/map/measure", params={"at": "44, 21\n<b>Niš</b>\n44, 22"}).text
    assert "This is no position: &lt;b&gt;Niš&lt;/b&gt;" in html
    assert "80.21 km" in html


def test_a_qr_code_is_of_this_site_alone(pages):
    answer = pages.get("/qr.svg", params={"to": "/map?layers=parkovi"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert b"<path" in answer.content
    again = pages.get(
        "/qr.svg?to=/map?layers=parkovi", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    for other in ("//example.rs", "https://example.rs", "/\\example.rs", "/" + "a" * 2000):
        assert pages.get("/qr.svg", params={"to": other}).status_code == 400
    assert not is_own("/a\nb")


def test_the_address_to_share_has_the_whole_state(pages):
    state = f"{BOTH}&opacity.parkovi=0.5&where.parkovi=otvoren:in:true&center=22.1,43.4&zoom=9"
    html = pages.get(f"/en/map/share?{state}&size=small").text
    permalink = re.search(r'id="permalink" value="([^"]+)"', html)[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(permalink).query) == parse_qs(state)
    code = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[1]
    assert code.startswith("&lt;iframe src=&#34;http")
    assert "width=&#34;400&#34; height=&#34;300&#34;" in code
    assert "<iframe" not in html


def test_a_state_too_long_for_a_qr_code_says_so(pages):
    html = pages.get("/en/map/share", params={"where.parkovi": "naziv:in:" + "x" * 2500}).text
    assert "too long for a QR code" in html


def test_a_former_version_can_be_chosen_for_comparison(pages):
    html = pages.get("/en/map/compare?layers=parkovi").text
    assert '<option value="parkovi@1"' in html
    assert '<option value="parkovi@2"' not in html
    html = pages.get("/en/map/compare?layers=parkovi&compare=naselja-oko-nisa").text
    assert html.count("/map/picture.png?") == 2
    assert 'href="/en/data/parkovi/history"' in (
        pages.get("/en/map/compare?layers=parkovi&compare=parkovi@1").text
    )


def test_a_sheet_says_what_is_on_it(pages):
    html = pages.get(f"/en/map/print?{BOTH}&center=21.9,43.32&zoom=10&title=Parks&notes=No+1").text
    sheet = html[html.index("<article") :]
    for part in ("<h2>Parks</h2>", "No 1", "Legend", "Sources", "North arrow", "Scale bar:"):
        assert part in sheet
    assert "Creative Commons Attribution" in sheet
    assert "/map/picture.png?layers=parkovi,naselja-oko-nisa" in sheet
    assert "/qr.svg?to=/en/map" in sheet
    assert escape(PAYLOAD[2:]) in sheet  # the title of the parks


@pytest.mark.parametrize("paper", ["a4", "a4-landscape", "a3", "a3-landscape", "letter"])
def test_a_sheet_has_the_scale_that_was_asked_for(pages, paper):
    html = pages.get(
        f"/en/map/print?layers=parkovi&center=22.1,43.4&zoom=9&scale=25000&paper={paper}"
    ).text
    assert "Scale about 1 : 25,000" in html


def test_a_scale_bar_is_as_long_as_it_says(pages):
    html = pages.get("/en/map/print?layers=parkovi&center=22.1,0&zoom=9&width=800&height=600").text
    bar = re.search(r'aria-label="Scale bar: (\d+) km".*?<rect width="([\d.]+)" height="7"', html)
    metres_per_pixel = 40_075_016.69 / (512 * 2**9)
    assert float(bar[2]) == pytest.approx(int(bar[1]) * 1000 / metres_per_pixel, abs=0.1)
    assert round_length(9.99) == 5


def test_a_tilted_view_has_no_single_scale(pages):
    html = pages.get("/en/map/print?layers=parkovi&center=22,43&zoom=9&pitch=40&exact=true").text
    assert "there is no single scale" in html
    assert "Scale bar" not in html


@pytest.mark.parametrize("size", ["-1", "99999999", "x"])
def test_a_size_that_is_none_is_refused(pages, size):
    assert pages.get(f"/map/print?width={size}").status_code == 400


def test_areas_are_boxes_circles_and_polygons():
    assert shapely.bounds(area_of("20,44,21,45", NOTHING)).tolist() == [20, 44, 21, 45]
    circle = area_of("circle:20.9,44,1000", NOTHING)
    west, south, east, north = shapely.bounds(circle).tolist()
    assert (north - south) * 111_132 == pytest.approx(2000, abs=3)
    bow_tie = area_of("polygon:20,44;21,45;21,44;20,45", NOTHING)
    assert shapely.is_valid(bow_tie)
    assert bow_tie.area == pytest.approx(0.5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "20,44,20,44",
        "circle:20,44",
        "circle:20,44,-5",
        "circle:20,44,1e9",
        "circle:200,44,5",
        "polygon:",
        "polygon:20,44;21,45",
        "polygon:20,44;21,45;22,46",
        "polygon:20,44;21,95;22,46",
        "polygon:nan,nan;1,1;2,0",
        "parkovi/a",
    ],
)
def test_what_is_no_area_is_none(text):
    assert area_of(text, NOTHING) is None


def test_one_layer_comes_from_its_permanent_address(pages):
    asked = "layers=parkovi&within=view&view=22.0,43.0,22.125,43.5&f=geojson"
    answer = pages.get(f"/en/map/download/file?{asked}")
    assert answer.status_code == 307
    assert answer.headers["location"].startswith(
        "/en/ogc/collections/parkovi/items?f=geojson&bbox="
    )
    features = pages.get(answer.headers["location"]).json()["features"]
    assert [each["id"] for each in features] == ["a/1"]


def test_a_filter_and_a_drawn_area_go_with_a_download(pages):
    asked = {
        "layers": "parkovi",
        "where.parkovi": "otvoren:in:false",
        "within": "area",
        "area": "circle:22.13,43.42,3000",
        "f": "geojson",
    }
    html = pages.get("/en/map/download", params=asked).text
    assert "<b>1 feature</b>" in html
    assert "filtered" in html
    taken = pages.get("/map/download/file", params=asked, follow_redirects=True).json()
    assert [each["id"] for each in taken["features"]] == ["a/2"]


def test_several_layers_come_in_one_archive_with_their_sources(pages):
    answer = pages.get(f"/en/map/download/file?{BOTH}&within=all&f=csv&crs=")
    assert answer.status_code == 400
    answer = pages.get(f"/en/map/download/file?{BOTH}&within=all&f=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="emapa.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["README.txt", "parkovi.csv", "naselja-oko-nisa.csv"]
        readme = archive.read("README.txt").decode()
        assert "Creative Commons Attribution" in readme
        assert "/ogc/collections/parkovi/items?f=csv" in readme
        assert archive.read("parkovi.csv").decode("utf-8-sig").count("\n") == 4


def test_only_the_layers_that_were_ticked_are_taken(pages):
    html = pages.get(f"/en/map/download?{BOTH}&take=&take=parkovi&within=all").text
    assert "<b>3 features</b>" in html
    assert html.count("<b>") == 1
    assert "No layer is chosen" in pages.get(f"/en/map/download?{BOTH}&take=").text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("within=area", "Draw an area"),
        ("within=area&area=nonsense", "not understood"),
        ("crs=http://www.opengis.net/def/crs/EPSG/0/2154", "coordinate system"),
        ("f=kml&crs=http://www.opengis.net/def/crs/EPSG/0/32634", "format cannot hold"),
        ("f=pmtiles&within=view&view=22,43,22.1,43.4", "format cannot hold"),
    ],
)
def test_what_cannot_be_had_is_said_before_and_refused_after(pages, asked, said):
    assert said in pages.get(f"/en/map/download?layers=parkovi&{asked}").text
    refused = pages.get(f"/en/map/download/file?layers=parkovi&{asked}")
    assert refused.status_code == 400
    assert said in refused.text


def test_shapes_are_cut_at_the_edge_where_that_is_wished(pages):
    asked = "layers=parkovi&within=area&area=22.11,43.4,22.135,43.425&cut=true&f=geojson"
    answer = pages.get(f"/map/download/file?{asked}")
    assert answer.headers["content-disposition"] == 'attachment; filename="parkovi.geojson"'
    assert [each["id"] for each in answer.json()["features"]] == ["a/1", "a/2"]
