"""A package as it is kept, made of what was sent; and as it is answered, made of what is kept.

Kept are the ids of what belongs to it and addresses without our site; the organization, the groups
and the words of the licence are added when it is answered, so that they are never out of date.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import gate, parts, storage, uploads
from publish.catalog.documents.resource_documents import made_resources
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import IntegrityError, invalid
from publish.catalog.licenses import described
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    MOST_ITEMS,
    TEXT,
    Field,
    check,
    email,
    one_of,
    package_name,
    short,
    text,
    uuid_text,
)

PACKAGE: Mapping[str, Field] = {
    "id": Field((uuid_text,)),
    "name": Field((package_name,), required=MISSING),
    "title": TEXT,
    "author": TEXT,
    "author_email": Field((email,)),
    "maintainer": TEXT,
    "maintainer_email": Field((email,)),
    "license_id": TEXT,
    "notes": TEXT,
    "url": TEXT,
    "version": Field((text, short("Version"))),
    "type": Field((text, short("Type")), default="dataset", blank=False),
    "state": Field((one_of("active", "draft", "deleted"),), default="active", blank=False),
    "private": BOOLEAN,
    "owner_org": Field((text,), required="An organization must be provided"),
}
LISTS = ("tags", "extras", "groups", "resources")
RELATIONSHIPS = ("relationships_as_subject", "relationships_as_object")
ORGANIZATION_KEYS = (
    "id",
    "name",
    "title",
    "type",
    "description",
    "image_url",
    "created",
    "is_organization",
    "approval_status",
    "state",
)


def made(
    call: Call, given: Given, row: PackageRow | None = None, keep: Collection[str] = ()
) -> Document:
    """Make the document to keep of what was sent; `row` is the package that it replaces.

    `keep` names the lists (tags, extras, groups, resources) that stay as the package has them.
    Raises ValidationError with all faults at once, IntegrityError where a list is none,
    PublishError when an uploaded file cannot be kept, and what `gate.check_package` raises.
    """
    old = storage.loads(row.document) if row is not None else {}
    for key in LISTS:
        _only_objects(key, given)
    errors: dict[str, Any] = {}
    values = check(PACKAGE, given, errors)
    document = values | {
        "title": values["title"] or values["name"],
        "url": call.relative(values["url"]) if values["url"] else values["url"],
        "id": _id(call, values["id"], old, errors),
        "type": old.get("type") or values["type"],
        "owner_org": _owner(call, values["owner_org"], old, errors),
        "creator_user_id": old["creator_user_id"] if old else call.user and call.user.id,
        "metadata_created": old.get("metadata_created") or call.time,
        **{key: old.get(key, []) for key in (*LISTS, *RELATIONSHIPS)},
    }
    document |= _lists(call, given, document, old, keep, errors)
    number = row.number if row is not None else None
    if "name" not in errors and not storage.free_name(call, values["name"], number):
        errors["name"] = ["That URL is already in use."]
    if errors:
        raise invalid(errors)
    gate.check_package(call, old, document)
    uploads.keep_all(call, document["resources"])
    return document | {
        "num_resources": len(document["resources"]),
        "num_tags": len(document["tags"]),
    }


def _lists(
    call: Call,
    given: Given,
    document: Document,
    old: Document,
    keep: Collection[str],
    errors: dict[str, Any],
) -> Document:
    lists: Document = {}
    if "tags" not in keep:
        lists["tags"] = parts.tags(call, given, old, errors)
    if "extras" not in keep:
        lists["extras"] = parts.extras(given, PACKAGE, errors)
    if "groups" not in keep:
        lists["groups"] = parts.group_ids(call, given, old, errors)
    sent = old["resources"] if "resources" in keep else given.get("resources") or []
    lists["resources"] = made_resources(call, sent, document, old, errors)
    return lists


def shown(call: Call, row: PackageRow) -> Document:
    """Give a kept package as it is answered."""
    return shown_all(call, [row])[0]


def shown_all(call: Call, rows: Iterable[PackageRow]) -> list[Document]:
    """Give kept packages as they are answered; their groups are looked up all at once."""
    kept = [(storage.loads(row.document), storage.loads(row.organization)) for row in rows]
    wanted = {group for document, _ in kept for group in document["groups"]}
    groups = storage.groups_of(call, wanted) if wanted else {}
    return [answered(call, document, owner, groups) for document, owner in kept]


def answered(
    call: Call, document: Document, owner: Document, groups: Mapping[str, Document]
) -> Document:
    """Give a document as it is answered; `owner` and `groups` are what it names by id."""
    own = [groups[key] for key in document["groups"] if key in groups]
    return (
        document
        | described(document["license_id"])
        | {
            "url": call.absolute(document["url"]),
            "resources": [shown_resource(call, resource) for resource in document["resources"]],
            "groups": sorted(own, key=lambda group: str(group["name"])),
            "organization": {key: owner[key] for key in ORGANIZATION_KEYS},
        }
    )


def shown_resource(call: Call, resource: Document) -> Document:
    """Give a kept resource as it is answered."""
    answer = resource | {"url": call.absolute(resource["url"])}
    answer.pop(uploads.FILE, None)
    return answer


def _only_objects(key: str, given: Given) -> None:
    items = given.get(key)
    if items is None or items == "":
        return
    whole = [items] if not isinstance(items, list) else items
    for wrong in (item for item in whole if item is items or not isinstance(item, Mapping)):
        raise IntegrityError(
            f"Only lists of dicts can be placed against subschema ('{key}',), not {type(wrong)}",
            _echo({**given, "type": given.get("type") or "dataset"}),
        )
    if len(items) > MOST_ITEMS:
        raise invalid({key: [f"Must have at most {MOST_ITEMS} items"]})


def _echo(given: Given) -> Given:
    """What was sent, for the answer; nothing where it is too deep to be written."""
    try:
        orjson.dumps(given)
    except TypeError:
        return {}
    return given


def _id(call: Call, wanted: str | None, old: Document, errors: dict[str, Any]) -> str:
    if old:
        return str(old["id"])
    if wanted is None:
        return str(uuid.uuid4())
    if not authorization.sysadmin(call):
        errors["id"] = ["The input field id was not expected."]
    elif storage.find_package(call, wanted) is not None:
        errors["id"] = ["Dataset id already exists"]
    return wanted


def _owner(call: Call, wanted: str | None, old: Document, errors: dict[str, Any]) -> str | None:
    """The id of the organization; a package may move to one where the caller is editor."""
    if wanted is None or wanted == old.get("owner_org"):
        return wanted
    organization = storage.find_group(call, wanted, "organization")
    if organization is None:
        errors["owner_org"] = ["Organization does not exist"]
        return None
    if not old:
        authorization.own_package(call, organization["id"])
    elif organization["id"] != old["owner_org"] and not authorization.edits(
        call, organization["id"]
    ):
        errors["owner_org"] = ["You cannot add a dataset to this organization"]
    return str(organization["id"])
