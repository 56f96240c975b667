"""Opendatasoft: recordings of its catalog, pages, the export of all, exports of rows."""

import json

import pytest
from hypothesis import given

from datasets.errors import HarvestError
from harvesters.catalogs import opendatasoft
from harvesters.opendatasoft import Opendatasoft
from tests.harvesters.test_mapping import JSON
from tests.upstream import Reply

CATALOG = "/api/explore/v2.1/catalog"
EXPORTS = f"{CATALOG}/datasets/skup-001/exports"


def dataset(number, default=None, **more):
    said = {"title": f"Скуп {number}"} | (default or {})
    return {
        "dataset_id": f"skup-{number:03}",
        "has_records": True,
        "metas": {"default": said},
    } | more


@pytest.fixture
def portal(upstream):
    return Opendatasoft(name="grad", kind="opendatasoft", url=upstream.url)


def serve(upstream, datasets, total=None):
    def answer(asked):
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        if offset + limit > 10_000:
            return Reply(b'{"error_code": "InvalidRESTParameterError"}', 400)
        some = datasets[offset : offset + limit]
        return {"total_count": len(datasets) if total is None else total, "results": some}

    upstream.answers[f"{CATALOG}/datasets"] = answer
    upstream.answers[f"{CATALOG}/exports/json"] = datasets


def records(source, http, at=""):
    return [record for page in source.harvest(http, at) for record in page.records]


def test_pages_go_on_by_what_came(upstream, portal, http):
    serve(upstream, [dataset(n) for n in range(250)])
    pages = list(portal.harvest(http))
    assert [len(page.records) for page in pages] == [100, 100, 50]
    assert [page.next for page in pages] == ["100", "200", ""]
    assert {asked.query["order_by"] for asked in upstream.asked} == {"dataset_id"}
    assert len(records(portal, http, "200")) == 50


def test_a_catalog_beyond_the_reach_of_pages_is_exported(upstream, portal, http):
    serve(upstream, [dataset(n) for n in range(250)], total=12_000)
    pages = list(portal.harvest(http))
    assert [len(page.records) for page in pages] == [100, 100, 50, 0]
    assert (pages[-1].next, pages[-1].total) == ("", 250)
    assert [asked.path for asked in upstream.asked] == [
        f"{CATALOG}/datasets",
        f"{CATALOG}/exports/json",
    ]
    assert len(records(portal, http, pages[1].next)) == 50


@pytest.mark.parametrize(
    ("answer", "is_"),
    [
        ({"error_code": "X", "message": "Bad"}, "upstream-error"),
        ({"results": None}, "wrong-answer"),
        ([], "wrong-answer"),
        (Reply(b"<html>", type="text/html"), "page-instead"),
        ({"total_count": 999, "results": [dataset(1)]}, "paging-loop"),
    ],
)
def test_an_answer_that_is_none_is_told(upstream, portal, http, answer, is_):
    upstream.answers[f"{CATALOG}/datasets"] = answer
    with pytest.raises(HarvestError) as caught:
        records(portal, http)
    assert caught.value.fault == is_


def test_datasets_of_other_portals_are_left_out_unless_they_are_asked_for(upstream, portal, http):
    serve(
        upstream,
        [
            dataset(1, {"federated": True}),
            dataset(2, {"source_domain_address": "drugi.example.rs"}),
            dataset(3, {"federated": False}),
        ],
    )
    [page] = portal.harvest(http)
    assert ([r.remote_id for r in page.records], page.skipped) == (["skup-003"], 2)
    asked_for = portal.model_copy(update={"federated": True})
    assert len(records(asked_for, http)) == 3


def test_a_filter_is_sent_along(upstream, http):
    source = Opendatasoft(
        name="aa", kind="opendatasoft", url=f"{upstream.url}/explore/", where='theme="Вода"'
    )
    serve(upstream, [], total=20_000)
    assert records(source, http) == []
    assert [asked.query["where"] for asked in upstream.asked] == ['theme="Вода"'] * 2


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [(Reply(b"", 404), False), (Reply(b"", 403), None), (dataset(1), True)],
)
def test_a_dataset_is_asked_for_before_it_is_believed_gone(
    upstream, portal, http, answer, is_there
):
    upstream.answers[f"{CATALOG}/datasets/skup-001"] = answer
    assert portal.is_there("skup-001", http) is is_there


