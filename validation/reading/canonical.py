"""Typed values of a workbook or a layer as text, in one way: 12, 0.1, 2020-12-31, true.

What such a file stores is a value, not a text; this is the text that Frictionless then judges and
from which the typed table is made. No exponent, no trailing .0, nothing rounded.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

WHOLE_BELOW = 2.0**53


def number(value: float) -> str:
    """Write a number with the fewest digits that give it back.

    >>> number(12.0), number(0.1), number(1e16), number(-2.5e-7), number(float("nan"))
    ('12', '0.1', '10000000000000000', '-0.00000025', '')
    """
    if not math.isfinite(value):
        return ""
    if value == int(value):
        return str(int(value))
    return plain(repr(value))


def plain(written: str) -> str:
    """Write a number without an exponent."""
    return format(Decimal(written), "f") if "e" in written.lower() else written


def moment(value: dt.datetime) -> str:
    """Write a moment; the seconds that Excel's floating days make are rounded.

    >>> moment(dt.datetime(2024, 5, 1, 9, 29, 59, 999_999))
    '2024-05-01T09:30:00'
    """
    whole = value.replace(microsecond=0)
    if value.microsecond >= 500_000:
        whole += dt.timedelta(seconds=1)
    return whole.isoformat()


def duration(value: dt.timedelta) -> str:
    """Write a duration as hours, minutes and seconds."""
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours:02}:{rest // 60:02}:{rest % 60:02}"


WRITTEN: Mapping[type, Callable[[Any], str]] = {
    str: str,
    float: number,
    int: str,
    bool: lambda value: "true" if value else "false",
    dt.date: dt.date.isoformat,
    dt.datetime: moment,
    dt.time: lambda value: value.replace(microsecond=0).isoformat(),
    dt.timedelta: duration,
    type(None): lambda _: "",
    dict: lambda value: orjson.dumps(value).decode(),
    list: lambda value: orjson.dumps(value).decode(),
}
"""How a value of each Python type is written."""


def written(value: Any) -> str:
    """Write any value that a workbook or a GeoJSON property can hold."""
    return WRITTEN[type(value)](value)


def texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write a typed Arrow column; what is missing becomes an empty text."""
    kind = column.type
    if pa.types.is_floating(kind):
        out = _floats(column)
    elif is_list(kind) or pa.types.is_struct(kind):
        out = pa.chunked_array([pa.array(map(written, column.to_pylist()), pa.string())])
    else:
        out = pc.cast(_sound(column), pa.string())
    return pc.fill_null(out, "")


def _sound(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mend texts that are not UTF-8: a DBF cuts long ones in the middle of a letter."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = pc.cast(column, pa.binary()).to_pylist()
        mended = [v if v is None else v.decode(errors="replace").rstrip("\ufffd") for v in raw]
        return pa.chunked_array([pa.array(mended, pa.string())])
    return column


def _floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write whole numbers as such, all others with the fewest digits, none with an exponent."""
    whole = pc.and_(pc.equal(pc.trunc(column), column), pc.less(pc.abs(column), WHOLE_BELOW))
    integers = pc.cast(pc.if_else(whole, column, None), pa.int64())
    out = pc.if_else(whole, pc.cast(integers, pa.string()), pc.cast(column, pa.string()))
    odd = pc.fill_null(pc.match_substring_regex(out, "e|nan|inf"), False)
    if not pc.any(odd).as_py():
        return out
    written = pa.array(map(_plain, pc.filter(out, odd).to_pylist()), pa.string())
    return pa.chunked_array(
        [pc.replace_with_mask(out.combine_chunks(), odd.combine_chunks(), written)]
    )


def _plain(text: str | None) -> str | None:
    if text is None or "n" in text:  # nan, inf
        return None
    return plain(text)


def column_of(values: Sequence[Any]) -> pa.Array:
    """Write the values of a sheet's column, which may be of several types; "" is a blank cell.

    >>> column_of(["", 12.0, 0.5, "12", True]).to_pylist()
    ['', '12', '0.5', '12', 'true']
    """
    kinds = set(map(type, values))
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds == {float}:
        return texts(pa.chunked_array([pa.array(values, pa.float64())])).combine_chunks()
    if bool in kinds and len(kinds & {int, float}):  # True is 1, so they cannot share a dictionary
        return pa.array([written(value) for value in values], pa.string())
    made = {value: written(value) for value in set(values)}
    return pa.array([made[value] for value in values], pa.string())


def is_list(kind: pa.DataType) -> bool:
    """Tell whether Arrow holds several values in a cell."""
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(is_kind(kind) for is_kind in lists)


def json_type(values: Iterable[Any]) -> str:
    """Give the type that JSON itself has for the values of a column; nothing to be proposed one.

    `array` are lists of texts, of numbers, or of true and false; "text" is what is no number though
    it may look so: 00123, and what is taken apart no further.

    >>> json_type([["a"], None, []]), json_type([[1, 2.5]]), json_type([["a", 1]]), json_type([1])
    ('array', 'array', 'text', '')
    """
    known = [value for value in values if value is not None]
    kinds = set(map(type, known))
    if kinds == {list}:
        items = {type(item) for value in known for item in value} - {type(None)}
        return "array" if any(items <= alike for alike in ALIKE) else "text"
    return "text" if kinds == {str} or kinds & {dict, list} else ""


ALIKE: tuple[set[type], ...] = ({str}, {int, float}, {bool})
"""Types of items that may stand in one list."""


def table_type(kind: pa.DataType) -> str:
    """Give the Table Schema type of an Arrow type."""
    if is_list(kind):
        item = table_type(kind.value_type)
        is_text = pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
        return "array" if is_text or item not in ("string", "array", "text") else "text"
    for is_kind, name in (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_time, "time"),
    ):
        if is_kind(kind):
            return name
    return "string"
