"""data.json of DCAT-US: recordings, broken documents, and ones larger than a page."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.catalogs import datajson
from harvesters.datajson import DataJson
from harvesters.documents.stream import objects
from harvesters.fetching.reply import fit
from tests.harvesters.test_mapping import JSON
from tests.upstream import Reply


def dataset(number, **more):
    return {"identifier": f"id-{number}", "title": f"Скуп {number}", "accessLevel": "public"} | more


@pytest.fixture
def site(upstream):
    return DataJson(name="grad", kind="datajson", url=upstream.url)


def serve(upstream, *datasets, **more):
    upstream.answers["/data.json"] = {"dataset": list(datasets)} | more


def records(source, http, at=""):
    return [record for page in source.harvest(http, at) for record in page.records]


def fault(source, http):
    with pytest.raises(HarvestError) as caught:
        records(source, http)
    return caught.value.fault


def test_a_large_document_comes_in_pages_and_goes_on_where_it_stopped(upstream, site, http):
    serve(upstream, *map(dataset, range(450)))
    pages = list(site.harvest(http))
    assert [len(page.records) for page in pages] == [200, 200, 50]
    assert (pages[-1].next, pages[-1].total) == ("", 450)
    assert [r.remote_id for r in records(site, http, pages[1].next)] == [
        f"id-{n}" for n in range(400, 450)
    ]


def test_another_document_is_read_from_its_start(upstream, site, http):
    serve(upstream, *map(dataset, range(450)))
    first = next(site.harvest(http))
    serve(upstream, *map(dataset, range(449)))
    assert len(records(site, http, first.next)) == 449


@pytest.mark.parametrize("path", ["", "/", "/data.json", "/catalog/data.json?lang=sr"])
def test_the_address_of_a_site_means_its_document(upstream, http, path):
    source = DataJson(name="aa", kind="datajson", url=upstream.url + path)
    upstream.answers = {p: {"dataset": [dataset(1)]} for p in ("/data.json", "/catalog/data.json")}
    assert len(records(source, http)) == 1


@pytest.mark.parametrize(
    ("body", "is_"),
    [
        (b"<!DOCTYPE html><p>", "page-instead"),
        (b"", "not-json"),
        (b'{"dataset": [{"title": "a"}', "not-json"),
        (b'{"dataset": [{"title": "a}]}', "not-json"),
        (b'{"dataset": [{"title": a}]}', "not-json"),
        (b"}]", "not-json"),
        (b'{"datasets": []}', "wrong-answer"),
        (b'{"a": {"dataset": [{}]}}', "wrong-answer"),
        (b'"dataset"', "wrong-answer"),
        (b'{"title": "dataset", "b": [{"title": "x"}]}', "wrong-answer"),
    ],
)
def test_a_document_that_is_none_is_told(upstream, site, http, body, is_):
    upstream.answers["/data.json"] = Reply(body, type="application/json")
    assert fault(site, http) == is_


def test_a_document_without_datasets_is_one_empty_page(upstream, site, http):
    serve(upstream)
    assert [(p.records, p.next, p.total) for p in site.harvest(http)] == [((), "", 0)]


def test_a_document_may_be_a_list_or_hold_one_dataset_alone(upstream, site, http):
    upstream.answers["/data.json"] = [dataset(1), dataset(2)]
    assert len(records(site, http)) == 2
    upstream.answers["/data.json"] = {"dataset": dataset(1), "other": [dataset(2)]}
    assert [r.remote_id for r in records(site, http)] == ["id-1"]


def test_what_is_not_public_or_ours_or_nothing_is_counted_and_left_out(upstream, http):
    source = DataJson(
        name="aa", kind="datajson", url=upstream.url, not_from=["https://podaci.sabac.rs"]
    )
    serve(
        upstream,
        dataset(1, accessLevel="non-public"),
        dataset(2, accessLevel="restricted public"),
        dataset(3, landingPage="https://podaci.sabac.rs/dataset/x"),
        {},
        dataset(4, accessLevel=None),
    )
    [page] = source.harvest(http)
    assert [r.remote_id for r in page.records] == ["id-4"]
    assert page.skipped == 4


def mapped(**more):
    return datajson.record(dataset(1, **more), "https://a.rs/data.json", "bor")


def test_what_a_dataset_says_is_what_the_record_says():
    record = mapped(
        description="<p>Списак</p>",
        license="https://creativecommons.org/publicdomain/zero/1.0/",
        keyword=["vode", "reke"],
        publisher={"name": "Завод", "subOrganizationOf": {"name": "Град"}},
        contactPoint={"fn": "Petar", "hasEmail": "mailto:petar@a.rs"},
        modified="2024-01-02",
        issued="2023-05-06T00:00:00Z",
        temporal="2018-01-01/2018-12-31",
        spatial="20,43,21,44",
        accrualPeriodicity="R/P1Y",
        landingPage="/x",
        isPartOf="zbirka-1",
        language=["sr", "en"],
        references=["https://a.rs/uputstvo", 7],
    )
    assert json.loads(record.extras.pop("spatial"))["coordinates"][0][0] == [20, 43]
    assert record.extras == {
        "temporal_start": "2018-01-01",
        "temporal_end": "2018-12-31",
        "frequency": "R/P1Y",
        "issued": "2023-05-06T00:00:00Z",
        "language": '["sr","en"]',
        "documentation": "https://a.rs/uputstvo",
        "is_part_of": "zbirka-1",
    }
    assert (record.organization_title, record.license_id) == ("Завод", "cc-zero")
    assert (record.url, record.modified) == ("https://a.rs/x", "2024-01-02")
    assert (record.notes.own, record.tags) == ("Списак", ("vode", "reke"))
    assert "etar" not in repr(record)


def test_how_often_in_the_place_of_when_is_no_stamp():
    record = mapped(modified="R/P1D")
    assert (record.modified, record.extras) == ("", {"frequency": "R/P1D"})


def test_a_dataset_without_title_is_refused_and_one_without_identifier_is_warned_of():
    untitled = datajson.record({"identifier": "a"}, "https://a.rs", "")
    assert (untitled.title.own, untitled.findings[0].severity) == ("a", "error")
    unknown = datajson.record({"title": "Скуп"}, "https://a.rs", "")
    assert (len(unknown.remote_id), unknown.findings[0].severity) == (32, "warning")


def test_what_is_for_download_is_a_file_and_what_is_for_access_a_link():
    record = mapped(
        distribution=[
            {"downloadURL": "https://a.rs/f.csv", "mediaType": "text/csv", "title": "Табела"},
            {"accessURL": "https://a.rs/page", "format": "Web page"},
            {"accessURL": "https://a.rs/FeatureServer", "format": "Esri REST"},
            {"accessURL": "https://a.rs/FeatureServer", "format": "Esri REST", "title": "Слој"},
            {"downloadURL": "javascript:alert(1)"},
            "https://a.rs/x.csv",
        ]
    )
    assert [(d.format, d.link, d.type) for d in record.distributions] == [
        ("csv", False, "file"),
        ("html", True, "documentation"),
        ("arcgis", True, "api"),
        ("arcgis", True, "api"),
    ]
    assert record.distributions[3].key == "https://a.rs/FeatureServer Слој"


def test_the_address_of_version_1_0_stands_in_the_dataset_itself():
    [only] = mapped(accessURL="https://a.rs/f.csv", format="text/csv").distributions
    assert (only.url, only.format, only.link) == ("https://a.rs/f.csv", "csv", False)


@given(JSON)
def test_no_dataset_breaks_the_mapping(value):
    fields = ("title", "identifier", "publisher", "spatial", "temporal", "modified", "license")
    for field in (*fields, "keyword", "distribution", "landingPage", "references", "accessURL"):
        mapped(**{field: value})
    for field in ("downloadURL", "accessURL", "format", "mediaType", "title", "byteSize", "@id"):
        mapped(distribution=[{"downloadURL": "https://a.rs/f.csv"} | {field: value}])


@settings(max_examples=20)
@given(st.dictionaries(st.text(), JSON), st.lists(st.dictionaries(st.text(), JSON), max_size=5))
def test_the_stream_gives_what_the_whole_document_gives(tmp_path_factory, around, datasets):
    path = tmp_path_factory.mktemp("stream") / "data.json"
    document = around | {"dataset": datasets}
    path.write_text(json.dumps(document))
    wanted = json.loads(json.dumps(document))["dataset"]
    found = list(objects(path, "https://a.rs", "dataset"))
    # a dataset of which a part cannot be stored comes without that part, in its names too
    assert [sorted(fit(each)) for each in found] == [sorted(fit(each)) for each in wanted]


@given(st.binary(max_size=60))
def test_no_bytes_break_the_stream(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("stream") / "data.json"
    path.write_bytes(b'{"dataset": [' + body)
    with suppress(HarvestError):
        assert all(isinstance(each, dict) for each in objects(path, "https://a.rs", "dataset"))


def test_every_recording_harvests(shared, upstream, site, http):
    found = {}
    for path in sorted((shared / "data/upstream/datajson").glob("*.json")):
        upstream.answers["/data.json"] = path.read_bytes()
        found[path.name.partition(".")[0]] = records(site, http)
    assert {name: len(each) for name, each in found.items()} == {
        "arm": 3,
        "collection-1-parent-2-children": 3,
        "geospatial": 2,
        "large-spatial": 1,
        "many-resources": 1,
        "missing-dataset-fields": 1,
        "null-spatial": 1,
        "numerical-title": 1,
        "reserved-title": 1,
        "usda": 3,
    }
    assert len(found["large-spatial"][0].extras["spatial"]) <= 20_000
    assert "spatial" not in found["null-spatial"][0].extras
    assert found["numerical-title"][0].title.own.isdigit()
    parts = [r.extras.get("is_part_of") for r in found["collection-1-parent-2-children"]]
    assert parts.count("OPM-ERround-0001") == 2
