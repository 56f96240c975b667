"""Rows of packages: found, written, and indexed for search in the same transaction."""

import re
from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Row, insert, or_, select, update

from datasets.serbian import sort_key, to_latin
from publish.catalog import indexing
from publish.catalog.call import Call, Document
from publish.catalog.tables import groups, packages, resources, tags

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

type PackageRow = Row[Any]
"""A row of `package`, with the document of its organization as `organization`."""

package_rows = select(packages, groups.c.document.label("organization")).join(
    groups, groups.c.id == packages.c.owner_id
)


def loads(text: str) -> Document:
    """Read a document."""
    document: Document = orjson.loads(text)
    return document


def dumps(document: Document) -> str:
    """Write a document."""
    return orjson.dumps(document).decode()


def find_package(call: Call, name_or_id: str) -> PackageRow | None:
    """Give a package by its id or name, in whatever state it is."""
    if _UUID.fullmatch(name_or_id):
        row = call.connection.execute(package_rows.where(packages.c.id == name_or_id)).first()
        if row is not None:
            return row
    return call.connection.execute(package_rows.where(packages.c.name == name_or_id)).first()


def package_of(call: Call, resource_id: str, *states: str) -> PackageRow | None:
    """Give the package of a resource that is in one of some states."""
    query = package_rows.join(resources, resources.c.package == packages.c.number)
    return call.connection.execute(
        query.where(resources.c.id == resource_id, resources.c.state.in_(states))
    ).first()


def find_group(call: Call, name_or_id: str, kind: str) -> Document | None:
    """Give an active organization (or group) by its id or name."""
    query = select(groups.c.document).where(
        or_(groups.c.id == name_or_id, groups.c.name == name_or_id),
        groups.c.type == kind,
        groups.c.state == "active",
    )
    text = call.connection.scalar(query)
    return loads(text) if text else None


def title_key(title: str) -> str:
    """A text that sorts as the title does in the Serbian alphabet, in either script."""
    return "".join(f"{place:06x}" for place in sort_key(to_latin(title[:60])))


def insert_package(call: Call, document: Document) -> None:
    """Write a new package and its index."""
    owner = _owner(call, document)
    columns = _columns(document) | indexing.columns(call, document, owner)
    done = call.connection.execute(insert(packages).values(**columns))
    assert done.inserted_primary_key is not None
    number = done.inserted_primary_key[0]
    indexing.write(call, number, document, owner)
    _index_resources(call.connection, number, {r["id"] for r in document["resources"]})


def update_package(call: Call, number: int, document: Document) -> None:
    """Write a package anew, with its index."""
    owner = _owner(call, document)
    columns = _columns(document) | indexing.columns(call, document, owner)
    call.connection.execute(update(packages).where(packages.c.number == number).values(**columns))
    indexing.write(call, number, document, owner)
    _index_resources(call.connection, number, {r["id"] for r in document["resources"]})


def free_name(call: Call, name: str, number: int | None) -> bool:
    """Tell whether a package may take a name; a deleted one gives its own up, for its id."""
    row = call.connection.execute(package_rows.where(packages.c.name == name)).first()
    if row is None or row.number == number:
        return True
    if row.state != "deleted":
        return False
    given_up = loads(row.document) | {"name": row.id}
    update_package(call, row.number, given_up)
    return True


def taken_resources(call: Call, ids: Iterable[str], number: int | None) -> set[str]:
    """Of some resource ids, those that live in another package."""
    query = (
        select(resources.c.id)
        .join(packages, packages.c.number == resources.c.package)
        .where(
            resources.c.id.in_(list(ids)),
            resources.c.state == "active",
            packages.c.state != "deleted",
        )
    )
    if number is not None:
        query = query.where(packages.c.number != number)
    return set(call.connection.scalars(query))


def _columns(document: Document) -> dict[str, Any]:
    same = ("id", "name", "type", "state", "private", "metadata_created", "metadata_modified")
    return {key: document[key] for key in same} | {
        "owner_id": document["owner_org"],
        "creator_id": document["creator_user_id"],
        "title_key": title_key(document["title"]),
        "document": dumps(document),
    }


def _owner(call: Call, document: Document) -> Document:
    query = select(groups.c.document).where(groups.c.id == document["owner_org"])
    return loads(call.connection.scalars(query).one())


def _index_resources(connection: Any, number: int, ids: set[str]) -> None:
    c = resources.c
    query = select(c.id, c.package, c.state).where(or_(c.package == number, c.id.in_(ids)))
    known = {row.id: row for row in connection.execute(query)}
    gone = [key for key, row in known.items() if row.state == "active" and key not in ids]
    back = [key for key in ids & set(known) if tuple(known[key][1:]) != (number, "active")]
    for keys, state in ((gone, "deleted"), (back, "active")):
        if keys:
            connection.execute(
                update(resources).where(c.id.in_(keys)).values(package=number, state=state)
            )
    new = [{"id": key, "package": number, "state": "active"} for key in ids - set(known)]
    if new:
        connection.execute(insert(resources), new)


def tag_ids(call: Call, names: Iterable[str], new_id: Any) -> dict[str, str]:
    """The id of each tag; a tag seen for the first time gets one from `new_id()`."""
    wanted = set(names)
    query = select(tags.c.name, tags.c.id).where(tags.c.name.in_(wanted))
    known: dict[str, str] = {row.name: row.id for row in call.connection.execute(query)}
    new = {name: new_id() for name in sorted(wanted - set(known))}
    if new:
        rows = [{"id": key, "name": name} for name, key in new.items()]
        call.connection.execute(insert(tags), rows)
    return known | new
