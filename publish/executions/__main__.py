"""One job in a process of its own: `python -m publish.executions`, told on standard input.

It is polite to the server beside it, and ends itself when its time or its memory is up.
"""

import os
import resource
import signal
import sys
from pathlib import Path

import orjson

from datasets.config import Config
from datasets.stores.folder import Folder
from publish.database import open_database
from publish.executions.run import GRACE_S, Bench, do_job
from publish.layers.backends import open_layers


def main() -> None:
    """Do the job."""
    said = orjson.loads(sys.stdin.buffer.read())
    config = Config.model_validate(said["config"])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.alarm(int(config.processes.timeout_s + GRACE_S))
    memory = config.validation.limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.nice(10)
    store = Folder(Path(said["state"]))
    engine = open_database(config.catalog.url, store.root)
    do_job(Bench(engine, store, open_layers(config), config), said["job"])
    engine.dispose()


if __name__ == "__main__":
    main()
