"""A dataset of a `data.json` as a record: DCAT-US 1.1, and what calls itself so.

Rule: https://resources.data.gov/resources/dcat-us/ (and version 1.0 of the same). Contact points
are people, and are not taken.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import orjson

from datasets.model import Finding, Severity
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
    slug,
    tags,
    text,
    words,
)
from harvesters.values.spatial import area

# Keys of which a dataset has one, and songs, groups or sensors have none.
_TELLING = frozenset(
    "accessLevel accessURL contactPoint distribution downloadURL identifier keyword landingPage"
    " publisher webService".split()
)
_REPEATING = re.compile(r"R\d*/P", re.IGNORECASE)


def is_dataset(said: Mapping[str, Any]) -> bool:
    """Tell a dataset, broken as it may be, from an object of another kind of list."""
    return not _TELLING.isdisjoint(said)


def is_public(dataset: Mapping[str, Any]) -> bool:
    """Tell whether a dataset is one for all; without a word about it, it is."""
    return text(dataset.get("accessLevel") or "public").lower() == "public"


def record(dataset: Mapping[str, Any], document: str, organization: str) -> Record | None:
    """Map a dataset of the document at an address; None with neither identifier nor title."""
    title = words(dataset.get("title"))
    publisher = publishers(dataset)[0]
    said = text(dataset.get("identifier"), 300) or text(dataset.get("@id"), 300)
    if not said and not title:
        return None
    modified, renewed = text(dataset.get("modified"), 100), dataset.get("accrualPeriodicity")
    if _REPEATING.match(modified):  # how often, in the place of when
        modified, renewed = "", renewed or modified
    return Record(
        remote_id=said or sha256(f"{title}\n{publisher}".encode()).hexdigest()[:32],
        title=title if title else Text(said),
        name=slug(title.own),
        organization=organization,
        organization_title=publisher,
        notes=words(dataset.get("description"), longest=NOTES),
        license_id=license_id(dataset.get("license")),
        tags=tags(dataset.get("keyword")),
        url=address(dataset.get("landingPage"), document) if dataset.get("landingPage") else "",
        address=document,
        contributors=(publisher,) if publisher else (),
        modified=modified,
        extras=_extras(dataset, frequency(renewed)),
        distributions=tuple(_distributions(dataset, document)),
        findings=_findings(said, title),
    )


def publishers(dataset: Mapping[str, Any]) -> tuple[str, str]:
    """The publisher's name, and that of the organization above it."""
    publisher = dataset.get("publisher")
    return text(publisher, 300), text(at(publisher, "subOrganizationOf"), 300)


def _findings(said: str, title: Text) -> tuple[Finding, ...]:
    if not title:
        return (_lacks("title", "error"),)
    return () if said else (_lacks("identifier", "warning"),)


def _lacks(wanted: str, severity: Severity) -> Finding:
    return Finding(
        "record-broken",
        severity=severity,
        note=f"the record has no {wanted}",
        values={"wanted": wanted},
        remedy=f"give the dataset an {wanted} of its own in the document",
    )


def _extras(dataset: Mapping[str, Any], often: str) -> dict[str, str]:
    period = text(dataset.get("temporal"), 200).partition("/")
    return extras(
        spatial=_area(dataset.get("spatial")),
        temporal_start=date(period[0]),
        temporal_end=date(period[2]),
        frequency=often,
        issued=date(dataset.get("issued")),
        language=_several(dataset.get("language")),
        theme=_several(dataset.get("theme")),
        conforms_to=address(dataset.get("conformsTo")),
        documentation=_several([address(each) for each in listed(dataset.get("references"))]),
        is_part_of=_several(dataset.get("isPartOf")),
    )


def _area(value: Any) -> str:
    return next(filter(None, map(area, listed(value)[:10])), "")


def _several(value: Any) -> str:
    said = [found for each in listed(value)[:50] if (found := text(each))]
    return orjson.dumps(said).decode() if len(said) > 1 else "".join(said)


def _distributions(dataset: Mapping[str, Any], document: str) -> Iterator[Distribution]:
    """The distributions, and the address of the dataset itself where version 1.0 has it."""
    said = entries(dataset.get("distribution"))
    if any(dataset.get(key) for key in ("downloadURL", "accessURL", "webService")):
        said = [*said, dataset]
    taken: set[str] = set()
    for each in said[:MAX_DISTRIBUTIONS]:
        found = _distribution(each, document, taken, of_dataset=each is dataset)
        if found.url:
            taken.add(found.key)
            yield found


def _distribution(
    said: Mapping[str, Any], document: str, taken: set[str], *, of_dataset: bool
) -> Distribution:
    """Map a distribution: what is for download is a file, what is for access a page or service."""
    keys = ("downloadURL", "accessURL", "webService")
    url = next((u for key in keys if said.get(key) and (u := address(said[key], document))), "")
    media_type = text(said.get("mediaType"), 100)
    word = form(text(said.get("format"), 100), url, media_type)
    title = words(None if of_dataset else said.get("title"))
    key = ("" if of_dataset else text(said.get("@id"), 300)) or without_secrets(url)
    is_file = bool(address(said.get("downloadURL"), document)) if said.get("downloadURL") else False
    return Distribution(
        key=f"{key} {title}" if key in taken else key,
        name=title.own or url.partition("?")[0].rstrip("/").rpartition("/")[2],
        url=url,
        format=word,
        title=title,
        description=words(None if of_dataset else said.get("description"), longest=NOTES),
        media_type=media_type,
        modified="" if of_dataset else text(said.get("modified"), 100),
        size_bytes=size(said.get("byteSize")),
        link=not (is_file or of_dataset) or kind(word) in ("api", "documentation"),
        type=kind(word) or ("file" if is_file else ""),
    )
