"""Filters, order and fields of a question, as SQL over c0, c1 …: every value is bound.

{"grad": "Niš"}                      equal
{"grad": ["Niš", "Bor"]}             one of them; an array field is equal as a whole
{"pm10": {"gte": 10, "lt": 45}}      a range: gt, gte, lt, lte, eq, ne, in
{"$or": [{...}, {...}]}, {"$and": [...]}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from publish.datastore.fields import DOCUMENTS, TEXTS, BadValue, Field, Value, kept
from publish.datastore.table import About

OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
MOST = 500  # conditions in one question
DEEPEST = 8
ID = Field("_id", "int4")


class BadQuestion(ValueError):
    """A question that cannot be asked: which argument, and what is wrong with it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with `?`, the values for it, and the same as CKAN tells it (`filterops`)."""

    sql: str
    values: tuple[Value, ...]
    told: Mapping[str, Any]


def condition(said: About, filters: Any) -> Condition | None:
    """Understand filters; None is no condition. Raises BadQuestion."""
    if not isinstance(filters, Mapping):
        raise BadQuestion("filters", "Not a json object")
    parts = _parts(said, filters, 0)
    if len(parts) > MOST:
        raise BadQuestion("filters", f"More than {MOST} conditions")
    return _joined("and", parts) if parts else None


def _parts(said: About, filters: Mapping[str, Any], depth: int) -> list[Condition]:
    if depth > DEEPEST:
        raise BadQuestion("filters", f"More than {DEEPEST} levels of filters")
    parts = []
    for name, value in filters.items():
        if name in ("$and", "$or") and name not in said.places:
            parts.append(_nested(said, name[1:], value, depth))
        else:
            parts.append(_field(said, name, value))
    return parts


def _nested(said: About, word: str, items: Any, depth: int) -> Condition:
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise BadQuestion("filters", f"${word} takes a list of filters")
    parts = [_joined("and", inner) for i in items if (inner := _parts(said, i, depth + 1))]
    if not parts:
        raise BadQuestion("filters", f"${word} takes a list of filters that is not empty")
    return _joined(word, parts)


def _joined(word: str, parts: Sequence[Condition]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    sql = f" {word} ".join(f"({part.sql})" for part in parts)
    values = tuple(value for part in parts for value in part.values)
    return Condition(sql, values, {"op": word, "value": [part.told for part in parts]})


def column(said: About, name: Any, key: str, message: str) -> tuple[str, Field]:
    """Give the column of a field and the field; raises BadQuestion with the message."""
    if name == "_id":
        return "t._id", ID
    if not isinstance(name, str) or name not in said.places:
        raise BadQuestion(key, message)
    place = said.places[name]
    return f"t.c{place}", said.fields[place]


def _field(said: About, name: str, value: Any) -> Condition:
    place, field = column(said, name, "filters", f"Unknown field: {name}")
    if isinstance(value, Mapping) and field.type not in DOCUMENTS:
        return _range(place, field, value)
    if isinstance(value, list) and field.type[0] != "_" and field.type not in DOCUMENTS:
        return _one_of(place, field, value)
    return _compared(place, field, "eq", value)


def _range(place: str, field: Field, said: Mapping[str, Any]) -> Condition:
    parts = []
    for op, value in said.items():
        if op == "in" and isinstance(value, list):
            parts.append(_one_of(place, field, value))
        elif op in OPERATORS:
            parts.append(_compared(place, field, op, value))
        else:
            known = ", ".join([*OPERATORS, "in"])
            raise BadQuestion("filters", f"Unknown operator {op}; there are {known}")
    if not parts:
        raise BadQuestion("filters", f"No operator for field {field.id}")
    return _joined("and", parts)


def _compared(place: str, field: Field, op: str, value: Any) -> Condition:
    told = {"op": op, "field": field.id, "value": value}
    if value is None and op in ("eq", "ne"):
        return Condition(f"{place} is{' not' * (op == 'ne')} null", (), told)
    return Condition(f"{place} {OPERATORS[op]} ?", (_kept(field, value),), told)


def _one_of(place: str, field: Field, items: list[Any]) -> Condition:
    """One JSON text for a list of any length: SQLite binds only so many values."""
    told = {"op": "in", "field": field.id, "value": items}
    wanted = [_kept(field, item) for item in items if item is not None]
    sql = f"{place} in (select value from json_each(?))"
    if None in items:
        sql = f"{sql} or {place} is null"
    return Condition(sql, (orjson.dumps(wanted).decode(),), told)


def _kept(field: Field, value: Any) -> Value:
    """The value as the field keeps it; text is not compared with numbers, as PostgreSQL has it."""
    if field.type in TEXTS and not isinstance(value, str):
        raise BadQuestion("filters", f"Field {field.id} is text: give text, not {str(value)[:60]}")
    try:
        made = kept(value, field.type)
    except BadValue as error:
        raise BadQuestion("filters", str(error)) from None
    if made is None:
        raise BadQuestion("filters", f"Field {field.id} is compared with nothing; give null")
    return made


def chosen(said: About, wanted: Any) -> list[tuple[str, Field]]:
    """The columns of an answer: a list or text with commas; all of them where nothing is said."""
    if not wanted:
        return [("t._id", ID), *((f"t.c{i}", field) for i, field in enumerate(said.fields))]
    names = wanted.split(",") if isinstance(wanted, str) else wanted
    if not isinstance(names, list):
        raise BadQuestion("fields", "Not a list")
    found = [_unpadded(said, name) for name in names]
    return [column(said, name, "fields", f'field "{name}" not in table') for name in found]


def _unpadded(said: About, name: Any) -> Any:
    """A name as the table has it: blanks after commas do not count, unless the field has them."""
    return name if not isinstance(name, str) or name in said.places else name.strip().strip('"')


def order(said: About, wanted: Any) -> str:
    """SQL of `sort`: `a, "b c" desc nulls last`, or a list; nulls as PostgreSQL sorts them."""
    items = wanted if isinstance(wanted, list) else str(wanted).split(",")
    keys = [_key(said, item) for item in items if str(item).strip()]
    if len(keys) > MOST:
        raise BadQuestion("sort", f"More than {MOST} fields")
    return ", ".join(keys)


def _key(said: About, item: Any) -> str:
    name, direction, nulls = _directed(str(item).strip())
    place, field = column(said, _unpadded(said, name), "sort", f'invalid value "{item}"')
    nulls = nulls or ("first" if direction == "desc" else "last")
    if field.id == "_id":
        return f"{place} {direction}"
    return f"{place} {direction} nulls {nulls}"


def _directed(item: str) -> tuple[str, str, str]:
    """Name, direction and place of nulls of one part of `sort`.

    >>> _directed('"the year" DESC nulls last')
    ('"the year"', 'desc', 'last')
    """
    words = item.rsplit(None, 2)
    nulls = ""
    if len(words) == 3 and words[1].lower() == "nulls" and words[2].lower() in ("first", "last"):
        item, nulls = words[0], words[2].lower()
    name, _, last = item.rpartition(" ")
    if name.strip() and last.lower() in ("asc", "desc"):
        return name.strip(), last.lower(), nulls
    return item, "asc", nulls
