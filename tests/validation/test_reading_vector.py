"""GeoPackages and zipped Shapefiles: honest ones, and what offices leave out of them."""

import datetime as dt
import sqlite3
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import pytest
import shapely

from datasets.model import Step
from validation.reading.canonical import texts
from validation.reading.dbf import LANGUAGE_BYTE, attributes_of

PLACES = {"naziv": ["Шабац", "Чачак", "Ниш"], "broj": [1, 2, 3]}
NAMES = {"naziv": ["ČAČAK", "Đurđevdan, Žitište", "Šećerana"], "povrsina": [1.5, 2.0, 0.25]}
POINTS = shapely.points([[19.69, 44.75], [20.35, 43.89], [21.9, 43.32]])


def frame(columns: Mapping[str, object], geometry=POINTS, crs: int | None = 4326):
    return geopandas.GeoDataFrame(columns, geometry=list(geometry), crs=crs)


pytestmark = pytest.mark.filterwarnings("ignore:'crs' was not provided")


@pytest.fixture
def gpkg(tmp_path: Path):
    """Write layers as one GeoPackage."""

    def write(layers: Mapping[str, object], **options) -> Path:
        path = tmp_path / "slojevi.gpkg"
        for name, layer in layers.items():
            pyogrio.write_dataframe(layer, path, layer=name, append=path.exists(), **options)
        return path

    return write


@pytest.fixture
def shp(tmp_path: Path):
    """Write a frame as a Shapefile, and zip it under other names if told."""

    def write(layer, *, encoding=None, leave=(), rename=str, cpg=True, into=None) -> Path:
        folder = tmp_path / f"parts{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        pyogrio.write_dataframe(layer, folder / "ulice.shp", encoding=encoding)
        if not cpg:
            (folder / "ulice.cpg").unlink()
        path = into or tmp_path / "ulice.zip"
        with zipfile.ZipFile(path, "a") as archive:
            for part in sorted(folder.iterdir()):
                if part.suffix not in leave:
                    archive.write(part, rename(part.name))
        return path

    return write


def test_a_layer_becomes_rows_with_points_and_types(gpkg, read_one, cells):
    dates = [dt.date(2020, 12, 31), None, dt.date(2021, 1, 5)]
    days = pd.array(dates, dtype=pd.ArrowDtype(pa.date32()))
    when = pd.to_datetime(["2024-05-01T09:30:00", None, "2024-05-02T10:00:00"])
    layer = frame({**PLACES, "udeo": [0.5, 12.0, np.nan], "dan": days, "kad": when})
    layer["da"] = pd.array([True, False, None], dtype="boolean")
    reading = read_one(gpkg({"места": layer}, use_arrow=True))
    assert reading.labels == ("naziv", "broj", "udeo", "dan", "kad", "da")
    assert (reading.sheet, reading.crs, reading.spatial) == ("места", "EPSG:4326", True)
    assert (reading.rows, reading.header_row, reading.findings) == (3, 0, ())
    types = [field["type"] for field in reading.schema["fields"]]
    assert types == ["string", "integer", "number", "date", "datetime", "boolean"]
    rows = cells(reading)
    assert [rows[0][f"c{i}"] for i in range(6)] == [
        "Шабац",
        "1",
        "0.5",
        "2020-12-31",
        "2024-05-01T09:30:00",
        "true",
    ]
    assert [rows[1][f"c{i}"] for i in range(2, 6)] == ["12", "", "", "false"]
    assert [row["row"] for row in rows] == [1, 2, 3]
    assert [shapely.from_wkb(row["geometry"]) for row in rows] == list(POINTS)


def test_of_several_layers_the_first_with_geometry_is_read(gpkg, read_one):
    table = pd.DataFrame({"sifra": ["01"]})
    reading = read_one(gpkg({"šifarnik": table, "mesta": frame(PLACES), "x": frame(PLACES)}))
    [warning] = reading.findings
    assert (reading.sheet, warning.check, warning.severity) == (
        "mesta",
        "layers-ignored",
        "warning",
    )
    assert warning.values == {"taken": "mesta", "ignored": "x, šifarnik"}


def test_a_layer_without_geometry_is_a_table(gpkg, read_one):
    reading = read_one(gpkg({"šifarnik": pd.DataFrame({"sifra": ["01", "02"]})}))
    assert (reading.spatial, reading.rows, reading.crs) == (False, 2, "")
    assert reading.schema["fields"] == [{"name": "sifra", "type": "string"}]


