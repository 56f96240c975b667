"""Rows of users: found, made, and shown to whom they may be shown."""

import hashlib
import secrets
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Row, event, insert, or_, select, update

from publish.catalog import authorization
from publish.catalog.authorization import Sight
from publish.catalog.call import SYSTEM, Call, Document, User, now
from publish.catalog.errors import invalid
from publish.catalog.indexes import index
from publish.catalog.people import images
from publish.catalog.tables import members, users
from publish.catalog.validators import MISSING, Field, check, name

STATES = ("active", "pending", "deleted")

type UserRow = Row[Any]
"""A row of `user`."""


def hashed(password: str) -> str:
    """Hash a password: `scrypt$n$r$p$salt$hash`, the last two in hexadecimal."""
    salt = secrets.token_bytes(16)
    n, r, p = 2**14, 8, 1
    made = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p)
    return f"scrypt${n}${r}${p}${salt.hex()}${made.hex()}"


def add_user(connection: Connection, user: User, **more: Any) -> None:
    """Write a new user; `more` are values of other columns."""
    time = now()
    values = {
        "id": user.id,
        "name": user.name,
        "sysadmin": user.sysadmin,
        "notified": False,
        "state": "active",
        "created": time,
        "dashboard_seen": time,
    }
    connection.execute(insert(users).values(values | more))


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


def created(call: Call, *, trusted: bool) -> Mapping[str, int]:
    """How many datasets users created, by id: the public ones, or all that are not deleted."""
    sight = Sight(None, ("draft",), None) if trusted else Sight()
    with index.reading(call) as now:
        return now.counted("creator_user_id", sight)


def shown(call: Call, row: UserRow, *, trusted: bool | None = None) -> Document:
    """A row of `user` as answered.

    `trusted` tells whether it is answered to the user, or to a sysadmin: only they see the e-mail
    address, and datasets that are not public counted.
    """
    if trusted is None:
        trusted = authorization.is_self(call, row.id)
    known = (row.email or "").strip().lower().encode() if trusted else b""
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
        "image_url": row.image_url,
        "image_display_url": call.absolute(images.display_url(row.image_url, "user")),
        "number_created_packages": created(call, trusted=trusted).get(row.id, 0),
    }
    return result | ({"email": row.email, "apikey": None} if trusted else {})


def plugin_extras(row: UserRow) -> Document:
    """What a sysadmin put beside a user, for programs of his own."""
    return {"plugin_extras": orjson.loads(row.plugin_extras) if row.plugin_extras else None}


def of_groups(call: Call, ids: Collection[str]) -> dict[str, list[Document]]:
    """The users of some groups with their capacities, by the id of the group."""
    c = members.c
    query = (
        select(users, c.capacity, c.group_id)
        .join(members, c.user_id == users.c.id)
        .where(c.group_id.in_(ids))
        .order_by(users.c.created, users.c.name)
    )
    found: dict[str, list[Document]] = {}
    for row in call.connection.execute(query):
        user = shown(call, row, trusted=False) | {"capacity": row.capacity}
        found.setdefault(row.group_id, []).append(user)
    return found
