"""Addresses of files: what is taken, what is not a file, and what a list makes."""

import hashlib
from dataclasses import replace

import pytest
from pydantic import ValidationError

from datasets.errors import HarvestError
from harvesters.file import File

CSV = "назив,број\nШабац,1\n".encode()


def source(url=None, **keys):
    address = {"url": url} if url else {}
    keys = {"name": "putevi", "kind": "file", "organization": "sabac", **address, **keys}
    return File(**keys)


def collected(source, http, into, known=()):
    """Every dataset of a source, with what is known of its files afterwards."""
    [page] = source.harvest(http)
    assert (page.next, page.total) == ("", len(page.records))
    before = {file.key: file for file in known}
    return [source.collect(record, before, http, into) for record in page.records]


def harvested(url, http, into, **keys):
    return [each.dataset for each in collected(source(url, **keys), http, into)]


def test_an_address_is_a_dataset_of_one_resource(server, answer, http, tmp_path):
    server.answers["/izvoz-2024-11.csv?id=5&key=1"] = answer(CSV)
    [dataset] = harvested(
        f"{server.url}/izvoz-2024-11.csv?id=5&key=1",
        http,
        tmp_path,
        dataset="opstinski-putevi",
        title="Путеви",
        title_en="Roads",
        license="cc-by",
        schema={"fields": [{"name": "назив"}]},
    )
    [resource] = dataset.resources
    assert (dataset.name, dataset.organization) == ("opstinski-putevi", "sabac")
    assert (dataset.title.said("sr-Latn"), dataset.title.said("en")) == ("Putevi", "Roads")
    assert (dataset.license_id, dataset.findings, dataset.links) == ("cc-by", (), ())
    assert (resource.name, resource.filename) == ("opstinski-putevi", "opstinski-putevi.csv")
    assert (resource.format, resource.size_bytes) == ("csv", len(CSV))
    assert resource.source_url == f"{server.url}/izvoz-2024-11.csv?id=5"
    assert resource.schema == {"fields": [{"name": "назив"}]}
    assert resource.path.read_bytes() == CSV
    assert resource.sha256 == hashlib.sha256(CSV).hexdigest()


def test_describing_asks_the_server_nothing(server, http):
    [page] = source(f"{server.url}/f.csv?token=1").harvest(http)
    assert server.requests == []
    assert [r.address for r in page.records] == [f"{server.url}/f.csv"]


def test_a_moved_address_is_the_same_dataset(server, answer, http, tmp_path):
    server.answers |= {"/a.csv": answer(CSV), "/b.csv": answer(CSV)}
    [first], [second] = (harvested(f"{server.url}/{x}.csv", http, tmp_path) for x in "ab")
    assert first.id == second.id
    assert first.name == "putevi" and first.resources[0].filename == "putevi.csv"


@pytest.mark.parametrize(
    ("path", "headers", "keys", "form", "filename"),
    [
        ("/f.zip", (), {}, "shp", "putevi.zip"),
        ("/f", ("Content-Type: application/geo+json",), {}, "geojson", "putevi.geojson"),
        ("/f", ("Content-Disposition: attachment; filename=x.gpkg",), {}, "gpkg", "putevi.gpkg"),
        ("/export.php", (), {"format": "csv"}, "csv", "putevi.csv"),
        ("/export.ashx", ("Content-Type: text/csv",), {}, "csv", "putevi.csv"),
        ("/plan.pdf", (), {}, "pdf", "putevi.pdf"),
    ],
)
def test_the_format_comes_from_wherever_it_is_told(
    server, answer, http, tmp_path, path, headers, keys, form, filename
):
    server.answers[path] = answer(CSV, *headers)
    [dataset] = harvested(f"{server.url}{path}", http, tmp_path, **keys)
    assert (dataset.resources[0].format, dataset.resources[0].filename) == (form, filename)


@pytest.mark.parametrize("path", ["/f", "/export.php"])
def test_a_file_of_unknown_format_wants_one(server, answer, http, tmp_path, path):
    server.answers[path] = answer(CSV, "Content-Type: application/octet-stream")
    with pytest.raises(HarvestError, match="give the source a `format`, such as csv") as told:
        harvested(f"{server.url}{path}", http, tmp_path)
    assert told.value.fault == "format-unknown"
    assert told.value.values["address"] == f"{server.url}{path}"


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><title>Prijava</title>",
        b"\xef\xbb\xbf  \r\n<HTML lang='sr'>",
        b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>\n<html>",
        b"<!-- odrzavanje --><html>",
        b"<script>location='/login'</script>",
    ],
)
def test_a_page_in_place_of_a_file_is_told(server, answer, http, tmp_path, page):
    server.answers["/f.csv"] = answer(page, "Content-Type: text/csv")
    said = r"/f\.csv: a web page came, not a file; give the addr"
    with pytest.raises(HarvestError, match=said) as told:
        harvested(f"{server.url}/f.csv", http, tmp_path)
    assert told.value.fault == "page-instead"


