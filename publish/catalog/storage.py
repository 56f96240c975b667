"""Rows of packages: found, written, and indexed for search in the same transaction."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import Row, column, delete, insert, or_, select, table, update

from datasets.serbian import fold, sort_key, to_latin
from publish.catalog.call import Call, Document
from publish.catalog.tables import groups, packages, resources, tags, terms

TEXT_COLUMNS = ("name", "title", "tags", "organization", "notes", "resources")
text_index = table("package_text", column("rowid"), *map(column, TEXT_COLUMNS))

LONGEST_TERM = 255
LONGEST_EXTRA = 1000  # a longer one is a geometry or a document, not something people look for
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
    done = call.connection.execute(insert(packages).values(**_columns(document)))
    assert done.inserted_primary_key is not None
    _index(call, done.inserted_primary_key[0], document)


def update_package(call: Call, number: int, document: Document) -> None:
    """Write a package anew, with its index."""
    call.connection.execute(
        update(packages).where(packages.c.number == number).values(**_columns(document))
    )
    _index(call, number, document)


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


def _index(call: Call, number: int, document: Document) -> None:
    owner = loads(
        call.connection.scalars(
            select(groups.c.document).where(groups.c.id == document["owner_org"])
        ).one()
    )
    connection = call.connection
    connection.execute(delete(terms).where(terms.c.package == number))
    found = sorted(set(_terms(document, owner)))
    if found:
        keys = ("field", "value", "package")
        connection.execute(
            insert(terms), [dict(zip(keys, (*t, number), strict=True)) for t in found]
        )
    connection.execute(delete(text_index).where(text_index.c.rowid == number))
    connection.execute(insert(text_index).values(rowid=number, **_texts(document, owner)))
    _index_resources(connection, number, {r["id"] for r in document["resources"]})


def _terms(document: Document, owner: Document) -> Iterator[tuple[str, str]]:
    """Field and value of all that a search filters and counts by."""
    yield "organization", owner["name"]
    yield from (("tags", tag["name"]) for tag in document["tags"])
    yield from (("groups", group["name"]) for group in document["groups"])
    yield from (("res_format", r["format"][:LONGEST_TERM]) for r in document["resources"])
    if document["license_id"]:
        yield "license_id", document["license_id"][:LONGEST_TERM]
    for extra in document["extras"]:
        if len(extra["value"]) <= LONGEST_TERM and len(extra["key"]) <= 100:
            yield "extras_" + extra["key"], extra["value"]


def _texts(document: Document, owner: Document) -> dict[str, str]:
    """The words of a package in folded form, by column of the text index."""
    extras = [e["value"] for e in document["extras"] if len(e["value"]) <= LONGEST_EXTRA]
    people = [document["author"], document["maintainer"]]
    told = [r[key] for r in document["resources"] for key in ("name", "description", "format")]
    words: dict[str, list[str | None]] = {
        "name": [document["name"]],
        "title": [document["title"]],
        "tags": [tag["name"] for tag in document["tags"]],
        "organization": [owner["title"], owner["name"], *(g["title"] for g in document["groups"])],
        "notes": [document["notes"], *extras, *people],
        "resources": told,
    }
    return {name: fold(" ".join(part for part in parts if part)) for name, parts in words.items()}


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
