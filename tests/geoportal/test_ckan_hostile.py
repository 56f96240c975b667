"""Bodies and headers that nobody sends by mistake, each over a real socket: never a 500."""

import json
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from publish.catalog.registry import ACTIONS

LARGE = 9_900_000
PERSON = ("package_create", "package_update", "organization_create", "user_create")


@pytest.fixture
def wire(server):
    """Send bytes on a new connection; gives what came back until the server had enough."""
    address = urlsplit(server)

    def send(*pieces, half_close=False):
        with socket.create_connection((address.hostname, address.port), timeout=20) as sock:
            try:
                for piece in pieces:
                    sock.sendall(piece)
                if half_close:
                    sock.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: sock.recv(65536), b""))
            except ConnectionError:
                return b""

    return send


@pytest.fixture
def post(client, admin):
    def post(action, body, kind="application/json"):
        return client.post(
            f"/api/3/action/{action}",
            content=body,
            headers={"Authorization": admin, "Content-Type": kind},
        )

    return post


@pytest.fixture(autouse=True)
def nis(catalog):
    """What there is at the beginning; it must be the same at the end."""
    catalog.call_action("organization_create", {"name": "grad-nis"})
    package = {"name": "vazduh", "owner_org": "grad-nis", "notes": "x"}
    before = catalog.call_action("package_create", package)
    yield before
    assert catalog.call_action("package_show", {"id": "vazduh"}) == before
    assert catalog.call_action("package_list") == ["vazduh"]


def resident_mb():
    status = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


BODIES = {
    "deep lists": b'{"id":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "deep lists that never end": b"[" * 200_000,
    "not quite so deep": b'{"extras":' + b"[" * 900 + b"]" * 900 + b"}",
    "NaN": b'{"id": NaN}',
    "Infinity": b'{"id": -Infinity}',
    "a number too large": b'{"id": 1e400}',
    "a very long number": b'{"id": ' + b"9" * 100_000 + b"}",
    "NUL": b'{"id": "va\\u0000zduh"}',
    "half a surrogate": b'{"id": "\\ud800"}',
    "half a surrogate in a key": b'{"\\udc00": "x"}',
    "raw control characters": b'{"id": "a\nb"}',
    "a key twice": b'{"id": "vazduh", "id": "nema"}',
    "a byte order mark": b'\xef\xbb\xbf{"id": "nema"}',
    "UTF-16": '{"id": "nema"}'.encode("utf-16"),
    "Latin-2": '{"id": "čćž"}'.encode("iso-8859-2"),
    "overlong UTF-8": b'{"id": "\xc0\x80"}',
    "a bare word": b"true",
    "a text": b'"vazduh"',
    "two objects": b'{"id": "a"}{"id": "b"}',
    "null": b"null",
    "an id of each type": b'{"id": {"$ne": null}}',
    "gzip": b"\x1f\x8b\x08\x00\x00",
}
KINDS = (
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "",
    "multipart/form-data",
    "multipart/mixed; boundary=x",
    "json" * 1000,
)


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_request_changes_nothing(post, body):
    for action in ("package_show", "package_patch", "package_update", "package_delete"):
        if body == "a key twice" and action != "package_show":
            continue
        answer = post(action, BODIES[body])
        assert answer.status_code in {400, 404, 409}, (action, answer.text[:200])


def test_the_last_of_two_equal_keys_counts(post):
    assert post("package_show", BODIES["a key twice"]).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_body_calls_itself_it_is_no_fault_of_ours(post, kind):
    for body in (b'{"id": "nema"}', b"id=nema", b"<id>nema</id>", b"\xff\x00", b""):
        assert post("package_show", body, kind).status_code in {400, 404, 409}


def test_a_very_large_object_costs_no_more_than_its_size(post):
    many = json.dumps({f"k{i}": [i] for i in range(450_000)}).encode()
    texts = json.dumps({"id": "vazduh", "x": "y" * LARGE}).encode()
    lists = b'{"id": "nema", "a": [' + b",".join([b"[]"] * 3_000_000) + b"]}"
    before = resident_mb()
    for body in (many, texts, lists[:LARGE], lists):
        assert len(body) < 10_000_000
        assert post("package_show", body).status_code in {200, 400, 404, 409}
    assert resident_mb() - before < 700


