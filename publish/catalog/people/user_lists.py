"""Users: shown, listed, and found by a few letters."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from datasets.serbian import fold
from publish.catalog import authorization
from publish.catalog.call import SYSTEM, Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import shown_all
from publish.catalog.errors import missing
from publish.catalog.people.accounts import UserRow, created, plugin_extras, shown
from publish.catalog.registry import action
from publish.catalog.tables import followers, packages, users
from publish.catalog.validators import BOOLEAN, NATURAL, REQUIRED, TEXT, Field, one_of

MOST_FOUND = 20
MOST_DATASETS = 1000


@action(
    takes={
        "id": TEXT,
        "include_num_followers": BOOLEAN,
        "include_datasets": BOOLEAN,
        "include_password_hash": BOOLEAN,
        "include_plugin_extras": BOOLEAN,
    }
)
def user_show(call: Call, given: Given) -> Document:
    """Show one user, also one who is deleted; the caller where no id is given.

    :param id: the name or id of the user
    :param include_num_followers: add how many follow the user
    :param include_datasets: add the datasets that the user created and the caller may see
    :param include_plugin_extras: add plugin_extras, to a sysadmin
    :param include_password_hash: add password_hash, to a sysadmin; it is never told, so it is null
    """
    wanted = given["id"] or (call.user.id if call.user else "")
    found = or_(users.c.id == wanted, users.c.name == wanted)
    row = call.connection.execute(select(users).where(found)).first()
    if row is None:
        raise missing()
    result = shown(call, row)
    if given["include_num_followers"]:
        result["num_followers"] = _followers(call, row.id)
    if given["include_datasets"]:
        result["datasets"] = _datasets(call, row)
    if authorization.sysadmin(call):
        result |= {"password_hash": None} if given["include_password_hash"] else {}
        result |= plugin_extras(row) if given["include_plugin_extras"] else {}
    return result


def _followers(call: Call, user_id: str) -> int:
    query = select(func.count()).select_from(followers).where(followers.c.object_id == user_id)
    return call.connection.scalars(query).one()


def _datasets(call: Call, row: UserRow) -> list[Document]:
    mine = authorization.is_self(call, row.id)
    seen = authorization.visible(call, private=mine, drafts=mine)
    query = storage.package_rows.where(packages.c.creator_id == row.id, seen)
    newest = query.order_by(packages.c.metadata_modified.desc()).limit(MOST_DATASETS)
    return shown_all(call, call.connection.execute(newest).all())


BY_MADE = "number_created_packages"
_called = func.coalesce(func.nullif(users.c.fullname, ""), users.c.name)
ORDERS: Mapping[str, ColumnElement[Any]] = {
    "display_name": _called,
    "fullname": func.coalesce(users.c.fullname, ""),
    "name": users.c.name,
    "about": func.coalesce(users.c.about, ""),
    "sysadmin": users.c.sysadmin,
}


@action(
    takes={
        "q": TEXT,
        "email": TEXT,
        "order_by": Field((one_of(*ORDERS, BY_MADE),), default="display_name", blank=False),
        "all_fields": Field(BOOLEAN.rules, default=True),
        "include_site_user": BOOLEAN,
    }
)
def user_list(call: Call, given: Given) -> list[str] | list[Document]:
    """List the active users, in the order of what people read of them.

    :param q: only those in whose name or full name this is; for a sysadmin also in the address
    :param email: only the one with this address, for a sysadmin
    :param order_by: display_name (the default), fullname, name, about, sysadmin or
        number_created_packages
    :param all_fields: false for names
    :param include_site_user: add the user that the portal itself is
    """
    query = select(users).where(users.c.state == "active")
    if not given["include_site_user"]:
        query = query.where(users.c.id != SYSTEM.id)
    if given["email"] and authorization.sysadmin(call):
        query = query.where(func.lower(users.c.email) == given["email"].lower())
    order = ORDERS.get(given["order_by"], users.c.name)
    rows = call.connection.execute(query.order_by(order, users.c.name))
    part = fold(given["q"] or "")
    found = [row for row in rows if part in _words(call, row)]
    if given["order_by"] == BY_MADE:
        made = created(call, trusted=False)
        found.sort(key=lambda row: made.get(row.id, 0))
    return [shown(call, row) for row in found] if given["all_fields"] else [r.name for r in found]


def _words(call: Call, row: UserRow) -> str:
    """What a user is found by, folded."""
    address = (row.email or "") if authorization.sysadmin(call) else ""
    return fold(f"{row.name} {row.fullname or ''} {address}")


@action(takes={"q": REQUIRED, "limit": NATURAL, "ignore_self": BOOLEAN})
def user_autocomplete(call: Call, given: Given) -> list[Document]:
    """Give id, name and full name of users in whose name, or full name, this is.

    :param q: a part of the name
    :param limit: at most so many, 20 where it is left out
    :param ignore_self: leave the caller out
    """
    authorization.list_users(call)
    query = select(users).where(users.c.state == "active", users.c.id != SYSTEM.id)
    if given["ignore_self"] and call.user:
        query = query.where(users.c.id != call.user.id)
    part = fold(given["q"])
    rows = call.connection.execute(query.order_by(_called, users.c.name))
    found = [row for row in rows if part in fold(f"{row.name} {row.fullname or ''}")]
    most = MOST_FOUND if given["limit"] is None else given["limit"]
    return [{"id": r.id, "name": r.name, "fullname": r.fullname} for r in found[:most]]
