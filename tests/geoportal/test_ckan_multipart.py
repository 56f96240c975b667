"""Files that come with a call: streamed to the state folder, capped, gone when the call ends."""

import hashlib
import socket
from urllib.parse import urlsplit

import pytest

from datasets.config import Catalog, Config
from geoportal.ckan import multipart
from publish.catalog.registry import ACTIONS, Action

BOUNDARY = "xYz"
HEAD = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture(autouse=True)
def probe(monkeypatch):
    """An action that tells what it was given."""

    def do(call, given):
        files = {
            name: {
                "filename": each.filename,
                "size_bytes": each.size_bytes,
                "media_type": each.media_type,
                "sha256": hashlib.sha256(each.path.read_bytes()).hexdigest(),
            }
            for name, each in call.files.items()
        }
        return {"given": dict(given), "files": files}

    monkeypatch.setitem(ACTIONS, "probe", Action("probe", do, writes=True, takes=None))


@pytest.fixture
def staging(site):
    return site[1].store.staging


@pytest.fixture
def send(client, admin, staging):
    """Send a body to the action as a sysadmin; nothing of it stays on the disk."""

    def send(body=None, headers=HEAD, **keywords):
        answer = client.post(
            "/api/3/action/probe",
            content=body,
            headers={"Authorization": admin, **headers},
            **keywords,
        )
        assert list(staging.iterdir()) == []
        return answer

    return send


def part(disposition, content=b"x", more=b""):
    if isinstance(disposition, str):
        disposition = disposition.encode()
    head = b"Content-Disposition: form-data; " + disposition + b"\r\n" + more
    return f"--{BOUNDARY}\r\n".encode() + head + b"\r\n" + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def test_a_file_and_texts_arrive(send):
    content = bytes(range(256)) * 4000
    answer = send(
        headers={},
        data={"package_id": "vazduh", "name": "Подаци", "tag": ["a", "b"]},
        files={"upload": ("podaci šabac.csv", content, "text/csv")},
    )
    assert answer.json()["result"] == {
        "given": {"package_id": "vazduh", "name": "Подаци", "tag": ["a", "b"]},
        "files": {
            "upload": {
                "filename": "podaci šabac.csv",
                "size_bytes": len(content),
                "media_type": "text/csv",
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        },
    }


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ("name=upload; filename*=utf-8''podaci%20%C5%A1abac.csv", "podaci šabac.csv"),
        ('name="upload"; filename="a \\"b\\".csv"', 'a "b".csv'),
        ('filename="подаци.csv"; name="upload"', "подаци.csv"),
    ],
    ids=["as older clients write it", "with quotes", "in Cyrillic"],
)
def test_the_name_of_a_file_is_read_as_clients_write_it(send, disposition, filename):
    answer = send(part(disposition) + END)
    assert answer.json()["result"]["files"]["upload"]["filename"] == filename


def test_a_field_of_files_where_nobody_chose_one_is_no_file(send):
    answer = send(part('name="upload"; filename=""', b"") + part('name="id"', b"7") + END)
    assert answer.json()["result"] == {"given": {"id": "7"}, "files": {}}


FILE = 'name="upload"; filename="a.csv"'
FORMS = {
    "cut in the text": part('name="id"')[:-3],
    "cut in the file": part(FILE, b"a,b\n" * 50_000)[:-60_000],
    "cut before the last boundary": part(FILE),
    "another boundary": part(FILE).replace(b"xYz", b"zYx") + b"--zYx--\r\n",
    "no boundary at all": b"a,b\n1,2\n",
    "nothing": b"",
    "a part without a name": part('filename="a.csv"') + END,
    "a part without headers": f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END,
    "a header without a colon": f"--{BOUNDARY}\r\nnonsense\r\n\r\nx\r\n".encode() + END,
    "a hundred headers": part(FILE, more=b"X-A: b\r\n" * 100) + END,
    "a very long header": part(FILE, more=b"X-A: " + b"b" * 100_000 + b"\r\n") + END,
    "a folder": part('name="upload"; filename="../../etc/passwd"') + END,
    "a folder of Windows": part('name="upload"; filename="C:\\\\a\\\\b.csv"') + END,
    "a line break": part("name=upload; filename*=utf-8''a%0d%0aSet-Cookie:x") + END,
    "NUL": part("name=upload; filename*=utf-8''a%00b") + END,
    "letters that turn the direction": part('name=upload; filename="a\u202evsc.exe"') + END,
    "a name that is not UTF-8": part(b'name="upload"; filename="\xe6.csv"') + END,
    "a percent name that is not UTF-8": part("name=upload; filename*=utf-8''%e6.csv") + END,
    "a very long name": part(f'name="upload"; filename="{"a" * 300}.csv"') + END,
    "a file without a name": part('name="upload"; filename=""') + END,
    "a text that is not UTF-8": part('name="id"', b"\xe6\xb8") + END,
    "two files of one name": part(FILE) * 2 + END,
    "eleven files": b"".join(part(f'name="f{i}"; filename="a"') for i in range(11)) + END,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_cannot_be_read_is_refused_and_leaves_nothing(send, form):
    answer = send(FORMS[form])
    assert answer.status_code == 400
    assert answer.json().startswith("Bad request: ")


def test_ten_thousand_parts_are_too_many(send):
    assert send(part('name="a"') * 10_000 + END).status_code == 413


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; bound"]
)
def test_a_form_without_a_boundary_is_refused(send, kind):
    answer = send(part(FILE) + END, {"Content-Type": kind})
    assert answer.status_code == 400
    assert "no boundary" in answer.json()


def test_a_boundary_that_is_too_long_is_refused(send):
    answer = send(b"", {"Content-Type": f"multipart/form-data; boundary={'b' * 5000}"})
    assert answer.status_code == 400


def test_texts_have_the_bound_of_any_body(send, monkeypatch):
    monkeypatch.setattr(multipart, "MOST_TEXT_BYTES", 1000)
    assert send(part('name="a"', b"x" * 600) + END).status_code == 200
    assert send(part('name="a"', b"x" * 600) * 2 + END).status_code == 413


@pytest.mark.parametrize("config", [Config(catalog=Catalog(max_upload_bytes=1000))])
def test_a_file_longer_than_the_setting_is_refused(send):
    assert send(part(FILE, b"x" * 1000) + END).status_code == 200
    answer = send(part(FILE, b"x" * 1001) + END)
    assert (answer.status_code, answer.json()) == (
        413,
        "Bad request: A file is longer than 1000 bytes",
    )


def test_who_has_no_token_may_not_fill_the_disk(client, staging):
    body = part(FILE, b"x" * 10_000_001) + END
    answer = client.post("/api/3/action/probe", content=body, headers=HEAD)
    assert answer.status_code == 413
    assert list(staging.iterdir()) == []


def test_a_sender_that_hangs_up_leaves_nothing(server, admin, staging, client):
    head = (
        "POST /api/3/action/probe HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
        f"Authorization: {admin}\r\nContent-Type: {HEAD['Content-Type']}\r\n\r\n"
    )
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port)) as wire:
        wire.sendall(head.encode() + part(FILE, b"x" * 200_000))
        while not list(staging.glob("upload-*/*")):
            assert client.get("/api").status_code == 200  # until the server began to write
    while list(staging.iterdir()):
        assert client.get("/api").status_code == 200
