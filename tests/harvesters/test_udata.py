"""udata, as the national portals run it: recordings, and answers made for its traps."""

import json

import pytest
from hypothesis import given

from datasets.errors import HarvestError
from datasets.record import Distribution, Record
from datasets.text import Text
from harvesters.catalogs import udata
from harvesters.udata import Udata
from tests.harvesters.test_mapping import JSON
from tests.upstream import Reply

LIST = "/api/1/datasets/"
HEX = "5baa0e468b4c414416b6f7b2"


def dataset(number, **more):
    said = {"id": f"{number:024x}", "slug": f"skup-{number}", "title": f"Скуп {number}"}
    return said | {"resources": []} | more


def paged(datasets, host="", size=10):
    """The list of datasets in pages; next pages are told at `host`."""

    def answer(asked):
        page = int(asked.query["page"])
        some = datasets[(page - 1) * size : page * size]
        more = page * size < len(datasets)
        return {
            "data": some,
            "page": page,
            "total": len(datasets),
            "next_page": f"{host}{LIST}?page={page + 1}&page_size={size}" if more else None,
        }

    return answer


@pytest.fixture
def portal(upstream):
    return Udata(name="drzava", kind="udata", url=upstream.url)


def records(source, http, at=""):
    return [record for page in source.harvest(http, at) for record in page.records]


@pytest.mark.parametrize("host", ["http://dev.local:7000", "", "http://[bad"])
def test_next_pages_are_asked_of_the_host_that_was_given(upstream, portal, http, host):
    upstream.answers[LIST] = paged([dataset(n) for n in range(25)], host)
    pages = list(portal.harvest(http))
    wanted = 1 if "[" in host else 3
    assert len(pages) == wanted and pages[0].total == 25
    if wanted == 3:
        assert [page.next for page in pages] == [
            "page=2&page_size=10",
            "page=3&page_size=10",
            "",
        ]
        assert len({r.remote_id for page in pages for r in page.records}) == 25


def test_lists_are_asked_in_an_order_that_does_not_shift_and_for_what_is_needed(
    upstream, portal, http
):
    upstream.answers[LIST] = paged([])
    assert records(portal, http) == []
    [asked] = upstream.asked
    assert asked.query == {"page": "1", "page_size": "100", "sort": "created"}
    assert asked.headers["x-fields"].startswith("data{id,title,")


def test_a_run_goes_on_at_the_page_where_another_stopped(upstream, portal, http):
    upstream.answers[LIST] = paged([dataset(n) for n in range(25)])
    first = next(portal.harvest(http))
    assert len(records(portal, http, first.next)) == 15


def test_a_next_page_that_leads_back_is_told(upstream, portal, http):
    upstream.answers[LIST] = {
        "data": [dataset(1)],
        "next_page": f"{upstream.url}{LIST}?page=1&page_size=100",
    }
    with pytest.raises(HarvestError) as caught:
        records(portal, http)
    assert caught.value.fault == "paging-loop"


def test_a_slug_of_an_organization_is_looked_up_and_an_id_is_not(upstream, http):
    upstream.answers = {
        LIST: paged([]),
        "/api/1/organizations/grad-nis/": {"id": HEX, "slug": "grad-nis"},
    }
    for named in ("grad-nis", HEX):
        source = Udata(name="aa", kind="udata", url=upstream.url, remote_organization=named)
        assert records(source, http) == []
    lists = [asked.query["organization"] for asked in upstream.asked if asked.path == LIST]
    assert lists == [HEX, HEX] and len(upstream.asked) == 3


@pytest.mark.parametrize(
    ("answer", "is_"),
    [
        ({"message": "x"}, "wrong-answer"),
        ([], "wrong-answer"),
        (Reply(b"<html>", type="text/html"), "page-instead"),
        (Reply(b"", 404), "gone"),
        (Reply(b"", 400), "status"),
    ],
)
def test_an_answer_that_is_none_is_told(upstream, portal, http, answer, is_):
    upstream.answers[LIST] = answer
    with pytest.raises(HarvestError) as caught:
        records(portal, http)
    assert caught.value.fault == is_


