"""A job is worked on by one worker at a time, whatever happens to workers."""

import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, update

from datasets.errors import LeaseLost, NotFound
from publish.database import reading, writing
from publish.harvests import jobs
from publish.harvests.jobs import Options
from publish.harvests.lease import Lease
from publish.harvests.tables import ITEMS, JOBS

OTHER = "drugde.example:7"


@pytest.fixture
def engine(catalog):
    return catalog.engine


def made(engine, source="grad", **keywords):
    with writing(engine) as connection:
        return jobs.create(connection, source, **keywords)


def found(engine, job):
    with reading(engine) as connection:
        return jobs.find(connection, job.id)


def expire(engine, job):
    with writing(engine) as connection:
        connection.execute(update(JOBS).where(JOBS.c.number == job.number).values(lease_until=1.0))


def test_a_slot_gives_one_job_however_often_it_is_planned(engine):
    first = made(engine, slot="2026-11-22T06:00", options=Options(accept=("cesme",), full=True))
    assert made(engine, slot="2026-11-22T06:00") == first
    assert (first.state, first.options.accept, first.options.full) == ("queued", ("cesme",), True)
    assert made(engine).id != made(engine).id
    assert made(engine, "drugi", slot="2026-11-22T06:00").id != first.id


def test_a_claim_takes_what_is_due_and_waited_longest(engine):
    late, early = made(engine, "a", run_at=200.0), made(engine, "b", run_at=100.0)
    made(engine, "c", run_at=9e9)
    with reading(engine) as connection:
        assert jobs.due(connection) == early.id
    taken = jobs.claim(engine, OTHER)
    assert (taken.id, taken.state, taken.token, taken.attempt) == (early.id, "running", 1, 1)
    assert jobs.claim(engine, OTHER).id == late.id
    assert jobs.claim(engine, OTHER) is None


def test_a_job_of_an_id_is_taken_before_its_time(engine):
    later = made(engine, run_at=9e9)
    assert jobs.claim(engine, OTHER) is None
    assert jobs.claim(engine, OTHER, job_id=later.id).id == later.id
    assert jobs.claim(engine, OTHER, job_id=later.id) is None


def test_a_source_is_harvested_by_one_job_at_a_time(engine):
    first, second = made(engine, run_at=1.0), made(engine, run_at=2.0)
    taken = jobs.claim(engine, OTHER)
    assert taken.id == first.id
    assert jobs.claim(engine, OTHER) is None
    assert jobs.claim(engine, OTHER, job_id=second.id) is None
    with writing(engine) as connection:
        jobs.finish(connection, taken, "done")
    assert jobs.claim(engine, OTHER).id == second.id


def test_forty_claims_at_once_take_twenty_jobs_once_each(engine):
    wanted = {made(engine, f"izvor-{i}").id for i in range(20)}
    with ThreadPoolExecutor(8) as threads:
        claims = [threads.submit(jobs.claim, engine, f"{OTHER}{i}") for i in range(40)]
    taken = [claim.result().id for claim in claims if claim.result()]
    assert sorted(taken) == sorted(wanted)


def test_a_job_whose_lease_ended_is_claimed_again_and_its_first_worker_is_refused(engine):
    first = jobs.claim(engine, OTHER, job_id=made(engine).id)
    assert jobs.claim(engine, "treci.example:8", job_id=first.id) is None
    expire(engine, first)
    second = jobs.claim(engine, "treci.example:8")
    assert (second.id, second.token, second.attempt) == (first.id, 2, 2)
    with pytest.raises(LeaseLost, match="another worker has it"), writing(engine) as connection:
        Lease(engine, first).hold(connection)
    with writing(engine) as connection:
        Lease(engine, second).hold(connection)


def test_what_was_written_with_a_lost_lease_is_not_kept(engine):
    first = jobs.claim(engine, OTHER, job_id=made(engine).id)
    expire(engine, first)
    jobs.claim(engine, OTHER)
    with pytest.raises(LeaseLost), writing(engine) as connection:
        jobs.note(connection, first, cursor="strana 2")
        Lease(engine, first).hold(connection)
    assert found(engine, first).cursor == ""


