"""Files that come with resources: what they make of them, and where their bytes are."""

import hashlib
import os
from dataclasses import replace

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from datasets.config import Catalog, Config
from datasets.errors import PublishError
from publish.catalog.call import Outside, Upload

SITE = "https://podaci.example.rs"
CSV = b"a,b\n1,2\n"


@pytest.fixture
def trees(catalog):
    return catalog.call_action("package_create", {"name": "drvece", "owner_org": "grad-nis"})


@pytest.fixture
def upload(tmp_path):
    def make(name="podaci šabac.csv", content=CSV, media_type="text/csv"):
        path = tmp_path / f"part-{hashlib.sha256(content).hexdigest()}"
        path.write_bytes(content)
        return {"upload": Upload(name, path, len(content), media_type)}

    return make


@pytest.fixture
def file(catalog, trees, upload):
    given = {"package_id": "drvece", "name": "Стабла"}
    return catalog.call_action("resource_create", given, files=upload())


def bytes_of(catalog, resource):
    found = catalog.download(resource["package_id"], resource["id"])
    return catalog.outside.store.blob(found.sha256).read_bytes() if found.sha256 else b""


def test_a_file_makes_the_resource(catalog, trees, file):
    place = f"/dataset/{trees['id']}/resource/{file['id']}/download/podaci-sabac.csv"
    assert file["url"] == SITE + place
    assert (file["url_type"], file["size"], file["format"]) == ("upload", 8, "CSV")
    assert (file["mimetype"], file["hash"]) == ("text/csv", "")
    sha256 = hashlib.sha256(CSV).hexdigest()
    assert catalog.download("drvece", file["id"]).sha256 == sha256
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert shown["resources"] == [file]
    assert file["last_modified"] <= shown["metadata_modified"]
    assert bytes_of(catalog, file) == CSV


def test_what_is_said_of_a_file_stands_above_what_is_seen(catalog, trees, upload):
    given = {"package_id": "drvece", "format": "TXT", "mimetype": "text/x-own", "hash": "md5:1"}
    made = catalog.call_action("resource_create", given, files=upload())
    assert [made[key] for key in given if key != "package_id"] == ["TXT", "text/x-own", "md5:1"]
    assert (made["size"], bytes_of(catalog, made)) == (8, CSV)


@pytest.mark.parametrize(
    ("name", "end", "kind"),
    [
        ("../../етц/passwd", "passwd", "application/x-own"),
        ("C:\\Подаци\\Мапа.GeoJSON", "mapa.geojson", "application/geo+json"),
        ("slika.png", "slika.png", "image/png"),
        ("\r\nSet-Cookie: x.csv", "set-cookie-x.csv", "text/csv"),
        ("?", "file", "application/x-own"),
    ],
)
def test_the_name_of_a_file_is_safe_in_an_address(catalog, trees, upload, name, end, kind):
    sent = upload(name, media_type="application/x-own")
    made = catalog.call_action("resource_create", {"package_id": "drvece"}, files=sent)
    assert made["url"].endswith(f"/{made['id']}/download/{end}")
    assert made["mimetype"] == kind


def test_a_file_stays_when_other_fields_change(catalog, file):
    sent = {"id": file["id"], "description": "опис"}
    for action, given in (
        ("resource_patch", sent),
        ("resource_update", sent),
        ("resource_update", file | sent),
        ("resource_update", file | sent | {"url": "podaci-sabac.csv"}),
        ("package_patch", {"id": "drvece", "resources": [file | sent]}),
        ("package_update", {"id": "drvece", "resources": [{"id": file["id"]}]}),
    ):
        catalog.call_action(action, given)
        shown = catalog.call_action("resource_show", {"id": file["id"]})
        kept = ("url", "url_type", "hash", "size", "mimetype", "last_modified", "format")
        assert [shown[key] for key in kept] == [file[key] for key in kept], action
        assert bytes_of(catalog, shown) == CSV


def test_another_file_takes_its_place(catalog, file, upload):
    other = upload("novo.json", b'{"a": 1, "b": 2}', "")
    for action in ("resource_patch", "resource_update"):
        made = catalog.call_action(action, {"id": file["id"]}, files=other)
        assert made["url"].endswith("/download/novo.json")
        assert (made["size"], made["mimetype"]) == (16, "application/json")
        assert (made["name"], bytes_of(catalog, made)) == ("Стабла", b'{"a": 1, "b": 2}')


