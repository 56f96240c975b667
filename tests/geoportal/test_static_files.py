"""Scripts and styles of the site: addresses with a version, packed bytes, caches."""

import gzip

import brotli
import pytest

from geoportal.versions import STATIC, version, versioned

SITE_CSS = (STATIC / "css" / "site.css").read_bytes()


def test_a_page_names_scripts_and_styles_with_their_version(client):
    page = client.get("/map").text
    assert f'"/static/{version()}/css/site.css"' in page
    assert f'"/static/{version()}/js/map/app.mjs"' in page
    assert '"/static/css/' not in page
    assert '"/static/js/' not in page


def test_the_service_worker_keeps_the_same_addresses_as_pages_ask_for(client):
    worker = client.get("/service-worker.js").text
    assert f'"/static/{version()}/css/site.css"' in worker
    assert '"/static/css/' not in worker


def test_words_that_look_like_an_address_keep_as_they_are():
    assert versioned("see /static/css/site.css") == "see /static/css/site.css"


@pytest.mark.parametrize(
    ("folder", "kept"),
    [(version(), "immutable"), ("v0000000000", "max-age=0"), ("", "max-age=0")],
)
def test_only_the_version_of_now_may_be_kept_for_ever(client, folder, kept):
    answer = client.get(f"/static/{folder}/css/site.css".replace("//", "/"))
    assert answer.content == SITE_CSS
    assert kept in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("coding", "unpacked"), [("br", brotli.decompress), ("gzip", gzip.decompress)]
)
def test_a_file_comes_packed_as_the_browser_takes_it(client, coding, unpacked):
    asked = {"Accept-Encoding": coding}
    with client.stream("GET", "/static/css/site.css", headers=asked) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == coding
    assert unpacked(packed) == SITE_CSS


def test_a_browser_that_has_a_file_gets_nothing_again(client):
    tag = client.get("/static/css/site.css", headers={"Accept-Encoding": "br"}).headers["etag"]
    assert tag.startswith("W/")
    again = client.get("/static/css/site.css", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_part_of_a_file_comes_as_it_lies(client):
    asked = {"Range": "bytes=0-9", "Accept-Encoding": "br"}
    answer = client.get("/static/css/site.css", headers=asked)
    assert (answer.status_code, answer.content) == (206, SITE_CSS[:10])


@pytest.mark.parametrize("path", [f"/static/{version()}", "/static/v0/css/site.css", "/static/no"])
def test_what_is_no_file_is_not_found(client, path):
    assert client.get(path).status_code == 404
