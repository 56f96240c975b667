"""Views of resources: how a portal's pages may show them. They are kept and answered, not drawn."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets.ordering import reordered
from publish.catalog.datasets.resources import package_of
from publish.catalog.documents import storage
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.tables import resource_views
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    REQUIRED,
    TEXT,
    Field,
    check,
    integer,
    text,
    uuid_text,
    words,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What one type of view takes beside a title, and whether it may be filtered."""

    takes: Mapping[str, Field] = field(default_factory=dict)
    filters: bool = False


KINDS = {
    "audio_view": Kind({"audio_url": TEXT}),
    "datatables_view": Kind(
        {
            "date_format": Field((text,), default="llll"),
            "ellipsis_length": Field((integer,), default=100, blank=False),
            "filterable": Field(BOOLEAN.rules, default=True),
            "responsive": BOOLEAN,
        },
        filters=True,
    ),
    "image_view": Kind({"image_url": TEXT}),
    "text_view": Kind(),
    "video_view": Kind({"video_url": TEXT, "poster_url": TEXT}),
    "webpage_view": Kind({"page_url": TEXT}),
}
COMMON = {"title": Field((text,), required=MISSING), "description": TEXT}
LISTS = {"filter_fields": Field((words,)), "filter_values": Field((words,))}


@action(takes={"id": REQUIRED})
def resource_view_list(call: Call, given: Given) -> list[Document]:
    """List the views of a resource, in their order.

    :param id: the id of the resource
    """
    row = package_of(call, given["id"])
    authorization.read_resource(call, row, given["id"])
    return [view | {"package_id": row.id} for view in _views(call, given["id"])]


@action(takes={"id": REQUIRED})
def resource_view_show(call: Call, given: Given) -> Document:
    """Show one view.

    :param id: the id of the view
    """
    view, row = _found(call, given["id"])
    authorization.read_resource(call, row, view["resource_id"])
    return view | {"package_id": row.id}


@action(writes=True)
def resource_view_create(call: Call, given: Given) -> Document:
    """Add a view to a resource, behind those that it has.

    :param resource_id: the id of the resource
    :param title: what people read
    :param view_type: datatables_view, image_view, text_view, webpage_view, audio_view, video_view
    :param description: more words
    :param filter_fields: names of columns, as many as there are in filter_values
    :param filter_values: what these columns are to hold
    """
    errors: dict[str, Any] = {}
    wanted = check({"resource_id": REQUIRED, "id": Field((uuid_text,))}, given, errors)
    row = storage.package_of(call, wanted["resource_id"] or "", "active")
    if "resource_id" not in errors and row is None:
        errors["resource_id"] = ["Not found: Resource"]
    if errors or row is None:
        raise invalid(errors)
    authorization.edit_resource(call, row, wanted["resource_id"])
    view = {"id": _id(call, wanted["id"]), "resource_id": wanted["resource_id"]}
    view |= _made(given, given.get("view_type") or "")
    position = len(_views(call, view["resource_id"]))
    columns = {"id": view["id"], "resource": view["resource_id"], "type": view["view_type"]}
    kept = {"position": position, "document": storage.dumps(view)}
    call.connection.execute(insert(resource_views).values(columns | kept))
    return view | {"package_id": row.id}


@action(writes=True)
def resource_view_update(call: Call, given: Given) -> Document:
    """Change a view: what is left out stays, and so does its type.

    :param id: the id of the view; all other parameters as in resource_view_create
    """
    view, row = _editable(call, given)
    view |= _made({**view, **given}, view["view_type"])
    mine = resource_views.c.id == view["id"]
    call.connection.execute(update(resource_views).where(mine).values(document=storage.dumps(view)))
    return view | {"package_id": row.id}


@action(writes=True)
def resource_view_delete(call: Call, given: Given) -> Document:
    """Delete a view.

    :param id: the id of the view
    """
    view, _ = _editable(call, given)
    call.connection.execute(delete(resource_views).where(resource_views.c.id == view["id"]))
    return {"resource_id": view["resource_id"]}


