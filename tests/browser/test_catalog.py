"""The catalog and the pages of a dataset in a browser, by hand and without scripts."""

import json

import pytest

from tests.browser.test_site import RULES, axe  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
PAGES = (
    "/data?q=naselja&quality=excellent&ext_bbox=20,43,21,44.5",
    "/data?west=5",
    "/data/vrtici",
    "/data/vrtici/map",
    "/data/vrtici/quality",
)


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_axe_finds_nothing_and_nothing_is_too_wide(visit, axe, size, scheme):  # noqa: F811
    here = visit(size, scheme)
    for path in PAGES:
        here.open(f"/sr-latn{path}")
        assert here.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert here.faults == []
        here.page.evaluate(axe)
        found = here.page.evaluate(f"axe.run(document, {json.dumps({'runOnly': RULES})})")
        wrong = [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]]
        assert wrong == [], path
        here.faults.clear()  # axe itself tries inline styles, and the policy stops them


def test_an_area_is_drawn_on_the_picture_or_typed(visit):
    here = visit()
    here.open("/en/data")
    picture = here.page.locator("svg.extent")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    here.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    here.page.mouse.up()
    typed = [float(here.page.get_by_label(name).input_value()) for name in ("West", "East")]
    assert 18 < typed[0] < typed[1] < 24
    assert float(here.page.locator("svg.extent rect").get_attribute("width")) > 100
    here.page.get_by_role("button", name="Search in the area").click()
    assert "ext_bbox" in here.page.get_by_role("link", name="Follow this search").get_attribute(
        "href"
    )
    assert here.page.locator("svg.extent rect").get_attribute("width") is not None


def test_without_scripts_a_phone_narrows_down_and_downloads(visit):
    here = visit("phone", scripts=False)
    here.open("/en/data")
    here.page.get_by_text("Narrow down").click()
    here.page.get_by_role("link", name="Education, culture and sport").click()
    here.page.get_by_role("link", name="Kindergartens (invented data)").click()
    here.page.get_by_role("link", name="Quality", exact=True).click()
    assert here.page.get_by_role("heading", name="What would raise").is_visible()
    here.page.get_by_role("link", name="Map", exact=True).click()
    here.page.get_by_label("Format").select_option("xlsx")
    with here.page.expect_download() as taken:
        here.page.get_by_role("button", name="Download", exact=True).click()
    assert taken.value.suggested_filename.endswith(".xlsx")
