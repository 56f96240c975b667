"""What happened to datasets, organizations, groups and users, and who may read of it.

Of a dataset its whole document is kept, as it was answered then. Who sees it is decided twice: by
what the dataset was then (`audience`), and by what it is now; a dataset that became private, or
was deleted, takes its past along.
"""

import uuid
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, delete, insert, or_, select

from publish.catalog import authorization
from publish.catalog.call import SYSTEM, Call, Document
from publish.catalog.documents.package_documents import ORGANIZATION_KEYS
from publish.catalog.tables import activities, followers, packages

_INSERT = insert(activities)
PACKED = 1  # the level of zlib: a third of the size for 20 µs

type ActivityRow = Row[Any]
"""A row of `activity`."""


def record(call: Call, kind: str, document: Mapping[str, Any]) -> None:
    """Write that something happened.

    `kind` is `new`, `changed` or `deleted`, a blank, and `package`, `organization`, `group` or
    `user`; what is changed so that it is deleted, is deleted. `document` is the thing as it is
    answered after the change.
    """
    what, _, noun = kind.partition(" ")
    if what == "changed" and document["state"] == "deleted":
        what = "deleted"
    by = document["id"] if noun == "user" or call.user is None else call.user.id
    row = {
        "id": str(uuid.uuid4()),
        "time": call.time,
        "user_id": by,
        "object_id": document["id"],
        "noun": noun,
        "kind": f"{what} {noun}",
        "audience": _audience(document) if noun == "package" else None,
        "document": zlib.compress(orjson.dumps(_data(call, noun, document)), PACKED),
    }
    call.connection.execute(_INSERT, row)


def _audience(package: Mapping[str, Any]) -> str | None:
    is_public = package["state"] == "active" and not package["private"]
    return None if is_public else package["owner_org"]


def _data(call: Call, noun: str, document: Mapping[str, Any]) -> Document | None:
    if noun == "package":
        return {"package": document, "actor": call.user_name}
    if noun == "user":
        return None
    extras = {extra["key"]: extra["value"] for extra in document.get("extras", ())}
    return {"group": {key: document[key] for key in ORGANIZATION_KEYS} | {"extras": extras}}


def forget(call: Call, object_id: str) -> None:
    """Remove what happened to something that is purged, and who follows it."""
    for column in (activities.c.object_id, followers.c.object_id):
        call.connection.execute(delete(column.table).where(column == object_id))


def readable(call: Call) -> ColumnElement[bool]:
    """The condition on activities, joined with packages, that the caller may read."""
    c = activities.c
    shown = authorization.visible(call, private=True, drafts=True, deleted=True)
    package = and_(packages.c.number.is_not(None), shown)
    mine = authorization.permitted(call, "read")
    if mine is not None:
        package = and_(package, or_(c.audience.is_(None), c.audience.in_(mine)))
    return or_(c.noun != "package", package)


def found(call: Call, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Numbers of the activities that fulfil conditions and that the caller may read."""
    joined = activities.outerjoin(packages, packages.c.id == activities.c.object_id)
    query = select(activities.c.number).select_from(joined)
    return query.where(readable(call), *conditions)


def fetched(call: Call, numbers: Iterable[int]) -> list[ActivityRow]:
    """Rows of activities by number, in the order of the numbers."""
    order = list(numbers)
    rows = call.connection.execute(select(activities).where(activities.c.number.in_(order)))
    known = {row.number: row for row in rows}
    return [known[number] for number in order]


def not_hidden() -> ColumnElement[bool]:
    """The condition on activities that leaves out what the portal itself did."""
    return activities.c.user_id != SYSTEM.id


def shown(row: ActivityRow, *, with_data: bool = True) -> Document:
    """An activity as it is answered."""
    audience = f"member-{row.audience}" if row.audience else "public"
    return {
        "id": row.id,
        "timestamp": row.time,
        "user_id": row.user_id,
        "object_id": row.object_id,
        "activity_type": row.kind,
        "permission_labels": [audience] if row.noun == "package" else None,
    } | ({"data": data(row)} if with_data else {})


def data(row: ActivityRow) -> Any:
    """What an activity keeps of its object; None for a user."""
    return orjson.loads(zlib.decompress(row.document))
