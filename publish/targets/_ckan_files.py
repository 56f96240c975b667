"""Files that lie at a CKAN: sent when their bytes are new, and read back to be sure."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ckanapi.errors import CKANAPIError

from datasets.names import file_name
from publish.targets._ckan_session import Site
from publish.targets._package import read_back
from publish.targets._records import Record
from publish.targets._target import Document, Here, NotTaken, Save, Target

THEIRS = ("url", "size", "hash", "mimetype")
"""What the site says itself of a file that lies there."""


def lies_there(
    document: Document, ours: Document, theirs: Mapping[str, Any], record: Record
) -> bool:
    """Tell whether the bytes that we have now were uploaded, and still are an upload there."""
    wanted = document["files"].get(ours["id"])
    uploaded = record.parts.get("files", {}).get(ours["id"])
    return theirs.get("url_type") == "upload" and bool(wanted) and uploaded == wanted


def over(document: Document, ours: Document, theirs: Mapping[str, Any], record: Record) -> Document:
    """A resource of ours over theirs; a file that lies there goes on to lie there."""
    if lies_there(document, ours, theirs, record):
        own = {key: value for key, value in ours.items() if key not in THEIRS}
        return {**theirs, **own, "id": theirs["id"]}
    kept = {k: v for k, v in theirs.items() if k not in ("url_type", *THEIRS)}
    return {**kept, **ours, "id": theirs["id"]}


def upload(
    site: Site,
    target: Target,
    here: Here,
    document: Document,
    written: Mapping[str, Any],
    record: Record,
    save: Save,
) -> list[str]:
    """Send the files that do not lie there yet; gives notes on those that stay links."""
    notes: list[str] = []
    for ours, theirs in zip(document["resources"], written["resources"], strict=False):
        sha256 = document["files"].get(ours["id"])
        if not sha256 or lies_there(document, ours, theirs, record):
            continue
        path = here.store.blob(sha256)
        if path.stat().st_size > target.upload_max_bytes:
            notes.append(f"{ours['name']} stays a link: it is larger than upload_max_bytes")
            continue
        try:
            sent = _sent(site, ours, str(theirs["id"]), path)
        except (CKANAPIError, NotTaken) as error:
            notes.append(f"{ours['name']} stays a link: {_why(site, error)}")
            continue
        _check(site, target, here, ours, sent, path)
        record.parts["files"] = record.parts.get("files", {}) | {ours["id"]: sha256}
        save()
    return notes


def _why(site: Site, error: Exception) -> str:
    return site.told(error) if isinstance(error, CKANAPIError) else str(error)


def _sent(site: Site, ours: Document, resource_id: str, path: Path) -> Any:
    name = file_name(urlsplit(ours["url"]).path)
    with path.open("rb") as file:
        return site.call("resource_patch", {"id": resource_id}, {"upload": (name, file)})


def _check(site: Site, target: Target, here: Here, ours: Document, sent: Any, path: Path) -> None:
    """Read the file back; when it is not what was sent, the resource is made a link again."""
    there = sent if isinstance(sent, Mapping) else {}
    size_bytes = str(path.stat().st_size)
    fault = "" if str(there.get("size") or size_bytes) == size_bytes else "has another size"
    base, place = urlsplit(target.url), urlsplit(str(there.get("url") or "")).path
    # the site may think of itself under another address than the one that we know it by
    address = urlunsplit((base.scheme, base.netloc, place, "", ""))
    fault = fault or read_back(here, address, path)
    if fault:
        with contextlib.suppress(CKANAPIError):
            linked = {"id": there.get("id"), "url": ours["url"], "url_type": ""}
            site.call("resource_patch", linked)
        raise NotTaken(f"the file {ours['name']!r} {fault} there after the upload: linked instead")
