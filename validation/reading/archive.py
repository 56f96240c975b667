"""The gate of every zip (a workbook is one): all is counted before any reader may open it."""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from validation.reading.cells import Unreadable

MOST_MEMBERS = 2000
MOST_MEMBER_BYTES = 512 << 20
MOST_RATIO = 200
RATIO_FROM_BYTES = 1 << 20
CHUNK = 1 << 20
LOCAL_HEADER_BYTES = 30
ENCRYPTED = 0x1
WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf")
SINGLE = frozenset(
    "csv tsv xlsx xls ods json geojson geojsonl geojsons ndjson jsonl topojson gpkg gml gpx fgb "
    "parquet".split()
)
"""Endings of files that may come alone in a zip, with a text or an XML about them beside."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The members of one shapefile in a zip, by lower-case ending.

    `stem` is its name there, with its folder where two have one name.
    """

    stem: str
    parts: dict[str, str]


@contextmanager
def opened(path: Path, inflated_bytes: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip that has passed the gate; raises Unreadable for any other.

    Refused are more than MOST_MEMBERS members, links, passwords, `..`, overlaps, and more
    inflated bytes than allowed, first by what the zip claims, then by what it really holds.
    """
    with _damage_is_told():
        archive = zipfile.ZipFile(path)
    with archive:
        with _damage_is_told():
            _check_claims(archive, inflated_bytes)
            _check_content(archive, inflated_bytes)
        yield archive


@contextmanager
def _damage_is_told() -> Iterator[None]:
    try:
        yield
    except DAMAGE as error:
        raise Unreadable(
            "archive-damaged",
            f"the zip cannot be unpacked ({error}); make it again",
            detail=str(error),
        ) from None


def _check_claims(archive: zipfile.ZipFile, inflated_bytes: int) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise _refused("members", f"{len(members)} members, more than {MOST_MEMBERS}")
    if sum(m.file_size for m in members) > inflated_bytes:
        raise _refused("size", f"it claims to hold more than {inflated_bytes >> 20} MiB")
    for member in members:
        _check_member(member)
    _check_overlaps(members)


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _refused("link", f"{name!r} is a link", name)
    if member.flag_bits & ENCRYPTED:
        raise _refused("password", f"{name!r} is locked with a password", name)
    if member.compress_type not in WAYS:
        raise _refused("method", f"{name!r} is packed in a way that is not read here", name)
    path = _path(name)
    if path.is_absolute() or ".." in path.parts or path.parts[:1] and path.parts[0].endswith(":"):
        raise _refused("path", f"{name!r} points out of the archive", name)


def _check_overlaps(members: list[zipfile.ZipInfo]) -> None:
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise _refused("overlap", f"{member.filename!r} overlaps another", member.filename)
        end = member.header_offset + LOCAL_HEADER_BYTES + member.compress_size


def _check_content(archive: zipfile.ZipFile, inflated_bytes: int) -> None:
    """Unpack each member into nothing, counting: what a zip claims need not be so."""
    total = 0
    for member in archive.infolist():
        size = 0
        with archive.open(member) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                total += len(chunk)
                if size > MOST_MEMBER_BYTES or total > inflated_bytes:
                    raise _refused("size", f"{member.filename!r} is too large", member.filename)
                if size > RATIO_FROM_BYTES and size > MOST_RATIO * max(1, member.compress_size):
                    raise _refused(
                        "ratio", f"{member.filename!r} swells more than {MOST_RATIO} times"
                    )


def _refused(reason: str, note: str, member: str = "") -> Unreadable:
    return Unreadable(
        "archive-refused", f"the zip is refused: {note}", reason=reason, member=member
    )


def kind(archive: zipfile.ZipFile) -> str:
    """Tell what a zip is by its members: xlsx, ods, gdb, shp, kmz, a single file, or just zip."""
    names = {name.lower() for name in archive.namelist()}
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:100]:
        return "ods"
    found = {
        "gdb": any(name.endswith(".gdbtable") for name in names),
        "shp": bool(layers(archive)),
        "kmz": bool(documents(archive)),
        "single": bool(single(archive)),
    }
    return next((name for name, is_so in found.items() if is_so), "zip")


def single(archive: zipfile.ZipFile) -> str:
    """Give the member that is the only one that may be data on its own; empty for any other."""
    for endings in (SINGLE, SINGLE | {"txt"}, SINGLE | {"txt", "xml"}):
        found = [name for name in _data(archive) if _path(name).suffix.lower()[1:] in endings]
        if len(found) == 1:
            return found[0]
    return ""


def documents(archive: zipfile.ZipFile) -> list[str]:
    """List the KML files of a KMZ: the first in its top folder is the one to read."""
    found = [name for name in _data(archive) if _path(name).suffix.lower() == ".kml"]
    return sorted(found, key=lambda name: (len(_path(name).parts), name.lower() != "doc.kml"))


def layers(archive: zipfile.ZipFile) -> list[Layer]:
    """List the shapefiles of a zip by name, wherever they lie, in whatever case."""
    found: dict[str, Layer] = {}
    for name in sorted(_data(archive)):
        path = _path(name)
        layer = found.setdefault(str(path.with_suffix("")).lower(), Layer(path.stem, {}))
        layer.parts.setdefault(path.suffix.lower(), name)
    shapes = {place: layer for place, layer in found.items() if _is_shape(layer.parts)}
    stems = Counter(layer.stem for layer in shapes.values())
    return [
        layer if stems[layer.stem] == 1 else replace(layer, stem=place)
        for place, layer in shapes.items()
    ]


def _is_shape(parts: Mapping[str, str]) -> bool:
    return ".shp" in parts or ".shx" in parts and ".dbf" in parts


def _data(archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield the names of members that are no folders, hidden files or a Mac's shadows."""
    for name in archive.namelist():
        path = _path(name)
        if not (name.endswith("/") or path.name.startswith(".") or "__MACOSX" in path.parts):
            yield name


def _path(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


def unpack(archive: zipfile.ZipFile, member: str, to: Path) -> Path:
    """Unpack one member under a name of ours."""
    with archive.open(member) as source, to.open("wb") as out:
        while chunk := source.read(CHUNK):
            out.write(chunk)
    return to


def extract(archive: zipfile.ZipFile, layer: Layer, into: Path) -> Path:
    """Unpack one shapefile under names of ours; give the path of its .shp."""
    for ending in (*SHAPEFILE_PARTS, ".prj", ".cpg"):
        if ending in layer.parts:
            unpack(archive, layer.parts[ending], into / f"layer{ending}")
    return into / "layer.shp"


def loose(path: Path) -> Unreadable:
    """Say that one part of a shapefile came alone."""
    others = [part for part in (*SHAPEFILE_PARTS, ".prj") if part != path.suffix.lower()]
    return Unreadable(
        "shapefile-part-alone",
        f"only one part of a shapefile came; zip it together with {', '.join(others)}",
        missing=", ".join(others),
    )
