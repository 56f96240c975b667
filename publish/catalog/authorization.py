"""Who may do what: every permission of the catalog is decided here.

ROLES is the table: what an admin, an editor or a member of an organization or group may do there.
A sysadmin may do everything, somebody without a name may read what is public.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    literal_column,
    or_,
    select,
    true,
)

from publish.catalog.call import Call, User
from publish.catalog.errors import NotAuthorized, refused
from publish.catalog.tables import group_parents, members, packages

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


def sysadmins_only(call: Call) -> None:
    """Refuse a caller who is no sysadmin."""
    if not sysadmin(call):
        raise refused()


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


def _capacities() -> Select[tuple[str, str]]:
    """Group and capacity of a user, what is inherited last."""
    mine = (
        select(members.c.group_id, members.c.capacity, literal_column("0").label("inherited"))
        .where(members.c.user_id == bindparam("user"))
        .cte("mine", recursive=True)
    )
    below = (
        select(group_parents.c.child_id, mine.c.capacity, literal_column("1"))
        .join(mine, mine.c.group_id == group_parents.c.parent_id)
        .where(mine.c.capacity == "admin")
    )
    every = mine.union(below)  # not union_all: groups may stand in a circle
    return select(every.c.group_id, every.c.capacity).order_by(every.c.inherited)


_CAPACITIES = _capacities()


def capacities(call: Call, user_id: str) -> dict[str, str]:
    """The capacity of a user by the id of each group and organization."""
    rows = call.connection.execute(_CAPACITIES, {"user": user_id})
    return {row.group_id: row.capacity for row in rows}


def may(call: Call, group: str, permission: str) -> bool:
    """Tell whether the caller has a permission in an organization or group."""
    return sysadmin(call) or permits(roles(call).get(group, ""), permission)


def edits(call: Call, organization: str | None = None) -> bool:
    """Tell whether the caller may change packages of an organization, or of any at all."""
    if organization is not None:
        return may(call, organization, "update_dataset")
    return sysadmin(call) or any(permits(role, "create_dataset") for role in roles(call).values())


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


def relate_packages(call: Call, *packages: Any) -> None:
    """Refuse a caller who may not change all of some packages."""
    if not all(edits(call, package.owner_id) for package in packages):
        raise refused(f"User {call.user_name} not authorized to edit these packages")


def update_all(call: Call, organization: str | None) -> None:
    """Refuse a caller who is no admin of an organization; None is one that is not there."""
    if not may(call, organization or "", "admin"):
        raise refused()


def clear_views(call: Call) -> None:
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


def edit_table(call: Call, package: Any, resource_id: str) -> None:
    """Refuse a caller who may not write the table of a resource."""
    if not edits(call, package.owner_id):
        raise refused(
            f"User {call.user_name} not authorized to perform resource_update on resource"
            f" {resource_id}"
        )


def validate_all(call: Call) -> None:
    """Refuse a caller who is no sysadmin."""
    if not sysadmin(call):
        raise refused(f"User {call.user_name} not authorized to validate all resources")


def release(call: Call, organization: str | None, dataset: str) -> None:
    """Refuse a caller who is no admin of an organization; None is one that is not there yet."""
    if not may(call, organization or "", "admin"):
        raise refused(f"User {call.user_name} not authorized to release {dataset}")


def see_releases(call: Call, organization: str | None, dataset: str) -> None:
    """Refuse a caller who is no editor of an organization."""
    if not edits(call, organization or ""):
        raise refused(f"User {call.user_name} not authorized to see releases of {dataset}")


def see_sources(call: Call) -> None:
    """Refuse a caller who is no editor anywhere."""
    if not edits(call):
        raise refused(f"User {call.user_name} not authorized to see harvest sources")


def edit_sources(call: Call) -> None:
    """Refuse a caller who is no editor anywhere; the others are told where sources are changed."""
    if not edits(call):
        raise refused(f"User {call.user_name} not authorized to change harvest sources")


def edit_source(call: Call, source: str, organization: str | None) -> None:
    """Refuse a caller who is neither sysadmin nor editor of a source's organization."""
    if not see_source(call, organization):
        raise refused(f"User {call.user_name} not authorized to harvest {source}")


def see_source(call: Call, organization: str | None) -> bool:
    """Tell whether the caller may see a source: sysadmins, and editors of its organization."""
    return sysadmin(call) or (organization is not None and edits(call, organization))


def create_group(call: Call, noun: str) -> None:
    """Refuse a caller who may not make organizations or groups: see catalog.organizations_by."""
    anyone = call.outside.config.catalog.organizations_by == "anyone-with-a-token"
    if not sysadmin(call) and not (anyone and call.user is not None):
        name = call.user.name if call.user else None
        raise refused(f"User {name} not authorized to create {noun}s")


def read_group(call: Call, group: Any) -> None:
    """Refuse a caller who may not read a group: a deleted one is for its members."""
    if group.state != "active" and not may(call, group.id, "read"):
        raise refused(f"User {call.user_name} not authorized to read group {group.id}")


