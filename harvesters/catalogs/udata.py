"""A dataset of a udata portal as a record, whichever version of udata wrote it.

Only the id, the title and the resources' ids and addresses are counted on. Owners and contact
points are people, and are not taken.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

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
    digest,
    entries,
    extras,
    frequency,
    listed,
    size,
    tags,
    text,
    words,
)
from harvesters.values.spatial import area

_FREQUENCIES = {  # spelt otherwise than the list of the EU, in one version or another
    "punctual": "irreg",
    "quinquenial": "quinquennial",
    "semiannual": "annual_2",
    "semidaily": "daily_2",
    "semimonthly": "monthly_2",
    "semiweekly": "weekly_2",
    "threetimesaday": "cont",
    "threetimesamonth": "monthly_3",
    "threetimesaweek": "weekly_3",
    "threetimesayear": "annual_3",
    "fourtimesaday": "cont",
}
_DATA = ("main", "update", "")


def is_public(dataset: Mapping[str, Any]) -> bool:
    """Tell whether a dataset is neither private, nor archived, nor deleted.

    Old versions have booleans, later ones moments.
    """
    return not any(dataset.get(key) for key in ("private", "archived", "deleted"))


def record(
    dataset: Mapping[str, Any], resources: list[Any], api: str, organization: str
) -> Record | None:
    """Map a dataset with its resources; None without an id. `api` is the address of the API."""
    remote_id, slug = text(dataset.get("id"), 100), text(dataset.get("slug"), 200)
    if not remote_id:
        return None
    title = text(dataset.get("title"))
    organization_title = text(at(dataset, "organization", "name"))
    return Record(
        remote_id=remote_id,
        title=words(title) or Text(slug or remote_id),
        name=slug,
        organization=organization,
        organization_title=organization_title,
        notes=words(dataset.get("description"), longest=NOTES),
        license_id=license_id(dataset.get("license")),
        tags=tags(listed(dataset.get("tags"))),
        url=address(dataset.get("page")) or _page(api, slug or remote_id),
        address=f"{api}/datasets/{remote_id}/",
        contributors=(organization_title,) if organization_title else (),
        modified=_modified(dataset),
        extras=_extras(dataset),
        distributions=tuple(_distributions(resources, api)),
    )


def _page(api: str, slug: str) -> str:
    return f"{origin(api)}/datasets/{slug}/"


def origin(url: str) -> str:
    """The scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _modified(dataset: Mapping[str, Any]) -> str:
    said = (
        dataset.get("last_modified"),
        dataset.get("last_modified_internal"),
        at(dataset, "internal", "last_modified_internal"),
    )
    return next(filter(None, (text(each, 100) for each in said)), "")


def _extras(dataset: Mapping[str, Any]) -> dict[str, str]:
    period = dataset.get("temporal_coverage")
    often = frequency(dataset.get("frequency"))
    return extras(
        spatial=area(at(dataset, "spatial", "geom")),
        temporal_start=date(at(period, "start")),
        temporal_end=date(at(period, "end")),
        frequency=_FREQUENCIES.get(often.lower(), often) if often != "unknown" else "",
        issued=date(dataset.get("created_at") or dataset.get("created_at_internal")),
    )


def told(dataset: Mapping[str, Any]) -> Iterator[Any]:
    """Where the portal says that it took a dataset from; a domain is told as its address."""
    for said in (dataset.get("harvest"), dataset.get("extras")):
        if isinstance(said, Mapping):
            yield from said.values()
            for key in ("domain", "harvest:domain"):
                yield f"https://{text(said.get(key), 300)}/"


def _distributions(resources: list[Any], api: str) -> Iterator[Distribution]:
    for resource in entries(resources)[:MAX_DISTRIBUTIONS]:
        found = _distribution(resource, api)
        if found.key:
            yield found


def _distribution(resource: Mapping[str, Any], api: str) -> Distribution:
    """Map a resource. What was uploaded is asked for at its lasting address, by this host."""
    remote_id, url = text(resource.get("id"), 100), address(resource.get("url"))
    uploaded = resource.get("filetype") == "file"
    media_type, type_ = text(resource.get("mime"), 100), text(resource.get("type"), 100)
    said = form(text(resource.get("format"), 100), url, media_type)
    lasting = address(resource.get("latest")) if uploaded else ""
    title = words(resource.get("title"))
    return Distribution(
        key=remote_id or without_secrets(url) or title.own,
        name=title.own,
        url=_here(lasting, api) or url,
        format=said,
        title=title,
        description=words(resource.get("description"), longest=NOTES),
        media_type=media_type,
        modified=text(resource.get("last_modified") or resource.get("published"), 100),
        size_bytes=size(resource.get("filesize")),
        # of a file elsewhere it is that of the day on which it was looked at
        digest=digest(at(resource, "checksum", "value"), at(resource, "checksum", "type"))
        if uploaded
        else "",
        link=not url or type_ not in _DATA or kind(said) in ("api", "documentation"),
        type=kind(said, {"main": "file"}.get(type_, type_)),
        hints=extras(url=url if lasting else ""),
    )


def _here(lasting: str, api: str) -> str:
    """A lasting address on the host that was asked: the portal may write another, of its inside."""
    return lasting and origin(api) + urlsplit(lasting).path
