"""CKAN and its likenesses: recordings, and answers made for what goes wrong in the field."""

import json

import pytest
from hypothesis import given

from datasets.errors import HarvestError
from harvesters.catalogs import ckan
from harvesters.ckan import Ckan
from harvesters.sources.source import Source
from tests.harvesters.test_mapping import JSON
from tests.upstream import Reply

API = "/api/3/action"


def package(number, **more):
    said = {"id": f"id-{number:03}", "name": f"skup-{number}", "title": f"Скуп {number}"}
    return said | {"state": "active", "type": "dataset", "resources": []} | more


def search(packages, *, cap=1000, count=None):
    """package_search over a list, in the order of ids, with a cap on rows that it does not tell."""

    def answer(asked):
        start = int(asked.query["start"])
        rows = min(int(asked.query["rows"]), cap)
        some = sorted(packages, key=lambda p: p["id"])[start : start + rows]
        total = len(packages) if count is None else count(asked)
        return {"success": True, "result": {"count": total, "results": some}}

    return answer


@pytest.fixture
def site(upstream):
    return Ckan(name="pokrajina", kind="ckan", url=upstream.url)


def records(source, http, at=""):
    return [record for page in source.harvest(http, at) for record in page.records]


def fault(source, http):
    with pytest.raises(HarvestError) as caught:
        records(source, http)
    return caught.value.fault


def test_pages_go_on_by_what_came_until_one_is_empty(upstream, site, http):
    upstream.answers[f"{API}/package_search"] = search([package(n) for n in range(25)], cap=10)
    pages = list(site.harvest(http))
    assert [len(page.records) for page in pages] == [10, 10, 5]
    assert [asked.query["start"] for asked in upstream.asked] == ["0", "10", "20"]
    assert {asked.query["sort"] for asked in upstream.asked} == {"id asc"}
    assert pages[-1].next == "" and all(page.next for page in pages[:-1])
    assert {page.total for page in pages} == {25}


def test_a_run_goes_on_at_the_page_where_another_stopped(upstream, site, http):
    upstream.answers[f"{API}/package_search"] = search([package(n) for n in range(25)], cap=10)
    first = next(site.harvest(http))
    rest = records(site, http, first.next)
    assert [r.remote_id for r in rest] == [f"id-{n:03}" for n in range(10, 25)]


def test_a_catalog_that_changes_meanwhile_is_read_again(upstream, site, http):
    packages = [package(n) for n in range(20)]

    def count(asked):
        if asked.query["start"] == "10" and len(packages) == 20:
            del packages[0]  # the eleventh slips to the page that was read
        return len(packages)

    upstream.answers[f"{API}/package_search"] = search(packages, cap=10, count=count)
    found = [r.remote_id for r in records(site, http)]
    assert sorted(found) == [f"id-{n:03}" for n in range(20)]
    assert len(set(found)) == len(found)


def test_a_catalog_that_never_rests_is_told(upstream, site, http):
    packages = [package(n) for n in range(10)]
    upstream.answers[f"{API}/package_search"] = search(
        packages, count=lambda asked: 100 + len(upstream.asked)
    )
    assert fault(site, http) == "paging-counts"


def test_a_site_that_gives_its_first_page_for_ever_is_told(upstream, site, http):
    first = {"success": True, "result": {"count": 500, "results": [package(1), package(2)]}}
    upstream.answers[f"{API}/package_search"] = first
    assert fault(site, http) == "paging-loop"
    assert len(upstream.asked) < 5


def test_what_is_no_public_dataset_is_counted_and_left_out(upstream, site, http):
    packages = [
        package(1),
        package(2, type="harvest"),
        package(3, type="showcase"),
        package(4, state="deleted"),
        package(5, state="draft"),
        package(6, private=True),
        package(7, private="True"),
        package(8, type="Dataset", state="Active"),
        {"id": "", "title": "без ознаке"},
    ]
    upstream.answers[f"{API}/package_search"] = search(packages)
    pages = list(site.harvest(http))
    assert [r.remote_id for r in pages[0].records] == ["id-001", "id-008"]
    assert pages[0].skipped == 7


def test_entries_that_are_nothing_lose_no_page(upstream, site, http):
    result = {"count": 4, "results": [None, 7, [], package(1)]}
    upstream.answers[f"{API}/package_search"] = lambda asked: {
        "success": True,
        "result": result if asked.query["start"] == "0" else {"count": 4, "results": []},
    }
    page = next(site.harvest(http))
    assert ([r.remote_id for r in page.records], page.skipped) == (["id-001"], 3)


