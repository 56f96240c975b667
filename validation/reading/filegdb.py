"""File Geodatabases: a zip with a folder *.gdb, unpacked under names that are surely its own."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from validation.reading.archive import unpack
from validation.reading.cells import Cells, Unreadable
from validation.reading.vector import Layer

PART = re.compile(r"(a[0-9a-f]{8}\.[a-z0-9_.]{3,40}|gdb|timestamps)", re.IGNORECASE)


def read_geodatabase(opened: zipfile.ZipFile, arguments: Mapping[str, Any]) -> Cells:
    """Read a layer of the first geodatabase in a zip; those with geometry come first."""
    layer = Layer(_extract(opened, Path(arguments["cells"]).with_name("layer.gdb")))
    ordered = sorted(layer.listed(), key=lambda each: not each[1])
    if not ordered:
        raise Unreadable("no-layer", "the geodatabase holds no layer; nothing can be published")
    layer.choose([name for name, _ in ordered], arguments)
    return layer.read()


def folders(opened: zipfile.ZipFile) -> list[str]:
    """List the folders of geodatabases in a zip, by name; empty for a zip of another kind.

    Some zips hold the files of one geodatabase without its folder.
    """
    found = set()
    for name in opened.namelist():
        path = PurePosixPath(name.replace("\\", "/"))
        if path.suffix.lower() == ".gdbtable" and "__MACOSX" not in path.parts:
            found.add(str(path.parent))
    return sorted(found)


def _extract(opened: zipfile.ZipFile, into: Path) -> Path:
    """Unpack the geodatabase's own files, and no other, in small letters."""
    folder = PurePosixPath(folders(opened)[0])
    into.mkdir()
    for name in opened.namelist():
        path = PurePosixPath(name.replace("\\", "/"))
        if path.parent == folder and PART.fullmatch(path.name):
            unpack(opened, name, into / path.name.lower())
    return into
