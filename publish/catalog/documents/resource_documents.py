"""Resources of a package, as they are kept, made of what was sent."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage, uploads
from publish.catalog.documents.formats import format_name, media_type
from publish.catalog.validators import BOOLEAN, TEXT, Field, check, integer, moment, text, uuid_text

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
    "id": Field((uuid_text,), blank=False),
    "url": Field((text,), default=""),
    "format": Field((text,), default=""),
    "hash": Field((text,), default=""),
    "size": Field((integer,), blank=False),
    "created": Field((moment,), blank=False),
    "last_modified": Field((moment,), blank=False),
    "cache_last_updated": Field((moment,), blank=False),
    "datastore_active": BOOLEAN,
}
OURS = frozenset(
    {
        "package_id",
        "position",
        "state",
        "metadata_modified",
        "upload",
        "clear_upload",
        "extras",
        uploads.FILE,
        uploads.PENDING,
    }
)
"""Keys that a client may send but that say nothing: we know better, or they are no field."""


def made_resources(
    call: Call, sent: Sequence[Given], document: Document, old: Document, errors: dict[str, Any]
) -> list[Document]:
    """Make the resources of a package, in the order sent; each is matched with its former by id.

    One that comes as it is kept is taken over unread.
    """
    kept = {resource["id"]: resource for resource in old.get("resources", [])}
    faults: list[dict[str, Any]] = []
    found: list[Document] = []
    for position, each in enumerate(sent):
        faults.append({})
        key = each.get("id")
        former = kept.get(key) if isinstance(key, str) else None
        if each == former:
            found.append(former | {"position": position})
            continue
        resource = _resource(call, each, document["id"], former, bool(old), faults[-1])
        found.append(_dated(call, resource | {"position": position}, former))
    back = document["state"] != "deleted" and old.get("state") == "deleted"
    asked = {r["id"] for r, each in zip(found, sent, strict=True) if back or each.get("id")}
    _unique(call, found, asked if back else asked - set(kept), document["id"], faults)
    if any(faults):
        errors["resources"] = faults
    return found


def _resource(
    call: Call,
    sent: Given,
    package_id: str,
    former: Document | None,
    guess: bool,
    faults: dict[str, Any],
) -> Document:
    """Make one resource; what CKAN does not know is kept as it came.

    Core fields that are left out stay, but for the address; `guess` says whether the media type is
    told from it.
    """
    core = {key: former[key] for key in RESOURCE if key != "url"} if former else {}
    if former and not uploads.stays(sent, former, _address(call, sent)):
        core = _without_file(core, former)
    values = check(RESOURCE, {**core, **sent}, faults)
    resource = _own(sent, faults) | values
    resource |= {
        "id": values["id"] or str(uuid.uuid4()),
        "package_id": package_id,
        "url": _address(call, values),
        "state": "active",
    }
    if guess and "mimetype" not in sent:
        resource["mimetype"] = media_type(resource["url"]) or resource["mimetype"]
    uploads.settle(call, resource, sent, former, faults)
    resource["format"] = format_name(resource["format"], resource["url"])
    return resource


def _without_file(core: Document, former: Document) -> Document:
    """Core fields without what told of a file that goes now; a link never had one."""
    if uploads.FILE not in former:
        return core
    return {key: value for key, value in core.items() if key not in uploads.DERIVED}


def _address(call: Call, values: Given) -> str:
    url = values.get("url")
    url = url.strip() if isinstance(url, str) else ""
    return call.relative("http://" + url if url.startswith("www.") else url)


def _own(sent: Given, faults: dict[str, Any]) -> Document:
    """The fields that CKAN does not know: any JSON that a database keeps."""
    own = {key: value for key, value in sent.items() if key not in RESOURCE and key not in OURS}
    for key, value in own.items():
        try:
            if b"\\u0000" in orjson.dumps([key, value]):
                faults[str(key)] = ["Must not contain the NUL character"]
        except TypeError as error:  # too deep, too big a number, half a surrogate pair
            faults[repr(key)] = [f"Must be JSON that can be kept: {error}"]
    return own


def _dated(call: Call, resource: Document, former: Document | None) -> Document:
    """Date a resource: an unchanged one keeps its date, wherever it now stands in the list."""
    resource["created"] = resource["created"] or (former["created"] if former else call.time)
    if former is not None:
        same = {key: former[key] for key in ("metadata_modified", "position")}
        if resource | same == former:
            return former | {"position": resource["position"]}
    return resource | {"metadata_modified": call.time}


def _unique(
    call: Call,
    found: Sequence[Document],
    new: Collection[str],
    package_id: str,
    faults: list[dict[str, Any]],
) -> None:
    """Refuse an id that is there twice, or a new one that lives in another package."""
    taken = storage.taken_resources(call, new, package_id) if new else set()
    for resource, fault in zip(found, faults, strict=True):
        if resource["id"] in taken:
            fault.setdefault("id", ["Resource id already exists."])
        taken.add(resource["id"])
