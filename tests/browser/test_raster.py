"""The eMap in a browser without WebGL: the same lists and buttons over pictures of the server."""

import json
import os

import pytest

pytestmark = pytest.mark.browser
NO_WEBGL = """
const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : own.call(this, kind, ...rest);
};
"""
AROUND_NIS = "/map?layers=naselja&center=21.90333,43.32472&zoom=10"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def without(visit):
    """Open a page in a window without WebGL."""

    def opened(path, size="desktop", scheme="light"):
        here = visit(size, scheme)
        here.page.add_init_script(NO_WEBGL)
        here.open(path)
        here.until("document.querySelectorAll('.leaflet-tile-loaded').length")
        return here

    return opened


def test_a_feature_is_found_on_a_map_that_the_server_draws(without):
    here = without(AROUND_NIS)
    assert here.page.evaluate("window.emap.view.kind") == "leaflet"
    box = here.page.locator("#map").bounding_box()
    here.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    here.until("document.querySelector('#feature .facts dl')")
    assert here.page.url.endswith("feature=naselja/787657")
    assert here.page.evaluate("window.emap.view.counts().then((c) => c.naselja)") > 1
    assert here.page.evaluate("window.emap.view.picture().then((p) => p.type)") == "image/png"
    here.shoot("no-webgl")


def test_a_map_without_webgl_moves_by_keys_and_keeps_its_address(without):
    here = without(AROUND_NIS)
    here.page.locator("#map").focus()
    here.page.keyboard.press("+")
    assert here.until("location.search.includes('zoom=11')")
    here.page.keyboard.press("ArrowRight")
    assert here.until("!location.search.includes('center=21.90333')")


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_axe_finds_nothing_without_webgl(without, project, size, scheme):
    path = project / "geoportal" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file() and os.environ.get("EMAP_REQUIRE_BROWSER") != "1":
        pytest.skip("no axe-core: `make assets` fetches it")
    here = without(f"/sr-latn{AROUND_NIS}", size, scheme)
    here.page.evaluate(path.read_text(encoding="utf-8"))
    options = json.dumps({"runOnly": RULES})
    found = here.page.evaluate(f"axe.run(document, {options})")["violations"]
    here.faults.clear()  # axe itself tries inline styles, and the policy stops them
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []
