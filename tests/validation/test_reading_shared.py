"""Every messy file beside the project ends in a reading or in a finding, never in an exception.

They are read without a child, as they mean no harm and there are many. Of tables and GeoJSON,
`make test-long` reads every one, and what needs GDAL the whole way.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import pytest
import shapely

from validation.reading.reading import Reading
from validation.reading.worker import read_file

PLAIN = ("csv", "tsv", "xlsx", "geojson", "kml")
FOLDERS = ("messy", "serbia")


def found(shared: Path, *endings: str) -> list[Path]:
    paths = (p for folder in FOLDERS for p in (shared / "data" / folder).rglob("*"))
    return sorted(p for p in paths if p.suffix[1:].lower() in endings)


def arguments(path: Path, cells: Path) -> dict[str, Any]:
    return {
        "path": str(path),
        "format": path.suffix[1:].lower(),
        "encoding": "",
        "dialect": {},
        "schema": None,
        "cells": str(cells),
        "inflated_bytes": 1 << 30,
    }


@pytest.mark.parametrize("ending", PLAIN)
def test_a_messy_file_is_read_or_says_what_is_wrong(shared, tmp_path, ending):
    look(sparsely(found(shared, ending)), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("ending", PLAIN)
def test_every_messy_file_is_read_or_says_what_is_wrong(shared, tmp_path, ending):
    look(found(shared, ending), tmp_path)


def sparsely(files: list[Path]) -> list[Path]:
    """A dozen at most, taken evenly of all folders, none of them large."""
    small = [path for path in files if path.stat().st_size < 200_000]
    return small[:: -(-len(small) // 12)]


def look(files: list[Path], tmp_path: Path) -> None:
    assert files
    for path in files:
        cells = tmp_path / f"{len(list(tmp_path.iterdir()))}.arrow"
        said = read_file(arguments(path, cells))
        errors = [f for f in said["findings"] if f["severity"] == "error"]
        assert all(f["note"] for f in said["findings"]), path
        assert errors or is_whole(said, cells), path


def is_whole(said: dict[str, Any], cells: Path) -> bool:
    """Tell whether cells, labels and schema fit each other."""
    with pa.memory_map(str(cells)) as source:
        table = pa.ipc.open_file(source).read_all()
    texts = [name for name in table.column_names if re.fullmatch(r"c\d+", name)]
    return (
        table.num_rows == said["rows"]
        and len(texts) >= len(said["labels"]) == len(said["schema"]["fields"])
        and ("geometry" in table.column_names) == said["spatial"]
    )


@pytest.mark.parametrize("ending", ["gpkg", "zip"])
def test_a_messy_layer_is_read_or_says_what_is_wrong(shared, read_one, here, ending):
    read_all(found(shared, ending), lambda path: read_one(path, box=here))


@pytest.mark.long
@pytest.mark.parametrize("ending", ["gpkg", "zip"])
def test_a_messy_layer_is_read_in_the_sandbox_or_says_what_is_wrong(shared, read_one, ending):
    read_all(found(shared, ending), read_one)


def read_all(files: list[Path], read: Callable[[Path], Reading]) -> None:
    assert files
    for path in files:
        reading = read(path)
        assert all(f.note for f in reading.findings), path
        assert (reading.rows > 0) == reading.ok, path


SHAPEFILES = {
    "messy/shp/lake-man/lake-man": (6, "EPSG:4326"),
    "messy/shp/lake-man/lake-man-epsg26943": (6, "EPSG:26943"),
    "messy/shp/lake-man/lake-man-epsg26943-noprj": (6, ""),
    "messy/shp/lake-man/lake-man-utf8": (6, "EPSG:4326"),
    "messy/shp/natural-earth/naturalearth_lowres": (177, "EPSG:4326"),
    "messy/shp/pyshp/blockgroups": (663, ""),
    "messy/shp/pyshp/corrupt_too_long": (10, ""),
    "messy/shp/pyshp/latin1": (0, ""),
    "messy/shp/serbian-synthetic/shp-UTF-8/ulice": (2, "EPSG:32634"),
    "messy/shp/serbian-synthetic/shp-cp1250/ulice": (2, "EPSG:32634"),
    "serbia/derived-traps/opstine_utm34_noprj": (165, ""),
}


@pytest.mark.parametrize("stem", SHAPEFILES)
def test_loose_shapefiles_are_read_once_they_are_zipped(shared, tmp_path, here, read_one, stem):
    first = shared / "data" / stem
    with zipfile.ZipFile(tmp_path / "sloj.zip", "w") as archive:
        for part in first.parent.glob(f"{first.name}.*"):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                archive.write(part, part.name)
    reading = read_one(tmp_path / "sloj.zip", box=here)
    assert (reading.rows, reading.crs) == SHAPEFILES[stem]
    assert reading.ok or [f.check for f in reading.findings] == ["shapefile-part-missing"]


HONEST = (
    "messy/kml/belgrade-derived/beograd_opstine.kml",
    "messy/gpkg/openaddresses/lake-man.gpkg",
    "messy/gpkg/dutch-addresses/dutch_addresses_28992.gpkg",
    "messy/shp/openaddresses/us-wy-park.zip",
    "messy/shp/openaddresses/TRU_ADDS-excerpt.zip",
    "messy/geojson/geonetwork-ui/perimetre-des-epci-concernes-par-un-contrat-de-ville.geojson",
)


@pytest.mark.parametrize("place", HONEST)
def test_an_honest_layer_is_what_gdal_makes_of_it(shared, here, read_one, cells, place):
    reading = read_one(shared / "data" / place, box=here)
    rows = cells(reading)
    theirs = pyogrio.read_dataframe(shared / "data" / place, force_2d=True)
    assert all(map(shapely.equals, shapes(rows), theirs.geometry))
    assert len(rows) == len(theirs)
    for i, label in enumerate(reading.labels):
        texts = theirs[label] if label in theirs else [None] * len(rows)
        both = zip((row[f"c{i}"] for row in rows), texts, strict=True)
        assert all(ours == text for ours, text in both if isinstance(text, str)), label


def shapes(rows: list[dict[str, Any]]) -> list[Any]:
    return [shapely.from_wkb(row["geometry"]) for row in rows]


def test_the_municipalities_of_serbia_are_read_whole(shared, read_one, cells):
    folder = shared / "data" / "serbia"
    layer = read_one(folder / "boundaries" / "opstine_165_fixed.geojson")
    assert (layer.rows, layer.crs, layer.ok) == (165, "EPSG:4326", True)
    table = read_one(folder / "derived-traps" / "opstine_cp1250_semicolon_deccomma.csv")
    assert (table.rows, table.encoding, table.dialect["csv"]["delimiter"]) == (165, "cp1250", ";")
    wide = read_one(folder / "derived-traps" / "opstine_utf16_tab.csv")
    assert (wide.rows, wide.encoding, wide.dialect["csv"]["delimiter"]) == (165, "utf-16", "\t")
    names = {row["c1"] for row in cells(table)}
    assert {"Čačak", "Šabac", "Žabalj"} <= names


def test_streets_keep_their_letters_in_every_encoding(shared, read_one, cells):
    folder = shared / "data" / "messy" / "encodings" / "serbian-synthetic"
    latin = [cells(read_one(path)) for path in sorted(folder.glob("ulice-lat-*.csv"))]
    cyrillic = [cells(read_one(path)) for path in sorted(folder.glob("ulice-cir-*.csv"))]
    assert len(latin) >= 5
    assert len(cyrillic) >= 3
    assert all(rows == latin[0] for rows in latin)
    assert all(rows == cyrillic[0] for rows in cyrillic)