def test_a_layer_without_features_is_an_error(gpkg, read_one):
    [finding] = read_one(gpkg({"prazan": frame(PLACES).iloc[:0]}, geometry_type="Point")).findings
    assert (finding.check, finding.severity) == ("no-features", "error")


def test_metres_keep_their_crs_and_unknown_ones_stay_unknown(gpkg, read_one, tmp_path):
    metres = frame(PLACES).to_crs(6316)
    assert read_one(gpkg({"a": metres})).crs == "EPSG:6316"
    (tmp_path / "slojevi.gpkg").unlink()
    assert read_one(gpkg({"a": metres.set_crs(None, allow_override=True)})).crs == ""


def test_heights_are_left_out_with_a_note(gpkg, read_one, cells):
    high = shapely.points([[19.69, 44.75, 80], [20.35, 43.89, 200], [21.9, 43.32, 194]])
    reading = read_one(gpkg({"a": frame(PLACES, high)}))
    assert [f.check for f in reading.findings] == ["dimension-dropped"]
    assert not any(shapely.from_wkb(row["geometry"]).has_z for row in cells(reading))


def test_a_missing_geometry_stays_missing(gpkg, read_one, cells):
    reading = read_one(gpkg({"a": frame(PLACES, [POINTS[0], None, POINTS[2]])}))
    assert [row["geometry"] is None for row in cells(reading)] == [False, True, False]
    assert reading.ok


def test_a_zipped_shapefile_is_read_wherever_it_lies(shp, read_one, cells):
    def upper_case_and_nested(name: str) -> str:
        return f"Moji podaci/{name.upper()}"

    reading = read_one(shp(frame(NAMES), rename=upper_case_and_nested, encoding="utf-8"))
    assert (reading.sheet, reading.crs, reading.rows) == ("ULICE", "EPSG:4326", 3)
    assert [row["c0"] for row in cells(reading)] == NAMES["naziv"]
    assert [row["c1"] for row in cells(reading)] == ["1.5", "2", "0.25"]
    [told] = reading.findings
    assert (told.check, told.severity) == ("shapefile-names", "warning")
    assert "Moji podaci/ULICE.SHP" in told.values["names"]


def test_attributes_without_a_cpg_are_read_by_their_letters(shp, read_one, cells):
    reading = read_one(shp(frame(NAMES), encoding="cp1250", cpg=False))
    assert (reading.encoding, [row["c0"] for row in cells(reading)]) == ("cp1250", NAMES["naziv"])
    [asked] = reading.findings
    assert (asked.check, asked.severity) == ("dbf-encoding", "warning")
    assert asked.offers[0].step == Step("encoding", values={"encoding": "cp1250"})
    assert len(asked.offers) == 3
    assert (asked.offers[0].samples[0].before, asked.offers[0].samples[0].after) == (
        "\ufffdA\ufffdAK",
        "ČAČAK",
    )
    answered = read_one(reading.resource.path, recipe=(asked.offers[0].step,))
    assert [f.check for f in answered.findings if f.severity != "note"] == []


def test_a_cpg_that_lies_is_not_believed(shp, read_one, cells):
    path = shp(frame(NAMES), encoding="cp1250", cpg=False)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("ulice.cpg", "UTF-8")
    assert cells(read_one(path))[0]["c0"] == "ČAČAK"


@pytest.mark.parametrize(
    ("language", "cpg", "encoding"),
    [
        (0xC8, None, "cp1250"),
        (0xC9, None, "cp1251"),
        (0x64, None, "cp852"),
        (0, "1250", "cp1250"),
        (0, "ANSI 1250", "cp1250"),
        (0x57, "ISO 8859-2", "iso8859-2"),
        (0, "65001", "utf-8"),
        (0x57, None, "cp1250"),
    ],
)
def test_the_encoding_is_stated_in_many_ways(tmp_path, language, cpg, encoding):
    text = "Чачак" if encoding == "cp1251" else "Čačak, Šabac, Đunis, Žabalj"
    record = b" " + text.encode(encoding).ljust(40)
    header = bytearray(33)
    header[8:10], header[10:12] = (33).to_bytes(2, "little"), (41).to_bytes(2, "little")
    header[LANGUAGE_BYTE] = language
    dbf = tmp_path / "a.dbf"
    dbf.write_bytes(bytes(header) + record * 3)
    if cpg:
        dbf.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    assert attributes_of(dbf).codec == encoding


