"""Politeness: so many requests of a host at once, whoever asks, and a pause between them."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from datasets import config
from datasets.errors import HarvestError
from harvesters.fetching.hosts import Hosts
from harvesters.fetching.http import Http

HOST = ("a.rs", 80)
ROOT = Path(__file__).resolve().parents[2]
ASK = """
import sys
from pathlib import Path
from datasets import config
from harvesters.fetching.http import Http
http = Http(config.Http(allow_private=("127.0.0.1",)), slots=Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(4):
    http.get(f"{sys.argv[1]}/{n}")
print("done", flush=True)
"""
HOLD = """
import sys
from pathlib import Path
from harvesters.fetching.hosts import Hosts
with Hosts(Path(sys.argv[1]), per_host=1).slot(("a.rs", 80), pause_s=0, wait_s=5):
    print("held", flush=True)
    sys.stdin.readline()
"""


def started(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def meeting(upstream, at_least):
    """Answers that wait a moment for as many others, so that those who may meet do."""
    gathered = threading.Condition()

    def answer(_):
        with gathered:
            gathered.wait_for(lambda: upstream.at_once > at_least, timeout=0.05)
        return {}

    return answer


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("per_host", [1, 3])
def test_threads_ask_a_host_by_so_many(upstream, tmp_path, shared, per_host):
    settings = config.Http(allow_private=("127.0.0.1",), per_host=per_host)
    http = Http(settings, slots=tmp_path / "hosts" if shared else None)
    upstream.answers |= {f"/{n}": meeting(upstream, per_host) for n in range(8)}
    clients = [http.bound(upstream.url) for _ in range(8)]
    threads = [
        threading.Thread(target=client.get, args=(f"{upstream.url}/{n}",))
        for n, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(upstream.asked) == 8
    assert upstream.at_once == per_host


def test_processes_ask_a_host_by_two(upstream, tmp_path):
    upstream.answers |= {f"/{n}": meeting(upstream, 2) for n in range(4)}
    running = [started(ASK, upstream.url, tmp_path / "hosts") for _ in range(4)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[0] for process in running]
    assert told == ["done\n"] * 4
    assert len(upstream.asked) == 16
    assert upstream.at_once == 2


def test_the_slot_of_a_killed_process_is_free(tmp_path):
    process = started(HOLD, tmp_path)
    assert process.stdout.readline() == "held\n"
    hosts = Hosts(tmp_path, per_host=1)
    with (
        pytest.raises(HarvestError) as caught,
        hosts.slot(HOST, pause_s=0, wait_s=0.05),
    ):
        raise AssertionError("a slot that is taken was given")
    assert (caught.value.fault, caught.value.transient) == ("busy", True)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    with hosts.slot(HOST, pause_s=0, wait_s=5):
        pass


@pytest.mark.parametrize("shared", [False, True])
def test_a_slot_is_waited_for_no_longer_than_told(tmp_path, shared):
    hosts = Hosts(tmp_path if shared else None, per_host=1)
    with (
        hosts.slot(HOST, pause_s=0, wait_s=1),
        pytest.raises(HarvestError, match=r"http\.per_host"),
        hosts.slot(HOST, pause_s=0, wait_s=0.05),
    ):
        raise AssertionError("a slot that is taken was given")


@pytest.mark.parametrize("shared", [False, True])
def test_hosts_do_not_wait_for_each_other(tmp_path, shared):
    hosts = Hosts(tmp_path if shared else None, per_host=1)
    with (
        hosts.slot(HOST, pause_s=0, wait_s=1),
        hosts.slot(("b.rs", 80), pause_s=0, wait_s=1),
        hosts.slot(("a.rs", 443), pause_s=0, wait_s=1),
    ):
        pass


@pytest.mark.parametrize("shared", [False, True])
def test_a_slot_is_given_back_when_a_request_fails(tmp_path, shared):
    hosts = Hosts(tmp_path if shared else None, per_host=1)
    for _ in range(3):
        with pytest.raises(OSError, match="no"), hosts.slot(HOST, pause_s=0, wait_s=0.5):
            raise OSError("no")


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.slept = time.time(), []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.mark.parametrize("shared", [False, True])
def test_between_two_requests_of_a_host_is_a_pause(tmp_path, shared):
    clock = Clock()
    hosts = [Hosts(tmp_path if shared else None, now=clock, sleep=clock.sleep) for _ in range(2)]
    asker = hosts if shared else [hosts[0], hosts[0]]
    for which in (0, 1, 0):
        with asker[which].slot(HOST, pause_s=2, wait_s=1):
            clock.now += 0.5
    with asker[0].slot(("b.rs", 80), pause_s=2, wait_s=1):
        pass
    assert clock.slept[1:3] == [1.5, 1.5]
    assert clock.slept[3] in (0.0, 2.0)  # a file is as old as it is, a name was never asked


def test_a_clock_that_was_set_back_adds_no_pause(tmp_path):
    clock = Clock()
    hosts = Hosts(tmp_path, now=clock, sleep=clock.sleep)
    for _ in range(2):
        with hosts.slot(HOST, pause_s=2, wait_s=1):
            clock.now -= 86_400
    assert max(clock.slept) <= 2


def test_no_pause_is_longer_than_a_minute(tmp_path):
    clock = Clock()
    hosts = Hosts(tmp_path, now=clock, sleep=clock.sleep)
    for _ in range(2):
        with hosts.slot(HOST, pause_s=10**9, wait_s=1):
            pass
    assert clock.slept[-1] == 60


def test_files_are_few_whatever_hosts_are_named(tmp_path):
    hosts = Hosts(tmp_path)
    for n in range(3000):
        with hosts.slot((f"{n}.rs", 80), pause_s=0, wait_s=1):
            pass
    assert len(list(tmp_path.iterdir())) <= 1024
    assert not any("rs" in path.name for path in tmp_path.iterdir())


def test_waiting_for_ourselves_costs_no_time_of_the_answer(upstream):
    """The pause is six times what an answer may take."""
    clock = Clock()
    http = Http(config.Http(allow_private=("127.0.0.1",), deadline_s=10, pause_s=60), clock=clock)
    http._hosts = Hosts(now=clock, sleep=clock.sleep)
    upstream.answers["/api"] = {}
    for _ in range(3):
        assert http.get(f"{upstream.url}/api").json() == {}
    assert clock.slept == [0, 60, 60]
