"""Lists of activities: of datasets, groups, organizations and users; and one of them by itself."""

import difflib
import html
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, or_, select

from publish.catalog import activities, authorization
from publish.catalog.activities import ActivityRow
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.errors import invalid, missing
from publish.catalog.organizations.groups import Kind, each_kind, find
from publish.catalog.people.accounts import STATES, find_user
from publish.catalog.registry import action
from publish.catalog.tables import activities as rows
from publish.catalog.tables import group_packages, packages
from publish.catalog.validators import (
    BOOLEAN,
    MISSING,
    NATURAL,
    REQUIRED,
    TEXT,
    Field,
    Invalid,
    Takes,
    one_of,
    words,
)

USUAL, MOST = 31, 100
LONGEST_DIFF = 200_000  # characters of a document: the time of a comparison grows with the square


def seconds(value: Any) -> str:
    """Seconds since 1970, as the text of a time that activities are kept with."""
    try:
        time = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        raise Invalid("Must be seconds since 1970") from None
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


PAGE: Takes = {
    "limit": NATURAL,
    "offset": NATURAL,
    "before": Field((seconds,), blank=False),
    "after": Field((seconds,), blank=False),
    "activity_types": Field((words,), blank=False),
    "exclude_activity_types": Field((words,), blank=False),
    "include_hidden_activity": BOOLEAN,
}


@action(takes={"id": REQUIRED, **PAGE})
def package_activity_list(call: Call, given: Given) -> list[Document]:
    """List what happened to a dataset, the newest first.

    :param id: the name or id of the dataset
    :param limit: at most so many; 31 where it is left out, 100 at most
    :param offset: leave out so many first
    :param before: only what happened before, in seconds since 1970; also after
    :param activity_types: only these: new package, changed package, deleted package
    :param exclude_activity_types: all but these
    :param include_hidden_activity: add what the portal itself did, for a sysadmin
    """
    row = storage.find_package(call, given["id"])
    if row is None:
        raise missing()
    authorization.read_package(call, row)
    return listed(call, given, rows.c.object_id == row.id)


@each_kind(takes={"id": REQUIRED, **PAGE})
def _activity_list(call: Call, given: Given, kind: Kind) -> list[Document]:
    """List what happened to {one} and its datasets, the newest first.

    :param id: the name or id of the {noun}
    :param limit: at most so many; 31 where it is left out, 100 at most
    :param offset: leave out so many first
    :param before: only what happened before, in seconds since 1970; also after
    :param include_hidden_activity: add what the portal itself did, for a sysadmin
    """
    row = find(call, given["id"], kind, "active", "deleted")
    if row is None:
        raise missing()
    authorization.read_group(call, row)
    return listed(call, given, of_groups([row.id]))


@action(takes={"id": REQUIRED, **PAGE})
def user_activity_list(call: Call, given: Given) -> list[Document]:
    """List what a user did, the newest first.

    :param id: the name or id of the user
    :param limit: at most so many; 31 where it is left out, 100 at most
    :param offset: leave out so many first
    :param before: only what happened before, in seconds since 1970; also after
    """
    user = find_user(call, given["id"], *STATES)
    if user is None:
        raise missing()
    return listed(call, given, or_(rows.c.user_id == user.id, rows.c.object_id == user.id))


@action(takes=PAGE)
def recently_changed_packages_activity_list(call: Call, given: Given) -> list[Document]:
    """List what happened to all datasets, the newest first.

    :param limit: at most so many; 31 where it is left out, 100 at most
    :param offset: leave out so many first
    :param before: only what happened before, in seconds since 1970; also after
    """
    return listed(call, given, rows.c.noun == "package")


@action(takes={"id": REQUIRED, "include_data": Field(BOOLEAN.rules, default=True)})
def activity_show(call: Call, given: Given) -> Document:
    """Show one activity.

    :param id: its id
    :param include_data: add what the object then was (the default)
    """
    return activities.shown(_find(call, given["id"]), with_data=given["include_data"])


@action(takes={"id": REQUIRED, "object_type": TEXT})
def activity_data_show(call: Call, given: Given) -> Any:
    """Show what the object of an activity then was.

    :param id: the id of the activity
    :param object_type: package or group; left out, all that is kept
    """
    data = activities.data(_find(call, given["id"]))
    wanted = given["object_type"]
    if not wanted:
        return data
    if wanted not in (data or {}):
        raise missing("Could not find that object_type in the activity")
    return data[wanted]


