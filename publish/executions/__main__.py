"""The server of executions: `python -m publish.executions` loads our code once, forks for a job.

What it needs comes as JSON on standard input, its orders on the socket that its argument names. A
job goes on when the server, or who began it, is gone: its row is the truth.
"""

import os
import resource
import select
import signal
import socket
import sys
import warnings
from pathlib import Path
from typing import Any, NoReturn

import orjson

from datasets.config import Config
from datasets.stores.folder import Folder
from publish.database import open_database
from publish.executions.run import GRACE_S, Bench, do_job
from publish.layers.backends import open_layers
from publish.processes import processes

IDLE_S = 600
"""So long a server waits for the next job."""
ORDER_BYTES = 100
BEGUN, DONE = b"b", b"d"
"""What a job's process says on its socket; the end without the second is a failure."""


def main() -> None:
    """Serve until nobody is there to ask, or nothing was asked for a while."""
    said = orjson.loads(sys.stdin.buffer.read())
    said["config"] = Config.model_validate(said["config"])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who ended is not waited for
    warnings.simplefilter("ignore")  # of threads: that of pyarrow takes care of forks
    processes()  # GDAL stays out: in a fork of what had loaded it, it finds no tables
    control = socket.socket(fileno=int(sys.argv[1]))
    while select.select([control], [], [], IDLE_S)[0]:
        order, (told, *_), _, _ = _order(control)
        if not order:
            return
        if not os.fork():
            control.close()
            _work(said, order.decode(), socket.socket(fileno=told))
        os.close(told)


def _order(control: socket.socket) -> tuple[bytes, list[int], int, Any]:
    """The id of a job and the socket that waits for its end; nothing when nobody asks any more."""
    order, descriptors, flags, address = socket.recv_fds(control, ORDER_BYTES, 1)
    return order, descriptors or [-1], flags, address


def _work(said: dict[str, Any], job_id: str, told: socket.socket) -> NoReturn:
    """Be the process of one job, polite to the server beside it, ended by its time and memory."""
    code = 1
    try:
        told.send(BEGUN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _bound(said["config"])
        _do(said["config"], Path(said["state"]), job_id)
        told.send(DONE)
        code = 0
    except BaseException:  # noqa: BLE001 - the last frame: what is wrong must be told, then the end
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _bound(config: Config) -> None:
    signal.alarm(int(config.processes.timeout_s + GRACE_S))
    memory = config.validation.limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.nice(10)


def _do(config: Config, state: Path, job_id: str) -> None:
    store = Folder(state)
    engine = open_database(config.catalog.url, store.root)
    worker = f"{socket.gethostname()}:{os.getpid()}"
    do_job(Bench(engine, store, open_layers(config), config), job_id, worker)
    engine.dispose()


if __name__ == "__main__":
    main()
