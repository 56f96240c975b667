"""A Data Package behind an address: what is asked for, what is joined, and what stays outside."""

import hashlib
import io
import json
import stat
import zipfile

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from datasets import config
from datasets.errors import HarvestError
from harvesters.datapackage import Datapackage
from harvesters.fetching.http import Http
from harvesters.packages import remote_package
from tests.upstream import Reply

CSV = "назив\nШабац\n".encode()


def source(upstream, path="/putevi/datapackage.json", **keys):
    keys = {"name": "paket", "organization": "nis", "url": f"{upstream.url}{path}", **keys}
    return Datapackage(kind="datapackage", **keys)


def record_of(source, http):
    [page] = source.harvest(http)
    assert (page.next, page.total) == ("", 1)
    [record] = page.records
    return record


def harvested(source, http, into):
    return source.collect(record_of(source, http), {}, http, into).dataset


@pytest.fixture
def packaged(upstream):
    """Put a package there: its descriptor and its files."""

    def put(*resources, path="/putevi/datapackage.json", **described):
        listed = list(resources) or [{"name": "putevi", "path": "data/putevi.csv"}]
        described = {"name": "putevi", "resources": listed, **described}
        upstream.answers[path] = json.dumps(described).encode()
        upstream.answers["/putevi/data/putevi.csv"] = CSV

    return put


def test_a_package_is_one_dataset(upstream, packaged, http, tmp_path):
    digest = hashlib.sha256(CSV).hexdigest()
    packaged(
        {
            "name": "putevi",
            "path": "data/putevi.csv",
            "title": "Путеви",
            "hash": f"sha256:{digest}",
        },
        title="Општински путеви",
        licenses=[{"name": "ODbL-1.0"}],
        keywords=["путеви"],
        contributors=[
            {"title": "Петар Петровић", "organization": "ЈП Путеви", "email": "p@a.rs"},
            {"title": "Град Ниш", "roles": ["publisher"]},
        ],
        version="1.2",
    )  # fmt: skip
    dataset = harvested(source(upstream), http, tmp_path)
    [resource] = dataset.resources
    assert (dataset.name, dataset.remote_id) == ("putevi", "paket")
    assert (str(dataset.title), dataset.license_id) == ("Општински путеви", "odc-odbl")
    assert (dataset.tags, dataset.contributors) == (("путеви",), ("ЈП Путеви", "Град Ниш"))
    assert (resource.name, resource.format, str(resource.title)) == ("putevi", "csv", "Путеви")
    assert resource.path.read_bytes() == CSV
    assert dataset.findings == ()


def test_a_folder_with_a_slash_means_its_descriptor(upstream, packaged, http):
    packaged()
    assert record_of(source(upstream, "/putevi/"), http).name == "putevi"


def test_a_descriptor_may_be_yaml_and_the_dataset_named_here(upstream, http):
    text = yaml.safe_dump({"name": "x-y", "resources": [{"path": "a.csv"}]}).encode()
    upstream.answers["/p/datapackage.yaml"] = text
    record = record_of(source(upstream, "/p/datapackage.yaml", dataset="moji", title="Моји"), http)
    assert (record.name, record.remote_id, str(record.title)) == ("moji", "moji", "Моји")
    assert [d.url for d in record.distributions] == [f"{upstream.url}/p/a.csv"]


