"""What a publisher's schema holds, taken only where it is what it should be.

A schema is judged later and by Frictionless; until then anything may stand in any place.
"""

from collections.abc import Mapping
from typing import Any

from datasets.model import Schema


def fields(schema: Schema) -> list[Mapping[str, Any]]:
    """Give the fields that are objects with a name.

    >>> fields({"fields": [{"name": "a"}, 7, {"name": None}]}), fields({"fields": True})
    ([{'name': 'a'}], [])
    """
    return [f for f in _entries(schema, "fields") if isinstance(f.get("name"), str)]


def referred(schema: Schema) -> set[str]:
    """Give the names of the resources that foreign keys point to; "" is the table itself.

    >>> referred({"foreignKeys": [{"fields": "a", "reference": {"resource": "b"}}, 7]})
    {'b'}
    """
    references = (key.get("reference") for key in _entries(schema, "foreignKeys"))
    return {str(r.get("resource", "")) for r in references if isinstance(r, Mapping)}


def _entries(schema: Schema, name: str) -> list[Mapping[str, Any]]:
    listed = schema.get(name)
    if not isinstance(listed, list | tuple):
        return []
    return [entry for entry in listed if isinstance(entry, Mapping)]
