"""Tags: the words that datasets carry, freely or from a vocabulary."""

import uuid
from collections.abc import Collection, Iterator
from itertools import batched, islice
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select

from datasets.serbian import fold
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import shown_all
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import invalid, missing
from publish.catalog.indexes import index
from publish.catalog.registry import action
from publish.catalog.tables import packages, tags, vocabularies
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    NATURAL,
    REQUIRED,
    TEXT,
    Field,
    check,
    tag_name,
    words,
)

MOST_FOUND = 10
MOST_DATASETS = 1000
AT_ONCE = 1000
NOT_EXPECTED = "The input field id was not expected."

type TagRow = Row[Any]
"""A row of `tag`."""


@action(takes={"query": TEXT, "all_fields": BOOLEAN, "vocabulary_id": TEXT})
def tag_list(call: Call, given: Given) -> list[str] | list[Document]:
    """List the tags of the datasets that everybody may see, in the order in which they came up.

    :param query: only tags that contain this, in either script
    :param all_fields: objects with id, name, display_name, instead of names
    :param vocabulary_id: the tags of this vocabulary, used or not
    """
    part = fold(given["query"] or "")
    found = [row for row in _known(call, given["vocabulary_id"]) if part in fold(row.name)]
    return [shown(row) for row in found] if given["all_fields"] else [row.name for row in found]


@action(takes={"id": REQUIRED, "vocabulary_id": TEXT, "include_datasets": BOOLEAN})
def tag_show(call: Call, given: Given) -> Document:
    """Show one tag.

    :param id: its name or id
    :param vocabulary_id: the vocabulary that it is in; left out, a tag of none
    :param include_datasets: add the public datasets that carry it, at most 1,000
    """
    if given["vocabulary_id"]:
        _known_vocabulary(call, given["vocabulary_id"])
    row = find(call, given["id"], given["vocabulary_id"])
    if row is None or not (row.vocabulary_id or row.name in index.counts(call, "tags")):
        raise missing()
    if not given["include_datasets"]:
        return shown(row)
    carrying = carriers(call, [row], authorization.visible(call))
    return shown(row) | {"packages": shown_all(call, islice(carrying, MOST_DATASETS))}


SEARCH = {
    "query": Field((words,), blank=False),
    "q": Field((words,), blank=False),
    "fields": Field(),
    "vocabulary_id": TEXT,
    "limit": NATURAL,
    "offset": NATURAL,
}


@action(takes=SEARCH)
def tag_search(call: Call, given: Given) -> Document:
    """Find tags by a part of their name: `count` of all, and `results`.

    :param query: a part of the name, in either script, or a list of such
    :param vocabulary_id: only in this vocabulary
    :param limit: at most so many
    :param offset: leave out so many first
    """
    found = _search(call, given)
    start, limit = given["offset"] or 0, given["limit"]
    page = found[start : None if limit is None else start + limit]
    keys = ("id", "name", "vocabulary_id")
    results = [{key: shown(row)[key] for key in keys} for row in page]
    return {"count": len(found), "results": results}


@action(takes=SEARCH)
def tag_autocomplete(call: Call, given: Given) -> list[str]:
    """Give the names of tags that contain a few letters.

    :param query: a part of the name, in either script (or `q`)
    :param vocabulary_id: only in this vocabulary
    :param limit: at most so many, 10 where it is left out
    :param offset: leave out so many first
    """
    start = given["offset"] or 0
    limit = MOST_FOUND if given["limit"] is None else given["limit"]
    return [row.name for row in _search(call, given)][start : start + limit]


@action(writes=True)
def tag_create(call: Call, given: Given) -> Document:
    """Put a new tag into a vocabulary; free tags come with the datasets that carry them.

    :param name: 2 to 100 letters, digits, blanks, `-`, `_` and dots
    :param vocabulary_id: the name or id of the vocabulary
    """
    authorization.sysadmins_only(call)
    errors: dict[str, Any] = {"id": [NOT_EXPECTED]} if given.get("id") else {}
    takes = {"name": Field((tag_name,), required=MISSING), "vocabulary_id": REQUIRED}
    values = check(takes, given, errors)
    vocabulary = None if "vocabulary_id" in errors else _vocabulary(call, values["vocabulary_id"])
    if vocabulary is None:
        errors.setdefault("vocabulary_id", ["Tag vocabulary was not found."])
    elif "name" not in errors and find(call, values["name"], vocabulary):
        errors["name"] = [f"Tag {values['name']} already belongs to vocabulary {vocabulary}"]
    if errors or vocabulary is None:
        raise invalid(errors)
    add(call, vocabulary, [values["name"]])
    made = find(call, values["name"], vocabulary)
    assert made is not None
    return shown(made) | {"packages": []}


