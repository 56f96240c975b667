"""A dataset as a CKAN package: what the catalog shows of a version.

Our own addresses are written without the site (`/data/…`), so that a moved site or a rolled back
version never shows a stale host; the catalog completes them when it answers.
"""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datasets import names
from datasets.config import Config
from datasets.errors import NotFound
from datasets.formats import READABLE
from datasets.model import BBox, Dataset, Layer, Link, Report, Resource, Schema, Version
from datasets.template import templates
from datasets.text import Text
from publish.catalog.call import now
from publish.catalog.documents.package_documents import PACKAGE
from publish.versions import Versions

MEDIA_TYPES = {form: (known.name, known.media_type) for form, known in READABLE.items()}
PARQUET = ("GeoParquet", "application/vnd.apache.parquet")


def version(
    kept: Dataset,
    number: int,
    layers: tuple[Layer, ...],
    *,
    made_of: str,
    rows: Mapping[str, int],
    tables: Mapping[str, str],
    schemas: Mapping[str, Schema] = MappingProxyType({}),
) -> Version:
    """A new version of a dataset as the public may have it.

    `made_of` is the fingerprint of what came; `rows`, `tables` and `schemas` are by resource name.
    """
    return Version(
        dataset=kept.name,
        number=number,
        fingerprint=made_of,
        created=now(),
        source=kept.source,
        resources=tuple(_listed(resource) for resource in kept.resources),
        layers=layers,
        rows=rows,
        tables=tables,
        package=package(kept, number, layers, tables, schemas),
        schemas=dict(schemas),
    )


def package(
    kept: Dataset,
    number: int,
    layers: Sequence[Layer],
    tables: Container[str] = (),
    schemas: Mapping[str, Schema] = MappingProxyType({}),
) -> dict[str, Any]:
    """The CKAN package of a version, as `package_create` and `package_update` take it.

    `tables` names the resources whose rows can be asked; `schemas` are those they were judged by.
    """
    return {
        "id": kept.id,
        "name": kept.name,
        "title": str(kept.title),
        "notes": str(kept.notes),
        "owner_org": kept.organization,
        "license_id": kept.license_id,
        "url": kept.url,
        "author": ", ".join(kept.contributors),
        "version": str(number),
        "tags": [{"name": tag} for tag in _tags(kept.tags)],
        "extras": [
            {"key": key, "value": value} for key, value in _extras(kept, layers, schemas).items()
        ],
        "resources": [_file(kept, r, asked=r.name in tables) for r in kept.resources]
        + [_link(kept, link) for link in kept.links]
        + [made for layer in layers for made in _of_layer(kept, layer)],
    }


def _tags(tags: Sequence[str]) -> list[str]:
    """Tags as CKAN takes them: 2 to 100 of letters, digits, blank, `-_.`, each once."""
    cleaned = ("".join(c if c.isalnum() or c in " -_." else " " for c in tag) for tag in tags)
    short = (" ".join(tag.split())[:100] for tag in cleaned)
    return sorted({tag for tag in short if len(tag) >= 2})


def _extras(
    kept: Dataset, layers: Sequence[Layer], schemas: Mapping[str, Schema]
) -> dict[str, str]:
    """The extras; one that is called like a field of CKAN's own is its source's, and says so."""
    extras = _themes(schemas) | {
        f"source_{k}" if k in PACKAGE else k: value for k, value in kept.extras.items()
    }
    for key, text in (("title_translated", kept.title), ("notes_translated", kept.notes)):
        if text.translated:
            extras[key] = json.dumps(dict(text.translated), ensure_ascii=False)
    if box := _around([layer.bbox_lonlat for layer in layers]):
        extras["spatial"] = json.dumps(_polygon(box))
    if not extras.keys() & {"temporal_start", "temporal_end"}:
        extras |= _period([layer.interval for layer in layers if layer.times])
    return extras | dict(kept.provenance)


def _themes(schemas: Mapping[str, Schema]) -> dict[str, str]:
    """What the templates of a dataset say that it is about; its own words come before."""
    followed = [templates().get(str(schema.get("template", ""))) for schema in schemas.values()]
    said = [found.themes for found in followed if found]
    keys = {"theme": "dcat", "hvd_category": "hvd", "inspire_theme": "inspire"}
    words = {key: next((t[of] for t in said if t[of]), "") for key, of in keys.items()}
    return {key: word for key, word in words.items() if word}


def _around(boxes: Sequence[BBox | None]) -> BBox | None:
    known = [box for box in boxes if box]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)


def _period(intervals: Sequence[tuple[str | None, str | None]]) -> dict[str, str]:
    """From the first to the last moment of all; an end that is open in one is left out."""
    begins = [begin for begin, _ in intervals]
    ends = [end for _, end in intervals]
    said = {}
    if begins and None not in begins:
        said["temporal_start"] = min(filter(None, begins))
    if ends and None not in ends:
        said["temporal_end"] = max(filter(None, ends))
    return said


