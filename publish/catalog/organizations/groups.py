"""Organizations and groups: found, shown and listed. One core, as both differ in little.

An organization owns datasets; a group gathers datasets of any organization.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import shown_all
from publish.catalog.errors import invalid, missing
from publish.catalog.indexes import index
from publish.catalog.people.accounts import of_groups
from publish.catalog.registry import Do, action
from publish.catalog.tables import (
    followers,
    group_packages,
    group_parents,
    groups,
    packages,
)
from publish.catalog.validators import (
    BOOLEAN,
    NATURAL,
    REQUIRED,
    TEXT,
    Field,
    Takes,
    comma_list,
)

MOST_NAMES, MOST_OBJECTS = 1000, 25
MOST_PACKAGES = 1000
SORTS = ("name", "title", "package_count", "packages")
YES = Field(BOOLEAN.rules, default=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """Organization or group: the word in the names of actions, and the word in sentences."""

    noun: str
    one: str

    @property
    def is_organization(self) -> bool:
        """Tell whether it owns datasets."""
        return self.noun == "organization"


KINDS = (Kind("organization", "an organization"), Kind("group", "a group"))

type GroupRow = Row[Any]
"""A row of `group`."""


def each_kind(
    *, writes: bool = False, takes: Takes | None = None
) -> Callable[[Callable[[Call, Given, Kind], Any]], Callable[[Call, Given, Kind], Any]]:
    """Register `_verb(call, given, kind)` as organization_verb and group_verb.

    In the documentation {noun} and {one} stand for the words of the kind.
    """

    def register(do: Callable[[Call, Given, Kind], Any]) -> Callable[[Call, Given, Kind], Any]:
        for kind in KINDS:
            action(writes=writes, takes=takes)(_named(do, kind))
        return do

    return register


def _named(do: Callable[[Call, Given, Kind], Any], kind: Kind) -> Do:
    def run(call: Call, given: Given) -> Any:
        return do(call, given, kind)

    run.__name__ = f"{kind.noun}{do.__name__}"
    run.__doc__ = (do.__doc__ or "").format(noun=kind.noun, one=kind.one)
    return run


def find(call: Call, name_or_id: str, kind: Kind | None = None, *states: str) -> GroupRow | None:
    """Give an organization or group (of one kind, or any) by id or name.

    It is active, or in one of some states.
    """
    query = select(groups).where(
        or_(groups.c.id == name_or_id, groups.c.name == name_or_id),
        groups.c.state.in_(states or ("active",)),
    )
    if kind is not None:
        query = query.where(groups.c.is_organization == kind.is_organization)
    return call.connection.execute(query).first()


@each_kind(
    takes={
        "id": REQUIRED,
        "include_datasets": BOOLEAN,
        "include_dataset_count": YES,
        "include_extras": YES,
        "include_users": YES,
        "include_groups": YES,
        "include_tags": YES,
        "include_followers": YES,
    }
)
def _show(call: Call, given: Given, kind: Kind) -> Document:
    """Show {one}.

    :param id: its name or id
    :param include_datasets: add its public datasets as `packages`, at most 1,000
    :param include_users: add its users (the default)
    :param include_extras: add its extras (the default); also include_groups, include_tags,
        include_followers, include_dataset_count
    """
    row = find(call, given["id"], kind, "active", "deleted")
    if row is None:
        raise missing()
    authorization.read_group(call, row)
    asked = {
        "extras": given["include_extras"],
        "users": given["include_users"],
        "groups": given["include_groups"],
        "tags": given["include_tags"],
        "num_followers": given["include_followers"],
        "package_count": given["include_dataset_count"],
    }
    without = {key for key, wanted in asked.items() if not wanted}
    document = shown(call, row, without)
    result = {key: value for key, value in document.items() if key not in without}
    return result | ({"packages": datasets(call, row)} if given["include_datasets"] else {})


def shown(call: Call, row: GroupRow, without: Collection[str] = ()) -> Document:
    """Give a row of a group as it is answered; the counts and users of `without` are not read."""
    return shown_pages(call, [row], without)[0]


def shown_pages(
    call: Call, rows: Collection[GroupRow], without: Collection[str] = ()
) -> list[Document]:
    """Give rows of groups as they are answered; what belongs to them is read all at once."""
    ids = [row.id for row in rows]
    counts = {} if "package_count" in without else package_counts(call, rows)
    follows = {} if "num_followers" in without else _follower_counts(call, ids)
    users = {} if "users" in without else of_groups(call, ids)
    above = {} if "groups" in without else _parents(call, ids)
    return [
        brief(call, row)
        | {"extras": storage.loads(row.document)["extras"]}
        | {
            "package_count": counts.get(row.id, 0),
            "num_followers": follows.get(row.id, 0),
            "users": users.get(row.id, []),
            "groups": above.get(row.id, []),
        }
        | ({} if row.is_organization else {"tags": []})
        for row in rows
    ]


def brief(call: Call, row: GroupRow) -> Document:
    """Give a row of a group with its own fields only."""
    document = storage.loads(row.document)
    document.pop("extras")
    return document | {"image_display_url": call.absolute(document["image_display_url"])}


def package_counts(call: Call, rows: Collection[GroupRow]) -> dict[str, int]:
    """How many datasets that everybody may see there are, by the id of organization or group."""
    public = authorization.Sight()
    with index.reading(call) as now:
        owned, gathered = (now.counted(field, public) for field in ("organization", "groups"))
    return {row.id: (owned if row.is_organization else gathered).get(row.name, 0) for row in rows}


def _follower_counts(call: Call, ids: Collection[str]) -> dict[str, int]:
    c = followers.c
    counted = select(c.object_id, func.count().label("those"))
    query = counted.where(c.object_id.in_(ids)).group_by(c.object_id)
    return {row.object_id: row.those for row in call.connection.execute(query)}


def _parents(call: Call, ids: Collection[str]) -> dict[str, list[Document]]:
    c = group_parents.c
    query = (
        select(groups, c.child_id, c.capacity)
        .join(group_parents, c.parent_id == groups.c.id)
        .where(c.child_id.in_(ids), groups.c.state == "active")
        .order_by(groups.c.title_key, groups.c.name)
    )
    found: dict[str, list[Document]] = {}
    for row in call.connection.execute(query):
        parent = brief(call, row) | {"capacity": row.capacity}
        found.setdefault(row.child_id, []).append(parent)
    return found


def its_packages(row: GroupRow) -> ColumnElement[bool]:
    """The condition on packages that an organization owns or a group gathers."""
    if row.is_organization:
        return packages.c.owner_id == str(row.id)
    c = group_packages.c
    here = select(c.package).where(c.group_id == row.id, c.state == "active")
    gathered: ColumnElement[bool] = packages.c.number.in_(here)
    return gathered


def datasets(call: Call, row: GroupRow, limit: int = MOST_PACKAGES) -> list[Document]:
    """The public datasets of a group, newest first."""
    query = storage.package_rows.where(its_packages(row), authorization.visible(call))
    newest = query.order_by(packages.c.metadata_modified.desc()).limit(limit)
    return shown_all(call, call.connection.execute(newest).all())


@each_kind(
    takes={
        "all_fields": BOOLEAN,
        "include_dataset_count": YES,
        "include_extras": BOOLEAN,
        "include_users": BOOLEAN,
        "include_groups": BOOLEAN,
        "include_tags": BOOLEAN,
        "include_followers": YES,
        "sort": TEXT,
        "order_by": TEXT,
        "limit": NATURAL,
        "offset": NATURAL,
        "organizations": Field((comma_list,), blank=False),
        "groups": Field((comma_list,), blank=False),
        "type": TEXT,
    }
)
def _list(call: Call, given: Given, kind: Kind) -> list[str] | list[Document]:
    """List the names of what there is of {noun}s, ordered by title.

    :param sort: name, title or package_count, with asc or desc
    :param {noun}s: only these names
    :param all_fields: objects instead of names, at most 25 a page; also include_extras,
        include_users, include_groups, include_tags, include_dataset_count, include_followers
    :param limit: at most so many
    :param offset: leave out so many first
    :param type: only those of a type of your own
    """
    rows = _page(call, given, kind)
    if not given["all_fields"]:
        return [row.name for row in rows]
    added = {
        "extras": given["include_extras"],
        "users": given["include_users"],
        "groups": given["include_groups"],
        "tags": given["include_tags"],
        "num_followers": given["include_followers"],
        "package_count": given["include_dataset_count"],
    }
    return [
        {key: value for key, value in document.items() if added.get(key, True)}
        for document in shown_pages(call, rows)
    ]


def _page(call: Call, given: Given, kind: Kind) -> list[GroupRow]:
    field, order = _sort(given["sort"] or given["order_by"] or "title asc")
    query = active(kind, given["type"] or kind.noun)
    if names := given[f"{kind.noun}s"]:
        query = query.where(groups.c.name.in_(names))
    most = MOST_OBJECTS if given["all_fields"] else MOST_NAMES
    limit = most if given["limit"] is None else min(given["limit"], most)
    offset = given["offset"] or 0
    if field == "package_count":
        rows = _by_count(call, query, descending=order == "desc")
        return rows[offset : offset + limit]
    by = {"name": groups.c.name, "title": groups.c.title_key}[field]
    query = query.order_by(by.desc() if order == "desc" else by, groups.c.name)
    return list(call.connection.execute(query.limit(limit).offset(offset)))


def _sort(words: str) -> tuple[str, str]:
    """Field and direction; by number of datasets the largest come first, unless asked otherwise."""
    field, _, order = words.strip().partition(" ")
    if field not in SORTS or order.strip().lower() not in {"", "asc", "desc"}:
        raise invalid({"message": f"Cannot sort by field `{field}`"})
    by_count = field in {"package_count", "packages"}
    return (
        "package_count" if by_count else field,
        order.strip().lower() or ("desc" if by_count else "asc"),
    )


def _by_count(call: Call, query: Select[Any], *, descending: bool) -> list[GroupRow]:
    rows = call.connection.execute(query.order_by(groups.c.title_key, groups.c.name)).all()
    counts = package_counts(call, rows)
    return sorted(rows, key=lambda row: counts.get(row.id, 0), reverse=descending)


def active(kind: Kind, type_: str) -> Select[Any]:
    """Rows of the active groups of a kind and type."""
    return select(groups).where(
        groups.c.is_organization == kind.is_organization,
        groups.c.type == type_,
        groups.c.state == "active",
    )