def test_what_is_not_public_or_ours_is_counted_and_left_out(upstream, http):
    source = Udata(name="aa", kind="udata", url=upstream.url, not_from=["https://podaci.sabac.rs"])
    upstream.answers[LIST] = paged(
        [
            dataset(1, archived="2024-01-01T00:00:00"),
            dataset(2, deleted="2024-01-01"),
            dataset(3, private=True),
            dataset(4, harvest={"remote_url": "https://podaci.sabac.rs/dataset/x"}),
            dataset(5, harvest={"domain": "podaci.sabac.rs"}),
            dataset(6, extras={"emap_site": "https://podaci.sabac.rs"}),
            dataset(7, harvest={"domain": "data.example.rs"}, archived=None, private=False),
            {"title": "без ознаке"},
            None,
        ]
    )
    [page] = source.harvest(http)
    assert [r.title.own for r in page.records] == ["Скуп 7"]
    assert page.skipped == 8


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        (Reply(b"", 404), False),
        (Reply(b"", 410), False),
        (Reply(b"", 403), None),
        (dataset(1), True),
        (dataset(1, archived="2024-01-01"), False),
    ],
)
def test_a_dataset_is_asked_for_before_it_is_believed_gone(
    upstream, portal, http, answer, is_there
):
    upstream.answers[f"{LIST}{HEX}/"] = answer
    assert portal.is_there(HEX, http) is is_there


def test_resources_that_are_only_counted_are_taken_from_version_2(upstream, portal, http):
    one = dataset(1, resources={"rel": "subsection", "total": 3, "href": "x"})
    upstream.answers = {
        LIST: paged([one]),
        f"/api/2/datasets/{1:024x}/resources/": lambda asked: {
            "data": [{"id": f"r{asked.query['page']}", "url": "https://a.rs/f.csv"}],
            "next_page": "x" if asked.query["page"] != "3" else None,
        },
    }
    [record] = records(portal, http)
    assert [d.key for d in record.distributions] == ["r1", "r2", "r3"]


def mapped(**more):
    said = dataset(1, **more)
    return udata.record(said, said["resources"], "https://a.rs/api/1", "nis")


def resource(**more):
    [found] = mapped(resources=[{"id": "r1", "title": "f", "type": "main"} | more]).distributions
    return found


def test_what_a_dataset_says_is_what_the_record_says():
    record = mapped(
        description="**Списак**",
        license="notspecified",
        frequency="threeTimesAYear",
        tags=["vode", "reke"],
        organization={"name": "Град Ниш", "slug": "grad-nis"},
        owner={"first_name": "Petar"},
        last_modified="2024-01-02T03:04:05",
        temporal_coverage={"start": "2018-01-01", "end": "2018-12-31"},
        spatial={
            "geom": {
                "type": "MultiPolygon",
                "coordinates": [[[[21, 43], [22, 43], [22, 44], [21, 43]]]],
            }
        },
    )
    assert (record.organization_title, record.contributors) == ("Град Ниш", ("Град Ниш",))
    assert (record.license_id, record.tags) == ("notspecified", ("vode", "reke"))
    assert record.url == "https://a.rs/datasets/skup-1/"
    assert record.modified == "2024-01-02T03:04:05"
    assert json.loads(record.extras.pop("spatial"))["type"] == "MultiPolygon"
    assert record.extras == {
        "frequency": "annual_3",
        "temporal_start": "2018-01-01",
        "temporal_end": "2018-12-31",
    }
    assert "Petar" not in repr(record)


