"""The download route: bytes of files, ways to links, and what a browser may do with them."""

import hashlib
import http.client
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest

from datasets.config import Config, Site
from publish.catalog.call import Upload
from tests.geoportal.conftest import serving

CSV = "назив,број\nНиш,1\nШабац,2\n".encode()
ETAG = f'"{hashlib.sha256(CSV).hexdigest()}"'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with one dataset of files and links, and a private one; a client and two tokens."""
    state = tmp_path_factory.mktemp("files")
    config = Config(site=Site(title="Датотеке"))
    with serving(config, state) as (url, portal), httpx.Client(base_url=url, timeout=60) as client:
        catalog = portal.catalog
        member = catalog.create_user("clan")
        catalog.call_action(
            "organization_create",
            {"name": "nis", "users": [{"name": "clan", "capacity": "member"}]},
        )
        for name, private in (("javni", False), ("tajni", True)):
            given = {"name": name, "owner_org": "nis", "private": private}
            catalog.call_action("package_create", given)
        token = catalog.as_user(member).call_action(
            "api_token_create", {"user": "clan", "name": "t"}
        )["token"]
        yield SimpleNamespace(client=client, catalog=catalog, token=token, state=state)


@pytest.fixture
def uploaded(site, tmp_path):
    def upload(name="подаци.csv", content=CSV, package="javni", **given):
        path = Path(tmp_path / "part")
        path.write_bytes(content)
        files = {"upload": Upload(name, path, len(content))}
        made = site.catalog.call_action(
            "resource_create", {"package_id": package, **given}, files=files
        )
        return urlsplit(made["url"]).path

    return upload


def linked(site, url):
    made = site.catalog.call_action("resource_create", {"package_id": "javni", "url": url})
    return f"/dataset/javni/resource/{made['id']}/download/x.csv"


def test_a_file_is_handed_over_byte_for_byte(site, uploaded):
    path = uploaded()
    answer = site.client.get(path)
    assert (answer.status_code, answer.content) == (200, CSV)
    assert answer.headers["content-type"] == "text/csv"
    assert answer.headers["content-length"] == str(len(CSV))
    assert answer.headers["etag"] == ETAG
    assert answer.headers["content-disposition"] == "inline; filename=podaci.csv"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["access-control-allow-origin"] == "*"
    bare = site.client.get(path.rpartition("/")[0])
    assert (bare.content, bare.headers["content-disposition"]) == (
        CSV,
        "inline; filename=podaci.csv",
    )


def test_the_name_in_the_address_is_the_name_of_the_file(site, uploaded):
    path = uploaded().rpartition("/")[0]
    answer = site.client.get(f"{path}/Шабац 2026.csv")
    assert answer.headers["content-disposition"] == (
        "inline; filename=sabac-2026.csv; "
        "filename*=UTF-8''%D0%A8%D0%B0%D0%B1%D0%B0%D1%86%202026.csv"
    )
    hostile = site.client.get(f"{path}/a%22%0d%0aSet-Cookie:%20x.csv")
    assert "set-cookie" not in hostile.headers
    assert "\n" not in hostile.headers["content-disposition"]


def test_a_head_has_the_headers_of_a_get_and_no_body(site, uploaded):
    path = uploaded()
    answer = site.client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    got = site.client.get(path).headers
    for name in ("content-length", "etag", "last-modified", "content-type"):
        assert answer.headers[name] == got[name]


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=0-3", 206, CSV[:4], f"bytes 0-3/{len(CSV)}"),
        ("bytes=10-", 206, CSV[10:], f"bytes 10-{len(CSV) - 1}/{len(CSV)}"),
        ("bytes=-5", 206, CSV[-5:], f"bytes {len(CSV) - 5}-{len(CSV) - 1}/{len(CSV)}"),
        ("bytes=999999-", 416, None, f"bytes */{len(CSV)}"),
        ("bytes=x", 200, CSV, None),
        ("rows=1-2", 200, CSV, None),
        ("bytes=5-2", 200, CSV, None),
    ],
)
def test_a_part_of_a_file_is_handed_over(site, uploaded, asked, status, body, told):
    answer = site.client.get(uploaded(), headers={"Range": asked})
    assert answer.status_code == status
    assert answer.headers.get("content-range") == told
    assert body is None or answer.content == body


def test_a_part_is_whole_when_the_file_is_another_by_now(site, uploaded):
    path = uploaded()
    asked = {"Range": "bytes=0-3"}
    modified = site.client.head(path).headers["last-modified"]
    for condition, status in ((ETAG, 206), (modified, 206), ('"x"', 200), (f"W/{ETAG}", 200)):
        answer = site.client.get(path, headers=asked | {"If-Range": condition})
        assert answer.status_code == status


def test_who_has_the_file_gets_only_word_of_it(site, uploaded):
    path = uploaded()
    modified = site.client.head(path).headers["last-modified"]
    for condition, status in (
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": f'"x", W/{ETAG}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Modified-Since": modified}, 304),
        ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "јуче".encode()}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": modified}, 200),
    ):
        answer = site.client.get(path, headers=condition)
        assert (answer.status_code, answer.content) == (status, CSV if status == 200 else b"")


def test_a_file_goes_out_unpacked_so_that_it_can_be_resumed(site, uploaded):
    path = uploaded("veliki.csv", CSV * 10_000)
    answer = site.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-length"] == str(len(CSV) * 10_000)
    assert site.client.get("/", headers={"Accept-Encoding": "gzip"}).headers["content-encoding"]


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xml", "a.js", "a.xhtml", "a.zip", "a.exe"])
def test_what_a_browser_would_run_is_an_attachment(site, uploaded, name):
    content = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>"
    for given in ({}, {"mimetype": "text/html; charset=utf-8"}, {"mimetype": "x\r\ny: z"}):
        answer = site.client.get(uploaded(name, content, **given))
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")


def test_a_link_is_followed_only_where_it_leads_on(site):
    answer = site.client.get(linked(site, "https://nis.rs/a b.csv?x=1&y=Ниш"))
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://nis.rs/a%20b.csv?x=1&y=%D0%9D%D0%B8%D1%88"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    own = site.client.get(linked(site, "/data/x/files/y.csv?v=2"))
    assert own.headers["location"].endswith("/data/x/files/y.csv?v=2")
    for url in ("", "javascript:alert(1)", "data:text/html,x", "http://[x"):
        assert site.client.get(linked(site, url)).status_code == 404


def test_a_link_that_leads_back_here_leads_nowhere(site, uploaded):
    path = uploaded()
    rid = path.split("/")[4]
    site.catalog.call_action("resource_patch", {"id": rid, "url": "https://nis.rs/a.csv"})
    site.catalog.call_action("resource_patch", {"id": rid, "url": path, "url_type": "upload"})
    assert site.client.get(path).status_code == 404


def test_nothing_there_is_a_page(site, uploaded):
    known = uploaded()
    unknown = "/dataset/javni/resource/00000000-0000-0000-0000-000000000000/download/x.csv"
    other = known.replace(known.split("/")[2], "tajni")
    for path in (
        unknown,
        other,
        known.replace("javni", "nema").replace("/resource/", "/resource/x"),
    ):
        answer = site.client.get(path, headers={"Accept": "*/*"})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_private_file_is_for_members(site, uploaded):
    path = uploaded(package="tajni")
    stranger = site.client.get(path, headers={"Accept": "*/*"})
    assert (stranger.status_code, stranger.headers["content-type"]) == (
        403,
        "text/html; charset=utf-8",
    )
    for header in ("Authorization", "X-CKAN-API-Key"):
        answer = site.client.get(path, headers={header: site.token})
        assert (answer.status_code, answer.content) == (200, CSV)
        assert answer.headers["cache-control"] == "no-cache, private"
        assert "access-control-allow-origin" not in answer.headers


def test_an_address_with_a_language_gives_the_same_file(site, uploaded):
    assert site.client.get("/en" + uploaded()).content == CSV


def test_a_client_that_goes_away_half_way_stops_nothing(site, uploaded):
    path = uploaded("veliki.csv", CSV * 100_000)
    connection = http.client.HTTPConnection(site.client.base_url.host, site.client.base_url.port)
    connection.request("GET", path)
    assert connection.getresponse().read(1000)
    connection.close()
    assert httpx.get(str(site.client.base_url.join(path))).content == CSV * 100_000
