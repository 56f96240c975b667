"""package_search, and the lists of all packages: what may be asked for and how it is answered."""

import functools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Select, bindparam

from publish.catalog import authorization
from publish.catalog.authorization import Sight
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import shown_all
from publish.catalog.errors import SearchError, SearchQueryError, invalid
from publish.catalog.indexes import index, text
from publish.catalog.indexes.index import Index
from publish.catalog.indexes.text import Ask, Numbers
from publish.catalog.registry import action
from publish.catalog.search import facets, raw
from publish.catalog.search.matching import Matcher, asked
from publish.catalog.search.query import All, Everything, Node, parse, parse_words
from publish.catalog.search.ranking import ALIASES, DEFAULT_SORT, ordered, orders
from publish.catalog.tables import packages
from publish.catalog.validators import (
    BOOLEAN,
    NATURAL,
    REQUIRED,
    Field,
    check,
    comma_list,
    integer,
    json_list,
    rows,
    words,
)
from publish.catalog.validators import text as plain

MOST_ROWS = 1_000
IGNORED = ("use_default_schema", "include_default_schema", "extras")
DISMAX = ("defType", "mm", "qf", "bf", "boost", "tie", "df", "wt", "q.op")
"""Accepted, so that no client fails; our own ranking is used."""

_MAGIC = re.compile(r"(?<!\w)_(query|val)_\s*:")
HIDDEN = {"include_private": BOOLEAN, "include_drafts": BOOLEAN, "include_deleted": BOOLEAN}
SEARCH = {
    "q": Field((plain,), default=""),
    "fq": Field((words,), default=[], blank=False),
    "fq_list": Field((words,), default=[], blank=False),
    "sort": Field((plain,), default=DEFAULT_SORT, blank=False),
    "rows": Field((rows,), default=10, blank=False),
    "start": Field((rows,), default=0, blank=False),
    "fl": Field((comma_list,), blank=False),
    "facet": Field(BOOLEAN.rules, default=True),
    "facet.field": Field((json_list,), default=[], blank=False),
    "facet.limit": Field((integer,), default=50, blank=False),
    "facet.mincount": Field((rows,), default=1, blank=False),
    **HIDDEN,
}