@pytest.mark.parametrize(
    ("answer", "is_"),
    [
        ({"success": False, "error": {"message": "Access denied"}}, "upstream-error"),
        ({"error": "SOLR is down"}, "upstream-error"),
        (Reply(b"<!DOCTYPE html><title>Portal</title>", type="text/html"), "page-instead"),
        (Reply(b"[1, 2"), "not-json"),
        ([], "wrong-answer"),
        ({"success": True, "result": {"count": 5}}, "wrong-answer"),
        ({"success": True, "result": None}, "wrong-answer"),
        (Reply(b"", status=404), "gone"),
        (Reply(b"", status=403), "forbidden"),
        (Reply(b"", status=409), "status"),
    ],
)
def test_an_answer_that_is_none_is_told(upstream, site, http, answer, is_):
    upstream.answers[f"{API}/package_search"] = answer
    assert fault(site, http) == is_


def test_a_search_that_does_not_count_is_read_until_it_is_empty(upstream, site, http):
    packages = [package(n) for n in range(12)]
    upstream.answers[f"{API}/package_search"] = lambda asked: {
        "results": packages[int(asked.query["start"]) :][:5]
    }
    pages = list(site.harvest(http))
    assert [len(page.records) for page in pages] == [5, 5, 2, 0]
    assert pages[0].total is None


def test_a_portal_without_datasets_has_one_page(upstream, site, http):
    upstream.answers[f"{API}/package_search"] = search([])
    assert [(p.records, p.next, p.total) for p in site.harvest(http)] == [((), "", 0)]


def test_an_answer_without_envelope_is_read(upstream, site, http):
    upstream.answers[f"{API}/package_search"] = lambda asked: {
        "count": 1,
        "results": [package(1)] if asked.query["start"] == "0" else [],
    }
    assert len(records(site, http)) == 1


def test_a_site_without_a_search_is_read_by_its_list(upstream, site, http):
    names = [f"skup-{n:02}" for n in range(45)]
    upstream.answers[f"{API}/package_search"] = Reply(b"no such action", 404)
    upstream.answers[f"{API}/package_list"] = {"success": True, "result": names}

    def show(asked):
        number = names.index(asked.query["id"])
        if number == 3:
            return Reply(b"", 403)
        return {"success": True, "result": package(number)}

    upstream.answers[f"{API}/package_show"] = show
    pages = list(site.harvest(http))
    assert [len(page.records) for page in pages] == [19, 20, 5]
    assert [page.skipped for page in pages] == [1, 0, 0]
    assert {page.total for page in pages} == {45}
    assert [r.remote_id for r in records(site, http, pages[1].next)] == [
        f"id-{n:03}" for n in range(40, 45)
    ]


def test_a_filter_that_the_search_refuses_is_not_left_out(upstream, http):
    source = Ckan(name="aa", kind="ckan", url=upstream.url, fq="tags:(")
    upstream.answers[f"{API}/package_search"] = Reply(b"{}", 409)
    upstream.answers[f"{API}/package_list"] = {"success": True, "result": ["a"]}
    assert fault(source, http) == "status"


@pytest.mark.parametrize(
    ("keys", "fq"),
    [
        ({}, None),
        ({"remote_organization": "novi-sad"}, "organization:novi-sad"),
        ({"fq": "tags:vode"}, "tags:vode"),
        (
            {"remote_organization": "novi-sad", "fq": "a OR b"},
            "organization:novi-sad AND (a OR b)",
        ),
    ],
)
def test_a_filter_is_sent_as_ckan_takes_it(upstream, http, keys, fq):
    source = Ckan(name="aa", kind="ckan", url=upstream.url, **keys)
    upstream.answers[f"{API}/package_search"] = search([])
    assert records(source, http) == []
    assert upstream.asked[0].query.get("fq") == fq


@pytest.mark.parametrize(
    "url", ["", "/", "/api/3", "/api/3/action/package_search", "/api/action/", "/dataset/"]
)
def test_the_address_may_be_that_of_the_site_or_of_its_api(upstream, http, url):
    source = Ckan(name="aa", kind="ckan", url=upstream.url + url)
    upstream.answers[f"{API}/package_search"] = search([package(1)])
    assert len(records(source, http)) == 1


