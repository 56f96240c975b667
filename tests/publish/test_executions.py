"""The rows of jobs of processes, on both databases: who may work, and what is forgotten when."""

from datetime import timedelta

import pytest

from datasets.errors import NotFound
from publish.executions import jobs
from publish.executions.jobs import Asked, Busy, Dismissed, Kept

ASKED = Asked({"point": [20, 44]}, {}, "raw", {}, "https://podaci.example.rs/ogc", "sr-Cyrl")
DAY = timedelta(days=1)
FILE = Kept("archive", "application/zip", "clip.zip", 3_000_000_000)


@pytest.fixture
def engine(catalog):
    return catalog.engine


@pytest.fixture
def job(engine):
    return jobs.submit(engine, "clip", ASKED, "a client")


def test_a_job_is_written_as_it_was_asked_for(engine, job):
    assert jobs.find(engine, job.id) == job
    assert (job.state, job.asked, job.progress, job.outputs) == ("accepted", ASKED, 0, ())
    assert job.is_of("a client")
    assert "a client" not in job.client
    with pytest.raises(NotFound, match="no job"):
        jobs.find(engine, jobs.new_id())


def test_a_job_is_claimed_told_of_and_finished_by_one(engine, job):
    held = jobs.claim(engine, job.id, lease_s=60)
    assert jobs.claim(engine, job.id, lease_s=60) is None
    jobs.note(engine, held, 42)
    assert jobs.find(engine, job.id).progress == 42
    jobs.finish(engine, held, [FILE])
    done = jobs.find(engine, job.id)
    assert (done.state, done.progress, done.outputs) == ("successful", 100, (FILE,))
    assert done.size_bytes == FILE.size_bytes
    with pytest.raises(Dismissed):
        jobs.fail(engine, held, "too late")


def test_no_more_are_at_work_than_may_whoever_began_them(engine, job):
    other = jobs.submit(engine, "clip", ASKED, "another")
    assert jobs.due(engine, 1) == job.id
    jobs.claim(engine, job.id, lease_s=60)
    assert jobs.due(engine, 1) is None
    assert jobs.due(engine, 2) == other.id


@pytest.mark.parametrize(
    ("worker", "lease_s"), [("elsewhere:1", -1), (f"{jobs.WORKER.split(':')[0]}:999999999", 60)]
)
def test_a_job_whose_process_is_gone_is_tried_again_once(engine, job, worker, lease_s):
    for attempt in (1, 2):
        assert jobs.due(engine, 2) == job.id
        held = jobs.claim(engine, job.id, lease_s, worker)
        assert (held.attempt, held.token) == (attempt, attempt)
    assert jobs.due(engine, 2) is None
    failed = jobs.find(engine, job.id)
    assert (failed.state, failed.message) == ("failed", jobs.ENDED)


def test_a_slower_process_is_refused_when_another_has_the_job(engine, job):
    slow = jobs.claim(engine, job.id, lease_s=-1)
    quick = jobs.claim(engine, job.id, lease_s=60)
    with pytest.raises(Dismissed):
        jobs.finish(engine, slow, [])
    jobs.finish(engine, quick, [])


def test_a_dismissed_job_is_nobodys(engine, job):
    held = jobs.claim(engine, job.id, lease_s=60)
    assert jobs.dismiss(engine, job.id).state == "dismissed"
    with pytest.raises(Dismissed):
        jobs.note(engine, held, 1)
    assert jobs.due(engine, 2) is None
    assert jobs.claim(engine, job.id, lease_s=60) is None


def test_few_may_wait_of_one_client_and_in_all(engine, monkeypatch):
    for _ in range(jobs.MAX_OPEN_OF_CLIENT):
        jobs.submit(engine, "clip", ASKED, "a client")
    with pytest.raises(Busy, match=f"{jobs.MAX_OPEN_OF_CLIENT} of your jobs"):
        jobs.submit(engine, "clip", ASKED, "a client")
    monkeypatch.setattr(jobs, "MAX_OPEN", jobs.MAX_OPEN_OF_CLIENT + 1)
    jobs.submit(engine, "clip", ASKED, "another")
    with pytest.raises(Busy):
        jobs.submit(engine, "clip", ASKED, "a third")


def test_a_client_is_told_of_its_own_jobs(engine):
    mine = [jobs.submit(engine, "clip", ASKED, "a client").id for _ in range(2)]
    jobs.submit(engine, "clip", ASKED, "another")
    assert [job.id for job in jobs.jobs_of(engine, "a client")] == mine[::-1]


def test_the_oldest_results_go_when_there_are_too_many(engine, job):
    kept = [
        jobs.keep(engine, "clip", ASKED, "a client", jobs.new_id(), [FILE]).id for _ in range(3)
    ]
    assert jobs.forget(engine, DAY, 2 * FILE.size_bytes) == [kept[0]]
    assert set(jobs.forget(engine, timedelta(), 10**12)) == set(kept[1:])
    assert [each.id for each in jobs.jobs_of(engine, "a client")] == [job.id]
