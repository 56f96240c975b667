"""Documents: got, asked for by POST, refused with the fault that says what happened."""

import json
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import config
from datasets.errors import BlockedAddress, HarvestError
from harvesters.fetching import guard
from harvesters.fetching.http import MAX_ANSWER_BYTES, Http
from harvesters.fetching.reply import Reply, is_page
from tests.upstream import Fault
from tests.upstream import Reply as Sent


def fault(call, *words, **keywords):
    with pytest.raises(HarvestError) as caught:
        call(*words, **keywords)
    return caught.value


def test_a_document_comes_with_what_its_server_says(upstream, http):
    upstream.answers["/api"] = Sent(b'{"a": 1}', type="Application/JSON; charset=utf-8")
    reply = http.get(f"{upstream.url}/api", accept="application/json", headers={"X-Fields": "a"})
    assert (reply.status, reply.url, reply.json()) == (200, f"{upstream.url}/api", {"a": 1})
    assert reply.content_type == "application/json"
    [asked] = upstream.asked
    assert (asked.headers["accept"], asked.headers["x-fields"]) == ("application/json", "a")
    assert asked.headers["accept-encoding"] == "identity"


def test_parameters_are_added_to_the_query_that_is_there(upstream, http):
    upstream.answers["/api"] = {}
    http.get(f"{upstream.url}/api?map=/a b.map", params={"q": "Шабац & co", "page": 2})
    assert upstream.asked[0].query == {"map": "/a b.map", "q": "Шабац & co", "page": "2"}


def test_an_address_without_parameters_is_sent_as_it_is(upstream, http):
    upstream.answers["/api"] = {}
    sent = []
    upstream.answers["/api"] = lambda asked: sent.append(asked.query) or {}
    http.get(f"{upstream.url}/api?token=a%2Fb+c&empty=")
    assert sent == [{"token": "a/b c", "empty": ""}]


def test_a_question_may_be_posted(upstream, http):
    upstream.answers["/csw"] = lambda asked: {"got": asked.body.decode()}
    reply = http.post(f"{upstream.url}/csw", content=b"<GetRecords/>", media_type="text/xml")
    assert reply.json() == {"got": "<GetRecords/>"}
    assert upstream.asked[0].headers["content-type"] == "text/xml"


@pytest.mark.parametrize("status", [307, 308])
def test_a_posted_question_follows_what_keeps_it_a_question(upstream, http, status):
    upstream.answers["/old"] = Sent(status=status, headers={"Location": "/new"})
    upstream.answers["/new"] = lambda asked: {"got": f"{asked.method} {asked.body.decode()}"}
    reply = http.post(f"{upstream.url}/old", content=b"q", media_type="text/plain")
    assert reply.json() == {"got": "POST q"}


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_posted_question_does_not_become_another(upstream, http, status):
    upstream.answers["/old"] = Sent(status=status, headers={"Location": "/new"})
    error = fault(http.post, f"{upstream.url}/old", content=b"q", media_type="text/plain")
    assert (error.fault, len(upstream.asked)) == ("redirects", 1)


@pytest.mark.parametrize(
    ("status", "key"),
    [
        (400, "status"), (401, "key-wanted"), (403, "forbidden"), (404, "gone"),
        (407, "key-wanted"), (410, "removed"), (418, "status"), (451, "forbidden"),
        (498, "key-wanted"), (499, "key-wanted"), (206, "status"), (304, "status"),
        (302, "status"),
    ],
)  # fmt: skip
def test_a_status_that_lasts_is_told_at_once(upstream, http, status, key):
    upstream.answers["/api"] = Sent(b"", status)
    error = fault(http.get, f"{upstream.url}/api?token=s3cret")
    assert (error.fault, error.transient) == (key, False)
    assert error.values["address"] == f"{upstream.url}/api"
    assert error.values["status"] == str(status)
    assert str(error).startswith(f"{upstream.url}/api: the server answered {status}: ")
    assert len(upstream.asked) == 1


@pytest.mark.parametrize(
    ("status", "key"),
    [(429, "busy"), (503, "busy"), (500, "server-error"), (502, "server-error"),
     (504, "server-error"), (599, "server-error")],
)  # fmt: skip
def test_a_status_that_passes_is_tried_again(upstream, http, status, key):
    upstream.answers["/api"] = {"a": 1}
    upstream.faults.append(Fault(f"status-{status}", times=3))
    assert http.get(f"{upstream.url}/api").json() == {"a": 1}
    assert len(upstream.asked) == 4
    upstream.faults.append(Fault(f"status-{status}", times=9))
    error = fault(http.get, f"{upstream.url}/api")
    assert (error.fault, error.transient, len(upstream.asked)) == (key, True, 8)


