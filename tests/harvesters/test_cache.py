"""Answers that are kept: the server says that nothing changed, and nobody notices."""

import os

import pytest

from harvesters.fetching.ask import Ask
from harvesters.fetching.cache import Cache
from harvesters.fetching.reply import Reply as Document
from tests.upstream import Fault, Reply

DATE = "Mon, 02 Nov 2026 10:00:00 GMT"
PAGE = b'{"data": [1, 2, 3]}'


@pytest.fixture
def bound(upstream, http, tmp_path):
    return http.bound(upstream.url, cache=tmp_path / "kept")


@pytest.fixture
def page(upstream):
    upstream.answers["/api"] = Reply(PAGE, headers={"ETag": '"v1"', "X-Total": "3"})
    return f"{upstream.url}/api"


def sent(upstream):
    """What of our conditions reached the server, request by request."""
    return [asked.headers.get("if-none-match", "") for asked in upstream.asked]


def test_an_answer_is_sent_once(upstream, bound, page):
    first, second, third = (bound.get(page) for _ in range(3))
    assert sent(upstream) == ["", '"v1"', '"v1"']
    assert [reply.unchanged for reply in (first, second, third)] == [False, True, True]
    assert first.json() == second.json() == third.json() == {"data": [1, 2, 3]}
    assert (second.status, second.url, second.headers["x-total"]) == (200, page, "3")


def test_asking_for_news_keeps_the_connection(upstream, bound, page):
    made = []
    connect = bound._guard.connect_tcp
    bound._guard.connect_tcp = lambda *words, **keywords: (
        made.append(words) or connect(*words, **keywords)
    )
    for _ in range(4):
        bound.get(page)
    assert (len(made), len(upstream.asked)) == (1, 4)


def test_a_date_does_as_well_as_an_etag(upstream, bound):
    upstream.answers["/api"] = Reply(PAGE, headers={"Last-Modified": DATE})
    bound.get(f"{upstream.url}/api")
    assert bound.get(f"{upstream.url}/api").unchanged
    assert upstream.asked[1].headers["if-modified-since"] == DATE


def test_it_is_kept_for_the_next_client_of_the_source(upstream, http, tmp_path, bound, page):
    bound.get(page)
    assert http.bound(upstream.url, cache=tmp_path / "kept").get(page).unchanged
    assert not http.bound(upstream.url, cache=tmp_path / "other").get(page).unchanged


def test_what_changed_is_sent_and_kept(upstream, bound, page):
    bound.get(page)
    upstream.answers["/api"] = Reply(b"[]", headers={"ETag": '"v2"'})
    assert bound.get(page).json() == []
    assert bound.get(page).json() == []
    assert sent(upstream) == ["", '"v1"', '"v2"']


def test_another_question_is_another_answer(upstream, http, tmp_path, bound, page):
    bound.get(page)
    assert not bound.get(page, params={"page": 2}).unchanged
    assert not bound.get(page, accept="text/turtle").unchanged
    assert not bound.get(page, headers={"X-Fields": "id"}).unchanged
    secret = {"Authorization": "s3cret"}
    other = http.bound(upstream.url, cache=tmp_path / "kept", secrets=secret)
    assert not other.get(page).unchanged
    assert other.get(page).unchanged
    names = "".join(path.name for path in (tmp_path / "kept").iterdir())
    assert "s3cret" not in names


@pytest.mark.parametrize(
    "headers",
    [{}, {"ETag": '"1"', "Cache-Control": "private, No-Store"}, {"ETag": '"1"', "Vary": "*"}],
)
def test_what_must_not_be_kept_is_not(upstream, bound, headers, tmp_path):
    upstream.answers["/api"] = Reply(PAGE, headers=headers)
    bound.get(f"{upstream.url}/api")
    bound.get(f"{upstream.url}/api")
    assert sent(upstream) == ["", ""]
    assert not (tmp_path / "kept").exists()


