"""Users and their API tokens. Of a token only its hash is kept."""

import hashlib
import hmac
import secrets
import uuid

from sqlalchemy import Connection, Row, delete, event, func, insert, or_, select, update

from publish.catalog import authorization
from publish.catalog.call import SYSTEM, Call, Document, Given, User, now
from publish.catalog.errors import invalid, missing, refused
from publish.catalog.registry import action
from publish.catalog.tables import members, packages, tokens, users
from publish.catalog.validators import MISSING, REQUIRED, TEXT, Field, check, name, text

TOKEN_START = "emap_"  # never a hyphen first, which a command line would take for an option
PREFIX = slice(len(TOKEN_START), len(TOKEN_START) + 8)
NO_EMAIL = hashlib.md5(b"", usedforsecurity=False).hexdigest()

type UserRow = Row[tuple[str, str, bool, str, str]]


def add_user(connection: Connection, user: User) -> None:
    """Write a new user."""
    values = {"id": user.id, "name": user.name, "sysadmin": user.sysadmin}
    connection.execute(insert(users).values(**values, state="active", created=now()))


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


def find_user(call: Call, name_or_id: str) -> UserRow | None:
    """Give an active user by id or name."""
    query = select(users).where(or_(users.c.id == name_or_id, users.c.name == name_or_id))
    return call.connection.execute(query.where(users.c.state == "active")).first()


def user_of(connection: Connection, token: str) -> User | None:
    """Give the active user of a token; None when there is no such token."""
    if not token.startswith(TOKEN_START):
        return None
    query = (
        select(users.c.id, users.c.name, users.c.sysadmin, tokens.c.sha256)
        .join(users, users.c.id == tokens.c.user_id)
        .where(tokens.c.prefix == token[PREFIX], users.c.state == "active")
    )
    sha256 = _hash(token)
    for row in connection.execute(query):
        if hmac.compare_digest(row.sha256, sha256):
            return User(row.id, row.name, row.sysadmin)
    return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


@action(writes=True, takes={"user": REQUIRED, "name": Field((text,), required=MISSING)})
def api_token_create(call: Call, given: Given) -> Document:
    """Make an API token; it is told this once only.

    :param user: the name or id of the user whose token it is
    :param name: what it is for
    """
    user = _token_user(call, given["user"])
    token = TOKEN_START + secrets.token_urlsafe(32)
    row = {"id": str(uuid.uuid4()), "user_id": user.id, "name": given["name"]}
    call.connection.execute(
        insert(tokens).values(
            **row, prefix=token[PREFIX], sha256=_hash(token), created_at=call.time
        )
    )
    return {"token": token, "id": row["id"]}


@action(takes={"user_id": TEXT, "user": TEXT})
def api_token_list(call: Call, given: Given) -> list[Document]:
    """List the tokens of a user, without the tokens themselves.

    :param user_id: the name or id of the user (or `user`, the older word)
    """
    wanted = given["user_id"] or given["user"]
    if not wanted:
        raise invalid({"user_id": [MISSING]})
    user = _token_user(call, wanted)
    query = select(tokens).where(tokens.c.user_id == user.id).order_by(tokens.c.created_at)
    return [
        {
            "id": row.id,
            "name": row.name,
            "user_id": row.user_id,
            "created_at": row.created_at,
            "last_access": None,
        }
        for row in call.connection.execute(query)
    ]


@action(writes=True, takes={"token": TEXT, "jti": TEXT})
def api_token_revoke(call: Call, given: Given) -> None:
    """Revoke a token; an id that is not there is revoked already.

    :param jti: the id of the token
    :param token: or the token itself
    """
    if not given["token"] and not given["jti"]:
        raise invalid({"jti": [MISSING]})
    known = tokens.c.sha256 == _hash(given["token"]) if given["token"] else None
    query = select(tokens).where(tokens.c.id == given["jti"] if known is None else known)
    row = call.connection.execute(query).first()
    if row is None:
        return
    authorization.manage_tokens(call, row.user_id)
    call.connection.execute(delete(tokens).where(tokens.c.id == row.id))


def _token_user(call: Call, name_or_id: str) -> UserRow:
    """Give the user whose tokens the caller asks for; who may not ask learns nothing."""
    user = find_user(call, name_or_id)
    if user is None:
        raise missing("User not found") if authorization.sysadmin(call) else refused()
    authorization.manage_tokens(call, user.id)
    return user


def of_organization(call: Call, organization: str) -> list[Document]:
    """The users of an organization with their capacities, without e-mail addresses."""
    made = (
        select(func.count())
        .where(packages.c.creator_id == users.c.id, packages.c.state == "active")
        .scalar_subquery()
    )
    query = (
        select(users, members.c.capacity, made.label("made"))
        .join(members, members.c.user_id == users.c.id)
        .where(members.c.group_id == organization)
        .order_by(users.c.created, users.c.name)
    )
    return [
        {
            "id": row.id,
            "name": row.name,
            "fullname": None,
            "display_name": row.name,
            "about": None,
            "created": row.created,
            "last_active": None,
            "activity_streams_email_notifications": False,
            "sysadmin": row.sysadmin,
            "state": row.state,
            "capacity": row.capacity,
            "email_hash": NO_EMAIL,
            "image_url": None,
            "image_display_url": None,
            "number_created_packages": row.made,
        }
        for row in call.connection.execute(query)
    ]
