"""Fields of a table and their types, by PostgreSQL's names, as clients of the datastore know them.

A value is kept so that SQLite compares and sorts it as PostgreSQL would: numbers as numbers, dates
and times as ISO text, true as 1, arrays and objects as JSON text.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

import orjson

type Value = int | float | str | None
"""What SQLite keeps."""


class BadValue(ValueError):
    """A value is not of its field's type; the text says so in PostgreSQL's words."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: `id` is its name, `type` PostgreSQL's, `info` what people wrote about it."""

    id: str
    type: str
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """The field as it is answered."""
        return {"id": self.id, "type": self.type} | ({"info": dict(self.info)} if self.info else {})


ALIASES = {
    "int": "int4",
    "integer": "int4",
    "serial": "int4",
    "smallint": "int2",
    "bigint": "int8",
    "decimal": "numeric",
    "float": "float8",
    "double precision": "float8",
    "double": "float8",
    "real": "float4",
    "boolean": "bool",
    "string": "text",
    "character varying": "varchar",
    "char": "text",
    "timestamp without time zone": "timestamp",
    "datetime": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "nested": "json",
}
NATIVE = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "numeric": "numeric",
    "bool": "boolean",
    "text": "text",
    "varchar": "character varying",
    "date": "date",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "json": "json",
    "jsonb": "jsonb",
}
"""PostgreSQL's long names, by the short ones."""

INTEGERS = {"int2": 15, "int4": 31, "int8": 63}
NUMBERS = frozenset({*INTEGERS, "numeric", "float4", "float8"})
TEXTS = frozenset({"text", "varchar"})
DOCUMENTS = frozenset({"json", "jsonb"})
_ARRAY = re.compile(r"(?:_(\w+)|(.+?)\s*\[\d*\])")


def type_name(said: str) -> str:
    """Give the short name of a type; raises ValueError for one that there is not.

    >>> [type_name(t) for t in ("integer", "text[]", "_int4", "int[2]", "Double precision")]
    ['int4', '_text', '_int4', '_int4', 'float8']
    """
    word = " ".join(said.lower().split())
    array = _ARRAY.fullmatch(word)
    if array:
        return "_" + type_name(array[1] or array[2]).removeprefix("_")
    name = ALIASES.get(word, word)
    if name not in NATIVE:
        raise ValueError(f'"{said[:60]}" is not a valid field type')
    return name


def native(kind: str) -> str:
    """PostgreSQL's long name of a type."""
    return "ARRAY" if kind[0] == "_" else NATIVE[kind]


def declared(kind: str) -> str:
    """The type of a column in SQLite; a few words of ours tell what to make of it when read."""
    if kind in INTEGERS:
        return "INTEGER"
    if kind in {"float4", "float8"}:
        return "REAL"
    if kind == "numeric":
        return "NUMERIC"
    if kind == "bool":
        return "EMAP_BOOL"
    return "EMAP_JSON_TEXT" if kind in DOCUMENTS or kind[0] == "_" else "TEXT"


