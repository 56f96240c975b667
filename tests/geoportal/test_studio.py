"""The studio: who may come in, what no other site can do there, and a clerk's path."""

import contextlib
import csv
import io
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from datasets.config import Catalog, Config, Organization, Site
from datasets.template import template
from geoportal.portal import Portal
from geoportal.studio import signing
from publish import deliveries, errands, sessions
from publish.catalog import Embedded
from publish.desk import open_desk
from publish.errands import Errand
from tests.conftest import CLEAN as CLEAN_ENVIRONMENT
from tests.conftest import EMAP
from tests.conftest import _wait_for as wait_for
from tests.geoportal.conftest import serving
from tests.geoportal.test_pages import Document

PAYLOAD = "<img src=x onerror=alert(1)>"
MOST = 200_000
HERE = {"Sec-Fetch-Site": "same-origin"}
FOUNDER = 3  # the column of kindergartens that has a list of values
LONG_AGO = "2020-01-01T00:00:00.000000"
PREFIXES = {"/sr-cyrl": "sr-cyrl", "/sr-latn": "sr-latn", "/en": "en"}
ORGANIZATIONS = ("nis", "pirot")
USERS = {"ana": ("nis", "editor"), "vera": ("nis", "admin"), "petar": ("pirot", "editor")}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Portal]]:
    """A site with two organizations and their clerks: its address, and what it reads."""
    config = Config(
        site=Site(title="Студио", language="sr-Cyrl"),
        organizations=tuple(Organization(name=n, title=n.title()) for n in ORGANIZATIONS),
        catalog=Catalog(max_upload_bytes=MOST),
    )
    with serving(config, tmp_path_factory.mktemp("studio")) as served:
        catalog = served[1].catalog
        for name in ORGANIZATIONS:
            catalog.call_action("organization_create", {"name": name, "title": name.title()})
        for name, (organization, role) in USERS.items():
            catalog.create_user(name)
            member = {"id": organization, "username": name, "role": role}
            catalog.call_action("organization_member_create", member)
        yield served


def token(catalog: Embedded, user: str) -> str:
    made = catalog.call_action("api_token_create", {"user": user, "name": "studio"})
    return str(made["token"])


class Browser(httpx.Client):
    """A browser without JavaScript: keeps cookies, says where a form comes from."""

    def __init__(self, address: str) -> None:
        super().__init__(base_url=address, headers={"Accept": "text/html"}, timeout=60)

    def send_form(self, path: str, page: str, files=None, headers=None, **words) -> httpx.Response:
        """Send the form of a page with its hidden secret; follows nothing."""
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(page).text)[1]
        origin = {"Origin": str(self.base_url).rstrip("/")} | HERE | (headers or {})
        return self.post(path, data={"csrf": csrf} | words, files=files, headers=origin)

    def sign_in(self, given: str, **words) -> httpx.Response:
        return self.send_form("/sign-in", "/sign-in", token=given, **words)

    def upload(self, dataset: str, content: bytes | str, filename="podaci.csv", **words):
        sent = content.encode() if isinstance(content, str) else content
        said = {"organization": "nis", "title": dataset, "name": dataset} | words
        return self.send_form("/studio/upload", "/studio", {"file": (filename, sent)}, **said)

    def wait(self, answer: httpx.Response) -> httpx.Response:
        """Follow the page of an errand, as its Refresh header says, to what became of it."""
        assert answer.status_code == 303, answer.text
        for _ in range(600):
            answer = self.get(answer.headers["location"], follow_redirects=False)
            if answer.status_code == 303:
                return self.get(answer.headers["location"])
            if "refresh" not in answer.headers:
                return answer
            answer.headers["location"] = str(answer.url)
            time.sleep(0.1)  # between two looks at a page that renews itself
        raise TimeoutError(answer.url)


@pytest.fixture
def browser(studio: tuple[str, Portal]) -> Iterator[Browser]:
    """A browser that is not signed in."""
    signing.FAILURES = signing.Failures()
    with Browser(studio[0]) as client:
        yield client


@pytest.fixture
def clerk(studio: tuple[str, Portal], browser: Browser) -> Browser:
    """The browser of an editor of Niš."""
    assert browser.sign_in(token(studio[1].catalog, "ana")).status_code == 303
    return browser


@pytest.fixture
def other(studio: tuple[str, Portal]) -> Iterator[Browser]:
    """The browser of an editor of another organization."""
    with Browser(studio[0]) as client:
        client.sign_in(token(studio[1].catalog, "petar"))
        yield client


