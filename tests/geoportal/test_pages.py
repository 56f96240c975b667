"""The pages as a reader without JavaScript gets them, over what a town really published."""

import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

PAYLOAD = '<img src=x onerror="alert(1)">'
PAGES = (
    "/",
    "/data",
    "/data?q=parkovi",
    "/data/parkovi",
    "/data/parkovi/map",
    "/data/parkovi/table",
    "/data/parkovi/api",
    "/data/parkovi/quality",
    "/data/parkovi/history",
    "/dataset/parkovi",
    "/data/parkovi/report",
    "/data/javne-cesme/report",
    "/organization",
    "/organization/svrljig",
    "/group",
    "/about",
    "/user/login",
    "/reports",
    "/map",
    "/map?layers=parkovi&feature=parkovi/a/1",
    "/nowhere",
)
LANGUAGES = {"/sr-cyrl": "sr-Cyrl", "/sr-latn": "sr-Latn", "/en": "en"}
LOADS = {"img": "src", "script": "src", "iframe": "src", "source": "src", "use": "href"}


class Document(HTMLParser):
    """What a browser would make of a page: elements, their attributes, the text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.said = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if not self.elements or self.elements[-1][0] != "script":
            self.said.append(data)

    @property
    def text(self):
        return " ".join("".join(self.said).split())

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def loaded(self):
        """The addresses that a browser asks for by itself."""
        for tag, attributes in self.elements:
            if tag in LOADS and LOADS[tag] in attributes:
                yield attributes[LOADS[tag]]
            if tag == "link" and attributes.get("rel") in ("stylesheet", "icon", "preload"):
                yield attributes["href"]


def read(client, path, status=200, **headers):
    answer = client.get(path, headers=headers, follow_redirects=False)
    assert answer.status_code == status, answer.text[:500]
    return Document(answer.text)


@pytest.fixture(params=LANGUAGES, ids=LANGUAGES.values())
def prefix(request):
    return request.param


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_in_every_language(pages, prefix, path):
    document = read(pages, prefix + path, 404 if path == "/nowhere" else 200)
    assert document.all("html")[0]["lang"] == LANGUAGES[prefix]
    assert len(document.all("h1")) == 1
    assert len(document.all("main")) == 1
    assert {each["hreflang"] for each in document.all("link") if "hreflang" in each} == set(
        LANGUAGES.values()
    )
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {each["for"] for each in document.all("label") if "for" in each}
    assert labelled <= set(ids)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_loads_anything_from_elsewhere(pages, path):
    document = read(pages, path, 404 if path == "/nowhere" else 200)
    assert all(re.match(r"/(?!/)", address) for address in document.loaded())
    assert not [a for _, a in document.elements if "style" in a or any(k[:2] == "on" for k in a)]


@pytest.mark.parametrize("path", PAGES)
def test_what_a_publisher_writes_is_text(pages, prefix, path):
    document = read(pages, prefix + path, 404 if path == "/nowhere" else 200)
    assert not [image for image in document.all("img") if image.get("src") == "x"]
    assert not [link for link in document.all("a") if link["href"].startswith("javascript")]


@pytest.mark.parametrize("path", ["/", "/map", "/data/parkovi", "/nowhere"])
def test_a_page_may_load_only_from_this_site(pages, path):
    headers = pages.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"


def test_pages_answer_head(pages):
    assert all(pages.head(path).status_code == 200 for path in PAGES[:-1])


def test_the_first_page_says_what_is_here(pages):
    document = read(pages, "/en/")
    for said in ("eMap Svrljig", "2 datasets", "2 layers", "Municipality of Svrljig"):
        assert said in document.text
    assert "1 dataset is not public" in document.text
    assert any("/map/overview.svg?" in each for each in document.loaded())


def test_an_empty_site_says_so(empty):
    assert "Још ништа није објављено" in read(empty, "/").text
    assert "Нађено је 0 скупова" in read(empty, "/data").text
    assert "Нема објављених слојева" in read(empty, "/map").text
    assert empty.get("/map/layers.json").json() == {"collections": []}


@pytest.mark.parametrize("q", ["паркови", "PARKOVI", "Parks", 'паркови "', "tags:зеленило", "*:*"])
def test_search_finds_in_either_script(pages, q):
    document = read(pages, f"/data?q={q}")
    assert "/data/parkovi" in {link["href"] for link in document.all("a")}


@pytest.mark.parametrize("q", ["title:(", ":", '"', "[", "-", "ништа такво", "a" * 200])
def test_a_question_that_finds_nothing_says_how_to_ask(pages, q):
    assert "Ништа није нађено" in read(pages, "/data?" + urlencode({"q": q})).text


@pytest.mark.parametrize("q", ["\0", '"', 'naziv: "x', "(OR*", "{!x}", "a" * 5000, "<script>"])
@pytest.mark.parametrize("where", ["q", "organization", "res_format"])
def test_whatever_is_asked_is_answered_with_a_page(pages, where, q):
    answer = pages.get("/data", params={where: q})
    assert answer.status_code == (400 if len(q) > 1000 else 200)
    assert "<script>" not in answer.text


def test_the_list_narrows_by_publisher_and_format(pages):
    assert "2 datasets found" in read(pages, "/en/data?organization=svrljig&res_format=CSV").text
    nothing = read(pages, "/en/data?organization=svrljig&res_format=PDF")
    assert "0 datasets found" in nothing.text
    without = [link["href"] for link in nothing.all("a") if "chip" in link.get("class", "")]
    assert "/en/data?organization=svrljig" in without


def test_a_page_beyond_the_last_is_empty_and_a_wrong_one_is_refused(pages):
    assert "Ништа није нађено" in read(pages, "/data?page=999").text
    assert "Адреса није исправна" in read(pages, "/data?page=минус", 400).text


def test_a_dataset_shows_its_files_with_size_and_hash(pages, town):
    original = (town / "data" / "parkovi" / "parkovi.csv").read_bytes()
    document = read(pages, "/en/data/parkovi")
    assert hashlib.sha256(original).hexdigest() in document.text
    assert f"CSV · {len(original)} B · 3 rows" in document.text
    (href,) = {
        link["href"] for link in document.all("a") if link["href"].endswith("parkovi.csv?v=2")
    }
    answer = pages.get(href)
    assert answer.content == original
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"].startswith("sandbox")
    again = pages.get(href, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("tab", ["", "/map", "/table", "/quality", "/history"])
def test_every_link_of_a_dataset_answers(pages, tab):
    document = read(pages, f"/data/parkovi{tab}")
    links = [link["href"] for link in document.all("a") if link["href"].startswith("/")]
    frames = [frame["src"] for frame in document.all("iframe")]
    for address in {*links, *frames}:
        answer = pages.get(address.split("#")[0], follow_redirects=True)  # /studio: to sign in
        assert answer.status_code == 200, address


def test_every_address_of_a_dataset_answers(pages):
    document = read(pages, "/data/parkovi/api")
    shown = re.findall(rf"{str(pages.base_url).rstrip('/')}(/[^\s'\"]+)", document.text)
    assert {address.split("/")[1] for address in shown} == {
        "api",
        "ogc",
        "tiles",
        "data",
        "dataset",
        "datastore",
    }
    for address in shown:
        assert pages.get(address).status_code == 200, address


def test_a_dataset_keeps_its_history(pages):
    document = read(pages, "/en/data/parkovi/history")
    assert "2 current" in document.text
    former = pages.get("/data/parkovi/files/parkovi.csv?v=1")
    assert len(former.text.splitlines()) == 3


def test_a_dataset_shows_the_first_rows_as_a_table(pages):
    document = read(pages, "/data/parkovi/table")
    assert "3 реда" in document.text
    assert "Његошев парк" in document.text
    assert "празно" in document.text


def test_the_tabs_of_a_dataset_lead_to_one_another(pages):
    document = read(pages, "/en/data/parkovi/map")
    tabs = {a["href"]: a.get("aria-current") for a in document.all("a") if "/parkovi" in a["href"]}
    assert tabs["/en/data/parkovi/map"] == "page"
    for other in ("", "/table", "/api", "/quality", "/history"):
        assert tabs[f"/en/data/parkovi{other}"] is None


def test_notes_are_markdown_without_danger(pages):
    answer = pages.get("/data/parkovi").text
    assert "<strong>паркови</strong>" in answer
    assert '<a href="https://example.rs"' in answer
    assert "&lt;img src=x" in answer


def test_a_refused_dataset_has_a_report_and_no_page(pages):
    assert "Ове странице нема" in read(pages, "/data/javne-cesme", 404).text
    document = read(pages, "/data/javne-cesme/report")
    assert "Одбијено" in document.text
    assert "6 грешака" in document.text
    assert "C5" in document.text
    listed = read(pages, "/reports")
    assert "/data/javne-cesme/report" in [link["href"] for link in listed.all("a")]


def test_a_published_dataset_has_a_report_too(pages):
    assert "Прошло проверу" in read(pages, "/data/parkovi/report").text
    assert pages.get("/data/parkovi/report.json?v=2").json()["dataset"] == "parkovi"
    assert read(pages, "/data/unknown/report", 404)


def test_programs_get_errors_as_json(pages):
    json = {"Accept": "application/json"}
    answer = pages.get("/data/unknown", headers=json)
    assert answer.status_code == 404
    assert "unknown" in answer.json()["error"]
    assert pages.post("/data", headers=json).json()["error"] == "Method Not Allowed"


def test_who_takes_anything_gets_a_page(pages):
    answer = pages.get("/data/unknown", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_the_switch_of_languages_keeps_the_question(pages):
    document = read(pages, "/sr-latn/data?q=park&sort=title")
    switch = [link["href"] for link in document.all("a") if "hreflang" in link]
    assert switch == [f"{prefix}/data?q=park&sort=title" for prefix in LANGUAGES]


def test_a_small_map_lives_in_a_sandbox(pages):
    answer = pages.get("/embed/folium/parkovi?v=2")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "immutable" in answer.headers["cache-control"]
    taken = pages.get("/embed/folium/parkovi?download=1")
    assert taken.headers["content-disposition"] == 'attachment; filename="parkovi.html"'
    assert "<h1>" in taken.text and "<h1>" not in answer.text
    assert pages.get("/embed/folium/unknown").status_code == 404
