"""Who may do what: every permission of the catalog is decided here.

ROLES is the table: what an admin, an editor or a member of an organization or group may do there.
A sysadmin may do everything, somebody without a name may read what is public.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal_column, or_, select, true

from publish.catalog.call import Call
from publish.catalog.errors import refused
from publish.catalog.tables import group_parents, groups, members, packages

ROLES: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"admin", "membership"}),
    "editor": frozenset(
        {"read", "create_dataset", "update_dataset", "delete_dataset", "manage_group"}
    ),
    "member": frozenset({"read", "manage_group"}),
}
"""Capacity → permissions; an admin has all of them, also those that nobody thought of."""

CAPACITIES = tuple(ROLES)


def sysadmin(call: Call) -> bool:
    """Tell whether the caller may do everything."""
    return call.user is not None and call.user.sysadmin


def permits(capacity: str, permission: str) -> bool:
    """Tell whether a capacity includes a permission."""
    return capacity == "admin" or permission in ROLES.get(capacity, ())


def roles(call: Call) -> Mapping[str, str]:
    """The capacity of the caller by the id of each group and organization; read once a call.

    An admin of a group is admin of all that stands below it.
    """
    if call.capacities is None:
        call.capacities = capacities(call, call.user.id) if call.user else {}
    return call.capacities


def capacities(call: Call, user_id: str) -> dict[str, str]:
    """The capacity of a user by the id of each group and organization."""
    direct = (
        select(members.c.group_id, members.c.capacity, literal_column("0").label("inherited"))
        .where(members.c.user_id == user_id)
        .cte("mine", recursive=True)
    )
    below = (
        select(group_parents.c.child_id, direct.c.capacity, literal_column("1"))
        .join(direct, direct.c.group_id == group_parents.c.parent_id)
        .where(direct.c.capacity == "admin")
    )
    mine = direct.union(below)
    query = select(mine.c.group_id, mine.c.capacity).order_by(mine.c.inherited)
    return {row.group_id: row.capacity for row in call.connection.execute(query)}


def may(call: Call, group: str, permission: str) -> bool:
    """Tell whether the caller has a permission in an organization or group."""
    return sysadmin(call) or permits(roles(call).get(group, ""), permission)


def edits(call: Call, organization: str | None = None) -> bool:
    """Tell whether the caller may change packages of an organization, or of any at all."""
    if organization is not None:
        return may(call, organization, "update_dataset")
    return sysadmin(call) or bool(organizations(call, "create_dataset"))


def organizations(call: Call, permission: str) -> list[str]:
    """The organizations in which the caller has a permission."""
    mine = [group for group, role in roles(call).items() if permits(role, permission)]
    active = and_(groups.c.is_organization, groups.c.state == "active", groups.c.id.in_(mine))
    return list(call.connection.scalars(select(groups.c.id).where(active))) if mine else []


def sees(call: Call, package: Any) -> bool:
    """Tell whether the caller may read a package: a row with state, private and owner_id."""
    if package.state != "active":
        return edits(call, package.owner_id)
    return not package.private or may(call, package.owner_id, "read")


def read_package(call: Call, package: Any) -> None:
    """Refuse a caller who may not read a package."""
    if not sees(call, package):
        raise refused(f"User {call.user_name} not authorized to read package {package.id}")


def read_resource(call: Call, package: Any, resource_id: str) -> None:
    """Refuse a caller who may not read the package of a resource."""
    if not sees(call, package):
        raise refused(f"User {call.user_name} not authorized to read resource {resource_id}")


def create_package(call: Call) -> None:
    """Refuse a caller who is no editor of any organization."""
    if not edits(call):
        raise refused(f"User {call.user_name} not authorized to create packages")


def own_package(call: Call, organization: str) -> None:
    """Refuse a caller who may not put packages into an organization."""
    if not edits(call, organization):
        raise refused(f"User {call.user_name} not authorized to add dataset to this organization")


def fill_groups(call: Call, groups: Collection[str]) -> None:
    """Refuse a caller who may not put packages into all of some groups."""
    if not all(may(call, group, "manage_group") for group in groups):
        raise refused(f"User {call.user_name} not authorized to edit these groups")


def purge_package(call: Call) -> None:
    """Refuse whoever is no sysadmin."""
    if not sysadmin(call):
        raise refused()


def edit_package(call: Call, package: Any) -> None:
    """Refuse a caller who may not change a package."""
    if not edits(call, package.owner_id):
        raise refused(f"User {call.user_name} not authorized to edit package {package.id}")


def create_resource(call: Call, package: Any) -> None:
    """Refuse a caller who may not add to a package."""
    if not edits(call, package.owner_id):
        raise refused(
            f"User {call.user_name} not authorized to create resources on dataset {package.id}"
        )


def edit_resource(call: Call, package: Any, resource_id: str, verb: str = "edit") -> None:
    """Refuse a caller who may not change (or delete) a resource."""
    if not edits(call, package.owner_id):
        raise refused(f"User {call.user_name} not authorized to {verb} resource {resource_id}")


def create_organization(call: Call) -> None:
    """Refuse a caller who is not signed in."""
    if call.user is None:
        raise refused("User None not authorized to create organizations")


def create_user(call: Call) -> None:
    """Refuse a caller who may not make users."""
    if not sysadmin(call):
        raise refused(f"User {call.user_name} not authorized to create users")


def edit_user(call: Call, user: Any) -> None:
    """Refuse a caller who is neither that user nor a sysadmin."""
    if not sees_email(call, user.id):
        raise refused(f"User {call.user_name} not authorized to edit user {user.id}")


def delete_user(call: Call) -> None:
    """Refuse a caller who is no sysadmin."""
    if not sysadmin(call):
        raise refused()


def list_users(call: Call) -> None:
    """Refuse a caller without a name."""
    if call.user is None:
        raise refused()


def sees_email(call: Call, user_id: str) -> bool:
    """Tell whether the caller may read, and change, what is private of a user."""
    return sysadmin(call) or (call.user is not None and call.user.id == user_id)


def manage_tokens(call: Call, user_id: str) -> None:
    """Refuse a caller who is neither that user nor a sysadmin."""
    if not sysadmin(call) and (call.user is None or call.user.id != user_id):
        raise refused()


def visible(
    call: Call, *, private: bool = False, drafts: bool = False, deleted: bool = False
) -> ColumnElement[bool]:
    """The condition on packages that a list or a search may show to the caller.

    Active public ones always; the others only when asked for, and only where `sees` agrees.
    """
    c = packages.c
    shown = [and_(c.state == "active", c.private == false())]
    if private:
        shown.append(and_(c.state == "active", _owned(call, "read")))
    states = [state for state, wanted in (("draft", drafts), ("deleted", deleted)) if wanted]
    if states:
        shown.append(and_(c.state.in_(states), _owned(call, "update_dataset")))
    return or_(*shown)


def _owned(call: Call, permission: str) -> ColumnElement[bool]:
    """The condition on packages of organizations in which the caller has a permission."""
    if sysadmin(call):
        return true()
    mine = [group for group, role in roles(call).items() if permits(role, permission)]
    return packages.c.owner_id.in_(mine) if mine else false()
