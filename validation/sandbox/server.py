"""The server of children: run by its path as a script, it loads our code once and forks for a task.

It goes into namespaces of its own before anything is imported, and never sees a foreign byte: each
task gets a fork of it, which closes itself in (child.py) before it looks at the file. What a fork
does to its memory is gone with it.
"""

import os
import sys


def leave_network() -> bool:
    """Go into a user and network namespace of our own: no network at all, loopback included."""
    if not hasattr(os, "unshare"):
        return False
    try:
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    except OSError:  # many containers forbid it
        return False
    return True


# `unshare` fails as soon as a second thread exists, and libraries start threads.
ALONE = leave_network() if __name__ == "__main__" else False

import contextlib  # noqa: E402 - all that follows must come after the first lines
import importlib  # noqa: E402
import json  # noqa: E402
import selectors  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Sequence  # noqa: E402

IDLE_S = 30
PARTS = 4  # job, answer, complaints, status


class Server:
    """Forks a child for each message that comes, and tells on its status socket how it ended."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, socket.socket] = {}
        self.wakeup, tell = socket.socketpair()
        for end in (self.wakeup, tell):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
        self.told = tell
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(control, selectors.EVENT_READ)
        self.waiting.register(self.wakeup, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serve until the parent is gone, or nothing was asked for a while."""
        while True:
            ready = self.waiting.select(None if self.children else IDLE_S)
            if not ready and not self.children:
                return
            for key, _ in ready:
                if key.fileobj is self.control:
                    if not self._take():
                        return
                elif key.fileobj is self.wakeup:
                    with contextlib.suppress(BlockingIOError):
                        self.wakeup.recv(4096)
                else:
                    self._kill(key.data)
            self._reap()

    def _take(self) -> bool:
        """Fork for one job; false when the parent is gone, and all children with it."""
        message, descriptors, _, _ = socket.recv_fds(self.control, 16, PARTS)
        if not message:
            for pid in self.children:
                _kill_group(pid)
            return False
        job, answer, complaints, status = descriptors
        pid = os.fork()
        if not pid:
            self._become_child(descriptors)
        for descriptor in (job, answer, complaints):
            os.close(descriptor)
        told = socket.socket(fileno=status)
        self.children[pid] = told
        self.waiting.register(told, selectors.EVENT_READ, pid)
        return True

    def _become_child(self, descriptors: Sequence[int]) -> None:
        """Keep what belongs to the job, and never come back.

        Only what is ours is closed: Arrow keeps a pipe, and would go on reading from its number
        when the job's file has it.
        """
        job, answer, complaints, status = descriptors
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for place, each in enumerate((nothing, complaints, complaints)):
            os.dup2(each, place)  # whatever a library prints must not become the answer
        for each in (nothing, complaints, status):
            os.close(each)
        self.waiting.close()
        for own in (self.control, self.wakeup, self.told, *self.children.values()):
            own.close()
        from validation.sandbox import child  # noqa: PLC0415 - loaded before, if it was to be

        child.live(job, answer, alone=ALONE)

    def _kill(self, pid: int) -> None:
        """Kill a child whose parent no longer waits."""
        self.waiting.unregister(self.children[pid])
        _kill_group(pid)

    def _reap(self) -> None:
        """Tell the exit codes of children that ended; what they started ends with them."""
        while self.children:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return
            _kill_group(ended.si_pid)  # before its number may be another's
            _, status = os.waitpid(ended.si_pid, 0)
            self._tell(ended.si_pid, os.waitstatus_to_exitcode(status))

    def _tell(self, pid: int, code: int) -> None:
        told = self.children.pop(pid)
        with contextlib.suppress(KeyError):
            self.waiting.unregister(told)
        with contextlib.suppress(OSError):
            told.send(code.to_bytes(4, signed=True))
        told.close()


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Load what the tasks need, then fork for each."""
    said = json.loads(sys.argv[1])
    sys.path.insert(0, said["root"])
    warnings.simplefilter("ignore")  # of threads: those of libraries take care of forks
    from validation.sandbox import child  # noqa: PLC0415 - not before the first lines

    child.keep_out(gdal=bool(said["drivers"]))
    for module in said["warm"]:
        importlib.import_module(module)
    Server(socket.socket(fileno=said["control"])).serve()
    os._exit(0)  # taking a thousand modules apart takes as long as loading them


if __name__ == "__main__":
    main()
