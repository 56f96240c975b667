"""Rows of packages: found, written, and indexed for search in the same transaction."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    bindparam,
    delete,
    false,
    insert,
    or_,
    select,
    update,
)

from datasets.serbian import fold, sort_key, to_latin
from publish.catalog.call import Call, Document
from publish.catalog.indexes import indexing
from publish.catalog.tables import group_packages, groups, packages, resources, tags

LONGEST_HEADING = 600  # what PostgreSQL takes into an index
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

type PackageRow = Row[Any]
"""A row of `package`, with the document of its organization as `organization`."""

package_rows = select(packages, groups.c.document.label("organization")).join(
    groups, groups.c.id == packages.c.owner_id
)

# Statements that are asked all the time are built once: building one costs as much as asking it.
_WANTED: BindParameter[Any] = bindparam("wanted")
_BY_ID = package_rows.where(packages.c.id == _WANTED)
_BY_NAME = package_rows.where(packages.c.name == _WANTED)
_GROUP = select(groups.c.document).where(
    or_(groups.c.id == _WANTED, groups.c.name == _WANTED),
    groups.c.is_organization == bindparam("organization"),
    groups.c.state == "active",
)
_OWNER = select(groups.c.document).where(groups.c.id == _WANTED)
_INSERT = insert(packages)
_UPDATE = update(packages).where(packages.c.number == _WANTED)
_RESOURCES = select(
    resources.c.id, resources.c.package, resources.c.state, resources.c.words
).where(or_(resources.c.package == _WANTED, resources.c.id.in_(bindparam("ids", expanding=True))))
_NEW_RESOURCES = insert(resources)
_TAGS = select(tags.c.name, tags.c.id).where(
    tags.c.vocabulary_id == "", tags.c.name.in_(bindparam("names", expanding=True))
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
        row = call.connection.execute(_BY_ID, {"wanted": name_or_id}).first()
        if row is not None:
            return row
    return call.connection.execute(_BY_NAME, {"wanted": name_or_id}).first()


def package_of(call: Call, resource_id: str, *states: str) -> PackageRow | None:
    """Give the package of a resource that is in one of some states."""
    query = package_rows.join(resources, resources.c.package == packages.c.number)
    return call.connection.execute(
        query.where(resources.c.id == resource_id, resources.c.state.in_(states))
    ).first()


def find_group(call: Call, name_or_id: str, kind: str) -> Document | None:
    """Give an active organization (or group) by its id or name."""
    wanted = {"wanted": name_or_id, "organization": kind == "organization"}
    text = call.connection.scalar(_GROUP, wanted)
    return loads(text) if text else None


def title_key(title: str) -> str:
    """A text that sorts as the title does in the Serbian alphabet, in either script."""
    return "".join(map(_sorting, sort_key(to_latin(title[:60]))))


def _sorting(place: int) -> str:
    """The letter at a place of the alphabet: no control sign, no half of a surrogate pair."""
    code = place + 0x20
    return chr(min(code if code < 0xD800 else code + 0x800, 0x10FFFF))


GROUP_KEYS = ("description", "display_name", "id", "image_display_url", "name", "title")


def groups_of(call: Call, ids: Collection[str]) -> dict[str, Document]:
    """Some groups by id, with what a package shows of them; those that are gone are left out."""
    query = select(groups.c.document).where(
        groups.c.id.in_(ids), groups.c.is_organization == false(), groups.c.state == "active"
    )
    found = (loads(text) for text in call.connection.scalars(query))
    return {
        group["id"]: {key: group[key] for key in GROUP_KEYS}
        | {"image_display_url": call.absolute(group["image_display_url"])}
        for group in found
    }


def insert_package(call: Call, document: Document) -> Document:
    """Write a new package and its index; gives its organization."""
    owner = find_owner(call, document)
    known = _with_groups(call, document)
    columns = _columns(document) | indexing.columns(call, known, owner)
    done = call.connection.execute(_INSERT, columns)
    assert done.inserted_primary_key is not None
    number = done.inserted_primary_key[0]
    indexing.write(call, number, known, owner)
    _index_resources(call.connection, number, document["resources"])
    if document["groups"]:
        _join_groups(call.connection, number, document["groups"])
    return owner


def update_package(
    call: Call, number: int, document: Document, row: PackageRow | None = None
) -> Document:
    """Write a package anew, with its index; gives its organization.

    `row` is the package as it was, where that is known: what is the same is not written again.
    """
    old = loads(row.document) if row is not None else {}
    same_owner = row is not None and document["owner_org"] == row.owner_id
    owner = loads(row.organization) if row and same_owner else find_owner(call, document)
    known = _with_groups(call, document)
    columns = _columns(document) | indexing.columns(call, known, owner)
    call.connection.execute(_UPDATE, columns | {"wanted": number})
    indexing.write(call, number, known, owner)
    if old.get("state") != "active" or old["resources"] != document["resources"]:
        _index_resources(call.connection, number, document["resources"])
    if old.get("groups") != document["groups"]:
        _join_groups(call.connection, number, document["groups"])
    return owner


def reindex_package(call: Call, number: int, document: Document) -> None:
    """Index a package anew: what it belongs to has another name now."""
    owner = find_owner(call, document)
    known = _with_groups(call, document)
    columns = indexing.columns(call, known, owner)
    call.connection.execute(update(packages).where(packages.c.number == number).values(**columns))
    indexing.write(call, number, known, owner)


def remove_package(call: Call, number: int) -> None:
    """Take a package away for good, with its resources and its index."""
    indexing.remove(call, number)
    for rows in (resources, group_packages):
        call.connection.execute(delete(rows).where(rows.c.package == number))
    call.connection.execute(delete(packages).where(packages.c.number == number))


def _heading(document: Document) -> str:
    return f"{fold(document['name'])}\n{fold(document['title'])}"[:LONGEST_HEADING]


def find_owner(call: Call, document: Document) -> Document:
    """Give the organization of a package."""
    return loads(call.connection.scalars(_OWNER, {"wanted": document["owner_org"]}).one())


def _with_groups(call: Call, document: Document) -> Document:
    """A document as the index takes it: it reads the names and titles of groups."""
    if not document["groups"]:
        return document
    return document | {"groups": list(groups_of(call, document["groups"]).values())}


def free_name(call: Call, name: str, number: int | None) -> bool:
    """Tell whether a package may take a name; a deleted one gives its own up, for its id."""
    row = call.connection.execute(_BY_NAME, {"wanted": name}).first()
    if row is None or row.number == number:
        return True
    if row.state != "deleted":
        return False
    given_up = loads(row.document) | {"name": row.id}
    update_package(call, row.number, given_up)
    return True


def taken_resources(call: Call, ids: Collection[str], package_id: str) -> set[str]:
    """Of some resource ids, those that live in another package."""
    query = (
        select(resources.c.id)
        .join(packages, packages.c.number == resources.c.package)
        .where(
            resources.c.id.in_(ids),
            resources.c.state == "active",
            packages.c.state != "deleted",
            packages.c.id != package_id,
        )
    )
    return set(call.connection.scalars(query))


def _columns(document: Document) -> dict[str, Any]:
    same = ("id", "name", "type", "state", "private", "metadata_created", "metadata_modified")
    return {key: document[key] for key in same} | {
        "owner_id": document["owner_org"],
        "creator_id": document["creator_user_id"],
        "title_key": title_key(document["title"]),
        "heading": _heading(document),
        "document": dumps(document),
    }


def _index_resources(connection: Connection, number: int, documents: Sequence[Document]) -> None:
    """Write the rows of resources that differ from those there are."""
    c = resources.c
    wanted = {r["id"]: {"state": "active", "words": searched(r)} for r in documents}
    asked = {"wanted": number, "ids": list(wanted)}
    known = {row.id: row for row in connection.execute(_RESOURCES, asked)}
    for key, row in known.items():
        now = wanted.get(key) or {"state": "deleted", "words": row.words}
        if (row.package, row.state, row.words) != (number, now["state"], now["words"]):
            connection.execute(update(resources).where(c.id == key).values(package=number, **now))
    new = [{"id": k, "package": number, **v} for k, v in wanted.items() if k not in known]
    if new:
        connection.execute(_NEW_RESOURCES, new)


def _join_groups(connection: Connection, number: int, wanted: Sequence[str]) -> None:
    """Write the rows of a package's groups that differ; a group that it left stays, deleted."""
    c = group_packages.c
    rows = connection.execute(select(c.group_id, c.state).where(c.package == number))
    known = {row.group_id: row.state for row in rows}
    for group, state in known.items():
        now = "active" if group in wanted else "deleted"
        if now != state:
            mine = (c.package == number) & (c.group_id == group)
            connection.execute(update(group_packages).where(mine).values(state=now))
    new = [group for group in wanted if group not in known]
    if new:
        same = {"package": number, "capacity": "public", "state": "active"}
        connection.execute(insert(group_packages), [same | {"group_id": key} for key in new])


