"""Harvests: what was done, what went wrong, and asking for another, as ckanext-harvest names it.

A job that is made waits for a worker: `emap worker`, or the one beside `emap serve`.
"""

from datasets.errors import NotFound
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import invalid, missing
from publish.catalog.harvests.harvest_documents import FAULTY, job_document
from publish.catalog.harvests.harvest_sources import name_of, organization_of, seen, wanted
from publish.catalog.registry import action
from publish.catalog.validators import BOOLEAN, NATURAL, REQUIRED, TEXT
from publish.harvests import jobs
from publish.harvests.jobs import Item, Job, Options

BY_THEMSELVES = "Workers take waiting jobs by themselves: start `emap worker`, or `emap serve`"
THERE_IS_ONE = "A harvest of this source waits or runs: {id}; see harvest_job_show, or abort it"
MOST = 1000


@action(takes={"source_id": TEXT, "status": TEXT, "limit": NATURAL})
def harvest_job_list(call: Call, given: Given) -> list[Document]:
    """List the harvests that were made, the newest first.

    :param source_id: the id or name of a source
    :param status: New, Running, Finished or Aborted
    :param limit: at most so many (100)
    """
    sources = [name_of(entry) for entry in seen(call)]
    if given["source_id"]:
        sources = [name_of(wanted(call, given["source_id"]))]
    limit = min(100 if given["limit"] is None else given["limit"], MOST)
    found = [job for name in sources for job in jobs.jobs(call.connection, name, limit=limit)]
    found.sort(key=lambda job: job.number, reverse=True)
    shown = [job_document(call, job) for job in found[:limit]]
    return [job for job in shown if given["status"] in (None, "", job["status"])]


@action(takes={"id": REQUIRED})
def harvest_job_show(call: Call, given: Given) -> Document:
    """Show one harvest.

    :param id: the id of the harvest
    """
    return job_document(call, _found(call, given["id"]))


@action(takes={"id": REQUIRED})
def harvest_job_report(call: Call, given: Given) -> Document:
    """Tell what went wrong in a harvest: of the source, and of single datasets.

    :param id: the id of the harvest
    """
    job = _found(call, given["id"])
    gather = [{"message": job.reason, "type": job.fault}] if job.reason else []
    objects = {
        item.dataset or item.remote_id: {
            "guid": item.remote_id,
            "original_url": item.address,
            "errors": [{"message": item.reason, "type": item.fault or item.action, "line": None}],
        }
        for item in _faulty(call, job)
    }
    return {"gather_errors": gather, "object_errors": objects}


@action(writes=True, takes={"source_id": REQUIRED, "accept_missing": BOOLEAN, "full": BOOLEAN})
def harvest_job_create(call: Call, given: Given) -> Document:
    """Ask for a harvest of a source now; a worker takes it up.

    :param source_id: the id or name of a source
    :param accept_missing: all that vanished at the source may go (false)
    :param full: look at every file, whatever its source says of changes (false)
    """
    source = _editable(call, given["source_id"])
    waiting = jobs.unfinished(call.connection, source)
    if waiting:
        raise invalid({"source_id": [THERE_IS_ONE.format(id=waiting.id)]})
    options = Options(accept_missing=given["accept_missing"], full=given["full"])
    attempts = call.outside.config.harvest.attempts
    made = jobs.create(call.connection, source, max_attempts=attempts, options=options)
    return job_document(call, made)


@action(writes=True, takes={"id": REQUIRED})
def harvest_job_abort(call: Call, given: Given) -> Document:
    """End a harvest that waits or runs; what it published stays, the next one does the rest.

    :param id: the id of the harvest
    """
    authorization.edit_sources(call)
    job = _found(call, given["id"])
    _editable(call, job.source)
    return job_document(call, jobs.abort(call.connection, job.id, f"ended by {call.user_name}"))


@action(writes=True)
def harvest_jobs_run(call: Call, given: Given) -> None:
    """Refuse: workers take waiting harvests by themselves."""
    authorization.edit_sources(call)
    raise invalid({"message": BY_THEMSELVES})


def _editable(call: Call, id_or_name: str) -> str:
    """The name of a source that the caller may harvest; raises NotAuthorized, NotFound."""
    authorization.edit_sources(call)
    entry = wanted(call, id_or_name)
    authorization.edit_source(call, name_of(entry), (organization_of(call, entry) or {}).get("id"))
    return name_of(entry)


def _found(call: Call, key: str) -> Job:
    """One job of a source that the caller may see; raises NotFound."""
    known = {name_of(entry) for entry in seen(call)}
    try:
        job = jobs.find(call.connection, key)
    except NotFound:
        raise missing("Harvest job was not found.") from None
    if job.source not in known:
        raise missing("Harvest job was not found.")
    return job


def _faulty(call: Call, job: Job) -> list[Item]:
    """The records of a job that were not taken, at most a thousand of each action."""
    return [item for each in FAULTY for item in jobs.items(call.connection, job, each, MOST)]