def test_an_encoding_that_is_declared_is_taken_if_the_bytes_are_of_it(shp, read_one, cells):
    path = shp(frame(NAMES), encoding="cp1250", cpg=False)
    declared = read_one(path, encoding="windows-1250")
    assert (declared.encoding, declared.findings) == ("cp1250", ())
    wrong = read_one(path, encoding="utf-8")
    assert (wrong.encoding, cells(wrong)[0]["c0"]) == ("cp1250", "ČAČAK")
    assert [f.check for f in wrong.findings] == ["dbf-encoding"]


def test_a_letter_that_a_dbf_cut_in_two_is_no_crash(shp, read_one, cells, tmp_path):
    long = {"opis": ["š" * 127, "ž" * 40, "kratko"]}
    path = shp(frame(long), encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["ulice.dbf"] = parts["ulice.dbf"].replace("ž".encode() * 40, "ž".encode() * 39 + b"\xc5 ")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    reading = read_one(path)
    assert (reading.ok, reading.encoding) == (True, "utf-8")
    assert cells(reading)[1]["c0"] == "ž" * 39


def test_geometries_of_kinds_that_no_map_shows_are_named(gpkg, read_one):
    path = gpkg({"a": frame(PLACES)})
    tin = bytes.fromhex("0110000000" + "00000000")  # WKB: little endian, type 16, no triangle
    header = b"GP\x00\x01" + (4326).to_bytes(4, "little")
    database = sqlite3.connect(path)
    database.create_function("ST_IsEmpty", 1, lambda _: 0)
    for name in ("minx", "maxx", "miny", "maxy"):
        database.create_function(f"ST_{name}", 1, lambda _: 0.0)
    database.execute("update a set geom = ? where broj = 2", (header + tin,))
    database.commit()
    database.close()
    reading = read_one(path)
    assert [f.row for f in reading.findings if f.check == "geometry-unreadable"] == [2]


def test_without_a_prj_the_crs_stays_unknown(shp, read_one):
    reading = read_one(shp(frame(NAMES).to_crs(32634), encoding="utf-8", leave=(".prj",)))
    assert (reading.ok, reading.crs) == (True, "")


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_part_that_is_missing_is_named(shp, read_one, part):
    [finding] = read_one(shp(frame(NAMES), leave=(part,))).findings
    assert (finding.check, finding.severity) == ("shapefile-part-missing", "error")
    assert finding.values == {"layer": "ulice", "missing": part}


def test_of_two_shapefiles_in_a_zip_one_is_read_and_the_other_named(shp, read_one):
    path = shp(frame(NAMES), encoding="utf-8", rename=lambda name: f"b/{name}")
    shp(frame(PLACES), encoding="utf-8", rename=lambda name: f"a/prva{name[5:]}", into=path)
    reading = read_one(path)
    assert (reading.sheet, reading.labels) == ("prva", ("naziv", "broj"))
    [several] = [f for f in reading.findings if f.check == "layers-ignored"]
    assert several.values == {"taken": "prva", "ignored": "ulice"}
    assert [offer.count for offer in several.offers] == [3, 3]
    assert several.offers[0].samples[0].after == "naziv, broj"
    chosen = read_one(path, recipe=(several.offers[1].step,))
    assert (chosen.sheet, chosen.labels) == ("ulice", ("naziv", "povrsina"))
    assert [f.severity for f in chosen.findings if f.check == "layers-ignored"] == ["note"]
    gone = read_one(path, recipe=(Step("layer", values={"layer": "treća"}),))
    assert [f.check for f in gone.findings] == ["layer-missing"]
    assert len(gone.findings[0].offers) == 2


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (
            pa.array([1e16, 12.0, -0.0, None, float("nan")]),
            ["10000000000000000", "12", "0", "", ""],
        ),
        (pa.array([1e-7, 0.1]), ["0.0000001", "0.1"]),
        (pa.array([2**53 + 1, None]), ["9007199254740993", ""]),
        (pa.array([[1, 2], None]), ["[1,2]", ""]),
        (pa.array(["", None, " a "]), ["", "", " a "]),
    ],
)
def test_typed_columns_are_written_in_one_way(typed, written):
    assert texts(pa.chunked_array([typed])).to_pylist() == written
