"""What a dataset is made of, as one hash: equal fingerprints are the same version."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from datasets.model import Dataset, Link, Resource
from validation.repairs._recipe import acting

READING = 2  # raise it when reading or mapping changes what comes out of the same bytes


def fingerprint(kept: Dataset) -> str:
    """The sha256 of a kept dataset: its metadata as mapped and the bytes of its files."""
    parts = {
        "reading": READING,
        "id": kept.id,
        "title": [kept.title.own, dict(kept.title.translated)],
        "notes": [kept.notes.own, dict(kept.notes.translated)],
        "organization": kept.organization,
        "license": kept.license_id,
        "tags": sorted(kept.tags),
        "url": kept.url,
        "contributors": list(kept.contributors),
        "extras": dict(kept.extras),
        "resources": [_resource(resource) for resource in kept.resources],
        "links": [_link(link) for link in kept.links],
        "findings": [[f.check, f.resource, f.note] for f in kept.findings],
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _resource(resource: Resource) -> dict[str, Any]:
    steps = acting(resource.recipe)
    recipe = {"recipe": [asdict(step) for step in steps]} if steps else {}
    return {
        **recipe,
        "name": resource.name,
        "format": resource.format,
        "filename": resource.filename,
        "title": [resource.title.own, dict(resource.title.translated)],
        "description": [resource.description.own, dict(resource.description.translated)],
        "schema": resource.schema,
        "dialect": resource.dialect,
        "encoding": resource.encoding,
        "crs": resource.crs,
        "sha256": resource.sha256,
        "key": resource.key,
        "as_is": resource.as_is,
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "key": link.key,
        "name": link.name,
        "url": link.url,
        "format": link.format,
        "title": [link.title.own, dict(link.title.translated)],
        "description": [link.description.own, dict(link.description.translated)],
        "type": link.type,
    }
