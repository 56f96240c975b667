"""Hostile files under honest names: refused or stopped, with 0 requests and 0 foreign bytes."""

import json
import socket
import sqlite3
import stat
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pyarrow as pa
import pyogrio
import pytest
import shapely

from datasets.config import Limits
from datasets.formats import READABLE
from validation.reading.worker import read_file
from validation.sandbox import Sandbox

CANARY = "kanarinac-7c1f"
WORKBOOK = (
    '<workbook xmlns:r="r"><sheets><sheet name="List" sheetId="1" r:id="r1"/></sheets></workbook>'
)
RELATIONS = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
SHEET = "<worksheet><sheetData>{}</sheetData></worksheet>"
CELL = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[tuple[str, Path, list[bytes]]]:
    """A server on this machine, and a file with a secret; the list holds what came."""
    came: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    done = threading.Event()

    def listen() -> None:
        while not done.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                came.append(connection.recv(1000))

    thread = threading.Thread(target=listen)
    thread.start()
    secret = tmp_path / "tajna.csv"
    secret.write_text(f"id,naziv\n1,{CANARY}\n", encoding="utf-8")
    yield f"http://127.0.0.1:{server.getsockname()[1]}", secret, came
    done.set()
    thread.join()
    server.close()


def everything(reading) -> str:
    """All that a reading says or holds."""
    said = repr(reading)
    if reading.cells.exists():
        with pa.memory_map(str(reading.cells)) as source:
            said += repr(pa.ipc.open_file(source).read_all().to_pylist())
    return said


def disguises(address: str, secret: Path) -> dict[str, str]:
    layer = (
        "<OGRVRTDataSource><OGRVRTLayer name='tajna'><SrcDataSource>{}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    command = "gdal vector pipeline ! read {} ! write --of stream"
    algorithm = {"type": "gdal_streamed_alg", "command_line": ""}
    return {
        "vrt": layer.format(secret),
        "vrt over http": layer.format(f"/vsicurl/{address}/a.csv"),
        "gdalg": json.dumps({**algorithm, "command_line": command.format(secret)}),
        "gdalg over http": json.dumps({**algorithm, "command_line": command.format(address)}),
        "wfs": f"<OGRWFSDataSource><URL>{address}/wfs</URL></OGRWFSDataSource>",
        "oapif": f"OAPIF:{address}",
        "vsicurl": f"/vsicurl/{address}/a.geojson",
        "xxe": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>',
        "esri": json.dumps({"url": address, "geometryType": "esriGeometryPoint", "features": []}),
        "topojson": json.dumps({"type": "Topology", "objects": {}, "arcs": []}),
    }


ENDINGS = ("geojson", "gpkg", "csv", "xlsx", "zip")
OTHERS = ("geojsonl", "topojson", "gml", "kml", "kmz", "gpx", "fgb", "gdb", "geoparquet")


def arguments(path: Path) -> dict[str, object]:
    return {
        "path": str(path),
        "format": path.suffix[1:],
        "encoding": "",
        "dialect": {},
        "schema": None,
        "cells": str(path.with_name("cells.arrow")),
        "inflated_bytes": 1 << 30,
    }


def test_the_gates_alone_stop_descriptions_of_other_places(tmp_path, canary):
    """Without the child, and so with every driver of GDAL at hand."""
    address, secret, came = canary
    for name, text in disguises(address, secret).items():
        for ending in (*ENDINGS, *OTHERS):
            path = tmp_path / f"sloj.{ending}"
            path.write_text(text, encoding="utf-8")
            said = read_file(arguments(path))
            refused = [f["check"] for f in said["findings"] if f["severity"] == "error"]
            plain = ending == "csv" and name in ("oapif", "vsicurl")  # one line is a table
            assert bool(refused) != plain, (name, ending)
            assert CANARY not in repr(said)
    assert came == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_description_of_another_place_leads_nowhere(tmp_path, read_one, canary, ending):
    address, secret, came = canary
    for name in ("vrt", "vrt over http"):
        path = tmp_path / f"sloj.{ending}"
        path.write_text(disguises(address, secret)[name], encoding="utf-8")
        reading = read_one(path)
        assert not reading.ok
        assert CANARY not in everything(reading)
    assert came == []


def test_a_description_inside_a_zip_leads_nowhere(tmp_path, read_one, canary):
    address, secret, came = canary
    for name in ("vrt", "vrt over http", "gdalg over http"):
        with zipfile.ZipFile(tmp_path / "sloj.zip", "w") as archive:
            for ending in ("shp", "shx", "dbf", "prj", "vrt"):
                archive.writestr(f"sloj.{ending}", disguises(address, secret)[name])
        reading = read_one(tmp_path / "sloj.zip")
        assert not reading.ok
        assert CANARY not in everything(reading)
    assert came == []


@pytest.fixture
def gpkg(tmp_path: Path) -> Path:
    """An honest GeoPackage, to be spoilt."""
    path = tmp_path / "sloj.gpkg"
    points = geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(20, 44)], crs=4326)
    pyogrio.write_dataframe(points, path, layer="sloj")
    return path


