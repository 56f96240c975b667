"""Who may do what: every permission of the catalog is decided here.

Roles in an organization: admin and editor may change its packages, a member may see its private
ones. A sysadmin may do everything, somebody without a name may read what is public.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from publish.catalog.call import Call
from publish.catalog.errors import refused
from publish.catalog.tables import members, packages

EDITORS = ("admin", "editor")
CAPACITIES = (*EDITORS, "member")


def sysadmin(call: Call) -> bool:
    """Tell whether the caller may do everything."""
    return call.user is not None and call.user.sysadmin


def capacity(call: Call, organization: str | None = None) -> set[str]:
    """The roles of the caller in an organization, or in any."""
    if call.user is None:
        return set()
    query = select(members.c.capacity).where(members.c.user_id == call.user.id)
    if organization is not None:
        query = query.where(members.c.group_id == organization)
    return set(call.connection.scalars(query))


def edits(call: Call, organization: str | None = None) -> bool:
    """Tell whether the caller may change packages of an organization, or of any at all."""
    return sysadmin(call) or bool(capacity(call, organization) & set(EDITORS))


def sees(call: Call, package: Any) -> bool:
    """Tell whether the caller may read a package: a row with state, private and owner_id."""
    if package.state != "active":
        return edits(call, package.owner_id)
    return not package.private or sysadmin(call) or bool(capacity(call, package.owner_id))


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
        shown.append(and_(c.state == "active", _in_organizations(call, *CAPACITIES)))
    states = [state for state, wanted in (("draft", drafts), ("deleted", deleted)) if wanted]
    if states:
        shown.append(and_(c.state.in_(states), _in_organizations(call, *EDITORS)))
    return or_(*shown)


def _in_organizations(call: Call, *capacities: str) -> ColumnElement[bool]:
    if sysadmin(call):
        return true()
    user_id = call.user.id if call.user else ""
    mine = select(members.c.group_id).where(
        members.c.user_id == user_id, members.c.capacity.in_(capacities)
    )
    return packages.c.owner_id.in_(mine)