def test_ours_do_not_come_back(upstream, http):
    ours = "https://podaci.sabac.rs"
    source = Ckan(name="aa", kind="ckan", url=upstream.url, not_from=[ours])
    packages = [
        package(1, url=f"{ours}/dataset/x"),
        package(2, extras=[{"key": "harvest_source_url", "value": f"{ours}/"}]),
        package(3, extras={"emap_site": "http://podaci.sabac.rs"}),
        package(4, resources=[{"id": "r", "url": f"{ours}/data/x/files/x.csv"}]),
        package(5, url="https://podaci.sabac.rs.example.com/dataset/x"),
        package(6, resources=[{"id": "r", "url": "https://a.rs/x.csv"}]),
    ]
    upstream.answers[f"{API}/package_search"] = search(packages)
    page = next(source.harvest(http))
    assert [r.remote_id for r in page.records] == ["id-005", "id-006"]
    assert page.skipped == 4


def test_organizations_get_our_names(upstream, http):
    source = Ckan(name="aa", kind="ckan", url=upstream.url, organizations={"grad-ns": "novi-sad"})
    packages = [
        package(1, organization={"name": "grad-ns", "title": "Град Нови Сад"}),
        package(2, organization={"name": "ЈКП Водовод", "title": "ЈКП „Водовод“"}),
        package(3, organization=None),
    ]
    upstream.answers[f"{API}/package_search"] = search(packages)
    found = records(source, http)
    assert [r.organization for r in found] == ["novi-sad", "jkp-vodovod", ""]
    assert [r.organization_title for r in found] == ["Град Нови Сад", "ЈКП „Водовод“", ""]


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        (Reply(b"", 404), False),
        (Reply(b"", 410), False),
        (Reply(b"", 403), None),
        ({"success": False, "error": {"__type": "Not Found Error"}}, False),
        ({"success": True, "result": package(1)}, True),
        ({"success": True, "result": package(1, state="deleted")}, False),
        ({"success": True, "result": package(1, private=True)}, False),
        ({"success": True, "result": [package(1, private=True)]}, True),
    ],
)
def test_a_dataset_is_asked_for_before_it_is_believed_gone(upstream, site, http, answer, is_there):
    upstream.answers[f"{API}/package_show"] = answer
    assert site.is_there("id-001", http) is is_there
    assert upstream.asked[0].query == {"id": "id-001"}


def mapped(**more):
    return ckan.record(package(1, **more), "https://a.rs", "sabac")


def test_what_a_package_says_is_what_the_record_says():
    record = mapped(
        title="Квалитет воде",
        title_translated={"en": "Water quality"},
        notes="Сваког месеца.\r\n\r\n- pH",
        license_id="CC-BY-4.0",
        tags=[{"name": "vode"}, {"name": "vode"}, "reke"],
        metadata_modified="2026-01-02T03:04:05",
        author="Петар Петровић",
        author_email="petar@example.rs",
        organization={"title": "Завод за воде"},
        extras=[
            {"key": "spatial", "value": '{"type": "Point", "coordinates": [19.7, 44.7]}'},
            {"key": "frequency", "value": "monthly"},
            {"key": "temporal_start", "value": "01.02.2020"},
            {"key": "contact_email", "value": "petar@example.rs"},
            {"key": "language", "value": ["sr", "en"]},
        ],
    )
    assert record.title.said("en") == "Water quality"
    assert record.notes.own == "Сваког месеца.\n\n- pH"
    assert (record.license_id, record.tags) == ("cc-by", ("vode", "reke"))
    assert (record.name, record.url) == ("skup-1", "https://a.rs/dataset/skup-1")
    assert record.modified == "2026-01-02T03:04:05"
    assert record.contributors == ("Завод за воде",)
    assert json.loads(record.extras.pop("spatial"))["type"] == "Polygon"
    assert record.extras == {
        "frequency": "monthly",
        "temporal_start": "2020-02-01",
        "language": '["sr","en"]',
    }
    assert "Петр" not in repr(record) and "@" not in repr(record)


def test_translations_in_an_extra_are_read():
    words = json.dumps({"en": "Water"})
    record = mapped(extras=[{"key": "title_translated", "value": words}])
    assert record.title.said("en") == "Water"


def resource(**more):
    [found] = mapped(resources=[{"id": "r1", "name": "Подаци"} | more]).distributions
    return found


def test_a_resource_becomes_a_distribution():
    found = resource(
        url="/dataset/x/resource/r1/download/a.csv", format="CSV", size="488", hash="abc"
    )
    assert (found.key, found.title.own, found.format) == ("r1", "Подаци", "csv")
    assert found.url == "https://a.rs/dataset/x/resource/r1/download/a.csv"
    assert (found.size_bytes, found.digest, found.hints) == (488, "", {"hash": "abc"})
    assert not found.link


@pytest.mark.parametrize("url", ["", None, "_datastore_only_resource"])
def test_a_table_without_a_file_is_taken_from_the_datastore(url):
    found = resource(url=url, datastore_active=True, format="XLSX")
    assert (found.url, found.format) == ("https://a.rs/datastore/dump/r1", "csv")


