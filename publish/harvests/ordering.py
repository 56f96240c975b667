"""What a person asks of the worker: a harvest now, the end of one, a paused source again."""

from harvesters.sources.source import Source
from publish.database import writing
from publish.desk import Desk
from publish.harvests import breaker, jobs
from publish.harvests.jobs import Job, Options


def order(source: Source, desk: Desk, options: Options | None = None) -> Job:
    """Put a harvest of a source into the queue; one that waits already is given instead."""
    with writing(desk.catalog.engine) as connection:
        waiting = jobs.unfinished(connection, source.name)
        attempts = desk.config.harvest.attempts
        return waiting or jobs.create(
            connection, source.name, max_attempts=attempts, options=options or Options()
        )


def abort(job_id: str, desk: Desk) -> Job:
    """End a harvest that waits or runs: its worker stops at its next step. Raises NotFound."""
    with writing(desk.catalog.engine) as connection:
        return jobs.abort(connection, job_id)


def resume(source: Source, desk: Desk) -> None:
    """Let a paused source be harvested by its own rhythm again."""
    with writing(desk.catalog.engine) as connection:
        breaker.resume(connection, source.name)