@pytest.mark.parametrize("kind", ["truncated", "reset"])
def test_what_breaks_off_is_asked_again(upstream, http, kind):
    upstream.answers["/api"] = {"a": 1}
    upstream.faults.append(Fault(kind, times=3))
    assert http.get(f"{upstream.url}/api").json() == {"a": 1}
    upstream.faults.append(Fault(kind, times=9))
    error = fault(http.get, f"{upstream.url}/api")
    assert (error.fault, error.transient) == ("broken-off", True)


def test_a_posted_question_is_asked_again_too(upstream, http):
    upstream.answers["/csw"] = lambda asked: {"got": asked.body.decode()}
    upstream.faults.append(Fault("status-502", times=2))
    reply = http.post(f"{upstream.url}/csw", content=b"q", media_type="text/plain")
    assert reply.json() == {"got": "q"}


def test_the_number_of_tries_is_a_setting(upstream):
    upstream.faults.append(Fault("status-500", times=9))
    once = Http(config.Http(allow_private=("127.0.0.1",), attempts=1))
    assert fault(once.get, f"{upstream.url}/api").fault == "server-error"
    assert len(upstream.asked) == 1


def test_a_redirect_loop_is_told(upstream, http):
    upstream.faults.append(Fault("redirect", to="/again", times=99))
    assert fault(http.get, f"{upstream.url}/api").fault == "redirects"
    assert len(upstream.asked) == 6


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest/meta-data", "http://localhost:22/", "file:///etc/passwd"]
)
def test_a_redirect_into_a_network_is_blocked_and_not_tried_again(upstream, http, to):
    upstream.faults.append(Fault("redirect", to=to, times=99))
    error = fault(http.get, f"{upstream.url}/api")
    assert (type(error), error.fault, len(upstream.asked)) == (BlockedAddress, "blocked", 1)


def test_a_name_that_changes_its_address_is_checked_each_time(upstream, monkeypatch):
    """The first connection is to a public address; the next answer of the name server is not."""
    answers = iter(["127.0.0.1", "10.0.0.5"])
    port = int(upstream.url.rpartition(":")[2])
    monkeypatch.setattr(guard, "PORTS", (port,))
    monkeypatch.setattr(guard, "public", lambda address: address == "127.0.0.1")
    upstream.answers["/api"] = {}
    http = Http(config.Http(), resolve=lambda _, port, **__: [(0, 0, 0, "", (next(answers), port))])
    http.get(f"http://rebind.test:{port}/api")
    http.get(f"http://rebind.test:{port}/api")  # the connection is kept, and nobody is asked
    http.close()
    assert fault(http.get, f"http://rebind.test:{port}/api").fault == "blocked"


def test_no_name_server_is_a_fault_that_passes_and_no_such_name_one_that_lasts():
    def answers(number):
        def resolve(*_, **__):
            raise socket.gaierror(number, "no")

        return Http(config.Http(), resolve=resolve)

    down = fault(answers(socket.EAI_AGAIN).get, "http://a.rs/")
    none = fault(answers(socket.EAI_NONAME).get, "http://a.rs/")
    assert (down.fault, none.fault) == ("unreachable", "host-unknown")


def test_a_host_that_does_not_answer_is_asked_once_from_then_on():
    asked = []

    def resolve(host, *_, **__):
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "no")

    http = Http(config.Http(), resolve=resolve)
    for _ in range(3):
        assert fault(http.get, "http://a.rs/").fault == "unreachable"
    assert len(asked) == 4 + 1 + 1


def test_a_slow_sender_ends_with_the_time_for_all(upstream):
    upstream.answers["/api"] = {"long": "x" * 10_000}
    upstream.faults.append(Fault("drip", times=9))
    http = Http(config.Http(allow_private=("127.0.0.1",), deadline_s=0.3))
    error = fault(http.get, f"{upstream.url}/api")
    assert (error.fault, error.transient, len(upstream.asked)) == ("timeout", True, 1)


def test_too_long_a_document_is_refused_before_it_is_read(upstream, http):
    upstream.answers["/api"] = {"long": "x" * 10_000}
    error = fault(http.get, f"{upstream.url}/api", max_bytes=1000)
    assert (error.fault, error.values["limit"]) == ("too-large", "1000")
    assert MAX_ANSWER_BYTES == 50_000_000


