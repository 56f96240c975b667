"""Tiles out of a PMTiles archive: mapped into memory, its directories read once.

Rule: PMTiles version 3. The archives are our own and never change, but a full disk can cut one.
"""

import functools
import hashlib
import json
import mmap
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    tileid_to_zxy,
    zxy_to_tileid,
)

from datasets.errors import PublishError
from datasets.model import BBox
from publish.layers import webmercatorquad
from publish.layers.integrity import BrokenArchive, Seen, look

MAX_OPEN = 64
MAX_DIRECTORIES = 256
MAX_DEPTH = 4
HEADER_BYTES = 127
BROKEN = (
    ValueError,
    EOFError,
    OSError,  # gzip's BadGzipFile is one
    zlib.error,
    IndexError,
    KeyError,
    OverflowError,
    MagicNumberNotFound,
    SpecVersionUnsupported,
)


@dataclass(frozen=True, slots=True)
class Header:
    """What an archive says of itself; `vector_layers` as in TileJSON 3."""

    min_zoom: int
    max_zoom: int
    bounds_lonlat: BBox
    vector_layers: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """An open archive; the map is closed when the last reader lets go of it."""

    view: mmap.mmap
    parts: HeaderDict
    header: Header
    directory: Callable[[int, int], list[Entry]]


def archived_tile(archive: Path, z: int, x: int, y: int) -> bytes | None:
    """The bytes of a tile as they are stored, gzip; None where there is none.

    Raises ValueError for a tile that WebMercatorQuad does not have, BrokenArchive.
    """
    webmercatorquad.check(z, x, y)
    opened = _open(archive)
    try:
        return _find(opened, zxy_to_tileid(z, x, y))
    except BROKEN as error:
        raise _broken(archive, error) from None


def unpacked(stored: bytes) -> bytes:
    """A tile as it was before it was packed; raises PublishError where the bytes were damaged."""
    try:
        return zlib.decompress(stored, wbits=31)
    except zlib.error as error:
        raise PublishError(f"a tile of an archive is broken: {error}; build it again") from None


def _find(opened: Archive, tile: int) -> bytes | None:
    parts = opened.parts
    offset, length = parts["root_offset"], parts["root_length"]
    for _ in range(MAX_DEPTH):
        entry = find_tile(opened.directory(offset, length), tile)
        if entry is None:
            return None
        if entry.run_length:
            return _slice(opened.view, parts["tile_data_offset"] + entry.offset, entry.length)
        offset, length = parts["leaf_directory_offset"] + entry.offset, entry.length
    return None


def header(archive: Path) -> Header:
    """Zooms, bounds and layers of an archive; raises BrokenArchive."""
    return _open(archive).header


def _header(view: mmap.mmap, parts: HeaderDict) -> Header:
    text = _slice(view, parts["metadata_offset"], parts["metadata_length"])
    metadata = json.loads(zlib.decompress(text, wbits=31))
    corners = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
    west, south, east, north = (parts[corner] / 1e7 for corner in corners)  # type: ignore[literal-required]
    return Header(
        parts["min_zoom"],
        parts["max_zoom"],
        (west, south, east, north),
        tuple(metadata["vector_layers"]),
    )


def check(archive: Path, most_bytes: int) -> None:
    """Raise PublishError unless the archive looks whole and none of its tiles is larger than that.

    Nothing of it is kept open.
    """
    opened = _read(archive)
    try:
        sizes = [(entry.length, entry.tile_id) for entry in _entries(opened)]
    except BROKEN as error:
        raise _broken(archive, error) from None
    size, tile = max(sizes, default=(0, 0))
    if size > most_bytes:
        z, x, y = tileid_to_zxy(tile)
        raise PublishError(
            f"tiles {archive.name}: tile {z}/{x}/{y} has {size} bytes; at most {most_bytes} may be"
        )


def _entries(opened: Archive) -> Iterator[Entry]:
    """Every entry that is a tile, from the root and the leaves below it."""
    parts = opened.parts
    for entry in opened.directory(parts["root_offset"], parts["root_length"]):
        if entry.run_length:
            yield entry
        else:
            leaf = parts["leaf_directory_offset"] + entry.offset
            yield from opened.directory(leaf, entry.length)


def _open(path: Path) -> Archive:
    return _whole(path, look(path.parent, path.name))


@functools.lru_cache(MAX_OPEN)
def _whole(path: Path, seen: Seen | None) -> Archive:
    """An archive whose bytes are those that its name says; hashed again when the file is another.

    Raises BrokenArchive.
    """
    if seen is None:
        raise BrokenArchive(path, "the file is missing")
    opened = _read(path)
    named = re.fullmatch(r"[0-9a-f]{16}-([0-9a-f]{32})", path.stem)
    if named and named[1] != digest(opened.view):
        raise BrokenArchive(path, "it has changed since it was built")
    return opened


def digest(content: bytes | mmap.mmap) -> str:
    """The hash of an archive that stands in its name."""
    return hashlib.sha256(content).hexdigest()[:32]


def _read(path: Path) -> Archive:
    try:
        with path.open("rb") as file:
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        parts = deserialize_header(_slice(view, 0, HEADER_BYTES))
        _check(parts, len(view))
        said = _header(view, parts)
    except BROKEN as error:
        raise _broken(path, error) from None

    @functools.lru_cache(MAX_DIRECTORIES)
    def directory(offset: int, length: int) -> list[Entry]:
        return deserialize_directory(_slice(view, offset, length))

    return Archive(view, parts, said, directory)


def _check(parts: HeaderDict, size: int) -> None:
    """Refuse what is not gzipped vector tiles, and a file that ends too soon."""
    kinds = (parts["tile_type"], parts["tile_compression"], parts["internal_compression"])
    if kinds != (TileType.MVT, Compression.GZIP, Compression.GZIP):
        raise ValueError("not gzipped vector tiles")
    for part in ("root", "metadata", "leaf_directory", "tile_data"):
        end: int = parts[f"{part}_offset"] + parts[f"{part}_length"]  # type: ignore[literal-required]
        if end > size:
            raise ValueError(f"{part} ends at byte {end} of {size}")


def _slice(view: mmap.mmap, offset: int, length: int) -> bytes:
    # what is mapped beyond the end of a file that was cut since would end the process
    if view.size() < offset + length:
        raise EOFError(f"ends before byte {offset + length}")
    return view[offset : offset + length]


def _broken(path: Path, error: BaseException) -> BrokenArchive:
    return BrokenArchive(path, f"not a whole PMTiles archive: {str(error) or type(error).__name__}")
