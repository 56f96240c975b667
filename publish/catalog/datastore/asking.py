"""Asking tables: rows, sizes, SQL. Who may read a resource's dataset may read its table."""

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import select

from datasets.errors import NotFound as Gone
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datastore import served
from publish.catalog.datastore.served import Served
from publish.catalog.documents import storage
from publish.catalog.errors import invalid, missing, refused
from publish.catalog.registry import action
from publish.catalog.tables import drafts, packages, resources, table_aliases
from publish.catalog.validators import MISSING, Invalid, boolean, natural
from publish.datastore import search, table
from publish.datastore.dump import DELIMITERS, delimited
from publish.datastore.fields import native
from publish.datastore.filters import BadQuestion
from publish.datastore.search import Question
from publish.datastore.table import About, Place

ROWS = 100
MOST_ROWS = 32_000
FORMATS = ("objects", "lists", "csv", "tsv")
METADATA = "_table_metadata"
ECHOED = ("distinct", "fields", "filters", "language", "offset", "plain", "q", "sort")


def asked_table(call: Call, given: Given, what: str = "Resource") -> Served:
    """Give the table that the arguments name, which the caller may read."""
    wanted = given.get("resource_id") or given.get("id")
    if not wanted:
        raise invalid({"resource_id": [MISSING]})
    found = served.table(call, wanted, what)
    authorization.read_resource(call, found.package, found.resource_id)
    return found


@action()
def datastore_search(call: Call, given: Given) -> Document:
    """Find rows of a table.

    :param resource_id: the id of the resource, or an alias of its table; `_table_metadata` lists
        the tables
    :param filters: an object: a value, a list of values or a range (gt, gte, lt, lte) by field
    :param q: words that must be there, in any script; or an object of words by field
    :param plain: false to write q as a tsquery of PostgreSQL: & | ! ( ) word:*
    :param sort: names of fields, each with asc or desc, with commas between
    :param fields: names of fields, with commas between, or a list
    :param distinct: true to leave out rows that repeat
    :param limit: at most so many rows (100; never more than 32,000)
    :param offset: leave out so many rows first
    :param include_total: false to leave out how many rows there are
    :param include_next_page: true for the filters of the next page
    :param records_format: objects, lists, csv or tsv
    """
    asked = _read(given)
    if asked["resource_id"] == METADATA:
        return _tables(call, asked)
    found = asked_table(call, given)
    asked["resource_id"] = found.resource_id if "id" in given else asked["resource_id"]
    with _opened(call, found) as connection:
        try:
            question = understood(table.about(connection), asked)
        except BadQuestion as error:
            raise invalid({error.key: [str(error)]}) from None
        text = asked["records_format"] in DELIMITERS
        start = asked.get("offset", 0)
        rows = list(search.rows(connection, question, asked["limit"], start, text=text))
        answer = _answer(asked, question, rows)
        if asked["include_total"]:
            answer["total"] = search.total(connection, question)
    return answer


@contextmanager
def _opened(call: Call, found: Served) -> Iterator[sqlite3.Connection]:
    """Lend a connection to a table; raises CKAN's errors when it is gone or takes too long."""
    try:
        with table.reading(found.place(call)) as connection:
            yield connection
    except Gone:
        raise missing(f'Resource "{found.resource_id}" was not found.') from None
    except TimeoutError as error:
        raise invalid({"message": f"{error}: ask for less"}) from None


@dataclass(frozen=True, slots=True)
class Readable:
    """A table that may be read: its resource, its file, and whether anybody may read it."""

    resource_id: str
    place: Place
    public: bool


def readable(call: Call, wanted: str) -> Readable:
    """Give the table of a resource or alias; raises NotFound and NotAuthorized."""
    found = asked_table(call, {"id": wanted})
    public = found.package.state == "active" and not found.package.private
    return Readable(found.resource_id, found.place(call), public)


def writable(call: Call, wanted: str) -> bool:
    """Tell whether the caller may write the table of a resource."""
    found = served.find(call, wanted)
    return found is not None and authorization.edits(call, found.package.owner_id)


def understood(said: About, asked: Given, *, ranked: bool = True) -> Question:
    """Understand the arguments of a search; raises BadQuestion."""
    return search.ask(
        said,
        wanted=asked.get("filters"),
        chosen=asked.get("fields"),
        q=asked.get("q"),
        plain=asked.get("plain", True),
        sort=asked.get("sort"),
        distinct=asked.get("distinct", False),
        ranked=ranked,
    )