SEARCHED = (
    "id",
    "package_id",
    "url",
    "format",
    "description",
    "hash",
    "position",
    "name",
    "resource_type",
    "mimetype",
    "mimetype_inner",
    "size",
    "created",
    "last_modified",
    "metadata_modified",
    "cache_url",
    "cache_last_updated",
    "url_type",
    "state",
)
"""The fields of a resource that resource_search looks into."""


def searched(resource: Document) -> str:
    """The words of a resource's fields, folded by case, for a first sieve."""
    return "\n".join(str(resource[key]) for key in SEARCHED if resource[key] is not None).casefold()


def tag_ids(call: Call, names: Iterable[str], new_id: Any) -> dict[str, str]:
    """The id of each tag of no vocabulary; a new tag gets one from `new_id()`."""
    wanted = set(names)
    if not wanted:
        return {}
    found = call.connection.execute(_TAGS, {"names": list(wanted)})
    known: dict[str, str] = {row.name: row.id for row in found}
    new = {name: new_id() for name in sorted(wanted - set(known))}
    if new:
        rows = [{"id": key, "name": name} for name, key in new.items()]
        call.connection.execute(insert(tags), rows)
    return known | new


def vocabulary_tags(call: Call, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Of tags by the id of a vocabulary and a name, the ids of those that there are."""
    if not wanted:
        return {}
    c = tags.c
    query = select(c.vocabulary_id, c.name, c.id).where(
        c.vocabulary_id.in_({vocabulary for vocabulary, _ in wanted}),
        c.name.in_({name for _, name in wanted}),
    )
    return {(row.vocabulary_id, row.name): row.id for row in call.connection.execute(query)}