def test_a_heartbeat_keeps_a_job_that_takes_longer_than_its_lease(engine):
    job = jobs.claim(engine, OTHER, job_id=made(engine).id, lease_s=0.6)
    with Lease(engine, job, lease_s=0.6) as lease:
        first = found(engine, job).lease_until
        tick = threading.Event()
        for _ in range(100):
            if found(engine, job).lease_until > first + 0.6:
                break
            tick.wait(0.05)
        assert jobs.claim(engine, "treci.example:8") is None
        lease.check()
    assert found(engine, job).token == 1


def test_a_heartbeat_notices_that_a_person_ended_the_job(engine):
    job = jobs.claim(engine, OTHER, job_id=made(engine).id, lease_s=0.3)
    with Lease(engine, job, lease_s=0.3) as lease:
        with writing(engine) as connection:
            assert jobs.abort(connection, job.id).state == "aborted"
        tick = threading.Event()
        with pytest.raises(LeaseLost):
            for _ in range(100):
                lease.check()
                tick.wait(0.05)


def test_a_job_of_a_process_that_is_gone_is_claimed_at_once(engine):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    first = jobs.claim(engine, f"{socket.gethostname()}:{gone.pid}", job_id=made(engine).id)
    assert jobs.claim(engine).id == first.id


@pytest.mark.parametrize(
    "worker",
    [f"{socket.gethostname()}:{os.getpid()}", "drugde:1", "rukom"],
    ids=["ours", "elsewhere", "by hand"],
)
def test_a_worker_that_may_live_is_left_alone(engine, worker):
    first = jobs.claim(engine, worker, job_id=made(engine).id)
    assert jobs.claim(engine, OTHER, job_id=first.id) is None


def row(job, number, state, action):
    values = {"job": job.number, "number": number, "remote_id": str(number), "state": state}
    return values | {"action": action, "record": "{}"}


def test_a_finished_job_keeps_its_counts_and_the_records_that_have_something_to_tell(engine):
    job = jobs.claim(engine, OTHER, job_id=made(engine).id)
    rows = [("done", "unchanged")] * 3 + [
        ("done", "created"),
        ("done", "failed"),
        ("waiting", None),
    ]
    with writing(engine) as connection:
        connection.execute(insert(ITEMS), [row(job, i, *each) for i, each in enumerate(rows)])
    with writing(engine) as connection:
        assert jobs.counts(connection, job) == {"unchanged": 3, "created": 1, "failed": 1}
        assert jobs.waiting(connection, job) == 1
        jobs.finish(connection, job, "held", fault="missing-many", values={"missing": "9"})
    ended = found(engine, job)
    assert (ended.state, ended.over, ended.done) == ("held", True, 5)
    assert ended.counts == {"unchanged": 3, "created": 1, "failed": 1}
    assert (ended.fault, ended.fault_values) == ("missing-many", {"missing": "9"})
    with reading(engine) as connection:
        assert [item.action for item in jobs.items(connection, ended)] == ["created", "failed"]
        assert [item.number for item in jobs.items(connection, ended, "failed")] == [4]
        assert {item.record for item in jobs.items(connection, ended)} == {None}


def test_a_job_that_waits_for_its_next_attempt_is_not_due_before(engine):
    job = jobs.claim(engine, OTHER, job_id=made(engine).id)
    with writing(engine) as connection:
        values = {"fault": "server-error", "values": {"address": "x"}, "reason": "500"}
        jobs.postpone(connection, job, 3600, **values)
    waits = found(engine, job)
    assert (waits.state, waits.fault, waits.reason) == ("queued", "server-error", "500")
    assert jobs.claim(engine, OTHER) is None
    assert jobs.claim(engine, OTHER, job_id=job.id).attempt == 2


def test_jobs_are_listed_and_a_wrong_id_is_told(engine):
    first, second = made(engine, "a"), made(engine, "b")
    with reading(engine) as connection:
        assert [job.id for job in jobs.jobs(connection)] == [second.id, first.id]
        assert [job.id for job in jobs.jobs(connection, "a")] == [first.id]
        assert [job.id for job in jobs.jobs(connection, state="running")] == []
        assert jobs.unfinished(connection, "a").id == first.id
        assert jobs.unfinished(connection, "c") is None
        with pytest.raises(NotFound, match="no harvest job 'x'"):
            jobs.find(connection, "x")
