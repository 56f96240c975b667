"""Who is signed in on the pages of the studio. Of a session's secret only its hash is kept.

A session stands for an API token: it ends with the token, with the account, when its owner signs
out, and after twelve hours.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Connection, String, Table, delete, insert, select

from publish.catalog.call import User
from publish.catalog.tables import tokens, users
from publish.database import metadata

SESSION = Table(
    "session",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("token_id", String(36), nullable=False),
    Column("ends", String(26), nullable=False),
)
LASTS = timedelta(hours=12)


def new_secret() -> str:
    """Make what a cookie holds: 256 random bits, that say nothing."""
    return secrets.token_urlsafe(32)


def begin(connection: Connection, user: User) -> str:
    """Begin a session of whoever showed an API token; gives its secret. Old ones are forgotten."""
    connection.execute(delete(SESSION).where(SESSION.c.ends <= _time()))
    secret = new_secret()
    row = {"sha256": _hash(secret), "token_id": user.token, "ends": _time(LASTS)}
    connection.execute(insert(SESSION).values(row))
    return secret


def user_of(connection: Connection, secret: str) -> User | None:
    """Give who is signed in by a secret; None when the session, token or account ended."""
    query = (
        select(users, SESSION.c.token_id)
        .join(tokens, tokens.c.user_id == users.c.id)
        .join(SESSION, SESSION.c.token_id == tokens.c.id)
        .where(SESSION.c.sha256 == _hash(secret), SESSION.c.ends > _time())
        .where(users.c.state == "active")
    )
    row = connection.execute(query).first()
    return User(row.id, row.name, row.sysadmin, row.token_id) if row else None


def end(connection: Connection, secret: str) -> None:
    """End a session; one that is not there has ended already."""
    connection.execute(delete(SESSION).where(SESSION.c.sha256 == _hash(secret)))


def _time(later: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + later).replace(tzinfo=None).isoformat(timespec="microseconds")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
