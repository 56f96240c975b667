"""A harvest as CKAN shows it: its counts, and what went wrong how often."""

from typing import Any

from sqlalchemy import func, select

from datasets import names
from publish.catalog.call import Call, Document
from publish.harvests import jobs
from publish.harvests.jobs import Job
from publish.harvests.tables import ITEMS

STATS = {
    "added": ("created",),
    "updated": ("updated",),
    "not modified": ("unchanged",),
    "deleted": ("withdrawn",),
    "errored": ("refused", "failed"),
    "held": ("held",),
    "missing": ("missing",),
}
"""CKAN's words for what became of datasets, and ours."""
STATUS = {"queued": "New", "running": "Running", "aborted": "Aborted"}
"""CKAN's words for how a job stands; all others are Finished."""
FAULTY = ("refused", "held", "failed")
MOST_REASONS = 20


def job_document(call: Call, job: Job) -> Document:
    """A job as CKAN shows it."""
    counts = jobs.counts(call.connection, job)
    over = job.finished if job.gathered or job.over else None
    return {
        "id": job.id,
        "source_id": names.source_id(job.source),
        "source": job.source,
        "status": STATUS.get(job.state, "Finished"),
        "state": job.state,
        "created": job.created,
        "gather_started": job.started,
        "gather_finished": over,
        "finished": job.finished,
        "stats": {
            theirs: sum(counts.get(each, 0) for each in ours) for theirs, ours in STATS.items()
        },
        "gather_error_summary": [{"message": job.reason, "error_count": 1}] if job.reason else [],
        "object_error_summary": _reasons(call, job),
    }


def _reasons(call: Call, job: Job) -> list[dict[str, Any]]:
    """The commonest reasons why records were not taken."""
    number = func.count().label("number")
    mine = (ITEMS.c.job == job.number) & ITEMS.c.action.in_(FAULTY)
    query = select(ITEMS.c.reason, number).where(mine).group_by(ITEMS.c.reason)
    query = query.order_by(number.desc(), ITEMS.c.reason).limit(MOST_REASONS)
    found = call.connection.execute(query)
    return [{"message": row.reason, "error_count": row.number} for row in found]
