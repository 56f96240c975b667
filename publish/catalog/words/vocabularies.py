"""Vocabularies: lists of tags that are agreed on beforehand."""

import uuid
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.tables import tags as tag_rows
from publish.catalog.tables import vocabularies
from publish.catalog.validators import (
    MISSING,
    MOST_ITEMS,
    REQUIRED,
    Field,
    Invalid,
    check,
    tag_name,
    text,
)
from publish.catalog.words import tags

TAKEN = "That vocabulary name is already in use."
NAME_LENGTH = (2, 100)

type VocabularyRow = Row[Any]
"""A row of `vocabulary`."""


def vocabulary_name(value: Any) -> str:
    """A name of 2 to 100 characters."""
    name = text(value)
    least, most = NAME_LENGTH
    if len(name) < least:
        raise Invalid(f"Must be at least {least} characters long")
    if len(name) > most:
        raise Invalid(f"Name must be a maximum of {most} characters long")
    return name


NAME = Field((vocabulary_name,), required=MISSING)


@action()
def vocabulary_list(call: Call, given: Given) -> list[Document]:
    """List the vocabularies with their tags."""
    rows = call.connection.execute(select(vocabularies).order_by(vocabularies.c.name)).all()
    return [_shown(call, row) for row in rows]


@action(takes={"id": REQUIRED})
def vocabulary_show(call: Call, given: Given) -> Document:
    """Show one vocabulary with its tags.

    :param id: its name or id
    """
    return _shown(call, _find(call, given["id"]))


@action(writes=True)
def vocabulary_create(call: Call, given: Given) -> Document:
    """Make a vocabulary, for a sysadmin.

    :param name: 2 to 100 characters, used by no other vocabulary
    :param tags: a list of objects with a name
    """
    authorization.sysadmins_only(call)
    errors: dict[str, Any] = {"id": [tags.NOT_EXPECTED]} if given.get("id") else {}
    name = check({"name": NAME}, given, errors)["name"]
    names = _tag_names(given, errors)
    _check_name(call, name, errors, None)
    if errors:
        raise invalid(errors)
    row = {"id": str(uuid.uuid4()), "name": name}
    call.connection.execute(insert(vocabularies).values(row))
    tags.add(call, row["id"], names)
    return _shown(call, _find(call, row["id"]))


@action(writes=True)
def vocabulary_update(call: Call, given: Given) -> Document:
    """Change a vocabulary, for a sysadmin; datasets lose the tags that it loses.

    :param id: its name or id
    :param name: a new name; kept when it is left out
    :param tags: all tags that it then has; kept when they are left out
    """
    authorization.sysadmins_only(call)
    errors: dict[str, Any] = {}
    wanted = check({"id": REQUIRED}, given, errors)["id"]
    if errors:
        raise invalid(errors)
    row = _find(call, wanted)
    name = check({"name": NAME}, {"name": row.name, **given}, errors)["name"]
    names = _tag_names(given, errors)
    _check_name(call, name, errors, row.id)
    if errors:
        raise invalid(errors)
    if name != row.name:
        own = vocabularies.c.id == row.id
        call.connection.execute(update(vocabularies).where(own).values(name=name))
    if given.get("tags") is not None:
        _replace_tags(call, row, names)
    return _shown(call, _find(call, row.id))


@action(writes=True, takes={"id": REQUIRED})
def vocabulary_delete(call: Call, given: Given) -> None:
    """Delete a vocabulary and its tags, for a sysadmin.

    :param id: its name or id
    """
    authorization.sysadmins_only(call)
    row = _find(call, given["id"])
    tags.remove(call, _tags(call, row))
    call.connection.execute(delete(vocabularies).where(vocabularies.c.id == row.id))


def _find(call: Call, name_or_id: str) -> VocabularyRow:
    c = vocabularies.c
    query = select(vocabularies).where(or_(c.id == name_or_id, c.name == name_or_id))
    row = call.connection.execute(query).first()
    if row is None:
        raise missing(f'Could not find vocabulary "{name_or_id}"')
    return row


def _shown(call: Call, row: VocabularyRow) -> Document:
    return {"id": row.id, "name": row.name, "tags": [tags.shown(t) for t in _tags(call, row)]}


def _tags(call: Call, row: VocabularyRow) -> list[tags.TagRow]:
    query = select(tag_rows).where(tag_rows.c.vocabulary_id == row.id)
    return list(call.connection.execute(query.order_by(tag_rows.c.number)))


def _replace_tags(call: Call, row: VocabularyRow, names: list[str]) -> None:
    now = _tags(call, row)
    known = {tag.name for tag in now}
    tags.remove(call, [tag for tag in now if tag.name not in names])
    tags.add(call, row.id, [name for name in names if name not in known])


def _check_name(call: Call, name: str | None, errors: dict[str, Any], own: str | None) -> None:
    if name is None:
        return
    query = select(vocabularies.c.id).where(vocabularies.c.name == name)
    if call.connection.scalar(query) not in {None, own}:
        errors["name"] = [TAKEN]


def _tag_names(given: Given, errors: dict[str, Any]) -> list[str]:
    """The names of the tags that were sent, each once; faults are told tag by tag."""
    sent = given.get("tags") or []
    if not isinstance(sent, list) or len(sent) > MOST_ITEMS:
        errors["tags"] = [f"Must be a list of at most {MOST_ITEMS} objects"]
        return []
    names: dict[str, None] = {}
    faults: list[dict[str, list[str]]] = []
    takes = {"name": Field((tag_name,), required=MISSING)}
    for item in sent:
        faults.append({})
        name = check(takes, item if isinstance(item, dict) else {}, faults[-1])["name"]
        names[name or ""] = None
    if any(faults):
        errors["tags"] = faults
    return list(names)