def _read(given: Given) -> dict[str, Any]:
    """The arguments with their types, and with defaults for those that are always answered."""
    errors: dict[str, Any] = {}
    asked: dict[str, Any] = {key: given[key] for key in ECHOED if given.get(key) is not None}
    asked["resource_id"] = given.get("resource_id") or given.get("id") or ""
    for key, default in (("limit", ROWS), ("offset", None)):
        try:
            if given.get(key) not in (None, ""):
                asked[key] = natural(given[key])
            elif default is not None:
                asked[key] = default
        except Invalid as error:
            errors[key] = error.messages
    for key in ("filters", "q", "fields"):
        asked |= read_json(key, given, errors)
    for key in ("plain", "distinct"):
        if key in asked:
            asked[key] = boolean(asked[key])
    asked["include_total"] = boolean(given.get("include_total", True))
    asked["include_next_page"] = boolean(given.get("include_next_page", False))
    asked["records_format"] = given.get("records_format") or "objects"
    if asked["records_format"] not in FORMATS:
        errors["records_format"] = [f"Must be one of {', '.join(FORMATS)}"]
    if errors:
        raise invalid(errors)
    asked["limit"] = min(asked["limit"], MOST_ROWS)
    return asked


def read_json(key: str, given: Given, errors: dict[str, Any]) -> dict[str, Any]:
    """An argument that came as JSON text, as a query string has it; words stay words."""
    value = given.get(key)
    if not isinstance(value, str) or not (key == "filters" or value.lstrip()[:1] in ("{", "[")):
        return {} if value is None else {key: value}
    try:
        return {key: orjson.loads(value)}
    except orjson.JSONDecodeError:
        if key == "filters":
            errors[key] = ["Not a json object"]
        return {key: value}


def _answer(asked: dict[str, Any], question: Question, rows: list[list[Any]]) -> Document:
    answer = dict(asked)
    if question.where:
        answer["filterops"] = question.where.told
    answer["fields"] = question.fields
    answer["records"] = written(question, rows, asked["records_format"])
    answer["_links"] = _links(asked)
    full = len(rows) == asked["limit"] > 0
    if asked["include_next_page"] and full and question.steady and _has_id(question):
        behind = {"_id": {"gt": rows[-1][_place_of_id(question)]}}
        before = asked.get("filters")
        both = {"$and": [before, behind]} if before and "_id" in before else behind
        answer["next_page"] = {"filters": {**(before or {}), **both} if "_id" in both else both}
    return answer


def _has_id(question: Question) -> bool:
    return any(field.id == "_id" for _, field in question.columns)


def _place_of_id(question: Question) -> int:
    return [field.id for _, field in question.columns].index("_id")


def written(question: Question, rows: Iterable[Sequence[Any]], kind: str) -> Any:
    """Rows in one of the formats of records."""
    if kind == "lists":
        return list(rows)
    names = [field["id"] for field in question.fields]
    if kind == "objects":
        return [dict(zip(names, row, strict=True)) for row in rows]
    return delimited(rows, DELIMITERS[kind])


def _links(asked: Mapping[str, Any]) -> dict[str, str]:
    """Addresses of the first page and the next one, as CKAN told them up to 2.11."""
    said = {key: asked[key] for key in (*ECHOED, "resource_id", "limit") if key in asked}
    said.pop("offset", None)
    start = f"/api/3/action/datastore_search?{_query(said)}"
    offset = asked.get("offset", 0) + asked["limit"]
    return {"start": start, "next": f"{start}&{urlencode({'offset': offset})}"}


def _query(said: Mapping[str, Any]) -> str:
    plain = {
        key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for key, value in said.items()
    }
    return urlencode(plain)


def _tables(call: Call, asked: dict[str, Any]) -> Document:
    """The tables that the caller may see, the newest draft first, and their other names."""
    found = _drafted(call) + _published(call)
    total = len(found)
    start = asked.get("offset", 0)
    records = found[start : start + asked["limit"]]
    fields = [("_id", "int"), ("name", "name"), ("oid", "oid"), ("alias_of", "name")]
    return asked | {
        "fields": [{"id": name, "type": kind} for name, kind in fields],
        "records": records,
        "total": total,
    }


