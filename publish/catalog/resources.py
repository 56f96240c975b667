"""Resources: links inside a package. Each change is a change of the package."""

from collections.abc import Sequence
from typing import Any

from publish.catalog import authorization, storage
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import RESOURCE
from publish.catalog.errors import ValidationError, invalid, missing
from publish.catalog.formats import media_type
from publish.catalog.packages import answered, package, replace
from publish.catalog.registry import action
from publish.catalog.storage import PackageRow
from publish.catalog.validators import REQUIRED

CLEARED = ("url",)
"""The core fields that resource_update clears when they are left out; the others it keeps."""


def _package_of(
    call: Call, resource_id: str, what: str = "Not found", *, deleted: bool = False
) -> PackageRow:
    states = ("active", "deleted") if deleted else ("active",)
    row = storage.package_of(call, resource_id, *states)
    if row is None:
        raise missing(what)
    return row


def _one(document: Document, resource_id: str) -> Document:
    return next(r for r in document["resources"] if r["id"] == resource_id)


@action(takes={"id": REQUIRED})
def resource_show(call: Call, given: Given) -> Document:
    """Show one resource.

    :param id: the id of the resource
    """
    row = _package_of(call, given["id"])
    authorization.read_resource(call, row, given["id"])
    return _one(answered(call, row.id), given["id"])


@action(writes=True)
def resource_create(call: Call, given: Given) -> Document:
    """Add a resource to a dataset, at its end. Other fields than these are kept as they come.

    :param package_id: the name or id of the dataset
    :param url: where the file is
    :param name: what people read; also description, format, mimetype, size, hash …
    :param id: a UUID that no other resource has
    """
    row = package(call, given, key="package_id")
    authorization.create_resource(call, row)
    sent = dict(given)
    sent.setdefault("mimetype", media_type(str(given.get("url") or "").strip()))
    resources = [*storage.loads(row.document)["resources"], sent]
    return _saved(call, row, resources, -1)


@action(writes=True)
def resource_update(call: Call, given: Given) -> Document:
    """Replace a resource: its address and its own fields are cleared when they are left out.

    :param id: the id of the resource; all other parameters as in resource_create
    """
    resource_id = _id(given)
    row = _package_of(call, resource_id, "Resource was not found.")
    authorization.edit_resource(call, row, resource_id)
    resources = storage.loads(row.document)["resources"]
    place = [r["id"] for r in resources].index(resource_id)
    core = {k: v for k, v in resources[place].items() if k in RESOURCE and k not in CLEARED}
    resources[place] = core | dict(given)
    return _saved(call, row, resources, place)


@action(writes=True)
def resource_delete(call: Call, given: Given) -> None:
    """Delete a resource; a deleted one may be deleted again.

    :param id: the id of the resource
    """
    resource_id = _id(given)
    row = _package_of(call, resource_id, deleted=True)
    authorization.edit_resource(call, row, resource_id, "delete")
    old = storage.loads(row.document)["resources"]
    resources = [r for r in old if r["id"] != resource_id]
    if resources != old:
        _replace(call, row, resources)


def _id(given: Given) -> str:
    if not given.get("id"):
        raise invalid({"id": ["Missing value"]})
    return str(given["id"])


def _saved(call: Call, row: PackageRow, resources: list[Any], place: int) -> Document:
    """Write the resources of a package and give one; its faults are told without the others."""
    try:
        _replace(call, row, resources)
    except ValidationError as error:
        faults: Sequence[dict[str, Any]] = error.error_dict.get("resources") or ()
        raise (invalid(faults[place]) if faults and faults[place] else error) from None
    document: Document = answered(call, row.id)["resources"][place]
    return document


def _replace(call: Call, row: PackageRow, resources: list[Any]) -> None:
    replace(call, row, storage.loads(row.document) | {"resources": resources})
