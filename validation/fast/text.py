"""A delimited text as a source: blocks of bytes cut between records.

The cuts are made in the file's own encoding, so that a record's place in the file is known.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from frictionless.formats.csv import CsvControl
from frictionless.resources import TableResource
from numpy.typing import NDArray

from validation.fast import tokens
from validation.fast.doubt import Doubt
from validation.fast.parts import Numbers, Part

BLOCK_BYTES = 2 << 20
QUOTE, LF = ord('"'), ord("\n")
UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})
ONE_BYTE = re.compile(r"cp(125[0-8]|852|855|866|437|850)|iso8859-\d+|koi8-[ru]|mac-\w+|latin-1")
"""Codecs of one byte a character, whose quotes, delimiters and line ends are those of ASCII."""

type Units = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Code:
    """How bytes become text: a codec without a mark, the mark's length, the kind of a unit."""

    codec: str
    mark_bytes: int
    unit: str

    @property
    def is_utf8(self) -> bool:
        """True when the bytes are what arrow reads."""
        return self.codec == "utf-8"


class TextSource:
    """A local CSV or TSV that Frictionless has opened: dialect and encoding are decided.

    Raises Doubt when arrow and Python's csv module could cut it differently.
    """

    def __init__(self, resource: TableResource) -> None:
        self.dialect = _dialect(resource)
        self.path = Path(str(resource.normpath))
        with self.path.open("rb") as file:
            self.code = _code(str(resource.encoding), file.read(4))
        self.translates = resource.format == "tsv"
        dialect: Any = resource.dialect
        self.first: int = dialect.create_first_content_row() - 1

    def parts(self, width: int) -> Iterator[Part]:
        """Yield the file in parts, header and all."""
        first, place = 0, self.code.mark_bytes
        with self.path.open("rb", buffering=0) as file:
            for block in _blocks(file, place, self.code.unit):
                columns, regular, size = self._cut(block, width)
                yield Part(first, size, columns, regular, (place, place + len(block)))
                first, place = first + size, place + len(block)

    def _cut(self, block: bytes, width: int) -> tuple[list[tokens.Texts], Numbers, int]:
        text = _utf8(block, self.code)
        quoted = b'"' in text
        if b"\0" in text:
            raise Doubt("a NUL byte")
        if b"\r" in text:
            if text.count(b"\r") != text.count(b"\r\n"):
                raise Doubt("a bare carriage return")
            if quoted and self.translates:
                raise Doubt("quotes and carriage returns in a TSV")
        return tokens.cut(text, self.dialect.delimiter, width, quoted=quoted)

    def records(self, part: Part, wanted: Numbers) -> Iterator[tuple[list[str], int]]:
        """Yield the wanted records as Python's csv module cuts them."""
        begin, end = part.place
        block = _read(self.path, begin, end)
        units = np.frombuffer(block, self.code.unit)
        ends = (_record_ends(units) + 1) * units.itemsize
        if not len(ends) or ends[-1] != len(block):
            ends = np.append(ends, len(block))
        starts = np.append(0, ends[:-1])
        for i in wanted:
            text = block[starts[i] : ends[i]].decode(self.code.codec)
            rows = list(csv.reader(io.StringIO(text, newline=""), dialect=self.dialect))
            yield (rows[0] if rows else []), (begin + int(ends[i]) if text.endswith("\n") else -1)

    def place(self, record: int) -> int:
        """Give the number of a record as Python's csv module counts."""
        return record + 1

    def count(self, records: int, read_bytes: int) -> float:
        """Guess the number of records from the length of the first ones."""
        return records * self.path.stat().st_size / max(read_bytes, 1)


def _dialect(resource: TableResource) -> csv.Dialect:
    """Give the dialect as Python has it."""
    said = CsvControl.from_dialect(resource.dialect).to_python()
    if resource.format not in ("csv", "tsv") or resource.scheme != "file":
        raise Doubt("it is no local delimited text")
    if resource.multipart or resource.compression:
        raise Doubt("it is compressed or in several files")
    if resource.dialect.comment_char or resource.dialect.comment_rows:
        raise Doubt("rows that are comments")
    odd_quotes = said.quotechar != '"' or said.escapechar or said.quoting != csv.QUOTE_MINIMAL
    if odd_quotes or not said.doublequote or said.skipinitialspace:
        raise Doubt("quotes or spaces of another kind")
    if len(said.delimiter) != 1 or not said.delimiter.isascii() or said.delimiter in '"\r\n':
        raise Doubt("a delimiter of another kind")
    made: csv.Dialect = said
    return made


def _code(encoding: str, start: bytes) -> Code:
    """Say how to read an encoding whose file starts with these bytes."""
    if encoding in UTF8:
        marked = encoding == "utf-8-sig" and start.startswith(codecs.BOM_UTF8)
        return Code("ascii" if encoding == "ascii" else "utf-8", 3 if marked else 0, "u1")
    if ONE_BYTE.fullmatch(encoding):
        return Code(encoding, 0, "u1")
    if encoding in ("utf-16-le", "utf-16-be"):
        return Code(encoding, 0, "<u2" if encoding.endswith("le") else ">u2")
    if encoding == "utf-16" and start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        little = start.startswith(codecs.BOM_UTF16_LE)
        return Code("utf-16-le" if little else "utf-16-be", 2, "<u2" if little else ">u2")
    raise Doubt(f"encoding {encoding}")


def _utf8(block: bytes, code: Code) -> bytes:
    try:
        if not code.is_utf8:
            return block.decode(code.codec).encode()
        if not block.isascii():
            _check_utf8(block)
    except (UnicodeError, pa.ArrowInvalid):
        raise Doubt("bytes that do not decode") from None
    return block


def _check_utf8(block: bytes) -> None:
    """Refuse what Python does not decode either; in a fifth of its time."""
    ends = pa.py_buffer(np.array([0, len(block)], np.int32).tobytes())
    pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(block)]).validate(full=True)


def _blocks(file: BinaryIO, place: int, unit: str) -> Iterator[bytes]:
    """Yield blocks that end where a record ends; raises Doubt when one is longer than a block."""
    file.seek(place)
    rest = b""
    while more := file.read(BLOCK_BYTES):
        block = rest + more
        end = _last_end(block, unit)
        rest = block[end:]
        if len(rest) > BLOCK_BYTES:
            raise Doubt("a record as long as a block")
        if end:
            yield block[:end]
    if len(rest) % np.dtype(unit).itemsize:
        raise Doubt("bytes that do not decode")
    if rest:
        yield rest


def _last_end(block: bytes, unit: str) -> int:
    """Give how many bytes of a block are whole records."""
    size = np.dtype(unit).itemsize
    if size == 1 and b'"' not in block:
        return block.rfind(b"\n") + 1
    ends = _record_ends(np.frombuffer(block, unit, count=len(block) // size))
    return (int(ends[-1]) + 1) * size if len(ends) else 0


def _record_ends(units: Units) -> Numbers:
    """Give where records end: at line ends with an even number of quotes before them."""
    ends = np.flatnonzero(units == LF)
    quotes = np.flatnonzero(units == QUOTE)
    if len(quotes):
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return ends


def _read(path: Path, begin: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(begin)
        return file.read(end - begin)