@pytest.fixture
def admin(studio: tuple[str, Portal]) -> Iterator[Browser]:
    """The browser of an admin of Niš."""
    with Browser(studio[0]) as client:
        client.sign_in(token(studio[1].catalog, "vera"))
        yield client


def accept_buttons(page: httpx.Response) -> list[tuple[str, str]]:
    """The repairs that a page lets accept: id and what its button says."""
    found = re.findall(
        r'value="([0-9a-f]{8})">\s*<button type="submit" aria-label="Прихвати: (.*?)"',
        page.text,
    )
    return [(step, unescape(words)) for step, words in found]


def undo_ids(page: httpx.Response) -> list[str]:
    """The repairs that a page lets undo."""
    return re.findall(r'undo">\s*<input[^>]*>\s*<input[^>]*value="([0-9a-f]{8})"', page.text)


def decide(browser: Browser, name: str, what: str, **words) -> httpx.Response:
    """Press a button of a dataset's page, and wait."""
    path = f"/studio/data/{name}"
    return browser.wait(browser.send_form(f"{path}/{what}", path, **words))


def filled(*cells: tuple[int, int, str]) -> str:
    """The example of the template of kindergartens as CSV, with some cells written anew."""
    rows = [list(row) for row in template("kindergartens").example()]
    for row, column, value in cells:
        rows[row][column] = value
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


CLEAN, DIRTY = filled(), filled((1, FOUNDER, "јавни "), (2, FOUNDER, "jавни"))
"""The dirty one has a blank at the end of a word, and a Latin j in a Cyrillic one."""


def personal() -> str:
    """A table with a personal number, made here so that nobody's is kept."""
    digits = [int(digit) for digit in "010199571001"]
    check = 11 - sum((7 - place % 6) * digit for place, digit in enumerate(digits)) % 11
    number = "010199571001" + str(check % 10)
    return f"šifra,jmbg\n1,{number}\n2,{number}\n"


def test_a_clerk_sends_reads_accepts_two_repairs_publishes_and_undoes(clerk, studio):
    sent = clerk.upload("vrtici", DIRTY, title="Наши вртићи", template="kindergartens")
    page = clerk.wait(sent)
    assert "Није објављено: има још грешака" in page.text
    assert "<mark>јавни </mark>" in page.text
    assert "Од овог скупа још ништа није јавно" in page.text
    offered = accept_buttons(page)
    trim = next(step for step, words in offered if "размак" in words.lower())
    script = next(step for step, words in offered if "писм" in words.lower())
    assert "има још грешака" in decide(clerk, "vrtici", "accept", repair=trim).text
    page = decide(clerk, "vrtici", "accept", repair=script)
    assert "Објављено је." in page.text
    assert "Јавна је верзија 1" in page.text
    assert set(undo_ids(page)) == {trim, script}
    assert "Наши вртићи" in clerk.get("/data/vrtici").text
    assert clerk.get("/data/vrtici/files/podaci.csv?v=1").text == DIRTY

    page = decide(clerk, "vrtici", "undo", repair=script)
    assert "Није објављено" in page.text
    assert studio[1].versions.current("vrtici") is None


def test_all_that_loses_nothing_is_accepted_at_once(clerk):
    clerk.wait(clerk.upload("klupe", DIRTY, template="kindergartens"))
    page = decide(clerk, "klupe", "accept", repair="safe")
    assert "Објављено је." in page.text
    assert len(undo_ids(page)) == 2


def test_the_next_delivery_keeps_title_template_and_exact_repairs(clerk, studio):
    clerk.wait(clerk.upload("sledeci", CLEAN, title="Следећи", template="kindergartens"))
    clerk.wait(clerk.upload("sledeci", DIRTY, title=""))
    assert "Објављено је." in decide(clerk, "sledeci", "accept", repair="safe").text
    changed = DIRTY.replace("Бамби", "Бамби 2")
    assert "Објављено је." in clerk.wait(clerk.upload("sledeci", changed, title="")).text
    assert "Следећи" in clerk.get("/data/sledeci").text
    assert studio[1].versions.current("sledeci").number == 3