@pytest.mark.parametrize(
    ("format_", "is_", "type_", "link"),
    [
        ("WMS", "wms", "api", True),
        ("ESRI REST", "arcgis", "api", True),
        ("HTML", "html", "documentation", True),
        ("page web", "html", "documentation", True),
        ("GeoJSON", "geojson", "file", False),
        (".csv", "csv", "file", False),
        ("text/csv", "csv", "file", False),
        ("http://publications.europa.eu/resource/authority/file-type/CSV", "csv", "file", False),
        ("dxf", "dxf", "", False),
        (None, "", "", False),
    ],
)
def test_a_format_says_whether_there_is_a_file(format_, is_, type_, link):
    found = resource(url="https://b.rs/x", format=format_)
    assert (found.format, found.type, found.link) == (is_, type_, link)


def test_deleted_resources_are_left_out():
    resources = [{"id": "r", "state": "deleted", "url": "https://a.rs/x"}]
    assert mapped(resources=resources).distributions == ()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a.rs/x", "http://[", 7, {}])
def test_an_address_that_is_none_is_not_followed(url):
    found = resource(url=url)
    assert (found.url, found.link) == ("", True)


@pytest.mark.parametrize("extras", [None, "x", 7, [], [None, {"key": 7}], {"a": 1}])
def test_extras_may_be_anything(extras):
    assert mapped(extras=extras).extras == {}


@given(JSON)
def test_no_package_breaks_the_mapping(value):
    for field in ("id", "name", "title", "notes", "tags", "extras", "resources", "organization"):
        ckan.record(package(1) | {field: value}, "https://a.rs", "sabac")
    for field in ("id", "url", "format", "size", "hash", "schema", "name", "state"):
        mapped(resources=[{"id": "r1", field: value}])
    if isinstance(value, dict):
        ckan.record(value, "https://a.rs", "")
        ckan.is_public(value)
        list(ckan.told(value))
    mapped(extras=[{"key": "spatial", "value": value}, {"key": "language", "value": value}])


def recorded(shared, name):
    return json.loads((shared / "data/upstream/ckan" / name).read_bytes())


def test_zurich_as_it_was_recorded(shared, upstream, site, http):
    found = recorded(shared, "zurich/ckan_package_search.json")
    upstream.answers[f"{API}/package_search"] = lambda asked: {
        "success": True,
        "result": found if asked.query["start"] == "0" else found | {"results": []},
    }
    harvested = records(site, http)
    assert len(harvested) == 3
    assert sum(len(r.distributions) for r in harvested) == 26
    assert {r.license_id for r in harvested} == {"cc-zero"}
    assert {r.organization for r in harvested} == {"stadt-zurich"}
    formats = {d.format for r in harvested for d in r.distributions}
    assert {"csv", "shp", "wfs", "wms", "wmts", "gpkg", "dxf"} <= formats


def test_dkan_as_it_was_recorded(shared, upstream, site, http):
    upstream.answers[f"{API}/package_list"] = {"success": True, "result": ["antennes"]}
    upstream.answers[f"{API}/package_show"] = recorded(shared, "dkan/dkan-french-w-license.json")
    [record] = records(site, http)
    assert record.title.own == "Antennes régionales de la Région Hauts-de-France (au 01/10/2019)"
    assert "<p>" not in record.notes.own
    assert record.license_id.startswith("http://www.etalab.gouv.fr/")
    assert record.distributions[0].format == "xlsx"
    assert record.distributions[0].size_bytes == 0


def files(shared):
    return sorted((shared / "data/upstream/ckan").rglob("*.json"))


def test_every_recording_harvests_or_says_why(shared, upstream, site, http):
    """Each file as an answer of the search, and as the one package of a list."""
    ends = {}
    for path in files(shared):
        upstream.answers = {f"{API}/package_search": path.read_bytes()}
        ends[path.name] = _end(site, http)
        upstream.answers = {
            f"{API}/package_list": {"result": ["a"]},
            f"{API}/package_show": path.read_bytes(),
        }
        ends[f"{path.name} shown"] = _end(site, http)
    assert ends["not-found.json"] == "gone"
    assert ends["package-search-success.json"] == "paging-loop"  # 1 of 100, for ever
    assert ends["package-show-success.json shown"] == 1
    assert ends["full_ckan_dataset_legacy.json shown"] == 1
    assert ends["status-success.json"] == "wrong-answer"


def _end(source: Source, http):
    try:
        return len(records(source, http))
    except HarvestError as error:
        return error.fault
