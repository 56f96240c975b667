"""Files: asked for only when they changed, gone on with when they broke off, never left half."""

import pytest

from datasets import config
from datasets.errors import HarvestError
from datasets.record import Known
from harvesters.fetching.http import Http
from tests.upstream import Fault, Reply

BODY = b"".join(b"%06d,Sabac\n" % n for n in range(20_000))
STRONG = {"ETag": '"v1"', "Accept-Ranges": "bytes"}
DATE = "Mon, 02 Nov 2026 10:00:00 GMT"


def known(url, etag="", last_modified=""):
    return Known("f", url, etag=etag, last_modified=last_modified)


def fault(http, url, into):
    with pytest.raises(HarvestError) as caught:
        http.fetch(url, into)
    assert list(into.iterdir()) == []
    return caught.value


@pytest.mark.parametrize(
    ("headers", "etag", "date"),
    [({"ETag": '"v1"'}, '"v1"', ""), ({"Last-Modified": DATE}, "", DATE),
     ({"ETag": 'W/"v1"', "Last-Modified": DATE}, 'W/"v1"', DATE)],
)  # fmt: skip
def test_a_file_that_is_known_and_the_same_is_not_sent(
    upstream, http, tmp_path, headers, etag, date
):
    url = f"{upstream.url}/f.csv"
    upstream.answers["/f.csv"] = Reply(b"a\n", headers=headers)
    first = http.fetch(url, tmp_path)
    assert (first.etag, first.last_modified) == (etag, date)
    before = sorted(tmp_path.rglob("*"))
    assert http.fetch(url, tmp_path, known=known(url, etag, date)) is None
    assert sorted(tmp_path.rglob("*")) == before
    upstream.answers["/f.csv"] = Reply(b"b\n", headers={"ETag": '"v2"'})
    changed = http.fetch(url, tmp_path, known=known(url, etag, date))
    assert changed.path.read_bytes() == b"b\n"


def test_an_etag_is_not_asked_for_at_another_address(upstream, http, tmp_path):
    """A later upload behind a redirect may be older than the file that was known."""
    upstream.answers["/latest"] = Reply(status=302, headers={"Location": "/2.csv"})
    upstream.answers["/2.csv"] = Reply(b"2", headers={"Last-Modified": DATE})
    before = known(f"{upstream.url}/1.csv", last_modified=DATE)
    assert http.fetch(f"{upstream.url}/latest", tmp_path, known=before).path.read_bytes() == b"2"
    assert "if-modified-since" not in upstream.asked[1].headers
    same = known(f"{upstream.url}/2.csv", last_modified=DATE)
    assert http.fetch(f"{upstream.url}/latest", tmp_path, known=same) is None


def test_a_304_that_nobody_asked_for_is_no_file(upstream, http, tmp_path):
    upstream.answers["/f"] = Reply(status=304)
    assert fault(http, f"{upstream.url}/f", tmp_path).fault == "status"


@pytest.mark.parametrize("times", [1, 3])
def test_a_file_that_broke_off_is_gone_on_with(upstream, http, tmp_path, times):
    upstream.answers["/f.csv"] = Reply(BODY, headers=STRONG)
    upstream.faults.append(Fault("truncated", times=times))
    fetched = http.fetch(f"{upstream.url}/f.csv", tmp_path)
    assert fetched.path.read_bytes() == BODY
    assert fetched.size_bytes == len(BODY)
    ranges = [asked.headers.get("range", "") for asked in upstream.asked]
    assert ranges[:2] == ["", f"bytes={len(BODY) // 2}-"]
    assert len(ranges) == times + 1
    assert upstream.asked[-1].headers["if-range"] == '"v1"'


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}, {"ETag": '"v1"'}])
def test_a_server_that_cannot_go_on_sends_all_again(upstream, http, tmp_path, headers):
    upstream.answers["/f.csv"] = Reply(BODY, headers=headers)
    upstream.faults.append(Fault("truncated", times=2))
    assert http.fetch(f"{upstream.url}/f.csv", tmp_path).path.read_bytes() == BODY


def test_a_file_that_changed_meanwhile_comes_anew(upstream, http, tmp_path):
    other = BODY[::-1]
    versions = iter([Reply(BODY, headers=STRONG)])
    upstream.answers["/f.csv"] = lambda _: next(
        versions, Reply(other, headers=STRONG | {"ETag": '"v2"'})
    )
    upstream.faults.append(Fault("truncated"))
    fetched = http.fetch(f"{upstream.url}/f.csv", tmp_path)
    assert (fetched.path.read_bytes(), fetched.etag) == (other, '"v2"')
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["f.csv"]


@pytest.mark.parametrize(
    "rest",
    [
        Reply(b"x" * 9, 206, headers={"Content-Range": "bytes 3-11/12", "ETag": '"v1"'}),
        Reply(b"x" * 9, 206, headers={"Content-Range": "rubbish"}),
        Reply(b"x" * 9, 206),
        Reply(BODY[len(BODY) // 2 :], 206, headers={
            "Content-Range": f"bytes {len(BODY) // 2}-{len(BODY) - 1}/{len(BODY)}",
            "ETag": '"v2"'}),
        Reply(b"short", 206, headers={
            "Content-Range": f"bytes {len(BODY) // 2}-{len(BODY) - 1}/{len(BODY)}"}),
        Reply(b"", 416),
    ],
)  # fmt: skip
def test_a_rest_that_does_not_fit_is_not_glued_on(upstream, http, tmp_path, rest):
    upstream.answers["/f.csv"] = lambda asked: (
        rest if "range" in asked.headers else Reply(BODY, headers=STRONG)
    )
    upstream.faults.append(Fault("truncated"))
    assert http.fetch(f"{upstream.url}/f.csv", tmp_path).path.read_bytes() == BODY
    assert ["range" in asked.headers for asked in upstream.asked] == [False, True, False]


def test_a_file_that_always_breaks_off_leaves_nothing(upstream, http, tmp_path):
    upstream.answers["/f.csv"] = Reply(BODY, headers=STRONG)
    upstream.faults.append(Fault("truncated", times=99))
    error = fault(http, f"{upstream.url}/f.csv", tmp_path)
    assert (error.fault, error.transient, len(upstream.asked)) == ("broken-off", True, 4)


def test_the_rest_of_a_file_counts_to_its_size(upstream, tmp_path):
    upstream.answers["/f.csv"] = lambda asked: (
        Reply(BODY, 206, headers={"Content-Range": f"bytes {len(BODY) // 2}-9/*"})
        if "range" in asked.headers
        else Reply(BODY, headers=STRONG)
    )
    upstream.faults.append(Fault("truncated"))
    http = Http(config.Http(allow_private=("127.0.0.1",), max_bytes=len(BODY)))
    assert fault(http, f"{upstream.url}/f.csv", tmp_path).fault == "too-large"


def test_half_that_looks_whole_is_taken_for_whole(upstream, http, tmp_path):
    """HTTP cannot tell; rows are counted against the last version before it is published."""
    upstream.answers["/f.csv"] = Reply(BODY)
    upstream.faults.append(Fault("wrong-length"))
    assert http.fetch(f"{upstream.url}/f.csv", tmp_path).size_bytes == len(BODY) // 2


def test_a_slow_sender_leaves_nothing(upstream, tmp_path):
    upstream.answers["/f.csv"] = Reply(BODY, headers=STRONG)
    upstream.faults.append(Fault("drip"))
    http = Http(config.Http(allow_private=("127.0.0.1",), deadline_s=0.3))
    assert fault(http, f"{upstream.url}/f.csv", tmp_path).fault == "timeout"