def test_a_large_loss_is_held_until_somebody_confirms_it(clerk, studio):
    many = "šifra,naziv\n" + "".join(f"{n},Ulica {n}\n" for n in range(100))
    few = "".join(many.splitlines(keepends=True)[:20])
    clerk.wait(clerk.upload("ulice", many))
    page = clerk.wait(clerk.upload("ulice", few))
    assert "чека вашу потврду" in page.text
    assert "Објављено је." in decide(clerk, "ulice", "confirm").text
    assert studio[1].versions.current("ulice").number == 2
    again = clerk.send_form("/studio/data/ulice/confirm", "/studio/data/ulice")
    assert again.status_code == 409


def test_personal_data_are_released_by_an_admin_alone_and_with_a_reason(clerk, admin):
    page = clerk.wait(clerk.upload("osobe", personal()))
    assert "Одобрење може да да само администратор" in page.text
    assert personal().splitlines()[1][2:] not in page.text
    secret = "jmbg|osobe|jmbg"
    here, path = "/studio/data/osobe", "/studio/data/osobe/release"
    asked = {"secret": secret, "reason": "пример"}
    assert clerk.send_form(path, here, **asked).status_code == 403
    assert f'value="{secret}"' in admin.get(here).text
    assert admin.send_form(path, here, secret=secret, reason=" ").status_code == 400
    with_number = {"secret": secret, "reason": personal().splitlines()[1][2:]}
    assert admin.send_form(path, here, **with_number).status_code == 400
    assert admin.send_form(path, here, **(asked | {"secret": "name|x|y"})).status_code == 409
    assert "Објављено је." in decide(admin, "osobe", "release", **asked).text


def test_personal_data_may_be_left_out(clerk):
    page = clerk.wait(clerk.upload("bez", personal()))
    drop = next(step for step, words in accept_buttons(page) if "олон" in words)
    assert "Објављено је." in decide(clerk, "bez", "accept", repair=drop).text
    assert "jmbg" not in clerk.get("/data/bez").text


def test_the_report_is_taken_away_as_a_workbook_and_as_one_file(clerk):
    clerk.wait(clerk.upload("nosi", DIRTY, template="kindergartens"))
    workbook = clerk.get("/en/studio/data/nosi/marked.xlsx")
    assert workbook.content[:2] == b"PK"
    assert 'filename="nosi-marked.xlsx"' in workbook.headers["content-disposition"]
    assert clerk.get("/studio/data/nosi/marked.xlsx?resource=x").status_code == 404
    report = clerk.get("/en/studio/data/nosi/report.html")
    assert '<html lang="en">' in report.text
    assert "sandbox" in report.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("prefix", "head"), [("", "Шифра"), ("/sr-latn", "Šifra"), ("/en", "Šifra")]
)
def test_a_blank_template_is_in_the_script_of_the_page(clerk, prefix, head):
    text = clerk.get(f"{prefix}/studio/template/kindergartens.csv").content.decode("utf-8-sig")
    assert text.startswith(head)
    assert clerk.get(f"{prefix}/studio/template/kindergartens.xlsx").content[:2] == b"PK"
    assert clerk.get(f"{prefix}/studio/template/nothing.xlsx").status_code == 404


# --- who may come in


def test_signing_in_makes_a_cookie_that_says_nothing_and_scripts_cannot_read(browser, studio):
    given = token(studio[1].catalog, "ana")
    answer = browser.sign_in(given)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("emap-session="))
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    secret = browser.cookies["emap-session"]
    assert given not in cookie
    with sqlite3.connect(studio[1].catalog.engine.url.database) as database:
        dump = "\n".join(database.iterdump())
    assert secret not in dump
    assert given not in dump


def test_over_https_the_cookie_is_of_this_host_alone(tmp_path):
    site = Site(title="x", url="https://podaci.example.rs")
    with serving(Config(site=site), tmp_path) as (address, portal):
        portal.catalog.create_user("ana")
        with Browser(address) as client:
            client.get("/sign-in")  # a plain connection: the cookie is not sent back
            said = client.get("/sign-in").headers["set-cookie"]
    assert said.startswith("__Host-emap-form=")
    assert "Secure" in said
    assert "Domain" not in said


