"""The other pages in a real browser: accessible, calm, and nothing a publisher writes runs."""

import json
import os

import pytest

pytestmark = pytest.mark.browser
PAGES = {
    "home": "/",
    "data": "/data",
    "found": "/data?q=naselja&res_format=CSV",
    "nothing-found": "/data?q=ovoga-nema",
    "dataset": "/data/vrtici",
    "dataset-map": "/data/vrtici/map",
    "table": "/data/vrtici/table",
    "chart": "/data/vrtici/chart",
    "api": "/data/vrtici/api",
    "quality": "/data/vrtici/quality",
    "history": "/data/vrtici/history",
    "report": "/data/javne-cesme/report",
    "reports": "/reports",
    "organizations": "/organization",
    "organization": "/organization/kragujevac",
    "near": "/near?layer=vrtici&at=44.0128,20.9114",
    "place": "/place/naselja/787657",
    "here": "/map/here?at=44.0128,20.9114",
    "measure": "/map/measure",
    "draw": "/map/draw",
    "compare": "/map/compare?layers=vrtici,zgrade",
    "share": "/map/share?layers=vrtici",
    "take": "/map/download?layers=vrtici",
    "styling": "/map/styling?layers=vrtici",
    "filters": "/map/filters?layers=vrtici",
    "time": "/map/time?layers=radovi-na-ulicama",
    "search": "/map/search?q=nis",
    "developers": "/developers",
    "operations": "/developers/try",
    "operation": "/developers/try/ogc-collections-collectionId-items",
    "design": "/developers/design",
    "ogc": "/ogc",
    "collection": "/ogc/collections/vrtici",
    "items": "/ogc/collections/vrtici/items",
    "harvests": "/harvests",
    "about": "/about",
    "accessibility": "/accessibility",
    "status": "/status",
    "offline": "/offline",
    "missing": "/data/nema-ovog",
    "map": "/map",
    "feature": "/map?layers=naselja&center=21.9,43.3&zoom=9&feature=naselja/787657",
    "embedded-map": "/embed/map?layers=vrtici",
    "print": "/map/print?layers=vrtici",
}
LANGUAGES = {"sr-cyrl": "sr-Cyrl", "sr-latn": "sr-Latn", "en": "en"}
SHARED = ("sr-cyrl", "phone", "light"), ("sr-latn", "desktop", "dark"), ("en", "phone", "dark")
"""How each page is looked at on every change; `make test-long` looks in all ways."""
EVERY = [
    (prefix, size, scheme)
    for prefix in LANGUAGES
    for size in ("desktop", "phone")
    for scheme in ("light", "dark")
]
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


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_a_narrow_window_does_not_scroll_sideways(visit, axe, name):
    prefix, size, scheme = SHARED[sum(map(ord, name)) % len(SHARED)]
    here = visit(size, scheme)
    look(here, axe, name, prefix, scheme)
    narrow(here, name)


@pytest.mark.long
@pytest.mark.parametrize(("prefix", "size", "scheme"), EVERY, ids=map("-".join, EVERY))
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_any_language_theme_and_width(visit, axe, name, prefix, size, scheme):
    look(visit(size, scheme), axe, name, prefix, scheme)


def look(here, axe, name, prefix, scheme):
    """Open a page, keep its picture, and ask axe-core about it."""
    here.missing = name == "missing"
    here.open(f"/{prefix}{PAGES[name]}")
    here.shoot(f"{name}-{prefix}-{scheme}")
    assert here.page.evaluate("document.documentElement.lang") == LANGUAGES[prefix]
    assert here.faults == []
    here.page.evaluate(axe)
    options = json.dumps({"runOnly": RULES})
    found = here.page.evaluate(f"axe.run(document, {options})")["violations"]
    here.faults.clear()  # axe itself tries inline styles, and the policy stops them
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_opened_narrow_does_not_scroll_sideways(visit, name):
    here = visit("phone")
    here.missing = name == "missing"
    here.page.set_viewport_size({"width": 320, "height": 640})
    here.open(PAGES[name])
    narrow(here, name)


def narrow(here, name):
    """Make the window as narrow as the narrowest telephone, and see that all fits in."""
    here.page.set_viewport_size({"width": 320, "height": 640})
    here.shoot(f"{name}-narrow")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_preview_of_a_dataset_is_drawn_in_its_sandbox(visit, size):
    here = visit(size)
    here.open("/data/naselja-oko-nisa/map")
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
    here.page.locator('main a[href="/data/naselja-oko-nisa"]').click()
    with here.page.expect_download() as taken:
        here.page.locator(".downloads .button").first.click()
    assert taken.value.suggested_filename == "naselja-oko-nisa.csv"
