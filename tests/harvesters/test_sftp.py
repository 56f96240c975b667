"""Folders on an SFTP server: whose server it is, who we are, and what is taken from it."""

import io
import json
import os
import socket
import sys

import paramiko
import pytest
from pydantic import ValidationError

from datasets import config
from datasets.errors import ConfigError, HarvestError
from harvesters.fetching.http import Http
from harvesters.folders.sftp import fingerprint
from harvesters.sftp import Sftp
from tests.harvesters.sftp_server import SftpServer

CSV = "назив\nШабац\n"


@pytest.fixture
def served(tmp_path):
    root = tmp_path / "root"
    package(root / "podaci/nis/parking", name="gradski-parking", title="Паркинг")
    server = SftpServer(root)
    yield server
    server.close()


@pytest.fixture
def desk(tmp_path):
    """Empty folders, one a call."""
    made = iter(range(100))

    def new():
        folder = tmp_path / f"desk-{next(made)}"
        folder.mkdir()
        return folder

    return new


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("TAJNA", "tajna")


def package(folder, **described):
    folder.mkdir(parents=True)
    (folder / "podaci.csv").write_text(CSV, encoding="utf-8")
    (folder / "velika.bin").write_bytes(b"x" * 1000)
    described = {"resources": [{"name": "podaci", "path": "podaci.csv"}], **described}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")


def source(server, **keys):
    said = {
        "host": "127.0.0.1", "port": server.port, "path": "/podaci", "user": "opstina",
        "host_key": server.host_key, "secret_env": "TAJNA",
    }  # fmt: skip
    return Sftp(name="share", kind="sftp", **{**said, **keys})


def records(source, http):
    return [record for page in source.harvest(http) for record in page.records]


def told(source, http):
    with pytest.raises(HarvestError) as caught:
        records(source, http)
    return caught.value


def test_a_package_on_a_server_is_a_dataset(served, http, desk):
    share = source(served)
    [record] = records(share, http)
    got = share.collect(record, {}, http, desk())
    [resource] = got.dataset.resources
    assert (record.remote_id, record.name) == ("nis/parking", "gradski-parking")
    assert (str(got.dataset.title), got.dataset.organization) == ("Паркинг", "nis")
    assert (resource.name, resource.path.read_text(encoding="utf-8")) == ("podaci", CSV)
    assert record.address == f"sftp://127.0.0.1:{served.port}/podaci/nis/parking"
    assert got.dataset.findings == ()
    assert [(file.key, file.size_bytes) for file in got.files] == [
        ("podaci.csv", len(CSV.encode()))
    ]
    assert not list(resource.path.parent.glob("velika.bin"))


def test_a_stamp_tells_that_a_file_changed(served, http):
    [before] = records(source(served), http)
    assert records(source(served), http) == [before]
    os.utime(served.root / "podaci/nis/parking/podaci.csv", (1, 1))
    assert records(source(served), http)[0].modified != before.modified


def test_an_unchanged_file_is_not_sent_again(served, http, desk):
    share = source(served)
    [record] = records(share, http)
    first = share.collect(record, {}, http, desk())
    known = {file.key: file for file in first.files}
    (served.root / "podaci/nis/parking/podaci.csv").unlink()  # so that it cannot be sent
    again = share.collect(record, known, http, desk())
    assert again.dataset.resources[0].path == first.files[0].path
    assert again.dataset.resources[0].sha256 == first.files[0].sha256


def test_a_file_that_grows_is_being_written(served, http, desk):
    share = source(served)
    [record] = records(share, http)
    (served.root / "podaci/nis/parking/podaci.csv").write_text(CSV * 2, encoding="utf-8")
    with pytest.raises(HarvestError, match="being written") as caught:
        share.collect(record, {}, http, desk())
    assert caught.value.transient


def test_loose_files_and_shapefiles_are_datasets_when_asked(served, http, desk):
    folder = served.root / "podaci/nis"
    (folder / "putevi.csv").write_text(CSV, encoding="utf-8")
    (folder / "putevi.yml").write_text("title: Путеви\nencoding: utf-8\n", encoding="utf-8")
    for ending in ("shp", "shx", "dbf"):
        (folder / f"mapa.{ending}").write_bytes(b"x")
    share = source(served, loose=True)
    found = [share.collect(r, {}, http, desk()).dataset for r in records(share, http)]
    assert [d.name for d in found] == ["nis-mapa", "gradski-parking", "nis-putevi"]
    assert [d.resources[0].format for d in found] == ["shp", "csv", "csv"]
    assert (str(found[2].title), found[2].resources[0].encoding) == ("Путеви", "utf-8")


