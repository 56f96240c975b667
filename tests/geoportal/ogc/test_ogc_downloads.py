"""items?f=<format>: files of all that matches, over HTTP."""

import csv
import gzip
import io
import zipfile

import pyarrow.parquet as pq
import pytest
from lxml import html
from starlette.requests import Request

from geoportal.ogc import downloads
from geoportal.ogc.features import threads
from geoportal.ogc.part import Threads
from geoportal.words import word
from publish.formats import formats
from publish.layers.features import Features

ITEMS = "/ogc/collections/zone/items"
E = "http://www.opengis.net/def/crs/EPSG/0/"
PACKED = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize("name", [n for n in formats() if n != "pmtiles"])
def test_every_format_comes_as_a_file_with_its_name_and_type(client, name):
    form = formats()[name]
    answer = client.get(f"{ITEMS}?f={name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == form.media_type.partition(";")[0]
    wanted = f'attachment; filename="zone.{form.ending}"'
    assert answer.headers["content-disposition"] == wanted
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(answer.content) > 1000


def test_a_file_has_all_features_and_not_a_page_of_them(client):
    assert len(client.get(f"{ITEMS}?f=geojson").json()["features"]) == 252
    assert len(client.get(f"{ITEMS}?f=json").json()["features"]) == 100
    assert len(client.get(f"{ITEMS}?f=geojson&limit=7&offset=3").json()["features"]) == 7


@pytest.mark.parametrize(
    "query",
    [
        "bbox=20,42,21,43",
        "broj=7",
        "bbox=20,42,21,43&sortby=-broj",
        "sortby=-broj&limit=3&offset=2",
    ],
)
def test_a_file_has_the_features_of_the_page_in_its_order(client, query):
    page = client.get(f"{ITEMS}?{query}" + ("" if "limit" in query else "&limit=1000")).json()
    made = client.get(f"{ITEMS}?f=geojson&{query}").json()
    assert made["features"] == page["features"] != []
    rows = csv.DictReader(io.StringIO(client.get(f"{ITEMS}?f=csv&{query}").text))
    assert [row["oznaka"] for row in rows] == [f["properties"]["oznaka"] for f in page["features"]]


def test_a_file_is_in_the_crs_asked_for(client):
    page = client.get(f"{ITEMS}?broj=7&crs={E}32634")
    made = client.get(f"{ITEMS}?f=geojson&broj=7&crs={E}32634")
    assert made.headers["content-crs"] == page.headers["content-crs"] == f"<{E}32634>"
    assert made.json()["features"] == page.json()["features"]
    assert made.json()["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::32634"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("application/geopackage+sqlite3", "application/geopackage+sqlite3"),
        ("application/json;q=0.1, application/flatgeobuf", "application/flatgeobuf"),
        ("application/geo+json", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("*/*", "application/geo+json"),
    ],
)
def test_the_accept_header_chooses_a_format_too(client, accept, media_type):
    answer = client.get(f"{ITEMS}?limit=1", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "accept" in answer.headers["vary"].lower()


@pytest.mark.parametrize("name", ["csv", "gpkg", "geoparquet"])
def test_a_client_that_has_the_file_is_told_so_without_work(client, name, monkeypatch):
    first = client.get(f"{ITEMS}?f={name}", headers=PACKED)
    assert client.get(f"{ITEMS}?f={name}", headers=PACKED).content == first.content
    monkeypatch.setattr(downloads, "selected", None)
    again = client.get(f"{ITEMS}?f={name}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


def test_text_is_packed_and_its_validator_is_another(client):
    packed = client.get(f"{ITEMS}?f=csv", headers=PACKED)
    plain = client.get(f"{ITEMS}?f=csv", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip" and packed.text == plain.text
    assert "content-encoding" not in plain.headers
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "content-encoding" not in client.get(f"{ITEMS}?f=xlsx", headers=PACKED).headers


def test_packed_parts_are_one_stream_and_the_same_each_time():
    parts = [b"a" * 1000, b"", b"b" * 1000]
    made = b"".join(downloads.gzipped(iter(parts)))
    assert gzip.decompress(made) == b"".join(parts)
    assert made == b"".join(downloads.gzipped(iter(parts)))


@pytest.mark.parametrize("name", ["gpkg", "flatgeobuf", "geoparquet"])
def test_the_length_of_a_file_made_first_is_told(client, name):
    answer = client.get(f"{ITEMS}?f={name}")
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_head_makes_nothing(client, monkeypatch):
    monkeypatch.setattr(type(formats()["csv"]), "write", None)
    answer = client.head(f"{ITEMS}?f=csv")
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["content-type"].startswith("text/csv")


def test_the_whole_layer_as_geoparquet_is_the_file_itself(client, zone):
    stored = zone.features.folder / "layer.parquet"
    assert client.get(f"{ITEMS}?f=geoparquet").content == stored.read_bytes()
    part = client.get(f"{ITEMS}?f=geoparquet&broj=7").content
    assert pq.read_metadata(io.BytesIO(part)).num_rows == 1


def test_titles_are_in_the_language_of_the_address(client):
    for prefix, head in (("", "Наслов"), ("/sr-latn", "Naslov"), ("/en", "Title")):
        data = client.get(f"{prefix}{ITEMS}?f=shp").content
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            assert head in file.read("zone_columns.csv").decode()


def test_a_named_version_may_be_kept_for_ever(client):
    assert "immutable" in client.get(f"{ITEMS}?f=csv&v=1").headers["cache-control"]
    assert "no-cache" in client.get(f"{ITEMS}?f=csv").headers["cache-control"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("f=docx", "pmtiles"),
        ("f=csv&limit=0", "limit"),
        ("f=csv&limit=-1", "limit"),
        ("f=csv&offset=x", "offset"),
        ("f=csv&bbox=1,2,3", "bbox"),
        ("f=csv&crs=EPSG:4326", "crs"),
        ("f=csv&broj=sto", "broj"),
        ("f=csv&nema=1", "nema"),
        ("f=csv&filter=nema%3D1", "nema"),
        ("f=csv&after=5", "after"),
        ("f=csv&sortby=nema", "sortby"),
        (f"f=kml&crs={E}32634", "WGS 84"),
        ("f=pmtiles&broj=0", "1 to 50000"),
        ("f=csv&f=xlsx", "twice"),
    ],
)
def test_what_cannot_be_asked_for_is_a_problem_that_says_why(client, query, said):
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_one_file_too_many_is_told_to_wait(client, monkeypatch):
    monkeypatch.setattr(downloads._Open, "count", downloads.MOST_OPEN)
    assert client.get(f"{ITEMS}?f=csv").status_code == 503


@pytest.mark.parametrize("name", ["gpkg", "shp", "xlsx"])
def test_a_full_disk_is_a_problem_and_in_the_log(client, site, name, small_disk, caplog):
    with small_disk(1000):
        answer = client.get(f"{ITEMS}?f={name}")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    state = site.state.portal.store.root
    assert str(state) not in answer.text
    [record] = caplog.records
    assert "/ogc/collections/zone/items: " in record.getMessage()
    assert list((state / "staging").iterdir()) == []
    assert client.get(f"{ITEMS}?f={name}").status_code == 200


def test_a_question_that_takes_too_long_is_a_problem_and_no_half_file(client, monkeypatch):
    def late(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(Features, "rows", late)
    assert client.get(f"{ITEMS}?f=csv&broj=7").status_code == 503


def test_a_fault_after_the_first_bytes_breaks_the_connection_off(client, monkeypatch):
    def parts(*_: object):
        yield b"x" * downloads.BEGINNING
        raise TimeoutError

    monkeypatch.setattr(type(formats()["csv"]), "write", parts)
    with pytest.raises(Exception, match="(?i)incomplete|peer closed"):
        client.get(f"{ITEMS}?f=csv", headers={"Accept-Encoding": "identity"})
    assert downloads._Open.count == 0


@pytest.mark.parametrize(("query", "accept"), [("f=gpkg", "*/*"), ("limit=5", "text/csv")])
def test_files_are_made_in_the_threads_of_long_work(query, accept):
    headers = [(b"accept", accept.encode())]
    asked = Request({"type": "http", "query_string": query.encode(), "headers": headers})
    assert threads(asked) is Threads.LONG


def test_a_collection_leads_to_its_files_and_the_list_of_all_does_not(client):
    found = client.get("/ogc/collections/zone?f=json").json()["links"]
    files = {link["type"]: link["href"] for link in found if link["rel"] == "enclosure"}
    assert len(files) == len(formats())
    answer = client.get(files["application/geopackage+sqlite3"])
    assert answer.headers["content-disposition"].endswith('"zone.gpkg"')
    listed = client.get("/ogc/collections?f=json").json()["collections"]
    assert all(link["rel"] != "enclosure" for one in listed for link in one["links"])


def test_a_page_offers_a_form_that_works_without_a_script(client):
    page = client.get("/en/ogc/collections/zone?f=html").text
    tree = html.fromstring(page)
    [form] = [f for f in tree.forms if "files" in f.get("class", "")]
    assert set(form.inputs["f"].value_options) == set(formats())
    assert form.inputs["f"].value == "gpkg"
    assert f"{E}6316" in form.inputs["crs"].value_options
    assert f"{E}4326" not in form.inputs["crs"].value_options
    answer = client.get(form.action, params=dict(form.form_values()))
    assert answer.headers["content-disposition"].endswith('"zone.gpkg"')


def test_a_page_of_features_leads_to_files_of_all_that_match(client):
    page = html.fromstring(client.get(f"{ITEMS}?f=html&bbox=20,42,21,43&limit=2&offset=1").text)
    [href] = [a.get("href") for a in page.iter("a") if "f=csv" in a.get("href", "")]
    assert "limit" not in href and "offset" not in href
    wanted = client.get(f"{ITEMS}?bbox=20,42,21,43").json()["numberMatched"]
    assert len(client.get(href).text.splitlines()) == wanted + 1 > 3


def test_a_browser_is_told_on_a_page_why_there_is_no_file(client):
    answer = client.get(f"{ITEMS}?f=kml&crs={E}32634", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 400 and answer.headers["content-type"].startswith("text/html")
    assert "WGS 84" in answer.text


@pytest.mark.parametrize("name", formats())
def test_every_format_says_whom_it_is_for_in_each_language(name):
    said = {word(language, f"format_{name}") for language in ("sr-Cyrl", "sr-Latn", "en")}
    assert len(said) == 3


def test_the_definition_lists_the_formats_of_items(client):
    document = client.get("/ogc/openapi?f=json").json()
    form = document["components"]["parameters"]["f-items"]
    assert form["name"] == "f" and set(formats()) < set(form["schema"]["enum"])
    for place in ("zone", "{collectionId}"):
        get = document["paths"][f"/collections/{place}/items"]["get"]
        assert {"$ref": "#/components/parameters/f-items"} in get["parameters"]
    assert "text/csv" in get["responses"]["200"]["content"]
