"""From a record to a dataset: which files are taken, which stay links, and what is never lost."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import config
from datasets.errors import HarvestError
from datasets.record import Distribution, Known, Record
from datasets.text import LANGUAGES, Text
from harvesters.fetching.http import Http
from harvesters.sources import collecting
from harvesters.sources.source import Source
from tests.upstream import Reply
from validation.messages import said

CSV = "назив\nШабац\n".encode()
GEOJSON = b'{"type": "FeatureCollection", "features": []}'


class Catalog(Source):
    """A source of which only the settings matter here."""

    def harvest(self, http, at=""):
        yield from ()


def part(upstream, key, path=None, **keys):
    url = f"{upstream.url}{path or f'/{key}.csv'}"
    return Distribution(key=key, url=url, **{"name": key, **keys})


def collected(parts, http, into, known=(), whole=False, **keys):
    source = Catalog(name="katalog", kind="catalog", **keys)
    record = Record("r1", Text("Путеви"), name="putevi", organization="nis", distributions=parts)
    before = {file.key: file for file in known}
    return collecting.collect(source, record, before, http, into, whole=whole)


@pytest.fixture
def five(upstream):
    """A table, a map, a document, a page and a service."""
    upstream.answers |= {"/a.csv": CSV, "/b.geojson": GEOJSON, "/c.pdf": b"%PDF-1.7"}
    upstream.answers |= {"/d.html": Reply(b"<html>", type="text/html"), "/e": b"?"}
    return (
        part(upstream, "a", format="csv"),
        part(upstream, "b", "/b.geojson"),
        part(upstream, "c", "/c.pdf"),
        part(upstream, "d", "/d.html", type="documentation"),
        part(upstream, "e", "/e", link=True, type="api"),
    )


@pytest.mark.parametrize(
    ("files", "taken", "links"),
    [("readable", "ab", "cde"), ("all", "abcd", "e"), ("none", "", "abcde")],
)
def test_the_files_setting_says_what_is_taken(five, http, tmp_path, files, taken, links):
    parts = [replace(five[3], format="html") if p.key == "d" else p for p in five]
    dataset = collected(parts, http, tmp_path, files=files).dataset
    assert "".join(r.key for r in dataset.resources) == taken
    assert "".join(link.key for link in dataset.links) == links
    assert dataset.findings == ()
    assert {r.key for r in dataset.resources if r.as_is} == set(taken) - {"a", "b"}


def test_what_is_published_as_it_is_is_taken_whatever_its_format(upstream, http, tmp_path):
    upstream.answers["/gtfs"] = b"PK\3\4"
    parts = [part(upstream, "gtfs", "/gtfs", format="gtfs", as_is=True)]
    [resource] = collected(parts, http, tmp_path).dataset.resources
    assert (resource.format, resource.as_is, resource.filename) == ("gtfs", True, "gtfs.gtfs")


def test_a_record_says_what_the_dataset_says(five, http, tmp_path):
    got = collected(five, http, tmp_path)
    assert (got.dataset.name, got.dataset.organization) == ("putevi", "nis")
    assert collected(five, http, tmp_path, organization="sabac").dataset.organization == "sabac"
    assert [file.sha256 for file in got.files] == [
        hashlib.sha256(body).hexdigest() for body in (CSV, GEOJSON)
    ]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Reply(b"", 404), "gone"),
        (Reply(b"", 410), "removed"),
        (Reply(b"", 401), "key-wanted"),
        (b"", "file-empty"),
        (b"<!doctype html><title>Prijava</title>", "page-instead"),
    ],
)
def test_a_new_file_that_is_not_to_be_had_becomes_a_link(upstream, http, tmp_path, answer, fault):
    upstream.answers |= {"/a.csv": CSV, "/b.csv": answer}
    parts = [part(upstream, "a"), part(upstream, "b", title=Text("Други"))]
    got = collected(parts, http, tmp_path)
    [finding] = got.dataset.findings
    assert [r.key for r in got.dataset.resources] == [file.key for file in got.files] == ["a"]
    assert [(link.key, link.title.own) for link in got.dataset.links] == [("b", "Други")]
    assert (finding.check, finding.severity) == ("resource-unreachable", "warning")
    assert finding.values == {"address": f"{upstream.url}/b.csv", "fault": fault}
    for language in LANGUAGES:
        assert f": {fault}." not in said(finding, language).what  # it is said in words


def test_a_public_file_that_is_not_to_be_had_is_not_lost(upstream, http, tmp_path):
    upstream.answers |= {"/a.csv": CSV, "/b.csv": CSV}
    parts = [part(upstream, "a"), part(upstream, "b")]
    known = collected(parts, http, tmp_path).files
    upstream.answers["/b.csv"] = Reply(b"", 404)
    with pytest.raises(HarvestError) as told:
        collected(parts, http, tmp_path, known)
    assert told.value.fault == "gone"


def test_what_may_pass_by_itself_fails_the_whole_record(upstream, http, tmp_path):
    """Else a new dataset would be published with half of its files."""
    upstream.answers |= {"/a.csv": CSV, "/b.csv": CSV}
    wrong = part(upstream, "b", digest="sha256:" + "0" * 64)
    with pytest.raises(HarvestError, match="not the one whose sha256 the source gives") as told:
        collected([part(upstream, "a"), wrong], http, tmp_path)
    assert told.value.fault == "broken-off" and told.value.transient


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256"])
def test_a_hash_of_the_source_is_compared(upstream, http, tmp_path, kind):
    upstream.answers["/a.csv"] = CSV
    digest = f"{kind}:{hashlib.new(kind, CSV).hexdigest()}"
    [resource] = collected(
        [part(upstream, "a", digest=digest.upper())], http, tmp_path
    ).dataset.resources
    assert resource.path.read_bytes() == CSV


def test_a_hash_that_nobody_can_compute_is_not_held_against_the_file(upstream, http, tmp_path):
    upstream.answers["/a.csv"] = CSV
    parts = [part(upstream, "a", digest=digest) for digest in ("crc32:beef",)]
    assert collected(parts, http, tmp_path).dataset.findings == ()


def test_an_unchanged_file_stays_where_it_is(upstream, http, tmp_path):
    def answered(asked):
        if asked.headers.get("if-none-match") == '"1"':
            return Reply(status=304)
        return Reply(CSV, headers={"ETag": '"1"'})

    upstream.answers["/a.csv"] = answered
    [known] = collected([part(upstream, "a")], http, tmp_path).files
    again = collected([part(upstream, "a")], http, tmp_path, [known])
    assert again.files == (known,)
    assert again.dataset.resources[0].path == known.path
    assert again.dataset.resources[0].sha256 == known.sha256


def test_an_answer_of_unchanged_to_a_first_question_is_no_file(upstream, http, tmp_path):
    class Lying(Catalog):
        def fetch(self, *_):
            return None

    source = Lying(name="katalog", kind="catalog")
    record = Record("r1", Text("x"), distributions=(part(upstream, "a"),))
    dataset = collecting.collect(source, record, {}, http, tmp_path).dataset
    assert [f.values["fault"] for f in dataset.findings] == ["wrong-answer"]


def test_all_files_of_a_dataset_share_one_limit(upstream, tmp_path):
    upstream.answers |= {"/a.csv": CSV, "/b.csv": CSV}
    settings = config.Http(allow_private=("127.0.0.1",), max_bytes=len(CSV) * 2 - 1)
    parts = [part(upstream, "a"), part(upstream, "b")]
    dataset = collected(parts, Http(settings), tmp_path).dataset
    assert [r.key for r in dataset.resources] == ["a"]
    assert [f.values["fault"] for f in dataset.findings] == ["too-large"]


@pytest.mark.parametrize(("member", "form"), [("put.SHP", "shp"), ("list.pdf", "zip")])
def test_a_zip_without_a_shapefile_is_just_a_zip(upstream, http, tmp_path, zipped, member, form):
    upstream.answers["/a.zip"] = zipped(member)
    [resource] = collected([part(upstream, "a", "/a.zip")], http, tmp_path).dataset.resources
    assert (resource.format, resource.as_is) == (form, form == "zip")
    assert resource.filename.endswith(".zip")


@pytest.mark.parametrize(
    "url", ["ftp://a.rs/f", "javascript:alert(1)", "", "//a.rs/f", "http:///x"]
)
def test_only_addresses_of_the_web_become_links(http, tmp_path, url):
    parts = [Distribution("a", "a", url=url, link=True)]
    assert collected(parts, http, tmp_path).dataset.links == ()


def test_a_link_holds_no_secret(http, tmp_path):
    parts = [Distribution("a", "a", url="https://me:pw@a.rs/f?id=1&token=2", link=True)]
    [link] = collected(parts, http, tmp_path).dataset.links
    assert link.url == "https://a.rs/f?id=1"


def test_names_do_not_hang_on_the_order_at_the_source():
    twins = [
        Distribution("k2", "Списак.csv", url="http://a.rs/2"),
        Distribution("k1", "Списак.csv", url="http://a.rs/1"),
        Distribution("k3", "?", title=Text("Мапа")),
        Distribution("k4", "", filename="../../plan.csv"),
        Distribution("k5", ""),
    ]
    names = {each.key: each.name for each in collecting.distinct(twins)}
    assert names == {each.key: each.name for each in collecting.distinct(twins[::-1])}
    assert names["k1"] == "spisak-csv" and names["k2"].startswith("spisak-csv-")
    assert (names["k3"], names["k4"]) == ("mapa", "plan")
    assert names["k5"].startswith("resource-")


def test_one_key_for_two_files_keeps_both():
    same = [Distribution("k", "a", url=f"http://a.rs/{n}") for n in "112"]
    kept = collecting.distinct(same)
    assert [each.url for each in kept] == ["http://a.rs/1", "http://a.rs/2"]
    assert len({each.key for each in kept}) == len({each.name for each in kept}) == 2


@given(
    st.lists(
        st.builds(
            Distribution,
            key=st.text(max_size=9),
            name=st.text(max_size=9),
            url=st.text(max_size=9),
            filename=st.text(max_size=9),
        )
    )
)
def test_whatever_a_source_says_keys_and_names_are_distinct(parts):
    kept = collecting.distinct(parts)
    assert len({each.key for each in kept}) == len({each.name for each in kept}) == len(kept)


def test_a_record_of_a_thousand_files_is_cut(upstream, http, tmp_path):
    many = [Distribution(str(n), f"f{n}", url=f"http://a.rs/{n}", link=True) for n in range(1000)]
    assert len(collected(many, http, tmp_path).dataset.links) == collecting.MAX_DISTRIBUTIONS


def test_a_login_that_fails_is_no_fault_of_a_file(upstream, http, tmp_path):
    class Closed(Catalog):
        def fetch(self, *_):
            raise HarvestError("the password is wrong", "login")

    record = Record("r1", Text("x"), distributions=(part(upstream, "a"),))
    with pytest.raises(HarvestError, match="the password is wrong"):
        collecting.collect(Closed(name="kk", kind="catalog"), record, {}, http, tmp_path)


def test_a_lost_blob_is_not_asked_for_by_its_tag(upstream, http, tmp_path):
    upstream.answers["/a.csv"] = CSV
    lost = Known("a", f"{upstream.url}/a.csv", etag='"1"', path=tmp_path / "lost")
    got = collected([part(upstream, "a")], http, tmp_path, [lost])
    assert got.dataset.resources[0].path.read_bytes() == CSV
    assert "if-none-match" not in upstream.asked[-1].headers
