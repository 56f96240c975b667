"""Organizations and groups: created, changed, deleted, purged."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from publish.catalog import activities, authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.errors import invalid, missing
from publish.catalog.organizations.groups import (
    KINDS,
    GroupRow,
    Kind,
    each_kind,
    find,
    its_packages,
    shown,
)
from publish.catalog.organizations.members import join_users, put_packages, set_parents
from publish.catalog.people import images
from publish.catalog.tables import (
    group_packages,
    group_parents,
    groups,
    members,
    packages,
)
from publish.catalog.validators import (
    MISSING,
    REQUIRED,
    Field,
    Invalid,
    check,
    name,
    one_of,
    short,
    text,
    uuid_text,
)

GROUP: Mapping[str, Field] = {
    "name": Field((name,), required=MISSING),
    "title": Field((text,), default=""),
    "description": Field((text,), default=""),
    "image_url": Field((text,), default=""),
    "type": Field((text, short("Type")), blank=False),
    "state": Field((one_of("active", "deleted"),), default="active", blank=False),
}
KEPT = ("name", "type", "state", "image_url")
"""What an update keeps when it is left out; with users, groups and datasets."""

TAKEN = "Group name already exists in database"


@each_kind(writes=True)
def _create(call: Call, given: Given, kind: Kind) -> Document:
    """Create {one}; the caller becomes its admin.

    :param name: 2 to 100 of `a-z 0-9 - _`, used by no other organization or group
    :param title: what people read; also description, image_url
    :param users: a list of objects with name and capacity: admin, editor or member
    :param extras: a list of objects with key and value
    :param groups: what it stands below: a list of objects with a name
    :param image_upload: a logo, as a file
    :param id: a UUID, from a sysadmin only
    """
    authorization.create_group(call, kind.noun)
    errors: dict[str, Any] = {}
    values = check({"id": Field((uuid_text,)), **GROUP}, given, errors)
    document = _document(call, values, kind) | {"extras": _extras(given, errors)}
    _check_id(call, values["id"], errors)
    _check_name(call, values["name"], document["id"], errors)
    if errors:
        raise invalid(errors)
    document |= images.of_group(call, given, document)
    call.connection.execute(insert(groups).values(_columns(document)))
    admin = [{"name": call.user.id, "capacity": "admin"}] if call.user else []
    row = _belongings(call, {**given, "users": [*admin, *_listed(given, "users")]}, document["id"])
    return _told(call, "new", row, kind)


@each_kind(writes=True)
def _update(call: Call, given: Given, kind: Kind) -> Document:
    """Replace {one}: title, description and extras are cleared when they are left out.

    Users, parents, datasets, logo and state are kept when they are left out.

    :param id: the name or id; all other parameters as in {noun}_create
    :param state: active or deleted
    """
    # ckanapi sends the logo of an organization with group_update.
    row = _subject(call, given, kind if kind.is_organization else None)
    kind = KINDS[not row.is_organization]
    authorization.edit_group(call, row, kind.noun)
    return _replace(call, row, given, kind)


@each_kind(writes=True)
def _patch(call: Call, given: Given, kind: Kind) -> Document:
    """Change some fields of {one}; lists (extras, users) are replaced whole.

    :param id: the name or id; all other parameters as in {noun}_create
    """
    row = _subject(call, given, kind)
    authorization.edit_group(call, row, kind.noun)
    return _replace(call, row, {**storage.loads(row.document), **given}, kind)


def _replace(call: Call, row: GroupRow, given: Given, kind: Kind) -> Document:
    old = storage.loads(row.document)
    kept = {key: old[key] for key in KEPT if given.get(key) is None}
    errors: dict[str, Any] = {}
    values = check(GROUP, {**given, **kept}, errors)
    _check_name(call, values["name"], row.id, errors)
    document = old | _document(call, {**values, "id": row.id}, kind)
    document |= {"created": old["created"], "extras": _extras(given, errors)}
    if errors:
        raise invalid(errors)
    if document["state"] == "deleted" != row.state:
        _check_empty(call, row, "deleted")
    document |= images.of_group(call, given, document)
    before = shown(call, row)
    _write(call, row, document)
    now = _belongings(call, given, row.id)
    if any(document[key] != old[key] for key in ("name", "title", "state")):
        reindex(call, row)
    return _told(call, "changed", now, kind, before) | {"packages": _short_list(call, now)}


@each_kind(writes=True)
def _delete(call: Call, given: Given, kind: Kind) -> None:
    """Delete {one}: it is hidden, its name stays taken. Refused while it owns datasets.

    :param id: the name or id
    """
    row = _subject(call, given, kind)
    authorization.delete_group(call, row, kind.noun)
    _check_empty(call, row, "deleted")
    if row.state != "deleted":
        _write(call, row, storage.loads(row.document) | {"state": "deleted"})
        reindex(call, row)
        _told(call, "deleted", _row(call, row.id), kind)


@each_kind(writes=True)
def _purge(call: Call, given: Given, kind: Kind) -> None:
    """Remove {one} for good; its name is free again. Refused while it owns datasets.

    Datasets that are deleted, but not purged, count too. For a sysadmin.

    :param id: the name or id
    """
    row = _subject(call, given, kind)
    authorization.sysadmins_only(call)
    _check_empty(call, row, "purged")
    if not row.is_organization:
        reindex(call, row, leave=True)
    for column in (
        members.c.group_id,
        group_packages.c.group_id,
        group_parents.c.child_id,
        group_parents.c.parent_id,
        groups.c.id,
    ):
        call.connection.execute(delete(column.table).where(column == row.id))
    activities.forget(call, row.id)


def reindex(call: Call, row: GroupRow, *, leave: bool = False) -> None:
    """Index the datasets of a group anew: they are found by its name and title.

    With `leave` they also leave the group.
    """
    query = select(packages.c.number, packages.c.id, packages.c.document)
    for package in call.connection.execute(query.where(its_packages(row))).all():
        document = storage.loads(package.document)
        if leave:
            document["groups"].remove(row.id)
            storage.update_package(call, package.number, document)
        else:
            storage.reindex_package(call, package.number, document)
        call.changed.append(package.id)


def _subject(call: Call, given: Given, kind: Kind | None) -> GroupRow:
    errors: dict[str, Any] = {}
    wanted = check({"id": REQUIRED}, given, errors)["id"]
    if errors:
        raise invalid(errors)
    row = find(call, wanted, kind, "active", "deleted")
    if row is None:
        raise missing("Group was not found.")
    return row


def _check_id(call: Call, wanted: str | None, errors: dict[str, Any]) -> None:
    if wanted is None:
        return
    if not authorization.sysadmin(call):
        errors["id"] = ["The input field id was not expected."]
    elif find(call, wanted, None, "active", "deleted") is not None:
        errors["id"] = ["Id already exists"]


def _check_name(call: Call, wanted: str, own: str, errors: dict[str, Any]) -> None:
    if "name" in errors:
        return
    taken = select(groups.c.id).where(
        or_(groups.c.name == wanted, groups.c.id == wanted), groups.c.id != own
    )
    if call.connection.scalar(taken) is not None:
        errors["name"] = [TAKEN]


def _check_empty(call: Call, row: GroupRow, verb: str) -> None:
    """Refuse to take an organization from datasets: each has one."""
    if not row.is_organization:
        return
    left = select(func.count()).select_from(packages).where(packages.c.owner_id == row.id)
    if verb == "deleted":
        left = left.where(packages.c.state != "deleted")
    if call.connection.scalar(left):
        raise invalid({"message": f"Organization cannot be {verb} while it still has datasets"})


def _document(call: Call, values: Given, kind: Kind) -> Document:
    return dict(values) | {
        "id": values["id"] or str(uuid.uuid4()),
        "display_name": values["title"] or values["name"],
        "type": values["type"] or kind.noun,
        "is_organization": kind.is_organization,
        "approval_status": "approved",
        "created": call.time,
    }


def _extras(given: Given, errors: dict[str, Any]) -> list[Document]:
    """The extras as sent; one that has no value, or says that it is deleted, is left out."""
    found: dict[str, str] = {}
    try:
        for extra in _listed(given, "extras"):
            key = text(extra["key"])
            if key in found:
                errors["extras_validation"] = [f'Duplicate key "{key}"']
            if extra.get("value") is not None and extra.get("state") != "deleted":
                found[key] = text(extra["value"])
    except (Invalid, KeyError, TypeError, AttributeError):
        errors["extras"] = ["Must be a list of objects with key and value"]
    return [{"key": key, "value": value} for key, value in found.items()]


def _listed(given: Given, key: str) -> list[Any]:
    value = given.get(key) or []
    if not isinstance(value, list):
        raise invalid({key: ["Must be a list of objects"]})
    return value


def _columns(document: Document) -> dict[str, Any]:
    same = ("id", "name", "type", "is_organization", "state")
    return {key: document[key] for key in same} | {
        "title_key": storage.title_key(document["title"]),
        "document": storage.dumps(document),
    }


def _write(call: Call, row: GroupRow, document: Document) -> None:
    call.connection.execute(update(groups).where(groups.c.id == row.id).values(_columns(document)))


def _belongings(call: Call, given: Given, group_id: str) -> GroupRow:
    """Write the users, parents and datasets that were sent; what was not, stays."""
    row = _row(call, group_id)
    if given.get("users") is not None:
        join_users(call, row, _listed(given, "users"))
    if given.get("groups") is not None:
        set_parents(call, row, _listed(given, "groups"))
    if given.get("packages") is not None and not row.is_organization:
        put_packages(call, row, _listed(given, "packages"))
    return row


def _row(call: Call, group_id: str) -> GroupRow:
    return call.connection.execute(select(groups).where(groups.c.id == group_id)).one()


def _told(
    call: Call, what: str, row: GroupRow, kind: Kind, before: Document | None = None
) -> Document:
    """Give a group as it is answered, and note what happened unless it is as it was before."""
    call.capacities = None  # they may have changed
    document = shown(call, row)
    if document != before:
        activities.record(call, f"{what} {kind.noun}", document)
    return document


def _short_list(call: Call, row: GroupRow) -> list[Document]:
    """The datasets of a group by id, name and title: a client that sends them back keeps them.

    Those of an organization are not told, and what is sent of them is not read.
    """
    if row.is_organization:
        return []
    query = select(packages.c.document).where(
        its_packages(row), authorization.visible(call, private=True)
    )
    found = map(storage.loads, call.connection.scalars(query.order_by(packages.c.name)))
    return [{key: each[key] for key in ("id", "name", "title")} for each in found]
