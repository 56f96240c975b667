"""Who follows which datasets, groups, organizations and users."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from datasets.serbian import fold
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import shown_all
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import invalid, missing
from publish.catalog.organizations.groups import GroupRow, brief, find
from publish.catalog.people.accounts import find_user, shown
from publish.catalog.registry import action
from publish.catalog.tables import followers, groups, packages, users
from publish.catalog.validators import REQUIRED, TEXT


@dataclass(frozen=True, slots=True)
class Noun:
    """What can be followed: the word in action names, the word kept, and how one is found."""

    word: str
    kept: tuple[str, ...]
    find: Callable[[Call, str], Row[Any] | None]
    one: str

    @property
    def missing(self) -> str:
        """The sentence for one that is not there."""
        return f"Not found: {self.one}"


def _package(call: Call, name_or_id: str) -> PackageRow | None:
    return storage.find_package(call, name_or_id)


def _group(call: Call, name_or_id: str) -> GroupRow | None:
    return find(call, name_or_id)


def _user(call: Call, name_or_id: str) -> Row[Any] | None:
    return find_user(call, name_or_id)


DATASET = Noun("dataset", ("package",), _package, "Dataset")
USER = Noun("user", ("user",), _user, "User")
GROUP = Noun("group", ("group", "organization"), _group, "Group")
ORGANIZATION = Noun("organization", ("organization",), _group, "Organization")
FOLLOWED = (DATASET, USER, GROUP)
LISTED = (DATASET, USER, GROUP, ORGANIZATION)

type Do = Callable[[Call, Given, Noun], Any]


def each_noun(pattern: str, nouns: tuple[Noun, ...], *, writes: bool = False) -> Callable[[Do], Do]:
    """Register a function under one name for each noun; {one} in its documentation is the noun."""

    def register(do: Do) -> Do:
        for noun in nouns:
            action(writes=writes, takes={"id": REQUIRED})(_named(do, pattern, noun))
        return do

    return register


def _named(do: Do, pattern: str, noun: Noun) -> Callable[[Call, Given], Any]:
    def run(call: Call, given: Given) -> Any:
        return do(call, given, noun)

    run.__name__ = pattern.format(noun.word)
    run.__doc__ = (do.__doc__ or "").format(one=noun.word)
    return run


@each_noun("follow_{}", FOLLOWED, writes=True)
def _follow(call: Call, given: Given, noun: Noun) -> Document:
    """Follow a {one}: what happens to it comes up on the caller's dashboard.

    :param id: its name or id
    """
    user = authorization.signed_in(call, f"You must be logged in to follow a {noun.word}.")
    subject = _subject(call, given, noun)
    if noun is DATASET:
        authorization.read_package(call, subject)
    if subject.id == user.id:
        raise invalid({"message": "You cannot follow yourself"})
    known = call.connection.execute(_mine(user.id, subject.id)).first()
    time = known.time if known else call.time
    if known is None:
        row = {"user_id": user.id, "object_id": subject.id, "time": time}
        call.connection.execute(insert(followers).values(row | {"noun": _kept(subject, noun)}))
    return {"follower_id": user.id, "object_id": subject.id, "datetime": time}


@each_noun("unfollow_{}", FOLLOWED, writes=True)
def _unfollow(call: Call, given: Given, noun: Noun) -> None:
    """Follow a {one} no longer.

    :param id: its name or id
    """
    user = authorization.signed_in(call, f"You must be logged in to unfollow a {noun.word}.")
    subject = _subject(call, given, noun)
    c = followers.c
    here = (c.user_id == user.id, c.object_id == subject.id)
    if not call.connection.execute(delete(followers).where(*here)).rowcount:
        raise missing(f"You are not following {given['id']}.")


@each_noun("am_following_{}", FOLLOWED)
def _am_following(call: Call, given: Given, noun: Noun) -> bool:
    """Tell whether the caller follows a {one}.

    :param id: its name or id
    """
    user = authorization.signed_in(call, "You must be logged in to see whom you follow.")
    subject = _subject(call, given, noun)
    return call.connection.execute(_mine(user.id, subject.id)).first() is not None


@each_noun("{}_follower_count", LISTED)
def _follower_count(call: Call, given: Given, noun: Noun) -> int:
    """Count those who follow a {one}.

    :param id: its name or id
    """
    subject = _subject(call, given, noun)
    if noun is DATASET:
        authorization.read_package(call, subject)
    query = select(func.count()).select_from(followers)
    return call.connection.scalars(query.where(followers.c.object_id == subject.id)).one()


@each_noun("{}_follower_list", LISTED)
def _follower_list(call: Call, given: Given, noun: Noun) -> list[Document]:
    """List those who follow a {one}, for a sysadmin.

    :param id: its name or id
    """
    authorization.sysadmins_only(call)
    subject = _subject(call, given, noun)
    query = (
        select(users)
        .join(followers, followers.c.user_id == users.c.id)
        .where(followers.c.object_id == subject.id, users.c.state == "active")
        .order_by(followers.c.time)
    )
    return [shown(call, row, trusted=False) for row in call.connection.execute(query)]


@each_noun("{}_followee_count", LISTED)
def _followee_count(call: Call, given: Given, noun: Noun) -> int:
    """Count what of the kind {one} a user follows.

    :param id: the name or id of the user
    """
    return _count(call, given, _only(noun))


@each_noun("{}_followee_list", LISTED)
def _followee_list(call: Call, given: Given, noun: Noun) -> list[Document]:
    """List what of the kind {one} a user follows, for that user and for a sysadmin.

    :param id: the name or id of the user
    """
    found = _followed(call, _subject(call, given, USER), _only(noun))
    return [each["dict"] for each in found]


@action(takes={"id": REQUIRED})
def followee_count(call: Call, given: Given) -> int:
    """Count all that a user follows.

    :param id: the name or id of the user
    """
    return _count(call, given, None)


@action(takes={"id": REQUIRED, "q": TEXT})
def followee_list(call: Call, given: Given) -> list[Document]:
    """List all that a user follows: type, display_name and dict of each.

    :param id: the name or id of the user
    :param q: only what people read begins with this
    """
    part = fold((given["q"] or "").strip())
    found = _followed(call, _subject(call, given, USER), None)
    return [each for each in found if fold(each["display_name"]).startswith(part)]


def _mine(user_id: str, object_id: str) -> Any:
    c = followers.c
    return select(followers).where(c.user_id == user_id, c.object_id == object_id)


def _subject(call: Call, given: Given, noun: Noun) -> Row[Any]:
    row = noun.find(call, given["id"])
    if row is None or (noun is ORGANIZATION and not row.is_organization):
        raise invalid({"id": [noun.missing]})
    return row


def _kept(subject: Row[Any], noun: Noun) -> str:
    if noun is not GROUP:
        return noun.kept[0]
    return "organization" if subject.is_organization else "group"


def _only(noun: Noun) -> tuple[str, ...]:
    """What a followee list of a noun has: organizations are apart from groups there."""
    return noun.kept[:1]


def _count(call: Call, given: Given, kinds: tuple[str, ...] | None) -> int:
    user = _subject(call, given, USER)
    query = select(func.count()).select_from(followers).where(followers.c.user_id == user.id)
    if kinds:
        query = query.where(followers.c.noun.in_(kinds))
    return call.connection.scalars(query).one()


def _followed(call: Call, user: Row[Any], kinds: tuple[str, ...] | None) -> list[Document]:
    """What a user follows, by kind and then by what people read."""
    authorization.see_followees(call, user)
    found = {kind: read(call, user.id) for kind, read in READ.items() if not kinds or kind in kinds}
    return [
        {
            "type": "dataset" if kind == "package" else kind,
            "display_name": document.get("display_name") or document["title"],
            "dict": document,
        }
        for kind, documents in found.items()
        for document in documents
    ]


def _ids(user_id: str, kind: str) -> Any:
    c = followers.c
    return select(c.object_id).where(c.user_id == user_id, c.noun == kind)


def _packages(call: Call, user_id: str) -> list[Document]:
    seen = authorization.visible(call, private=True, drafts=True)
    query = storage.package_rows.where(packages.c.id.in_(_ids(user_id, "package")), seen)
    ordered = query.order_by(packages.c.title_key, packages.c.name)
    documents = shown_all(call, call.connection.execute(ordered).all())
    ids = {group["id"] for document in documents for group in document["groups"]}
    rows = call.connection.execute(select(groups).where(groups.c.id.in_(ids)))
    whole = {row.id: brief(call, row) | {"capacity": "public"} for row in rows}
    return [
        document | {"groups": [whole[group["id"]] for group in document["groups"]]}
        for document in documents
    ]


def _groups(kind: str) -> Callable[[Call, str], list[Document]]:
    def read(call: Call, user_id: str) -> list[Document]:
        query = select(groups).where(groups.c.id.in_(_ids(user_id, kind)))
        active = query.where(groups.c.state == "active")
        ordered = active.order_by(groups.c.title_key, groups.c.name)
        return [brief(call, row) for row in call.connection.execute(ordered)]

    return read


def _users(call: Call, user_id: str) -> list[Document]:
    query = select(users).where(users.c.id.in_(_ids(user_id, "user")), users.c.state == "active")
    return [shown(call, row) for row in call.connection.execute(query.order_by(users.c.name))]


READ: Mapping[str, Callable[[Call, str], list[Document]]] = {
    "package": _packages,
    "user": _users,
    "group": _groups("group"),
    "organization": _groups("organization"),
}
"""How followed things are read, by the kind that is kept of them."""
