"""A cluster of Dask as real processes: a worker is killed, then the scheduler."""

import os
import signal
import sys

import pytest

from tests.publish.harvests.fleet import FILES, Fleet, free_port, pid_of


@pytest.fixture
def cluster(tmp_path, upstream):
    """A fleet whose jobs run on a scheduler and two workers of Dask."""
    fleet = Fleet(tmp_path, upstream)
    port = free_port()
    fleet.configure(f", executor: dask, scheduler: 'tcp://127.0.0.1:{port}'")
    command = "from distributed.cli.dask_scheduler import main; main()"
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"]
    fleet.scheduler = fleet.begin([sys.executable, "-c", command, *options], "scheduler")
    fleet.said("scheduler", f"tcp://127.0.0.1:{port}")
    command = "from distributed.cli.dask_worker import main; main()"
    options = [f"tcp://127.0.0.1:{port}", "--host", "127.0.0.1", "--no-nanny", "--no-dashboard"]
    for name in ("first", "second"):
        words = [*options, "--nthreads", "2", "--preload", "emap", "--local-directory", tmp_path]
        fleet.begin([sys.executable, "-c", command, *map(str, words)], name)
    for name in ("first", "second"):
        fleet.said(name, "Registered to")
    fleet.planner = fleet.start("worker", log="planner")
    yield fleet
    fleet.close()


def whole(cluster):
    """The only job is done, with exact counts and one version of each dataset."""
    job = cluster.done()
    assert (job.state, job.counts) == ("done", {"created": len(FILES)})
    assert set(cluster.versions().values()) == {1}
    return job


def test_what_a_killed_worker_had_is_completed_by_the_survivors(cluster):
    killed = pid_of(cluster.at_work().worker)
    assert killed != cluster.planner.pid
    os.kill(killed, signal.SIGKILL)
    cluster.released.set()
    job = whole(cluster)
    assert job.token >= 2
    assert pid_of(job.worker) not in (killed, cluster.planner.pid)


def test_what_a_killed_scheduler_forgot_is_completed_by_the_survivors(cluster):
    cluster.at_work()
    cluster.scheduler.kill()
    cluster.released.set()
    whole(cluster)
    assert "Traceback" not in (cluster.folder / "planner").read_text()


def test_while_no_scheduler_answers_the_jobs_run_in_the_worker(tmp_path, upstream):
    fleet = Fleet(tmp_path, upstream)
    fleet.configure(f", executor: dask, scheduler: 'tcp://127.0.0.1:{free_port()}'")
    worker = fleet.start("worker", log="planner")
    try:
        fleet.released.set()
        assert pid_of(whole(fleet).worker) == worker.pid
        assert "no scheduler answers there: the jobs run here" in (tmp_path / "planner").read_text()
    finally:
        fleet.close()