def test_a_fingerprint_may_be_pinned(served, http):
    served.host_keys = served.host_keys[:1]
    pin = fingerprint(served.host_keys[0].asbytes())
    assert len(records(source(served, host_key=pin), http)) == 1


@pytest.mark.parametrize("form", ["line", "fingerprint", "another kind"])
def test_another_server_gets_no_password(served, http, form):
    other = paramiko.ECDSAKey.generate()
    pin = {
        "line": f"{other.get_name()} {other.get_base64()}",
        "fingerprint": fingerprint(other.asbytes()),
        "another kind": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43,
    }[form]
    logins = []
    served.passwords = type("Noted", (dict,), {"get": lambda _, name: logins.append(name)})()
    assert told(source(served, host_key=pin), http).fault == "host-key"
    assert logins == []


def test_a_wrong_password_is_told_and_not_shown(served, http, monkeypatch):
    monkeypatch.setenv("TAJNA", "pogresna")
    error = told(source(served), http)
    assert error.fault == "login"
    assert "pogresna" not in str(error)


def test_a_private_key_logs_in(served, http, tmp_path):
    key = paramiko.ECDSAKey.generate()
    served.keys["opstina"] = key.get_base64()
    written = io.StringIO()
    key.write_private_key(written)
    (tmp_path / "kljuc").write_text(written.getvalue())
    share = source(served, secret_env="", secret_file=tmp_path / "kljuc")
    assert len(records(share, http)) == 1


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"secret_env": "NEMA_JE"}, "there is no secret in the variable NEMA_JE"),
        ({"secret_env": ""}, "needs `secret_env` or `secret_file`"),
    ],
)
def test_a_secret_that_is_not_there_is_told(served, http, keys, says):
    with pytest.raises(ConfigError, match=says):
        records(source(served, **keys), http)


def test_a_folder_that_is_missing_or_empty_is_no_deletion(served, http):
    (served.root / "prazno").mkdir()
    assert told(source(served, path="/nema"), http).fault == "folder-missing"
    assert told(source(served, path="/prazno"), http).fault == "folder-empty"


def test_a_server_that_is_down_is_unreachable(served, http):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert told(source(served, port=port), http).fault == "unreachable"


def test_a_server_that_is_none_is_told(served, http, server):
    server.answers |= {}
    assert told(source(served, port=server.port), http).transient


def test_a_private_server_must_be_named(served):
    error = told(source(served), Http(config.Http()))
    assert error.fault == "blocked"
    assert "http.allow_private" in str(error)


def test_a_client_that_is_bound_reaches_its_own_server(served):
    share = source(served)
    http = Http(config.Http(allow_private=("127.0.0.1",)))
    assert len(records(share, http.bound(share.address))) == 1


def test_hostile_names_and_links_are_left_out(served, http, tmp_path):
    (tmp_path / "tajna.csv").write_text(CSV, encoding="utf-8")
    (served.root / "podaci/nis/tajna.csv").symlink_to(tmp_path / "tajna.csv")
    (served.root / "podaci/nis/krug").symlink_to(served.root / "podaci")
    served.extra += ["..", ".", "../../etc", "a/b.csv", "a\nb.csv"]
    assert [r.remote_id for r in records(source(served, loose=True), http)] == ["nis/parking"]


def test_a_broken_descriptor_is_a_finding(served, http, desk):
    (served.root / "podaci/nis/parking/datapackage.json").write_text("{")
    share = source(served)
    [record] = records(share, http)
    assert [f.check for f in share.collect(record, {}, http, desk()).dataset.findings] == [
        "descriptor"
    ]


def test_without_the_library_the_way_out_is_told(served, http, monkeypatch):
    monkeypatch.delitem(sys.modules, "harvesters.folders.sftp", raising=False)
    monkeypatch.setitem(sys.modules, "paramiko", None)
    with pytest.raises(ConfigError, match=r"pip install 'emap\[sftp\]'"):
        records(source(served), http)


@pytest.mark.parametrize(
    "keys", [{"host_key": "x"}, {"path": "podaci"}, {"path": "/../x"}, {"host": "a/b"}, {"port": 0}]
)
def test_a_wrong_setting_is_told(served, keys):
    with pytest.raises(ValidationError):
        source(served, **keys)
