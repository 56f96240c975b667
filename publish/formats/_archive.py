"""Files together in one zip, sent as they are made."""

import io
import zipfile
from collections.abc import Buffer, Iterable, Iterator
from pathlib import PurePath

PACKED = ("zip", "xlsx", "parquet", "pmtiles")  # to pack these again would gain nothing
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the earliest time of a zip: the same files, the same bytes


class _Sink(io.RawIOBase):
    """Takes what an archive writes, until it is asked for."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def write(self, part: Buffer) -> int:
        """Keep a part."""
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """All that was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def zipped(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A zip of files, each a name and its parts; no more is held in memory than a part."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, parts in files:
            with archive.open(entry(name), "w", force_zip64=True) as file:
                for part in parts:
                    file.write(part)
                    yield sink.taken()
    yield sink.taken()


def entry(name: str) -> zipfile.ZipInfo:
    """How a file stands in an archive: without a date, and packed where that makes it smaller."""
    made = zipfile.ZipInfo(name, BEGINNING)
    packed = PurePath(name).suffix.removeprefix(".") in PACKED
    made.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    return made
