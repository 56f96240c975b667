"""One address, one dataset: what is taken, and what is not a file."""

import pytest

from datasets.errors import HarvestError
from harvesters.file import File

CSV = "назив,број\nШабац,1\n".encode()


def harvested(url, http, into, **keys):
    source = File(**{"name": "putevi", "kind": "file", "organization": "sabac", "url": url, **keys})
    return list(source.harvest(http, into))


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
    assert (dataset.license_id, dataset.findings) == ("cc-by", ())
    assert (resource.name, resource.filename) == ("opstinski-putevi", "opstinski-putevi.csv")
    assert (resource.format, resource.size_bytes) == ("csv", len(CSV))
    assert resource.source_url == f"{server.url}/izvoz-2024-11.csv?id=5"
    assert resource.schema == {"fields": [{"name": "назив"}]}
    assert resource.path.read_bytes() == CSV


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
    ],
)
def test_the_format_comes_from_wherever_it_is_told(
    server, answer, http, tmp_path, path, headers, keys, form, filename
):
    server.answers[path] = answer(CSV, *headers)
    [dataset] = harvested(f"{server.url}{path}", http, tmp_path, **keys)
    assert (dataset.resources[0].format, dataset.resources[0].filename) == (form, filename)


def test_a_file_of_unknown_format_wants_one(server, answer, http, tmp_path):
    server.answers["/f"] = answer(CSV, "Content-Type: application/octet-stream")
    with pytest.raises(HarvestError, match="give the source 'putevi' a `format`, such as csv"):
        harvested(f"{server.url}/f", http, tmp_path)


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
    with pytest.raises(HarvestError, match=r"/f\.csv: a web page came, not a file; give the addr"):
        harvested(f"{server.url}/f.csv", http, tmp_path)


@pytest.mark.parametrize("start", [b"<?xml version='1.0'?><kml>", b"<gml:X>", b"a<html>,b\n1,2\n"])
def test_what_only_looks_like_a_page_is_taken(server, answer, http, tmp_path, start):
    server.answers["/f.kml"] = answer(start)
    [dataset] = harvested(f"{server.url}/f.kml", http, tmp_path)
    assert dataset.resources[0].path.read_bytes() == start


def test_an_empty_file_is_told(server, answer, http, tmp_path):
    server.answers["/f.csv"] = answer(b"")
    with pytest.raises(HarvestError, match="the file is empty"):
        harvested(f"{server.url}/f.csv", http, tmp_path)


def test_a_schema_may_lie_beside_the_configuration(server, answer, http, tmp_path):
    (tmp_path / "s.json").write_text('{"fields": []}')
    server.answers["/f.csv"] = answer(CSV)
    [dataset] = harvested(f"{server.url}/f.csv", http, tmp_path, schema=tmp_path / "s.json")
    assert dataset.resources[0].schema == {"fields": []}


def test_a_missing_schema_is_told_before_anything_is_fetched(server, http, tmp_path):
    with pytest.raises(HarvestError, match=r"source 'putevi': schema: nema\.json cannot be read"):
        harvested(f"{server.url}/f.csv", http, tmp_path, schema=tmp_path / "nema.json")
    assert server.requests == []