type Bbox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for: `asked` also ranks, `filters` only filters."""

    sight: Sight
    asked: Node = Everything()
    filters: Node = Everything()
    bbox_lonlat: Bbox | None = None
    ids: Sequence[str] | None = None
    sort: str = DEFAULT_SORT
    start: int = 0
    rows: int = 10
    facets: Sequence[str] = ()
    facet_limit: int = 50
    facet_least: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """What a search found: how many, the scores of a page by number, in order, and counts."""

    count: int
    scores: Mapping[int, float]
    facets: dict[str, facets.Counts]


@action()
def package_search(call: Call, given: Given) -> Document:
    """Search the datasets that the caller may see.

    Words are found in Cyrillic and Latin, with and without diacritics, in all their forms.

    :param q: words that must all be there, "phrases", -word; or fields: `title:vazduh`,
        `name:kval*`; `*:*` is all
    :param fq: filters: `organization:x`, `+tags:a -res_format:CSV`, `tags:(a OR b)`,
        `metadata_modified:[NOW-7DAYS TO NOW]`; any extra by its key; also fq_list
    :param sort: score, name, title_string, metadata_modified, metadata_created or any other
        field, with asc or desc; several with commas
    :param rows: at most so many datasets: 10 if not said, never more than 1,000
    :param start: leave out so many first
    :param facet.field: a list of fields to count by: organization, groups, tags, res_format,
        license_id, any extra …; with facet.limit (50; -1 is all) and facet.mincount
    :param fl: a list of fields: the datasets are answered with these only
    :param ext_bbox: west,south,east,north: datasets whose extra `spatial` touches it
    :param ext_ids: a list of ids: of these datasets only
    :param include_private: add private ones (also include_drafts, include_deleted)
    """
    values = _values(given)
    wanted = Wanted(
        _sight(call, values),
        _asked(values["q"]),
        _filters([*values["fq"], *values["fq_list"]]),
        _bbox(given),
        _ids(given),
        DEFAULT_SORT if values["sort"] in ALIASES else values["sort"],
        values["start"],
        min(values["rows"], MOST_ROWS),
        values["facet.field"] if values["facet"] else (),
        values["facet.limit"],
        values["facet.mincount"],
    )
    page = _found(call, wanted)
    return {
        "count": page.count,
        "facets": page.facets,
        "results": _answered(call, wanted, page, values["fl"]),
        "sort": wanted.sort,
        "search_facets": facets.described(call, page.facets),
    }


@action(takes={"limit": NATURAL, "offset": NATURAL, **HIDDEN})
def package_list(call: Call, given: Given) -> list[str]:
    """List the names of all datasets that the caller may see, in order.

    :param limit: at most so many names
    :param offset: leave out so many names first
    :param include_private: add private ones (also include_drafts, include_deleted)
    """
    start, limit = given["offset"] or 0, given["limit"]
    names = index.names(call, _sight(call, given))
    return names[start : None if limit is None else start + limit]


@action(takes={"limit": NATURAL, "offset": NATURAL})
def current_package_list_with_resources(call: Call, given: Given) -> list[Document]:
    """List the datasets that the caller may see with all they have, last changed first.

    :param limit: at most so many: 1,000 if not said, and never more
    :param offset: leave out so many first
    """
    limit = MOST_ROWS if given["limit"] is None else min(given["limit"], MOST_ROWS)
    sight = authorization.sight(call, private=authorization.sysadmin(call))
    wanted = Wanted(sight, start=given["offset"] or 0, rows=limit)
    return _answered(call, wanted, _found(call, wanted), None)


@action(takes={"q": REQUIRED, "limit": Field(NATURAL.rules, default=5, blank=False)})
def format_autocomplete(call: Call, given: Given) -> list[str]:
    """List formats of public resources that contain a text, in small letters, most used first.

    :param q: the text
    :param limit: at most so many: 5 if not said
    """
    found: Counter[str] = Counter()
    for name, number in index.counts(call, "res_format").items():
        if given["q"].lower() in name.lower():
            found[name.lower()] += number
    return [name for name, _ in found.most_common(given["limit"])]


def _found(call: Call, wanted: Wanted) -> Page:
    """Search; the database is asked for words while nobody waits for the index."""
    orders(wanted.sort)
    asks = asked(wanted.asked, wanted.filters)
    with index.reading(call) as columns:
        new = [ask for ask in asks if ask not in columns.hits]
        if not new:
            return _page(call, wanted, columns, columns.hits)
        hits = {ask: columns.hits[ask] for ask in asks if ask in columns.hits}
    hits |= zip(new, text.find(call.connection, new), strict=True)
    with index.reading(call) as columns:
        return _page(call, wanted, columns, hits)


def _page(call: Call, wanted: Wanted, columns: Index, hits: Mapping[Ask, Numbers]) -> Page:
    seen = columns.visible(wanted.sight)
    matcher = Matcher(call, columns, seen, hits)
    mask, scores = matcher.match(wanted.asked)
    mask &= seen & matcher.match(wanted.filters)[0]
    columns.keep(matcher.hits)
    if wanted.bbox_lonlat:
        mask &= matcher.values.mask(columns.shapes.touching(wanted.bbox_lonlat))
    if wanted.ids is not None:
        mask &= matcher.values.mask(columns.ids.having(wanted.ids))
    numbers = ordered(columns, mask, scores, wanted.sort, wanted.start, wanted.rows)
    return Page(
        int(np.count_nonzero(mask)),
        {number: 1.0 if scores is None else float(scores[number]) for number in numbers},
        facets.counted(columns, mask, wanted.facets, wanted.facet_limit, wanted.facet_least),
    )


def _answered(
    call: Call, wanted: Wanted, page: Page, names: Sequence[str] | None
) -> list[Document]:
    """The datasets of a page; the database says once more which of them may be seen."""
    numbers = list(page.scores)
    query = _rows(wanted.sight)
    found = call.connection.execute(query, {"numbers": numbers}) if numbers else ()
    rows = {row.number: row for row in found}
    there = [number for number in numbers if number in rows]
    documents = shown_all(call, [rows[number] for number in there])
    if names is None:
        return documents
    return [
        raw.fields(document, page.scores[number], names)
        for number, document in zip(there, documents, strict=True)
    ]


@functools.lru_cache(maxsize=256)
def _rows(sight: Sight) -> Select[Any]:
    """The rows of the packages with some `numbers` that may be seen."""
    named = packages.c.number.in_(bindparam("numbers", expanding=True))
    return storage.package_rows.where(named, authorization.condition(sight))


def _values(given: Given) -> dict[str, Any]:
    known = {*SEARCH, *IGNORED, *DISMAX}
    wrong = [key for key in given if key not in known and not key.startswith("ext_")]
    if wrong:
        raise SearchQueryError(f"Invalid search parameters: {wrong}")
    errors: dict[str, Any] = {}
    values = check(SEARCH, given, errors)
    if errors:
        raise invalid(errors)
    _refuse_parsers({**given, **values})
    return values


def _sight(call: Call, values: Given) -> Sight:
    """What the caller asks to see; a filter with `+state:` asks for every state, as in CKAN."""
    filters = [*values.get("fq", ()), *values.get("fq_list", ())]
    every = any("+state:" in part for part in filters)
    return authorization.sight(
        call,
        private=values["include_private"],
        drafts=values["include_drafts"] or every,
        deleted=values["include_deleted"] or every,
    )


def _asked(q: str) -> Node:
    """The query: with fields when there is a colon, else plain words."""
    return parse(q) if ":" in q or q.strip() == "*" else parse_words(q)


def _filters(said: Sequence[str]) -> Node:
    parts = tuple(parse(part) for part in said)
    return All(parts) if parts else Everything()


def _refuse_parsers(given: Given) -> None:
    """Refuse what would choose another parser in Solr; clients know the sentences."""
    for name in ("q", "fq", "fq_list", "fl", "sort", *DISMAX):
        said = given.get(name)
        for part in said if isinstance(said, list) else [said]:
            if isinstance(part, str):
                _refuse_parser(name, part)


def _refuse_parser(name: str, said: str) -> None:
    if _MAGIC.search(said.replace("\\", "")):
        raise SearchError(f"Magic fields are not supported in param '{name}'.")
    if said.count("{!") > 1:
        raise SearchError(f"Query parsers are not supported in param '{name}'.")
    if said.strip().startswith("{!"):
        raise SearchError(f"Local parameters are not supported in param '{name}'.")
    if "{!" in said and name in {"q", "fq", "fq_list"}:
        sentence = "Local parameters must be defined at the beginning of param"
        raise SearchError(f"{sentence} '{name}'.")


def _ids(given: Given) -> Sequence[str] | None:
    said = given.get("ext_ids")
    if said is None:
        return None
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise SearchError(f"ext_ids {str(said)[:100]!r} is not a list of ids")
    return said


def _bbox(given: Given) -> Bbox | None:
    """The box to search in, west, south, east, north, also from `extras`; None where none is."""
    extras = given.get("extras")
    if isinstance(extras, str) and extras:
        try:
            extras = orjson.loads(extras)
        except orjson.JSONDecodeError:
            raise invalid({"extras": ["Could not parse as valid JSON"]}) from None
    said = given.get("ext_bbox") or (extras.get("ext_bbox") if isinstance(extras, dict) else None)
    if not said:
        return None
    try:
        west, south, east, north = map(float, said.split(",") if isinstance(said, str) else said)
    except (TypeError, ValueError):
        west = south = east = north = math.nan
    if not (west <= east and south <= north and math.isfinite(west + south + east + north)):
        raise SearchError(f"ext_bbox {str(said)[:100]!r} is not west,south,east,north")
    return west, south, east, north
