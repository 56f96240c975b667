"""Small searches: packages while their name is typed, resources by a field."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from datasets.serbian import fold
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import shown_resource
from publish.catalog.errors import invalid
from publish.catalog.registry import action
from publish.catalog.tables import packages, resources
from publish.catalog.validators import MISSING, NATURAL, TEXT, Field, text, words

LONGEST_SIEVE = 1000  # of a text looked for; what is longer is compared afterwards
MOST_MATCHES = 1000  # of a text typed so far, put in order before the first are answered

type Term = tuple[str, str]
"""A field and the text wanted in it."""


@action(
    takes={
        "q": Field((text,), required=MISSING),
        "limit": Field(NATURAL.rules, default=10, blank=False),
    }
)
def package_autocomplete(call: Call, given: Given) -> list[Document]:
    """List the public datasets whose name or title holds a text, in either script.

    :param q: the text; those that begin with it come first
    :param limit: at most so many: 10 if not said
    """
    wanted = fold(given["q"]).strip()
    if not 0 < len(wanted) <= storage.LONGEST_HEADING:
        return []
    c = packages.c
    found = select(c.number, c.heading).where(
        authorization.visible(call), c.heading.contains(wanted, autoescape=True)
    )
    rows = call.connection.execute(found.limit(MOST_MATCHES)).all()
    ordered = sorted(rows, key=lambda row: _rank(row.heading, wanted))[: given["limit"]]
    numbers = [row.number for row in ordered]
    query = storage.package_rows.where(c.number.in_(numbers))
    documents = {row.number: storage.loads(row.document) for row in call.connection.execute(query)}
    return [_suggested(documents[number], given["q"]) for number in numbers]


def _rank(heading: str, wanted: str) -> tuple[int, str]:
    """Where the text stands: it begins the name, begins a word, or is somewhere."""
    if heading.startswith(wanted):
        return 0, heading
    return 1 if f" {wanted}" in heading.replace("\n", " ") else 2, heading


def _suggested(document: Document, q: str) -> Document:
    name, title = document["name"], document["title"]
    by_name = q.lower() in name.lower()
    return {
        "name": name,
        "title": title,
        "match_field": "name" if by_name else "title",
        "match_displayed": name if by_name else f"{title} ({name})",
    }


@action(
    takes={
        "query": Field((words,)),
        "fields": Field(),
        "order_by": TEXT,
        "offset": Field(NATURAL.rules, default=0, blank=False),
        "limit": NATURAL,
    }
)
def resource_search(call: Call, given: Given) -> Document:
    """Find resources of public datasets by what their fields hold.

    :param query: `field:text`, or a list of them that must all fit; case does not count
    :param order_by: a field
    :param offset: leave out so many first
    :param limit: at most so many
    """
    terms = _terms(given)
    found = [each for each in _sieved(call, terms) if _fits(call, each, terms)]
    if given["order_by"] in storage.SEARCHED:
        found.sort(key=lambda r: _sortable(r[given["order_by"]]))
    end = None if given["limit"] is None else given["offset"] + given["limit"]
    page = found[given["offset"] : end]
    return {"count": len(found), "results": [shown_resource(call, each) for each in page]}


def _terms(given: Given) -> list[Term]:
    sent = given["query"]
    if sent is None and isinstance(given["fields"], Mapping):
        sent = [f"{field}:{word}" for field, word in given["fields"].items()]
    if sent is None:
        raise invalid({"query": MISSING})
    terms = []
    for each in sent:
        field, colon, word = each.partition(":")
        if not colon:
            raise invalid({"query": "Must be <field>:<value> pair(s)"})
        if field not in storage.SEARCHED:
            raise invalid({"query": f'Field "{field}" not recognised in resource_search.'})
        terms.append((field, word.casefold()))
    return terms


def _sieved(call: Call, terms: list[Term]) -> Iterator[Document]:
    """The resources whose words hold the texts, in whatever field."""
    sieves = [
        call.relative(word)[:LONGEST_SIEVE]
        for field, word in terms
        if field != "url" or word not in call.site_url
    ]
    chosen = select(resources.c.package).where(
        resources.c.state == "active",
        *(resources.c.words.contains(word, autoescape=True) for word in sieves),
    )
    query = (
        select(packages.c.document)
        .where(
            packages.c.state == "active",
            packages.c.private.is_(False),
            packages.c.number.in_(chosen),
        )
        .order_by(packages.c.number)
    )
    for row in call.connection.execute(query):
        yield from storage.loads(row.document)["resources"]


def _fits(call: Call, resource: Document, terms: list[Term]) -> bool:
    for field, word in terms:
        if field == "url" and word in str(call.absolute(resource["url"])).casefold():
            continue
        value = "" if resource[field] is None else str(resource[field]).casefold()
        if word not in value or (field == "hash" and not value.startswith(word)):
            return False
    return True


def _sortable(value: Any) -> tuple[bool, bool, Any]:
    """A key that puts empty values last and keeps numbers and texts apart."""
    return value is None, isinstance(value, str), value if value is not None else 0
