"""The records of a delimited text in batches of columns, cut as Python's csv module cuts them.

Text in which both surely cut alike goes through arrow, which is ten times faster; any other goes
through the csv module, the one that Frictionless uses. A file is never held whole.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from validation.reading.cells import Unreadable, check_width
from validation.reading.dialect import Dialect, Record

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 4 << 20
BATCH = 20_000
MOST_CELL_CHARACTERS = 8 << 20
MOST_LINE_CHARACTERS = 64 << 20
MOST_HELD_BYTES = 16 << 20
QUOTE, NEWLINE, RETURN = b'"'[0], b"\n"[0], b"\r"[0]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records: their numbers, from 1, and their cells as columns, null where there is none.

    `widest` is the number of cells of the longest of them.
    """

    numbers: pa.Array
    columns: list[pa.Array]

    @property
    def widest(self) -> int:
        """The number of columns."""
        return len(self.columns)


def blocks(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, a small block first."""
    with path.open("rb") as file:
        yield file.read(HEAD_BYTES)
        while block := file.read(BLOCK_BYTES):
            yield block


def in_utf8(path: Path, encoding: str) -> Iterator[bytes]:
    """Give a text in UTF-8 without a mark; bytes that mean nothing become U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for block in blocks(path):
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def head(path: Path, encoding: str, characters: int) -> str:
    """Give the first characters of a text."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.read(characters)


def records(path: Path, encoding: str, dialect: Dialect) -> Iterator[tuple[int, Record]]:
    """Give the records of a text with their numbers; for its first ones, and to look for faults."""
    yield from _by_csv(lines(in_utf8(path, encoding)), dialect, 0)


def batches(
    path: Path, encoding: str, dialect: Dialect, odd: list[int] | None = None
) -> Iterator[Batch]:
    """Give all records that hold data. Raises Unreadable where a record cannot be cut.

    The number of the first record that loses quotes on its way goes into `odd`.
    """
    number, held = 0, b""
    source = in_utf8(path, encoding)
    alike = _is_plain(dialect)
    for block in source:
        held += block
        end = _end_of_records(held, dialect.delimiter) if alike else -1
        if end < 0 or (not end and len(held) > MOST_HELD_BYTES):
            break  # from here on only the csv module knows where a record ends
        for batch, last in _of_piece(held[:end], dialect, number):  # its quotes are regular
            number = last
            yield batch
        held = held[end:]
    found = _by_csv(lines(chain([held], source)), dialect, number, odd)
    for batch, _ in _gathered(found, dialect):
        yield batch


def _is_plain(dialect: Dialect) -> bool:
    """Tell whether arrow knows the dialect."""
    return (
        dialect.quote_char == '"'
        and not dialect.escape_char
        and not dialect.skip_initial_space
        and dialect.delimiter.isascii()
        and dialect.delimiter not in '"\r\n\0'
        and not dialect.comment_char
    )


def _end_of_records(held: bytes, delimiter: str) -> int:
    """Give where the last whole record of a text ends, -1 where arrow and csv may differ.

    They cut alike where each quote is one of a pair around a cell or doubled inside of one, each
    CR is followed by LF, and there is no NUL.
    """
    if b'"' not in held:
        end = held.rfind(b"\n") + 1
        return end if _has_plain_ends(held[:end]) else -1
    codes = np.frombuffer(held, np.uint8)
    quotes = np.flatnonzero(codes == QUOTE)
    newlines = np.flatnonzero(codes == NEWLINE)
    ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    end = int(ends[-1]) + 1 if len(ends) else 0
    regular = _are_regular(codes[:end], quotes[quotes < end], ord(delimiter))
    return end if regular and _has_plain_ends(held[:end]) else -1


def _has_plain_ends(text: bytes) -> bool:
    return b"\0" not in text and text.count(b"\r") == text.count(b"\r\n")


def _are_regular(codes: np.ndarray, quotes: np.ndarray, delimiter: int) -> bool:
    """Tell whether each quoted cell begins and ends where a cell does."""
    if not len(quotes):
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, codes[np.maximum(opening - 1, 0)], NEWLINE)
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    doubled = np.flatnonzero(before == QUOTE)
    if len(doubled) and (
        doubled[0] == 0 or not (closing[doubled - 1] == opening[doubled] - 1).all()
    ):
        return False
    begins = (before == delimiter) | (before == NEWLINE) | (before == QUOTE)
    stops = (after == delimiter) | (after == NEWLINE) | (after == QUOTE) | (after == RETURN)
    return bool(begins.all() and stops.all())


def _of_piece(piece: bytes, dialect: Dialect, number: int) -> Iterator[tuple[Batch, int]]:
    """Give a piece of whole records, with the number of its last one."""
    if not piece:
        return
    columns = _tokens(piece, dialect, number)
    if columns:
        yield _taken(columns, number, dialect), number + len(columns[0])
        return
    text = io.StringIO(piece.decode("utf-8", "replace"), newline="")
    yield from _gathered(_by_csv(text, dialect, number), dialect)


def _tokens(piece: bytes, dialect: Dialect, number: int) -> list[pa.Array]:
    """Cut by arrow; nothing where records are of different lengths, blank, or not all data."""
    special = max((*dialect.header_rows, *dialect.comment_rows), default=0)
    width = _first_width(piece, dialect)
    if number < special or width < 2 or _has_blank_line(piece):  # noqa: PLR2004 - see there
        return []
    names = [str(i) for i in range(width)]
    odd: list[int] = []

    def note(_row: pa.csv.InvalidRow) -> str:
        odd.append(1)
        return "skip"

    table = pa.csv.read_csv(
        pa.py_buffer(piece),
        pa.csv.ReadOptions(use_threads=False, column_names=names, block_size=len(piece) + 1),
        pa.csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=b'"' in piece,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        pa.csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
        ),
    )
    return [] if odd else [column.combine_chunks() for column in table.columns]


def _has_blank_line(piece: bytes) -> bool:
    """Tell whether a line is empty: a row without cells, which arrow takes for empty cells."""
    return b"\n\n" in piece or b"\n\r\n" in piece or piece.startswith((b"\n", b"\r"))


def _first_width(piece: bytes, dialect: Dialect) -> int:
    line = piece[:HEAD_BYTES].decode("utf-8", "replace")
    width = len(next(dialect.reader(io.StringIO(line, newline="")), []))
    check_width(width)
    return width


def _taken(columns: list[pa.Array], number: int, dialect: Dialect) -> Batch:
    """Number the records that arrow cut; leave out blank ones where the dialect does."""
    numbers = pa.array(np.arange(number + 1, number + 1 + len(columns[0])))
    if not dialect.skip_blank_rows:
        return Batch(numbers, columns)
    filled = pc.not_equal(columns[0], "")
    for column in columns[1:]:
        filled = pc.or_(filled, pc.not_equal(column, ""))
    return Batch(numbers.filter(filled), [column.filter(filled) for column in columns])


def lines(source: Iterable[bytes]) -> Iterator[str]:
    """Give a text in UTF-8 line by line, ended by LF, CR or both, as a file opened for csv does."""
    held = b""
    for block in source:
        held += block
        if len(held) > MOST_LINE_CHARACTERS:
            raise _not_a_table(1, f"a line is longer than {MOST_LINE_CHARACTERS} characters")
        end = max(held.rfind(b"\n"), held.rfind(b"\r", 0, -1)) + 1
        yield from io.StringIO(held[:end].decode("utf-8", "replace"), newline="")
        held = held[end:]
    yield from io.StringIO(held.decode("utf-8", "replace"), newline="")


class _Open:
    """Lines on their way to a reader; those of the last record are kept."""

    def __init__(self, source: Iterable[str]) -> None:
        self.source = iter(source)
        self.lines: list[str] = []

    def __iter__(self) -> "_Open":
        return self

    def __next__(self) -> str:
        line = next(self.source)
        self.lines.append(line)
        return line


def _by_csv(
    source: Iterable[str], dialect: Dialect, before: int, odd: list[int] | None = None
) -> Iterator[tuple[int, Record]]:
    """Cut by the csv module; refuse cells and rows beyond all measure, and an open quote."""
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    loses = _losing(dialect)
    passing = _Open(source)
    last: list[str] = []
    count = before
    try:
        for count, record in enumerate(dialect.reader(passing), before + 1):
            check_width(len(record))
            last, passing.lines = passing.lines, []
            if odd is not None and not odd and loses.search("".join(last)):
                odd.append(count)
            yield count, record
    except csv.Error as error:
        raise _not_a_table(count + 1, str(error)) from None
    if _is_open(last, dialect):
        raise _not_a_table(count, "a quote is never closed")


def _losing(dialect: Dialect) -> re.Pattern[str]:
    """Give what a cell is like that goes on after its closing quote: csv drops both quotes."""
    if not dialect.quote_char or dialect.escape_char:
        return re.compile(r"(?!)")
    quote, delimiter = re.escape(dialect.quote_char), re.escape(dialect.delimiter)
    quoted = f"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"
    return re.compile(f"(?:^|{delimiter}){quoted}(?![{quote}{delimiter}\\r\\n]|$)")


def _is_open(last: list[str], dialect: Dialect) -> bool:
    """Tell whether the last record ends inside a quoted cell: Python takes that without a word."""
    if len(last) < 2 and not (last and dialect.quote_char in last[0]):  # noqa: PLR2004
        return False
    try:
        list(dialect.reader(iter(last), strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _gathered(found: Iterable[tuple[int, Record]], dialect: Dialect) -> Iterator[tuple[Batch, int]]:
    """Make batches of the records that hold data."""
    numbers: list[int] = []
    kept: list[Record] = []
    number = 0
    for number, record in found:
        if dialect.takes(number, record):
            numbers.append(number)
            kept.append(record)
        if len(kept) >= BATCH:
            yield _batch(numbers, kept), number
            numbers, kept = [], []
    if number:
        yield _batch(numbers, kept), number


def _batch(numbers: list[int], kept: list[Record]) -> Batch:
    """Turn rows into columns; a cell that is not there is null."""
    columns = [pa.array(column, pa.string()) for column in zip_longest(*kept)]
    return Batch(pa.array(numbers, pa.int64()), columns)


def _not_a_table(number: int, detail: str) -> Unreadable:
    return Unreadable(
        "not-a-table",
        f"row {number} cannot be read ({detail}); is a quote not closed before it?",
        row=str(number),
        detail=detail,
    )
