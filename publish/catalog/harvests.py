"""Sources and what their harvests did, under the names of ckanext-harvest.

Sources are written in config.yml and harvested by `emap harvest`, so the actions that would change
or start them say so. Sysadmins see all sources, editors those of their organization.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from datasets.errors import NotFound
from datasets.names import NAMESPACE
from harvesters._http import without_secrets
from publish.catalog import authorization, storage
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, NATURAL, REQUIRED, TEXT
from publish.harvests import jobs

IN_CONFIG = "Sources are written in config.yml under `sources`: change them there"
BY_COMMAND = "Harvests are started by `emap harvest`: run it, or let a timer run it"
STATS = {
    "added": "created",
    "updated": "updated",
    "not modified": "unchanged",
    "deleted": "withdrawn",
    "errored": "refused",
    "held": "held",
}
"""CKAN's words for what became of datasets, and ours."""
STATUS = {"queued": "New", "running": "Running", "aborted": "Aborted"}
"""CKAN's words for how a job stands; all others are Finished."""


@action()
def harvest_source_list(call: Call, given: Given) -> list[Document]:
    """List the sources of data that the caller may see, with how their last harvest went."""
    return [_source(call, each) for each in _seen(call)]


@action()
def harvest_source_show(call: Call, given: Given) -> Document:
    """Show one source.

    :param id: the id of the source, or its name
    """
    return _source(call, _wanted(call, given.get("id")))


@action(takes={"source_id": TEXT, "status": TEXT, "limit": NATURAL})
def harvest_job_list(call: Call, given: Given) -> list[Document]:
    """List the harvests that were made, the newest first.

    :param source_id: the id or name of a source
    :param status: Running, Finished or Aborted
    :param limit: at most so many (100)
    """
    names = {_name(each): _organization(call, each) for each in _seen(call)}
    if given["source_id"]:
        names = {_name(_wanted(call, given["source_id"])): None}
    limit = min(100 if given["limit"] is None else given["limit"], 1000)
    found = [job for name in names for job in jobs.jobs(call.connection, name, limit=limit)]
    found.sort(key=lambda job: job.number, reverse=True)
    shown = [_job(call, job) for job in found]
    wanted = [job for job in shown if given["status"] in (None, "", job["status"])]
    return wanted[:limit]


@action(takes={"id": REQUIRED})
def harvest_job_show(call: Call, given: Given) -> Document:
    """Show one harvest.

    :param id: the id of the harvest
    """
    return _job(call, _found(call, given["id"]))


@action(takes={"id": REQUIRED})
def harvest_job_report(call: Call, given: Given) -> Document:
    """Tell what went wrong in a harvest: of the source, and of single datasets.

    :param id: the id of the harvest
    """
    job = _found(call, given["id"])
    gather = [{"message": job.reason}] if job.reason else []
    objects = {
        item.dataset: {
            "guid": item.remote_id,
            "original_url": item.address,
            "errors": [{"message": item.reason, "type": item.action, "line": None}],
        }
        for item in _faulty(call, job)
    }
    return {"gather_errors": gather, "object_errors": objects}


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
    _refuse(call, "Datasets of a source go when the source no longer has them: harvest it")


@action(writes=True)
def harvest_job_create(call: Call, given: Given) -> None:
    """Refuse: harvests are started by a command."""
    _refuse(call, BY_COMMAND)


@action(writes=True)
def harvest_job_abort(call: Call, given: Given) -> None:
    """Refuse: a harvest is ended where it was started; the next one makes it good."""
    _refuse(call, "A harvest is ended where it was started: stop that command")


@action(writes=True)
def harvest_jobs_run(call: Call, given: Given) -> None:
    """Refuse: harvests are started by a command."""
    _refuse(call, BY_COMMAND)


def _name(source: Mapping[str, Any]) -> str:
    return str(source.get("name", ""))


def _id(source: Mapping[str, Any]) -> str:
    return str(uuid.uuid5(NAMESPACE, f"source\n{_name(source)}"))


def _organization(call: Call, source: Mapping[str, Any]) -> Document | None:
    name = str(source.get("organization") or "")
    return storage.find_group(call, name, "organization") if name else None


def _seen(call: Call) -> list[Mapping[str, Any]]:
    """The sources that the caller may see; raises NotAuthorized for who may see none at all."""
    authorization.see_sources(call)
    return [
        source
        for source in call.outside.config.sources
        if authorization.see_source(call, (_organization(call, source) or {}).get("id"))
    ]


def _wanted(call: Call, wanted: Any) -> Mapping[str, Any]:
    if not wanted:
        raise invalid({"id": [MISSING]})
    for source in _seen(call):
        if wanted in (_id(source), _name(source)):
            return source
    raise missing("Harvest source was not found.")


def _found(call: Call, key: str) -> "jobs.Job":
    """One job of a source that the caller may see; raises NotFound."""
    known = {_name(source) for source in _seen(call)}
    try:
        job = jobs.find(call.connection, key)
    except NotFound:
        job = None
    if job is None or job.source not in known:
        raise missing("Harvest job was not found.")
    return job


def _faulty(call: Call, job: "jobs.Job") -> "list[jobs.Item]":
    """The records of a job that were not taken, at most a thousand of each action."""
    actions = ("refused", "held", "failed")
    return [item for each in actions for item in jobs.items(call.connection, job, each, 1000)]


def _source(call: Call, source: Mapping[str, Any]) -> Document:
    """A source as CKAN shows it: nothing of it that may be a secret."""
    organization = _organization(call, source)
    kind = str(source.get("kind", ""))
    address = source.get("url")
    return {
        "id": _id(source),
        "name": _name(source),
        "title": _name(source),
        "type": kind,
        "source_type": kind,
        "url": without_secrets(address) if isinstance(address, str) else "",
        "description": "",
        "active": True,
        "state": "active",
        "frequency": "MANUAL",
        "config": None,
        "publisher_id": organization["id"] if organization else "",
        "publisher_title": organization["title"] if organization else "",
        "owner_org": organization["id"] if organization else None,
        "status": _status(call, _name(source)),
    }


def _status(call: Call, name: str) -> Document:
    found = jobs.jobs(call.connection, name)
    last = _job(call, found[0]) if found else None
    return {"job_count": len(found), "last_job": last, "next_run": None}


def _job(call: Call, job: "jobs.Job") -> Document:
    counts = jobs.counts(call.connection, job)
    faults = [item.reason for item in _faulty(call, job)]
    return {
        "id": job.id,
        "source_id": str(uuid.uuid5(NAMESPACE, f"source\n{job.source}")),
        "source": job.source,
        "status": STATUS.get(job.state, "Finished"),
        "created": job.created,
        "gather_started": job.started,
        "gather_finished": job.finished,
        "finished": job.finished,
        "stats": {theirs: counts.get(ours, 0) for theirs, ours in STATS.items()},
        "gather_error_summary": [{"message": job.reason, "error_count": 1}] if job.reason else [],
        "object_error_summary": [
            {"message": reason, "error_count": faults.count(reason)}
            for reason in dict.fromkeys(faults)
        ],
    }