def test_each_signing_in_is_a_new_session_and_ends_the_one_before(browser, studio):
    given = token(studio[1].catalog, "ana")
    browser.cookies.set("emap-session", "chosen-by-somebody-else", domain="127.0.0.1")
    browser.sign_in(given)
    first = browser.cookies["emap-session"]
    assert first != "chosen-by-somebody-else"
    csrf = re.search(r'name="csrf" value="(\w+)"', browser.get("/studio").text)[1]
    with Browser(studio[0]) as thief:
        thief.cookies.set("emap-session", "chosen-by-somebody-else", domain="127.0.0.1")
        assert thief.get("/studio").status_code == 303
    browser.send_form("/sign-out", "/studio")
    browser.cookies.set("emap-session", first, domain="127.0.0.1")
    assert browser.get("/studio").status_code == 303
    origin = {"Origin": studio[0]} | HERE
    late = browser.post("/sign-out", data={"csrf": csrf}, headers=origin)
    assert late.status_code == 403
    assert "Нисте више пријављени" in late.text


def test_a_session_ends_after_twelve_hours(browser, studio, monkeypatch):
    monkeypatch.setattr(sessions, "LASTS", sessions.LASTS * 0)
    browser.sign_in(token(studio[1].catalog, "ana"))
    assert browser.get("/studio").headers["location"] == "/sign-in?next=/studio"


def test_a_session_ends_with_its_token(clerk, studio):
    catalog = studio[1].catalog
    assert clerk.get("/studio").status_code == 200
    for each in catalog.call_action("api_token_list", {"user_id": "ana"}):
        catalog.call_action("api_token_revoke", {"jti": each["id"]})
    assert clerk.get("/studio").status_code == 303


def test_a_wrong_token_is_refused_and_ten_of_them_stop_an_address(browser, studio):
    for wrong in ("", "emap_nothing", "x" * 5000, "'; --", "emap_" + "a" * 43):
        assert browser.sign_in(wrong).status_code == 403
    for _ in range(signing.MOST_FAILURES - 5):
        browser.sign_in("emap_wrong")
    stopped = browser.sign_in(token(studio[1].catalog, "ana"))
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["retry-after"]) <= signing.WITHIN_S + 1


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/studio/../data", "/data", ""],
)
def test_signing_in_leads_to_the_studio_and_nowhere_else(browser, studio, path):
    assert (
        browser.sign_in(token(studio[1].catalog, "ana"), next=path).headers["location"] == "/studio"
    )


def test_a_link_from_another_site_is_asked_once_more_so_that_the_cookie_comes_along(browser):
    answer = browser.get("/studio/data/x", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["refresh"] == "0; url=/studio/data/x"


# --- what no other page can do

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]
FORMS = ("accept", "undo", "confirm", "again", "release")


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_another_site_sends_is_refused(clerk, headers):
    sent = {"file": ("a.csv", b"a,b\n1,2\n")}
    words = {"organization": "nis", "title": "Туђе"}
    answer = clerk.send_form("/studio/upload", "/studio", sent, headers, **words)
    assert answer.status_code == 403
    assert clerk.send_form("/sign-out", "/studio", headers=headers).status_code == 403
    assert clerk.get("/studio").status_code == 200


@pytest.mark.parametrize("csrf", ["", "0" * 64, "ђ"])
def test_a_form_without_the_secret_of_the_session_is_refused(clerk, other, studio, csrf):
    origin = {"Origin": studio[0]} | HERE
    theirs = re.search(r'name="csrf" value="(\w+)"', other.get("/studio").text)[1]
    for given in (csrf, theirs):
        data = {"csrf": given, "organization": "nis", "title": "Туђе", "repair": "safe"}
        file = {"file": ("a.csv", b"a,b\n1,2\n")}
        sent = clerk.post("/studio/upload", data=data, files=file, headers=origin)
        assert sent.status_code == 403
        for form in FORMS:
            path = f"/studio/data/anything/{form}"
            assert clerk.post(path, data=data, headers=origin).status_code == 403
        assert clerk.post("/sign-out", data=data, headers=origin).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", ""])
def test_a_form_of_another_kind_is_refused(clerk, studio, kind):
    headers = {"Origin": studio[0], "Content-Type": kind} | HERE
    for path in ("/sign-out", "/studio/upload", "/studio/data/x/accept"):
        assert clerk.post(path, content=b"csrf=1", headers=headers).status_code == 400


def test_the_cookie_does_nothing_at_the_api(clerk, studio):
    for headers in ({}, {"Origin": studio[0]} | HERE, {"X-CSRF-Token": "x"}):
        for action, given in (
            ("package_create", {"name": "kroz-api", "owner_org": "nis"}),
            ("dataset_repair_apply", {"id": "klupe", "repairs": ["safe"]}),
            ("api_token_list", {"user_id": "ana"}),
        ):
            answer = clerk.post(f"/api/3/action/{action}", json=given, headers=headers)
            assert answer.status_code == 403
    shown = clerk.get("/api/3/action/organization_list_for_user").json()
    assert shown["result"] == []