ENDLESS = (
    "create view evil as with recursive r(x) as (select 1 union all select x + 1 from r) "
    "select max(x) as fid, 1 as geom from r"
)
LISTED = (
    "insert into gpkg_contents (table_name, data_type, identifier, srs_id) "
    "values ('evil', 'features', 'evil', 4326)"
)
VIRTUAL = (
    "insert into sqlite_master (type, name, tbl_name, rootpage, sql) values "
    "('table', 'evil', 'evil', 0, 'create virtual table evil using VirtualOGR(\"{}\", 0, \"a\")')"
)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        ([ENDLESS, LISTED], "view"),
        (["create view evil as select load_extension('x') as fid"], "view"),
        (
            ["create trigger evil after insert on sloj begin select 1; end"],
            "trigger",
        ),
        (["create virtual table evil using fts5(a)"], "virtual table"),
        (["pragma writable_schema = on", VIRTUAL], "virtual table"),
    ],
)
def test_a_geopackage_with_programs_in_it_is_refused(gpkg, read_one, canary, spoil, kind):
    _, secret, _ = canary
    database = sqlite3.connect(gpkg)
    for statement in spoil:
        database.execute(statement.format(secret))
    database.commit()
    database.close()
    began = time.monotonic()
    reading = read_one(gpkg)
    [finding] = reading.findings
    assert (finding.check, finding.values["kind"]) == ("geopackage-refused", kind)
    assert CANARY not in everything(reading)
    assert time.monotonic() - began < 10


def test_sqlite_that_is_no_geopackage_is_refused(tmp_path, read_one):
    path = tmp_path / "baza.gpkg"
    database = sqlite3.connect(path)
    database.execute("create table a (b)")
    database.commit()
    database.close()
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["found"]) == ("format-mismatch", "sqlite")


