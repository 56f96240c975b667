"""The studio in a real browser: a clerk's path, with JavaScript and without, by keyboard too."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from datasets.config import Config
from datasets.template import template
from publish.desk import open_desk
from tests.browser.test_site import LANGUAGES, RULES, axe  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
VIEWS = [("desktop", "light"), ("phone", "dark")]
PATIENCE_MS = 60_000
TRIM, SCRIPT = "Прихвати: Уклони сувишне размаке", "Прихвати: Напиши сваку реч једним писмом"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with one organization, its admin, and the admin's token beside it."""
    folder = tmp_path_factory.mktemp("studio")
    desk = open_desk(Config(), folder / "state")
    catalog = desk.catalog
    catalog.call_action("organization_create", {"name": "nis", "title": "Град Ниш"})
    catalog.create_user("ana")
    member = {"id": "nis", "username": "ana", "role": "admin"}
    catalog.call_action("organization_member_create", member)
    made = catalog.call_action("api_token_create", {"user": "ana", "name": "browser"})
    (folder / "token").write_text(made["token"], encoding="utf-8")
    desk.versions.close()
    return folder / "state"


@pytest.fixture(scope="module")
def demo(state, served) -> str:
    """The address of the studio's site, which `visit` opens instead of the demo's."""
    return served(state)


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    """A table of kindergartens with a blank too many and a Latin letter in a Cyrillic word."""
    rows = [list(row) for row in template("kindergartens").example()]
    rows[1][3], rows[2][3] = "јавни ", "jавни"
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    path = tmp_path / "vrtici.csv"
    path.write_text(written.getvalue(), encoding="utf-8")
    return path


def sign_in(page: Page, state: Path) -> None:
    """Paste the token and press Enter."""
    page.get_by_label("Токен").fill(state.with_name("token").read_text(encoding="utf-8"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Студио")


def decide(page: Page, button: str, outcome: str) -> None:
    """Press a button by keyboard; the page that waits goes on by itself."""
    pressed = page.get_by_role("button", name=button)
    pressed.focus()
    page.keyboard.press("Enter")
    expect(pressed).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.get_by_role("status")).to_contain_text(outcome, timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("size", "scripts"), [("desktop", True), ("phone", False)], ids=["scripts", "no-scripts"]
)
def test_a_clerk_sends_reads_accepts_two_repairs_and_publishes(visit, state, dirty, size, scripts):
    here = visit(size, scripts=scripts)
    page, title = here.page, f"Вртићи, {size}"
    here.open("/studio")
    sign_in(page, state)
    page.get_by_label("Датотека", exact=True).set_input_files(dirty)
    page.get_by_label("Наслов", exact=True).fill(title)
    page.get_by_label("Образац података").select_option("kindergartens")
    page.get_by_role("button", name="Пошаљи и провери").click()
    page.wait_for_url("**/studio/data/*?errand=*", timeout=PATIENCE_MS)
    expect(page.get_by_role("status")).to_contain_text("Није објављено")
    expect(page.locator("mark").first).to_have_text("јавни ")
    here.shoot("studio-refused")
    decide(page, TRIM, "Није објављено")
    decide(page, SCRIPT, "Објављено је")
    here.shoot("studio-published")
    page.get_by_role("link", name="страница скупа").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("contentinfo").get_by_role("link", name="Студио").click()
    page.get_by_role("button", name="Одјава").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Пријава")


@pytest.mark.parametrize(("size", "scheme"), VIEWS, ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing_in_the_studio(visit, axe, state, dirty, size, scheme):  # noqa: F811
    here = visit(size, scheme)
    page = here.page
    here.open("/sign-in")
    _look(here, axe)
    sign_in(page, state)
    page.get_by_label("Датотека", exact=True).set_input_files(dirty)
    page.get_by_label("Наслов", exact=True).fill(f"Приступачни вртићи, {size}")
    page.get_by_label("Образац података").select_option("kindergartens")
    page.get_by_role("button", name="Пошаљи и провери").click()
    page.wait_for_url("**/studio/data/*?errand=*", timeout=PATIENCE_MS)
    report = page.url.removeprefix(here.address).partition("?")[0]
    for prefix in LANGUAGES:
        for path in ("/studio", report):
            here.open(f"/{prefix}{path}")
            assert page.evaluate("document.documentElement.lang") == LANGUAGES[prefix]
            _look(here, axe)
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/studio", report):
        here.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def _look(here, source: str) -> None:
    assert here.faults == []
    here.page.evaluate(source)
    options = json.dumps({"runOnly": RULES})
    found = here.page.evaluate(f"axe.run(document, {options})")["violations"]
    here.faults.clear()  # axe itself tries inline styles, and the policy stops them
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []
