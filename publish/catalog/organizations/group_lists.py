"""Organizations and groups of a user, those that fit a few letters, and the datasets of one."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from datasets.serbian import fold
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.errors import invalid, missing
from publish.catalog.organizations.groups import (
    KINDS,
    MOST_PACKAGES,
    Kind,
    active,
    brief,
    datasets,
    each_kind,
    find,
    package_counts,
)
from publish.catalog.people.accounts import find_user
from publish.catalog.registry import action
from publish.catalog.tables import groups
from publish.catalog.validators import BOOLEAN, NATURAL, REQUIRED, Invalid, boolean, text

ORGANIZATION, GROUP = KINDS
MOST_FOUND = 20


@each_kind(takes={"q": REQUIRED, "limit": NATURAL})
def _autocomplete(call: Call, given: Given, kind: Kind) -> list[Document]:
    """Give id, name and title of each {noun} whose name or title has this in it.

    :param q: a part of the name or title, in either script
    :param limit: at most so many, 20 where it is left out
    """
    part = fold(given["q"])
    query = active(kind, kind.noun).order_by(groups.c.title_key, groups.c.name)
    found = (
        {"id": row.id, "name": row.name, "title": storage.loads(row.document)["title"]}
        for row in call.connection.execute(query)
    )
    hits = (each for each in found if part in fold(f"{each['name']} {each['title']}"))
    return list(islice(hits, MOST_FOUND if given["limit"] is None else given["limit"]))


@action()
def organization_list_for_user(call: Call, given: Given) -> list[Document]:
    """List the organizations in which a user may do something, each with the user's capacity.

    :param id: the name or id of the user; the caller where it is left out
    :param permission: read, create_dataset, update_dataset, delete_dataset, manage_group (the
        default), membership or admin
    :param include_dataset_count: add package_count
    """
    permission = given.get("permission", "manage_group")
    roles = _roles(call, given.get("id"))
    query = active(ORGANIZATION, ORGANIZATION.noun)
    if roles is not None:
        mine = [group for group, role in roles.items() if authorization.permits(role, permission)]
        query = query.where(groups.c.id.in_(mine))
    rows = call.connection.execute(query.order_by(groups.c.title_key, groups.c.name)).all()
    counted = boolean(given.get("include_dataset_count"))
    counts = package_counts(call, rows) if counted else {}
    return [
        brief(call, row)
        | {"capacity": "admin" if roles is None else roles[row.id]}
        | ({"package_count": counts.get(row.id, 0)} if counted else {})
        for row in rows
    ]


def _roles(call: Call, wanted: Any) -> Mapping[str, str] | None:
    """The capacities of a user, or of the caller; None for a sysadmin, who has all everywhere."""
    if not wanted:
        return None if authorization.sysadmin(call) else authorization.roles(call)
    try:
        user = find_user(call, text(wanted))
    except Invalid as error:
        raise invalid({"id": error.messages}) from None
    if user is None:
        raise missing("User was not found.")
    return None if user.sysadmin else authorization.capacities(call, user.id)


@action(takes={"available_only": BOOLEAN, "am_member": BOOLEAN})
def group_list_authz(call: Call, given: Given) -> list[Document]:
    """List the groups into which the caller may put datasets.

    :param am_member: only those that the caller is a member of, also for a sysadmin
    """
    query = active(GROUP, GROUP.noun)
    if given["am_member"] or not authorization.sysadmin(call):
        query = query.where(groups.c.id.in_(list(authorization.roles(call))))
    rows = call.connection.execute(query.order_by(groups.c.title_key, groups.c.name))
    return [brief(call, row) for row in rows]


@action(takes={"id": REQUIRED, "limit": NATURAL})
def group_package_show(call: Call, given: Given) -> list[Document]:
    """List the public datasets of a group, newest first.

    :param id: the name or id of the group
    :param limit: at most so many
    """
    row = find(call, given["id"])
    if row is None:
        raise missing()
    limit = MOST_PACKAGES if given["limit"] is None else min(given["limit"], MOST_PACKAGES)
    return datasets(call, row, limit)
