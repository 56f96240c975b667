"""Judging the file of a resource: got, judged in the sandbox, its report kept.

A link is fetched as harvesters fetch, with their walls and limits. One file is judged at a time
in each process, in a thread of its own, so that reading the catalog never waits for it.
"""

import os
import shutil
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from datasets.config import Config
from datasets.errors import ReadingError
from datasets.model import Report
from datasets.store import Store
from harvesters.fetching.http import Http
from validation.judge import Checks, validate_file
from validation.sandbox import Sandbox

WORKER = f"{socket.gethostname()}:{os.getpid()}"
SCHEMA_BYTES = 1_000_000
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be judged: a file of ours by its hash, or a link; and by which schema.

    `schema` is an object, the JSON text of one, an address, or empty.
    """

    filename: str
    sha256: str
    url: str
    schema: Any


def judge(task: Task, store: Store, config: Config) -> Mapping[str, Any]:
    """Give Frictionless' report on a file; raises EmapError that says why there is none."""
    with _one_at_a_time, store.desk("validation") as into:
        http = Http(config.http)
        schema = _schema(task.schema, http, into)
        sandbox = Sandbox(config.validation.limits)
        own = {"privacy": config.validation.privacy.model_dump(mode="json")}
        file = _file(task, store, http, into)
        report: Report = validate_file(
            file, schema, sandbox, hide=True, checks=Checks(settings=own)
        )
        return report.frictionless


def _file(task: Task, store: Store, http: Http, into: Path) -> Path:
    """The file under its own name, whose ending says what it is."""
    path = into / task.filename
    if task.sha256:
        path.symlink_to(store.blob(task.sha256).resolve())
        return path
    fetched = http.fetch(task.url, into)
    shutil.move(fetched.path, path)
    return path


def _schema(said: Any, http: Http, into: Path) -> Mapping[str, Any] | None:
    if not said:
        return None
    if isinstance(said, str) and said.strip().lower().startswith(("http://", "https://")):
        fetched = http.fetch(said.strip(), into)
        if fetched.size_bytes > SCHEMA_BYTES:
            raise ReadingError(f"the schema is larger than {SCHEMA_BYTES} bytes")
        said = fetched.path.read_bytes()
    if isinstance(said, str | bytes):
        try:
            said = orjson.loads(said)
        except orjson.JSONDecodeError as error:
            raise ReadingError(f"the schema is not JSON: {error}") from None
    if not isinstance(said, Mapping):
        raise ReadingError("the schema is not an object with `fields`")
    return said


def is_dead(worker: str) -> bool:
    """Tell whether the process that worked on something is gone, as far as this machine knows.

    One that just started has not begun anything, so what bears its number was another's.
    """
    host, _, number = worker.rpartition(":")
    if host != socket.gethostname():
        return False
    if int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
