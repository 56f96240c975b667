"""Which reader a layer gets, once its bytes agree with the format that is declared.

GeoJSON, TopoJSON and sequences are one family, told apart by what is in them, as their endings
are mixed up everywhere; so are the archives that "zip" may mean. Readers load when needed.
"""
# ruff: noqa: PLC0415

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from validation.reading import archive, sniff
from validation.reading.cells import Cells

type Arguments = Mapping[str, Any]


def read_spatial(path: Path, expected: str, found: str, arguments: Arguments) -> Cells:
    """Read a layer; raises Unreadable when the bytes are of another format."""
    match expected:
        case "gml" if found == "xml":
            from validation.reading.gml import read_gml

            return read_gml(path, arguments)
        case "kml" | "kmz" if found == "xml":
            from validation.reading.kml import read_kml

            return read_kml(path, arguments)
        case "gpx" if found == "xml":
            from validation.reading.gpx import read_gpx

            return read_gpx(path, arguments)
        case "gpkg" if found == "gpkg":
            from validation.reading.geopackage import read_geopackage

            return read_geopackage(path, arguments)
        case "fgb" if found == "fgb":
            from validation.reading.flatgeobuf import read_flatgeobuf

            return read_flatgeobuf(path, arguments)
        case "geoparquet" if found == "parquet":
            from validation.reading.geoparquet import read_geoparquet

            return read_geoparquet(path, arguments)
        case "shp" if found == "shp-part":
            raise archive.loose(path)
        case _:
            raise sniff.mismatch(arguments["format"], found)


def read_json_layer(path: Path, arguments: Arguments) -> Cells:
    """Read GeoJSON, a sequence of it, or TopoJSON."""
    from validation.reading import geojson, geojsonseq, topojson

    with path.open("rb") as file:
        head = file.read(sniff.HEAD_BYTES)
    if geojsonseq.is_sequence(head):
        return geojsonseq.read_sequence(path, arguments)
    document, encoding = geojson.parsed(path.read_bytes())
    if isinstance(document, dict) and document.get("type") == "Topology":
        return topojson.read_topology(document, arguments)
    return geojson.cells_of_document(document, encoding, arguments)


def is_zipped(expected: str, found: str) -> bool:
    """Tell whether a zip of this kind may hold what is declared; "shp" may mean any zip."""
    return found in {
        "shp": ("shp", "gdb", "kmz", "single"),
        "kml": ("kmz",),
    }.get(expected, (expected, "single"))


def read_archive(opened: zipfile.ZipFile, found: str, arguments: Arguments) -> Cells:
    """Read the layer of a zip: a KMZ, a geodatabase or shapefiles."""
    if found == "kmz":
        from validation.reading.kml import read_kmz

        return read_kmz(opened, arguments)
    if found == "gdb":
        from validation.reading.filegdb import read_geodatabase

        return read_geodatabase(opened, arguments)
    from validation.reading.shapefile import read_shapefile

    return read_shapefile(opened, arguments)


def unpacked(opened: zipfile.ZipFile, arguments: Arguments) -> tuple[Path, str]:
    """Unpack the only file of a zip; give where it lies and its format."""
    member = archive.single(opened)
    ending = member.rpartition(".")[2].lower()
    own = Path(arguments["cells"]).with_name(f"unpacked.{ending}")
    return archive.unpack(opened, member, own), sniff.expected(ending)
