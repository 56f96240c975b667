"""Sources of data, under the names of ckanext-harvest.

They are written in config.yml, so the actions that would change them say so. Sysadmins see all
sources, editors those of their organization.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from datasets import names
from harvesters.fetching.address import without_secrets
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.errors import invalid, missing
from publish.catalog.harvests.harvest_documents import job_document
from publish.catalog.registry import action
from publish.catalog.validators import MISSING
from publish.harvests.status import Status, statuses

IN_CONFIG = "Sources are written in config.yml under `sources`: change them there"
CLEARED = "Datasets of a source go when the source no longer has them: harvest it"
FREQUENCY = {"": "MANUAL", "1d": "DAILY", "1w": "WEEKLY", "2w": "BIWEEKLY"}
"""CKAN's words for how often a source is harvested; any other rhythm is as it is written."""

type Entry = Mapping[str, Any]
"""An entry of `sources:` as it is written in config.yml."""


@action()
def harvest_source_list(call: Call, given: Given) -> list[Document]:
    """List the sources of data that the caller may see, with how their last harvest went."""
    entries = seen(call)
    told = statuses(call.connection, [name_of(entry) for entry in entries])
    return [_document(call, *pair) for pair in zip(entries, told, strict=True)]


@action()
def harvest_source_show(call: Call, given: Given) -> Document:
    """Show one source.

    :param id: the id of the source, or its name
    """
    entry = wanted(call, given.get("id"))
    (status,) = statuses(call.connection, [name_of(entry)])
    return _document(call, entry, status)


def _refuse(call: Call, sentence: str) -> None:
    authorization.edit_sources(call)
    raise invalid({"message": sentence})


@action(writes=True)
def harvest_source_create(call: Call, given: Given) -> None:
    """Refuse: sources are written in config.yml."""
    _refuse(call, IN_CONFIG)


@action(writes=True)
def harvest_source_update(call: Call, given: Given) -> None:
    """Refuse: sources are written in config.yml."""
    _refuse(call, IN_CONFIG)


@action(writes=True)
def harvest_source_patch(call: Call, given: Given) -> None:
    """Refuse: sources are written in config.yml."""
    _refuse(call, IN_CONFIG)


@action(writes=True)
def harvest_source_delete(call: Call, given: Given) -> None:
    """Refuse: sources are written in config.yml."""
    _refuse(call, IN_CONFIG)


@action(writes=True)
def harvest_source_clear(call: Call, given: Given) -> None:
    """Refuse: datasets of a source go when the source no longer has them."""
    _refuse(call, CLEARED)


def name_of(entry: Entry) -> str:
    """The name of a source."""
    return str(entry.get("name", ""))


def organization_of(call: Call, entry: Entry) -> Document | None:
    """The organization of a source, if it has one that is there."""
    name = str(entry.get("organization") or "")
    return storage.find_group(call, name, "organization") if name else None


def seen(call: Call) -> list[Entry]:
    """The sources that the caller may see; raises NotAuthorized for who may see none at all."""
    authorization.see_sources(call)
    return [
        entry
        for entry in call.outside.config.sources
        if authorization.see_source(call, (organization_of(call, entry) or {}).get("id"))
    ]


def wanted(call: Call, id_or_name: Any) -> Entry:
    """A source that the caller may see, by its id or name; raises NotFound."""
    if not id_or_name:
        raise invalid({"id": [MISSING]})
    for entry in seen(call):
        if id_or_name in (names.source_id(name_of(entry)), name_of(entry)):
            return entry
    raise missing("Harvest source was not found.")


def _document(call: Call, entry: Entry, status: Status) -> Document:
    """A source as CKAN shows it: nothing of it that may be a secret."""
    organization = organization_of(call, entry)
    kind, address = str(entry.get("kind", "")), entry.get("url")
    often = str(entry.get("cron") or entry.get("every") or "")
    return {
        "id": names.source_id(name_of(entry)),
        "name": name_of(entry),
        "title": str(entry.get("title") or name_of(entry)),
        "type": kind,
        "source_type": kind,
        "url": without_secrets(address) if isinstance(address, str) else "",
        "description": "",
        "active": status.paused is None,
        "state": "active",
        "frequency": FREQUENCY.get(often, often),
        "config": None,
        "publisher_id": organization["id"] if organization else "",
        "publisher_title": organization["title"] if organization else "",
        "owner_org": organization["id"] if organization else None,
        "status": _standing(call, status),
    }


def _standing(call: Call, status: Status) -> Document:
    newest = status.now or status.last
    return {
        "job_count": status.jobs,
        "last_job": job_document(call, newest) if newest else None,
        "next_run": _moment(status.next_run),
        "total_datasets": status.public,
        "missing": status.missing,
        "paused": status.paused,
        "reason": status.reason,
    }


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="seconds")
