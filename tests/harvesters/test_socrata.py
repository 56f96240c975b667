"""Socrata: the recorded catalog and rows, pages of both, and what goes wrong in them."""

import csv
import io
import json

import pytest
from hypothesis import given

from datasets.errors import HarvestError
from datasets.record import Known
from harvesters.catalogs import socrata
from harvesters.socrata import Socrata
from tests.harvesters.test_mapping import JSON
from tests.upstream import Reply

CATALOG = "/api/catalog/v1"


def entry(number, type_="dataset", domain="", **resource):
    said = {"id": f"aaaa-{number:04}", "name": f"Скуп {number}", "type": type_}
    return {"resource": said | resource, "metadata": {"domain": domain}}


@pytest.fixture
def portal(upstream):
    return Socrata(name="grad", kind="socrata", url=upstream.url)


def serve(upstream, entries):
    def answer(asked):
        if "scroll_id" in asked.query:
            ids = [each["resource"]["id"] for each in entries]
            start = ids.index(asked.query["scroll_id"]) + 1
        else:
            start = int(asked.query["offset"])
        some = entries[start : start + int(asked.query["limit"])]
        return {"results": some, "resultSetSize": len(entries)}

    upstream.answers[CATALOG] = answer


def records(source, http, at=""):
    return [record for page in source.harvest(http, at) for record in page.records]


def test_pages_go_on_by_what_came(upstream, portal, http):
    serve(upstream, [entry(n) for n in range(250)])
    pages = list(portal.harvest(http))
    assert [len(page.records) for page in pages] == [100, 100, 50]
    assert [page.next for page in pages] == ["100", "200", ""]
    assert upstream.asked[0].query["domains"] == upstream.url.removeprefix("http://")
    assert len(records(portal, http, "200")) == 50


def test_beyond_the_reach_of_offsets_pages_go_on_by_the_last_id(upstream, portal, http):
    serve(upstream, [entry(n) for n in range(10_150)])
    pages = list(portal.harvest(http, "9900"))
    assert [page.next for page in pages] == [
        "after aaaa-9999",
        "after aaaa-10099",
        "after aaaa-10149",
        "",
    ]
    assert sum(len(page.records) for page in pages) == 250


def test_what_is_made_of_a_dataset_is_none(upstream, portal, http):
    serve(
        upstream,
        [
            entry(1),
            entry(2, "chart"),
            entry(3, "filter"),
            entry(4, parent_fxf=["x"]),
            entry(5, "map"),
        ],
    )
    [page] = portal.harvest(http)
    assert ([r.remote_id for r in page.records], page.skipped) == (["aaaa-0001", "aaaa-0005"], 3)


def test_of_a_catalog_of_several_portals_one_is_taken(upstream, http):
    source = Socrata(name="aa", kind="socrata", url=upstream.url, domain="data.bor.rs")
    serve(upstream, [entry(1, domain="data.bor.rs"), entry(2, domain="data.nis.rs")])
    [record] = records(source, http)
    assert record.distributions[0].url == "https://data.bor.rs/resource/aaaa-0001.csv"


@pytest.mark.parametrize(
    ("answer", "is_"),
    [
        ({"error": "Bad", "message": "x"}, "upstream-error"),
        ({"results": {}}, "wrong-answer"),
        (Reply(b'{"error": true}', 403), "forbidden"),
        ({"results": [entry(1)], "resultSetSize": 9}, "paging-loop"),
    ],
)
def test_an_answer_that_is_none_is_told(upstream, portal, http, answer, is_):
    upstream.answers[CATALOG] = answer
    with pytest.raises(HarvestError) as caught:
        records(portal, http)
    assert caught.value.fault == is_


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [(Reply(b"", 404), False), (Reply(b"", 403), None), ({"id": "aaaa-0001"}, True)],
)
def test_a_view_is_asked_for_before_it_is_believed_gone(upstream, portal, http, answer, is_there):
    upstream.answers["/api/views/aaaa-0001.json"] = answer
    assert portal.is_there("aaaa-0001", http) is is_there


def mapped(**more):
    return socrata.record(entry(1, **more), "https://a.rs", "bor")


def test_rows_with_a_geometry_come_as_geojson():
    table = mapped(columns_datatype=["Text", "Location"]).distributions[0]
    layer = mapped(columns_datatype=["Text", "Point"]).distributions[0]
    map_ = socrata.record(entry(1, "map"), "https://a.rs", "").distributions[0]
    assert [d.format for d in (table, layer, map_)] == ["csv", "geojson", "geojson"]


def test_what_has_no_rows_is_a_link():
    [only] = socrata.record(entry(1, "href"), "https://a.rs", "").distributions
    assert (only.url, only.link) == ("https://a.rs/d/aaaa-0001", True)


