"""The command line without its second of imports: each command is a fork of one warm process.

It has nothing of another command's: words, environment, folder, output and end are its own. What
serves, works beside a server or is killed at random moments is started anew, as people start it.
"""

import atexit
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Never

ROOT = Path(__file__).resolve().parents[1]


class Commands:
    """The warm process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.control, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def run(
        self, words: list[str], environment: Mapping[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end: what it printed, and how it ended."""
        job = {"words": words, "environment": dict(environment), "folder": str(folder)}
        with (
            tempfile.TemporaryFile() as asked,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            asked.write(json.dumps(job).encode())
            asked.seek(0)
            files = [asked.fileno(), out.fileno(), err.fileno()]
            socket.send_fds(self.control, [b"j"], files)
            code = int.from_bytes(self.control.recv(4), signed=True)
            return subprocess.CompletedProcess(words, code, _read(out), _read(err))

    def close(self) -> None:
        """End it."""
        self.control.close()
        self.process.wait()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def main(control: int) -> None:
    """Load what commands load, then be each command that is asked for, in a fork."""
    sys.path[0] = str(ROOT)  # as it is for `python emap.py`
    import emap  # noqa: PLC0415
    import geoportal.folium_maps.of_state  # noqa: F401, PLC0415
    import publish.harvests.terminal  # noqa: PLC0415
    import publish.pipeline  # noqa: F401, PLC0415

    gc.freeze()
    warnings.filterwarnings("ignore", "This process .* is multi-threaded")  # Arrow's, which wait
    if asked := next_command(socket.socket(fileno=control)):
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        sys.argv = [str(ROOT / "emap.py"), *asked["words"]]
        end(emap.main)


def end(command: Callable[[], None]) -> Never:
    """Run a command and end as Python would, but for taking a thousand modules apart."""
    code = 0
    try:
        command()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # as Python itself: told, and the process ends
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def next_command(control: socket.socket) -> dict[str, Any]:
    """Come back in a fork for each command; in the warm process itself, at the very end."""
    while True:
        said, files, _, _ = socket.recv_fds(control, 1, 3)
        if not said:
            return {}
        child = os.fork()
        if not child:
            control.close()
            os.dup2(files[1], 1)
            os.dup2(files[2], 2)
            with os.fdopen(files[0], encoding="utf-8") as job:
                return dict(json.load(job))
        for file in files:
            os.close(file)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        control.sendall(code.to_bytes(4, signed=True))


if __name__ == "__main__":
    main(int(sys.argv[1]))
