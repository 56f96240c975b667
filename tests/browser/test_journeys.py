"""Errands of citizens from end to end: by keyboard alone, and once more without JavaScript.

Only keys are used. On the way each stop of Tab must be seen, with its focus (WCAG 2.4.7, 2.4.11).
"""

import re
from dataclasses import dataclass, field

import httpx
import openpyxl
import pytest

pytestmark = pytest.mark.browser
STOPS = 150
KINDERGARTENS = 24
CYRILLIC = re.compile("[\u0400-\u04ff]")
BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["keyboard", "no-javascript"])
LISTED = "document.querySelectorAll('#in-view a[data-id]').length"
STOP = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return ["", ""];
    const named = `${one.localName}#${one.id} ${one.textContent.trim().slice(0, 40)}`;
    const box = one.getBoundingClientRect();
    const spots = [0.1, 0.5, 0.9].flatMap((x) => [0.2, 0.5, 0.8].map(
        (y) => [box.x + box.width * x, box.y + box.height * y]));
    const label = one.labels?.[0];
    const seen = spots.some(([x, y]) => {
        const top = document.elementFromPoint(x, y);
        return top && (one.contains(top) || label?.contains(top));
    });
    const { boxShadow, outlineStyle, outlineWidth } = getComputedStyle(one);
    const outlined = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    const marked = outlined || boxShadow !== "none";  // MapLibre's own buttons have a shadow
    return [named, seen && marked ? "" : `${named}: ${seen ? "focus not marked" : "hidden"}`];
}"""


@dataclass
class Person:
    """Somebody with a keyboard: what was done, and what could not be seen."""

    visit: object
    actions: int = 0
    unseen: list[str] = field(default_factory=list)

    @property
    def page(self):
        return self.visit.page

    def open(self, path):
        self.visit.page.goto(self.visit.address + path)
        self.actions = 0

    def tab(self, key="Tab"):
        """Go on to the next stop; gives what it is, empty behind the last one."""
        self.page.keyboard.press(key)
        named, wrong = self.page.evaluate(STOP)
        if wrong:  # a field that is gone to is scrolled into view with the next frame
            self.page.screenshot()
            wrong = self.page.evaluate(STOP)[1]
        self.unseen += [wrong] if wrong else []
        return named

    def reach(self, what):
        """Go there with Tab, which is no action of its own."""
        there = what.first.element_handle()
        for _ in range(STOPS):
            if there.evaluate("one => one === document.activeElement"):
                return
            self.tab()
        raise AssertionError(f"Tab does not come to {what}")

    def press(self, what, key="Enter"):
        self.reach(what)
        self.page.keyboard.press(key)
        self.actions += 1

    def follow(self, what):
        """Press Enter and wait for another page."""
        with self.page.expect_navigation():
            self.press(what)

    def write(self, what, text):
        self.reach(what)
        self.page.keyboard.type(text)
        self.actions += 1


@pytest.fixture
def person(visit):
    """Make a person at a desktop; what was hidden from them on their way is a fault."""
    people = []

    def made(scripts=True, size="desktop"):
        people.append(Person(visit(size, scripts=scripts)))
        return people[-1]

    yield made
    assert [each.unseen for each in people] == [[] for _ in people]


def map_ready(me, scripts):
    if scripts:
        me.visit.until("window.emap && !document.getElementById('tools').hidden")


@BOTH
def test_the_nearest_kindergarten_is_four_actions_from_home(person, scripts):
    me = person(scripts)
    me.open("/")
    me.follow(me.page.locator("#nearest ~ ul a", has_text="Вртићи"))
    me.write(me.page.get_by_label("Близу чега?"), "Borova 20")
    me.follow(me.page.get_by_label("Близу чега?"))
    nearest = me.page.locator(".near-list a").first
    assert nearest.inner_text() == "Вртић „Пчелица“"
    me.follow(nearest)
    assert me.page.locator("h1").inner_text() == "Вртић „Пчелица“"
    assert me.actions <= 4


@BOTH
def test_a_layer_on_the_map_is_a_spreadsheet_after_three_actions(person, scripts):
    me = person(scripts)
    me.open("/map?layers=vrtici")
    map_ready(me, scripts)
    if scripts:
        me.press(me.page.locator("[data-tool=download]"))
        me.page.locator("#take-format").wait_for()
    else:
        me.follow(me.page.locator("noscript a", has_text="Преузимање"))
    me.write(me.page.locator("#take-format"), "XLSX")
    with me.page.expect_download() as taken:
        me.press(me.page.locator("[data-take]"))
    assert me.actions <= 3
    with taken.value.path().open("rb") as file:
        sheet = openpyxl.load_workbook(file).active
        assert sheet.max_row == 1 + KINDERGARTENS


@BOTH
def test_a_dataset_is_three_actions_from_a_call_that_works(person, scripts):
    me = person(scripts)
    me.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    me.open("/data/vrtici")
    me.follow(me.page.locator(".tabs a[href$='/api']"))
    line = me.page.locator(".addresses li", has_text="OGC API")
    if scripts:
        me.press(line.get_by_role("button"))
        call = me.page.evaluate("navigator.clipboard.readText()")
    else:
        call = line.locator("code").inner_text()
    assert me.actions <= 3
    answer = httpx.get(call)
    assert answer.json()["numberMatched"] == KINDERGARTENS


@BOTH
def test_a_filtered_map_that_is_shared_shows_others_the_same(person, scripts):
    me = person(scripts)
    me.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    me.open("/map?layers=vrtici&center=20.92,44.01&zoom=11")
    map_ready(me, scripts)
    if scripts:
        me.press(me.page.locator("[data-tool=filters]"))
        me.press(me.page.locator("[name='in.osnivac'][value='приватни']"), "Space")
        me.visit.until("document.querySelector('#tool .found')?.textContent.includes('9')")
        me.page.keyboard.press("Escape")
        assert me.page.evaluate("document.activeElement.dataset.tool") == "filters"
        me.press(me.page.locator("[data-tool=share]"))
        me.press(me.page.locator("#tool [data-copy]"))
        address = me.page.evaluate("navigator.clipboard.readText()")
        me.visit.until(f"{LISTED} === 9")
    else:
        me.press(me.page.locator(".settings summary"))
        me.follow(me.page.locator(".settings a", has_text="Филтер"))
        me.press(me.page.locator("[name='in.osnivac'][value='приватни']"), "Space")
        me.follow(me.page.locator(".filter-form button[type=submit]"))
        seen = listed(me)
        me.follow(me.page.locator("noscript a", has_text="Дељење"))
        address = me.page.locator("#permalink").input_value()
    seen = listed(me) if scripts else seen
    other = person(scripts)
    other.page.goto(address)
    if scripts:
        other.visit.until(f"{LISTED} === 9")
    assert listed(other) == seen
    assert "where.vrtici=osnivac" in other.page.url


def listed(me):
    """The count of the list beside the map, and the list."""
    found = me.page.locator("#in-view .found")
    return found.get_attribute("data-said"), found.locator("a").all_inner_texts()


@pytest.mark.parametrize("prefix", ["", "/sr-latn", "/en"], ids=["cyrillic", "latin", "english"])
def test_a_page_of_a_place_is_heard_in_order(person, prefix):
    me = person()
    me.open(f"{prefix}/place/naselja/787657")
    heard = spoken(me.page)
    roles = [role for role, _ in heard]
    landmarks = [role for role in roles if role in ("banner", "main", "contentinfo")]
    assert landmarks == ["banner", "main", "contentinfo"]
    speaking = ("link", "button", "heading", "navigation", "textbox", "image", "searchbox")
    assert [role for role, name in heard if role in speaking and not name.strip()] == []
    parts = [name for role, name in heard if role == "navigation"]
    assert len(parts) == len(set(parts))
    levels = me.page.locator("h1, h2, h3, h4").evaluate_all(
        "all => all.map((h) => +h.localName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [text for text, lang in said(me.page) if foreign(text, lang)] == []


def spoken(page):
    """Role and name of all that a screen reader tells, in its order."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]


