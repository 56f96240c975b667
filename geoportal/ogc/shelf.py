"""Answers that were given before, ready to be sent again; the bytes of all of them are bounded."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Self

MOST_BYTES = 64 * 2**20
LARGEST = 4 * 2**20
"""Bytes of one answer: a larger one would push a thousand others out."""
OVERHEAD = 2000
"""Bytes that an entry costs besides its body."""

type Message = dict[str, Any]
type Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer as messages of ASGI: head and body, and the head that says the client has it.

    `tag` is its validator: strong, so another one for each coding.
    """

    tag: str
    start: Message
    body: Message
    unchanged: Message

    @classmethod
    def of(cls, tag: str, headers: Pairs, few: Pairs, body: bytes) -> Self:
        """An answer of bytes; `few` are the headers that a client is told who has it."""
        return cls(
            tag,
            {"type": "http.response.start", "status": 200, "headers": headers},
            {"type": "http.response.body", "body": body},
            {"type": "http.response.start", "status": 304, "headers": few},
        )

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, about."""
        return len(self.body["body"]) + OVERHEAD


class Shelf:
    """Answers by key, those longest unused pushed out when there are too many bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._answers: OrderedDict[Hashable, Ready] = OrderedDict()
        self._lock = threading.Lock()
        self._most_bytes = most_bytes
        self.size_bytes = 0

    def get(self, key: Hashable) -> Ready | None:
        """The answer of a key, which is now the last used."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def put(self, key: Hashable, ready: Ready) -> None:
        """Keep an answer, in place of any other of this key."""
        with self._lock:
            before = self._answers.pop(key, None)
            self._answers[key] = ready
            self.size_bytes += ready.size_bytes - (before.size_bytes if before else 0)
            while self.size_bytes > self._most_bytes:
                self.size_bytes -= self._answers.popitem(last=False)[1].size_bytes
