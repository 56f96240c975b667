"""Organizations: the publishers."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, insert, select

from publish.catalog import authorization, storage
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import shown
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.tables import groups, members, packages
from publish.catalog.users import find_user, of_organization
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    NATURAL,
    REQUIRED,
    TEXT,
    Field,
    Invalid,
    check,
    comma_list,
    name,
    text,
    uuid_text,
)

ORGANIZATION: Mapping[str, Field] = {
    "id": Field((uuid_text,)),
    "name": Field((name,), required=MISSING),
    "title": Field((text,), default=""),
    "description": Field((text,), default=""),
    "image_url": Field((text,), default=""),
}
SORTS = ("name", "title", "package_count")
MOST_NAMES, MOST_OBJECTS = 1000, 25
MOST_PACKAGES = 1000


@action(writes=True)
def organization_create(call: Call, given: Given) -> Document:
    """Create an organization; the caller becomes its admin.

    :param name: 2 to 100 of `a-z 0-9 - _`, used by no other organization or group
    :param title: what people read; also description, image_url
    :param users: a list of objects with name and capacity: admin, editor or member
    :param extras: a list of objects with key and value
    :param id: a UUID, from a sysadmin only
    """
    authorization.create_organization(call)
    return _create(call, given, "organization")


@action(writes=True)
def group_create(call: Call, given: Given) -> Document:
    """Create a group: datasets of any organization about one thing; the caller is its admin.

    :param name: 2 to 100 of `a-z 0-9 - _`, used by no other organization or group
    :param title: what people read; also description, image_url
    """
    authorization.create_organization(call)
    return _create(call, given, "group")


def _create(call: Call, given: Given, kind: str) -> Document:
    errors: dict[str, Any] = {}
    values = check(ORGANIZATION, given, errors)
    if "name" not in errors and _taken(call, values["name"]):
        errors["name"] = ["Group name already exists in database"]
    if values["id"] and not authorization.sysadmin(call):
        errors["id"] = ["The input field id was not expected."]
    elif values["id"] and _taken(call, values["id"]):
        errors["id"] = ["Id already exists"]
    capacities = _capacities(call, given, errors)
    extras = _extras(given, errors)
    if errors:
        raise invalid(errors)
    document = _document(call, values, extras)
    document |= {"type": kind, "is_organization": kind == "organization"}
    _insert(call, document, capacities)
    return _shown(call, document)


@action(
    takes={
        "id": REQUIRED,
        "include_datasets": BOOLEAN,
        "include_users": Field(BOOLEAN.rules, default=True),
        "include_extras": Field(BOOLEAN.rules, default=True),
    }
)
def organization_show(call: Call, given: Given) -> Document:
    """Show one organization.

    :param id: its name or id
    :param include_datasets: add its public datasets as `packages`, at most 1,000
    :param include_users: add its users (the default)
    :param include_extras: add its extras (the default)
    """
    document = storage.find_group(call, given["id"], "organization")
    if document is None:
        raise missing()
    result = _shown(call, document)
    result |= {"packages": _packages(call, document["id"])} if given["include_datasets"] else {}
    left_out = {"users": given["include_users"], "extras": given["include_extras"]}
    return {key: value for key, value in result.items() if left_out.get(key, True)}


@action(
    takes={
        "all_fields": BOOLEAN,
        "include_extras": BOOLEAN,
        "include_users": BOOLEAN,
        "sort": TEXT,
        "order_by": TEXT,
        "limit": NATURAL,
        "offset": NATURAL,
        "organizations": Field((comma_list,), blank=False),
        "type": TEXT,
    }
)
def organization_list(call: Call, given: Given) -> list[str] | list[Document]:
    """List the names of the organizations, ordered by title.

    :param sort: name, title or package_count, with asc or desc
    :param organizations: only these names
    :param all_fields: objects instead of names, at most 25 a page; also include_extras,
        include_users
    :param limit: at most so many
    :param offset: leave out so many first
    """
    most = MOST_OBJECTS if given["all_fields"] else MOST_NAMES
    query = _ordered(call, given["sort"] or given["order_by"] or "title asc")
    if given["organizations"]:
        query = query.where(groups.c.name.in_(given["organizations"]))
    limit = most if given["limit"] is None else min(given["limit"], most)
    rows = call.connection.scalars(query.limit(limit).offset(given["offset"])).all()
    documents = [storage.loads(row) for row in rows]
    if not given["all_fields"]:
        return [document["name"] for document in documents]
    added = {"extras": given["include_extras"], "users": given["include_users"]}
    return [
        {k: v for k, v in _shown(call, d).items() if added.get(k, k != "groups")} for d in documents
    ]


def _ordered(call: Call, sort: str) -> Any:
    field, _, order = sort.partition(" ")
    if field not in SORTS or order not in {"", "asc", "desc"}:
        raise invalid({"message": f"Cannot sort by field `{field}`"})
    counted = (
        select(func.count())
        .where(packages.c.owner_id == groups.c.id, authorization.visible(call))
        .scalar_subquery()
    )
    columns = {"name": groups.c.name, "title": groups.c.title_key, "package_count": counted}
    by = columns[field].desc() if order == "desc" else columns[field].asc()
    query = select(groups.c.document)
    kept = query.where(groups.c.is_organization, groups.c.state == "active")
    return kept.order_by(by, groups.c.name)


def _taken(call: Call, name_or_id: str) -> bool:
    found = storage.find_group(call, name_or_id, "organization")
    return (found or storage.find_group(call, name_or_id, "group")) is not None


def _capacities(call: Call, given: Given, errors: dict[str, Any]) -> dict[str, str]:
    """Capacity by user id, as sent; the caller is an admin."""
    found = {call.user.id: "admin"} if call.user else {}
    sent: Iterable[Any] = given.get("users") or []
    for item in sent if isinstance(sent, list) else []:
        wanted = item if isinstance(item, Mapping) else {}
        user = find_user(call, str(wanted.get("name") or wanted.get("id") or ""))
        capacity = wanted.get("capacity") or "member"
        if user is None:
            errors["users"] = ["Not found: User"]
        elif capacity not in authorization.CAPACITIES:
            errors["users"] = ["role does not exist."]
        else:
            found.setdefault(user.id, capacity)
    return found


def _extras(given: Given, errors: dict[str, Any]) -> list[Document]:
    try:
        return [
            {"key": text(extra["key"]), "value": text(extra["value"])}
            for extra in given.get("extras") or []
        ]
    except (Invalid, KeyError, TypeError):
        errors["extras"] = ["Must be a list of objects with key and value"]
        return []


def _document(call: Call, values: Mapping[str, Any], extras: list[Document]) -> Document:
    return dict(values) | {
        "id": values["id"] or str(uuid.uuid4()),
        "display_name": values["title"] or values["name"],
        "image_display_url": values["image_url"],
        "type": "organization",
        "is_organization": True,
        "state": "active",
        "approval_status": "approved",
        "created": call.time,
        "extras": extras,
    }


def _insert(call: Call, document: Document, capacities: Mapping[str, str]) -> None:
    row = {key: document[key] for key in ("id", "name", "type", "is_organization", "state")}
    row |= {
        "title_key": storage.title_key(document["title"]),
        "document": storage.dumps(document),
    }
    call.connection.execute(insert(groups).values(row))
    rows = [
        {"user_id": user, "group_id": document["id"], "capacity": capacity}
        for user, capacity in capacities.items()
    ]
    call.connection.execute(insert(members), rows)


def _shown(call: Call, document: Document) -> Document:
    count = select(func.count()).select_from(packages)
    count = count.where(packages.c.owner_id == document["id"], authorization.visible(call))
    return document | {
        "package_count": call.connection.scalar(count),
        "num_followers": 0,
        "users": of_organization(call, document["id"]),
        "groups": [],
    }


def _packages(call: Call, organization: str) -> list[Document]:
    query = storage.package_rows.where(
        packages.c.owner_id == organization, authorization.visible(call)
    )
    newest = query.order_by(packages.c.metadata_modified.desc()).limit(MOST_PACKAGES)
    return [shown(call, row) for row in call.connection.execute(newest)]
