"""The dashboard: what happened to what the caller did or follows, and what of it is new."""

from sqlalchemy import ColumnElement, or_, select, update

from publish.catalog import activities, authorization
from publish.catalog.call import Call, Document, Given, User
from publish.catalog.following.activity_lists import PAGE, USUAL, of_groups, page
from publish.catalog.registry import action
from publish.catalog.tables import activities as rows
from publish.catalog.tables import followers, users

NEEDED = "You must be logged in to access your dashboard."


@action(takes={key: PAGE[key] for key in ("limit", "offset", "before", "after")})
def dashboard_activity_list(call: Call, given: Given) -> list[Document]:
    """List what the caller did and what happened to what he follows, the newest first.

    Each has `is_new`: somebody else did it since the caller last looked.

    :param limit: at most so many; 31 where it is left out, 100 at most
    :param offset: leave out so many first
    :param before: only what happened before, in seconds since 1970; also after
    """
    user = authorization.signed_in(call, NEEDED)
    return _dashboard(call, user, given)


@action()
def dashboard_new_activities_count(call: Call, given: Given) -> int:
    """Count what is new on the caller's dashboard; 31 stands for 31 and more."""
    user = authorization.signed_in(call, NEEDED)
    return sum(each["is_new"] for each in _dashboard(call, user, {"limit": USUAL}))


@action(writes=True)
def dashboard_mark_activities_old(call: Call, given: Given) -> None:
    """Remember that the caller has looked: nothing that happened until now is new."""
    user = authorization.signed_in(call, NEEDED)
    own = users.c.id == user.id
    call.connection.execute(update(users).where(own).values(dashboard_seen=call.time))


def _dashboard(call: Call, user: User, given: Given) -> list[Document]:
    asked = dict.fromkeys(PAGE) | dict(given)
    query = select(users.c.dashboard_seen).where(users.c.id == user.id)
    seen = call.connection.scalar(query) or ""
    return [
        activities.shown(row) | {"is_new": row.user_id != user.id and row.time > seen}
        for row in page(call, asked, _concerning(call, user))
    ]


def _concerning(call: Call, user: User) -> ColumnElement[bool]:
    """The condition on activities by the caller, or of what the caller follows."""
    c = followers.c
    followed = list(
        call.connection.execute(select(c.object_id, c.noun).where(c.user_id == user.id))
    )
    groups = [row.object_id for row in followed if row.noun in {"group", "organization"}]
    people = [user.id, *(row.object_id for row in followed if row.noun == "user")]
    things = [user.id, *(row.object_id for row in followed)]
    return or_(rows.c.user_id.in_(people), rows.c.object_id.in_(things), of_groups(groups))