def test_a_posted_question_is_always_asked(upstream, bound, page):
    for _ in range(2):
        upstream.answers["/api"] = lambda _: Reply(PAGE, headers={"ETag": '"v1"'})
        assert not bound.post(page, media_type="text/plain").unchanged


def test_a_fault_is_not_kept(upstream, bound, page):
    upstream.faults.append(Fault("status-500", times=2))
    bound.get(page)
    upstream.faults.append(Fault("html", times=1))
    assert bound.get(page).body != PAGE  # it has no ETag, so it is not kept either
    assert bound.get(page).unchanged
    assert bound.get(page).json() == {"data": [1, 2, 3]}


def test_a_condition_belongs_to_the_address_that_answered(upstream, bound):
    """Behind a redirect to each day's export, yesterday's ETag says nothing."""
    upstream.answers["/latest"] = Reply(status=302, headers={"Location": "/1"})
    upstream.answers |= {
        "/1": Reply(b"[1]", headers={"ETag": '"same"'}),
        "/2": Reply(b"[2]", headers={"ETag": '"same"'}),
    }
    assert bound.get(f"{upstream.url}/latest").json() == [1]
    assert bound.get(f"{upstream.url}/latest").unchanged
    upstream.answers["/latest"] = Reply(status=302, headers={"Location": "/2"})
    assert bound.get(f"{upstream.url}/latest").json() == [2]


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"rubbish", b"cut", b"flip"])
def test_a_damaged_answer_is_asked_for_again(upstream, bound, page, tmp_path, damage):
    bound.get(page)
    [file] = (tmp_path / "kept").iterdir()
    whole = file.read_bytes()
    file.write_bytes({b"cut": whole[:-5], b"flip": whole[:-9] + b"\0" * 9}.get(damage, damage))
    assert bound.get(page).json() == {"data": [1, 2, 3]}
    assert bound.get(page).unchanged


def test_what_a_gather_did_not_use_goes(upstream, bound, page, tmp_path):
    upstream.answers["/gone"] = Reply(PAGE, headers={"ETag": '"v1"'})
    bound.get(f"{upstream.url}/gone")
    bound.get(page)
    for file in (tmp_path / "kept").iterdir():
        os.utime(file, (1000, 1000))
    bound.get(page)
    bound.sweep(since=2000)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert bound.get(page).unchanged
    assert not bound.get(f"{upstream.url}/gone").unchanged


def test_a_client_without_a_folder_sweeps_nothing(http):
    http.sweep(since=10**12)


def document(n, size):
    return Document(200, f"http://a.rs/{n}", {"etag": '"1"'}, os.urandom(size))


def test_a_full_folder_keeps_what_it_has(tmp_path):
    cache = Cache(tmp_path, max_bytes=10_000)
    asks = [Ask("GET", f"http://a.rs/{n}") for n in range(20)]
    for n, ask in enumerate(asks):
        cache.keep(document(n, 1000), ask, {})
    kept = [cache.find(ask, {}) is not None for ask in asks]
    assert kept == sorted(kept, reverse=True)
    assert 7 <= sum(kept) <= 9
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10_000
    cache.sweep(since=10**12)
    cache.keep(document(0, 1000), asks[-1], {})
    assert cache.find(asks[-1], {})


def test_documents_are_kept_packed(tmp_path):
    cache, ask = Cache(tmp_path), Ask("GET", "http://a.rs/")
    cache.keep(Document(200, "http://a.rs/", {"etag": '"1"'}, b"Sabac " * 10_000), ask, {})
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2_000
    assert cache.find(ask, {}).reply().body == b"Sabac " * 10_000


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path):
    (tmp_path / "file").touch()
    cache, ask = Cache(tmp_path / "file"), Ask("GET", "http://a.rs/")
    cache.keep(document(0, 10), ask, {})
    assert cache.find(ask, {}) is None
