"""Relationships between packages: each is kept in both documents, so that showing costs nothing."""

import uuid
from typing import Any

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets.packages import package
from publish.catalog.documents import storage
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, TEXT, Field, check, one_of, text

INVERSE = {
    "depends_on": "dependency_of",
    "derives_from": "has_derivation",
    "links_to": "linked_from",
    "child_of": "parent_of",
}
FORWARD = {inverse: kind for kind, inverse in INVERSE.items()}
SUBJECT, OBJECT = "relationships_as_subject", "relationships_as_object"
REQUIRED = Field((text,), required=MISSING)
PAIR = {
    "subject": REQUIRED,
    "object": REQUIRED,
    "type": Field((one_of(*INVERSE, *FORWARD),), required=MISSING),
    "comment": TEXT,
}


@action()
def package_relationships_list(call: Call, given: Given) -> list[Document]:
    """List the relationships of a dataset.

    :param id: the name or id of the dataset
    :param id2: only those with this dataset
    :param rel: only those of this type
    """
    row = package(call, given)
    authorization.read_package(call, row)
    other = package(call, given, key="id2") if given.get("id2") else None
    if other is not None:
        authorization.read_package(call, other)
    found = []
    for kind, entry, key in _seen_from(storage.loads(row.document)):
        related = storage.find_package(call, entry[key])
        if related is None or not authorization.sees(call, related):
            continue
        if (other is None or other.id == related.id) and given.get("rel") in (None, "", kind):
            found.append(_told(row.name, kind, related.name, entry["comment"]))
    return found


@action(writes=True)
def package_relationship_create(call: Call, given: Given) -> Document:
    """Say how a dataset is related to another.

    :param subject: the name or id of the dataset
    :param object: the name or id of the other
    :param type: depends_on, dependency_of, derives_from, has_derivation, links_to, linked_from,
        child_of or parent_of
    :param comment: more words
    """
    return _put(call, given, there=False)


@action(writes=True)
def package_relationship_update(call: Call, given: Given) -> Document:
    """Change the comment of a relationship; the parameters are those of its creation.

    :param subject: the name or id of the dataset
    :param object: the name or id of the other
    :param type: the type of the relationship
    :param comment: the new words
    """
    return _put(call, given, there=True)


@action(writes=True)
def package_relationship_delete(call: Call, given: Given) -> None:
    """Take a relationship back.

    :param subject: the name or id of the dataset
    :param object: the name or id of the other
    :param type: the type of the relationship
    """
    subject, object_, kind, _ = _pair(call, given)
    if _entry(subject, object_, kind) is None:
        raise missing()
    _keep(call, subject, object_, kind, None)


def forget(call: Call, document: Document) -> None:
    """Take a package that goes for good out of the documents of those it is related to."""
    related = {entry[key] for _, entry, key in _seen_from(document)}
    for other in sorted(related - {document["id"]}):
        row = storage.find_package(call, other)
        if row is not None:
            old = storage.loads(row.document)
            for side in (SUBJECT, OBJECT):
                old[side] = [e for e in old[side] if document["id"] not in _ids(e)]
            storage.update_package(call, row.number, old)


def _put(call: Call, given: Given, *, there: bool) -> Document:
    subject, object_, kind, comment = _pair(call, given)
    entry = _entry(subject, object_, kind)
    if there and entry is None:
        raise missing()
    entry = entry or {
        "id": str(uuid.uuid4()),
        "subject_package_id": subject.id,
        "object_package_id": object_.id,
        "type": kind,
        "state": "active",
    }
    _keep(call, subject, object_, kind, entry | {"comment": comment})
    return _told(subject.name, kind, object_.name, comment)


def _pair(call: Call, given: Given) -> tuple[PackageRow, PackageRow, str, str]:
    """Subject, object, type in its forward form, comment; the caller may edit both."""
    errors: dict[str, Any] = {}
    values = check(PAIR, given, errors)
    if errors:
        raise invalid(errors)
    first, second = (package(call, values, key=key) for key in ("subject", "object"))
    authorization.relate_packages(call, first, second)
    kind = values["type"]
    if kind in FORWARD:
        first, second, kind = second, first, FORWARD[kind]
    return first, second, kind, values["comment"] or ""


def _entry(subject: PackageRow, object_: PackageRow, kind: str) -> Document | None:
    entries: list[Document] = storage.loads(subject.document)[SUBJECT]
    wanted = (subject.id, object_.id)
    return next((e for e in entries if e["type"] == kind and _ids(e) == wanted), None)


def _keep(
    call: Call, subject: PackageRow, object_: PackageRow, kind: str, entry: Document | None
) -> None:
    """Write an entry into both documents, in place of the one there was; None takes it out."""
    wanted = (subject.id, object_.id)
    documents = {row.number: storage.loads(row.document) for row in (subject, object_)}
    for row, side in ((subject, SUBJECT), (object_, OBJECT)):
        document = documents[row.number]
        others = [e for e in document[side] if e["type"] != kind or _ids(e) != wanted]
        document[side] = [*others, entry] if entry else others
    for row in {subject.number: subject, object_.number: object_}.values():
        storage.update_package(call, row.number, documents[row.number])
        call.changed.append(row.id)


def _ids(entry: Document) -> tuple[str, str]:
    return entry["subject_package_id"], entry["object_package_id"]


def _seen_from(document: Document) -> list[tuple[str, Document, str]]:
    """Type, entry and key of the other package, as the owner of the document sees them."""
    forward = [(e["type"], e, "object_package_id") for e in document[SUBJECT]]
    return forward + [(INVERSE[e["type"]], e, "subject_package_id") for e in document[OBJECT]]


def _told(subject: str, kind: str, object_: str, comment: str) -> Document:
    return {"subject": subject, "type": kind, "object": object_, "comment": comment}