def test_an_upload_is_asked_for_at_its_lasting_address_on_this_host():
    sha1 = "06b12303c112a2a4d410f8372879ddd9a631b1b3"
    found = resource(
        filetype="file",
        format="csv",
        url="https://static.a.rs/2024/f.csv",
        latest="http://dev.local:7000/sr/datasets/r/r1",
        checksum={"type": "sha1", "value": sha1},
    )
    assert found.url == "https://a.rs/sr/datasets/r/r1"
    assert found.digest == f"sha1:{sha1}"
    assert found.hints == {"url": "https://static.a.rs/2024/f.csv"}


def test_a_file_elsewhere_is_asked_for_where_it_is():
    checksum = {"type": "sha1", "value": "0" * 40}
    found = resource(
        filetype="remote", url="https://b.rs/f", latest="https://a.rs/r/r1", checksum=checksum
    )
    assert (found.url, found.digest, found.hints) == ("https://b.rs/f", "", {})


def test_a_lasting_address_that_is_gone_gives_way_to_the_other(upstream, portal, http, tmp_path):
    upstream.answers["/static/f.csv"] = b"a\n1\n"
    distribution = Distribution(
        key="r1",
        name="f",
        url=f"{upstream.url}/datasets/r/r1",
        hints={"url": f"{upstream.url}/static/f.csv"},
    )
    record = Record(remote_id="x", title=Text("x"))
    fetched = portal.fetch(record, distribution, None, http, tmp_path)
    assert fetched.path.read_bytes() == b"a\n1\n"


@pytest.mark.parametrize(
    ("said", "link", "type_"),
    [
        ({"type": "main", "format": "csv"}, False, "file"),
        ({"type": "update", "format": "shapefile"}, False, "file"),
        ({"type": "documentation", "format": "pdf"}, True, "documentation"),
        ({"type": "api", "format": "json"}, True, "api"),
        ({"type": "other", "format": "csv"}, True, "file"),
        ({"type": "main", "format": "page web"}, True, "documentation"),
        ({"type": "main", "format": "wms"}, True, "api"),
    ],
)
def test_the_type_of_a_resource_says_whether_it_is_data(said, link, type_):
    found = resource(url="https://b.rs/f", **said)
    assert (found.link, found.type) == (link, type_)


@given(JSON)
def test_no_dataset_breaks_the_mapping(value):
    for field in (*dataset(1), "spatial", "tags", "extras", "harvest", "temporal_coverage"):
        said = dataset(1) | {field: value}
        udata.record(said, [value], "https://a.rs/api/1", "")
        list(udata.told(said))
    for field in ("id", "url", "latest", "checksum", "filesize", "format", "filetype", "type"):
        mapped(resources=[{"id": "r1", "filetype": "file", field: value}])


def test_data_gouv_fr_as_it_was_recorded(shared, upstream, http):
    folder = shared / "data/upstream/udata/datasets-api"
    upstream.answers[LIST] = lambda asked: (
        folder / f"datasets-page-{asked.query['page']}.json"
    ).read_bytes()
    source = Udata(name="aa", kind="udata", url=f"{upstream.url}/api/1/")
    harvested = records(source, http)
    assert len(harvested) == 10
    assert {r.organization for r in harvested} >= {"commune-de-sixt-sur-aff", "data-gouv-fr"}
    ids = [d.key for r in harvested for d in r.distributions]
    assert len(ids) == len(set(ids)) > 50
    [first, *_] = harvested
    assert first.distributions[0].url.startswith(f"{upstream.url}/fr/datasets/r/39ed117d")
    assert first.distributions[0].digest.startswith("sha1:06b12303")


def test_other_recordings_of_udata_are_no_lists_of_datasets(shared, upstream, portal, http):
    for path in (shared / "data/upstream/udata").rglob("*.*"):
        if path.name.startswith("datasets-page") or path.suffix == ".txt":
            continue
        upstream.answers[LIST] = path.read_bytes()
        with pytest.raises(HarvestError) as caught:
            records(portal, http)
        assert caught.value.fault in ("wrong-answer", "not-json", "paging-loop"), path.name
