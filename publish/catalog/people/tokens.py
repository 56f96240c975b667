"""API tokens. Of a token only its hash is kept."""

import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given, User, now
from publish.catalog.errors import invalid, missing, refused
from publish.catalog.people.accounts import UserRow, find_user
from publish.catalog.registry import action
from publish.catalog.tables import tokens, users
from publish.catalog.validators import MISSING, REQUIRED, TEXT, Field, text

TOKEN_START = "emap_"  # never a hyphen first, which a command line would take for an option
PREFIX = slice(len(TOKEN_START), len(TOKEN_START) + 8)
NOTED_EVERY = timedelta(minutes=10)  # no oftener is it written that a token was used


def user_of(connection: Connection, token: str) -> tuple[User, bool] | None:
    """Give the active user of a token, and whether it is time to note that it was used.

    None when there is no such token.
    """
    if not token.startswith(TOKEN_START):
        return None
    query = (
        select(tokens.c.id.label("token"), tokens.c.last_access, tokens.c.sha256, users)
        .join(users, users.c.id == tokens.c.user_id)
        .where(tokens.c.prefix == token[PREFIX], users.c.state == "active")
    )
    sha256 = _hash(token)
    for row in connection.execute(query):
        if hmac.compare_digest(row.sha256, sha256):
            user = User(row.id, row.name, row.sysadmin, row.token)
            return user, _is_long_ago(row.last_access)
    return None


def holds(connection: Connection, user: User) -> bool:
    """Tell whether what a user was known by still holds: the token, the account, its rights."""
    query = (
        select(users.c.sysadmin)
        .join(tokens, tokens.c.user_id == users.c.id)
        .where(tokens.c.id == user.token, users.c.state == "active")
    )
    return connection.scalar(query) == user.sysadmin


def note_use(connection: Connection, user: User) -> None:
    """Write that the token of a user was used now, and the user active."""
    time = now()
    connection.execute(update(tokens).where(tokens.c.id == user.token).values(last_access=time))
    connection.execute(update(users).where(users.c.id == user.id).values(last_active=time))


def _is_long_ago(time: str | None) -> bool:
    if time is None:
        return True
    return datetime.fromisoformat(now()) - datetime.fromisoformat(time) > NOTED_EVERY


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


@action(writes=True, takes={"user": REQUIRED, "name": Field((text,), required=MISSING)})
def api_token_create(call: Call, given: Given) -> Document:
    """Make an API token; it is told this once only.

    :param user: the name or id of the user whose token it is
    :param name: what it is for
    """
    user = _token_user(call, given["user"])
    return issue(call, user.id, given["name"])


def issue(call: Call, user_id: str, name: str) -> Document:
    """Make a token of a user; gives it and its id."""
    token = TOKEN_START + secrets.token_urlsafe(32)
    row = {"id": str(uuid.uuid4()), "user_id": user_id, "name": name}
    known = {"prefix": token[PREFIX], "sha256": _hash(token), "created_at": call.time}
    call.connection.execute(insert(tokens).values(row | known))
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
    keys = ("id", "name", "user_id", "created_at", "last_access")
    return [{key: row[key] for key in keys} for row in call.connection.execute(query).mappings()]


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
