"""Packages (datasets): show, list, create, update, patch, delete."""

from collections.abc import Collection

from publish.catalog import activities, authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets.ordering import reordered
from publish.catalog.datasets.validations import judge_changed
from publish.catalog.documents import gate, storage
from publish.catalog.documents.package_documents import LISTS, answered, made, shown
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, Invalid, json_list, moment, text

KEPT = ("name", "state", "private", "owner_org")
KEPT_LISTS = ("resources", "groups")
"""What package_update keeps when it is left out; all else is cleared."""


def package(call: Call, given: Given, what: str = "Not found", *, key: str = "id") -> PackageRow:
    """Give the package that the arguments name; raises ValidationError or NotFound."""
    wanted = given.get(key)
    if wanted is None or wanted == "":
        raise invalid({key: [MISSING]})
    try:
        row = storage.find_package(call, text(wanted))
    except Invalid as error:
        raise invalid({key: error.messages}) from None
    if row is None:
        raise missing(what)
    return row


def answer(call: Call, document: Document, owner: Document) -> Document:
    """Give a package of an organization as it is answered."""
    groups = storage.groups_of(call, document["groups"]) if document["groups"] else {}
    return answered(call, document, owner, groups)


def told(call: Call, kind: str, document: Document, owner: Document) -> Document:
    """Note that a package was written, and give it as it is answered."""
    call.changed.append(document["id"])
    shown_now = answer(call, document, owner)
    activities.record(call, kind, shown_now)
    return shown_now


@action()
def package_show(call: Call, given: Given) -> Document:
    """Show one dataset with its resources.

    :param id: the name or id of the dataset
    """
    if not given.get("id"):
        known = {"message": "Missing id, can not get Package object"}
        raise invalid(known if given.get("name_or_id") else {"name_or_id": [MISSING]})
    row = package(call, given)
    authorization.read_package(call, row)
    return shown(call, row)


@action(writes=True)
def package_create(call: Call, given: Given) -> Document:
    """Create a dataset.

    :param name: 2 to 100 of `a-z 0-9 - _`, used by no other dataset
    :param owner_org: the name or id of an organization in which the caller is editor or admin
    :param title: what people read; the name where it is left out
    :param resources: a list of objects with url, name, format, description, size, hash …
    :param tags: a list of objects with a name; or tag_string, names with commas between
    :param extras: a list of objects with key and value; keys are unique, values are text
    :param groups: a list of objects with the name of a group
    :param license_id: an id of license_list, or any other text
    :param private: true for members of the organization only
    :param state: active or draft
    :param id: a UUID, from a sysadmin only

    Also notes, url, version, author, author_email, maintainer, maintainer_email, type.
    """
    authorization.create_package(call)
    document = made(call, given) | {"metadata_modified": call.time}
    owner = storage.insert_package(call, document)
    judge_changed(call, {}, document)
    return told(call, "new package", document, owner)


@action(writes=True)
def package_update(call: Call, given: Given) -> Document:
    """Replace a dataset: what is left out is cleared.

    Resources, groups, owner_org, state and private are kept when they are left out. Resources are
    matched by their id.

    :param id: the name or id of the dataset; all other parameters as in package_create
    :param metadata_modified: from a sysadmin, kept as it is
    :param privacy_reason: why personal data that become public may be so, from an admin
    """
    key = "id" if given.get("id") or not given.get("name") else "name"
    row = package(call, given, "Package was not found.", key=key)
    authorization.edit_package(call, row)
    stamp = _stamp(given) if authorization.sysadmin(call) else ""
    old = storage.loads(row.document)
    kept = {key: old[key] for key in KEPT if given.get(key) is None}
    keep = [key for key in KEPT_LISTS if given.get(key) is None]
    return replace(call, row, {**given, **kept}, keep, stamp)


@action(writes=True)
def package_patch(call: Call, given: Given) -> Document:
    """Change some fields of a dataset; lists (resources, tags, extras, groups) are replaced whole.

    :param id: the name or id of the dataset; all other parameters as in package_create
    """
    row = package(call, given)
    authorization.edit_package(call, row)
    return patch(call, row, given)


@action(writes=True)
def package_delete(call: Call, given: Given) -> None:
    """Delete a dataset: it is hidden, and comes back with `state: active`.

    :param id: the name or id of the dataset
    """
    row = package(call, given)
    authorization.edit_package(call, row)
    change(call, row, {"state": "deleted"})


@action(writes=True)
def package_owner_org_update(call: Call, given: Given) -> None:
    """Give a dataset to another organization.

    :param id: the name or id of the dataset
    :param organization_id: the name or id of the organization
    """
    row = package(call, given, "Package was not found.")
    authorization.edit_package(call, row)
    dated = storage.loads(row.document)["metadata_modified"]  # CKAN leaves the date, too
    patch(call, row, {"owner_org": given.get("organization_id")}, dated)


@action(writes=True)
def package_resource_reorder(call: Call, given: Given) -> Document:
    """Put the resources of a dataset into another order; those not named come behind.

    :param id: the name or id of the dataset
    :param order: a list of ids of its resources
    """
    row = package(call, given)
    authorization.edit_package(call, row)
    try:
        wanted = json_list(given.get("order") or [])
    except Invalid as error:
        raise invalid({"order": error.messages}) from None
    there = {resource["id"]: resource for resource in storage.loads(row.document)["resources"]}
    order = reordered(list(there), wanted)
    patch(call, row, {"resources": [there[key] for key in order]})
    return {"id": given["id"], "order": order}


def change(call: Call, row: PackageRow, changed: Given) -> None:
    """Write some fields of a package as they are, its date too; only the gate checks it anew."""
    document = storage.loads(row.document)
    if any(document[key] != value for key, value in changed.items()):
        gate.check_package(call, document, {**document, **changed})
        document |= {**changed, "metadata_modified": call.time}
        owner = storage.update_package(call, row.number, document, row)
        told(call, "changed package", document, owner)


def patch(call: Call, row: PackageRow, given: Given, stamp: str = "") -> Document:
    """Write a package with some fields changed, as `replace` does."""
    old = storage.loads(row.document)
    keep = [key for key in LISTS if key not in given]
    if "tag_string" in given and "tags" in keep:
        keep.remove("tags")
    same = {key: value for key, value in old.items() if key not in LISTS}
    return replace(call, row, {**same, **given}, keep, stamp)


def replace(
    call: Call, row: PackageRow, given: Given, keep: Collection[str] = (), stamp: str = ""
) -> Document:
    """Write a package anew and give it as it is answered; an unchanged one keeps its date.

    `keep` names the lists that stay; `stamp` is a date of modification that is to stand.
    """
    old = storage.loads(row.document)
    dated = {"metadata_modified": stamp or old["metadata_modified"]}
    document = made(call, {**given, "id": row.id}, row, keep) | dated
    if document == old:
        return answer(call, old, storage.loads(row.organization))
    if not stamp:
        document["metadata_modified"] = call.time
    owner = storage.update_package(call, row.number, document, row)
    judge_changed(call, old, document)
    return told(call, "changed package", document, owner)


def _stamp(given: Given) -> str:
    try:
        return moment(given["metadata_modified"]) if given.get("metadata_modified") else ""
    except Invalid as error:
        raise invalid({"metadata_modified": error.messages}) from None