@pytest.mark.parametrize("start", [b"<?xml version='1.0'?><kml>", b"<gml:X>", b"a<html>,b\n1,2\n"])
def test_what_only_looks_like_a_page_is_taken(server, answer, http, tmp_path, start):
    server.answers["/f.kml"] = answer(start)
    [dataset] = harvested(f"{server.url}/f.kml", http, tmp_path)
    assert dataset.resources[0].path.read_bytes() == start
    assert dataset.resources[0].format == "kml"


def test_an_empty_file_is_told(server, answer, http, tmp_path):
    server.answers["/f.csv"] = answer(b"")
    with pytest.raises(HarvestError, match="the file is empty") as told:
        harvested(f"{server.url}/f.csv", http, tmp_path)
    assert told.value.fault == "file-empty"


def test_a_file_that_is_not_there_is_no_dataset_of_a_link(server, answer, http, tmp_path):
    server.answers["/f.csv"] = answer(status="404 Not Found")
    with pytest.raises(HarvestError, match="the server answered 404"):
        harvested(f"{server.url}/f.csv", http, tmp_path)


def test_equal_bytes_stay_where_they_lay(server, answer, http, tmp_path):
    """A server that knows no dates gives the whole file again."""
    server.answers["/f.csv"] = answer(CSV)
    kept = tmp_path / "blob"
    kept.write_bytes(CSV)
    [first] = collected(source(f"{server.url}/f.csv"), http, tmp_path)
    known = [replace(file, path=kept) for file in first.files]
    [again] = collected(source(f"{server.url}/f.csv"), http, tmp_path, known)
    assert [resource.path for resource in again.dataset.resources] == [kept]
    assert [file.path for file in again.files] == [kept]
    assert [p.read_bytes() for p in tmp_path.glob("fetched-*/*")] == [CSV]  # the first one alone


def test_a_blob_that_was_lost_is_fetched_again(server, answer, http, tmp_path):
    server.answers["/f.csv"] = answer(CSV)
    [first] = collected(source(f"{server.url}/f.csv"), http, tmp_path)
    known = [replace(file, path=tmp_path / "lost", etag='"1"') for file in first.files]
    [again] = collected(source(f"{server.url}/f.csv"), http, tmp_path, known)
    assert again.dataset.resources[0].path.read_bytes() == CSV
    assert "if-none-match" not in server.requests[-1].lower()


def test_a_schema_may_lie_beside_the_configuration(server, answer, http, tmp_path):
    (tmp_path / "s.json").write_text('{"fields": []}')
    server.answers["/f.csv"] = answer(CSV)
    [dataset] = harvested(f"{server.url}/f.csv", http, tmp_path, schema=tmp_path / "s.json")
    assert dataset.resources[0].schema == {"fields": []}


def test_a_missing_schema_is_told_before_anything_is_fetched(server, http, tmp_path):
    with pytest.raises(HarvestError, match=r"source 'putevi': schema: nema\.json cannot be read"):
        harvested(f"{server.url}/f.csv", http, tmp_path, schema=tmp_path / "nema.json")
    assert server.requests == []


def test_each_address_of_a_list_is_a_dataset(server, answer, http, tmp_path):
    server.answers |= {"/skole.csv?key=1": answer(CSV), "/v2/putevi": answer(CSV)}
    listed = [
        f"{server.url}/skole.csv?key=1",
        {"url": f"{server.url}/v2/putevi", "name": "putevi", "title": "Путеви", "format": "csv"},
    ]
    schools, roads = harvested(None, http, tmp_path, urls=listed, license="cc-by")
    assert (schools.name, schools.remote_id) == ("skole", f"{server.url}/skole.csv")
    assert (roads.name, roads.remote_id, str(roads.title)) == ("putevi", "putevi", "Путеви")
    assert {schools.license_id, roads.license_id} == {"cc-by"}
    assert [r.filename for d in (schools, roads) for r in d.resources] == [
        "skole.csv",
        "putevi.csv",
    ]


def test_a_list_may_be_one_dataset(server, answer, http, tmp_path):
    server.answers |= {"/2023/putevi.csv": answer(CSV), "/2024/putevi.csv": answer(CSV)}
    listed = [f"{server.url}/{year}/putevi.csv" for year in (2023, 2024)]
    [dataset] = harvested(None, http, tmp_path, urls=listed, together=True, dataset="svi-putevi")
    [turned] = harvested(
        None, http, tmp_path, urls=listed[::-1], together=True, dataset="svi-putevi"
    )
    assert (dataset.name, dataset.remote_id) == ("svi-putevi", "svi-putevi")
    assert [r.key for r in dataset.resources] == listed
    names = {r.key: r.name for r in dataset.resources}
    assert names[listed[0]] == "putevi" and names[listed[1]].startswith("putevi-")
    assert names == {r.key: r.name for r in turned.resources}


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({}, "url\n  Field required"),
        ({"url": "http://a.rs/f", "urls": ["http://a.rs/g"]}, "needs either `url` or `urls`"),
        ({"urls": ["http://a.rs/f?key=1", "http://a.rs/f?key=2"]}, "'http://a.rs/f' twice"),
        ({"urls": ["ftp://a.rs/f"]}, "must begin with http:// or https://"),
    ],
)
def test_a_wrong_list_is_told(keys, says):
    with pytest.raises(ValidationError) as told:
        source(**keys)
    assert says in str(told.value)
