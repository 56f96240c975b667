"""Looks, filters and time in a real browser: what is chosen is on the map, and in its address."""

import json

import pytest

pytestmark = pytest.mark.browser
WIDE = "&center=20.9,44&zoom=6.5"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DRAWN = """(id) => emap.map.queryRenderedFeatures({ layers: emap.map.getLayersOrder().filter(
    (layer) => layer.startsWith(id + "/") && !layer.endsWith("label")) }).length"""


def opened(visit, path, tool, size="desktop", scheme="light"):
    """A map with a tool open: pressed as people press it."""
    here = visit(size, scheme)
    here.open(path)
    here.page.locator(f"[data-tool={tool}]").click()
    here.until("document.querySelector('#tool-body form')")
    return here


def address(here):
    return dict(here.page.evaluate("[...new URLSearchParams(location.search)]"))


def test_a_layer_takes_the_look_that_is_chosen(visit):
    here = opened(visit, f"/en/map?layers=naselja{WIDE}", "styling")
    assert here.page.evaluate("emap.looks.get('naselja').kind") == "graduated"
    here.page.get_by_role("radio", name="Colour by category").check()
    here.page.locator("#style-kinds").select_option("oblast")
    here.until("emap.looks.get('naselja').style === 'categories:oblast'")
    assert address(here)["style.naselja"] == "categories:oblast"
    here.until("document.querySelector('#style-now').textContent.includes('Vojvodina')")
    here.shoot("styling")


def test_points_are_put_together_and_fall_apart_when_pressed(visit):
    here = visit()
    here.open(f"/en/map?layers=naselja&style.naselja=cluster{WIDE}")
    here.until("emap.map.queryRenderedFeatures({layers: ['naselja/groups']}).length > 3")
    here.page.evaluate("""() => {
      const [group] = emap.map.queryRenderedFeatures({ layers: ["naselja/groups"] });
      const { x, y } = emap.map.project(group.geometry.coordinates);
      emap.map.fire("click", { point: { x, y }, lngLat: emap.map.unproject([x, y]) });
    }""")
    assert here.until("emap.state.get().zoom > 6.9")


def test_a_filter_is_on_the_map_in_the_list_and_in_the_words_of_the_api(visit):
    here = opened(visit, f"/en/map?layers=naselja{WIDE}", "filters")
    before = here.page.evaluate(DRAWN, "naselja")
    here.page.locator("[name='low.stanovnistvo']").fill("20000")
    here.until("emap.looks.get('naselja').cql2 === 'stanovnistvo >= 20000'")
    here.until("document.querySelector('.filters .found').textContent.match(/^[0-9]+ of 491/)")
    here.until(f"({DRAWN})('naselja') < {before / 4}")
    assert address(here)["where.naselja"] == "stanovnistvo:range:20000.."
    assert here.page.locator("#cql2").input_value() == "stanovnistvo >= 20000"
    found = here.page.evaluate("emap.looks.get('naselja').chosen")
    here.until(f"Number(document.querySelector('#in-view .chip').textContent) <= {found}")
    here.shoot("filters")


def test_time_goes_on_step_by_step(visit):
    here = opened(visit, "/en/map?layers=radovi-na-ulicama", "time")
    before = here.page.evaluate(DRAWN, "radovi-na-ulicama")
    here.page.get_by_role("button", name="Next").click()
    here.until("emap.state.get().time")
    here.until(f"({DRAWN})('radovi-na-ulicama') < {before}")
    assert "Shown:" in here.page.locator(".times .now").text_content()
    here.page.get_by_role("link", name="All of the time").click()
    here.until(f"({DRAWN})('radovi-na-ulicama') === {before}")
    assert "time" not in address(here)


@pytest.mark.parametrize("tool", ["styling", "filters", "time"])
def test_axe_finds_nothing_in_the_forms(visit, project, tool):
    source = project / "geoportal" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip("no axe-core: `make assets` fetches it")
    here = opened(visit, "/map?layers=radovi-na-ulicama,naselja", tool, "phone", "dark")
    here.shoot(f"tool-{tool}")
    assert here.faults == []
    here.page.evaluate(source.read_text(encoding="utf-8"))
    options = json.dumps({"runOnly": RULES})
    found = here.page.evaluate(f"axe.run('#tool', {options})")["violations"]
    here.faults.clear()  # axe itself tries inline styles, and the policy stops them
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []
