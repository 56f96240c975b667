"""What every test gets: no network but this machine, the project, the command line, a server."""

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import hypothesis
import pyarrow as pa
import pytest
import shapely

from datasets.typed import ARROW, GEOMETRY, ROW, SAID
from tests.commands import Commands

pytest_plugins = ["tests.cluster", "tests.hostile", "tests.upstream"]
PROJECT = Path(__file__).resolve().parents[1]
EMAP = [sys.executable, str(PROJECT / "emap.py")]
# The tests start hundreds of processes: none of them shall compile again all that it imports.
BYTECODE = PROJECT / ".pytest_cache" / "bytecode"
sys.pycache_prefix, sys.dont_write_bytecode = str(BYTECODE), False
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("EMAP_")}
# Each client of a test would read all certificates there are, for 20 ms; here it finds none.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(PROJECT / "tests")

# The same examples each time, and no clock: a machine that is busy must not fail a test.
hypothesis.settings.register_profile("project", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("EMAP_HYPOTHESIS", "project"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest-socket, before it reads its options, what a test may connect to."""
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the repository."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of larger real data beside the repository; tests that use it are additional."""
    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared folder beside the project")
    return folder


@pytest.fixture(scope="session")
def write_typed() -> Callable[..., Path]:
    """Write a typed table as validation leaves it: geometries, columns {name: (type, values)}."""

    def write(
        path: Path,
        geometries: Sequence[shapely.Geometry | None],
        columns: Mapping[str, tuple[str, Sequence[Any]]] = MappingProxyType({}),
        *,
        primary_key: Sequence[str] = (),
        geometry_type: str = "Geometry",
        titles: Mapping[str, str] = MappingProxyType({}),
    ) -> Path:
        named = [
            {"name": n, "title": titles.get(n, n.title()), "type": t}
            for n, (t, _) in columns.items()
        ]
        said = {
            "columns": named,
            "primary_key": list(primary_key),
            "crs": "EPSG:4326",
            "operation": "",
            "geometry_type": geometry_type,
        }
        fields = [(n, ARROW[t]) for n, (t, _) in columns.items()]
        fields += [(ROW, pa.int64()), (GEOMETRY, pa.binary())]
        arrays = [pa.array(v, ARROW[t]) for t, v in columns.values()]
        arrays.append(pa.array(range(1, len(geometries) + 1), pa.int64()))
        arrays.append(pa.array(shapely.to_wkb(list(geometries)), pa.binary()))
        schema = pa.schema(fields, metadata={SAID: json.dumps(said).encode()})
        with pa.ipc.new_file(path, schema) as file:
            file.write_table(pa.table(arrays, schema=schema), max_chunksize=1000)
        return path

    return write


@pytest.fixture
def small_disk() -> Callable[[int], contextlib.AbstractContextManager[None]]:
    """Let no file of this process, or of one that it starts, grow beyond so many bytes."""

    @contextlib.contextmanager
    def limit(size_bytes: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit


@pytest.fixture(scope="session")
def emap() -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run the command line; gives what it printed and its exit code."""
    commands = Commands(CLEAN)

    def run(
        *words: object, env: Mapping[str, str] = MappingProxyType({}), cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        said = [*map(str, words)]
        if "EMAP_FAIL" not in env:
            return commands.run(said, CLEAN | env, cwd or Path.cwd())
        # A name of its own goes with a process of its own: whoever goes on asks whether it lives.
        return subprocess.run(
            [*EMAP, *said], capture_output=True, text=True, check=False, env=CLEAN | env, cwd=cwd
        )

    yield run
    commands.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start `emap serve` over a state folder; gives its address when it answers."""
    running: list[subprocess.Popen[bytes]] = []

    def serve(state: Path, *options: str) -> str:
        empty = tmp_path_factory.mktemp("serve")  # no config.yml: every setting has its default
        port = _free_port()
        command = [*EMAP, "--state", str(state), "serve", "--port", str(port), *options]
        with (empty / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=empty, stdout=log, stderr=log, env=CLEAN)
        running.append(process)
        _wait_for(f"http://127.0.0.1:{port}/health", process, empty / "log")
        return f"http://127.0.0.1:{port}"

    yield serve
    for process in running:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait_for(
    url: str, process: subprocess.Popen[bytes], log: Path, deadline_s: float = 60
) -> None:
    ends = time.monotonic() + deadline_s
    while time.monotonic() < ends and process.poll() is None:
        try:
            httpx.get(url, timeout=5).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.1)  # between two looks at a process that starts
    raise RuntimeError(f"{url} did not answer: {log.read_text()}")