def test_a_document_that_was_compressed_unasked_is_refused(upstream, http):
    upstream.answers["/api"] = Sent(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert fault(http.get, f"{upstream.url}/api").fault == "compressed"


@pytest.mark.parametrize("url", ["http://[::1", "http://a.rs:x/", "http://a.rs:99999/"])
def test_what_is_no_address_is_told(http, url):
    assert fault(http.get, url).fault == "address-wrong"


def test_a_page_in_place_of_json_is_told(upstream, http):
    upstream.answers["/api"] = {"a": 1}
    upstream.faults.append(Fault("html"))
    error = fault(http.get(f"{upstream.url}/api").json)
    assert (error.fault, error.values["address"]) == ("page-instead", f"{upstream.url}/api")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<xml/>", b"[" * 200_000, b"9" * 5000, b"\xff\xfe\xff", b"nope"]
)
def test_what_is_not_json_is_told(body):
    assert fault(Reply(200, "http://a.rs/", {}, body).json).fault == "not-json"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"a": "Шабац"}'.encode(), ""),
        ('{"a": "Шабац"}'.encode("utf-8-sig"), "text/html"),
        ('{"a": "Шабац"}'.encode("utf-16"), ""),
        ('{"a": "Шабац"}'.encode("windows-1251"), "application/json; charset=windows-1251"),
        ('{"a": "Шабац"}'.encode(), "application/json; charset=no-such"),
        ('{"a": "Шабац\\u0000\\ud800"}'.encode(), "application/json; charset=base64"),
    ],
)
def test_json_is_read_in_whatever_encoding_it_is(body, content_type):
    assert Reply(200, "", {"content-type": content_type}, body).json() == {"a": "Шабац"}


def test_numbers_that_are_none_are_none():
    assert Reply(200, "", {}, b"[NaN, -Infinity, 1e400, 1.5]").json() == [None, None, None, 1.5]


@given(st.binary(max_size=60))
def test_no_body_breaks_the_reader(body):
    reply = Reply(200, "http://a.rs/", {"content-type": "text/csv; charset=utf-7"}, body)
    reply.text().encode(errors="surrogatepass")
    try:
        json.dumps(reply.json(), ensure_ascii=False).encode()
    except HarvestError as error:
        assert error.fault in ("not-json", "page-instead")


def test_text_is_in_the_encoding_that_is_said():
    def said(body, content_type):
        return Reply(200, "", {"content-type": content_type}, body).text()

    assert said("ж".encode("windows-1251"), 'text/csv; charset="Windows-1251"') == "ж"
    assert said("\ufeffж".encode(), "text/csv; charset=UTF-8") == "ж"
    assert said(b"\xff", "text/csv") == "\ufffd"


@pytest.mark.parametrize(
    ("start", "page"),
    [(b"<!DOCTYPE html>", True), (b"\xef\xbb\xbf \n<HTML>", True), (b"<!-- x --><html>", True),
     (b"<?xml version='1.0'?><html>", True), (b"<?xml version='1.0'?><rdf:RDF>", False),
     (b"<htmlx", True), (b"a,b\n<html>", False), (b"", False)],
)  # fmt: skip
def test_a_page_is_known_by_its_start(start, page):
    assert is_page(start) is page


def test_connections_are_kept_between_requests(upstream, http):
    upstream.answers["/api"] = {}
    made = []
    connect = http._guard.connect_tcp
    http._guard.connect_tcp = lambda *words, **keywords: (
        made.append(words) or connect(*words, **keywords)
    )
    for _ in range(5):
        http.get(f"{upstream.url}/api")
    assert (len(made), len(upstream.asked)) == (1, 5)


def test_cookies_do_not_outlive_a_request(upstream, http):
    upstream.answers["/api"] = Sent(b"{}", headers={"Set-Cookie": "s=7"})
    http.get(f"{upstream.url}/api")
    http.get(f"{upstream.url}/api")
    assert "cookie" not in upstream.asked[1].headers


def test_threads_share_a_client(upstream, http):
    upstream.answers |= {f"/{n}": {"n": n} for n in range(12)}
    came = {}

    def ask(n):
        came[n] = http.get(f"{upstream.url}/{n}").json()["n"]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert came == {n: n for n in range(12)}
    assert upstream.at_once <= 2


def test_a_server_that_closed_a_kept_connection_is_connected_to_anew(upstream, http):
    upstream.answers["/api"] = Sent(b"{}", headers={"Connection": "close"})
    for _ in range(3):
        assert http.get(f"{upstream.url}/api").json() == {}
