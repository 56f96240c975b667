"""The other pages in a real browser: accessible, calm, and nothing a publisher writes runs."""

import json
import os

import pytest

pytestmark = pytest.mark.browser
PAGES = {
    "home": "/",
    "data": "/data",
    "dataset": "/data/naselja",
    "report": "/data/javne-cesme/report",
    "reports": "/reports",
    "map": "/map",
    "feature": "/map?layers=naselja&center=21.9,43.3&zoom=9&feature=naselja/787657",
}
LANGUAGES = {"sr-cyrl": "sr-Cyrl", "sr-latn": "sr-Latn", "en": "en"}
VIEWS = [("desktop", "light"), ("phone", "dark")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def axe(project):
    """The source of axe-core, fetched with the other browser assets."""
    path = project / "geoportal" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        missing = "no axe-core: `make assets` fetches it"
        if os.environ.get("EMAP_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("size", "scheme"), VIEWS, ids=["desktop-light", "phone-dark"])
@pytest.mark.parametrize("prefix", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, axe, name, prefix, size, scheme):
    here = visit(size, scheme)
    here.open(f"/{prefix}{PAGES[name]}")
    here.shoot(f"{name}-{prefix}-{scheme}")
    assert here.page.evaluate("document.documentElement.lang") == LANGUAGES[prefix]
    assert here.faults == []
    here.page.evaluate(axe)
    options = json.dumps({"runOnly": RULES})
    found = here.page.evaluate(f"axe.run(document, {options})")["violations"]
    here.faults.clear()  # axe itself tries inline styles, and the policy stops them
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_narrow_window_does_not_scroll_sideways(visit, path):
    here = visit("phone")
    here.page.set_viewport_size({"width": 320, "height": 640})
    here.open(path)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_preview_of_a_dataset_is_drawn_in_its_sandbox(visit, size):
    here = visit(size)
    here.open("/data/naselja-oko-nisa")
    frame = here.page.locator("iframe")
    frame.scroll_into_view_if_needed()
    inside = frame.element_handle().content_frame()
    inside.wait_for_selector(".leaflet-container canvas")
    assert inside.evaluate("document.documentElement.lang") == "sr-Cyrl"
    assert inside.evaluate("window.origin") == "null"
    here.shoot("preview")


def test_the_search_of_the_first_page_leads_to_a_download_in_three_steps(visit):
    here = visit()
    here.open("/")
    here.page.get_by_role("searchbox").fill("naselja oko nisa")
    here.page.get_by_role("button", name="Тражи").click()
    here.page.get_by_role("link", name="Насеља око Ниша").click()
    with here.page.expect_download() as taken:
        here.page.locator(".downloads .button").first.click()
    assert taken.value.suggested_filename == "naselja-oko-nisa.csv"
