"""An entry of Socrata's Discovery API as a record.

Rule: https://dev.socrata.com/docs/other/discovery. Owners and contacts are people, not taken.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from datasets.record import Distribution, Record
from datasets.text import Text
from harvesters.values.licenses import license_id
from harvesters.values.mapping import (
    NOTES,
    address,
    at,
    date,
    entries,
    extras,
    listed,
    tags,
    text,
    words,
)

_DATASETS = ("dataset", "map", "file", "href", "link", "federated_href")
_WITHOUT_ROWS = ("file", "href", "link", "federated_href")
_SHAPES = ("point", "line", "polygon", "multipoint", "multiline", "multipolygon")
_WHOLE = {
    "csv": "/api/views/{}/rows.csv?accessType=DOWNLOAD",
    "geojson": "/api/geospatial/{}?method=export&format=GeoJSON",
}
_FREQUENCIES = ("update-frequency", "posting-frequency", "update_frequency", "frequency")


def remote_id(entry: Mapping[str, Any]) -> str:
    """The id of a view: four letters or digits, a hyphen, four more."""
    return text(at(entry, "resource", "id"), 100)


def is_dataset(entry: Mapping[str, Any]) -> bool:
    """Tell a dataset from what is made of one: a filter, chart, story, measure."""
    type_ = text(at(entry, "resource", "type")).lower()
    return type_ in _DATASETS and not text(at(entry, "resource", "parent_fxf"))


def domain(entry: Mapping[str, Any]) -> str:
    """The host of the portal that a view belongs to."""
    return text(at(entry, "metadata", "domain"), 300).lower()


def organization(entry: Mapping[str, Any]) -> str:
    """The office that a dataset is by, as its attribution says."""
    said = text(at(entry, "resource", "attribution"), 300)
    return "" if "@" in said else said


def record(entry: Mapping[str, Any], site: str, organization_here: str) -> Record | None:
    """Map an entry; None without an id."""
    name, resource = remote_id(entry), at(entry, "resource")
    if not name:
        return None
    publisher, title = organization(entry), words(at(resource, "name"))
    said = at(entry, "classification")
    modified = ("data_updated_at", "metadata_updated_at", "updatedAt")
    return Record(
        remote_id=name,
        title=title if title else Text(name),
        organization=organization_here,
        organization_title=publisher,
        notes=words(at(resource, "description"), longest=NOTES),
        license_id=license_id(at(entry, "metadata", "license")),
        tags=tags(
            listed(at(said, "domain_tags")), listed(at(said, "tags")), [at(said, "domain_category")]
        ),
        url=address(entry.get("link")) or address(entry.get("permalink")) or f"{site}/d/{name}",
        address=f"{site}/api/views/{quote(name, safe='')}.json",
        contributors=(publisher,) if publisher else (),
        modified=" ".join(filter(None, (text(at(resource, key), 100) for key in modified))),
        extras=extras(
            issued=date(at(resource, "createdAt")),
            frequency=_frequency(said),
            theme=", ".join(text(each, 100) for each in listed(at(said, "categories"))[:20]),
        ),
        distributions=tuple(_distributions(entry, site)),
    )


def _frequency(classification: Any) -> str:
    """How often, of the fields that a portal made for itself."""
    for each in entries(at(classification, "domain_metadata")):
        key = text(each.get("key"), 200).lower()
        if key.endswith(_FREQUENCIES):
            return text(each.get("value"), 100)
    return ""


def _distributions(entry: Mapping[str, Any], site: str) -> Iterator[Distribution]:
    """The rows as one file: with a geometry as GeoJSON, else as CSV. Others are only linked."""
    resource, name = at(entry, "resource"), remote_id(entry)
    type_ = text(at(resource, "type")).lower()
    if type_ in _WITHOUT_ROWS:
        url = address(entry.get("permalink")) or f"{site}/d/{name}"
        yield Distribution(key="page", name=name, url=url, format="html", link=True)
        return
    kinds = {text(each, 40).lower() for each in listed(at(resource, "columns_datatype"))}
    shaped = type_ == "map" or bool(kinds & set(_SHAPES))
    said = "geojson" if shaped else "csv"
    title = text(at(resource, "name"))
    yield Distribution(
        key=said,
        name=title or name,
        url=f"{site}/resource/{quote(name, safe='')}.{said}",
        format=said,
        filename=f"{name}.{said}",
        modified=text(at(resource, "data_updated_at") or at(resource, "updatedAt"), 100),
        type="file",
        hints={"whole": site + _WHOLE[said].format(quote(name, safe=""))},
    )
