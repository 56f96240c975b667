"""What is searched of a package, written in the transaction of the package itself."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import column, delete, insert, table

from datasets.serbian import fold
from publish.catalog.call import Call, Document
from publish.catalog.tables import purged, terms

TEXT_COLUMNS = ("name", "title", "tags", "organization", "notes", "resources")
text_index = table("package_text", column("rowid"), *map(column, TEXT_COLUMNS))

LONGEST_TERM = 255
LONGEST_EXTRA = 1000  # a longer one is a geometry or a document, not something people look for


def columns(call: Call, document: Document, owner: Document) -> dict[str, Any]:
    """The columns of a package row that the index in memory follows."""
    return {"change": call.revision(), "terms": ""}


def write(call: Call, number: int, document: Document, owner: Document) -> None:
    """Index a package that was just written, in place of what was indexed before."""
    connection = call.connection
    connection.execute(delete(terms).where(terms.c.package == number))
    found = sorted(set(_terms(document, owner)))
    if found:
        keys = ("field", "value", "package")
        connection.execute(
            insert(terms), [dict(zip(keys, (*t, number), strict=True)) for t in found]
        )
    connection.execute(delete(text_index).where(text_index.c.rowid == number))
    connection.execute(insert(text_index).values(rowid=number, **_texts(document, owner)))


def remove(call: Call, number: int) -> None:
    """Forget a package whose row goes in this transaction; leaves a mark for other processes."""
    call.connection.execute(delete(terms).where(terms.c.package == number))
    call.connection.execute(delete(text_index).where(text_index.c.rowid == number))
    call.connection.execute(insert(purged).values(number=number, change=call.revision()))


def _terms(document: Document, owner: Document) -> Iterator[tuple[str, str]]:
    """Field and value of all that a search filters and counts by."""
    yield "organization", owner["name"]
    yield from (("tags", tag["name"]) for tag in document["tags"])
    yield from (("groups", group["name"]) for group in document["groups"])
    yield from (("res_format", r["format"][:LONGEST_TERM]) for r in document["resources"])
    if document["license_id"]:
        yield "license_id", document["license_id"][:LONGEST_TERM]
    for extra in document["extras"]:
        if len(extra["value"]) <= LONGEST_TERM and len(extra["key"]) <= 100:
            yield "extras_" + extra["key"], extra["value"]


def _texts(document: Document, owner: Document) -> dict[str, str]:
    """The words of a package in folded form, by column of the text index."""
    extras = [e["value"] for e in document["extras"] if len(e["value"]) <= LONGEST_EXTRA]
    people = [document["author"], document["maintainer"]]
    told = [r[key] for r in document["resources"] for key in ("name", "description", "format")]
    words: dict[str, list[str | None]] = {
        "name": [document["name"]],
        "title": [document["title"]],
        "tags": [tag["name"] for tag in document["tags"]],
        "organization": [owner["title"], owner["name"], *(g["title"] for g in document["groups"])],
        "notes": [document["notes"], *extras, *people],
        "resources": told,
    }
    return {name: fold(" ".join(part for part in parts if part)) for name, parts in words.items()}
