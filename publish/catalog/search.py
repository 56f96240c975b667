"""package_search: words in either script, filters by field, facets, order, pages."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select

from publish.catalog import authorization, matching, storage
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import shown
from publish.catalog.errors import SearchError, SearchQueryError, invalid
from publish.catalog.indexing import text_index
from publish.catalog.licenses import LICENSES
from publish.catalog.query import All, Everything, Node, parse, parse_words
from publish.catalog.registry import action
from publish.catalog.tables import groups, packages, terms
from publish.catalog.validators import (
    BOOLEAN,
    Field,
    check,
    comma_list,
    integer,
    json_list,
    rows,
    text,
    words,
)

MOST_ROWS = 1000
DEFAULT_SORT = "score desc, metadata_modified desc"
FACETS = ("organization", "groups", "tags", "res_format", "license_id")
IGNORED = ("use_default_schema", "include_default_schema", "extras", "facet.mincount")
DISMAX = ("defType", "mm", "qf", "bf", "boost", "tie", "df", "wt", "q.op")
"""Accepted, so that no client fails; our own ranking is used."""

_SORTS: dict[str, ColumnElement[Any]] = {
    "id": packages.c.id,
    "name": packages.c.name,
    "title_string": packages.c.title_key,
    "metadata_modified": packages.c.metadata_modified,
    "metadata_created": packages.c.metadata_created,
}


SEARCH = {
    "q": Field((text,), default=""),
    "fq": Field((words,), default=[], blank=False),
    "fq_list": Field((words,), default=[], blank=False),
    "sort": Field((text,), default=DEFAULT_SORT, blank=False),
    "rows": Field((rows,), default=10, blank=False),
    "start": Field((rows,), default=0, blank=False),
    "fl": Field((comma_list,), blank=False),
    "facet": Field(BOOLEAN.rules, default=True),
    "facet.field": Field((json_list,), default=[], blank=False),
    "facet.limit": Field((integer,), default=50, blank=False),
    "include_private": BOOLEAN,
    "include_drafts": BOOLEAN,
    "include_deleted": BOOLEAN,
}


@action()
def package_search(call: Call, given: Given) -> Document:
    """Search the datasets that the caller may see.

    Words are found in Cyrillic and Latin, with and without diacritics.

    :param q: words that must all be there; or fields: `title:vazduh`, `name:kval*`; `*:*` is all
    :param fq: filters: `organization:x`, `+tags:a -res_format:CSV`, `tags:(a OR b)`; also fq_list
    :param sort: score, name, title_string, metadata_modified or metadata_created, with asc or desc
    :param rows: at most so many datasets: 10 if not said, never more than 1,000
    :param start: leave out so many first
    :param facet.field: a list of fields to count by: organization, groups, tags, res_format,
        license_id; with facet.limit (50; -1 is all)
    :param fl: a list of fields: the datasets are answered with these only
    :param include_private: add private ones (also include_drafts, include_deleted)
    """
    values = _values(given)
    wanted = matching.Wanted(_asked(values["q"]), _filters(values))
    seen = authorization.visible(
        call,
        private=values["include_private"],
        drafts=values["include_drafts"],
        deleted=values["include_deleted"],
    )
    condition = and_(seen, wanted.condition())
    found = select(packages.c.number).where(condition)
    count = call.connection.scalar(select(func.count()).select_from(found.subquery()))
    facets = {field: _counted(call, found, values, field) for field in _facet_fields(values)}
    return {
        "count": count,
        "facets": facets,
        "results": _page(call, condition, wanted, values),
        "sort": values["sort"],
        "search_facets": {field: _facet(call, field, counts) for field, counts in facets.items()},
    }


def _values(given: Given) -> dict[str, Any]:
    known = {*SEARCH, *IGNORED, *DISMAX}
    wrong = [key for key in given if key not in known and not key.startswith("ext_")]
    if wrong:
        raise SearchQueryError(f"Invalid search parameters: {wrong}")
    errors: dict[str, Any] = {}
    values = check(SEARCH, given, errors)
    if errors:
        raise invalid(errors)
    return values


def _asked(q: str) -> Node:
    if q.lstrip().startswith("{!"):
        raise SearchError("Local parameters are not supported in param 'q'.")
    return parse(q) if ":" in q or q.strip() == "*" else parse_words(q)


def _filters(values: dict[str, Any]) -> Node:
    parts = tuple(parse(part) for part in [*values["fq"], *values["fq_list"]])
    return All(parts) if parts else Everything()


def _orders(sort: str, wanted: matching.Wanted) -> Iterator[ColumnElement[Any]]:
    """The columns to order by; raises SearchQueryError for an unknown one or no direction."""
    for part in sort.split(","):
        field, _, direction = part.strip().partition(" ")
        if direction not in {"asc", "desc"} or field not in {"score", *_SORTS}:
            raise SearchQueryError('Invalid "sort" parameter')
        if field != "score":
            yield _SORTS[field].desc() if direction == "desc" else _SORTS[field].asc()
        elif wanted.text:
            # bm25 counts downwards: the best match has the lowest figure
            yield matching.rank().asc() if direction == "desc" else matching.rank().desc()
    yield packages.c.number.desc()  # downwards, as the index of dates is read


def _page(
    call: Call, condition: ColumnElement[bool], wanted: matching.Wanted, values: dict[str, Any]
) -> list[Document]:
    query = storage.package_rows.where(condition)
    query = query.add_columns(
        (-matching.rank() if wanted.text else literal_column("1.0")).label("score")
    )
    if wanted.text:
        index = text_index
        query = query.join(index, index.c.rowid == packages.c.number)
        query = query.where(matching.matches(wanted.text))
    query = query.order_by(*_orders(values["sort"], wanted))
    query = query.limit(min(values["rows"], MOST_ROWS)).offset(values["start"])
    shape = values["fl"]
    return [
        _fields(row, shown(call, row), shape) if shape else shown(call, row)
        for row in call.connection.execute(query)
    ]


def _fields(row: Any, document: Document, names: list[str]) -> Document:
    whole = document | {
        "score": row.score,
        "capacity": "private" if row.private else "public",
        "dataset_type": document["type"],
        "organization": document["organization"]["name"],
        "tags": [tag["name"] for tag in document["tags"]],
        "res_format": [resource["format"] for resource in document["resources"]],
    }
    return {name: whole[name] for name in names if name in whole}


def _facet_fields(values: dict[str, Any]) -> list[str]:
    return values["facet.field"] if values["facet"] else []


def _counted(call: Call, found: Select[Any], values: dict[str, Any], field: str) -> dict[str, int]:
    """How many of the found packages have each value of a field, most frequent first."""
    most = values["facet.limit"]
    field = field if field in FACETS else "extras_" + field.removeprefix("extras_")
    number = func.count().label("number")
    query = (
        select(terms.c.value, number)
        # a sum, so that the few packages are looked up and not the many rows of the field
        .where(terms.c.field + "" == field, terms.c.package.in_(found))
        .group_by(terms.c.value)
        .order_by(number.desc(), terms.c.value)
        .limit(most if most >= 0 else None)
    )
    return {row.value: row.number for row in call.connection.execute(query)}


def _facet(call: Call, field: str, counts: dict[str, int]) -> Document:
    titles = _titles(call, field, list(counts))
    items = [
        {"name": name, "display_name": titles.get(name) or name, "count": count}
        for name, count in counts.items()
    ]
    items.sort(key=lambda item: str(item["display_name"]), reverse=True)
    return {"title": field, "items": items}


def _titles(call: Call, field: str, names: list[str]) -> dict[str, str]:
    """What people read for the values of a field, where that is not the value itself."""
    if field == "license_id":
        return {name: LICENSES[name].title for name in names if name in LICENSES}
    if field not in {"organization", "groups"}:
        return {}
    query = select(groups.c.document).where(groups.c.name.in_(names))
    documents = [storage.loads(document) for document in call.connection.scalars(query)]
    return {document["name"]: document["title"] for document in documents}
