"""A package as it is kept, made of what was sent; and as it is answered, made of what is kept.

Kept are the ids of what belongs to it and addresses without our site; the organization and the
words of the licence are added when it is answered, so that they are never out of date.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from publish.catalog import authorization, storage
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import IntegrityError, invalid
from publish.catalog.formats import format_name
from publish.catalog.licenses import described
from publish.catalog.storage import PackageRow
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    MOST_ITEMS,
    TEXT,
    Field,
    Invalid,
    check,
    email,
    integer,
    moment,
    one_of,
    package_name,
    tag_name,
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
    "version": TEXT,
    "type": Field((text,), default="dataset", blank=False),
    "state": Field((one_of("active", "draft", "deleted"),), default="active", blank=False),
    "private": BOOLEAN,
    "owner_org": Field((text,), required="An organization must be provided"),
}

RESOURCE_TEXTS = (
    "name",
    "description",
    "mimetype",
    "mimetype_inner",
    "resource_type",
    "url_type",
    "cache_url",
)
RESOURCE: Mapping[str, Field] = dict.fromkeys(RESOURCE_TEXTS, TEXT) | {
    "id": Field((uuid_text,)),
    "url": Field((text,), default=""),
    "format": Field((text,), default=""),
    "hash": Field((text,), default=""),
    "size": Field((integer,), blank=False),
    "created": Field((moment,), blank=False),
    "last_modified": Field((moment,), blank=False),
    "cache_last_updated": Field((moment,), blank=False),
    "datastore_active": BOOLEAN,
}

LISTS = ("tags", "extras", "groups", "resources")
_OURS = {"package_id", "position", "state", "metadata_modified", "upload"}  # of a resource


def made(call: Call, given: Given, row: PackageRow | None = None) -> Document:
    """Make the document to keep of what was sent; `row` is the package that it replaces.

    Raises ValidationError with all faults at once, IntegrityError where a list is none.
    """
    old = storage.loads(row.document) if row is not None else None
    for key in LISTS:
        _only_objects(key, given)
    errors: dict[str, Any] = {}
    values = check(PACKAGE, given, errors)
    number = row.number if row is not None else None
    document = values | {
        "title": values["title"] or values["name"],
        "url": call.relative(values["url"]) if values["url"] else values["url"],
        "id": _id(call, values["id"], old, errors),
        "owner_org": _owner(call, values["owner_org"], errors),
        "tags": _tags(call, given, errors),
        "extras": _extras(given, errors),
        "groups": _groups(call, given, errors),
        "creator_user_id": old["creator_user_id"] if old else call.user and call.user.id,
        "metadata_created": old["metadata_created"] if old else call.time,
    }
    document["resources"] = _resources(call, given, document["id"], old, number, errors)
    if "name" not in errors and not storage.free_name(call, values["name"], number):
        errors["name"] = ["That URL is already in use."]
    if errors:
        raise invalid(errors)
    return document | {
        "num_resources": len(document["resources"]),
        "num_tags": len(document["tags"]),
    }


def shown(call: Call, row: PackageRow) -> Document:
    """Give a kept package as it is answered."""
    document = storage.loads(row.document)
    organization = storage.loads(row.organization)
    for resource in document["resources"]:
        resource["url"] = call.absolute(resource["url"])
    return (
        document
        | described(document["license_id"])
        | {
            "url": call.absolute(document["url"]),
            "organization": {key: organization[key] for key in ORGANIZATION_KEYS},
            "relationships_as_subject": [],
            "relationships_as_object": [],
        }
    )


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


def _only_objects(key: str, given: Given) -> None:
    items = given.get(key)
    if items is None or items == "":
        return
    wrong = (
        items
        if not isinstance(items, list)
        else next((item for item in items if not isinstance(item, Mapping)), None)
    )
    if wrong is not None:
        raise IntegrityError(
            f"Only lists of dicts can be placed against subschema ('{key}',), not {type(wrong)}",
            {**given, "type": given.get("type") or "dataset"},
        )
    if len(items) > MOST_ITEMS:
        raise invalid({key: [f"Must have at most {MOST_ITEMS} items"]})


def _id(call: Call, wanted: str | None, old: Document | None, errors: dict[str, Any]) -> str:
    if old is not None:
        return str(old["id"])
    if wanted is None:
        return str(uuid.uuid4())
    if not authorization.sysadmin(call):
        errors["id"] = ["The input field id was not expected."]
    elif storage.find_package(call, wanted) is not None:
        errors["id"] = ["Dataset id already exists"]
    return wanted


def _owner(call: Call, wanted: str | None, errors: dict[str, Any]) -> str | None:
    if wanted is None:
        return None
    organization = storage.find_group(call, wanted, "organization")
    if organization is None:
        errors["owner_org"] = ["Organization does not exist"]
        return None
    authorization.own_package(call, organization["id"])
    return str(organization["id"])


def _tags(call: Call, given: Given, errors: dict[str, Any]) -> list[Document]:
    sent = [tag.get("name") for tag in given.get("tags") or []]
    sent += [tag for tag in str(given.get("tag_string") or "").split(",") if tag.strip()]
    names, faults = set(), []
    for tag in sent:
        try:
            names.add(tag_name(tag))
        except Invalid as error:
            faults += error.messages
    if faults:
        errors["tags"] = faults
        return []
    ids = storage.tag_ids(call, names, lambda: str(uuid.uuid4()))
    return [
        {"id": ids[n], "name": n, "display_name": n, "state": "active", "vocabulary_id": None}
        for n in sorted(names)
    ]


def _extras(given: Given, errors: dict[str, Any]) -> list[Document]:
    extras: dict[str, str] = {}
    for sent in given.get("extras") or []:
        try:
            key = text(sent.get("key") or "")
            value = text("" if sent.get("value") is None else sent["value"])
        except Invalid as error:
            errors["extras"] = [{"value": error.messages}]
            continue
        if not key:
            errors["extras"] = [{"key": [MISSING]}]
        elif key in extras:
            errors["extras_validation"] = [f'Duplicate key "{key}"']
        extras[key] = value
    return [{"key": key, "value": value} for key, value in extras.items()]


def _groups(call: Call, given: Given, errors: dict[str, Any]) -> list[Document]:
    keys = ("description", "display_name", "id", "image_display_url", "name", "title")
    found: dict[str, Document] = {}
    for sent in given.get("groups") or []:
        wanted = str(sent.get("id") or sent.get("name") or "")
        group = storage.find_group(call, wanted, "group")
        if group is None:
            errors["groups"] = [f"Group does not exist: {wanted}"]
        else:
            found[group["name"]] = {key: group[key] for key in keys}
    return [found[name] for name in sorted(found)]


def _resources(
    call: Call,
    given: Given,
    package_id: str,
    old: Document | None,
    number: int | None,
    errors: dict[str, Any],
) -> list[Document]:
    kept = {r["id"]: r for r in old["resources"]} if old else {}
    faults: list[dict[str, Any]] = []
    found: list[Document] = []
    for position, sent in enumerate(given.get("resources") or []):
        faults.append({})
        resource = _resource(call, sent, faults[-1])
        resource |= {"package_id": package_id, "position": position}
        found.append(_dated(call, resource, kept.get(resource["id"])))
    _unique_resources(call, found, number, faults)
    if any(faults):
        errors["resources"] = faults
    return found


def _resource(call: Call, sent: Given, errors: dict[str, Any]) -> Document:
    """Make one resource; what CKAN does not know is kept as it came."""
    values = check(RESOURCE, sent, errors)
    url = (values["url"] or "").strip()
    if url.startswith("www."):
        url = "http://" + url
    own = {key: value for key, value in sent.items() if key not in RESOURCE.keys() | _OURS}
    return (
        own
        | values
        | {
            "id": values["id"] or str(uuid.uuid4()),
            "url": call.relative(url),
            "format": format_name(values["format"], url),
            "state": "active",
        }
    )


def _dated(call: Call, resource: Document, old: Document | None) -> Document:
    """Date a resource: an unchanged one keeps its date."""
    resource["created"] = resource["created"] or (old["created"] if old else call.time)
    if old is not None and resource | {"metadata_modified": old["metadata_modified"]} == old:
        return old
    return resource | {"metadata_modified": call.time}


def _unique_resources(
    call: Call, found: Sequence[Document], number: int | None, faults: list[dict[str, Any]]
) -> None:
    """Refuse an id that is there twice or lives in another package."""
    taken = storage.taken_resources(call, [r["id"] for r in found], number) if found else set()
    for resource, fault in zip(found, faults, strict=True):
        if resource["id"] in taken:
            fault.setdefault("id", ["Resource id already exists."])
        taken.add(resource["id"])
