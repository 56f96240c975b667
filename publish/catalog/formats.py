"""Names of file formats: one spelling each, guessed from an ending where nothing is said."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

FORMATS = {  # name: its media type, and other words for it
    "CSV": ("text/csv", "csv"),
    "TSV": ("text/tab-separated-values", "tsv"),
    "XLS": ("application/vnd.ms-excel", "xls"),
    "XLSX": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ODS": ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    "JSON": ("application/json", "json"),
    "XML": ("application/xml", "xml", "text/xml"),
    "GeoJSON": ("application/geo+json", "geojson", "application/vnd.geo+json"),
    "GPKG": ("application/geopackage+sqlite3", "gpkg", "geopackage"),
    "SHP": ("application/vnd.shp", "shp", "shapefile"),
    "KML": ("application/vnd.google-earth.kml+xml", "kml"),
    "KMZ": ("application/vnd.google-earth.kmz", "kmz"),
    "GML": ("application/gml+xml", "gml"),
    "Parquet": ("application/vnd.apache.parquet", "parquet", "geoparquet"),
    "PDF": ("application/pdf", "pdf"),
    "HTML": ("text/html", "html", "htm"),
    "TXT": ("text/plain", "txt"),
    "ZIP": ("application/zip", "zip"),
}
_NAMES = {word: name for name, words in FORMATS.items() for word in words}


def format_name(said: str, url: str) -> str:
    """Give the format as people know it; unknown words stay, empty is guessed from the address.

    >>> format_name("application/geo+json", ""), format_name("", "/data/x/files/y.xlsx")
    ('GeoJSON', 'XLSX')
    >>> format_name(".csv", ""), format_name("", "https://example.rs/about")
    ('.csv', '')
    """
    word = said.strip()
    return _NAMES.get(word.lower(), word) if word else _NAMES.get(_ending(url), "")


def media_type(url: str) -> str | None:
    """Guess the media type from the ending of an address.

    >>> media_type("https://example.com/new.csv")
    'text/csv'
    """
    name = _NAMES.get(_ending(url))
    return FORMATS[name][0] if name else None


def _ending(url: str) -> str:
    try:
        return PurePosixPath(urlsplit(url).path).suffix[1:].lower()
    except ValueError:  # an address like http://[x is nobody's
        return ""
