"""A dataset of an Opendatasoft portal as a record: of version 2 of its API, or of the first.

Rule: Explore API 2.1 (`/catalog/datasets`). Names and addresses of contacts are not taken.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from datasets.record import Distribution, Record
from datasets.text import Text
from harvesters.catalogs.catalog import form, kind
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
    slug,
    table,
    tags,
    text,
    words,
)
from harvesters.values.spatial import area

STAMPS = ("modified", "data_processed", "metadata_processed")


def remote_id(dataset: Mapping[str, Any]) -> str:
    """The portal's id of a dataset, which is part of its addresses."""
    return text(dataset.get("dataset_id") or dataset.get("datasetid"), 200)


def metas(dataset: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of a dataset: in the first version of the API not sorted by templates."""
    said = table(dataset.get("metas"))
    return table(said["default"]) if "default" in said else said


def is_elsewhere(dataset: Mapping[str, Any]) -> bool:
    """Tell whether a dataset is only shown here and belongs to another portal."""
    said = metas(dataset)
    return said.get("federated") is True or bool(text(said.get("source_domain_address")))


def record(dataset: Mapping[str, Any], site: str, organization: str) -> Record | None:
    """Map a dataset; None without an id."""
    name, said = remote_id(dataset), metas(dataset)
    if not name:
        return None
    title, publisher = words(said.get("title")), text(said.get("publisher"), 300)
    themes = [text(each) for each in listed(said.get("theme"))]  # with commas of their own
    return Record(
        remote_id=name,
        title=title if title else Text(name),
        name=slug(name),
        organization=organization,
        organization_title=publisher,
        notes=words(said.get("description"), longest=NOTES),
        license_id=license_id(said.get("license_url"), said.get("license")),
        tags=tags(said.get("keyword"), themes),
        url=f"{site}/explore/dataset/{quote(name, safe='')}/",
        address=f"{site}/api/explore/v2.1/catalog/datasets/{quote(name, safe='')}",
        contributors=(publisher,) if publisher else (),
        modified=max(text(said.get(stamp), 100) for stamp in STAMPS),
        extras=_extras(dataset, said, themes),
        distributions=tuple(_distributions(dataset, site)),
    )


def _extras(
    dataset: Mapping[str, Any], said: Mapping[str, Any], themes: list[str]
) -> dict[str, str]:
    dcat = at(dataset, "metas", "dcat")
    return extras(
        spatial=area(said.get("geographic_area") or said.get("territory_geojson"))
        or area(at(dcat, "spatial")),
        temporal_start=date(at(dcat, "temporal_coverage_start_date")),
        temporal_end=date(at(dcat, "temporal_coverage_end_date")),
        frequency=frequency(
            at(dcat, "accrualperiodicity") or at(dataset, "metas", "custom", "frequency")
        ),
        issued=date(at(dcat, "issued") or at(dcat, "created")),
        language=text(said.get("language"), 20),
        theme=themes[0] if len(themes) == 1 else "",
        documentation=address(said.get("references")),
    )


def _distributions(dataset: Mapping[str, Any], site: str) -> Iterator[Distribution]:
    base = f"{site}/api/explore/v2.1/catalog/datasets/{quote(remote_id(dataset), safe='')}"
    if dataset.get("has_records") is not False and dataset.get("data_visible") is not False:
        yield from _exports(dataset, base)
    for group in ("attachments", "alternative_exports"):
        for entry in entries(dataset.get(group))[: MAX_DISTRIBUTIONS // 2]:
            found = _attached(entry, f"{base}/{group}")
            if found.url:
                yield found


def _exports(dataset: Mapping[str, Any], base: str) -> Iterator[Distribution]:
    """The rows: as GeoJSON where they have a place, else as CSV; and as Parquet, to be linked."""
    features = [text(each) for each in listed(dataset.get("features"))]
    name, best = remote_id(dataset), "geojson" if "geo" in features else "csv"
    modified = max(text(metas(dataset).get(stamp), 100) for stamp in STAMPS[:2])
    for said in (best, "parquet"):
        yield Distribution(
            key=said,
            name=name,
            url=f"{base}/exports/{said}",
            format=said,
            filename=f"{name}.{said}",
            modified=modified,
            link=said != best,
            type="file",
        )


def _attached(entry: Mapping[str, Any], base: str) -> Distribution:
    """Map a file beside the rows; `odsfile://` means one that the portal keeps itself."""
    remote_id, title = text(entry.get("id"), 200), words(entry.get("title"))
    url = address(entry.get("href")) or address(entry.get("url"))
    if not url and remote_id:
        url = f"{base}/{quote(remote_id, safe='')}"
    kept = text(entry.get("url"), 300)
    media_type = text(entry.get("mimetype") or entry.get("mime_type"), 100)
    said = form("", kept or url, media_type)
    return Distribution(
        key=remote_id or url,
        name=title.own or remote_id,
        url=url,
        format=said,
        title=title,
        description=words(entry.get("description"), longest=NOTES),
        media_type=media_type,
        filename=kept.rpartition("/")[2] if "." in kept.rpartition("/")[2] else "",
        link=kind(said) in ("api", "documentation"),
        type=kind(said),
    )