@pytest.mark.parametrize(
    "fields",
    [
        {"tags": [{"name": f"t{i}"} for i in range(20_000)]},
        {"extras": [{"key": f"k{i}", "value": "v"} for i in range(20_000)]},
        {"resources": [{"url": "x"}] * 20_000},
        {"groups": [{"name": "x"}] * 20_000},
        {"notes": "\u202e" * 10_000, "title": "\x1b[31m" * 1000, "tags": 7},
        {"title": {"a": []}, "owner_org": ["grad-nis"], "private": {}},
        {"id": "vazduh' OR 1=1 --", "name": "'; DROP TABLE package; --"},
        {"resources": {"a": 1}, "extras": "x", "groups": 1, "tags": None},
        {"resources": [None, 1, "x", []]},
        {"resources": [{"size": 1e300, "url": "x", "id": 7}]},
        {"metadata_modified": "9999-99-99", "version": "v" * 1000},
    ],
)
@pytest.mark.parametrize("action", PERSON)
def test_things_of_a_wrong_shape_are_refused_whole(post, action, fields):
    body = json.dumps({"name": "A", "email": 7, **fields}).encode()
    answer = post(action, body)
    assert answer.status_code in {400, 404, 409}, answer.text[:300]


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "(" * 5000,
        "q=%00",
        "q=%ff%fe",
        "q=" + "a+OR+" * 2000 + "b",
        "fq=" + "%2B" * 5000,
        "rows=99999999999999999999&start=99999999999999999999",
        "facet.field=" + "[" * 5000,
        "facet.field=%5B%5B%22a%22%5D%5D&sort=name+asc%3B+drop+table",
        "&" * 10_000,
        "&".join(f"k{i}=v" for i in range(3000)),
        "callback=" + "x" * 10_000,
        "q[]=1&q[$ne]=2",
    ],
)
def test_a_query_string_is_no_fault_of_ours(client, query):
    assert client.get(f"/api/3/action/package_search?{query}").status_code in {200, 400, 409}


HEAD = b"POST /api/3/action/package_show HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
JSON = b"Content-Type: application/json\r\n"
WIRE = {
    "chunks of garbage": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk that is shorter": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and chunks": HEAD
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n{}",
    "a length of words": HEAD + b"Content-Length: two\r\n\r\n{}",
    "no protocol": b"GET /api/3/action/site_read\r\n\r\n",
    "noise": bytes(range(256)) * 20,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    "a header without an end": HEAD + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n",
    "very many headers": HEAD + b"X-A: b\r\n" * 50_000 + b"\r\n",
    "a token of a megabyte": HEAD + b"Authorization: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "bytes in a header": HEAD + b"Authorization: \xff\xfe\x80\r\n\r\n",
    "a very long path": b"GET /api/3/action/" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the path": b"GET /api/3/action/a%00b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "half a character in the path": b"GET /api/3/action/%ff%fe HTTP/1.1\r\nHost: x\r\n"
    b"Connection: close\r\n\r\n",
}


@pytest.mark.parametrize("request_of", WIRE)
def test_what_is_no_http_is_refused_and_the_server_lives(wire, client, request_of):
    answer = wire(WIRE[request_of], half_close=True)
    assert not answer or answer.split(b" ")[1][:1] in {b"2", b"4"}, answer
    assert client.get("/api/3/action/site_read").json()["result"] is True


def test_a_body_cut_in_the_middle_changes_nothing(wire, admin):
    body = b'{"id": "vazduh", "notes": "half'
    head = (
        b"POST /api/3/action/package_patch HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: " + admin.encode() + b"\r\nContent-Length: 500\r\n" + JSON + b"\r\n"
    )
    assert b" 200 " not in wire(head, body, half_close=True)


def test_a_body_without_an_end_is_cut_off(wire):
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    before = resident_mb()
    answer = wire(head, *([piece] * 400))
    assert not answer or answer.startswith(b"HTTP/1.1 413")
    assert resident_mb() - before < 200


def test_no_action_fails_on_what_is_never_right(post):
    """Every action, with arguments of wrong types under the names that most of them take."""
    wrong = (
        {},
        {"id": None},
        {"id": {"a": [1]}},
        {"id": [], "name": 7, "q": {}, "limit": "x", "offset": -1},
        {"id": "\0", "name": "\0", "q": "\0", "resource_id": "\0", "user": "\0"},
        {"id": "x" * 5000, "resource_id": "x" * 5000, "object": "x", "object_type": 7},
        {"data": 7, "records": 7, "fields": "x", "datasets": 7, "users": {}, "sql": {}},
    )
    failed = [
        (name, body, answer.status_code)
        for name in sorted(ACTIONS)
        for body in wrong
        if (answer := post(name, json.dumps(body).encode())).status_code >= 500
    ]
    assert failed == []