def mapped(default=None, **more):
    return opendatasoft.record(dataset(1, default, **more), "https://a.rs", "bor")


def test_rows_with_a_place_come_as_geojson_and_others_as_csv():
    assert [d.url for d in mapped(features=["geo"]).distributions] == [
        f"https://a.rs{EXPORTS}/geojson",
        f"https://a.rs{EXPORTS}/parquet",
    ]
    first, parquet = mapped(features=[]).distributions
    assert (first.url, first.format) == (f"https://a.rs{EXPORTS}/csv", "csv")
    assert (first.link, parquet.link) == (False, True)


@pytest.mark.parametrize("more", [{"has_records": False}, {"data_visible": False}])
def test_a_dataset_without_rows_has_its_attachments_alone(more):
    attachment = {"id": "mapa_pdf", "url": "odsfile://mapa.pdf", "mimetype": "application/pdf"}
    [only] = mapped(attachments=[attachment, {}, None], **more).distributions
    assert only.url == f"https://a.rs{CATALOG}/datasets/skup-001/attachments/mapa_pdf"
    assert (only.key, only.format, only.filename) == ("mapa_pdf", "pdf", "mapa.pdf")


def test_what_a_dataset_says_is_what_the_record_says():
    record = mapped(
        {
            "description": "<p>Списак</p>",
            "publisher": "Завод",
            "license": "CC BY 4.0",
            "keyword": "vode",
            "theme": ["Culture, Heritage"],
            "modified": "2024-01-01T00:00:00+00:00",
            "data_processed": "2024-03-01T00:00:00+00:00",
            "language": "sr",
            "references": "https://a.rs/uputstvo",
        },
        metas_extra=1,
    )
    assert (record.license_id, record.tags) == ("cc-by", ("vode", "Culture Heritage"))
    assert (record.notes.own, record.organization_title) == ("Списак", "Завод")
    assert record.modified == "2024-03-01T00:00:00+00:00"
    assert record.url == "https://a.rs/explore/dataset/skup-001/"
    assert record.extras == {
        "language": "sr",
        "theme": "Culture, Heritage",
        "documentation": "https://a.rs/uputstvo",
    }


@given(JSON)
def test_no_dataset_breaks_the_mapping(value):
    for field in ("dataset_id", "metas", "features", "attachments", "alternative_exports"):
        said = dataset(1) | {field: value}
        opendatasoft.record(said, "https://a.rs", "")
        opendatasoft.is_elsewhere(said)
    for field in ("title", "publisher", "license", "theme", "modified", "geographic_area"):
        mapped({field: value})
    mapped(attachments=[{"id": value, "url": value}], metas={"default": {}, "dcat": value})


def test_every_recording_harvests(shared, upstream, portal, http):
    found = {}
    for path in sorted((shared / "data/upstream/ods").glob("*.json")):
        said = json.loads(path.read_bytes())
        whole = said if "datasets" in said else {"total_count": 1, "results": [said]}
        upstream.answers[f"{CATALOG}/datasets"] = whole
        found[path.stem] = records(portal, http)
    counts = {name: [len(r.distributions) for r in each] for name, each in found.items()}
    assert counts == {
        "empty": [0],
        "no-data": [2, 0],
        "test-a": [2],
        "test-b": [5],
        "with-attachments": [2],
    }
    assert found["test-b"][0].distributions[0].format == "geojson"
    assert found["test-a"][0].modified == "2015-08-03T12:55:00+00:00"


def test_a_recording_that_is_one_dataset_is_no_catalog(shared, upstream, portal, http):
    path = shared / "data/upstream/ods/test-a.json"
    upstream.answers[f"{CATALOG}/datasets"] = path.read_bytes()
    with pytest.raises(HarvestError) as caught:
        records(portal, http)
    assert caught.value.fault == "wrong-answer"
