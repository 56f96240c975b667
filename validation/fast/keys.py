"""Keys of a whole table, kept on disk: which records have one that another has too."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from validation.fast.parts import Numbers

AT_ONCE = 1 << 20
"""So many keys are compared in memory at a time: by their last digits."""
READ_AT_ONCE = 1 << 16


class Keys:
    """Collects pairs of key and record, then tells which keys repeat; close() it.

    Where keys only grow, as numbers of rows do, none can repeat. Those that share their last
    digits are compared at a time, so that memory stays the same for any number.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - until close()
        self._count = 0
        self._highest: int | None = None
        self._growing = True

    def add(self, keys: Numbers, records: Numbers) -> None:
        """Take the keys of some records."""
        if not len(keys):
            return
        if self._growing:
            above = self._highest is None or int(keys[0]) > self._highest
            self._growing = above and bool((keys[1:] > keys[:-1]).all())
            self._highest = int(keys[-1])
        self._file.write(np.column_stack((keys, records)).tobytes())
        self._count += len(keys)

    def repeated(self) -> Iterator[tuple[Numbers, int]]:
        """Yield records whose key another record has too, and how many keys those share."""
        if self._growing:
            return
        rounds = 1 + self._count // AT_ONCE
        for turn in range(rounds):
            shared = self._shared(turn, rounds)
            if len(shared):
                yield self._records(shared), len(shared)

    def _shared(self, turn: int, rounds: int) -> Numbers:
        """Give the keys that occur more than once, of those that fall to one round."""
        found = [np.empty(0, np.int64)]
        for keys, _ in self._pairs():
            found.append(keys[keys % rounds == turn] if rounds > 1 else keys.copy())
        every = np.concatenate(found)
        every.sort()
        return np.unique(every[1:][every[1:] == every[:-1]])

    def _records(self, shared: Numbers) -> Numbers:
        """Give the records that have one of these keys."""
        return np.concatenate([records[np.isin(keys, shared)] for keys, records in self._pairs()])

    def _pairs(self) -> Iterator[tuple[Numbers, Numbers]]:
        self._file.seek(0)
        while block := self._file.read(READ_AT_ONCE * 16):
            pairs = np.frombuffer(block, np.int64).reshape(-1, 2)
            yield pairs[:, 0], pairs[:, 1]

    def close(self) -> None:
        """Give the room on disk back."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that identify a record together, and their keys."""

    names: tuple[str, ...]
    primary: bool
    keys: Keys = field(default_factory=Keys)


def mixed(keys: list[Numbers]) -> Numbers:
    """Make one key of the keys of several columns."""
    total = np.zeros(len(keys[0]), np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            value = key.view(np.uint64) + np.uint64(0x7F4A7C15)
            turned = (total << np.uint64(6)) + (total >> np.uint64(2))
            total = (total * np.uint64(0x9E3779B97F4A7C15)) ^ (value + turned)
    return total.view(np.int64)