# --- whose data

PRIVATE_PAGES = ("", "/marked.xlsx", "/report.html", "/places/tudje")


def test_who_works_for_another_organization_sees_and_changes_nothing(clerk, other):
    errand = clerk.upload("tudje", DIRTY, template="kindergartens")
    clerk.wait(errand)
    for page in PRIVATE_PAGES:
        answer = other.get(f"/studio/data/tudje{page}")
        assert answer.status_code == 403
        assert "јавни " not in answer.text
    assert other.get(errand.headers["location"]).status_code == 403
    assert "tudje" not in other.get("/studio").text
    for form in FORMS:
        path = f"/studio/data/tudje/{form}"
        assert other.send_form(path, "/studio", repair="safe").status_code == 403
    assert other.upload("novo", CLEAN, organization="nis").status_code == 403


def test_a_name_of_another_organization_is_not_taken_over(clerk, other, studio):
    clerk.wait(clerk.upload("nase", CLEAN))
    clerk.wait(clerk.upload("odbijeno", DIRTY, template="kindergartens"))
    for name in ("nase", "odbijeno"):
        answer = other.upload(name, CLEAN, organization="pirot")
        assert answer.status_code == 409
    assert studio[1].versions.current("nase").package["owner_org"] == "nis"
    assert studio[1].versions.refusal("odbijeno").organization == "nis"


def test_nobody_without_a_session_sees_anything(browser):
    paths = ["/studio", "/studio/errand/x", "/studio/template/kindergartens.xlsx"]
    for path in [*paths, *(f"/studio/data/klupe{page}" for page in PRIVATE_PAGES)]:
        assert browser.get(path).status_code == 303


# --- hostile and unlucky files


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("strana.csv", b"<!doctype html><script>alert(1)</script>"),
        ("slika.csv", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("../../napad.csv", b"a,b\n<script>alert(1)</script>,2\n"),
        ("strana.html", b"<script>alert(1)</script>"),
        ("..", b"a,b\n1,2\n"),
        ("prazno.csv", b""),
    ],
)
def test_a_page_that_calls_itself_a_table_runs_nowhere(clerk, filename, content, request):
    name = f"zlo-{abs(hash(request.node.name)) % 10**8}"
    answer = clerk.upload(name, content, filename, title=f"Зло {PAYLOAD}")
    if answer.status_code == 303:
        answer = clerk.wait(answer)
    assert answer.status_code in (200, 400)
    assert "<script>" not in answer.text
    assert "<img" not in answer.text.replace('<img src="/static/', "")
    for page in ("/studio", f"/data/{name}", f"/data/{name}/report"):
        shown = clerk.get(page).text
        assert PAYLOAD not in shown
        assert "<script>alert" not in shown


@pytest.mark.parametrize("filename", ["datapackage.json", "datapackage.yaml"])
def test_a_descriptor_is_a_file_like_any_other(clerk, studio, filename):
    name = filename.replace(".", "-")
    clerk.wait(clerk.upload(name, b'{"resources": [{"path": "/etc/passwd"}]}', filename))
    [file] = deliveries.last(studio[1].catalog.engine, name, studio[1].store).resources
    assert (file.filename, file.schema) == (filename, None)


def test_a_file_that_is_too_large_is_told_and_leaves_nothing(clerk, studio):
    answer = clerk.upload("veliko", b"a,b\n" + b"1,2\n" * MOST)
    assert answer.status_code == 413
    assert "200,0 kB" in answer.text
    assert not list(studio[1].store.staging.glob("upload-*"))


@pytest.mark.parametrize(
    "words",
    [
        {"title": "", "name": ""},
        {"name": "Велико Име"},
        {"name": "new"},
        {"title": "x" * 301},
        {"template": "nothing"},
    ],
)
def test_what_a_form_says_wrong_is_told_and_nothing_is_taken(clerk, words):
    answer = clerk.upload("pogresno", CLEAN, **words)
    assert answer.status_code == 400
    assert clerk.get("/studio/data/pogresno").status_code == 404