def test_a_link_takes_the_place_of_a_file_and_gives_it_back(catalog, file, upload):
    link = {"id": file["id"], "url": "https://nis.rs/stabla.json"}
    for action in ("resource_patch", "resource_update"):
        made = catalog.call_action(action, link)
        assert (made["url"], made["url_type"]) == (link["url"], "")
        assert (made["hash"], made["size"], made["last_modified"]) == ("", None, None)
        assert catalog.download("drvece", file["id"]).sha256 == ""
        back = catalog.call_action(action, {"id": file["id"], "hash": "x"}, files=upload())
        assert (back["url"], back["hash"]) == (file["url"], "x")
        assert bytes_of(catalog, back) == CSV


def test_a_file_is_taken_away(catalog, file):
    made = catalog.call_action("resource_patch", {"id": file["id"], "clear_upload": "true"})
    assert (made["url"], made["url_type"], made["size"], made["hash"]) == ("", "", None, "")
    assert catalog.download("drvece", file["id"]).sha256 == ""


def test_nobody_reaches_bytes_by_naming_their_hash(catalog, trees, file):
    sha256 = catalog.download("drvece", file["id"]).sha256
    stolen = {"_file": sha256, "hash": sha256, "url": file["url"]}
    stolen |= {"url_type": "upload", "package_id": "drvece"}
    made = catalog.call_action("resource_create", stolen)
    assert catalog.download("drvece", made["id"]).sha256 == ""
    assert "_file" not in made
    assert "_file" not in str(catalog.call_action("package_show", {"id": "drvece"}))


def test_a_form_without_a_file_chosen_is_a_link(catalog, trees, upload):
    given = {"package_id": "drvece", "url": "https://nis.rs/a.csv"}
    made = catalog.call_action("resource_create", given, files=upload("", b""))
    assert (made["url"], made["url_type"], made["size"]) == ("https://nis.rs/a.csv", None, None)


def test_a_file_that_is_too_large_is_told_with_the_way_out(catalog, trees, upload):
    outside = Outside(catalog.outside.store, Config(catalog=Catalog(max_upload_bytes=7)))
    small = replace(catalog, outside=outside)
    with pytest.raises(ValidationError) as raised:
        small.call_action("resource_create", {"package_id": "drvece"}, files=upload())
    (told,) = raised.value.error_dict["upload"]
    assert "has 8 bytes, more than the 7 of catalog.max_upload_bytes" in told
    assert catalog.call_action("package_show", {"id": "drvece"})["resources"] == []


def test_a_full_store_leaves_nothing_half_written(catalog, file, upload, monkeypatch):
    def full(fd):
        raise OSError(28, "No space left on device")

    before = catalog.call_action("package_show", {"id": "drvece"})
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PublishError, match="No space left"):
        catalog.call_action("resource_patch", {"id": file["id"]}, files=upload("b.csv", b"x"))
    monkeypatch.undo()
    assert catalog.call_action("package_show", {"id": "drvece"}) == before
    assert bytes_of(catalog, file) == CSV


def test_a_faulty_resource_keeps_the_file_of_another_out(catalog, file, upload):
    before = catalog.call_action("package_show", {"id": "drvece"})
    given = {"package_id": "drvece", "size": "много"}
    content = b"never,kept\n"
    with pytest.raises(ValidationError):
        catalog.call_action("resource_create", given, files=upload("n.csv", content))
    assert catalog.call_action("package_show", {"id": "drvece"}) == before
    missing = hashlib.sha256(content).hexdigest()
    assert not (catalog.outside.store.root / "blobs" / missing[:2] / missing).exists()


def test_files_are_for_those_who_see_the_package(catalog, file):
    catalog.call_action("package_patch", {"id": "drvece", "private": True})
    with pytest.raises(NotAuthorized):
        catalog.as_user(None).download("drvece", file["id"])
    member = catalog.as_user(catalog.create_user("gost"))
    assert member.download("drvece", file["id"]).public is False
    with pytest.raises(NotFound):
        catalog.download("drugo", file["id"])
    catalog.call_action("resource_delete", {"id": file["id"]})
    with pytest.raises(NotFound):
        catalog.download("drvece", file["id"])


def test_strangers_bring_no_files(catalog, trees, upload):
    for user in (None, catalog.create_user("gost")):
        with pytest.raises(NotAuthorized):
            catalog.as_user(user).call_action(
                "resource_create", {"package_id": "drvece"}, files=upload()
            )
