"""What foreign bytes can do to us: nothing. Every case runs as code inside the child."""

import contextlib
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from datasets.config import Limits
from datasets.errors import EmapError, ReadingError
from validation.sandbox import Sandbox, SandboxFault, Stopped, child, landlock, parent, servers

HOSTILE = """
import ctypes, os, socket, subprocess, sys, time

def read(a): return open(a["path"]).read()
def write(a): open(a["path"], "w").write("x"); return os.path.exists(a["path"])
def connect(a): socket.create_connection(("127.0.0.1", a["port"]), 2); return "connected"
def run(a): return subprocess.run(["/bin/sh", "-c", "echo ran"], check=True).returncode
def environment(a): return dict(os.environ)
def take_memory(a): return len(bytearray(3 << 30))
def is_open(fd):
    try: return os.fstat(fd) and True
    except OSError: return False
def descriptors(a): return [fd for fd in range(200) if is_open(fd)]
def remember(a): sys.secret = a["word"]
def recall(a): return getattr(sys, "secret", None)
def name_and_sleep(a): open(a["path"], "w").write(str(os.getpid())); time.sleep(60)
def spin(a):
    while True: pass
def sleep(a): time.sleep(60)
def leave_a_process(a):
    if pid := os.fork(): return pid
    time.sleep(60); os._exit(0)
def fill(a):
    with open(a["path"], "wb") as f:
        while True: f.write(bytes(1 << 20))
def crash(a): ctypes.string_at(0)
def abort(a): os.abort()
def shout(a): print("x" * 1000); sys.stdout.flush(); os.write(1, b"not the answer"); return "said"
def talk(a): return "x" * (40 << 20)
def number(a): return float("nan")
def panic(a): raise type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})("cell")
def bug(a): return {}["no such key"]
def load_gdal(a): import pyogrio
def load_pandas(a): import pandas
def open_layer(a):
    import pyogrio
    return pyogrio.raw.read(a["path"])[1]
"""

type Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Run]:
    """Run a function of HOSTILE in the child, as if it were a task of ours."""
    root = tmp_path / "root"
    for folder in ("datasets", "validation/sandbox"):
        shutil.copytree(
            project / folder, root / folder, ignore=shutil.ignore_patterns("demo", "__pycache__")
        )
    shutil.copy(project / "validation" / "__init__.py", root / "validation")
    (root / "validation" / "hostile.py").write_text(HOSTILE, encoding="utf-8")
    names = {line[4:].split("(")[0] for line in HOSTILE.splitlines() if line.startswith("def ")}
    monkeypatch.setattr(parent, "ROOT", root)
    monkeypatch.setattr(parent, "WARM", {})
    monkeypatch.setattr(parent, "TASKS", frozenset(f"validation.hostile:{n}" for n in names))
    desk = tmp_path / "desk"
    desk.mkdir()

    def run_it(name: str, limits: Limits | None = None, **arguments: Any) -> Any:
        box = Sandbox(limits or Limits(memory_bytes=1 << 30, cpu_s=10, wall_s=20))
        return box.run(f"validation.hostile:{name}", arguments, read=[], write=desk)

    return run_it


@pytest.fixture
def canary() -> Iterator[tuple[int, list[bytes]]]:
    """Listen on this machine; the list holds whatever came."""
    came: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    done = threading.Event()

    def listen() -> None:
        while not done.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                came.append(connection.recv(1000))

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], came
    done.set()
    thread.join()
    server.close()


def test_the_status_page_can_say_what_protects_a_child(sandbox):
    assert "no network" in sandbox.strength or "Landlock" in sandbox.strength


def test_a_file_that_is_not_of_the_task_cannot_be_read(run, tmp_path):
    (tmp_path / "secret.txt").write_text("canary", encoding="utf-8")
    with pytest.raises(SandboxFault, match="Permission denied"):
        run("read", path=str(tmp_path / "secret.txt"))
    with pytest.raises(SandboxFault, match="Permission denied"):
        run("read", path="/etc/passwd")