def said(page):
    """Each text on the page and its language."""
    return page.evaluate(
        """() => {
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const found = [];
            while (walk.nextNode()) {
                const { textContent, parentElement: around } = walk.currentNode;
                if (textContent.trim() && !around.closest("script, noscript"))
                    found.push([textContent.trim(), around.closest("[lang]").lang]);
            }
            return found;
        }"""
    )


def foreign(text, lang):
    """Whether a text is in another script than its language says."""
    return bool(CYRILLIC.search(text)) and lang != "sr-Cyrl"


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_tab_walks_through_the_whole_map_and_out_again(person, size):
    me = person(size=size)
    me.open("/map?layers=vrtici&center=20.92,44.01&zoom=13&feature=vrtici/ВР-01")
    map_ready(me, True)
    me.visit.until("document.getElementById('map').dataset.idle")
    me.visit.until("document.querySelector('#in-view a')")
    stops = [me.tab()]
    while stops[-1] and len(stops) < STOPS:
        stops.append(me.tab())
    assert stops[-1] == ""
    assert any(stop.startswith("canvas") for stop in stops)
    assert len(set(stops)) > 30


def test_focus_goes_back_to_what_opened_a_panel(person):
    me = person()
    me.open("/map?layers=vrtici&center=20.92,44.01&zoom=13")
    map_ready(me, True)
    me.visit.until("document.querySelector('#in-view a')")
    for tool in ("measure", "share", "download", "here"):
        button = me.page.locator(f"[data-tool={tool}]")
        me.press(button)
        me.visit.until("document.activeElement.id === 'tool-title'")
        me.tab()
        me.page.keyboard.press("Escape")
        assert me.page.locator("#tool").is_hidden()
        assert button.evaluate("one => one === document.activeElement"), tool
    me.press(me.page.locator(".settings summary"))
    opener = me.page.locator(".settings a[data-open=styling]")
    me.press(opener)
    me.visit.until("document.activeElement.id === 'tool-title'")
    me.page.keyboard.press("Escape")
    assert opener.evaluate("one => one === document.activeElement")
    place = me.page.locator("#in-view a").first
    me.press(place)
    me.visit.until("document.activeElement.id === 'feature-title'")
    me.page.keyboard.press("Escape")
    assert me.page.locator("#feature").is_hidden()
    assert me.page.evaluate("document.activeElement.closest('#in-view') !== null")