def test_version_2_reads_as_version_1_does(upstream, packaged, http):
    packaged(
        {
            "name": "putevi",
            "path": "data/putevi.csv",
            "hash": "md5:" + "a" * 32,
            "bytes": 12,
            "dialect": {"$schema": "https://datapackage.org/x.json", "delimiter": ";"},
        },
        **{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json"},
    )
    [part] = record_of(source(upstream), http).distributions
    assert (part.digest, part.size_bytes) == ("md5:" + "a" * 32, 12)
    assert part.dialect["delimiter"] == ";"
    assert [asked.path for asked in upstream.asked] == ["/putevi/datapackage.json"]


def test_a_wrong_hash_is_a_file_that_did_not_come_whole(upstream, packaged, http, tmp_path):
    packaged({"name": "putevi", "path": "data/putevi.csv", "hash": "0" * 32})
    with pytest.raises(HarvestError, match="not the one whose md5") as told:
        harvested(source(upstream), http, tmp_path)
    assert told.value.fault == "broken-off"


def test_a_schema_below_the_descriptor_is_read(upstream, packaged, http):
    packaged({"name": "putevi", "path": "data/putevi.csv", "schema": "s/putevi.json"})
    upstream.answers["/putevi/s/putevi.json"] = {"fields": [{"name": "назив"}]}
    [part] = record_of(source(upstream), http).distributions
    assert part.schema == {"fields": [{"name": "назив"}]}


@pytest.mark.parametrize("schema", ["../s.json", "/s.json", "{}/other/s.json", "nema.json", 7])
def test_any_other_schema_is_a_finding(upstream, packaged, http, schema):
    written = schema.replace("{}", upstream.url) if isinstance(schema, str) else schema
    packaged({"name": "putevi", "path": "data/putevi.csv", "schema": written})
    record = record_of(source(upstream), http)
    assert [(f.check, f.resource) for f in record.findings] == [("schema-wrong", "putevi")]
    assert "/other/s.json" not in [asked.path for asked in upstream.asked]


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("../tajna.csv", "file-outside"),
        ("%2e%2e/tajna.csv", "file-outside"),
        ("/etc/passwd", "file-outside"),
        ("a\\b.csv", "file-outside"),
        ("file:///etc/passwd", "file-outside"),
        ("ftp://a.rs/f.csv", "file-outside"),
        ("", "resource-wrong"),
        (None, "resource-wrong"),
        (["a.xlsx", "b.xlsx"], "file-parts"),
        (["a.csv", "../b.csv"], "file-outside"),
    ],
)
def test_what_does_not_stay_below_is_a_finding(upstream, packaged, http, path, check):
    packaged({"name": "putevi", "path": path})
    record = record_of(source(upstream), http)
    assert (record.distributions, [f.check for f in record.findings]) == ((), [check])
    assert len(upstream.asked) == 1


def test_a_whole_address_is_taken_through_the_guard(upstream, packaged, http, tmp_path):
    packaged(
        {"name": "putevi", "path": "http://169.254.169.254/latest"}, {"path": "data/putevi.csv"}
    )
    dataset = harvested(source(upstream, files="all"), http, tmp_path)
    assert [r.name for r in dataset.resources] == ["putevi"]
    assert [f.values["fault"] for f in dataset.findings] == ["blocked"]


def test_parts_of_a_table_are_joined_under_one_header(upstream, packaged, http, tmp_path):
    packaged({"name": "svi", "path": ["p1.csv", "p2.csv", "p3.csv"]})
    upstream.answers |= {
        "/putevi/p1.csv": b"\xef\xbb\xbfa,b\r\n1,2",
        "/putevi/p2.csv": b"a,b\n3,4\n",
    }
    upstream.answers["/putevi/p3.csv"] = b"a,b\n"
    [resource] = harvested(source(upstream), http, tmp_path).resources
    assert resource.path.read_bytes() == b"\xef\xbb\xbfa,b\r\n1,2\n3,4\n"
    assert (resource.name, resource.format) == ("svi", "csv")


def test_parts_with_other_columns_are_not_joined(upstream, packaged, http, tmp_path):
    packaged({"name": "svi", "path": ["p1.csv", "p2.csv"]})
    upstream.answers |= {"/putevi/p1.csv": b"a,b\n1,2\n", "/putevi/p2.csv": b"b,a\n3,4\n"}
    dataset = harvested(source(upstream), http, tmp_path)
    assert [f.check for f in dataset.findings] == ["resource-unreachable"]
    assert [link.name for link in dataset.links] == ["svi"]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [(Reply(b"", 404), "gone"), (Reply(b"<html>", type="text/html"), "page-instead")],
)
def test_a_descriptor_that_does_not_come_stops_the_source(upstream, http, answer, fault):
    upstream.answers["/putevi/datapackage.json"] = answer
    with pytest.raises(HarvestError) as told:
        record_of(source(upstream), http)
    assert told.value.fault == fault


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"a": NaN}', b"[" * 5000, b"\xff\xfe"])
def test_a_descriptor_that_cannot_be_read_is_a_finding(upstream, http, body):
    upstream.answers["/putevi/datapackage.json"] = body
    record = record_of(source(upstream), http)
    assert [f.check for f in record.findings] == ["descriptor"]
    assert record.remote_id == "paket"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)
KEYS = ("name", "path", "title", "format", "hash", "bytes", "encoding", "crs", "mediatype")