def _polygon(box: BBox) -> dict[str, Any]:
    """A box as a polygon with an area: a portal that reads `spatial` takes no point."""
    west, south, east, north = box
    if west == east or south == north:
        west, south, east, north = west - 1e-4, south - 1e-4, east + 1e-4, north + 1e-4
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _file(kept: Dataset, resource: Resource, *, asked: bool) -> dict[str, Any]:
    """The publisher's own file, byte for byte."""
    format_, media_type = MEDIA_TYPES.get(resource.format, (resource.format.upper(), ""))
    row = {
        "id": names.resource_id(kept.id, resource.key or resource.name),
        "name": str(resource.title) or resource.name,
        "description": str(resource.description),
        "format": format_,
        "mimetype": media_type,
        "url": f"/data/{kept.name}/files/{resource.filename}",
        "url_type": "emap",
        "size": resource.size_bytes,
        "hash": resource.sha256,
        "resource_type": "file",
        "datastore_active": asked,
    }
    if resource.schema:
        row["schema"] = json.dumps(resource.schema, ensure_ascii=False)
    return row


def _link(kept: Dataset, link: Link) -> dict[str, Any]:
    """A part that stays where it is, at its own address."""
    return {
        "id": names.resource_id(kept.id, link.key),
        "name": str(link.title) or link.name,
        "description": str(link.description),
        "format": link.format,
        "url": link.url,
        "resource_type": link.type,
    }


def _of_layer(kept: Dataset, layer: Layer) -> list[dict[str, Any]]:
    """What we make of a layer: the OGC collection and the GeoParquet file."""
    common = {"description": "", "url_type": "emap"}
    return [
        common
        | {
            "id": names.resource_id(kept.id, f"{layer.id} ogc"),
            "name": f"OGC API – Features: {layer.id}",
            "format": "OGC API - Features",
            "mimetype": "application/geo+json",
            "url": f"/ogc/collections/{layer.id}",
            "resource_type": "api",
        },
        common
        | {
            "id": names.resource_id(kept.id, f"{layer.id} parquet"),
            "name": f"{layer.id}.parquet",
            "format": PARQUET[0],
            "mimetype": PARQUET[1],
            "url": f"/data/{kept.name}/layers/{layer.id}.parquet",
            "resource_type": "file",
        },
    ]


def organization(name: str, config: Config) -> dict[str, Any]:
    """An organization as `organization_create` takes it, with what config.yml knows of it."""
    for known in config.organizations:
        if known.name == name:
            translated = {"en": known.title_en} if known.title_en else {}
            return {
                "name": name,
                "title": known.title,
                "description": known.description,
                "extras": _translated(Text(known.title, translated)),
            }
    return {"name": name, "title": name}


def _translated(title: Text) -> list[dict[str, str]]:
    if not title.translated:
        return []
    value = json.dumps(dict(title.translated), ensure_ascii=False)
    return [{"key": "title_translated", "value": value}]


def text_of(package: Mapping[str, Any], key: str) -> Text:
    """A title or notes of a package or organization with its translations, kept in extras.

    Extras are anybody's words: what is not a mapping of words is left out.
    """
    for extra in package.get("extras") or ():
        if extra["key"] == f"{key}_translated":
            return Text(package.get(key) or "", _translations(extra["value"]))
    return Text(package.get(key) or "")


def _translations(value: str) -> dict[str, str]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _listed(resource: Resource) -> Resource:
    """A resource as a version lists it: the bytes are known by their hash, not by a path."""
    return replace(resource, path=Path(resource.filename))


def documents(version: Version, report: Report) -> Mapping[str, Any]:
    """The documents of a version's folder, to be read with `cat`."""
    descriptor = {
        "name": version.dataset,
        "version": str(version.number),
        "created": version.created,
        "resources": [
            {
                "name": resource.name,
                "path": resource.filename,
                "bytes": resource.size_bytes,
                "hash": f"sha256:{resource.sha256}",
            }
            for resource in version.resources
        ],
    }
    return {
        "datapackage": descriptor,
        "package": version.package,
        "report": asdict(report),
        "layers": [asdict(layer) for layer in version.layers],
    }


def former(dataset: str, versions: Versions, number: int | None) -> Version:
    """The version to roll back to; raises NotFound that says which there are."""
    pointer = versions.pointer(dataset)
    if pointer is None:
        there = ", ".join(p.dataset for p in versions.pointers()) or "none yet"
        raise NotFound(f"there is no dataset {dataset!r}; published are: {there}")
    wanted = pointer.number - 1 if number is None else number
    if wanted < 1 or wanted == pointer.number:
        raise NotFound(f"dataset {dataset!r} is at version {pointer.number}: nothing to go back to")
    version = versions.get(dataset, wanted)
    if version.package["id"] != pointer.id:
        raise NotFound(f"version {wanted} of {dataset!r} was another dataset of that name")
    return version
