"""The inside of an XLS (BIFF in a compound file), scanned before its reader may open it.

The reader builds every sheet as one block of cells when it opens the file, so that a cell in the
last corner takes all memory; it also reads a locked file as if its bytes were text.
Formats: [MS-CFB] sections 2.2 to 2.6, [MS-XLS] section 2.4.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from validation.reading.workbook import (
    MOST_ERRORS,
    Sheet,
    address,
    check_extent,
    damaged,
    locked,
)

SECTOR_SHIFTS = (9, 12)
LAST = 0xFFFFFFFA  # sector numbers from here on say that there is none
ENTRY_BYTES = 128
NAMES = ("Workbook", "Book")
BOF, EOF, FILEPASS, BOUNDSHEET = (0x0809, 0x0409, 0x0209, 0x0009), 0x0A, 0x2F, 0x85
NUMBER, LABEL, LABEL_SST, RSTRING, RK, BOOLERR, FORMULA = (
    0x203,
    0x204,
    0xFD,
    0xD6,
    0x27E,
    0x205,
    0x06,
)
MULTIPLE = (0xBD, 0xBE)  # numbers, blanks
CELLS = frozenset({NUMBER, LABEL, LABEL_SST, RSTRING, RK, BOOLERR, FORMULA, *MULTIPLE})
ERROR_RESULT = 2


def sheets(path: Path) -> list[Sheet]:
    """List the worksheets in order; raises Unreadable for a locked one or one of absurd size."""
    try:
        stream = _stream(path.read_bytes())
        named = list(_named(stream))
        return [_scanned(stream, at, name, visible) for at, name, visible in named]
    except (struct.error, IndexError) as error:
        raise damaged("xls", str(error)) from None


def _stream(raw: bytes) -> bytes:
    """Give the stream of the workbook out of the compound file."""
    shift, small_shift = struct.unpack_from("<HH", raw, 30)
    if shift not in SECTOR_SHIFTS:
        raise damaged("xls", "its sectors have an unknown size")
    [directory_at, _, cutoff, small_at] = struct.unpack_from("<IIII", raw, 48)
    table = _table(raw, shift)
    directory = b"".join(_chain(raw, directory_at, table, 1 << shift))
    root = b""
    for i in range(0, len(directory), ENTRY_BYTES):
        name, at, size = _entry(directory, i)
        if i == 0:
            root = b"".join(_chain(raw, at, table, 1 << shift)) if at < LAST else b""
        elif name in NAMES and size >= cutoff:
            return b"".join(_chain(raw, at, table, 1 << shift))[:size]
        elif name in NAMES:
            small = b"".join(_chain(raw, small_at, table, 1 << shift))
            numbers = struct.unpack(f"<{len(small) // 4}I", small)
            return b"".join(_chain(root, at, numbers, 1 << small_shift, 0))[:size]
    raise damaged("xls", "there is no workbook in it")


def _table(raw: bytes, shift: int) -> tuple[int, ...]:
    """Give the allocation table: the next sector of each."""
    [further, _] = struct.unpack_from("<II", raw, 68)
    parts = [n for n in struct.unpack_from("<109I", raw, 76) if n < LAST]
    each = (1 << shift) // 4 - 1
    for _ in range(len(raw) >> shift):
        if further >= LAST:
            break
        *more, further = struct.unpack_from(f"<{each + 1}I", raw, (further + 1) << shift)
        parts += [n for n in more if n < LAST]
    found: list[int] = []
    for part in parts[: (len(raw) >> shift) + 1]:
        found += struct.unpack_from(f"<{each + 1}I", raw, (part + 1) << shift)
    return tuple(found)


def _chain(
    raw: bytes, sector: int, table: tuple[int, ...], size: int, header: int = 1
) -> Iterator[bytes]:
    """Yield the sectors of a stream; a chain that bites its tail is broken off."""
    for _ in range(len(raw) // size + 1):
        if sector >= LAST:
            return
        yield raw[(sector + header) * size : (sector + header + 1) * size]
        sector = table[sector]


def _entry(directory: bytes, at: int) -> tuple[str, int, int]:
    """Give name, first sector and size of an entry of the directory."""
    [length] = struct.unpack_from("<H", directory, at + 64)
    name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
    sector, size = struct.unpack_from("<II", directory, at + 116)
    return name, sector, size


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield kind and place of each record of a part of the stream, up to its end."""
    unpack = struct.Struct("<HH").unpack_from
    while at + 4 <= len(stream):
        kind, length = unpack(stream, at)
        if kind == EOF:
            return
        yield kind, at + 4
        at += 4 + length


def _named(stream: bytes) -> Iterator[tuple[int, str, bool]]:
    """Yield where each worksheet begins, its name, and whether it is shown."""
    if struct.unpack_from("<H", stream)[0] not in BOF:
        raise damaged("xls", "it does not begin as a workbook")
    for kind, at in _records(stream, 0):
        if kind == FILEPASS:
            raise locked()
        if kind == BOUNDSHEET:
            begin, hidden, type_, length, wide = struct.unpack_from("<IBBBB", stream, at)
            if type_ == 0:
                raw = stream[at + 8 : at + 8 + length * (1 + (wide & 1))]
                name = raw.decode("utf-16-le" if wide & 1 else "latin-1", errors="replace")
                yield begin, name, hidden & 3 == 0


def _scanned(stream: bytes, begin: int, name: str, visible: bool) -> Sheet:
    rows, columns = 0, 0
    errors: list[str] = []
    unpack = struct.Struct("<HH").unpack_from
    for kind, at in _records(stream, begin):
        if kind not in CELLS:
            continue
        row, column = unpack(stream, at)
        if kind in MULTIPLE:
            [length] = struct.unpack_from("<H", stream, at - 2)
            [column] = struct.unpack_from("<H", stream, at + length - 2)
        rows, columns = max(rows, row + 1), max(columns, column + 1)
        if kind in (BOOLERR, FORMULA) and len(errors) < MOST_ERRORS and _fails(stream, kind, at):
            errors.append(address(row + 1, column + 1))
    check_extent(name, rows, columns)
    return Sheet(name, visible, rows, columns, tuple(errors))


def _fails(stream: bytes, kind: int, at: int) -> bool:
    """Tell whether a cell holds an error, by itself or as what its formula gives."""
    if kind == BOOLERR:
        return stream[at + 7] == 1
    return stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == ERROR_RESULT