@action(
    takes={
        "id": REQUIRED,
        "object_type": Field((one_of("package", "group", "organization"),), required=MISSING),
        "diff_type": Field((one_of("unified", "context", "html"),), default="unified", blank=False),
    }
)
def activity_diff(call: Call, given: Given) -> Document:
    """Compare what the object of an activity then was with what it was before.

    :param id: the id of the activity
    :param object_type: package, group or organization
    :param diff_type: unified (the default), context or html
    """
    new = _find(call, given["id"])
    earlier = (rows.c.object_id == new.object_id, rows.c.number < new.number)
    query = activities.found(call, *earlier).order_by(rows.c.number.desc()).limit(1)
    number = call.connection.scalar(query)
    if number is None:
        raise missing("Previous activity for this object not found")
    old = activities.fetched(call, [number])[0]
    key = "package" if given["object_type"] == "package" else "group"
    difference = _difference(_lines(old, key), _lines(new, key), given["diff_type"])
    return {"diff": difference, "activities": [activities.shown(old), activities.shown(new)]}


def listed(call: Call, given: Given, *conditions: ColumnElement[bool]) -> list[Document]:
    """A page of the activities that fulfil conditions, the newest first."""
    return [activities.shown(row) for row in page(call, given, *conditions)]


def page(call: Call, given: Given, *conditions: ColumnElement[bool]) -> list[ActivityRow]:
    """Rows of a page: after a time, those that come next after it; else the newest."""
    query = activities.found(call, *conditions, *_asked(call, given))
    upwards = given["after"] is not None and given["before"] is None
    query = query.order_by(rows.c.number if upwards else rows.c.number.desc())
    limit = USUAL if given["limit"] is None else min(given["limit"], MOST)
    numbers = call.connection.scalars(query.limit(limit).offset(given["offset"] or 0))
    return activities.fetched(call, sorted(numbers, reverse=True))


def _asked(call: Call, given: Given) -> list[ColumnElement[bool]]:
    """The conditions that the arguments make."""
    only, never = given["activity_types"], given["exclude_activity_types"]
    if only and never:
        both = "Give activity_types or exclude_activity_types, not both"
        raise invalid({"activity_types": [both]})
    conditions = []
    if not (given["include_hidden_activity"] and authorization.sysadmin(call)):
        conditions.append(activities.not_hidden())
    if only:
        conditions.append(rows.c.kind.in_(only))
    if never:
        conditions.append(rows.c.kind.not_in(never))
    if given["before"] is not None:
        conditions.append(rows.c.time < given["before"])
    if given["after"] is not None:
        conditions.append(rows.c.time > given["after"])
    return conditions


def of_groups(ids: list[str]) -> ColumnElement[bool]:
    """The condition on activities of groups and organizations, and of the datasets there.

    What left a group still tells there that it was deleted.
    """
    c = group_packages.c
    owned = select(packages.c.id).where(packages.c.owner_id.in_(ids))
    gathered = (
        select(packages.c.id)
        .join(group_packages, c.package == packages.c.number)
        .where(c.group_id.in_(ids))
    )
    return or_(
        rows.c.object_id.in_(ids),
        rows.c.object_id.in_(owned),
        rows.c.object_id.in_(gathered.where(c.state == "active")),
        and_(rows.c.kind == "deleted package", rows.c.object_id.in_(gathered)),
    )


def _find(call: Call, activity_id: str) -> ActivityRow:
    number = call.connection.scalar(select(rows.c.number).where(rows.c.id == activity_id))
    if number is None:
        raise missing()
    readable = call.connection.scalar(activities.found(call, rows.c.number == number))
    if readable is None:
        raise authorization.unreadable(call)
    return activities.fetched(call, [number])[0]


def _lines(row: ActivityRow, key: str) -> list[str]:
    """What an activity keeps, as lines of JSON in the order of its keys."""
    data = (activities.data(row) or {}).get(key)
    if data is None:
        raise missing("Could not find that object_type in the activity")
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    text = orjson.dumps(data, option=options).decode()
    if len(text) > LONGEST_DIFF:
        most = f"It has {len(text)} characters, more than the {LONGEST_DIFF} that are compared"
        raise invalid({"id": [most]})
    return text.splitlines()


def _difference(old: list[str], new: list[str], kind: str) -> str:
    if kind == "html":
        return _table(old, new)
    compare = difflib.unified_diff if kind == "unified" else difflib.context_diff
    return "\n".join(compare(old, new, lineterm=""))


def _table(old: list[str], new: list[str]) -> str:
    """Two columns of an HTML table; lines that are equal are left out."""
    cells = []
    for tag, *places in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            a, b, c, d = places
            left, right = (html.escape("\n".join(part)) for part in (old[a:b], new[c:d]))
            cells.append(f"<tr><td><pre>{left}</pre></td><td><pre>{right}</pre></td></tr>")
    return f'<table class="diff">{"".join(cells)}</table>'