@given(
    st.dictionaries(
        st.sampled_from(["title", "keywords", "licenses", "contributors", "sources", "version"]),
        JSON,
    ),
    JSON | st.lists(st.dictionaries(st.sampled_from(KEYS), JSON), max_size=3),
)
def test_whatever_a_descriptor_says_it_is_a_record(described, listed):
    described = {**described, "resources": listed}
    record = remote_package.record(described, "http://a.rs/p/d.json", None, remote_id="p")
    assert record.remote_id == "p"
    for part in record.distributions:
        assert part.url.startswith(("http://", "https://"))


def with_zip(upstream, members, path="/p.zip"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, body in members:
            archive.writestr(member, body)
    upstream.answers[path] = out.getvalue()
    return source(upstream, path)


DESCRIPTOR = json.dumps({"name": "putevi", "resources": [{"path": "data/putevi.csv"}]})


def test_a_package_may_lie_in_a_zip(upstream, http, tmp_path):
    members = [("izvoz/datapackage.json", DESCRIPTOR), ("izvoz/data/putevi.csv", CSV)]
    zipped = with_zip(upstream, members)
    record, dataset = record_of(zipped, http), harvested(zipped, http, tmp_path)
    assert (dataset.name, dataset.findings) == ("putevi", ())
    assert dataset.resources[0].path.read_bytes() == CSV
    again = with_zip(upstream, members[::-1])
    assert record_of(again, http) == record
    assert record_of(with_zip(upstream, [members[0], (members[1][0], b"x")]), http) != record


@pytest.mark.parametrize(
    "name",
    ["../putevi.csv", "/etc/putevi.csv", "a/../../x.csv", "C:/x.csv", "a\\b.csv", "a//b.csv"],
)
def test_a_member_that_leaves_the_folder_is_left_out(upstream, http, tmp_path, name):
    into = tmp_path / "desk"
    into.mkdir()
    members = [("datapackage.json", DESCRIPTOR), ("data/putevi.csv", CSV), (name, b"x")]
    harvested(with_zip(upstream, members), http, into)
    written = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {"p.zip", "datapackage.json", "putevi.csv"}


def test_a_link_in_a_zip_is_left_out(upstream, http, tmp_path):
    link = zipfile.ZipInfo("data/putevi.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zipped = with_zip(upstream, [("datapackage.json", DESCRIPTOR), (link, "/etc/passwd")])
    dataset = harvested(zipped, http, tmp_path)
    assert [f.check for f in dataset.findings] == ["file-missing"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [(b"PK\3\4broken", "wrong-answer"), (b"", "wrong-answer"), (b"<html>", "wrong-answer")],
)
def test_a_zip_that_is_none_is_told(upstream, http, body, fault):
    upstream.answers["/p.zip"] = body
    with pytest.raises(HarvestError, match="the zip cannot be unpacked") as told:
        record_of(source(upstream, "/p.zip"), http)
    assert told.value.fault == fault


def test_a_zip_without_a_descriptor_is_told(upstream, http):
    with pytest.raises(HarvestError, match=r"the zip holds no datapackage\.json"):
        record_of(with_zip(upstream, [("a.csv", CSV)]), http)


def test_a_bomb_is_stopped(upstream):
    settings = config.Http(allow_private=("127.0.0.1",), max_bytes=1_000_000)
    zipped = with_zip(
        upstream, [("datapackage.json", DESCRIPTOR), ("data/putevi.csv", bytes(5_000_000))]
    )
    with pytest.raises(HarvestError, match="unpacks to more than") as told:
        record_of(zipped, Http(settings))
    assert told.value.fault == "too-large"


def test_two_members_of_one_name_are_told(upstream, http):
    members = [("datapackage.json", DESCRIPTOR), ("data/p.csv", b"1"), ("data/p.csv/x", b"2")]
    with pytest.raises(HarvestError, match="cannot be unpacked"):
        record_of(with_zip(upstream, members), http)


def test_a_recorded_package_of_zipped_files_is_taken(upstream, shared, http, tmp_path):
    folder = shared / "data/messy/csv/frictionless-more/zipped-resources"
    for path in folder.iterdir():
        upstream.answers[f"/z/{path.name}"] = path.read_bytes()
    dataset = harvested(source(upstream, "/z/datapackage.json"), http, tmp_path)
    assert dataset.resources or dataset.findings