def test_two_files_for_one_dataset_at_once_are_not_mixed_and_two_datasets_wait(clerk, studio):
    first = clerk.upload("dva", CLEAN)
    second = clerk.upload("dva", DIRTY)
    beside = clerk.upload("tri", CLEAN)
    assert (first.status_code, second.status_code, beside.status_code) == (303, 409, 303)
    assert "управо ради" in second.text
    assert "Објављено је." in clerk.wait(first).text
    assert "Објављено је." in clerk.wait(beside).text


@contextlib.contextmanager
def process(state: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A site in a process of its own: its address, and the process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*EMAP, "--state", str(state), "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=state, env=CLEAN_ENVIRONMENT | environment) as running:
        wait_for(f"http://127.0.0.1:{port}/health", running, state / "none")
        yield f"http://127.0.0.1:{port}", running
        running.terminate()


def test_a_server_that_is_killed_while_it_publishes_keeps_the_file_and_goes_on(tmp_path):
    desk = open_desk(Config(), tmp_path)
    desk.catalog.call_action("organization_create", {"name": "nis", "title": "Nis"})
    desk.catalog.create_user("ana", sysadmin=True)
    given = token(desk.catalog, "ana")
    desk.versions.close()
    with process(tmp_path, EMAP_FAIL="before_commit") as (address, server):
        with Browser(address) as client:
            client.sign_in(given)
            sent = client.upload("prekid", CLEAN)
            cookies = dict(client.cookies)
        assert server.wait(60) == -9
    with process(tmp_path) as (address, _), Browser(address) as client:
        client.cookies.update(cookies)
        path = sent.headers["location"]
        assert "Програм је стао пре краја" in client.get(path).text
        assert client.get("/data/prekid").status_code == 404
        assert "Објављено је." in client.wait(client.send_form(f"{path}/again", path)).text
        assert client.get("/data/prekid/files/podaci.csv?v=1").text == CLEAN


def test_an_errand_that_a_kill_broke_off_is_told_and_done_again(clerk, studio, monkeypatch):
    engine = studio[1].catalog.engine
    clerk.wait(clerk.upload("prekid", DIRTY, template="kindergartens"))
    dead = Errand("prekid", "nis", "accept", ["safe"], "ana", worker="elsewhere:1", begun=LONG_AGO)
    errands.begin(engine, dead)
    page = clerk.get(f"/studio/errand/{dead.id}")
    assert "Програм је стао пре краја" in page.text
    assert "refresh" not in page.headers
    assert "Програм је стао пре краја" in clerk.get("/studio").text
    path = f"/studio/errand/{dead.id}"
    assert "Објављено је." in clerk.wait(clerk.send_form(f"{path}/again", path)).text
    assert clerk.send_form(f"{path}/again", "/studio").status_code == 404


def test_a_repair_that_is_not_offered_fails_with_the_reason(clerk):
    clerk.wait(clerk.upload("nema", DIRTY, template="kindergartens"))
    page = decide(clerk, "nema", "accept", repair="ffffffff")
    assert "no repair ffffffff is offered" in page.text
    wrong = clerk.send_form("/studio/data/nema/accept", "/studio/data/nema", repair="../x")
    assert wrong.status_code == 400


# --- the pages


@pytest.mark.parametrize("prefix", ["/sr-cyrl", "/sr-latn", "/en"])
def test_every_page_is_whole_private_and_in_the_language_asked_for(clerk, studio, prefix):
    clerk.wait(clerk.upload("strana", DIRTY, template="kindergartens"))
    for path in ("/studio", "/studio/data/strana", "/studio/data/none", "/studio/errand/none"):
        answer = clerk.get(prefix + path)
        document = Document(answer.text)
        assert answer.headers["cache-control"] == "private, no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert document.all("html")[0]["lang"].lower() == PREFIXES[prefix]
        assert len(document.all("h1")) == 1
        ids = [a["id"] for _, a in document.elements if "id" in a]
        assert len(ids) == len(set(ids))
        assert {each["for"] for each in document.all("label")} <= set(ids)
        assert all(
            f["action"].startswith(prefix) or prefix == "/sr-cyrl" for f in document.all("form")
        )


def test_public_pages_are_the_same_for_all(clerk, studio):
    with Browser(studio[0]) as stranger:
        for path in ("/", "/data", "/reports", "/about"):
            mine, theirs = clerk.get(path), stranger.get(path)
            assert mine.text == theirs.text
            assert "set-cookie" not in mine.headers
            assert "Cookie" not in mine.headers.get("vary", "")
            assert 'href="/studio"' in mine.text
