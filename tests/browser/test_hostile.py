"""A publisher who wants harm, odd layers and a failing network, in a real browser."""

import httpx
import pytest

from tests import hostile

pytestmark = pytest.mark.browser
INJECTED = """[...document.querySelectorAll('*')].filter((each) =>
    [...each.attributes].some(({name, value}) => /^on/.test(name)
        || (/^(href|src|action|formaction|data)$/.test(name) && /^\\s*javascript:/i.test(value))
        || /evil\\.example/.test(name === 'style' ? value : ''))
    || each.matches('img[src=x]')
    || (each.matches('script, style') && /^alert\\(/.test(each.textContent)))
    .map((each) => each.outerHTML.slice(0, 200))"""
"""What a payload made of the page, were it not text."""
POPUPS = """() => {
    const map = window[Object.keys(window).find((name) => /^map_/.test(name))], said = [];
    map.eachLayer((layer) => layer.eachLayer?.((each) => {
        layer.openPopup(each.getLatLng());
        const made = layer.getPopup()._content(each);
        document.body.append(made);
        said.push(made.textContent);
    }));
    return said;
}"""
"""Put what a click on each feature would show into the page; gives the words."""
TITLE, FIRST = hostile.PAYLOADS[1], hostile.PAYLOADS[0]
DATA = "/data/napad"
MAP = "/map?layers=napad&center=20.945,44.045&zoom=11"
SHOWN = {
    "/": TITLE,
    "/en/": TITLE,
    "/data": TITLE,
    "/data?q=alert": TITLE,
    f"/data?q={FIRST}": FIRST,
    DATA: FIRST,
    f"/sr-latn{DATA}": FIRST,
    f"{DATA}/map": TITLE,
    f"{DATA}/table": FIRST,
    f"{DATA}/table?q={FIRST}": FIRST,
    f"{DATA}/chart": TITLE,
    f"{DATA}/api": TITLE,
    f"{DATA}/quality": TITLE,
    f"{DATA}/history": TITLE,
    f"{DATA}/report": TITLE,
    "/place/napad/2": FIRST,
    f"/near?layer=napad&q={FIRST}": FIRST,
    "/near?layer=napad&at=44.01,20.91": TITLE,
    "/map/here?at=44.01,20.91": "",
    f"/map/search?q={FIRST}": FIRST,
    "/map/print?layers=napad": TITLE,
    "/map/share?layers=napad": "",
    "/map/download?layers=napad": TITLE,
    "/map/styling?layers=napad&layer=napad": TITLE,
    "/map/filters?layers=napad&layer=napad": TITLE,
    "/map/time?layers=napad": "",
    "/organization": TITLE,
    "/organization/napadac": TITLE,
    "/developers": "",
    "/developers/try": "",
    "/reports": "",
    "/status": "",
    f"/{FIRST}": "",
    "/ogc/collections/napad": TITLE,
    "/ogc/collections/napad/items": FIRST,
}


@pytest.fixture(scope="module")
def demo(hostile_site, served) -> str:
    """The address of the hostile site, which `visit` opens instead of the demo's."""
    return served(hostile_site / "state", "--config", str(hostile_site / "config.yml"))


def whole(here, path: str, payload: str) -> list[str]:
    """What is wrong with the page that is open."""
    wrong = [f"{path}: {fault}" for fault in here.faults + here.page.evaluate(INJECTED)]
    if payload not in here.page.evaluate("document.body.textContent + document.title"):
        wrong.append(f"{path} does not show {payload}")
    here.faults.clear()
    return wrong


def test_payloads_are_text_on_every_page(visit):
    here = visit()
    wrong = []
    for path, payload in SHOWN.items():
        here.missing = path.startswith("/<")
        here.open(path)
        wrong += whole(here, path, payload)

    assert wrong == [], "\n".join(wrong)


def test_payloads_are_text_on_the_map_and_in_its_tools(visit):
    here = visit()
    here.open(f"{MAP}&feature=napad/3&labels=sr-Latn")
    here.until("document.querySelector('#feature .facts')")
    wrong = whole(here, "the facts of a feature", TITLE)
    for tool in ("styling", "filters", "time", "share", "download"):
        here.page.locator(f"[data-tool={tool}]").click()
        here.until("document.querySelector('#tool-body').children.length")
        wrong += whole(here, tool, "")
        here.page.evaluate("window.emap.close()")
    here.page.get_by_role("combobox").fill("alert")
    here.until("document.querySelector('[role=option]')")
    wrong += whole(here, "what the search offers", FIRST)
    assert wrong == [], "\n".join(wrong)


def test_payloads_are_text_in_a_map_of_one_file(visit, demo, tmp_path):
    file = tmp_path / "mapa.html"
    file.write_bytes(httpx.get(f"{demo}/embed/folium?layers=napad&download=1").content)
    here = visit()
    for address in (f"{demo}/embed/folium?layers=napad", file.as_uri()):
        here.page.goto(address)
        said = here.page.evaluate(POPUPS)
        here.faults[:] = [fault for fault in here.faults if file.as_uri() not in fault]
        assert whole(here, address, TITLE) == []
        assert len(said) == len(hostile.PAYLOADS)
        for word, popup in zip(hostile.PAYLOADS, said, strict=True):
            assert word in popup
            assert hostile.PAYLOADS[3] in popup  # the title of a column


def test_odd_layers_are_on_the_map_without_a_fault(visit):
    here = visit()
    for layer in ("bez-koordinata", "nista", "siroko", "golem", "polovi", "znaci", "n" * 100):
        here.open(f"/map?layers={layer}")
        here.until("document.querySelector('#in-view h3')")
        assert here.faults == [], layer


def test_the_list_stays_when_tiles_or_the_network_fail(visit):
    here = visit()
    here.page.route("**/tiles/**", lambda route: route.fulfill(status=500))
    here.page.goto(f"{here.address}/map?layers=jedan&center=20.9,44&zoom=12")
    here.until("document.getElementById('map-note').textContent.includes('jedan')")
    assert here.page.locator("#in-view a[data-id]").count() == 1
    here.until("window.emap.view && true")
    here.page.context.set_offline(True)
    here.page.evaluate("window.emap.view.go({lng: 20.91, lat: 44.01}, 13)")
    here.until("document.getElementById('map-note').textContent === window.emap.words.list_failed")
    here.page.locator("[data-tool=styling]").click()
    here.until("document.getElementById('map-note').textContent === window.emap.words.tool_failed")
    assert here.page.locator("#in-view a[data-id]").count() == 1
    network = ("/tiles/", "status of 500", "ERR_INTERNET_DISCONNECTED")
    here.faults[:] = [f for f in here.faults if not any(word in f for word in network)]
