"""Tables as files over HTTP: formats, questions, headers, and who may read."""

import csv
import io
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import httpx
import pytest

from datasets.config import Config, Site
from tests.geoportal.conftest import serving

FIELDS = [
    {"id": "naziv", "type": "text"},
    {"id": "pm 10", "type": "numeric"},
    {"id": "ok", "type": "bool"},
    {"id": "j", "type": "json"},
    {"id": "t", "type": "_text"},
]
RECORDS = [
    {"naziv": '=1+1, "Niš"', "pm 10": 40.5, "ok": True, "j": {"a": ["x", 1]}, "t": ["p", "q"]},
    {"naziv": "Вртић\x0b & <b>"},
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with a public table and a private one; a client, their ids, an editor's token."""
    state = tmp_path_factory.mktemp("datastore")
    with (
        serving(Config(site=Site(title="Град")), state) as (url, portal),
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        catalog = portal.catalog
        editor = catalog.create_user("urednica")
        catalog.call_action(
            "organization_create",
            {"name": "nis", "users": [{"name": "urednica", "capacity": "editor"}]},
        )
        tables = {}
        for name, private in (("javni", False), ("tajni", True)):
            given = {"name": name, "owner_org": "nis", "private": private}
            catalog.call_action("package_create", given)
            made = {"resource": {"package_id": name}, "fields": FIELDS, "records": RECORDS}
            tables[name] = catalog.call_action("datastore_create", made)["resource_id"]
        aliased = {"resource_id": tables["javni"], "aliases": "станице"}
        catalog.call_action("datastore_create", aliased)
        asked = {"user": "urednica", "name": "t"}
        token = catalog.as_user(editor).call_action("api_token_create", asked)["token"]
        yield SimpleNamespace(client=client, catalog=catalog, token=token, **tables)


def dump(site, name, **asked):
    answer = site.client.get(f"/datastore/dump/{name}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.content.decode()


def test_a_dump_is_csv_with_all_rows_and_values_as_they_are(site):
    text = dump(site, site.javni)
    assert text.startswith("_id,naziv,pm 10,ok,j,t\r\n")
    rows = list(csv.reader(io.StringIO(text)))
    first = ["1", '=1+1, "Niš"', "40.5", "true", '{"a": ["x", 1]}', '["p","q"]']
    assert rows[1:] == [first, ["2", "Вртић\x0b & <b>", "", "", "", ""]]


def test_a_dump_is_an_attachment_that_no_browser_opens(site):
    answer = site.client.get(f"/datastore/dump/{site.javni}?format=tsv&bom=true")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{site.javni}.tsv"'
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content.startswith(b"\xef\xbb\xbf_id\tnaziv\t")
    head = site.client.head(f"/datastore/dump/{site.javni}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-disposition"].endswith('.csv"')


def test_a_dump_as_json_has_fields_and_lists(site):
    answer = site.client.get(f"/datastore/dump/{site.javni}?format=json").json()
    assert [field["id"] for field in answer["fields"]] == ["_id", *(f["id"] for f in FIELDS)]
    assert answer["records"][0] == [1, '=1+1, "Niš"', 40.5, True, {"a": ["x", 1]}, ["p", "q"]]
    empty = site.client.get(f"/datastore/dump/{site.javni}?format=json&limit=0").json()
    assert empty["records"] == []


def test_a_dump_as_xml_can_be_read_whatever_names_and_values_hold(site):
    root = ET.fromstring(dump(site, site.javni, format="xml"))
    first, second = root
    assert first.attrib == {"_id": "1"}
    assert first.findtext("naziv") == '=1+1, "Niš"'
    assert first.find("field").attrib == {"name": "pm 10"}
    assert [v.text for v in first.findall("t/value")] == ["p", "q"]
    assert [v.text for v in first.findall("j/value/value")] == ["x", "1"]
    assert second.findtext("naziv") == "Вртић & <b>"
    assert set(second.find("ok").attrib.values()) == {"true"}


def test_a_dump_takes_the_questions_of_a_search(site):
    def asked(**given):
        return dump(site, "станице", **given)

    assert asked(limit=1, fields="naziv,ok") == 'naziv,ok\r\n"=1+1, ""Niš""",true\n'
    assert asked(offset=1, fields="_id") == "_id\r\n2\n"
    assert asked(q="vrtic", fields="_id") == "_id\r\n2\n"
    assert asked(filters='{"pm 10": {"gt": 1}}', fields="_id") == "_id\r\n1\n"
    assert asked(sort="_id desc", fields="_id") == "_id\r\n2\n1\n"
    assert asked(q='{"naziv": "niš"}', fields="_id") == "_id\r\n1\n"


def test_a_large_table_comes_whole(site):
    records = [{"n": i} for i in range(2500)]
    made = {"resource": {"package_id": "javni"}, "records": records}
    table = site.catalog.call_action("datastore_create", made)["resource_id"]
    assert dump(site, table, fields="n").split() == ["n", *map(str, range(2500))]
    found = site.client.get(f"/datastore/dump/{table}?format=json").json()
    assert [row[1] for row in found["records"]] == list(range(2500))
    assert len(ET.fromstring(dump(site, table, format="xml"))) == 2500


@pytest.mark.parametrize(
    "query",
    [
        "format=xls",
        "limit=-1",
        "limit=x",
        "offset=-1",
        "fields=nema",
        "filters=x",
        "filters=[]",
        'filters={"nema":1}',
        "sort=nema",
        "q=(&plain=false&sort=1",
        "limit=99999999999999999999",
    ],
)
def test_a_question_that_cannot_be_is_a_400(site, query):
    assert site.client.get(f"/datastore/dump/{site.javni}?{query}").status_code == 400


@pytest.mark.parametrize(
    "name", ["nope", "..%2f..%2fcatalog.sqlite", "%00", "%ff", "t", "_table_metadata", "x" * 9000]
)
def test_what_is_no_table_is_not_found(site, name):
    for path in (f"/datastore/dump/{name}", f"/dataset/javni/dictionary/{name}"):
        answer = site.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_private_table_is_not_found_without_a_token(site):
    path = f"/datastore/dump/{site.tajni}"
    assert site.client.get(path).status_code == 404
    answer = site.client.get(path, headers={"Authorization": site.token})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_the_dictionary_is_for_those_who_may_write_the_table(site):
    path = f"/dataset/javni/dictionary/{site.javni}"
    assert site.client.get(path).status_code == 404
    answer = site.client.get(path, headers={"Authorization": site.token})
    assert [field["id"] for field in answer.json()["fields"]] == [f["id"] for f in FIELDS]
    elsewhere = f"/dataset/tajni/dictionary/{site.javni}"
    assert site.client.get(elsewhere, headers={"Authorization": site.token}).status_code == 404


def test_a_question_over_http_is_answered_by_get_and_post(site):
    asked = {"resource_id": site.javni, "filters": '{"ok": true}', "fields": "naziv", "limit": 5}
    url = "/api/3/action/datastore_search"
    by_get = site.client.get(url, params=asked).json()["result"]
    by_post = site.client.post(url, json={**asked, "filters": {"ok": True}}).json()["result"]
    assert by_get["records"] == by_post["records"] == [{"naziv": '=1+1, "Niš"'}]
    sql = {"sql": f'select count(*) from "{site.javni}"'}
    answer = site.client.get("/api/3/action/datastore_search_sql", params=sql).json()
    assert answer["result"]["records"] == [{"count": 2}]
    refused = site.client.get("/api/3/action/datastore_search_sql?sql=drop table x")
    assert (refused.status_code, refused.json()["error"]["__type"]) == (409, "Validation Error")
