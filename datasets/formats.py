"""The file formats that are read and judged: one word each, its name, and what else it is called.

Any other file is published as it is, or as a link.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its `name` as people know it, its media type, other words and media types for it.

    `ending` is that of its files where it is another than the word: what has many parts travels
    as a zip. A `layer` is opened by GDAL.
    """

    name: str
    media_type: str
    words: tuple[str, ...] = ()
    ending: str = ""
    layer: bool = False


READABLE: Mapping[str, Format] = {
    "csv": Format("CSV", "text/csv", ("application/csv",)),
    "tsv": Format("TSV", "text/tab-separated-values", ("tab",)),
    "xlsx": Format(
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ("xlsm", "application/vnd.ms-excel.sheet.macroenabled.12"),
    ),
    "xls": Format("XLS", "application/vnd.ms-excel"),
    "ods": Format("ODS", "application/vnd.oasis.opendocument.spreadsheet"),
    "json": Format("JSON", "application/json"),
    "jsonl": Format(
        "JSON Lines",
        "application/jsonl",
        ("ndjson", "json lines", "application/x-ndjson", "application/ndjson"),
    ),
    "xml": Format("XML", "application/xml", ("text/xml",)),
    "parquet": Format("Parquet", "application/vnd.apache.parquet", ("application/x-parquet",)),
    "geojson": Format("GeoJSON", "application/geo+json", ("geo+json", "application/vnd.geo+json")),
    "geojsonseq": Format(
        "GeoJSONSeq",
        "application/geo+json-seq",
        ("geojsonl", "geojsons", "geo+json-seq", "geojson-seq"),
    ),
    "topojson": Format("TopoJSON", "application/topo+json", ("topo+json",)),
    "gpkg": Format(
        "GPKG",
        "application/geopackage+sqlite3",
        ("geopackage", "application/x-sqlite3"),
        layer=True,
    ),
    "shp": Format(
        "SHP", "application/zip", ("shapefile", "esri shapefile", "shz"), "zip", layer=True
    ),
    "gdb": Format("GDB", "application/zip", ("file geodatabase", "fgdb"), "zip", layer=True),
    "gml": Format("GML", "application/gml+xml", layer=True),
    "kml": Format("KML", "application/vnd.google-earth.kml+xml"),
    "kmz": Format("KMZ", "application/vnd.google-earth.kmz"),
    "gpx": Format("GPX", "application/gpx+xml"),
    "fgb": Format("FlatGeobuf", "application/flatgeobuf", ("flatgeobuf",), layer=True),
    "geoparquet": Format("GeoParquet", "application/vnd.apache.parquet", ending="parquet"),
}
"""By the word that a resource has as its format."""

NAMED: Mapping[str, str] = {
    word: form
    for form, known in reversed(tuple(READABLE.items()))
    for word in (form, known.name.lower(), known.media_type, *known.words)
}
"""The word of a format by every other word and media type; of several with one, the first."""
