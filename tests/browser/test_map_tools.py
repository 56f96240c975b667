"""The tools on the map itself: points by mouse and keyboard, the edge of a comparison, a sheet."""

import json
import random

import pytest
from pyproj import Geod

from tests.browser.test_site import RULES, axe  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
HERE = "/en/map?layers=vrtici,zgrade&center=20.919,44.01&zoom=13"
GROUND = Geod(ellps="WGS84")
TOOLS = ("measure", "draw", "compare", "print", "share", "download")


def opened(visit, tool, size="desktop", address=HERE):
    """A map with the panel of a tool."""
    here = visit(size)
    here.open(address)
    here.page.locator(f"[data-tool={tool}]").click()
    here.until("document.querySelector('#tool-body').children.length")
    return here


def click(here, across, down):
    """Click on a part of the map, in shares of its width and height."""
    box = here.page.locator("#map").bounding_box()
    at = box["x"] + box["width"] * across, box["y"] + box["height"] * down
    (here.page.touchscreen.tap if here.size == "phone" else here.page.mouse.click)(*at)


def test_lengths_and_areas_in_the_browser_are_those_of_geographiclib(visit):
    here = visit()
    here.page.goto(here.address + "/en/map/measure")
    draw = random.Random(7)
    pairs = [
        [[draw.uniform(-180, 180), draw.uniform(-89, 89)] for _ in range(2)] for _ in range(200)
    ]
    rings = [
        [[20.9, 44], [20.95, 44], [20.95, 44.05], [20.9, 44.05]],
        [[18, 42], [23, 42], [23, 46], [18, 46]],
        [[179, 0], [-179, 0], [-179, 2], [179, 2]],
        [[0, 80], [90, 80], [180, 80], [-90, 80]],
    ]
    lengths, areas = here.page.evaluate(
        """async ([pairs, rings]) => {
            const { area, length } = await import("/static/js/map/geodesy.mjs");
            return [pairs.map(length), rings.map(area)];
        }""",
        [pairs, rings],
    )
    for pair, found in zip(pairs, lengths, strict=True):
        assert found == pytest.approx(GROUND.line_length(*zip(*pair, strict=True)), abs=1e-3)
    for ring, found in zip(rings, areas, strict=True):
        area = abs(GROUND.polygon_area_perimeter(*zip(*ring, strict=True))[0])
        assert found == pytest.approx(area, rel=1e-7)


def test_a_distance_is_measured_by_clicks_by_keyboard_and_by_typing(visit):
    here = opened(visit, "measure")
    click(here, 0.4, 0.4)
    here.page.get_by_role("button", name="Add the map’s centre").press("Enter")
    typed = here.page.get_by_label("Points", exact=True)
    assert len(typed.input_value().splitlines()) == 2
    typed.fill("44.01, 20.91\n44°01'12\"N 20°54'36\"E")
    length = GROUND.line_length([20.91, 20.91], [44.01, 44.02])
    assert here.page.locator(".result").inner_text() == f"{length / 1000:.2f} km"
    here.page.get_by_role("button", name="Clear all").click()
    assert here.page.locator(".result").inner_text() == "Click the map to set the first point."
    here.page.keyboard.press("Escape")
    assert here.page.locator("#tool").is_hidden()
    assert here.page.evaluate("document.activeElement.dataset.tool") == "measure"


def test_what_is_in_a_drawn_circle_is_counted_and_taken(visit):
    here = opened(visit, "download", "phone")
    here.page.get_by_label("an area that you draw").check()
    here.page.get_by_label("circle").check()
    here.page.get_by_label("Points of the drawing").fill("44.01, 20.919")
    here.page.get_by_label("Radius, in metres").fill("800")
    here.until("document.querySelector('.counts b')?.textContent.match(/^\\d+ features?$/)")
    here.page.locator("#take-format").select_option("csv")
    with here.page.expect_download() as taken:
        here.page.locator("[data-take]").click()
    assert taken.value.suggested_filename == "emapa.zip"
    assert "circle%3A20.919%2C44.01%2C800" in taken.value.url


def test_a_drawing_is_kept_and_its_area_is_taken_to_the_downloads(visit):
    here = opened(visit, "draw")
    here.page.get_by_label("rectangle").check()
    click(here, 0.5, 0.5)
    click(here, 0.6, 0.6)
    here.page.get_by_label("Note").fill("<b>work</b>")
    here.page.get_by_role("button", name="Add to the drawing").click()
    assert here.page.locator(".drawn li span").inner_text().startswith("<b>work</b> · ")
    with here.page.expect_download() as saved:
        here.page.get_by_role("button", name="Download the drawing").click()
    assert saved.value.suggested_filename == "crtez.geojson"
    here.page.get_by_role("button", name="Download the data within it").click()
    here.until("document.querySelector('#corners')?.value.trim().split('\\n').length === 2")
    here.until("document.querySelector('#api, .counts')")
    assert here.page.get_by_label("an area that you draw").is_checked()


def test_the_edge_of_a_comparison_moves_by_keyboard_and_stands_in_the_address(visit):
    here = opened(visit, "compare")
    here.page.get_by_label("Compare the map with").select_option("naselja")
    here.until("document.querySelector('.beside-map canvas')")
    edge = here.page.get_by_role("slider", name="Edge of the comparison")
    edge.press("Home")
    assert edge.get_attribute("aria-valuetext") == "0 %"
    edge.press("ArrowRight")
    assert here.page.locator(".beside-said.right").inner_text().startswith("Settlements")
    assert "compare=naselja" in here.page.url
    here.page.locator("#tool-close").click()
    assert here.page.locator(".beside-all").count() == 0
    assert "compare=" not in here.page.url


def test_what_is_printed_is_the_picture_on_the_screen(visit):
    here = opened(visit, "print")
    here.page.get_by_label("Heading of the sheet").fill("Kindergartens")
    here.page.evaluate("window.print = () => { window.printed = document.body.className; }")
    here.page.locator("[data-print]").click()
    here.until("window.printed")
    picture = here.page.locator(".printed .map-picture")
    assert picture.get_attribute("src").startswith("blob:")
    # more than one colour: the map was drawn when its picture was taken
    assert (
        here.page.evaluate(
            """() => {
            const picture = document.querySelector('.printed .map-picture');
            const { naturalWidth: width, naturalHeight: height } = picture;
            const pen = Object.assign(document.createElement('canvas'), { width, height })
              .getContext('2d');
            pen.drawImage(picture, 0, 0);
            return new Set(new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer)).size;
        }"""
        )
        > 20
    )
    assert here.page.locator(".printed h2").inner_text() == "Kindergartens"
    here.page.emulate_media(media="print")
    assert here.page.locator(".emap").is_hidden()
    assert here.page.locator(".sheet").is_visible()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing_in_the_panels(visit, axe, size):  # noqa: F811
    here = visit(size)
    here.open(HERE)
    options = json.dumps({"runOnly": RULES})
    for tool in TOOLS:
        here.page.evaluate(f"window.emap.open('{tool}')")
        here.until("document.querySelector('#tool-body form')")
        here.page.evaluate(axe)
        found = here.page.evaluate(f"axe.run(document, {options})")["violations"]
        assert [each["id"] for each in found] == [], tool
        assert here.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        here.faults.clear()  # axe itself tries inline styles, and the policy stops them