@action(writes=True, takes={"id": REQUIRED, "vocabulary_id": TEXT})
def tag_delete(call: Call, given: Given) -> None:
    """Delete a tag, and take it from the datasets that carry it.

    :param id: its name or id
    :param vocabulary_id: the name or id of the vocabulary that it is in
    """
    if given["vocabulary_id"]:
        _known_vocabulary(call, given["vocabulary_id"])
    row = find(call, given["id"], given["vocabulary_id"])
    if row is None:  # said to everybody, as CKAN does: tags are public
        raise missing(f'Could not find tag "{given["id"]}"')
    authorization.sysadmins_only(call)
    remove(call, [row])


def shown(row: TagRow) -> Document:
    """A row of `tag` as it is answered."""
    return {
        "id": row.id,
        "name": row.name,
        "display_name": row.name,
        "vocabulary_id": row.vocabulary_id or None,
    }


def find(call: Call, name_or_id: str, vocabulary: str | None = None) -> TagRow | None:
    """Give a tag of a vocabulary (its name or id), or a free one, by its own id or name."""
    query = select(tags)
    own = _vocabulary(call, vocabulary) if vocabulary else ""
    same = or_(tags.c.id == name_or_id, tags.c.name == name_or_id)
    return call.connection.execute(query.where(same, tags.c.vocabulary_id == own)).first()


def add(call: Call, vocabulary_id: str, names: Collection[str]) -> None:
    """Write new tags of a vocabulary."""
    rows = [
        {"id": str(uuid.uuid4()), "name": name, "vocabulary_id": vocabulary_id} for name in names
    ]
    if rows:
        call.connection.execute(insert(tags), rows)


def remove(call: Call, rows: Collection[TagRow]) -> None:
    """Delete tags, and take them from the datasets that carry them."""
    gone = {row.id for row in rows}
    for package in list(carriers(call, rows)):
        document = storage.loads(package.document)
        document["tags"] = [tag for tag in document["tags"] if tag["id"] not in gone]
        document["num_tags"] = len(document["tags"])
        storage.update_package(call, package.number, document)
        call.changed.append(package.id)
    call.connection.execute(delete(tags).where(tags.c.id.in_(gone)))


def carriers(
    call: Call, rows: Collection[TagRow], *conditions: ColumnElement[bool]
) -> Iterator[PackageRow]:
    """The datasets that carry one of some tags, newest first."""
    ids = {row.id for row in rows}
    for some in batched(index.carrying(call, {row.name for row in rows}), AT_ONCE):
        query = storage.package_rows.where(packages.c.number.in_(some), *conditions)
        for row in call.connection.execute(query.order_by(packages.c.metadata_modified.desc())):
            if any(tag["id"] in ids for tag in storage.loads(row.document)["tags"]):
                yield row


def _search(call: Call, given: Given) -> list[TagRow]:
    parts = [fold(part) for part in given["query"] or given["q"] or [] if part.strip()]
    if not parts:
        return []
    rows = _known(call, given["vocabulary_id"])
    return [row for row in rows if all(part in fold(row.name) for part in parts)]


def _known(call: Call, vocabulary: str | None) -> list[TagRow]:
    """The tags of a vocabulary; or the free ones that the public's datasets carry."""
    query = select(tags).order_by(tags.c.number)
    if vocabulary:
        own = _known_vocabulary(call, vocabulary)
        return list(call.connection.execute(query.where(tags.c.vocabulary_id == own)))
    used = index.counts(call, "tags")
    rows = call.connection.execute(query.where(tags.c.vocabulary_id == ""))
    return [row for row in rows if row.name in used]


def _known_vocabulary(call: Call, name_or_id: str) -> str:
    own = _vocabulary(call, name_or_id)
    if own is None:
        raise missing(f'Could not find vocabulary "{name_or_id}"')
    return own


def _vocabulary(call: Call, name_or_id: str) -> str | None:
    """The id of a vocabulary; None when there is none of that name or id."""
    c = vocabularies.c
    query = select(c.id).where(or_(c.id == name_or_id, c.name == name_or_id))
    return call.connection.scalar(query)