def test_a_geopackage_that_was_cut_is_damaged(gpkg, read_one):
    raw = gpkg.read_bytes()
    gpkg.write_bytes(raw[: len(raw) * 6 // 10])
    assert [f.check for f in read_one(gpkg).findings] == ["file-damaged"]


def test_a_text_file_named_gpkg_says_what_it_is(tmp_path, read_one):
    path = tmp_path / "sloj.gpkg"
    path.write_text("naziv;broj\nČačak;1\n", encoding="utf-8")
    [finding] = read_one(path).findings
    assert finding.check == "format-mismatch"
    assert finding.values == {"declared": "gpkg", "found": "text"}
    assert "declared as gpkg, but holds text" in finding.note


@pytest.mark.parametrize(
    ("content", "ending", "found"),
    [
        (b"%PDF-1.7", "csv", "pdf"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "xlsx", "xls"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "csv", "html"),
        (b"<?xml version='1.0'?><kml/>", "geojson", "xml"),
        (b"\x89PNG\r\n", "csv", "image"),
        (b"PAR1", "gpkg", "parquet"),
        (b"\x7fELF" + bytes(100), "zip", "program"),
        (bytes(range(1, 32)) * 40, "csv", "binary"),
        (b'{"type": "FeatureCollection"}', "csv", "json"),
    ],
)
def test_what_a_file_is_its_bytes_say(tmp_path, read_one, content, ending, found):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["found"]) == ("format-mismatch", found)


def test_a_locked_workbook_and_an_unknown_format_say_the_way_out(tmp_path, read_one):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert [f.check for f in read_one(path).findings] == ["workbook-locked"]
    [finding] = read_one(path, "docx").findings
    assert (finding.check, finding.values["formats"]) == (
        "format-unsupported",
        ", ".join(READABLE),
    )


def workbook(path: Path, sheet: str, **more: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, text in more.items():
            archive.writestr(name, text)
    return path


def test_two_cells_at_the_ends_of_a_sheet_do_not_take_all_memory(tmp_path, read_one):
    sheet = SHEET.format(CELL.format(1, "A") + CELL.format(1048576, "XFD"))
    path = workbook(tmp_path / "daleko.xlsx", sheet)
    assert path.stat().st_size < 2000
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["columns"]) == ("sheet-too-large", "16384")


def test_a_far_cell_that_hides_from_the_scan_kills_only_the_child(tmp_path, read_one):
    far = '<row r="1048576"><c r="&#88;FD1048576"><v>1</v></c></row>'
    path = workbook(tmp_path / "daleko.xlsx", SHEET.format(CELL.format(1, "A") + far))
    [finding] = read_one(path).findings
    assert finding.severity == "error"
    assert finding.check in ("file-too-large", "reader-crashed", "file-damaged")


def test_entities_in_a_workbook_are_refused(tmp_path, read_one):
    laughs = '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]>'
    path = tmp_path / "smeh.xlsx"
    workbook(path, laughs + SHEET.format(CELL.format(1, "A")))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", laughs + WORKBOOK.replace("List", "&m;"))
    assert not read_one(path).ok


def bomb(path: Path, size: int, claims: int | None = None, name: str = "sloj.shp") -> Path:
    """Write a zip whose member inflates to `size` bytes, and says that it has `claims`."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    if claims is not None:
        raw = path.read_bytes()
        place = raw.index(b"PK\x01\x02") + 24
        path.write_bytes(raw[:place] + struct.pack("<I", claims) + raw[place + 4 :])
    return path


def test_a_zip_that_swells_is_refused_at_once(tmp_path, read_one):
    path = bomb(tmp_path / "bomba.zip", 64 << 20)
    assert path.stat().st_size < 100_000
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["reason"]) == ("archive-refused", "ratio")


def test_a_claim_of_ten_gigabytes_is_refused_without_unpacking(tmp_path, read_one):
    path = tmp_path / "tvrdnja.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(3):
            archive.writestr(f"sloj{i}.shp", b"x" * 1000)
    raw = bytearray(path.read_bytes())
    at = -1
    for _ in range(3):
        at = raw.index(b"PK\x01\x02", at + 1)
        raw[at + 24 : at + 28] = struct.pack("<I", 0xFFFF_FFFE)
    path.write_bytes(bytes(raw))
    began = time.monotonic()
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["reason"]) == ("archive-refused", "size")
    assert time.monotonic() - began < 5


def test_a_zip_that_claims_less_than_it_holds_is_refused(tmp_path, read_one):
    path = bomb(tmp_path / "laz.zip", 32 << 20, claims=1000)
    assert [f.check for f in read_one(path).findings] in (["archive-damaged"], ["archive-refused"])


def test_all_members_together_may_not_swell_beyond_the_limit(tmp_path, read_one):
    path = tmp_path / "mnogo.zip"
    noise = zlib.compress(bytes(range(256)) * 4000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(8):
            archive.writestr(f"sloj{i}.shp", noise * 100)
    box = Sandbox(Limits(inflated_bytes=1 << 20))
    [finding] = read_one(path, box=box).findings
    assert (finding.check, finding.values["reason"]) == ("archive-refused", "size")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/cron.d/sloj.shp", "path"),
        ("/etc/passwd.shp", "path"),
        ("..\\..\\sloj.shp", "path"),
        ("C:\\windows\\sloj.shp", "path"),
    ],
)
def test_a_member_that_points_out_of_the_zip_is_refused(tmp_path, read_one, name, reason):
    path = tmp_path / "putanja.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x")
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["reason"]) == ("archive-refused", reason)


def test_a_link_in_a_zip_is_refused(tmp_path, read_one, canary):
    _, secret, _ = canary
    link = zipfile.ZipInfo("sloj.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "veza.zip", "w") as archive:
        archive.writestr(link, str(secret))
    reading = read_one(tmp_path / "veza.zip")
    assert [f.values["reason"] for f in reading.findings] == ["link"]
    assert CANARY not in everything(reading)


def hostile_zips(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Zips of every kind of layer, each with one member that must not be there."""
    members = {
        "kmz": {"doc.kml": "<kml/>"},
        "gdb": {"a.gdb/a00000001.gdbtable": "x", "a.gdb/gdb": "x"},
        "shp": {f"a.{part}": "x" for part in ("shp", "shx", "dbf")},
        "zip": {"a.geojson": "{}"},
    }
    for kind, honest in members.items():
        for reason in ("path", "link", "ratio"):
            path = tmp_path / f"{reason}.{kind}"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in honest.items():
                    archive.writestr(name, text)
                add_hostile(archive, next(iter(honest)), reason)
            yield path, reason


def add_hostile(archive: zipfile.ZipFile, like: str, reason: str) -> None:
    if reason == "path":
        archive.writestr(f"../../{like}", "x")
    elif reason == "link":
        link = zipfile.ZipInfo(f"veza/{like}")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    else:
        archive.writestr(f"bomba/{like}", bytes(30 << 20))


def test_no_kind_of_zip_lets_links_paths_or_bombs_through(tmp_path):
    for path, reason in hostile_zips(tmp_path):
        [finding] = read_file(arguments(path))["findings"]
        assert (finding["check"], finding["values"]["reason"]) == ("archive-refused", reason), path


def test_a_password_and_too_many_members_are_refused(tmp_path, read_one):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sloj.shp", b"x")
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(raw))
    assert [f.values["reason"] for f in read_one(path).findings] == ["password"]
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(2001):
            archive.writestr(f"{i}.shp", b"")
    assert [f.values["reason"] for f in read_one(path).findings] == ["members"]