@action(writes=True)
def resource_view_reorder(call: Call, given: Given) -> Document:
    """Put the views of a resource into another order; those not named come behind.

    :param id: the id of the resource
    :param order: a list of ids of its views
    """
    values = _checked({"id": REQUIRED, "order": Field((words,), required=MISSING)}, given)
    row = package_of(call, values["id"])
    authorization.edit_resource(call, row, values["id"])
    order = reordered([view["id"] for view in _views(call, values["id"])], values["order"])
    for position, view_id in enumerate(order):
        mine = resource_views.c.id == view_id
        call.connection.execute(update(resource_views).where(mine).values(position=position))
    return {"id": values["id"], "order": order}


@action(writes=True, takes={"view_types": Field((words,))})
def resource_view_clear(call: Call, given: Given) -> None:
    """Delete all views, or those of some types.

    :param view_types: a list of types of views
    """
    authorization.clear_views(call)
    cleared = delete(resource_views)
    if given["view_types"]:
        cleared = cleared.where(resource_views.c.type.in_(given["view_types"]))
    call.connection.execute(cleared)


@action(writes=True)
def resource_create_default_resource_views(call: Call, given: Given) -> list[Document]:
    """Add the views that a new resource has by itself: with us there are none.

    :param resource: the resource, with its id
    """
    resource = given.get("resource")
    if not isinstance(resource, Mapping):
        raise invalid({"resource": [MISSING]})
    wanted = _checked({"id": REQUIRED}, resource)["id"]
    authorization.edit_resource(call, package_of(call, wanted), wanted)
    return []


@action(writes=True)
def package_create_default_resource_views(call: Call, given: Given) -> list[Document]:
    """Add the views that the resources of a dataset have by themselves: with us there are none.

    :param package: the dataset, with its id
    """
    wanted = given.get("package")
    if not isinstance(wanted, Mapping):
        raise invalid({"package": [MISSING]})
    row = storage.find_package(call, _checked({"id": REQUIRED}, wanted)["id"])
    if row is None:
        raise missing()
    authorization.edit_package(call, row)
    return []


def _checked(takes: Mapping[str, Field], given: Given) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    values = check(takes, given, errors)
    if errors:
        raise invalid(errors)
    return values


def _views(call: Call, resource_id: str) -> list[Document]:
    c = resource_views.c
    query = select(c.document).where(c.resource == resource_id).order_by(c.position, c.id)
    return [storage.loads(document) for document in call.connection.scalars(query)]


def _found(call: Call, view_id: str) -> tuple[Document, PackageRow]:
    query = select(resource_views.c.document).where(resource_views.c.id == view_id)
    document = call.connection.scalar(query)
    if document is None:
        raise missing()
    view = storage.loads(document)
    return view, package_of(call, view["resource_id"])


def _editable(call: Call, given: Given) -> tuple[Document, PackageRow]:
    view, row = _found(call, _checked({"id": REQUIRED}, given)["id"])
    authorization.edit_resource(call, row, view["resource_id"])
    return view, row


def _id(call: Call, wanted: str | None) -> str:
    """The id of a new view: a sysadmin may give one that is not taken."""
    if wanted is None:
        return str(uuid.uuid4())
    if not authorization.sysadmin(call):
        raise invalid({"id": ["The input field id was not expected."]})
    query = select(resource_views.c.id).where(resource_views.c.id == wanted)
    if call.connection.scalar(query) is not None:
        raise invalid({"id": ["Resource view id already exists."]})
    return wanted


def _made(given: Given, view_type: Any) -> Document:
    kind = KINDS.get(view_type) if isinstance(view_type, str) else None
    if kind is None:
        raise invalid({"view_type": f"No plugin found for view_type {view_type}"})
    errors: dict[str, Any] = {}
    view = check(COMMON, given, errors) | {"view_type": view_type}
    view |= check(kind.takes, given, errors)
    sent = {key: value for key, value in check(LISTS, given, errors).items() if value}
    if sent and not kind.filters:
        errors |= {key: [f"The input field {key} was not expected."] for key in sent}
    fields, values = (sent.get(key, []) for key in LISTS)
    if len(fields) != len(values):
        errors["filter_fields"] = ["filter_fields and filter_values must be equally long"]
    if errors:
        raise invalid(errors)
    filters: dict[str, list[str]] = {}
    for name, value in zip(fields, values, strict=True):
        filters.setdefault(name, []).append(value)
    return view | sent | ({"filters": filters} if filters else {})
