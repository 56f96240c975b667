"""What every target is told of a package of ours, in the language that the target wants."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.errors import HarvestError, NotFound, PublishError
from datasets.serbian import to_latin
from datasets.store import Store
from datasets.text import LATIN, Text
from publish.targets._target import Document, Here, Package

OF, SITE, PAGE = "emap_id", "emap_site", "emap_url"
"""Extras by which a dataset at a target says what it is: our id, our site, our page."""
_STAYS = ("harvest_", "emap_")  # where we have it from is told at our own site


def identity(package: Package, here: Here) -> dict[str, str]:
    """The extras that say which dataset of which site this is."""
    page = f"{here.site_url}/dataset/{package['id']}"
    return {OF: package["id"], SITE: here.site_url, PAGE: page}


def extras(package: Package) -> dict[str, str]:
    """The extras of a package that are for others."""
    found = {extra["key"]: extra["value"] for extra in package["extras"]}
    return {key: value for key, value in found.items() if not key.startswith(_STAYS)}


def said(package: Package, field: str, language: str) -> str:
    """A text of a package (title, notes) in a language; without one, as its author wrote it."""
    own = package[field] or ""
    try:
        translated = json.loads(extras(package).get(f"{field}_translated", "{}"))
    except ValueError:
        translated = {}
    known = translated if isinstance(translated, Mapping) else {}
    return Text(own, {k: str(v) for k, v in known.items()}).said(language) if language else own


def script(text: str | None, language: str) -> str:
    """A word that has no translation, in Latin where that is what the target wants."""
    return to_latin(text or "") if language == LATIN else text or ""


def file_of(resource: Mapping[str, Any], store: Store) -> Path | None:
    """Where the bytes of a resource lie here; None for a link or a service."""
    try:
        return store.blob(resource["hash"]) if len(resource.get("hash") or "") == 64 else None
    except NotFound:
        return None


def read_back(here: Here, url: str, sha256: str) -> str:
    """What is wrong with a file that was uploaded; it is asked for without a key."""
    try:
        with here.store.desk("mirror") as into:
            fetched = here.http.fetch(url, into)
            with fetched.path.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except (HarvestError, PublishError) as error:
        return f"cannot be read ({error})"
    return "" if same else "has other bytes"


def paired(document: Document, record_ids: Mapping[str, str], there: list[Any]) -> list[Any]:
    """For each resource of a document the one at the target that stands for it, or None.

    By the id on record, else by our id, else by the same name at the same address.
    """
    by_id = {str(resource.get("id")): resource for resource in there}
    free = [r for r in there if r.get("id") not in {*record_ids.values()}]
    found = []
    for ours in document["resources"]:
        theirs = by_id.get(record_ids.get(ours["id"], "")) or by_id.get(ours["id"])
        if theirs is None:
            same = (r for r in free if (r.get("name"), r.get("url")) == (ours["name"], ours["url"]))
            theirs = next(same, None)
        found.append(theirs)
    return found