def test_members_that_share_their_bytes_are_refused(tmp_path, read_one):
    path = tmp_path / "preklop.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.shp", b"x" * 5000)
        archive.writestr("b.shp", b"x" * 5000)
    raw = bytearray(path.read_bytes())
    second = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 1)
    raw[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(bytes(raw))
    assert [f.values["reason"] for f in read_one(path).findings] == ["overlap"]


@pytest.mark.parametrize("keep", [10, 40, 200])
def test_a_zip_that_was_cut_is_damaged(tmp_path, read_one, keep):
    path = bomb(tmp_path / "sece.zip", 1 << 20)
    path.write_bytes(path.read_bytes()[:keep])
    assert [f.check for f in read_one(path).findings] == ["archive-damaged"]


def test_a_shapefile_of_noise_is_damaged(tmp_path, read_one):
    path = tmp_path / "sum.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for ending in ("shp", "shx", "dbf"):
            archive.writestr(f"a.{ending}", bytes(range(256)) * 4)
    [finding] = read_one(path).findings
    assert (finding.check, finding.severity) == ("file-damaged", "error")


def test_a_link_in_place_of_the_file_reads_only_that_file(tmp_path, read_one):
    """A harvester keeps bytes, never links; should one come, the sandbox opens its target alone."""
    target = tmp_path / "a.csv"
    target.write_text("id\n1\n", encoding="utf-8")
    link = tmp_path / "b.csv"
    link.symlink_to(target)
    assert read_one(link).rows == 1


def test_a_csv_with_zero_bytes_is_not_taken_for_a_table(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,naziv\n1,\0\0\0\n" * 50)
    assert [f.check for f in read_one(path).findings] == ["format-mismatch"]


def test_names_out_of_a_file_do_not_fill_the_report(tmp_path, read_one):
    path = tmp_path / "a.xlsx"
    workbook(path, SHEET.format(CELL.format(1, "A")))
    [finding] = read_one(path, dialect={"sheet": "x" * 100_000}).findings
    assert (finding.check, len(finding.values["sheet"]), len(finding.note)) == (
        "sheet-missing",
        500,
        1000,
    )


def test_a_property_for_every_feature_is_no_table(tmp_path, read_one):
    path = tmp_path / "a.geojson"
    features = [
        {"type": "Feature", "geometry": None, "properties": {str(i): 1}} for i in range(3000)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert [f.check for f in read_one(path).findings] == ["too-many-columns"]
