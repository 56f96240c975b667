"""The story of a job: what a source has is gathered, looked at, published, and let go when gone.

Read `run_job` from top to bottom. Nothing public changes before the whole list was gathered, and
nothing when it looks wrong. A job may be killed anywhere and goes on where it was; a source's fault
ends it with a reason, or lets it wait for its next attempt.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from datasets.errors import ConfigError, EmapError, HarvestError, LeaseLost
from datasets.model import Receipt
from harvesters.fetching.http import Http
from harvesters.sources.source import Source, WebSource
from publish import package
from publish.database import reading, writing
from publish.desk import Desk
from publish.harvests import breaker, jobs, memory
from publish.harvests.gather import gather
from publish.harvests.items import before, give_up, items
from publish.harvests.jobs import Job, Options, Told, said
from publish.harvests.lease import Lease
from publish.harvests.missing import hold, missing, shortfall, stop
from publish.harvests.work import Tell, Work
from publish.publisher import renew_organization
from publish.validating import WORKER

RETRY_S = 60.0  # the first wait for another attempt; each further one is five times as long
FRESH_S = 6 * 3600.0  # what was gathered longer ago is gathered anew
BROKE_OFF = "its worker ended again and again before anything was done"


def run(
    source: Source,
    desk: Desk,
    accept: frozenset[str] = frozenset(),
    *,
    accept_missing: bool = False,
    full: bool = False,
    tell: Tell = lambda _: None,
) -> Iterator[Receipt]:
    """Harvest one source here and now; goes on with a harvest of it that broke off.

    `accept` names datasets whose loss of rows a person has looked at and found right, with
    `accept_missing` all that vanished may go, `full` looks at every file. Raises HarvestError when
    the source fails, or is being harvested by somebody else.
    """
    options = Options(tuple(sorted(accept)), accept_missing=accept_missing, full=full)
    job = _by_hand(source, desk, options)
    yield from run_job(job.id, desk, [source], tell=tell)
    with reading(desk.catalog.engine) as connection:
        ended = jobs.find(connection, job.id)
    if ended.state in ("failed", "queued"):
        raise HarvestError(ended.reason, ended.fault, **ended.fault_values)


def run_job(
    job_id: str,
    desk: Desk,
    sources: Sequence[Source],
    *,
    worker: str = WORKER,
    tell: Tell = lambda _: None,
) -> Iterator[Receipt]:
    """Do a job, or go on with it; gives what became of each record, also before it was taken over.

    Nothing happens when somebody else is at it, or it is over. What is wrong with the source is
    written in the job's row. Raises LeaseLost when it was taken away, PublishError when the
    catalog cannot be written.
    """
    lease_s = desk.config.harvest.lease_s
    job = jobs.claim(desk.catalog.engine, worker, job_id=job_id, lease_s=lease_s)
    if job is None:
        return
    with Lease(desk.catalog.engine, job, lease_s) as lease:
        try:
            work = _opened(job, desk, sources, lease, tell)
            yield from _done(work)
        except LeaseLost:
            raise
        except EmapError as error:
            _broke(job, desk, lease, error)
        finally:
            _release(job, desk)


def _done(work: Work) -> Iterator[Receipt]:
    """Gather, look, publish, let go."""
    if work.job.attempt > work.job.max_attempts and not give_up(work):
        raise HarvestError(f"source {work.source.name!r}: {BROKE_OFF}", "broke-off")
    for organization in work.desk.config.organizations:
        said = package.organization(organization.name, work.desk.config)
        renew_organization(work.desk.catalog, said)
    if work.job.token > 1:
        yield from before(work)
    yield from gather(work)
    if held := stop(work):
        yield from hold(work)
        _hold(work, held)
        return
    yield from items(work)
    yield from missing(work)
    _complete(work)


def _opened(job: Job, desk: Desk, sources: Sequence[Source], lease: Lease, tell: Tell) -> Work:
    """What the steps work with. Raises ConfigError when the source, or its key, is not there."""
    named = [source for source in sources if source.name == job.source]
    if not named:
        raise ConfigError(f"there is no source {job.source!r} in config.yml any more")
    source = named[0]
    begun = _begun(job, source, desk, lease)
    return Work(
        job=begun,
        source=source,
        desk=desk,
        lease=lease,
        http=client(source, desk, full=begun.full),
        seed=memory.seed(source, desk.checks),
        tell=tell,
    )


def client(source: Source, desk: Desk, *, full: bool) -> Http:
    """The client of one source, with its key; a full look believes no answer of before.

    Raises ConfigError when the key is not there.
    """
    secrets = source.secrets if isinstance(source, WebSource) else {}
    cache = None if full else desk.store.cache(source.name)
    return desk.http.bound(source.address, secrets=secrets, cache=cache)


def _begun(job: Job, source: Source, desk: Desk, lease: Lease) -> Job:
    """Decide, when a job begins, whether every file is looked at."""
    if job.phase:
        return job
    with writing(desk.catalog.engine) as connection:
        lease.hold(connection)
        full = job.options.full or breaker.is_full_due(connection, source.name, source.verify_every)
        jobs.begin(connection, job, full=full)
    return replace(job, full=full, phase="gather")


def _by_hand(source: Source, desk: Desk, options: Options) -> Job:
    """The job of a person who wants it now: a new one, or one that broke off not long ago."""
    with writing(desk.catalog.engine) as connection:
        there = jobs.unfinished(connection, source.name)
        if there and jobs.is_at_work(connection, there):
            raise HarvestError(
                f"source {source.name!r} is being harvested by {there.worker}: wait for it, or end"
                f" it with `emap jobs abort {there.id}`",
                "lease-lost",
            )
        if there and there.options == options and jobs.age_s(there) < FRESH_S:
            return there
        if there:
            jobs.abort(connection, there.id, "a person began anew")
        attempts = desk.config.harvest.attempts
        return jobs.create(connection, source.name, max_attempts=attempts, options=options)


def _hold(work: Work, held: Told) -> None:
    with work.writing() as connection:
        breaker.answered(connection, work.source.name)
        jobs.finish(connection, work.job, "held", **held)


def _complete(work: Work) -> None:
    """End a job that did all it could; a list that was not whole is told."""
    work.http.sweep(since=time.time() - jobs.age_s(work.job))
    lost = shortfall(work)
    with work.writing() as connection:
        breaker.answered(connection, work.source.name)
        breaker.completed(connection, work.source.name, full=work.job.full)
        if lost is None:
            jobs.finish(connection, work.job, "done")
        else:
            jobs.finish(connection, work.job, "done", **lost.told)


def _broke(job: Job, desk: Desk, lease: Lease, error: EmapError) -> None:
    """Let a job wait for its next attempt where the fault may pass; else it failed."""
    told = said(error)
    with writing(desk.catalog.engine) as connection:
        lease.hold(connection)
        now = jobs.find(connection, job.id)
        passing = isinstance(error, HarvestError) and error.transient
        if passing and now.attempt < now.max_attempts:
            wished = float(told["values"].get("after_s", 0))  # by the server that was busy
            wait_s = max(RETRY_S * 5 ** (now.attempt - 1), wished)
            jobs.postpone(connection, now, wait_s, **told)
        else:
            breaker.failed(connection, job.source, **told)
            jobs.finish(connection, now, "failed", **told)


def _release(job: Job, desk: Desk) -> None:
    """Give a job back that was left in its middle, so that it need not wait for its lease."""
    with writing(desk.catalog.engine) as connection:
        jobs.release(connection, job)
