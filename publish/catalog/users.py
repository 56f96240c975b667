"""Users: who they are, and who may see what of them."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    event,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from datasets.serbian import fold
from publish.catalog import authorization
from publish.catalog.call import SYSTEM, Call, Document, Given, User, now
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.tables import members, packages, tokens, users
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    NATURAL,
    REQUIRED,
    TEXT,
    Field,
    Invalid,
    check,
    email,
    name,
    one_of,
    text,
    uuid_text,
)

NO_EMAIL = hashlib.md5(b"", usedforsecurity=False).hexdigest()
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000  # bytes are hashed: a longer one only costs us time
MOST_FOUND = 20

type UserRow = Row[Any]
"""A row of `user`."""


def password(value: Any) -> str:
    """A password: text of eight characters or more."""
    if not isinstance(value, str):
        raise Invalid("Passwords must be strings")
    if len(value) < SHORTEST_PASSWORD:
        raise Invalid("Your password must be 8 characters or longer")
    if len(value) > LONGEST_PASSWORD:
        raise Invalid(f"Your password must be {LONGEST_PASSWORD} characters or shorter")
    return text(value)


USER: Mapping[str, Field] = {
    "name": Field((name,), required=MISSING),
    "fullname": TEXT,
    "email": Field((email,), required=MISSING),
    "password": Field((password,)),
    "about": TEXT,
    "image_url": TEXT,
    "state": Field((one_of("active", "deleted", "pending"),), blank=False),
    "activity_streams_email_notifications": BOOLEAN,
}
STATES = ("active", "pending", "deleted")
COLUMNS = {"activity_streams_email_notifications": "notified"}


def hashed(word: str) -> str:
    """Hash a password: `scrypt$n$r$p$salt$hash`, the last two in hexadecimal."""
    salt = secrets.token_bytes(16)
    n, r, p = 2**14, 8, 1
    made = hashlib.scrypt(word.encode(errors="replace"), salt=salt, n=n, r=r, p=p)
    return f"scrypt${n}${r}${p}${salt.hex()}${made.hex()}"


def add_user(connection: Connection, user: User, **more: Any) -> None:
    """Write a new user."""
    values = {"id": user.id, "name": user.name, "sysadmin": user.sysadmin, "notified": False}
    connection.execute(insert(users).values(values | {"state": "active", "created": now()} | more))


def ensure_user(connection: Connection, user_name: str, *, sysadmin: bool) -> User:
    """Give the user of a name, made where there is none, raised to sysadmin where asked.

    Raises ValidationError when it is no name.
    """
    errors: dict[str, list[str]] = {}
    check({"name": Field((name,), required=MISSING)}, {"name": user_name}, errors)
    if errors:
        raise invalid(errors)
    row = connection.execute(select(users).where(users.c.name == user_name)).first()
    if row is None:
        user = User(str(uuid.uuid4()), user_name, sysadmin)
        add_user(connection, user)
        return user
    if sysadmin and not row.sysadmin:
        connection.execute(update(users).where(users.c.id == row.id).values(sysadmin=True))
    return User(row.id, row.name, bool(row.sysadmin or sysadmin))


@event.listens_for(users, "after_create")
def add_system(_table: object, connection: Connection, **_: object) -> None:
    """Write the user that the portal itself is, as soon as there is a table for it."""
    add_user(connection, SYSTEM)


def find_user(call: Call, name_or_id: str, *states: str) -> UserRow | None:
    """Give a user by id or name who is active, or in one of some states."""
    query = select(users).where(or_(users.c.id == name_or_id, users.c.name == name_or_id))
    return call.connection.execute(query.where(users.c.state.in_(states or ("active",)))).first()


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    made = select(func.count()).where(packages.c.creator_id == users.c.id, *conditions)
    return made.correlate(users).scalar_subquery()


_is_public = and_(packages.c.state == "active", packages.c.private == false())
user_rows = select(
    users,
    _count(_is_public).label("public"),
    _count(packages.c.state != "deleted").label("made"),
)
"""Rows of users with the numbers of the packages that they created."""


def shown(call: Call, row: UserRow) -> Document:
    """A row of `user_rows` as answered; e-mail addresses only to their owners and to sysadmins."""
    trusted = authorization.sees_email(call, row.id)
    known = (row.email or "").strip().lower().encode() if trusted else b""
    image_url = call.absolute(row.image_url)
    result = {
        "id": row.id,
        "name": row.name,
        "fullname": row.fullname,
        "display_name": row.fullname or row.name,
        "about": row.about,
        "created": row.created,
        "last_active": row.last_active,
        "activity_streams_email_notifications": row.notified,
        "sysadmin": row.sysadmin,
        "state": row.state,
        "email_hash": hashlib.md5(known, usedforsecurity=False).hexdigest(),
        "image_url": image_url,
        "image_display_url": image_url,
        "number_created_packages": row.made if trusted else row.public,
    }
    return result | ({"email": row.email, "apikey": None} if trusted else {})


def _answered(call: Call, user_id: str) -> Document:
    return shown(call, call.connection.execute(user_rows.where(users.c.id == user_id)).one())


@action(writes=True)
def user_create(call: Call, given: Given) -> Document:
    """Create a user.

    :param name: 2 to 100 of `a-z 0-9 - _`, used by no other user; it cannot be changed later
    :param email: an address that no other user has
    :param password: eight characters or more
    :param fullname: what people read; also about, image_url
    :param sysadmin: true for all rights, from a sysadmin only
    :param id: a UUID, from a sysadmin only
    """
    authorization.create_user(call)
    errors: dict[str, Any] = {}
    values = check(USER | {"id": Field((uuid_text,))}, given, errors)
    if values["password"] is None:
        errors.setdefault("password", [MISSING])
    if "name" not in errors and find_user(call, values["name"], *STATES):
        errors["name"] = ["That login name is not available."]
    _unique(call, values, errors, None)
    user = User(values.pop("id") or str(uuid.uuid4()), values["name"])
    if errors:
        raise invalid(errors)
    add_user(call.connection, user, **_columns(values))
    return _answered(call, user.id)


def _unique(call: Call, values: Given, errors: dict[str, Any], user_id: str | None) -> None:
    """Refuse the e-mail address of another user."""
    address = values["email"]
    taken = select(users.c.id).where(users.c.email == address, users.c.state == "active")
    if "email" not in errors and address and call.connection.scalar(taken) not in {None, user_id}:
        errors["email"] = [f"The email address '{address}' belongs to a registered user."]


def _columns(values: Given) -> dict[str, Any]:
    columns = {COLUMNS.get(key, key): value for key, value in values.items()}
    word = columns.pop("password", None)
    if columns.get("state") is None:
        columns.pop("state", None)
    return columns | ({"password": hashed(word)} if word else {})


@action(
    takes={
        "id": TEXT,
        "include_num_followers": BOOLEAN,
        "include_datasets": BOOLEAN,
    }
)
def user_show(call: Call, given: Given) -> Document:
    """Show one user; the caller where no id is given.

    :param id: the name or id of the user
    :param include_num_followers: add how many follow the user
    :param include_datasets: add the datasets that the user created and the caller may see
    """
    wanted = given["id"] or (call.user.id if call.user else "")
    found = or_(users.c.id == wanted, users.c.name == wanted)
    row = call.connection.execute(user_rows.where(found)).first()
    if row is None:
        raise missing()
    result = shown(call, row)
    if given["include_num_followers"]:
        result["num_followers"] = 0
    return result


@action(
    takes={
        "q": TEXT,
        "email": TEXT,
        "order_by": TEXT,
        "all_fields": Field(BOOLEAN.rules, default=True),
    }
)
def user_list(call: Call, given: Given) -> list[str] | list[Document]:
    """List the users, in the order of what people read of them.

    :param q: only those in whose name or full name this is (a sysadmin also finds addresses)
    :param email: only the one with this address, from a sysadmin
    :param order_by: display_name (the default), fullname, name, number_created_packages
    :param all_fields: false for names
    """
    query = user_rows.where(users.c.state == "active", users.c.id != SYSTEM.id)
    rows = sorted(
        call.connection.execute(query).all(), key=lambda row: (row.fullname or row.name, row.name)
    )
    if not given["all_fields"]:
        return [row.name for row in rows]
    return [shown(call, row) for row in rows]


@action(writes=True)
def user_update(call: Call, given: Given) -> Document:
    """Change a user: what is left out is kept, but the address must be given.

    :param id: the name or id of the user; all other parameters as in user_create
    """
    row = _subject(call, given)
    authorization.edit_user(call, row)
    errors: dict[str, Any] = {}
    fields = {key: field for key, field in USER.items() if key in given or key == "email"}
    values = check(fields, given, errors)
    if "name" in values and "name" not in errors and values["name"] != row.name:
        errors["name"] = ["That login name can not be modified."]
    _unique(call, values, errors, row.id)
    if errors:
        raise invalid(errors)
    call.connection.execute(update(users).where(users.c.id == row.id).values(_columns(values)))
    return _answered(call, row.id)


@action(writes=True)
def user_patch(call: Call, given: Given) -> Document:
    """Change some fields of a user.

    :param id: the name or id of the user; all other parameters as in user_create
    """
    row = _subject(call, given)
    return user_update(call, {"email": row.email, **given})


@action(writes=True)
def user_delete(call: Call, given: Given) -> None:
    """Delete a user: tokens and memberships end, what the user made stays.

    :param id: the name or id of the user
    """
    authorization.delete_user(call)
    row = _subject(call, given)
    connection = call.connection
    connection.execute(update(users).where(users.c.id == row.id).values(state="deleted"))
    connection.execute(delete(tokens).where(tokens.c.user_id == row.id))
    connection.execute(delete(members).where(members.c.user_id == row.id))


def _subject(call: Call, given: Given) -> UserRow:
    wanted = check({"id": REQUIRED}, given, errors := {})["id"]
    if errors:
        raise invalid(errors)
    row = find_user(call, wanted, *STATES)
    if row is None:
        raise missing("User was not found.")
    return row


@action(takes={"q": REQUIRED, "limit": NATURAL, "ignore_self": BOOLEAN})
def user_autocomplete(call: Call, given: Given) -> list[Document]:
    """Give id, name and full name of users whose name, or full name, has this in it.

    :param q: a part of the name
    :param limit: at most so many, 20 where it is left out
    :param ignore_self: leave the caller out
    """
    authorization.list_users(call)
    part = fold(given["q"])
    rows = call.connection.execute(
        select(users).where(users.c.state == "active").order_by(users.c.name)
    )
    found = [row for row in rows if part in fold(f"{row.name} {row.fullname or ''}")]
    return [
        {"id": row.id, "name": row.name, "fullname": row.fullname}
        for row in found[: given["limit"] or MOST_FOUND]
    ]


def of_organization(call: Call, organization: str) -> list[Document]:
    """The users of an organization with their capacities, without e-mail addresses."""
    query = (
        user_rows.add_columns(members.c.capacity)
        .join(members, members.c.user_id == users.c.id)
        .where(members.c.group_id == organization)
        .order_by(users.c.created, users.c.name)
    )
    private = {"email", "apikey"}
    return [
        {k: v for k, v in shown(call, row).items() if k not in private} | {"capacity": row.capacity}
        for row in call.connection.execute(query)
    ]
