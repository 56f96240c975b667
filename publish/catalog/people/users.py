"""Users: listed, shown, created, changed, deleted."""

import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import delete, func, select, update

from publish.catalog import activities, authorization
from publish.catalog.call import SYSTEM, Call, Document, Given, User
from publish.catalog.errors import invalid, missing
from publish.catalog.people import images, tokens
from publish.catalog.people.accounts import (
    STATES,
    UserRow,
    add_user,
    find_user,
    hashed,
    plugin_extras,
    shown,
)
from publish.catalog.registry import action
from publish.catalog.tables import followers, members, users
from publish.catalog.tables import tokens as token_rows
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    REQUIRED,
    TEXT,
    Field,
    Invalid,
    boolean,
    check,
    email,
    name,
    one_of,
    text,
    uuid_text,
)

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000  # its hash costs the same, its journey does not
MOST_FOUND = 20
MOST_DATASETS = 1000
TAKEN = "That login name is not available."


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
    "password": Field((password,), blank=False),
    "about": TEXT,
    "image_url": TEXT,
    "state": Field((one_of(*STATES),), blank=False),
    "activity_streams_email_notifications": BOOLEAN,
}
SYSADMINS: Mapping[str, Field] = {
    "id": Field((uuid_text,)),
    "sysadmin": BOOLEAN,
    "password_hash": TEXT,
    "state": USER["state"],
}
"""What only a sysadmin says of a user; from others it is not read."""

COLUMNS = {"activity_streams_email_notifications": "notified", "password_hash": "password"}


@action(writes=True)
def user_create(call: Call, given: Given) -> Document:
    """Create a user.

    :param name: 2 to 100 of `a-z 0-9 - _`, used by no other user; it cannot be changed later
    :param email: an address that no other user has
    :param password: eight characters or more
    :param fullname: what people read; also about, image_url
    :param image_upload: a picture, as a file
    :param sysadmin: true for all rights; this and what follows only from a sysadmin
    :param id: a UUID
    :param password_hash: in place of a password, as another catalog kept it; null for a user
        whose tokens alone will do
    :param plugin_extras: an object of your own
    :param with_apitoken: true to make a token, told as `token` this once
    """
    authorization.create_user(call)
    errors: dict[str, Any] = {}
    values = _checked(call, USER, given, errors)
    moved = "password_hash" in given and authorization.sysadmin(call)
    if not values["password"] and not moved:
        errors.setdefault("password", [MISSING])
    if "name" not in errors and find_user(call, values["name"], *STATES):
        errors["name"] = [TAKEN]
    _check_id(call, values.get("id"), errors)
    _check_email(call, values["email"], errors, None)
    if errors:
        raise invalid(errors)
    user_id = values.pop("id", None) or str(uuid.uuid4())
    user = User(user_id, values["name"], bool(values.pop("sysadmin", False)))
    values["image_url"] = images.of_user(call, given, values["image_url"])
    add_user(call.connection, user, **_columns(call, values, given))
    return _told(call, "new", user.id) | _token(call, given, user)


def _token(call: Call, given: Given, user: User) -> Document:
    wanted = boolean(given.get("with_apitoken")) and authorization.sysadmin(call)
    return {"token": tokens.issue(call, user.id, "default")["token"]} if wanted else {}


@action(writes=True)
def user_update(call: Call, given: Given) -> Document:
    """Change a user: what is left out is kept, but the address must be given.

    :param id: the name or id of the user; all other parameters as in user_create
    :param email: the address, also when it stays
    """
    row = _subject(call, given)
    authorization.edit_user(call, row)
    return _change(call, row, given)


@action(writes=True)
def user_patch(call: Call, given: Given) -> Document:
    """Change some fields of a user.

    :param id: the name or id of the user; all other parameters as in user_create
    """
    row = _subject(call, given)
    authorization.edit_user(call, row)
    return _change(call, row, {"email": row.email, **given})


