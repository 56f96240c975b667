"""Large tables that foreign keys refer to, read by the first tier instead of row by row."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from frictionless import FrictionlessException, Resource
from frictionless.resources import TableResource

from validation.fast.doubt import Doubt

if TYPE_CHECKING:
    from validation.fast.known import Known

LEAST_BYTES = 1 << 20

type Key = tuple[str, tuple[str, ...]]


def key_of(foreign_key: Any) -> Key:
    """Give what Frictionless looks a foreign key up by: the table and its columns."""
    reference = foreign_key["reference"]
    return reference["resource"], tuple(reference["fields"])


def known(resource: TableResource) -> "dict[Key, Known]":
    """Read the large tables that an open resource refers to by one column each.

    Those that are small, or that leave a doubt, are missing: Frictionless reads them itself.
    """
    found: dict[Key, Known] = {}
    for foreign_key in resource.schema.foreign_keys:
        if len(foreign_key["fields"]) != 1 or len(key_of(foreign_key)[1]) != 1:
            continue
        try:
            values = _read(resource, foreign_key)
        except (Doubt, FrictionlessException):
            continue
        if found.setdefault(key_of(foreign_key), values) != values:
            del found[key_of(foreign_key)]  # two columns of unlike types refer to it
    return found


def _read(resource: TableResource, foreign_key: Any) -> "Known":
    name, [column] = key_of(foreign_key)
    table = _table(resource, name)
    if Path(str(table.normpath)).stat().st_size < LEAST_BYTES:
        raise Doubt("the table is small")
    from validation.fast.values import values  # noqa: PLC0415 - loads polars

    field = resource.schema.get_field(foreign_key["fields"][0])
    with table:
        return values(table, column, field.type)


def _table(resource: TableResource, name: str) -> TableResource:
    """Give the table that Frictionless would open, as it would."""
    original: Resource = resource
    if name not in ("", resource.name):
        if not resource.package or not resource.package.has_resource(name):
            raise Doubt("no such table")
        original = resource.package.get_resource(name)
    table = original.to_copy()
    if not isinstance(table, TableResource) or table.scheme != "file" or table.multipart:
        raise Doubt("no local table")
    table.schema.foreign_keys = []
    return table
