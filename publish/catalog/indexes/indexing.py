"""What is searched of a package, written in the transaction of the package itself.

Its words go into the text index of the database, its values and its shape as JSON into a column
(`terms`) that the index in memory reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import shapely
from sqlalchemy import insert, select

from datasets.stemming import stems
from publish.catalog.call import Call, Document
from publish.catalog.indexes import text
from publish.catalog.tables import purged, vocabularies

LONGEST_TERM = 255
LONGEST_KEY = 100
LONGEST_EXTRA = 1_000  # a longer one is a geometry or a document, not something people look for
LONGEST_TEXT = 100_000  # letters of a column of the text index
LONGEST_SHAPE = 1_000_000  # letters of GeoJSON
OWN_VALUES = ("license_id", "author", "author_email", "maintainer", "maintainer_email", "version")
"""Fields of a package whose value is searched as it is; also url."""


def columns(call: Call, document: Document, owner: Document) -> dict[str, Any]:
    """The columns of a package row that the index in memory follows."""
    kept: dict[str, Any] = {
        "title_words": max(1, len(stems(document["title"][:LONGEST_TEXT]))),
        "fields": _values(call, document, owner),
    }
    shape = _shape(document)
    if shape:
        kept["spatial"] = shape
    return {"change": call.revision(), "terms": orjson.dumps(kept).decode()}


def write(call: Call, number: int, document: Document, owner: Document) -> None:
    """Index the words of a package that was just written, in place of those before."""
    text.write(call.connection, number, _words(document, owner))


def remove(call: Call, number: int) -> None:
    """Forget a package whose row goes in this transaction; leaves a mark for other processes."""
    text.remove(call.connection, number)
    call.connection.execute(insert(purged).values(number=number, change=call.revision()))


def _values(call: Call, document: Document, owner: Document) -> Mapping[str, list[str]]:
    """The values of a package by field, each once."""
    from publish.catalog.indexes.classes import classes  # noqa: PLC0415  # what it asks reads the catalog

    resources = document["resources"]
    found: dict[str, list[str]] = {
        "organization": [owner["name"]],
        "groups": [group["name"] for group in document["groups"]],
        "res_format": [resource["format"] or "" for resource in resources],
        "num_resources": [str(len(resources))],
        "num_tags": [str(len(document["tags"]))],
        "_has": [name for name in ("title", "notes") if document[name]],
        **{name: [document[name]] for name in (*OWN_VALUES, "url") if document[name]},
    }
    for name in ("name", "description"):
        if any(resource[name] for resource in resources):
            found["_has"].append(f"res_{name}")
    found |= _tags(call, document)
    found |= classes(document, owner)
    for extra in document["extras"]:
        if len(extra["key"]) <= LONGEST_KEY and extra["key"] != "spatial":
            found[f"extras_{extra['key']}"] = [extra["value"]]
    short = {
        name: list(dict.fromkeys(value for value in values if len(value) <= LONGEST_TERM))
        for name, values in found.items()
    }
    return {name: values for name, values in short.items() if values}


def _tags(call: Call, document: Document) -> Mapping[str, list[str]]:
    """Tags of no vocabulary as `tags`, the others as `vocab_NAME`."""
    found: dict[str, list[str]] = defaultdict(list)
    for tag in document["tags"]:
        found[tag["vocabulary_id"] or ""].append(tag["name"])
    known = {"": "tags"}
    if found.keys() - known:
        query = select(vocabularies.c.id, vocabularies.c.name)
        rows = call.connection.execute(query.where(vocabularies.c.id.in_(found)))
        known |= {row.id: f"vocab_{row.name}" for row in rows}
    return {known[key]: names for key, names in found.items() if key in known}


def _words(document: Document, owner: Document) -> text.Texts:
    """The stems of a package by column of the text index, the names of groups with their titles."""
    resources, groups = document["resources"], [owner, *document["groups"]]
    extras = [e["value"] for e in document["extras"] if len(e["value"]) <= LONGEST_EXTRA]
    told: dict[str, Iterable[str | None]] = {
        "name": [document["name"]],
        "title": [document["title"]],
        "labels": [
            *(tag["name"] for tag in document["tags"]),
            *(part for group in groups for part in (group["title"], group["name"])),
        ],
        "notes": [document["notes"]],
        "res_name": [resource["name"] for resource in resources],
        "res_description": [resource["description"] for resource in resources],
        "rest": [
            *extras,
            *(document[name] for name in (*OWN_VALUES, "url")),
            *(resource["format"] for resource in resources),
        ],
    }
    return {name: stems(" ".join(filter(None, said))[:LONGEST_TEXT]) for name, said in told.items()}


def _shape(document: Document) -> str | None:
    """The geometry of the extra `spatial` as hexadecimal WKB; None where there is none."""
    for extra in document["extras"]:
        if extra["key"] == "spatial" and 0 < len(extra["value"]) <= LONGEST_SHAPE:
            try:
                shape = shapely.from_geojson(extra["value"])
            except (shapely.errors.GEOSException, ValueError):
                return None
            return None if shape is None or shape.is_empty else shapely.to_wkb(shape, hex=True)
    return None
