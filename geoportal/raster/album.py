"""Pictures that were drawn: kept while there is room, and never many drawn at a time."""

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST_BYTES = 32 * 2**20
AT_ONCE = 2
WAIT_S = 15.0

type Key = tuple[object, ...]


class Album:
    """PNG by what it shows; those longest unused go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._pictures: OrderedDict[Key, bytes] = OrderedDict()
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._lock = threading.Lock()
        self._drawing = threading.BoundedSemaphore(AT_ONCE)

    def picture(self, key: Key, draw: Callable[[], bytes]) -> bytes:
        """The picture of a key, drawn now if it is not here.

        Raises TimeoutError where too many wait for others.
        """
        if (found := self._found(key)) is not None:
            return found
        if not self._drawing.acquire(timeout=WAIT_S):
            raise TimeoutError("too many pictures are being drawn")
        try:
            found = self._found(key)
            return self._kept(key, draw()) if found is None else found
        finally:
            self._drawing.release()

    def _found(self, key: Key) -> bytes | None:
        with self._lock:
            found = self._pictures.get(key)
            if found is not None:
                self._pictures.move_to_end(key)
            return found

    def _kept(self, key: Key, made: bytes) -> bytes:
        with self._lock:
            self._size_bytes += len(made) - len(self._pictures.pop(key, b""))
            self._pictures[key] = made
            while self._size_bytes > self._most_bytes and self._pictures:
                self._size_bytes -= len(self._pictures.popitem(last=False)[1])
        return made
