"""What every target is told of a package of ours, in the language that the target wants."""

import filecmp
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets import names
from datasets.errors import HarvestError, PublishError
from datasets.serbian import to_latin
from datasets.text import LATIN, Text
from publish.catalog import errors as catalog
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


def files_of(package: Package, here: Here) -> dict[str, str]:
    """The sha256 of what our site hands over for each resource, by its id; no links, no services.

    It is not the field `hash`, which anybody who edits a dataset may write.
    """
    found = {resource["id"]: _sha256(package, resource, here) for resource in package["resources"]}
    return {resource_id: sha256 for resource_id, sha256 in found.items() if sha256}


def _sha256(package: Package, resource: Mapping[str, Any], here: Here) -> str:
    try:
        uploaded = here.public.download(package["id"], resource["id"]).sha256
    except (catalog.NotFound, catalog.NotAuthorized):
        return ""
    if uploaded or not resource["url"].startswith(f"{here.site_url}/data/"):
        return uploaded
    version = here.versions.current(package["name"])
    if version is None or version.package["id"] != package["id"]:
        return ""
    known = {names.resource_id(package["id"], r.name): r.sha256 for r in version.resources}
    return known.get(resource["id"], "")


def read_back(here: Here, url: str, sent: Path) -> str:
    """What is wrong with a file that was uploaded; it is asked for without a key."""
    try:
        with here.store.desk("mirror") as into:
            same = filecmp.cmp(here.http.fetch(url, into).path, sent, shallow=False)
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
