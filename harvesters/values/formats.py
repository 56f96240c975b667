"""What a file is called by its format: one of those that are read, or what it says."""

import re
from pathlib import PurePath

from datasets.formats import NAMED, READABLE

_ALIASES = {
    "txt": "csv",
    "excel": "xlsx",
    "ms excel": "xlsx",
    "zip": "shp",  # the only archive that is read; what is in it decides
    "application/x-zip-compressed": "shp",
}
_WORDS = {**NAMED, **_ALIASES}
_SCRIPTS = ("php", "asp", "aspx", "ashx", "jsp", "do", "cgi", "dll", "exe", "html", "htm")
"""Endings of what makes a file, not of the file."""


def file_format(filename: str, declared: str = "", media_type: str = "") -> str:
    """Give the format as one lower-case word, or nothing: what is declared, the ending, the type.

    These are labels; the reader looks at the bytes and says when they disagree.

    >>> file_format("Паркинг.TXT"), file_format("x", "GeoPackage"), file_format("x.zip")
    ('csv', 'gpkg', 'shp')
    """
    ending = PurePath(filename).suffix
    for word in (declared, ending if ending[1:].lower() not in _SCRIPTS else ""):
        said = word.strip().lower().lstrip(".")
        if said in _WORDS:
            return _WORDS[said]
        if re.fullmatch(r"[a-z0-9+-]{1,16}", said):
            return said
    return _WORDS.get(media_type.strip().lower(), "")


def ending(form: str) -> str:
    """Give the ending of a file of a format: a shapefile travels as a zip.

    >>> ending("shp"), ending("csv"), ending("gtfs")
    ('zip', 'csv', 'gtfs')
    """
    return (READABLE[form].ending if form in READABLE else "") or form


def is_litter(filename: str) -> bool:
    """Tell whether a file or folder is nobody's data: hidden, half-copied, a lock, a thumbnail.

    >>> [is_litter(n) for n in ("~$rok.xlsx", "a.csv.part", ".git", "Thumbs.db", "rok.xlsx")]
    [True, True, True, True, False]
    """
    name = filename.lower()
    return (
        name.startswith((".", "~$", "__macosx"))
        or name.endswith((".part", ".filepart", ".crdownload", ".tmp"))
        or name in ("thumbs.db", "desktop.ini")
    )
