"""Resources: links and files inside a package. Each change is a change of the package."""

from collections.abc import Sequence
from typing import Any

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets.packages import package, replace
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import LISTS, shown
from publish.catalog.documents.resource_documents import RESOURCE
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import ValidationError, invalid, missing
from publish.catalog.registry import action
from publish.catalog.validators import REQUIRED, Invalid, text

OTHERS = [key for key in LISTS if key != "resources"]


def package_of(
    call: Call, resource_id: str, what: str = "Not found", *, deleted: bool = False
) -> PackageRow:
    """Give the package of a resource; raises NotFound."""
    states = ("active", "deleted") if deleted else ("active",)
    row = storage.package_of(call, resource_id, *states)
    if row is None:
        raise missing(what)
    return row


def resource_in(document: Document, resource_id: str) -> Document:
    """Give one resource of a package."""
    return next(r for r in document["resources"] if r["id"] == resource_id)


@action(takes={"id": REQUIRED})
def resource_show(call: Call, given: Given) -> Document:
    """Show one resource.

    :param id: the id of the resource
    """
    row = package_of(call, given["id"])
    authorization.read_resource(call, row, given["id"])
    return resource_in(shown(call, row), given["id"])


@action(writes=True)
def resource_create(call: Call, given: Given) -> Document:
    """Add a resource to a dataset, at its end. Other fields than these are kept as they come.

    :param package_id: the name or id of the dataset
    :param url: where the file is
    :param upload: the file itself, as a part of a multipart form
    :param privacy_reason: why personal data in it may be public, from an admin of the organization
    :param name: what people read; also description, format, mimetype, size, hash …
    :param id: a UUID that no other resource has
    """
    row = package(call, given, key="package_id")
    authorization.create_resource(call, row)
    resources = [*storage.loads(row.document)["resources"], _with_file(call, given)]
    return _saved(call, row, resources, -1)


@action(writes=True)
def resource_update(call: Call, given: Given) -> Document:
    """Replace a resource: its address and its own fields are cleared when they are left out.

    A file that was uploaded stays until another, or a link, takes its place.

    :param id: the id of the resource; all other parameters as in resource_create
    :param clear_upload: true to take the file away
    """
    return _edited(call, given, lambda former: {})


@action(writes=True)
def resource_patch(call: Call, given: Given) -> Document:
    """Change some fields of a resource; the others stay.

    :param id: the id of the resource; all other parameters as in resource_update
    """
    return _edited(call, given, _own)


@action(writes=True)
def resource_delete(call: Call, given: Given) -> None:
    """Delete a resource; a deleted one may be deleted again.

    :param id: the id of the resource
    """
    resource_id = _id(given)
    row = package_of(call, resource_id, deleted=True)
    authorization.edit_resource(call, row, resource_id, "delete")
    old = storage.loads(row.document)["resources"]
    resources = [r for r in old if r["id"] != resource_id]
    if resources != old:
        replace_resources(call, row, resources)


def _own(former: Document) -> Document:
    """What a patch keeps beside the core fields: the address and the resource's own fields."""
    return {k: v for k, v in former.items() if k == "url" or k not in RESOURCE}


def _edited(call: Call, given: Given, kept: Any) -> Document:
    resource_id = _id(given)
    row = package_of(call, resource_id, "Resource was not found.")
    authorization.edit_resource(call, row, resource_id)
    resources = storage.loads(row.document)["resources"]
    place = [r["id"] for r in resources].index(resource_id)
    resources[place] = kept(resources[place]) | _with_file(call, given)
    return _saved(call, row, resources, place)


def _with_file(call: Call, given: Given) -> Document:
    upload = call.files.get("upload")
    return dict(given) if upload is None else {**given, "upload": upload}


def _id(given: Given) -> str:
    if not given.get("id"):
        raise invalid({"id": ["Missing value"]})
    try:
        return text(given["id"])
    except Invalid as error:
        raise invalid({"id": error.messages}) from None


def _saved(call: Call, row: PackageRow, resources: list[Any], place: int) -> Document:
    """Write the resources of a package and give one; its faults are told without the others."""
    try:
        document = replace_resources(call, row, resources)
    except ValidationError as error:
        faults: Sequence[dict[str, Any]] = error.error_dict.get("resources") or ()
        raise (invalid(faults[place]) if faults and faults[place] else error) from None
    resource: Document = document["resources"][place]
    return resource


def replace_resources(call: Call, row: PackageRow, resources: list[Any]) -> Document:
    """Write a package with other resources; all else stays."""
    old = {k: v for k, v in storage.loads(row.document).items() if k not in LISTS}
    return replace(call, row, old | {"resources": resources}, OTHERS)