def _drafted(call: Call) -> list[Document]:
    seen = authorization.visible(call, private=True, drafts=True)
    joined = drafts.join(resources, resources.c.id == drafts.c.resource).join(
        packages, packages.c.number == resources.c.package
    )
    query = select(drafts.c.resource, drafts.c.number).select_from(joined)
    query = query.where(seen, resources.c.state == "active").order_by(drafts.c.number.desc())
    rows = call.connection.execute(query).all()
    names = select(table_aliases.c.name, table_aliases.c.resource)
    known = {row.resource for row in rows}
    aliased = [row for row in call.connection.execute(names) if row.resource in known]
    return [_told(row.resource, row.number, None) for row in rows] + [
        _told(row.name, 0, row.resource) for row in aliased
    ]


def _published(call: Call) -> list[Document]:
    """Tables of published versions: their resources say that they have one."""
    seen = authorization.visible(call, private=True, drafts=True)
    query = select(packages.c.document).where(
        seen, packages.c.document.contains('"datastore_active":true', autoescape=True)
    )
    known = set(call.connection.scalars(select(drafts.c.resource)))
    found = [
        resource["id"]
        for document in call.connection.scalars(query)
        for resource in storage.loads(document)["resources"]
        if resource["datastore_active"] and resource["id"] not in known
    ]
    return [_told(resource_id, 0, None) for resource_id in found]


def _told(name: str, number: int, alias_of: str | None) -> Document:
    return {"_id": name, "name": name, "oid": str(number), "alias_of": alias_of}


@action()
def datastore_info(call: Call, given: Given) -> Document:
    """Show the fields of a table and how large it is; sizes are those of its file, in bytes.

    :param id: the id of the resource, or an alias of its table
    """
    found = asked_table(call, given, "Resource/Alias")
    with _opened(call, found) as connection:
        said = table.about(connection)
        size = found.place(call).path.stat().st_size
    meta = {
        "id": found.resource_id,
        "count": said.rows,
        "table_type": "BASE TABLE",
        "size": size,
        "db_size": size,
        "idx_size": 0,
        "aliases": served.aliases(call, found.resource_id),
    }
    return {"meta": meta, "fields": _described(said)}


def _described(said: About) -> list[Document]:
    indexed = dict.fromkeys(said.primary_key, "primary_key")
    for names in said.indexes:
        indexed |= {name: "index" for name in names if name not in indexed}
    return [
        field.told
        | {
            "schema": {
                "native_type": native(field.type),
                "notnull": False,
                "index_name": indexed.get(field.id),
                "is_index": field.id in indexed,
                "uniquekey": False,
            }
        }
        for field in said.fields
    ]


@action()
def datastore_search_sql(call: Call, given: Given) -> Document:
    """Ask tables in SQL: one SELECT as PostgreSQL has it, at most 32,000 rows and 5 seconds.

    :param sql: the query; a table is the id of its resource, or its alias, in double quotes
    """
    if not call.outside.config.catalog.datastore_sql:
        raise invalid({"message": "SQL is switched off here; ask with datastore_search"})
    query = given.get("sql")
    if not isinstance(query, str) or not query.strip():
        raise invalid({"sql": [MISSING]})
    from publish.datastore import running, sql  # noqa: PLC0415  # sqlglot takes 30 MB

    try:
        parsed = sql.parse(query)
        sources = {name: _source(call, name) for name in parsed.tables}
        answer = running.run(parsed, sources)
    except sql.ForbiddenSql as error:
        raise refused(str(error)) from None
    except sql.BadSql as error:
        raise invalid({"message": str(error)}) from None
    names = [name for name, _ in answer.fields]
    records = [dict(zip(names, map(_finite, row), strict=True)) for row in answer.rows]
    fields = [{"id": name, "type": kind} for name, kind in answer.fields]
    more = {"records_truncated": True} if answer.truncated else {}
    return {"sql": query, "records": records, "fields": fields, **more}


def _source(call: Call, name: str) -> Place:
    found = served.find(call, name)
    if found is None or not found.there:
        raise missing()
    authorization.read_resource(call, found.package, found.resource_id)
    try:
        return found.place(call)
    except Gone:
        raise missing() from None


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