def rows(upstream, count, *, form="csv", modified=lambda offset: "Fri, 24 May 2019 17:40:18 GMT"):
    def answer(asked):
        start, limit = int(asked.query["$offset"]), int(asked.query["$limit"])
        numbers = range(start, min(start + limit, start + 1000, count))
        headers = {"Last-Modified": modified(start)}
        if form == "csv":
            body = '"id","opis"\n' + "".join(f'"{n}","a, ""b""\n{n}"\n' for n in numbers)
            return Reply(body.encode(), type="text/csv", headers=headers)
        place = {"type": "Point", "coordinates": [20, 44]}
        found = [{"type": "Feature", "geometry": place, "properties": {"n": n}} for n in numbers]
        return Reply(json.dumps({"features": found}).encode(), headers=headers)

    upstream.answers[f"/resource/aaaa-0001.{form}"] = answer


def fetched(upstream, portal, http, into, known=None, **more):
    record = socrata.record(entry(1, **more), upstream.url, "")
    return portal.fetch(record, record.distributions[0], known, http, into)


def test_rows_come_page_by_page_into_one_table(upstream, portal, http, tmp_path):
    rows(upstream, 2500)
    file = fetched(upstream, portal, http, tmp_path)
    table = list(csv.DictReader(io.StringIO(file.path.read_text(encoding="utf-8"), newline="")))
    assert [row["id"] for row in table] == [str(n) for n in range(2500)]
    assert table[7]["opis"] == 'a, "b"\n7'
    assert [asked.query["$offset"] for asked in upstream.asked] == ["0", "1000", "2000", "2500"]
    assert {asked.query["$order"] for asked in upstream.asked} == {":id"}


def test_features_come_page_by_page_into_one_layer(upstream, portal, http, tmp_path):
    rows(upstream, 2500, form="geojson")
    file = fetched(upstream, portal, http, tmp_path, columns_datatype=["Point"])
    features = json.loads(file.path.read_bytes())["features"]
    assert [f["properties"]["n"] for f in features] == list(range(2500))


def test_rows_of_the_last_time_are_not_read_again(upstream, portal, http, tmp_path):
    rows(upstream, 2500)
    first = fetched(upstream, portal, http, tmp_path)
    known = Known(key="csv", url=first.url, last_modified=first.last_modified)
    assert fetched(upstream, portal, http, tmp_path, known) is None
    assert len(upstream.asked) == 5


def test_rows_that_change_while_they_are_read_are_tried_again(upstream, portal, http, tmp_path):
    rows(upstream, 2500, modified=lambda offset: f"stamp {offset}")
    with pytest.raises(HarvestError) as caught:
        fetched(upstream, portal, http, tmp_path)
    assert caught.value.transient
    assert list(tmp_path.iterdir()) == []


def test_rows_that_come_for_ever_are_told(upstream, portal, http, tmp_path):
    upstream.answers["/resource/aaaa-0001.csv"] = b'"id"\n"1"\n'
    with pytest.raises(HarvestError) as caught:
        fetched(upstream, portal, http, tmp_path)
    assert caught.value.fault == "paging-loop"


def test_a_view_of_an_older_make_is_exported_whole(upstream, portal, http, tmp_path):
    upstream.answers["/api/views/aaaa-0001/rows.csv"] = b"id\n1\n"
    assert fetched(upstream, portal, http, tmp_path).path.read_bytes() == b"id\n1\n"


@given(JSON)
def test_no_entry_breaks_the_mapping(value):
    for field in ("resource", "classification", "metadata", "permalink", "link"):
        said = entry(1) | {field: value}
        socrata.record(said, "https://a.rs", "")
        socrata.is_dataset(said)
        socrata.domain(said)
    for field in ("id", "name", "attribution", "columns_datatype", "createdAt", "updatedAt"):
        mapped(**{field: value})


def test_the_catalog_as_it_was_recorded(shared, upstream, portal, http):
    recorded = json.loads((shared / "data/upstream/socrata/get_datasets.txt").read_bytes())
    upstream.answers[CATALOG] = recorded | {"resultSetSize": len(recorded["results"])}
    found = records(portal, http)
    assert len(found) == 7
    permits = found[0]
    assert permits.title.own == "Approved Building Permits"
    assert permits.license_id == "cc-by"
    assert permits.organization == "inspectional-services-division"
    assert permits.distributions[0].url == ("https://data.cityofboston.gov/resource/msk6-43c6.csv")
    assert "Curt" not in repr(found) and "@" not in repr([r.extras for r in found])


def test_every_recording_harvests_or_says_why(shared, upstream, portal, http):
    ends = {}
    for path in sorted((shared / "data/upstream/socrata").glob("*.*")):
        upstream.answers[CATALOG] = path.read_bytes()
        try:
            ends[path.name] = len(records(portal, http))
        except HarvestError as error:
            ends[path.name] = error.fault
    assert ends["403_response_json.txt"] == "upstream-error"
    assert ends["get_datasets.txt"] == "paging-loop"  # 7 of 150,680, for ever
    assert ends["get_songs.txt"] == ends["bike_counts_page_1.json"] == "wrong-answer"