def edit_group(call: Call, group: Any, noun: str) -> None:
    """Refuse a caller who is no admin of an organization or group."""
    if not may(call, group.id, "admin"):
        raise refused(f"User {call.user_name} not authorized to edit {noun} {group.id}")


def delete_group(call: Call, group: Any, noun: str) -> None:
    """Refuse a caller who is no admin of an organization or group."""
    if not may(call, group.id, "admin"):
        raise refused(f"User {call.user_name} not authorized to delete {noun} {group.id}")


def change_members(call: Call, group: Any, noun: str) -> None:
    """Refuse a caller who may not say who belongs to a group.

    Its members may put datasets into a group, only its admins people and parents.
    """
    gathers = noun == "package" and not group.is_organization
    if not may(call, group.id, "manage_group" if gathers else "membership"):
        raise refused(f"User {call.user_name} not authorized to edit group {group.id}")


def create_user(call: Call) -> None:
    """Refuse a caller who may not make users: see catalog.users_by_api."""
    if not sysadmin(call) and call.outside.config.catalog.users_by_api != "anyone":
        raise refused(f"User {call.user_name} not authorized to create users")


def edit_user(call: Call, user: Any) -> None:
    """Refuse a caller who is neither that user nor a sysadmin."""
    if not is_self(call, user.id):
        raise refused(f"User {call.user_name} not authorized to edit user {user.id}")


def see_options(call: Call) -> None:
    """Refuse a caller who is no sysadmin."""
    if not sysadmin(call):
        raise refused()


def see_jobs(call: Call) -> None:
    """Refuse a caller who is no sysadmin."""
    if not sysadmin(call):
        raise refused()


def change_tasks(call: Call) -> None:
    """Refuse a caller who is no sysadmin."""
    if not sysadmin(call):
        raise refused()


def change_translations(call: Call) -> None:
    """Refuse a caller who is no sysadmin."""
    if not sysadmin(call):
        raise refused()


def signed_in(call: Call, otherwise: str) -> User:
    """Give the caller; refuses one without a name, with a sentence."""
    if call.user is None:
        raise refused(otherwise)
    return call.user


def see_followees(call: Call, user: Any) -> None:
    """Refuse a caller who is neither that user nor a sysadmin."""
    if not is_self(call, user.id):
        raise refused()


def unreadable(call: Call) -> NotAuthorized:
    """Make the error of an activity that the caller may not read."""
    return refused(f"User {call.user_name} not authorized to read this activity")


def list_users(call: Call) -> None:
    """Refuse a caller without a name."""
    if call.user is None:
        raise refused()


def is_self(call: Call, user_id: str) -> bool:
    """Tell whether the caller is a user, or a sysadmin, who may do as he does."""
    return sysadmin(call) or (call.user is not None and call.user.id == user_id)


def manage_tokens(call: Call, user_id: str) -> None:
    """Refuse a caller who is neither that user nor a sysadmin."""
    if not sysadmin(call) and (call.user is None or call.user.id != user_id):
        raise refused()


@dataclass(frozen=True, slots=True)
class Sight:
    """Which packages a list may show: active public ones, and some of a few organizations.

    `private` are the organizations whose private ones are shown, `hidden` those whose packages in
    one of `states` are; None is every organization.
    """

    private: frozenset[str] | None = frozenset()
    states: tuple[str, ...] = ()
    hidden: frozenset[str] | None = frozenset()


def sight(
    call: Call, *, private: bool = False, drafts: bool = False, deleted: bool = False
) -> Sight:
    """What a list or a search may show to the caller.

    Active public packages always; others only when asked for, and only where `sees` agrees.
    """
    states = tuple(state for state, wanted in (("draft", drafts), ("deleted", deleted)) if wanted)
    return Sight(
        permitted(call, "read") if private else frozenset(),
        states,
        permitted(call, "update_dataset") if states else frozenset(),
    )


def visible(
    call: Call, *, private: bool = False, drafts: bool = False, deleted: bool = False
) -> ColumnElement[bool]:
    """The condition on packages that says the same as `sight`."""
    return condition(sight(call, private=private, drafts=drafts, deleted=deleted))


def condition(shown: Sight) -> ColumnElement[bool]:
    """The condition that a package may be shown."""
    c = packages.c
    return or_(
        and_(c.state == "active", c.private == false()),
        and_(c.state == "active", _owned(shown.private)),
        and_(c.state.in_(shown.states), _owned(shown.hidden)),
    )


def permitted(call: Call, permission: str) -> frozenset[str] | None:
    """The organizations in which the caller has a permission; None is all."""
    if sysadmin(call):
        return None
    return frozenset(group for group, role in roles(call).items() if permits(role, permission))


def _owned(organizations: frozenset[str] | None) -> ColumnElement[bool]:
    if organizations is None:
        return true()
    return packages.c.owner_id.in_(sorted(organizations)) if organizations else false()
