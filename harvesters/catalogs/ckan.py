"""A CKAN package as a record: whatever stands in it, of whichever version or likeness of CKAN.

Rules: CKAN's `package_show`; extras and fields as ckanext-dcat, ckanext-scheming and
ckanext-fluent write them. Names and addresses of people (author, maintainer) are not taken.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from datasets.record import Distribution, Record
from datasets.text import Text
from harvesters.catalogs.catalog import form, kind
from harvesters.fetching.address import without_secrets
from harvesters.sources.collecting import MAX_DISTRIBUTIONS
from harvesters.values.licenses import license_id
from harvesters.values.mapping import (
    NOTES,
    address,
    at,
    date,
    entries,
    extras,
    frequency,
    listed,
    size,
    table,
    tags,
    text,
    words,
)
from harvesters.values.spatial import area

NOT_DATASETS = ("harvest", "showcase")
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_DATASTORE_ONLY = "_datastore_only_resource"


def flat(package: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a package with its extras among them, be they a list or a mapping.

    >>> flat({"title": "a", "extras": [{"key": "issued", "value": "2024"}, 7, {"key": "title"}]})
    {'issued': '2024', 'title': 'a'}
    """
    said = package.get("extras")
    if isinstance(said, Mapping):
        own = dict(said)
    else:
        own = {e["key"]: e.get("value") for e in entries(said) if isinstance(e.get("key"), str)}
    own.update((key, each) for key, each in package.items() if each not in _EMPTY)
    own.pop("extras", None)
    return own


def is_public(package: Mapping[str, Any], *, dkan: bool = False) -> bool:
    """Tell whether a package is a dataset for all; DKAN calls all that it shows private."""
    if text(package.get("type")).lower() in NOT_DATASETS:
        return False
    if text(package.get("state") or "active").lower() != "active":
        return False
    private = package.get("private")
    return dkan or not (private is True or text(private).lower() == "true")


def record(package: Mapping[str, Any], site: str, organization: str) -> Record | None:
    """Map a package; None when it has neither id nor name. `organization` is its name here."""
    remote_id, name = text(package.get("id"), 200), text(package.get("name"), 200)
    if not (remote_id or name):
        return None
    fields = flat(package)
    page = address(f"/dataset/{name or remote_id}", f"{site}/")
    title = words(fields.get("title"), _translated(fields.get("title_translated")))
    return Record(
        remote_id=remote_id or name,
        title=title or Text(name or remote_id),
        name=name,
        organization=organization,
        organization_title=text(at(package, "organization", "title")),
        notes=words(fields.get("notes"), _translated(fields.get("notes_translated")), NOTES),
        license_id=license_id(*(fields.get(f"license_{key}") for key in ("id", "url", "title"))),
        tags=tags(fields.get("tags")),
        url=page,
        address=f"{site}/api/3/action/package_show?id={remote_id or name}",
        contributors=_contributors(fields),
        modified=text(fields.get("metadata_modified"), 100),
        extras=_extras(fields),
        distributions=tuple(_distributions(package, site)),
    )


def _translated(value: Any) -> Any:
    """Words by language: fluent's mapping, or the same as text in an extra."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value.encode(errors="replace"))
    except ValueError:
        return None


def _contributors(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Organizations alone: an author may be a person."""
    said = text(at(fields.get("organization"), "title")) or text(fields.get("publisher_name"))
    return (said,) if said else ()


def _extras(fields: Mapping[str, Any]) -> dict[str, str]:
    def first(*keys: str) -> Any:
        return next((fields[key] for key in keys if fields.get(key) not in _EMPTY), None)

    return extras(
        spatial=area(first("spatial", "bbox")),
        spatial_uri=address(first("spatial_uri", "spatial-uri")),
        temporal_start=date(first("temporal_start", "temporal_coverage_from", "temporal_from")),
        temporal_end=date(first("temporal_end", "temporal_coverage_to", "temporal_to")),
        frequency=frequency(
            first("frequency", "accrual_periodicity", "update_frequency", "updateInterval")
        ),
        issued=date(first("issued", "dcat_issued", "dateFirstPublished")),
        language=_several(first("language")),
        theme=_several(first("theme", "themes")),
        conforms_to=_several(first("conforms_to")),
        documentation=_several(first("documentation", "documentation_url")),
        provenance=text(first("provenance"), 2_000),
        version_notes=text(first("version_notes"), 2_000),
        hvd_category=_several(first("hvd_category")),
        applicable_legislation=_several(first("applicable_legislation")),
    )


def _several(value: Any) -> str:
    """One word, or several as JSON, which is how extras hold lists."""
    said = [found for each in listed(value)[:50] if (found := text(each))]
    return orjson.dumps(said).decode() if len(said) > 1 else "".join(said)


def told(package: Mapping[str, Any]) -> Iterator[Any]:
    """What a package says of where it comes from: its page, and whatever stands in its extras."""
    yield package.get("url")
    said = package.get("extras")
    if isinstance(said, Mapping):
        yield from said.values()
    for each in entries(said):
        yield each.get("value")


def _distributions(package: Mapping[str, Any], site: str) -> Iterator[Distribution]:
    for resource in entries(package.get("resources"))[:MAX_DISTRIBUTIONS]:
        if text(resource.get("state") or "active").lower() == "active":
            found = _distribution(resource, site)
            if found.key:
                yield found


def _distribution(resource: Mapping[str, Any], site: str) -> Distribution:
    """Map a resource; one without a file is its table in the datastore."""
    remote_id, url = text(resource.get("id"), 200), address(resource.get("url"), f"{site}/")
    title = words(resource.get("name"), _translated(resource.get("name_translated")))
    said = form(text(resource.get("format"), 100), url, text(resource.get("mimetype"), 100))
    if resource.get("datastore_active") is True and (not url or url.endswith(_DATASTORE_ONLY)):
        url, said = f"{site}/datastore/dump/{remote_id}", "csv"
    schema = _schema(resource.get("schema"))
    return Distribution(
        key=remote_id or without_secrets(url) or title.own,
        name=title.own,
        url=url,
        format=said,
        title=title,
        description=words(
            resource.get("description"), _translated(resource.get("description_translated")), NOTES
        ),
        media_type=text(resource.get("mimetype"), 100),
        modified=text(resource.get("last_modified"), 100),
        size_bytes=size(resource.get("size")),
        schema=schema,
        link=not url or kind(said) in ("api", "documentation"),
        type=kind(said, text(resource.get("resource_type"), 100)),
        # often that of an older file, so it only tells that something changed
        hints=extras(hash=text(resource.get("hash"), 100)),
    )


def _schema(value: Any) -> Mapping[str, Any] | None:
    """A Table Schema that lists its fields; an address of one is not followed."""
    schema = table(_translated(value))
    return schema if isinstance(schema.get("fields"), list) and schema["fields"] else None
