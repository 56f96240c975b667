"""Records out of a block of UTF-8: arrow's reader as a tokeniser that converts nothing."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from validation.fast.doubt import Doubt
from validation.fast.parts import Numbers

QUOTE, LF, CR = ord('"'), ord("\n"), ord("\r")

type Texts = pa.Array


def cut(
    text: bytes, delimiter: str, width: int, *, quoted: bool
) -> tuple[list[Texts], Numbers, int]:
    """Give the columns of the records that are `width` cells wide, their numbers, and a count.

    The count is of all records, those of another width included. Raises Doubt unless every
    quoted cell is as RFC 4180 has it.
    """
    if quoted and not quotes_are_regular(text, ord(delimiter)):
        raise Doubt("quotes within cells")
    ragged: list[int] = []

    def note(row: Any) -> str:
        ragged.append(row.number - 1)
        return "skip"

    try:
        table = _parsed(text, delimiter, width, note, quoted=quoted)
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):  # all records are of another width
            table = None
        else:
            raise Doubt(f"arrow: {str(error)[:60]}") from None
    rows = table.num_rows if table is not None else 0
    size = rows + len(ragged)
    if not quoted and size != _lines(text):
        raise Doubt("records that are counted differently")
    regular = np.ones(size, bool)
    regular[ragged] = False
    columns = [_joined(table.column(i)) for i in range(width)] if rows else []
    return columns, np.flatnonzero(regular), size


def _lines(text: bytes) -> int:
    ends = np.count_nonzero(np.frombuffer(text, np.uint8) == LF)
    return int(ends) + (not text.endswith(b"\n"))


def _joined(column: pa.ChunkedArray) -> Texts:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _parsed(text: bytes, delimiter: str, width: int, note: Any, *, quoted: bool) -> pa.Table:
    names = [str(i) for i in range(width)]
    return pacsv.read_csv(
        pa.BufferReader(text),
        read_options=pacsv.ReadOptions(
            use_threads=False, block_size=len(text) + 64, column_names=names
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if quoted else False,
            double_quote=True,
            escape_char=False,
            newlines_in_values=quoted,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
            check_utf8=False,
        ),
    )


def quotes_are_regular(text: bytes, delimiter: int) -> bool:
    """Tell whether every quoted cell starts and ends at a delimiter or a line end.

    >>> [quotes_are_regular(line, 44) for line in (b'a,"b",c', b'a"b",c')]
    [True, False]
    """
    units = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(units == QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, units[np.maximum(opening - 1, 0)], LF)
    after = np.where(closing + 1 < len(units), units[np.minimum(closing + 1, len(units) - 1)], LF)
    opens = (before == delimiter) | (before == LF)
    # A quote before an opening one must be the end of the pair before it: the two stand for one.
    second = np.flatnonzero(before == QUOTE)
    if len(second) and second[0] == 0:
        return False
    opens[second] = closing[second - 1] == opening[second] - 1
    closes = (after == delimiter) | (after == LF) | (after == QUOTE) | (after == CR)
    return bool(opens.all() and closes.all())
