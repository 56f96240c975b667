"""Landlock by its three system calls: which paths this process may still open.

Rule: Linux `landlock(7)`. The numbers are the same on every architecture.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PR_SET_NO_NEW_PRIVS = 38
VERSION_FLAG = 1

WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
NET_TCP = 0b11  # bind, connect
SCOPES = 0b11  # abstract sockets, signals

READING = READ_FILE | READ_DIR
WRITING = READING | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG
ON_A_FILE = READ_FILE | WRITE_FILE | TRUNCATE


class _Rule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("access", ctypes.c_uint64), ("fd", ctypes.c_int32))


def abi() -> int:
    """Give the version of Landlock in this kernel; 0 where there is none."""
    return max(0, int(_libc().syscall(CREATE_RULESET, None, 0, VERSION_FLAG)))


def restrict(read: Iterable[Path], write: Iterable[Path]) -> None:
    """Close every path but these, running programs, and TCP (from version 4 on).

    Holds for this thread and all that it starts later, so call it before any other thread exists.
    Raises OSError when the kernel refuses.
    """
    version = abi()
    ruleset = _ruleset(version)
    truncate = TRUNCATE if version >= 3 else 0
    for paths, access in ((read, READING), (write, WRITING | truncate)):
        for path in paths:
            _allow(ruleset, path, access)
    _checked(_libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(_libc().syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _ruleset(version: int) -> int:
    """Handle every right that this kernel knows: what is handled and not granted is denied."""
    files = 1 << 13 if version < 2 else 1 << 14 if version < 3 else 1 << 15
    files = (files - 1) | (IOCTL_DEV if version >= 5 else 0)
    attributes = (ctypes.c_uint64 * 3)(files, NET_TCP, SCOPES)
    size = 8 if version < 4 else 16 if version < 6 else 24
    return _checked(_libc().syscall(CREATE_RULESET, ctypes.byref(attributes), size, 0))


def _allow(ruleset: int, path: Path, access: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = _Rule(access if path.is_dir() else access & ON_A_FILE, fd)
    _checked(_libc().syscall(ADD_RULE, ruleset, 1, ctypes.byref(rule), 0))
    os.close(fd)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return answer


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
