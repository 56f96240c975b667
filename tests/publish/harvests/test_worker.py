"""Workers as real processes: killed, hung, told to stop, two at a time."""

import os
import signal
from pathlib import Path

import pytest

from datasets.config import Config
from publish.harvests.beside import is_wanted
from publish.site import Site
from tests.publish.harvests.fleet import FILES, HELD, Fleet, eventually, free_port, is_alive, pid_of

ALL = {f"skup-{name}": 1 for name in FILES}


@pytest.fixture
def fleet(tmp_path, upstream):
    running = Fleet(tmp_path, upstream)
    yield running
    running.close()


def whole(fleet):
    """The only job is done, with exact counts and one version of each dataset."""
    job = fleet.done()
    assert (job.state, job.counts) == ("done", {"created": len(FILES)})
    assert fleet.versions() == ALL
    return job


def test_two_workers_never_run_one_job(fleet):
    fleet.start("worker", log="one")
    fleet.start("worker", log="two")
    for log in ("one", "two"):
        fleet.said(log, "looks for harvests")
    fleet.at_work()
    fleet.released.set()
    job = whole(fleet)
    assert (job.token, job.slot[-1]) == (1, "Z")
    assert set(fleet.asked().values()) == {1}


def test_what_a_killed_worker_had_is_completed_by_another(fleet):
    fleet.start("worker", log="one")
    killed = pid_of(fleet.at_work().worker)
    fleet.start("worker", log="two")
    fleet.said("two", "looks for harvests")
    os.kill(killed, signal.SIGKILL)
    fleet.released.set()
    job = whole(fleet)
    assert job.token == 2
    assert pid_of(job.worker) != killed
    assert {name for name, times in fleet.asked().items() if times > 1} == {HELD}


def test_a_worker_that_hangs_loses_its_job_with_its_lease_and_publishes_nothing_more(fleet):
    hung = fleet.start("worker", log="one")
    fleet.at_work()
    hung.send_signal(signal.SIGSTOP)  # alive, and its heart does not beat
    fleet.released.set()
    fleet.start("worker", log="two")
    job = whole(fleet)
    assert job.token == 2
    hung.send_signal(signal.SIGCONT)
    fleet.said("one", "another worker has it now")
    assert fleet.versions() == ALL
    assert fleet.jobs() == [job]


def test_a_worker_that_is_told_to_stop_gives_its_job_back(fleet):
    worker = fleet.start("worker", log="one")
    fleet.at_work()
    worker.send_signal(signal.SIGTERM)
    fleet.released.set()
    assert worker.wait(30) == 0
    [job] = fleet.jobs()
    assert job.state == "queued"
    assert fleet.asked()[HELD] == 1
    assert "Traceback" not in (fleet.folder / "one").read_text()
    fleet.start("worker", log="two")
    whole(fleet)
    assert set(fleet.asked().values()) == {1}  # what was in hand had been finished


def test_a_second_signal_ends_a_worker_at_once(fleet):
    worker = fleet.start("worker", log="one")
    fleet.at_work()
    worker.send_signal(signal.SIGTERM)
    eventually(lambda: not catches(worker.pid, signal.SIGTERM), "the first signal was seen")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == -signal.SIGTERM


def catches(pid, number):
    """Whether a process has a handler of a signal."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt"))
    return bool(mask >> (number - 1) & 1)


def test_a_run_that_is_stopped_by_hand_says_who_goes_on(fleet):
    run = fleet.start("run", "grad", log="one")
    fleet.at_work()
    run.send_signal(signal.SIGINT)
    fleet.released.set()
    assert run.wait(30) == 130
    assert "grad: stopped. What was published stays" in (fleet.folder / "one").read_text()
    again = fleet.start("run", "grad", "--json", log="two")
    assert again.wait(60) == 0
    whole(fleet)


def test_a_server_has_one_worker_beside_it_that_dies_with_it(fleet):
    server = fleet.start("serve", "--port", free_port(), log="server")
    fleet.released.set()
    worker = pid_of(whole(fleet).worker)
    assert worker != server.pid
    assert is_alive(worker)
    server.kill()
    eventually(lambda: not is_alive(worker), "the worker ended with its server")


def test_several_serving_processes_have_one_worker(fleet):
    server = fleet.start("serve", "--port", free_port(), "--workers", 2, log="server")
    fleet.released.set()
    worker = pid_of(whole(fleet).worker)
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0
    assert not is_alive(worker)
    said = (fleet.folder / "server").read_text()
    assert said.count("looks for harvests") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("settings", "entries", "wanted"),
    [
        ({}, [{"name": "aa", "every": "1d"}], True),
        ({}, [{"name": "aa"}, {"name": "bb", "cron": "0 3 * * *"}], True),
        ({}, [{"name": "aa", "kind": "folder"}], False),
        ({"in_serve": False}, [{"name": "aa", "every": "1d"}], False),
    ],
)
def test_a_server_has_a_worker_where_a_source_has_a_schedule(settings, entries, wanted, tmp_path):
    config = Config.model_validate({"harvest": settings, "sources": entries})
    assert is_wanted(Site(None, tmp_path, config, None)) is wanted