def _change(call: Call, row: UserRow, given: Given) -> Document:
    errors: dict[str, Any] = {}
    fields = {key: field for key, field in USER.items() if key in given or key == "email"}
    if not row.email:  # one made on the command line has none
        fields["email"] = Field((email,))
    values = _checked(call, fields, {**given, "id": None}, errors)
    if "name" not in errors and values.get("name", row.name) != row.name:
        taken = find_user(call, values["name"], *STATES)
        errors["name"] = [TAKEN if taken else "That login name can not be modified."]
    _check_email(call, values["email"], errors, row.id)
    if errors:
        raise invalid(errors)
    values.pop("id", None)
    if images.UPLOAD in call.files or "clear_upload" in given:
        values["image_url"] = images.of_user(call, given, values.get("image_url", row.image_url))
    columns = _columns(call, values, given)
    call.connection.execute(update(users).where(users.c.id == row.id).values(columns))
    return _told(call, "changed", row.id, row)


@action(writes=True)
def user_delete(call: Call, given: Given) -> None:
    """Delete a user: tokens and memberships end, what the user made stays.

    :param id: the name or id of the user
    """
    authorization.sysadmins_only(call)
    row = _subject(call, given)
    connection = call.connection
    connection.execute(update(users).where(users.c.id == row.id).values(state="deleted"))
    for rows in (token_rows, members, followers):
        connection.execute(delete(rows).where(rows.c.user_id == row.id))


@action(writes=True, takes={"defer_commit": BOOLEAN})
def get_site_user(call: Call, given: Given) -> Document:
    """Tell the user that the portal itself is, to a sysadmin."""
    authorization.sysadmins_only(call)
    return {"name": SYSTEM.name, "id": SYSTEM.id, "apikey": ""}


def _checked(call: Call, fields: Mapping[str, Field], given: Given, errors: Any) -> dict[str, Any]:
    """Check what was sent; what only a sysadmin says is checked from a sysadmin only."""
    fields = {key: field for key, field in fields.items() if key not in SYSADMINS}
    if authorization.sysadmin(call):
        fields |= {key: field for key, field in SYSADMINS.items() if given.get(key) is not None}
    return check(fields, given, errors)


def _check_id(call: Call, wanted: str | None, errors: dict[str, Any]) -> None:
    if wanted and find_user(call, wanted, *STATES):
        errors["id"] = ["Id already exists"]


def _check_email(call: Call, address: str | None, errors: dict[str, Any], own: str | None) -> None:
    """Refuse the e-mail address of another user."""
    if "email" in errors or not address:
        return
    same = (func.lower(users.c.email) == address.lower(), users.c.state == "active")
    if call.connection.scalar(select(users.c.id).where(*same)) not in {None, own}:
        errors["email"] = [f"The email address '{address}' belongs to a registered user."]


def _columns(call: Call, values: Given, given: Given) -> dict[str, Any]:
    """The columns of a user; a password goes in as its hash."""
    columns = {COLUMNS.get(key, key): value for key, value in values.items() if key != "password"}
    if values.get("password"):
        columns["password"] = hashed(values["password"])
    if "plugin_extras" in given and authorization.sysadmin(call):
        columns["plugin_extras"] = orjson.dumps(given["plugin_extras"]).decode()
    return {key: value for key, value in columns.items() if (key, value) != ("state", None)}


def _subject(call: Call, given: Given) -> UserRow:
    errors: dict[str, Any] = {}
    wanted = check({"id": REQUIRED}, given, errors)["id"]
    if errors:
        raise invalid(errors)
    row = find_user(call, wanted, *STATES)
    if row is None:
        raise missing("User was not found.")
    return row


def _told(call: Call, what: str, user_id: str, before: UserRow | None = None) -> Document:
    """Give a user as he is answered, and note what happened unless he is as he was before."""
    row = call.connection.execute(select(users).where(users.c.id == user_id)).one()
    document = shown(call, row, trusted=True)
    if row != before:
        activities.record(call, f"{what} user", document)
    extras = plugin_extras(row) if row.plugin_extras and authorization.sysadmin(call) else {}
    return document | extras
