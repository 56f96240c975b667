"""What a file is by its first bytes; names, endings and content types are labels only.

Rule: facts on security, section 3. A format that is read here must be what the dataset declares;
anything else is named, so that the clerk learns what was really sent.
"""

import json
import re
from pathlib import Path

from datasets.formats import NAMED, READABLE
from validation.reading.cells import Unreadable

WORDS = {**NAMED, "zip": "shp", "txt": "csv"}
GEOMETRIES = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)
GEOJSON_TYPES = ("FeatureCollection", "Feature", *GEOMETRIES)
HEAD_BYTES = 1 << 16
GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
MAGIC = (
    (b"fgb\x03fgb", "fgb"),
    (b"PAR1", "parquet"),
    (b"\x00\x00\x27\x0a", "shp-part"),
    (b"%PDF", "pdf"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
)
MARKUP = re.compile(rb"\s*<(\?xml|!doctype|!--|[a-zA-Z][\w:.-]*[\s/>])", re.IGNORECASE)
HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!doctype\s+html|<html)", re.IGNORECASE)
JSON = re.compile(rb'[\s\x1e]*(\{\s*["}]|\[\s*[\[{"\d\]-])')


def sniffed(path: Path) -> str:
    """Give the format by content: one of READABLE (csv for any text), or what else it is.

    Zips are told apart by what lies in them, in `archive.py`: here they are "zip".
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Unreadable("empty-file", "the file is empty (0 bytes); send it again")
    return _by_magic(head) or _by_text(head)


def _by_magic(head: bytes) -> str:
    if head.startswith(b"SQLite format 3\0"):
        return "gpkg" if head[68:72] in GEOPACKAGE_IDS else "sqlite"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "locked-workbook" if "EncryptedPackage".encode("utf-16-le") in head else "xls"
    return next((name for magic, name in MAGIC if head.startswith(magic)), "")


def _by_text(head: bytes) -> str:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:4]
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"" if wide else b"\0")
    if text.count(b"\0") or sum(text.count(c) for c in range(1, 9)) > len(text) // 100:
        return "csv" if _is_wide(head) else "binary"
    if HTML.match(text):
        return "html"
    if MARKUP.match(text):
        return "xml"
    return "json" if JSON.match(text) else "csv"


def _is_wide(head: bytes) -> bool:
    """Tell UTF-16 without a mark: its zero bytes stand on one side only."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    return min(even, odd) * 10 < max(even, odd) and max(even, odd) * 8 > len(head)


def geojson_type(document: object) -> str:
    """Give the GeoJSON type of a parsed document, or refuse: other JSON may start GDAL programs."""
    found = document.get("type") if isinstance(document, dict) else None
    if not isinstance(found, str) or found not in GEOJSON_TYPES:
        shown = json.dumps(found, ensure_ascii=False)[:40]
        raise Unreadable(
            "format-mismatch",
            f"the file is JSON, but not GeoJSON: its type is {shown}; GeoJSON has one of "
            f"{', '.join(GEOJSON_TYPES)}",
            declared="geojson",
            found="json",
        )
    return found


def expected(declared: str) -> str:
    """Give the format of READABLE that is declared, or refuse."""
    format_ = WORDS.get(declared.lower().strip(" ."), "")
    if not format_:
        known = ", ".join(READABLE)
        raise Unreadable(
            "format-unsupported",
            f"the format {declared!r} cannot be read; there are {known}",
            declared=declared,
            formats=known,
        )
    return format_


def mismatch(declared: str, found: str) -> Unreadable:
    """Say that the file is not what it is called."""
    if found == "locked-workbook":
        note = "the workbook is locked with a password; save it without one"
        return Unreadable("workbook-locked", note)
    found = "text" if found == "csv" else found
    return Unreadable(
        "format-mismatch",
        f"the file is declared as {declared}, but holds {found}; save it as {declared}, or "
        "declare what it is",
        declared=declared,
        found=found,
    )