def guess(value: Any) -> str:
    """The type of a field that came without one, by its value in the first record."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return next((k for k in ("int4", "int8") if abs(value) >> INTEGERS[k] == 0), "numeric")
    if isinstance(value, float):
        return "float8"
    if isinstance(value, list | dict):
        return "json"
    return "timestamp" if isinstance(value, str) and _is_moment(value) else "text"


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")


def _is_moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def kept(value: Any, kind: str) -> Value:
    """Give a value as it is kept in a field of a type; raises BadValue.

    Empty text is no value but in a field of text, as CKAN has it.

    >>> kept("40.50", "numeric"), kept(True, "bool"), kept("", "int4"), kept([1, 2], "_int4")
    (40.5, 1, None, '[1,2]')
    >>> kept("2024-01-01 10:00", "timestamp")
    '2024-01-01T10:00:00'
    """
    if value is None or (value == "" and kind not in TEXTS):
        return None
    if kind[0] == "_":
        return _array(value, kind[1:])
    try:
        return KEEPERS[kind](value)
    except BadValue:
        raise
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise _bad(value, kind) from None


def _bad(value: Any, kind: str) -> BadValue:
    said = value if isinstance(value, str) else _dumped(value)
    said = said.encode(errors="replace").decode()
    name = NATIVE[kind].partition(" with")[0]
    return BadValue(f'invalid input syntax for type {name}: "{said[:100]}"')


def _array(value: Any, kind: str) -> str:
    if not isinstance(value, list):
        raise BadValue(f'malformed array literal: "{str(value)[:100]}"')
    return orjson.dumps([_shown(kept(item, kind), kind) for item in value]).decode()


def _text(value: Any) -> str:
    said = value if isinstance(value, str) else _dumped(value)
    if "\0" in said:
        raise ValueError
    said.encode()  # half a surrogate pair is a ValueError too
    return said


def _dumped(value: Any) -> str:
    """JSON of any value; orjson takes neither big numbers nor half a surrogate pair."""
    return json.dumps(value, separators=(",", ":"))


def _integer(bits: int) -> Callable[[Any], int]:
    def keep(value: Any) -> int:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise ValueError
        number = int(value)
        if number >> bits not in (0, -1):
            raise BadValue(f'value "{number}" is out of range for type integer')
        return number

    return keep


def _number(value: Any) -> int | float:
    """A number: whole ones of up to 19 digits exactly, others as doubles."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    if isinstance(value, str):
        value = value.strip()
        if re.fullmatch(r"[+-]?\d{1,18}", value):
            return int(value)
        if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", value, re.ASCII):
            raise ValueError
        value = float(value)
    if not math.isfinite(value):
        raise ValueError
    return float(value) if isinstance(value, int) and abs(value) >= 2**63 else value


def _double(value: Any) -> float:
    return float(_number(value))


_TRUTH = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), 1),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), 0),
}


def _boolean(value: Any) -> int:
    word = str(value).strip().lower()
    if word not in _TRUTH or isinstance(value, float):
        raise ValueError
    return _TRUTH[word]


def _date(value: Any) -> str:
    said = value.strip()
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        return datetime.fromisoformat(said).date().isoformat()


def _time(value: Any) -> str:
    return time.fromisoformat(value.strip()).replace(tzinfo=None).isoformat()


def _timestamp(value: Any) -> str:
    return datetime.fromisoformat(value.strip()).replace(tzinfo=None).isoformat()


def _timestamptz(value: Any) -> str:
    moment = datetime.fromisoformat(value.strip())
    return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat()


def _document(value: Any) -> str:
    """JSON with blanks, as PostgreSQL shows what Python sent; orjson would leave them out."""
    said = json.dumps(value, ensure_ascii=False, allow_nan=False)
    said.encode()
    return said


KEEPERS: Mapping[str, Callable[[Any], Value]] = {
    **{kind: _integer(bits) for kind, bits in INTEGERS.items()},
    "numeric": _number,
    "float4": _double,
    "float8": _double,
    "bool": _boolean,
    "text": _text,
    "varchar": _text,
    "date": _date,
    "time": _time,
    "timestamp": _timestamp,
    "timestamptz": _timestamptz,
    "json": _document,
    "jsonb": _document,
}


def _shown(value: Value, kind: str) -> Any:
    show = shower(kind)
    return value if show is None or value is None else show(value)


def shower(kind: str) -> Callable[[Any], Any] | None:
    """What makes an answer of a kept value that is not null; None where it is one already."""
    if kind[0] == "_" or kind in DOCUMENTS:
        return orjson.loads
    if kind == "bool":
        return bool
    return _milliseconds if kind.startswith("timestamp") else None


def writer(kind: str) -> Callable[[Any], Any] | None:
    """What makes the text of a kept value for a file; None where it is one already."""
    if kind == "bool":
        return lambda value: "true" if value else "false"
    return _milliseconds if kind.startswith("timestamp") else None


def _milliseconds(moment: str) -> str:
    """A time as CKAN 2.12 answers it: always with milliseconds.

    >>> _milliseconds("2024-01-01T00:00:00"), _milliseconds("2024-01-01T00:00:00.123456")
    ('2024-01-01T00:00:00.000', '2024-01-01T00:00:00.123')
    """
    return f"{moment}.000" if len(moment) == 19 else moment[:23]
