"""The book of harvests as pages and the command line read it; it opens its own connections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from publish.database import reading
from publish.harvests import jobs, report, status
from publish.harvests.jobs import Job
from publish.harvests.report import Line, Report
from publish.harvests.status import Status


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of sources and jobs. `private` are the hosts of http.allow_private."""

    engine: Engine
    private: tuple[str, ...] = ()

    def statuses(self, sources: Sequence[str]) -> list[Status]:
        """How these sources are doing, in their order."""
        with reading(self.engine) as connection:
            return status.statuses(connection, sources)

    def jobs(self, source: str | None = None, limit: int = 100) -> list[Job]:
        """The last jobs, of one source or of all, the newest first."""
        with reading(self.engine) as connection:
            return jobs.jobs(connection, source, limit=limit)

    def report(self, job_id: str, language: str) -> Report:
        """The report on a job; raises NotFound."""
        with reading(self.engine) as connection:
            job = jobs.find(connection, job_id)
            return report.report(connection, job, language, self.private)

    def lines(self, made: Report, action: str | None, limit: int, offset: int = 0) -> list[Line]:
        """Some records of a job, of one action or all, from a place on."""
        with reading(self.engine) as connection:
            return list(report.lines(connection, made, action, limit, offset))

    def as_json(self, made: Report) -> Iterator[bytes]:
        """The report as JSON, while it is read."""
        with reading(self.engine) as connection:
            yield from report.as_json(connection, made)

    def as_csv(self, made: Report) -> Iterator[bytes]:
        """The report for a spreadsheet, while it is read."""
        with reading(self.engine) as connection:
            yield from report.as_csv(connection, made)