def test_a_file_of_the_task_can_be_read_and_not_written(tmp_path, run):
    path = tmp_path / "given.txt"
    path.write_text("бројеви", encoding="utf-8")
    box = Sandbox(Limits())
    desk = tmp_path / "desk"
    given = {"path": str(path)}
    assert box.run("validation.hostile:read", given, read=[path], write=desk) == "бројеви"
    with pytest.raises(EmapError, match="may not be read"):
        box.run("validation.hostile:write", given, read=[path], write=desk)
    assert path.read_text("utf-8") == "бројеви"


def test_only_its_own_folder_can_be_written(run, tmp_path):
    assert run("write", path=str(tmp_path / "desk" / "x")) is True
    with pytest.raises(SandboxFault, match="Permission denied"):
        run("write", path=str(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()


def test_the_network_is_gone_loopback_included(run, canary):
    port, came = canary
    with pytest.raises(SandboxFault, match=r"unreachable|Permission denied|refused"):
        run("connect", port=port)
    assert came == []


def test_no_program_can_be_run(run):
    with pytest.raises(SandboxFault, match="Permission denied"):
        run("run")


def test_nothing_of_our_environment_goes_along(run, monkeypatch):
    monkeypatch.setenv("EMAP_SECRET", "canary")
    environment = run("environment")
    assert "canary" not in environment.values()
    assert environment["PROJ_NETWORK"] == "OFF"


def test_too_much_memory_is_told_as_a_file_too_large(run):
    with pytest.raises(Stopped, match="too large") as stopped:
        run("take_memory")
    assert stopped.value.reason == "memory"


def test_an_endless_loop_ends_with_its_share_of_the_processor(run):
    with pytest.raises(Stopped) as stopped:
        run("spin", Limits(cpu_s=1, wall_s=30))
    assert stopped.value.reason == "time"


def test_a_reader_that_sleeps_ends_with_the_wall_clock(run):
    began = time.monotonic()
    with pytest.raises(Stopped) as stopped:
        run("sleep", Limits(wall_s=1))
    assert stopped.value.reason == "time"
    assert time.monotonic() - began < 10


def test_a_process_that_is_left_behind_is_killed(run):
    left = Path("/proc", str(run("leave_a_process")), "stat")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and left.exists() and " Z " not in left.read_text("ascii"):
        os.sched_yield()
    assert not left.exists() or " Z " in left.read_text("ascii")


def test_a_file_that_grows_without_end_is_stopped(run, tmp_path):
    with pytest.raises(Stopped) as stopped:
        run("fill", Limits(inflated_bytes=4 << 20), path=str(tmp_path / "desk" / "big"))
    assert stopped.value.reason == "size"


@pytest.mark.parametrize(
    ("name", "reason"), [("crash", "crash"), ("abort", "memory"), ("panic", "crash")]
)
def test_a_library_that_falls_over_is_a_fault_of_the_file(run, name, reason):
    with pytest.raises(Stopped) as stopped:
        run(name)
    assert stopped.value.reason == reason
    assert isinstance(stopped.value, ReadingError)


def test_what_a_library_prints_does_not_become_the_answer(run):
    assert run("shout") == "said"


def test_an_answer_beyond_measure_is_refused(run):
    with pytest.raises(Stopped) as stopped:
        run("talk")
    assert stopped.value.reason == "size"


@pytest.mark.parametrize(("name", "said"), [("bug", "no such key"), ("number", "nan")])
def test_a_bug_of_ours_is_seen_with_its_traceback(run, name, said):
    with pytest.raises(SandboxFault, match=said):
        run(name)


@pytest.mark.parametrize("name", ["load_gdal", "load_pandas"])
def test_gdal_and_pandas_cannot_be_loaded_where_nobody_needs_them(run, name):
    with pytest.raises(SandboxFault, match="kept out of this child"):
        run(name)


def test_gdal_itself_finds_no_other_file_and_no_server(run, canary, tmp_path, monkeypatch):
    port, came = canary
    monkeypatch.setattr(parent, "GDAL_TASKS", frozenset({"validation.hostile:open_layer"}))
    (tmp_path / "tajna.csv").write_text("id,naziv\n1,kanarinac\n", encoding="utf-8")
    for source in (tmp_path / "tajna.csv", f"/vsicurl/http://127.0.0.1:{port}/a.csv"):
        path = tmp_path / "desk" / "sloj.gpkg"
        layer = f"<OGRVRTLayer name='tajna'><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>"
        path.write_text(f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>", encoding="utf-8")
        with pytest.raises(SandboxFault, match="DataSourceError") as fault:
            run("open_layer", path=str(path))
        assert "kanarinac" not in str(fault.value)
    assert came == []


def test_a_task_that_is_not_listed_is_refused(sandbox, tmp_path):
    with pytest.raises(SandboxFault, match="os:system"):
        sandbox.run("os:system", {}, read=[], write=tmp_path)


def test_gdal_has_no_driver_beyond_those_that_are_needed(monkeypatch):
    skipped = parent.skipped_drivers().split(",")
    assert "OGR_VRT" in skipped
    assert "WFS" in skipped
    assert not set(skipped) & parent.DRIVERS


def test_a_driver_that_is_left_over_stops_the_child(monkeypatch):
    class Gdal:
        @staticmethod
        def list_drivers() -> dict[str, str]:
            return {"GPKG": "rw", "VRT": "r"}

    monkeypatch.setattr(child.importlib, "import_module", lambda name: Gdal)
    with pytest.raises(RuntimeError, match="VRT"):
        child.load_gdal(["GPKG"])


def test_without_namespace_and_landlock_nothing_is_opened(monkeypatch):
    monkeypatch.setattr(landlock, "abi", lambda: 3)
    job = {"protection": {}, "limits_only": False, "root": "/", "read": [], "write": "/"}
    said = child.protect(job, alone=False)
    assert said is not None
    assert said["stopped"] == "unprotected"
    with pytest.raises(EmapError, match="EMAP_SANDBOX=limits"):
        raise parent._stopped(said)


def test_limits_alone_protect_only_where_someone_said_so(monkeypatch):
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    job = {"protection": {}, "limits_only": True, "root": "/", "read": [], "write": "/"}
    assert child.protect(job, alone=False) is None
    assert job["protection"] == {"namespace": False, "landlock": 0}


def test_a_full_disk_is_not_the_fault_of_the_file():
    with pytest.raises(EmapError, match="disk") as error:
        raise parent._stopped({"stopped": "disk"})
    assert not isinstance(error.value, ReadingError)


def test_a_child_has_nothing_open_that_belongs_to_others(run):
    assert len(run("descriptors")) == 4  # input, output, complaints and the answer


def test_what_a_child_does_to_its_memory_is_gone_with_it(run):
    run("remember", word="tajna")
    assert run("recall") is None


def test_a_server_that_ended_is_replaced(run):
    run("recall")
    for server in list(servers._servers.values()):
        server.process.kill()
    assert run("recall") is None


def test_a_server_that_cannot_start_is_our_fault_and_says_why(run, monkeypatch):
    monkeypatch.setattr(parent, "WARM", {"validation.hostile:recall": ("no_such_module",)})
    with pytest.raises(SandboxFault, match="no_such_module"):
        run("recall")


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").exists() and (
        Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    )


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_a_child_dies_with_the_process_that_waits_for_it(run, tmp_path):
    named = tmp_path / "desk" / "pid"
    waiting = os.fork()
    if not waiting:
        servers._servers.clear()
        with contextlib.suppress(BaseException):
            run("name_and_sleep", path=str(named))
        os._exit(0)
    assert wait_for(lambda: named.exists() and bool(named.read_text()))
    pid = int(named.read_text())
    assert is_there(pid)
    os.kill(waiting, signal.SIGKILL)
    os.waitpid(waiting, 0)
    assert wait_for(lambda: not is_there(pid))


def test_tasks_at_once_outlive_a_server_that_ends_under_them(run):
    run("recall")
    for server in list(servers._servers.values()):
        server.process.kill()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: run("recall"), range(16)))
    assert answers == [None] * 16
