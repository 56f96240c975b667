"""Names of file formats: one spelling each, guessed from an ending where nothing is said."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from datasets.formats import READABLE

FORMATS: dict[
    str, tuple[str, ...]
] = {  # name: its media type, and other words for it; of a word that is said twice, the last
    **{f.name: (f.media_type, form, *f.words) for form, f in reversed(tuple(READABLE.items()))},
    "SHP": ("application/vnd.shp", "shp", "shapefile"),
    "PDF": ("application/pdf", "pdf"),
    "HTML": ("text/html", "html", "htm"),
    "TXT": ("text/plain", "txt"),
    "ZIP": ("application/zip", "zip", "application/x-zip-compressed"),
    "7Z": ("application/x-7z-compressed", "7z"),
    "GZIP": ("application/gzip", "gz", "gzip", "application/x-gzip"),
    "RAR": ("application/vnd.rar", "rar", "application/x-rar-compressed"),
    "TAR": ("application/x-tar", "tar"),
    "DOC": ("application/msword", "doc"),
    "DOCX": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "ODT": ("application/vnd.oasis.opendocument.text", "odt"),
    "ODP": ("application/vnd.oasis.opendocument.presentation", "odp"),
    "PPT": ("application/vnd.ms-powerpoint", "ppt"),
    "PPTX": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    "RTF": ("application/rtf", "rtf", "text/rtf"),
    "MD": ("text/markdown", "md", "markdown"),
    "GIF": ("image/gif", "gif"),
    "JPEG": ("image/jpeg", "jpg", "jpeg"),
    "PNG": ("image/png", "png"),
    "SVG": ("image/svg+xml", "svg"),
    "GeoTIFF": ("image/tiff", "geotiff"),
    "TIFF": ("image/tiff", "tif", "tiff"),
    "MP3": ("audio/mpeg", "mp3"),
    "MP4": ("video/mp4", "mp4"),
    "JSON-LD": ("application/ld+json", "jsonld", "json-ld"),
    "N3": ("text/n3", "n3"),
    "NT": ("application/n-triples", "nt"),
    "RDF": ("application/rdf+xml", "rdf", "rdf+xml"),
    "SPARQL": ("application/sparql-query", "sparql", "rq"),
    "TTL": ("text/turtle", "ttl", "turtle"),
    "ATOM": ("application/atom+xml", "atom"),
    "RSS": ("application/rss+xml", "rss"),
    "ICS": ("text/calendar", "ics", "icalendar"),
    "YAML": ("application/yaml", "yaml", "yml"),
    "DBF": ("application/vnd.dbf", "dbf"),
    "DWG": ("image/vnd.dwg", "dwg"),
    "DXF": ("image/vnd.dxf", "dxf"),
    "MDB": ("application/vnd.ms-access", "mdb"),
    "NetCDF": ("application/netcdf", "netcdf", "nc"),
    "SQLITE": ("application/vnd.sqlite3", "sqlite", "sqlite3"),
    "PMTiles": ("application/vnd.pmtiles", "pmtiles"),
    "WCS": ("application/vnd.ogc.wcs_xml", "wcs"),
    "WFS": ("application/vnd.ogc.wfs_xml", "wfs"),
    "WMS": ("application/vnd.ogc.wms_xml", "wms"),
    "WMTS": ("application/vnd.ogc.wmts_xml", "wmts"),
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
