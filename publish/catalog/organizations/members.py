"""Who and what belongs to an organization or group: users with a capacity, datasets, parents."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update

from datasets.names import NAMESPACE
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import invalid, missing
from publish.catalog.organizations.groups import GroupRow, Kind, each_kind, find, its_packages
from publish.catalog.people.accounts import find_user
from publish.catalog.registry import action
from publish.catalog.tables import group_parents, members, packages, users
from publish.catalog.validators import (
    MISSING,
    MOST_ITEMS,
    REQUIRED,
    TEXT,
    Field,
    Invalid,
    one_of,
    short,
    text,
)

NO_ROLE = "role does not exist."
CAPACITY_OF = {"user": "member", "package": "public", "group": "public"}
"""What may be a member, and its capacity where none is given."""


def role(value: Any) -> str:
    """A capacity of a user."""
    if value not in authorization.CAPACITIES:
        raise Invalid(NO_ROLE)
    return str(value)


MEMBER = {
    "id": REQUIRED,
    "object": REQUIRED,
    "object_type": Field((one_of(*CAPACITY_OF),), required=MISSING),
    "capacity": Field((text, short("Capacity")), blank=False),
}
MEMBERSHIP = {"id": REQUIRED, "username": REQUIRED, "role": Field((role,), required=MISSING)}


@action(writes=True, takes=MEMBER)
def member_create(call: Call, given: Given) -> Document:
    """Make a user, dataset or group a member of a group or organization; or change its capacity.

    :param id: the name or id of the group or organization
    :param object: the name or id of what becomes a member
    :param object_type: user, package or group
    :param capacity: of a user: admin, editor or member
    """
    row = _group(call, given["id"])
    noun = given["object_type"]
    authorization.change_members(call, row, noun)
    capacity = given["capacity"] or CAPACITY_OF[noun]
    if noun == "user":
        return _join_user(call, row, _user_id(call, given["object"]), capacity)
    if noun == "package":
        return _join_package(call, row, _package(call, given["object"]), capacity)
    return _join_parent(call, row, _group(call, given["object"]), capacity)


@action(writes=True, takes={key: MEMBER[key] for key in ("id", "object", "object_type")})
def member_delete(call: Call, given: Given) -> None:
    """Take a user, dataset or group out of a group or organization.

    :param id: the name or id of the group or organization
    :param object: the name or id of the member
    :param object_type: user, package or group
    """
    row = _group(call, given["id"])
    noun = given["object_type"]
    authorization.change_members(call, row, noun)
    if noun == "user":
        _leave_user(call, row, _user_id(call, given["object"]))
    elif noun == "package":
        _leave_package(call, row, _package(call, given["object"]))
    else:
        parent = _group(call, given["object"])
        c = group_parents.c
        here = (c.child_id == row.id, c.parent_id == parent.id)
        call.connection.execute(delete(group_parents).where(*here))
        call.capacities = None


@action(takes={"id": REQUIRED, "object_type": TEXT, "capacity": TEXT})
def member_list(call: Call, given: Given) -> list[list[str]]:
    """List the members of a group or organization: id, type and capacity of each.

    :param id: the name or id of the group or organization
    :param object_type: only of this type: user, package or group
    :param capacity: only with this capacity
    """
    row = _group(call, given["id"])
    wanted = given["capacity"]
    found = (
        [member, noun, capacity.capitalize() if noun == "user" else capacity]
        for noun, rows in _members(call, row)
        if given["object_type"] in {None, "", noun}
        for member, capacity in rows
        if not wanted or capacity == wanted
    )
    return list(found)


def _members(call: Call, row: GroupRow) -> Iterator[tuple[str, list[Any]]]:
    """Ids and capacities of the users, datasets and parents, read one after the other."""
    execute = call.connection.execute
    people = (
        select(users.c.id, members.c.capacity)
        .join(members, members.c.user_id == users.c.id)
        .where(members.c.group_id == row.id)
        .order_by(users.c.created, users.c.name)
    )
    yield "user", list(execute(people))
    seen = authorization.visible(call, private=True, drafts=True)
    ids = call.connection.scalars(
        select(packages.c.id).where(its_packages(row), seen).order_by(packages.c.name)
    )
    capacity = "organization" if row.is_organization else "public"
    yield "package", [(package, capacity) for package in ids]
    c = group_parents.c
    above = select(c.parent_id, c.capacity).where(c.child_id == row.id).order_by(c.parent_id)
    yield "group", list(execute(above))


@action(takes={"group_type": TEXT})
def member_roles_list(call: Call, given: Given) -> list[Document]:
    """List the capacities that a user may have in an organization or group."""
    return [{"text": each.capitalize(), "value": each} for each in authorization.CAPACITIES]


@each_kind(writes=True, takes=MEMBERSHIP)
def _member_create(call: Call, given: Given, kind: Kind) -> Document:
    """Make a user a member of {one}, or change the capacity of one.

    :param id: the name or id of the {noun}
    :param username: the name or id of the user
    :param role: admin, editor or member
    """
    row = _group(call, given["id"], kind)
    authorization.change_members(call, row, "user")
    return _join_user(call, row, _member_id(call, given), given["role"])


@each_kind(writes=True, takes={"id": REQUIRED, "username": TEXT, "user_id": TEXT})
def _member_delete(call: Call, given: Given, kind: Kind) -> None:
    """Take a user out of {one}.

    :param id: the name or id of the {noun}
    :param username: the name or id of the user (or `user_id`)
    """
    row = _group(call, given["id"], kind)
    authorization.change_members(call, row, "user")
    _leave_user(call, row, _member_id(call, given))


def join_users(call: Call, row: GroupRow, sent: Iterable[Any]) -> None:
    """Make these the users of a group, and nobody else; of two that are one the first counts."""
    found: dict[str, str] = {}
    for item in _objects("users", sent):
        user = find_user(call, _word(item))
        if user is None:
            raise invalid({"users": ["Not found: User"]})
        capacity = item.get("capacity") or "member"
        if capacity not in authorization.CAPACITIES:
            raise invalid({"users": [NO_ROLE]})
        found.setdefault(user.id, capacity)
    call.connection.execute(delete(members).where(members.c.group_id == row.id))
    new = [{"user_id": u, "group_id": row.id, "capacity": role} for u, role in found.items()]
    if new:
        call.connection.execute(insert(members), new)


def set_parents(call: Call, row: GroupRow, sent: Iterable[Any]) -> None:
    """Make these the groups above a group, and no others."""
    rows = [(_group(call, _word(item)), item) for item in _objects("groups", sent)]
    c = group_parents.c
    call.connection.execute(delete(group_parents).where(c.child_id == row.id))
    for parent, item in rows:
        capacity = short("Capacity")(text(item.get("capacity") or CAPACITY_OF["group"]))
        _join_parent(call, row, parent, capacity)


def put_packages(call: Call, row: GroupRow, sent: Iterable[Any]) -> None:
    """Make these the datasets of a group, and no others that the caller sees."""
    wanted = {p.id: p for p in (_package(call, _word(item)) for item in _objects("packages", sent))}
    seen = authorization.visible(call, private=True)
    query = storage.package_rows.where(its_packages(row), seen)
    now = {package.id: package for package in call.connection.execute(query).all()}
    for key in now.keys() - wanted.keys():
        _leave_package(call, row, now[key])
    for key in wanted.keys() - now.keys():
        _join_package(call, row, wanted[key], CAPACITY_OF["package"])


def _objects(key: str, sent: Iterable[Any]) -> list[Mapping[str, Any]]:
    items = list(sent)
    if not all(isinstance(item, Mapping) for item in items):
        raise invalid({key: ["Must be a list of objects"]})
    if len(items) > MOST_ITEMS:
        raise invalid({key: [f"Must have at most {MOST_ITEMS} items"]})
    return items


def _word(item: Mapping[str, Any]) -> str:
    """The name or id by which a list names something."""
    try:
        return text(item.get("name") or item.get("id") or "")
    except Invalid as error:
        raise invalid({"name": error.messages}) from None


def _join_user(call: Call, row: GroupRow, user_id: str, capacity: str) -> Document:
    if capacity not in authorization.CAPACITIES:
        raise invalid({"capacity": [NO_ROLE]})
    here = (members.c.user_id == user_id, members.c.group_id == row.id)
    changed = call.connection.execute(update(members).where(*here).values(capacity=capacity))
    if not changed.rowcount:
        new = {"user_id": user_id, "group_id": row.id, "capacity": capacity}
        call.connection.execute(insert(members).values(new))
    call.capacities = None
    return _member(row, "user", user_id, capacity)


def _leave_user(call: Call, row: GroupRow, user_id: str) -> None:
    here = (members.c.user_id == user_id, members.c.group_id == row.id)
    call.connection.execute(delete(members).where(*here))
    call.capacities = None


def _join_package(call: Call, row: GroupRow, package: PackageRow, capacity: str) -> Document:
    """Put a dataset into a group; that of an organization is its owner, and stays so."""
    authorization.read_package(call, package)
    document = storage.loads(package.document)
    if row.is_organization and package.owner_id != row.id:
        raise invalid({"object": ["A dataset has one organization: see package_owner_org_update"]})
    if not row.is_organization and row.id not in document["groups"]:
        document["groups"] = sorted([*document["groups"], row.id])
        storage.update_package(call, package.number, document)
        call.changed.append(package.id)
    return _member(row, "package", package.id, capacity)


def _leave_package(call: Call, row: GroupRow, package: PackageRow) -> None:
    document = storage.loads(package.document)
    if row.is_organization and package.owner_id == row.id:
        raise invalid({"object": ["A dataset has one organization: see package_owner_org_update"]})
    if row.id in document["groups"]:
        document["groups"].remove(row.id)
        storage.update_package(call, package.number, document)
        call.changed.append(package.id)


def _join_parent(call: Call, row: GroupRow, parent: GroupRow, capacity: str) -> Document:
    if parent.id == row.id:
        raise invalid({"groups": ["Cannot stand below itself"]})
    c = group_parents.c
    here = (c.child_id == row.id, c.parent_id == parent.id)
    call.connection.execute(delete(group_parents).where(*here))
    new = {"child_id": row.id, "parent_id": parent.id, "capacity": capacity}
    call.connection.execute(insert(group_parents).values(new))
    call.capacities = None
    return _member(row, "group", parent.id, capacity)


def _member(row: GroupRow, noun: str, member: str, capacity: str) -> Document:
    """A membership as it is answered; one that comes again has the same id."""
    return {
        "id": str(uuid.uuid5(NAMESPACE, f"member\n{row.id}\n{member}")),
        "table_name": noun,
        "table_id": member,
        "capacity": capacity,
        "group_id": row.id,
        "state": "active",
    }


def _group(call: Call, name_or_id: str, kind: Kind | None = None) -> GroupRow:
    row = find(call, name_or_id, kind)
    if row is None:
        raise missing("Group was not found.")
    return row


def _user_id(call: Call, name_or_id: str) -> str:
    user = find_user(call, name_or_id)
    if user is None:
        raise missing("User was not found.")
    return str(user.id)


def _member_id(call: Call, given: Given) -> str:
    wanted = given["username"] or given.get("user_id")
    if not wanted:
        raise invalid({"username": [MISSING]})
    user = find_user(call, wanted)
    if user is None:
        raise invalid({"message": f"User {wanted} does not exist."})
    return str(user.id)


def _package(call: Call, name_or_id: str) -> PackageRow:
    package = storage.find_package(call, name_or_id)
    if package is None:
        raise missing("Package was not found.")
    return package
