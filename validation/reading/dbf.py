"""The encoding of a Shapefile's attributes: .cpg, else the table's language byte, else letters.

GDAL takes ISO 8859-1 when nothing is said, which turns č into è without a word.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.model import Finding, Offer, Sample, Step
from validation.reading.encoding import (
    CODE_PAGES,
    UTF8_DAMAGE,
    codec,
    damage,
    encoding_of,
    letters_of,
    score,
)

HEADER_BYTES = 32
LANGUAGE_BYTE = 29
WORD = re.compile(rb"[^\s\0]{0,40}[\x80-\xff][^\s\0]{0,40}")
SAMPLES = 5
MOST_OFFERED = 3
# 0x57 is left out: "the code page of the machine", which on Serbian machines was not 1252
LANGUAGES = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x64: "cp852",
    0x65: "cp866",
    0x7D: "cp1255",
    0x96: "mac-cyrillic",
    0xC8: "cp1250",
    0xC9: "cp1251",
    0xCA: "cp1254",
    0xCB: "cp1253",
}


@dataclass(frozen=True, slots=True)
class Attributes:
    """The Python codec of a DBF, and where from: declared, cpg, language or letters.

    `texts` are the records with letters beyond ASCII.
    """

    codec: str
    source: str
    texts: bytes = b""

    @property
    def findings(self) -> Sequence[Finding]:
        """Ask for the encoding where it was guessed; nothing where the file states it."""
        if self.source != "letters":
            return ()
        return (
            Finding(
                "dbf-encoding",
                "warning",
                note=f"the shapefile does not state its encoding; it was read as {self.codec}, by "
                "its letters; add a .cpg file",
                values={"found": self.codec},
                offers=tuple(self._offers()),
            ),
        )

    def _offers(self) -> Iterator[Offer]:
        """Offer the code page that was taken, then the two next best that fit, each with words."""
        words = list(dict.fromkeys(WORD.findall(self.texts)))
        others = sorted(CODE_PAGES, key=lambda name: -score(self.texts, name))
        fitting = [name for name in others if not damage(self.texts, name)]
        for name in list(dict.fromkeys((self.codec, *fitting)))[:MOST_OFFERED]:
            samples = [
                Sample(None, word.decode("ascii", "replace"), word.decode(name, "replace"))
                for word in words[:SAMPLES]
            ]
            yield Offer(
                Step("encoding", values={"encoding": name}), len(words), tuple(samples), exact=False
            )


def attributes_of(dbf: Path, declared: str = "") -> Attributes:
    """Tell the encoding of a DBF and of its field names.

    What the dataset, .cpg or the language byte say is taken only if the bytes are of it.
    """
    raw = dbf.read_bytes()
    texts = letters_of(_records(raw))
    if not texts:
        return Attributes("utf-8", "cpg")
    for source, name in (
        ("declared", codec(declared)),
        ("cpg", _stated(dbf.with_suffix(".cpg"))),
        ("language", LANGUAGES.get(raw[LANGUAGE_BYTE], "")),
    ):
        if name and damage(texts, name) <= UTF8_DAMAGE * len(texts) / 2:
            return Attributes(name, source)
    return Attributes(encoding_of(texts).name, "letters", texts)


def outline(head: bytes) -> tuple[int, list[str]]:
    """Give how many records a DBF says to have, and its columns, from its first bytes."""
    if len(head) < HEADER_BYTES:
        return 0, []
    count, start = struct.unpack_from("<IH", head, 4)
    names = (head[i : i + 11] for i in range(HEADER_BYTES, min(start - 1, len(head)), HEADER_BYTES))
    words = (name.partition(b"\0")[0] for name in names)
    return count, [w.decode(encoding_of(w).name, "replace") for w in words if w.strip()]


def _records(raw: bytes) -> Iterator[bytes]:
    """Yield the header with its field names, then record by record."""
    if len(raw) < HEADER_BYTES:
        return
    start, length = struct.unpack_from("<HH", raw, 8)
    for i in range(HEADER_BYTES, min(start, len(raw)), HEADER_BYTES):
        yield raw[i : i + 11]
    for i in range(start, len(raw), max(1, length)):
        yield raw[i : i + length]


def _stated(cpg: Path) -> str:
    """Give the codec that a .cpg names, in any of the ways that programs write it."""
    if not cpg.exists():
        return ""
    words = cpg.read_bytes()[:64].decode("ascii", errors="replace").strip().lower()
    number = re.search(r"(?:cp|ansi|windows|oem)?[ _-]*(\d{3,5})$", words)
    tries = [words.replace(" ", "-"), "utf-8" if words in ("65001", "utf") else ""]
    if number:
        tries.append(f"cp{number[1]}")
    if iso := re.search(r"8859[ _-]*(\d{1,2})$", words):
        tries.insert(0, f"iso8859-{iso[1]}")
    return next(filter(None, map(codec, tries)), "")


def gdal_name(name: str) -> str:
    """Write a Python codec as GDAL's iconv knows it.

    >>> gdal_name("iso8859-2"), gdal_name("cp1250"), gdal_name("utf-8")
    ('ISO-8859-2', 'CP1250', 'UTF-8')
    """
    return name.upper().replace("ISO8859", "ISO-8859").replace("MAC-", "MAC")
