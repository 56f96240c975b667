"""Fields and records as datastore_create takes them: sound, or what is wrong in CKAN's shape."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from publish.catalog.call import Given
from publish.catalog.errors import invalid
from publish.datastore.fields import Field, guess, type_name
from publish.datastore.table import About

MOST_FIELDS = 1500
LONGEST_NAME = 63  # bytes, as PostgreSQL has it


def sound_fields(sent: Any, errors: dict[str, Any]) -> list[Mapping[str, Any]]:
    """The fields as they were sent, each with a sound name and type."""
    sent = parsed(sent)
    if sent is None or sent == "":
        return []
    if not isinstance(sent, list) or not all(isinstance(each, Mapping) for each in sent):
        errors["fields"] = ["Must be a list of objects with an id"]
        return []
    faults = [_fault(each) for each in sent]
    names = [each.get("id") for each in sent]
    for i, name in enumerate(names):
        if not faults[i] and name in names[:i]:
            faults[i] = {"id": [f'"{name}" is there twice']}
    if any(faults):
        errors["fields"] = faults
    elif len(sent) > MOST_FIELDS:
        errors["fields"] = [f"Must have at most {MOST_FIELDS} items"]
    return sent


def _fault(field: Mapping[str, Any]) -> dict[str, Any]:
    if not _sound(field.get("id")):
        return {"id": [f'"{field.get("id")}" is not a valid field name']}
    try:
        type_name(str(field.get("type") or "text"))
    except ValueError as error:
        return {"type": [str(error)]}
    if not isinstance(field.get("info") or {}, Mapping):
        return {"info": ["Must be an object"]}
    return {}


def _sound(name: Any) -> bool:
    """Tell whether a field may have a name: PostgreSQL's rules, and none that is ours."""
    if not isinstance(name, str) or not name or name != name.strip() or name[0] == "_":
        return False
    if '"' in name or any(ord(letter) < 32 or "\ud800" <= letter <= "\udfff" for letter in name):
        return False
    return len(name.encode()) <= LONGEST_NAME


def sent_records(given: Given, errors: dict[str, Any]) -> list[Any]:
    """The records as they were sent."""
    records = parsed(given.get("records"))
    if records is None or records == "":
        return []
    if not isinstance(records, list):
        errors["records"] = ["Must be a list of objects"]
        return []
    return records


def parsed(value: Any) -> Any:
    """A value that a form sent as JSON text; others stay."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def listed(value: Any) -> list[Any]:
    """A list, or text with commas."""
    if value is None:
        return []
    value = parsed(value)
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list):
        return [items]
    return [item.strip() if isinstance(item, str) else item for item in items if item != ""]


def names(value: Any, key: str) -> list[str]:
    """A list of names, each once; raises ValidationError for anything else in it."""
    items = listed(value)
    for item in items:
        if not isinstance(item, str) or not item.isprintable():
            raise invalid({key: [f"{ascii(item)[:100]} is not a name"]})
    return list(dict.fromkeys(items))


def new_fields(said: About, sent: Sequence[Given], records: Sequence[Any]) -> list[Field]:
    """The fields that the table does not have: those sent behind its own, and the first record's.

    Raises ValidationError when its own fields are named in another order.
    """
    for old, field in zip(said.fields, sent, strict=False):
        if old.id != field["id"]:
            message = f'Supplied field "{field["id"]}" stands where the table has "{old.id}"'
            raise invalid({"fields": [message]})
    first = records[0] if records and isinstance(records[0], Mapping) else {}
    made = [_field(each, first) for each in sent[len(said.fields) :]]
    known = {*said.places, *(field.id for field in made)}
    added = [name for name in first if name not in known and name != "_id"]
    wrong = [{"id": [f'"{name}" is not a valid field name']} for name in added if not _sound(name)]
    if wrong:
        raise invalid({"fields": wrong})
    if len(known) + len(added) > MOST_FIELDS:
        raise invalid({"fields": [f"Must have at most {MOST_FIELDS} items"]})
    return made + [Field(name, guess(first[name])) for name in added]


def _field(sent: Given, first: Mapping[str, Any]) -> Field:
    kind = type_name(str(sent["type"])) if sent.get("type") else guess(first.get(sent["id"], ""))
    return Field(sent["id"], kind, sent.get("info") or {})
