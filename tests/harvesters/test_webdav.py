"""Folders on a WebDAV server: what is listed, what is fetched, and what leads out."""

import base64
import json
import sys
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from datasets import config
from datasets.errors import ConfigError, HarvestError
from harvesters.fetching.http import Http
from harvesters.webdav import Webdav
from tests.upstream import Reply

CSV = "назив\nШабац\n"


class Dav(dict):
    """Answers PROPFIND and GET below /dav/ from a folder, to those who know the password."""

    def __init__(self, root: Path, login: str = "") -> None:
        super().__init__()
        self.root, self.login, self.odd = root, login, ""

    def get(self, path, default=None):
        return super().get(path) or (self.answer if path.startswith("/dav") else default)

    def answer(self, asked):
        said = asked.headers.get("authorization", "")
        if self.login and said != f"Basic {base64.b64encode(self.login.encode()).decode()}":
            return Reply(status=401)
        path = self.root / unquote(asked.path).removeprefix("/dav").strip("/")
        if not path.exists():
            return Reply(status=404)
        if asked.method == "GET":
            return path.read_bytes() if path.is_file() else Reply(b"<html>", type="text/html")
        inside = sorted(path.iterdir()) if path.is_dir() and asked.headers["depth"] == "1" else []
        rows = "".join(map(self.row, [path, *inside])) + self.odd
        body = f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{rows}</d:multistatus>'
        return Reply(body.encode(), 207, "application/xml; charset=utf-8")

    def row(self, path):
        below = path.relative_to(self.root).as_posix()
        href = quote(f"/dav/{below}".removesuffix("/.") + ("/" if path.is_dir() else ""))
        seen = path.stat()
        kind = "<d:collection/>" if path.is_dir() else ""
        size = "" if kind else f"<d:getcontentlength>{seen.st_size}</d:getcontentlength>"
        return (
            f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>"
            f"<d:resourcetype>{kind}</d:resourcetype>{size}"
            f"<d:getlastmodified>{formatdate(seen.st_mtime, usegmt=True)}</d:getlastmodified>"
            f'<d:getetag>"{seen.st_mtime_ns}"</d:getetag>'
            "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        )


@pytest.fixture
def dav(upstream, tmp_path):
    root = tmp_path / "root"
    folder = root / "nis/паркинг места"
    folder.mkdir(parents=True)
    (folder / "podaci.csv").write_text(CSV, encoding="utf-8")
    (folder / "velika.bin").write_bytes(b"x" * 100)
    described = {"name": "gradski-parking", "resources": [{"path": "podaci.csv"}]}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    upstream.answers = Dav(root, "opstina:tajna")
    return upstream


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("TAJNA", "tajna")


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def source(upstream, path="/dav/", **keys):
    said = {"url": f"{upstream.url}{path}", "user": "opstina", "secret_env": "TAJNA"}
    return Webdav(name="oblak", kind="webdav", **{**said, **keys})


def records(source, http):
    return [record for page in source.harvest(http) for record in page.records]


def told(source, http):
    with pytest.raises(HarvestError) as caught:
        records(source, http)
    return caught.value


def test_a_package_on_a_server_is_a_dataset(dav, http, into):
    cloud = source(dav)
    [record] = records(cloud, http)
    got = cloud.collect(record, {}, http, into)
    [resource] = got.dataset.resources
    assert (record.remote_id, record.name) == ("nis/паркинг места", "gradski-parking")
    assert (resource.name, resource.path.read_text(encoding="utf-8")) == ("podaci", CSV)
    assert (got.dataset.organization, got.dataset.findings) == ("nis", ())
    assert [file.key for file in got.files] == ["podaci.csv"]
    assert not [asked for asked in dav.asked if asked.path.endswith(".bin")]


def test_an_unchanged_file_is_not_sent_again(dav, http, into, tmp_path):
    cloud = source(dav)
    [record] = records(cloud, http)
    first = cloud.collect(record, {}, http, into)
    (tmp_path / "two").mkdir()
    dav.asked.clear()
    known = {file.key: file for file in first.files}
    again = cloud.collect(record, known, http, tmp_path / "two")
    assert again.dataset.resources[0].path == first.dataset.resources[0].path
    assert not [asked for asked in dav.asked if asked.path.endswith(".csv")]


def test_loose_files_are_datasets_when_asked(dav, http, into):
    (dav.answers.root / "nis/a b.csv").write_text(CSV, encoding="utf-8")
    cloud = source(dav, loose=True)
    loose, _ = records(cloud, http)
    assert (loose.remote_id, loose.name) == ("nis/a b.csv", "nis-a-b")
    assert cloud.collect(loose, {}, http, into).dataset.resources[0].format == "csv"


def test_a_stamp_tells_that_a_file_changed(dav, http):
    [before] = records(source(dav), http)
    assert records(source(dav), http) == [before]
    (dav.answers.root / "nis/паркинг места/podaci.csv").write_text("x", encoding="utf-8")
    assert records(source(dav), http)[0].modified != before.modified


def test_a_wrong_password_is_told(dav, http, monkeypatch):
    monkeypatch.setenv("TAJNA", "pogresna")
    error = told(source(dav), http)
    assert error.fault == "key-wanted" and "pogresna" not in str(error)


def test_a_folder_that_is_missing_or_empty_is_no_deletion(dav, http):
    (dav.answers.root / "prazno").mkdir()
    assert told(source(dav, "/dav/nema/"), http).fault == "folder-missing"
    assert told(source(dav, "/dav/prazno/"), http).fault == "folder-empty"


@pytest.mark.parametrize(
    "answer",
    [
        b"not xml",
        b"",
        b"<d:multistatus xmlns:d='DAV:'><d:response/></d:multistatus>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    ],
)
def test_an_answer_that_is_not_webdav_is_told(dav, http, answer):
    dav.answers["/dav/"] = dav.answers["/dav"] = Reply(answer, 207, "application/xml")
    assert told(source(dav), http).fault in ("wrong-answer", "not-xml")


def test_a_page_in_place_of_a_listing_is_told(dav, http):
    dav.answers["/dav/"] = dav.answers["/dav"] = Reply(b"<html>", type="text/html")
    assert told(source(dav), http).fault == "wrong-answer"


def test_a_redirect_out_of_the_folder_is_not_followed(dav, http):
    moved = Reply(status=301, headers={"Location": "http://169.254.169.254/dav/"})
    dav.answers["/dav/"] = dav.answers["/dav"] = moved
    assert told(source(dav), http).fault == "blocked"


def test_names_that_lead_out_are_left_out(dav, http):
    names = ("../tajna.csv", "/etc/passwd", "nis%2f..%2f..%2fx.csv", "a%0ab.csv", "%2e%2e")
    dav.answers.odd = "".join(
        f"<d:response><d:href>/dav/{name}</d:href><d:propstat><d:prop><d:resourcetype/>"
        "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        for name in names
    )
    found = records(source(dav, loose=True), http)
    assert [r.remote_id for r in found] == ["nis/паркинг места"]


def test_a_private_server_must_be_named(dav):
    assert told(source(dav), Http(config.Http())).fault == "blocked"


def test_without_the_library_the_way_out_is_told(dav, http, monkeypatch):
    monkeypatch.delitem(sys.modules, "harvesters.folders.webdav", raising=False)
    monkeypatch.setitem(sys.modules, "webdav4", None)
    monkeypatch.setitem(sys.modules, "webdav4.client", None)
    with pytest.raises(ConfigError, match=r"pip install 'emap\[webdav\]'"):
        records(source(dav), http)


def test_a_secret_that_is_not_there_is_told(dav, http):
    with pytest.raises(ConfigError, match="there is no secret in the variable NEMA_JE"):
        records(source(dav, secret_env="NEMA_JE"), http)
