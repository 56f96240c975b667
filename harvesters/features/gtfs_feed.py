"""A GTFS feed as it came: a zip of tables, read row by row and never unpacked.

Rule: gtfs.org/documentation/schedule/reference. Nothing in the zip is believed: not its names,
sizes or text.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path, PurePosixPath

from datasets.errors import HarvestError
from harvesters.values.mapping import language, text

MAX_ENTRIES = 1_000
MAX_BYTES = 2_000_000_000  # of all tables together, unpacked
MAX_RATIO = 200  # unpacked to packed, of a table above ENOUGH_BYTES
ENOUGH_BYTES = 10_000_000
MAX_LINE = 200_000  # characters
NEEDED = ("stops", "routes", "trips")
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNREADABLE = (zipfile.BadZipFile, zlib.error, csv.Error, EOFError, NotImplementedError)

type Row = tuple[str, ...]


class Feed:
    """The tables of a feed by their names, without `.txt`."""

    def __init__(self, archive: zipfile.ZipFile, address: str) -> None:
        self._archive, self._address = archive, address
        self._tables = _tables(archive)
        if missing := [name for name in NEEDED if name not in self._tables]:
            raise not_gtfs(f"there is no {missing[0]}.txt in it")

    def rows(self, table: str, *columns: str) -> Iterator[Row]:
        """Yield the asked columns of a table in its order; what is not there is empty text.

        Raises HarvestError when the table breaks off or is not text of lines.
        """
        entry = self._tables.get(table)
        if entry is None:
            return
        with self._told(table), self._archive.open(entry) as packed:
            lines = io.TextIOWrapper(packed, "utf-8-sig", errors="replace", newline="")
            found = csv.reader(_lines(lines))
            header = [name.strip().lower() for name in next(found, [])]
            places = [header.index(name) if name in header else -1 for name in columns]
            for row in found:
                width = len(row)
                yield tuple(row[p].strip() if 0 <= p < width else "" for p in places)

    def columns(self, table: str) -> frozenset[str]:
        """The names in the first line of a table; none where there is no table."""
        entry = self._tables.get(table)
        if entry is None:
            return frozenset()
        with self._told(table), self._archive.open(entry) as packed:
            lines = io.TextIOWrapper(packed, "utf-8-sig", errors="replace", newline="")
            return frozenset(name.strip().lower() for name in next(csv.reader(_lines(lines)), []))

    @contextmanager
    def _told(self, table: str) -> Iterator[None]:
        try:
            yield
        except (*_UNREADABLE, OSError) as error:
            raise not_gtfs(f"{table}.txt cannot be read ({error})") from None


@contextmanager
def opened(path: Path, address: str) -> Iterator[Feed]:
    """Open a feed; raises HarvestError for what is none, and for one that would not end."""
    try:
        archive = zipfile.ZipFile(path)
    except (*_UNREADABLE, OSError, ValueError) as error:
        raise not_gtfs(f"it is no zip that can be read ({error})", address) from None
    with archive:
        try:
            yield Feed(archive, address)
        except HarvestError as error:
            said = {"address": address} | dict(error.values)
            raise HarvestError(f"{address}: {error}", error.fault, **said) from None


def not_gtfs(reason: str, address: str = "") -> HarvestError:
    """The fault of a file that is no feed."""
    where = f"{address}: " if address else ""
    return HarvestError(
        f"{where}not a GTFS feed: {reason}; ask its owner for a zip with {', '.join(NEEDED)}.txt",
        "wrong-answer",
        wanted="GTFS",
    )


def _tables(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Find the tables at the root, else in the one folder that has them all."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _too_large(f"{len(entries)} files, and {MAX_ENTRIES} is the limit")
    texts = [e for e in entries if e.filename.lower().endswith(".txt") and _is_shown(e)]
    folders = {str(PurePosixPath(e.filename).parent) for e in texts}
    home = "." if "." in folders or len(folders) != 1 else folders.pop()
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in texts:
        place = PurePosixPath(entry.filename)
        if str(place.parent) == home:
            if place.stem.lower() in found:
                raise not_gtfs(f"{place.name} is in it twice")
            found[place.stem.lower()] = entry
    _refuse_bomb(list(found.values()))
    return found


def _is_shown(entry: zipfile.ZipInfo) -> bool:
    return not entry.filename.startswith(("__MACOSX", "."))


def _refuse_bomb(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse by the sizes that the zip declares; zipfile reads no more than these."""
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise not_gtfs(f"{entry.filename[:100]} is encrypted")
        if entry.compress_type not in _PACKED:
            raise not_gtfs(f"{entry.filename[:100]} is packed in a way that few can unpack")
        if entry.file_size > max(ENOUGH_BYTES, MAX_RATIO * entry.compress_size):
            raise _too_large(f"{entry.filename[:100]} unpacks to {entry.file_size} bytes")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise _too_large(f"its tables unpack to more than {MAX_BYTES} bytes")


def _too_large(reason: str) -> HarvestError:
    return HarvestError(f"{reason}: no feed of a city is like that; ask its owner", "too-large")


def _lines(file: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines; one without an end would fill the memory."""
    while line := file.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise csv.Error(f"a line is longer than {MAX_LINE} characters")
        yield line


def translations(feed: Feed, table: str, field: str) -> dict[str, dict[str, str]]:
    """Give `{language: {id or value: words}}` of a field; languages as they end a column's name."""
    found: dict[str, dict[str, str]] = {}
    asked = ("table_name", "field_name", "language", "translation", "record_id", "field_value")
    for of, name, tag, words, record, value in feed.rows("translations", *asked):
        known = language(tag, words) if (of, name) == (table, field) else None
        if known and (said := text(words)):
            ending = known.lower().replace("-", "_")
            found.setdefault(ending, {}).setdefault(record or value, said)
    return found


def about(feed: Feed) -> dict[str, str]:
    """Give `title` and `publisher` of a feed, its `version`, and its days: `start` and `end`.

    What it does not say is empty.
    """
    agencies = [text(name) for (name,) in islice(feed.rows("agency", "agency_name"), 5)]
    asked = ("feed_publisher_name", "feed_version", "feed_start_date", "feed_end_date")
    said = next(feed.rows("feed_info", *asked), ("", "", "", ""))
    start, end = day(said[2]), day(said[3])
    if not (start and end):
        served = _served(feed)
        start, end = start or served[0], end or served[1]
    return {
        "title": text(", ".join(filter(None, dict.fromkeys(agencies)))),
        "publisher": text(said[0]),
        "version": text(said[1], 200),
        "start": start,
        "end": end,
    }


def _served(feed: Feed) -> tuple[str, str]:
    """The first and last day of service."""
    first = last = ""
    for start, end in _periods(feed):
        first = min(filter(None, (first, day(start))), default="")
        last = max(last, day(end))
    return first, last


def _periods(feed: Feed) -> Iterator[tuple[str, ...]]:
    yield from feed.rows("calendar", "start_date", "end_date")
    for when, kind in feed.rows("calendar_dates", "date", "exception_type"):
        if kind == "1":
            yield when, when


def day(text: str) -> str:
    """Give a day of GTFS as ISO writes it, or nothing.

    >>> day("20251214"), day("20251341"), day("2025-12-14")
    ('2025-12-14', '', '')
    """
    if not re.fullmatch("[0-9]{8}", text):
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
