"""Changing the fields of a Table Schema, whatever else it holds."""

from collections.abc import Callable, Mapping
from typing import Any

from datasets.model import Schema
from validation import descriptors

type Field = Mapping[str, Any]


def in_field(schema: Schema, name: str, change: Callable[[Field], Field]) -> Schema:
    """Change the field of a name; the same schema where there is none, or nothing changes."""
    fields = descriptors.fields(schema)
    changed = [change(field) if field.get("name") == name else field for field in fields]
    return schema if changed == list(fields) else {**schema, "fields": changed}


def without_field(schema: Schema, name: str) -> Schema:
    """Take a field out of a schema, and out of its primary key."""
    fields = list(descriptors.fields(schema))
    kept = [field for field in fields if field.get("name") != name]
    return schema if len(kept) == len(fields) else {**unkeyed(schema, name), "fields": kept}


def unkeyed(schema: Schema, name: str) -> Schema:
    """Take a field out of the primary key: what is hidden or gone can tell no rows apart."""
    key = schema.get("primaryKey")
    if key == name or (isinstance(key, list) and name in key):
        return {k: v for k, v in schema.items() if k != "primaryKey"}
    return schema


def as_text(field: Field) -> Field:
    """Make a field free text: nothing that was promised of its values holds any more."""
    kept = ("name", "title", "description")
    return {**{k: v for k, v in field.items() if k in kept}, "type": "string"}
