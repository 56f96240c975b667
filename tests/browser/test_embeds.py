"""Our maps in the pages of others, as files, and the pages of publishers, in a real browser."""

import json

import httpx
import pytest

from tests.browser.test_site import RULES, axe

__all__ = ["axe"]
pytestmark = pytest.mark.browser
PAGES = {
    "home": "/",
    "organizations": "/organization",
    "organization": "/organization/kragujevac",
    "embedded": "/embed/map?layers=vrtici",
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, axe, name):
    here = visit("phone", "dark")
    here.open(PAGES[name])
    if name == "embedded":
        here.until("document.getElementById('map').dataset.idle")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
    here.shoot(f"{name}-embeds")
    assert here.faults == []
    here.page.evaluate(axe)
    found = here.page.evaluate(f"axe.run(document, {json.dumps({'runOnly': RULES})})")["violations"]
    here.faults.clear()  # axe itself tries inline styles, and the policy stops them
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []


def test_a_page_of_another_site_shows_the_map_in_its_frame(visit, demo):
    here = visit()
    elsewhere = "http://localhost:9/"  # another site, as loopback as the demo
    frame = f'<!doctype html><title>x</title><iframe src="{demo}/embed/map?layers=vrtici"></iframe>'
    here.page.route(elsewhere, lambda route: route.fulfill(body=frame, content_type="text/html"))
    here.page.goto(elsewhere)
    shown = here.page.frame_locator("iframe")
    shown.get_by_role("link", name="Отвори целу мапу").wait_for()
    here.faults[:] = [fault for fault in here.faults if elsewhere not in fault]


def test_a_file_of_a_map_works_without_a_network(visit, demo, tmp_path):
    file = tmp_path / "mapa.html"
    file.write_bytes(httpx.get(f"{demo}/embed/folium?layers=vrtici,zgrade&download=1").content)
    here = visit("phone")
    here.page.context.set_offline(True)
    here.page.goto(file.as_uri())
    here.page.get_by_role("button", name="Приближи").click()
    assert here.page.locator(".leaflet-control-layers label").count() == 2
    here.faults[:] = [fault for fault in here.faults if "file:" not in fault]


def test_the_nearest_kindergarten_is_two_steps_from_the_first_page_without_scripts(visit):
    here = visit(scripts=False)
    here.open("/")
    here.page.get_by_role("link", name="Вртићи", exact=False).first.click()
    here.page.locator("input[name=q]").first.fill("44.012, 20.911")
    here.page.locator("input[name=q]").first.press("Enter")
    here.page.get_by_role("link", name="Вртић „", exact=False).first.wait_for()
